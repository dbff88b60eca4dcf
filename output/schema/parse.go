package schema

import (
	"errors"
	"slices"

	"github.com/hadal-go/hadal/output/gate"
)

// The limits of Parse.
const (
	maxBytes   = 1 << 20
	maxDepth   = 128     // of the JSON
	maxNodes   = 1 << 15 // of the JSON
	maxDigits  = 64      // of a number
	maxSchemas = 4096
	maxEnum    = 4096    // values of all enums together
	maxPaths   = 4096    // ways through the schemas that apply to one value
	maxChain   = 64      // of schemas that apply to one value, each by the one before
	maxPattern = 1024    // bytes of one pattern
	maxProgram = 2048    // instructions of one pattern
	maxRegexps = 1 << 14 // instructions of all patterns together
)

var parseLimits = gate.Limits{Bytes: maxBytes, Depth: maxDepth, Nodes: maxNodes, Number: maxDigits}

// An Error says why a schema cannot be used.
type Error struct {
	Pointer string // to the place in the schema, as of RFC 6901; "" is the whole
	Problem string // what is wrong: "refers to what is not there"
	Want    string // what to do about it: "write #/$defs/NAME"; may be empty
	Err     error  // a *gate.Error if the schema is no sound JSON, else nil
}

// Error returns the place, the problem and what to do.
func (e *Error) Error() string {
	s := "schema: "
	if e.Pointer != "" {
		s += shorten(e.Pointer, 200) + ": "
	}
	s += e.Problem
	if e.Want != "" {
		s += ": " + e.Want
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads a schema that comes from outside: from a server of tools, a file,
// a model. The error is an [*Error].
//
// The rules are those of JSON Schema 2020-12, whatever $schema says, and these
// older spellings are understood: definitions and DeepSeek's $def for $defs,
// items with a list for prefixItems, additionalItems, dependencies. Keywords
// that are not known say nothing. Formats are asserted, see [Schema.Validate].
//
// Nothing is ever fetched: a $ref leads to a place in the document, by JSON
// pointer or $anchor, or is an error. The $id of the whole is understood as the
// name of the document; a schema inside that has one is refused, and so are
// $dynamicRef and $recursiveRef.
//
// A schema may be recursive, but must consume something of the value on every
// way around. Parse refuses one that does not, and one that applies more than
// 4,096 schemas to a single value, or more than 64 each by the one before; more
// than 1 MiB, 128 levels, 32,768 values,
// 4,096 schemas, 4,096 values in enums; two properties that differ only in case; and patterns of more than 1,024 bytes,
// or that expand to more than 2,048 steps, or that package regexp does not
// know, such as those that look ahead.
func Parse(data []byte) (*Schema, error) {
	if err := checkDocument(data, parseLimits); err != nil {
		return nil, err
	}
	return parse(slices.Clone(data), nil)
}

// parse makes a schema of a sound document, which may have hints of a Go type.
func parse(doc []byte, fits []*goFit) (*Schema, error) {
	c := &compiler{rules: map[int32]*rule{}, fits: fits}
	c.tape.read(doc)
	if err := c.compile(); err != nil {
		return nil, err
	}
	return newSchema(doc, c), nil
}

// checkDocument returns an [*Error] if doc is not sound JSON.
func checkDocument(doc []byte, limits gate.Limits) error {
	err := limits.Check(doc)
	if err == nil {
		return nil
	}
	e := &Error{Problem: "is not sound JSON", Err: err}
	if g, ok := errors.AsType[*gate.Error](err); ok {
		e.Pointer, e.Problem = g.Path, string(g.Rule)
		switch g.Rule {
		case gate.TooLarge, gate.TooDeep, gate.TooManyNodes, gate.NumberTooLong:
			e.Want = "a schema has at most 1 MiB, 128 levels, 32,768 values and 64 digits in a number"
		}
	}
	return e
}
