package chain

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hadal-go/hadal/internal/lockfile"
)

// A journalFile is the open file of a [Journal].
type journalFile struct {
	f     handle
	path  string
	force bool // every record to the disk

	mu      sync.Mutex // never held while something may take long
	records map[journalKey]place
	flights map[journalKey]*flight // the inputs that are under way

	writing sync.Mutex
	end     int64 // of the whole records
	broken  error // why nothing can be written any more
}

// A handle is what a journalFile needs of an *os.File.
type handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// A place is that of a record, without its end of line.
type place struct {
	start  int64
	length int32
}

// A flight is an input for which a call is under way.
type flight struct {
	key  journalKey
	done chan struct{} // closed when it is over; then:
	data []byte        // the output, or nil if there is none
	err  error         // why it was not recorded
}

// openJournal opens or makes the file. It does not change one that it refuses.
func openJournal(path string, force bool) (*journalFile, error) {
	if path == "" {
		return nil, errors.New("no Path")
	}
	f, err := lockfile.Open(path)
	if err == lockfile.ErrInUse {
		err = ErrJournalInUse
	}
	if err != nil {
		return nil, err
	}
	j := &journalFile{f: f, path: path, force: force, records: map[journalKey]place{}, flights: map[journalKey]*flight{}}
	if err := j.load(f); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

// load reads the file, once, and makes it ready to be appended to.
func (j *journalFile) load(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	in := bufio.NewReaderSize(f, 64<<10)
	head := make([]byte, len(journalHeader))
	n, err := io.ReadFull(in, head)
	switch {
	case string(head) == journalHeader:
		err = j.index(in)
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case n < len(head) && strings.HasPrefix(journalHeader, string(head[:n])): // new, or made in a crash
		err = j.begin()
	case bytes.HasPrefix(head, []byte(journalVersion)):
		return errors.New("a journal of another version: use the program that made it, or another file")
	default:
		return errors.New("not a journal: use another file")
	}
	if err == nil && j.force {
		err = j.settle()
	}
	return err
}

// begin writes the header.
func (j *journalFile) begin() error {
	if _, err := j.f.WriteAt([]byte(journalHeader), 0); err != nil {
		return err
	}
	j.end = int64(len(journalHeader))
	return nil
}

// settle forces to the disk what the file holds: a process that was killed may
// have left records that are not there yet.
func (j *journalFile) settle() error {
	if dir, err := os.Open(filepath.Dir(j.path)); err == nil {
		dir.Sync() // the name of the file, too, where a system can
		dir.Close()
	}
	return j.f.Sync()
}

// index finds the records and cuts off what stands after the last whole one.
func (j *journalFile) index(in *bufio.Reader) error {
	j.end = int64(len(journalHeader))
	var long []byte
	for {
		line, err := readLine(in, &long, longestRecord)
		switch {
		case err == io.EOF && len(line) == 0:
			return nil
		case err == io.EOF:
			return j.f.Truncate(j.end)
		case err != nil && err != errLongLine:
			return err
		}
		key, _, ok := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if !ok {
			if _, next := in.Peek(1); next == io.EOF && err == nil {
				return j.f.Truncate(j.end)
			}
			return fmt.Errorf("damaged at byte %d: remove the line that begins there, and what it holds will be done again", j.end)
		}
		j.records[key] = place{j.end, int32(len(line) - 1)}
		j.end += int64(len(line))
	}
}

var errLongLine = errors.New("a line longer than any record")

// readLine returns the next line with its end, in memory that is used again. At
// the end of the file it returns what is there and io.EOF. A line far above the
// limit is an error.
func readLine(in *bufio.Reader, long *[]byte, limit int) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	*long = (*long)[:0]
	for err == bufio.ErrBufferFull {
		if *long = append(*long, line...); len(*long) > limit {
			return nil, errLongLine
		}
		line, err = in.ReadSlice('\n')
	}
	*long = append(*long, line...)
	return *long, err
}

// claim returns the output for key if there is one, once it is there, and why it
// was not recorded if it was not. Or else it returns a flight: then the caller
// is the one to call the step, and to land.
func (j *journalFile) claim(ctx context.Context, key journalKey) (data []byte, lead *flight, err error) {
	for {
		j.mu.Lock()
		at, recorded := j.records[key]
		other := j.flights[key]
		if !recorded && other == nil {
			lead = &flight{key: key, done: make(chan struct{})}
			j.flights[key] = lead
		}
		j.mu.Unlock()
		switch {
		case recorded:
			data, err = j.read(key, at)
			return data, nil, journalError(j.path, "read", err)
		case lead != nil:
			return nil, lead, nil
		}
		select {
		case <-other.done:
			if other.data != nil {
				return other.data, nil, other.err
			}
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("chain: waiting for an equal input: %w", context.Cause(ctx))
		}
	}
}

// land ends a flight.
func (j *journalFile) land(l *flight, data []byte, err error) {
	j.mu.Lock()
	delete(j.flights, l.key)
	j.mu.Unlock()
	l.data, l.err = data, err
	close(l.done)
}

// read returns the output of the record at a place.
func (j *journalFile) read(key journalKey, at place) ([]byte, error) {
	line := make([]byte, at.length)
	if _, err := j.f.ReadAt(line, at.start); err != nil {
		return nil, err
	}
	found, out, ok := parseRecord(line)
	if !ok || found != key {
		return nil, fmt.Errorf("the record at byte %d was changed since the file was opened", at.start)
	}
	return out, nil
}

// append writes a record. If that fails, the file stays as it was.
func (j *journalFile) append(key journalKey, line []byte) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.broken != nil {
		return journalError(j.path, "write", j.broken)
	}
	if _, err := j.f.WriteAt(line, j.end); err != nil {
		if cut := j.f.Truncate(j.end); cut != nil {
			j.broken = fmt.Errorf("part of a record could not be removed, so nothing is written after it: %w", cut)
		}
		return journalError(j.path, "write", err)
	}
	if j.force {
		if err := j.f.Sync(); err != nil {
			// What the disk has is not known from now on, not even by trying again.
			j.broken = fmt.Errorf("an earlier record did not reach the disk: %w", err)
			return journalError(j.path, "sync", err)
		}
	}
	at := place{j.end, int32(len(line) - 1)}
	j.end += int64(len(line))
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records[key] = at
	return nil
}

// close closes the file when nothing is being written.
func (j *journalFile) close() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.f.Close()
}
