// Package gate admits JSON that comes from outside: from a model, a tool, a
// provider, a store. It settles before anything is decoded whether the bytes
// are one sound JSON value of bearable size, and then decodes them so that
// whoever reads the value later sees what whoever checked it saw.
//
//	var args struct {
//		Path string `json:"path"`
//	}
//	if err := gate.Decode(data, &args); err != nil {
//		return err
//	}
//
// Package encoding/json alone takes {"path": "ok", "PATH": "/etc/passwd"} and
// fills Path with /etc/passwd, though a look at the member "path" said ok. It
// takes bytes that are not UTF-8, silently keeps the last of two equal names,
// and turns the number 12345678901234567890 in an interface into another
// number. [Check] refuses the first three, and [Decode] keeps the digits.
//
// The parts: [Check] and [Decode] with default limits, [Limits] to set others,
// and [Error], which says which [Rule] is broken and where. All functions and
// methods may be called concurrently, and none keeps data.
package gate

import "math"

// The limits that a zero field of [Limits] stands for.
const (
	DefaultBytes  = 8 << 20
	DefaultDepth  = 512
	DefaultNodes  = 1 << 20
	DefaultNumber = 128
)

const (
	// maxDepth is the depth up to which encoding/json decodes; beyond it, it
	// would refuse what Check has let in.
	maxDepth = 10_000

	// maxExponent spares those who compute with arbitrary precision: big.Rat
	// takes 1e1000000000 for a request for that many digits.
	maxExponent = 400
)

// Check reports whether data is one sound JSON value within the default
// limits. If not, the error is an [*Error] with the first place where a rule
// is broken.
//
// The grammar is that of RFC 8259 and no more: no byte order mark, no
// comments, no trailing commas, nothing but white space around the value.
// Beyond the grammar, Check refuses
//
//   - bytes that are not UTF-8;
//   - two equal names in one object, also if they are escaped differently;
//   - two names in one object that differ only in case, by Unicode's simple
//     folding, since encoding/json takes them for one: "k", "K" and the Kelvin
//     sign are the same;
//   - numbers with an exponent beyond ±400.
//
// An escaped surrogate without its other half, as in "\ud800", is sound. It
// stands for U+FFFD, as it does for encoding/json.
//
// Check reads data once, in time linear to its length whatever it holds, and
// needs no memory for ordinary documents.
func Check(data []byte) error {
	return Limits{}.Check(data)
}

// Decode checks data as [Check] does and stores it in v, which must be a
// pointer and not nil. What is in v does not change if data is not sound.
//
// Values go where json.Unmarshal would put them, except that
//
//   - the names of struct fields are case-sensitive: a member that equals the
//     name of a field only after folding is unknown, and what is unknown is
//     ignored;
//   - a number in an interface becomes a [json.Number], so that it keeps its
//     digits.
//
// Types with a method UnmarshalJSON or UnmarshalText decode themselves, and
// both exceptions end there. A [json.RawMessage] keeps its bytes.
//
// If data does not fit v, the error is an [*Error] with the rule [WrongType].
// Then v holds all that fits: whatever follows a value of the wrong type is
// decoded still. What follows is left out only if a type that decodes itself
// fails, or a string that should hold a number or the like, for a [json.Number]
// or a field with the option "string".
func Decode(data []byte, v any) error {
	return Limits{}.Decode(data, v)
}

// Limits bounds the JSON values that its methods admit. A zero field means
// the default, a negative one no limit, so that the zero Limits is what
// [Check] and [Decode] use.
type Limits struct {
	Bytes  int // length of the data; if zero, 8 MiB
	Depth  int // arrays and objects inside each other; if zero, 512; never more than 10,000, as encoding/json
	Nodes  int // values: scalars, arrays and objects, but not names; if zero, 1,048,576
	Number int // bytes of one number; if zero, 128
}

// Check is like the function [Check], with the limits l.
func (l Limits) Check(data []byte) error {
	l = l.bounds()
	if len(data) > l.Bytes {
		return &Error{Rule: TooLarge, Offset: l.Bytes}
	}
	c := newChecker(data, l)
	defer c.release()
	if c.run() {
		return nil
	}
	return c.err()
}

// bounds returns l with a bound in each field.
func (l Limits) bounds() Limits {
	bound := func(limit, zero, negative int) int {
		switch {
		case limit == 0:
			return zero
		case limit < 0:
			return negative
		}
		return limit
	}
	return Limits{
		Bytes:  bound(l.Bytes, DefaultBytes, math.MaxInt),
		Depth:  min(bound(l.Depth, DefaultDepth, maxDepth), maxDepth),
		Nodes:  bound(l.Nodes, DefaultNodes, math.MaxInt),
		Number: bound(l.Number, DefaultNumber, math.MaxInt),
	}
}
