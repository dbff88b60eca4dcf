package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	many := strings.Repeat("needle\nhay\n", 30)
	dir := tree(t, map[string]string{
		"a.go": "func Needle() {}\r\n// a needle\n", "b/b.md": "no\nneedle (1)\nNEEDLE\n", "b/c.bin": "needle\x00", "b/many": many, "c.txt": "caf\xe9 needle", "d": "hay",
		"long": strings.Repeat("é", 500) + "straw" + strings.Repeat("ü", 500) + "\n" + "straw" + strings.Repeat("x", 400) + "\n" + strings.Repeat("x", 400) + "straw\n",
	})
	f := &Folder{Dir: dir}
	for _, tt := range []struct {
		args m
		want string
	}{
		{m{"query": "Needle"}, "a.go:1: func Needle() {}\n(1 line in 1 of 6 files searched; 1 binary file passed over)"},
		{m{"query": "needle (1)"}, "b/b.md:2: needle (1)\n(1 line in 1 of 6 files searched; 1 binary file passed over)"},
		{m{"query": "NEEDLE", "ignore_case": true, "files": "*.{md,go}"}, "a.go:1: func Needle() {}\na.go:2: // a needle\nb/b.md:2: needle (1)\nb/b.md:3: NEEDLE\n(4 lines in 2 of 2 files searched)"},
		{m{"query": `^needle \(\d\)$`, "regexp": true}, "b/b.md:2: needle (1)\n(1 line in 1 of 6 files searched; 1 binary file passed over)"},
		{m{"query": `\{\}$`, "regexp": true}, "a.go:1: func Needle() {}\n(1 line in 1 of 6 files searched; 1 binary file passed over)"},
		{m{"query": `o\s+n`, "regexp": true, "path": "b/b.md"}, "(0 lines)"},
		{m{"query": "needle", "path": "b", "files": "many"}, strings.Join(numbered("b/many:%d: needle\n", 1, 39, 2), "") + "b/many: 10 more lines not shown\n(20 lines in 1 of 1 file searched)"},
		{m{"query": "needle", "path": "b/many"}, strings.Join(numbered("b/many:%d: needle\n", 1, 59, 2), "") + "(30 lines)"},
		{m{"query": "needle", "path": "c.txt"}, "c.txt:1: caf\uFFFD needle\n(1 line)"},
		{m{"query": "needle", "path": "b/c.bin"}, "(0 lines; a binary file of 7 bytes: there is no text to search)"},
		{m{"query": "straw", "path": "long"}, "long:1: …" + strings.Repeat("é", 40) + "straw" + strings.Repeat("ü", 107) + "…\nlong:2: straw" + strings.Repeat("x", 295) + "…\nlong:3: …" + strings.Repeat("x", 295) + "straw\n(3 lines)"},
		{m{"query": "nothing"}, "(0 lines in 0 of 6 files searched; 1 binary file passed over)"},
		{m{"query": "(", "regexp": true}, "error: the query is not a regular expression as RE2 has it (error parsing regexp: missing closing ): `(`): correct it, or leave out regexp to look for plain text"},
		{m{"query": "(", "files": "d"}, "(0 lines in 0 of 1 file searched)"},
		{m{"query": "((a{0,10}){0,10}){0,10}b{900}", "regexp": true}, "error: the regular expression is too large: use fewer or smaller repetitions"},
		{m{"query": strings.Repeat("x", 501)}, "error: the query is longer than 500 bytes: look for less"},
		{m{"query": "a\nb"}, "error: the query has more than one line: look for one of them, then read the file there"},
		{m{"query": "x", "files": "{"}, "error: the pattern has braces that do not fit, or braces in braces"},
		{m{"query": "x", "path": "e"}, "error: e does not exist: see what is there with list_files"},
	} {
		got, err := ask(t, f.Search(), tt.args)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: %q\nwant: %q", tt.args, got, tt.want)
		}
	}
	if _, err := newFinder(searchArgs{}); err == nil {
		t.Error("an empty query")
	}
}

