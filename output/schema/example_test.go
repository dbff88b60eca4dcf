package schema_test

import (
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/output/schema"
)

// A Color is one of a few strings, and has other names that models use.
type Color string

func (Color) Enum() []Color { return []Color{"red", "green"} }

func (Color) Aliases() map[string]Color { return map[string]Color{"crimson": "red"} }

// An Expr is a number or a sum: exactly one field is there.
type Expr struct {
	Number *float64 `json:"number"`
	Sum    *[]Expr  `json:"sum"`
}

func (Expr) OneOf() {}

func ExampleFor() {
	type Fish struct {
		Name  string `json:"name" jsonschema:"description=in English, not in Latin"`
		Color Color  `json:"color"`
		Depth int    `json:"depth,omitempty" jsonschema:"minimum=0"`
	}
	fmt.Println(schema.For[Fish]())
	// Output:
	// {"properties":{"name":{"type":"string","description":"in English, not in Latin"},"color":{"type":"string","enum":["red","green"],"x-aliases":{"red":["crimson"]}},"depth":{"type":"integer","minimum":0}},"additionalProperties":false,"type":"object","required":["name","color"]}
}

func ExampleFor_union() {
	fmt.Println(schema.For[Expr]())

	var e Expr
	err := schema.For[Expr]().Decode([]byte(`{"sum": [{"number": 1}, {"number": 2}]}`), &e)
	fmt.Println(len(*e.Sum), *(*e.Sum)[1].Number, err)

	fmt.Println(schema.For[Expr]().Validate([]byte(`{"sum": [{"number": "one"}]}`)))
	// Output:
	// {"anyOf":[{"properties":{"number":{"type":"number"}},"additionalProperties":false,"type":"object","required":["number"]},{"properties":{"sum":{"items":{"$ref":"#"},"type":"array"}},"additionalProperties":false,"type":"object","required":["sum"]}]}
	// 2 2 <nil>
	// the value does not satisfy the schema
	// /sum/0/number: is the string "one", want a number
}

func ExampleExample() {
	s, err := schema.Example([]byte(`{"question": "Which is the highest mountain?", "tags": ["string"], "tone?": "warm|cold", "count": "integer: of words"}`))
	fmt.Println(s, err)
	// Output:
	// {"type":"object","properties":{"question":{"type":"string","examples":["Which is the highest mountain?"]},"tags":{"type":"array","items":{"type":"string"}},"tone":{"enum":["warm","cold"]},"count":{"type":"integer","description":"of words"}},"required":["question","tags","count"],"additionalProperties":false} <nil>
}

func ExampleParse() {
	_, err := schema.Parse([]byte(`{"properties": {"user": {"$ref": "file:///etc/passwd"}}}`))
	fmt.Println(err)

	if e, ok := errors.AsType[*schema.Error](err); ok {
		fmt.Println(e.Pointer)
	}
	// Output:
	// schema: /properties/user/$ref: refers to another document, and none is fetched: put the schema under $defs and write #/$defs/NAME
	// /properties/user/$ref
}

func ExampleSchema_Validate() {
	s, err := schema.Parse([]byte(`{"type": "object", "properties": {"price": {"type": "number", "minimum": 0}, "currency": {"enum": ["EUR", "USD"]}}, "required": ["price", "currency"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = s.Validate([]byte(`{"price": "12"}`))
	if e, ok := errors.AsType[*schema.ValidationError](err); ok {
		for _, f := range e.Findings {
			fmt.Println(f)
		}
	}
	// Output:
	// /currency: is missing, want one of "EUR", "USD"
	// /price: is the string "12", want a number of at least 0
}

func ExampleSchema_Accepts() {
	s := schema.For[map[string]int]()
	fmt.Println(s.Accepts([]byte(`{"a": 1}`)), s.Accepts([]byte(`{"a": "1"}`)), s.Accepts([]byte(`{"a": 1`)))
	// Output: true false false
}

func ExampleSchema_Decode() {
	type Fish struct {
		Name  string `json:"name"`
		Depth int    `json:"depth,omitempty"`
	}
	var f Fish
	s := schema.For[Fish]()
	fmt.Println(s.Decode([]byte(`{"name": "anglerfish", "depth": 2000}`), &f), f)
	fmt.Println(s.Decode([]byte(`{"name": "anglerfish", "depth": 2000.5}`), &f), f)
	// Output:
	// <nil> {anglerfish 2000}
	// the value does not satisfy the schema
	// /depth: is the number 2000.5, want an integer {anglerfish 2000}
}

func ExampleSchema_Strict() {
	type Fish struct {
		Name  string `json:"name" jsonschema:"maxLength=20"`
		Depth int    `json:"depth,omitempty" jsonschema:"minimum=0"`
	}
	strict, err := schema.For[Fish]().Strict()
	fmt.Println(string(strict), err)

	_, err = schema.For[map[string]Fish]().Strict()
	fmt.Println(err)
	// Output:
	// {"type":"object","properties":{"name":{"type":"string","description":"Must have at most 20 characters."},"depth":{"anyOf":[{"type":"integer","minimum":0},{"type":"null"}]}},"required":["name","depth"],"additionalProperties":false} <nil>
	// schema: /additionalProperties: is a map, or an object that is open: name its properties and write false, or use an array of names and values
}

func ExampleSchema_StrictDefs() {
	type Part struct {
		Parts []Part `json:"parts"`
	}
	type Machine struct {
		Body Part `json:"body"`
	}
	reply, err := schema.For[Machine]().StrictDefs()
	fmt.Println(string(reply), err)
	// Output:
	// {"type":"object","properties":{"body":{"$ref":"#/$defs/Part"}},"required":["body"],"additionalProperties":false,"$defs":{"Part":{"type":"object","properties":{"parts":{"type":"array","items":{"$ref":"#/$defs/Part"}}},"required":["parts"],"additionalProperties":false}}} <nil>
}

func ExampleSchema_DropNulls() {
	s, err := schema.Parse([]byte(`{"properties": {"name": {"type": "string"}, "depth": {"type": "integer"}}, "required": ["name"]}`))
	fmt.Println(string(s.DropNulls([]byte(`{"name": "anglerfish", "depth": null}`))), err)
	// Output:
	// {"name": "anglerfish"} <nil>
}

func ExampleSchema_Root() {
	type Fish struct {
		Name  string `json:"name"`
		Color Color  `json:"color"`
	}
	root := schema.For[Fish]().Root()
	for _, p := range root.Properties {
		fmt.Println(p.Name, p.Required, p.Node.Types.Has(schema.String), len(p.Node.Enum), p.Node.Aliases)
	}
	// Output:
	// name true true 0 []
	// color true true 2 [{crimson [34 114 101 100 34]}]
}

func ExampleSchema_JSON() {
	fmt.Println(string(schema.For[[]int]().JSON()))
	// Output:
	// {"items":{"type":"integer"},"type":"array"}
}
