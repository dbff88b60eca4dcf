package gate

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// A shape is what encoding/json makes of a Go type, as far as it matters where
// names are matched and where a value ends up.
type shape struct {
	kind   kind
	typ    reflect.Type
	fields map[string]field // of a record
	folded map[string]bool  // the names of fields, folded
	elem   *shape           // of a list or a table
	watch  bool             // there may be a record in it
}

type kind int

const (
	leaf    kind = iota // a scalar, or a type that decodes itself
	record              // a struct
	list                // a slice or an array
	table               // a map
	dynamic             // an interface: what it is depends on the value it has
)

// A field is a field of a record, perhaps of an embedded struct.
type field struct {
	shape  *shape
	index  []int
	quoted bool // it has the option "string"
}

// A plan is the shape of what a pointer points to, with what else there is to
// know before decoding.
type plan struct {
	*shape
	numbers bool // there are interfaces, which may get numbers
}

var plans sync.Map // of reflect.Type to *plan

// planOf returns the plan for a pointer type.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	b := builder{done: make(map[reflect.Type]*shape)}
	p := &plan{shape: b.shape(t)}
	p.numbers = b.dynamic
	actual, _ := plans.LoadOrStore(t, p)
	return actual.(*plan)
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func decodesItself(pointer reflect.Type) bool {
	return pointer.Implements(unmarshaler) || pointer.Implements(textUnmarshaler)
}

// A builder makes the shapes of one type and of all types in it.
type builder struct {
	done    map[reflect.Type]*shape // begun or done, for recursive types
	dynamic bool
}

// shape returns the shape of a variable of type t.
func (b *builder) shape(t reflect.Type) *shape {
	if t.Kind() != reflect.Pointer && t.Name() != "" && decodesItself(reflect.PointerTo(t)) {
		return &shape{typ: t}
	}
	for p := t; p.Kind() == reflect.Pointer; p = p.Elem() {
		if decodesItself(p) {
			return &shape{typ: t}
		}
	}
	return b.plain(t)
}

// plain returns the shape of a variable of type t without regard to methods.
func (b *builder) plain(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s := b.done[t]; s != nil {
		return s
	}
	s := &shape{typ: t}
	b.done[t] = s
	switch t.Kind() {
	case reflect.Struct:
		s.kind, s.watch = record, true
		b.record(s)
	case reflect.Slice, reflect.Array:
		s.kind, s.watch = list, true // true as long as it is not known
		s.elem = b.shape(t.Elem())
		s.watch = s.elem.watch
	case reflect.Map:
		s.kind, s.watch = table, true
		s.elem = b.shape(t.Elem())
		s.watch = s.elem.watch && s.elem.kind != dynamic // elements start as nil
	case reflect.Interface:
		s.kind, s.watch = dynamic, true
		b.dynamic = true
	}
	return s
}

// record fills in the fields of s, by the rules of encoding/json. A name too
// many here would let a folded name pass for a field, a name too few would
// drop a member.
func (b *builder) record(s *shape) {
	s.fields = make(map[string]field)
	s.folded = make(map[string]bool)
	for name, c := range candidates(s.typ) {
		if c.shared {
			continue
		}
		f := field{index: c.index, quoted: c.quoted}
		if c.field.IsExported() {
			f.shape = b.shape(c.field.Type)
		} else {
			f.shape = b.plain(c.field.Type) // reflection cannot call its methods
		}
		s.fields[name] = f
		s.folded[string(appendFolded(nil, []byte(name)))] = true
	}
}

// A candidate is a field that gets a name unless a better one does.
type candidate struct {
	field  reflect.StructField
	index  []int
	tagged bool
	quoted bool
	shared bool // with an equally good candidate, so that none gets the name
}

// better reports whether c gets a name before d.
func (c *candidate) better(d *candidate) bool {
	if len(c.index) != len(d.index) {
		return len(c.index) < len(d.index)
	}
	return c.tagged && !d.tagged
}

// An embedding is a struct whose fields are promoted.
type embedding struct {
	typ   reflect.Type
	index []int
	times int // on this level
}

// candidates returns the best candidate for each name in the struct t: the
// shallowest, and of those the one with a tag.
func candidates(t reflect.Type) map[string]*candidate {
	best := make(map[string]*candidate)
	seen := make(map[reflect.Type]bool)
	for level := []*embedding{{t, nil, 1}}; len(level) > 0; {
		var below []*embedding
		for _, e := range level {
			if seen[e.typ] {
				continue
			}
			seen[e.typ] = true
			below = e.scan(best, below)
		}
		level = below
	}
	return best
}

// scan lets the fields of e compete for their names, and appends the structs
// embedded in it to below.
func (e *embedding) scan(best map[string]*candidate, below []*embedding) []*embedding {
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		name, options, ok := jsonTag(f)
		if !ok {
			continue
		}
		index := append(slices.Clip(e.index), i)
		if inner := pointed(f.Type); f.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			same := func(o *embedding) bool { return o.typ == inner }
			if j := slices.IndexFunc(below, same); j >= 0 {
				below[j].times++
			} else {
				below = append(below, &embedding{inner, index, 1})
			}
			continue
		}
		c := &candidate{field: f, index: index, tagged: name != "", shared: e.times > 1}
		c.quoted = slices.Contains(strings.Split(options, ","), "string") && quotable(f.Type)
		if name == "" {
			name = f.Name
		}
		switch old := best[name]; {
		case old == nil || c.better(old):
			best[name] = c
		case !old.better(c):
			old.shared = true
		}
	}
	return below
}

// jsonTag returns the name in the tag of f, if there is a valid one, and the
// options. It is not ok if encoding/json passes f over.
func jsonTag(f reflect.StructField) (name, options string, ok bool) {
	if !f.IsExported() && !(f.Anonymous && pointed(f.Type).Kind() == reflect.Struct) {
		return "", "", false
	}
	tag := f.Tag.Get("json")
	if tag == "-" {
		return "", "", false
	}
	name, options, _ = strings.Cut(tag, ",")
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			return "", options, true
		}
	}
	return name, options, true
}

// quotable reports whether the option "string" has an effect on t.
func quotable(t reflect.Type) bool {
	k := pointed(t).Kind()
	return reflect.Bool <= k && k <= reflect.Float64 || k == reflect.String
}

func pointed(t reflect.Type) reflect.Type {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// lookup returns the field for a name. If there is none, it reports whether
// encoding/json would find one by folding.
func (s *shape) lookup(name []byte) (f field, ok, folds bool) {
	f, ok = s.fields[string(name)]
	if ok {
		return f, true, false
	}
	var room [64]byte
	return field{}, false, s.folded[string(appendFolded(room[:0], name))]
}

// at returns the shape and the value that data meant for v, which has shape s,
// goes to: through pointers, and through interfaces that hold one. The value
// is invalid if there is nothing yet.
func (s *shape) at(v reflect.Value) (*shape, reflect.Value) {
	for range 100 { // enough for all but pointers in a circle
		switch {
		case !v.IsValid():
			return s, v
		case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface && holdsPointer(v):
			if v.Kind() == reflect.Interface {
				s = planOf(v.Elem().Type()).shape
			}
			v = v.Elem()
		default:
			return s, v
		}
	}
	return s, reflect.Value{}
}

func holdsPointer(v reflect.Value) bool {
	e := v.Elem()
	return e.IsValid() && e.Kind() == reflect.Pointer && !e.IsNil()
}
