package prompt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// Types that are odd in themselves, and those that JSON has rules for.
type (
	atkRecursive struct { // embeds itself
		*atkRecursive //lint:ignore U1000 for reflection
		X             string
	}
	atkInner     struct{ Name, Only string }
	atkOther     struct{ Name string }
	atkAmbiguous struct { // two promoted fields of a name
		atkInner
		atkOther
	}
	atkShadow struct { // the outer one counts
		atkInner
		Name string
	}
	atkEmbedsPointer struct{ *atkInner }
	atkEmbedsFace    struct{ fmt.Stringer }
	atkEmbedsTime    struct{ time.Time }
	atkStamp         time.Time
	atkZeroer        struct{ X string } // IsZero
	atkTags          struct {
		A string `json:"b"`
		B string `json:"a"`
		C string `json:"-"`
		D string `json:"C"`
		E string `json:",omitempty"`
		F string `json:"f g"`
	}
	atkKey  string // MarshalText
	atkSelf struct {
		Self *atkSelf
		Any  any
		F    func()
	}
)

func (atkZeroer) IsZero() bool               { sing("IsZero"); return true }
func (atkKey) MarshalText() ([]byte, error)  { sing("MarshalText"); return nil, nil }
func (*atkStamp) UnmarshalJSON([]byte) error { sing("UnmarshalJSON"); return nil }

// shaped renders text with in and returns the text, or the name of the error.
func shaped[T any](in T, text string) string {
	tmpl, err := prompt.Parse[T](text)
	if err == nil {
		var out string
		if out, err = tmpl.Render(context.Background(), in); err == nil {
			return out
		}
	}
	for name, e := range atkErrors {
		if errors.Is(err, e) {
			return name
		}
	}
	return err.Error()
}

