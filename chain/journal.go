package chain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

// A Journal is a file in which [Journaled] keeps what steps returned, so that a
// batch that was interrupted, even by kill -9 or a power cut, goes on where it
// stopped. A Journal with a Path is ready to use:
//
//	journal := &chain.Journal{Path: "batch.journal"}
//	defer journal.Close()
//	summarize = chain.Journaled(journal, summarize)
//
// The first use opens the file, or makes it with mode 0600. It is locked until
// Close: a second Journal on it, of this process or another, fails with
// [ErrJournalInUse]. (On AIX and Solaris the lock keeps out other processes only,
// in WebAssembly there is none.) If it cannot be opened, every use of the Journal
// fails with the reason; make another Journal to try again.
//
// Opening reads the file once. In memory a record takes about 100 bytes, however
// long it is.
//
// The file is text: a header, then one line of JSON for each output, with the
// step, the SHA-256 of the input, and a checksum. A last line that is damaged or
// not whole is the trace of a crash in the middle of a write and is cut off. Any
// other damage is an error that names the place, and so is a file that is no
// journal; neither is touched. A file that is removed while it is open is written
// to its end all the same, and gone then.
//
// A Journal is safe for concurrent use. It must not be copied, and its fields
// must not change, after the first use.
type Journal struct {
	Path string // of the file, in a folder that exists
	Sync bool   // force records to the disk before they count, those in the file too: slow, but power cuts lose nothing

	step string
	main *Journal // the one with the file, or nil if it is this one

	mu   sync.Mutex
	used bool         // the file was opened, or else err says why not
	file *journalFile // nil if not open
	err  error
}

// ErrJournalInUse is the error of a [Journal] whose file is open in another one,
// of this process or another.
var ErrJournalInUse = errors.New("in use by another Journal or process: wait for it, or use another file")

// A JournalError says what failed in a [Journal].
type JournalError struct {
	Path string // of the file
	Op   string // what was being done: "open", "read", "write", "sync", "close", "encode input", "encode output", "use"
	Err  error  // why it failed; with "use", fs.ErrClosed
}

// Error returns all of it as text.
func (e *JournalError) Error() string {
	return fmt.Sprintf("chain: journal %s: %s: %v", e.Path, e.Op, e.Err)
}

// Unwrap returns e.Err.
func (e *JournalError) Unwrap() error { return e.Err }

// Step returns a Journal in the same file for another step. Two steps that may
// get equal inputs need one each, or one would be given the output of the other:
//
//	title := chain.Journaled(journal.Step("title"), title)
//	topics := chain.Journaled(journal.Step("topics"), topics)
//
// Names are joined with a slash: j.Step("a").Step("b") is j.Step("a/b").
func (j *Journal) Step(name string) *Journal {
	if j.step != "" {
		name = j.step + "/" + name
	}
	return &Journal{Path: j.Path, Sync: j.Sync, step: name, main: j.owner()}
}

// Close closes the file, for all its steps. Using the Journal afterwards fails
// with [fs.ErrClosed]. Calls that are under way return what they got, with that
// error, as they could not record it. Closing again does nothing.
func (j *Journal) Close() error {
	j = j.owner()
	j.mu.Lock()
	defer j.mu.Unlock()
	file := j.file
	j.used, j.file, j.err = true, nil, journalError(j.Path, "use", fs.ErrClosed)
	if file == nil {
		return nil
	}
	return journalError(j.Path, "close", file.close())
}

// owner returns the Journal that has the file.
func (j *Journal) owner() *Journal {
	if j.main != nil {
		return j.main
	}
	return j
}

// open returns the file, which it opens if nobody did before.
func (j *Journal) open() (*journalFile, error) {
	j = j.owner()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.used {
		file, err := openJournal(j.Path, j.Sync)
		j.used, j.file, j.err = true, file, journalError(j.Path, "open", err)
	}
	return j.file, j.err
}

// journalError returns err as a JournalError, or nil if it is nil.
func journalError(path, op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the path is said already
	}
	return &JournalError{Path: path, Op: op, Err: err}
}

// Journaled returns a Func that asks j before it calls f: what f returned for an
// equal input before, in this process or an earlier one, is returned without
// calling it. Else f is called, and its output is recorded before it is returned.
// Errors are not recorded: what failed is tried again the next time.
//
// Inputs are equal if the step of j is the same and their JSON is: what JSON
// leaves out, such as unexported fields, does not tell them apart. What f does is
// no part of that either: if it changes, as with another prompt or another type of
// output, give the step a new name or take a new file.
//
// If an equal input is under way, the call waits for that one, or until ctx is
// done, and takes its output; if that one fails, it calls f itself. So f must
// not pass its own input to the same step, and no two inputs each other's.
//
// An output is always what JSON keeps of it, whether or not it was recorded
// before, so that a batch gives the same when it is resumed: unexported fields
// are lost, and a number in an any is a float64. An input or output that JSON
// cannot keep is an error, for an input before f is called: a NaN, a channel, text
// that is not UTF-8; for an output also a field of an interface type that cannot
// be decoded, and more than 64 MiB.
//
// Errors that are not those of f are a [*JournalError], or the cause of ctx. If
// only the recording failed, for example because the disk is full, the output is
// returned along with the error. Nothing that was recorded is lost then.
//
// Journaled panics if j or f is nil.
func Journaled[I, O any](j *Journal, f Func[I, O]) Func[I, O] {
	require(j != nil, "Journaled: the journal is nil")
	require(f != nil, "Journaled: the step is nil")
	return func(ctx context.Context, in I) (out O, err error) {
		key, err := keyOf(j.step, in)
		if err != nil {
			return out, journalError(j.Path, "encode input", err)
		}
		file, err := j.open()
		if err != nil {
			return out, err
		}
		data, lead, err := file.claim(ctx, key)
		switch {
		case lead != nil:
			return record(ctx, j, f, in, file, lead)
		case data == nil:
			return out, err
		}
		var kept O
		if bad := decodeJSON(data, &kept); bad != nil {
			bad = fmt.Errorf("what was recorded for an equal input does not fit, so give the step a new name: %w", bad)
			return out, journalError(j.Path, "read", bad)
		}
		return kept, err
	}
}

// record calls f as the one whose output those with an equal input wait for.
func record[I, O any](ctx context.Context, j *Journal, f Func[I, O], in I, file *journalFile, lead *flight) (out O, err error) {
	var data []byte
	var bad error
	defer func() { file.land(lead, data, bad) }() // also if f panics
	if out, err = f(ctx, in); err != nil {
		return out, err
	}
	var kept O
	encoded, err := encodeOutput(out, &kept)
	if err != nil {
		return out, journalError(j.Path, "encode output", err)
	}
	line, err := encodeRecord(j.step, lead.key, encoded)
	if err != nil {
		return out, journalError(j.Path, "encode output", err)
	}
	data, bad = encoded, file.append(lead.key, line)
	return kept, bad
}
