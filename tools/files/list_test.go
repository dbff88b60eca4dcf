package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/tools"
)

func TestList(t *testing.T) {
	dir := tree(t, map[string]string{
		"b.txt": "12", "a/x.go": "1", "a/y/z.go": "", "a-b/x.md": "1", "a.txt": "", ".hidden/x.go": "", "empty/d/e": "",
	})
	f := &Folder{Dir: dir}
	for _, tt := range []struct {
		args m
		want string
	}{
		{m{}, "a/\na-b/\na.txt (0 bytes)\nb.txt (2 bytes)\nempty/\n(5 entries)"},
		{m{"path": "."}, "a/\na-b/\na.txt (0 bytes)\nb.txt (2 bytes)\nempty/\n(5 entries)"},
		{m{"path": "a"}, "a/x.go (1 byte)\na/y/\n(2 entries)"},
		{m{"path": "empty/d/"}, "empty/d/e (0 bytes)\n(1 entry)"},
		{m{"pattern": "*.go"}, "a/x.go (1 byte)\na/y/z.go (0 bytes)\n(2 files)"},
		{m{"pattern": "**", "path": "a"}, "a/x.go (1 byte)\na/y/z.go (0 bytes)\n(2 files)"},
		{m{"pattern": "y/*", "path": "a"}, "a/y/z.go (0 bytes)\n(1 file)"},
		{m{"pattern": "*/x.*"}, "a/x.go (1 byte)\na-b/x.md (1 byte)\n(2 files)"},
		{m{"pattern": "*.rs"}, "(0 files)"},
		{m{"pattern": "["}, "error: the pattern is not valid: use * ? [a-z] within a name, ** for folders, {a,b} for alternatives"},
		{m{"path": "b.txt"}, "error: b.txt is a file: read it, or give the path of a folder"},
		{m{"after": "a-b"}, "a.txt (0 bytes)\nb.txt (2 bytes)\nempty/\n(3 entries)"},
		{m{"after": "zzz"}, "(0 entries)"},
		{m{"after": "../../etc"}, "a/\na-b/\na.txt (0 bytes)\nb.txt (2 bytes)\nempty/\n(5 entries)"},
		{m{"pattern": "**", "after": "a/x.go"}, "a/y/z.go (0 bytes)\na-b/x.md (1 byte)\na.txt (0 bytes)\nb.txt (2 bytes)\nempty/d/e (0 bytes)\n(5 files)"},
		{m{"pattern": "**", "after": "a"}, "a/x.go (1 byte)\na/y/z.go (0 bytes)\na-b/x.md (1 byte)\na.txt (0 bytes)\nb.txt (2 bytes)\nempty/d/e (0 bytes)\n(6 files)"},
	} {
		got, err := ask(t, f.List(), tt.args)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: %s\nwant: %s", tt.args, got, tt.want)
		}
	}
}

var goOn = regexp.MustCompile(`; for more, call again with after (.*)\)$`)

// pages calls a tool until there is no more, and returns the lines.
func pages(t *testing.T, call func(after string) string) (lines []string, n int) {
	t.Helper()
	for after := ""; ; n++ {
		text := call(after)
		list := strings.Split(text, "\n")
		lines = append(lines, list[:len(list)-1]...)
		more := goOn.FindStringSubmatch(text)
		if more == nil {
			return lines, n + 1
		}
		if more[1] == after || n > 10_000 {
			t.Fatalf("no way on after %s", after)
		}
		after = more[1]
	}
}

