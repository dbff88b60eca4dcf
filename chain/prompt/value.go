package prompt

import (
	"math"
	"reflect"
	"strconv"
)

// A value is what an expression comes to. Texts and numbers that functions make
// are kept as such, so that nothing is boxed; what comes from the caller stays a
// reflect.Value.
type value struct {
	kind kind
	bits uint64 // of a boolean, a number
	text string
	host reflect.Value // never an interface; maybe a pointer
}

type kind uint8

const (
	absent   kind = iota // a key, an index or a target that is not there
	null                 // nil
	text                 // in value.text
	boolean              // in value.bits, as are the numbers
	integer              // an int64
	unsigned             // a uint64
	float                // a float64
	host                 // anything else, in value.host
)

func textValue(s string) value   { return value{kind: text, text: s} }
func intValue(n int) value       { return value{kind: integer, bits: uint64(n)} }
func floatValue(f float64) value { return value{kind: float, bits: math.Float64bits(f)} }

func boolValue(b bool) value {
	if b {
		return value{kind: boolean, bits: 1}
	}
	return value{kind: boolean}
}

func (v value) float() float64 { return math.Float64frombits(v.bits) }

// hostValue returns the value of what came from the caller, out of its interface.
func hostValue(v reflect.Value) value {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return value{kind: null}
	}
	return value{kind: host, host: v}
}

// maxPointers is how many pointers are followed to a value: they can make a ring.
const maxPointers = 100

// target follows pointers and interfaces. It returns the zero Value if one is nil.
func target(v reflect.Value) reflect.Value {
	for range maxPointers {
		if k := v.Kind(); k != reflect.Pointer && k != reflect.Interface {
			return v
		}
		v = v.Elem()
	}
	return reflect.Value{}
}

// targetType follows the pointers of a type. It returns nil for an interface.
func targetType(t reflect.Type) reflect.Type {
	for i := 0; t != nil && t.Kind() == reflect.Pointer && i < maxPointers; i++ {
		t = t.Elem()
	}
	return static(t)
}

// static returns t, or nil if values of it show only at rendering what they are.
func static(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() == reflect.Interface {
		return nil
	}
	return t
}

// truth reports whether v is true, as in text/template.
func (v value) truth() bool {
	switch v.kind {
	case absent, null:
		return false
	case text:
		return v.text != ""
	case boolean, integer, unsigned:
		return v.bits != 0
	case float:
		return v.float() != 0
	}
	switch h := v.host; h.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return h.Len() > 0
	case reflect.Struct:
		return true
	case reflect.Float32, reflect.Float64:
		return h.Float() != 0 // which -0 is not
	case reflect.Complex64, reflect.Complex128:
		return h.Complex() != 0
	default:
		return !h.IsZero()
	}
}

// basic returns v as a text, a boolean or a number if it is one, at the end of
// pointers or not. It stays absent or null, or becomes it if a pointer is nil, and
// is a host otherwise.
func (v value) basic() value {
	if v.kind != host {
		return v
	}
	h := v.host
	if h.Kind() == reflect.Pointer {
		if h = target(h); !h.IsValid() {
			return value{kind: null}
		}
	}
	switch h.Kind() {
	case reflect.String:
		return textValue(h.String())
	case reflect.Bool:
		return boolValue(h.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value{kind: integer, bits: uint64(h.Int())}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return value{kind: unsigned, bits: h.Uint()}
	case reflect.Float32, reflect.Float64:
		return floatValue(h.Float())
	}
	return value{kind: host, host: h}
}

// appendFloat appends f in the shortest form that reads back as it: with all its
// digits unless it is very small or very large, as encoding/json has it.
func appendFloat(out []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return out, problem(ErrType, "a number that is infinite, or not a number")
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
		if bits == 32 && float32(abs) >= 1e-6 && float32(abs) < 1e21 {
			format = 'f'
		}
	}
	out = strconv.AppendFloat(out, f, format, -1, bits)
	if n := len(out); format == 'e' && n >= 4 && out[n-4] == 'e' && out[n-3] == '-' && out[n-2] == '0' {
		out[n-2] = out[n-1] // e-09 is e-9
		out = out[:n-1]
	}
	return out, nil
}
