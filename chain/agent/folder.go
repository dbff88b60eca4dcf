package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hadal-go/hadal/internal/linefile"
)

// A Folder is a [Store] that keeps each run in a file of its own, so that it can go on
// after the program has ended, even by kill -9 or a power cut. One with a Path is ready
// for use:
//
//	store := &agent.Folder{Path: "runs"}
//
// The first run makes the folder, with mode 0700, and each its file, with mode 0600. What
// is in them is as secret as what was said, and must be trusted as the program itself is.
//
// The files are text: a header, then for each Append a line of JSON with its records and
// a checksum, written at once and never changed. To append costs what is appended,
// however long the run is: what was found in the file before is known, and is looked up
// again only if its size has changed. A last line that is not whole is the trace of a
// crash in the middle of a write. Load passes over it, and the next Append moves it to a
// file beside it whose name ends in .torn: nothing that was acknowledged is in there,
// unless Sync is false and the machine itself went down. Any other damage is an error
// that names the place in bytes, and so is a file that is no run, or that a newer version
// has written; neither is touched.
//
// The name of a file begins with what is plain in the run's ID, and ends with a hash of
// it, so that no ID leads out of the folder, or to the file of another.
//
// An Append may have 64 MiB as JSON, a run 1 GiB: more is [llm.ErrTooLarge].
//
// Any number of processes may have the same folder: a file is locked while it is appended
// to, and only then, and who finds it locked waits until the context ends. (On AIX and
// Solaris the lock keeps out other processes only, in WebAssembly there is none: let all
// of a process share one Folder.) No file is kept open.
//
// A Folder is safe for concurrent use. It must not be copied, and its fields must not
// change, after the first use.
type Folder struct {
	Path string // of the folder; that in which it stands need not exist either
	Sync bool   // force each Append to the disk before it counts: slow, but power cuts lose nothing

	mu    sync.Mutex
	dir   string            // Path made absolute, as the program may change its folder
	known map[string]*place // by ID

	open func(path string) (linefile.Handle, error) // for tests; if nil, that of package lockfile
}

// Append implements [Store]. When it returns nil, the records are in the file, and if
// Sync is true on the disk. If the file could not be written, because the disk is full
// say, or not be forced to the disk, it is as it was before.
func (f *Folder) Append(ctx context.Context, id string, at int, recs ...Record) error {
	return storeError("saving", id, f.append(ctx, id, at, recs))
}

// A batch is a line of the file: what was appended at once.
type batch[R Record | json.RawMessage] struct {
	ID  string `json:"id,omitempty"` // of the run, in the first line
	At  int    `json:"at"`           // how many records are in the lines before it
	Log []R    `json:"log"`
}

func (f *Folder) append(ctx context.Context, id string, at int, recs []Record) error {
	if err := ended(ctx); err != nil || len(recs) == 0 {
		return err
	}
	if err := storable(id); err != nil {
		return err
	}
	b := batch[Record]{At: at, Log: recs}
	if at == 0 {
		b.ID = id
	}
	line, err := linefile.Seal(b)
	if err != nil {
		return err
	}
	p, err := f.take(ctx, id)
	if err != nil {
		return err
	}
	defer f.leave(p)
	return p.append(ctx, f, at, len(recs), line)
}

// Load implements [Store]. It takes no lock: what is appended meanwhile is there as a
// whole or not yet.
func (f *Folder) Load(ctx context.Context, id string) (*Run, error) {
	run, err := f.load(ctx, id)
	return run, storeError("loading", id, err)
}

