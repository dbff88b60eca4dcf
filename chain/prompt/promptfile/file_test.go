package promptfile_test

import (
	"embed"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/llm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

//go:embed all:testdata/prompts
var embedded embed.FS

// prompts are the files of testdata, as a folder, embedded, and in a root.
func prompts(t testing.TB) map[string]fs.FS {
	t.Helper()
	sub, err := fs.Sub(embedded, "testdata/prompts")
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot("testdata/prompts")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return map[string]fs.FS{"embed": sub, "folder": os.DirFS("testdata/prompts"), "root": root.FS()}
}

type invoice struct {
	Document string        `json:"document"`
	Language string        `json:"language"`
	Past     []llm.Message `json:"past"`
}

type question struct{ Topic, Date, Question string }

func TestGolden(t *testing.T) {
	past := []llm.Message{llm.User("Hello {{.Document}}"), llm.Assistant("Hi.")}
	load := map[string]func(fsys fs.FS) (any, *llm.Request, error){
		"invoice": func(fsys fs.FS) (any, *llm.Request, error) {
			return loadAndRequest(t, fsys, "invoice.md", invoice{"Three lamps {{.Language}}", "", past})
		},
		"ask": func(fsys fs.FS) (any, *llm.Request, error) {
			return loadAndRequest(t, fsys, "legal/ask.md", question{"law {Date}", "2026-11-20,Friday", "Who?"})
		},
		"joke": func(fsys fs.FS) (any, *llm.Request, error) {
			return loadAndRequest(t, fsys, "joke.md", map[string]any{"Topic": "the sea"})
		},
	}
	for name, f := range load {
		for in, fsys := range prompts(t) {
			file, req, err := f(fsys)
			if err != nil {
				t.Errorf("%s in %s: %v", name, in, err)
				continue
			}
			got, err := json.MarshalIndent([]any{file, req}, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := "testdata/golden/" + name + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("%s in %s:\n%s\nwant:\n%s", name, in, got, want)
			}
		}
	}
}

// loadAndRequest returns what a file is, without its Chat, and its request for in.
func loadAndRequest[T any](t *testing.T, fsys fs.FS, name string, in T) (any, *llm.Request, error) {
	f, err := promptfile.Load[T](fsys, name)
	if err != nil {
		return nil, nil, err
	}
	req, err := f.Request(t.Context(), in)
	if err != nil {
		return nil, nil, err
	}
	messages, err := f.Render(t.Context(), in)
	if a, b := jsonOf(t, messages), jsonOf(t, req.Messages); a != b || err != nil {
		t.Errorf("%s: Render returns %s, %v; Request %s", name, a, err, b)
	}
	return map[string]any{"name": f.Name, "version": f.Version, "description": f.Description, "hash": f.Hash, "defaults": f.Defaults}, req, nil
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// one returns a file system with one prompt, a.md.
func one(text string) fstest.MapFS { return fstest.MapFS{"a.md": {Data: []byte(text)}} }

// load loads a.md for any type.
func load(text string) (*promptfile.File[map[string]any], error) {
	return promptfile.Load[map[string]any](one(text), "a.md")
}

// TestText holds what becomes messages of texts.
func TestText(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "Hello", "user: Hello"},
		{"no newline needed", "# User\nHello", "user: Hello"},
		{"blank lines go", "\n \n# User\n\n\n  Hello \n\n\t\nWorld\n \n\n", "user:   Hello \n\n\t\nWorld"},
		{"CRLF", "---\r\neffort: low\r\n---\r\n# System\r\nA\r\nB\r\n\r\n# User\r\nC\r\n", "system: A\nB|user: C"},
		{"lone CR stays", "A\rB", "user: A\rB"},
		{"byte order mark", "\ufeff---\neffort: low\n---\nHello", "user: Hello"},
		{"any case", "# SYSTEM\nA\n# user\nB\n#  Assistant \t\nC", "system: A|user: B|assistant: C"},
		{"rules are text", "A\n---\nB\n---\n", "user: A\n---\nB\n---"},
		{"rules behind front matter", "---\n---\nA\n---\nB", "user: A\n---\nB"},
		{"spaces behind dashes", "--- \neffort: low\n---\t\nA", "user: A"},
		{"other headings", "# User\n# Rules\n## System\n#System\n# System prompt\n # System\n# Systems\nSystem\n======", "user: # Rules\n## System\n#System\n# System prompt\n # System\n# Systems\nSystem\n======"},
		{"escaped", "# User\n\\# System\n\\\\# User\n\\# Rules\n\\ # User", "user: # System\n\\# User\n\\# Rules\n\\ # User"},
		{"escaped in code", "# User\n```\n\\# User\n```", "user: ```\n\\# User\n```"},
		{"code", "# User\n```md\n# System\n```\n# System\nA", "user: ```md\n# System\n```|system: A"},
		{"tildes", "# User\n~~~\n# System\n```\n~~~~\n# System\nA", "user: ~~~\n# System\n```\n~~~~|system: A"},
		{"longer fence", "# User\n````\n```\n# System\n````\nA", "user: ````\n```\n# System\n````\nA"},
		{"indented fence", "# User\n   ```\n# System\n  ```\n# System\nA", "user:    ```\n# System\n  ```|system: A"},
		{"code in a line", "# User\n```a``` b\n# System\nA", "user: ```a``` b|system: A"},
		{"comments are text", "# User\n<!-- A -->\n<!--\nB\n--> C\n  <!-- D\n-->\n```\n<!--\n```\na <!--\n# System\nE", "user: <!-- A -->\n<!--\nB\n--> C\n  <!-- D\n-->\n```\n<!--\n```\na <!--|system: E"},
		{"code in a comment", "# User\n<!--\n```\n# System\n```\n-->", "user: <!--\n```\n# System\n```\n-->"},
		{"zeros in front of texts", "---\nversion: 010\nexamples: [{input: 01, output: ['01', 0.5, 0, -0.5, 0x10]}]\n---\nA", `user: 01|assistant: ["01",0.5,0,-0.5,16]|user: A`},
		{"code without end", "# User\n```\nA\n## B", "user: ```\nA\n## B"},
		{"actions over lines", "# User\n{{if true}}\nA\n{{end}}", "user: \nA\n"},
		{"examples before the user", "---\nexamples: [{input: a, output: b}]\n---\n# System\nS\n# User\nU", "system: S|user: a|assistant: b|user: U"},
		{"examples before all", "---\nexamples: [{input: a, output: b}]\n---\nU", "user: a|assistant: b|user: U"},
		{"examples after all", "---\nexamples: [{input: a, output: b}]\n---\n# System\nS", "system: S|user: a|assistant: b"},
		{"examples are data", "---\nexamples: [{input: '{{.X}}', output: '{{end}}'}]\n---\nU", "user: {{.X}}|assistant: {{end}}|user: U"},
		{"values of examples", "---\nexamples: [{input: 1.50, output: {b: [1, x, null, true, 2026-01-02, 0x10, .5, 1e3], a: <&>}}]\n---\nU",
			`user: 1.50|assistant: {"b":[1,"x",null,true,"2026-01-02",16,0.5,1e3],"a":"<&>"}|user: U`},
		{"braces", "---\nstyle: braces\n---\n{{x}} {{ .Y }}", "user: {x} { .Y }"},
		{"go", "---\nstyle: go\n---\n{{`{x}`}}", "user: {x}"},
	} {
		f, err := load(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		messages, err := f.Render(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var list []string
		for _, m := range messages {
			list = append(list, string(m.Role)+": "+m.Text())
		}
		if got := strings.Join(list, "|"); got != tt.want {
			t.Errorf("%s:\n%q\nwant\n%q", tt.name, got, tt.want)
		}
	}
}

// TestSettings holds what becomes of the front matter.
func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		front string
		want  llm.Request
	}{
		{"", llm.Request{}},
		{"# nothing but a comment", llm.Request{}},
		{"model: deepseek-flash", llm.Request{Model: "deepseek-flash"}},
		{"effort: none", llm.Request{Effort: llm.EffortNone}},
		{"effort: max", llm.Request{Effort: llm.EffortMax}},
		{"max_tokens: 1", llm.Request{MaxTokens: 1}},
		{"max_tokens: 384_000", llm.Request{MaxTokens: 384000}},
		{"temperature: 0", llm.Request{Temperature: new(0.0)}},
		{"temperature: 2.0", llm.Request{Temperature: new(2.0)}},
		{"top_p: 1e-1", llm.Request{TopP: new(0.1)}},
		{"stop: END", llm.Request{Stop: []string{"END"}}},
		{"stop: ['1', \"\\n\"]", llm.Request{Stop: []string{"1", "\n"}}},
		{"stop: []", llm.Request{Stop: []string{}}},
		{"format: json", llm.Request{Format: llm.FormatJSON}},
		{"{model: x, 'effort': \"low\"}", llm.Request{Model: "x", Effort: llm.EffortLow}},
	} {
		f, err := load("---\n" + tt.front + "\n---\nHello")
		if err != nil {
			t.Errorf("%s: %v", tt.front, err)
			continue
		}
		if got, want := jsonOf(t, f.Defaults), jsonOf(t, tt.want); got != want {
			t.Errorf("%s: %s, want %s", tt.front, got, want)
		}
	}
	for _, tt := range []struct{ front, name, version, description string }{
		{"", "a", "", ""},
		{"version: 3", "a", "3", ""},
		{"version: 1.10", "a", "1.10", ""},
		{"version: 2026-11-20", "a", "2026-11-20", ""},
		{"version: v2 # the second\nname: b c\ndescription: >\n  d\n  e", "b c", "v2", "d e"},
	} {
		f, err := load("---\n" + tt.front + "\n---\nHello")
		if err != nil || f.Name != tt.name || f.Version != tt.version || strings.TrimSpace(f.Description) != tt.description {
			t.Errorf("%q: %+v, %v", tt.front, f, err)
		}
	}
	for file, want := range map[string]string{"b.md": "b", "x/y.z.md": "y.z", "c": "c", "x/.md": ".md"} {
		f, err := promptfile.Load[string](fstest.MapFS{file: {Data: []byte("Hello")}}, file)
		if err != nil || f.Name != want {
			t.Errorf("%s: %+v, %v, want %s", file, f, err, want)
		}
	}
}

