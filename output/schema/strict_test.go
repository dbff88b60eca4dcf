package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestStrict(t *testing.T) {
	for _, test := range []struct{ schema, want string }{
		{`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`,
			`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`},
		{`{"type":"object","properties":{},"additionalProperties":false}`,
			`{"type":"object","properties":{},"required":[],"additionalProperties":false}`},
		{`{"type":"object","properties":{"a":{"type":"string","description":"A name","minLength":1,"maxLength":9,"pattern":"^a","format":"date","default":"x","x-aliases":"b","title":"A"}},"required":["a"]}`,
			`{"type":"object","properties":{"a":{"type":"string","pattern":"^a","description":"A name. Must have 1 to 9 characters. Must be a date such as \"2006-01-02\". Default: \"x\"."}},"required":["a"],"additionalProperties":false}`},
		{`{"type":"object","properties":{"a":{"type":"string","format":"email"},"n":{"type":"integer","minimum":1,"default":2},"l":{"type":"array","items":{"type":"number"},"minItems":1,"uniqueItems":true}},"required":["a","n","l"]}`,
			`{"type":"object","properties":{"a":{"type":"string","format":"email"},"n":{"type":"integer","minimum":1,"default":2},"l":{"type":"array","items":{"type":"number"},"description":"Must have at least 1 item. No two items may be the same."}},"required":["a","n","l"],"additionalProperties":false}`},
		{`{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"oneOf":[{"type":"integer"},{"const":"x"}],"description":"B"},"c":{"enum":["p","q",null,3]}}}`,
			`{"type":"object","properties":{"a":{"anyOf":[{"type":"null"},{"type":"string"}]},"b":{"anyOf":[{"type":"integer"},{"type":"string","enum":["x"]},{"type":"null"}],"description":"B"},"c":{"anyOf":[{"type":"null"},{"type":"integer","enum":[3]},{"type":"string","enum":["p","q"]}]}},"required":["a","b","c"],"additionalProperties":false}`},
		{`{"$ref":"#/definitions/n","definitions":{"n":{"type":"object","properties":{"next":{"$ref":"#/definitions/n","description":"the next"},"other":{"$ref":"#"}},"required":["next"]}}}`,
			`{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$def/n"}],"description":"the next"},"other":{"anyOf":[{"$ref":"#/$def/root"},{"type":"null"}]}},"required":["next","other"],"additionalProperties":false,"$def":{"n":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$def/n"}],"description":"the next"},"other":{"anyOf":[{"$ref":"#/$def/root"},{"type":"null"}]}},"required":["next","other"],"additionalProperties":false},"root":{"$ref":"#/$def/n"}}}`},
		{`{"allOf":[{"type":"object","properties":{"a":{"type":"boolean"}}}],"description":"D","minProperties":1}`,
			`{"type":"object","properties":{"a":{"anyOf":[{"type":"boolean"},{"type":"null"}]}},"required":["a"],"additionalProperties":false,"description":"D. Must have at least 1 property."}`},
	} {
		for range 3 {
			got, err := mustParse(t, test.schema).Strict()
			if err != nil || string(got) != test.want {
				t.Errorf("%s: %v\ngot  %s\nwant %s", test.schema, err, got, test.want)
			}
		}
		mustParse(t, test.want)
		want := strings.NewReplacer(`#/$def/`, `#/$defs/`, `"$def":`, `"$defs":`).Replace(test.want)
		if got, err := mustParse(t, test.schema).StrictDefs(); err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", test.schema, err, got, want)
		}
	}
}

func TestStrictRefuses(t *testing.T) {
	for _, test := range []struct{ schema, pointer, want string }{
		{`true`, "", "says nothing of the type"},
		{`{"type":"string"}`, "", "is no object at the root"},
		{`{"anyOf":[{"type":"object","properties":{}}]}`, "", "is no object at the root"},
		{`{"type":"object"}`, "", "is an open object"},
		{`{"type":"object","properties":{"a":{}}}`, "/properties/a", "says nothing of the type"},
		{`{"type":"object","properties":{"a":true}}`, "/properties/a", "says nothing of the type"},
		{`{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"string"}}}}`, "/properties/a/additionalProperties", "is a map"},
		{`{"type":"object","properties":{},"additionalProperties":true}`, "/additionalProperties", "is a map"},
		{`{"type":"object","properties":{"a":{"type":"array"}}}`, "/properties/a", "array of anything"},
		{`{"type":"object","properties":{"a":{"not":{"type":"string"}}}}`, "/properties/a/not", "does not have"},
		{`{"type":"object","properties":{"a":{"type":"string"}},"if":{},"then":{}}`, "/if", "does not have"},
		{`{"type":"object","properties":{"a":{"type":"array","prefixItems":[{"type":"string"}]}}}`, "/properties/a/prefixItems", "does not have"},
		{`{"type":"object","properties":{"a":{"type":"object","properties":{},"anyOf":[{"required":["b"]}]}}}`, "/properties/a/properties", "cannot be beside anyOf"},
		{`{"type":"object","properties":{"a":{"allOf":[{"type":"string"},{"minLength":1}]}}}`, "/properties/a/allOf", "cannot be taken together"},
		{`{"type":"object","properties":{},"required":["b"]}`, "", `requires "b"`},
		{`{"type":"object","properties":{"a":{"enum":[[1]]}}}`, "/properties/a", "objects or arrays"},
	} {
		got, err := mustParse(t, test.schema).Strict()
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Pointer != test.pointer || !strings.Contains(e.Error(), test.want) || got != nil {
			t.Errorf("%s: %s, %v", test.schema, got, err)
		}
		if got, again := mustParse(t, test.schema).StrictDefs(); got != nil || again == nil || again.Error() != err.Error() {
			t.Errorf("%s: with definitions: %s, %v", test.schema, got, again)
		}
	}
}