func (f *Folder) load(ctx context.Context, id string) (*Run, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	dir, err := f.folder()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(dir, fileName(id)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := runFile(file, file.Name(), false)
	var log []Record
	if _, err := lines.Scan(func(data []byte) error {
		var b batch[Record]
		if err := runGate.Decode(data, &b); err != nil {
			return err
		}
		if err := misplaced(b.ID, b.At, len(b.Log), id, len(log)); err != nil {
			return err
		}
		log = append(log, b.Log...)
		return ended(ctx)
	}); err != nil {
		return nil, inFile(file.Name(), cmp.Or(ended(ctx), err))
	}
	if len(log) == 0 {
		return nil, ErrNotFound // its first line was not whole
	}
	count := len(log)
	run, err := Restore(id, log)
	if err != nil {
		return nil, inFile(file.Name(), err)
	}
	if info, err := file.Stat(); err == nil {
		f.note(id, info, lines.End, count)
	}
	return run, nil
}

// misplaced returns why n records cannot stand at a place of the file of a run.
func misplaced(said string, at, n int, id string, count int) error {
	switch {
	case n == 0:
		return errors.New("there are no records in it")
	case at != count:
		return fmt.Errorf("record %d stands where record %d is due, a line is missing or twice there", at, count)
	case count == 0 && said != id:
		return fmt.Errorf("it is of the run %.100q", said)
	}
	return nil
}

// Runs returns a sequence of the runs that there are when it is ranged over, the one that
// was last appended to first, by the times of the files. Runs of agents that are tools
// are among them: their ID is that of the call, which has a slash. It reads the first
// line of each, when it comes to it.
//
// A file that cannot be read comes as the zero Stored with an error that names it, and
// the sequence goes on. An error about the folder or of a context that has ended is the
// last pair.
func (f *Folder) Runs(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		files, err := f.files()
		for _, file := range files {
			if err = ended(ctx); err != nil {
				break
			}
			s, err := first(file)
			if err == nil && s.ID == "" || errors.Is(err, fs.ErrNotExist) {
				continue // it has just begun, or is just gone
			}
			if err != nil {
				s, err = Stored{}, fmt.Errorf("agent: listing runs: %w", err)
			}
			if !yield(s, err) {
				return
			}
		}
		if err != nil {
			yield(Stored{}, fmt.Errorf("agent: listing runs: %w", err))
		}
	}
}

// A listed file of the folder.
type listed struct {
	path    string
	changed time.Time
}

// files returns the files of runs, the newest first.
func (f *Folder) files() ([]listed, error) {
	dir, err := f.folder()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no run was saved yet
	}
	if err != nil {
		return nil, err
	}
	var list []listed
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), fileStart) || !strings.HasSuffix(e.Name(), fileEnd) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil { // else it is just gone
			list = append(list, listed{filepath.Join(dir, e.Name()), info.ModTime()})
		}
	}
	slices.SortStableFunc(list, func(a, b listed) int { return b.changed.Compare(a.changed) })
	return list, nil
}

// first returns what the first line of a file says. If there is none that is whole, it
// says nothing.
func first(l listed) (Stored, error) {
	file, err := os.Open(l.path)
	if err != nil {
		return Stored{}, err
	}
	defer file.Close()
	lines := runFile(file, l.path, false)
	s := Stored{Changed: l.changed}
	_, err = lines.Scan(func(data []byte) error {
		var b batch[json.RawMessage]
		var rec Record
		if err := runGate.Decode(data, &b); err != nil {
			return err
		}
		if err := misplaced(b.ID, b.At, len(b.Log), b.ID, 0); err != nil {
			return err
		}
		if fileName(b.ID) != filepath.Base(l.path) {
			return fmt.Errorf("it is of the run %.100q, whose file has another name", b.ID)
		}
		if err := runGate.Decode(b.Log[0], &rec); err != nil {
			return err
		}
		s.ID, s.Header, s.Began = b.ID, rec.Header, rec.At
		return linefile.ErrStop
	})
	if err != nil && err != linefile.ErrStop {
		return Stored{}, inFile(l.path, err)
	}
	return s, nil
}

// Delete removes a run. If there is none, the error wraps [ErrNotFound]. Runs of agents
// that were its tools are runs of their own, and stay.
func (f *Folder) Delete(ctx context.Context, id string) error {
	err := ended(ctx)
	if err == nil {
		var p *place
		if p, err = f.take(ctx, id); err == nil {
			err = p.delete(ctx, f)
			f.leave(p)
		}
	}
	return storeError("deleting", id, err)
}
