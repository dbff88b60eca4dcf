package memory

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

var (
	errFull    = errors.New("the disk is full")
	errBadDisk = errors.New("the disk is bad")
)

// A badDisk is a handle that fails as a disk may.
type badDisk struct {
	handle
	room           int // bytes that can be written; negative: any number
	truncate, sync error
}

func (d *badDisk) WriteAt(b []byte, off int64) (int, error) {
	if d.room < 0 || len(b) <= d.room {
		return d.handle.WriteAt(b, off)
	}
	n, err := d.handle.WriteAt(b[:d.room], off)
	return n, errors.Join(err, &fs.PathError{Op: "write", Path: "x", Err: errFull})
}

func (d *badDisk) Truncate(size int64) error {
	if d.truncate != nil {
		return d.truncate
	}
	return d.handle.Truncate(size)
}

func (d *badDisk) Sync() error {
	if d.sync != nil {
		return d.sync
	}
	return d.handle.Sync()
}

// onBadDisk returns a File of two turns and its disk.
func onBadDisk(t *testing.T) (*File, *badDisk) {
	t.Helper()
	f := newFile(t, 2)
	d := &badDisk{handle: f.lines.f, room: -1}
	f.lines.f = d
	return f, d
}

// With a full disk the file is as it was, and all goes on when there is room again.
func TestFileDiskFull(t *testing.T) {
	line, err := seal(fileTurn(2))
	if err != nil {
		t.Fatal(err)
	}
	for room := range len(line) {
		f, d := onBadDisk(t)
		before, _ := os.ReadFile(f.Path)
		d.room = room
		err := f.Append(t.Context(), fileTurn(2))
		if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, errFull) || e.Turn != "turn 2" || e.Path != f.Path {
			t.Fatalf("room for %d: %v", room, err)
		}
		if after, _ := os.ReadFile(f.Path); string(after) != string(before) {
			t.Fatalf("room for %d: the file is\n%swant\n%s", room, after, before)
		}
		if h, err := f.Load(t.Context()); err != nil || len(h.Turns) != 2 {
			t.Fatalf("room for %d: %d turns, %v", room, len(h.Turns), err)
		}
		d.room = -1
		if err := f.Append(t.Context(), fileTurn(2)); err != nil {
			t.Fatalf("room again: %v", err)
		}
		f.Close()
		holdsTurns(t, f.Path, 3)
	}
}

// Where part of a line is left and cannot be removed, nothing is added to it.
func TestFileCannotTruncate(t *testing.T) {
	f, d := onBadDisk(t)
	d.room, d.truncate = 30, errBadDisk
	if err := f.Append(t.Context(), fileTurn(2)); !errors.Is(err, errFull) {
		t.Errorf("at first: %v", err)
	}
	d.room, d.truncate = -1, nil
	if err := f.Append(t.Context(), fileTurn(2)); !errors.Is(err, errBadDisk) || !strings.Contains(err.Error(), "close the file and open it again") {
		t.Errorf("afterwards: %v", err)
	}
	f.Close()
	holdsTurns(t, f.Path, 2)
}

// A turn that was written and not forced to the disk is not acknowledged. Another
// File knows it, so that appending it again does nothing.
func TestFileCannotSync(t *testing.T) {
	f, d := onBadDisk(t)
	f.lines.force, d.sync = true, errBadDisk
	if err := f.Append(t.Context(), fileTurn(2)); !errors.Is(err, errBadDisk) {
		t.Errorf("at first: %v", err)
	}
	d.sync = nil
	if h, err := f.Load(t.Context()); len(h.Turns) != 2 || err != nil {
		t.Errorf("there are %d turns, %v", len(h.Turns), err)
	}
	if err := f.Append(t.Context(), fileTurn(2)); !errors.Is(err, errBadDisk) {
		t.Errorf("afterwards: %v", err)
	}
	f.Close()
	again := &File{Path: f.Path, Sync: true}
	defer again.Close()
	for i := range 4 {
		if err := again.Append(t.Context(), fileTurn(i)); err != nil {
			t.Errorf("opened again: turn %d: %v", i, err)
		}
	}
	again.Close()
	holdsTurns(t, f.Path, 4)
}

