package chain

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journalOf runs a step over the numbers below n on a journal at path, and
// returns for how many it was called.
func journalOf(t *testing.T, path string, n int) (calls int, err error) {
	t.Helper()
	j := &Journal{Path: path}
	defer j.Close()
	step := Journaled(j.Step("step"), func(_ context.Context, i int) (string, error) {
		calls++
		return strings.Repeat("ab", i), nil
	})
	for i := range n {
		out, err := step(t.Context(), i)
		if err != nil {
			return calls, err
		}
		if want := strings.Repeat("ab", i); out != want {
			t.Errorf("step(%d) = %q, want %q", i, out, want)
		}
	}
	return calls, nil
}

// smallJournal returns the bytes of a journal of n records.
func smallJournal(t *testing.T, n int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.journal")
	if calls, err := journalOf(t, path, n); calls != n || err != nil {
		t.Fatalf("%d calls, %v", calls, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A crash may leave the file cut at any byte.
func TestJournalCutAnywhere(t *testing.T) {
	const n = 5
	whole := smallJournal(t, n)
	path := filepath.Join(t.TempDir(), "cut.journal")
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		kept := max(bytes.Count(whole[:cut], []byte("\n"))-1, 0)
		if calls, err := journalOf(t, path, n); calls != n-kept || err != nil {
			t.Errorf("cut at %d: %d calls, %v; want %d", cut, calls, err, n-kept)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("cut at %d: the file is\n%swant\n%s", cut, got, whole)
		}
	}
}

// What was cut off is gone, also where the next record is shorter.
func TestJournalCutLongRecord(t *testing.T) {
	whole := smallJournal(t, 5)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	path := filepath.Join(t.TempDir(), "long.journal")
	for name, content := range map[string][]byte{
		"torn":    append(bytes.Clone(lines[0]), bytes.TrimSuffix(lines[5], []byte("\n"))...),
		"damaged": append(bytes.Clone(lines[0]), "X"+string(lines[5])...),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if calls, err := journalOf(t, path, 1); calls != 1 || err != nil {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(lines[0])+string(lines[1]) {
			t.Errorf("%s: the file is\n%swant one record", name, got)
		}
	}
}

// Damage is found whichever bit it is in. In the last record it is taken for a
// crash. Anywhere else the file is refused, with the place, and not touched.
func TestJournalDamagedAnywhere(t *testing.T) {
	const n = 3
	whole := smallJournal(t, n)
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	path := filepath.Join(t.TempDir(), "damaged.journal")
	for at := range whole {
		for _, flip := range []byte{1, 0x80, '\n' ^ whole[at]} {
			damaged := bytes.Clone(whole)
			if damaged[at] ^= flip; flip == 0 {
				continue
			}
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			calls, err := journalOf(t, path, n)
			left, _ := os.ReadFile(path)
			line := bytes.LastIndexByte(whole[:at], '\n') + 1
			switch place := fmt.Sprintf("damaged at byte %d:", line); {
			case at == last-1: // both lines are one now, the last
				if calls != 2 || err != nil || !bytes.Equal(left, whole) {
					t.Errorf("byte %d before the last record: %d calls, %v; want both done again", at, calls, err)
				}
			case at >= last && damaged[at] == '\n': // in two pieces, of which the first is not the last
				if err == nil && !bytes.Equal(left, whole) || err != nil && !strings.Contains(err.Error(), place) {
					t.Errorf("byte %d: %d calls, %v", at, calls, err)
				}
			case at >= last:
				if calls != 1 || err != nil || !bytes.Equal(left, whole) {
					t.Errorf("byte %d of the last record: %d calls, %v; want it done again", at, calls, err)
				}
			case line == 0:
				if err == nil || !bytes.Equal(left, damaged) || calls != 0 {
					t.Errorf("byte %d of the header: %d calls, %v", at, calls, err)
				}
			case err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), path) || !bytes.Equal(left, damaged) || calls != 0:
				t.Errorf("byte %d: %d calls, %v; want %s", at, calls, err, place)
			}
		}
	}
}

func TestJournalRefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other")
	for content, why := range map[string]string{
		"# Notes\n":                            "not a journal",
		"{}":                                   "not a journal",
		"\n":                                   "not a journal",
		strings.Repeat("x", 1<<20):             "not a journal",
		`{"hadal":"journal","v":2}` + "\n{}\n": "another version",
		`{"hadal":"journal","v":12}` + "\n":    "another version",
		journalHeader + "\n{}\n":               "damaged at byte 26",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		calls, err := journalOf(t, path, 1)
		if e, ok := errors.AsType[*JournalError](err); !ok || e.Op != "open" || calls != 0 || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q: %v after %d calls, want %s", content, err, calls, why)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != content {
			t.Errorf("%.40q was changed, %v", content, err)
		}
	}
}

