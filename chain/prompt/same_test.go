package prompt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"text/template"

	"github.com/hadal-go/hadal/chain/prompt"
)

// common is what random templates are rendered with, here and by text/template.
type common struct {
	Name, Empty string
	N, Zero     int
	F           float64
	On, Off     bool
	Words, None []string
	Grid        [][]int
	Notes       map[string]string
	Sub         inner
	Ptr, Nil    *inner
}

type inner struct {
	Title string
	Count int
	Tags  []string
}

func commonValue() common {
	in := inner{"title <b>", 4, []string{"t1", "t2"}}
	return common{
		Name: "Ada \"L\"", N: 3, F: 2.5, On: true,
		Words: []string{"x", "yy", "", "zzz"}, Grid: [][]int{{1, 2}, {}, {3}},
		Notes: map[string]string{"b": "B", "a": "A"}, Sub: in, Ptr: &in,
	}
}

// A scribe makes random templates of what both engines have.
type scribe struct {
	*rand.Rand
	depth int
	vars  []string // in scope, of texts
}

func (w *scribe) pick(list ...string) string { return list[w.IntN(len(list))] }

// text returns an expression of a text; dot is what the dot is.
func (w *scribe) text(dot string) string {
	choices := []string{`"lit"`, "`raw`", "$.Name", "$.Sub.Title", `(index $.Words 1)`, `(index $.Notes "a")`, `$.Notes.b`}
	switch dot {
	case "common":
		choices = append(choices, ".Name", ".Empty", ".Sub.Title", ".Ptr.Title", ".Notes.a")
	case "inner":
		choices = append(choices, ".Title", ".Title")
	case "text":
		choices = append(choices, ".", ".", ".")
	}
	choices = append(choices, w.vars...)
	return w.pick(choices...)
}

func (w *scribe) number(dot string) string {
	choices := []string{"1", "3", "-2", "$.N", "(len $.Words)", "(index $.Grid 0 1)", "$.Sub.Count"}
	if dot == "number" {
		choices = append(choices, ".", ".")
	}
	return w.pick(choices...)
}

// truth returns an expression of anything.
func (w *scribe) truth(dot string) string {
	switch w.IntN(5) {
	case 0:
		return w.text(dot)
	case 1:
		return w.number(dot)
	case 2:
		return w.pick("$.On", "$.Off", "$.Words", "$.None", "$.Nil", "$.Ptr", "$.Zero", "$.F", "true", "$.Notes", "$.Sub")
	case 3:
		return fmt.Sprintf("%s (%s) (%s)", w.pick("and", "or"), w.truth(dot), w.truth(dot))
	}
	return w.boolean(dot)
}

func (w *scribe) boolean(dot string) string {
	switch w.IntN(5) {
	case 0:
		return w.pick("eq", "ne", "lt", "le", "gt", "ge") + " " + w.text(dot) + " " + w.text(dot)
	case 1:
		return w.pick("eq", "ne", "lt", "le", "gt", "ge") + " " + w.number(dot) + " " + w.number(dot)
	case 2:
		return fmt.Sprintf("not (%s)", w.truth(dot))
	case 3:
		return w.pick("eq $.F 2.5", "gt 3.5 $.F", "eq $.On $.Off", "eq $.N 1 2 3")
	}
	return w.text(dot) + " | " + w.pick("eq", "ne") + " " + w.text(dot)
}

// body returns a list of actions.
func (w *scribe) body(dot string) string {
	if w.depth++; w.depth > 4 {
		w.depth--
		return "."
	}
	mark := len(w.vars)
	var b strings.Builder
	for range 1 + w.IntN(4) {
		b.WriteString(w.pick("", " ", "text ", "\n", "{{- /* c */ -}} ", "é"))
		b.WriteString(w.action(dot))
	}
	w.vars = w.vars[:mark]
	w.depth--
	return b.String()
}

func (w *scribe) action(dot string) string {
	open, end := w.pick("{{", "{{", "{{- "), w.pick("}}", "}}", " -}}")
	switch w.IntN(12) {
	case 0, 1, 2:
		return open + w.text(dot) + end
	case 3:
		return open + w.number(dot) + end
	case 4:
		return open + w.boolean(dot) + end
	case 5:
		return open + "if " + w.truth(dot) + end + w.body(dot) + w.pick("", "{{else}}"+w.body(dot), "{{else if "+w.truth(dot)+"}}"+w.body(dot)) + "{{end}}"
	case 6:
		return open + "with " + w.text(dot) + end + w.body("text") + "{{else}}" + w.body(dot) + "{{end}}"
	case 7:
		return "{{with " + w.pick("$.Sub", "$.Ptr", "$.Nil") + "}}" + w.body("inner") + "{{end}}"
	case 8:
		name := fmt.Sprintf("$v%d", len(w.vars))
		list := w.pick("$.Words", "$.None", "$.Sub.Tags", "$.Notes")
		head := w.pick("", name+" := ", "$i, "+name+" := ")
		jump := w.pick("", "", "{{if eq . \"yy\"}}{{break}}{{end}}", "{{if not .}}{{continue}}{{end}}")
		mark := len(w.vars)
		if head != "" {
			w.vars = append(w.vars, name)
		}
		body := w.body("text")
		w.vars = w.vars[:mark]
		return "{{range " + head + list + "}}" + jump + body + "{{else}}" + w.body(dot) + "{{end}}"
	case 9:
		return "{{range $.Grid}}{{range .}}" + w.body("number") + "{{end}};{{end}}"
	case 10:
		name := fmt.Sprintf("$v%d", len(w.vars))
		text := w.text(dot)
		w.vars = append(w.vars, name)
		return "{{" + name + " := " + text + end
	}
	if len(w.vars) > 0 {
		return "{{" + w.pick(w.vars...) + " = " + w.text(dot) + end
	}
	return `{{template "` + w.pick("one", "two") + `" ` + w.pick("$.Sub", "$.Ptr") + "}}"
}

// TestTextTemplate holds that templates of what both have are the same here and in
// text/template.
func TestTextTemplate(t *testing.T) {
	const defined = `{{define "one"}}<{{.Title}}{{range $i, $t := .Tags}}{{$i}}{{$t}}{{end}}>{{end}}{{define "two"}}{{template "one" .}}{{.Count}}{{end}}`
	in, rendered := commonValue(), 0
	for seed := range uint64(1000) {
		w := &scribe{Rand: rand.New(rand.NewPCG(seed, 5))}
		text := w.body("common") + defined
		made, err := prompt.Parse[common](text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		theirs, err := template.New("").Option("missingkey=error").Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		var want strings.Builder
		wantErr := theirs.Execute(&want, in)
		got, gotErr := made.Render(t.Context(), in)
		if wantErr != nil || gotErr != nil {
			if wantErr == nil || gotErr == nil {
				t.Errorf("seed %d: %v, but text/template has %v\n%s", seed, gotErr, wantErr, text)
			}
			continue
		}
		rendered++
		if got != want.String() {
			t.Errorf("seed %d\n%s\ngot  %q\nwant %q", seed, text, got, want.String())
		}
	}
	if rendered < 900 {
		t.Errorf("only %d templates were rendered", rendered)
	}
}
