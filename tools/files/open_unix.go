//go:build unix

package files

import (
	"io/fs"
	"os"
	"syscall"
)

const onWindows = false

// nonblock is what makes that nothing is waited for when a file is opened.
const nonblock = syscall.O_NONBLOCK | syscall.O_NOCTTY

// keepOwner gives a new file to the owner and the group of the one that it is to
// replace, as far as this program may, and returns the permissions for it.
func keepOwner(file target, was fs.FileInfo) fs.FileMode {
	perm := was.Mode().Perm()
	s, ok := was.Sys().(*syscall.Stat_t)
	if !ok || file.Chown(int(s.Uid), int(s.Gid)) == nil || file.Chown(-1, int(s.Gid)) == nil {
		return perm
	}
	return perm&^0o070 | perm&0o007<<3&perm
}

// links returns how many names a file has.
func links(_ *os.File, info fs.FileInfo) (uint64, error) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink), nil
	}
	return 1, nil
}
