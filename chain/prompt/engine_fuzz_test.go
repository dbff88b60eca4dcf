package prompt_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/chain/prompt"
)

// FuzzParse holds that any text is a template or an *Error of a known class, in
// bounded time, and that what is a template renders or fails with such an error.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for c := range strings.SplitSeq(string(text), "-- template --\n") {
			c, _, _ = strings.Cut(c, "\n-- ")
			f.Add(c)
		}
	}
	in := sampleValue()
	f.Fuzz(func(t *testing.T, text string) {
		check := func(err error) {
			t.Helper()
			e, ok := errors.AsType[*prompt.Error](err)
			if !ok {
				t.Fatalf("%T: %v", err, err)
			}
			if e.Line < 0 || e.Line > 1+strings.Count(text, "\n") || len(e.Error()) > 2000 {
				t.Errorf("line %d, %d bytes: %.300s", e.Line, len(e.Error()), e)
			}
			for _, class := range []error{prompt.ErrUnknown, prompt.ErrLimit, prompt.ErrType, prompt.ErrSyntax, prompt.ErrMissing} {
				if errors.Is(err, class) {
					return
				}
			}
			t.Errorf("of no class: %v", err)
		}
		made, err := prompt.Parse[sample](text, prompt.Partial{Name: "p", Text: "{{.Name}}"})
		if err != nil {
			check(err)
			return
		}
		made.Limits = prompt.Limits{Output: 10_000, Steps: 10_000}
		out, err := made.Render(t.Context(), in)
		if err != nil {
			check(err)
			if out != "" {
				t.Errorf("%q beside an error", out)
			}
		}
		if len(out) > 10_000 {
			t.Errorf("%d bytes", len(out))
		}
	})
}

// FuzzRender holds that a value comes out as it went in, whatever it is.
func FuzzRender(f *testing.F) {
	made := prompt.New[person](`<{{.Name}}>{{with .Email}}{{.}}{{end}}{{template "p" .}}{{define "p"}}{{.Name}}{{end}}`)
	lists := prompt.New[map[string]any](`{{range .list}}[{{.}}]{{end}}{{join .sep .list}}{{quote .sep | len}}`)
	f.Add("{{.Name}}", "{{end}}")
	f.Add("\x00\xff", "}} {{template \"p\"}}")
	f.Fuzz(func(t *testing.T, a, b string) {
		got, err := made.Render(t.Context(), person{Name: a, Email: b})
		if want := "<" + a + ">" + b + a; err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		got, err = lists.Render(t.Context(), map[string]any{"list": []any{a, b}, "sep": b})
		if want := "[" + a + "][" + b + "]" + a + b + b; err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		if _, err := lists.Render(t.Context(), map[string]any{"list": 1, a: b}); err != nil && utf8.RuneCountInString(b) > 20 && strings.Contains(err.Error(), b) {
			t.Errorf("the error has a value in it: %v", err)
		}
	})
}
