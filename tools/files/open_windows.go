package files

import (
	"io/fs"
	"os"
	"syscall"
)

const onWindows = true

const nonblock = 0 // pipes have a place of their own, out of every folder

// keepOwner returns the permissions for a file that is to replace another.
func keepOwner(_ target, was fs.FileInfo) fs.FileMode { return was.Mode().Perm() }

// links returns how many names a file has.
func links(f *os.File, _ fs.FileInfo) (uint64, error) {
	var d syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &d); err != nil {
		return 0, err
	}
	return uint64(d.NumberOfLinks), nil
}