// Turns reads what the file has now, and says so if that was changed by others.
func TestFileChangedWhileOpen(t *testing.T) {
	for name, change := range map[string]func(f *File) error{
		"last line":  func(f *File) error { _, err := f.lines.f.WriteAt([]byte("?"), f.lines.end-20); return err },
		"first line": func(f *File) error { _, err := f.lines.f.WriteAt([]byte("?"), 40); return err },
		"cut":        func(f *File) error { return f.lines.f.Truncate(60) },
		"cut at end": func(f *File) error { return f.lines.f.Truncate(f.lines.end - 1) },
	} {
		f := newFile(t, 3)
		if err := change(f); err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range f.Turns(t.Context()) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), "byte") {
			t.Errorf("%s: %v", name, last)
		}
	}
}

func TestTurnsUntilTheContextEnds(t *testing.T) {
	var b Buffer
	f := newFile(t, 5)
	for i := range 5 {
		if err := b.Append(t.Context(), fileTurn(i)); err != nil {
			t.Fatal(err)
		}
	}
	for name, turns := range map[string]func(context.Context) func(func(Turn, error) bool){
		"buffer": func(ctx context.Context) func(func(Turn, error) bool) { return b.Turns(ctx) },
		"file":   func(ctx context.Context) func(func(Turn, error) bool) { return f.Turns(ctx) },
	} {
		for leave := range 2 {
			ctx, cancel := context.WithCancel(t.Context())
			var seen int
			var last error
			for turn, err := range turns(ctx) {
				if err != nil {
					last = err
					continue
				}
				if turn.ID != fileTurn(seen).ID {
					t.Errorf("%s: turn %d is %s", name, seen, turn.ID)
				}
				if seen++; seen == 2 {
					cancel()
					if leave == 1 {
						break
					}
				}
			}
			cancel()
			if want := leave == 0; errors.Is(last, context.Canceled) != want || seen != 2 {
				t.Errorf("%s: after %d turns: %v", name, seen, last)
			}
		}
	}
}

// A turn that is not UTF-8 is the same before and after the file is opened again.
func TestFileNotUTF8(t *testing.T) {
	f := newFile(t, 0)
	for i, text := range []string{"a\xffb", `a\ufffdb`, "a\ufffdb"} {
		turn := fileTurn(i)
		turn.Messages = []llm.Message{llm.User(text)}
		if err := f.Append(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	before, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	again := &File{Path: f.Path}
	defer again.Close()
	after, err := again.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a\ufffdb", `a\ufffdb`, "a\ufffdb"} {
		if a, b := before.Messages[i].Text(), after.Messages[i].Text(); a != want || b != want {
			t.Errorf("message %d is %q, and %q when it is opened again; want %q", i, a, b, want)
		}
	}
}

// Whatever the file holds: it is refused and left as it is, or works from then on.
func FuzzFileOpen(f *testing.F) {
	one, err := seal(fileTurn(0))
	if err != nil {
		f.Fatal(err)
	}
	two, err := seal(fileTurn(1))
	if err != nil {
		f.Fatal(err)
	}
	header := turnFormat.header()
	for _, s := range []string{"", "{", header, header[:9], turnFormat.version() + "7}\n", "x\n", header + string(one), header + string(one) + string(two),
		header + string(one) + string(two[:40]), header + "\n\n", header + string(one[1:]) + string(two), header + string(two)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := t.TempDir() + "/fuzz.jsonl"
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		m := &File{Path: path}
		defer m.Close()
		h, err := m.Load(t.Context())
		if err != nil {
			if left, err := os.ReadFile(path); err != nil || string(left) != string(data) {
				t.Errorf("%q was refused and became %q, %v", data, left, err)
			}
			return
		}
		if err := m.Append(t.Context(), Turn{ID: "new", After: h.Last, Messages: []llm.Message{llm.User("?")}}); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		again := &File{Path: path}
		defer again.Close()
		if now, err := again.Load(t.Context()); err != nil || len(now.Turns) != len(h.Turns)+1 || now.Last != "new" {
			t.Errorf("opened again: %d turns after %d, %v", len(now.Turns), len(h.Turns), err)
		}
	})
}