func numbered(format string, from, to, step int) (list []string) {
	for i := from; i <= to; i += step {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}

func TestSearchPages(t *testing.T) {
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("%c/f%02d", 'a'+i%3, i)] = strings.Repeat("needle\n", i%4)
	}
	dir := tree(t, files)
	want := strings.Split(must(t, (&Folder{Dir: dir}).Search(), m{"query": "needle"}), "\n")
	want = want[:len(want)-1]
	if len(want) != 60 {
		t.Fatalf("%d lines", len(want))
	}
	for _, f := range []*Folder{{MaxResults: 4}, {MaxResults: 7}, {MaxPage: 100}, {MaxScan: 30}} {
		f.Dir = dir
		got, n := pages(t, func(after string) string {
			return must(t, f.Search(), m{"query": "needle", "after": after})
		})
		if strings.Join(got, "\n") != strings.Join(want, "\n") || n < 5 {
			t.Errorf("%d pages: %q", n, got)
		}
	}
	// What does not fit by itself is shown in part.
	if got, want := must(t, (&Folder{Dir: dir, MaxResults: 1}).Search(), m{"query": "needle", "after": "a/f02"}), "a/f03:1: needle\na/f03: 2 more lines not shown\n(1 line in 1 of 1 file searched; that is all that fits at once; for more, call again with after a/f03)"; !strings.HasPrefix(got, want[:50]) {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestSearchScan holds how much of big files is read.
func TestSearchScan(t *testing.T) {
	big := strings.Repeat("hay and straw, hay and straw\n", 40_000) // more than a MB
	dir := tree(t, map[string]string{"a": "needle\n", "big": big + "needle\n", "c": "needle"})
	f := &Folder{Dir: dir, MaxScan: 600_000}
	for _, tt := range []struct {
		after, want string
	}{
		{"", "a:1: needle\n(1 line in 1 of 1 file searched; no more can be read at once; for more, call again with after a)"},
		{"a", "(0 lines in 0 of 1 file searched; 1 file too big to be searched to the end; no more can be read at once; for more, call again with after big)"},
		{"big", "c:1: needle\n(1 line in 1 of 1 file searched)"},
	} {
		if got := must(t, f.Search(), m{"query": "needle", "after": tt.after}); got != tt.want {
			t.Errorf("after %q: %s\nwant %s", tt.after, got, tt.want)
		}
	}
	if got, want := must(t, f.Search(), m{"query": "needle", "path": "big"}), "(0 lines; only the first "; !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := must(t, (&Folder{Dir: dir}).Search(), m{"query": "needle"}), "a:1: needle\nbig:40001: needle\nc:1: needle\n(3 lines in 3 of 3 files searched)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestScanBinary holds that of binary files little is read, and what is counts.
func TestScanBinary(t *testing.T) {
	files := map[string]string{"z": "needle"}
	for i := range 30 {
		files[fmt.Sprintf("b%02d", i)] = "\x00" + strings.Repeat("x", 100_000)
	}
	f := &Folder{Dir: tree(t, files), MaxScan: 10 * binaryHead}
	want := []string{
		"(0 lines in 0 of 0 files searched; 10 binary files passed over; no more can be read at once; for more, call again with after b09)",
		"(0 lines in 0 of 0 files searched; 10 binary files passed over; no more can be read at once; for more, call again with after b19)",
		"(0 lines in 0 of 0 files searched; 10 binary files passed over; no more can be read at once; for more, call again with after b29)",
		"z:1: needle\n(1 line in 1 of 1 file searched)",
	}
	for i, after := range []string{"", "b09", "b19", "b29"} {
		if got := must(t, f.Search(), m{"query": "needle", "after": after}); got != want[i] {
			t.Errorf("after %q: %s\nwant %s", after, got, want[i])
		}
	}
}

// TestRegexpCancel holds that a search with a slow pattern ends soon after its
// context: with the first line, that is, if this is long.
func TestRegexpCancel(t *testing.T) {
	text := []byte(strings.Repeat(strings.Repeat("x", maxReLine)+"\n", 3) + "y")
	finder, err := newFinder(searchArgs{Query: "y", Regexp: true})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []int{-1, -1, -1, -1, len(text) - 1} {
		if start, _, _ := finder.next(&countdown{t.Context(), n}, text, 0); start != want {
			t.Errorf("after %d looks at the context: %d, want %d", n, start, want)
		}
	}
}

// A countdown is a context that is over after some calls of Err.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestLongLine holds that a line in pieces is one line.
func TestLongLine(t *testing.T) {
	piece := strings.Repeat("x", chunk-10) + "needle" + strings.Repeat("x", chunk-6)
	text := "first\n" + piece + piece + piece + "\nneedle\n"
	for _, re := range []bool{false, true} {
		finder, err := newFinder(searchArgs{Query: "needle", Regexp: re})
		if err != nil {
			t.Fatal(err)
		}
		found, err := finder.search(t.Context(), strings.NewReader(text), 1<<30, 10)
		if err != nil || found.size != int64(len(text)) || len(found.hits) != found.lines {
			t.Fatalf("%v, %d of %d bytes", err, found.size, len(text))
		}
		last := found.hits[len(found.hits)-1]
		if last != (hit{3, "needle"}) || found.lines > 2 || !re && found.lines != 2 {
			t.Errorf("regexp %v: %d lines, the last %v", re, found.lines, last)
		}
	}
}

// FuzzSearch compares the search with a plain loop over the lines.
func FuzzSearch(f *testing.F) {
	f.Add("a\nb\r\nab", "b")
	f.Add("\n\n", "x")
	f.Fuzz(func(t *testing.T, text, query string) {
		plain, err := newFinder(searchArgs{Query: query})
		if err != nil || binary([]byte(text)) != "" || len(text) > chunk/2 {
			return
		}
		finders := []*finder{plain}
		if re, err := newFinder(searchArgs{Query: regexp.QuoteMeta(query), Regexp: true}); err == nil {
			finders = append(finders, re)
		}
		var want []int
		n := 0
		for line := range strings.Lines(text) {
			n++
			if strings.Contains(line, query) {
				want = append(want, n)
			}
		}
		for _, finder := range finders {
			found, err := finder.search(t.Context(), strings.NewReader(text), 1<<30, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, h := range found.hits {
				got = append(got, h.line)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || found.lines != len(want) {
				t.Errorf("%q in %q: lines %v, want %v", query, text, got, want)
			}
		}
	})
}

// TestUnreadable holds that a search goes on past what it cannot read.
func TestUnreadable(t *testing.T) {
	dir := tree(t, map[string]string{"a": "needle", "b/c": "needle", "d": "needle"})
	asNobody(t, func() {
		if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(filepath.Join(dir, "a"), 0), os.Chmod(filepath.Join(dir, "b"), 0)); err != nil {
			t.Fatal(err)
		}
	}, func() {
		f := &Folder{Dir: dir}
		if got, want := must(t, f.Search(), m{"query": "needle"}), "d:1: needle\n(1 line in 1 of 1 file searched; 1 file could not be used; 1 folder could not be read: b)"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if got, want := must(t, f.List(), m{"pattern": "**"}), "a (6 bytes)\nd (6 bytes)\n(2 files; 1 folder could not be read: b)"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, tool := range []string{"a", "b/c"} {
			_, err := ask(t, f.Read(), m{"path": tool})
			if want := tool + " may not be used by this program: permission denied"; err == nil || err.Error() != want || !errors.Is(err, os.ErrPermission) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		for _, name := range []string{"a", "d", "new"} { // none is nobody's to write
			if _, err := ask(t, f.Write(), m{"path": name, "content": "owned"}); !errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), dir) {
				t.Errorf("write %s: %v", name, err)
			}
		}
	})
}
