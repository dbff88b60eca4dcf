package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"time"

	invopop "github.com/invopop/jsonschema"
)

var (
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	numberType = reflect.TypeFor[json.Number]()
	intType    = reflect.TypeFor[big.Int]()
)

// Keywords for what a Go type demands or grants beyond what a model is shown.
// No tag and no name can hold them.
const (
	absentKeyword = "\x00absent" // a property is not shown, and must be absent or null
	hintKeyword   = "\x00fit"
	nullKeyword   = "\x00null"
)

// hide adds a keyword to s that is not shown.
func hide(s *invopop.Schema, keyword, value string) {
	if s.Extras == nil {
		s.Extras = map[string]any{}
	}
	s.Extras[keyword] = value
}

// A goFit checks whether a value can be decoded to a Go type.
type goFit struct {
	want string
	fits func(raw []byte) bool
}

// fit adds to s that the value must decode to t.
func (b *builder) fit(s *invopop.Schema, t reflect.Type) *invopop.Schema {
	hide(s, hintKeyword, b.hint(fitOf(t)))
	return s
}

func (b *builder) hint(f *goFit) string {
	b.fits = append(b.fits, f)
	return strconv.Itoa(len(b.fits) - 1)
}

// anything returns a schema that is shown as {}.
func (b *builder) anything() *invopop.Schema {
	s := new(invopop.Schema)
	hide(s, "\x00any", "")
	return s
}

// fitOf returns the check for t.
func fitOf(t reflect.Type) *goFit {
	if !decodesItself(t) {
		switch k := t.Kind(); {
		case reflect.Int <= k && k <= reflect.Int64:
			return &goFit{fmt.Sprintf("an integer of %d bits, without fraction and exponent", t.Bits()), func(raw []byte) bool {
				_, small := smallInt(raw)
				if small && t.Bits() == 64 {
					return true
				}
				_, err := strconv.ParseInt(string(raw), 10, t.Bits())
				return err == nil
			}}
		case reflect.Uint <= k && k <= reflect.Uintptr:
			return &goFit{fmt.Sprintf("an integer from 0 of %d bits, without fraction and exponent", t.Bits()), func(raw []byte) bool {
				_, err := strconv.ParseUint(string(raw), 10, t.Bits())
				return err == nil
			}}
		case k == reflect.Float32, k == reflect.Float64:
			return &goFit{fmt.Sprintf("a number of %d bits", t.Bits()), func(raw []byte) bool {
				if _, ok := smallInt(raw); ok {
					return true
				}
				_, err := strconv.ParseFloat(string(raw), t.Bits())
				return err == nil
			}}
		}
	}
	switch t {
	case timeType:
		return &goFit{formatWords["date-time"], func(raw []byte) bool { return bytes.IndexByte(raw, '\\') < 0 }} // it does not unescape
	case numberType:
		return &goFit{"a number", func([]byte) bool { return true }}
	case intType:
		return &goFit{"an integer without fraction and exponent", func(raw []byte) bool { return new(big.Int).UnmarshalJSON(raw) == nil }}
	}
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !decodesItself(t) {
		return &goFit{"a string in base64", func(raw []byte) bool {
			var s string
			return json.Unmarshal(raw, &s) == nil && isBase64(s)
		}}
	}
	return &goFit{"what the Go type " + t.String() + " can read", func(raw []byte) bool {
		return json.Unmarshal(raw, reflect.New(t).Interface()) == nil
	}}
}

// keyFit returns the check for names that are keys of type t.
func keyFit(t reflect.Type) *goFit {
	m := reflect.MapOf(t, reflect.TypeFor[struct{}]())
	return &goFit{"what the Go type " + t.String() + " can read", func(raw []byte) bool {
		return json.Unmarshal(slices.Concat([]byte("{"), raw, []byte(":null}")), reflect.New(m).Interface()) == nil
	}}
}

// newOf returns a pointer to a new t, which has the methods of both.
func newOf(t reflect.Type) any { return reflect.New(t).Interface() }

func decodesItself(t reflect.Type) bool {
	switch newOf(t).(type) {
	case json.Unmarshaler, interface{ UnmarshalText([]byte) error }:
		return true
	}
	return false
}

