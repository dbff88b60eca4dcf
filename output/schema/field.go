package schema

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	invopop "github.com/invopop/jsonschema"
)

// A goField is a field of a struct as encoding/json sees it, perhaps of an
// embedded struct.
type goField struct {
	reflect.StructField
	name    string
	index   []int
	tagged  bool
	options []string
	through bool         // an embedded pointer, which may be nil
	hidden  reflect.Type // an embedded pointer to a struct that cannot be made
}

func (f *goField) has(option string) bool { return slices.Contains(f.options, option) }

// quoted reports whether the option "string" has an effect on f.
func (f *goField) quoted() bool {
	t := f.Type
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	k := t.Kind()
	return f.has("string") && (reflect.Bool <= k && k <= reflect.Float64 || k == reflect.String)
}

// fieldsOf returns the fields that encoding/json knows of the struct t: of those
// with one name the shallowest, and of these the one with a tag; none if there
// are several.
func fieldsOf(t reflect.Type) []*goField {
	type embedded struct {
		typ     reflect.Type
		index   []int
		times   int
		through bool
		hidden  reflect.Type
	}
	best := map[string][]*goField{}
	seen := map[reflect.Type]bool{}
	for level := []*embedded{{typ: t, times: 1}}; len(level) > 0; {
		var below []*embedded
		for _, e := range level {
			if seen[e.typ] {
				continue
			}
			seen[e.typ] = true
			for i := range e.typ.NumField() {
				f := e.typ.Field(i)
				inner, pointer := f.Type, false
				if inner.Kind() == reflect.Pointer && inner.Name() == "" {
					inner, pointer = inner.Elem(), true
				}
				if !f.IsExported() && !(f.Anonymous && inner.Kind() == reflect.Struct) || f.Tag.Get("json") == "-" {
					continue
				}
				g := &goField{StructField: f, index: append(slices.Clip(e.index), i), through: e.through, hidden: e.hidden}
				g.name, g.options = jsonTag(f)
				if g.tagged = g.name != ""; f.Anonymous && !g.tagged && inner.Kind() == reflect.Struct {
					at := slices.IndexFunc(below, func(o *embedded) bool { return o.typ == inner })
					if at >= 0 {
						below[at].times++
						continue
					}
					hidden := e.hidden
					if pointer && !f.IsExported() {
						hidden = f.Type
					}
					below = append(below, &embedded{inner, g.index, 1, e.through || pointer, hidden})
					continue
				}
				if !g.tagged {
					g.name = f.Name
				}
				for range min(e.times, 2) {
					best[g.name] = append(best[g.name], g)
				}
			}
		}
		level = below
	}
	var list []*goField
	for _, fields := range best {
		slices.SortStableFunc(fields, func(a, b *goField) int {
			if n := len(a.index) - len(b.index); n != 0 {
				return n
			}
			if a.tagged != b.tagged {
				if a.tagged {
					return -1
				}
				return 1
			}
			return 0
		})
		if len(fields) > 1 && len(fields[0].index) == len(fields[1].index) && fields[0].tagged == fields[1].tagged {
			continue
		}
		list = append(list, fields[0])
	}
	slices.SortFunc(list, func(a, b *goField) int { return slices.Compare(a.index, b.index) })
	return list
}

// jsonTag returns the name in the tag of f, if it is a valid one, and the options.
func jsonTag(f reflect.StructField) (name string, options []string) {
	name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			name = ""
			break
		}
	}
	return name, strings.Split(rest, ",")
}

// record returns the schema of a struct. The fields go through the library one
// by one as fields of another struct, in which they have plain names and tags
// that it reads as they are meant.
func (b *builder) record(t reflect.Type) *invopop.Schema {
	s := &invopop.Schema{Type: "object", Properties: invopop.NewProperties(), AdditionalProperties: invopop.FalseSchema}
	for _, f := range fieldsOf(t) {
		tag := f.Tag.Get("jsonschema")
		if tag == "-" {
			continue
		}
		b.path = append(b.path, f.Name)
		if f.hidden != nil {
			b.panic("encoding/json cannot make the embedded pointer " + f.hidden.String())
		}
		property, parent := b.property(f)
		flags := strings.Split(tag, ",")
		optional := f.has("omitempty") || f.has("omitzero") || f.Type.Kind() == reflect.Pointer || f.through
		if slices.Contains(flags, "required") {
			optional = false
		}
		if !optional {
			s.Required = append(s.Required, f.name)
		} else if fitOf(f.Type).nullFits(f.Type) {
			hide(property, nullKeyword, "")
		}
		s.Properties.Set(f.name, property)
		s.OneOf, s.AnyOf = joined(s.OneOf, parent.OneOf, f.name), joined(s.AnyOf, parent.AnyOf, f.name)
		b.path = b.path[:len(b.path)-1]
	}
	return s
}

