package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sketch writes what a node says, down to a depth.
func sketch(n *Node, depth int) string {
	if n == nil {
		return "-"
	}
	var names []string
	for i, name := range typeNames {
		if t := Types(1) << i; n.Types&t != 0 && (t != Integer || !n.Types.Has(Number)) {
			names = append(names, name)
		}
	}
	s := strings.Join(names, "|")
	switch n.Types {
	case Any:
		s = "any"
	case 0:
		s = "none"
	}
	if depth == 0 {
		return s
	}
	for _, p := range n.Properties {
		mark := "?"
		if p.Required {
			mark = ""
		}
		s += fmt.Sprintf(" %s%s%s:(%s)", p.Name, mark, strings.Join(append([]string{""}, p.Aliases...), "/"), sketch(p.Node, depth-1))
	}
	if n.Closed {
		s += " closed"
	}
	if n.Rest != nil {
		s += " rest:(" + sketch(n.Rest, depth-1) + ")"
	}
	for _, p := range n.Prefix {
		s += " prefix:(" + sketch(p, depth-1) + ")"
	}
	if n.Items != nil {
		s += " items:(" + sketch(n.Items, depth-1) + ")"
	}
	for _, u := range n.Union {
		s += " or:(" + sketch(u, depth-1) + ")"
	}
	if n.Enum != nil {
		s += fmt.Sprintf(" enum:%s", n.Enum)
	}
	for _, a := range n.Aliases {
		s += fmt.Sprintf(" %s=%s", a.Name, a.Value)
	}
	for _, text := range []string{n.Title, n.Description, n.Format} {
		if text != "" {
			s += " " + text
		}
	}
	return s
}

func TestNode(t *testing.T) {
	for _, test := range []struct{ schema, want string }{
		{`true`, "any"},
		{`false`, "none"},
		{`{"type":"number"}`, "number"},
		{`{"type":["integer","null"],"title":"T","description":"D","format":"F"}`, "null|integer T D F"},
		{`{"properties":{"b":{"type":"string"},"a":{"x-aliases":["c","d"]}},"required":["b","z"],"additionalProperties":false}`, "any b:(string) a?/c/d:(any) z:(none) closed"},
		{`{"additionalProperties":{"type":"string"}}`, "any rest:(string)"},
		{`{"items":{"type":"string"}}`, "any items:(string)"},
		{`{"prefixItems":[{"type":"string"}],"items":false}`, "any prefix:(string) items:(none)"},
		{`{"items":[{"type":"string"}],"additionalItems":{"type":"null"}}`, "any prefix:(string) items:(null)"},
		{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, "any or:(string) or:(null)"},
		{`{"enum":["a",1],"x-aliases":{"a":["b","c"]}}`, `any enum:["a" 1] b="a" c="a"`},
		{`{"const":null}`, "any enum:[null]"},
		{`{"const":"a","enum":["b","\u0061"]}`, `any enum:["\u0061"]`},
		// references
		{`{"$ref":"#/$defs/a","description":"mine","$defs":{"a":{"type":"string","description":"its"}}}`, "string mine"},
		{`{"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"string"}}}`, "string"},
		{`{"$id":"http://x/y","$ref":"http://x/y#/$def/a","$def":{"a":{"type":"string"}}}`, "string"},
		{`{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"type":"null"}}}`, "null"},
		// what holds together
		{`{"allOf":[{"type":["string","null"]},{"type":["null","number"]}]}`, "null"},
		{`{"properties":{"a":{"type":["string","null"]}},"allOf":[{"properties":{"a":{"type":"string","description":"D"},"b":{}},"required":["b"]}]}`, "any a?:(string D) b:(any)"},
		{`{"properties":{"a":{}},"additionalProperties":false,"allOf":[{"properties":{"b":{}}}]}`, "any a?:(any) closed"},
		{`{"properties":{"a":{}},"allOf":[{"additionalProperties":{"type":"string"}}]}`, "any a?:(string) rest:(string)"},
		{`{"prefixItems":[{"type":"string"}],"allOf":[{"items":{"description":"D"}}]}`, "any prefix:(string D) items:(any D)"},
		{`{"properties":{"a":{}},"unevaluatedProperties":false}`, "any a?:(any) closed"},
		{`{"anyOf":[{"properties":{"a":{}}}],"unevaluatedProperties":false}`, "any or:(any a?:(any))"},
		{`{"not":{"type":"string"},"if":{"type":"null"}}`, "any"},
		{`{"patternProperties":{"^x":{"type":"null"}},"properties":{"a":{}},"additionalProperties":false}`, "any a?:(any) rest:(none)"},
	} {
		if got := sketch(mustParse(t, test.schema).Root(), 3); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.schema, got, test.want)
		}
	}
}

