package prompt

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A step is how to get from a value to one inside of it.
type step struct {
	how   how
	index int           // of the field
	key   reflect.Value // of the map
	name  string
}

type how uint8

const (
	byIndex how = iota // a field of a struct
	byKey              // a key of a map
	byName             // whichever it is shows at rendering
)

// A catalog remembers what was found out about types, when a program is made and at
// rendering. It is safe for concurrent use.
type catalog struct {
	classes sync.Map // reflect.Type: class
	paths   sync.Map // place: path
	fields  sync.Map // reflect.Type: []field
	sound   sync.Map // reflect.Type: error of jsonCheck
}

// A place is a name in a type, and a path the way there.
type place struct {
	typ  reflect.Type
	name string
}

type path struct {
	steps []step
	typ   reflect.Type // nil if it shows at rendering
}

// class returns the class of t, which is no pointer.
func (c *catalog) class(t reflect.Type) class {
	if t.PkgPath() == "" { // predeclared, or without a name: no methods
		return kindClass(t)
	}
	if known, ok := c.classes.Load(t); ok {
		return known.(class)
	}
	found := classOf(t)
	c.classes.Store(t, found)
	return found
}

// resolve returns the steps to the value that is called name in a t, and its
// type, or nil if that shows at rendering.
func (c *catalog) resolve(t reflect.Type, name string) (path, error) {
	to := targetType(t)
	switch {
	case to == nil:
		return path{[]step{{how: byName, name: name}}, nil}, nil
	case to == nothingType:
		return path{}, problem(ErrUnknown, `there is no .%s where a template is given no value: write {{template "name" .}}`, short(name))
	case to.Kind() == reflect.Struct:
		return c.resolveField(to, name)
	case to.Kind() == reflect.Map && to.Key().Kind() == reflect.String: // its keys are without number: none is remembered
		key := reflect.New(to.Key()).Elem()
		key.SetString(name)
		return path{[]step{{how: byKey, key: key, name: name}}, static(to.Elem())}, nil
	}
	return path{}, problem(ErrUnknown, "there is no .%s in %s, which has no fields", short(name), typeName(t))
}

// resolveField is resolve for the struct t.
func (c *catalog) resolveField(t reflect.Type, name string) (path, error) {
	at := place{t, name}
	if known, ok := c.paths.Load(at); ok {
		return known.(path), nil
	}
	index := c.fieldIndex(t, name)
	if index == nil {
		return path{}, unknownField(t, name)
	}
	steps := make([]step, len(index))
	for i, n := range index {
		steps[i] = step{how: byIndex, index: n, name: name}
		t = targetType(t).Field(n).Type
	}
	p := path{steps, static(t)}
	c.paths.Store(at, p)
	return p, nil
}

// fieldIndex returns the index of the exported field of the struct t that goes by
// name: in Go, or else in JSON. It is nil if there is none.
func (c *catalog) fieldIndex(t reflect.Type, name string) []int {
	if f, ok := t.FieldByName(name); ok && f.IsExported() {
		return f.Index
	}
	for _, f := range c.fieldsOf(t) {
		if f.name == name && f.exported {
			return f.index
		}
	}
	return nil
}

// fieldLike returns the field of t that name is, but for its case; or "".
func fieldLike(t reflect.Type, name string) string {
	if t == nil || t.Kind() != reflect.Struct {
		return ""
	}
	if new(catalog).fieldIndex(t, name) != nil {
		return name
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && strings.EqualFold(f.Name, name) {
			return f.Name
		}
	}
	return ""
}

// unknownField returns the error of a field that the struct t does not have.
func unknownField(t reflect.Type, name string) error {
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !(f.Anonymous && targetType(f.Type) != nil && targetType(f.Type).Kind() == reflect.Struct) {
			names = append(names, f.Name)
		}
	}
	for _, f := range fieldsOf(t) { // those that go by another name are only told if they are near
		if nearest(name, names) == "" && nearest(name, []string{f.name}) != "" {
			names = append(slices.DeleteFunc(names, func(n string) bool { return n == f.name }), f.name)
		}
	}
	err := unknown("", ".", name, names)
	if reflect.PointerTo(t).NumMethod() > 0 {
		err = problem(ErrUnknown, "%s; methods are never called", strings.TrimPrefix(err.Error(), ErrUnknown.Error()+": "))
	}
	return err
}

// walk follows the steps from v. It returns the zero Value if they lead to what is
// not there.
func (c *catalog) walk(v reflect.Value, steps []step) (reflect.Value, error) {
	for i := range steps {
		if k := v.Kind(); k == reflect.Pointer || k == reflect.Interface {
			if v = target(v); !v.IsValid() {
				return v, nil
			}
		}
		switch st := &steps[i]; st.how {
		case byIndex:
			v = v.Field(st.index)
		case byKey:
			v = mapIndex(v, st.key)
		case byName:
			more, err := c.resolve(v.Type(), st.name)
			if err != nil {
				return reflect.Value{}, err
			}
			if v, err = c.walk(v, more.steps); err != nil {
				return v, err
			}
		}
		if !v.IsValid() {
			return v, nil
		}
	}
	return v, nil
}

// mapIndex returns what the map m has under key, or the zero Value. It saves the
// copy that reflect makes for the most common maps.
func mapIndex(m, key reflect.Value) reflect.Value {
	if m.Type() == mapType {
		v, ok := m.Interface().(map[string]any)[key.String()]
		switch {
		case !ok:
			return reflect.Value{}
		case v == nil:
			return nilValue
		}
		return reflect.ValueOf(v)
	}
	return m.MapIndex(key)
}

var (
	mapType  = reflect.TypeFor[map[string]any]()
	nilValue = reflect.Zero(anyType)
)

// An accessor finds a value inside of others of a type.
type accessor struct {
	path
	known *catalog
}

// fieldOf returns the accessor for a dotted name, such as "User.Name", in values of
// type typ, by the rules of {{.User.Name}}. The error wraps [ErrUnknown].
func fieldOf(typ reflect.Type, dotted string) (accessor, error) {
	a := accessor{path{typ: static(typ)}, new(catalog)}
	for name := range strings.SplitSeq(strings.TrimPrefix(dotted, "."), ".") {
		next, err := a.known.resolve(a.typ, name)
		if err != nil {
			return accessor{}, err
		}
		a.steps, a.typ = append(a.steps, next.steps...), next.typ
	}
	return a, nil
}
