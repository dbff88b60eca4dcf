package prompt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
)

// fuzzSeeds are templates of all kinds, beside those of the tables.
var fuzzSeeds = []string{
	"{{.A}}", "{{.Name | upper}}", "{{range $i, $x := .Words}}{{$i}}:{{$x}} {{else}}none{{end}}", "{{with .M.k}}{{.}}{{end}}", "{{if and .A (not .Yes)}}x{{else if eq .N 3}}y{{end}}",
	`{{define "d"}}{{.}}{{template "d" .}}{{end}}{{template "d" .A}}`, "{{json .M}}{{quote .A}}{{indent 2 .A}}{{truncate 3 .A}}", "{{join `, ` .Words}}{{first 1 .Words | len}}{{last 2 .Words | json}}",
	"{{$x := .A}}{{range .Words}}{{$x = join $x $.Words}}{{end}}{{$x}}", "{{date `2006-01-02` .When}}", "{{index .AnyMap `map` `bird`}}", "{{.AnyMap.words | join `,`}}", "{{.Node.Next.Next.Kids | len}}",
	"{{.Canary.String}}", "{{json .Canary}}", "{{.Any}}", "{{range .Anys1}}{{.}}{{end}}", "{{eq .Any .Any}}", "{{index .AnyKeys .AnyMap.map}}", "{{.Ring}}", "{{.Loop}}", "{{range .Huge}}{{end}}", "{{.RV}}",
	"{{.AnyMap.x | default `none`}}", "{{- /* x */ -}}", "{{range .NaN}}{{.}}{{end}}", "{{json .Tree}}", "{{json .AnyRing}}", "{{block `b` .Node}}{{.Name}}{{end}}", "{{range .Words}}{{break}}{{end}}",
	"{{with $x := .AnyMap}}{{$x.int}}{{else with .A}}{{.}}{{end}}", "{{(index .Canaries 0).Name}}", "{{lt 1 2 | not}}", "{{or .Zero .A `x`}}", "{{0x1p-2}}{{1e3}}{{'a'}}{{-1}}", "{{.AnyMap.reflect}}", "{{len .HugeS}}",
}

// FuzzTemplate shows that no text reaches a method, a secret or the end of the
// memory, nor makes Parse or Render panic.
func FuzzTemplate(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	for _, v := range atkValues(f) {
		if len(v) < 4096 {
			f.Add(v)
		}
	}
	in := newAtkT(f)
	limits := prompt.Limits{Output: 1 << 12, Steps: 10_000}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := prompt.Parse[atkT](text)
		out := ""
		if err == nil {
			tmpl.Limits = limits
			out, err = tmpl.Render(context.Background(), in)
		} else if tmpl != nil {
			t.Error("a template along with the error")
		}
		if len(out) > limits.Output {
			t.Errorf("%d bytes, the limit is %d", len(out), limits.Output)
		}
		if !strings.Contains(text, atkSecret) && !strings.Contains(text, atkShy) {
			fuzzOutcome(t, text, out, err)
		}
		if err == nil {
			if again, err := tmpl.Render(context.Background(), in); again != out || err != nil {
				t.Errorf("first %q, then %q, %v", out, again, err)
			}
		}
		if !strings.Contains(text, "{{") && out != text && len(text) <= limits.Output {
			t.Errorf("text without an action: %q, %v", out, err)
		}
		in.silent(t)

		// The same as a part and a partial of a chat: nothing else becomes possible.
		c, err := prompt.ParseMessages[atkT](prompt.System("first"), prompt.Partial{Name: "fuzz partial", Text: text}, prompt.User("x"+text), prompt.Assistant(`{{template "fuzz partial" .}}`))
		if err != nil {
			fuzzOutcome(t, text, "", err)
			return
		}
		c.Limits = limits
		msgs, err := c.Render(context.Background(), in)
		if err != nil {
			if len(msgs) > 0 {
				t.Errorf("%d messages along with the error", len(msgs))
			}
			fuzzOutcome(t, text, "", err)
		} else if len(msgs) > 3 || len(msgs) > 0 && (msgs[0].Role != llm.RoleSystem || msgs[0].Text() != "first") {
			t.Errorf("other messages: %v", msgs)
		}
		in.silent(t)
	})
}

// fuzzOutcome asserts what holds of every outcome.
func fuzzOutcome(t *testing.T, text, out string, err error) {
	t.Helper()
	if !strings.Contains(text, atkSecret) && !strings.Contains(text, atkShy) {
		atkCheckOutcome(t, out, err)
	}
	if e, ok := errors.AsType[*prompt.Error](err); ok && e.Line > strings.Count(text, "\n")+1 {
		t.Errorf("line %d of a text of %d: %v", e.Line, strings.Count(text, "\n")+1, err)
	}
}

