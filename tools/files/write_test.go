package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": "old", "d/x": ""})
	f := &Folder{Dir: dir, MaxFile: 100}
	for _, tt := range []struct {
		path, content, want string
	}{
		{"a.txt", "new text", "replaced a.txt: 8 bytes"},
		{"a.txt", "new text", "replaced a.txt: 8 bytes"},
		{"d/y.txt", "é", "made d/y.txt: 2 bytes"},
		{"d/../z", "", "made z: 0 bytes"},
		{"d", "x", "error: d is a folder: list what is in it, or give the path of a file"},
		{"", "x", "error: . is a folder: list what is in it, or give the path of a file"},
		{"e/", "x", "error: e/ ends in a slash, as the path of a folder does: give the path of a file"},
		{"e/f", "x", "error: e/f cannot be made, as its folder does not exist: see what is there with list_files"},
		{"a.txt/f", "x", "error: a.txt/f cannot be made, as its folder does not exist: a.txt is a file, not a folder"},
		{"big", strings.Repeat("x", 101), "error: big would have 101 bytes, and files may have 100: write several files"},
	} {
		got, err := ask(t, f.Write(), m{"path": tt.path, "content": tt.content})
		if err != nil {
			got = "error: " + err.Error()
		} else if on := content(t, filepath.Join(dir, tt.path)); on != tt.content {
			t.Errorf("%s has %q, want %q", tt.path, on, tt.content)
		}
		if got != tt.want {
			t.Errorf("%s: %s\nwant: %s", tt.path, got, tt.want)
		}
	}
	if want := int64(8 + 8 + 2 + 4*quotaFile); f.written != want {
		t.Errorf("%d bytes of the quota, want %d", f.written, want)
	}
	f.MakeDirs = true
	must(t, f.Write(), m{"path": "e/f/../g/h.txt", "content": "deep"})
	if got := content(t, filepath.Join(dir, "e/g/h.txt")); got != "deep" {
		t.Error(got)
	}
	if want := int64(8 + 8 + 2 + 4 + 7*quotaFile); f.written != want {
		t.Errorf("%d bytes of the quota, want %d", f.written, want)
	}
	if _, err := ask(t, f.Write(), m{"path": "a.txt/f/g", "content": "x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file in the way: %v", err)
	}
}

// TestNoFoldersLeft holds that folders for a file that cannot be written go with
// it, but for one that somebody else uses by then.
func TestNoFoldersLeft(t *testing.T) {
	for _, tt := range []struct {
		f    *Folder
		text string
		want error
	}{
		{&Folder{MaxFile: 10}, strings.Repeat("x", 11), ErrTooBig},
		{&Folder{Quota: 4*quotaFile + 1}, "xx", ErrQuota},
		{&Folder{Quota: 2 * quotaFile}, "", ErrQuota},
	} {
		dir := tree(t, map[string]string{"a/f": ""})
		before := snapshot(t, dir)
		tt.f.Dir, tt.f.MakeDirs = dir, true
		_, err := ask(t, tt.f.Write(), m{"path": "a/b/c/d/x", "content": tt.text})
		if after := snapshot(t, dir); !errors.Is(err, tt.want) || !slices.Equal(before, after) || tt.f.written != 0 {
			t.Errorf("%v, want %v: %q, %d bytes of the quota", err, tt.want, after, tt.f.written)
		}
	}
	dir := t.TempDir()
	f := &Folder{Dir: dir, MakeDirs: true}
	breakAt(f, "sync", func() error { return errors.Join(os.WriteFile(filepath.Join(dir, "a/other"), nil, 0o644), errFull) })
	if _, err := ask(t, f.Write(), m{"path": "a/b/x", "content": ""}); err == nil {
		t.Error("no error")
	}
	if got, want := must(t, f.List(), m{"pattern": "**"}), "a/other (0 bytes)\n(1 file)"; got != want || f.written != quotaFile {
		t.Errorf("%s, want %s; %d bytes of the quota", got, want, f.written)
	}
	if _, err := os.Lstat(filepath.Join(dir, "a/b")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a/b: %v", err)
	}
}

