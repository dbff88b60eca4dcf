package jinja_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nikolalohinski/gonja/v2"
	"github.com/nikolalohinski/gonja/v2/exec"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/jinja"
)

// TestAsGonja holds that what is translated comes out as the library's own
// evaluator has it.
func TestAsGonja(t *testing.T) {
	in := map[string]any{
		"name": "Ann", "empty": "", "no": false, "yes": true, "n": 3, "nothing": []any{},
		"items":  []any{"bread", "wine", "{{ name }}"},
		"people": []any{map[string]any{"name": "Bo", "tags": []any{"x", "y"}}, map[string]any{"name": "Cy", "tags": []any{}}},
		"prices": map[string]any{"tea": 2, "ale": 5},
	}
	for _, text := range []string{
		"Dear {{ name }},\n\nyours\n",
		"{{ name|upper }} {{ name|lower }} {{ ' a '|trim }}|",
		"{{ items|join(', ') }} {{ items|length }} {{ items|first }} {{ items[1] }}",
		"{{ empty|default('none', true) }} {{ name|d('none') }}",
		"{% if yes and not no %}a{% elif n %}b{% else %}c{% endif %}",
		"{% if no %}a{% elif n > 2 %}b{% else %}c{% endif %}",
		"{% if n == 3 and name != 'Bo' %}same{% endif %}{% if n <= 2 or n >= 4 %}out{% endif %}",
		"{% for i in items %}{{ loop.index }}/{{ loop.length }} {{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
		"{% for i in items -%}\n  {{ loop.index0 }}{{ i }}\n{%- endfor %}",
		"{% for i in nothing %}{{ i }}{% else %}nothing{% endfor %}",
		"{% for p in people %}{{ p.name }}:{% for t in p.tags %}{{ t }}{{ loop.first }}{% else %}-{% endfor %};{% endfor %}",
		"{% for k, v in prices.items() %}{{ k }}={{ v }};{% endfor %}",
		"{% set x = 'a' %}{% if yes %}{% set x = 'b' %}{% endif %}{{ x }}",
		"{% set x = 'a' %}{% for i in items %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
		"{% set x = 'a' if no else 'b' %}{{ x }}",
		"{{ name if yes else 'x' }}{{ name if no }}{{ name if no else 'x' }}",
		"{% raw %}{{ name }}{% endraw %}{# not this #}.",
		"a  {{- name -}}  b\n\n{%- if yes -%}\n c\n{%- endif %}\n",
		"{{ prices.tea }} {{ prices['ale'] }} {{ people[0].tags[1] }}",
	} {
		reference, err := gonja.FromString(text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := reference.ExecuteToString(exec.NewContext(in))
		if err != nil {
			t.Fatal(err)
		}
		want = strings.NewReplacer("True", "true", "False", "false").Replace(want)
		tmpl, err := prompt.Parse[map[string]any](jinja.Text(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := tmpl.Render(t.Context(), in); err != nil || got != want {
			t.Errorf("%q is\n%q, %v; want\n%q", text, got, err, want)
		}
	}
}

// TestAsJinja holds what Jinja 3.1 makes of texts that its parsers are often
// mistaken about.
func TestAsJinja(t *testing.T) {
	in := map[string]any{
		"name": "Ann", "empty": "", "no": false, "yes": true, "n": 3, "nothing": []any{},
		"items":  []any{"bread", "wine", "tea"},
		"people": []any{map[string]any{"tags": []any{"x", "y"}}, map[string]any{"tags": []any{}}},
		"prices": map[string]any{"tea": 2, "ale": 5},
	}
	for _, tt := range []struct{ text, want string }{
		// Lines in actions.
		{"{{ nosuch|default(\n'none') }}", "none"},
		{"{{\nname\n-}}   x", "Annx"},
		{"{% if yes\n and\nnot\nno\n-%}  a{% endif %}", "a"},
		{"{%\nfor i in\nitems %}{{ i[0] if no else\ni }};{% endfor %}", "bread;wine;tea;"},
		// Trimming.
		{"{% raw -%}  x  {%- endraw %}|", "x|"},
		{"a {%- raw %}  x  {% endraw -%} |", "a  x  |"},
		{"\u00a0{{- name -}}\f x", "Annx"},
		{"a {#- c -#} b{# {{ x }} #}", "ab"},
		{"  {%+ if yes +%}  a  {% endif %}{{+ 1 }}{{-1 }}", "    a  11"},
		// Braces that are text, beside actions.
		{"{ {{- name -}} }", "{Ann}"},
		{"{ {#- c -#} {$.name}", "{{$.name}"},
		{"{% raw %}{{% endraw %}{{ name }}", "{Ann"},
		{"{% raw %}{{{% endraw %}{{ name }}{", "{{Ann{"},
		// Strings.
		{`{{ 'a\\' }}'}}`, `a\'}}`},
		{`{{ "a\\" }} text "{{ name }}`, `a\ text "Ann`},
		{`{{ '\xe9\u00e9\101\d\n' }}{{ 'a\\"b' }}{{ '\\n' }}`, "éé" + `A\d` + "\n" + `a\"b\n`},
		{"{{ '\\\n' }}{{ '}}{{' }}{{ \"%}{%#}\" }}", "}}{{%}{%#}"},
		// Numbers and names.
		{"{{ 0x1F }} {{ 1_000 }} {{ 0b11 }} {{ 0o17 }} {{ 1.5e-3 }}", "31 1000 3 15 0.0015"},
		{"{% set order = 1 %}{% set inner = 2 %}{% set android = 3 %}{% set isle = 4 %}{% set notes = 5 %}{{ order }}{{ inner }}{{ android }}{{ isle }}{{ notes }}", "12345"},
		{"{% set range = 'q' %}{% for end in items %}{{ end }}{% endfor %}{{ range }}", "breadwineteaq"},
		{"{% if(yes)and(yes) %}a{% endif %}{% if yes or(no) %}b{% endif %}{% if not(no) %}c{% endif %}", "abc"},
		// Variables.
		{"{% set x = name %}{% set x = x|upper if x == 'Ann' else 'b' %}{{ x }}", "ANN"},
		{"{% set x = '' %}{% set x = 'y' if x else 'b' %}{{ x }}", "b"},
		{"{% set x = items %}{% for x in x %}{{ loop.length }}{{ x if loop.last }}{% endfor %}", "333tea"},
		{"{% for p in people %}{% for p in p.tags %}{{ loop.length }}{{ p }}{% endfor %}{% endfor %}", "2x2y"},
		{"{% set items = people %}{% for i in items %}{% set items = 'abc' %}{{ loop.length }}{% endfor %}", "22"},
		{"{% set x = 'a' %}{% if yes %}{% for y in nothing %}{% else %}{% set x = 'b' %}{{ x }}{% endfor %}{% endif %}{{ x }}", "ba"},
		{"{% for i in items %}{% for j in nothing %}{% else %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}", "112233"},
		// Which binds closer.
		{"{% if not n == 4 and yes or no %}a{% endif %}{{ 'A' == 'a'|upper }}", "atrue"},
		{"{{ name|lower if yes and not empty|default(no) else name|upper }}", "ann"},
	} {
		tmpl, err := prompt.Parse[map[string]any](jinja.Text(tt.text))
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got, err := tmpl.Render(t.Context(), in); err != nil || got != tt.want {
			t.Errorf("%q is\n%q, %v; want\n%q", tt.text, got, err, tt.want)
		}
	}
	// A loop over a map goes over its keys in Jinja, and not here: it is refused.
	type shop struct{ Prices map[string]int }
	if _, err := prompt.Parse[shop](jinja.Text("{% for p in Prices %}{{ p }}{% endfor %}")); !errors.Is(err, prompt.ErrType) {
		t.Errorf("%v, want a wrong type", err)
	}
	tmpl := prompt.New[map[string]any](jinja.Text("{% for p in prices %}{{ p }}{% endfor %}"))
	if got, err := tmpl.Render(t.Context(), in); !errors.Is(err, prompt.ErrType) {
		t.Errorf("%q, %v, want a wrong type", got, err)
	}
}

func ExampleText() {
	type mail struct {
		Name  string   `json:"name"`
		Items []string `json:"items"`
	}
	letter := prompt.New[mail](jinja.Text(`Dear {{ name | upper }},
{% for item in items %}{{ loop.index }}. {{ item }}
{% endfor %}`))
	text, err := letter.Render(context.Background(), mail{"Ann", []string{"bread", "{{ wine }}"}})
	fmt.Println(text, err)
	// Output:
	// Dear ANN,
	// 1. bread
	// 2. {{ wine }}
	//  <nil>
}

func ExampleParse() {
	_, err := jinja.Parse("Dear {{ name }},\n{% include '/etc/passwd' %}")
	fmt.Println(err)
	// Output: prompt: jinja:2: not a template: {% include %} is not there: there are if, for, set and raw
}

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat("Dear {{ name | upper }},\n{% for item in items %}{{ loop.index }}. {{ item }}\n{% endfor %}", 20)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := jinja.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