// property returns the schema of a field, and what its tags say of the struct.
func (b *builder) property(f *goField) (property, parent *invopop.Schema) {
	const name = "x"
	var made *invopop.Schema
	own := reflect.StructOf([]reflect.StructField{{Name: "X", Type: f.Type, Tag: fieldTag(f, name)}})
	description := ""
	r := &invopop.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true}
	r.Mapper = func(t reflect.Type) *invopop.Schema {
		if t == own {
			return nil
		}
		if made = b.schema(t); f.quoted() {
			made = b.quoted(f, made)
		}
		description = made.Description
		return made
	}
	parent = r.ReflectFromType(own)
	property, _ = parent.Properties.Get(name)
	if made.Description == "" {
		made.Description = description
	}
	if names, ok := made.Extras["x-aliases"].(map[string][]string); ok {
		for extra := range strings.SplitSeq(f.Tag.Get("jsonschema_extras"), ",") {
			if name, ok := strings.CutPrefix(extra, "x-aliases="); ok { // the library leaves it out
				names[""] = append(names[""], name)
			}
		}
	}
	if property != made { // nullable: the library wraps it
		property.AnyOf, property.OneOf = property.OneOf, nil
	}
	return property, parent
}

// quoted returns the schema of a scalar that is written as a string.
func (b *builder) quoted(f *goField, plain *invopop.Schema) *invopop.Schema {
	s := &invopop.Schema{Type: "string", Description: plain.Description}
	switch plain.Type {
	case "integer":
		s.Pattern = "^-?[0-9]+$"
	case "number":
		s.Pattern = "^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"
	case "boolean":
		s.Enum = []any{"true", "false"}
	}
	hide(s, hintKeyword, b.hint(quotedFit(f)))
	return s
}

// fieldTag returns the tag of a field under another name, with the commas in
// texts escaped.
func fieldTag(f *goField, name string) reflect.StructTag {
	var parts []string
	for part := range strings.SplitSeq(f.Tag.Get("jsonschema"), ",") {
		key, _, given := strings.Cut(part, "=")
		known := given && slices.Contains(tagKeys, key) || slices.Contains(tagFlags, part)
		if n := len(parts); n > 0 && !known && !strings.HasSuffix(parts[n-1], `\`) {
			parts[n-1] += `\`
		}
		if part != "required" || f.Tag.Get("jsonschema") != part {
			parts = append(parts, part)
		}
	}
	var tag strings.Builder
	tag.WriteString(`json:"` + name + `" jsonschema:` + strconv.Quote(strings.Join(parts, ",")))
	for _, key := range []string{"jsonschema_description", "jsonschema_extras"} {
		if text := f.Tag.Get(key); text != "" {
			tag.WriteString(" " + key + ":" + strconv.Quote(text))
		}
	}
	return reflect.StructTag(tag.String())
}

// What the library understands in a tag.
var (
	tagKeys = []string{"title", "description", "type", "anchor", "oneof_required", "anyof_required", "oneof_ref", "oneof_type",
		"anyof_ref", "anyof_type", "minLength", "maxLength", "pattern", "format", "readOnly", "writeOnly", "default", "example", "enum",
		"multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems"}
	tagFlags = []string{"required", "nullable", "-", ""}
)

// joined adds the groups in more, of which the field is one, to list.
func joined(list, more []*invopop.Schema, field string) []*invopop.Schema {
	for _, group := range more {
		i := slices.IndexFunc(list, func(s *invopop.Schema) bool { return s.Title == group.Title })
		if i < 0 {
			i = len(list)
			list = append(list, &invopop.Schema{Title: group.Title})
		}
		list[i].Required = append(list[i].Required, field)
	}
	return list
}

// union returns the schema of a struct with one pointer for each kind.
func (b *builder) union(t reflect.Type) *invopop.Schema {
	s := new(invopop.Schema)
	fields := fieldsOf(t)
	for _, f := range fields {
		b.path = append(b.path, f.Name)
		if f.Type.Kind() != reflect.Pointer || f.through {
			b.panic("a field of a union must be a pointer of its own")
		}
		property, _ := b.property(f)
		kind := &invopop.Schema{Type: "object", Properties: invopop.NewProperties(), Required: []string{f.name}}
		kind.AdditionalProperties = invopop.FalseSchema
		kind.Properties.Set(f.name, property)
		for _, other := range fields { // nil pointers without omitempty become null
			if other != f {
				absent := new(invopop.Schema)
				hide(absent, absentKeyword, "")
				hide(absent, nullKeyword, "")
				kind.Properties.Set(other.name, absent)
			}
		}
		s.AnyOf = append(s.AnyOf, kind)
		b.path = b.path[:len(b.path)-1]
	}
	if s.AnyOf == nil {
		b.panic("a union must have a field for each kind")
	}
	return s
}