// TestModes holds that a file keeps its permissions, and a new one is no program.
func TestModes(t *testing.T) {
	dir := tree(t, map[string]string{"run": "old", "private": "old", "locked": "old"})
	for name, mode := range map[string]os.FileMode{"run": 0o755, "private": 0o600, "locked": 0o444} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	f := &Folder{Dir: dir}
	for _, name := range []string{"run", "private", "new"} {
		before, old := os.Stat(filepath.Join(dir, name))
		must(t, f.Write(), m{"path": name, "content": "new"})
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || old == nil && info.Mode() != before.Mode() || old != nil && info.Mode().Perm()&0o133 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	f.make = func(root *os.Root, name string, perm os.FileMode) (target, error) {
		if perm != 0o600 {
			t.Errorf("what replaces a private file begins as %v", perm)
		}
		return makeFile(root, name, perm)
	}
	must(t, f.Write(), m{"path": "private", "content": "newer"})
	f.make = nil
	for _, tool := range []string{"write", "edit"} {
		var err error
		if tool == "write" {
			_, err = ask(t, f.Write(), m{"path": "locked", "content": "new"})
		} else {
			_, err = ask(t, f.Edit(), m{"path": "locked", "old_text": "old", "new_text": "new"})
		}
		if !errors.Is(err, fs.ErrPermission) || content(t, filepath.Join(dir, "locked")) != "old" {
			t.Errorf("%s of a file that is read-only: %v", tool, err)
		}
	}
}

func TestQuota(t *testing.T) {
	const size, fit = 10, 10
	dir := t.TempDir()
	f := &Folder{Dir: dir, Quota: fit * (size + quotaFile)}
	write := f.Write()
	var wg sync.WaitGroup
	var wrote, refused atomic.Int32
	for i := range 64 {
		wg.Go(func() {
			_, err := ask(t, write, m{"path": fmt.Sprintf("f%d", i), "content": strings.Repeat("x", size)})
			switch {
			case err == nil:
				wrote.Add(1)
			case errors.Is(err, ErrQuota):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(dir)
	if wrote.Load() != fit || refused.Load() != 64-fit || len(entries) != fit || err != nil || f.written != f.Quota {
		t.Errorf("%d wrote, %d refused, %d files, %d of %d bytes, %v", wrote.Load(), refused.Load(), len(entries), f.written, f.Quota, err)
	}
	_, err = ask(t, write, m{"path": "more", "content": ""})
	if want := "more cannot be written: 41060 of 41060 bytes that may be written in all are used, and this takes 4096"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	small := &Folder{Dir: dir, Quota: 5 * quotaFile, MakeDirs: true}
	if _, err := ask(t, small.Write(), m{"path": "a/b/c/d/e/f", "content": ""}); !errors.Is(err, ErrQuota) {
		t.Errorf("folders: %v", err)
	}
	must(t, (&Folder{Dir: dir, Quota: -1}).Write(), m{"path": "f0", "content": "x"})
}

// TestConcurrentEdits holds that no edit is lost.
func TestConcurrentEdits(t *testing.T) {
	var text strings.Builder
	for i := range 64 {
		fmt.Fprintf(&text, "item <%d> open\n", i)
	}
	dir := tree(t, map[string]string{"a": text.String()})
	f := &Folder{Dir: dir}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			must(t, f.Edit(), m{"path": "a", "old_text": fmt.Sprintf("<%d> open", i), "new_text": fmt.Sprintf("<%d> done", i)})
		})
	}
	wg.Wait()
	if got, want := content(t, filepath.Join(dir, "a")), strings.ReplaceAll(text.String(), "open", "done"); got != want {
		t.Errorf("%s", got)
	}
}

// A faulty target fails at one step.
type faulty struct {
	target
	at   string
	fail func() error
}

func (f *faulty) Write(b []byte) (int, error) {
	if f.at == "write" {
		n, _ := f.target.Write(b[:len(b)/2])
		return n, f.fail()
	}
	return f.target.Write(b)
}

func (f *faulty) Chmod(mode os.FileMode) error {
	return f.or("chmod", func() error { return f.target.Chmod(mode) })
}
func (f *faulty) Sync() error  { return f.or("sync", f.target.Sync) }
func (f *faulty) Close() error { return f.or("close", f.target.Close) }

func (f *faulty) or(at string, do func() error) error {
	if err := do(); err != nil || at != f.at {
		return err
	}
	return f.fail()
}

// breakAt makes the writes of a folder fail at a step.
func breakAt(f *Folder, at string, fail func() error) {
	f.make = func(root *os.Root, name string, perm os.FileMode) (target, error) {
		if at == "make" {
			return nil, fail()
		}
		file, err := makeFile(root, name, perm)
		return &faulty{file, at, fail}, err
	}
}

var errFull = &fs.PathError{Op: "write", Path: "/secret/place", Err: errors.New("no space left on device")}

// TestFaults holds that a write that fails changes nothing and leaves nothing.
func TestFaults(t *testing.T) {
	for _, at := range []string{"make", "write", "chmod", "sync", "close"} {
		dir := tree(t, map[string]string{"a": "the old text"})
		f := &Folder{Dir: dir}
		breakAt(f, at, func() error { return errFull })
		before := snapshot(t, dir)
		for _, tool := range []func() (string, error){
			func() (string, error) {
				return ask(t, f.Write(), m{"path": "a", "content": "something longer than that"})
			},
			func() (string, error) { return ask(t, f.Edit(), m{"path": "a", "old_text": "old", "new_text": "new"}) },
		} {
			_, err := tool()
			if want := "a cannot be used: no space left on device"; err == nil || err.Error() != want {
				t.Errorf("%s: %v, want %s", at, err, want)
			}
		}
		if after := snapshot(t, dir); !slices.Equal(before, after) || f.written != 0 {
			t.Errorf("%s: %q, %d bytes of the quota", at, after, f.written)
		}
		f.make = nil
		must(t, f.Write(), m{"path": "a", "content": "new"})
	}
}

// TestMeanwhile holds that what somebody else does to the file during a write is
// not lost, and no link that is put there is followed.
func TestMeanwhile(t *testing.T) {
	for name, do := range map[string]func(dir string) error{
		"changed":  func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte("another's text"), 0o644) },
		"replaced": func(dir string) error { return os.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a")) },
		"made":     func(dir string) error { return os.WriteFile(filepath.Join(dir, "new"), []byte("x"), 0o644) },
		"removed":  func(dir string) error { return os.Remove(filepath.Join(dir, "a")) },
		"link": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "a")), os.Symlink("b", filepath.Join(dir, "a")))
		},
		"folder": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "a")), os.Mkdir(filepath.Join(dir, "a"), 0o755))
		},
	} {
		dir := tree(t, map[string]string{"a": "old", "b": "other"})
		f := &Folder{Dir: dir}
		var after []string
		breakAt(f, "sync", func() error {
			err := do(dir)
			after = slices.DeleteFunc(snapshot(t, dir), func(s string) bool { return strings.Contains(s, tempPrefix) })
			return err
		})
		file := "a"
		if name == "made" {
			file = "new"
		}
		_, err := ask(t, f.Write(), m{"path": file, "content": "mine"})
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
		if got := snapshot(t, dir); !slices.Equal(got, after) || f.written != 0 {
			t.Errorf("%s: %q, want %q; %d bytes of the quota", name, got, after, f.written)
		}
	}
}

