package jinja_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/jinja"
)

func TestTranslation(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"plain { text } }} %} #}", "plain { text } }} %} #}"},
		{"Hello {{ name }}!", "Hello {{$.name}}!"},
		{"{{name}}", "{{$.name}}"},
		{"{{ 名前 }}", "{{$.名前}}"},
		{"{{ a.b.c }}", "{{$.a.b.c}}"},
		{"{{ a[0] }} {{ a.1 }} {{ a['k'].b }}", `{{(index $.a 0)}} {{(index $.a 1)}} {{(index $.a "k").b}}`},
		{"{{ a.0.1 }} {{ a.in.is }}", "{{(index (index $.a 0) 1)}} {{$.a.in.is}}"},
		{"a {#-#} b", "a b"},
		{strings.Repeat("{% if a %}{% endif %}", 101), strings.Repeat("{{if $.a}}{{end}}", 101)},
		{"{{ a[b] }}", "{{(index $.a $.b)}}"},
		{`{{ "x" }} {{ 'it\'s' }} {{ 1 }} {{ -1.5 }} {{ true }}`, `{{"x"}} {{"it's"}} {{1}} {{-1.5}} {{true}}`},
		{`{{ "{{ name }}" }}`, `{{"{{ name }}"}}`},
		{"{{ a if b else c }} {{ a if b }}", "{{if $.b}}{{$.a}}{{else}}{{$.c}}{{end}} {{if $.b}}{{$.a}}{{end}}"},
		{"{% if a %}1{% elif b %}2{% else %}3{% endif %}", "{{if $.a}}1{{else if $.b}}2{{else}}3{{end}}"},
		{"{% if a and not b or c %}1{% endif %}", "{{if (or (and $.a (not $.b)) $.c)}}1{{end}}"},
		{"{% if n >= 3 %}1{% endif %}{{ a == 'x' }}{{ a != 1 }}{{ a < b }}{{ a <= b }}{{ a > b }}", `{{if (ge $.n 3)}}1{{end}}{{(eq $.a "x")}}{{(ne $.a 1)}}{{(lt $.a $.b)}}{{(le $.a $.b)}}{{(gt $.a $.b)}}`},
		{"{% for x in xs %}{{ x }}{{ x.y }}{{ name }}{% else %}none{% endfor %}", "{{range $loop_1, $x := (first 2147483647 $.xs)}}{{$x}}{{$x.y}}{{$.name}}{{else}}none{{end}}"},
		{"{% for k, v in m.items() %}{{ k }}={{ v }}{% endfor %}", "{{range $k, $v := $.m}}{{$k}}={{$v}}{{end}}"},
		{"{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.length }}{% if not loop.last %},{% endif %}{% endfor %}",
			"{{$loop_1_list := (first 2147483647 $.xs)}}{{range $loop_1, $x := $loop_1_list}}{{(add $loop_1 1)}}{{$loop_1}}{{(len $loop_1_list)}}{{if (not (eq (add $loop_1 1) (len $loop_1_list)))}},{{end}}{{end}}"},
		{"{% for x in xs %}{% for y in x.ys %}{{ loop.first }}{% endfor %}{{ loop.first }}{% endfor %}",
			"{{range $loop_1, $x := (first 2147483647 $.xs)}}{{range $loop_2, $y := (first 2147483647 $x.ys)}}{{(eq $loop_2 0)}}{{end}}{{(eq $loop_1 0)}}{{end}}"},
		{"{{ loop }}", "{{$.loop}}"},
		{"{% for x in xs %}{% endfor %}{{ x }}", "{{range $loop_1, $x := (first 2147483647 $.xs)}}{{end}}{{$.x}}"},
		{"{% set x = name|upper %}{{ x }}", "{{$x := (upper $.name)}}{{$x}}"},
		{"{% set x = 'a' if b else 'c' %}{{ x }}", `{{$x := "c"}}{{if $.b}}{{$x = "a"}}{{end}}{{$x}}`},
		{"{% set x = 'a' %}{% if b %}{% set x = 'c' %}{% endif %}{{ x }}", `{{$x := "a"}}{{if $.b}}{{$x = "c"}}{{end}}{{$x}}`},
		{"{% set x = 'a' %}{% for y in ys %}{% set x = y %}{{ x }}{% endfor %}{{ x }}", `{{$x := "a"}}{{range $loop_1, $y := (first 2147483647 $.ys)}}{{$x := $y}}{{$x}}{{end}}{{$x}}`},
		{"{{ a|lower|trim }}{{ a|join(', ') }}{{ a|join }}{{ a|default('n') }}{{ a|d('n') }}{{ a|length }}{{ a|count }}{{ a|tojson }}{{ a|first }}",
			`{{(trim (lower $.a))}}{{(join ", " $.a)}}{{(join "" $.a)}}{{(default "n" $.a)}}{{(default "n" $.a)}}{{(len $.a)}}{{(len $.a)}}{{(json $.a)}}{{(index $.a 0)}}`},
		{"a{# {{ comment }} #}b", "ab"},
		{"a{#\n\n#}b {{ x }}", "a{{/*\n\n*/}}b {{$.x}}"},
		{"{% raw %}{{ name }}{% if %}{% endraw %}", `{{"{{"}} name }}{% if %}`},
		{"a {{- b -}} c", "a{{$.b}}c"},
		{"a\n\n  {{- b }}\n{{ c -}}\n\n d", "a{{/*\n\n*/}}{{$.b}}\n{{$.c}}{{/*\n\n*/}}d"},
		{"{% if a -%}\n  x\n{%- endif %}", "{{if $.a}}{{/*\n*/}}x{{end}}"},
		{"{{\n name\n}}", "{{$.name}}"},
		{"one\r\ntwo\n", "one\ntwo"},
	} {
		if got, err := jinja.Parse(tt.text); err != nil || got != tt.want {
			t.Errorf("%q is\n%s, %v; want\n%s", tt.text, got, err, tt.want)
		}
	}
}