// TestNodeCircle holds that a recursive schema has as many nodes as schemas.
func TestNodeCircle(t *testing.T) {
	root := For[tree]().Root()
	kids, ok := root.Property("kids")
	if !ok || kids.Node.Items != root {
		t.Error("the children of a tree are no trees")
	}
	if _, ok := root.Property("none"); ok {
		t.Error("none is there")
	}
	// Each level asks for two schemas together that are below it.
	s := mustParse(t, `{"properties":{"a":{"$ref":"#"},"b":{"allOf":[{"$ref":"#"},{"properties":{"a":{"type":"string"},"b":{"$ref":"#/properties/a"}}}]}}}`)
	seen := map[*Node]bool{}
	list := []*Node{s.Root()}
	for len(list) > 0 {
		n := list[0]
		list = list[1:]
		if seen[n] {
			continue
		}
		seen[n] = true
		for _, p := range n.Properties {
			list = append(list, p.Node)
		}
	}
	if len(seen) > 20 {
		t.Errorf("%d nodes", len(seen))
	}
}

func TestNullable(t *testing.T) {
	for schema, want := range map[string]bool{
		`{"type":["string","null"]}`: true, `{"type":"string"}`: false, `{}`: false,
		`{"anyOf":[{"type":"string"},{"type":"null"}]}`: true, `{"anyOf":[{"type":"string"},{}]}`: false, `{"type":"null"}`: true,
	} {
		if got := mustParse(t, schema).Root().Nullable(); got != want {
			t.Errorf("%s: %t", schema, got)
		}
	}
	if !Number.Has(Integer) || Integer.Has(Number) || !Any.Has(Object|Null) || (String | Null).Has(Array) {
		t.Error("Has")
	}
}

func TestExample(t *testing.T) {
	for data, want := range map[string]string{
		`"string"`:                          `{"type":"string"}`,
		`"Int"`:                             `{"type":"integer"}`,
		`"any"`:                             `{}`,
		`"number (in EUR)"`:                 `{"type":"number","description":"in EUR"}`,
		`"any: of these"`:                   `{"description":"of these"}`,
		`"url"`:                             `{"type":"string","format":"uri"}`,
		`"a|b | null"`:                      `{"enum":["a","b",null]}`,
		`"string | null"`:                   `{"anyOf":[{"type":"string"},{"type":"null"}]}`,
		`"a|b: a choice"`:                   `{"enum":["a","b"],"description":"a choice"}`,
		`"<the name>"`:                      `{"type":"string","description":"the name"}`,
		`"Note: all is well"`:               `{"type":"string","examples":["Note: all is well"]}`,
		`"|"`:                               `{"type":"string","examples":["|"]}`,
		`""`:                                `{"type":"string","examples":[""]}`,
		`3`:                                 `{"type":"number","examples":[3]}`,
		`true`:                              `{"type":"boolean"}`,
		`null`:                              `{}`,
		`[]`:                                `{"type":"array"}`,
		`{}`:                                `{"type":"object"}`,
		`["x","y"]`:                         `{"type":"array","items":{"type":"string"}}`,
		`[1,2]`:                             `{"type":"array","items":{"type":"number"}}`,
		`["int","string"]`:                  `{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"string"}]}}`,
		`{"a?":[{"b":"int"}]}`:              `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"],"additionalProperties":false}}},"required":[],"additionalProperties":false}`,
		`{"type":"string","name":"string"}`: `{"type":"object","properties":{"type":{"type":"string"},"name":{"type":"string"}},"required":["type","name"],"additionalProperties":false}`,
	} {
		s, err := Example([]byte(data))
		if err != nil || s.String() != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", data, err, s, want)
		}
	}
	for data, want := range map[string]string{
		`{"type":"object","properties":{}}`: "is a schema and no example",
		`{"$schema":"x"}`:                   "is a schema and no example",
		`{"a":1,"a":2}`:                     "duplicate name",
		`{"a?":1,"a":2}`:                    "duplicate name",
		`{a:1}`:                             "invalid syntax",
		strings.Repeat("[", 200) + strings.Repeat("]", 200): "too deep",
	} {
		if s, err := Example([]byte(data)); err == nil || s != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, %v", data, s, err)
		}
	}
	guide, err := Example([]byte(`{"question": "Which is the highest mountain?", "answer": "Mount Everest"}`))
	if err != nil || guide.Validate([]byte(`{"question":"Why?","answer":"So."}`)) != nil || guide.Validate([]byte(`{"question":"Why?"}`)) == nil {
		t.Error(guide, err)
	}
	if !slices.Contains(typeNames, "null") {
		t.Error(typeNames)
	}
}
