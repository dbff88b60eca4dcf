package prompt

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDepth is how deep a value may be that json writes.
const maxDepth = 1000

func checkJSON([]*expr) (reflect.Type, error) { return stringType, nil }

// jsonCheck returns why json cannot write values of type t, as far as that shows.
func jsonCheck(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || t == timeType || t == rawType || t == numberType {
		return nil
	}
	seen[t] = true
	c := kindClass(t)
	switch {
	case t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && has(t, marshalers),
		hides(t):
		return problem(ErrType, "json of %s, which has methods that say how it is written; templates call no methods, give it as a string", typeName(t))
	case c != opaque, t.Kind() == reflect.Interface:
		return nil
	}
	switch t.Kind() {
	case reflect.Map:
		if k := kindClass(t.Key()); k != textClass && k != intClass && k != uintClass || has(t.Key(), marshalers[:1]) || hides(t.Key()) {
			return problem(ErrType, "json of %s, whose keys are no texts", typeName(t))
		}
		return jsonCheck(t.Elem(), seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return jsonCheck(t.Elem(), seen)
	case reflect.Struct:
		for _, f := range fieldsOf(t) {
			if err := jsonCheck(f.typ, seen); err != nil {
				return err
			}
			switch isTime := targetType(f.typ) == timeType; {
			case isTime && !f.exported: // reflect does not give it out
				return problem(ErrType, "json of %s, whose field %s is not exported", typeName(t), short(f.name))
			case f.omitZero && !isTime && (has(f.typ, zeroers) || f.typ.Implements(zeroers[0])):
				return problem(ErrType, "json of %s, whose field %s is left out by its method IsZero; templates call no methods", typeName(t), short(f.name))
			}
		}
		return nil
	}
	return problem(ErrType, "json of %s", typeName(t))
}

var zeroers = []reflect.Type{reflect.TypeFor[interface{ IsZero() bool }]()}

// writeJSON writes as encoding/json does, with keys in order and without escapes
// for HTML.
func writeJSON(s *state, args []*expr) error {
	v, err := s.must(args[0])
	if err != nil {
		return err
	}
	switch v.kind {
	case null:
		return s.write("null")
	case text:
		if err := s.b.work(len(v.text)); err != nil {
			return err
		}
		return s.quote(v.text)
	case host:
		if err := s.prog.known.json(v.host.Type()); err != nil {
			return err
		}
		return s.json(v.host, 0, false)
	}
	return s.appendBasic(v)
}

// json returns why json cannot write values of type t.
func (c *catalog) json(t reflect.Type) error {
	if known, ok := c.sound.Load(t); ok {
		err, _ := known.(error)
		return err
	}
	err := jsonCheck(t, map[reflect.Type]bool{})
	c.sound.Store(t, err)
	return err
}

// fieldsOf returns the fields of the struct t.
func (c *catalog) fieldsOf(t reflect.Type) []field {
	if known, ok := c.fields.Load(t); ok {
		return known.([]field)
	}
	fields := fieldsOf(t)
	c.fields.Store(t, fields)
	return fields
}

// json appends v, whose type has been checked. If it is quoted, a string, a number
// or a boolean stands in a string.
func (s *state) json(v reflect.Value, depth int, quoted bool) error {
	if err := s.b.step(1); err != nil {
		return err
	}
	if depth > maxDepth {
		return problem(ErrLimit, "json of what is more than %d deep, or a ring", maxDepth)
	}
	switch v.Type() {
	case timeType:
		return s.jsonTime(timeOf(v))
	case rawType:
		return s.jsonRaw(v.Bytes())
	case numberType:
		return s.jsonNumber(v.String(), quoted)
	}
	switch v.Kind() {
	case reflect.Interface:
		if v = v.Elem(); !v.IsValid() {
			return s.write("null")
		}
		if err := s.prog.known.json(v.Type()); err != nil {
			return err
		}
		return s.json(v, depth+1, false)
	case reflect.Pointer:
		if v.IsNil() {
			return s.write("null")
		}
		return s.json(v.Elem(), depth+1, quoted)
	case reflect.Struct:
		return s.jsonStruct(v, depth)
	case reflect.Map:
		return s.jsonMap(v, depth)
	case reflect.Slice:
		if v.IsNil() {
			return s.write("null")
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return s.jsonBytes(v.Bytes())
		}
		return s.jsonList(v, depth)
	case reflect.Array:
		return s.jsonList(v, depth)
	case reflect.String:
		if err := s.b.work(v.Len()); err != nil {
			return err
		}
		if !quoted {
			return s.quote(v.String())
		}
		if err := s.room(v.Len()); err != nil {
			return err
		}
		return s.quote(string(appendQuoted(nil, v.String())))
	}
	if quoted {
		if err := s.write(`"`); err != nil {
			return err
		}
	}
	if err := s.append(v, kindClass(v.Type())); err != nil || !quoted {
		return err
	}
	return s.write(`"`)
}

func (s *state) jsonStruct(v reflect.Value, depth int) error {
	sep := "{"
next:
	for _, f := range s.prog.known.fieldsOf(v.Type()) {
		fv := v
		for _, i := range f.index {
			if fv.Kind() == reflect.Pointer {
				if fv.IsNil() {
					continue next
				}
				fv = fv.Elem()
			}
			fv = fv.Field(i)
		}
		if f.omitEmpty && isEmpty(fv) || f.omitZero && isZero(fv) {
			continue
		}
		if err := s.jsonKey(sep, f.name); err != nil {
			return err
		}
		if err := s.json(fv, depth+1, f.quoted); err != nil {
			return err
		}
		sep = ","
	}
	if sep == "{" {
		return s.write("{}")
	}
	return s.write("}")
}

// jsonKey writes what stands before a value of an object.
func (s *state) jsonKey(sep, key string) error {
	if err := s.write(sep); err != nil {
		return err
	}
	if err := s.quote(key); err != nil {
		return err
	}
	return s.write(":")
}

// isEmpty reports whether omitempty leaves v out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isZero reports whether omitzero leaves v out.
func isZero(v reflect.Value) bool {
	if to := v.Type(); to == timeType || to == timePointer && !v.IsNil() {
		return timeOf(target(v)).IsZero()
	}
	return v.IsZero()
}

func (s *state) jsonMap(v reflect.Value, depth int) error {
	if v.IsNil() {
		return s.write("null")
	}
	type pair struct {
		key  string
		elem reflect.Value
	}
	if err := s.b.step(v.Len()); err != nil { // before all keys are taken
		return err
	}
	pairs := make([]pair, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key := ""
		switch k := it.Key(); {
		case k.Kind() == reflect.String:
			key = k.String()
		case k.CanInt():
			key = strconv.FormatInt(k.Int(), 10)
		default:
			key = strconv.FormatUint(k.Uint(), 10)
		}
		pairs = append(pairs, pair{key, it.Value()})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	sep := "{"
	for _, p := range pairs {
		if err := s.b.work(len(p.key)); err != nil {
			return err
		}
		if err := s.jsonKey(sep, p.key); err != nil {
			return err
		}
		if err := s.json(p.elem, depth+1, false); err != nil {
			return err
		}
		sep = ","
	}
	if sep == "{" {
		return s.write("{}")
	}
	return s.write("}")
}

func (s *state) jsonList(v reflect.Value, depth int) error {
	sep := "["
	for i := range v.Len() {
		if err := s.write(sep); err != nil {
			return err
		}
		if err := s.json(v.Index(i), depth+1, false); err != nil {
			return err
		}
		sep = ","
	}
	if sep == "[" {
		return s.write("[]")
	}
	return s.write("]")
}

func (s *state) jsonBytes(b []byte) error {
	n := base64.StdEncoding.EncodedLen(len(b)) + 2
	if err := s.room(n); err != nil {
		return err
	}
	if err := s.b.work(n); err != nil {
		return err
	}
	s.out = append(base64.StdEncoding.AppendEncode(append(s.out, '"'), b), '"')
	return nil
}

// jsonTime writes a time as time.Time does, which refuses what RFC 3339 cannot hold.
func (s *state) jsonTime(t time.Time) error {
	start := len(s.out)
	var err error
	if s.out, err = t.AppendText(append(s.out, '"')); err != nil {
		return problem(ErrType, "json of a time that RFC 3339 cannot hold")
	}
	s.out = append(s.out, '"')
	return s.undo(start)
}

// jsonRaw writes JSON that is there already, without the spaces in it.
func (s *state) jsonRaw(raw []byte) error {
	if raw == nil {
		return s.write("null")
	}
	if err := s.b.work(len(raw)); err != nil {
		return err
	}
	if !json.Valid(raw) {
		return problem(ErrType, "a json.RawMessage that is not JSON")
	}
	from, inside := 0, false
	for i := 0; i <= len(raw); i++ {
		switch {
		case i == len(raw), !inside && isSpace(raw[i]):
			if err := s.room(i - from); err != nil {
				return err
			}
			s.out = append(s.out, raw[from:i]...)
			from = i + 1
		case raw[i] == '"':
			inside = !inside
		case raw[i] == '\\':
			i++
		}
	}
	return nil
}

func (s *state) jsonNumber(n string, quoted bool) error {
	if n == "" {
		n = "0"
	}
	if err := s.b.work(len(n)); err != nil {
		return err
	}
	if c := n[0]; c != '-' && (c < '0' || c > '9') || !json.Valid([]byte(n)) || isSpace(n[len(n)-1]) {
		return problem(ErrType, "a json.Number that is no number")
	}
	if quoted {
		n = `"` + n + `"`
	}
	return s.write(n)
}
