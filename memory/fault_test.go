package memory

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/llm"
)

var (
	errFull    = errors.New("the disk is full")
	errBadDisk = errors.New("the disk is bad")
)

// A badDisk is a handle that fails as a disk may.
type badDisk struct {
	linefile.Handle
	room           int // bytes that can be written; negative: any number
	truncate, sync error
}

func (d *badDisk) WriteAt(b []byte, off int64) (int, error) {
	if d.room < 0 || len(b) <= d.room {
		return d.Handle.WriteAt(b, off)
	}
	n, err := d.Handle.WriteAt(b[:d.room], off)
	return n, errors.Join(err, &fs.PathError{Op: "write", Path: "x", Err: errFull})
}

func (d *badDisk) Truncate(size int64) error {
	if d.truncate != nil {
		return d.truncate
	}
	return d.Handle.Truncate(size)
}

func (d *badDisk) Sync() error {
	if d.sync != nil {
		return d.sync
	}
	return d.Handle.Sync()
}

// onBadDisk returns a File of two turns and its disk.
func onBadDisk(t *testing.T) (*File, *badDisk) {
	t.Helper()
	f := newFile(t, 2)
	d := &badDisk{Handle: f.lines.Handle, room: -1}
	f.lines.Handle = d
	return f, d
}

// With a full disk the file is as it was, and all goes on when there is room again.
func TestFileDiskFull(t *testing.T) {
	line, err := linefile.Seal(fileTurn(2))
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

// A turn that was written and not forced to the disk is not acknowledged. It is
// removed, so that another File does not take it for one that is there: the
// system would not write it any more.
func TestFileCannotSync(t *testing.T) {
	f, d := onBadDisk(t)
	before, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	f.lines.Force, d.sync = true, errBadDisk
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
	if after, err := os.ReadFile(f.Path); !bytes.Equal(after, before) || err != nil {
		t.Errorf("the file is\n%swant\n%s%v", after, before, err)
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

// What is found in a file may be there in the system's memory alone, as its writer
// was killed before it was forced to the disk. Before it counts, that is done.
func TestFileForcesWhatItFinds(t *testing.T) {
	for content, want := range map[string]int{
		"":                      0,
		"{":                     0,
		linefile.Turns.Header(): 0,
		linefile.Turns.Header() + string(sealed(t, fileTurn(0))):          1,
		linefile.Turns.Header() + string(sealed(t, fileTurn(0))) + "torn": 1,
	} {
		for _, force := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "chat.jsonl")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			l := linefile.File{Handle: &badDisk{Handle: f, room: -1, sync: errBadDisk}, Path: path, Format: linefile.Turns, Force: force, Limit: 1 << 20}
			turns := 0
			err = l.Load(func([]byte) error { turns++; return nil })
			if errors.Is(err, errBadDisk) != force || err != nil && !force || turns != want {
				t.Errorf("%q, force %t: %d turns, %v", content, force, turns, err)
			}
		}
	}
}

func sealed(t *testing.T, turn Turn) []byte {
	t.Helper()
	line, err := linefile.Seal(turn)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// A turn that would be lost, or spoil what others have written, is not taken.
func TestFileTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system keeps others from it")
	}
	write := func(path, text string, flag int) error {
		f, err := os.OpenFile(path, os.O_WRONLY|flag, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(text)
		return errors.Join(err, f.Close())
	}
	for name, tt := range map[string]struct {
		change func(path string) error
		want   string
		undo   func(path string) error // nil if there is no way back
	}{
		"removed": {os.Remove, "others have moved the file", nil},
		"moved":   {func(path string) error { return os.Rename(path, path+".old") }, "others have moved the file", func(path string) error { return os.Rename(path+".old", path) }},
		"replaced": {func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), write(path, "", os.O_CREATE))
		}, "others have put another file in its place", func(path string) error { return os.Rename(path+".old", path) }},
		"cut":         {func(path string) error { return os.Truncate(path, 60) }, "it has 60 bytes, and had", nil},
		"emptied":     {func(path string) error { return os.Truncate(path, 0) }, "it has 0 bytes, and had", nil},
		"appended to": {func(path string) error { return write(path, "x\n", os.O_APPEND) }, "others have changed the file", nil},
	} {
		f := newFile(t, 3)
		if err := tt.change(f.Path); err != nil {
			t.Fatal(err)
		}
		there, _ := os.ReadFile(f.Path)
		err := f.Append(t.Context(), fileTurn(3))
		if e, ok := errors.AsType[*Error](err); !ok || e.Turn != "turn 3" || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if now, _ := os.ReadFile(f.Path); !bytes.Equal(now, there) {
			t.Errorf("%s: the file was changed to %q", name, now)
		}
		if h, err := f.Load(t.Context()); len(h.Turns) != 3 || err != nil {
			t.Errorf("%s: %d turns, %v", name, len(h.Turns), err)
		}
		if tt.undo == nil {
			continue
		}
		if err := errors.Join(tt.undo(f.Path), f.Append(t.Context(), fileTurn(3)), f.Close()); err != nil {
			t.Errorf("%s, put back: %v", name, err)
		}
		holdsTurns(t, f.Path, 4)
	}
}

// A path that is not absolute is that of the folder in which the file was opened.
func TestFileInAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f := &File{Path: "chat.jsonl"}
	defer f.Close()
	if err := f.Append(t.Context(), fileTurn(0)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := errors.Join(f.Append(t.Context(), fileTurn(1)), f.Close()); err != nil {
		t.Error(err)
	}
	holdsTurns(t, filepath.Join(dir, "chat.jsonl"), 2)
}

// Turns reads what the file has now, and says so if that was changed by others.
func TestFileChangedWhileOpen(t *testing.T) {
	for name, change := range map[string]func(f *File) error{
		"last line":  func(f *File) error { _, err := f.lines.Handle.WriteAt([]byte("?"), f.lines.End-20); return err },
		"first line": func(f *File) error { _, err := f.lines.Handle.WriteAt([]byte("?"), 40); return err },
		"cut":        func(f *File) error { return f.lines.Handle.Truncate(60) },
		"cut at end": func(f *File) error { return f.lines.Handle.Truncate(f.lines.End - 1) },
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
	one, err := linefile.Seal(fileTurn(0))
	if err != nil {
		f.Fatal(err)
	}
	two, err := linefile.Seal(fileTurn(1))
	if err != nil {
		f.Fatal(err)
	}
	header := linefile.Turns.Header()
	for _, s := range []string{"", "{", header, header[:9], linefile.Turns.Version() + "7}\n", "x\n", header + string(one), header + string(one) + string(two),
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