// TestListPages holds that the pages are the list, whatever fits on one.
func TestListPages(t *testing.T) {
	names := map[string]string{}
	for i := range 7 {
		for _, dir := range []string{"", "a/", "a-/", "a/b/", "a/b/c/", "b/", "z/y/x/"} {
			names[fmt.Sprintf("%sf%d", dir, i)] = "x"
		}
	}
	dir := tree(t, names)
	for _, args := range []m{{}, {"pattern": "**"}, {"pattern": "**", "path": "a"}, {"path": "a/b"}} {
		want := strings.Split(must(t, (&Folder{Dir: dir}).List(), args), "\n")
		want = want[:len(want)-1]
		for _, f := range []*Folder{{Dir: dir, MaxResults: 1}, {Dir: dir, MaxResults: 2}, {Dir: dir, MaxResults: 5}, {Dir: dir, MaxPage: 64}, {Dir: dir, MaxResults: 1000}} {
			got, n := pages(t, func(after string) string {
				args["after"] = after
				return must(t, f.List(), args)
			})
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%v in %d pages of %d: %q\nwant %q", args, n, f.MaxResults, got, want)
			}
			if f.MaxResults == 1 && n != len(want) {
				t.Errorf("%v: %d pages for %d lines", args, n, len(want))
			}
		}
	}
}

// TestManyFiles holds that a folder with more files than are held at once is
// listed whole, in order.
func TestManyFiles(t *testing.T) {
	const n = 2*maxNames + 3000
	dir := t.TempDir()
	for i := range n {
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("f%06d", i)))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	f := &Folder{Dir: dir, MaxResults: 20_000, MaxPage: 8 << 20}
	got, pages := pages(t, func(after string) string { return must(t, f.List(), m{"after": after}) })
	if len(got) != n || pages != 2 {
		t.Fatalf("%d files on %d pages, want %d on 2", len(got), pages, n)
	}
	for i, line := range got {
		if want := fmt.Sprintf("f%06d (0 bytes)", i); line != want {
			t.Fatalf("line %d is %s, want %s", i, line, want)
		}
	}
	if got, want := must(t, f.List(), m{"pattern": "*9999"}), "f009999 (0 bytes)\nf019999 (0 bytes)\nf029999 (0 bytes)\n(3 files)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	w := &walk{f: f, entries: 1000}
	if list, _, err := w.names(t.Context(), root, ""); list != nil || err != nil || !strings.Contains(w.stop, "too many files") {
		t.Errorf("past the limit: %d names, %v, %q", len(list), err, w.stop)
	}
	w = &walk{f: f, entries: n + maxNames} // enough for a batch, but not for two
	w.visit = func(*os.Root, string, fs.FileInfo) bool { return true }
	if err := w.folder(t.Context(), root, "."); err != nil || !strings.Contains(w.stop, "too many files") || w.last != fmt.Sprintf("f%06d", maxNames-1) {
		t.Errorf("past the limit in the second batch: %v, %q, after %s", err, w.stop, w.last)
	}
	if _, err := ask(t, f.Read(), m{"path": "f00000x"}); err == nil || !strings.Contains(err.Error(), "do you mean f000000?") {
		t.Errorf("a suggestion among many: %v", err)
	}
}

func TestDeep(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, strings.Repeat("d/", maxDepth+5))
	put(t, filepath.Join(deep, "f"), "needle")
	put(t, filepath.Join(dir, strings.Repeat("d/", maxDepth-1), "g"), "needle")
	f := &Folder{Dir: dir}
	name := strings.Repeat("d/", maxDepth-1) + "g"
	if got, want := must(t, f.List(), m{"pattern": "**"}), name+" (6 bytes)\n(1 file; 1 folder too far down)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := must(t, f.Search(), m{"query": "needle"}), name+":1: needle\n(1 line in 1 of 1 file searched; 1 folder too far down)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	must(t, f.Read(), m{"path": name})
}

