package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	invopop "github.com/invopop/jsonschema"

	"github.com/hadal-go/hadal/output/gate"
)

var ofTypes sync.Map // of reflect.Type to *Schema

// For returns the schema of T, of the values that [Schema.Decode] can store in
// a T. It is made once for each type; equal types give equal bytes in every run.
//
// Properties are named, left out, embedded and shadowed as encoding/json does
// it, and objects are closed: what is no field is no property. A property is
// required unless its field has omitempty or omitzero, is a pointer, or is
// embedded through one; jsonschema:"required" makes it required all the same.
// Types that refer to themselves are written once, under $defs, and others
// where they occur.
//
// A pointer stands for what it points to; in a list or a map it is never null.
//
// Tags of a field add to what its type says:
//
//	jsonschema:"description=…,title=…,minimum=0,maximum=9,multipleOf=2,enum=a,enum=b,default=a,example=a"
//	jsonschema:"pattern=…,format=email,minLength=1,maxLength=9,minItems=1,maxItems=9,uniqueItems=true,nullable"
//	jsonschema_description:"…"
//	jsonschema_extras:"x-aliases=other name,x-aliases=another"
//
// Commas in a description or a pattern stay where they are, unless what follows
// reads like the next keyword. For an array, keywords of strings and numbers are
// about its items. The keyword x-aliases has other names by which a model may
// call the property, for package repair.
//
// Methods of a type add to it; each may be on the value or on the pointer:
//
//   - Enum() []T, or []string and the like, lists all its values;
//   - Aliases() map[string]T gives other names for them, for package repair;
//   - OneOf() marks a struct as a union: each field is a pointer, one for each
//     kind, and the value is an object with exactly one of them, the others
//     absent or null;
//   - JSONSchema() *jsonschema.Schema, of github.com/invopop/jsonschema, is the
//     schema itself, without definitions;
//   - JSONSchemaExtend(*jsonschema.Schema) changes what was made.
//
// A []byte is a string in base64, a time.Time a date-time, a type with
// UnmarshalText a string; an interface, a json.RawMessage and a type with
// MarshalJSON or UnmarshalJSON are anything. Whatever the type refuses to
// decode is refused as invalid.
//
// For panics if T holds what JSON cannot: a channel, a function, a complex
// number, a map with keys that are neither strings nor integers nor texts, an
// embedded pointer to a struct that is not exported; if two properties, or two
// values with aliases, differ only in case; if a tag makes a schema that [Parse] would refuse, as a pattern
// does that is none; and if a union has a field that is no pointer. The message
// says where.
func For[T any]() *Schema {
	t := reflect.TypeFor[T]()
	if s, ok := ofTypes.Load(t); ok {
		return s.(*Schema)
	}
	s, _ := ofTypes.LoadOrStore(t, ofType(t))
	return s.(*Schema)
}

// ofType makes the schema of t.
func ofType(t reflect.Type) *Schema {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	b := &builder{root: t, names: map[reflect.Type]string{}, taken: map[string]bool{}, path: []string{t.String()}}
	b.shared = sharedTypes(t)
	top := b.body(t)
	for i := 0; i < len(b.queue); i++ { // it grows
		def := b.queue[i]
		if top.Definitions == nil {
			top.Definitions = invopop.Definitions{}
		}
		b.path = []string{def.String()}
		top.Definitions[b.names[def]] = b.body(def)
	}
	doc, err := json.Marshal(top)
	if err != nil {
		panic(fmt.Sprintf("schema: For[%s]: %v", t, err))
	}
	if err := checkDocument(doc, gate.Limits{}); err != nil {
		panic(fmt.Sprintf("schema: For[%s]: %v", t, err))
	}
	s, err := parse(doc, append(b.fits, nil)) // not empty: it marks a Go type
	if err != nil {
		panic(fmt.Sprintf("schema: For[%s]: %v", t, err))
	}
	return s
}