// TestCrash ends a process at each step of a write and looks at what is left.
func TestCrash(t *testing.T) {
	if at := os.Getenv("FILES_CRASH_AT"); at != "" {
		f := &Folder{Dir: os.Getenv("FILES_CRASH_DIR")}
		breakAt(f, at, func() error { os.Exit(3); return nil })
		ask(t, f.Write(), m{"path": "a", "content": "something longer than that"})
		os.Exit(4)
	}
	self, err := os.Executable()
	if err != nil {
		t.Skipf("this test starts itself: %v", err)
	}
	for _, at := range []string{"make", "write", "chmod", "sync", "close"} {
		dir := tree(t, map[string]string{"a": "the old text"})
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestCrash$")
		cmd.Env = append(os.Environ(), "FILES_CRASH_AT="+at, "FILES_CRASH_DIR="+dir)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 3 {
			t.Fatalf("%s: %v\n%s", at, err, out)
		}
		f := &Folder{Dir: dir, Hidden: true}
		if got, want := must(t, f.Read(), m{"path": "a"})+must(t, f.List(), m{}), "1\tthe old text\n(end of the file: 1 line, 12 bytes)a (12 bytes)\n(1 entry)"; got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
		must(t, f.Write(), m{"path": "a", "content": "new"})
	}
}

