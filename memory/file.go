package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"sync"
	"time"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/internal/lockfile"
	"github.com/hadal-go/hadal/output/gate"
)

// A File is a [Memory] that keeps a conversation in a file, so that it goes on
// after the program has ended, even by kill -9 or a power cut. A File with a
// Path is ready to use:
//
//	m := &memory.File{Path: "ada.jsonl"}
//	defer m.Close()
//
// The first use opens the file, or makes it with mode 0600. It is locked until
// Close: another File on it, of this process or another, fails with [ErrInUse].
// (On AIX and Solaris the lock keeps out other processes only, in WebAssembly
// there is none.) If it cannot be opened, the next use tries again. Those who ask
// for no lock, as editors do, can still change the file or put another in its
// place: before each turn this is looked for, and the turn is refused, as it would
// be lost.
//
// The file is text: a header, then each turn as a line of JSON with a checksum,
// written at once and never changed. Opening reads it once; then what the model
// should see is in memory, and the ID of every turn. A last line that is damaged
// or not whole is the trace of a crash in the middle of a write. It is moved to
// a file beside it whose name ends in .torn: no turn that was acknowledged is
// in there, unless Sync is false and the machine itself went down. Any other
// damage is an error that names the place in bytes, and so is a file that is no
// conversation; neither is touched.
//
// A turn may have 64 MiB as JSON.
//
// A File is safe for concurrent use. It must not be copied, and its fields must
// not change, after the first use.
type File struct {
	Path  string // of the file, in a folder that exists
	Sync  bool   // force each turn to the disk before it counts: slow, but power cuts lose nothing
	Wait  bool   // while somebody else has the file, wait for it until the context ends, instead of failing with ErrInUse
	Limit int64  // bytes of the file, beyond which it is not opened and nothing is appended; if zero, 1 GiB; negative: none

	mu     sync.Mutex
	lines  *linefile.File // nil if not open
	closed bool
	conversation
}

// The times between two looks at a file that somebody else has.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

// fileGate bounds what is decoded from disk. How many bytes a line has is
// checked before.
var fileGate = gate.Limits{Bytes: linefile.Longest, Nodes: -1}

// Load implements [Memory].
func (f *File) Load(ctx context.Context) (History, error) { return copied(f.view(ctx)) }

// view implements viewer.
func (f *File) view(ctx context.Context) (History, error) {
	if err := f.use(ctx); err != nil {
		return History{}, failure("load", f.Path, "", err)
	}
	defer f.mu.Unlock()
	return f.shown, nil
}

// Append implements [Memory]. When it returns nil, the turn is in the file, and
// if Sync is true on the disk. If the file could not be written, because the disk
// is full say, it is as it was before. If it was written and could not be forced
// to the disk, it is taken back, and nothing more is appended by this File: close
// it, and append the turn by another one.
func (f *File) Append(ctx context.Context, turn Turn) error {
	if err := turn.Check(); err != nil {
		return err
	}
	line, err := linefile.Seal(turn)
	if err != nil {
		return failure("append", f.Path, turn.ID, err)
	}
	if err := f.use(ctx); err != nil {
		return failure("append", f.Path, turn.ID, err)
	}
	defer f.mu.Unlock()
	if known, err := f.place(turn); known || err != nil {
		return err
	}
	kept, err := keep(turn, line)
	if err == nil {
		err = f.lines.Append(line)
	}
	if err != nil {
		return failure("append", f.Path, turn.ID, err)
	}
	f.add(kept)
	return nil
}

// keep returns a turn as it will come back from its line, in memory of its own.
func keep(turn Turn, line []byte) (Turn, error) {
	// The encoder puts this escape for bytes that are not UTF-8. What has none of
	// them comes back as it is, so that it need not be decoded.
	if !bytes.Contains(line, []byte(`\ufffd`)) {
		return turn.clone(), nil
	}
	data, _ := linefile.Unseal(bytes.Clone(line))
	var kept Turn
	err := fileGate.Decode(data, &kept)
	return kept, err
}

// Turns returns a sequence of all turns there are when it is ranged over, also
// of those that a Summary stands for, oldest first. It reads them from the file,
// one at a time, and other methods may be called meanwhile, but for Close. An
// error comes with the zero Turn, as the last pair.
func (f *File) Turns(ctx context.Context) iter.Seq2[Turn, error] {
	return func(yield func(Turn, error) bool) {
		if err := f.use(ctx); err != nil {
			yield(Turn{}, failure("load", f.Path, "", err))
			return
		}
		lines, end := f.lines, f.lines.End
		f.mu.Unlock()
		left := false // by whoever ranges
		at, err := lines.Read(end, func(data []byte) error {
			var t Turn
			if err := fileGate.Decode(data, &t); err != nil {
				return err
			}
			if ended(ctx) == nil {
				left = !yield(t, nil)
			}
			if left || ended(ctx) != nil {
				return linefile.ErrStop
			}
			return nil
		})
		switch {
		case left:
			return
		case err == linefile.ErrStop:
			err = ended(ctx)
		case err == nil && at != end:
			err = fmt.Errorf("damaged at byte %d: the line was changed since the file was opened", at)
		}
		if err != nil {
			yield(Turn{}, failure("load", f.Path, "", err))
		}
	}
}

// Close closes the file. Using the File afterwards fails with [fs.ErrClosed].
// Closing again does nothing.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.lines
	f.lines, f.closed = nil, true
	if lines == nil {
		return nil
	}
	return failure("close", f.Path, "", lines.Close())
}

// use locks f, with its file open.
func (f *File) use(ctx context.Context) error {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		if err := ended(ctx); err != nil {
			return err
		}
		f.mu.Lock()
		err := f.open()
		if err == nil {
			return nil
		}
		f.mu.Unlock()
		if !f.Wait || !errors.Is(err, ErrInUse) {
			return err
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
		}
	}
}

// open opens the file if it is not open.
func (f *File) open() error {
	if f.closed {
		return fs.ErrClosed
	}
	if f.lines != nil {
		return nil
	}
	limit := f.Limit
	switch {
	case limit == 0:
		limit = 1 << 30
	case limit < 0:
		limit = math.MaxInt64
	}
	f.conversation = conversation{}
	lines, err := openLines(linefile.File{Path: f.Path, Format: linefile.Turns, Force: f.Sync, Limit: limit}, func(data []byte) error {
		var t Turn
		if err := fileGate.Decode(data, &t); err != nil {
			return err
		}
		if t.ID == "" {
			return errors.New("a turn without an ID")
		}
		if known, err := f.place(t); known || err != nil {
			return fmt.Errorf("turn %q stands where it does not belong, a line is missing or twice there", t.ID)
		}
		f.add(t)
		return nil
	})
	f.lines = lines
	return err
}

// openLines opens a file of lines, with the errors of this package.
func openLines(l linefile.File, each func(data []byte) error) (*linefile.File, error) {
	lines, err := linefile.Open(l, each)
	if err == lockfile.ErrInUse {
		err = ErrInUse
	}
	return lines, err
}
