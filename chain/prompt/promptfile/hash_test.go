package promptfile_test

import (
	"maps"
	"testing"
	"testing/fstest"

	"github.com/hadal-go/hadal/chain/prompt/promptfile"
)

func TestHash(t *testing.T) {
	files := map[string]string{
		"in/a.md":   "---\nschema: s.json\nexamples: e.yaml\n---\n# System\n{{template \"one\" .}}{{/* {{template \"three\"}} */}}\n# User\nHello",
		"in/s.json": `{"type": "string"}`, "in/e.yaml": "- {input: a, output: b}",
		"in/_one.md": `{{template "two" .}}`, "in/_two.md": "Two.\n", "in/_three.md": "Three.",
		"_one.md": "Not that one.", "in/b.md": "Another.",
	}
	hash := func(change map[string]string) string {
		t.Helper()
		all := maps.Clone(files)
		maps.Copy(all, change)
		fsys := fstest.MapFS{}
		for name, text := range all {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		name := "in/a.md"
		if change["in/x.md"] != "" {
			name = "in/x.md"
		}
		f, err := promptfile.Load[any](fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		return f.Hash
	}
	base := hash(nil)
	if base != "111b7887cfe08d7c3354b58600adfa4b03d9971ac2a0731e8cd88db69372aee5" {
		t.Errorf("the hash is %s: if the way it is made changed, all hashes that users have stored are void", base)
	}
	for name, change := range map[string]map[string]string{
		"another partial":      {"in/_three.md": "Four."},
		"another prompt":       {"in/b.md": "Yet another."},
		"another folder":       {"_one.md": "x"},
		"the name":             {"in/x.md": files["in/a.md"]},
		"the ends of lines":    {"in/a.md": "\ufeff---\r\nschema: s.json\r\nexamples: e.yaml\r\n---\r\n# System\r\n{{template \"one\" .}}{{/* {{template \"three\"}} */}}\r\n# User\r\nHello"},
		"of a partial":         {"in/_two.md": "\ufeffTwo.\r\n"},
		"one that is not used": {"in/_four.md": "x"},
	} {
		if got := hash(change); got != base {
			t.Errorf("%s changes the hash", name)
		}
	}
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]map[string]string{
		"the text":            {"in/a.md": files["in/a.md"] + "!"},
		"a newline":           {"in/a.md": files["in/a.md"] + "\n"},
		"the schema":          {"in/s.json": `{"type":  "string"}`},
		"the examples":        {"in/e.yaml": "- {input: a, output: c}"},
		"a partial":           {"in/_one.md": `{{template "two" .}}.`},
		"a partial's partial": {"in/_two.md": "Two"},
		"a piece moved":       {"in/_one.md": `{{template "two" .}}T`, "in/_two.md": "wo.\n"},
		"schema to examples":  {"in/s.json": `{"type": "string"} `, "in/e.yaml": "- {input: a, output: b} "},
	} {
		got := hash(change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s gives the hash that %s gives", name, other)
		}
		seen[got] = name
	}
}
