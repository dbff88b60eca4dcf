package memory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// The ways in which a memory can fail, besides those of what it keeps its
// conversation in. Test for them with [errors.Is]. What is too long to be kept
// is [llm.ErrTooLarge].
var (
	ErrConflict = errors.New("the conversation has gone on: load it again, and append after its newest turn") // a turn does not follow the newest one
	ErrInvalid  = errors.New("invalid turn")                                                                  // no API would take it: see [Turn.Check]
	ErrInUse    = errors.New("in use by another File or process: wait for it, or use another file")           // of a File or Facts
)

// An Error says what failed in a memory.
type Error struct {
	Op   string // what was being done: "append", "load", "open", "close", "note" …
	Path string // of the file, if there is one
	Turn string // ID of the turn, if it is about one
	Err  error  // why it failed: wraps an Err variable of this package, or what the system said
}

// Error returns all of it as text.
func (e *Error) Error() string {
	text := "memory: " + e.Op
	if e.Turn != "" {
		text += " turn " + strconv.Quote(e.Turn)
	}
	if e.Path != "" {
		text += ": " + e.Path
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Conflict returns the error for a turn that does not come after the newest
// one, for stores: an [*Error] that wraps [ErrConflict] and says both IDs.
func Conflict(turn Turn, newest string) error {
	return &Error{Op: "append", Turn: turn.ID, Err: fmt.Errorf("it is to come after %s, but the newest turn is %s: %w", named(turn.After), named(newest), ErrConflict)}
}

// named returns an ID for people.
func named(id string) string {
	if id == "" {
		return "none"
	}
	return strconv.Quote(id)
}

// ended returns why ctx has ended, or nil. The error is that of ctx and its cause.
func ended(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// failure returns err as an Error, or nil if it is nil.
func failure(op, path, turn string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*fs.PathError); ok && e.Path == path && path != "" {
		err = e.Err // the path is said already
	}
	return &Error{Op: op, Path: path, Turn: turn, Err: err}
}
