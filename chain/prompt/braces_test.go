package prompt_test

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

func TestBraces(t *testing.T) {
	in := map[string]any{"name": "Ada", "x": "{{.name}}", "_1": "one", "größe": "XL", "如何": "how"}
	for _, tt := range []struct {
		text, template, want string
	}{
		{"", "", ""},
		{"plain", "plain", "plain"},
		{"Hi {name}!", "Hi {{.name}}!", "Hi Ada!"},
		{"{name}{name}", "{{.name}}{{.name}}", "AdaAda"},
		{"{x}", "{{.x}}", "{{.name}}"},
		{"{_1}{größe}{如何}", "{{._1}}{{.größe}}{{.如何}}", "oneXLhow"},
		{"{{}}", "{}", "{}"},
		{"{{name}}", "{name}", "{name}"},
		{"{{{name}}}", `{{"{"}}{{.name}}}`, "{Ada}"},
		{"{{{{name}}}}", `{{"{{"}}name}}`, "{{name}}"},
		{"{{{{{name}}}}}", `{{"{{"}}{{.name}}}}`, "{{Ada}}"},
		{"{{{{.x}}}}", `{{"{{"}}.x}}`, "{{.x}}"},
		{"{{{{- .x -}}}}", `{{"{{"}}- .x -}}`, "{{- .x -}}"},
		{"{{{{/* c */}}}}", `{{"{{"}}/* c */}}`, "{{/* c */}}"},
		{"{{{{{{", `{{"{{{"}}`, "{{{"},
		{"}}}}}}", "}}}", "}}}"},
		{"{{ {{name}}", "{ {name}", "{ {name}"},
		{"{name}}}", "{{.name}}}", "Ada}"},
		{`{{"a": "{name}"}}`, `{"a": "{{.name}}"}`, `{"a": "Ada"}`},
		{`{{{{"{name}"}}}}`, `{{"{{"}}"{{.name}}"}}`, `{{"Ada"}}`},
		{"{{\n{name}\r\n\t}}", "{\n{{.name}}\r\n\t}", "{\nAda\r\n\t}"},
		{"{{%  if %}} `\"\\", "{%  if %} `\"\\", "{%  if %} `\"\\"},
		{"\xff{{\xfe", "\xff{\xfe", "\xff{\xfe"},
	} {
		got, err := prompt.ParseBraces(tt.text)
		if err != nil || got != tt.template {
			t.Errorf("%q: got %q, %v, want %q", tt.text, got, err, tt.template)
			continue
		}
		text, err := prompt.New[map[string]any](got).Render(t.Context(), in)
		if err != nil || text != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.text, text, err, tt.want)
		}
	}
}

