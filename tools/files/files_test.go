package files

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// m is arguments as a model gives them.
type m map[string]any

// ask calls a tool and returns the text of its result.
func ask(t testing.TB, tool tools.Tool, args m) (string, error) {
	t.Helper()
	data, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := tool.Call(t.Context(), data)
	return llm.Message{Parts: parts}.Text(), err
}

// must is ask for a call that works.
func must(t testing.TB, tool tools.Tool, args m) string {
	t.Helper()
	text, err := ask(t, tool, args)
	if err != nil {
		t.Fatalf("%s %v: %v", tool.Spec().Name, args, err)
	}
	return text
}

// all returns every tool of a folder.
func all(f *Folder) tools.Set { return append(f.Tools(), f.Write(), f.Edit()) }

// argsFor returns arguments for a tool about a path.
func argsFor(tool tools.Tool, name string) m {
	switch tool.Spec().Name {
	case "search_files":
		return m{"path": name, "query": "S"}
	case "write_file":
		return m{"path": name, "content": "owned"}
	case "edit_file":
		return m{"path": name, "old_text": "SECRET", "new_text": "owned"}
	}
	return m{"path": name}
}

// tree makes a folder of files.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func put(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// symlink makes a link, where there are any.
func symlink(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(filepath.FromSlash(target), name); err != nil {
		t.Skipf("this test needs symbolic links: %v", err)
	}
}

func content(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// snapshot lists all that is below dir, with what is in the files.
func snapshot(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		line := d.Type().String() + " " + name
		if d.Type().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			line += " " + string(data)
		}
		list = append(list, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSpecs(t *testing.T) {
	var names []string
	for _, tool := range all(&Folder{Dir: "x"}) {
		names = append(names, tool.Spec().Name)
	}
	if got, want := strings.Join(names, " "), "read_file list_files search_files write_file edit_file"; got != want {
		t.Errorf("names %s, want %s", got, want)
	}
	spec := (&Folder{Dir: "/secret/place", Name: "docs"}).Search().Spec()
	if spec.Name != "docs_search_files" || !strings.Contains(spec.Description, `in the folder "docs"`) {
		t.Errorf("with a Name: %s: %s", spec.Name, spec.Description)
	}
	if strings.Contains(spec.Description+string(spec.Schema), "secret") {
		t.Error("the model is told the path of the host")
	}
	reads := tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted
	want := []tools.Effect{reads, reads, reads, tools.Writes, tools.WritesOnce | tools.ReadsPrivate}
	for i, tool := range all(&Folder{Dir: "x"}) {
		if got := tools.PolicyOf(tool).Effect; got != want[i] {
			t.Errorf("%s: effect %v, want %v", tool.Spec().Name, got, want[i])
		}
	}
}

// TestNoFolder holds that a program without a folder learns it, and the model
// does not see its path.
func TestNoFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "gone")
	for _, f := range []*Folder{{}, {Dir: missing}} {
		for _, tool := range all(f) {
			_, err := ask(t, tool, argsFor(tool, "a"))
			if err == nil {
				t.Fatalf("%s of %q: no error", tool.Spec().Name, f.Dir)
			}
			if f.Dir != "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", tool.Spec().Name, err)
			}
			set := tools.Set{tool}
			args, _ := json.Marshal(argsFor(tool, "a"))
			res, err := set.Call(t.Context(), llm.ToolCall{ID: "1", Name: tool.Spec().Name, Args: string(args)})
			if err == nil || strings.Contains(llm.Message{Parts: res.Content}.Text(), missing) {
				t.Errorf("%s: not fatal (%v), or the path is shown: %v", tool.Spec().Name, err, res.Content)
			}
		}
	}
}

