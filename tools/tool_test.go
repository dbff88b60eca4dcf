package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

func TestSpec(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"clock", `{"properties":{},"additionalProperties":false,"type":"object"}`},
		{"text", `{"properties":{"input":{"type":"string"}},"additionalProperties":false,"type":"object","required":["input"]}`},
		{"words", `{"properties":{"input":{"items":{"type":"string"},"type":"array"}},"additionalProperties":false,"type":"object","required":["input"]}`},
		{"counts", `{"additionalProperties":{"type":"integer"},"type":"object"}`},
		{"tree", `{"properties":{"v":{"type":"string"},"kids":{"items":{"$ref":"#"},"type":"array"}},"additionalProperties":false,"type":"object","required":["v"]}`},
		{"span", `{"properties":{"from":{"type":"integer"},"to":{"type":"integer"}},"additionalProperties":false,"type":"object","required":["from","to"]}`},
	} {
		for _, s := range testTools.Specs() {
			if s.Name == tt.name && string(s.Schema) != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, s.Schema, tt.want)
			}
		}
	}
	first, err := json.Marshal(testTools.Specs())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		again, err := json.Marshal(testTools.Specs())
		if err != nil || !bytes.Equal(again, first) {
			t.Fatalf("%s, then %s, %v", first, again, err)
		}
	}
	for i, s := range testTools.Specs() {
		if s.Name != testTools[i].Spec().Name || s.Strict || s.Kind != "" {
			t.Errorf("tool %d: %+v", i, s)
		}
	}
	if err := testTools.Check(); err != nil {
		t.Error(err)
	}
}

func TestNewPanics(t *testing.T) {
	none := func(context.Context, struct{}) (string, error) { return "", nil }
	for _, tt := range []struct {
		what string
		make func()
		want string
	}{
		{"no name", func() { tools.New("", "Does.", none) }, "tools: New(\"\"): the name must be"},
		{"space", func() { tools.New("a b", "Does.", none) }, "tools: New(\"a b\"): the name must be"},
		{"dot", func() { tools.New("a.b", "Does.", none) }, "the name must be"},
		{"letter", func() { tools.New("é", "Does.", none) }, "the name must be"},
		{"bracket", func() { tools.New("a[", "Does.", none) }, "the name must be"},
		{"at", func() { tools.New("a@", "Does.", none) }, "the name must be"},
		{"long", func() { tools.New(strings.Repeat("a", 65), "Does.", none) }, "the name must be"},
		{"no description", func() { tools.New("a", "", none) }, "there is no description"},
		{"blank description", func() { tools.New("a", " \n", none) }, "there is no description"},
		{"no function", func() { tools.New[int, int]("a", "Does.", nil) }, "the function is nil"},
		{"no schema", func() { tools.New("a", "Does.", echo[chan int]) }, ""},
		{"no tool to wrap", func() { tools.With(nil, tools.Policy{}) }, "With: the tool is nil"},
		{"no tool to call", func() { tools.Func[int, int](nil) }, "Func: the tool is nil"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			defer func() {
				v := recover()
				if text, _ := v.(string); v == nil || !strings.Contains(text, tt.want) {
					t.Errorf("panic is %v, want %q", v, tt.want)
				}
			}()
			tt.make()
		})
	}
	for _, name := range []string{"a", "Z", "get_weather-2", "_", "0", strings.Repeat("a", 64)} {
		if got := tools.New(name, "Does.", none).Spec().Name; got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
}

// What results are made of.
type (
	mood    string
	shout   string
	blob    []byte
	number  struct{ N float64 }
	ring    struct{ Next *ring }
	celsius struct{ Degrees int }
)

func (celsius) String() string               { return "never" }
func (s shout) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(s))), nil }

type pointer *pointer // to another

type pointed struct{ n int }

func (*pointed) MarshalJSON() ([]byte, error) { return []byte(`"by pointer"`), nil }

func tool[T any](out T) tools.Tool {
	return tools.New("f", "Returns a value.", func(context.Context, struct{}) (T, error) { return out, nil })
}

