package hadal_test

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A block is a fenced block of a Markdown file.
type block struct {
	file string
	line int    // of the opening fence
	lang string // what stands after the fence
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

// blocks returns the fenced blocks of a Markdown file.
func blocks(t *testing.T, file string) []block {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	var open *block
	for i, line := range strings.Split(string(text), "\n") {
		lang, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{file: file, line: i + 1, lang: lang}
		case fence:
			list = append(list, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%v: the block has no end", open)
	}
	return list
}

// of returns the texts of the blocks in a language.
func of(list []block, lang string) []string {
	var texts []string
	for _, b := range list {
		if b.lang == lang {
			texts = append(texts, b.text)
		}
	}
	return texts
}

// TestReadmes holds that both READMEs show the same code and the same commands.
func TestReadmes(t *testing.T) {
	english, chinese := blocks(t, "README.md"), blocks(t, "README.zh-CN.md")
	for _, lang := range []string{"go", "sh"} {
		if e, c := of(english, lang), of(chinese, lang); !slices.Equal(e, c) {
			t.Errorf("the %s blocks of README.md and README.zh-CN.md differ:\n%q\n%q", lang, e, c)
		}
	}
	for _, b := range slices.Concat(english, chinese) {
		if !slices.Contains([]string{"go", "sh", "text"}, b.lang) {
			t.Errorf("%v: language %q: what is go is compiled and what is sh is run, the rest is text", b, b.lang)
		}
	}
}

// TestReadmeTable holds that both READMEs list every package that can be
// imported, and none that is not there.
func TestReadmeTable(t *testing.T) {
	want := []string{"examples"}
	for _, dir := range packages(sources(t)) {
		if dir != "." && !strings.Contains(dir, "internal/") && !strings.HasPrefix(dir, "examples/") {
			want = append(want, dir)
		}
	}
	slices.Sort(want)
	for _, file := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range regexp.MustCompile("(?m)^\\| \\[`(.+?)`\\]\\((.+?)\\) \\|").FindAllStringSubmatch(string(text), -1) {
			if row[1] != row[2] {
				t.Errorf("%s: %s leads to %s", file, row[1], row[2])
			}
			got = append(got, row[1])
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", file, got, want)
		}
	}
}

// TestLinks holds that links to files of the repository lead there.
func TestLinks(t *testing.T) {
	for _, file := range []string{"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		prose := regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAllString(string(text), "")
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.FromSlash(link[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestReadmeCommands holds that .ci/run runs every command of README, and
// nothing that is not there.
func TestReadmeCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs bash")
	}
	out, err := exec.Command("bash", ".ci/run", "commands").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := string(out)
	want := strings.Join(of(blocks(t, "README.md"), "sh"), "")
	if got != want {
		t.Errorf(".ci/run runs:\n%s\nREADME has:\n%s", got, want)
	}
	for _, command := range []string{"go run ./examples/quickstart\n", "go test ./...\n"} {
		if !strings.Contains(want, command) {
			t.Errorf("README lacks %q", command)
		}
	}
}

// TestReadmeCode runs the Go code of README against a DeepSeek on loopback: a
// program as it is, a test as it is, and statements in a function that has ctx,
// model and req, and returns an error.
func TestReadmeCode(t *testing.T) {
	files := map[string]string{}
	for i, b := range blocks(t, "README.md") {
		if b.lang != "go" {
			continue
		}
		for name, code := range runnable(t, b) {
			files[fmt.Sprintf("readme%d/%s", i, name)] = code
		}
	}
	goCommand(t, files, "test", "-mod=mod", "-count=1", "./...")
}

// goCommand runs a go command in a module of its own that has the given files,
// by their paths, and uses this one from where it is.
func goCommand(t *testing.T, files map[string]string, args ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command")
	}
	if len(files) == 0 {
		t.Fatal("no code")
	}
	dir := t.TempDir()
	outside(t, dir, files)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			t.Logf("%s:\n%s", name, files[name])
		}
	}
}

