package schema

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/output/gate"
)

// repeated returns open, n times sep, and end.
func repeated(open, item, sep, end string, n int) string {
	return open + strings.TrimSuffix(strings.Repeat(item+sep, n), sep) + end
}

// doubled returns a schema in which each definition refers to the next twice.
func doubled(keyword string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"$ref":"#/$defs/d0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{"%s":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, keyword, i+1, i+1)
	}
	fmt.Fprintf(&b, `"d%d":{}}}`, n)
	return b.String()
}

// hostile are schemas that must be refused, with the pointer and a part of the
// message.
var hostile = []struct{ schema, pointer, want string }{
	{`{"$ref":"#"}`, "", "refers to itself without consuming"},
	{`{"allOf":[{"$ref":"#"}]}`, "", "refers to itself without consuming"},
	{`{"anyOf":[{"oneOf":[{"not":{"$ref":"#"}}]}]}`, "", "refers to itself"},
	{`{"if":{"$ref":"#/$defs/a"},"$defs":{"a":{"then":true,"if":true,"else":{"$ref":"#"}}}}`, "", "refers to itself"},
	{`{"dependentSchemas":{"a":{"$ref":"#"}}}`, "", "refers to itself"},
	{`{"properties":{"x":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`, "/$defs/a", "refers to itself"},
	{`{"$ref":"file:///etc/passwd"}`, "/$ref", "refers to another document"},
	{`{"$ref":"/etc/passwd"}`, "/$ref", "refers to another document"},
	{`{"$ref":"http://127.0.0.1/x#/a"}`, "/$ref", "refers to another document"},
	{`{"$id":"file:///etc/","$ref":"passwd"}`, "/$ref", "refers to another document"},
	{`{"$id":"file:///etc/passwd","properties":{"a":{"$ref":"file:///etc/hosts#"}}}`, "/properties/a/$ref", "refers to another document"},
	{`{"properties":{"a":{"$id":"file:///etc/passwd","type":"string"}}}`, "/properties/a/$id", "begins another document"},
	{`{"$dynamicRef":"#x"}`, "/$dynamicRef", "use $ref"},
	{`{"$ref":"#/$defs/none"}`, "/$ref", "refers to what is not there"},
	{`{"$ref":"#none"}`, "/$ref", "refers to what is not there"},
	{`{"$ref":"#/%zz"}`, "/$ref", "refers to what is not there"},
	{`{"$ref":"#/type","type":"string"}`, "/type", "is no schema"},
	{`{"$ref":7}`, "/$ref", "is no reference"},
	{doubled("anyOf", 40), "", "expands to too many schemas"},
	{doubled("allOf", 1300), "", "expands to too many schemas"},
	{repeated(`{"enum":[`, `"a"`, ",", `]}`, 5000), "/enum", "has too many values"},
	{repeated(`{"enum":[`, `"a"`, ",", `]}`, 100_000), "", "too many values"},
	{repeated(`{"anyOf":[`, `{}`, ",", `]}`, 5000), "/anyOf/4095", "one schema too many"},
	{repeated(`{"anyOf":[`, `{"enum":[1]}`, ",", `]}`, 100_000), "", "too"},
	{repeated(``, `{"not":`, "", `{}`, 1000) + strings.Repeat("}", 1000), "", "too deep"},
	{strings.Repeat("[", 30<<20), "", "too large"},
	{`{"description":"` + strings.Repeat("x", 1<<20) + `"}`, "", "too large"},
	{`{"pattern":"` + strings.Repeat("a", 2000) + `"}`, "/pattern", "too long"},
	{`{"pattern":"((a{100}){100}){10}"}`, "/pattern", "cannot be used"},
	{`{"pattern":"(((a|b){30}){30}){1}"}`, "/pattern", "expands to too many steps"},
	{repeated(`{"allOf":[`, `{"pattern":"a{900}"}`, ",", `]}`, 30), "/allOf/", "expands to too many steps"},
	{`{"pattern":"(?=a)b"}`, "/pattern", "cannot be used"},
	{`{"pattern":"(a)\\1"}`, "/pattern", "cannot be used"},
	{`{"patternProperties":{"[":{}}}`, "/patternProperties/[", "cannot be used"},
	{`{"minimum":1e1000001}`, "/minimum", "exponent too large"},
	{`{"minimum":` + strings.Repeat("1", 100) + `}`, "/minimum", "number too long"},
	{`{"type":"strin"}`, "/type", "write one of null, boolean, integer"},
	{`{"type":[]}`, "/type", "is no type"},
	{`{"properties":[]}`, "/properties", "is no object"},
	{`{"properties":{"a":1}}`, "/properties/a", "is no schema"},
	{`{"required":"a"}`, "/required", "is no list of names"},
	{`{"required":[1]}`, "/required/0", "is no name"},
	{`{"minLength":-1}`, "/minLength", "is no size"},
	{`{"maxItems":1.5}`, "/maxItems", "is no size"},
	{`{"multipleOf":0}`, "/multipleOf", "is not above 0"},
	{`{"exclusiveMinimum":true}`, "/exclusiveMinimum", "is no number"},
	{`{"uniqueItems":"yes"}`, "/uniqueItems", "is neither true nor false"},
	{`{"enum":[]}`, "/enum", "is no list of values"},
	{`{"enum":{}}`, "/enum", "is no list of values"},
	{`{"anyOf":[]}`, "/anyOf", "is no list of schemas"},
	{`{"format":1}`, "/format", "is no name of a format"},
	{`{"description":1}`, "/description", "is no text"},
	{`{"$defs":[]}`, "/$defs", "is no object"},
	{`{"$defs":{"unused":{"type":"x"}}}`, "/$defs/unused/type", "is no type"},
	{`{"properties":{"a":{},"A":{}}}`, "/properties/A", "differs from another only in case"},
	{`{"type":"object","type":"string"}`, "/type", "duplicate name"},
	{`"string"`, "", "is no schema"},
	{`{`, "", "unexpected end"},
	{``, "", "unexpected end"},
}

