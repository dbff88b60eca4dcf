package chain

import (
	"io/fs"
	"os"
	"strings"
)

// lockedFile opens or makes a file that only one process at a time may open.
func lockedFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600|fs.ModeExclusive)
	if err != nil && strings.Contains(err.Error(), "exclusive") {
		err = ErrJournalInUse
	}
	return f, err
}
