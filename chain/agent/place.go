package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/internal/lockfile"
)

// A place is the file of a run, and what is known of it. Who has taken it has it alone in
// this Folder.
type place struct {
	id    string
	path  string
	users int           // who have it or wait for it
	taken chan struct{} // holds one while somebody has it

	info  fs.FileInfo // of the file of which the rest is said; nil if nothing is known
	lines linefile.File
	count int // records
}

// maxKnown is of how many files a Folder knows what is in them. What it has forgotten is
// read again.
const maxKnown = 1000

// take returns the file of a run, for the caller alone.
func (f *Folder) take(ctx context.Context, id string) (*place, error) {
	if _, err := f.folder(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	p := f.place(id)
	p.users++
	f.mu.Unlock()
	select {
	case p.taken <- struct{}{}:
		return p, nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p.users--
	return nil, ended(ctx)
}

// leave gives back what was taken.
func (f *Folder) leave(p *place) {
	<-p.taken
	f.mu.Lock()
	defer f.mu.Unlock()
	p.users--
}

// place returns what is known of the file of a run. The caller has the lock of f.
func (f *Folder) place(id string) *place {
	if p := f.known[id]; p != nil {
		return p
	}
	for other, p := range f.known {
		if len(f.known) < maxKnown {
			break
		}
		if p.users == 0 {
			delete(f.known, other)
		}
	}
	if f.known == nil {
		f.known = make(map[string]*place)
	}
	p := &place{id: id, path: filepath.Join(f.dir, fileName(id)), taken: make(chan struct{}, 1)}
	f.known[id] = p
	return p
}

// note keeps what Load has found in a file, unless somebody is at it.
func (f *Folder) note(id string, info fs.FileInfo, end int64, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.place(id); p.users == 0 {
		p.info, p.lines.End, p.count = info, end, count
	}
}

// folder returns the absolute path of the folder.
func (f *Folder) folder() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Path == "" {
		return "", errors.New("the Folder has no Path")
	}
	if f.dir == "" {
		dir, err := filepath.Abs(f.Path)
		if err != nil {
			return "", err
		}
		f.dir = dir
	}
	return f.dir, nil
}

// append adds a line with n records, if there are so many as at says.
func (p *place) append(ctx context.Context, f *Folder, at, n int, line []byte) error {
	h, err := p.lock(ctx, f, at == 0)
	had := p.count
	if errors.Is(err, fs.ErrNotExist) && at != 0 {
		p.info, p.count = nil, 0
		return p.conflict(at, had)
	}
	if err != nil {
		return inFile(p.path, err)
	}
	err = p.look(f, h)
	known := err == nil
	switch {
	case !known:
	case at != p.count:
		err = p.conflict(at, had)
	default:
		err = p.lines.Append(line)
		known = err == nil
	}
	if err != nil && p.info != nil && p.count == 0 {
		os.Remove(p.path) // a file without a run in it
		known = false
	}
	if e := h.Close(); e != nil && err == nil { // on a net, what was written may be lost by then
		err, known = e, false
	}
	p.lines.Handle = nil
	if err == nil {
		p.count += n
	}
	if !known {
		p.info, p.count = nil, 0
	}
	return inFile(p.path, err)
}

// conflict returns the error of an append at a place that is not the end of the file,
// which had more records once if somebody has cut it.
func (p *place) conflict(at, had int) error {
	err := conflict(at, p.count)
	if had > p.count {
		err = fmt.Errorf("%w: the file had %d before: others have removed it, cut it, or put another in its place: %s", err, had, p.path)
	}
	return err
}

// look sees to it that what is known of the file is so, and what is in it sound.
func (p *place) look(f *Folder, h linefile.Handle) error {
	info, err := h.Stat()
	if err != nil {
		return err
	}
	if p.info != nil && os.SameFile(info, p.info) && info.Size() == p.lines.End {
		end := p.lines.End
		p.lines = runFile(h, p.path, f.Sync)
		p.lines.End = end
		return nil
	}
	p.info, p.count = nil, 0
	p.lines = runFile(h, p.path, f.Sync)
	err = p.lines.Load(func(data []byte) error {
		var b batch[json.RawMessage]
		if err := runGate.Decode(data, &b); err != nil {
			return err
		}
		if err := misplaced(b.ID, b.At, len(b.Log), p.id, p.count); err != nil {
			return err
		}
		p.count += len(b.Log)
		return nil
	})
	if err == nil || info.Size() == 0 {
		p.info = info
	}
	return err
}

// The times between two looks at a file that somebody else is appending to.
const (
	firstLook = time.Millisecond
	lastLook  = 50 * time.Millisecond
)

// lock opens the file, and waits until nobody else has it. If it is not there, it is made
// or is [fs.ErrNotExist].
func (p *place) lock(ctx context.Context, f *Folder, create bool) (linefile.Handle, error) {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		h, err := p.try(f, create)
		if err == nil || err != lockfile.ErrInUse && err != errGone {
			return h, err
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, fmt.Errorf("waiting for the file, which somebody else has: %w", ended(ctx))
		}
	}
}

