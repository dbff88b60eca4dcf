package exec

import (
	"errors"
	"io/fs"
	"os"
	osexec "os/exec"
	"strconv"
	"unicode/utf8"
)

// The classes of errors of this package.
var (
	ErrDenied  = errors.New("denied")           // the command is not permitted; nothing was run
	ErrChanged = errors.New("changed")          // the file of the program, or the folder, is not what it was; nothing was run
	ErrStart   = errors.New("not started")      // the system did not start the program
	ErrTimeout = errors.New("time is over")     // the program was stopped at its deadline
	ErrFlood   = errors.New("too much written") // the program was stopped for what it wrote
)

// An Error is why a program was not run, or was stopped. Its text is for a model.
type Error struct {
	Program string // its name, as it was given
	Say     string // what is wrong, and what to do
	Err     error  // its class, perhaps with a cause; or the cause of the context
}

// Error returns the name and what is wrong, without a path of the host.
func (e *Error) Error() string { return quote(e.Program) + " " + e.Say }

// Unwrap returns the class.
func (e *Error) Unwrap() error { return e.Err }

// quote returns a text that may be anything, short enough to be shown. A plain word
// stays as it is.
func quote(s string) string {
	const most = 100
	more := ""
	if len(s) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s, more = s[:cut], "…"
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != '=' {
			return strconv.QuoteToASCII(s) + more
		}
	}
	if s == "" {
		return `""`
	}
	return s + more
}

// systemError returns err without the paths of the host that errors of package os have.
func systemError(err error) error {
	if e, ok := errors.AsType[*osexec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Err
	}
	return err
}
