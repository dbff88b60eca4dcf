package lockfile

import (
	"io/fs"
	"os"
	"strings"
)

func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600|fs.ModeExclusive)
	if err != nil && strings.Contains(err.Error(), "exclusive") {
		err = ErrInUse
	}
	return f, err
}