// TestParseRefuses holds what is refused, and where. BenchmarkHostile has the
// time that it takes.
func TestParseRefuses(t *testing.T) {
	for _, test := range hostile {
		s, err := Parse([]byte(test.schema))
		name := shorten(test.schema, 80)
		e, ok := errors.AsType[*Error](err)
		if s != nil || !ok {
			t.Errorf("%s: %v, %v", name, s, err)
			continue
		}
		if !strings.HasPrefix(e.Pointer, test.pointer) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: at %q: %v, want %q, %q", name, e.Pointer, err, test.pointer, test.want)
		}
		if len(err.Error()) > 1000 || strings.Contains(err.Error(), "root:") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse([]byte(`{`)); !errors.Is(err, gate.Truncated) {
		t.Errorf("%v does not wrap what the gate said", err)
	}
}

// TestParseFetchesNothing holds that a file that is there is not read.
func TestParseFetchesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(path, []byte(`{"type":"string","const":"hunter2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{`{"$ref":"file://%s"}`, `{"$id":"file://%s","$ref":"?"}`, `{"$schema":"file://%s"}`, `{"$schema":"file://%s","$id":"file://%[1]s"}`} {
		s, err := Parse(fmt.Appendf(nil, doc, path))
		if err != nil {
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), path) {
				t.Error(err)
			}
			continue
		}
		if err := s.Validate([]byte("1")); err != nil {
			t.Errorf("%s was read: %v", doc, err)
		}
	}
}

// TestParseOlder holds the older spellings that are understood.
func TestParseOlder(t *testing.T) {
	for schema, values := range map[string][2]string{
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}}`: {`"x"`, `1`},
		`{"properties":{"a":{"$ref":"#/$def/x"}},"$def":{"x":{"type":"string"}}}`:                                              {`{"a":"x"}`, `{"a":1}`},
		`{"items":[{"type":"string"}],"additionalItems":false}`:                                                                {`["x"]`, `["x",1]`},
		`{"items":[{"type":"string"}],"additionalItems":{"type":"number"}}`:                                                    {`["x",1]`, `["x","y"]`},
		`{"dependencies":{"a":["b"],"c":{"required":["d"]}}}`:                                                                  {`{"a":1,"b":2}`, `{"c":1}`},
		`{"properties":{"a":{"$id":"#here","type":"string"},"b":{"$ref":"#here"}}}`:                                            {`{"b":"x"}`, `{"b":1}`},
		`{"required":["a","a"],"type":["string","object","object"]}`:                                                           {`{"a":1}`, `{}`},
		`{"enum":[1,1.0,"x"]}`: {`1`, `2`},
	} {
		s, err := Parse([]byte(schema))
		if err != nil {
			t.Errorf("%s: %v", schema, err)
			continue
		}
		if _, err := s.second(); err != nil {
			t.Errorf("%s: %v", schema, err)
		}
		if err := s.Validate([]byte(values[0])); err != nil {
			t.Errorf("%s: %s: %v", schema, values[0], err)
		}
		if err := s.Validate([]byte(values[1])); err == nil {
			t.Errorf("%s: %s is valid", schema, values[1])
		}
		if string(s.JSON()) != schema {
			t.Errorf("%s became %s", schema, s.JSON())
		}
	}
}

// TestParseKeepsNothing holds that the caller may change the data afterwards.
func TestParseKeepsNothing(t *testing.T) {
	data := []byte(`{"enum":["a"]}`)
	s, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if err := s.Validate([]byte(`"a"`)); err != nil {
		t.Error(err)
	}
}

// chain returns a schema in which each of n definitions refers to the next, and
// the last one to the first, for the elements of the value.
func chain(n int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{"$ref":"#/$defs/d%d"},`, i, i+1)
	}
	fmt.Fprintf(&b, `"d%d":{"type":"array","items":{"$ref":"#/$defs/d0"}}}}`, n)
	return b.String()
}

// TestStack holds that neither a schema nor a value needs a deep stack, which
// would end the process.
func TestStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(128 << 20))
	s := mustParse(t, chain(60))
	deep := strings.Repeat("[", 510) + "%s" + strings.Repeat("]", 510)
	if err := s.Validate(fmt.Appendf(nil, deep, "")); err != nil {
		t.Error(err)
	}
	if err := s.Validate(fmt.Appendf(nil, deep, "1")); err == nil {
		t.Error("1 is an array")
	}
	if n := s.Root(); n.Types != Array || n.Items == nil {
		t.Error(n.Types)
	}
	if _, err := Parse([]byte(chain(2000))); err == nil || !strings.Contains(err.Error(), "at most 64 in a row") {
		t.Error(err)
	}
}
