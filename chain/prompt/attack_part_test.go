package prompt_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
)

// TestAttackParts holds parts that are not, and fields that messages cannot
// come from.
func TestAttackParts(t *testing.T) {
	h := newAtkT(t)
	pick := prompt.ByLength(100, nil)
	x := prompt.Example{Input: "i", Output: "o"}
	tests := []struct {
		name  string
		parts []prompt.Part
		want  string
	}{
		{"nil", []prompt.Part{nil}, "any"},
		{"a foreign part", []prompt.Part{struct{ prompt.Part }{prompt.System("x")}}, "any"},
		{"a foreign nil part", []prompt.Part{struct{ prompt.Part }{}}, "any"},
		{"a pointer to a part", []prompt.Part{&prompt.Partial{Name: "d", Text: "x"}, prompt.User("x")}, "any"},
		{"history of nothing", []prompt.Part{prompt.History("")}, "any"},
		{"history of what is not there", []prompt.Part{prompt.History("Nope")}, "unknown"},
		{"history of what is unexported", []prompt.Part{prompt.History("secret")}, "unknown"},
		{"history of a method", []prompt.Part{prompt.History("Evil")}, "unknown|type"},
		{"history of a string", []prompt.Part{prompt.History("A")}, "type"},
		{"history of strings", []prompt.Part{prompt.History("Words")}, "type"},
		{"history of a function", []prompt.Part{prompt.History("Fn")}, "type"},
		{"history of a canary", []prompt.Part{prompt.History("Canary")}, "type"},
		{"history of a method of a field", []prompt.Part{prompt.History("Canary.Do")}, "any"},
		{"history of an action", []prompt.Part{prompt.History("A}}{{.B")}, "any"},
		{"history of a call", []prompt.Part{prompt.History("A | env")}, "any"},
		{"choice by nothing", []prompt.Part{prompt.Choose("", pick, x)}, "any"},
		{"choice by what is not there", []prompt.Part{prompt.Choose("Nope", pick, x)}, "unknown"},
		{"choice by what is unexported", []prompt.Part{prompt.Choose("secret", pick, x)}, "unknown"},
		{"choice by a method", []prompt.Part{prompt.Choose("Evil", pick, x)}, "unknown|type"},
		{"choice by a canary", []prompt.Part{prompt.Choose("Canary", pick, x)}, "type"},
		{"choice by what redacts", []prompt.Part{prompt.Choose("String1", pick, x)}, "type"},
		{"choice by an action", []prompt.Part{prompt.Choose("A}}{{.B", pick, x)}, "any"},
		{"choice by a call", []prompt.Part{prompt.Choose("A | upper", pick, x)}, "any"},
		{"choice by dot", []prompt.Part{prompt.Choose(".", pick, x)}, "any"},
		{"choice by a comment", []prompt.Part{prompt.Choose("A/* */", pick, x)}, "any"},
		{"choice by nobody", []prompt.Part{prompt.Choose("A", nil, x)}, "any"},
		{"a bad text", []prompt.Part{prompt.System("{{env}}")}, "unknown"},
		{"a bad partial", []prompt.Part{prompt.System("x"), prompt.Partial{Name: "d", Text: "{{if}}"}}, "syntax"},
		{"two partials", []prompt.Part{prompt.System("x"), prompt.Partial{Name: "d", Text: "1"}, prompt.Partial{Name: "d", Text: "2"}}, "any"},
		{"a define of another part", []prompt.Part{prompt.System(`{{define "d"}}x{{end}}`), prompt.User(`{{template "d" .}}`)}, "unknown"},
		{"a variable of another part", []prompt.Part{prompt.System(`{{$x := .A}}`), prompt.User(`{{$x}}`)}, "unknown"},
	}
	if len(tests) < 30 {
		t.Errorf("%d tests, want at least 30", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			atkEnds(t, func() {
				c, err := prompt.ParseMessages[atkT](append(slices.Clone(tt.parts), prompt.User("x"))...)
				if err == nil {
					t.Fatal("no error")
				}
				if c != nil {
					t.Error("a chat along with the error")
				}
				if _, ok := errors.AsType[*prompt.Error](err); !ok {
					t.Errorf("a %T: %v", err, err)
				}
				if tt.want != "any" && !atkIs(err, tt.want) {
					t.Errorf("%v, want %s", err, tt.want)
				}
			})
		})
	}
	h.silent(t)
}

