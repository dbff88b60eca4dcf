package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Strict returns the schema as the strict mode of DeepSeek's tools wants it, or
// an [*Error] with the part that cannot be written so. The bytes are the same in
// every run, are made once, and must not be changed. The rules are those of the
// guide to tool calls, on /beta:
//
//   - each object has all its properties required and no others; one that may be
//     absent may be null instead, by anyOf;
//   - definitions are under $def, and the references lead there;
//   - minLength, maxLength, minItems, maxItems, uniqueItems, formats other than
//     email, hostname, ipv4, ipv6 and uuid, defaults, examples and titles are put
//     in words into the description;
//   - oneOf becomes anyOf, and a list of types one alternative for each.
//
// It cannot be done for a root that is no object, a map or another object that
// is open, an array of anything, a value of which nothing is said, not, if,
// prefixItems, patternProperties and the like, and anyOf or allOf beside
// properties. An object that does not say whether it has other properties is
// closed: all that satisfies the strict form, save null for what may be absent,
// satisfies s as far as the words are heeded.
//
// The null for what may be absent is valid by a schema of [For] as it is; for
// others [Schema.DropNulls] takes it out.
func (s *Schema) Strict() (json.RawMessage, error) { return s.strict() }

// StrictDefs is [Schema.Strict] with the definitions under $defs, where JSON Schema
// has them and servers look that enforce a schema on a reply. DeepSeek's guide to
// strict tools alone has $def.
func (s *Schema) StrictDefs() (json.RawMessage, error) { return s.strictDefs() }

// newStrict rewrites doc, with the definitions under a keyword.
func newStrict(doc []byte, keyword string) (json.RawMessage, error) {
	t := &strict{keyword: keyword, names: map[int32]string{}}
	t.tape.read(doc)
	t.nameDocument()
	root := int32(0)
	for range maxSchemas { // the root may be a reference
		ref := t.tape.member(root, "$ref")
		if ref < 0 {
			break
		}
		root = t.target(t.tape.text(ref))
	}
	top := t.schema(root)
	if t.err == nil && (len(top) == 0 || string(top.get("type")) != `"object"`) {
		t.fail(0, "is no object at the root", "put it into a property of an object")
	}
	var defs members
	for i := 0; i < len(t.defs) && t.err == nil; i++ { // it grows
		defs = append(defs, memberOf(t.names[t.defs[i]], t.schema(t.defs[i]).json()))
	}
	if t.err != nil {
		return nil, t.err
	}
	if defs != nil {
		top = append(top, memberOf(keyword, defs.json()))
	}
	return top.json(), nil
}

// A strict rewrites a document. It uses what a compiler knows of references.
type strict struct {
	compiler
	keyword string           // where definitions go
	names   map[int32]string // of definitions, by their places
	defs    []int32
}

// members are what an object has, in their order.
type members []member

// A member is a name with its value.
type member struct {
	name  string
	value json.RawMessage
}

func memberOf(name string, value json.RawMessage) member { return member{name, value} }

func (m members) get(name string) json.RawMessage {
	for _, one := range m {
		if one.name == name {
			return one.value
		}
	}
	return nil
}

func (m members) json() json.RawMessage {
	b := []byte{'{'}
	for i, one := range m {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendString(b, one.name), ':'), one.value...)
	}
	return append(b, '}')
}

// list returns a JSON array.
func list(values ...json.RawMessage) json.RawMessage {
	return slices.Concat([]byte("["), bytes.Join(toBytes(values), []byte(",")), []byte("]"))
}

