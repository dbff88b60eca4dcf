package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("x", 1999) + "é" + strings.Repeat("y", 1000)
	dir := tree(t, map[string]string{
		"three": "one\ntwo\nthree\n", "open": "one\ntwo", "empty": "", "blank": "\n\n", "crlf": "a\r\nb\r\n", "latin": "caf\xe9\n", "long": long + "\nnext\n",
		"png": "\x89PNG\r\n\x1a\n\x00\x00", "zero": "a\x00b", "pdf": "%PDF-1.7 and so on", "hundred": strings.Repeat("12345678\n", 100), "late": strings.Repeat("a\n", 5000) + "\x00\n",
		"fake": "(end of the file: 1 line, 1 byte)",
	})
	f := &Folder{Dir: dir}
	small := &Folder{Dir: dir, MaxPage: 60}
	for _, tt := range []struct {
		f             *Folder
		name          string
		offset, limit int
		want          string
	}{
		{f, "three", 0, 0, "1\tone\n2\ttwo\n3\tthree\n(end of the file: 3 lines, 14 bytes)"},
		{f, "open", 0, 0, "1\tone\n2\ttwo\n(end of the file: 2 lines, 7 bytes)"},
		{f, "three", 2, 1, "2\ttwo\n(lines 2 to 2 of 3; go on with offset 3)"},
		{f, "three", 1, 2, "1\tone\n2\ttwo\n(lines 1 to 2 of 3; go on with offset 3)"},
		{f, "three", 3, 5, "3\tthree\n(lines 3 to 3 of 3; end of the file)"},
		{f, "three", 1, 3, "1\tone\n2\ttwo\n3\tthree\n(end of the file: 3 lines, 14 bytes)"},
		{f, "open", 2, 0, "2\ttwo\n(lines 2 to 2 of 2; end of the file)"},
		{f, "three", 4, 0, "error: three has only 3 lines: there is none at offset 4"},
		{f, "empty", 0, 0, "(the file is empty)"},
		{f, "blank", 0, 0, "1\t\n2\t\n(end of the file: 2 lines, 2 bytes)"},
		{f, "crlf", 0, 0, "1\ta\n2\tb\n(end of the file: 2 lines, 6 bytes; lines end in CR LF)"},
		{f, "latin", 0, 0, "1\tcaf\uFFFD\n(end of the file: 1 line, 5 bytes; bytes that are not UTF-8 are shown as \uFFFD, so do not write this text back)"},
		{f, "long", 0, 0, "1\t" + strings.Repeat("x", 1999) + " [line cut here, it has 3002 bytes]\n2\tnext\n(end of the file: 2 lines, 3007 bytes)"},
		{f, "png", 0, 0, "png is a binary file (PNG image, 10 bytes): there is no text to read"},
		{f, "zero", 0, 0, "zero is a binary file (unknown type, 3 bytes): there is no text to read"},
		{f, "pdf", 0, 0, "pdf is a binary file (PDF document, 18 bytes): there is no text to read"},
		{f, "fake", 0, 0, "1\t(end of the file: 1 line, 1 byte)\n(end of the file: 1 line, 33 bytes)"},
		{f, "late", 5000, 0, "5000\ta\n5001\t\x00\n(lines 5000 to 5001 of 5001; end of the file)"},
		{small, "hundred", 97, 0, "97\t12345678\n98\t12345678\n99\t12345678\n100\t12345678\n(lines 97 to 100 of 100; end of the file)"},
		{small, "hundred", 0, 0, "1\t12345678\n2\t12345678\n3\t12345678\n4\t12345678\n5\t12345678\n(lines 1 to 5 of 100; go on with offset 6)"},
		{small, "long", 0, 0, "1\t" + strings.Repeat("x", 1999) + " [line cut here, it has 3002 bytes]\n(lines 1 to 1 of 2; go on with offset 2)"},
		{f, "../etc", 0, 0, "error: ../etc leads out of the folder, where nothing can be reached"},
		{f, "", 0, 0, "error: . is a folder: list what is in it, or give the path of a file"},
	} {
		got, err := ask(t, tt.f.Read(), m{"path": tt.name, "offset": tt.offset, "limit": tt.limit})
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s from %d, %d lines: %q\nwant %q", tt.name, tt.offset, tt.limit, got, tt.want)
		}
	}
}

// TestReadAllPages holds that the pages are the file.
func TestReadAllPages(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "line %d %s\n", i, strings.Repeat("é", i%90))
	}
	f := &Folder{Dir: tree(t, map[string]string{"a": text.String()}), MaxPage: 5000}
	var got strings.Builder
	for offset, n := 1, 0; offset <= 3000; n++ {
		page := must(t, f.Read(), m{"path": "a", "offset": offset})
		if len(page) > 5000+100 || n > 3000 {
			t.Fatalf("a page of %d bytes, the %dth", len(page), n)
		}
		for line := range strings.Lines(page) {
			var number int
			_, rest, ok := strings.Cut(line, "\t")
			if !ok {
				break
			}
			if fmt.Sscan(line, &number); number != offset {
				t.Fatalf("line %q where %d should be", line, offset)
			}
			got.WriteString(rest)
			offset++
		}
	}
	if got.String() != text.String() {
		t.Error("the pages are not the file")
	}
}

