package prompt_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

// TestOutputEdge holds that a text of as many bytes as are allowed passes, and that
// one byte less fails.
func TestOutputEdge(t *testing.T) {
	in := sampleValue()
	for _, text := range []string{
		"text", "{{.Name}}", "a{{.Count}}", "{{.Price}}", "{{.On}}", "{{.Size}}", "{{.Small}}", "{{.Data}}", "{{.Alias}}",
		`{{join ", " .Words}}`, "{{json .User}}", "{{json .Raw}}", "{{json .Data}}", "{{json .When}}", "{{quote .Topic}}", "{{indent 3 .Name}}",
		"{{truncate 4 .Topic}}", `{{date "2006" .When}}`, "{{upper .Name}}", "{{range .Words}}{{.}}{{end}}", `{{template "x" .}}{{define "x"}}{{.Name}}{{end}}`,
		"{{json .Any}}", "{{.Any.number}}", `{{"\x00\x00" | quote}}`,
	} {
		made := prompt.New[sample](text)
		want, err := made.Render(t.Context(), in)
		if err != nil || want == "" {
			t.Fatalf("%s: %q, %v", text, want, err)
		}
		made.Limits.Output = len(want)
		if got, err := made.Render(t.Context(), in); err != nil || got != want {
			t.Errorf("%s: %q, %v with %d bytes", text, got, err, len(want))
		}
		made.Limits.Output = len(want) - 1
		if len(want) == 1 {
			continue // 0 is the default
		}
		if got, err := made.Render(t.Context(), in); !errors.Is(err, prompt.ErrLimit) || got != "" {
			t.Errorf("%s: %q, %v with %d bytes", text, got, err, len(want)-1)
		}
		made.Limits.Output = -1
		if got, err := made.Render(t.Context(), in); err != nil || got != want {
			t.Errorf("%s: %q, %v without limit", text, got, err)
		}
	}
}

// TestStepsEdge holds what a step is.
func TestStepsEdge(t *testing.T) {
	in := sampleValue()
	in.Data = make([]byte, 478) // 640 bytes of base64 and quotes
	for text, steps := range map[string]int{
		"{{.Name}}":                                          1,
		"{{.Name}}{{.Topic}}":                                2,
		"{{.Name | upper | lower}}":                          3,
		"{{if .On}}{{.Name}}{{end}}":                         2,
		"{{range .Words}}x{{end}}":                           1 + 3,
		"{{range .Words}}{{.}}{{end}}":                       1 + 3 + 3,
		"{{range .Notes}}{{.}}{{end}}":                       1 + 3 + 3,
		`{{join "," .Words}}`:                                1 + 1 + 3,
		"{{$x := .Name}}{{$x}}":                              2,
		"{{json .Words}}":                                    1 + 1 + 1 + 3,
		"{{json .Notes}}":                                    1 + 1 + 1 + 3 + 3,
		"{{json .Data}}":                                     1 + 1 + 1 + 10,
		"{{range .Words}}{{break}}{{end}}":                   1 + 1 + 1,
		`{{template "x" .}}{{define "x"}}{{.Name}}{{end}}`:   2,
		`{{upper "` + strings.Repeat("x", 128) + `"}}`:       1 + 1 + 2,
		`{{len (quote "` + strings.Repeat("x", 126) + `")}}`: 1 + 1 + 1 + 1 + 2,
	} {
		made := prompt.New[sample](text)
		made.Limits.Steps = steps
		if _, err := made.Render(t.Context(), in); err != nil {
			t.Errorf("%s with %d steps: %v", text, steps, err)
		}
		if made.Limits.Steps--; steps == 1 {
			continue // 0 is the default
		}
		if got, err := made.Render(t.Context(), in); !errors.Is(err, prompt.ErrLimit) || got != "" {
			t.Errorf("%s with %d steps: %q, %v", text, steps-1, got, err)
		}
	}
}

func TestDefaultLimits(t *testing.T) {
	long := prompt.New[string]("{{.}}")
	if got, err := long.Render(t.Context(), strings.Repeat("x", 8<<20)); err != nil || len(got) != 8<<20 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := long.Render(t.Context(), strings.Repeat("x", 8<<20+1)); !errors.Is(err, prompt.ErrLimit) {
		t.Errorf("%v for a byte more", err)
	}
	many := prompt.New[[]struct{}]("{{range .}}{{end}}")
	if _, err := many.Render(t.Context(), make([]struct{}, 999_999)); err != nil {
		t.Error(err)
	}
	if _, err := many.Render(t.Context(), make([]struct{}, 1_000_000)); !errors.Is(err, prompt.ErrLimit) {
		t.Errorf("%v for an element more", err)
	}
	many.Limits.Steps = -1
	if _, err := many.Render(t.Context(), make([]struct{}, 3_000_000)); err != nil {
		t.Error(err)
	}
}

