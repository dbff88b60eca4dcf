package prompt

import (
	"fmt"
	"reflect"
)

func checkLen(args []*expr) (reflect.Type, error) {
	if t := targetType(args[0].typ); t != nil && !hasLen(t.Kind()) {
		return nil, wrongType("len", "a text, a slice, an array or a map", args[0], args[0].typ)
	}
	return intType, nil
}

func hasLen(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Slice || k == reflect.Array || k == reflect.Map
}

func runLen(s *state, args []*expr) (value, error) {
	v, err := s.must(args[0])
	if err != nil {
		return v, err
	}
	switch v = v.basic(); {
	case v.kind == null:
		return v, missing(args[0])
	case v.kind == text:
		return intValue(len(v.text)), nil
	case v.kind == host && hasLen(v.host.Kind()):
		return intValue(v.host.Len()), nil
	}
	return v, wrongType("len", "a text, a slice, an array or a map", args[0], v.typ())
}

// checkIndex checks the types of the keys along the way.
func checkIndex(args []*expr) (reflect.Type, error) {
	t := args[0].typ
	for _, key := range args[1:] {
		to := targetType(t)
		if to == nil {
			return nil, nil
		}
		switch to.Kind() {
		case reflect.Slice, reflect.Array:
			if err := open(args[0], to); err != nil {
				return nil, err
			}
			if err := wantNumber("index", key, 0, boundless); err != nil {
				return nil, err
			}
		case reflect.Map:
			if k := targetType(key.typ); k != nil && !isKey(k, to.Key()) {
				return nil, problem(ErrType, "index wants %s as a key, and %s is %s", typeName(to.Key()), short(key.String()), typeName(key.typ))
			}
		default:
			return nil, wrongType("index", "a slice, an array or a map", args[0], t)
		}
		t = static(to.Elem())
	}
	return t, nil
}

// isKey reports whether a value of type t may be a key of type key: both texts,
// both booleans, or both whole numbers.
func isKey(t, key reflect.Type) bool {
	have, want := kindClass(t), kindClass(key)
	whole := func(c class) bool { return c == intClass || c == uintClass }
	switch {
	case key.Kind() == reflect.Interface:
		return key.NumMethod() == 0 && have != opaque && have != bytesClass
	case whole(want):
		return whole(have)
	}
	return have == want && (have == textClass || have == boolClass)
}

func runIndex(s *state, args []*expr) (value, error) {
	v, err := s.must(args[0])
	for _, key := range args[1:] {
		if err != nil {
			return v, err
		}
		if v.kind == absent || v.kind == null {
			return value{}, nil
		}
		h := target(v.host)
		switch {
		case v.kind != host:
			return v, wrongType("index", "a slice, an array or a map", args[0], v.typ())
		case !h.IsValid():
			return value{}, nil
		}
		var k value
		if k, err = s.must(key); err != nil {
			return v, err
		}
		switch h.Kind() {
		case reflect.Slice, reflect.Array:
			var i int
			if err = open(args[0], h.Type()); err != nil {
				return v, err
			}
			if i, err = whole("index", key, k); err != nil {
				return v, err
			}
			if i < 0 || i >= h.Len() {
				return value{}, nil
			}
			v = hostValue(h.Index(i))
		case reflect.Map:
			v, err = s.indexMap(h, key, k)
		default:
			return v, wrongType("index", "a slice, an array or a map", args[0], h.Type())
		}
	}
	return v, err
}

