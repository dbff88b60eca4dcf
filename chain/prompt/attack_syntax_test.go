package prompt_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

const atkMiB = 1 << 20

// TestAttackSyntax holds texts that are odd in bytes and in grammar.
func TestAttackSyntax(t *testing.T) {
	const syntax = "made syntax"
	atkRun(t, 110, []payload{
		{"empty", "", "out "},
		{"blank", " \n\t ", "same"},
		{"text", "text", "same"},
		{"NUL", "a\x00b", "same"},
		{"NUL in an action", "{{.A\x00}}", syntax},
		{"NUL in a name", "{{.A\x00secret}}", syntax},
		{"NUL in a string", "{{\"a\x00b\"}}", "safe"},
		{"NUL in a string, escaped", `{{"a\x00b"}}`, "out a\x00b"},
		{"invalid UTF-8", "a\xff\xfeb", "same"},
		{"invalid UTF-8 in an action", "{{.A\xff}}", syntax},
		{"invalid UTF-8 in a string", "{{\"\xff\"}}", "safe"},
		{"invalid UTF-8 in a comment", "{{/* \xff */}}x", "out x"},
		{"half a rune before an action", "\xe2\x80{{.A}}", "out \xe2\x80a"},
		{"overlong braces", "\xc1\xbb\xc1\xbb.secret\xc1\xbd\xc1\xbd", "same"},
		{"full-width braces", "｛｛.secret｝｝", "same"},
		{"BOM", "\ufeff{{.A}}", "out \ufeffa"},
		{"BOM in an action", "{{\ufeff.A}}", syntax},
		{"zero-width space in an action", "{{\u200b.A}}", syntax},
		{"no-break space in an action", "{{\u00a0.A}}", syntax},
		{"line separator in an action", "{{\u2028.A}}", syntax},
		{"RTL override in an action", "{{\u202e.A}}", syntax},
		{"RTL override in text", "\u202e{{.A}}", "out \u202ea"},
		{"homoglyph of a field", "{{.А}}", "made unknown"}, // Cyrillic
		{"homoglyph of a function", `{{lеn .A}}`, "made unknown"},
		{"combining mark in a name", "{{.A\u0301}}", "made unknown|syntax"},
		{"escape in an action", "{{\x1b[31m.A}}", syntax},
		{"newlines in an action", "{{\n.A\n}}", "out a"},
		{"carriage returns", "a\r\n{{.A}}\r\n", "out a\r\na\r\n"},
		{"delimiters in text", "a }} b { { } }", "same"},
		{"lone open", "{{", syntax},
		{"lone open at the end", "text {{", syntax},
		{"open and newline", "{{\n", syntax},
		{"lone brace", "{", "same"},
		{"lone close", "}}", "same"},
		{"empty action", "{{}}", syntax},
		{"blank action", "{{  }}", syntax},
		{"three braces", "{{{.A}}}", syntax},
		{"four braces", "{{{{.A}}}}", syntax},
		{"brace before an action", "{ {{.A}} }", "out { a }"},
		{"half closed", "{{.A}", syntax},
		{"closed twice", "{{.A}}}}", "out a}}"},
		{"an action in a string", `{{"{{.secret}}"}}`, "out {{.secret}}"},
		{"an action in a raw string", "{{`{{.secret}}`}}", "out {{.secret}}"},
		{"a close in a string", `{{"}}"}}{{.A}}`, "out }}a"},
		{"a string that does not end", `{{"abc}}`, syntax},
		{"a raw string that does not end", "{{`abc}}", syntax},
		{"a raw string over lines", "{{`a\nb`}}", "out a\nb"},
		{"a bad escape", `{{"\q"}}`, syntax},
		{"a trim of nothing", "{{- -}}", syntax},
		{"trim", " {{- .A -}} ", "out a"},
		{"trim of all", "  {{- /* x */ -}}  ", "out "},
		{"trim without a space", "{{-.A}}", syntax},
		{"trim or minus", "{{-1}}", "out -1"},
		{"trim and minus", "x {{- -1}}", "out x-1"},
		{"no trim without a space", "{{.A-}} x", syntax},
		{"comment", "{{/* .secret */}}x", "out x"},
		{"a comment that hides an action", "{{/* }}{{.secret}}{{/* */}}x", "out x"},
		{"a comment that hides a field", "{{/* x */ .A}}", syntax},
		{"a comment after a field", "{{.A /* x */}}", syntax},
		{"a comment that does not end", "{{/* x", syntax},
		{"a comment that ends late", "{{/* x */ }}", syntax},
		{"a comment in a comment", "{{/* /* */ */}}", syntax},
		{"a comment of quotes", "{{/* \" ` ' */}}x", "out x"},
		{"a comment after trim", "{{- /* x */}}y", "out y"},
		{"a line comment", "{{// x}}", syntax},
		{"a block that does not end", "{{if .A}}", syntax},
		{"an end too many", "{{end}}", syntax},
		{"an else too many", "{{else}}", syntax},
		{"two elses", "{{if .A}}{{else}}{{else}}{{end}}", syntax},
		{"else if after else", "{{if .A}}{{else}}{{else if .B}}{{end}}", syntax},
		{"break outside", "{{break}}", syntax},
		{"continue outside", "{{continue}}", syntax},
		{"break in a define of a range", `{{define "d"}}{{break}}{{end}}{{range .Words}}{{template "d"}}{{end}}`, syntax},
		{"break", "{{range .Words}}{{.}}{{break}}{{end}}", "out x"},
		{"continue", "{{range .Words}}{{continue}}{{.}}{{end}}", "out "},
		{"if without a condition", "{{if}}x{{end}}", syntax},
		{"range without a list", "{{range}}x{{end}}", syntax},
		{"with without a value", "{{with}}x{{end}}", syntax},
		{"range over two", "{{range .A .B}}x{{end}}", "made type|syntax"},
		{"three variables of a range", "{{range $i, $x, $y := .Words}}x{{end}}", syntax},
		{"two variables of a with", "{{with $i, $x := .Words}}x{{end}}", syntax},
		{"a pipe into nothing", "{{.A | }}", "safe"},
		{"a pipe from nothing", "{{ | upper}}", syntax},
		{"two pipes", "{{.A || upper}}", syntax},
		{"nil", "{{nil}}", "made syntax|type"},
		{"nil in a variable", "{{$x := nil}}{{$x}}", "made syntax|type"},
		{"nil in a pipe", "{{nil | upper}}", "made syntax|type"},
		{"nil as an argument", "{{upper nil}}", "made type"},
		{"nil in an if", "{{if nil}}x{{end}}", "made syntax|type"},
		{"nil in a range", "{{range nil}}x{{end}}", "made syntax|type"},
		{"nil field", "{{nil.A}}", "made syntax|type"},
		{"nil by parentheses", "{{(nil).A}}", "made syntax|type"},
		{"nil to a template", `{{define "d"}}{{.}}{{end}}{{template "d" nil}}`, "any syntax|type|missing"},
		{"nil in a comparison of strings", "{{eq .A nil}}", "made type"},
		{"a variable that is not there", "{{$x}}", "made unknown"},
		{"a variable of another block", "{{if .A}}{{$x := .A}}{{end}}{{$x}}", "made unknown"},
		{"a variable of a range, after it", "{{range $x := .Words}}{{end}}{{$x}}", "made unknown"},
		{"a variable of a with, in its else", "{{with $x := .A}}{{else}}{{$x}}{{end}}", "safe"},
		{"an assignment to nothing", "{{$x = .A}}", "made unknown"},
		{"an assignment to dollar", "{{$ = .A}}", "safe"},
		{"a declaration of dollar", "{{$ := .A}}{{$}}", "safe"},
		{"a variable of itself", "{{$x := $x}}", "made unknown"},
		{"a field of a variable that is not there", "{{$x.A}}", "made unknown"},
		{"a field of a string", "{{.A.B}}", "made unknown|type"},
		{"a field of a constant", `{{("x").A}}`, "made unknown|type|syntax"},
		{"a field of a number", "{{(1).A}}", "made unknown|type|syntax"},
		{"a field of a slice", "{{.Words.x}}", "made unknown|type"},
		{"a field of a pipe", "{{(upper .A).B}}", "made unknown|type"},
		{"a field of true", "{{true.A}}", "made unknown|type|syntax"},
		{"dots", "{{..}}", syntax},
		{"dot at the end", "{{.A.}}", syntax},
		{"dot in a field", "{{.A..B}}", syntax},
		{"number in a field", "{{.0}}", "safe"},
		{"percent in a name", "{{.%s}}", syntax},
		{"assignment in a condition", "{{if $x := .A}}{{$x}}{{end}}", "out a"},
		{"hexadecimal", "{{0x10}}", "out 16"},
		{"imaginary", "{{1i}}", "made type|syntax"},
		{"complex", "{{1+2i}}", "made type|syntax"},
		{"a number too big", "{{99999999999999999999}}", "made syntax|type|limit"},
		{"a number too big, negative", "{{-99999999999999999999}}", "made syntax|type|limit"},
		{"a number too big, hexadecimal", "{{0xfffffffffffffffff}}", "made syntax|type|limit"},
		{"a number too big as an index", "{{index .Words 99999999999999999999}}", "made syntax|type|limit"},
		{"a number of 64 bits as an index", "{{index .Words 18446744073709551615}}", "any syntax|type|missing"},
		{"the greatest number as an index", "{{index .Words 9223372036854775807}}", "any missing|type"},
		{"a negative index", "{{index .Words -1}}", "any missing|type"},
		{"a float beyond floats", "{{1e1000}}", "made syntax|type|limit"},
		{"a float as a count", "{{indent 1.5 .A}}", "made type"},
		{"a float that is a whole number", "{{indent 1e2 .A}}", "safe"},
		{"a character", "{{'a'}}", "safe"},
		{"indent too much", "{{indent 101 .A}}", "any type|limit"},
		{"indent far too much", "{{indent 9223372036854775807 .A}}", "any type|limit"},
		{"indent negative", "{{indent -1 .A}}", "any type|limit"},
		{"indent least of all", "{{indent -9223372036854775808 .A}}", "any type|limit"},
		{"indent by a field", "{{indent .N .A}}", "out    a"},
		{"truncate to nothing", "{{truncate 0 .A}}", "any type|limit"},
		{"truncate negative", "{{truncate -1 .A}}", "any type|limit"},
		{"truncate at the greatest number", fmt.Sprintf("{{truncate %d .A}}", math.MaxInt), "out a"},
		{"first negative", "{{first -1 .Words}}", "any type|limit"},
		{"first of the greatest number", fmt.Sprintf("{{len (first %d .Words)}}", math.MaxInt), "out 3"},
		{"last of the greatest number", fmt.Sprintf("{{len (last %d .Words)}}", math.MaxInt), "out 3"},
		{"last negative", "{{len (last -1 .Words)}}", "any type|limit"},
		{"date without a layout", "{{date .When}}", "made type|syntax"},
		{"date with an odd layout", `{{date "%s {{.secret}}" .When}}`, "out %s {{.secret}}"},
		{"too few arguments", "{{join .Words}}", "made type|syntax"},
		{"too many arguments", "{{upper .A .B}}", "made type|syntax"},
		{"eq of one", "{{eq .A}}", "made type|syntax"},
		{"eq of nothing", "{{eq}}", "made type|syntax"},
		{"and of nothing", "{{and}}", "made type|syntax"},
		{"not of two", "{{not .A .B}}", "made type|syntax"},
		{"eq of kinds", "{{eq .A 1}}", "made type"},
		{"lt of kinds", "{{lt .N .A}}", "made type"},
		{"eq of a boolean and a string", `{{eq .Yes "true"}}`, "made type"},
	})
}

