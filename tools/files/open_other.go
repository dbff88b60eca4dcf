//go:build !unix && !windows

package files

import (
	"io/fs"
	"os"
)

const onWindows = false

const nonblock = 0 // no FIFOs, or none that can be told

// keepOwner returns the permissions for a file that is to replace another.
func keepOwner(_ target, was fs.FileInfo) fs.FileMode { return was.Mode().Perm() }

// links returns 1: there are no hard links, or none that can be told.
func links(*os.File, fs.FileInfo) (uint64, error) { return 1, nil }