// The form is asked for with every request.
func TestStrictOnce(t *testing.T) {
	s := mustParse(t, `{"type":"object","properties":{"a":{"type":"string"}}}`)
	for _, form := range []func() (json.RawMessage, error){s.Strict, s.StrictDefs} {
		if _, err := form(); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { form() }); n != 0 {
			t.Errorf("%v allocations when it is asked for again", n)
		}
	}
}

// TestStrictValues holds that what satisfies the strict form, with null for what
// is absent, is valid by the schema of the type, and without the null by others.
func TestStrictValues(t *testing.T) {
	type inner struct {
		N *int     `json:"n"`
		S string   `json:"s,omitempty"`
		L []string `json:"l,omitempty"`
	}
	type outer struct {
		A inner   `json:"a"`
		B []inner `json:"b"`
	}
	of := For[outer]()
	text, err := of.Strict()
	if err != nil {
		t.Fatal(err)
	}
	strict, outside := mustParse(t, string(text)), mustParse(t, string(of.JSON()))
	data := []byte(`{"a":{"n":null,"s":"x","l":null},"b":[{"n":1,"s":null,"l":["y"]}]}`)
	if err := strict.Validate(data); err != nil {
		t.Error(err)
	}
	var v outer
	if err := of.Decode(data, &v); err != nil || v.A.S != "x" || *v.B[0].N != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := outside.Validate(data); err == nil {
		t.Error("null is a string")
	}
	if err := outside.Validate(outside.DropNulls(data)); err != nil {
		t.Error(err)
	}
}

func TestDropNulls(t *testing.T) {
	s := mustParse(t, `{"properties":{"a":{"type":"string"},"b":{"type":["string","null"]},"c":{"$ref":"#/$defs/c"},"l":{"items":{"anyOf":[{"$ref":"#/$defs/c"},{"properties":{"f":{"type":"string"}}}]}}},
		"additionalProperties":{"type":"number"},"$defs":{"c":{"properties":{"d":{"type":"integer"},"e":{"type":"integer"}},"required":["e"]}}}`)
	for data, want := range map[string]string{
		`{"a":"x"}`:                                            `{"a":"x"}`,
		`{"a":null}`:                                           `{}`,
		`{ "a" : null , "b" : null }`:                          `{ "b" : null }`,
		`{"b":null,"a":null}`:                                  `{"b":null}`,
		`{"b":"x","a":null,"z":null}`:                          `{"b":"x"}`,
		`{"a":null,"z":null,"b":"x"}`:                          `{"b":"x"}`,
		`{"a":null,"b":"x","z":null,"y":1}`:                    `{"b":"x","y":1}`,
		`{"c":{"d":null,"e":null},"z":null}`:                   `{"c":{"e":null}}`,
		`{"z":null,"c":{"d":null}}`:                            `{"c":{}}`,
		`{"l":[{"d":null},{"f":null,"x":null},null],"z":null}`: `{"l":[{},{"x":null},null]}`,
		`{"a":null`:                                            `{"a":null`,
		`null`:                                                 `null`,
	} {
		if got := string(s.DropNulls([]byte(data))); got != want {
			t.Errorf("%s became %s, want %s", data, got, want)
		}
	}
	data := []byte(`{"a":null}`)
	if _ = s.DropNulls(data); string(data) != `{"a":null}` {
		t.Errorf("the data became %s", data)
	}
}

// TestStrictOfRandom holds that the strict form of random schemas is a schema
// whose values, without null, satisfy the original unless it has words for more.
func TestStrictOfRandom(t *testing.T) {
	for _, s := range []*Schema{For[tree](), For[tagged](), For[struct{ E []shape }]()} {
		text, err := s.Strict()
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		checkStrict(t, doc)
		if bytes.Contains(text, []byte("$defs")) {
			t.Error(string(text))
		}
	}
}

// checkStrict holds the rules of the guide for all that is in doc.
func checkStrict(t *testing.T, doc any) {
	t.Helper()
	switch doc := doc.(type) {
	case []any:
		for _, v := range doc {
			checkStrict(t, v)
		}
	case map[string]any:
		if doc["type"] == "object" {
			props, _ := doc["properties"].(map[string]any)
			required, _ := doc["required"].([]any)
			if len(props) != len(required) || doc["additionalProperties"] != false {
				t.Errorf("%v", doc)
			}
			for _, p := range props {
				checkStrict(t, p)
			}
			return
		}
		for name, v := range doc {
			switch name {
			case "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "title", "examples", "oneOf", "allOf", "x-aliases":
				t.Errorf("%s is in %v", name, doc)
			}
			checkStrict(t, v)
		}
	}
}
