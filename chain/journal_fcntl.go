//go:build aix || (solaris && !illumos)

package chain

import (
	"io"
	"os"
	"syscall"
)

// lockedFile opens or makes a file that no other process has locked.
func lockedFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart} // of the whole file
	err = syscall.EINTR
	for err == syscall.EINTR {
		err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &lock)
	}
	if err == syscall.EAGAIN || err == syscall.EACCES {
		err = ErrJournalInUse
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
