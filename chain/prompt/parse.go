package prompt

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// A library has the texts that {{template}} can name: partials, and what they and
// the template define.
type library map[string]shelved

type shelved struct {
	src  *source
	root *parse.ListNode
}

// names returns the names that there are, in quotes.
func (lib library) names() []string { return slices.Sorted(maps.Keys(lib)) }

// add puts in what a text defines, and returns the rest of it.
func (lib library) add(src *source) (*parse.ListNode, error) {
	s := scan{src: src}
	if err := s.run(); err != nil {
		return nil, err
	}
	trees := map[string]*parse.Tree{}
	tree := parse.New(unnamed)
	tree.Mode = parse.SkipFuncCheck // what functions there are is for the compiler to say
	if _, err := tree.Parse(src.text, "{{", "}}", trees); err != nil {
		return nil, syntaxError(src, err)
	}
	for _, d := range s.defined {
		t := trees[d.name]
		if t == nil { // which the parser says otherwise
			continue
		}
		if err := lib.shelve(d.name, src, t.Root); err != nil {
			return nil, &Error{src.name, src.line(d.pos), err}
		}
	}
	return tree.Root, nil
}

// shelve puts in a text under a name.
func (lib library) shelve(name string, src *source, root *parse.ListNode) error {
	switch _, ok := lib[name]; {
	case name == "" || name == unnamed:
		return problem(ErrSyntax, "a partial without a name")
	case ok:
		return problem(ErrSyntax, "there is a partial of the name %s already", quoteName(name))
	}
	lib[name] = shelved{src, root}
	return nil
}

// quoteName returns a name of a partial for an error.
func quoteName(name string) string { return strconv.Quote(short(name)) }

// unnamed is the name that a template has for the parser: what it defines is not to
// have it.
const unnamed = "\x00"

var (
	parseError = regexp.MustCompile(`(?s)^template: \x00:(\d+): (?:template: )?(.*)$`)
	startedAt  = regexp.MustCompile(`(in action )?started at \x00:(\d+)$`)
	undefined  = regexp.MustCompile(`(?s)^undefined variable "(.*)"$`)
	declared   = regexp.MustCompile(`(\$\w+)\s*(?::=|,)`)
)

// syntaxError returns the error of the parser in our own.
func syntaxError(src *source, err error) error {
	line, what := 0, err.Error()
	if m := parseError.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = m[2]
	}
	if m := undefined.FindStringSubmatch(what); m != nil {
		var names []string
		for _, m := range declared.FindAllStringSubmatch(src.text, -1) {
			names = append(names, strings.TrimPrefix(m[1], "$"))
		}
		slices.Sort(names)
		if slices.Contains(names, m[1][1:]) {
			return &Error{src.name, line, problem(ErrUnknown, "there is no variable %s here; it is of another block", short(m[1]))}
		}
		return &Error{src.name, line, unknown("variable ", "$", strings.TrimPrefix(m[1], "$"), slices.Compact(names))}
	}
	what = startedAt.ReplaceAllString(what, "in the action that begins in line $2")
	switch {
	case what == "unexpected EOF":
		what = "it ends inside a block: an {{end}} is missing"
	case strings.HasPrefix(what, "unexpected {{e"):
		what += ", which closes nothing"
	}
	return &Error{src.name, line, problem(ErrSyntax, "%s", strings.ReplaceAll(short(what), unnamed, src.name))}
}