// endless is a text without an end, which cancels its context on the way.
type endless struct {
	read   int64
	at     int64
	cancel func()
}

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = "0123456\n"[i%8]
	}
	if e.read += int64(len(b)); e.cancel != nil && e.read >= e.at {
		e.cancel()
	}
	return len(b), nil
}

func TestReadEndless(t *testing.T) {
	r := &endless{}
	p := &pager{first: 1, limit: 2, most: 100, line: 1}
	if kind, err := p.readAll(t.Context(), r, 1<<30); kind != "" || err != nil || r.read > countAhead+(64<<10) {
		t.Errorf("%q, %v, after %d bytes", kind, err, r.read)
	}
	if got, err := p.result("x", true); err != nil || got != "1\t0123456\n2\t0123456\n(lines 1 to 2 of more than 1048576; go on with offset 3; the file changed while it was read, so this may be of before and after)" {
		t.Errorf("%q, %v", got, err)
	}
	r, p = &endless{}, &pager{first: 1 << 30, most: 100, line: 1}
	if _, err := p.readAll(t.Context(), r, 1<<20); err != nil || r.read != 1<<20 {
		t.Errorf("%v, after %d bytes", err, r.read)
	}
	if _, err := p.result("x", false); !errors.Is(err, ErrTooBig) {
		t.Errorf("past the end of what may be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r = &endless{at: 1 << 20, cancel: cancel}
	p = &pager{first: 1 << 30, most: 100, line: 1}
	if _, err := p.readAll(ctx, r, 1<<30); err != context.Canceled || r.read != 1<<20 {
		t.Errorf("%v, after %d bytes", err, r.read)
	}
	ctx, cancel = context.WithCancel(t.Context())
	r = &endless{at: 1 << 20, cancel: cancel}
	finder, _ := newFinder(searchArgs{Query: "9"})
	if _, err := finder.search(ctx, r, 1<<30, 5); err != context.Canceled || r.read != 1<<20 {
		t.Errorf("search: %v, after %d bytes", err, r.read)
	}
	r = &endless{}
	if found, err := finder.search(t.Context(), r, 1<<20, 5); err != errScan || r.read != 1<<20 || found.size != 1<<20 {
		t.Errorf("search: %v, after %d bytes", err, r.read)
	}
	if _, err := new(pager).readAll(t.Context(), io.MultiReader(strings.NewReader("abc"), broken{}), 100); err != errBroken {
		t.Errorf("a disk that fails: %v", err)
	}
	if _, err := finder.search(t.Context(), io.MultiReader(strings.NewReader("abc"), broken{}), 100, 5); err != errBroken {
		t.Errorf("search: a disk that fails: %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("input/output error")

func (broken) Read([]byte) (int, error) { return 0, errBroken }

// TestProc reads a file whose size is said to be zero.
func TestProc(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this test needs /proc")
	}
	f := &Folder{Dir: "/proc/self"}
	if got := must(t, f.Read(), m{"path": "status"}); !strings.HasPrefix(got, "1\tName:\t") {
		t.Errorf("%.100s", got)
	}
	if _, err := ask(t, f.Read(), m{"path": "exe"}); !errors.Is(err, ErrDenied) {
		t.Errorf("a link out of the folder: %v", err)
	}
}

func TestChanged(t *testing.T) {
	name := filepath.Join(tree(t, map[string]string{"a": "one"}), "a")
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, _ := file.Stat()
	if changed(file, info) {
		t.Error("changed, though nobody did")
	}
	if err := os.Chtimes(name, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if !changed(file, info) {
		t.Error("not changed")
	}
	put(t, filepath.Join(filepath.Dir(name), "b"), "two")
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, _, err := new(Folder).openFile(root, "b", info); !errors.Is(err, ErrDenied) {
		t.Errorf("another file than the one that was looked at: %v", err)
	}
}

func TestBinary(t *testing.T) {
	for head, want := range map[string]string{
		"": "", "plain": "", "MZ is a text": "", "\x7fELF\x02\x00": "ELF program", "\xff\xfea\x00": "text in UTF-16", "a\x00": "unknown type",
		"SQLite format 3\x00": "SQLite database", strings.Repeat("a", 8000) + "\x00": "",
	} {
		if got := binary([]byte(head)); got != want {
			t.Errorf("%.20q: %q, want %q", head, got, want)
		}
	}
}

// FuzzPager holds that what is read does not depend on how it arrives, and is
// the file.
func FuzzPager(f *testing.F) {
	f.Add("one\ntwo\r\nthree", 1, 0)
	f.Add(strings.Repeat("é", 1100)+"\n\n", 1, 1)
	f.Fuzz(func(t *testing.T, text string, first, limit int) {
		if first < 1 || limit < 0 || limit > 1<<20 || first > 1<<20 {
			return
		}
		whole := &pager{first: first, limit: limit, most: 1 << 20, line: 1}
		if kind, err := whole.readAll(t.Context(), strings.NewReader(text), 1<<30); kind != "" || err != nil {
			return
		}
		bits := &pager{first: first, limit: limit, most: 1 << 20, line: 1}
		for b := range bytes.SplitSeq([]byte(text), nil) {
			bits.write(b)
		}
		if bits.length > 0 {
			bits.endLine()
		}
		if a, b := whole.out.String(), bits.out.String(); a != b {
			t.Errorf("%q, in bits %q", a, b)
		}
		if n := strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1; text != "" && whole.line-1 != n {
			t.Errorf("%q has %d lines, not %d", text, n, whole.line-1)
		}
	})
}
