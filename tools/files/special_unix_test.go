//go:build linux || darwin

package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mkfifo makes a FIFO.
func mkfifo(t testing.TB, name string) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
}

// inTime runs f and frees whoever waits for one of the FIFOs, so that a test
// fails in place of hanging.
func inTime(t *testing.T, f func(), fifos ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("a call waits for a FIFO")
		for _, name := range fifos {
			if w, err := os.OpenFile(name, os.O_RDWR, 0); err == nil {
				defer w.Close()
			}
		}
		<-done
	}
}

// TestFIFO holds that nothing waits for a FIFO, also where one takes the place
// of a file or a folder after it was looked at.
func TestFIFO(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	mkfifo(t, pipe)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := &Folder{Root: root}
	inTime(t, func() {
		for _, tool := range all(f) {
			if text, err := ask(t, tool, argsFor(tool, "pipe")); err == nil {
				t.Errorf("%s: %s", tool.Spec().Name, text)
			}
		}
		// Without the look beforehand:
		if _, _, err := f.openFile(root, "pipe", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("openFile: %v", err)
		}
		if _, err := openDir(root, "pipe"); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("openDir: %v", err)
		}
	}, pipe)
}

// TestSwaps holds that nothing outside is reached, and nothing waits, while
// somebody swaps files and folders for links and FIFOs.
func TestSwaps(t *testing.T) {
	outside := tree(t, map[string]string{"secret.txt": "SECRET", "in/f": "fine", "in/d/f": "fine", "in/d/e/f": "fine", "out/f": "SECRET", "out/e/f": "SECRET"})
	in := filepath.Join(outside, "in")
	put(t, filepath.Join(in, "spare", "f"), "fine")
	mkfifo(t, filepath.Join(in, "pipe"))
	symlink(t, "../secret.txt", filepath.Join(in, "link"))
	symlink(t, "../out", filepath.Join(in, "dirlink"))
	stop := make(chan struct{})
	swapped := make(chan int)
	go func() {
		n := 0
		defer func() { swapped <- n }()
		swap := func(a, b string) {
			c := filepath.Join(in, ".swap")
			a, b = filepath.Join(in, a), filepath.Join(in, b)
			if os.Rename(a, c) == nil && os.Rename(b, a) == nil && os.Rename(c, b) == nil {
				n++
			}
		}
		for {
			for _, with := range []string{"link", "pipe"} {
				for range 2 {
					swap("f", with)
				}
			}
			for _, with := range []string{"dirlink", "pipe"} {
				for range 2 {
					swap("d", with)
				}
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	f := &Folder{Dir: in, Quota: -1, MakeDirs: true}
	var fine int
	inTime(t, func() {
		for range 60 {
			for _, name := range []string{"f", "d/f", "d/e/f", "d", ""} {
				for _, tool := range all(f) {
					text, err := ask(t, tool, argsFor(tool, name))
					if err == nil {
						fine++
					}
					for _, bad := range []string{"SECRET", outside} {
						if err != nil {
							text = err.Error()
						}
						if strings.Contains(text, bad) {
							t.Errorf("%s %q: %s", tool.Spec().Name, name, text)
						}
					}
				}
			}
		}
	}, filepath.Join(in, "f"), filepath.Join(in, "d"), filepath.Join(in, "pipe"))
	close(stop)
	if n := <-swapped; n == 0 || fine == 0 {
		t.Errorf("%d swaps, %d calls that worked: this shows nothing", n, fine)
	}
	for _, name := range []string{"secret.txt", "out/f", "out/e/f"} {
		if got := content(t, filepath.Join(outside, name)); got != "SECRET" {
			t.Errorf("%s was changed to %q", name, got)
		}
	}
	if entries, _ := os.ReadDir(filepath.Join(outside, "out")); len(entries) != 2 {
		t.Errorf("outside: %v", entries)
	}
}

// TestOwner holds that a file stays with its owner and group, and that no other
// group gets to read it where it cannot.
func TestOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("this test needs the rights of root")
	}
	name := filepath.Join(tree(t, map[string]string{"a": "old"}), "a")
	if err := errors.Join(os.Chown(name, 1234, 2345), os.Chmod(name, 0o664)); err != nil {
		t.Fatal(err)
	}
	must(t, (&Folder{Dir: filepath.Dir(name)}).Write(), m{"path": "a", "content": "new"})
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 1234 || s.Gid != 2345 || info.Mode() != 0o664 {
		t.Errorf("owner %d, group %d, %v", s.Uid, s.Gid, info.Mode())
	}
	for _, tt := range []struct {
		may  string // what this program may do
		want os.FileMode
	}{{"all", 0o664}, {"group", 0o664}, {"nothing", 0o644}} {
		if got := keepOwner(&owned{may: tt.may}, info); got != tt.want {
			t.Errorf("may do %s: %v, want %v", tt.may, got, tt.want)
		}
	}
}

// owned is a target whose owner may be changed or not.
type owned struct {
	target
	may string
}

func (o *owned) Chown(uid, gid int) error {
	if gid == 2345 && (o.may == "all" && uid == 1234 || o.may == "group" && uid == -1) {
		return nil
	}
	return syscall.EPERM
}