// outside writes a module to dir that has the given files and uses this one
// from where it is.
func outside(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	files = maps.Clone(files)
	files["go.sum"] = string(sums)
	files["go.mod"] = fmt.Sprintf("module example.com/hello\n\ngo 1.26\n\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", module, strconv.Quote(root))
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// environment returns the environment for a go command outside of the
// repository: no key, and no server.
func environment(more ...string) []string {
	return slices.Concat(os.Environ(), []string{"DEEPSEEK_API_KEY=", "DEEPSEEK_BASE_URL=", "DEEPSEEK_MODEL=", "GOWORK=off"}, more)
}

// TestPackageCode compiles the code in package comments.
func TestPackageCode(t *testing.T) {
	files := map[string]string{}
	for _, s := range sources(t) {
		if s.isTest() || s.file.Doc == nil {
			continue
		}
		for i, code := range codeOf(s.file.Doc.Text()) {
			name := fmt.Sprintf("doc/%s/block%d", strings.ReplaceAll(s.dir(), "/", "_"), i)
			switch {
			case strings.HasPrefix(code, "go "), strings.HasPrefix(code, "func("), strings.HasPrefix(code, "---\n"): // a command; a signature; a prompt file
			case declarations(token.NewFileSet(), code):
				files[name+"/block_test.go"] = withImports(t, "package block\n"+code)
			default:
				code = "package block\n" + function("_", code+use(t, code))
				files[name+"/block.go"] = withImports(t, code)
			}
		}
	}
	goCommand(t, files, "vet", "-mod=mod", "./...")
}

// codeOf returns the code blocks of a comment.
func codeOf(text string) []string {
	var list []string
	for _, b := range new(comment.Parser).Parse(text).Content {
		if code, ok := b.(*comment.Code); ok {
			list = append(list, code.Text)
		}
	}
	return list
}

// use returns a statement that uses the variables that statements declare: a
// comment need not say what becomes of them.
func use(t *testing.T, code string) string {
	t.Helper()
	file := parse(t, token.NewFileSet(), "package p\n"+function("_", code))
	block := file.Decls[0].(*ast.FuncDecl).Body.List[0].(*ast.BlockStmt)
	var b strings.Builder
	for _, stmt := range block.List {
		if a, ok := stmt.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, v := range a.Lhs {
				fmt.Fprintf(&b, "\n_ = %s", v.(*ast.Ident).Name)
			}
		}
	}
	return b.String()
}

// runnable returns files with tests that run the code of b.
func runnable(t *testing.T, b block) map[string]string {
	t.Helper()
	const start = `
func TestBlock(t *testing.T) {
	t.Setenv("DEEPSEEK_BASE_URL", deepseektest.NewServer(t).URL())
	%s
}
`
	switch fset := token.NewFileSet(); {
	case strings.HasPrefix(b.text, "package main\n"):
		return map[string]string{
			"main.go":      b.text,
			"main_test.go": withImports(t, "package main\n"+fmt.Sprintf(start, "main()")),
		}
	case declarations(fset, b.text):
		return map[string]string{"block_test.go": withImports(t, "package block\n"+b.text)}
	default:
		code := "package block\n" + function("block", b.text) +
			fmt.Sprintf(start, `if err := block(t.Context(), &deepseek.Client{}, llm.Prompt("Why is the sky blue?"), nil); err != nil { t.Fatal(err) }`)
		return map[string]string{"block_test.go": withImports(t, code)}
	}
}

// declarations reports whether code is what stands at the top of a file.
func declarations(fset *token.FileSet, code string) bool {
	_, err := parser.ParseFile(fset, "", "package p\n"+code, 0)
	return err == nil
}

// function returns a function with the given body, and what every snippet may
// count on.
func function(name, body string) string {
	return "\nfunc " + name + "(ctx context.Context, model llm.Model, req *llm.Request, data []byte) error {\n{\n" + body + "\n}\nreturn nil\n}\n"
}

// withImports returns code with the imports that its identifiers need.
func withImports(t *testing.T, code string) string {
	t.Helper()
	file := parse(t, token.NewFileSet(), code)
	known := map[string]string{}
	for _, p := range []string{"bytes", "context", "encoding/json", "errors", "fmt", "io", "log", "log/slog", "net/http", "os", "strings", "testing", "time"} {
		known[filepath.Base(p)] = p
	}
	for _, s := range sources(t) {
		if name := s.file.Name.Name; !s.isTest() && name != "main" {
			known[name] = module + "/" + s.dir()
		}
		for _, spec := range s.file.Imports { // of other modules, by what the repository uses of them
			imported, _ := strconv.Unquote(spec.Path.Value)
			name := path.Base(imported)
			if first, _, _ := strings.Cut(imported, "/"); spec.Name == nil && strings.Contains(first, ".") && known[name] == "" {
				known[name] = imported
			}
		}
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && known[id.Name] != "" {
				used[known[id.Name]] = true
			}
		}
		return true
	})
	head, body, _ := strings.Cut(code, "\n")
	var b strings.Builder
	b.WriteString(head + "\n")
	for _, p := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "import %q\n", p)
	}
	return b.String() + body
}

// parse parses a file that must be right.
func parse(t *testing.T, fset *token.FileSet, code string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(fset, "", code, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v\n%s", err, code)
	}
	return file
}
