//go:build aix || (solaris && !illumos)

package lockfile

import (
	"io"
	"os"
	"syscall"
)

func open(path string) (*os.File, error) {
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
		err = ErrInUse
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
