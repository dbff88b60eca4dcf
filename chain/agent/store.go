package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A Store keeps runs. It must be safe for concurrent use. Package agenttest says exactly
// what is demanded, and tests it.
//
// [Folder] keeps runs in files, [Buffer] in memory. Both have a method Runs that lists
// them and a method Delete besides, and others that have such methods should have the
// same.
type Store interface {
	// Append adds records to the run with that ID, all of them or none. at is how many
	// records it has; if it has more or fewer, somebody else has gone on with it, and the
	// error wraps [ErrConflict]. A run begins with the record at 0. Without records it
	// does nothing. It must not modify the records, nor keep the slice.
	//
	// After an error of another kind it may be that the records are there: to append them
	// again is a conflict then, and Load has them.
	Append(ctx context.Context, id string, at int, recs ...Record) error

	// Load returns the run as it stands, by [Restore]: a Run of its own for each call. If
	// there is none, the error wraps [ErrNotFound].
	Load(ctx context.Context, id string) (*Run, error)
}

// Stored is a run in a list of those that there are.
type Stored struct {
	ID      string
	Began   time.Time
	Changed time.Time // when it was last appended to
	Header  *Header   // what it began with: Agent says whose it is, Input what was asked. It must not be modified
}

// conflict returns the error of an Append at a place that is not the end.
func conflict(at, count int) error {
	return fmt.Errorf("%w: it has %d records, and what is to be appended comes after %d: load it again", ErrConflict, count, at)
}

// storable returns what is wrong with the ID of a run that is to be stored.
func storable(id string) error {
	if strings.TrimSpace(id) == "" || !utf8.ValidString(id) {
		return fmt.Errorf("%w: the ID is blank, or is not UTF-8", ErrRecord)
	}
	return nil
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

// storeError says what could not be done with which run.
func storeError(op, id string, err error) error {
	if err == nil {
		return nil
	}
	if len(id) > 100 {
		id = strings.ToValidUTF8(id[:100], "") + "…"
	}
	return fmt.Errorf("agent: %s run %q: %w", op, id, err)
}
