package prompt_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
)

// sparse is a T whose zero value lacks all that can be lacking.
type sparse struct {
	Zero  string // an empty string is there
	Word  string // not empty
	No    bool
	N     int
	P     *string
	PI    *int
	Inner *struct {
		Name string
		P    *string
		M    map[string]string
	}
	M     map[string]string
	MM    map[string]map[string]string
	MP    map[string]*string
	MAny  map[string]any
	Any   any
	Anys  []any // a nil
	Words []string
	PW    *[]string
	Ptrs  []*string // a nil
	Bytes []byte
	When  *time.Time
	Kids  []sparse
	Self  *sparse
	Msgs  []llm.Message
	PMsg  *llm.Message
}

// TestAttackMissing shows that what is not there is an error, or what the
// template says for the case; it is never "<no value>", nor nothing in silence.
func TestAttackMissing(t *testing.T) {
	const missing = "missing"
	in := sparse{Word: "word", Anys: []any{nil}, Ptrs: []*string{nil}, MAny: map[string]any{"nil": nil, "map": map[string]any{}, "p": (*string)(nil)},
		MP: map[string]*string{"nil": nil}, Words: []string{"x"}, Kids: []sparse{{}}}
	tests := []struct{ text, want string }{ // "missing", or "= " and the text
		// Pointers.
		{"{{.P}}", missing}, {"{{$.P}}", missing}, {"x{{.P}}y", missing}, {"{{.PI}}", missing}, {"{{.Inner.Name}}", missing}, {"{{.Inner.P}}", missing},
		{"{{.Self.Word}}", missing}, {"{{.Self.Self.Word}}", missing}, {"{{(index .Kids 0).P}}", missing}, {"{{(index .Kids 0).Self.Word}}", missing},
		{"{{.Inner.M.x}}", missing}, {"{{.When | date `2006`}}", missing}, {"{{index .Ptrs 0}}", missing}, {"{{range .Ptrs}}{{.}}{{end}}", missing},
		{"{{upper .P}}", missing}, {"{{lower .P}}", missing}, {"{{trim .P}}", missing}, {"{{quote .P}}", missing}, {"{{indent 2 .P}}", missing}, {"{{truncate 2 .P}}", missing},
		{"{{join `,` .Ptrs}}", missing}, {"{{.MP.nil}}", missing}, {"{{$x := .P}}{{$x}}", missing}, {"{{$x := .Inner}}{{$x.Name}}", missing},
		{"{{eq .P `x`}}", missing}, {"{{lt .PI 1}}", missing}, {"{{or .P .P}}", missing}, {"{{and .Word .P}}", missing},
		{`{{define "d"}}{{.}}{{end}}{{template "d" .P}}`, missing}, {`{{define "d"}}{{.Name}}{{end}}{{template "d" .Inner}}`, missing}, {`{{block "d" .Inner}}{{.Name}}{{end}}`, missing},

		// Maps.
		{"{{.M.x}}", missing}, {"{{.MM.x.y}}", missing}, {"{{.MM.x}}", "any"}, {"{{.MAny.x}}", missing}, {"{{.MAny.x.y}}", missing}, {"{{.MAny.map.x}}", missing}, {"{{.MAny.nil}}", missing},
		{"{{.MAny.p}}", missing}, {"{{index .M `x`}}", missing}, {"{{index .MM `x` `y`}}", missing}, {"{{index .MAny `map` `x`}}", missing}, {"{{upper .M.x}}", missing}, {"{{.M.x | upper}}", missing},
		{"{{$x := .M.x}}{{$x}}", missing}, {"{{len .M.x}}", missing}, {"{{range .MAny.x}}{{end}}", missing}, {"{{json .M.x}}", missing}, {"{{json .MAny.x}}", missing},
		{`{{template "d" .M.x}}{{define "d"}}{{.}}{{end}}`, missing}, {"{{eq .M.x ``}}", missing}, {"{{eq .MAny.x 1}}", missing}, {"{{join `,` .MAny.x}}", missing},
		{"{{date `2006` .MAny.x}}", missing}, {"{{first 1 .MAny.x}}", missing}, {"{{quote .M.x}}", missing}, {"{{indent 1 .M.x}}", missing}, {"{{index .MAny.x 0}}", missing},
		{"{{with .Word}}{{$.M.x}}{{end}}", missing}, {"{{range .Words}}{{$.M.x}}{{end}}", missing}, {"{{if .Word}}{{.M.x}}{{end}}", missing},

		// Indexes.
		{"{{index .Words 1}}", missing}, {"{{index .Words 99}}", missing}, {"{{index .Bytes 0}}", missing}, {"{{index .Kids 1}}", "any"}, {"{{(index .Kids 1).Word}}", missing}, {"{{index .Anys 1}}", missing},
		{"{{index (first 0 .Words) 0}}", missing}, {"{{index .Anys 0}}", missing}, {"{{index .MAny.nil 0}}", missing},

		// Interfaces.
		{"{{.Any}}", missing}, {"{{.Any.X}}", missing}, {"{{range .Anys}}{{.}}{{end}}", missing}, {"{{range .Anys}}{{.X}}{{end}}", missing}, {"{{upper .Any}}", missing}, {"{{join `,` .Anys}}", missing},
		{"{{$x := .Any}}{{$x}}", missing}, {`{{define "d"}}{{.}}{{end}}{{template "d" .Any}}`, missing}, {"{{range .Any}}{{end}}", missing}, {"{{len .Any}}", missing}, {"{{date `2006` .Any}}", missing},

		// What the template asks for itself.
		{"{{if .M.x}}yes{{else}}no{{end}}", "= no"}, {"{{if .MM.x.y}}yes{{else}}no{{end}}", "= no"}, {"{{if .MAny.x.y}}yes{{else}}no{{end}}", "= no"}, {"{{if .MAny.map.x}}yes{{else}}no{{end}}", "= no"},
		{"{{with .M.x}}yes{{else}}no{{end}}", "= no"}, {"{{with $x := .M.x}}{{$x}}{{else}}no{{end}}", "= no"}, {"{{with .M.x}}yes{{else with .Word}}{{.}}{{end}}", "= word"}, {"{{if .M.x}}{{else if .Word}}yes{{end}}", "= yes"},
		{"{{if .P}}yes{{else}}no{{end}}", "= no"}, {"{{with .P}}yes{{else}}no{{end}}", "= no"}, {"{{if .Inner}}yes{{else}}no{{end}}", "= no"}, {"{{if .Inner.Name}}yes{{else}}no{{end}}", "= no"},
		{"{{if .Inner.M.x}}yes{{else}}no{{end}}", "= no"}, {"{{with .Inner.Name}}yes{{else}}no{{end}}", "= no"}, {"{{if .Self.Self.Word}}yes{{else}}no{{end}}", "= no"}, {"{{if .Any}}yes{{else}}no{{end}}", "= no"},
		{"{{with .Any}}yes{{else}}no{{end}}", "= no"}, {"{{if .Any.X}}yes{{else}}no{{end}}", "= no"}, {"{{.M.x | default `none`}}", "= none"}, {"{{default `none` .M.x}}", "= none"}, {"{{.MM.x.y | default `none`}}", "= none"},
		{"{{.MAny.x | default `none`}}", "= none"}, {"{{.P | default `none`}}", "= none"}, {"{{.Inner.Name | default `none`}}", "= none"}, {"{{.Any | default `none`}}", "= none"}, {"{{.Any.X | default `none`}}", "= none"},
		{"{{.Zero | default `none`}}", "= none"}, {"{{.N | default 7}}", "= 7"}, {"{{.Word | default `none`}}", "= word"}, {"{{.M.x | default .M.y | default `none`}}", "= none"}, {"{{.M.x | default .P}}", missing},
		{"{{$x := .M.x | default `none`}}{{$x}}", "= none"}, {"{{upper (.M.x | default `none`)}}", "= NONE"},

		// What is there, though empty.
		{"[{{.Zero}}]", "= []"}, {"[{{.N}}]", "= [0]"}, {"[{{.No}}]", "= [false]"}, {"[{{.Bytes}}]", "= []"}, {"[{{range .M}}x{{end}}]", "= []"}, {"[{{range .M}}x{{else}}none{{end}}]", "= [none]"}, {"[{{len .M}}]", "= [0]"},
		{"[{{len .Zero}}]", "= [0]"}, {"[{{join `,` (first 0 .Words)}}]", "= []"}, {"{{json .P}}", "= null"}, {"{{json .M}}", "= null"}, {"{{json .Any}}", "= null"}, {"{{json .Anys}}", "= [null]"}, {"{{json .MP}}", `= {"nil":null}`},
		{"[{{first 2 .Words | len}}]", "= [1]"}, {"[{{range first 0 .Words}}x{{end}}]", "= []"},
	}
	if len(tests) < 130 {
		t.Errorf("%d tests, want at least 130", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			atkEnds(t, func() {
				tmpl, err := prompt.Parse[sparse](tt.text)
				var out string
				if err == nil {
					out, err = tmpl.Render(t.Context(), in)
				}
				text, ok := strings.CutPrefix(tt.want, "= ")
				switch {
				case ok && (err != nil || out != text):
					t.Errorf("%q, %v, want %q", out, err, text)
				case tt.want == missing && (!errors.Is(err, prompt.ErrMissing) || out != ""):
					t.Errorf("%q, %v, want ErrMissing", out, err)
				case !ok && err == nil:
					t.Errorf("%q, want an error", out)
				}
				if strings.Contains(out, "no value") || strings.Contains(out, "nil") && !strings.Contains(tt.want, "nil") {
					t.Errorf("%q", out)
				}
			})
		})
	}
}

