package prompt_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

// atkFunctions are functions of other engines, none of which is here.
var atkFunctions = map[string]string{
	"text/template": "print printf println html js urlquery call slice",
	"html/template": "_html_template_attrescaper _html_template_htmlescaper _eval_args_",
	"sprig": `env expandenv getHostByName osBase osDir osExt osClean osIsAbs base dir ext clean
		now ago dateModify date_modify dateInZone htmlDate unixEpoch toDate mustToDate
		genPrivateKey genCA genSelfSignedCert genSignedCert genCAWithKey derivePassword htpasswd bcrypt buildCustomCert
		encryptAES decryptAES uuidv4 randAlpha randAlphaNum randAscii randNumeric randBytes randInt shuffle
		list dict get set unset hasKey pluck merge mergeOverwrite deepCopy dig fail repeat until untilStep seq
		tpl toJson toPrettyJson fromJson mustFromJson toYaml fromYaml b64enc b64dec b32enc sha256sum
		regexMatch regexReplaceAll mustRegexReplaceAll replace cat nindent wrap wrapWith abbrev trunc
		split splitList sortAlpha kindOf typeOf typeIs kindIs toString toStrings quoteAll squote coalesce ternary
		semver urlParse urlJoin sub mul div mod max min ceil floor round atoi int64 float64 toDecimal`,
	"helm":        "include required lookup getHostByAddr files Files",
	"gonja":       "file filesize lipsum cycler joiner namespace config self cls session request url_for get_flashed_messages g",
	"consul":      "key keyOrDefault secret secrets service file readFile readDir fileExists plugin executeTemplate writeToFile exec",
	"gomplate":    "getenv os datasource ds file net http aws gcp sockaddr data crypto",
	"shell":       "system shell sh cmd exec popen spawn eval load import require open read write delete unlink chdir exit",
	"go's own":    "append cap clear close complex copy imag make max min new panic print println real recover len64 string byte int any",
	"case":        "Json JSON Upper LEN Join Default If END Eq",
	"near misses": "jsons uppercase joins length indices defaults trims indents quotes dates truncates firsts lasts equal",
}

// TestAttackFunctions shows that the list of functions is closed, wherever one
// may stand.
func TestAttackFunctions(t *testing.T) {
	forms := []string{"{{§}}", "{{§ .A}}", "{{.A | §}}", `{{§ "x" .A | upper}}`, "{{(§ .A).B}}", "{{if §}}x{{end}}", "{{if false}}{{§ .A}}{{end}}",
		"{{range § .Words}}x{{end}}", "{{with $x := § .A}}x{{end}}", `{{define "d"}}{{§}}{{end}}{{template "d" .}}`, `{{template "d" (§ .A)}}{{define "d"}}{{end}}`}
	var list []payload
	for engine, names := range atkFunctions {
		for i, name := range strings.Fields(names) {
			list = append(list, payload{engine + " " + name, strings.ReplaceAll(forms[0], "§", name), "made unknown"})
			form := forms[1+i%(len(forms)-1)]
			list = append(list, payload{engine + " " + form + " " + name, strings.ReplaceAll(form, "§", name), "made unknown"})
		}
	}
	for _, form := range forms {
		list = append(list, payload{form, strings.ReplaceAll(form, "§", "env"), "made unknown"})
	}
	atkRun(t, 400, list)
}

