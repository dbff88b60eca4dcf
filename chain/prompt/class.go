package prompt

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A class is what a type is to a template that prints it.
type class uint8

const (
	opaque       class = iota // cannot be printed
	textClass                 // strings
	bytesClass                // []byte, printed as text
	boolClass                 // true or false
	intClass                  // whole numbers
	uintClass                 // whole numbers without sign
	floatClass                // float64
	float32Class              // float32
)

var (
	anyType     = reflect.TypeFor[any]()
	boolType    = reflect.TypeFor[bool]()
	byteType    = reflect.TypeFor[byte]()
	floatType   = reflect.TypeFor[float64]()
	intType     = reflect.TypeFor[int]()
	numberType  = reflect.TypeFor[json.Number]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	stringType  = reflect.TypeFor[string]()
	timeType    = reflect.TypeFor[time.Time]()
	timePointer = reflect.TypeFor[*time.Time]()
)

// speakers are the interfaces by which a type says itself how it is printed. A
// template calls no methods, and what a type hides must not come out beside them.
var speakers = []reflect.Type{
	reflect.TypeFor[fmt.Stringer](),
	reflect.TypeFor[error](),
	reflect.TypeFor[fmt.Formatter](),
	reflect.TypeFor[fmt.GoStringer](),
	reflect.TypeFor[slog.LogValuer](),
	reflect.TypeFor[encoding.TextAppender](),
	reflect.TypeFor[encoding.TextMarshaler](),
	reflect.TypeFor[json.Marshaler](),
}

// marshalers are those of the speakers that encoding/json asks.
var marshalers = []reflect.Type{
	reflect.TypeFor[encoding.TextMarshaler](),
	reflect.TypeFor[json.Marshaler](),
}

// has reports whether t or a pointer to it has the methods of one of the interfaces.
func has(t reflect.Type, interfaces []reflect.Type) bool {
	p := reflect.PointerTo(t)
	return slices.ContainsFunc(interfaces, p.Implements)
}

// kindClass returns the class of the types without methods that are of t's kind.
func kindClass(t reflect.Type) class {
	switch t.Kind() {
	case reflect.String:
		return textClass
	case reflect.Bool:
		return boolClass
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intClass
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return uintClass
	case reflect.Float32:
		return float32Class
	case reflect.Float64:
		return floatClass
	case reflect.Slice:
		if t.Elem() == byteType {
			return bytesClass
		}
	}
	return opaque
}

// classOf returns the class of what pointers of type t lead to. It is opaque for
// interfaces.
func classOf(t reflect.Type) class {
	t = targetType(t)
	if t == nil {
		return opaque
	}
	c := kindClass(t)
	if c != opaque && t.PkgPath() != "" && t != numberType && has(t, speakers) {
		return opaque
	}
	return c
}

// cannotPrint returns the error of a type that is opaque.
func cannotPrint(what string, t reflect.Type) error {
	to := targetType(t)
	if to == nil {
		to = t
	}
	var advice string
	switch {
	case kindClass(to) != opaque:
		advice = ", which has methods that say how it is printed; templates call no methods, give it as a string"
	case to == timeType:
		advice = "; use date"
	case to.Kind() == reflect.Struct:
		advice = "; name one of its fields, or use json"
	case to.Kind() == reflect.Slice, to.Kind() == reflect.Array:
		advice = "; use join, json or range"
	case to.Kind() == reflect.Map:
		advice = "; name one of its keys, or use json or range"
	case to.Kind() == reflect.Func:
		advice = "; functions of the caller are never called"
	default:
		advice = ", which cannot be printed"
	}
	return problem(ErrType, "%s is %s%s", short(what), typeName(t), advice)
}

// hides reports whether t is a text, or a list of bytes or of other numbers that
// may stand for one, that says itself how it is printed. What it does not print
// must not come out piece by piece either.
func hides(t reflect.Type) bool {
	if t.PkgPath() == "" || t == numberType || t == rawType {
		return false
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		if c := kindClass(t.Elem()); c != intClass && c != uintClass {
			return false
		}
	case reflect.String:
	default:
		return false
	}
	return has(t, speakers)
}

// open returns an error if what is in a value of type t, for which e stands, is
// hidden.
func open(e *expr, t reflect.Type) error {
	if t != nil && hides(t) {
		return problem(ErrType, "%s is %s, which has methods that say how it is printed; templates call no methods, and do not look inside", short(e.String()), typeName(t))
	}
	return nil
}

// typeName returns the name of a type with an article. For nil it is that of nil.
func typeName(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	name := strings.ReplaceAll(t.String(), "interface {}", "any")
	switch name[0] {
	case 'a', 'e', 'i', 'o':
		return "an " + short(name)
	}
	return "a " + short(name)
}