func encodesItself(t reflect.Type) bool {
	switch newOf(t).(type) {
	case json.Marshaler, interface{ MarshalText() ([]byte, error) }:
		return true
	}
	return false
}

// partsOf yields the types of which values of t are made.
func partsOf(t reflect.Type) iter.Seq[reflect.Type] {
	return func(yield func(reflect.Type) bool) {
		if t.Kind() != reflect.Pointer && (decodesItself(t) || encodesItself(t)) {
			return
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			yield(t.Elem())
		case reflect.Struct:
			for _, f := range fieldsOf(t) {
				if !yield(f.Type) {
					return
				}
			}
		}
	}
}

func cloneExtras(m map[string]any) map[string]any {
	c := make(map[string]any, len(m))
	maps.Copy(c, m)
	return c
}

// choices adds to s the values that the methods Enum and Aliases of t list.
func (b *builder) choices(t reflect.Type, s *invopop.Schema) *invopop.Schema {
	if m := methodOf(t, "Enum"); m.IsValid() && m.Type().NumOut() == 1 && listsValues(m.Type().Out(0), t) {
		list := m.Call(nil)[0]
		for i := range list.Len() {
			s.Enum = append(s.Enum, b.encoded(list.Index(i).Interface()))
		}
	}
	m := methodOf(t, "Aliases")
	if !m.IsValid() || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.Map || m.Type().Out(0).Key().Kind() != reflect.String {
		return s
	}
	names := map[string][]string{}
	for key, value := range m.Call(nil)[0].Seq2() {
		raw := b.encoded(value.Interface())
		text := string(raw)
		_ = json.Unmarshal(raw, &text) // a value that is no string keeps its spelling
		names[text] = append(names[text], key.String())
	}
	for _, list := range names {
		slices.Sort(list)
	}
	if len(names) > 0 {
		if s.Extras == nil {
			s.Extras = map[string]any{}
		}
		s.Extras["x-aliases"] = names
	}
	return s
}

// listsValues reports whether list is a slice of t, or of plain values for it. An
// embedded field with a method Enum gives it to its struct, which means nothing.
func listsValues(list, t reflect.Type) bool {
	return list.Kind() == reflect.Slice &&
		(list.Elem() == t || list.Elem().Kind() == t.Kind() && t.Kind() != reflect.Struct || list.Elem().Kind() == reflect.Interface)
}

// isUnion reports whether the struct t has a method OneOf of its own.
func isUnion(t reflect.Type) bool {
	if _, ok := newOf(t).(interface{ OneOf() }); !ok {
		return false
	}
	for f := range t.Fields() {
		if f.Anonymous {
			if _, ok := f.Type.MethodByName("OneOf"); ok {
				return false
			}
			if _, ok := reflect.PointerTo(f.Type).MethodByName("OneOf"); ok {
				return false
			}
		}
	}
	return true
}

func (b *builder) encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		b.panic(err.Error())
	}
	return raw
}

// methodOf returns the method of a new t, if it takes no arguments.
func methodOf(t reflect.Type, name string) reflect.Value {
	if t.Kind() == reflect.Interface {
		return reflect.Value{}
	}
	m := reflect.New(t).MethodByName(name)
	if m.IsValid() && m.Type().NumIn() != 0 {
		return reflect.Value{}
	}
	return m
}

// nullFits reports whether null decodes to t, as it does to all types but those
// that decode themselves and refuse it.
func (f *goFit) nullFits(t reflect.Type) bool {
	return !decodesItself(t) || json.Unmarshal([]byte("null"), newOf(t)) == nil
}

// quotedFit returns the check for a field with the option "string".
func quotedFit(f *goField) *goFit {
	t := reflect.StructOf([]reflect.StructField{{Name: "X", Type: f.Type, Tag: `json:"x,string"`}})
	want := "a " + f.Type.Kind().String() + " in quotes"
	return &goFit{want, func(raw []byte) bool {
		return json.Unmarshal(slices.Concat([]byte(`{"x":`), raw, []byte("}")), newOf(t)) == nil
	}}
}
