package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	invopop "github.com/invopop/jsonschema"
)

// roundTrip holds that random values of T, encoded, are valid and decode to
// what encodes the same.
func roundTrip[T any](t *testing.T, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	s := For[T]()
	for range n {
		var v, back T
		fill(r, reflect.ValueOf(&v).Elem(), 6)
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Decode(data, &back); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%s became %s, %v", data, again, err)
		}
		second, err := s.second()
		if err != nil {
			t.Fatal(err)
		}
		var plain any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&plain); err != nil {
			t.Fatal(err)
		}
		if err := second.compiled.Validate(plain); err != nil {
			t.Fatalf("%s: the library says %v", data, err)
		}
	}
}

func TestForRoundTrip(t *testing.T) {
	roundTrip[everything](t, 300)
	roundTrip[[]shape](t, 200)
	roundTrip[map[tone]level](t, 50)
	roundTrip[pair[[]pair[int, bool], map[string]everything]](t, 50)
	roundTrip[string](t, 20)
	roundTrip[[]byte](t, 20)
	roundTrip[any](t, 20)
	roundTrip[struct{}](t, 1)
}

type (
	tree struct {
		Value int     `json:"value"`
		Kids  []*tree `json:"kids,omitempty"`
	}
	node[T any] struct {
		Value T        `json:"value"`
		Next  *node[T] `json:"next"`
	}
	tagged struct {
		A string   `json:"a" jsonschema:"description=one, two, and three,minLength=1"`
		B string   `json:"b" jsonschema:"pattern=^[a-z]{1,3}$,title=B" jsonschema_description:"x, \"y\" <z>"`
		C []string `json:"c" jsonschema:"enum=p,enum=q,minItems=1,uniqueItems=true"`
		D *int     `json:"d" jsonschema:"minimum=1,maximum=9,required"`
		E string   `json:"e" jsonschema:"nullable,format=email"`
		F float64  `json:"f,omitempty" jsonschema:"multipleOf=0.5,default=1.5,example=2"`
		G tone     `json:"g" jsonschema_extras:"x-aliases=mood,x-aliases=feeling"`
		H int      `json:"h" jsonschema_extras:"x-aliases=height"`
		I int      `json:"i" jsonschema:"-"`
		J even     `json:"j"`
	}
)

func TestForBytes(t *testing.T) {
	for _, test := range []struct {
		got  *Schema
		want string
	}{
		{For[int](), `{"type":"integer"}`},
		{For[*uint8](), `{"type":"integer","maximum":255,"minimum":0}`},
		{For[any](), `{}`},
		{For[struct{}](), `{"properties":{},"additionalProperties":false,"type":"object"}`},
		{For[tree](), `{"properties":{"value":{"type":"integer"},"kids":{"items":{"$ref":"#"},"type":"array"}},"additionalProperties":false,"type":"object","required":["value"]}`},
		{For[[]tree](), `{"$defs":{"tree":{"properties":{"value":{"type":"integer"},"kids":{"items":{"$ref":"#/$defs/tree"},"type":"array"}},"additionalProperties":false,"type":"object","required":["value"]}},"items":{"$ref":"#/$defs/tree"},"type":"array"}`},
		{For[[]node[pair[tone, []int]]](), `{"$defs":{"node_pair_tone_int":{"properties":{"value":{"properties":{"first":{"type":"string","enum":["warm","cold"],"x-aliases":{"cold":["icy"],"warm":["hot","mild"]}},"second":{"items":{"type":"integer"},"type":"array"}},"additionalProperties":false,"type":"object","required":["first","second"]},"next":{"$ref":"#/$defs/node_pair_tone_int"}},"additionalProperties":false,"type":"object","required":["value"]}},"items":{"$ref":"#/$defs/node_pair_tone_int"},"type":"array"}`},
		{For[level](), `{"type":"integer","enum":[1,2,3],"x-aliases":{"1":["low"]}}`},
		{For[shape](), `{"anyOf":[{"properties":{"circle":{"properties":{"radius":{"type":"number","exclusiveMinimum":0}},"additionalProperties":false,"type":"object","required":["radius"]}},"additionalProperties":false,"type":"object","required":["circle"]},{"properties":{"label":{"type":"string"}},"additionalProperties":false,"type":"object","required":["label"]},{"properties":{"Group":{"items":{"$ref":"#"},"type":"array"}},"additionalProperties":false,"type":"object","required":["Group"]}]}`},
		{For[tagged](), `{"properties":{"a":{"type":"string","minLength":1,"description":"one, two, and three"},` +
			`"b":{"type":"string","pattern":"^[a-z]{1,3}$","title":"B","description":"x, \"y\" <z>"},` +
			`"c":{"items":{"type":"string","enum":["p","q"]},"type":"array","minItems":1,"uniqueItems":true},` +
			`"d":{"type":"integer","maximum":9,"minimum":1},` +
			`"e":{"anyOf":[{"type":"string","format":"email"},{"type":"null"}]},` +
			`"f":{"type":"number","multipleOf":0.5,"default":1.5,"examples":[2]},` +
			`"g":{"type":"string","enum":["warm","cold"],"x-aliases":{"":["mood","feeling"],"cold":["icy"],"warm":["hot","mild"]}},` +
			`"h":{"type":"integer","x-aliases":"height"},` +
			`"j":{"type":"integer","multipleOf":2,"description":"an even number"}},` +
			`"additionalProperties":false,"type":"object","required":["a","b","c","d","e","g","h","j"]}`},
	} {
		if got := string(test.got.JSON()); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	if first, second := For[tree](), For[tree](); first != second {
		t.Error("a type has two schemas")
	}
}

// TestForSameBytes holds that another run gives the same bytes.
func TestForSameBytes(t *testing.T) {
	if os.Getenv("SCHEMA_PRINT") != "" {
		fmt.Printf("<%s>\n", ofType(reflect.TypeFor[everything]()))
		return
	}
	want := fmt.Sprintf("<%s>", For[everything]())
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestForSameBytes$", "-test.v")
		cmd.Env = append(os.Environ(), "SCHEMA_PRINT=1")
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%v: %s\nwant %s", err, out, want)
		}
	}
}

