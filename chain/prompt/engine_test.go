package prompt_test

import (
	"errors"
	"math"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

// TestMapOrder holds that the keys of a map come in order, those of an interface type
// by their kinds first, and that keys without an order are refused.
func TestMapOrder(t *testing.T) {
	const text = "{{range $k, $v := .}}{{$k}} {{end}}"
	for name, tt := range map[string]struct {
		in   any
		want string
		err  error
	}{
		"texts":      {map[string]int{"b": 1, "a": 2, "B": 3, "": 4}, " B a b ", nil},
		"grades":     {map[grade]int{"b": 1, "a": 2}, "a b ", nil},
		"ints":       {map[int8]int{3: 1, -128: 2, 0: 3}, "-128 0 3 ", nil},
		"uints":      {map[uint64]int{math.MaxUint64: 1, 2: 2}, "2 18446744073709551615 ", nil},
		"floats":     {map[float64]int{2.5: 1, -1: 2, math.Copysign(0, -1): 3}, "-1 -0 2.5 ", nil},
		"bools":      {map[bool]int{true: 1, false: 2}, "false true ", nil},
		"any":        {map[any]int{"b": 1, 2: 2, "a": 3, true: 4, 1: 5, 0.5: 6}, "a b true 1 2 0.5 ", nil},
		"NaN":        {map[float64]int{math.NaN(): 1, 1: 2}, "", prompt.ErrType},
		"infinite":   {map[float64]int{math.Inf(1): 1}, "", prompt.ErrType},
		"nil":        {map[any]int{nil: 1}, "", prompt.ErrType},
		"structs":    {map[struct{ A int }]int{{1}: 1}, "", prompt.ErrType},
		"pointers":   {map[*int]int{new(1): 1}, "", prompt.ErrType},
		"any struct": {map[any]int{item0{1}: 1}, "", prompt.ErrType},
		"empty":      {map[string]int{}, "", nil},
		"nil map":    {map[string]int(nil), "", nil},
	} {
		for range 20 {
			got, err := prompt.New[any](text).Render(t.Context(), tt.in)
			if got != tt.want || !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
				t.Fatalf("%s: %q, %v, want %q, %v", name, got, err, tt.want, tt.err)
			}
		}
	}
}

type item0 struct{ A int }

// TestRoots renders values of all types that a template may have.
func TestRoots(t *testing.T) {
	check := func(got string, err error, want string) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	ctx := t.Context()
	got, err := prompt.New[string]("{{.}}").Render(ctx, "a")
	check(got, err, "a")
	got, err = prompt.New[*string]("{{.}}").Render(ctx, new("a"))
	check(got, err, "a")
	got, err = prompt.New[[]byte]("{{.}}").Render(ctx, []byte("a"))
	check(got, err, "a")
	got, err = prompt.New[float32]("{{.}}").Render(ctx, 0.1)
	check(got, err, "0.1")
	got, err = prompt.New[uint8]("{{.}}").Render(ctx, 200)
	check(got, err, "200")
	got, err = prompt.New[*person]("{{.Name}}").Render(ctx, &person{Name: "a"})
	check(got, err, "a")
	got, err = prompt.New[**person]("{{.Name}}").Render(ctx, new(&person{Name: "a"}))
	check(got, err, "a")
	got, err = prompt.New[[]person]("{{range .}}{{.Name}}{{end}}").Render(ctx, []person{{Name: "a"}, {Name: "b"}})
	check(got, err, "ab")
	got, err = prompt.New[[2]person]("{{range first 1 .}}{{.Name}}{{end}}").Render(ctx, [2]person{{Name: "a"}, {Name: "b"}})
	check(got, err, "a")
	got, err = prompt.New[map[string]person]("{{.x.Name}}").Render(ctx, map[string]person{"x": {Name: "a"}})
	check(got, err, "a")
	got, err = prompt.New[map[grade]any]("{{.x.name}}").Render(ctx, map[grade]any{"x": &person{Name: "a"}})
	check(got, err, "a")
	got, err = prompt.New[any]("{{.Name}}").Render(ctx, person{Name: "a"})
	check(got, err, "a")
	got, err = prompt.New[struct{ E error }]("{{if .E}}{{else}}none{{end}}").Render(ctx, struct{ E error }{})
	check(got, err, "none")
	for _, nothing := range []any{nil, (*person)(nil), (*string)(nil), map[string]any(nil)} {
		if got, err := prompt.New[any]("{{.Name}}").Render(ctx, nothing); got != "" || err == nil {
			t.Errorf("%T: %q, %v", nothing, got, err)
		}
	}
	if _, err := prompt.New[*person]("{{.Name}}").Render(ctx, nil); !errors.Is(err, prompt.ErrMissing) {
		t.Error(err)
	}
	if _, err := new(prompt.Template[string]).Render(ctx, "a"); !errors.Is(err, prompt.ErrSyntax) {
		t.Error(err)
	}
}

