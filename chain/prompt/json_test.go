package prompt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// asJSON renders {{json .}}.
func asJSON[T any](t *testing.T, v T) (string, error) {
	t.Helper()
	made, err := prompt.Parse[T]("{{json .}}")
	if err != nil {
		return "", err
	}
	return made.Render(t.Context(), v)
}

// theirJSON is what json has to be: encoding/json without escapes for HTML.
func theirJSON(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

type tagged struct {
	A       string  `json:"a"`
	B       int     `json:",omitempty"`
	C       *int    `json:"c,omitempty"`
	D       []byte  `json:"d"`
	E       float64 `json:"e,string"`
	F       *bool   `json:"f,string"`
	G       string  `json:"g,string"`
	H       string  `json:"-"`
	J       map[string]any
	K       time.Time   `json:"k,omitzero"`
	M       [0]int      `json:"m,omitempty"`
	N       int         `json:"n,omitzero"`
	Q       float32     `json:"q"`
	R       []any       `json:"r"`
	S       json.Number `json:"s"`
	T       json.RawMessage
	private int
	nested
	*Pointed
	Other
	Named nested `json:"named"`
}

type nested struct{ X, Deep int }

type Pointed struct {
	Y    string `json:"y"`
	Deep int
}

type Other struct {
	Z int `json:"X"` // hides that of nested, which has no tag
}

func TestJSONAsTheirs(t *testing.T) {
	yes := true
	odd := reflect.New(reflect.StructOf([]reflect.StructField{ // which no linter lets one write
		{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"-,"`},
		{Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"bad\"name"`},
		{Name: "C", Type: reflect.TypeFor[any](), Tag: `json:",string"`},
		{Name: "D", Type: reflect.TypeFor[struct{}](), Tag: `json:"d,omitempty"`},
		{Name: "E", Type: reflect.TypeFor[[]int](), Tag: `json:"e,string,unheard"`},
	})).Elem()
	odd.Field(2).Set(reflect.ValueOf("x"))
	full := tagged{
		A: "é <&> \u2028 \x00 \x7f \xff \\ \" \t\r\n\b\f 😀", B: 1, C: new(2), D: []byte("bytes"), E: 1e21, F: &yes, G: `a"b`, H: "h",
		J: map[string]any{"z": nil, "a": []any{1, "x", 2.5, map[string]any{}}, "\"": true}, K: time.Date(2025, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)),
		N: 1, Q: 0.1, R: []any{}, S: "12e3", T: json.RawMessage(" [1 , {\"a b\" : \"\\\" \" } ] "), private: 1,
		nested: nested{1, 2}, Pointed: &Pointed{"y", 3}, Other: Other{9},
	}
	for name, v := range map[string]any{
		"full": full, "zero": tagged{}, "pointer": &full,
		"ints":   map[int]string{-1: "a", 10: "b", 9: "c"},
		"uints":  map[uint8][]int{200: nil, 3: {}},
		"floats": []float64{0, math.Copysign(0, -1), 1, 0.1, 1e20, 1e21, 1e-6, 1e-7, -1.5e300, 5e-324, math.MaxFloat64, 123456789.125},
		"small":  []float32{0.1, 1e21, 1e-7, 1e-6, 3.4e38, 16777216},
		"bools":  [2]bool{true, false}, "nil": nil, "text": "plain", "number": json.Number("1.50"), "empty number": json.Number(""),
		"bytes": [3]byte{1, 2, 3}, "grades": map[grade]grade{"x": "y"}, "long": strings.Repeat("ü\"\n", 5000), "raw": json.RawMessage("null"),
		"odd tags": odd.Interface(), "duration": time.Second, "values": url.Values{"a": {"b"}},
	} {
		got, err := asJSON(t, v)
		if want := theirJSON(t, v); err != nil || got != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
		}
	}
	got, err := asJSON(t, full) // checked when made
	if want := theirJSON(t, full); err != nil || got != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
}

type marshaler struct{}

func (marshaler) MarshalJSON() ([]byte, error) { panic("called") }

type texter int

func (*texter) MarshalText() ([]byte, error) { panic("called") }

type zeroer struct{ N int }

func (zeroer) IsZero() bool { panic("called") }

type ring struct {
	Name string
	Next *ring
}

func TestJSONRefuses(t *testing.T) {
	for name, made := range map[string]func() error{
		"Marshaler":     func() error { _, err := prompt.Parse[[]marshaler]("{{json .}}"); return err },
		"TextMarshaler": func() error { _, err := prompt.Parse[map[string]*texter]("{{json .}}"); return err },
		"key":           func() error { _, err := prompt.Parse[map[texter]int]("{{json .}}"); return err },
		"float key":     func() error { _, err := prompt.Parse[map[float64]int]("{{json .}}"); return err },
		"embedded":      func() error { _, err := prompt.Parse[struct{ time.Time }]("{{json .}}"); return err },
		"String":        func() error { _, err := prompt.Parse[[]level]("{{json .}}"); return err },
		"IsZero": func() error {
			_, err := prompt.Parse[struct {
				Z zeroer `json:",omitzero"`
			}]("{{json .}}")
			return err
		},
		"chan":    func() error { _, err := prompt.Parse[chan int]("{{json .}}"); return err },
		"complex": func() error { _, err := prompt.Parse[[]complex128]("{{json .}}"); return err },
	} {
		if err := made(); !errors.Is(err, prompt.ErrType) {
			t.Errorf("%s: %v", name, err)
		}
	}
	loop := &ring{Name: "a"}
	loop.Next = loop
	self := map[string]any{}
	self["self"] = self
	for name, tt := range map[string]struct {
		value any
		want  error
	}{
		"ring":      {loop, prompt.ErrLimit},
		"self":      {self, prompt.ErrLimit},
		"Marshaler": {map[string]any{"x": []any{marshaler{}}}, prompt.ErrType},
		"NaN":       {[]any{math.NaN()}, prompt.ErrType},
		"Inf":       {math.Inf(-1), prompt.ErrType},
		"raw":       {json.RawMessage(`{"a":}`), prompt.ErrType},
		"two raws":  {json.RawMessage(`1 2`), prompt.ErrType},
		"number":    {json.Number(`1,"x":2`), prompt.ErrType},
		"no number": {json.Number(`true`), prompt.ErrType},
		"year":      {time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), prompt.ErrType},
	} {
		if got, err := asJSON(t, tt.value); !errors.Is(err, tt.want) || got != "" {
			t.Errorf("%s: %q, %v, want %v", name, got, err, tt.want)
		}
	}
}