// TestBadSkip holds that a pattern that would leave nothing out is not taken.
func TestBadSkip(t *testing.T) {
	dir := tree(t, map[string]string{"docs/private/x": "SECRET"})
	for _, pattern := range []string{"docs/private", "docs/", "[", `a\`} {
		set := (&Folder{Dir: dir, Skip: []string{"ok", pattern}}).Tools()
		res, err := set.Call(t.Context(), llm.ToolCall{ID: "1", Name: "list_files", Args: "{}"})
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(pattern)+" in Skip") {
			t.Errorf("%s: %v, %v", pattern, res.Content, err)
		}
	}
}

// TestWholePage holds that a set does not cut off the end of a big page.
func TestWholePage(t *testing.T) {
	f := &Folder{Dir: tree(t, map[string]string{"a": strings.Repeat("some line of text\n", 50_000)}), MaxPage: 512 << 10}
	res, err := f.Tools().Call(t.Context(), llm.ToolCall{ID: "1", Name: "read_file", Args: `{"path":"a"}`})
	text := llm.Message{Parts: res.Content}.Text()
	if err != nil || len(text) < 500<<10 || !strings.HasSuffix(text, "(lines 1 to 22308 of 50000; go on with offset 22309)") {
		t.Errorf("%d bytes, %v: …%s", len(text), err, text[max(0, len(text)-100):])
	}
}

// TestRoot holds that a Root is used and stays open.
func TestRoot(t *testing.T) {
	root, err := os.OpenRoot(tree(t, map[string]string{"a.txt": "hello"}))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := &Folder{Dir: "/nowhere", Root: root}
	for range 2 {
		if got, want := must(t, f.Read(), m{"path": "a.txt"}), "1\thello\n(end of the file: 1 line, 5 bytes)"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	f := &Folder{Dir: tree(t, map[string]string{"docs/Plan.md": "", "docs/notes.txt": "", "src/main.go": "", ".env": "", "docs/cafe\u0301": "", "y/z": ""})}
	must(t, f.Read(), m{"path": `"docs/cafe\u0301"`})
	for _, tt := range []struct{ path, want string }{
		{"docs/plan.md", "docs/plan.md does not exist: do you mean docs/Plan.md?"},
		{"docs/note.txt", "docs/note.txt does not exist: do you mean docs/notes.txt?"},
		{"doc/Plan.md", "doc/Plan.md does not exist: do you mean docs/Plan.md?"},
		{"docs/../docs/zebra", "docs/../docs/zebra does not exist: see what is there with list_files"},
		{"env", "env does not exist: see what is there with list_files"}, // and not .env
		{"x/main.go", "x/main.go does not exist: see what is there with list_files"},
		{"docs/caf\u00e9", "docs/caf\u00e9" + ` does not exist: do you mean "docs/cafe\u0301"?`},
		{"docs/Plan.md/x", "docs/Plan.md/x does not exist: docs/Plan.md is a file, not a folder"},
	} {
		_, err := ask(t, f.Read(), m{"path": tt.path})
		if err == nil || err.Error() != tt.want || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want %s", tt.path, err, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 5, 0}, {"abc", "ABC", 5, 0}, {"abc", "abd", 5, 1}, {"abc", "", 5, 3}, {"kitten", "sitting", 9, 3},
		{"kitten", "sitting", 3, 3}, {"a", "abcdefgh", 4, 4}, {"Füße", "fuße", 5, 1}, {"abcdef", "uvwxyz", 3, 3},
	} {
		if got := distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("distance(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		yes, no string // paths, with spaces between
	}{
		{"*.go", "a.go x/a.go x/y/a.go", "a.md a.go/b"},
		{"**", "a a/b a/b/c", ""},
		{"src/", "src/a src/x/b", "a x/src/a"},
		{"src/*.go", "src/a.go", "a.go src/x/a.go x/src/a.go"},
		{"src/**/*.go", "src/a.go src/x/a.go src/x/y/a.go", "a.go src/a.md"},
		{"/src/**", "src/a src/a/b", "a"},
		{"**/x/**/y", "x/y a/x/y a/x/b/c/y x/x/y/y", "x y y/x"},
		{"*.{go,md}", "a.go b/c.md", "a.txt a.{go,md}"},
		{"{a,b}/{c,d}.x", "a/c.x b/d.x", "a/b.x c.x"},
		{"[a-c]?.txt", "b1.txt", "d1.txt b.txt"},
		{"./a", "a x/a", "b"},
	} {
		g, err := parseGlob(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for name := range strings.FieldsSeq(tt.yes) {
			if !g.match(name) {
				t.Errorf("%s does not match %s", tt.pattern, name)
			}
		}
		for name := range strings.FieldsSeq(tt.no) {
			if g.match(name) {
				t.Errorf("%s matches %s", tt.pattern, name)
			}
		}
	}
	for _, bad := range []string{"[", "a/[b", "{a", "{a,{b}}", strings.Repeat("{a,b}", 6), strings.Repeat("x", 2000)} {
		if g, err := parseGlob(bad); err == nil {
			t.Errorf("%.20s: %v", bad, g)
		}
	}
	// No pattern takes long.
	evil, _ := parseGlob(strings.Repeat("**/a*/", 100) + "b")
	if evil.match(strings.Repeat("aaaa/", 1000) + "c") {
		t.Error("the evil pattern matches")
	}
}

// FuzzGlob compares the matcher with the definition.
func FuzzGlob(f *testing.F) {
	f.Add("**/x/**/y", "a/x/b/y")
	f.Add("a/**", "a")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, e := strings.Split(pattern, "/"), strings.Split(name, "/")
		if len(p) > 6 || len(e) > 8 {
			return
		}
		if got, want := matchElements(p, e), defined(p, e); got != want {
			t.Errorf("%q matches %q: %v, want %v", pattern, name, got, want)
		}
	})
}

func defined(p, e []string) bool {
	switch {
	case len(p) == 0:
		return len(e) == 0
	case p[0] == "**":
		return defined(p[1:], e) || len(e) > 0 && defined(p, e[1:])
	}
	return len(e) > 0 && matchElements(p[:1], e[:1]) && defined(p[1:], e[1:])
}

func TestOrder(t *testing.T) {
	list := []string{"a-b", "a/b", "a", "b", "a/b/c", "a.b", "a/B"}
	slices.SortFunc(list, order)
	if got, want := strings.Join(list, " "), "a a/B a/b a/b/c a-b a.b b"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