func toBytes(values []json.RawMessage) [][]byte {
	all := make([][]byte, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

func text(s string) json.RawMessage { return appendString(nil, s) }

// impossible are the keywords that strict mode has nothing for.
var impossible = []string{"not", "if", "then", "else", "prefixItems", "contains", "patternProperties", "propertyNames",
	"dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems", "additionalItems"}

// schema rewrites the schema at a place.
func (t *strict) schema(at int32) members {
	if t.err != nil {
		return nil
	}
	if t.tape.cells[at].kind != '{' {
		t.fail(at, "says nothing of the type", "say what the value is")
		return nil
	}
	for _, m := range t.members(at) {
		if slices.Contains(impossible, m.name) {
			t.fail(m.value, "is a keyword that strict mode does not have", "remove it, or use the tool without strict mode")
			return nil
		}
	}
	words := t.words(at)
	var made members
	switch {
	case t.tape.member(at, "$ref") >= 0:
		made = t.ref(at)
		if words != "" {
			made = members{memberOf("anyOf", list(made.json()))}
		}
	case t.one(at, "anyOf", "oneOf", "allOf") >= 0:
		made = t.union(at)
	default:
		made = t.typed(at)
	}
	if words != "" {
		made = append(made, memberOf("description", text(words)))
	}
	return made
}

// one returns the place of the first of some keywords, or -1.
func (t *strict) one(at int32, keywords ...string) int32 {
	for _, keyword := range keywords {
		if i := t.tape.member(at, keyword); i >= 0 {
			return i
		}
	}
	return -1
}

// alone fails if the schema at a place has a keyword that shapes the value,
// besides one.
func (t *strict) alone(at int32, keyword string) {
	for _, m := range t.members(at) {
		switch m.name {
		case "properties", "items", "enum", "const", "pattern", "required", "additionalProperties", "unevaluatedProperties",
			"$ref", "anyOf", "oneOf", "allOf":
			if m.name != keyword && string(t.tape.raw(m.value)) != "false" {
				t.fail(m.value, "cannot be beside "+keyword+" in strict mode", "put it into the alternatives")
			}
		}
	}
}

func (t *strict) ref(at int32) members {
	t.alone(at, "$ref")
	to := t.target(t.tape.text(t.tape.member(at, "$ref")))
	name, ok := t.names[to]
	if !ok {
		name = t.definition(to)
		t.names[to] = name
		t.defs = append(t.defs, to)
	}
	return members{memberOf("$ref", text("#/"+t.keyword+"/"+name))}
}

// definition returns a new name for the schema at a place.
func (t *strict) definition(to int32) string {
	pointer := t.tape.pointer(to)
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && isLetterOrDigit(byte(r)) {
			return r
		}
		return '_'
	}, pointer[strings.LastIndexByte(pointer, '/')+1:])
	if name == "" {
		name = "root"
	}
	taken := func(s string) bool {
		for _, other := range t.names {
			if strings.EqualFold(other, s) {
				return true
			}
		}
		return false
	}
	for base, n := name, 2; taken(name); n++ {
		name = fmt.Sprint(base, "_", n)
	}
	return name
}

func (t *strict) union(at int32) members {
	i := t.one(at, "anyOf", "oneOf", "allOf")
	keyword := t.tape.text(i - 1)
	t.alone(at, keyword)
	subs := t.elements(i)
	if keyword == "allOf" {
		if len(subs) > 1 {
			t.fail(i, "cannot be taken together in strict mode", "write one schema")
		}
		return t.schema(subs[0])
	}
	var all []json.RawMessage
	for _, sub := range subs {
		made := t.schema(sub)
		if inner := made.get("anyOf"); inner != nil && len(made) == 1 {
			inner = bytes.TrimSuffix(bytes.TrimPrefix(inner, []byte("[")), []byte("]"))
			all = append(all, inner)
			continue
		}
		all = append(all, made.json())
	}
	return members{memberOf("anyOf", list(all...))}
}

// typed rewrites a schema for values of one type, or of several.
func (t *strict) typed(at int32) members {
	types := t.typesOf(at)
	var all []members
	for i, name := range typeNames {
		if types&(1<<i) == 0 || name == "integer" && types.Has(Number) {
			continue
		}
		if one := t.ofType(at, name); one != nil {
			all = append(all, one)
		}
	}
	switch len(all) {
	case 0:
		t.fail(at, "says nothing of the type", "say what the value is")
		return nil
	case 1:
		return all[0]
	}
	var raw []json.RawMessage
	for _, one := range all {
		raw = append(raw, one.json())
	}
	return members{memberOf("anyOf", list(raw...))}
}