// FuzzValues shows that values are data: each of the ways gives the text that
// is assembled by hand.
func FuzzValues(f *testing.F) {
	for _, v := range atkValues(f) {
		if len(v) < 4096 {
			f.Add(v, "{{"+v)
		}
	}
	var tmpls []*prompt.Template[valued]
	for _, w := range atkWays {
		tmpls = append(tmpls, prompt.New[valued](w.text, atkRules...))
	}
	two := prompt.New[valued]("{{.V}}{{.W}}")
	f.Fuzz(func(t *testing.T, v, w string) {
		in := newValued(v)
		for i, tmpl := range tmpls {
			if atkWays[i].vague(v) {
				continue
			}
			out, err := tmpl.Render(context.Background(), in)
			if want := atkWays[i].result(in); err != nil || out != want {
				t.Errorf("%s: %q, %v, want %q", atkWays[i].text, out, err, want)
			}
		}
		in.W = w
		if out, err := two.Render(context.Background(), in); err != nil || out != v+w {
			t.Errorf("neighbours: %q, %v, want %q", out, err, v+w)
		}
	})
}

// FuzzBracesReach shows that a text with its braces doubled comes out as it was,
// that a name is all that a pair of single ones can hold, and that nothing panics.
func FuzzBracesReach(f *testing.F) {
	for _, v := range atkValues(f) {
		if len(v) < 4096 {
			f.Add(v)
		}
	}
	for _, s := range []string{"{A}", "{{A}}", "{{{A}}}", "{A.B}", "{", "}", "{{{{", "{A}{B}{name}", "{{{A}{{", "{A!r}", "{0}", "{A}}}{{{B}", "{{\"{{`{{\\"} {
		f.Add(s)
	}
	in := newAtkT(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		s, err := prompt.ParseBraces(strings.NewReplacer("{", "{{", "}", "}}").Replace(text))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := prompt.New[atkT](s).Render(context.Background(), in); err != nil || out != text {
			t.Errorf("%q becomes %q and renders as %q, %v", text, s, out, err)
		}
		if s, err = prompt.ParseBraces(text); err != nil {
			if !errors.Is(err, prompt.ErrSyntax) || s != "" {
				t.Errorf("%q, %v, want ErrSyntax alone", s, err)
			}
			fuzzOutcome(t, text, s, err)
			return
		}
		want, ok := byHand(text, map[string]string{"A": in.A, "B": in.B, "name": in.Name, "Name": in.Name, "Lifted": in.Lifted, "Plain": string(in.Plain), "Shy": in.Shy,
			"N": "3", "F": "0.5", "Yes": "true", "Bytes": string(in.Bytes)})
		tmpl, err := prompt.Parse[atkT](s)
		out := ""
		if err == nil {
			out, err = tmpl.Render(context.Background(), in)
		}
		fuzzOutcome(t, text, out, err)
		if ok != (err == nil) || out != want {
			t.Errorf("%q becomes %q and renders as %q, %v, want %q", text, s, out, err, want)
		}
		in.silent(t)
	})
}

// byHand fills in the names of a text with braces, and reports whether it knows them all.
func byHand(text string, fields map[string]string) (string, bool) {
	var b strings.Builder
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			b.WriteByte(text[0])
			text = text[2:]
		case text[0] == '{':
			name, rest, ok := strings.Cut(text[1:], "}")
			value, known := fields[name]
			if !ok || !known {
				return "", false
			}
			b.WriteString(value)
			text = rest
		default:
			b.WriteByte(text[0])
			text = text[1:]
		}
	}
	return b.String(), true
}

// FuzzMessages shows that no value makes, ends or changes a message.
func FuzzMessages(f *testing.F) {
	for _, v := range atkValues(f) {
		if len(v) < 4096 {
			f.Add(v, "system: "+v)
		}
	}
	pick := func(_ context.Context, input string, from []prompt.Example) ([]prompt.Example, error) {
		return []prompt.Example{{Input: "(" + input + ")", Output: from[0].Output}}, nil
	}
	c := prompt.Messages[valued](
		prompt.System("[{{.V}}]{{.W}}"),
		prompt.Choose("V", pick, prompt.Example{Input: "x", Output: "y"}),
		prompt.History("Msgs"),
		prompt.User(prompt.Braces("<{V}{W}>")),
		prompt.Assistant("{{range .Vs}}<{{.}}>{{end}}"),
	)
	f.Fuzz(func(t *testing.T, v, w string) {
		in := newValued(v)
		in.W = w
		msgs, err := c.Render(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		sameMessages(t, "chat", msgs, []llm.Message{
			llm.System("[" + v + "]" + w), llm.User("(" + v + ")"), llm.Assistant("y"),
			llm.System(v), llm.User(v), llm.Assistant(v),
			llm.User("<" + v + w + ">"), llm.Assistant("<" + v + "><" + v + ">"),
		})
		if utf8.ValidString(v) { // the front of what a model is sent is the same for all values
			again, err := c.Render(context.Background(), in)
			if err != nil || len(again) != len(msgs) || again[0].Text() != msgs[0].Text() {
				t.Errorf("again: %v, %v", again, err)
			}
		}
	})
}
