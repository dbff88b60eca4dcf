package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/internal/lockfile"
)

var (
	errFull    = errors.New("the disk is full")
	errBadDisk = errors.New("the disk is bad")
)

// A disk counts what is done to the files of a Folder, and fails as a disk may.
type disk struct {
	opened, read, written         int // files, and bytes
	room                          int // bytes that can be written; negative: any number
	open, truncate, sync, closing error
	syncs                         int
}

// on has the files of f on d.
func (d *disk) on(f *Folder) {
	d.room = -1
	f.open = func(path string) (linefile.Handle, error) {
		d.opened++
		if d.open != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: d.open}
		}
		h, err := lockfile.Open(path)
		if err != nil {
			return nil, err
		}
		return &diskFile{h, d}, nil
	}
}

type diskFile struct {
	linefile.Handle
	d *disk
}

func (f *diskFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.Handle.ReadAt(b, off)
	f.d.read += n
	return n, err
}

func (f *diskFile) WriteAt(b []byte, off int64) (int, error) {
	if f.d.room < 0 || len(b) <= f.d.room {
		n, err := f.Handle.WriteAt(b, off)
		f.d.written += n
		return n, err
	}
	n, err := f.Handle.WriteAt(b[:f.d.room], off)
	return n, errors.Join(err, &fs.PathError{Op: "write", Path: "x", Err: errFull})
}

func (f *diskFile) Truncate(size int64) error {
	if f.d.truncate != nil {
		return f.d.truncate
	}
	return f.Handle.Truncate(size)
}

func (f *diskFile) Sync() error {
	f.d.syncs++
	if f.d.sync != nil {
		return f.d.sync
	}
	return f.Handle.Sync()
}

func (f *diskFile) Close() error { return errors.Join(f.Handle.Close(), f.d.closing) }

// To append costs what is appended, to a run of 10 records as to one of 10,000: the same
// bytes are written, and none read.
func TestFolderAppendCosts(t *testing.T) {
	for _, sync := range []bool{false, true} {
		for _, found := range []bool{false, true} { // by Load, or made by the same Folder
			cost := make(map[int]int)
			for _, n := range []int{10, 10_000} {
				all := someRecords(n + 3)
				f := &Folder{Path: t.TempDir(), Sync: sync}
				if err := f.Append(t.Context(), "run", 0, all[:n]...); err != nil {
					t.Fatal(err)
				}
				if found {
					f = &Folder{Path: f.Path, Sync: sync}
					if _, err := f.Load(t.Context(), "run"); err != nil {
						t.Fatal(err)
					}
				}
				var d disk
				d.on(f)
				for i := range 3 {
					if err := f.Append(t.Context(), "run", n+i, all[n+i]); err != nil {
						t.Fatal(err)
					}
				}
				cost[n] = d.written - 3*len(fmt.Sprint(n)) // the place in the line
				if d.read != 0 || d.opened != 3 || d.syncs > 3 || (d.syncs > 0) != sync {
					t.Errorf("after %d records: %d bytes were read, %d files opened, %d forced to the disk", n, d.read, d.opened, d.syncs)
				}
			}
			if cost[10] != cost[10_000] || cost[10] > 600 {
				t.Errorf("after 10 and 10,000 records, %v bytes were written", cost)
			}
		}
	}
}

// To load a run costs what is in it.
func TestFolderLoadCosts(t *testing.T) {
	cost := make(map[int]float64)
	for _, n := range []int{500, 5000} {
		f, _ := newFolder(t, n)
		cost[n] = testing.AllocsPerRun(3, func() {
			if _, err := f.Load(t.Context(), "run"); err != nil {
				t.Fatal(err)
			}
		})
	}
	if cost[5000] > 11*cost[500] {
		t.Errorf("to load 500 and 5000 records takes %v allocations", cost)
	}
}