func TestResults(t *testing.T) {
	text := "hi"
	image := llm.Blob{MIMEType: "image/png", Data: []byte{1, 2}}
	loop := new(ring)
	loop.Next = loop
	var tree *tree
	var noBlob *llm.Blob
	var itself any
	itself = &itself
	deepest := &text
	var around pointer
	around = &around
	const cannot = "error: the tool has run, but its result cannot be shown: "
	for _, tt := range []struct {
		name string
		tool tools.Tool
		want llm.Parts
	}{
		{"text", tool("<a> & \x00"), llm.Parts{llm.Text("<a> & \x00")}},
		{"empty text", tool(""), llm.Parts{llm.Text("")}},
		{"llm.Text", tool(llm.Text("hi")), llm.Parts{llm.Text("hi")}},
		{"kind of text", tool(mood("sunny")), llm.Parts{llm.Text("sunny")}},
		{"text that encodes itself", tool(shout("hi")), llm.Parts{llm.Text(`"HI"`)}},
		{"pointer to text", tool(&text), llm.Parts{llm.Text("hi")}},
		{"pointer to pointer", tool(&deepest), llm.Parts{llm.Text("hi")}},
		{"bytes", tool([]byte("hi ±")), llm.Parts{llm.Text("hi ±")}},
		{"no bytes", tool([]byte(nil)), llm.Parts{llm.Text("")}},
		{"kind of bytes", tool(blob("hi")), llm.Parts{llm.Text("hi")}},
		{"raw JSON", tool(json.RawMessage(`{"a": "<b>"}`)), llm.Parts{llm.Text(`{"a": "<b>"}`)}},
		{"image", tool(image), llm.Parts{image}},
		{"pointer to image", tool(&image), llm.Parts{image}},
		{"no image", tool(noBlob), llm.Parts{llm.Text("null")}},
		{"part", tool[llm.Part](image), llm.Parts{image}},
		{"part of a pointer", tool[llm.Part](&image), llm.Parts{image}},
		{"no part", tool[llm.Part](nil), llm.Parts{llm.Text("null")}},
		{"parts", tool(llm.Parts{llm.Text("a"), image}), llm.Parts{llm.Text("a"), image}},
		{"slice of parts", tool([]llm.Part{image, llm.Text("a")}), llm.Parts{image, llm.Text("a")}},
		{"pointer to parts", tool(&llm.Parts{image}), llm.Parts{image}},
		{"no parts", tool(llm.Parts(nil)), nil},
		{"object", tool(place{City: "<Łódź> & co"}), llm.Parts{llm.Text(`{"city":"<Łódź> & co"}`)}},
		{"pointer to object", tool(&place{City: "a"}), llm.Parts{llm.Text(`{"city":"a"}`)}},
		{"nothing", tool(tree), llm.Parts{llm.Text("null")}},
		{"nil", tool[any](nil), llm.Parts{llm.Text("null")}},
		{"any", tool[any]("hi"), llm.Parts{llm.Text("hi")}},
		{"number", tool(1.5), llm.Parts{llm.Text("1.5")}},
		{"truth", tool(true), llm.Parts{llm.Text("true")}},
		{"list", tool([]string{"a"}), llm.Parts{llm.Text(`["a"]`)}},
		{"empty list", tool([]string(nil)), llm.Parts{llm.Text("null")}},
		{"map", tool(map[string]int{"b": 1, "a": 2}), llm.Parts{llm.Text(`{"a":2,"b":1}`)}},
		{"empty struct", tool(struct{}{}), llm.Parts{llm.Text("{}")}},
		{"stringer", tool(celsius{21}), llm.Parts{llm.Text(`{"Degrees":21}`)}},
		{"pointer to stringer", tool(&celsius{21}), llm.Parts{llm.Text(`{"Degrees":21}`)}},
		{"marshaler by pointer", tool(&pointed{1}), llm.Parts{llm.Text(`"by pointer"`)}},
		{"time", tool(time.Unix(0, 0).UTC()), llm.Parts{llm.Text(`"1970-01-01T00:00:00Z"`)}},

		{"no text", tool([]byte{0xff, 0xfe}), llm.Parts{llm.Text(cannot + "it is 2 bytes that are not text")}},
		{"NaN", tool(number{math.NaN()}), llm.Parts{llm.Text(cannot + "unsupported value: NaN")}},
		{"infinity", tool(math.Inf(1)), llm.Parts{llm.Text(cannot + "unsupported value: +Inf")}},
		{"cycle", tool(loop), llm.Parts{llm.Text(cannot + "unsupported value: encountered a cycle via *tools_test.ring")}},
		{"pointer to itself", tool(itself), llm.Parts{llm.Text(cannot + "unsupported value: encountered a cycle via *interface {}")}},
		{"pointers in a circle", tool(around), llm.Parts{llm.Text(cannot + "unsupported value: encountered a cycle via tools_test.pointer")}},
		{"channel", tool(make(chan int)), llm.Parts{llm.Text(cannot + "unsupported type: chan int")}},
		{"function", tool[any](func() {}), llm.Parts{llm.Text(cannot + "unsupported type: func()")}},
		{"reasoning", tool[llm.Part](llm.Reasoning{Text: "a"}), llm.Parts{llm.Text(cannot + "part 0 of it is a llm.Reasoning, neither text nor a blob")}},
		{"call", tool(llm.Parts{llm.Text("a"), llm.ToolCall{}}), llm.Parts{llm.Text(cannot + "part 1 of it is a llm.ToolCall, neither text nor a blob")}},
		{"nil among parts", tool(llm.Parts{nil}), llm.Parts{llm.Text(cannot + "part 0 of it is a <nil>, neither text nor a blob")}},
		{"pointer among parts", tool(llm.Parts{&image}), llm.Parts{llm.Text(cannot + "part 0 of it is a *llm.Blob, neither text nor a blob")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tools.Set{tt.tool}.Call(t.Context(), llm.ToolCall{ID: "1", Name: "f"})
			wantError := len(tt.want) > 0 && strings.HasPrefix(llm.Message{Parts: tt.want}.Text(), "error: ")
			if err != nil || r.IsError != wantError || !equalParts(t, r.Content, tt.want) {
				t.Errorf("%+v, %v, want %+v", r, err, tt.want)
			}
		})
	}
}