var (
	errFull    = errors.New("the disk is full")
	errBadDisk = errors.New("the disk is bad")
)

// A faulty handle fails as the disk may.
type faulty struct {
	handle
	room           int // bytes that can be written; negative: any number
	truncate, sync error
}

func (f *faulty) WriteAt(b []byte, off int64) (int, error) {
	if f.room < 0 || len(b) <= f.room {
		return f.handle.WriteAt(b, off)
	}
	n, err := f.handle.WriteAt(b[:f.room], off)
	return n, errors.Join(err, &fs.PathError{Op: "write", Path: "x", Err: errFull})
}

func (f *faulty) Truncate(size int64) error {
	if f.truncate != nil {
		return f.truncate
	}
	return f.handle.Truncate(size)
}

func (f *faulty) Sync() error {
	if f.sync != nil {
		return f.sync
	}
	return f.handle.Sync()
}

// faultyJournal returns a journal of one record, its step, and its handle.
func faultyJournal(t *testing.T, force bool) (*Journal, Func[int, int], *faulty) {
	t.Helper()
	j := &Journal{Path: filepath.Join(t.TempDir(), "faulty.journal"), Sync: force}
	t.Cleanup(func() { j.Close() })
	step := Journaled(j, func(_ context.Context, i int) (int, error) { return 2 * i, nil })
	if _, err := step(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	f := &faulty{handle: j.file.f, room: -1}
	j.file.f = f
	return j, step, f
}

// With a full disk the output comes with the error, the file stays whole, and
// all goes on when there is room again.
func TestJournalDiskFull(t *testing.T) {
	for room := range 60 {
		j, step, f := faultyJournal(t, false)
		before, _ := os.ReadFile(j.Path)
		f.room = room
		out, err := step(t.Context(), 1)
		if e, ok := errors.AsType[*JournalError](err); out != 2 || !ok || e.Op != "write" || !errors.Is(err, errFull) {
			t.Errorf("room for %d: %d, %v; want 2 and that the disk is full", room, out, err)
		}
		if after, _ := os.ReadFile(j.Path); !bytes.Equal(after, before) {
			t.Errorf("room for %d: the file is\n%swant\n%s", room, after, before)
		}
		if out, err := step(t.Context(), 0); out != 0 || err != nil {
			t.Errorf("room for %d: what was recorded is %d, %v", room, out, err)
		}
		f.room = -1
		if out, err := step(t.Context(), 1); out != 2 || err != nil {
			t.Errorf("room again: %d, %v", out, err)
		}
		if calls := reopened(t, j, 2); calls != 0 {
			t.Errorf("%d calls after reopening, want 0", calls)
		}
	}
}

// reopened closes j and returns how many of the numbers below n it has not.
func reopened(t *testing.T, j *Journal, n int) (calls int) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again := &Journal{Path: j.Path}
	defer again.Close()
	step := Journaled(again, func(_ context.Context, i int) (int, error) { calls++; return 2 * i, nil })
	for i := range n {
		if out, err := step(t.Context(), i); out != 2*i || err != nil {
			t.Errorf("reopened: step(%d) = %d, %v", i, out, err)
		}
	}
	return calls
}

// Where part of a record is left and cannot be removed, nothing is added to it.
func TestJournalCannotTruncate(t *testing.T) {
	j, step, f := faultyJournal(t, false)
	f.room, f.truncate = 30, errBadDisk
	if out, err := step(t.Context(), 1); out != 2 || !errors.Is(err, errFull) {
		t.Errorf("step = %d, %v", out, err)
	}
	f.room, f.truncate = -1, nil
	out, err := step(t.Context(), 2)
	if e, ok := errors.AsType[*JournalError](err); out != 4 || !ok || e.Op != "write" || !errors.Is(err, errBadDisk) {
		t.Errorf("afterwards: %d, %v", out, err)
	}
	if calls := reopened(t, j, 3); calls != 2 {
		t.Errorf("%d calls after reopening, want 2: the first record is kept, the part is cut off", calls)
	}
}

