package deepseektest_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// filled returns what the stand-in puts between prompt and suffix.
func filled(prompt, suffix string) string {
	return deepseektest.StandIn().Func(deepseektest.Request{FIM: true, Prompt: prompt, Suffix: suffix}).Text
}

func isGo(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	return err == nil
}

const label = "// No language model here: a stand-in wrote this by rules"

const dives = `package dive

type Dive struct {
	Metres, Hours float64
}

// Deepest returns the dive with the most metres.
func Deepest(dives []Dive) Dive {
	var deepest Dive
	for _, d := range dives {
		if d.Metres > deepest.Metres {
			deepest = d
		}
	}
	return deepest
}

`

const cat = `package cat

type Cat struct {
	name string
	age  int
}

func (c *Cat) SetName(name string) {
	c.name = name
}

`

// TestGapGo fills gaps in Go; "‸" is the gap. What is whole with it must parse.
func TestGapGo(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"after a neighbour", dives + "// Longest returns the dive with the most hours.\nfunc Longest(all []Dive) Dive {\n\t‸\n}\n",
			label + ", after Deepest.\n\tvar longest Dive\n\tfor _, d := range all {\n\t\tif d.Hours > longest.Hours {\n\t\t\tlongest = d\n\t\t}\n\t}\n\treturn longest"},
		{"a name that is not there", dives + "// Coldest returns the dive with the most frost.\nfunc Coldest(dives []Dive) Dive {\n\t‸\n}\n", // Dive has no Frost
			label + ", after Deepest.\n\tvar coldest Dive\n\tfor _, d := range dives {\n\t\tif d.Metres > coldest.Metres {\n\t\t\tcoldest = d\n\t\t}\n\t}\n\treturn coldest"},
		{"another sentence", dives + "// Last returns a dive.\nfunc Last(dives []Dive) Dive {\n\t‸\n}\n",
			label + ", after Deepest.\n\tvar last Dive\n\tfor _, d := range dives {\n\t\tif d.Metres > last.Metres {\n\t\t\tlast = d\n\t\t}\n\t}\n\treturn last"},
		{"the nearest", "package p\n\nfunc a(x int) { one() }\n\nfunc b(x int) { two(x) }\n\nfunc c(y int) {\n\t‸\n}\n\nvar pad = 1 // so that the next is further\n\nfunc d(x int) { three() }\n", label + ", after b.\n\ttwo(y)"},
		{"a long neighbour", "package p\n\nfunc a(x int) { " + strings.Repeat("x++; ", 1_000) + " }\n\nfunc b(y int) {\n\t‸\n}\n", "// to be written: no language model here"},
		{"words that are not ASCII", "package p\n\nfunc SetMetre() { nextMetre() }\n\nfunc SetÉpée() {\n\t‸\n}\n", label + ", after SetMetre.\n\tnextÉpée()"},
		{"of another type", cat + "func (c *Cat) SetAge(age int) {\n‸}\n", "\t// to be written: no language model here\n"},
		{"setter", cat + "func (c *Cat) SetTitle(title string) {\n‸}\n", "\t" + label + ", after SetName.\n\tc.title = title\n"},
		{"in one line", cat + "func (c *Cat) Age() int {‸}\n", "\n\t" + label + ".\n\treturn 0\n"},
		{"zero values", "package p\n\nfunc f[T any](x []T) (T, []int, string, *int, float64, bool, p.Point, [2]int, error) {\n\t‸\n}\n",
			label + ".\n\treturn *new(T), nil, \"\", nil, 0, false, *new(p.Point), *new([2]int), nil"},
		{"named results", "package p\n\nfunc f() (a, b int, err error) {\n\treturn ‸\n}\n", "0, 0, nil"},
		{"many results", "package p\n\nfunc f() (" + strings.Repeat("int, ", 17) + ") {\n\t‸\n}\n", "// to be written: no language model here"},
		{"a long type", "package p\n\nfunc f() struct{ a" + strings.Repeat("a", 200) + " int } {\n\treturn ‸\n}\n", "// to be written: no language model here"},
		{"one of two results", "package p\n\nfunc f() (int, error) {\n\treturn ‸, nil\n}\n", ""},
		{"in the middle", "package p\n\nfunc f(x float64) error {\n\tif x < 0 {\n\t\t‸\n\t}\n\treturn nil\n}\n", "// to be written: no language model here"},
		{"condition", "package p\n\nfunc f() error {\n\tif ‸ {\n\t\treturn err\n\t}\n\treturn nil\n}\n", ""},
		{"brackets", "package p\n\nfunc shout(name string) {\n\tfmt.Println(strings.ToUpper(name‸\n}\n", "))"},
		{"string", "package p\n\nfunc f() {\n\tfmt.Println(\"Hello, ‸)\n}\n", `…"`},
		{"arguments", "package p\n\nfunc main() {\n\tgreet(‸)\n}\n", "/* to be written: no language model here */"},
		{"constants", "package p\n\nconst (\n\tA = 1\n\t‸\n)\n", "// to be written: no language model here"},
		{"comment", "package p\n\n// Area‸\nfunc Area(width, height int) int {\n\treturn width * height\n}\n", " …"},
		{"broken elsewhere", "package p\n\nfunc f() {\n\tg(1 2)\n}\n\nfunc g() int {\n\t‸\n}\n", label + ".\n\treturn 0"},
		{"closure", "package p\n\nvar f = func(s string) (string, error) {\n\t‸\n}\n", label + ".\n\treturn \"\", nil"},
		{"end of the file", "package p\n\nfunc f(a int) string {\n\tswitch a {\n\tcase 1: ‸", "\n\t\t// to be written: no language model here\n\t}\n}"},
		{"fragment", "\treturn 1\n}\n\nfunc half(x int) (int, bool) {\n\treturn ‸\n}\n\nfunc cut(", "0, false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			got := filled(prompt, suffix)
			same(t, got, tt.want)
			if got != "" && strings.HasPrefix(prompt, "package") && tt.name != "broken elsewhere" && !isGo(prompt+got+suffix) {
				t.Errorf("does not parse:\n%s", prompt+got+suffix)
			}
		})
	}
}

