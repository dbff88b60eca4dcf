package files

import (
	"errors"
	"io/fs"
	"os"
	"unicode/utf8"
)

// The classes of errors of this package. Others are [fs.ErrNotExist],
// [fs.ErrPermission], [fs.ErrExist] for a file that changed under a write,
// [io.EOF] for a line past the end, and what the system says.
var (
	ErrDenied = errors.New("denied")         // the path leads where the tools do not go
	ErrQuota  = errors.New("quota used up")  // of bytes written
	ErrTooBig = errors.New("too big")        // a file, for what it was to be used for
	ErrKind   = errors.New("of other kind")  // a folder where a file was asked for, or the reverse, or a binary file
	ErrText   = errors.New("text not found") // by an edit, or found more than once
)

// An Error is what a tool could not do with a path. Its text is for a model.
type Error struct {
	Path string // as the model gave it
	Say  string // what is wrong, and what to do
	Err  error  // its class
}

// Error returns the path and what is wrong, without a path of the host.
func (e *Error) Error() string { return quotePath(e.Path) + " " + e.Say }

// Unwrap returns the class.
func (e *Error) Unwrap() error { return e.Err }

// quotePath returns a path that may be anything, short enough to be shown.
func quotePath(name string) string {
	const most = 200
	if len(name) <= most {
		return display(name)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return display(name[:cut]) + "…"
}

// systemError returns err for a path, without the paths of the host that errors
// of package os have.
func systemError(name string, err error) error {
	if err == nil {
		return nil
	}
	inner := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		inner = e.Err
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		inner = e.Err
	} else if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{name, "does not exist any more", inner}
	case errors.Is(err, fs.ErrPermission):
		return &Error{name, "may not be used by this program: " + inner.Error(), inner}
	}
	return &Error{name, "cannot be used: " + inner.Error(), inner}
}