func TestJournalCannotSync(t *testing.T) {
	_, step, f := faultyJournal(t, true)
	f.sync = errBadDisk
	out, err := step(t.Context(), 1)
	if e, ok := errors.AsType[*JournalError](err); out != 2 || !ok || e.Op != "sync" || !errors.Is(err, errBadDisk) {
		t.Errorf("step = %d, %v", out, err)
	}
	f.sync = nil
	if out, err := step(t.Context(), 2); out != 4 || !errors.Is(err, errBadDisk) {
		t.Errorf("afterwards: %d, %v; want that nothing is written", out, err)
	}
	if out, err := step(t.Context(), 0); out != 0 || err != nil {
		t.Errorf("what was recorded: %d, %v", out, err)
	}
}

// With Sync, what an earlier process left is forced to the disk before it counts:
// that one may have been killed between the write and the sync.
func TestJournalSyncsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "there.journal")
	for name, content := range map[string][]byte{"records": smallJournal(t, 2), "new": nil} {
		for _, force := range []bool{true, false} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			j := &journalFile{f: &faulty{handle: f, room: -1, sync: errBadDisk}, path: path, force: force, records: map[journalKey]place{}}
			if err := j.load(f); (err == errBadDisk) != force {
				t.Errorf("%s, force %t: %v", name, force, err)
			}
			f.Close()
		}
	}
}

// The record of an open journal is checked when it is read.
func TestJournalChangedWhileOpen(t *testing.T) {
	_, step, f := faultyJournal(t, false)
	if _, err := f.WriteAt([]byte("?"), int64(len(journalHeader))+90); err != nil {
		t.Fatal(err)
	}
	_, err := step(t.Context(), 0)
	if e, ok := errors.AsType[*JournalError](err); !ok || e.Op != "read" || !strings.Contains(err.Error(), "byte 26") {
		t.Errorf("step: %v", err)
	}
	if err := f.handle.Truncate(10); err != nil {
		t.Fatal(err)
	}
	if _, err := step(t.Context(), 0); err == nil {
		t.Error("a record that is gone was read")
	}
}

func TestJournalLongRecords(t *testing.T) {
	if _, err := encodeRecord("", journalKey{}, make([]byte, longestRecord)); err == nil || !strings.Contains(err.Error(), "67108864") {
		t.Errorf("a record over the limit: %v", err)
	}
	in := bufio.NewReaderSize(strings.NewReader(strings.Repeat("x", 1000)), 16)
	if _, err := readLine(in, new([]byte), 500); err != errLongLine {
		t.Errorf("a line over the limit: %v", err)
	}
	path := filepath.Join(t.TempDir(), "long.journal")
	want := strings.Repeat("0123456789", 30_000) // much longer than what is read at a time
	for round := range 2 {
		j := &Journal{Path: path}
		calls := 0
		step := Journaled(j, func(_ context.Context, i int) (string, error) { calls++; return want[i:], nil })
		for i := range 3 {
			if out, err := step(t.Context(), i); out != want[i:] || err != nil {
				t.Errorf("round %d: %d bytes, %v", round, len(out), err)
			}
		}
		if err := j.Close(); err != nil || calls != 3*(1-round) {
			t.Errorf("round %d: %d calls, %v", round, calls, err)
		}
	}
}

// Whatever the file holds: it is refused and left as it is, or works from then on.
func FuzzJournalOpen(f *testing.F) {
	record, err := encodeRecord("s\"\\", journalKey{1}, []byte(`{"a":[1,"\n"]}`))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "{", journalHeader, journalHeader[:9], journalVersion + "7}\n", "x\n",
		journalHeader + string(record), journalHeader + string(record) + string(record[:50]),
		journalHeader + "\n\n", journalHeader + string(record[1:]) + string(record)} {
		f.Add([]byte(s), []byte(`"out"`))
	}
	f.Fuzz(func(t *testing.T, content, out []byte) {
		if line, err := encodeRecord("", journalKey{}, out); err != nil {
			t.Error(err)
		} else if key, got, ok := parseRecord(line[:len(line)-1]); !ok || key != (journalKey{}) || !bytes.Equal(got, out) {
			t.Errorf("record of %q came back as %q, %t", out, got, ok)
		}
		path := filepath.Join(t.TempDir(), "fuzz.journal")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := journalOf(t, path, 3); err != nil {
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, content) {
				t.Errorf("%q was refused and became %q, %v", content, left, err)
			}
			return
		}
		if calls, err := journalOf(t, path, 3); calls != 0 || err != nil {
			t.Errorf("opened again: %d calls, %v", calls, err)
		}
	})
}