func TestForPanics(t *testing.T) {
	type inner struct{ C []map[string]chan int }
	type hidden struct{ A int }
	for want, f := range map[string]func(){
		"For[schema.inner]: schema.inner.C.[].[key]: JSON has nothing for the type chan int": func() { For[inner]() },
		"JSON has nothing for the type func()":                                               func() { For[func()]() },
		"JSON has nothing for the type complex128":                                           func() { For[struct{ X complex128 }]() },
		"JSON has no names for keys of the type bool":                                        func() { For[map[bool]int]() },
		"A: a field of a union must be a pointer":                                            func() { For[badUnion]() },
		"encoding/json cannot make the embedded pointer *schema.hidden":                      func() { For[struct{ *hidden }]() },
		"differs from another only in case":                                                  func() { For[struct{ A, B int }](); For[twins]() },
		"/properties/A/pattern: is a pattern that cannot be used": func() {
			For[struct {
				A string `jsonschema:"pattern=("`
			}]()
		},
		"context.Context": func() { For[struct{ C func(context.Context) }]() },
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) || !strings.HasPrefix(got, "schema: For[") {
					t.Errorf("panic %q", got)
				}
			}()
			f()
		})
	}
}

type badUnion struct{ A int }

func (badUnion) OneOf() {}

type twins struct {
	A int `json:"a"`
	B int `json:"A"`
}

