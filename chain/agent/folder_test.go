package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/internal/lockfile"
	"github.com/hadal-go/hadal/llm"
)

// someRecords returns the n first records of a run.
func someRecords(n int) []Record {
	at := time.Date(2026, 11, 20, 8, 15, 0, 0, time.UTC)
	list := []Record{{Kind: Began, At: at, Header: &Header{Agent: "tester", Input: []llm.Message{llm.User("Try.")}, Limits: Limits{Calls: -1, Tokens: -1}}}}
	for i := 1; i < n; i++ {
		list = append(list, Record{Kind: Failed, At: at, For: StepModel, Text: fmt.Sprintf("failure %05d", i)})
	}
	return list[:n]
}

// newFolder returns a Folder with a run of n records, each of them in a line, and the
// path of its file.
func newFolder(t testing.TB, n int) (*Folder, string) {
	t.Helper()
	f := &Folder{Path: filepath.Join(t.TempDir(), "runs")}
	for i, rec := range someRecords(n) {
		if err := f.Append(t.Context(), "run", i, rec); err != nil {
			t.Fatal(err)
		}
	}
	return f, filepath.Join(f.Path, fileName("run"))
}

// holdsRecords fails if a new Folder finds another number of records, or others.
func holdsRecords(t *testing.T, dir string, n int) {
	t.Helper()
	run, err := (&Folder{Path: dir}).Load(t.Context(), "run")
	if n == 0 && errors.Is(err, ErrNotFound) {
		return
	}
	if err != nil || len(run.Log) != n {
		t.Fatalf("there are other records than %d: %v, %v", n, run, err)
	}
	for i, want := range someRecords(n) {
		if run.Log[i].Text != want.Text {
			t.Fatalf("record %d is %q, want %q", i, run.Log[i].Text, want.Text)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFolderFile(t *testing.T) {
	f := &Folder{Path: filepath.Join(t.TempDir(), "deep", "runs")}
	recs := someRecords(4)
	recs[0].Header.Limits, recs[2].Text = Limits{}, "a < b & c"
	if err := errors.Join(f.Append(t.Context(), "The Run/1.1", 0, recs[0]), f.Append(t.Context(), "The Run/1.1", 1, recs[1:]...)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.Path, "run-the-run-1-1-4a48cc27b3d5c29da38f5dd0e048fa1a.jsonl")
	lines := strings.SplitAfter(string(readFile(t, path)), "\n")
	if len(lines) != 4 || lines[0] != `{"hadal":"run","v":1}`+"\n" || lines[3] != "" {
		t.Fatalf("the lines are %q", lines)
	}
	for i, want := range []string{`^\{"id":"The Run/1\.1","at":0,"log":\[\{"kind":"began".*\}\],"sum":"[0-9a-f]{8}"\}\n$`,
		`^\{"at":1,"log":\[\{"kind":"failed".*"failure 00001"\},\{.*"a (<|\\u003c) b (&|\\u0026) c"\},\{.*"failure 00003"\}\],"sum":"[0-9a-f]{8}"\}\n$`} {
		if !regexp.MustCompile(want).MatchString(lines[i+1]) {
			t.Errorf("line %d is %s", i+1, lines[i+1])
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]fs.FileMode{filepath.Dir(f.Path): fs.ModeDir | 0o700, f.Path: fs.ModeDir | 0o700, path: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s is %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func TestFileName(t *testing.T) {
	for id, want := range map[string]string{
		"XK4JTZ7Q2M5N6P3R5S2T4V6W7Y": "run-xk4jtz7q2m5n6p3r5s2t4v6w7y-",
		"run/1.2#3":                  "run-run-1-2-3-",
		"../../etc/passwd":           "run-etc-passwd-",
		"CON":                        "run-con-",
		"..":                         "run-",
		"深い海":                        "run-",
		"a\x00b":                     "run-a-b-",
		strings.Repeat("X", 1000):    "run-" + strings.Repeat("x", 40) + "-",
		strings.Repeat("/", 1000):    "run-",
		strings.Repeat("a/", 1000):   "run-" + strings.Repeat("a-", 20),
	} {
		got := fileName(id)
		if !strings.HasPrefix(got, want) || len(got) != len(want)+32+len(".jsonl") || !regexp.MustCompile(`^[a-z0-9-]{36,90}\.jsonl$`).MatchString(got) {
			t.Errorf("%.50q: %s, want %s…", id, got, want)
		}
	}
	if fileName("a") == fileName("A") || fileName("a/b") == fileName("a-b") {
		t.Error("IDs that differ have the same file")
	}
}

// However much of the last batch a crash has left, it is passed over as a whole, and set
// aside by the next Append.
func TestFolderTorn(t *testing.T) {
	f, path := newFolder(t, 2)
	all := someRecords(6)
	before := readFile(t, path)
	if err := f.Append(t.Context(), "run", 2, all[2:5]...); err != nil {
		t.Fatal(err)
	}
	whole := readFile(t, path)
	for size := len(before); size < len(whole); size++ {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		holdsRecords(t, dir, 2)
		if left := readFile(t, path); len(left) != size {
			t.Fatalf("Load has changed the file from %d bytes to %d", size, len(left))
		}
		again := &Folder{Path: dir}
		if err := again.Append(t.Context(), "run", 5, all[5]); !errors.Is(err, ErrConflict) {
			t.Fatalf("after a batch that is not whole: %v", err)
		}
		if err := again.Append(t.Context(), "run", 2, all[2:]...); err != nil {
			t.Fatalf("cut at %d: %v", size, err)
		}
		holdsRecords(t, dir, 6)
		torn, err := os.ReadFile(path + ".torn")
		if size > len(before) && string(torn) != string(whole[len(before):size])+"\n" || size == len(before) && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("cut at %d, %q was set aside, %v", size, torn, err)
		}
	}
}

// A run whose first line is not whole is none.
func TestFolderTornAtFirst(t *testing.T) {
	_, path := newFolder(t, 1)
	whole := readFile(t, path)
	for size := range whole {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		f := &Folder{Path: dir}
		if _, err := f.Load(t.Context(), "run"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("cut at %d: %v", size, err)
		}
		for s, err := range f.Runs(t.Context()) {
			t.Fatalf("cut at %d: %v, %v", size, s, err)
		}
		if err := f.Append(t.Context(), "run", 0, someRecords(1)...); err != nil {
			t.Fatalf("cut at %d: %v", size, err)
		}
		holdsRecords(t, dir, 1)
	}
}

// Damage before the last line is an error that names the place, and changes nothing.
func TestFolderDamaged(t *testing.T) {
	f, path := newFolder(t, 3)
	whole := readFile(t, path)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	last := len(whole) - len(lines[3])
	for at := range whole[:last] {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &Folder{Path: dir}
		_, err := f.Load(t.Context(), "run")
		if err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), path) {
			t.Fatalf("byte %d is damaged: %v", at, err)
		}
		if err := f.Append(t.Context(), "run", 3, someRecords(4)[3]); err == nil || errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), path) {
			t.Fatalf("byte %d is damaged: %v", at, err)
		}
		if !bytes.Equal(readFile(t, path), damaged) {
			t.Fatalf("byte %d is damaged: the file was changed", at)
		}
	}
	noRecords, err := linefile.Seal(batch[Record]{At: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		lines [][]byte
		why   string
	}{
		"missing":    {[][]byte{lines[0], lines[1], lines[3]}, "record 2 stands where record 1 is due"},
		"twice":      {[][]byte{lines[0], lines[1], lines[2], lines[2]}, "record 1 stands where record 2 is due"},
		"first":      {[][]byte{lines[0], lines[2], lines[3]}, "record 1 stands where record 0 is due"},
		"no records": {[][]byte{whole, noRecords}, "no records"},
		"foreign":    {[][]byte{[]byte("# Notes\n")}, "not a file of this kind"},
		"memory":     {[][]byte{[]byte(linefile.Turns.Header())}, "not a file of this kind"},
		"newer":      {[][]byte{[]byte(linefile.Runs.Version() + "2}\n"), lines[1]}, "another version"},
	} {
		content := bytes.Join(tt.lines, nil)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &Folder{Path: f.Path} // which knows nothing of the file
		if _, err := f.Load(t.Context(), "run"); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %s", name, err, tt.why)
		}
		if err := f.Append(t.Context(), "run", 3, someRecords(4)[3]); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %s", name, err, tt.why)
		}
		if !bytes.Equal(readFile(t, path), content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// A file of another run, under the name of this one, is not taken for it.
func TestFolderRenamed(t *testing.T) {
	f, path := newFolder(t, 2)
	other := filepath.Join(f.Path, fileName("other"))
	if err := os.Rename(path, other); err != nil {
		t.Fatal(err)
	}
	const why = `it is of the run "run"`
	if _, err := f.Load(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("it was loaded: %v", err)
	}
	if err := f.Append(t.Context(), "other", 2, someRecords(3)[2]); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("it was appended to: %v", err)
	}
	for s, err := range f.Runs(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("it was listed: %v, %v", s, err)
		}
	}
}

func TestFolderRuns(t *testing.T) {
	f := &Folder{Path: filepath.Join(t.TempDir(), "runs")}
	for s, err := range f.Runs(t.Context()) {
		t.Errorf("in a folder that is not there: %v, %v", s, err)
	}
	now := time.Now().Truncate(time.Second)
	for i, id := range []string{"b", "d", "a", "c", "damaged"} {
		recs := someRecords(3)
		recs[0].At = now.Add(time.Duration(i) * time.Hour)
		recs[0].Header.Agent = "agent of " + id
		path := filepath.Join(f.Path, fileName(id))
		if err := errors.Join(f.Append(t.Context(), id, 0, recs...), os.Chtimes(path, now, now.Add(time.Duration(-i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	damaged := filepath.Join(f.Path, fileName("damaged"))
	if err := errors.Join(
		os.WriteFile(damaged, []byte("# Notes\n"), 0o600), os.Chtimes(damaged, now, now.Add(-150*time.Second)),
		os.WriteFile(filepath.Join(f.Path, "README"), []byte("#"), 0o600),
		os.WriteFile(filepath.Join(f.Path, "chat.jsonl"), []byte("#"), 0o600),
		os.Mkdir(filepath.Join(f.Path, "run-folder.jsonl"), 0o700)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for s, err := range f.Runs(t.Context()) {
		if err != nil {
			if s.ID != "" || !strings.Contains(err.Error(), damaged) {
				t.Errorf("%v, %v", s, err)
			}
			got = append(got, "error")
			continue
		}
		got = append(got, s.ID)
		i := strings.Index("bdac", s.ID)
		if s.Header.Agent != "agent of "+s.ID || !s.Began.Equal(now.Add(time.Duration(i)*time.Hour)) || !s.Changed.Equal(now.Add(time.Duration(-i)*time.Minute)) {
			t.Errorf("%s began at %v and was changed at %v: %v", s.ID, s.Began, s.Changed, s.Header)
		}
	}
	if want := []string{"b", "d", "a", "error", "c"}; !slices.Equal(got, want) {
		t.Errorf("the runs are %v, want %v", got, want)
	}
}

func TestFolderNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{"": "no Path", file: "not a directory", filepath.Join(file, "runs"): "not a directory"} {
		f := &Folder{Path: path}
		if runtime.GOOS == "windows" {
			why = ""
		}
		for name, do := range map[string]func() error{
			"append": func() error { return f.Append(t.Context(), "run", 0, someRecords(1)...) },
			"load":   func() error { _, err := f.Load(t.Context(), "run"); return err },
			"delete": func() error { return f.Delete(t.Context(), "run") },
			"list": func() error {
				for _, err := range f.Runs(t.Context()) {
					return err
				}
				return nil
			},
		} {
			if err := do(); err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%s in %q: %v, want %s", name, path, err, why)
			}
		}
	}
}

// A path that is not absolute is that of the folder in which the first call was made.
func TestFolderInAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f := &Folder{Path: "runs"}
	recs := someRecords(2)
	if err := f.Append(t.Context(), "run", 0, recs[0]); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := f.Append(t.Context(), "run", 1, recs[1]); err != nil {
		t.Error(err)
	}
	holdsRecords(t, filepath.Join(dir, "runs"), 2)
}

// Who finds the file locked waits for it, until the context ends.
func TestFolderWaits(t *testing.T) {
	switch runtime.GOOS {
	case "aix", "solaris", "js", "wasip1":
		t.Skip("there is no lock in a process")
	}
	f, path := newFolder(t, 1)
	synctest.Test(t, func(t *testing.T) {
		held, err := lockfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for name, do := range map[string]func() error{
			"append": func() error { return f.Append(ctx, "run", 1, someRecords(2)[1]) },
			"delete": func() error { return f.Delete(ctx, "run") },
		} {
			if err := do(); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil {
				t.Errorf("%s of a file that is locked: %v", name, err)
			}
		}
		if run, err := f.Load(t.Context(), "run"); err != nil || len(run.Log) != 1 {
			t.Errorf("a file that is locked can be loaded: %v", err)
		}
		time.AfterFunc(time.Minute, func() { held.Close() })
		if err := f.Append(t.Context(), "run", 1, someRecords(2)[1]); err != nil {
			t.Error(err)
		}
	})
	holdsRecords(t, f.Path, 2)
}

func TestFolderDelete(t *testing.T) {
	f, path := newFolder(t, 2)
	if err := os.WriteFile(path+".torn", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), "run"); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(f.Path); len(left) > 0 || err != nil {
		t.Errorf("there is left %v, %v", left, err)
	}
	for _, id := range []string{"run", "", "../x"} {
		if err := f.Delete(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// FuzzFolder has a file of any content: it is refused and left as it is, or works from
// then on.
func FuzzFolder(f *testing.F) {
	_, path := newFolder(f, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for _, s := range []string{"", "{", lines[0], lines[0][:9], lines[0] + lines[1], lines[0] + lines[1] + lines[2][:30], string(whole), lines[0] + lines[2], lines[0] + "\n", lines[1], "x\n"} {
		f.Add([]byte(s))
	}
	name := filepath.Base(path)
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &Folder{Path: dir}
		run, err := f.Load(t.Context(), "run")
		if left := readFile(t, path); !bytes.Equal(left, data) {
			t.Fatalf("Load has made %q of %q", left, data)
		}
		at := 0
		rec := someRecords(1)[0]
		switch {
		case err == nil:
			at, rec = len(run.Log), Record{Kind: Limited, Limits: &Limits{}}
		case !errors.Is(err, ErrNotFound):
			if errors.Is(err, ErrRecord) {
				return // whole lines of what cannot have happened
			}
			if f.Append(t.Context(), "run", 0, rec) == nil || !bytes.Equal(readFile(t, path), data) {
				t.Fatalf("%q was appended to", data)
			}
			return
		}
		if err := f.Append(t.Context(), "run", at, rec); err != nil {
			t.Fatal(err)
		}
		if again, err := (&Folder{Path: dir}).Load(t.Context(), "run"); err != nil || len(again.Log) != at+1 {
			t.Fatalf("after %d records: %v, %v", at, again, err)
		}
	})
}