// TestAttackMissingRoots shows the same where T itself is not there.
func TestAttackMissingRoots(t *testing.T) {
	missingRoot[*sparse](t, nil, "{{.Word}}", "{{.Self.Word}}", "{{.M.x}}")
	missingRoot[*string](t, nil, "{{.}}", "{{$}}", "{{upper .}}")
	missingRoot[any](t, nil, "{{.}}", "{{.X}}", "{{.X.Y}}", "{{range .}}{{end}}", "{{len .}}")
	missingRoot[map[string]string](t, nil, "{{.x}}", "{{index . `x`}}")
	missingRoot[map[string]any](t, nil, "{{.x}}", "{{.x.y}}")
	missingRoot(t, map[string]any{"x": nil}, "{{.x}}", "{{.x.y}}", "{{.y}}")
	missingRoot[[]string](t, nil, "{{index . 0}}")
	missingRoot[**sparse](t, nil, "{{(.).Word}}")
}

func missingRoot[T any](t *testing.T, in T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		atkEnds(t, func() {
			tmpl, err := prompt.Parse[T](text)
			if err != nil {
				t.Errorf("%s of a %T: %v", text, in, err)
				return
			}
			if out, err := tmpl.Render(t.Context(), in); !errors.Is(err, prompt.ErrMissing) || out != "" {
				t.Errorf("%s of a %T: %q, %v, want ErrMissing", text, in, out, err)
			}
		})
	}
}