// TestIncluded loads what stands in files of JSON and YAML.
func TestIncluded(t *testing.T) {
	for name, text := range map[string]string{
		"x.json": `[{"input": "a\nb", "output": {"z": [1.50, null], "a": "\ud83d\ude00"}}]`,
		"x.yaml": "- input: |-\n    a\n    b\n  output: {z: [1.50, null], a: 😀}",
		"x.YML":  "[{output: {z: [1.50, ], a: \"\\U0001F600\"}, input: \"a\\nb\"}]",
	} {
		fsys := one("---\nschema: sub/s.yaml\nexamples: " + name + "\n---\nU")
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		fsys["sub/s.yaml"] = &fstest.MapFile{Data: []byte("type: object\nproperties:\n  z: {type: number, minimum: 0}\n  a: {const: 2026-01-02}\n")}
		f, err := promptfile.Load[any](fsys, "a.md")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		messages, err := f.Render(t.Context(), nil)
		if err != nil || len(messages) != 3 || messages[0].Text() != "a\nb" {
			t.Errorf("%s: %v, %v", name, messages, err)
			continue
		}
		want := `{"z":[1.50,null],"a":"😀"}`
		switch name {
		case "x.json":
			want = `{"z":[1.50,null],"a":"\ud83d\ude00"}` // as it is written there
		case "x.YML":
			want = `{"z":[1.50],"a":"😀"}`
		}
		if got := messages[1].Text(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got, want := string(f.Schema.JSON()), `{"type":"object","properties":{"z":{"type":"number","minimum":0},"a":{"const":"2026-01-02"}}}`; got != want {
			t.Errorf("the schema is %s, want %s", got, want)
		}
	}
}

// TestRequestIsTheCallers changes all that a request shares with its file.
func TestRequestIsTheCallers(t *testing.T) {
	f, err := load("---\ntemperature: 1\ntop_p: 1\nstop: [a, b]\nreply: {a: string}\n---\nHello")
	if err != nil {
		t.Fatal(err)
	}
	req, err := f.Request(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := jsonOf(t, req)
	*req.Temperature, *req.TopP, req.Stop[0], req.Schema[0], req.Messages[0] = 0, 0, "x", 'x', llm.User("x")
	if again, err := f.Request(t.Context(), nil); err != nil || jsonOf(t, again) != want {
		t.Errorf("%s, %v, want %s", jsonOf(t, again), err, want)
	}
	if f.Defaults.Schema != nil {
		t.Errorf("Defaults has the schema %s, which llm.Defaults would give to all requests", f.Defaults.Schema)
	}
}

func TestRequestError(t *testing.T) {
	f, err := load("{{.Missing}}")
	if err != nil {
		t.Fatal(err)
	}
	if req, err := f.Request(t.Context(), map[string]any{}); req != nil || err == nil {
		t.Errorf("%v, %v, want an error", req, err)
	}
}

func TestMust(t *testing.T) {
	defer func() {
		if e, ok := recover().(*promptfile.Error); !ok || e.File != "a.md" {
			t.Errorf("panic of %v, want an *Error", e)
		}
	}()
	promptfile.Must(load("{{"))
	t.Error("no panic")
}
