package promptfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// beside are the files beside a bad one.
var beside = map[string]string{
	"_rules.md":     "Be brief.\n{{.Oops}}",
	"_fine.md":      "\n\nAnswer in {{.Language}}.",
	"_bad.md":       "\n{{if}}",
	"_latin.md":     "a\nb\xffc",
	"list.yaml":     "- input: a\n- output: b",
	"alias.yaml":    "- &a {input: a, output: b}\n- *a",
	"bad.yaml":      "\n- input: a\n  output: [",
	"empty.yaml":    "# nothing",
	"bad.json":      "{\n\"type\": \"object\",,}",
	"unknown.json":  `{"$ref": "https://example.com/schema.json"}`,
	"examples.json": `[{"input": "a", "output": "b"}, {"input": "a"}]`,
	"blank.json":    `[{"input": "a", "output": null}]`,
	"object.json":   "\n{\"input\": 1}",
	"list.txt":      "a",
	"latin.json":    "{}\n\n\xff",
}

// badFiles are files for the type invoice, and what Load says.
var badFiles = []struct {
	text, want string
	is         error
}{
	// The file.
	{"", "a.md: the file has no text", prompt.ErrMissing},
	{"---\nname: x\n---\n \n\n", "a.md: the file has no text", prompt.ErrMissing},
	{"a\nb\xff", "a.md:2: the file is not UTF-8", prompt.ErrSyntax},
	{strings.Repeat("a", 1<<20+1), "a.md: the file has more than 1048576 bytes", prompt.ErrLimit},

	// Sections.
	{"Hello\n# System\nA", `a.md:1: there is text before the first section: put a heading such as "# System" before it`, prompt.ErrSyntax},
	{"---\nname: x\n---\n\nHello\n# System\nA", `a.md:5: there is text before the first section: put a heading such as "# System" before it`, prompt.ErrSyntax},
	{"# System\n\n# User\nA", "a.md:1: the section system is empty", prompt.ErrMissing},
	{"# System\nA\n# User\n", "a.md:3: the section user is empty", prompt.ErrMissing},
	{"# History Past\nA", `a.md:2: the section history has a text: it stands for messages from elsewhere; if the heading is meant as text, write "\# …"`, prompt.ErrSyntax},
	{"# History Pasta\n# User\nA", "a.md:1: unknown name: ", prompt.ErrUnknown},
	{"# History\n# User\nA", "a.md:1: unknown name: ", prompt.ErrUnknown},
	{"Hello\n{{template \"rulez\"}}", "a.md:2: in {{template \"rulez\"}}: unknown name: there is no partial rulez; there is no file _rulez.md beside the prompt (to embed one, write //go:embed all:folder or folder/*.md)", prompt.ErrUnknown},
	{"{{template \"fine\" .}}{{template \"rulez\"}}", "a.md:1: in {{template \"rulez\"}}: unknown name: there is no partial rulez; there is fine; there is no file _rulez.md beside the prompt (to embed one, write //go:embed all:folder or folder/*.md)", prompt.ErrUnknown},
	{"{{.Oops}}{{template \"rulez\"}}", "a.md:1: in {{.Oops}}: unknown name: there is no .Oops; there are .Document, .Language, .Past", prompt.ErrUnknown},
	{"# History Document\n# User\nA", "a.md:1: a value of wrong type: ", prompt.ErrType},
	{"# Examples\n# User\nA", `a.md:1: there are no examples: put some into the front matter; if the heading is meant as text, write "\# …"`, prompt.ErrMissing},
	{"# System\nA\n```go\n# User\nB", "a.md:3: the code that begins here has no end, so \"# User\" in line 4 begins no section: put a line of ``` after it", prompt.ErrSyntax},
	{"# User\nA\n# Reminder\nB", "a.md:3: a value is not there: ", prompt.ErrMissing},

	// Templates.
	{"# System\nA\n\n# User\n\nB\n{{.Docment}}", "a.md:7: in {{.Docment}}: unknown name: ", prompt.ErrUnknown},
	{"---\nname: x\n---\n# System\n{{if}}\n# User\nA", "a.md:5: not a template: ", prompt.ErrSyntax},
	{"{{.Past}}", "a.md:1: in {{.Past}}: a value of wrong type: ", prompt.ErrType},
	{"A\n{{env \"HOME\"}}", "a.md:2: in {{", prompt.ErrUnknown},
	{"A\n{{template \"nope\" .}}", "a.md:2: in {{", prompt.ErrUnknown},
	{"A\n{{template \"../b\" .}}", "a.md:2: in {{", prompt.ErrUnknown},
	{"A\n{{template \"rules\" .}}", "_rules.md:2: in {{.Oops}}: unknown name: ", prompt.ErrUnknown},
	{"A\n{{template `bad`}}", "_bad.md:2: not a template: ", prompt.ErrSyntax},
	{"A\n{{template \"latin\"}}", "_latin.md:2: the file is not UTF-8", prompt.ErrSyntax},
	{"---\nstyle: braces\n---\n\nA\n{document", "a.md:6: not a template: ", prompt.ErrSyntax},
	{"---\nstyle: braces\n---\n\nA\n{Docment}", "a.md:6: in {{.Docment}}: unknown name: ", prompt.ErrUnknown},

	// YAML.
	{"---\nname: x\n", "a.md:1: the front matter has no end: put a line of three dashes after it", prompt.ErrSyntax},
	{"---\nname: " + strings.Repeat("x", 1<<16) + "\n---\nA", "a.md:1: the front matter has more than 65536 bytes", prompt.ErrLimit},
	{"---\nname: x\n\tmodel: y\n---\nA", "a.md:2: it is no YAML: found a tab character that violates indentation", prompt.ErrSyntax},
	{"---\nname: x\nname: y\n---\nA", "a.md:3: name stands in line 2 already", prompt.ErrSyntax},
	{"---\nschema:\n  a: 1\n  \"a\": 2\n---\nA", "a.md:4: a stands in line 3 already", prompt.ErrSyntax},
	{"# System\nA\n<!--\n<!--\n# User\nB\n-->\n# User\nC", "a.md:3: a comment of HTML begins here, with a section in it in line 5: the model would read it; leave it out, or write {{/* … */}}", prompt.ErrSyntax},
	{"---\nmax_tokens: 010\n---\nA", "a.md:2: 010 is not the number that it looks like: write it without 0 in front, or as a text, in quotes", prompt.ErrType},
	{"---\nexamples:\n- input: a\n  output: {zip: 01234}\n---\nA", "a.md:4: 01234 is not the number that it looks like: write it without 0 in front, or as a text, in quotes", prompt.ErrType},
	{"---\nreply:\n  zip: 08123\n---\nA", "a.md:3: 08123 is not the number that it looks like: write it without 0 in front, or as a text, in quotes", prompt.ErrType},
	{"---\nname: &x y\n---\nA", "a.md:2: anchors and aliases are not allowed: write the value again", prompt.ErrSyntax},
	{"---\nschema: &a {b: &c [*a, *a]}\n---\nA", "a.md:2: anchors and aliases are not allowed: write the value again", prompt.ErrSyntax},
	{"---\nschema:\n  <<: {a: b}\n---\nA", "a.md:3: a key is <<, want a name", prompt.ErrSyntax},
	{"---\nschema:\n  ? [a]\n  : b\n---\nA", "a.md:3: a key is a list, want a name", prompt.ErrSyntax},
	{"---\nversion: !!binary aGk=\n---\nA", "a.md:2: the tag !!binary is not allowed: use quotes to make something a text", prompt.ErrSyntax},
	{"---\nversion: !ruby/object:Gem x\n---\nA", "a.md:2: the tag !ruby/object:Gem is not allowed: use quotes to make something a text", prompt.ErrSyntax},
	{"---\nname: x\n--- {name: y}\n---\nA", "a.md:3: there is more than one YAML document", prompt.ErrSyntax},
	{"---\nschema: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n---\nA", "a.md:2: more than 64 levels", prompt.ErrLimit},
	{"---\nschema: " + strings.Repeat("[", 20000) + "\n---\nA", "a.md:2: it is no YAML: exceeded max depth of 10000", prompt.ErrSyntax},
	{"---\n- a\n---\nA", "a.md:2: the front matter is a list, want settings such as \"model: deepseek-flash\"", prompt.ErrType},
	{"---\nname\n---\nA", "a.md:2: the front matter is the text \"name\", want settings such as \"model: deepseek-flash\"", prompt.ErrType},

	// Settings.
	{"---\nmodle: x\n---\nA", "a.md:2: modle is no setting, did you mean model? There are name, version, description, model, effort, max_tokens, temperature, top_p, stop, format, schema, reply, variables, style, examples", prompt.ErrUnknown},
	{"---\nMax-Tokens: 3\n---\nA", "a.md:2: Max-Tokens is no setting, did you mean max_tokens? There are ", prompt.ErrUnknown},
	{"---\nuser: me\n---\nA", "a.md:2: user is no setting; there are ", prompt.ErrUnknown},
	{"---\n\"a\\nb\": me\n---\nA", `a.md:2: "a\nb" is no setting; there are `, prompt.ErrUnknown},
	{"---\nname: 3\n---\nA", "a.md:2: name is 3, want a text", prompt.ErrType},
	{"---\nname: \" \"\n---\nA", "a.md:2: name is empty: leave the line out", prompt.ErrMissing},
	{"---\nname:\n---\nA", "a.md:2: name is empty, want a text", prompt.ErrType},
	{"---\nversion: true\n---\nA", "a.md:2: version is true, want a text or a number", prompt.ErrType},
	{"---\nmodel: [x]\n---\nA", "a.md:2: model is a list, want a text", prompt.ErrType},
	{"---\neffort: hihg\n---\nA", "a.md:2: effort is hihg, did you mean high? Want one of none, low, high, max", prompt.ErrUnknown},
	{"---\neffort: medium\n---\nA", "a.md:2: effort is medium; want one of none, low, high, max", prompt.ErrUnknown},
	{"---\neffort: {}\n---\nA", "a.md:2: effort is a mapping; want one of none, low, high, max", prompt.ErrUnknown},
	{"---\nformat: yaml\n---\nA", "a.md:2: format is yaml; want one of text, json", prompt.ErrUnknown},
	{"---\nstyle: jinja\n---\nA", "a.md:2: style is jinja; want one of go, braces", prompt.ErrUnknown},
	{"---\nmax_tokens: 0\n---\nA", "a.md:2: max_tokens is 0, want at least 1", prompt.ErrLimit},
	{"---\nmax_tokens: 1.5\n---\nA", "a.md:2: max_tokens is 1.5, want a whole number, at least 1", prompt.ErrType},
	{"---\nmax_tokens: \"100\"\n---\nA", "a.md:2: max_tokens is the text \"100\", want a whole number, at least 1", prompt.ErrType},
	{"---\nmax_tokens: 99999999999999999999\n---\nA", "a.md:2: max_tokens is 99999999999999999999, want a whole number, at least 1", prompt.ErrType},
	{"---\ntemperature: 2.1\n---\nA", "a.md:2: temperature is 2.1, want a number from 0 to 2", prompt.ErrLimit},
	{"---\ntemperature: -1\n---\nA", "a.md:2: temperature is -1, want a number from 0 to 2", prompt.ErrLimit},
	{"---\ntemperature: .nan\n---\nA", "a.md:2: temperature is .nan, want a number from 0 to 2", prompt.ErrLimit},
	{"---\ntemperature: hot\n---\nA", "a.md:2: temperature is the text \"hot\", want a number from 0 to 2", prompt.ErrType},
	{"---\ntop_p: 0\n---\nA", "a.md:2: top_p is 0, want a number over 0 and at most 1", prompt.ErrLimit},
	{"---\nstop: [a, 3]\n---\nA", "a.md:2: stop is 3, want a text or a list of texts that are not empty", prompt.ErrType},
	{"---\nstop: ''\n---\nA", "a.md:2: stop is an empty text, want a text or a list of texts that are not empty", prompt.ErrType},

	// Schemas.
	{"---\nschema: nope.json\n---\nA", "a.md:2: schema nope.json: file does not exist", fs.ErrNotExist},
	{"---\nschema: ../a.json\n---\nA", `a.md:2: schema ../a.json: invalid argument: name a file in the prompt's folder or below it, without ".."`, fs.ErrInvalid},
	{"---\nschema: list.txt\n---\nA", "a.md:2: schema list.txt: want a file whose name ends in .json, .yaml or .yml", prompt.ErrType},
	{"---\nschema: list.yaml\n---\nA", "list.yaml:1: the file is no JSON Schema: want a mapping", prompt.ErrType},
	{"---\nschema: bad.yaml\n---\nA", "bad.yaml:3: it is no YAML: ", prompt.ErrSyntax},
	{"---\nschema: bad.json\n---\nA", "bad.json:2: schema: invalid syntax", nil},
	{"---\nschema: latin.json\n---\nA", "latin.json:3: the file is not UTF-8", prompt.ErrSyntax},
	{"---\nschema: unknown.json\n---\nA", "unknown.json: schema: ", nil},
	{"---\n\nschema:\n  type: nothing\n---\nA", "a.md:4: schema: /type: ", nil},
	{"---\nschema:\n  minimum: .inf\n---\nA", "a.md:3: .inf is no number that JSON has", prompt.ErrType},
	{"---\nschema: 3\n---\nA", "a.md:2: schema is 3, want the name of a file, or a JSON Schema", prompt.ErrType},
	{"---\nreply: text\n---\nA", "a.md:2: reply is the text \"text\", want what a reply looks like, such as {total: number}", prompt.ErrType},
	{"---\nreply: {type: object, properties: {}}\n---\nA", "a.md:2: schema: is a schema and no example: use Parse", nil},
	{"---\nschema: {}\nreply: {}\n---\nA", "a.md:3: there is a schema and a reply: one of them says what the reply is", prompt.ErrType},

	// Examples.
	{"---\nexamples: 3\n---\nA", "a.md:2: the examples are 3, want a list of them, each with input and output", prompt.ErrType},
	{"---\nexamples: [a]\n---\nA", "a.md:2: an example is the text \"a\", want input and output", prompt.ErrType},
	{"---\nexamples: [{inptu: a, output: b}]\n---\nA", "a.md:2: inptu is no part of an example, did you mean input? There are input, output", prompt.ErrUnknown},
	{"---\nexamples:\n- input: a\n  output:\n---\nA", "a.md:4: the output of an example is empty", prompt.ErrMissing},
	{"---\nexamples: list.yaml\n---\nA", "list.yaml:1: an example needs both input and output", prompt.ErrMissing},
	{"---\nexamples: alias.yaml\n---\nA", "alias.yaml:1: anchors and aliases are not allowed: write the value again", prompt.ErrSyntax},
	{"---\nexamples: bad.yaml\n---\nA", "bad.yaml:3: it is no YAML: ", prompt.ErrSyntax},
	{"---\nexamples: empty.yaml\n---\nA", "empty.yaml:1: the examples are empty, want a list of them, each with input and output", prompt.ErrType},
	{"---\nexamples: examples.json\n---\nA", "examples.json: example 2: want input and output, and nothing else", prompt.ErrType},
	{"---\nexamples: blank.json\n---\nA", "blank.json: example 1: the input or the output is empty", prompt.ErrMissing},
	{"---\nexamples: object.json\n---\nA", "object.json:2: want a list of examples, each with input and output: gate: wrong type", prompt.ErrSyntax},
	{"---\nexamples: list.txt\n---\nA", "a.md:2: examples list.txt: want a file whose name ends in .json, .yaml or .yml", prompt.ErrType},

	// Variables.
	{"---\nvariables: Document\n---\nA", "a.md:2: variables is the text \"Document\", want a list of names, or names with descriptions", prompt.ErrType},
	{"---\nvariables: [Document]\n---\nA", "a.md:2: variables: Document is not used", prompt.ErrUnknown},
	{"---\nvariables:\n  Document: x\n  Docment: y\n---\n{{.Document}}", "a.md:4: variables: in {{with .Docment}}: unknown name: ", prompt.ErrUnknown},
	{"---\nvariables: []\n---\n\n{{.Document}}", "a.md:5: Document is used, but not among the variables of a.md", prompt.ErrUnknown},
	{"---\nvariables: [Language]\n---\n{{.Language}}{{.document}}", "a.md:4: document is used, but not among the variables of a.md", prompt.ErrUnknown},
	{"---\nvariables: [Document, document]\n---\n{{.Document}}", "a.md:2: variables: document is declared already", prompt.ErrSyntax},
	{"---\nvariables: [\"Document}}{{.Past\"]\n---\nA", "a.md:2: variables: Document}}{{.Past is no name of a field", prompt.ErrType},
	{"---\nvariables: [Past.Role]\n---\nA", "a.md:2: variables: Past.Role is no name of a field", prompt.ErrType},
	{"---\nvariables: {Document: [a]}\n---\nA", "a.md:2: variables: the description of Document is a list, want a text", prompt.ErrType},
	{"---\nvariables: [Document]\n---\n{{.Document}}{{template \"fine\" .}}", "_fine.md:3: Language is used, but not among the variables of a.md", prompt.ErrUnknown},
	{"---\nvariables: [Document]\n---\n# History Past\n# User\n{{.Document}}", "a.md:4: Past is used, but not among the variables of a.md", prompt.ErrUnknown},
}