// TestGrowth holds that a variable that doubles in a loop ends at the limit, long
// before the memory does.
func TestGrowth(t *testing.T) {
	for _, text := range []string{
		`{{$x := "\\"}}{{range .}}{{$x = quote $x}}{{end}}`,
		`{{$x := "ab"}}{{range .}}{{$x = join $x $}}{{end}}`,
		`{{$x := "ab\nc"}}{{range .}}{{$x = indent 100 $x}}{{end}}`,
		`{{$x := "a"}}{{range .}}{{$x = json $x}}{{$x = join $x $}}{{end}}`,
	} {
		made := prompt.New[[]string](text)
		made.Limits.Output = 1 << 16
		if _, err := made.Render(t.Context(), make([]string, 1000)); !errors.Is(err, prompt.ErrLimit) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// endless is a context that ends when it has been looked at so many times.
type endless struct {
	context.Context
	looks int
}

func (c *endless) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancel(t *testing.T) {
	made := prompt.New[[]string]("{{range .}}\n{{.}}{{end}}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := made.Render(ctx, []string{"a"})
	if !errors.Is(err, context.Canceled) || got != "" {
		t.Errorf("at the start: %q, %v", got, err)
	}
	if want := "prompt: template: context canceled"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for looks := range 5 {
		ctx := &endless{t.Context(), looks}
		got, err := made.Render(ctx, make([]string, 10_000))
		if !errors.Is(err, context.Canceled) || got != "" || ctx.looks != -1 {
			t.Errorf("%d looks: %q, %v, then %d", looks, got, err, ctx.looks)
		}
		if looks > 0 && !strings.HasSuffix(err.Error(), ": context canceled") {
			t.Error(err)
		}
	}
	ctx = &endless{t.Context(), 22} // at the start, and once for each 1000 of 20001 steps
	if _, err := made.Render(ctx, make([]string, 10_000)); err != nil {
		t.Error(err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if _, err := made.Render(late, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestConcurrent renders one template from many goroutines, with types that show at
// rendering, so that what is remembered of them is shared.
func TestConcurrent(t *testing.T) {
	made := prompt.New[map[string]any](`{{.v.Name}}{{range .list}}{{.}}{{end}}{{json .v}}{{$x := upper .v.Name}}{{$x}}`)
	in := map[string]any{"v": person{Name: "Ada"}, "list": []any{grade("a"), "b", 1}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				got, err := made.Render(t.Context(), in)
				if want := `Adaab1{"name":"Ada","Friend":null}ADA`; err != nil || got != want {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestTextLimits holds what a text may be, to the edge.
func TestTextLimits(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("{{if .}}", n) + strings.Repeat("{{end}}", n) }
	chain := func(n int) string { return "{{if .}}" + strings.Repeat("{{else if .}}", n-1) + "{{end}}" }
	paren := func(n int) string { return "{{" + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + "}}" }
	mixed := func(n int) string {
		return "{{if .}}{{with " + strings.Repeat("(", n-2) + "1" + strings.Repeat(")", n-2) + "}}{{end}}{{end}}"
	}
	pipes := func(n int) string { return "{{.}}{{. " + strings.Repeat("| trim", n-1) + "}}" }
	vars := func(n int) string { return strings.Repeat("{{$x := 1}}", n) }
	for name, tt := range map[string]struct {
		text func(int) string
		most int
	}{
		"blocks": {nest, 100}, "else if": {chain, 100}, "parentheses": {paren, 100}, "both": {mixed, 100},
		"functions": {pipes, 100}, "variables": {vars, 1000},
		"bytes": {func(n int) string { return strings.Repeat("x", n) }, 1 << 20},
	} {
		if _, err := prompt.Parse[string](tt.text(tt.most)); err != nil {
			t.Errorf("%s: %v with %d", name, err, tt.most)
		}
		if _, err := prompt.Parse[string](tt.text(tt.most + 1)); !errors.Is(err, prompt.ErrLimit) {
			t.Errorf("%s: %v with %d", name, err, tt.most+1)
		}
	}
}

// TestManyTypes holds that a text that is used with many types does not take more
// time than one that is as long as is allowed.
func TestManyTypes(t *testing.T) {
	type a struct{ V []string }
	type b struct{ A []a }
	type c struct{ B []b }
	type top struct {
		A a
		B b
		C c
		D []a
		E []b
		F []c
	}
	text := `{{define "x"}}` + strings.Repeat("{{if .}}{{end}}", 50_000) + `{{end}}` +
		`{{template "x" .A}}{{template "x" .B}}{{template "x" .C}}{{template "x" .D}}{{template "x" .E}}{{template "x" .F}}` +
		`{{template "x" .A.V}}{{template "x" .}}{{template "x" 1}}{{template "x" 1.5}}{{template "x" true}}{{template "x"}}`
	if _, err := prompt.Parse[top](text); !errors.Is(err, prompt.ErrLimit) {
		t.Error(err)
	}
}