// What others have appended is read once.
func TestFolderReadsAgain(t *testing.T) {
	f, path := newFolder(t, 5)
	var d disk
	d.on(f)
	all := someRecords(8)
	if err := (&Folder{Path: f.Path}).Append(t.Context(), "run", 5, all[5]); err != nil {
		t.Fatal(err)
	}
	size := len(readFile(t, path))
	if err := f.Append(t.Context(), "run", 5, all[5]); !errors.Is(err, ErrConflict) {
		t.Errorf("after another Folder: %v", err)
	}
	for i := 6; i < 8; i++ {
		if err := f.Append(t.Context(), "run", i, all[i]); err != nil {
			t.Error(err)
		}
	}
	if head := len(linefile.Runs.Header()); d.read != size && d.read != size+head {
		t.Errorf("%d bytes were read of a file of %d", d.read, size)
	}
	holdsRecords(t, f.Path, 8)
}

// A Folder knows a bounded number of files.
func TestFolderForgets(t *testing.T) {
	f := &Folder{Path: t.TempDir()}
	rec := someRecords(2)
	for i := range maxKnown + 50 {
		if err := f.Append(t.Context(), fmt.Sprint("run ", i), 0, rec[0]); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.known); n > maxKnown {
		t.Errorf("it knows %d files", n)
	}
	for i := range maxKnown + 50 {
		if err := f.Append(t.Context(), fmt.Sprint("run ", i), 1, rec[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range f.known {
		if p.users != 0 || p.lines.Handle != nil {
			t.Fatalf("the file of %s is in use", p.id)
		}
	}
}

// With a full disk the file is as it was, and all goes on when there is room again.
func TestFolderDiskFull(t *testing.T) {
	all := someRecords(5)
	for _, n := range []int{0, 2} {
		for _, broken := range []bool{false, true} { // part of the line cannot be removed
			for room := 0; room < 200; room += 7 {
				f, path := newFolder(t, n)
				var before []byte
				if n > 0 {
					before = readFile(t, path)
				}
				var d disk
				d.on(f)
				d.room = room
				if broken {
					d.truncate = errBadDisk
				}
				err := f.Append(t.Context(), "run", n, all[n:]...)
				if !errors.Is(err, errFull) || !strings.Contains(err.Error(), path) {
					t.Fatalf("room for %d: %v", room, err)
				}
				after, _ := os.ReadFile(path)
				if !broken && !bytes.Equal(after, before) || !bytes.HasPrefix(after, before) {
					t.Fatalf("room for %d: the file is\n%swant\n%s", room, after, before)
				}
				holdsRecords(t, f.Path, n)
				d.room, d.truncate = -1, nil
				if err := f.Append(t.Context(), "run", n, all[n:]...); err != nil {
					t.Fatalf("room again: %v", err)
				}
				holdsRecords(t, f.Path, 5)
			}
		}
	}
}

// What was not forced to the disk is not acknowledged, and taken back.
func TestFolderCannotSync(t *testing.T) {
	for _, n := range []int{0, 2} {
		f, path := newFolder(t, n)
		f.Sync = true
		var d disk
		d.on(f)
		d.sync = errBadDisk
		all := someRecords(5)
		for range 2 {
			if err := f.Append(t.Context(), "run", n, all[n:]...); !errors.Is(err, errBadDisk) || !strings.Contains(err.Error(), path) {
				t.Errorf("after %d records: %v", n, err)
			}
			holdsRecords(t, f.Path, n)
		}
		d.sync = nil
		if err := f.Append(t.Context(), "run", n, all[n:]...); err != nil {
			t.Error(err)
		}
		holdsRecords(t, f.Path, 5)
	}
}

// When the file cannot be opened or closed, it says so, and Load says what is there.
func TestFolderCannotOpen(t *testing.T) {
	f, path := newFolder(t, 2)
	all := someRecords(4)
	var d disk
	d.on(f)
	d.open = fs.ErrPermission
	if err := f.Append(t.Context(), "run", 2, all[2]); !errors.Is(err, fs.ErrPermission) || strings.Count(err.Error(), path) != 1 {
		t.Errorf("a file that cannot be opened: %v", err)
	}
	if err := f.Delete(t.Context(), "run"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that cannot be opened: %v", err)
	}
	d.open, d.closing = nil, errBadDisk
	if err := f.Append(t.Context(), "run", 2, all[2]); !errors.Is(err, errBadDisk) {
		t.Errorf("a file that cannot be closed: %v", err)
	}
	d.closing = nil
	if err := f.Append(t.Context(), "run", 2, all[2]); !errors.Is(err, ErrConflict) {
		t.Errorf("what was written before the file could not be closed is there: %v", err)
	}
	if err := f.Append(t.Context(), "run", 3, all[3]); err != nil {
		t.Error(err)
	}
	holdsRecords(t, f.Path, 4)
}

// What others do to the file is found, and nothing is written where it would be lost.
func TestFolderTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system keeps others from it")
	}
	all := someRecords(8)
	for name, tt := range map[string]struct {
		change   func(path string) error
		conflict int // how many records it says there are; -1 is another error
	}{
		"removed": {os.Remove, 0},
		"moved":   {func(path string) error { return os.Rename(path, path+".old") }, 0},
		"emptied": {func(path string) error { return os.Truncate(path, 0) }, 0},
		"cut": {func(path string) error {
			data, err := os.ReadFile(path)
			return errors.Join(err, os.Truncate(path, int64(len(bytes.Join(bytes.SplitAfter(data, []byte("\n"))[:3], nil))+9)))
		}, 2},
		"replaced": {func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("# Notes\n"), 0o600))
		}, -1},
		"appended to": {func(path string) error {
			file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = file.WriteString("x\nx\n")
				file.Close()
			}
			return err
		}, -1},
		"older": {func(path string) error {
			data, err := os.ReadFile(path)
			lines := bytes.SplitAfter(data, []byte("\n"))
			return errors.Join(err, os.Remove(path), os.WriteFile(path, bytes.Join(lines[:4], nil), 0o600))
		}, 3},
	} {
		f, path := newFolder(t, 5)
		if err := tt.change(path); err != nil {
			t.Fatal(err)
		}
		there, _ := os.ReadFile(path)
		err := f.Append(t.Context(), "run", 5, all[5])
		if tt.conflict >= 0 && (!errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), fmt.Sprintf("it has %d records", tt.conflict)) || !strings.Contains(err.Error(), "the file had 5 before")) {
			t.Errorf("%s: %v", name, err)
		}
		if tt.conflict < 0 && (err == nil || errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%s: %v", name, err)
		}
		now, _ := os.ReadFile(path)
		if torn, _ := os.ReadFile(path + ".torn"); !bytes.HasPrefix(there, now) || len(there) != len(now)+max(len(torn)-1, 0) && len(now) > 0 {
			t.Errorf("%s: the file was %q and is %q", name, there, now)
		}
		if tt.conflict > 0 { // the run goes on from there
			if err := f.Append(t.Context(), "run", tt.conflict, all[tt.conflict:]...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			holdsRecords(t, f.Path, 8)
		}
	}
}

