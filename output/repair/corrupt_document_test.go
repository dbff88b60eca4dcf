package repair_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A value of a document, with what its schema says of it.
type value struct {
	kind     byte   // o, a, s, n or l: object, array, string, number, true or false or null
	text     string // of s, n, l
	names    []string
	kids     []*value
	spec     *spec
	name     string // of the member that it is, or is an item of
	optional bool   // it may be left out
	opaque   bool   // an operator made the text; others leave it
}

func (v *value) clone() *value {
	c := *v
	c.names = slices.Clone(v.names)
	c.kids = make([]*value, len(v.kids))
	for i, k := range v.kids {
		c.kids[i] = k.clone()
	}
	return &c
}

// all calls f for v and all below it.
func (v *value) all(f func(*value)) {
	f(v)
	for _, k := range v.kids {
		k.all(f)
	}
}

// filter returns the values below v, v included, that f holds for.
func (v *value) filter(f func(*value) bool) []*value {
	var list []*value
	v.all(func(v *value) {
		if f(v) {
			list = append(list, v)
		}
	})
	return list
}

// random returns a value that satisfies s.
func random(r *rand.Rand, s *spec, name string, depth int) *value {
	s = s.real()
	v := &value{spec: s, name: name}
	union := slices.Concat(s.AnyOf, s.OneOf)
	switch {
	case len(union) > 0:
		return random(r, pick(r, union), name, depth)
	case s.Const != nil:
		v.kind, v.text = 's', s.Const.(string)
		return v
	case s.Enum != nil:
		word, ok := pick(r, s.Enum).(string)
		if v.kind, v.text = 's', word; !ok {
			v.kind, v.text = 'l', "null"
		}
		return v
	}
	typ := "object"
	if len(s.Type) > 0 {
		typ = pick(r, s.Type)
	}
	switch typ {
	case "object":
		v.kind = 'o'
		members(r, v, depth)
	case "array":
		v.kind = 'a'
		high := 3
		if s.MaxItems != nil {
			high = *s.MaxItems
		}
		if depth > 4 {
			high = s.MinItems
		}
		for range s.MinItems + r.IntN(high-s.MinItems+1) {
			v.kids = append(v.kids, random(r, s.Items, name, depth+1))
		}
	case "string":
		v.kind, v.text = 's', text(r, name, s.Format)
	case "boolean":
		v.kind, v.text = 'l', pick(r, []string{"true", "false"})
	case "null":
		v.kind, v.text = 'l', "null"
	case "integer", "number":
		v.kind, v.text = 'n', number(r, s, typ == "integer")
	}
	return v
}

// members fills an object.
func members(r *rand.Rand, v *value, depth int) {
	for _, p := range v.spec.Properties {
		required := slices.Contains(v.spec.Required, p.name)
		if !required && chance(r, 35) {
			continue
		}
		kid := random(r, p.spec, p.name, depth+1)
		kid.optional = !required
		v.names, v.kids = append(v.names, p.name), append(v.kids, kid)
	}
	if v.spec.Rest == nil || v.spec.Rest.never || len(v.spec.Properties) > 0 {
		return
	}
	list := slices.Clone(keys)
	if v.name == "terms" {
		list = slices.Clone(terms)
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, name := range list[:1+r.IntN(4)] {
		v.names, v.kids = append(v.names, name), append(v.kids, random(r, v.spec.Rest, v.name, depth+1))
	}
}

func number(r *rand.Rand, s *spec, integer bool) string {
	low, high := 0.0, 10000.0
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	if integer {
		n := int64(low) + r.Int64N(int64(high)-int64(low)+1)
		if high > math.MaxInt32 && chance(r, 50) {
			n = int64(low) + n%1_000_000_000
		}
		return strconv.FormatInt(n, 10)
	}
	f := low + r.Float64()*(high-low)
	switch {
	case chance(r, 15) && math.Ceil(low) <= math.Floor(f):
		return strconv.FormatFloat(math.Floor(f), 'f', -1, 64)
	case chance(r, 4) && f > 1e6:
		return strconv.FormatFloat(f, 'e', 3, 64)
	case f < 10 && chance(r, 30):
		return strconv.FormatFloat(f, 'f', 4, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// A style of writing JSON.
type style struct {
	indent  string // if not "", each member has its line
	space   bool   // after commas and colons, as Python does
	escaped bool   // all but ASCII is escaped, as Python does
}

var styles = []style{{}, {indent: "  "}, {indent: "  "}, {indent: "    "}, {space: true}, {space: true, escaped: true}}

// A token of a document.
type token struct {
	kind    byte // one of {}[],: or k, s, n, l as a value's kind, k for a name, w for white space
	text    string
	value   *value // of k the object, of an opening or closing bracket the whole
	plain   string // the text of a name or string without its quotes and escapes
	depth   int
	changed bool // an operator wrote the text; others leave it
}

// tokens returns v as it is written.
func (st style) tokens(v *value) []token {
	var list []token
	st.write(&list, v, 0)
	return list
}

func (st style) write(list *[]token, v *value, depth int) {
	add := func(kind byte, text string) {
		*list = append(*list, token{kind: kind, text: text, value: v, depth: depth})
	}
	line := func(depth int) {
		if st.indent != "" {
			add('w', "\n"+strings.Repeat(st.indent, depth))
		}
	}
	switch v.kind {
	case 's':
		*list = append(*list, token{kind: 's', text: st.quote(v.text), plain: v.text, value: v, depth: depth, changed: v.opaque})
		return
	case 'n', 'l':
		*list = append(*list, token{kind: v.kind, text: v.text, value: v, depth: depth, changed: v.opaque})
		return
	}
	open, end := byte('{'), byte('}')
	if v.kind == 'a' {
		open, end = '[', ']'
	}
	add(open, string(open))
	for i, k := range v.kids {
		if i > 0 {
			add(',', ",")
			if st.space {
				add('w', " ")
			}
		}
		line(depth + 1)
		if v.kind == 'o' {
			*list = append(*list, token{kind: 'k', text: st.quote(v.names[i]), plain: v.names[i], value: v, depth: depth + 1})
			add(':', ":")
			if st.space || st.indent != "" {
				add('w', " ")
			}
		}
		st.write(list, k, depth+1)
	}
	if len(v.kids) > 0 {
		line(depth)
	}
	add(end, string(end))
}

func (st style) quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	q := strings.TrimSuffix(b.String(), "\n")
	if !st.escaped {
		return q
	}
	b.Reset()
	for _, c := range q {
		if c < 0x80 {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, c) // no word here is beyond the first plane
	}
	return b.String()
}

func join(list []token) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.text)
	}
	return b.String()
}

// write returns v in a style.
func (v *value) write(st style) string { return join(st.tokens(v)) }

// A document is a random value of a subject.
type document struct {
	*subject
	root *value
	text string // compact
	want any    // decoded
}

// documents returns n documents of each subject, the same ones in each run.
func documents(list []*subject, n int) []*document {
	var docs []*document
	for i, s := range list {
		r := rand.New(rand.NewPCG(4, uint64(i)))
		for range n {
			root := random(r, s.spec, s.name, 0)
			d := &document{subject: s, root: root, text: root.write(style{})}
			d.want, _ = decode(d.text)
			docs = append(docs, d)
		}
	}
	return docs
}