// TestForStricter holds that what JSON Schema would take, but the Go type does
// not, is a finding.
func TestForStricter(t *testing.T) {
	for data, want := range map[string]string{
		`{"id":1.0}`:                                       "/id: is the number 1.0, want an integer of 64 bits, without fraction and exponent",
		`{"id":1e2}`:                                       "/id: is the number 1e2, want an integer of 64 bits, without fraction and exponent",
		`{"id":9223372036854775808}`:                       "/id: is the number 9223372036854775808, want an integer of 64 bits",
		`{"id":1,"small":128}`:                             "/small: is the number 128, want a number of at least -128 and of at most 127",
		`{"id":1,"float":1e39}`:                            "/float: is the number 1e39, want a number of 32 bits",
		`{"id":1,"double":1e400}`:                          "/double: is the number 1e400, want a number of 64 bits",
		`{"id":1,"n":"%"}`:                                 `/n: is the string "%", want a string in base64`,
		`{"id":1,"numbers":{"01":true}}`:                   `/numbers/01: has a name that is the string "01"`,
		`{"id":1,"numbers":{"40000":true}}`:                `/numbers/40000: has a name that is the string "40000", want what the Go type int16 can read`,
		`{"id":1,"Hosts":{"x":"y"}}`:                       `/Hosts/x: has a name that is the string "x", want what the Go type netip.Addr can read`,
		`{"id":1,"at":"2020-01-01"}`:                       `/at: is the string "2020-01-01", want a date and time`,
		`{"id":1,"addr":"nowhere"}`:                        `/addr: is the string "nowhere", want what the Go type netip.Addr can read`,
		`{"id":1,"quoted":"x"}`:                            `/quoted: is the string "x"`,
		`{"id":1,"quoted":7}`:                              "/quoted: is the number 7, want a string",
		`{"id":1,"quoteds":"x"}`:                           `/quoteds: is the string "x", want a string in quotes`,
		`{"id":1,"even":3}`:                                "/even: is the number 3, want ",
		`{"id":1,"ID":2}`:                                  "",
		`{"id":1,"Shadowed":2}`:                            "/Shadowed: is not a known property",
		`{"id":1,"Secret":"x"}`:                            "/Secret: is not a known property",
		`{"id":1,"shut":1}`:                                "/shut: is not a known property",
		`{"id":null}`:                                      "/id: is null, want an integer",
		`{"id":1,"u":{}}`:                                  `/u: fits none of the alternatives, want an object with "circle", "label" or "Group"`,
		`{"id":1,"u":{"label":"x","circle":{"radius":1}}}`: "/u/label: is there besides another kind, want only one of them",
		`{"id":1,"u":{"label":null}}`:                      "/u/label: is null, want a string",
		`{"id":1,"tones":["warm","blue"]}`:                 `/tones/1: is the string "blue", want one of "warm", "cold"`,
		`{"id":1,"next":{"next":{"id":"x"}}}`:              `/next/next/id: is the string "x", want an integer`,
		`{"id":1,"grid":[[1,2,3]]}`:                        "/grid: has 1 item, want exactly 2 items",
	} {
		data = strings.Replace(data, "{", `{"tags":[],"counts":{},"Hosts":{},`, 1)
		data = strings.Replace(data, `"Hosts":{},"id":1,"Hosts"`, `"id":1,"Hosts"`, 1)
		err := For[everything]().Validate([]byte(data))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
}

// TestForNull holds that null stands for what is absent, where it decodes so.
func TestForNull(t *testing.T) {
	var v everything
	err := For[everything]().Decode([]byte(`{"id":1,"tags":null,"counts":null,"Hosts":null,"pointer":null,"text":null,"tone":null,"at":null,"next":null,"u":null,"grid":null}`), &v)
	if err != nil || !reflect.DeepEqual(v, everything{ID: 1}) {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestForLarge holds that a type that is written many times does not make the
// schema grow with each level.
func TestForLarge(t *testing.T) {
	type (
		a struct{ A, B, C, D, E, F, G, H int }
		b struct{ A, B, C, D, E, F, G, H a }
		c struct{ A, B, C, D, E, F, G, H b }
		d struct{ A, B, C, D, E, F, G, H c }
		e struct{ A, B, C, D, E, F, G, H d }
	)
	s := For[e]()
	if n := len(s.JSON()); n > 30_000 {
		t.Errorf("%d bytes", n)
	}
	data, err := json.Marshal(e{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Decode(data, new(e)); err != nil {
		t.Error(err)
	}
}

type (
	grouped struct {
		A *int   `json:"a" jsonschema:"oneof_required=first"`
		B *int   `json:"b" jsonschema:"oneof_required=second"`
		C string `json:"c,omitempty"`
	}
	holder struct { // has the method of shape, and is no union for that
		shape
		Extra int `json:"extra"`
	}
	extended struct {
		A int `json:"a"`
	}
)

func (extended) JSONSchemaExtend(s *invopop.Schema) { s.Description = "more" }

func TestForMore(t *testing.T) {
	for _, test := range []struct {
		schema         *Schema
		valid, invalid string
	}{
		{For[grouped](), `{"a":1,"c":"x"}`, `{"a":1,"b":1}`},
		{For[grouped](), `{"b":1}`, `{"c":"x"}`},
		{For[holder](), `{"extra":1,"label":"x","circle":{"radius":1}}`, `{"label":"x"}`},
		{For[extended](), `{"a":1}`, `{}`},
		{For[struct{ S fmt.Stringer }](), `{"S":null}`, `{"S":{}}`},
		{For[struct{ P **int }](), `{"P":null}`, `{"P":"x"}`},
	} {
		if err := test.schema.Validate([]byte(test.valid)); err != nil {
			t.Errorf("%s: %s: %v", test.schema, test.valid, err)
		}
		if err := test.schema.Validate([]byte(test.invalid)); err == nil {
			t.Errorf("%s: %s is valid", test.schema, test.invalid)
		}
	}
	if got := string(For[extended]().JSON()); !strings.Contains(got, `"description":"more"`) {
		t.Error(got)
	}
}
