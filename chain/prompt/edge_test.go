package prompt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// Types whose embedded structs have no exported name, but one in JSON.
type (
	moment   = time.Time
	instant  = time.Time
	lifted   struct{ V string }
	embedder struct {
		lifted `json:"lifted"`
	}
	timed struct { // of two times, no method is promoted
		moment  `json:"at"`
		instant `json:"to"`
	}
)

// TestTaggedEmbedded holds that a tag does not give a template a field that is not
// exported, and that json does not trip over one.
func TestTaggedEmbedded(t *testing.T) {
	in := timed{time.Unix(0, 0), time.Unix(0, 0)}
	for _, text := range []string{`{{.at}}`, `{{date "2006" .at}}`, `{{if .at}}x{{end}}`} {
		if _, err := prompt.Parse[timed](text); !errors.Is(err, prompt.ErrUnknown) {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := prompt.New[any](text).Render(t.Context(), in); !errors.Is(err, prompt.ErrUnknown) {
			t.Errorf("%s at rendering: %v", text, err)
		}
	}
	if _, err := prompt.Parse[timed](`{{json .}}`); !errors.Is(err, prompt.ErrType) {
		t.Errorf("json: %v", err)
	}
	type pointed struct {
		*moment  `json:"at,omitzero"`
		*instant `json:"to"`
	}
	if _, err := prompt.New[any](`{{json .}}`).Render(t.Context(), pointed{moment: new(moment), instant: new(instant)}); !errors.Is(err, prompt.ErrType) {
		t.Errorf("json: %v", err)
	}
	if _, err := prompt.Parse[embedder](`{{.lifted.V}}`); !errors.Is(err, prompt.ErrUnknown) {
		t.Error(err)
	}
	got, err := prompt.New[embedder](`{{.V}} {{json .}}`).Render(t.Context(), embedder{lifted{"v"}})
	if want := `v {"lifted":{"V":"v"}}`; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// TestQuotePieces holds that a long text is not cut inside of a character where it
// is quoted by pieces, also beside bytes that are no characters.
func TestQuotePieces(t *testing.T) {
	quote := prompt.New[string]("{{quote .}}")
	for n := 4080; n < 4100; n++ {
		for _, r := range []string{"é", "€", "😀"} {
			for _, junk := range []string{"", "\x80", "\x80\x80\x80", "\x80\x80\x80\x80", "\x80\x80\x80\x80\x80\x80\x80\x80"} {
				in := strings.Repeat("a", n) + r + junk + strings.Repeat("b", 5000) + r
				want, err := json.Marshal(in)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := quote.Render(t.Context(), in); err != nil || got != string(want) {
					t.Errorf("%s after %d bytes, before %q: %v", r, n, junk, err)
				}
			}
		}
	}
}

type zeroNumber struct{ N int }

func (*zeroNumber) IsZero() bool { panic("called") }

type asksZero interface{ IsZero() bool }

// TestOmitZero holds that omitzero goes by what IsZero says of a time, also behind
// a pointer, and that what has such a method is refused where it would be asked.
func TestOmitZero(t *testing.T) {
	type times struct {
		A time.Time  `json:",omitzero"`
		B *time.Time `json:",omitzero"`
		C *time.Time `json:",omitzero"`
	}
	for _, in := range []times{{}, {B: new(time.Time)}, {time.Unix(1, 0).UTC(), new(time.Unix(2, 0).UTC()), nil}, {time.Time{}.In(time.FixedZone("x", 60)), nil, nil}} {
		want, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := prompt.New[times]("{{json .}}").Render(t.Context(), in); err != nil || got != string(want) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	refused := func(err error) {
		t.Helper()
		if !errors.Is(err, prompt.ErrType) {
			t.Error(err)
		}
	}
	_, err := prompt.Parse[struct {
		Z zeroNumber `json:",omitzero"`
	}]("{{json .}}")
	refused(err)
	_, err = prompt.Parse[struct {
		Z *zeroNumber `json:",omitzero"`
	}]("{{json .}}")
	refused(err)
	_, err = prompt.Parse[struct {
		Z asksZero `json:",omitzero"`
	}]("{{json .}}")
	refused(err)
}

// TestArrayPart holds that a part of an array is a slice, whatever its elements are.
func TestArrayPart(t *testing.T) {
	type lists struct {
		A [3]any
		B []any
		C [3]int
		D []int
	}
	for _, text := range []string{`{{$x := .B}}{{$x = first 1 .A}}{{len $x}}`, `{{$x := .D}}{{$x = last 1 .C}}{{len $x}}`, `{{$x := first 1 .A}}{{$x = first 1 .B}}{{len $x}}`} {
		if got, err := prompt.New[lists](text).Render(t.Context(), lists{B: []any{1, 2}}); err != nil || got != "1" {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{`{{$x := .A}}{{$x = first 1 .A}}`, `{{$x := first 1 .A}}{{$x = .A}}`, `{{$x := first 1 .C}}{{$x = .C}}`} {
		if _, err := prompt.Parse[lists](text); !errors.Is(err, prompt.ErrType) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestEqualOnce holds that eq looks at its first argument once.
func TestEqualOnce(t *testing.T) {
	made := prompt.New[string](`{{eq (upper .) "a" "b" "C"}}`)
	made.Limits.Steps = 3 // the action and two functions
	if got, err := made.Render(t.Context(), "c"); err != nil || got != "true" {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{
		`{{eq .Nobody nil}}`: "true", `{{eq nil .Nobody}}`: "true", `{{eq .User nil}}`: "false", `{{eq nil nil}}`: "true", `{{ne nil .User}}`: "true",
		`{{eq .Any.none nil}}`: "true", `{{eq .Nobody nil nil}}`: "true", `{{eq .Any.none nil "x"}}`: "true", `{{eq .Name "x" "Ada"}}`: "true", `{{eq .Count 1 2}}`: "false",
	} {
		made, err := prompt.Parse[sample](text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := made.Render(t.Context(), sampleValue()); got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

// wide has as many fields as to be slow to search.
type wide struct {
	deep
	A0, A1, A2, A3, A4, A5, A6, A7, A8, A9 string
	B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 string
	Z                                      string `json:"zz"`
}

type deep struct {
	C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 string
	D0, D1, D2, D3, D4, D5, D6, D7, D8, D9 string
}

// TestParseAllocs holds that a name, and a type for json, is looked up once, however
// often it stands in a text: what is allocated for each action is little.
func TestParseAllocs(t *testing.T) {
	for _, action := range []string{"{{.zz}}", "{{.D9}}", "{{json .}}"} {
		const n = 1000
		got := testing.AllocsPerRun(1, func() {
			if _, err := prompt.Parse[wide](strings.Repeat(action, n)); err != nil {
				t.Fatal(err)
			}
		})
		if got > 25*n {
			t.Errorf("%s: %.0f allocations for each", action, got/n)
		}
	}
}

// TestManyTypesText holds that a long text is not copied for each type that it is
// used with, nor are long paths without being counted.
func TestManyTypesText(t *testing.T) {
	type ring struct {
		Next                       *ring
		A, B                       []int
		C, D                       map[string]int
		E, F                       [4]int
		G                          []string
		H                          []bool
		I                          int
		J                          string
		K                          bool
		L                          float64
		M                          []float64
		N                          []int8
		O                          []int16
		P                          []int32
		Q                          []int64
		R, S, U, V, W, X, Y, Z, A1 [1]int
		B1                         [2]int
		C1                         [3]int
		D1                         [5]int
		E1                         [6]int
		F1                         [7]int
		G1                         [8]int
	}
	var b strings.Builder
	b.WriteString(`{{define "x"}}` + strings.Repeat("x", 1<<20-2000) + `{{end}}`)
	for name := range strings.FieldsSeq("Next A C E G H I J K L M N O P Q R B1 C1 D1 E1 F1 G1") {
		fmt.Fprintf(&b, `{{template "x" .%s}}`, name)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := prompt.Parse[ring](b.String()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 10<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}

	type m = map[string]any
	long := `{{define "x"}}{{if .a` + strings.Repeat(".a", 300_000) + `}}{{end}}{{end}}{{template "x" .A}}{{template "x" .B}}{{template "x" .C}}{{template "x" .D}}`
	if _, err := prompt.Parse[struct {
		A m
		B map[string]m
		C map[string]map[string]m
		D map[string]map[string]map[string]m
	}](long); !errors.Is(err, prompt.ErrLimit) {
		t.Error(err)
	}
}

// TestPoolKeepsNothing holds that what was rendered before, even if it failed in the
// middle of a function, shows in nothing that comes after it.
func TestPoolKeepsNothing(t *testing.T) {
	made := prompt.New[[]string](`{{range .}}{{$x := quote .}}{{if eq . "stop"}}{{index $ 99}}{{end}}{{len $x}}{{join ", " $ | quote | upper}}{{end}}`)
	for i := range 50 {
		if i%2 == 0 {
			if got, err := made.Render(context.Background(), []string{strings.Repeat("SECRET", i*100), "stop"}); err == nil || got != "" {
				t.Fatalf("%q, %v", got, err)
			}
			continue
		}
		if got, err := made.Render(context.Background(), []string{"a"}); err != nil || got != `3"A"` {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// TestMapAtOnce holds that a map of more elements than there are steps is refused
// before its keys are put in order.
func TestMapAtOnce(t *testing.T) {
	in := map[int]int{}
	for i := range 100_000 {
		in[i] = i
	}
	for _, text := range []string{"{{range .}}{{break}}{{end}}", "{{json .}}"} {
		made := prompt.New[map[int]int](text)
		made.Limits.Steps = 50_000
		allocs := testing.AllocsPerRun(1, func() {
			if _, err := made.Render(t.Context(), in); !errors.Is(err, prompt.ErrLimit) {
				t.Errorf("%s: %v", text, err)
			}
		})
		if allocs > 100 {
			t.Errorf("%s: %v allocations", text, allocs)
		}
	}
}

// TestLongZone holds that the name of a time zone, which is a value, cannot make
// much of a short layout.
func TestLongZone(t *testing.T) {
	when := time.Unix(0, 0).In(time.FixedZone(strings.Repeat("x", 1<<20), 3600))
	made := prompt.New[time.Time](`{{date "` + strings.Repeat("MST ", 200) + `" .}}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got, err := made.Render(t.Context(), when); !errors.Is(err, prompt.ErrLimit) || got != "" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}
}

// TestIndexOverflow holds that a number that the keys of a map cannot hold is not
// cut to one that they can.
func TestIndexOverflow(t *testing.T) {
	type maps struct {
		A map[int8]string
		B map[uint8]string
		C map[uint64]string
		D map[int64]string
		U uint64
	}
	in := maps{map[int8]string{44: "a"}, map[uint8]string{44: "b", 255: "b"}, map[uint64]string{math.MaxUint64: "c"}, map[int64]string{-1: "d"}, math.MaxUint64}
	for _, text := range []string{"{{index .A 300}}", "{{index .B 300}}", "{{index .B -1}}", "{{index .C -1}}", "{{index .D .U}}"} {
		if got, err := prompt.New[maps](text).Render(t.Context(), in); !errors.Is(err, prompt.ErrMissing) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	if got, err := prompt.New[maps]("{{index .A 44}}{{index .B 44}}{{index .C .U}}{{index .D -1}}").Render(t.Context(), in); got != "abcd" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestLowerGrows holds the limit for a text that is longer in lower case.
func TestLowerGrows(t *testing.T) {
	made := prompt.New[string]("{{$x := lower .}}{{len $x}}")
	made.Limits.Output = 300
	if got, err := made.Render(t.Context(), strings.Repeat("Ⱥ", 100)); got != "300" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := made.Render(t.Context(), strings.Repeat("Ⱥ", 101)); !errors.Is(err, prompt.ErrLimit) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestManyBlocks holds that blocks beside one another are not taken for deep ones.
func TestManyBlocks(t *testing.T) {
	text := strings.Repeat("{{if .}}{{else if .}}{{with .}}{{else with .}}{{end}}{{else}}{{range .}}{{end}}{{end}}{{(index . 0)}}", 200)
	if _, err := prompt.Parse[[]string](text); err != nil {
		t.Error(err)
	}
}

// TestRingWithoutLimits holds that json ends in a ring, also where there is no other
// limit than its own.
func TestRingWithoutLimits(t *testing.T) {
	loop := &ring{Name: "a"}
	loop.Next = loop
	made := prompt.New[*ring]("{{json .}}")
	made.Limits = prompt.Limits{Output: -1, Steps: -1}
	if got, err := made.Render(t.Context(), loop); !errors.Is(err, prompt.ErrLimit) || got != "" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestOddNames holds that a text cannot define what the parser calls the text itself,
// and that keys of a map that have no order are found at rendering.
func TestOddNames(t *testing.T) {
	if _, err := prompt.Parse[int](`{{define "\x00"}}x{{end}}`); !errors.Is(err, prompt.ErrSyntax) {
		t.Error(err)
	}
	for _, key := range []any{new(int), [1]int{}, 1i, math.NaN()} {
		if got, err := prompt.New[map[any]int]("{{range .}}x{{end}}").Render(t.Context(), map[any]int{key: 1, "a": 2}); !errors.Is(err, prompt.ErrType) {
			t.Errorf("%T: %q, %v", key, got, err)
		}
	}
}
