package sqlquery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// The classes of errors of this package. Others are context.DeadlineExceeded for
// what takes too long, and the cause of a context that is done.
var (
	ErrRefused  = errors.New("refused")                    // a statement that is not known to only read
	ErrDatabase = errors.New("refused by the database")    // a statement that the database could not run
	ErrConn     = errors.New("no connection")              // or one that cannot be made read-only
	ErrBusy     = errors.New("queries that do not stop")   // too many hold on to their connections, see DB.MaxTime
	ErrArgs     = errors.New("parameters of a wrong kind") // for a tool
)

// An Error is what could not be done with a statement. Its text is for a model.
type Error struct {
	Say   string // what is wrong, and what to do; no address, user or password of the database
	At    int    // byte of the statement where it was refused; -1 if it is not known
	Err   error  // its class
	Cause error  // what the driver said, or nil; of ErrConn it may hold what is not for a model
}

// Error returns what is wrong and what to do.
func (e *Error) Error() string { return e.Say }

// Unwrap returns the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// A refusal is an Error of class ErrRefused.
func refusal(at int, format string, args ...any) *Error {
	return &Error{Say: fmt.Sprintf(format, args...), At: at, Err: ErrRefused}
}

// unreachable returns an error of what is around a statement. The text of the
// driver may hold addresses and names, and stays out of what a model sees.
func unreachable(err error) *Error {
	return &Error{Say: "the database cannot be reached at the moment", At: -1, Err: ErrConn, Cause: err}
}

// late returns why a query did not end in time.
func late(ctx context.Context, limit time.Duration) error {
	cause := context.Cause(ctx)
	if !errors.Is(cause, errTime) {
		return cause
	}
	return &Error{
		Say: "the query was stopped after " + limit.String() + ": let it read less, by a condition on an indexed column, fewer joins, or a limit in each part of a recursion",
		At:  -1, Err: context.DeadlineExceeded,
	}
}

// errTime is the cause of a context whose time MaxTime was.
var errTime = errors.New("sqlquery: time is over")

// maxSaid is how many bytes of what a driver says are shown.
const maxSaid = 500

// said returns the text of a driver in one line.
func said(err error) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "\ufffd"))
	return head(strings.TrimSpace(text), maxSaid)
}

// head returns s, or what fits of it in n bytes with an ellipsis.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return whole(s, n) + "…"
}
