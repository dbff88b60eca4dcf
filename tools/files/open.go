package files

import (
	"io/fs"
	"os"
)

// openFile opens a regular file of a real path for reading. It never waits,
// whatever is there. If want is not nil, it is what must be there still.
func (f *Folder) openFile(root *os.Root, name string, want fs.FileInfo) (*os.File, fs.FileInfo, error) {
	if want != nil && !want.Mode().IsRegular() {
		return nil, nil, notFile(name, want)
	}
	file, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, systemError(name, err)
	}
	info, err := f.check(file, name, want)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// check looks at an open file, of which nothing can be swapped any more.
func (f *Folder) check(file *os.File, name string, want fs.FileInfo) (fs.FileInfo, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, systemError(name, err)
	case !info.Mode().IsRegular():
		return nil, notFile(name, info)
	case want != nil && !os.SameFile(want, info):
		return nil, &Error{name, "was replaced by another file at this moment: try again", ErrDenied}
	}
	if !f.HardLinks {
		n, err := links(file, info)
		if err != nil {
			return nil, systemError(name, err)
		}
		if n > 1 {
			return nil, &Error{name, "has several names (hard links), and may be a file from elsewhere: it cannot be used", ErrDenied}
		}
	}
	return info, nil
}

// openDir opens a folder of a real path as a root.
func openDir(root *os.Root, name string) (*os.Root, error) {
	// With /. the name is opened as a folder or not at all. OpenRoot by itself
	// waits for a FIFO that somebody puts there.
	dir, err := root.OpenRoot(name + "/.")
	if err != nil {
		return nil, systemError(name, err)
	}
	return dir, nil
}

// notFile says what is there in place of a regular file.
func notFile(name string, info fs.FileInfo) error {
	if info.IsDir() {
		return &Error{name, "is a folder: list what is in it, or give the path of a file", ErrKind}
	}
	return &Error{name, "is not a regular file but a device, a pipe or the like: it cannot be used", ErrDenied}
}
