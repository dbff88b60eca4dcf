// Package schema says in JSON Schema what a value must be, and checks values
// against it: replies of models, arguments of tools, whatever comes as JSON.
//
//	type Invoice struct {
//		Number string   `json:"number" jsonschema:"pattern=^[0-9]+$"`
//		Total  float64  `json:"total" jsonschema:"minimum=0,description=in euros, with taxes"`
//		Items  []string `json:"items,omitempty"`
//	}
//
//	var inv Invoice
//	err := schema.For[Invoice]().Decode(data, &inv)
//
// What is wrong is told in words that a model can act on, as in "/total: is the
// string "12", want a number of at least 0".
//
// A [Schema] comes from a Go type by [For], from an example by [Example], or
// from outside by [Parse], which is the one gate for schemas that are not ours.
// [Schema.Validate] and [Schema.Decode] check values, with a [*ValidationError]
// that lists each [Finding]; [Schema.Strict] writes the form that DeepSeek
// enforces, and [Schema.StrictDefs] the one for other servers; [Schema.Root] shows the schema to code that walks it beside a value.
//
// Neither a schema nor a value can stall the process: both have limits, no
// reference is ever fetched, and a value takes time in proportion to its length
// also where the schema has unions in unions.
package schema

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/hadal-go/hadal/output/gate"
)

// A Schema says what a JSON value must be. It comes from [For], [Example] or
// [Parse]; the zero value is of no use. It is immutable and safe for concurrent
// use.
type Schema struct {
	doc     json.RawMessage
	top     *rule
	rules   int
	sharing bool // several rules may apply to one value
	second  func() (*opinion, error)
	root    func() *Node

	strict, strictDefs func() (json.RawMessage, error)
}

// newSchema returns the schema that c has compiled from doc.
func newSchema(doc []byte, c *compiler) *Schema {
	shown := doc
	if c.fits != nil {
		shown = c.tape.appendShown(nil, 0)
	}
	s := &Schema{doc: slices.Clip(shown), top: c.list[0], rules: len(c.list), sharing: c.sharing}
	s.second = sync.OnceValues(func() (*opinion, error) { return newOpinion(c.list) })
	s.root = sync.OnceValue(func() *Node { return grow(s.doc) })
	s.strict = sync.OnceValues(func() (json.RawMessage, error) { return newStrict(s.doc, "$def") })
	s.strictDefs = sync.OnceValues(func() (json.RawMessage, error) { return newStrict(s.doc, "$defs") })
	return s
}

// JSON returns the schema as it goes to a model: without $schema and $id, if it
// was made here, and else as it came. The bytes are the same in every run and
// must not be changed.
func (s *Schema) JSON() json.RawMessage { return s.doc }

// String returns the schema as JSON.
func (s *Schema) String() string { return string(s.doc) }

// Root returns what s says of the whole value.
func (s *Schema) Root() *Node { return s.root() }

// Validate checks data. The error is a [*gate.Error] if data is not sound JSON
// by the default limits of package gate, and else a [*ValidationError] with
// what is wrong, in the order of the value.
//
// These formats are asserted, each as the Go type for it reads it: date-time,
// date, time, email, hostname, ipv4, ipv6, uri, uri-reference, uuid, regex,
// json-pointer. Others say nothing.
//
// A schema made by [For] is checked to the letter of the Go type: what Validate
// accepts can be decoded. So a number for an int must have no fraction, not
// even 1.0, and must fit its size; and null will do for a property that may be
// absent, and for a slice or a map, since it decodes to just that.
//
// The time is in proportion to the length of data. A value that takes more than
// a few seconds of work, as a long text and a wild pattern do, is refused with a
// finding that says so.
func (s *Schema) Validate(data []byte) error {
	if err := gate.Check(data); err != nil {
		return err
	}
	if e := s.check(data); e != nil {
		return e
	}
	return nil
}

// Accepts reports whether data satisfies s. It is for those who do not ask why
// not: a no takes it no longer than a yes, as it seeks no findings and no second
// opinion on them.
func (s *Schema) Accepts(data []byte) bool {
	if gate.Check(data) != nil {
		return false
	}
	w := newWalk(s, data)
	defer w.release()
	return w.ok(s.top, 0, nil) && w.work >= 0
}

// Decode checks data as [Schema.Validate] does, and stores it in v as
// [gate.Decode] does. All see the same bytes. Nothing is stored if data is not
// valid.
func (s *Schema) Decode(data []byte, v any) error {
	if err := s.Validate(data); err != nil {
		return err
	}
	return gate.Decode(data, v)
}

// check returns what is wrong with data, which is sound.
func (s *Schema) check(data []byte) *ValidationError {
	w := newWalk(s, data)
	defer w.release()
	if w.ok(s.top, 0, nil) && w.work >= 0 {
		return nil
	}
	var list []found
	if w.work >= 0 {
		list = w.explain(s.top, 0)
	}
	if w.work < 0 {
		return &ValidationError{Findings: []Finding{{Problem: "takes too many steps to check", Want: "a smaller value"}}}
	}
	e := w.findings(list)
	hidden := slices.ContainsFunc(list, func(f found) bool { return f.hidden })
	if !hidden && maxWork-w.work < maxSecond && s.acceptedAfterAll(data, len(w.cells)) {
		return nil
	}
	return e
}
