package prompt_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
)

var update = flag.Bool("update", false, "rewrite what testdata/golden wants")

// sample is the type of the values in testdata/golden.
type sample struct {
	anchor
	Name   string
	Topic  string `json:"topic"`
	Words  []string
	Notes  map[string]string
	Counts map[int]string
	Any    any
	Open   map[string]any `json:"open_data"`
	User   *person
	Nobody *person
	Items  []item
	Grid   [2][]int
	Count  int
	Size   uint8
	Price  float64
	Small  float32
	On     bool
	Off    bool
	When   time.Time
	Data   []byte
	Alias  *string
	None   *string
	Level  level
	Grade  grade
	Raw    json.RawMessage
	Call   func() string
	secret string
}

type anchor struct{ ID int }

type person struct {
	Name   string `json:"name"`
	Email  string `json:"email,omitempty"`
	Friend *person
}

type item struct {
	Title string
	Price float64
	Tags  []string
}

// level says itself how it is printed, grade does not.
type level string

func (level) String() string { return "hidden" }

type grade string

func sampleValue() sample {
	return sample{
		anchor: anchor{7},
		Name:   "Ada", Topic: "engines & looms",
		Words:  []string{"one", "two", "three"},
		Notes:  map[string]string{"b": "second", "a": "first", "empty": ""},
		Counts: map[int]string{10: "ten", -1: "minus", 2: "two"},
		Any:    map[string]any{"text": "deep", "list": []any{"x", 2.0, true, nil}, "number": 12.0},
		Open:   map[string]any{"kind": "note", "size": 3.0, "empty": nil},
		User:   &person{Name: "Bob", Friend: &person{Name: "Cyd", Email: "c@example.org"}},
		Items:  []item{{"lamp", 9.5, []string{"new"}}, {"rug", 40, nil}, {"pen", 1, []string{"small", "blue"}}},
		Grid:   [2][]int{{1, 2}, {3}},
		Count:  3, Size: 200, Price: 0.1, Small: 2.5, On: true,
		When:  time.Date(2025, 3, 9, 14, 5, 0, 0, time.UTC),
		Data:  []byte("bytes"),
		Alias: new("alias"), Level: "top", Grade: "first",
		Raw: json.RawMessage(` {"a" : [1, "x y"]} `), secret: "secret",
	}
}

// A golden is a case of a file in testdata/golden.
type golden struct {
	template string
	partials []prompt.Partial
	value    string // JSON that is laid over the sample
	open     string // or JSON for a map[string]any
	want     string
	fails    bool // want is an error
}

// TestGolden runs the files in testdata/golden, one for each feature. A file
// consists of cases, each of sections under a line such as "-- template --":
//
//	template      begins a case
//	partial NAME  maybe several
//	value         JSON that is laid over the sample
//	open          JSON for a map[string]any instead
//	want          the text, or error: what is wrong
//
// What stands before the first is a comment.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, cases := goldens(t, string(text))
			for i, g := range cases {
				got, err := g.render(t)
				if err != nil {
					got = err.Error()
				}
				if *update {
					cases[i].want, cases[i].fails = got, err != nil
					continue
				}
				if got != g.want || (err != nil) != g.fails {
					t.Errorf("case %d, %s\ngot  %s\nwant %s", i+1, g.template, got, g.want)
				}
			}
			if *update {
				for _, g := range cases {
					head += g.String()
				}
				if err := os.WriteFile(file, []byte(head), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// render makes the template of g and renders it.
func (g golden) render(t *testing.T) (string, error) {
	t.Helper()
	if g.open != "" {
		var in map[string]any
		if err := json.Unmarshal([]byte(g.open), &in); err != nil {
			t.Fatal(err)
		}
		made, err := prompt.Parse[map[string]any](g.template, g.partials...)
		if err != nil {
			return "", err
		}
		return made.Render(t.Context(), in)
	}
	in := sampleValue()
	if g.value != "" {
		if err := json.Unmarshal([]byte(g.value), &in); err != nil {
			t.Fatal(err)
		}
	}
	made, err := prompt.Parse[sample](g.template, g.partials...)
	if err != nil {
		return "", err
	}
	return made.Render(t.Context(), in)
}

// goldens returns the cases of a file, and what stands before them.
func goldens(t *testing.T, text string) (head string, cases []golden) {
	t.Helper()
	var section string
	var body []string
	flush := func() {
		content := strings.Join(body, "\n")
		body = nil
		if section == "" {
			if content != "" {
				head = content + "\n"
			}
			return
		}
		if section == "template" {
			cases = append(cases, golden{})
		}
		g := &cases[len(cases)-1]
		name, partial := strings.CutPrefix(section, "partial ")
		switch {
		case partial:
			g.partials = append(g.partials, prompt.Partial{Name: name, Text: content})
		case section == "template":
			g.template = content
		case section == "value":
			g.value = content
		case section == "open":
			g.open = content
		case section == "want", section == "error":
			g.want, g.fails = content, section == "error"
		default:
			t.Fatalf("section %q", section)
		}
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if name, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(name, " --") {
			flush()
			section = strings.TrimSuffix(name, " --")
			continue
		}
		body = append(body, line)
	}
	flush()
	return head, cases
}

// String returns g as it stands in a file.
func (g golden) String() string {
	var b strings.Builder
	put := func(name, content string) { fmt.Fprintf(&b, "-- %s --\n%s\n", name, content) }
	put("template", g.template)
	for _, p := range g.partials {
		put("partial "+p.Name, p.Text)
	}
	if g.value != "" {
		put("value", g.value)
	}
	if g.open != "" {
		put("open", g.open)
	}
	if g.fails {
		put("error", g.want)
	} else {
		put("want", g.want)
	}
	return b.String()
}