// TestAttackSize holds texts that are long, deep, or both. The point is that
// the parser, which recurses, never sees them, and that errors are short.
func TestAttackSize(t *testing.T) {
	fill := func(size int, unit string) string { return strings.Repeat(unit, size/len(unit)) }
	wrap := func(n int, open, mid, end string) string { return atkTimes(n, open) + mid + atkTimes(n, end) }
	const limit, some = "made limit", "made limit|syntax|unknown|type"
	list := []payload{
		{"a text at the limit", fill(atkMiB, "x"), "run limit"}, // the harness caps outputs at 64 KiB
		{"a text over the limit", fill(atkMiB, "x") + "x", limit},
		{"a comment over the limit", "{{/* " + fill(atkMiB, "x") + " */}}", limit},
		{"blanks over the limit", fill(atkMiB+1, " ") + "{{- .A}}", limit},
		{"a text far over the limit", fill(16*atkMiB, "{{.A}}"), limit},
		{"a string over the limit", `{{"` + fill(atkMiB, "x") + `"}}`, limit},
		{"a string below the limit", `{{len "` + fill(atkMiB/2, "x") + `"}}`, "safe"},
		{"comments", fill(atkMiB, "{{/**/}}"), "safe"},
		{"actions", fill(atkMiB, "{{.A}}"), "run limit"},
		{"actions of nothing", fill(atkMiB/4, "{{if .M.x}}{{end}}"), "safe"},
		{"fields", "{{" + fill(atkMiB/4-8, ".A") + "}}", "made unknown|type|limit"},
		{"fields of a ring", "{{.Node" + fill(atkMiB/4-100, ".Next") + ".Name}}", "safe"},
		{"a name", "{{." + fill(atkMiB-8, "A") + "}}", "made unknown|limit"},
		{"a name of no ASCII", "{{." + fill(atkMiB-8, "é") + "}}", "made unknown|limit"},
		{"a function", "{{" + fill(atkMiB-8, "a") + "}}", "made unknown|limit"},
		{"a variable", "{{$" + fill(atkMiB-8, "a") + "}}", "made unknown|limit"},
		{"a template name", `{{template "` + fill(atkMiB-30, "a") + `"}}`, "made unknown|limit"},
		{"a number", "{{" + fill(atkMiB-8, "1") + "}}", some},
		{"a fraction", "{{0." + fill(atkMiB-8, "1") + "}}", "safe"},
		{"an exponent", "{{1e" + fill(atkMiB-8, "9") + "}}", some},
		{"a base", "{{0x" + fill(atkMiB-8, "f") + "p99999999}}", some},
		{"a pipe", "{{.A" + fill(atkMiB/4-100, "|upper") + "}}", "safe"},
		{"arguments", "{{and " + fill(atkMiB/4-100, ".A ") + "}}", "safe"},
		{"arguments of eq", "{{eq " + fill(atkMiB/4-100, ".A ") + "}}", "safe"},
		{"arguments of index", "{{index .List " + fill(atkMiB/4, "0 ") + "}}", "any type|limit"},
		{"variables", fill(atkMiB/4-100, "{{$x := 1}}"), "safe"},
		{"defines", defines(20_000), "safe"},
		{"blocks", blocks(20_000), "safe"},
		{"else if", "{{if .M.a}}" + fill(atkMiB-100, "{{else if .M.a}}") + "{{end}}", "safe"},
		{"else with", "{{with .M.a}}" + fill(atkMiB-100, "{{else with .M.a}}") + "{{end}}", "safe"},
		{"broken actions", fill(atkMiB/4, "{{.}"), some},
		{"quotes", "{{" + fill(atkMiB/4-8, `"" `) + "}}", some},
		{"backslashes", `{{"` + fill(atkMiB-9, `\`) + `"}}`, some},
		{"minus signs", "{{" + fill(atkMiB/4-8, "-") + "}}", some},
		{"trims", fill(atkMiB/4-8, "{{- .A -}} "), "safe"},
		{"pipes", "{{" + fill(atkMiB/4-8, "|") + "}}", some},
		{"dots", "{{" + fill(atkMiB/4-8, ".") + "}}", some},
		{"commas", "{{range $a" + fill(atkMiB/4-80, ",$a") + " := .Words}}{{end}}", some},
		{"ends", fill(atkMiB/4, "{{end}}"), some},
		{"newlines in an action", "{{.A" + fill(atkMiB-8, "\n") + "}}", "out a"},
	}
	for _, open := range []string{"{{if .A}}", "{{range .Words}}", "{{with .A}}", "{{block `d` .}}", "{{if .A}}x{{else}}", "{{range .Words}}{{else}}", "{{- if .A -}} ",
		"{{if (eq .A `}}`)}}", "{{/* {{end}} */}}{{if .A}}", "{{`{{end}}`}}{{if .A}}", `{{"{{end}}"}}{{if .A}}`, "{{'}'}}{{if .A}}", `{{'"'}}{{if .A}}`, `{{"\""}}{{if .A}}`, "{{`\\`}}{{if .A}}",
		"{{if .A}}{{/* \" */}}", "{{if .A}}{{/* ` */}}", "{{\nif .A\n}}", "{{if\t.A}}", "{{$x := .A}}{{if $x}}", "{{define `d`}}"} {
		list = append(list,
			payload{"open " + open, fill(atkMiB, open), some},
			payload{"nested " + open, wrap(10_000, open, "x", "{{end}}"), "made limit|syntax"},
			payload{"nested a little too deep " + open, wrap(101, open, "x", "{{end}}"), "made limit|syntax"},
		)
	}
	for _, open := range []string{"(", "( ", "(not ", "(and .A ", "(\n", "(.A | and ", "(\"(\" | and ", "(`)` | and ", `("\")" | and `, "(')' | and "} {
		list = append(list,
			payload{"open " + open, "{{" + fill(atkMiB-100, open), some},
			payload{"nested " + open, "{{" + wrap(10_000, open, ".A", ")") + "}}", "made limit"},
			payload{"nested a little too deep " + open, "{{" + wrap(101, open, ".A", ")") + "}}", "made limit"},
			payload{"nested in a condition " + open, "{{if " + wrap(10_000, open, ".A", ")") + "}}{{end}}", "made limit"},
			payload{"nested in an argument " + open, `{{template "d" ` + wrap(10_000, open, ".A", ")") + "}}", "made limit"},
		)
	}
	list = append(list, []payload{
		{"nested as deep as it may", wrap(99, "{{if .A}}", "x", "{{end}}"), "out x"},
		{"parentheses as deep as they may", "{{" + wrap(99, "(", ".A", ")") + "}}", "out a"},
		{"nested in text only", atkTimes(500, "( "), "same"},
		{"nested in a string only", `{{"` + atkTimes(500, "(") + `"}}`, "out " + atkTimes(500, "(")},
		{"nested in a raw string only", "{{`" + atkTimes(500, "({{if .A}}") + "`}}", "out " + atkTimes(500, "({{if .A}}")},
		{"nested in a comment only", "{{/*" + atkTimes(500, "({{if .A}}") + "*/}}x", "out x"},
		{"side by side", atkTimes(500, "{{if .A}}{{(.A)}}{{end}}"), "out " + atkTimes(500, "a")},
		{"named like keywords", `{{define "if"}}x{{end}}` + atkTimes(500, `{{template "if"}}`), "out " + atkTimes(500, "x")},
		{"a chain of parentheses", "{{" + wrap(10_000, "(", ".Node", ").Next") + "}}", "made limit"},
		{"both", wrap(60, "{{if .A}}", "{{"+wrap(60, "(", ".A", ")")+"}}", "{{end}}"), "safe"},
	}...)
	atkRun(t, 150, list)
}

func defines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{{define \"d%d\"}}x{{end}}", i)
	}
	return b.String() + `{{template "d0"}}`
}

func blocks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{{block \"d%d\" .}}x{{end}}", i)
	}
	return b.String()
}

