// Package lockfile opens files that one process at a time, and in it one opener,
// is to write: the lock ends with the file's Close, or with the process.
package lockfile

import (
	"errors"
	"os"
)

// ErrInUse is the error of a file that somebody else has open.
var ErrInUse = errors.New("in use by another process or opener")

// Open opens or makes the file for reading and writing, with mode 0600, and locks
// it. It does not wait: a file that is locked already is ErrInUse.
//
// On AIX and Solaris the lock keeps out other processes only, in WebAssembly
// there is none.
func Open(path string) (*os.File, error) { return open(path) }
