package schema

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
)

// A maker makes random schemas and values of a few parts, so that they meet.
type maker struct{ *rand.Rand }

func (m maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m maker) value(depth int) string {
	if depth > 0 && m.IntN(3) > 0 {
		var parts []string
		if m.IntN(2) == 0 {
			for range m.IntN(4) {
				parts = append(parts, m.value(depth-1))
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		for _, name := range []string{"a", "b", "c/d", "e~"} {
			if m.IntN(2) == 0 {
				parts = append(parts, fmt.Sprintf("%q:%s", name, m.value(depth-1)))
			}
		}
		m.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return "{" + strings.Join(parts, ",") + "}"
	}
	return m.pick("null", "true", "false", "0", "1", "1.0", "2", "-1.5", "3e0", "1e400", "12345678901234567890", `""`, `"a"`, `"\u0061"`, `"aa"`, `"b"`, `"2020-01-01"`)
}

func (m maker) schema(depth int) string {
	if depth == 0 {
		return m.pick("true", "{}", "false", `{"type":"integer"}`, `{"type":"string"}`, `{"const":1}`, `{"$ref":"#/$defs/x"}`, `{"$ref":"#/$defs/y"}`)
	}
	sub := func() string { return m.schema(depth - 1) }
	subs := func() string {
		list := make([]string, 1+m.IntN(3))
		for i := range list {
			list[i] = sub()
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	named := func() string {
		return fmt.Sprintf(`{"a":%s,"b":%s}`, sub(), sub())
	}
	names := func() string { return m.pick(`["a"]`, `["a","b"]`, `[]`, `["c/d"]`) }
	number := func() string { return m.pick("0", "1", "1.5", "2", "-1", "1e2") }
	size := func() string { return m.pick("0", "1", "2", "3") }
	keywords := []func() string{
		func() string {
			return `"type":` + m.pick(`"object"`, `"array"`, `"integer"`, `"number"`, `"string"`, `["object","null"]`, `["integer","boolean"]`)
		},
		func() string { return `"enum":` + "[" + m.value(1) + "," + m.value(0) + "]" },
		func() string { return `"const":` + m.value(1) },
		func() string { return `"properties":` + named() },
		func() string { return `"required":` + names() },
		func() string { return `"additionalProperties":` + sub() },
		func() string { return `"patternProperties":{"^a":` + sub() + `,"b$":` + sub() + `}` },
		func() string {
			return `"propertyNames":` + m.pick(`{"maxLength":1}`, `{"pattern":"[ab]"}`, "true", `{"enum":["a","b"]}`)
		},
		func() string { return `"items":` + sub() },
		func() string { return `"prefixItems":` + subs() },
		func() string { return `"contains":` + sub() },
		func() string { return `"minContains":` + size() },
		func() string { return `"maxContains":` + size() },
		func() string { return `"uniqueItems":true` },
		func() string { return `"minItems":` + size() },
		func() string { return `"maxItems":` + size() },
		func() string { return `"minProperties":` + size() },
		func() string { return `"maxProperties":` + size() },
		func() string { return `"minLength":` + size() },
		func() string { return `"maxLength":` + size() },
		func() string { return `"pattern":` + m.pick(`"^a"`, `"a$"`, `"b|aa"`) },
		func() string { return `"format":` + m.pick(`"date"`, `"email"`, `"none"`) },
		func() string { return `"minimum":` + number() },
		func() string { return `"maximum":` + number() },
		func() string { return `"exclusiveMinimum":` + number() },
		func() string { return `"exclusiveMaximum":` + number() },
		func() string { return `"multipleOf":` + m.pick("1", "2", "0.5", "1.5") },
		func() string { return `"allOf":` + subs() },
		func() string { return `"anyOf":` + subs() },
		func() string { return `"oneOf":` + subs() },
		func() string { return `"not":` + sub() },
		func() string { return `"if":` + sub() },
		func() string { return `"then":` + sub() },
		func() string { return `"else":` + sub() },
		func() string { return `"dependentRequired":{"a":` + names() + `}` },
		func() string { return `"dependentSchemas":{"b":` + sub() + `}` },
		func() string { return `"unevaluatedProperties":` + sub() },
		func() string { return `"unevaluatedItems":` + sub() },
		func() string { return `"$ref":` + m.pick(`"#/$defs/x"`, `"#/$defs/y"`, `"#"`) },
	}
	m.Shuffle(len(keywords), func(i, j int) { keywords[i], keywords[j] = keywords[j], keywords[i] })
	var parts []string
	for _, keyword := range keywords[:1+m.IntN(4)] {
		parts = append(parts, keyword())
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// document returns a schema with definitions, which may be circular.
func (m maker) document() string {
	s := m.schema(2 + m.IntN(2))
	if s == "true" || s == "false" || s == "{}" {
		return s
	}
	return fmt.Sprintf(`%s,"$defs":{"x":%s,"y":%s}}`, strings.TrimSuffix(s, "}"), m.schema(1), m.schema(1))
}

// compare holds that the walk, the findings and the library agree on values.
func compare(t *testing.T, seed uint64) {
	m := maker{rand.New(rand.NewPCG(seed, 1))}
	doc := m.document()
	s, err := Parse([]byte(doc))
	if err != nil {
		return
	}
	second, err := s.second()
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, doc, err)
	}
	for range 8 {
		data := m.value(3)
		w := newWalk(s, []byte(data))
		ok, faults := w.ok(s.top, 0, nil), w.explain(s.top, 0)
		w.release()
		var v any
		if err := gate.Decode([]byte(data), &v); err != nil {
			t.Fatal(err)
		}
		said := second.compiled.Validate(v)
		if ok != (said == nil) || ok != (len(faults) == 0) {
			t.Fatalf("seed %d:\n%s\n%s\nwalk %t, findings %v\nlibrary %v", seed, doc, data, ok, faults, said)
		}
	}
}

func TestAgreement(t *testing.T) {
	for seed := range uint64(1_000) {
		compare(t, seed)
	}
}

// mutated returns data with some of its values replaced.
func (m maker) mutated(data []byte) []byte {
	for range 1 + m.IntN(2) {
		var t tape
		t.read(data)
		names := map[int32]bool{}
		for at, c := range t.cells {
			if c.kind == '{' {
				for j := int32(at) + 1; j < c.next; j = t.cells[j+1].next {
					names[j] = true
				}
			}
		}
		i := int32(m.IntN(len(t.cells)))
		for names[i] {
			i = int32(m.IntN(len(t.cells)))
		}
		value := m.pick("null", "1.0", "1e2", "-1", "200", "1e39", "1e400", "9223372036854775808", `""`, `"x"`, `"1"`, `"-1.5"`, `"true"`, `"warm"`,
			`"\u0077arm"`, `"2020-01-01T00:00:00Z"`, `"2020\u002d01-01T00:00:00Z"`, `"1.2.3.4"`, `"AAE="`, `"AA\nE="`, "[]", "{}", "[null]", `{"label":"x"}`, `{"label":null,"circle":{"radius":1}}`, "true")
		data = []byte(string(data[:t.cells[i].start]) + value + string(data[t.cells[i].end:]))
	}
	return data
}

// decodes holds that what is valid for a Go type decodes, and stays valid.
func decodes(t *testing.T, data []byte) {
	s := For[everything]()
	if s.Validate(data) != nil {
		return
	}
	var v, again everything
	if err := gate.Decode(data, &v); err != nil {
		t.Fatalf("%s is valid, but: %v", data, err)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if err := s.Decode(encoded, &again); err != nil {
		t.Fatalf("%s became %s: %v", data, encoded, err)
	}
}

func TestValidDecodes(t *testing.T) {
	valid := 0
	for seed := range uint64(3_000) {
		m := maker{rand.New(rand.NewPCG(seed, 2))}
		var v everything
		fill(m.Rand, reflect.ValueOf(&v).Elem(), 3)
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		data = m.mutated(data)
		if For[everything]().Validate(data) == nil {
			valid++
		}
		decodes(t, data)
	}
	if valid < 150 {
		t.Errorf("only %d are valid", valid)
	}
}

// FuzzValidate holds that a random schema and random values mean the same to
// the walk and to the library, and that what is valid for a Go type decodes.
func FuzzValidate(f *testing.F) {
	f.Add(uint64(1), []byte(`{"id":1,"tags":[],"counts":{},"Hosts":{}}`))
	f.Add(uint64(2), []byte(`{"id":1.0,"Hosts":null,"counts":null,"at":"2020-01-01T00:00:00Z","tags":null}`))
	f.Add(uint64(3), []byte(`{"id":12,"tags":["a"],"counts":{"a":1},"Hosts":{"::1":"x"},"n":"AAE=","any":{"a":[1e400]},"u":{"label":"x"}}`))
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		compare(t, seed)
		decodes(t, data)
	})
}

// FuzzParse holds that no schema makes Parse panic, and none that it takes
// makes what is done with it panic.
func FuzzParse(f *testing.F) {
	for _, group := range suite {
		f.Add([]byte(group.schema))
	}
	for _, bad := range hostile {
		if len(bad.schema) < 1<<10 {
			f.Add([]byte(bad.schema))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Example(data); (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		s, err := Parse(data)
		if err != nil {
			if s != nil || reflect.TypeOf(err) != reflect.TypeFor[*Error]() {
				t.Fatalf("%v, %T", s, err)
			}
			return
		}
		if _, err := s.second(); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		for _, value := range []string{`null`, `{"a":[1,"x",{"b":null}],"b":{"a":{}}}`, `[[[]],1,1]`, `"a"`, `1.5`, string(data)} {
			_ = s.Validate([]byte(value))
		}
		if strict, err := s.Strict(); err == nil {
			if _, err := Parse(strict); err != nil {
				t.Fatalf("%s became %s: %v", data, strict, err)
			}
		}
		s.Root()
	})
}
