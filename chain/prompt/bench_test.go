package prompt_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"text/template"

	"github.com/hadal-go/hadal/chain/prompt"
)

// twenty is a value of 20 fields, as a prompt has them.
type twenty struct {
	Name, City, Country, Topic, Tone, Style, Audience, Language, Goal, Format string
	Age, Count, Words, Pages, Year                                            int
	Price, Score                                                              float64
	Formal, Short                                                             bool
	User                                                                      struct{ Email string }
}

func sampleTwenty() twenty {
	v := twenty{
		"Ada Lovelace", "London", "England", "the analytical engine", "warm", "plain", "engineers", "English", "explain", "Markdown",
		36, 12, 800, 4, 1843, 9.75, 0.5, true, false, struct{ Email string }{"ada@example.org"},
	}
	return v
}

const text20 = `You write for {{.Audience}} in {{.Language}}.
Topic: {{.Topic}}. Tone: {{.Tone}}. Style: {{.Style}}. Goal: {{.Goal}}. Format: {{.Format}}.
Author: {{.Name}} of {{.City}}, {{.Country}}, aged {{.Age}}, reached at {{.User.Email}}.
Write {{.Count}} sections of {{.Words}} words on {{.Pages}} pages, as of {{.Year}}.
Price {{.Price}}, score {{.Score}}, formal {{.Formal}}, short {{.Short}}; again: {{.Topic}}.
`

func BenchmarkRender20(b *testing.B) {
	in := sampleTwenty()
	b.Run("hadal", func(b *testing.B) {
		t := prompt.New[twenty](text20)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := t.Render(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("text_template", func(b *testing.B) {
		t := template.Must(template.New("").Parse(text20))
		b.ReportAllocs()
		for b.Loop() {
			var out strings.Builder
			if err := t.Execute(&out, in); err != nil {
				b.Fatal(err)
			}
			_ = out.String()
		}
	})
}

type shelf struct {
	Title string
	Books []book
}

type book struct {
	Title, Author string
	Year          int
	Lent          bool
}

const textShelf = `{{.Title}}:
{{range $i, $b := .Books}}{{if $b.Lent}}(lent) {{end}}{{$i}}. {{.Title}} by {{.Author}}{{if gt .Year 1900}}, {{.Year}}{{else}}, old{{end}}
{{end}}`

func sampleShelf() shelf {
	s := shelf{Title: "Books"}
	for i := range 50 {
		s.Books = append(s.Books, book{fmt.Sprintf("Volume %d", i), "N. N.", 1875 + i, i%3 == 0})
	}
	return s
}

func BenchmarkRenderRange(b *testing.B) {
	in := sampleShelf()
	b.Run("hadal", func(b *testing.B) {
		t := prompt.New[shelf](textShelf)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := t.Render(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("text_template", func(b *testing.B) {
		t := template.Must(template.New("").Parse(textShelf))
		b.ReportAllocs()
		for b.Loop() {
			var out strings.Builder
			if err := t.Execute(&out, in); err != nil {
				b.Fatal(err)
			}
			_ = out.String()
		}
	})
}

func BenchmarkRenderMap(b *testing.B) {
	in := map[string]any{"name": "Ada", "topic": "engines", "list": []any{"a", "b", 3.5}}
	const text = `{{.name}} on {{.topic}}:{{range .list}} {{.}}{{end}}`
	b.Run("hadal", func(b *testing.B) {
		t := prompt.New[map[string]any](text)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := t.Render(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("text_template", func(b *testing.B) {
		t := template.Must(template.New("").Parse(text))
		b.ReportAllocs()
		for b.Loop() {
			if err := t.Execute(new(bytes.Buffer), in); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.Run("hadal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := prompt.Parse[twenty](text20); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("text_template", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := template.New("").Parse(text20); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestSame holds that the benchmarks compare the same work.
func TestSame(t *testing.T) {
	check := func(text string, got string, err error, in any) {
		t.Helper()
		var want strings.Builder
		if err := template.Must(template.New("").Parse(text)).Execute(&want, in); err != nil {
			t.Fatal(err)
		}
		if err != nil || got != want.String() {
			t.Errorf("%q, %v, want %q", got, err, want.String())
		}
	}
	got, err := prompt.New[twenty](text20).Render(t.Context(), sampleTwenty())
	check(text20, got, err, sampleTwenty())
	got, err = prompt.New[shelf](textShelf).Render(t.Context(), sampleShelf())
	check(textShelf, got, err, sampleShelf())
}

// TestAllocs holds what a rendering allocates: the value, which must not be on the
// stack for reflect, and the text.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what a sync.Pool holds")
	}
	template20, in20 := prompt.New[twenty](text20), sampleTwenty()
	templateShelf, inShelf := prompt.New[shelf](textShelf), sampleShelf()
	pipes, words := prompt.New[[]string](`{{join ", " . | quote}}{{if gt (len .) 2}}{{range first 2 .}}{{.}}{{end}}{{end}}`), []string{"a", "b", "c"}
	for _, tt := range []struct {
		name   string
		render func() (string, error)
		want   float64
	}{
		{"20 fields", func() (string, error) { return template20.Render(t.Context(), in20) }, 2},
		{"range and if", func() (string, error) { return templateShelf.Render(t.Context(), inShelf) }, 2},
		{"functions", func() (string, error) { return pipes.Render(t.Context(), words) }, 4}, // what is joined, and the shorter slice
	} {
		if got := testing.AllocsPerRun(200, func() {
			if _, err := tt.render(); err != nil {
				t.Fatal(err)
			}
		}); got != tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}