// indexMap returns what the map m has under k, the value of what.
func (s *state) indexMap(m reflect.Value, what fmt.Stringer, k value) (value, error) {
	t := m.Type().Key()
	b := k.basic()
	if b.kind == null {
		return b, missing(what)
	}
	if !isKey(b.typ(), t) {
		return b, problem(ErrType, "index wants %s as a key, and %s is %s", typeName(t), short(what.String()), typeName(k.typ()))
	}
	if err := s.b.work(len(b.text)); err != nil {
		return b, err
	}
	key := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		key.SetString(b.text)
	case reflect.Bool:
		key.SetBool(b.bits != 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n := int64(b.bits); b.kind == unsigned && n < 0 || key.OverflowInt(n) {
			return value{}, nil
		}
		key.SetInt(int64(b.bits))
	case reflect.Interface:
		key.Set(k.boxed(b))
	default:
		if b.kind == integer && int64(b.bits) < 0 || key.OverflowUint(b.bits) {
			return value{}, nil
		}
		key.SetUint(b.bits)
	}
	found := mapIndex(m, key)
	if !found.IsValid() {
		return value{}, nil
	}
	return hostValue(found), nil
}

// boxed returns v, which is basic, as a Go value.
func (v value) boxed(basic value) reflect.Value {
	switch {
	case v.kind == host:
		return target(v.host)
	case basic.kind == text:
		return reflect.ValueOf(basic.text)
	case basic.kind == boolean:
		return reflect.ValueOf(basic.bits != 0)
	case basic.kind == float:
		return reflect.ValueOf(basic.float())
	}
	return reflect.ValueOf(int(basic.bits))
}

// checkSlice is for first and last.
func checkSlice(fn string) func([]*expr) (reflect.Type, error) {
	return func(args []*expr) (reflect.Type, error) {
		if err := wantNumber(fn, args[0], 0, boundless); err != nil {
			return nil, err
		}
		_, err := wantList(fn, args[1])
		t := targetType(args[1].typ)
		if err == nil && t != nil && t.Kind() == reflect.Array {
			t = reflect.SliceOf(t.Elem())
		}
		return t, err
	}
}

func runFirst(s *state, args []*expr) (value, error) {
	n, list, err := s.slice("first", args)
	if err != nil {
		return value{}, err
	}
	return hostValue(list.Slice(0, n)), nil
}

func runLast(s *state, args []*expr) (value, error) {
	n, list, err := s.slice("last", args)
	if err != nil {
		return value{}, err
	}
	return hostValue(list.Slice(list.Len()-n, list.Len())), nil
}

// slice returns the list that first or last is of, and how many elements of it.
func (s *state) slice(fn string, args []*expr) (int, reflect.Value, error) {
	n, err := s.wholeNumber(fn, args[0], 0, boundless)
	if err != nil {
		return 0, reflect.Value{}, err
	}
	list, err := s.list(fn, args[1])
	if err != nil {
		return 0, list, err
	}
	if list.Kind() == reflect.Array && !list.CanAddr() {
		if err := s.b.work(int(list.Type().Size())); err != nil {
			return 0, list, err
		}
		whole := reflect.New(list.Type()).Elem()
		whole.Set(list)
		list = whole
	}
	return min(n, list.Len()), list, nil
}

func checkJoin(args []*expr) (reflect.Type, error) {
	if err := wantText("join", args[0]); err != nil {
		return nil, err
	}
	if t := targetType(args[1].typ); t != nil && kindClass(t) == bytesClass {
		return nil, wrongType("join", "a slice or an array", args[1], args[1].typ)
	}
	elem, err := wantList("join", args[1])
	if err != nil {
		return nil, err
	}
	if to := targetType(elem); to != nil && classOf(to) == opaque {
		return nil, cannotPrint("an element of "+args[1].String(), elem)
	}
	return stringType, nil
}

func writeJoin(s *state, args []*expr) error {
	sep, err := s.text("join", args[0])
	if err != nil {
		return err
	}
	list, err := s.list("join", args[1])
	if err != nil {
		return err
	}
	if kindClass(list.Type()) == bytesClass {
		return wrongType("join", "a slice or an array", args[1], list.Type())
	}
	for i := range list.Len() {
		if err := s.b.step(1); err != nil {
			return err
		}
		if i > 0 {
			if err := s.write(sep); err != nil {
				return err
			}
		}
		if err := s.printValue(hostValue(list.Index(i))); err == errMissing {
			return problem(ErrMissing, "an element of %s", short(args[1].String()))
		} else if err != nil {
			return err
		}
	}
	return nil
}
