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
		{"after a neighbour", dives + "// Longest returns the dive that took the most hours.\nfunc Longest(all []Dive) Dive {\n\t‸\n}\n",
			label + ", after Deepest.\n\tvar longest Dive\n\tfor _, d := range all {\n\t\tif d.Hours > longest.Hours {\n\t\t\tlongest = d\n\t\t}\n\t}\n\treturn longest"},
		{"a name that is not there", dives + "// Coldest returns the dive with the most frost.\nfunc Coldest(dives []Dive) Dive {\n\t‸\n}\n", // Dive has no Frost
			label + ", after Deepest.\n\tvar coldest Dive\n\tfor _, d := range dives {\n\t\tif d.Metres > coldest.Metres {\n\t\t\tcoldest = d\n\t\t}\n\t}\n\treturn coldest"},
		{"setter", cat + "func (c *Cat) SetAge(age int) {\n‸}\n", "\t// to be written: no language model here\n"}, // of another type
		{"setter of the same type", cat + "func (c *Cat) SetTitle(title string) {\n‸}\n", "\t" + label + ", after SetName.\n\tc.title = title\n"},
		{"getter", cat + "func (c *Cat) Age() int {‸}\n", " return c.age "},
		{"constructor", cat + "func NewCat(name string, age int) (*Cat, error) {\n\t‸\n}\n", label + ".\n\treturn &Cat{name: name, age: age}, nil"},
		{"return", "package p\n\nfunc Add(a, b int) int { return a + b }\n\nfunc More(x, y int) int {\n\treturn ‸\n}\n", "x + y"},
		{"zero values", "package p\n\nfunc f[T any](x []T) (T, []int, string, *int, float64, bool, time.Duration, p.Point, [2]int, error) {\n\t‸\n}\n",
			label + ".\n\treturn *new(T), nil, \"\", nil, 0, false, 0, p.Point{}, [2]int{}, nil"},
		{"declared types", "package p\n\ntype (\n\tA B\n\tB = C\n\tC int\n\tD struct{}\n)\n\nfunc f() (A, D) {\n\treturn ‸\n}\n", "0, D{}"},
		{"result so far", "package p\n\nfunc sum(list []int) int {\n\ttotal := 0\n\tfor _, n := range list {\n\t\ttotal += n\n\t}\n\t‸\n}\n", label + ".\n\treturn total"},
		{"guard", "package p\n\nimport \"errors\"\n\nfunc root(x float64) (float64, error) {\n\tif x < 0 {\n\t\t‸\n\t}\n\treturn x, nil\n}\n", label + ".\n\t\treturn 0, errors.New(\"x < 0\")"},
		{"guard of an error", "package p\n\nfunc f() (int, error) {\n\terr := g()\n\tif err != nil {‸}\n\treturn 1, nil\n}\n", " return 0, err "},
		{"condition", "package p\n\nfunc f() error {\n\tfile, err := open()\n\tif ‸ {\n\t\treturn err\n\t}\n\treturn nil\n}\n", "err != nil"},
		{"brackets", "package p\n\nfunc shout(name string) {\n\tfmt.Println(strings.ToUpper(name‸\n}\n", "))"},
		{"string", "package p\n\nfunc f() {\n\tfmt.Println(\"Hello, ‸)\n}\n", `…"`},
		{"arguments", "package p\n\nfunc greet(name string, times int) {}\n\nfunc main() {\n\tname := \"Ada\"\n\tgreet(‸)\n}\n", "name, 0"},
		{"constants", "package p\n\nconst (\n\tA = 1\n\tB = 2\n\t‸\n)\n", "C = 3"},
		{"table", "package p\n\nvar tens = []struct{ in, out int }{\n\t{1, 10},\n\t{2, 20},\n\t‸\n}\n", "{3, 30},"},
		{"comment", "package p\n\n// ‸\nfunc Area(width, height int) int {\n\treturn width * height\n}\n", "Area takes width and height and returns an int."},
		{"comment begun", "package p\n\n// Area‸\nfunc Area(width, height int) (int, error) {\n\treturn width * height, nil\n}\n", " takes width and height and returns an int and an error."},
		{"case", "package p\n\nfunc f() {\n\tswitch x {\n\tcase 1:\n\t\tg(1)\n\tcase 2:\n\t\t‸\n\t}\n}\n", "// to be written: no language model here"},
		{"broken elsewhere", "package p\n\nfunc f() {\n\tg(1 2)\n}\n\nfunc g() int {\n\t‸\n}\n", label + ".\n\treturn 0"},
		{"closure", "package p\n\nvar f = func(s string) (string, error) {\n\t‸\n}\n", label + ".\n\treturn \"\", nil"},
		{"end of the file", "package p\n\nfunc f() int {\n\tif x {\n\t\t‸", label + ".\n\t\treturn 0\n\t}\n}"},
		{"end of the file, no rule", "package p\n\nfunc f(a int) string {\n\tswitch a {\n\tcase 1: ‸", "\n\t\t// to be written: no language model here\n\t}\n}"},
		{"fragment", "\treturn 1\n}\n\nfunc half(x int) (int, bool) {\n\treturn ‸\n}\n\nfunc cut(", "0, false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			got := filled(prompt, suffix)
			same(t, got, tt.want)
			if strings.HasPrefix(prompt, "package") && tt.name != "broken elsewhere" && !isGo(prompt+got+suffix) {
				t.Errorf("does not parse:\n%s", prompt+got+suffix)
			}
		})
	}
}

