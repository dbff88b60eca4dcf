package files

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

type writeArgs struct {
	Path    string `json:"path" jsonschema_description:"path of the file, such as docs/plan.md"`
	Content string `json:"content" jsonschema_description:"the whole text of the file"`
}

// Write returns the tool write_file. It makes a file, or replaces all that is in
// one, at once: whoever reads the file sees the old text or the new, also after
// a crash, which at most leaves a file behind that begins with ".hadal-write-".
// A file that is replaced keeps its permissions, and its owner and group if the
// program may give files to these; if not to its group, no other group may do
// more with it than everybody. A new one gets 0644, less what the umask takes. A
// call that is made again changes nothing more.
func (f *Folder) Write() tools.Tool {
	return tools.With(tools.New(f.name("write_file"), f.describe("Writes a text file",
		"It makes the file or replaces all that is in it. To change a part of a file, edit it instead."), call(f, f.write)),
		tools.Policy{Effect: tools.Writes})
}

func (f *Folder) write(ctx context.Context, root *os.Root, in writeArgs) (string, error) {
	if strings.HasSuffix(in.Path, "/") {
		return "", &Error{in.Path, "ends in a slash, as the path of a folder does: give the path of a file", ErrKind}
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	var made []string // folders
	name, info, err := f.find(root, in.Path)
	if errors.Is(err, fs.ErrNotExist) {
		name, made, err = f.newName(root, in.Path, name, err)
	}
	if err == nil {
		r := &replacement{f: f, name: name, was: info, data: []byte(in.Content)}
		err = r.do(ctx, root)
	}
	if err != nil {
		f.unmake(root, made)
		return "", err
	}
	what := "made"
	if info != nil {
		what = "replaced"
	}
	return fmt.Sprintf("%s %s: %s", what, display(name), count(len(in.Content), "byte")), nil
}

// newName returns the real path of a file that is not there. If its folder is
// not there either, it makes that, or returns missing. It returns which folders
// it made, also with an error.
func (f *Folder) newName(root *os.Root, given, name string, missing error) (file string, made []string, err error) {
	if name != "" {
		return name, nil, nil
	}
	if e, ok := errors.AsType[*Error](missing); ok {
		missing = &Error{given, "cannot be made, as its folder " + e.Say, e.Err}
	}
	if !f.MakeDirs {
		return "", nil, missing
	}
	elems, err := f.clean(given, onWindows)
	if err != nil {
		return "", nil, err
	}
	for _, e := range elems {
		if f.skips(e, onWindows) {
			return "", nil, &Error{given, "is hidden or left out, and cannot be used", ErrDenied}
		}
	}
	at := "."
	for i := range elems[:len(elems)-1] {
		dir := path.Join(elems[:i+1]...)
		real, info, err := f.find(root, dir)
		switch {
		case err == nil && info.IsDir():
			at = real
			continue
		case !errors.Is(err, fs.ErrNotExist) || real == "":
			return "", made, missing // with a file in the way, say
		}
		if err := f.reserve(given, quotaFile); err != nil {
			return "", made, err
		}
		if err := root.Mkdir(real, 0o755); err != nil {
			f.written -= quotaFile
			return "", made, systemError(given, err)
		}
		made = append(made, real)
		at = real
	}
	return path.Join(at, elems[len(elems)-1]), made, nil
}

// unmake removes folders of newName, from which nothing came. One that somebody
// else uses by now stays.
func (f *Folder) unmake(root *os.Root, made []string) {
	for _, name := range slices.Backward(made) {
		if info, err := root.Lstat(name); err != nil || !info.IsDir() || root.Remove(name) != nil {
			return
		}
		f.written -= quotaFile
	}
}

const (
	quotaFile  = 4 << 10 // what a file or a folder counts for itself
	tempPrefix = ".hadal-write-"
)

// reserve takes n bytes from the quota.
func (f *Folder) reserve(name string, n int64) error {
	quota := cmp.Or(f.Quota, defaultQuota)
	if quota > 0 && f.written+n > quota {
		return &Error{name, fmt.Sprintf("cannot be written: %d of %d bytes that may be written in all are used, and this takes %d", f.written, quota, n), ErrQuota}
	}
	f.written += n
	return nil
}

// A replacement puts data in the place of a file.
type replacement struct {
	f    *Folder
	name string      // its real path
	was  fs.FileInfo // what is there; nil if nothing is
	data []byte
}

// A target is what a replacement is written to.
type target interface {
	Write(b []byte) (int, error)
	Chown(uid, gid int) error
	Chmod(mode os.FileMode) error
	Sync() error
	Close() error
}

// makeFile makes a file that is not there yet.
func makeFile(root *os.Root, name string, perm os.FileMode) (target, error) {
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// do writes the data beside the file and then puts it in its place. Whatever
// fails, the file is as it was and nothing is left.
func (r *replacement) do(ctx context.Context, root *os.Root) (err error) {
	size := int64(len(r.data))
	if most := cmp.Or(r.f.MaxFile, defaultFile); size > most {
		return &Error{r.name, fmt.Sprintf("would have %d bytes, and files may have %d: write several files", size, most), ErrTooBig}
	}
	// The folder is held open, so that both names are in the same one even if
	// it is moved meanwhile.
	dir, err := openDir(root, path.Dir(r.name))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := r.look(dir); err != nil {
		return err
	}
	if err := r.f.reserve(r.name, size+quotaFile); err != nil {
		return err
	}
	temp := tempPrefix + rand.Text()
	defer func() {
		if err != nil {
			dir.Remove(temp)
			r.f.written -= size + quotaFile
		}
	}()
	if err := r.fill(dir, temp); err != nil {
		return systemError(r.name, err)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := r.look(dir); err != nil {
		return err
	}
	if err := dir.Rename(temp, path.Base(r.name)); err != nil {
		return systemError(r.name, err)
	}
	return nil
}

// fill makes the new file.
func (r *replacement) fill(dir *os.Root, temp string) error {
	create, perm := makeFile, os.FileMode(0o644)
	if r.f.make != nil {
		create = r.f.make
	}
	if r.was != nil {
		perm = 0o600 // until all is there
	}
	file, err := create(dir, temp, perm)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(r.data); err != nil {
		return err
	}
	if r.was != nil {
		if err := file.Chmod(keepOwner(file, r.was)); err != nil {
			return err
		}
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// look makes sure that what is there is what was found, and may be replaced.
func (r *replacement) look(dir *os.Root) error {
	base := path.Base(r.name)
	info, err := dir.Lstat(base)
	switch {
	case os.IsNotExist(err) && r.was == nil:
		return nil
	case err != nil:
		return systemError(r.name, err)
	case r.was == nil || !os.SameFile(info, r.was) || info.Size() != r.was.Size() || !info.ModTime().Equal(r.was.ModTime()):
		return &Error{r.name, "was changed by somebody else at this moment: read it again", fs.ErrExist}
	case !info.Mode().IsRegular():
		return notFile(r.name, info)
	case info.Mode().Perm()&0o222 == 0:
		return &Error{r.name, "is read-only, and stays as it is", fs.ErrPermission}
	}
	// That a name can be replaced does not mean that the file may be written.
	file, err := dir.OpenFile(base, os.O_WRONLY|nonblock, 0)
	if err != nil {
		return systemError(r.name, err)
	}
	defer file.Close()
	_, err = r.f.check(file, r.name, r.was)
	return err
}

// isText reports whether data can be shown and edited as text.
func isText(data []byte) bool { return bytes.IndexByte(data, 0) < 0 }