func TestParseBracesErrors(t *testing.T) {
	const (
		reach  = ": there is no reaching into values: give what is wanted a field of its own, or write {{.A.B}} in a text without Braces"
		format = ": there are no conversions and no formats: give the field as it shall be printed"
		letter = ": a name is letters, digits and underscores, and does not begin with a digit"
		code   = ": if this is JSON or code, write {{ and }} for its braces"
		noName = ": it has no name: write {name}, or {{}} for braces that are text"
		number = ": fields have names, not numbers"
		open   = " is a { without a }: write {{ for a brace that is text"
		closed = "a } without a {: write }} for a brace that is text"
	)
	for _, tt := range []struct {
		text string
		line int
		want string
	}{
		{"{", 1, "{" + open},
		{"a\nb {name\n}", 2, "{name…" + ": if this is JSON or code, write {{ and }} for its braces"},
		{"a\n\nb {name", 3, "{name" + open},
		{"{a{b}}", 1, "{a{b}}" + open},
		{"{{{", 1, "{" + open},
		{"{{{{{", 1, "{" + open},
		{"}", 1, closed},
		{"\r\n}", 2, closed},
		{"{name}}", 1, closed},
		{"}}}", 1, closed},
		{"{}", 1, "{}" + noName},
		{"{ }", 1, "{ }" + noName},
		{"{0}", 1, "{0}" + number},
		{"{12}", 1, "{12}" + number},
		{"{a.b}", 1, "{a.b}" + reach},
		{"{a.__class__.__init__.__globals__}", 1, "{a.__class__.__init__.__globals__}" + reach},
		{"{a[0]}", 1, "{a[0]}" + reach},
		{"{.a}", 1, "{.a}" + reach},
		{"{a!r}", 1, "{a!r}" + format},
		{"{a:>10}", 1, "{a:>10}" + format},
		{"{a:}", 1, "{a:}" + format},
		{"{ a }", 1, "{ a }: write it without space: {a}"},
		{"{1a}", 1, "{1a}" + letter},
		{"{a-b}", 1, "{a-b}" + letter},
		{"{a b}", 1, "{a b}" + letter},
		{"{$x}", 1, "{$x}" + letter},
		{"{e\u0301}", 1, "{e\u0301}" + letter},
		{"{\xff}", 1, "{\xff}" + letter},
		{"{\x00}", 1, "{\x00}" + letter},
		{`x {"a": 1}`, 1, `{"a": 1}` + code},
		{"f() {\n return\n}", 1, "{…" + code},
		{"{" + strings.Repeat("é-", 50) + "}", 1, "{" + strings.Repeat("é-", 39) + "…" + letter},
	} {
		got, err := prompt.ParseBraces(tt.text)
		if got != "" || err == nil {
			t.Errorf("%q: got %q, %v", tt.text, got, err)
			continue
		}
		checkError(t, err, "braces", tt.line, prompt.ErrSyntax, "not a template: "+tt.want)
	}
}

func TestBracesPanics(t *testing.T) {
	defer func() {
		err, ok := recover().(error)
		if !ok {
			t.Fatal("no panic with an error")
		}
		checkError(t, err, "braces", 1, prompt.ErrSyntax, "")
	}()
	prompt.Braces("{a.b}")
}

// bracesEscape is what the doc comment of Braces tells to do.
var bracesEscape = strings.NewReplacer("{", "{{", "}", "}}")

// FuzzBraces holds that no text makes an action but {name}: what is escaped
// renders to itself, alone and around a field whose value looks like an action.
func FuzzBraces(f *testing.F) {
	for _, s := range []string{
		"", "{", "}", "{{", "}}", "{{.x}}", "{{- \"a\" -}}", "{{/* */}}", "{x}", "{{{x}}}", "{{define \"a\"}}", "\n{\r\n}", "`\"\\{", "\xff{", "{ {{ {{{ }} }",
	} {
		f.Add(s)
	}
	in := map[string]any{"x": "{{.x}}"}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := prompt.ParseBraces(s); err == nil {
			if !strings.ContainsAny(s, "{}") && got != s {
				t.Errorf("%q became %q", s, got)
			}
			if strings.Count(got, "\n") != strings.Count(s, "\n") {
				t.Errorf("%q became %q, of other lines", s, got)
			}
			if _, err := prompt.Parse[map[string]any](got); err != nil && len(got) < 1<<16 {
				t.Errorf("%q became %q, which is no template: %v", s, got, err)
			}
		}
		if len(s) > 1<<12 {
			return
		}
		escaped := bracesEscape.Replace(s)
		for text, want := range map[string]string{
			escaped:                         s,
			escaped + "{x}" + escaped:       s + "{{.x}}" + s,
			escaped + "{x}{x}" + escaped:    s + "{{.x}}{{.x}}" + s,
			"{x}" + escaped + escaped:       "{{.x}}" + s + s,
			escaped + "{{{x}}}" + "\n{{{{ ": s + "{{{.x}}}\n{{ ",
		} {
			tmpl, err := prompt.ParseBraces(text)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			got, err := prompt.New[map[string]any](tmpl).Render(t.Context(), in)
			if err != nil || got != want {
				t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
			}
		}
	})
}
