package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/llm"
)

// fileTurn returns turn i of a conversation.
func fileTurn(i int) Turn {
	t := Turn{ID: fmt.Sprint("turn ", i), Messages: []llm.Message{llm.User(fmt.Sprint("question ", i)), llm.Assistant(strings.Repeat("<answer> ", i%7))}}
	if i > 0 {
		t.After = fmt.Sprint("turn ", i-1)
	}
	return t
}

// newFile returns a File with n turns.
func newFile(t testing.TB, n int) *File {
	t.Helper()
	f := &File{Path: filepath.Join(t.TempDir(), "chat.jsonl")}
	t.Cleanup(func() { f.Close() })
	for i := range n {
		if err := f.Append(t.Context(), fileTurn(i)); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// content closes f and returns what is in it.
func content(t testing.TB, f *File) []byte {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// holdsTurns ends the test if the file has other turns than the first n.
func holdsTurns(t testing.TB, path string, n int) {
	t.Helper()
	f := &File{Path: path}
	defer f.Close()
	h, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Turns) != n || len(h.Messages) != 2*n {
		t.Fatalf("there are %d turns with %d messages, want %d", len(h.Turns), len(h.Messages), n)
	}
	for i, m := range h.Messages {
		if want := fileTurn(i / 2).Messages[i%2]; !reflect.DeepEqual(m, want) {
			t.Fatalf("message %d is %+v, want %+v", i, m, want)
		}
	}
}

func TestFileFormat(t *testing.T) {
	f := newFile(t, 0)
	turns := []Turn{
		{ID: "a", Messages: []llm.Message{llm.User("<深>")}},
		{ID: "b", After: "a", Summary: true, Messages: []llm.Message{llm.User("sum")}},
	}
	for _, turn := range turns {
		if err := f.Append(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(f.Path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	const want = `{"hadal":"memory","v":1}
{"id":"a","messages":[{"role":"user","parts":[{"text":"\u003c深\u003e"}]}],"sum":"ef97fd61"}
{"id":"b","after":"a","messages":[{"role":"user","parts":[{"text":"sum"}]}],"summary":true,"sum":"3c8e237e"}
`
	if got := string(content(t, f)); got != want {
		t.Errorf("the file holds\n%swant\n%s", got, want)
	}
}

// Wherever the last line ends, all turns before it are there, what is left of
// it is set aside, and the conversation goes on.
func TestFileCutAtEveryByte(t *testing.T) {
	const n = 3
	whole := content(t, newFile(t, n))
	starts := []int{0}
	for line := range bytes.Lines(whole) {
		starts = append(starts, starts[len(starts)-1]+len(line))
	}
	for size := range len(whole) + 1 {
		path := filepath.Join(t.TempDir(), "cut.jsonl")
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		turns, end := 0, 0
		for i, start := range starts {
			if start <= size {
				turns, end = max(i-1, 0), start
			}
		}
		holdsTurns(t, path, turns)
		aside, err := os.ReadFile(path + ".torn")
		switch {
		case end == size || end == 0: // a header that is not whole is begun again
			if !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%d bytes: %q was set aside, %v", size, aside, err)
			}
		case err != nil || string(aside) != string(whole[end:size])+"\n":
			t.Fatalf("%d bytes: %q was set aside, %v; want %q", size, aside, err, whole[end:size])
		}
		f := &File{Path: path}
		for i := range n {
			if err := f.Append(t.Context(), fileTurn(i)); err != nil {
				t.Fatalf("%d bytes: turn %d: %v", size, i, err)
			}
		}
		if got := content(t, f); !bytes.Equal(got, whole) {
			t.Fatalf("%d bytes: in the end the file holds\n%swant\n%s", size, got, whole)
		}
	}
}

// What several crashes leave is all kept.
func TestFileSetsAsideTwice(t *testing.T) {
	f := newFile(t, 2)
	whole := content(t, f)
	for _, torn := range []string{`{"id":"x`, strings.Repeat("\x00", 10)} {
		if err := os.WriteFile(f.Path, append(bytes.Clone(whole), torn...), 0o600); err != nil {
			t.Fatal(err)
		}
		forced := &File{Path: f.Path, Sync: true}
		if _, err := forced.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		forced.Close()
		holdsTurns(t, f.Path, 2)
	}
	aside, err := os.ReadFile(f.Path + ".torn")
	if want := `{"id":"x` + "\n" + strings.Repeat("\x00", 10) + "\n"; string(aside) != want || err != nil {
		t.Errorf("%q was set aside, %v; want %q", aside, err, want)
	}
	if info, err := os.Stat(f.Path + ".torn"); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("what was set aside is %v, %v", info.Mode(), err)
	}
}

func TestFileCannotSetAside(t *testing.T) {
	f := newFile(t, 2)
	torn := append(content(t, f), "torn"...)
	if err := errors.Join(os.WriteFile(f.Path, torn, 0o600), os.Mkdir(f.Path+".torn", 0o700)); err != nil {
		t.Fatal(err)
	}
	again := &File{Path: f.Path}
	if _, err := again.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "setting aside") {
		t.Errorf("opened with %v", err)
	}
	if left, err := os.ReadFile(f.Path); !bytes.Equal(left, torn) || err != nil {
		t.Errorf("the file is now %q, %v", left, err)
	}
}

// Whatever byte is changed: in the last line it is a torn write, anywhere else
// damage that is named. Never is a turn shown that was not appended.
func TestFileDamagedAtEveryByte(t *testing.T) {
	f := newFile(t, 3)
	whole := content(t, f)
	header := bytes.IndexByte(whole, '\n') + 1
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x01
		if err := os.WriteFile(f.Path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if at >= last {
			holdsTurns(t, f.Path, 2)
			continue
		}
		again := &File{Path: f.Path}
		_, err := again.Load(t.Context())
		begin := bytes.LastIndexByte(whole[:at], '\n') + 1
		want := fmt.Sprintf("damaged at byte %d:", begin)
		if at < header {
			want = "file"
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Path != f.Path || !strings.Contains(err.Error(), want) {
			t.Fatalf("byte %d is damaged: %v, want %s", at, err, want)
		}
		if left, err := os.ReadFile(f.Path); !bytes.Equal(left, damaged) || err != nil {
			t.Fatalf("byte %d is damaged: the file was changed, %v", at, err)
		}
	}
}

// Lines that are whole, but in the wrong place or missing, are damage too.
func TestFileLinesInTheWrongPlace(t *testing.T) {
	f := newFile(t, 4)
	lines := bytes.SplitAfter(content(t, f), []byte("\n"))
	noID, err := linefile.Seal(Turn{Messages: []llm.Message{llm.User("?")}})
	if err != nil {
		t.Fatal(err)
	}
	noTurn, err := linefile.Seal(map[string]any{"id": 7})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		lines [][]byte
		why   string
	}{
		"missing": {[][]byte{lines[0], lines[1], lines[3], lines[4]}, fmt.Sprintf(`damaged at byte %d: turn "turn 2" stands where it does not belong`, len(lines[0])+len(lines[1]))},
		"first":   {[][]byte{lines[0], lines[2]}, `damaged at byte 25: turn "turn 1" stands`},
		"twice":   {[][]byte{lines[0], lines[1], lines[1], lines[2]}, `"turn 0" stands where it does not belong`},
		"no ID":   {[][]byte{lines[0], noID, lines[1]}, "a turn without an ID"},
		"no turn": {[][]byte{lines[0], noTurn, lines[1]}, "damaged at byte 25"},
		"nothing": {[][]byte{lines[0], []byte("\n"), lines[1]}, "the line is not as it was written"},
		"text":    {[][]byte{lines[0], []byte("hello\n"), lines[1]}, "the line is not as it was written"},
	} {
		if err := os.WriteFile(f.Path, bytes.Join(tt.lines, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		again := &File{Path: f.Path}
		if _, err := again.Load(t.Context()); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %s", name, err, tt.why)
		}
		again.Close()
	}
}

func TestFileRefuses(t *testing.T) {
	dir := t.TempDir()
	for text, why := range map[string]string{
		"# Notes\n":                              "not a file of this kind",
		"{}":                                     "not a file of this kind",
		"\n":                                     "not a file of this kind",
		"\x00\x00\x00\x00":                       "not a file of this kind",
		linefile.Notes.Header():                  "not a file of this kind",
		`{"hadal":"memory","v":2}` + "\n":        "another version",
		`{"hadal":"memory","v":12}` + "\n":       "another version",
		linefile.Turns.Header() + "{}\n{}\n":     "damaged at byte 25",
		strings.Repeat("x", 1<<10):               "more than the limit of 1000",
		linefile.Turns.Header() + "x\n" + "y\nz": "damaged at byte 25",
	} {
		path := filepath.Join(dir, "other")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &File{Path: path, Limit: 1000}
		if _, err := f.Load(t.Context()); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q: %v, want %s", text, err, why)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%.40q was changed to %.40q, %v", text, left, err)
		}
		f.Close()
	}
	for name, path := range map[string]string{"no path": "", "a folder": dir, "no folder": filepath.Join(dir, "no", "file")} {
		f := &File{Path: path}
		if _, err := f.Load(t.Context()); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

// What could not be opened is tried again by the next use.
func TestFileOpensLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "later", "chat.jsonl")
	f := &File{Path: path}
	defer f.Close()
	if err := f.Append(t.Context(), fileTurn(0)); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), path) != 1 {
		t.Errorf("without the folder: %v", err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(t.Context(), fileTurn(0)); err != nil {
		t.Errorf("with the folder: %v", err)
	}
}

// So is one that was damaged, when a copy was put in its place.
func TestFileOpensRepaired(t *testing.T) {
	f := newFile(t, 5)
	whole := content(t, f)
	damaged := bytes.Replace(whole, []byte("question 3"), []byte("question X"), 1)
	if err := os.WriteFile(f.Path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	again := &File{Path: f.Path}
	defer again.Close()
	if _, err := again.Load(t.Context()); err == nil {
		t.Fatal("a damaged file was opened")
	}
	if err := os.WriteFile(f.Path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := again.Load(t.Context()); len(h.Turns) != 5 || err != nil {
		t.Errorf("%d turns, %v", len(h.Turns), err)
	}
}

func TestFileInUse(t *testing.T) {
	f := newFile(t, 1)
	other := &File{Path: f.Path}
	defer other.Close()
	if _, err := other.Load(t.Context()); !errors.Is(err, ErrInUse) {
		t.Errorf("the second File: %v, want ErrInUse", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Append(t.Context(), fileTurn(1)); err != nil {
		t.Errorf("after Close: %v", err)
	}
	for _, err := range []error{f.Append(t.Context(), fileTurn(2)), func() error { _, err := f.Load(t.Context()); return err }()} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("a File that was closed: %v", err)
		}
	}
	for _, err := range f.Turns(t.Context()) {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the turns of a File that was closed: %v", err)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestFileWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFile(t, 1)
		other := &File{Path: f.Path, Wait: true}
		defer other.Close()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := other.Load(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("waited %v, %v", time.Since(began), err)
		}
		time.AfterFunc(10*time.Second, func() { f.Close() })
		began = time.Now()
		if err := other.Append(t.Context(), fileTurn(1)); err != nil || time.Since(began) < 10*time.Second || time.Since(began) > 11*time.Second {
			t.Errorf("waited %v, %v", time.Since(began), err)
		}
	})
}

func TestFileLimit(t *testing.T) {
	f := newFile(t, 2)
	whole := content(t, f)
	for name, tt := range map[string]struct {
		limit int64
		ok    bool
	}{"none": {-1, true}, "default": {0, true}, "enough": {int64(len(whole)), true}, "too little": {int64(len(whole)) - 1, false}} {
		path := filepath.Join(t.TempDir(), "limit.jsonl")
		f := &File{Path: path, Limit: tt.limit}
		if err := f.Append(t.Context(), fileTurn(0)); err != nil {
			t.Fatal(err)
		}
		err := f.Append(t.Context(), fileTurn(1))
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, llm.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	again := &File{Path: f.Path, Limit: 100}
	if _, err := again.Load(t.Context()); !errors.Is(err, llm.ErrTooLarge) {
		t.Errorf("a file over the limit: %v", err)
	}
	if err := newFile(t, 0).Append(t.Context(), Turn{ID: "a", Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{Data: make([]byte, linefile.Longest/4*3)}}}}}); !errors.Is(err, llm.ErrTooLarge) {
		t.Errorf("a turn over the limit: %v", err)
	}
}
