package prompt

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

type inside struct {
	Text string   `json:"text"`
	list []string // not for templates
}

type hidden struct{ Lifted int }

type outside struct {
	*inside
	*hidden
	In    inside `json:"in"`
	Ptr   **inside
	Map   map[string]inside
	Open  map[string]any
	Any   any
	Err   error
	Words []string
}

// TestFieldOf holds that the fields that other parts name are found as in templates.
func TestFieldOf(t *testing.T) {
	p := &inside{Text: "pointed"}
	v := outside{
		inside: &inside{Text: "embedded", list: []string{"x"}}, In: inside{Text: "in"}, Ptr: &p, Map: map[string]inside{"key": {Text: "mapped"}},
		Open: map[string]any{"a": map[string]any{"b": "open"}, "nil": nil, "s": &inside{Text: "deep"}}, Any: 3, Words: []string{"a"},
	}
	for _, tt := range []struct {
		path string
		typ  reflect.Type // nil if it shows at rendering
		want any
		err  error // of fieldOf
		late error // of the value
	}{
		{path: "Text", typ: stringType, want: "embedded"},
		{path: "text", typ: stringType, want: "embedded"},
		{path: ".In.Text", typ: stringType, want: "in"},
		{path: "in.text", typ: stringType, want: "in"},
		{path: "Ptr.Text", typ: stringType, want: "pointed"},
		{path: "Map.key.Text", typ: stringType, want: "mapped"},
		{path: "Map.none.Text", typ: stringType, late: ErrMissing},
		{path: "Lifted", typ: intType, late: ErrMissing},
		{path: "Open.a.b", want: "open"},
		{path: "Open.s.text", want: "deep"},
		{path: "Open.s.list", late: ErrUnknown},
		{path: "Open.nil"},
		{path: "Open.none", late: ErrMissing},
		{path: "Open.a.b.c", late: ErrUnknown},
		{path: "Any", want: 3},
		{path: "Any.x", late: ErrUnknown},
		{path: "Err"},
		{path: "Words", typ: reflect.TypeFor[[]string](), want: []string{"a"}},
		{path: "Nothing", err: ErrUnknown},
		{path: "In.list", err: ErrUnknown},
		{path: "inside", err: ErrUnknown},
		{path: "Words.x", err: ErrUnknown},
		{path: "", err: ErrUnknown},
		{path: "In..Text", err: ErrUnknown},
	} {
		a, err := fieldOf(reflect.TypeFor[outside](), tt.path)
		if !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
			t.Errorf("%q: %v, want %v", tt.path, err, tt.err)
		}
		if err != nil {
			continue
		}
		got, err := a.known.walk(reflect.ValueOf(&v).Elem(), a.steps)
		if err == nil && !got.IsValid() {
			err = ErrMissing
		}
		if !errors.Is(err, tt.late) || (err != nil) != (tt.late != nil) {
			t.Errorf("%q: %v, want %v", tt.path, err, tt.late)
		}
		if a.typ != tt.typ {
			t.Errorf("%q: type %v, want %v", tt.path, a.typ, tt.typ)
		}
		if err == nil && !reflect.DeepEqual(got.Interface(), tt.want) {
			t.Errorf("%q: %v, want %v", tt.path, got, tt.want)
		}
	}
}

// TestFixed holds which texts are known to be the same for every value.
func TestFixed(t *testing.T) {
	partials := []Partial{{"rules", "Be brief."}, {"name", "{{.Text}}"}}
	for text, want := range map[string]bool{
		"":                            true,
		"text":                        true,
		`{{"a"}}{{$x := 1}}{{$x}}`:    true,
		`{{template "rules"}}`:        true,
		`{{template "rules" .}}`:      true,
		`{{template "rules" $}}`:      true,
		`{{if true}}a{{end}}`:         true,
		`{{.Text}}`:                   false,
		`{{$.Text}}`:                  false,
		`{{if .Text}}{{end}}`:         false,
		`{{template "name" .}}`:       false,
		`{{template "rules" .Text}}`:  false,
		`{{json .}}`:                  false,
		`{{define "x"}}{{.}}{{end}}a`: true,
	} {
		p, err := compile("test", text, reflect.TypeFor[inside](), partials)
		if err != nil {
			t.Fatal(err)
		}
		if p.fixed() != want {
			t.Errorf("%s: fixed is %v", text, !want)
		}
	}
}

