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

// links returns how many names a file has.
func links(_ *os.File, info fs.FileInfo) (uint64, error) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink), nil
	}
	return 1, nil
}
