package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/hadal-go/hadal/internal/linefile"
	"github.com/hadal-go/hadal/tools"
)

// Facts are short notes that a model keeps itself about people and things, for
// this conversation and later ones. The zero value has none, and keeps them in
// memory; with a Path they are in a file:
//
//	facts := &memory.Facts{Path: "notes.jsonl"}
//	defer facts.Close()
//
// The model writes them by the two [Facts.Tools], and is shown them by
// [Facts.Remind], at the tail of the prompt. One Facts can serve many
// conversations at once, and should serve only one user: what is noted in one
// conversation is seen in all.
//
// Notes are bounded in number and size; the model is told what is too much, and
// may forget a note to make room. A call that is run again after a crash, with
// the same [tools.CallID], does nothing more, however long ago it was: where the
// IDs of calls begin anew in each conversation, [tools.WithCallID] must tell them
// apart, or an old note that is noted again is taken for that.
//
// The file is as that of a [File], a line for each change, and so are its lock
// and what a crash leaves. It tells who has noted what, by the IDs of the calls.
// When it has 16 MiB, nothing more is noted.
//
// Facts are safe for concurrent use. They must not be copied, and the fields must
// not change, after the first use.
type Facts struct {
	Path     string // of the file, in a folder that exists; if empty, there is none
	Sync     bool   // force each change to the disk before it counts
	Max      int    // notes that are kept at once; if zero, 50; negative: any number
	MaxBytes int    // of the text of a note; if zero, 500; negative: any number

	mu     sync.Mutex
	lines  *linefile.File // nil if not open
	closed bool
	notes  map[string]string // by name
	done   map[[sha256.Size]byte]struct{}
}

// A Note is what is kept about someone or something.
type Note struct {
	Name string `json:"name"` // of whom or what it is about
	Text string `json:"text"`
}

// A change is a line of the file.
type change struct {
	Call   string `json:"call,omitempty"` // the tools.CallID of who made it
	Name   string `json:"name"`
	Text   string `json:"text,omitempty"`
	Forget bool   `json:"forget,omitempty"`
}

// sum stands for c among the changes that were made.
func (c change) sum() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %t", c.Call, c.Name, c.Text, c.Forget))
}

const (
	maxName   = 100      // bytes
	maxNames  = 100      // that are told when one is not found
	noteLimit = 16 << 20 // bytes of the file
)

// Note keeps a note, in place of one of the same name. What is too much, too long
// or empty is an error that says so. The [tools.CallID] of ctx, if it has one,
// says that the same note in the same call has been taken already.
func (f *Facts) Note(ctx context.Context, name, text string) error {
	return f.change(ctx, "note", change{Call: tools.CallID(ctx), Name: name, Text: text})
}

// Forget removes a note. One that is not there is an error that names the others.
// The [tools.CallID] of ctx counts as it does for [Facts.Note].
func (f *Facts) Forget(ctx context.Context, name string) error {
	return f.change(ctx, "forget", change{Call: tools.CallID(ctx), Name: name, Forget: true})
}

// Notes returns the notes, in the order of their names. The slice is the caller's.
func (f *Facts) Notes(ctx context.Context) ([]Note, error) {
	notes, err := f.all(ctx)
	if err != nil {
		return nil, failure("load", f.Path, "", err)
	}
	return sorted(notes), nil
}

// Close closes the file. Using the Facts afterwards fails with [fs.ErrClosed].
// Closing again does nothing.
func (f *Facts) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.lines
	f.lines, f.closed = nil, true
	if lines == nil {
		return nil
	}
	return failure("close", f.Path, "", lines.Close())
}

// change makes a change if it was not made before.
func (f *Facts) change(ctx context.Context, op string, c change) error {
	if err := f.check(c); err != nil {
		return failure(op, f.Path, "", err)
	}
	if err := f.use(ctx); err != nil {
		return failure(op, f.Path, "", err)
	}
	defer f.mu.Unlock()
	if _, done := f.done[c.sum()]; done {
		return nil
	}
	if err := f.room(c); err != nil {
		return failure(op, f.Path, "", err)
	}
	if old, is := f.notes[c.Name]; is && c.Call == "" && !c.Forget && old == c.Text {
		return nil
	}
	if f.lines != nil {
		line, err := linefile.Seal(c)
		if err == nil {
			err = f.lines.Append(line)
		}
		if err != nil {
			return failure(op, f.Path, "", err)
		}
	}
	f.apply(c)
	return nil
}

// check returns what is wrong with a change by itself.
func (f *Facts) check(c change) error {
	most := cmp.Or(f.MaxBytes, 500)
	switch {
	case strings.TrimSpace(c.Name) == "":
		return errors.New("the note has no name: say whom or what it is about")
	case len(c.Name) > maxName || strings.ContainsFunc(c.Name, unicode.IsControl):
		return fmt.Errorf("the name of the note is not up to %d bytes without control characters: make it a few words", maxName)
	case !utf8.ValidString(c.Name) || !utf8.ValidString(c.Text):
		return errors.New("the note is not UTF-8")
	case !c.Forget && strings.TrimSpace(c.Text) == "":
		return errors.New("the note is empty: to remove a note, forget it")
	case most > 0 && len(c.Text) > most:
		return fmt.Errorf("the note has %d bytes, more than %d: make it shorter, or make several of it", len(c.Text), most)
	}
	return nil
}

// room returns why a change cannot be made to the notes that there are.
func (f *Facts) room(c change) error {
	most := cmp.Or(f.Max, 50)
	_, is := f.notes[c.Name]
	switch {
	case c.Forget && !is:
		names := slices.Sorted(maps.Keys(f.notes))
		more := ""
		if left := len(names) - maxNames; left > 0 {
			names, more = names[:maxNames], fmt.Sprintf(" and %d more", left)
		}
		return fmt.Errorf("there is no note with the name %q, only: %s%s", c.Name, strings.Join(names, ", "), more)
	case most > 0 && !c.Forget && !is && len(f.notes) >= most:
		return fmt.Errorf("there are %d notes, and no more can be kept: forget one first, or put several into one", len(f.notes))
	}
	return nil
}

func (f *Facts) apply(c change) {
	if f.notes == nil {
		f.notes, f.done = map[string]string{}, map[[sha256.Size]byte]struct{}{}
	}
	if c.Call != "" {
		f.done[c.sum()] = struct{}{}
	}
	if c.Forget {
		delete(f.notes, c.Name)
		return
	}
	f.notes[c.Name] = c.Text
}

// all returns a copy of the notes.
func (f *Facts) all(ctx context.Context) (map[string]string, error) {
	if err := f.use(ctx); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return maps.Clone(f.notes), nil
}

// sorted returns notes in the order of their names.
func sorted(notes map[string]string) []Note {
	list := make([]Note, 0, len(notes))
	for _, name := range slices.Sorted(maps.Keys(notes)) {
		list = append(list, Note{name, notes[name]})
	}
	return list
}

// use locks f, with its file open if there is one.
func (f *Facts) use(ctx context.Context) error {
	if err := ended(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	err := f.open()
	if err != nil {
		f.mu.Unlock()
	}
	return err
}

func (f *Facts) open() error {
	if f.closed {
		return fs.ErrClosed
	}
	if f.lines != nil || f.Path == "" {
		return nil
	}
	f.notes, f.done = nil, nil
	lines, err := openLines(linefile.File{Path: f.Path, Format: linefile.Notes, Force: f.Sync, Limit: noteLimit}, func(data []byte) error {
		var c change
		if err := fileGate.Decode(data, &c); err != nil {
			return err
		}
		f.apply(c)
		return nil
	})
	f.lines = lines
	return err
}