// TestAttackCompile bounds what making a template may take, where templates
// call each other in such a way that following every call would take for ever.
func TestAttackCompile(t *testing.T) {
	fan := func(n int, calls ...string) string { // d0 calls d1 …, each several times
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{{define \"d%d\"}}", i)
			for _, arg := range calls {
				fmt.Fprintf(&b, "{{template \"d%d\" %s}}", i+1, arg)
			}
			b.WriteString("{{end}}")
		}
		fmt.Fprintf(&b, "{{define \"d%d\"}}{{end}}", n)
		return b.String()
	}
	in := newAtkT(t)
	for _, tt := range []struct {
		name, text, want string
	}{
		{"twice each", fan(40, ".", ".") + `{{template "d0" .}}`, "limit"},
		{"ten times each", fan(90, ".", ".", ".", ".", ".", ".", ".", ".", ".", ".") + `{{template "d0" .}}`, "limit"},
		{"types that change", fan(40, ".Next", ".Kids", ".ByID", "(index .Kids 0)") + `{{template "d0" .Node}}`, "unknown|type"},
		{"types that come back", fan(40, ".Next", "(index .Kids 0)", ".ByID.x") + `{{template "d0" .Node}}`, "limit"},
		{"deeper than it may be", fan(200, ".") + `{{template "d0" .}}`, "limit"},
		{"far deeper", fan(5000, ".") + `{{template "d0" .}}`, "limit"},
	} {
		atkEnds(t, func() {
			var err error
			got := atkAllocated(func() {
				var tmpl *prompt.Template[atkT]
				if tmpl, err = prompt.Parse[atkT](tt.text); err == nil {
					_, err = tmpl.Render(t.Context(), in)
				}
			})
			if err == nil || !atkIs(err, tt.want) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			}
			if got > 64*atkMiB {
				t.Errorf("%s: %d MiB allocated", tt.name, got/atkMiB)
			}
		})
	}
	in.silent(t)
}