func TestGapJSON(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"value", "{\n  \"width\": 640,\n  \"height\": ‸\n}\n", "null"},
		{"value ahead of others", "{\"a\": ‸ \"b\": 1}", "null,"},
		{"member", "[{\"id\": 1}, {\"id\": 2, ‸}]", `"…": null`},
		{"element", "[10, 20, ‸]", "null"},
		{"comma", "[10 ‸ 20]", ","},
		{"end", "{\"list\": [1, 2, 3‸", "]}"},
		{"end, with a value", "{\"list\": [1, 2, ‸", "null]}"},
		{"string", "{\"name\": \"‸}", `…"`},
		{"nothing is missing", "{\"a\": {‸}}", ""},
		{"broken elsewhere", "{\"a\" 1, \"b\": ‸}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			got := filled(prompt, suffix)
			same(t, got, tt.want)
			if tt.name != "broken elsewhere" && !json.Valid([]byte(prompt+got+suffix)) {
				t.Errorf("not JSON:\n%s", prompt+got+suffix)
			}
		})
	}
}

func TestGapText(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"prose", "Once upon a‸", " …"},
		{"a list", "1. Open the box.\n‸\n", "…"},
		{"an apostrophe", "It isn't (really‸) so.", " …"},
		{"nothing", "‸", "…"},
		{"Python", "def half(x):\n    ‸\n", "pass  # to be written: no language model here"},
		{"Python, on the same line", "def half(x):‸\n", "\n    pass  # to be written: no language model here"},
		{"prose like Python", "For example:\n\nfor example:\n‸", "…"},
		{"a line that goes on", "x = 5;\n‸ y();\n", "/* to be written: no language model here */"},
		{"end of a block", "int half(int x) {\n  if (x) {\n    ‸", "// to be written: no language model here\n  }\n}"},
		{"JavaScript", "function half(x) {\n  return (x / 2‸\n}\n", ")"},
		{"C", "int half(int x) {\n  ‸\n}\n", "// to be written: no language model here"},
		{"a comment in C", "int x; // a‸\n}\n", " …"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			same(t, filled(prompt, suffix), tt.want)
		})
	}
}

// TestGapLarge holds that much text around the gap, or much of anything in it,
// keeps the server neither busy nor out of memory.
func TestGapLarge(t *testing.T) {
	long := strings.Repeat("a", 60_000)
	for _, prompt := range []string{
		"package p\n\n" + strings.Repeat("func f(a int) int {\n\treturn a\n}\n\n", 3_000) + "func g(a int) int {\n\t",
		"package p\n\nfunc x(b int) { " + strings.Repeat("b;", 1_000) + " }\n\nfunc y(" + long + " int) {\n\t",
		"package p\n\nfunc f() (" + strings.Repeat("a, ", 20_000) + "a [" + long + "]int) {\n\t",
		"package p\n\n" + strings.Repeat("(", 100_000),
		`{"a":` + strings.Repeat(`[{"a":`, 50_000),
		strings.Repeat("((((", 50_000) + "\nx = ",
		strings.Repeat(" ", 100_000) + strings.Repeat("{", 300),
		strings.Repeat("a ", 200_000),
	} {
		done := make(chan string, 1)
		go func() { done <- filled(prompt, "\n}\n") }()
		select {
		case text := <-done:
			if len(text) > 64<<10 {
				t.Errorf("%d bytes with %q…", len(text), prompt[:40])
			}
		case <-time.After(time.Minute):
			t.Fatalf("no end with %q…", prompt[:40])
		}
	}
}

// FuzzGap sees that what is filled in is the same each time, and that it does not
// break what was sound without it.
func FuzzGap(f *testing.F) {
	f.Add(dives+"func Longest(dives []Dive) Dive {\n\t", "\n}\n")
	f.Add(cat+"func (c *Cat) Age() int {", "}\n")
	f.Add("package p\n\n// ", "\nfunc f(a, b int) (_ int, err error) { return }\n")
	f.Add("{\"a\": [{\"b\": 1, \"c\": 2}, {\"b\": 3, ", "}]}")
	f.Add("{\"a\": \"", "\"}")
	f.Add(`{""(:`, "0")
	f.Add("type 0struct(A0\nA},func()0A),func()0()A{", " ")
	f.Add("def f(x):\n  \xff'", "\n)]}")
	f.Fuzz(func(t *testing.T, prompt, suffix string) {
		got := filled(prompt, suffix)
		if again := filled(prompt, suffix); again != got {
			t.Errorf("%q, then %q", got, again)
		}
		if whole := prompt + got + suffix; strings.HasPrefix(prompt, `{"`) && json.Valid([]byte(prompt+suffix)) && !json.Valid([]byte(whole)) {
			t.Errorf("no JSON any more: %q", whole)
		} else if strings.HasPrefix(prompt, "package p\n") && isGo(prompt+suffix) && !isGo(whole) {
			t.Errorf("does not parse any more: %q", whole)
		}
	})
}