// errGone says that a file was removed before it was locked.
var errGone = errors.New("gone")

func (p *place) try(f *Folder, create bool) (linefile.Handle, error) {
	_, err := os.Stat(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		if !create {
			return nil, err
		}
		err = makeFolder(filepath.Dir(p.path), f.Sync)
	}
	if err != nil {
		return nil, err
	}
	open := f.open
	if open == nil {
		open = func(path string) (linefile.Handle, error) { return lockfile.Open(path) }
	}
	h, err := open(p.path)
	if err != nil {
		return nil, err
	}
	info, err := h.Stat()
	if err == nil {
		if there, e := os.Stat(p.path); e != nil || !os.SameFile(info, there) {
			err = errGone
		}
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// makeFolder makes a folder and those in which it stands.
func makeFolder(dir string, force bool) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	up := filepath.Dir(dir)
	if up == dir {
		return os.Mkdir(dir, 0o700)
	}
	if err := makeFolder(up, force); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if force {
		syncFolder(up)
	}
	return nil
}

// syncFolder forces the names in a folder to the disk, where a system can.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}

// delete removes the file, and what was set aside of it.
func (p *place) delete(ctx context.Context, f *Folder) error {
	h, err := p.lock(ctx, f, false)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return inFile(p.path, err)
	}
	p.info, p.count = nil, 0
	err = os.Remove(p.path)
	h.Close()
	if err != nil { // some systems do not remove what is open
		err = os.Remove(p.path)
	}
	if e := os.Remove(p.path + ".torn"); err == nil && !errors.Is(e, fs.ErrNotExist) {
		err = e
	}
	if f.Sync {
		syncFolder(filepath.Dir(p.path))
	}
	return inFile(p.path, err)
}

// runFile returns the file of a run.
func runFile(h linefile.Handle, path string, force bool) linefile.File {
	return linefile.File{Handle: h, Path: path, Format: linefile.Runs, Force: force, Limit: 1 << 30}
}

// inFile says in which file something failed, unless it is said already, or it is the run
// that is not as it should be.
func inFile(path string, err error) error {
	if err == nil || errors.Is(err, ErrConflict) {
		return err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == path {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// The names of files begin and end so.
const (
	fileStart = "run-"
	fileEnd   = ".jsonl"
)

// maxPlain is how many characters of the ID are in the name of a file.
const maxPlain = 40

// fileName returns the name of the file of a run. It is good on every system: less than
// a hundred letters, digits and hyphens, without capitals, and never that of a device.
func fileName(id string) string {
	var plain strings.Builder
	for i := 0; i < len(id) && plain.Len() < maxPlain; i++ {
		c := id[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			plain.WriteByte(c)
		case plain.Len() > 0 && !strings.HasSuffix(plain.String(), "-"):
			plain.WriteByte('-')
		}
	}
	sum := sha256.Sum256([]byte(id))
	return strings.TrimSuffix(fileStart+plain.String(), "-") + "-" + hex.EncodeToString(sum[:16]) + fileEnd
}
