package deepseektest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A filler fills a schema with what it finds in a text.
type filler struct {
	c      *conversation
	root   json.RawMessage
	text   string
	labels []label
	pieces []sentence
	args   bool // the arguments of a tool: the text is what the user said last
	row    bool // the text is an item of a list, or a cell
	known  bool // the labels are all there is to know of it
	taken  map[string]bool
	tables func() [][]row // of the text
	lines  func() []line
	left   *int // values that may still be made, for schemas that have no end
}

func newFiller(c *conversation, root json.RawMessage, text string) *filler {
	f := &filler{c: c, root: root, text: text, pieces: sentences(text), taken: make(map[string]bool), left: new(1000)}
	for line := range strings.Lines(text) {
		f.labels = append(f.labels, labelsOf(strings.TrimSpace(line))...)
	}
	f.labels = append(looseLabels(text), f.labels...)
	f.tables = sync.OnceValue(func() [][]row { return tables(text) })
	f.lines = sync.OnceValue(func() []line { return linesOf(text) })
	return f
}

// A field is a place in a value that is to be filled.
type field struct {
	*node
	in    *node    // whose property it is
	outer string   // the description of what the value is an alternative of
	name  []string // words of its name
	about []string // words of its description, and of what it is in
	depth int
}

// From maxDepth on, a schema that contains itself is filled with as little as it
// admits; at endDepth there is an end, whether it admits that or not.
const (
	maxDepth = 8
	endDepth = 24
)

// fill returns a value for a schema, and whether it was found in the text. If
// not, the value is the simplest that the schema admits.
func (f *filler) fill(schema json.RawMessage, name string, in field) (json.RawMessage, bool) {
	if *f.left--; *f.left < 0 || in.depth > endDepth {
		return json.RawMessage("null"), false
	}
	n := resolve(f.root, schema)
	n.describe(in.outer)
	at := field{node: n, in: in.node, name: labelWords(name), depth: in.depth + 1}
	at.about = slices.Concat(labelWords(n.Description), labelWords(n.Title), in.name)
	if n.Const != nil {
		return n.Const, true
	}
	if len(n.Enum) > 0 {
		return f.choose(at)
	}
	if branches := slices.Concat(n.AnyOf, n.OneOf); len(branches) > 0 {
		in.outer = n.Description
		return f.branch(branches, name, in)
	}
	value, ok := f.value(at)
	if !ok && n.Default != nil {
		return n.Default, false
	}
	if !ok && slices.Contains(n.Type, "null") {
		return json.RawMessage("null"), false
	}
	return value, ok
}

// branch fills the first alternative of which something is in the text.
func (f *filler) branch(branches []json.RawMessage, name string, in field) (json.RawMessage, bool) {
	var first json.RawMessage
	for _, s := range branches {
		if resolve(f.root, s).kind() == "null" {
			if first = json.RawMessage("null"); in.depth >= maxDepth {
				return first, false
			}
			continue
		}
		in.depth++
		value, ok := f.fill(s, name, in)
		if ok {
			return value, true
		}
		if first == nil {
			first = value
		}
	}
	return first, false
}

func (f *filler) value(at field) (json.RawMessage, bool) {
	switch at.kind() {
	case "object":
		return f.object(at)
	case "array":
		return f.array(at)
	case "number", "integer":
		s, ok := f.number(at)
		if strings.Contains(s, ",") && f.c.slips() && !slices.Contains(at.Type, "string") {
			return appendString(nil, s), ok
		}
		return number(at, s), ok
	case "boolean":
		v, ok := f.boolean(at)
		return strconv.AppendBool(nil, v), ok
	case "null":
		return json.RawMessage("null"), true
	}
	s, ok := f.string(at)
	if ok && f.c.slips() && f.form(at) == dateForm {
		return appendString(nil, s), true
	}
	return appendString(nil, fitString(at.node, s, f.text)), ok
}

func (f *filler) object(at field) (json.RawMessage, bool) {
	b, found := []byte("{"), false
	if s, ok := bestLabel(f.labels, at.name, nil); ok && addressForm.MatchString(s) {
		inner := *f
		inner.labels, inner.row, inner.known = party(s), true, true
		f = &inner
	}
	add := func(name string, value json.RawMessage) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = append(b, value...)
	}
	for _, p := range at.Properties {
		required := slices.Contains(at.Required, p.name)
		if at.depth > maxDepth && !required {
			continue
		}
		value, ok := f.fill(p.value, p.name, at)
		if found = found || ok; ok || required {
			add(p.name, value)
		}
	}
	if at.Properties == nil && len(at.Additional) > 0 && string(at.Additional) != "false" {
		for _, l := range f.labels {
			value, ok := f.fill(at.Additional, strings.Join(l.words, " "), at)
			if ok && !f.taken[" "+strings.Join(l.words, " ")] {
				f.taken[" "+strings.Join(l.words, " ")] = true
				add(strings.Join(l.words, "_"), value)
				found = true
			}
		}
	}
	return append(b, '}'), found
}

func (f *filler) array(at field) (json.RawMessage, bool) {
	var list []json.RawMessage
	most := 50
	if at.MaxItems != nil {
		most = *at.MaxItems
	}
	if at.depth <= maxDepth {
		for _, r := range f.rows(at) {
			if len(list) >= most {
				break
			}
			sub := newFiller(f.c, f.root, r.text)
			sub.args, sub.row, sub.left = f.args, true, f.left
			if sub.known = len(r.labels) > 0; sub.known {
				sub.labels = r.labels
			}
			inner := at
			inner.name = nil
			if value, ok := sub.fill(at.Items, "", inner); ok {
				list = append(list, value)
			}
		}
	}
	found := len(list) > 0
	for len(list) < at.MinItems && *f.left > 0 && at.depth <= endDepth {
		value, _ := f.fill(at.Items, "", at)
		list = append(list, value)
	}
	b := []byte("[")
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']'), found
}

// is reports whether the name of a field has one of the words.
func (f *filler) is(at field, list ...string) bool {
	return slices.ContainsFunc(list, func(w string) bool {
		return slices.Contains(at.name, stem(w)) || slices.Contains(at.name, labelWords(w)[0])
	})
}