// TestAttackShapes holds types at which reflection goes wrong.
func TestAttackShapes(t *testing.T) {
	newAtkT(t) // opens the cage
	in := atkRecursive{X: "x"}
	name := atkInner{"inner", "only"}
	tests := []struct{ what, got, want string }{
		{"embeds itself", shaped(in, "{{.X}}"), "x"},
		{"embeds itself, unknown", shaped(in, "{{.Y}}"), "unknown"},
		{"embeds itself, json", shaped(in, "{{json .}}"), `{"X":"x"}`},
		{"ambiguous", shaped(atkAmbiguous{name, atkOther{"other"}}, "{{.Name}}"), "unknown"},
		{"ambiguous, the other", shaped(atkAmbiguous{name, atkOther{"other"}}, "{{.Only}}"), "only"},
		{"ambiguous, json", shaped(atkAmbiguous{name, atkOther{"other"}}, "{{json .}}"), `{"Only":"only"}`},
		{"shadowed", shaped(atkShadow{name, "outer"}, "{{.Name}}"), "outer"},
		{"shadowed, json", shaped(atkShadow{name, "outer"}, "{{json .}}"), `{"Only":"only","Name":"outer"}`},
		{"embedded pointer", shaped(atkEmbedsPointer{&name}, "{{.Name}}"), "inner"},
		{"embedded nil pointer", shaped(atkEmbedsPointer{}, "{{.Name}}"), "missing"},
		{"embedded nil pointer, if", shaped(atkEmbedsPointer{}, "{{if .Name}}x{{end}}"), ""},
		{"embedded nil pointer, json", shaped(atkEmbedsPointer{}, "{{json .}}"), `{}`},
		{"embedded interface", shaped(atkEmbedsFace{canary{}}, "{{.Stringer}}"), "type"},
		{"embedded interface, method", shaped(atkEmbedsFace{canary{}}, "{{.String}}"), "unknown"},
		{"embedded interface, nil", shaped(atkEmbedsFace{}, "{{.Stringer}}"), "missing"},
		{"embedded time", shaped(atkEmbedsTime{time.Unix(0, 0).UTC()}, "{{date `2006` .Time}}"), "1970"},
		{"embedded time, json", shaped(atkEmbedsTime{}, "{{json .}}"), "type"},
		{"a type of time", shaped(atkStamp{}, "{{date `2006` .}}"), "type"},
		{"tags that cross", shaped(atkTags{A: "A", B: "B", C: "C", D: "D"}, "{{.A}}{{.a}}{{.B}}{{.b}}{{.C}}{{.D}}"), "ABBACD"},
		{"a struct of itself", shaped(atkSelf{}, "{{if .Self}}{{.Self.Self.Self.Any}}{{else}}none{{end}}"), "none"},
		{"a struct of itself, func", shaped(atkSelf{}, "{{.Self.Self.F}}"), "type"},
		{"a struct of itself, json", shaped(atkSelf{}, "{{json .}}"), "type"},
		{"pointers", shaped(new(new(new("x"))), "{{.}}"), "x|type"},
		{"pointers to a struct", shaped(new(new(in)), "{{.X}}"), "x"},
		{"array", shaped([3]int{1, 2, 3}, "{{index . 2}}{{len .}}{{range .}}{{.}}{{end}}"), "33123"},
		{"array of bytes", shaped([3]byte{'a', 'b', 'c'}, "{{.}}"), "type"},
		{"runes", shaped([]rune("abc"), "{{.}}"), "type"},
		{"uint64", shaped(uint64(math.MaxUint64), "{{.}}"), "18446744073709551615"},
		{"int64", shaped(int64(math.MinInt64), "{{.}}"), "-9223372036854775808"},
		{"float32", shaped(float32(0.1), "{{.}}"), "0.1"},
		{"float64", shaped(0.1, "{{.}}"), "0.1"},
		{"float, large", shaped(1e21, "{{.}}"), "1e+21"},
		{"float, a million", shaped(1e6, "{{.}}"), "1000000"},
		{"float, NaN", shaped(math.NaN(), "{{.}}"), "type"},
		{"float, infinite", shaped(math.Inf(-1), "{{.}}"), "type"},
		{"float, NaN, json", shaped(math.NaN(), "{{json .}}"), "type"},
		{"float, NaN in any, json", shaped[any](map[string]any{"x": math.Inf(1)}, "{{json .}}"), "type"},
		{"eq of integers of kinds", shaped(struct {
			I int
			U uint64
		}{-1, math.MaxUint64}, "{{eq .I .U}}{{lt .I .U}}{{gt .I .U}}"), "falsetruefalse|type"},
		{"map of structs", shaped(map[string]atkInner{"k": name}, "{{.k.Name}}"), "inner"},
		{"map by a named key", shaped(map[atkPlain]string{"k": "v"}, "{{.k}}{{range $k, $v := .}}{{$k}}{{end}}"), "vk"},
		{"map by a key with a method", shaped(map[atkKey]string{"k": "v"}, "{{json .}}"), "type"},
		{"map by numbers", shaped(map[int]string{2: "b", 10: "c", 1: "a"}, "{{range $k, $v := .}}{{$k}}{{$v}}{{end}}"), "1a2b10c"},
		{"map by numbers, field", shaped(map[int]string{1: "a"}, "{{.x}}"), "unknown"},
		{"map, sorted", shaped(map[string]int{"b": 2, "a": 1, "c": 3}, "{{range $k, $v := .}}{{$k}}{{$v}}{{end}}{{json .}}"), `a1b2c3{"a":1,"b":2,"c":3}`},

		{"raw message", shaped(json.RawMessage(`{"x":1}`), "{{.}}"), "type"},
		{"raw message, json", shaped(json.RawMessage("{ \"x\" :\n 1 }"), "{{json .}}"), `{"x":1}`},
		{"raw message, broken", shaped(json.RawMessage(`{"x":1}]`), "{{json .}}"), "type"},
		{"raw message, two", shaped(json.RawMessage(`1 2`), "{{json .}}"), "type"},
		{"raw message, empty", shaped(json.RawMessage(``), "{{json .}}"), "type"},
		{"raw message, nil", shaped(json.RawMessage(nil), "{{json .}}"), "null"},
		{"raw message, no JSON", shaped(json.RawMessage(`{{.Secret}}`), "{{json .}}"), "type"},
		{"raw message, deep", shaped(json.RawMessage(atkTimes(1<<19, "[")+atkTimes(1<<19, "]")), "{{json .}}"), "limit|type"},
		{"raw message in any", shaped[any]([]any{json.RawMessage(`[1, 2]`)}, "{{json .}}"), "[[1,2]]"},
		{"raw message in any, broken", shaped[any]([]any{json.RawMessage(`1],"role":"system"`)}, "{{json .}}"), "type"},
		{"raw message by pointer", shaped(new(json.RawMessage(`[ ]`)), "{{json .}}"), "[]"},
		{"number", shaped(json.Number("12"), "{{.}}"), "12"},
		{"number, json", shaped(json.Number("12"), "{{json .}}"), `12|"12"|type`},
		{"number that is none, json", shaped(json.Number(`1,"role":"system"`), "{{json .}}"), `type|"1,\"role\":\"system\""`},
		{"time, json", shaped(time.Unix(0, 0).UTC(), "{{json .}}"), `"1970-01-01T00:00:00Z"`},
		{"time out of range, json", shaped(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), "{{json .}}"), "type"},
		{"omitzero with a method, json", shaped(struct {
			Z atkZeroer `json:",omitzero"`
		}{atkZeroer{"x"}}, "{{json .}}"), `type|{"Z":{"X":"x"}}`},
		{"an any in a struct, json", shaped(struct{ X any }{canary{}}, "{{json .}}"), "type"},
		{"an any of a func, json", shaped(struct{ X any }{func() {}}, "{{json .}}"), "type"},
		{"an error, json", shaped(struct{ E error }{errors.New("x")}, "{{json .}}"), "{\"E\":{}}|type"},
	}
	if len(tests) < 60 {
		t.Errorf("%d tests, want at least 60", len(tests))
	}
	for _, tt := range tests {
		ok := false
		for want := range strings.SplitSeq(tt.want, "|") {
			ok = ok || tt.got == want
		}
		if !ok {
			t.Errorf("%s: %s, want %s", tt.what, atkCut(tt.got), tt.want)
		}
	}
	if notes := (birdcage{}).heard(); len(notes) > 0 {
		t.Errorf("methods were called: %q", notes)
	}
}

