package gate

import (
	"encoding/json"
	"errors"
	"strconv"
)

// A Rule is what data must keep to be admitted. Each constant is named for
// what is wrong when it is broken. A Rule is an error, so that
// errors.Is(err, gate.TooDeep) asks for one.
type Rule string

// The rules of [Check].
const (
	Syntax           Rule = "invalid syntax"
	Truncated        Rule = "unexpected end" // what is there could be the start of a sound value
	TrailingData     Rule = "trailing data"  // something follows the value
	InvalidUTF8      Rule = "invalid UTF-8"  // inside a string; outside it is a matter of Syntax
	DuplicateName    Rule = "duplicate name"
	FoldedName       Rule = "name differs from another only in case"
	TooLarge         Rule = "too large"          // see Limits.Bytes
	TooDeep          Rule = "too deep"           // see Limits.Depth
	TooManyNodes     Rule = "too many values"    // see Limits.Nodes
	NumberTooLong    Rule = "number too long"    // see Limits.Number
	ExponentTooLarge Rule = "exponent too large" // beyond ±400
)

// The rules of [Decode], besides those of [Check].
const (
	WrongType Rule = "wrong type"              // the value does not fit the Go type, or the type's own method refuses it
	BadTarget Rule = "target is not a pointer" // a mistake in the program: v is nil or no pointer
)

// Error returns the name of the rule.
func (r Rule) Error() string { return "gate: " + string(r) }

// An Error says which rule data breaks, and where.
//
// What Error prints does not hold the data, so that it can be logged: no
// values, and of names at most 64 bytes each and 256 bytes altogether, quoted.
type Error struct {
	// Rule is the rule that is broken.
	Rule Rule

	// Offset is where, in bytes from the start of the data. It is the first
	// byte that does not belong for the rules of syntax and encoding, and the
	// first byte of the number, the bracket, the name or the value that is
	// refused for the others. It is the length of the data for Truncated, the
	// limit for TooLarge, and zero for BadTarget.
	Offset int

	// Path is the JSON pointer of the value at Offset, cut if it is long: the
	// empty string for the outermost value, "/items/3/price" inside.
	// For DuplicateName and FoldedName it ends in the name that is refused.
	Path string

	// Err is what encoding/json or the method of a type said, for WrongType
	// and BadTarget only. Its text may hold data and is not printed, except
	// that a *json.UnmarshalTypeError has its numbers removed.
	Err error
}

// Error returns the rule, the offset and the path, and for values of the wrong
// type which kind of value met which type.
func (e *Error) Error() string {
	if e.Rule == BadTarget {
		return e.Rule.Error()
	}
	s := e.Rule.Error() + " at offset " + strconv.Itoa(e.Offset)
	if e.Path != "" {
		s += ", in " + strconv.Quote(e.Path)
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](e.Err); ok && t.Type != nil {
		s += ": " + kindOf(t.Value) + " for " + t.Type.String()
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the rule that is broken.
func (e *Error) Is(target error) bool {
	r, ok := target.(Rule)
	return ok && r == e.Rule
}