func TestGapJSON(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"value", "{\n  \"width\": 640,\n  \"height\": ‸\n}\n", "640"},
		{"value of the same key", "[{\"a\": 1, \"b\": [2, 3]}, {\"a\": 4, \"b\": ‸}]", "[2, 3]"},
		{"no value", "{\"a\": ‸}", "null"},
		{"member", "[\n  {\"id\": 1, \"name\": \"Ada\"},\n  {\"id\": 2, ‸}\n]\n", `"name": "Ada"`},
		{"members", "{\n  \"a\": {\n    \"x\": 1,\n    \"y\": \"}\\\"\"\n  },\n  \"b\": {\n    ‸\n  }\n}\n", "\"x\": 1,\n    \"y\": \"}\\\"\""},
		{"series", "[10, 20, ‸]", "30"},
		{"series of objects", "[\n  {\"id\": 1},\n  {\"id\": 2},\n  ‸\n]\n", `{"id": 3}`},
		{"series goes on", "[\n  {\"id\": 1},\n  {\"id\": 2},\n  ‸\n  {\"id\": 4}\n]\n", `{"id": 3},`},
		{"end", "{\"list\": [1, 2, 3‸", "]}"},
		{"string", "{\"name\": \"‸}", `…"`},
		{"empty", "{\"a\": {‸}}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			got := filled(prompt, suffix)
			same(t, got, tt.want)
			if !json.Valid([]byte(prompt + got + suffix)) {
				t.Errorf("not JSON:\n%s", prompt+got+suffix)
			}
		})
	}
}

func TestGapText(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"list", "# Plan\n\n1. Open the box.\n2. Close the box.\n‸\n\n## More\n", "3. …"},
		{"tasks", "- [x] Open the box.\n- ‸\n", "[x] …"},
		{"series", "item 1 of 9\nitem 2 of 9\n‸", "item 3 of 9"},
		{"row", "| Name | Age |\n|---|---|\n| Ada | 36 |\n‸\n", "| … | … |"},
		{"cell", "| Name | Age |\n|---|---|\n| Ada | 36 |\n| Bob | ‸\n", "… |"},
		{"words that are there", "The Harbour Clinic opened in 1987.\nOn Sundays the Harbour‸\n", " Clinic opened in 1987."},
		{"prose", "Once upon a‸", " …"},
		{"an apostrophe", "It isn't (really‸) so.", " …"},
		{"nothing", "‸", " …"},
		{"Python", "def half(x):\n    ‸\n", "pass  # to be written: no language model here"},
		{"Python above", "def half(x):\n    return x / 2\n\ntotal = ‸\n", "// to be written: no language model here"},
		{"prose like Python", "For example:\n\nfor example:\n‸", " …"},
		{"a line that goes on", "x = 5;\ny = f(‸);\n", "/* to be written: no language model here */"},
		{"a bracket is no word", "(This) is.\n\nIt is (‸) so.", " …"},
		{"the end of a word", "A gif on it.\nAsk if‸\n", " …"},
		{"end of a block", "int half(int x) {\n  if (x) {\n    ‸", "// to be written: no language model here\n  }\n}"},
		{"JavaScript", "function half(x) {\n  return (x / 2‸\n}\n", ")"},
		{"C", "int half(int x) {\n  ‸\n}\n", "// to be written: no language model here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prompt, suffix, _ := strings.Cut(tt.text, "‸")
			same(t, filled(prompt, suffix), tt.want)
		})
	}
}

// TestGapLarge holds that much text around the gap, or many brackets, do not
// keep the server busy.
func TestGapLarge(t *testing.T) {
	for _, prompt := range []string{
		"package p\n\n" + strings.Repeat("func f(a int) int {\n\treturn a\n}\n\n", 5_000) + "func g(a int) int {\n\t",
		`{"a":` + strings.Repeat(`[{"a":`, 50_000),
		strings.Repeat("((((", 50_000) + "\nx = ",
		strings.Repeat("a ", 200_000),
	} {
		done := make(chan string, 1)
		go func() { done <- filled(prompt, "\n}\n") }()
		select {
		case <-done:
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
	f.Add("package p\nconst (\nA = 1\nB = 2\n", ")")
	f.Add("{\"a\": [{\"b\": 1, \"c\": 2}, {\"b\": 3, ", "}]}")
	f.Add("{\"a\": \"", "\"}")
	f.Add(`{""(:`, "0")
	f.Add("type 0struct(A0\nA},func()0A),func()0()A{", " ")
	f.Add("1. a\n2. b\n", "")
	f.Add("| a | b |\n| ", "\n")
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