// A builder makes the schema of one type.
type builder struct {
	root   reflect.Type
	shared map[reflect.Type]bool // types that are written under $defs
	names  map[reflect.Type]string
	taken  map[string]bool
	queue  []reflect.Type // types under $defs, in the order in which they were met
	fits   []*goFit
	path   []string // of fields, for messages
}

func (b *builder) panic(problem string) {
	panic(fmt.Sprintf("schema: For[%s]: %s: %s", b.root, strings.Join(b.path, "."), problem))
}

// schema returns the schema of t where it occurs, for the caller to change.
func (b *builder) schema(t reflect.Type) *invopop.Schema {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if !b.shared[t] {
		return b.body(t)
	}
	if t == b.root {
		return b.nullable(t, &invopop.Schema{Ref: "#"})
	}
	name, ok := b.names[t]
	if !ok {
		name = b.name(t)
		b.names[t] = name
		b.queue = append(b.queue, t)
	}
	return b.nullable(t, &invopop.Schema{Ref: "#/$defs/" + name})
}

// nullable marks a slice or a map, which decode null.
func (b *builder) nullable(t reflect.Type, s *invopop.Schema) *invopop.Schema {
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		hide(s, nullKeyword, "")
	}
	return s
}

// name returns a name for t under $defs that needs no escapes: of List[a/b.Item]
// it is List_Item.
func (b *builder) name(t reflect.Type) string {
	words := strings.FieldsFunc(t.Name(), func(r rune) bool { return strings.ContainsRune("[], *(){};", r) })
	for i, word := range words {
		words[i] = word[strings.LastIndexAny(word, "./")+1:]
	}
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (isLetterOrDigit(byte(r)) || r == '_') {
			return r
		}
		return '_'
	}, strings.Join(words, "_"))
	for base, n := name, 2; b.taken[strings.ToLower(name)]; n++ { // the gate takes names that differ in case for one
		name = base + "_" + strconv.Itoa(n)
	}
	b.taken[strings.ToLower(name)] = true
	return name
}

// body returns the schema of t itself.
func (b *builder) body(t reflect.Type) *invopop.Schema {
	s := b.custom(t)
	if s == nil {
		s = b.kind(t)
		b.choices(t, s)
	}
	if e, ok := newOf(t).(interface{ JSONSchemaExtend(*invopop.Schema) }); ok {
		e.JSONSchemaExtend(s)
	}
	return s
}

// custom returns the schema of a type that has its own ways with JSON, or nil.
func (b *builder) custom(t reflect.Type) *invopop.Schema {
	p := newOf(t)
	if c, ok := p.(interface{ JSONSchema() *invopop.Schema }); ok {
		s := *c.JSONSchema()
		s.Version, s.ID, s.Extras = "", "", cloneExtras(s.Extras)
		return b.fit(&s, t)
	}
	_, decodes := p.(json.Unmarshaler)
	_, encodes := p.(json.Marshaler)
	_, fromText := p.(interface{ UnmarshalText([]byte) error })
	_, toText := p.(interface{ MarshalText() ([]byte, error) })
	switch {
	case t == timeType:
		return b.fit(&invopop.Schema{Type: "string", Format: "date-time"}, t)
	case t == rawType:
		return b.anything()
	case t == numberType:
		return b.fit(&invopop.Schema{Type: "number"}, t)
	case t == intType:
		return b.fit(&invopop.Schema{Type: "integer"}, t)
	case decodes || encodes:
		return b.fit(b.choices(t, b.anything()), t)
	case fromText:
		return b.fit(b.choices(t, &invopop.Schema{Type: "string"}), t)
	case toText:
		return b.fit(b.anything(), t)
	}
	return nil
}

// kind returns the schema of a type that encoding/json takes by its kind.
func (b *builder) kind(t reflect.Type) *invopop.Schema {
	switch k := t.Kind(); k {
	case reflect.Bool:
		return &invopop.Schema{Type: "boolean"}
	case reflect.String:
		return &invopop.Schema{Type: "string"}
	case reflect.Float32, reflect.Float64:
		return b.fit(&invopop.Schema{Type: "number"}, t)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return b.fit(b.anything(), t)
		}
		return b.anything()
	case reflect.Slice, reflect.Array:
		return b.list(t)
	case reflect.Map:
		return b.table(t)
	case reflect.Struct:
		if isUnion(t) {
			return b.union(t)
		}
		return b.record(t)
	case reflect.Pointer: // a named pointer type
		return b.schema(t.Elem())
	default:
		if k < reflect.Int || k > reflect.Uintptr {
			b.panic("JSON has nothing for the type " + t.String())
		}
		return b.integer(t)
	}
}

