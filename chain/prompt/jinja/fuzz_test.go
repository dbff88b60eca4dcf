package jinja_test

import (
	"errors"
	"testing"
	"text/template/parse"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/jinja"
)

// FuzzParse shows that any text is translated or refused, and that what comes out
// is a template of package prompt.
func FuzzParse(f *testing.F) {
	for _, tt := range []string{
		"Hello {{ name }}", "{% for x in xs %}{{ loop.index }}{% else %}-{% endfor %}", "{{ a['k'].b|join(', ') }}",
		"{% set x = 1 if a else 2 %}", "{% raw %}{{{% endraw %}", "{#- -#}", "{{ '\\\\' }}", "{%- if a -%}{% endif %}",
		"{{ {'a': 1} }}", "{% for k, v in m.items() %}", "{{ 0x1F }}{{ 1e400 }}", "{{-1}}", "{{ a.0.b }}", "{{ (a) }}", "{{0X0.A}}",
		"{{\xec0.䘊\x96\x9900000000000000000>000000000000000", "{% raw -%} {{ {%- endraw %}{ {{- a }}", `{{ "\\" }}{{ '\x41\101' }}`, "{%\nset a =\n'b'\n-%} {#- -#} ",
	} {
		f.Add(tt)
	}
	f.Fuzz(func(t *testing.T, text string) {
		translated, err := jinja.Parse(text)
		if err != nil {
			if _, ok := errors.AsType[*prompt.Error](err); !ok {
				t.Fatalf("%q: the error is a %T", text, err)
			}
			return
		}
		tree := parse.New("")
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(translated, "", "", map[string]*parse.Tree{}); err != nil {
			t.Fatalf("%q is\n%q, which is no template: %v", text, translated, err)
		}
	})
}