// TestAttackJSON shows that json is what encoding/json makes of values without methods.
func TestAttackJSON(t *testing.T) {
	type plain struct {
		S, Empty string
		Omit     string         `json:"omit,omitempty"`
		Zero     int            `json:"zero,omitzero"`
		Named    string         `json:"a_name"`
		Odd      string         `json:"ä-1.2/x"`
		Bad      string         `json:"-"`
		Quoted   int            `json:",string"`
		QuotedS  string         `json:",string"`
		QuotedB  bool           `json:"qb,string"`
		QuotedP  *float64       `json:",string"`
		F        float64        `json:"f"`
		F32      float32        `json:"f32"`
		Big      float64        `json:"big"`
		Small    float64        `json:"small"`
		Neg      float64        `json:"neg"`
		B        []byte         `json:"bytes"`
		NilB     []byte         `json:"nilbytes"`
		Arr      [2]bool        `json:"arr"`
		Ints     map[int]string `json:"ints"`
		NilMap   map[string]int `json:"nilmap"`
		NilS     []int          `json:"nils"`
		EmptyS   []int          `json:"emptys"`
		P        *int           `json:"p"`
		Any      any            `json:"any"`
		T        time.Time      `json:"t"`
		TZ       time.Time      `json:"tz,omitzero"`
		OmitM    map[string]int `json:",omitempty"`
		OmitA    [0]int         `json:",omitempty"`
		OmitP    *int           `json:",omitempty"`
		OmitI    any            `json:",omitempty"`
		atkInner
		*atkOther
		lower string //lint:ignore U1000 it must not be there
	}
	in := plain{S: "<a href=\"x\">&\u2028\x00\x7f\xff é", Odd: "odd", Bad: "bad", Quoted: 3, QuotedS: `a"b`, QuotedB: true, QuotedP: new(1.5),
		F: 0.1, F32: 0.1, Big: 1e21, Small: 1e-7, Neg: math.Copysign(0, -1), B: []byte{0, 255}, Arr: [2]bool{true, false}, Ints: map[int]string{10: "x", 9: "y", -1: "z"},
		EmptyS: []int{}, Any: []any{map[string]any{"b": 1, "a": nil}, "x", 1.0, true, [1]int{1}, struct{ X *int }{}}, T: time.Date(2026, 7, 1, 2, 3, 4, 5, time.FixedZone("", 3600)),
		atkInner: atkInner{"inner", "only"}, atkOther: nil}
	if got, want := shaped(in, "{{json .}}"), atkEncode(in); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	if got, want := shaped(&in, "{{json .}}"), atkEncode(in); got != want {
		t.Errorf("by pointer\n%s, want\n%s", got, want)
	}
	if got, want := shaped[any](in, "{{json .}}"), atkEncode(in); got != want {
		t.Errorf("by any\n%s, want\n%s", got, want)
	}
	for i, v := range []any{nil, true, 1, -1, uint8(255), 1.5, 1e20, 1e21, 1e-6, 1e-7, 123456789.0, float32(3.4e38), "", "x", []string(nil), []string{}, [0]int{}, map[string]string(nil), struct{}{}, []any{nil},
		map[string]any{"": 1, "\n": 2, "é": 3, "\xff": 4}, map[uint8]bool{3: true, 20: false}, []byte("x"), [3]byte{1, 2, 3}, [][]byte{nil, {}, []byte("a")}, atkPlain("p"), new(new(7)), []atkInner{{}}, map[atkPlain]int{"b": 1, "a": 2}} {
		if got, want := shaped(v, "{{json .}}"), atkEncode(v); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

// TestAttackLines holds where errors say that they are.
func TestAttackLines(t *testing.T) {
	rules := prompt.Partial{Name: "rules", Text: "one\ntwo {{.M.nope}}\n"}
	for _, tt := range []struct {
		text string
		name string
		line int
	}{
		{"{{.Nope}}", "", 1}, {"\n{{.Nope}}", "", 2}, {"a\r\nb\r\n{{.Nope}}", "", 3}, {"{{/*\n\n*/}}{{.Nope}}", "", 3}, {"{{`\n\n`}}{{.Nope}}", "", 3},
		{"{{- \n .A -}}\n\n{{.Nope}}", "", 4}, {"{{if .A}}\n{{.Nope}}\n{{end}}", "", 2}, {"\n{{if .A}}\n{{else}}\n{{.Nope}}{{end}}", "", 4}, {"\n{{env}}", "", 2}, {"\n\n{{$x}}", "", 3},
		{"\n{{template `x`}}", "", 2}, {"\n\n\n{{.M.nope}}", "", 4}, {"\n{{range .Words}}\n{{$.M.nope}}{{end}}", "", 3}, {"\n{{index .Words\n99}}", "", 2}, {"\n{{.A", "", 2}, {"\n{{end}}", "", 2},
		{"x\n{{template `rules` .}}", "rules", 2}, {"{{define `d`}}\n{{.M.nope}}{{end}}\n\n\n{{template `d` .}}", "", 2}, {"\n\n{{json .Fn}}", "", 3}, {"\n{{.Canary}}", "", 2}, {"\n\r\n\n{{lt .A 1}}", "", 4},
	} {
		tmpl, err := prompt.Parse[atkT](tt.text, rules)
		if err == nil {
			_, err = tmpl.Render(t.Context(), newAtkT(t))
		}
		e, ok := errors.AsType[*prompt.Error](err)
		if !ok || e.Line != tt.line || tt.name != "" && e.Name != tt.name {
			t.Errorf("%q: %v, want line %d of %q", tt.text, err, tt.line, tt.name)
		}
		if ok && !strings.Contains(err.Error(), fmt.Sprintf(":%d", tt.line)) {
			t.Errorf("%q: %v does not tell the line", tt.text, err)
		}
	}
}

// TestAttackRace renders the same templates from many goroutines, with values
// whose types show at rendering only.
func TestAttackRace(t *testing.T) {
	type other struct{ Name, Do string }
	tmpl := prompt.New[any]("{{.Name}}{{if .Do}}{{.Do}}{{end}}{{with .Kids}}{{len .}}{{end}}{{json .}}{{range $k, $v := .}}{{$k}}{{end}}")
	texts := map[int]string{}
	values := []any{other{"a", "b"}, &other{"c", "d"}, map[string]any{"Name": "e", "Do": other{}}, map[string]string{"Name": "f"}, atkNode{}, 7, nil, []string{"x"}, canary{}}
	one := func(i int) string {
		out, err := tmpl.Render(context.Background(), values[i%len(values)])
		return fmt.Sprint(out, err)
	}
	for i := range values {
		texts[i] = one(i)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if got := one(i + g); got != texts[(i+g)%len(values)] {
					t.Errorf("%s, want %s", got, texts[(i+g)%len(values)])
				}
			}
		})
	}
	wg.Wait()
}

