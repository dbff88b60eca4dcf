package prompt

import (
	"reflect"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

type history struct {
	field string

	name string   // of the part, in errors
	at   accessor // of the field
}

func (history) part() {}

// History returns a part that puts in the messages of a field of T, as they are:
// roles, reasoning, tool calls and their results, images. Nothing in them is
// parsed or left out; text that looks like a template, a role or a marker of the
// model stays text. What is appended to a history keeps the prompt before it,
// which the cache knows then; what is changed in it does not.
//
// The field is named as in {{.History}}, without the dot in front: "History", a
// json name, or "Ticket.History". It is a []llm.Message or an [llm.Message], such
// as a user's message with an image; a type defined as one of them; or a pointer
// to one. A nil or empty one puts nothing in. "." is the T itself.
func History(field string) Part { return history{field: field} }

var (
	messageType  = reflect.TypeFor[llm.Message]()
	messagesType = reflect.TypeFor[[]llm.Message]()
)

// compile checks the field against typ.
func (h history) compile(name string, typ reflect.Type) (Part, error) {
	h.name = name
	err := checkPath(h.field)
	switch {
	case err != nil:
	case h.field == ".":
		h.at.typ = static(typ)
	default:
		h.at, err = fieldOf(typ, h.field)
	}
	if err != nil {
		return nil, &Error{Name: name, Err: err}
	}
	if typ := targetType(h.at.typ); typ != nil && !holdsMessages(typ) {
		return nil, h.wrong(typ)
	}
	return h, nil
}

// checkPath returns an error if field is no name, no names with dots between
// them, and not ".", the whole value.
func checkPath(field string) error {
	for name := range strings.SplitSeq(field, ".") {
		if field != "." && !isName(name) {
			return problem(ErrSyntax, "%q is not the name of a field, such as Question or Ticket.Question", short(field))
		}
	}
	return nil
}

// dotted returns a field as templates write it.
func dotted(field string) string { return "." + strings.TrimPrefix(field, ".") }

func holdsMessages(typ reflect.Type) bool {
	return typ.ConvertibleTo(messageType) || typ.Kind() == reflect.Slice && typ.ConvertibleTo(messagesType)
}

func (h history) wrong(typ reflect.Type) error {
	return &Error{Name: h.name, Err: problem(ErrType, "%s is %s, but a History takes a []llm.Message or an llm.Message", dotted(h.field), typeName(typ))}
}

// history appends the messages of the field.
func (r *rendering) history(h history) error {
	v, err := h.at.known.walk(r.data, h.at.steps)
	if err == nil && !v.IsValid() {
		err = problem(ErrMissing, "there is no %s", dotted(h.field))
	}
	if err != nil {
		return &Error{Name: h.name, Err: err}
	}
	switch v = target(v); {
	case !v.IsValid(): // nil
	case !holdsMessages(v.Type()):
		return h.wrong(v.Type())
	case v.Kind() == reflect.Slice:
		r.msgs = append(r.msgs, v.Convert(messagesType).Interface().([]llm.Message)...)
	default:
		r.msgs = append(r.msgs, v.Convert(messageType).Interface().(llm.Message))
	}
	return nil
}