func TestBadFiles(t *testing.T) {
	for _, tt := range badFiles {
		fsys := one(tt.text)
		for name, text := range beside {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		f, err := promptfile.Load[invoice](fsys, "a.md")
		e, ok := errors.AsType[*promptfile.Error](err)
		shown := tt.text[:min(len(tt.text), 100)]
		if !ok || f != nil {
			t.Errorf("%q: %v, %v, want %s", shown, f, err, tt.want)
			continue
		}
		got, exact := strings.TrimPrefix(err.Error(), "promptfile: "), !strings.HasSuffix(tt.want, " ") && !strings.HasSuffix(tt.want, "{{") && tt.is != nil
		if exact && !strings.HasPrefix(tt.want, "object.json") && got != tt.want || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q:\n%s\nwant\n%s", shown, got, tt.want)
		}
		if _, isSchema := errors.AsType[*schema.Error](err); tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && !isSchema {
			t.Errorf("%q: %v is no %v", shown, err, tt.is)
		}
		if len(got) > 400 || strings.Contains(e.Err.Error(), "\n") {
			t.Errorf("%q: a message of %d bytes: %s", shown, len(got), got)
		}
	}
}

// TestVariables holds what counts as used.
func TestVariables(t *testing.T) {
	for _, text := range []string{
		"{{.Document}}", "{{.document}}", "{{$.Document}}", "{{(.).Document}}", "{{with .}}{{.Document}}{{end}}",
		"{{with .Past}}{{$.Document}}{{end}}", "{{range .Past}}{{$.Document}}{{end}}", "{{$x := .}}{{$x.Document}}",
		"{{if .Document}}{{end}}", "{{if true}}{{else if .Document}}{{end}}", "{{.Document | upper}}", "{{(len (upper .Document)) | eq 1}}",
		"{{define \"x\"}}{{.Document}}{{end}}{{template \"x\" .}}", "{{block \"x\" .}}{{$.Document}}{{end}}", "{{template \"p\" .}}",
		"{{with $x := .}}{{$x.Document}}{{end}}", "{{$x := 1}}{{if true}}{{$x := .}}{{$x.Document}}{{end}}",
		"{{with .Past}}{{else}}{{.Document}}{{end}}", "{{$x := .}}{{$x = .}}{{$x.Document}}", "{{$x := .}}{{range $x := .Past}}{{end}}{{$x.Document}}",
	} {
		fsys := fstest.MapFS{"_p.md": {Data: []byte("{{.Document}}")}, "a.md": {Data: []byte("---\nvariables: [Document, Past]\n---\n# History Past\n# User\n" + text)}}
		if _, err := promptfile.Load[struct {
			Document string `json:"document"`
			Past     []llm.Message
		}](fsys, "a.md"); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := promptfile.Load[*invoice](one("---\nvariables: [document, Past]\n---\n# History past\n# User\n{{.Document}}"), "a.md"); err != nil {
		t.Errorf("a pointer: %v", err)
	}
	if _, err := promptfile.Load[map[string]string](one("---\nvariables: [a, b]\n---\n{{range .}}{{.}}{{end}}"), "a.md"); err != nil {
		t.Errorf("a map as a whole: %v", err)
	}
	type nested struct{ Document struct{ Document string } }
	for _, text := range []string{
		"{{with .Document}}{{.Document}}{{end}}", "{{.Document.Document}}", "{{$x := .Document}}{{$x.Document}}",
		"{{define \"x\"}}{{.Document}}{{end}}{{template \"x\" .Document}}", "{{(.Document).Document}}",
	} {
		if _, err := promptfile.Load[nested](one("---\nvariables: [Document]\n---\n"+text), "a.md"); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	// What is a field of something else is no use of the value's.
	type other struct{ Inner, Unused struct{ Unused string } }
	for _, text := range []string{
		"{{with .Inner}}{{.Unused}}{{end}}", "{{.Inner.Unused}}", "{{define \"x\"}}{{.Unused}}{{end}}{{template \"x\" .Inner}}",
		"{{.Inner.Unused}}{{/* .Unused */}}", "{{.Inner.Unused}}{{`{{.Unused}}`}}", "{{define \"x\"}}{{.Unused.Unused}}{{end}}{{.Inner.Unused}}",
	} {
		_, err := promptfile.Load[other](one("---\nvariables: [Inner, Unused]\n---\n"+text), "a.md")
		if err == nil || !strings.HasSuffix(err.Error(), ":2: variables: Unused is not used") {
			t.Errorf("%s: %v, want that Unused is not used", text, err)
		}
	}
}

// traversals are names of files that are none.
var traversals = []string{
	"", ".", "..", "/", "//", "../secret.md", "../../etc/passwd", "/etc/passwd", "a/../../secret.md", "a/../a.md", "./a.md", "a//b.md", "a.md/",
	"..\\secret.md", "a\\..\\..\\secret.md", "C:\\secret.md", "C:secret.md", "\\\\host\\share\\secret.md", "a.md\x00.txt", "a.md:stream",
	"....//secret.md", "..%2fsecret.md/..", "a/./b.md", "\xff.md", "a/..", "file:///etc/passwd", "https://example.com/a.md", "~/../secret.md",
}

func TestTraversal(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret.md": "SECRET", "in/a.md": "Hello", "in/b.md": "b", "in/a.md/secret.md": ""} {
		if text == "" {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for in, fsys := range map[string]fs.FS{"folder": os.DirFS(filepath.Join(dir, "in")), "root": root.FS(), "map": fstest.MapFS{"a.md": {Data: []byte("Hello")}}} {
		if _, err := promptfile.Load[any](fsys, "a.md"); err != nil {
			t.Errorf("%s: a.md: %v", in, err)
		}
		for _, name := range traversals {
			if f, err := promptfile.Load[any](fsys, name); f != nil || !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s: %q: %v, %v, want fs.ErrInvalid", in, name, f, err)
			}
			for _, setting := range []string{"schema", "examples"} {
				text := "---\n" + setting + ": " + jsonOf(t, name) + "\n---\nA"
				files := fstest.MapFS{"in/a.md": {Data: []byte(text)}, "secret.md": {Data: []byte("{}")}}
				if f, err := promptfile.Load[any](files, "in/a.md"); f != nil || err == nil {
					t.Errorf("%s: %q: %v, %v, want an error", setting, name, f, err)
				}
			}
		}
	}
	if err := os.Symlink("../secret.md", filepath.Join(dir, "in", "link.md")); err == nil {
		if f, err := promptfile.Load[any](root.FS(), "link.md"); f != nil || err == nil {
			t.Errorf("a root's file leads out: %v, %v", f, err)
		}
	}
}

// odd is a file system whose files are what no file is.
type odd struct{ fstest.MapFS }

func (o odd) Open(name string) (fs.File, error) {
	f, err := o.MapFS.Open(name)
	if err == nil && name == "a.md" {
		return broken{f}, nil
	}
	return f, err
}

type broken struct{ fs.File }

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOddFiles(t *testing.T) {
	if _, err := promptfile.Load[any](odd{one("Hello")}, "a.md"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	for name, mode := range map[string]fs.FileMode{"a folder": fs.ModeDir, "a pipe": fs.ModeNamedPipe, "a device": fs.ModeDevice} {
		fsys := fstest.MapFS{"a.md": {Mode: mode}}
		if _, err := promptfile.Load[any](fsys, "a.md"); !errors.Is(err, prompt.ErrType) || !strings.HasSuffix(err.Error(), "a.md: it is no regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := promptfile.Load[any](fstest.MapFS{}, "a.md"); !errors.Is(err, fs.ErrNotExist) || err.Error() != "promptfile: a.md: file does not exist" {
		t.Errorf("no file: %v", err)
	}
}

func TestManyPartials(t *testing.T) {
	fsys := one(`{{template "p000" .}}`)
	for i := range 102 {
		name := func(i int) string {
			return "p" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
		}
		fsys["_"+name(i)+".md"] = &fstest.MapFile{Data: []byte(`{{template "` + name(i+1) + `" .}}`)}
	}
	if _, err := promptfile.Load[any](fsys, "a.md"); !errors.Is(err, prompt.ErrLimit) || !strings.Contains(err.Error(), "more than 100 partials") {
		t.Errorf("%v, want ErrLimit", err)
	}
}