// typesOf returns the types that the schema at a place is for, 0 if it does not
// say.
func (t *strict) typesOf(at int32) Types {
	if i := t.tape.member(at, "type"); i >= 0 {
		return t.types(i)
	}
	var types Types
	for _, i := range t.choices(at) {
		types |= t.tape.typ(i)
	}
	switch {
	case types != 0:
		return types
	case t.one(at, "properties", "additionalProperties") >= 0:
		return Object
	case t.one(at, "items") >= 0:
		return Array
	case t.one(at, "pattern", "format", "minLength", "maxLength") >= 0:
		return String
	case t.one(at, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf") >= 0:
		return Number
	}
	return 0
}

// choices returns the places of the values in enum and const.
func (t *strict) choices(at int32) []int32 {
	if i := t.tape.member(at, "const"); i >= 0 {
		return []int32{i}
	}
	if i := t.tape.member(at, "enum"); i >= 0 {
		return t.elements(i)
	}
	return nil
}

// ofType rewrites what a schema says of values of one type. It returns nil if
// there can be none.
func (t *strict) ofType(at int32, name string) members {
	made := members{memberOf("type", text(name))}
	if choices := t.choices(at); choices != nil {
		var values []json.RawMessage
		for _, i := range choices {
			if typesNamed(name).Has(t.tape.typ(i)) {
				values = append(values, t.tape.raw(i))
			}
		}
		switch {
		case values == nil:
			return nil
		case name == "object" || name == "array":
			t.fail(at, "has values that are objects or arrays", "describe their parts instead")
		case name != "null" && name != "boolean":
			made = append(made, memberOf("enum", list(values...)))
		}
		return made
	}
	switch name {
	case "object":
		return t.object(at, made)
	case "array":
		i := t.tape.member(at, "items")
		if i < 0 || t.tape.cells[i].kind == '[' {
			t.fail(at, "is an array of anything", "say what the items are")
			return nil
		}
		made = append(made, memberOf("items", t.schema(i).json()))
	case "string":
		made = t.keep(made, at, "pattern")
		if i := t.tape.member(at, "format"); i >= 0 && slices.Contains(strictFormats, t.tape.text(i)) {
			made = t.keep(made, at, "format")
		}
	case "integer", "number":
		made = t.keep(made, at, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default")
	}
	return made
}

var strictFormats = []string{"email", "hostname", "ipv4", "ipv6", "uuid"}

func typesNamed(name string) Types {
	if name == "number" {
		return Number
	}
	return 1 << slices.Index(typeNames, name)
}

// keep adds keywords as they are.
func (t *strict) keep(made members, at int32, keywords ...string) members {
	for _, keyword := range keywords {
		if i := t.tape.member(at, keyword); i >= 0 {
			made = append(made, memberOf(keyword, t.tape.raw(i)))
		}
	}
	return made
}

func (t *strict) object(at int32, made members) members {
	for _, keyword := range []string{"additionalProperties", "unevaluatedProperties"} {
		if i := t.tape.member(at, keyword); i >= 0 && t.tape.cells[i].kind != 'f' {
			t.fail(i, "is a map, or an object that is open", "name its properties and write false, or use an array of names and values")
		}
	}
	given := t.tape.member(at, "properties")
	if given < 0 && t.one(at, "additionalProperties", "unevaluatedProperties") < 0 {
		t.fail(at, "is an open object", "name its properties")
		return nil
	}
	var required []string
	if i := t.tape.member(at, "required"); i >= 0 {
		required = t.strings(i)
	}
	var props members
	var names []json.RawMessage
	if given >= 0 {
		for _, p := range t.members(given) {
			value := t.schema(p.value)
			if t.err != nil {
				return nil
			}
			if !slices.Contains(required, p.name) {
				value = nullable(value)
			}
			props = append(props, memberOf(p.name, value.json()))
			names = append(names, text(p.name))
		}
	}
	for _, name := range required {
		if props.get(name) == nil {
			t.fail(at, fmt.Sprintf("requires %q and does not say what it is", shorten(name, 60)), "add it to properties")
		}
	}
	return append(made, memberOf("properties", props.json()), memberOf("required", list(names...)),
		memberOf("additionalProperties", json.RawMessage("false")))
}

// nullable returns a schema that takes null too.
func nullable(m members) members {
	null := json.RawMessage(`{"type":"null"}`)
	var description members
	inner := members{}
	for _, one := range m {
		if one.name == "description" {
			description = members{one}
		} else {
			inner = append(inner, one)
		}
	}
	alternatives := inner.get("anyOf")
	switch {
	case string(inner.get("type")) == `"null"`:
		return m
	case alternatives == nil:
		alternatives = list(inner.json(), null)
	case !bytes.Contains(alternatives, null):
		alternatives = slices.Concat(alternatives[:len(alternatives)-1], []byte(","), null, []byte("]"))
	}
	return append(members{memberOf("anyOf", alternatives)}, description...)
}