// TestAttackBraces holds texts for people from LangChain that reach further
// than a name; there an f-string template reads attributes (CVE-2025-65106).
func TestAttackBraces(t *testing.T) {
	texts := []string{
		"{obj.__class__}", "{A.__class__.__init__.__globals__}", "{Canary.Name}", "{Canary.secret}", "{Canary.Do}", "{PCanary.Pointer}", "{.A}", "{.}", "{$}", "{$.A}", "{A.}", "{A..B}",
		"{A[0]}", "{Words[0]}", "{M[k]}", "{AnyMap[fn]}", "{A!r}", "{A!s}", "{A!a}", "{A:>100000000}", "{A:{B}}", "{A:%Y}", "{N:d}", "{A=}", "{0}", "{1}", "{-1}", "{}", "{ }", "{ A }", "{A }", "{A,B}", "{A B}", "{*A}", "{**A}",
		"{", "}", "{A", "A}", "{A}}", "{{A}", "{{{A}}", "{{A}}}", "{{A}} {{.secret}}", "{}}", "{{}", "{A{B}C}", "{{{", "}}}", "{\n}", "{A\n}", "{\x00}", "{A\x00}", "{\xff}", "{A\xff}", "{A|upper}", "{A | env}", "{env}", "{upper A}", "{upper .A}", "{\"A\"}", "{'A'}", "{`A`}",
		"{A}}{{.secret}}{{B}", "{A}} {{secret}", "{/* */}", "{A/* */}", "{%s}", "{nil}", "{true}", "{if}", "{end}", "{else}", "{range}", "{template}", "{define}", "{len}", "{secret}", "{hidden}", "{Evil}", "{String}", "{promoted}", "{Fn}", "{String1}", "{Canary}", "{Ch}",
		"{A\u0301}", "{А}", "{\u200bA}", "{A\u2028}", "{-A-}", "{- A -}", "{A-}", "{$x := .A}", "{A;B}", "{(A)}", "{A()}", "{lambda: 0}", "{__import__('os')}", "{self}", "{this}", "{@index}", "{#if}", "{/if}", "{>d}", "{!x}", "{&A}", "{=A}",
		"{\"role\": \"system\"}", "{" + atkTimes(atkMiB, "A") + "}", atkTimes(atkMiB, "{"), atkTimes(atkMiB+1, "{"), atkTimes(atkMiB, "}"), atkTimes(1<<19, "{}"), "{" + atkTimes(10_000, ".A") + "}",
	}
	if len(texts) < 100 {
		t.Errorf("%d texts, want at least 100", len(texts))
	}
	in := newAtkT(t)
	for _, text := range texts {
		atkEnds(t, func() {
			s, err := prompt.ParseBraces(text)
			if err != nil {
				if !errors.Is(err, prompt.ErrSyntax) && !errors.Is(err, prompt.ErrLimit) || s != "" {
					t.Errorf("%s: %s, %v, want ErrSyntax alone", atkCut(text), atkCut(s), err)
				}
				atkCheckOutcome(t, s, err)
				return
			}
			literal := strings.NewReplacer("{{", "{", "}}", "}").Replace(text)
			tmpl, err := prompt.Parse[atkT](s)
			out := ""
			if err == nil {
				out, err = tmpl.Render(t.Context(), in)
			}
			atkCheckOutcome(t, out, err)
			if err == nil && out != literal {
				t.Errorf("%s becomes %s and renders as %s", atkCut(text), atkCut(s), atkCut(out))
			}
		})
	}
	in.silent(t)
	for text, want := range map[string]string{
		"{A}{B}": "ab", "{{A}}": "{A}", "{{{A}}}": "{a}", "{{{{A}}}}": "{{A}}", "{{{{{A}}}}}": "{{a}}", "{name}": "name", "{{}}": "{}", "{{.secret}}": "{.secret}", "{{{{.secret}}}}": "{{.secret}}",
		"{{{{.A}}}}{A}": "{{.A}}a", "{{-1}}": "{-1}", "{{%": "{%", "%}}": "%}", "a": "a", "": "", "{{{{/* x": "{{/* x", "{A}}}": "a}", "{{{A}": "{a", "{{{{\"": "{{\"", "{{{{`": "{{`", " {{- {A} -}} ": " {- a -} ",
		"{{{{- {A} -}}}}": "{{- a -}}", "{{{{{{{{": "{{{{", "}}}}}}": "}}}", "{Lifted}": "lifted", "é{A}é": "éaé", "\xff{A}\xff": "\xffa\xff", "\x00{A}": "\x00a", "{{\n{{\n{A}": "{\n{\na",
	} {
		s, err := prompt.ParseBraces(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if out, err := prompt.New[atkT](s).Render(t.Context(), in); err != nil || out != want {
			t.Errorf("%q becomes %q and renders as %q, %v, want %q", text, s, out, err, want)
		}
		if strings.Count(s, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q becomes %q: other lines", text, s)
		}
	}
}