// What is not to be translated is an error that says where and what there is.
func TestRefused(t *testing.T) {
	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, "{%% set x%d = 1 %%}", i)
	}
	deep := strings.Repeat("{% if a %}", 101) + strings.Repeat("{% endif %}", 101)
	for _, tt := range []struct{ text, want string }{
		{"a\n{% include '/etc/passwd' %}", "prompt: jinja:2: not a template: {% include %} is not there: there are if, for, set and raw"},
		{"{% extends 'base' %}", "prompt: jinja:1: not a template: {% extends %} is not there: there are if, for, set and raw"},
		{"{% import 'os' as os %}", "prompt: jinja:1: not a template: {% import %} is not there: there are if, for, set and raw"},
		{"{% macro m() %}{% endmacro %}", "prompt: jinja:1: not a template: {% macro %} is not there: there are if, for, set and raw"},
		{"{% block b %}{% endblock %}", "prompt: jinja:1: not a template: {% block %} is not there: there are if, for, set and raw"},
		{"{{ '/etc/passwd' | file }}", `prompt: jinja:1: not a template: the filter "file" is not there: there are upper, lower, trim, join, default, length, tojson and first`},
		{"{{ a|map(attribute='x') }}", `prompt: jinja:1: not a template: the filter "map" is not there: there are upper, lower, trim, join, default, length, tojson and first`},
		{"{{ a|join(1, 2) }}", `prompt: jinja:1: not a template: the filter "join" takes at most 1 arguments here`},
		{"{{ range(10) }}", "prompt: jinja:1: not a template: nothing can be called"},
		{"{{ ''.__class__.__mro__ }}", "prompt: jinja:1: not a template: a constant has no fields"},
		{"{{ a.b() }}", "prompt: jinja:1: not a template: nothing can be called"},
		{"{{ a is defined }}", `prompt: jinja:1: not a template: the test "defined" is not there: compare, or ask {% if value %}`},
		{"{{ a in b }}", `prompt: jinja:1: not a template: the test "in" is not there: compare, or ask {% if value %}`},
		{"{{ a + b }}", "prompt: jinja:1: not a template: the operator + is not there: compute before, in a field"},
		{"{{ a ~ b }}", "prompt: jinja:1: not a template: the operator ~ is not there: compute before, in a field"},
		{"{{ [1, 2] }}", "prompt: jinja:1: not a template: lists, tuples, maps, slices and None are not there"},
		{"{{ a[1:2] }}", "prompt: jinja:1: not a template: lists, tuples, maps, slices and None are not there"},
		{"{{ None }}", "prompt: jinja:1: not a template: lists, tuples, maps, slices and None are not there"},
		{"{{ $a }}", "prompt: jinja:1: not a template: '$' does not belong there"},
		{"{{ }}", "prompt: jinja:1: not a template: expected either a number, string, keyword or identifier"},
		{"{{ a", "prompt: jinja:1: not a template: {{ has no }}"},
		{"{% if a %}", "prompt: jinja:1: not a template: Unexpected EOF, expected tag elif or else or endif"},
		{"{% for x in %}{% endfor %}", ""},
		{"{% for x, y in xs %}{% endfor %}", "prompt: jinja:1: not a template: two names are for the keys and values of map.items()"},
		{"{% for x in range(9) %}{% endfor %}", "prompt: jinja:1: not a template: no call is there but {% for key, value in map.items() %}"},
		{"{% for x in xs if x %}{% endfor %}", "prompt: jinja:1: not a template: expected one expression"},
		{"{% for loop in xs %}{% endfor %}", `prompt: jinja:1: not a template: "loop" is taken`},
		{"{% for x in xs %}{{ loop }}{% endfor %}", "prompt: jinja:1: not a template: loop is for loop.index, loop.index0, loop.first, loop.last and loop.length"},
		{"{% for x in xs %}{{ loop.cycle }}{% endfor %}", "prompt: jinja:1: not a template: loop.cycle is not there: there are loop.index, loop.index0, loop.first, loop.last and loop.length"},
		{"{% for k, v in m.items() %}{{ loop.index }}{% endfor %}", "prompt: jinja:1: not a template: loop is there in lists, not in maps"},
		{"{% if a %}{% set x = 1 %}{% endif %}{{ x }}", `prompt: jinja:1: not a template: "x" is set inside of a condition alone: set it before, or write {% set x = a if b else c %}`},
		{"{% set x %}a{% endset %}", ""},
		{"{% set none = 1 %}", `prompt: jinja:1: not a template: "none" is taken`},
		{"{% if a != none %}{% endif %}", "prompt: jinja:1: not a template: lists, tuples, maps, slices and None are not there"},
		{"{% if a %}\n{% else if b %}\n{% endif %}", "prompt: jinja:2: not a template: {% else if %} is not there: write {% elif %}"},
		{"{% if a %}{% endif b %}", `prompt: jinja:1: not a template: {% endif %} takes nothing, but there is "b"`},
		{"{% for x in xs %}{% else x %}{% endfor %}", `prompt: jinja:1: not a template: {% else %} takes nothing, but there is "x"`},
		{"{% for x in xs %}{% endfor x %}", `prompt: jinja:1: not a template: {% endfor %} takes nothing, but there is "x"`},
		{"{{ 1 < 3 < 2 }}", "prompt: jinja:1: not a template: comparisons one after the other are not there: write and between them"},
		{"\n{{ a ?|upper }}", "prompt: jinja:2: not a template: '?' does not belong there"},
		{"{{ 010 }}", `prompt: jinja:1: not a template: "010 }}" begins with no number`},
		{"{{ 1x }}", `prompt: jinja:1: not a template: "1x }}" begins with no number`},
		{"{{ (a] }}", "prompt: jinja:1: not a template: ']' closes nothing"},
		{"{{ 'a }}", "prompt: jinja:1: not a template: a string has no end"},
		{"{{ 'a\\' }}", "prompt: jinja:1: not a template: a string has no end"},
		{`{{ '\ud800' }}`, `prompt: jinja:1: not a template: \ud800 is no character`},
		{`{{ '\x4' }}`, `prompt: jinja:1: not a template: \x4 is no character`},
		{`{{ '\N{BULLET}' }}`, `prompt: jinja:1: not a template: \N is not there: write the character`},
		{"a\n{# never closed", "prompt: jinja:2: not a template: a comment has no end"},
		{"a\n{% raw %} never closed", "prompt: jinja:2: not a template: {% raw %} has no {% endraw %}"},
		{"{{ a" + strings.Repeat("|upper", 1e5) + " }}", "prompt: jinja:1: over a limit: filters within each other, more than 100 deep"},
		{"{{ a" + strings.Repeat(".a", 1e5) + " }}", "prompt: jinja:1: over a limit: expressions within each other, more than 100 deep"},
		{"{{ a" + strings.Repeat(" or a", 1e5) + " }}", "prompt: jinja:1: over a limit: expressions within each other, more than 100 deep"},
		{many.String(), "prompt: jinja:1: over a limit: more than 1000 variables"},
		{deep, "prompt: jinja:1: over a limit: blocks within each other, more than 100 deep"},
		{"{{ " + strings.Repeat("(", 1000), "prompt: jinja:1: over a limit: brackets within each other, more than 100 deep"},
		{strings.Repeat("a", 1<<20+1), "prompt: jinja: over a limit: a template of 1048577 bytes, of at most 1048576"},
	} {
		text, err := jinja.Parse(tt.text)
		if err == nil {
			t.Errorf("%.60q is taken, as %q", tt.text, text)
			continue
		}
		if _, ok := errors.AsType[*prompt.Error](err); !ok || tt.want != "" && err.Error() != tt.want {
			t.Errorf("%.60q: the error is\n%v, want\n%s", tt.text, err, tt.want)
		}
	}
}