func TestEdit(t *testing.T) {
	const text = "one\n\ttwo words\nthree\none more\n"
	for _, tt := range []struct {
		text, from, to string
		want, after    string
	}{
		{text, "two", "2", "edited a at line 2: 30 bytes before, 28 now", "one\n\t2 words\nthree\none more\n"},
		{text, "two words\nthree\n", "", "edited a at line 2: 30 bytes before, 14 now", "one\n\tone more\n"},
		{text, text, "x", "edited a at line 1: 30 bytes before, 1 now", "x"},
		{text, "one", "1", "error: a has old_text 2 times, first in lines 1, 4: add lines around it until it is the only one", text},
		{text, "e", "E", "error: a has old_text 5 times, first in lines 1, 3, 3, 4, 4: add lines around it until it is the only one", text},
		{"aaa", "aa", "b", "error: a has old_text 2 times, first in lines 1, 1: add lines around it until it is the only one", "aaa"},
		{text, "two\n", "x", "error: a does not have old_text: read it, and copy the text as it is, with its spaces, without the line numbers", text},
		{text, "\n    two words\nthree", "x", "error: a does not have old_text as it is given, but line 2 begins like it: spaces or what follows differ; read the file from there, and copy the text", text},
		{text, " \n \n", "x", "error: a does not have old_text: read it, and copy the text as it is, with its spaces, without the line numbers", text},
		{text, "two", "two", "error: old_text and new_text are the same: nothing would change", text},
		{text, "two", strings.Repeat("x", 100), "error: a would have 127 bytes, and files may have 100: write several files", text},
		{"a\r\nb\r\nc\r\n", "a\nb\n", "x\ny\r\nz\n", "edited a at line 1: 9 bytes before, 12 now", "x\r\ny\r\nz\r\nc\r\n"},
		{"a\r\nb\nc", "a\r\n", "x\n", "edited a at line 1: 6 bytes before, 5 now", "x\nb\nc"},
		{"a\x00b", "a", "x", "error: a is a binary file, which cannot be edited", "a\x00b"},
		{"caf\xe9 one", "one", "two", "edited a at line 1: 8 bytes before, 8 now", "caf\xe9 two"},
		{strings.Repeat("x", 101), "x", "y", "error: a has more than the 100 bytes that a file to edit may have", strings.Repeat("x", 101)},
	} {
		dir := tree(t, map[string]string{"a": tt.text})
		got, err := ask(t, (&Folder{Dir: dir, MaxFile: 100}).Edit(), m{"path": "a", "old_text": tt.from, "new_text": tt.to})
		if err != nil {
			got = "error: " + err.Error()
		}
		if after := content(t, filepath.Join(dir, "a")); got != tt.want || after != tt.after {
			t.Errorf("%q for %q in %q: %s\nwant %s\nthe file is %q, want %q", tt.to, tt.from, tt.text, got, tt.want, after, tt.after)
		}
	}
	root, err := os.OpenRoot(tree(t, map[string]string{"a": "x"}))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := new(Folder).edit(t.Context(), root, editArgs{Path: "a"}); err == nil {
		t.Error("an empty old_text")
	}
}