// TestAttackEngines holds the payloads that are known to work on other engines.
func TestAttackEngines(t *testing.T) {
	const unknown, syntax = "made unknown", "made syntax"
	atkRun(t, 100, []payload{
		// Jinja and gonja; langchaingo before 0.1.14 ran all of these (CVE-2025-9556).
		{"include", `{% include "/etc/passwd" %}`, "same"},
		{"include, single quotes", `{% include '/etc/passwd' %}`, "same"},
		{"include in an action", `{{ include "/etc/passwd" }}`, unknown},
		{"include, single quotes, in an action", `{{ include '/etc/passwd' }}`, "made unknown|syntax"},
		{"extends", `{% extends "/etc/passwd" %}`, "same"},
		{"extends in an action", `{{ extends "/etc/passwd" }}`, unknown},
		{"import", `{% import "/etc/passwd" as p %}{{ p }}`, unknown},
		{"from import", `{% from "/etc/passwd" import root %}`, "same"},
		{"set", `{% set x = 1 %}`, "same"},
		{"raw", `{% raw %}{{ secret }}{% endraw %}`, unknown},
		{"macro", `{% macro m() %}x{% endmacro %}{{ m() }}`, "made unknown|syntax"},
		{"for", `{% for i in range(1000000000) %}x{% endfor %}`, "same"},
		{"call block", `{% call m() %}{% endcall %}`, "same"},
		{"filter file", `{{ "/etc/passwd"|file }}`, unknown},
		{"filter attr", `{{ .A|attr("__class__") }}`, "made unknown|syntax"},
		{"filter map", `{{ .Words|map(attribute="x") }}`, "made unknown|syntax"},
		{"mro", `{{ ''.__class__.__mro__ }}`, syntax},
		{"mro of a string", `{{ "".__class__.__mro__[2].__subclasses__() }}`, syntax},
		{"mro of brackets", `{{ [].__class__.__base__.__subclasses__() }}`, syntax},
		{"mro of parentheses", `{{ ().__class__.__bases__[0] }}`, syntax},
		{"class of a field", `{{ .A.__class__ }}`, unknown},
		{"globals of a field", `{{ .A.__init__.__globals__ }}`, unknown},
		{"globals of a struct", `{{ .Canary.__init__.__globals__ }}`, unknown},
		{"dunder of dot", `{{ .__class__ }}`, unknown},
		{"config", `{{config}}`, unknown},
		{"config items", `{{ config.items() }}`, "made unknown|syntax"},
		{"self", `{{self._TemplateReference__context}}`, unknown},
		{"self init", `{{ self.__init__.__globals__.__builtins__ }}`, unknown},
		{"lipsum", `{{ lipsum.__globals__ }}`, unknown},
		{"lipsum popen", `{{ lipsum.__globals__["os"].popen("id").read() }}`, "made unknown|syntax"},
		{"cycler", `{{ cycler.__init__.__globals__.os }}`, unknown},
		{"request", `{{ request.application.__globals__ }}`, unknown},
		{"url_for", `{{ url_for.__globals__ }}`, unknown},
		{"open", `{{ open("/etc/passwd").read() }}`, "made unknown|syntax"},
		{"arithmetic", `{{ 7*7 }}`, syntax},
		{"arithmetic of strings", `{{ 7*'7' }}`, syntax},
		{"arithmetic with spaces", `{{ 7 * 7 }}`, syntax},
		{"inline if", `{{ .A if .B else .Name }}`, "made unknown|syntax"},
		{"statement in an action", `{{ % include "x" % }}`, syntax},
		{"line statement", "# for x in y\n# endfor", "same"},
		{"jinja comment", `{# {{config}} #}`, unknown},
		{"jinja trim", `{%- if x -%}y{%- endif -%}`, "same"},

		// LangChain's f-strings (CVE-2025-65106), str.format, and dollars.
		{"f-string attribute", `{obj.__class__.__init__.__globals__}`, "same"},
		{"f-string index", `{obj[0]}`, "same"},
		{"f-string conversion", `{obj!r}`, "same"},
		{"f-string spec", `{obj:>1000000000}`, "same"},
		{"f-string nested spec", `{obj:{obj}}`, "same"},
		{"f-string", `{secret}`, "same"},
		{"dollar", `$secret ${secret} ${{ secrets.KEY }}`, unknown},
		{"dollar braces", `${jndi:ldap://x/a} ${7*7} #{7*7} *{7*7} @(7*7) [[7*7]] ~{7*7}`, "same"},
		{"percent", `%s %v %n %(secret)s %[1]s %!s(MISSING)`, "same"},
		{"backticks", "`id` $(id)", "same"},

		// Mustache, Handlebars, Liquid, Twig, Velocity, Freemarker, ERB, EJS, Smarty, Tornado, Thymeleaf, Vue.
		{"mustache section", `{{#.Words}}x{{/.Words}}`, syntax},
		{"mustache inverted", `{{^.A}}x{{/.A}}`, syntax},
		{"mustache partial", `{{> secret }}`, syntax},
		{"mustache dynamic partial", `{{>*name}}`, syntax},
		{"mustache comment", `{{! x }}`, syntax},
		{"mustache triple", `{{{.A}}}`, syntax},
		{"mustache ampersand", `{{&.A}}`, syntax},
		{"mustache delimiters", `{{=<% %>=}}<% .secret %>`, syntax},
		{"mustache lambda", `{{#lambda}}{{secret}}{{/lambda}}`, syntax},
		{"mustache dot", `{{#.}}{{.}}{{/.}}`, syntax},
		{"handlebars this", `{{this}}`, unknown},
		{"handlebars this path", `{{this.constructor}}`, unknown},
		{"handlebars parent", `{{../secret}}`, syntax},
		{"handlebars each", `{{#each this}}{{this}}{{/each}}`, syntax},
		{"handlebars lookup", `{{lookup . "secret"}}`, unknown},
		{"handlebars constructor", `{{#with "s" as |string|}}{{string.constructor}}{{/with}}`, syntax},
		{"handlebars block params", `{{#if (lookup . "secret")}}x{{/if}}`, syntax},
		{"handlebars data", `{{@root.secret}}`, syntax},
		{"handlebars segment", `{{.[secret]}}`, syntax},
		{"constructor", `{{ .A.constructor.constructor("return process")() }}`, "made unknown|syntax"},
		{"proto", `{{ .A.__proto__ }}`, unknown},
		{"angular", `{{constructor.constructor('alert(1)')()}}`, "made unknown|syntax"},
		{"liquid include", `{% render "secret" %}{% include 'secret' %}`, "same"},
		{"twig filter", `{{ ["id"]|filter("system") }}`, syntax},
		{"twig env", `{{_self.env.registerUndefinedFilterCallback("exec")}}`, "made unknown|syntax"},
		{"twig source", `{{ source("/etc/passwd") }}`, "made unknown|syntax"},
		{"velocity", `#set($x=7*7)$x #include("/etc/passwd") #parse("x")`, "same"},
		{"freemarker", `<#assign ex="freemarker.template.utility.Execute"?new()>${ex("id")}`, "same"},
		{"erb", `<%= File.read("/etc/passwd") %>`, "same"},
		{"ejs", `<%- include("/etc/passwd") %>`, "same"},
		{"smarty", `{system('id')}{php}echo 1;{/php}{include file="/etc/passwd"}`, "same"},
		{"tornado", `{% import os %}{{ os.popen("id").read() }}`, "made unknown|syntax"},
		{"thymeleaf", `__${T(java.lang.Runtime).getRuntime().exec("id")}__::.x`, "same"},
		{"spring", `#{T(java.lang.System).getenv()}`, "same"},
		{"ssi", `<!--#include file="/etc/passwd"--><!--#exec cmd="id"-->`, "same"},
		{"php", `<?php system("id"); ?><?= 1 ?>`, "same"},
		{"xxe", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;`, "same"},
		{"helm", `{{ .Files.Get "/etc/passwd" }}{{ .Values.x }}`, unknown},
		{"helm lookup", `{{ lookup "v1" "Secret" "ns" "n" }}`, unknown},
		{"consul", `{{ with secret "kv/x" }}{{ .Data }}{{ end }}`, unknown},
		{"gomplate", `{{ (ds "x").y }}`, unknown},
		{"actions", `::set-env name=x::y ::add-mask::`, "same"},

		// Reach by names: what there is in templates of Go programs at large.
		{"env", `{{env "HOME"}}`, unknown},
		{"env of a pipe", `{{"HOME" | env}}`, unknown},
		{"expandenv", `{{expandenv "$HOME"}}`, unknown},
		{"host", `{{getHostByName "example.org"}}`, unknown},
		{"read file", `{{readFile "/etc/passwd"}}`, unknown},
		{"read file in a dead branch", `{{if false}}{{readFile "/etc/passwd"}}{{end}}`, unknown},
		{"read file in an unused define", `{{define "x"}}{{readFile "/etc/passwd"}}{{end}}`, "safe"},
		{"read file behind a variable", `{{$f := readFile}}{{$f}}`, unknown},
		{"call of a variable", `{{$f := .A}}{{$f .B}}`, "made type|syntax"},
		{"call of a string", `{{"len" .A}}`, "made type|syntax"},
		{"call of a number", `{{1 .A}}`, "made type|syntax"},
		{"call of dot", `{{. .A}}`, "made type|syntax"},
		{"call of nil", `{{nil .A}}`, "made type|syntax"},
		{"call of parentheses", `{{(len) .A}}`, "made type|syntax|unknown"},
		{"call of a field", `{{.A .B}}`, "made type|syntax"},
		{"call of a field of a chain", `{{(.Node).Name .A}}`, "made type|syntax"},
		{"call of a field by pipe", `{{.A | .B}}`, "made type|syntax"},
		{"call of a variable by pipe", `{{$x := .A}}{{.A | $x}}`, "made type|syntax"},
		{"call of dot by pipe", `{{.A | .}}`, "made type|syntax"},
		{"constant by pipe", `{{.A | "x"}}`, syntax},
	})
}

// TestAttackTemplates holds the payloads about templates, and their names.
func TestAttackTemplates(t *testing.T) {
	names := []string{"prompt", "main", "system", "user", "assistant", "template", "text", "root", ".", "..", "0", " ", "prompt.md",
		"message", "message 1", "message 1 (system)", "$", "nil", "if", "end", "{{.A}}", "../../../etc/passwd", "a\x00b", "\n", "%s", "hadal"}
	var list []payload
	for _, name := range names {
		q := quoted(name)
		list = append(list,
			payload{"define " + q, `{{define ` + q + `}}evil{{end}}good`, "safe"}, // the text is checked below
			payload{"template " + q, `{{template ` + q + ` .}}`, "any unknown|limit"},
			payload{"block " + q, `{{block ` + q + ` .}}x{{end}}`, "safe"},
		)
	}
	atkRun(t, 115, append(list, []payload{
		{"unknown template", `{{template "x" .}}`, "made unknown"},
		{"template in a dead branch", `{{if false}}{{template "x" .}}{{end}}`, "made unknown"},
		{"template of a path", `{{template "/etc/passwd"}}`, "made unknown"},
		{"template by field", `{{template .A .}}`, "made syntax"},
		{"template by variable", `{{$x := "d"}}{{template $x .}}`, "made syntax"},
		{"template by parentheses", `{{template ("d") .}}`, "made syntax"},
		{"template by raw string", "{{define `d`}}x{{end}}{{template `d` .}}", "out x"},
		{"two defines", `{{define "d"}}x{{end}}{{define "d"}}y{{end}}{{template "d" .}}`, "made syntax|type|unknown"},
		{"define and block", `{{define "d"}}x{{end}}{{block "d" .}}y{{end}}`, "made syntax|type|unknown"},
		{"two blocks", `{{block "d" .}}x{{end}}{{block "d" .}}y{{end}}`, "made syntax|type|unknown"},
		{"define in a define", `{{define "d"}}{{define "e"}}x{{end}}{{end}}`, "made syntax"},
		{"define in an if", `{{if .A}}{{define "d"}}x{{end}}{{end}}`, "made syntax"},
		{"define without a name", `{{define}}x{{end}}`, "made syntax"},
		{"define of a field", `{{define .A}}x{{end}}`, "made syntax"},
		{"define without an end", `{{define "d"}}x`, "made syntax"},
		{"direct recursion", `{{define "d"}}{{template "d" .}}{{end}}{{template "d" .}}`, "run limit"},
		{"direct recursion with text", `{{define "d"}}x{{template "d" .}}x{{end}}{{template "d" .}}`, "run limit"},
		{"mutual recursion", `{{define "d"}}{{template "e" .}}{{end}}{{define "e"}}{{template "d" .}}{{end}}{{template "d" .}}`, "run limit"},
		{"a ring of three", `{{define "d"}}{{template "e" .}}{{end}}{{define "e"}}{{template "f" .}}{{end}}{{define "f"}}{{template "d" .}}{{end}}{{template "f" .}}`, "run limit"},
		{"recursion of a tree", `{{define "d"}}{{template "d" .}}{{template "d" .}}{{end}}{{template "d" .}}`, "run limit"},
		{"recursion in a range", `{{define "d"}}{{range .Words}}{{template "d" $}}{{end}}{{end}}{{template "d" .}}`, "run limit"},
		{"recursion of a block", `{{block "d" .}}{{template "d" .}}{{end}}`, "run limit"},
		{"recursion with a growing argument", `{{define "d"}}{{template "d" (quote .)}}{{end}}{{template "d" .A}}`, "run limit"},
		{"recursion with an indented argument", `{{define "d"}}{{template "d" (indent 100 .)}}{{end}}{{template "d" .A}}`, "run limit"},
		{"recursion down a ring", `{{define "d"}}{{.Name}}{{template "d" .Next}}{{end}}{{template "d" .Node}}`, "run limit"},
		{"recursion over kids of a ring", `{{define "d"}}{{range .Kids}}{{template "d" .}}{{end}}{{end}}{{template "d" .Node}}`, "run limit"},
		{"recursion through a condition", `{{define "d"}}{{if .}}{{template "d" .}}{{end}}{{end}}{{template "d" .A}}`, "run limit"},
		{"recursion that ends", `{{define "d"}}{{.}}{{if ne . "…"}}{{template "d" (truncate 1 .)}}{{end}}{{end}}{{template "d" .Name}}`, "out name…"},
		{"recursion unused", `{{define "d"}}{{template "d" .}}{{end}}x`, "out x"},
		{"recursion with other types", `{{define "d"}}{{template "e" $}}{{end}}{{define "e"}}{{template "d" "x"}}{{end}}{{template "d" .}}`, "run limit"},
		{"no argument", `{{define "d"}}{{.}}{{end}}{{template "d"}}`, "any missing|type"},
		{"no argument, field", `{{define "d"}}{{.A}}{{end}}{{template "d"}}`, "any missing|type|unknown"},
		{"fields of the caller", `{{define "d"}}{{.A}}{{end}}{{template "d" .Name}}`, "made unknown|type"},
		{"dollar is the argument", `{{define "d"}}{{$.A}}{{end}}{{template "d" .Name}}`, "made unknown|type"},
		{"variables of the caller", `{{define "d"}}{{$x}}{{end}}{{$x := .A}}{{template "d" .}}`, "made unknown"},
		{"argument with a method", `{{define "d"}}{{.}}{{end}}{{template "d" .String1}}`, "made type"},
		{"argument is a function", `{{define "d"}}{{.}}{{end}}{{template "d" .Fn}}`, "made type"},
		{"unreached bad template", `{{define "d"}}{{.secret}}{{end}}{{if false}}{{template "d" .}}{{end}}`, "made unknown"},
		{"name that holds an action", `{{define "{{.A}}"}}x{{end}}{{template "{{.A}}" .}}`, "safe"},
	}...))
}

// TestAttackRedefine shows that no name of a define takes the place of the
// text that was asked for.
func TestAttackRedefine(t *testing.T) {
	in := newAtkT(t)
	for _, name := range []string{"prompt", "main", "system", "user", "", "template", "text", "message 1", "a"} {
		for _, main := range []string{"good", "  good", "", " \n", "{{/* good */}}"} {
			for _, text := range []string{`{{define ` + quoted(name) + `}}evil{{end}}` + main, main + `{{define ` + quoted(name) + `}}evil{{end}}`} {
				tmpl, err := prompt.Parse[atkT](text)
				if err != nil {
					continue
				}
				out, err := tmpl.Render(t.Context(), in)
				if want := strings.ReplaceAll(main, "{{/* good */}}", ""); err != nil || out != want {
					t.Errorf("%q renders as %q, %v, want %q", text, out, err, want)
				}
				c, err := prompt.ParseMessages[atkT](prompt.System(text), prompt.User("hello"))
				if err != nil {
					continue
				}
				msgs, err := c.Render(t.Context(), in)
				if err != nil {
					t.Errorf("%q: %v", text, err)
				}
				for _, m := range msgs {
					if strings.Contains(m.Text(), "evil") {
						t.Errorf("%q becomes the message %q", text, m.Text())
					}
				}
			}
		}
	}
	in.silent(t)
}

// TestAttackPartials holds what partials may not do to each other and to the text.
func TestAttackPartials(t *testing.T) {
	p := func(nameAndText ...string) (list []prompt.Partial) {
		for pair := range slices.Chunk(nameAndText, 2) {
			list = append(list, prompt.Partial{Name: pair[0], Text: pair[1]})
		}
		return list
	}
	tests := []struct {
		name, text string
		partials   []prompt.Partial
		want       string // "" is an error of any kind
	}{
		{"two of one name", "x", p("d", "1", "d", "2"), ""},
		{"two of one name, one empty", "x", p("d", "", "d", "2"), ""},
		{"two of one name, both empty", "x", p("d", "", "d", ""), ""},
		{"two of one name, both blank", "x", p("d", " ", "d", "\n"), ""},
		{"two equal", "x", p("d", "1", "d", "1"), ""},
		{"no name", "x", p("", "1"), ""},
		{"a define of the text", `{{define "d"}}1{{end}}x`, p("d", "2"), ""},
		{"an empty define of the text", `{{define "d"}}{{end}}x`, p("d", "2"), ""},
		{"a block of the text", `{{block "d" .}}1{{end}}x`, p("d", "2"), ""},
		{"a define of an empty partial", `{{define "d"}}1{{end}}x`, p("d", ""), ""},
		{"a define of another partial", "x", p("d", "1", "e", `{{define "d"}}2{{end}}`), ""},
		{"a define of a later partial", "x", p("e", `{{define "d"}}2{{end}}`, "d", "1"), ""},
		{"a define of itself", "x", p("d", `{{define "d"}}2{{end}}1`), ""},
		{"the same define in two", "x", p("d", `{{define "f"}}1{{end}}`, "e", `{{define "f"}}2{{end}}`), ""},
		{"broken", "x", p("d", "{{if}"), ""},
		{"broken and used", `{{template "d" .}}`, p("d", "{{if .A}}"), ""},
		{"a function that is not there", `{{template "d" .}}`, p("d", "{{env}}"), ""},
		{"a field that is not there", `{{template "d" .}}`, p("d", "{{.secret}}"), ""},
		{"a method", `{{template "d" .}}`, p("d", "{{.Evil}}"), ""},
		{"used by a partial", `{{template "d" .}}`, p("d", `{{template "e" .}}`, "e", "{{.Do}}"), ""},
		{"not there", `{{template "e" .}}`, p("d", "1"), ""},
		{"a variable of the text", `{{$x := .A}}{{template "d" .}}`, p("d", "{{$x}}"), ""},
		{"recursion", `{{template "d" .}}`, p("d", `{{template "d" .}}`), ""},
		{"mutual recursion", `{{template "d" .}}`, p("d", `{{template "e" .}}`, "e", `{{template "d" .}}`), ""},
		{"too long", "x", p("d", atkTimes(1<<20+1, "x")), ""},
		{"too deep", "x", p("d", atkTimes(101, "{{if .A}}")+atkTimes(101, "{{end}}")), ""},
		{"unused", "x", p("d", "1"), "x"},
		{"unused, of another type", "x", p("d", "{{.Elsewhere}}"), "x"},
		{"used", `x{{template "d" .}}y`, p("d", "{{.A}}"), "xay"},
		{"used twice with two types", `{{template "d" .}}{{template "d" .Node}}`, p("d", "{{.Name}}."), "name.node."},
		{"used with a type that does not fit", `{{template "d" .}}{{template "d" .A}}`, p("d", "{{.Name}}."), ""},
		{"a partial in a partial", `{{template "d" .}}`, p("d", `<{{template "e" .A}}>`, "e", "{{.}}"), "<a>"},
		{"a variable stays inside", `{{$x := "out"}}{{template "d" .}}{{$x}}`, p("d", `{{$x := "in"}}{{$x}}`), "inout"},
	}
	if len(tests) < 30 {
		t.Errorf("%d tests, want at least 30", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := newAtkT(t)
			atkEnds(t, func() {
				tmpl, err := prompt.Parse[atkT](tt.text, tt.partials...)
				var out string
				if err == nil {
					out, err = tmpl.Render(t.Context(), in)
				}
				atkCheckOutcome(t, out, err)
				if (err != nil) != (tt.want == "") || out != tt.want {
					t.Errorf("%q, %v, want %q", out, err, tt.want)
				}
			})
			in.silent(t)
		})
	}
}