// integer bounds small and unsigned types in sight of the model, others only
// when a value is checked.
func (b *builder) integer(t reflect.Type) *invopop.Schema {
	s := &invopop.Schema{Type: "integer"}
	bits := t.Bits()
	switch unsigned := t.Kind() >= reflect.Uint; {
	case unsigned:
		s.Minimum = "0"
		if bits <= 16 {
			s.Maximum = json.Number(strconv.Itoa(1<<bits - 1))
		}
	case bits <= 16:
		s.Minimum = json.Number(strconv.Itoa(-1 << (bits - 1)))
		s.Maximum = json.Number(strconv.Itoa(1<<(bits-1) - 1))
	}
	return b.fit(s, t)
}

func (b *builder) list(t reflect.Type) *invopop.Schema {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !encodesItself(t.Elem()) {
		return b.nullable(t, b.fit(&invopop.Schema{Type: "string", ContentEncoding: "base64"}, t))
	}
	b.path = append(b.path, "[]")
	s := &invopop.Schema{Type: "array", Items: b.schema(t.Elem())}
	b.path = b.path[:len(b.path)-1]
	if t.Kind() == reflect.Array {
		n := uint64(t.Len())
		s.MinItems, s.MaxItems = &n, &n
	}
	return b.nullable(t, s)
}

func (b *builder) table(t reflect.Type) *invopop.Schema {
	s := &invopop.Schema{Type: "object"}
	key := t.Key()
	_, text := newOf(key).(interface{ UnmarshalText([]byte) error })
	switch k := key.Kind(); {
	case text:
		s.PropertyNames = b.choices(key, &invopop.Schema{})
		hide(s.PropertyNames, hintKeyword, b.hint(keyFit(key)))
	case k == reflect.String:
		if names := b.choices(key, &invopop.Schema{}); names.Enum != nil {
			s.PropertyNames = names
		}
	case reflect.Int <= k && k <= reflect.Uintptr:
		s.PropertyNames = &invopop.Schema{Pattern: "^-?(0|[1-9][0-9]*)$"}
		if k >= reflect.Uint {
			s.PropertyNames.Pattern = "^(0|[1-9][0-9]*)$"
		}
		hide(s.PropertyNames, hintKeyword, b.hint(keyFit(key)))
	default:
		b.panic("JSON has no names for keys of the type " + key.String())
	}
	b.path = append(b.path, "[key]")
	s.AdditionalProperties = b.schema(t.Elem())
	b.path = b.path[:len(b.path)-1]
	return b.nullable(t, s)
}

// sharedTypes returns the types in t that cannot be written where they occur:
// those that refer to themselves, and those that occur so often that the whole
// would become large.
func sharedTypes(t reflect.Type) map[reflect.Type]bool {
	shared := map[reflect.Type]bool{}
	size := map[reflect.Type]int{}
	var open []reflect.Type
	var visit func(t reflect.Type) int
	visit = func(t reflect.Type) int {
		if n, ok := size[t]; ok {
			return n
		}
		if i := slices.Index(open, t); i >= 0 {
			for _, in := range open[i:] { // the circle
				shared[in] = shared[in] || in.Name() != "" && in.Kind() != reflect.Pointer
			}
			return 1
		}
		open = append(open, t)
		n := 1
		for sub := range partsOf(t) {
			n += visit(sub)
		}
		open = open[:len(open)-1]
		if n > 256 && t.Name() != "" && t.Kind() == reflect.Struct {
			shared[t] = true
			n = 1
		}
		size[t] = n
		return n
	}
	visit(t)
	return shared
}