func TestNewPanics(t *testing.T) {
	defer func() {
		if e, ok := recover().(*prompt.Error); !ok || !errors.Is(e, prompt.ErrUnknown) {
			t.Errorf("%v", e)
		}
	}()
	prompt.New[person]("{{.Nmae}}")
	t.Error("no panic")
}

// TestPartialNames holds which names partials may have.
func TestPartialNames(t *testing.T) {
	for name, tt := range map[string]struct {
		text     string
		partials []prompt.Partial
		name     string
	}{
		"empty":   {"", []prompt.Partial{{Text: "x"}}, ""},
		"twice":   {"", []prompt.Partial{{"a", "x"}, {"b", "y"}, {"a", "x"}}, "a"},
		"defined": {"\n{{define \"a\"}}{{end}}", []prompt.Partial{{"a", "x"}}, "template"},
		"in two":  {"", []prompt.Partial{{"a", "x{{define \"c\"}}{{end}}"}, {"b", "y{{define \"c\"}}{{end}}"}}, "b"},
	} {
		_, err := prompt.Parse[string](tt.text, tt.partials...)
		e, ok := errors.AsType[*prompt.Error](err)
		if !ok || !errors.Is(err, prompt.ErrSyntax) || e.Name != tt.name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDynamic renders expressions of values whose types show at rendering.
func TestDynamic(t *testing.T) {
	in := map[string]any{
		"bools": map[bool]string{true: "yes"}, "ints": map[int8]string{-3: "minus"}, "uints": map[uint16]string{7: "seven"}, "grades": map[grade]string{"a": "A"},
		"anys": map[any]string{"a": "text", 1: "one", true: "true", 1.5: "half"}, "floats": map[float64]int{1: 1},
		"array": [3]int{1, 2, 3}, "data": []byte("bytes"), "uint": uint(2), "huge": uint64(math.MaxUint64), "minus": -1, "f": 2.0, "half": 0.5,
		"text": "text", "ptr": new("pointed"), "nilptr": (*string)(nil), "nil": nil, "nilmap": map[string]int(nil), "complex": 1i, "zero": 0.0, "func": func() {},
		"key": grade("a"),
	}
	for text, want := range map[string]any{
		"{{index .bools true}}":                       "yes",
		"{{index .bools (not true)}}":                 prompt.ErrMissing,
		"{{index .ints -3}}":                          "minus",
		"{{index .ints 1000}}":                        prompt.ErrMissing,
		"{{index .ints .huge}}":                       prompt.ErrMissing,
		"{{index .uints 7}}":                          "seven",
		"{{index .uints -7}}":                         prompt.ErrMissing,
		"{{index .uints .huge}}":                      prompt.ErrMissing,
		`{{index .grades "a"}}{{index .grades .key}}`: "AA",
		`{{index .anys "a"}} {{index .anys 1}} {{index .anys true}} {{index .anys 1.5}}`: "text one true half",
		"{{index .anys .key}}":                       prompt.ErrMissing, // of another type
		"{{index .anys .array}}":                     prompt.ErrType,
		"{{index .floats 1.0}}":                      prompt.ErrType,
		"{{index .nilmap \"a\"}}":                    prompt.ErrMissing,
		"{{index .text 0}}":                          prompt.ErrType,
		"{{index .array .nil}}":                      prompt.ErrMissing,
		"{{index .nil 0}}":                           prompt.ErrMissing,
		"{{index .array .uint}} {{index .array .f}}": "3 3",
		"{{index .array .half}}":                     prompt.ErrType,
		"{{index .array .huge}}":                     prompt.ErrMissing,
		`{{join "" (first 2 .array)}}{{join "" (last .huge .array)}}`: "12123",
		"{{first .minus .array}}":                                     prompt.ErrType,
		"{{first 1 .nil}}":                                            prompt.ErrMissing,
		"{{first 1 .nilptr}}":                                         prompt.ErrMissing,
		"{{first .nil .array}}":                                       prompt.ErrMissing,
		"{{upper .data}}{{upper .ptr}}":                               "BYTESPOINTED",
		"{{upper .nilptr}}":                                           prompt.ErrMissing,
		"{{upper .nil}}":                                              prompt.ErrMissing,
		"{{upper .func}}":                                             prompt.ErrType,
		"{{date .text .nil}}":                                         prompt.ErrMissing,
		"{{date .text .nilptr}}":                                      prompt.ErrMissing,
		"{{date .text .text}}":                                        prompt.ErrType,
		"{{len .nil}}":                                                prompt.ErrMissing,
		"{{len .ptr}} {{len .nilmap}}":                                "7 0",
		"{{len .complex}}":                                            prompt.ErrType,
		"{{.complex}}":                                                prompt.ErrType,
		"{{.func}}":                                                   prompt.ErrType,
		"{{if .complex}}c{{end}}{{if .zero}}z{{end}}{{if .func}}f{{end}}{{if .nilptr}}p{{end}}{{if .half}}h{{end}}": "cfh",
		"{{eq .uint 2}} {{eq .huge .minus}} {{lt .minus .huge}} {{eq .f 2}} {{lt .half 1}}":                         "true false true true true",
		"{{eq .uint .f}}": prompt.ErrType,
		"{{eq .nilptr nil}} {{eq .nilmap nil}} {{eq .text nil}} {{eq .nil nil}} {{eq .none nil}}": "true true false true true",
		"{{eq .array 1}}":          prompt.ErrType,
		"{{range .nil}}{{end}}":    prompt.ErrMissing,
		"{{range .nilptr}}{{end}}": prompt.ErrMissing,
		"{{range .array}}{{.}}{{end}}{{range .nilmap}}{{else}}none{{end}}":        "123none",
		"{{with .text}}{{.x}}{{end}}":                                             prompt.ErrUnknown,
		"{{with upper .text}}{{.}}{{end}}":                                        "TEXT",
		"{{with and .text .ptr}}{{.x}}{{end}}":                                    prompt.ErrUnknown,
		"{{with or .nil (len .text)}}{{.x}}{{end}}":                               prompt.ErrUnknown,
		"{{template \"x\" .nil}}{{define \"x\"}}{{if .}}a{{else}}b{{end}}{{end}}": "b",
		"{{json .nil}} {{json .nilptr}} {{json .uint}} {{json .huge}}":            "null null 2 18446744073709551615",
		"{{json .complex}}":                                                       prompt.ErrType,
	} {
		got, err := "", error(nil)
		if made, e := prompt.Parse[map[string]any](text); e != nil {
			err = e
		} else {
			got, err = made.Render(t.Context(), in)
		}
		if class, ok := want.(error); ok && !errors.Is(err, class) || !ok && (err != nil || got != want) {
			t.Errorf("%s: %q, %v, want %v", text, got, err, want)
		}
	}
}
