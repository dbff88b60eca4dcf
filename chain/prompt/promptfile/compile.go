package promptfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/hadal-go/hadal/chain/prompt"
)

// compile makes the Chat of a source.
func compile[T any](s *source) (*prompt.Chat[T], error) {
	var parts, shared []prompt.Part
	for _, p := range s.partials {
		shared = append(shared, prompt.Partial{Name: p.name, Text: p.text})
	}
	for i := range s.sections {
		part, err := s.part(&s.sections[i])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	chat, err := prompt.ParseMessages[T](append(shared, parts...)...)
	if err != nil {
		return nil, s.place(err, len(shared))
	}
	return chat, nil
}

// part returns what a section is in a Chat.
func (s *source) part(sec *section) (prompt.Part, error) {
	switch sec.kind {
	case "history":
		return prompt.History(sec.field), nil
	case "examples":
		return prompt.Examples(s.examples...), nil
	}
	if s.front.braces {
		text, err := prompt.ParseBraces(sec.text)
		if err != nil {
			e, _ := errors.AsType[*prompt.Error](err)
			return nil, &Error{s.name, sec.at(e.Line), e.Err}
		}
		sec.text = text
	}
	return map[string]func(string) prompt.Part{
		"system": prompt.System, "user": prompt.User, "assistant": prompt.Assistant, "reminder": prompt.Reminder,
	}[sec.kind](sec.text), nil
}

// place returns an error of package prompt with its place in the file. If it is about
// a part of a Chat, before is how many parts come before those of the sections.
func (s *source) place(err error, before int) error {
	e, ok := errors.AsType[*prompt.Error](err)
	if !ok {
		return &Error{s.name, 0, err}
	}
	wrong := s.explained(e.Err)
	var n int
	if _, err := fmt.Sscanf(e.Name, "part %d (", &n); err == nil && 0 < n-before && n-before <= len(s.sections) {
		return &Error{s.name, s.sections[n-before-1].at(e.Line), wrong}
	}
	for _, p := range s.partials {
		if p.name == e.Name {
			return &Error{p.file, p.line + max(e.Line, 1) - 1, wrong}
		}
	}
	return &Error{s.name, 0, wrong}
}

// at returns the line of the file that is a line of the text, or that of the heading
// if there is no text or no line.
func (sec *section) at(line int) int {
	if line > 0 && sec.text != "" {
		return sec.line + line - 1
	}
	return sec.heading
}

// checkVariables holds what is declared against T and what is used.
func checkVariables[T any](s *source, u *uses) error {
	if !s.front.declared {
		return nil
	}
	typ := reflect.TypeFor[T]()
	declared := map[string]bool{}
	for _, v := range s.front.variables {
		if _, err := prompt.Parse[T]("{{with ." + v.name + "}}{{end}}"); err != nil {
			return &Error{s.name, v.line, fmt.Errorf("variables: %w", plain(err))}
		}
		field := fieldName(typ, v.name)
		if declared[field] {
			return fail(s.name, v.line, prompt.ErrSyntax, "variables: %s is declared already", v.name)
		}
		declared[field] = true
	}
	used := map[string]bool{}
	for _, f := range u.fields {
		name := fieldName(typ, f.name)
		used[name] = true
		if !declared[name] {
			return fail(f.file, f.line, prompt.ErrUnknown, "%s is used, but not among the variables of %s", f.name, s.name)
		}
	}
	for _, v := range s.front.variables {
		if !u.whole && !used[fieldName(typ, v.name)] {
			return fail(s.name, v.line, prompt.ErrUnknown, "variables: %s is not used", v.name)
		}
	}
	return nil
}

// fieldName returns the name of the field of typ that a template calls name: its
// own, or that in its json tag. For types other than structs it is name.
func fieldName(typ reflect.Type, name string) string {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return name
	}
	if f, ok := typ.FieldByName(name); ok && f.IsExported() {
		return name
	}
	for _, f := range reflect.VisibleFields(typ) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && f.IsExported() {
			return f.Name
		}
	}
	return name
}