func TestTexts(t *testing.T) {
	const text = `a{{.Text}}b{{if .Text}}c{{else}}d{{end}}{{range .Map}}e{{template "p" .}}{{else}}f{{end}}{{with .In}}{{template "p" $.In.Text}}{{end}}{{define "unused"}}x{{end}}`
	p, err := compile("test", text, reflect.TypeFor[outside](), []Partial{{"p", "g{{.}}h"}})
	if p != nil || err == nil {
		t.Fatal("an inside is printed")
	}
	p, err = compile("test", text, reflect.TypeFor[outside](), []Partial{{"p", "g{{if .}}h{{end}}"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.texts(), []string{"a", "b", "c", "d", "e", "f", "g", "h"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBudgetShared holds that several texts share a budget, and that append keeps
// what is there.
func TestBudgetShared(t *testing.T) {
	p, err := compile("test", "{{.}}!", stringType, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := newBudget(t.Context(), Limits{Output: 10, Steps: 3})
	out := []byte("> ")
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{"abc", "> abc!", nil},
		{"abcde", "> abc!abcde!", nil},    // to the last byte
		{"", "> abc!abcde!", ErrLimit},    // a byte more
		{"abc", "> abc!abcde!", ErrLimit}, // and the fourth step
	} {
		out, err = p.append(out, reflect.ValueOf(tt.in), b)
		if string(out) != tt.want || !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
			t.Errorf("%q: %q, %v, want %q, %v", tt.in, out, err, tt.want, tt.err)
		}
	}
}

// TestOrder holds that numbers compare by their values, whatever their types.
func TestOrder(t *testing.T) {
	const big = 1 << 62
	for _, tt := range []struct {
		x, y value
		want int
	}{
		{intValue(-1), value{kind: unsigned, bits: 1<<64 - 1}, -1},
		{value{kind: unsigned, bits: 1<<64 - 1}, intValue(-1), 1},
		{intValue(2), value{kind: unsigned, bits: 2}, 0},
		{value{kind: integer, bits: big + 1}, floatValue(big), 1},
		{floatValue(big), value{kind: integer, bits: big + 1}, -1},
		{intValue(1), floatValue(1.5), -1},
		{intValue(2), floatValue(1.5), 1},
		{intValue(-2), floatValue(-1.5), -1},
		{intValue(-1), floatValue(-1.5), 1},
		{intValue(0), floatValue(1e300), -1},
		{intValue(0), floatValue(-1e300), 1},
		{value{kind: unsigned, bits: 1<<64 - 1}, floatValue(1 << 64), -1},
		{value{kind: unsigned, bits: 1 << 63}, floatValue(1 << 63), 0},
		{textValue("a"), textValue("b"), -1},
	} {
		if got := order(tt.x, tt.y); got != tt.want {
			t.Errorf("%v and %v: %d, want %d", tt.x, tt.y, got, tt.want)
		}
	}
	nan := floatValue(nan())
	for _, v := range []value{nan, floatValue(1), intValue(1)} {
		if order(nan, v) != incomparable || order(v, nan) != incomparable {
			t.Errorf("NaN compares with %v", v)
		}
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

// TestRelease holds that a state that waits for the next rendering keeps no value
// of the last one alive, and no large buffer.
func TestRelease(t *testing.T) {
	p, err := compile("test", `{{$x := .}}{{range .}}{{$y := quote .}}{{with $y}}{{.}}{{end}}{{end}}`, reflect.TypeFor[[]string](), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, maxKept} {
		s := p.state()
		s.own.reset(t.Context(), Limits{})
		if err := s.render(reflect.ValueOf([]string{strings.Repeat("x", n)}), &s.own); err != nil {
			t.Fatal(err)
		}
		s.buffer = s.out
		s.out = nil
		p.release(s)
		for _, v := range s.vars[:cap(s.vars)] {
			if v != (value{}) {
				t.Errorf("a variable keeps %v", v)
			}
		}
		if s.dot != (value{}) || s.b != nil || s.own != (budget{}) || cap(s.vars) == 0 {
			t.Errorf("%+v is kept", s)
		}
		if small := n == 1; (s.buffer != nil) != small || (s.scratch != nil) != small {
			t.Errorf("after %d bytes, %d and %d are kept", n, cap(s.buffer), cap(s.scratch))
		}
	}
}
