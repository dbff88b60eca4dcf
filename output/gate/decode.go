package gate

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// Decode is like the function [Decode], with the limits l.
func (l Limits) Decode(data []byte, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return &Error{Rule: BadTarget, Err: &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}}
	}
	if err := l.Check(data); err != nil {
		return err
	}
	p := planOf(rv.Type())
	w := walk{data: data}
	if s, _ := p.at(rv); s.watch && s.kind != dynamic {
		w.value(w.space(0), p.shape, rv)
	}
	visible := w.visible()
	if err := unmarshal(visible, v, p.numbers); err != nil {
		return misfit(visible, rv, p, err)
	}
	return nil
}

func unmarshal(data []byte, v any, numbers bool) error {
	if !numbers {
		return json.Unmarshal(data, v)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// A walk goes through sound data along the shape of the variable that it is
// meant for. Either it collects what to hide, or it looks for a value that
// does not fit. It recurs, but no deeper than Check lets data be.
type walk struct {
	data   []byte
	hidden []span // what encoding/json must not see

	fits  func(value []byte, t reflect.Type) bool // if nil, the walk collects
	wrong int                                     // where the value is that does not fit
}

// A span is a part of the data.
type span struct{ start, end int }

// visible returns data without what is hidden: white space stands for that,
// so that offsets keep their meaning.
func (w *walk) visible() []byte {
	if len(w.hidden) == 0 {
		return w.data
	}
	data := slices.Clone(w.data)
	for _, h := range w.hidden {
		for i := h.start; i < h.end; i++ {
			data[i] = ' '
		}
	}
	return data
}

// space returns the offset of the first byte from i on that is not white space.
func (w *walk) space(i int) int {
	for w.data[i] <= ' ' {
		i++
	}
	return i
}

// value goes through the value at i, which is meant for v of shape s, and
// returns its end, or -1 if it has found what does not fit. If v is not valid,
// there is no variable yet.
func (w *walk) value(i int, s *shape, v reflect.Value) int {
	s, v = s.at(v)
	if w.fits == nil && !s.watch {
		return skip(w.data, i)
	}
	switch b := w.data[i]; {
	case b == '{' && s.kind == record:
		return w.record(i, s, v)
	case b == '{' && s.kind == table:
		return w.table(i, s)
	case b == '[' && s.kind == list:
		return w.list(i, s, v)
	}
	end := skip(w.data, i)
	if w.fits != nil && !w.fits(w.data[i:end], s.typ) {
		w.wrong = i
		return -1
	}
	return end
}

func (w *walk) record(i int, s *shape, v reflect.Value) int {
	comma := -1 // the one after the last member that is not hidden
	for i = w.space(i + 1); w.data[i] != '}'; {
		start, name, colon := w.name(i)
		f, ok, folds := s.lookup(name)
		if ok {
			i = w.field(start, colon, s, f, v)
		} else {
			i = skip(w.data, w.space(colon+1))
		}
		if i < 0 {
			return -1
		}
		i = w.space(i)
		last := w.data[i] == '}'
		switch {
		case !folds:
			comma = i
		case !last:
			w.hidden = append(w.hidden, span{start, i + 1})
		default:
			w.hidden = append(w.hidden, span{start, i})
			if comma >= 0 {
				w.hidden = append(w.hidden, span{comma, comma + 1})
			}
		}
		if !last {
			i = w.space(i + 1)
		}
	}
	return i + 1
}

// field goes through the member whose name is at start.
func (w *walk) field(start, colon int, s *shape, f field, v reflect.Value) int {
	i := w.space(colon + 1)
	if !f.quoted {
		return w.value(i, f.shape, fieldOf(v, f.index))
	}
	end := skip(w.data, i)
	if w.fits != nil && !w.fits(slices.Concat([]byte("{"), w.data[start:end], []byte("}")), s.typ) {
		w.wrong = i
		return -1
	}
	return end
}

func (w *walk) table(i int, s *shape) int {
	for i = w.space(i + 1); w.data[i] != '}'; {
		start, _, colon := w.name(i)
		if w.fits != nil && !w.fitsKey(w.data[start:colon], s.typ.Key()) {
			w.wrong = start
			return -1
		}
		if i = w.value(w.space(colon+1), s.elem, reflect.Value{}); i < 0 {
			return -1
		}
		i = w.comma(i)
	}
	return i + 1
}

func (w *walk) list(i int, s *shape, v reflect.Value) int {
	if v.IsValid() && v.Kind() == reflect.Slice {
		v = v.Slice(0, v.Cap()) // encoding/json finds old elements there
	}
	n := 0
	for i = w.space(i + 1); w.data[i] != ']'; n++ {
		var elem reflect.Value
		if v.IsValid() && n < v.Len() {
			elem = v.Index(n)
		}
		if s.typ.Kind() == reflect.Array && n >= s.typ.Len() {
			i = skip(w.data, i)
		} else if i = w.value(i, s.elem, elem); i < 0 {
			return -1
		}
		i = w.comma(i)
	}
	return i + 1
}

// fitsKey reports whether name can be decoded into a key of type t.
func (w *walk) fitsKey(name []byte, t reflect.Type) bool {
	if t == reflect.TypeFor[string]() {
		return true
	}
	// A struct without fields takes any null.
	return w.fits(slices.Concat([]byte("{"), name, []byte(":null}")), reflect.MapOf(t, reflect.TypeFor[struct{}]()))
}

// comma returns the offset of the next element, or of the end of the last.
func (w *walk) comma(i int) int {
	i = w.space(i)
	if w.data[i] == ',' {
		i = w.space(i + 1)
	}
	return i
}

// name reads the name at i, and returns where it begins, what it is, and where
// the colon after it is.
func (w *walk) name(i int) (start int, name []byte, colon int) {
	end := skipString(w.data, i)
	name = w.data[i+1 : end-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = appendUnescaped(nil, name)
	}
	return i, name, w.space(end)
}

// fieldOf returns the field of v at index, or an invalid value if it does not
// exist yet.
func fieldOf(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.IsValid() && v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		v = v.Field(i)
	}
	return v
}

// skip returns the end of the value at i.
func skip(data []byte, i int) int {
	for depth := 0; ; {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue
		default:
			for i++; i < len(data) && !ends(data[i]); i++ {
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// ends reports whether b cannot be in a number or a literal.
func ends(b byte) bool {
	switch b {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// skipString returns the end of the string at i, which is beyond the data if
// the string is not closed.
func skipString(data []byte, i int) int {
	for start := i + 1; ; {
		n := bytes.IndexByte(data[start:], '"')
		if n < 0 {
			return len(data) + 1
		}
		quote := start + n
		j := quote
		for j > start && data[j-1] == '\\' {
			j--
		}
		if (quote-j)%2 == 0 {
			return quote + 1
		}
		start = quote + 1
	}
}