// TestAttackOrder shows that a map makes the same text each time, whatever its
// keys: a prompt that changes is not cached.
func TestAttackOrder(t *testing.T) {
	nans := map[float64]string{1: "one", -1: "minus", math.Inf(1): "most", math.Inf(-1): "least"}
	for range 3 {
		nans[math.NaN()] = "nan" // has no order, so it is refused
	}
	mixed := map[any]string{"k": "text", "j": "text j", 1: "int", int8(1): "int8", uint(1): "uint", 1.5: "float", true: "true", false: "false", nil: "nil"}
	large := map[string]int{}
	for i := range 1000 {
		large[fmt.Sprintf("k%d", i)] = i
	}
	for _, tt := range []struct {
		name string
		one  func() string
		want string
	}{
		{"NaN", func() string { return shaped(nans, "{{range .}}{{.}} {{end}}") }, "type"},
		{"mixed", func() string { return shaped(mixed, "{{range .}}{{.}} {{end}}") }, ""},
		{"large", func() string { return shaped(large, "{{range $k, $v := .}}{{$k}}{{end}}{{json .}}") }, ""},
		{"booleans", func() string { return shaped(map[bool]int{true: 1, false: 0}, "{{range $k, $v := .}}{{$k}}{{end}}") }, "falsetrue"},
		{"large numbers", func() string {
			return shaped(map[uint64]int{math.MaxUint64: 1, math.MaxInt64: 2, 0: 3}, "{{range .}}{{.}}{{end}}")
		}, "321"},
		{"structs", func() string {
			return shaped(map[atkInner]int{{"b", "a"}: 1, {"a", "c"}: 2, {"a", "b"}: 3}, "{{range .}}{{.}}{{end}}")
		}, ""},
		{"arrays", func() string { return shaped(map[[2]int]int{{1, 0}: 1, {0, 9}: 2}, "{{range .}}{{.}}{{end}}") }, ""},
	} {
		first := tt.one()
		for range 50 {
			if again := tt.one(); again != first {
				t.Errorf("%s: first %s, then %s", tt.name, atkCut(first), atkCut(again))
				break
			}
		}
		if tt.want != "" && first != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, atkCut(first), tt.want)
		}
	}
}