func equalParts(t *testing.T, a, b llm.Parts) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// A tool by Func is the function it was made of.
func TestFunc(t *testing.T) {
	there(t, place{City: "Oslo <3", Tags: []string{"a"}})
	there(t, "text")
	there(t, []string{"a", "b"})
	there(t, int64(12345678901))
	there(t, map[string]int{"a": 1})
	there(t, mood("sunny"))
	there(t, tree{V: "a", Kids: []tree{{V: "b"}}})
	there(t, json.RawMessage(`{"a":1}`))

	image := llm.Blob{MIMEType: "image/png", Data: []byte{1}}
	if out, err := tools.Func[struct{}, llm.Blob](tool(image))(t.Context(), struct{}{}); err != nil || !bytes.Equal(out.Data, image.Data) {
		t.Error(out, err)
	}
	if out, err := tools.Func[struct{}, llm.Parts](tool(image))(t.Context(), struct{}{}); err != nil || len(out) != 1 {
		t.Error(out, err)
	}
	if out, err := tools.Func[struct{}, []byte](tool("hi"))(t.Context(), struct{}{}); err != nil || string(out) != "hi" {
		t.Error(out, err)
	}
	if out, err := tools.Func[struct{}, llm.Text](tool("hi"))(t.Context(), struct{}{}); err != nil || out != "hi" {
		t.Error(out, err)
	}

	for _, tt := range []struct {
		run  func() error
		want string
	}{
		{func() error {
			_, err := tools.Func[struct{}, llm.Blob](tool("hi"))(t.Context(), struct{}{})
			return err
		}, "result of the tool f: it is not one blob"},
		{func() error { _, err := tools.Func[struct{}, int](tool("hi"))(t.Context(), struct{}{}); return err }, "result of the tool f: gate: invalid syntax at offset 0"},
		{func() error {
			_, err := tools.Func[number, string](testTools[0])(t.Context(), number{math.NaN()})
			return err
		}, "arguments of the tool place: json: unsupported value: NaN"},
		{func() error { _, err := tools.Func[span, span](testTools[5])(t.Context(), span{2, 1}); return err }, "the arguments cannot be used: from is 2 and to is 1: want from to be the lesser\nCall the tool again with all of its arguments, corrected."},
	} {
		if err := tt.run(); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	broken := errors.New("broken")
	failing := tools.New("f", "Fails.", func(context.Context, int) (int, error) { return 0, broken })
	if _, err := tools.Func[int, int](failing)(t.Context(), 1); err != broken {
		t.Error(err)
	}
}

// there holds that a value comes back from a tool as it went in.
func there[T any](t *testing.T, v T) {
	t.Helper()
	out, err := tools.Func[T, T](tools.New("echo", "Returns what it gets.", echo[T]))(t.Context(), v)
	got, _ := json.Marshal(out)
	want, _ := json.Marshal(v)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// Arguments that are not of the schema of a pointer never come as nil.
func TestPointerInput(t *testing.T) {
	f := tools.New("f", "Takes a pointer.", func(_ context.Context, o *options) (bool, error) { return o.Verbose, nil })
	set := tools.Set{tools.With(f, tools.Policy{Effect: tools.Reads})}
	for _, args := range []string{"", "null", "{}"} {
		r, err := set.Call(t.Context(), llm.ToolCall{Name: "f", Args: args})
		if err != nil || r.Content[0] != llm.Part(llm.Text("false")) {
			t.Errorf("%q: %v, %v", args, r, err)
		}
	}
}

// The method Validate is asked of a value and of a pointer alike.
func TestValueInput(t *testing.T) {
	f := tools.New("f", "Takes a value.", func(_ context.Context, s span) (int, error) { return s.To, nil })
	if _, err := f.Call(t.Context(), json.RawMessage(`{"from":2,"to":1}`)); err == nil || !strings.Contains(err.Error(), "want from to be the lesser") {
		t.Error(err)
	}
}

// Outside of a Set nothing is repaired, as no Policy allows it.
func TestNoRepairOutside(t *testing.T) {
	f := tools.With(testTools[0], tools.Policy{Effect: tools.Reads})
	if _, err := f.Call(tools.WithCallID(t.Context(), "run/1"), json.RawMessage(`{city:"Oslo"}`)); err == nil {
		t.Error("it was repaired")
	}
}