// A file that is removed between its opening and its lock is made anew.
func TestFolderGone(t *testing.T) {
	f, path := newFolder(t, 1)
	open := func(path string) (linefile.Handle, error) { return lockfile.Open(path) }
	gone := false
	f.open = func(path string) (linefile.Handle, error) {
		h, err := open(path)
		if !gone {
			gone = true
			err = errors.Join(err, os.Remove(path))
		}
		return h, err
	}
	if runtime.GOOS == "windows" {
		t.Skip("the system keeps others from it")
	}
	if err := f.Append(t.Context(), "run", 0, someRecords(2)...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	holdsRecords(t, f.Path, 2)
}

// No file is open between two calls.
func TestFolderClosesFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not tell")
	}
	f, path := newFolder(t, 3)
	if _, err := f.Load(t.Context(), "run"); err != nil {
		t.Fatal(err)
	}
	for range f.Runs(t.Context()) {
		break
	}
	f.Append(t.Context(), "run", 7, someRecords(1)...)
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, fd := range files {
		if target, _ := os.Readlink(fd); target == path || target == f.Path {
			t.Errorf("%s is open", target)
		}
	}
}

func BenchmarkFolderAppend(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := someRecords(n + 1)
			f := &Folder{Path: b.TempDir()}
			if err := f.Append(b.Context(), "run", 0, all[:n]...); err != nil {
				b.Fatal(err)
			}
			at := n
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Append(b.Context(), "run", at, all[n]); err != nil {
					b.Fatal(err)
				}
				at++
			}
		})
	}
}

func BenchmarkFolderLoad(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, _ := newFolder(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Load(b.Context(), "run"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}