// TestQuotedPages holds that the pages go on after a name in quotes, in the words
// of the page before.
func TestQuotedPages(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"(a)", "(b)", `"c"`, "d\nd", "e\xff", "f", "g\xff"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("needle"), 0o644); err != nil {
			t.Skipf("this test needs odd names: %v", err)
		}
	}
	f := &Folder{Dir: dir, MaxResults: 1}
	for _, tool := range []tools.Tool{f.List(), f.Search()} {
		args := m{}
		if tool.Spec().Name == "search_files" {
			args["query"] = "needle"
		}
		got, n := pages(t, func(after string) string {
			args["after"] = after
			return must(t, tool, args)
		})
		if len(got) != 7 || n != 7 {
			t.Errorf("%s: %d lines on %d pages: %q", tool.Spec().Name, len(got), n, got)
		}
	}
	for _, name := range []string{"(a)", `"(a)"`, `"\"c\""`} {
		if got, want := must(t, f.Read(), m{"path": name}), "1\tneedle\n(end of the file: 1 line, 6 bytes)"; got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, name := range []string{`"../x"`, `"/etc/passwd"`, `"d\nd"`, `"e\xff"`, `".env"`} {
		if _, err := ask(t, f.Read(), m{"path": name}); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWalkSwap holds that a walk does not go into what took the place of a
// folder after it was looked at.
func TestWalkSwap(t *testing.T) {
	dir := tree(t, map[string]string{"d/a": "needle", ".git/a": "SECRET needle"})
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := &Folder{Root: root}
	w := &walk{f: f, deep: true, entries: maxEntries}
	var seen []string
	w.visit = func(_ *os.Root, at string, _ fs.FileInfo) bool {
		if seen = append(seen, at); at == "d" {
			if err := os.Rename(filepath.Join(dir, "d"), filepath.Join(dir, "e")); err != nil {
				t.Fatal(err)
			}
			symlink(t, ".git", filepath.Join(dir, "d"))
		}
		return true
	}
	if err := w.folder(t.Context(), root, "."); err != nil || strings.Join(seen, " ") != "d" || strings.Join(w.closed, " ") != "d" {
		t.Errorf("%v: visited %q, closed %q", err, seen, w.closed)
	}
	// The same for a file of a search.
	info, err := root.Lstat("e/a")
	if err != nil {
		t.Fatal(err)
	}
	symlink(t, ".git/a", filepath.Join(dir, "a"))
	find, _ := newFinder(searchArgs{Query: "needle"})
	s := &search{f: f, finder: find, page: f.page(), scan: 100, left: 100}
	if s.file(t.Context(), root, "a", info); s.closed != 1 || s.page.lines != 0 {
		t.Errorf("found %q", s.page.out.String())
	}
}

func TestListOddNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a\nb", "(9 files)", "ok"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Skipf("this test needs odd names: %v", err)
		}
	}
	f := &Folder{Dir: dir}
	if got, want := must(t, f.List(), m{}), "\"(9 files)\" (0 bytes)\n\"a\\nb\" (0 bytes)\nok (0 bytes)\n(3 entries)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestTime holds that a call that takes too long returns what it has, and one
// that is not wanted any more fails.
func TestTime(t *testing.T) {
	f := &Folder{Dir: tree(t, map[string]string{"a": "x", "b": "x"}), MaxTime: 1}
	for _, tt := range []struct {
		got, want string
	}{
		{must(t, f.List(), m{}), "(0 entries; the time is up)"},
		{must(t, f.Search(), m{"query": "x"}), "(0 lines in 0 of 0 files searched; the time is up)"},
		{must(t, f.Search(), m{"query": "x", "path": "a"}), "(0 lines; the time is up: the file was not searched to the end)"},
		{must(t, f.Read(), m{"path": "a"}), "1\tx\n(end of the file: 1 line, 1 byte)"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
	f.MaxTime = -1
	must(t, f.List(), m{})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user left")
	cancel(why)
	for _, tool := range all(f) {
		if _, err := tool.Call(ctx, []byte(`{"path":"a","query":"x","content":"","old_text":"x","new_text":"y"}`)); err == nil {
			t.Errorf("%s: no error", tool.Spec().Name)
		}
	}
	if _, _, err := f.open(ctx); err != why {
		t.Errorf("open: %v", err)
	}
	root, _ := os.OpenRoot(f.Dir)
	defer root.Close()
	if _, err := f.list(ctx, root, listArgs{}); err != why {
		t.Errorf("list: %v", err)
	}
	if _, err := f.search(ctx, root, searchArgs{Query: "x"}); err != why {
		t.Errorf("search: %v", err)
	}
	if _, err := f.write(ctx, root, writeArgs{Path: "a", Content: "new"}); err != why || content(t, filepath.Join(f.Dir, "a")) != "x" || f.written != 0 {
		t.Errorf("write: %v, %d bytes", err, f.written)
	}
}
