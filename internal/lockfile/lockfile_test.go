package lockfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hadal-go/hadal/internal/lockfile"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := lockfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v; want mode 0600", info, err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	switch runtime.GOOS {
	case "aix", "solaris", "js", "wasip1":
	default:
		for range 2 { // a refusal changes nothing
			if _, err := lockfile.Open(path); !errors.Is(err, lockfile.ErrInUse) {
				t.Errorf("the second: %v, want ErrInUse", err)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	f, err = lockfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := os.ReadFile(path); string(data) != "x" || err != nil {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

func TestOpenNowhere(t *testing.T) {
	if _, err := lockfile.Open(filepath.Join(t.TempDir(), "no", "file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	if _, err := lockfile.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
}
