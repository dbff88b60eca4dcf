package files

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// A walk goes through a folder and what is below it, in the order of the
// elements of the paths, byte by byte; what is in a folder follows on it. It
// opens no file and follows no symbolic link.
type walk struct {
	f       *Folder
	deep    bool   // not just the folder itself
	after   string // the real path from which to go on, or ""
	entries int    // that may be looked at still

	// visit is given each entry, with the folder that it is in and its real
	// path. It returns false to end the walk before the entry.
	visit func(dir *os.Root, name string, info fs.FileInfo) bool

	last    string   // the path of the newest entry that was visited
	stop    string   // why the walk ended early, if it did
	closed  []string // folders that could not be read
	tooDeep int      // folders that were left out
}

const (
	maxEntries = 4 << 20  // that one walk looks at
	maxNames   = 16 << 10 // of one folder that are held at once
)

// Why walks end early.
const (
	outOfRoom = "that is all that fits at once"
	outOfTime = "the time is up"
	outOfScan = "no more can be read at once"
)

// folder walks the folder of a real path.
func (w *walk) folder(ctx context.Context, root *os.Root, name string) error {
	dir, err := openDir(root, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return systemError(name, w.all(ctx, dir, name))
}

// all visits what is in dir, whose real path is name.
func (w *walk) all(ctx context.Context, dir *os.Root, name string) error {
	from, more := w.from(name), true
	for more {
		var list []string
		var err error
		list, more, err = w.names(ctx, dir, from)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil: // so the list is not whole
			w.stop = outOfTime
			return nil
		}
		for _, base := range list {
			from = base + "\x00"
			info, err := dir.Lstat(base)
			switch {
			case os.IsNotExist(err): // any more
				continue
			case err != nil:
				return err
			}
			if w.step(ctx, dir, path.Join(name, base), info); w.stop != "" {
				return nil
			}
		}
	}
	return nil
}

// step visits an entry and what is below it.
func (w *walk) step(ctx context.Context, dir *os.Root, name string, info fs.FileInfo) {
	if ctx.Err() != nil {
		w.stop = outOfTime
		return
	}
	under := strings.HasPrefix(w.after, name+"/") // then it was visited, but not all below it
	if w.after == "" || order(name, w.after) > 0 {
		if !w.visit(dir, name, info) {
			w.stop = cmp.Or(w.stop, outOfRoom)
			return
		}
		w.last = name
	} else if !under && name != w.after {
		return
	}
	switch {
	case !w.deep || !info.IsDir():
		return
	case strings.Count(name, "/")+2 > maxDepth:
		w.tooDeep++
		return
	}
	if err := w.sub(ctx, dir, name, info); err != nil {
		w.closed = append(w.closed, name)
	}
}

// sub visits what is in a folder in dir.
func (w *walk) sub(ctx context.Context, dir *os.Root, name string, want fs.FileInfo) error {
	sub, err := openDir(dir, path.Base(name))
	if err != nil {
		return err
	}
	defer sub.Close()
	// A link that took its place meanwhile may lead to what is skipped.
	if is, err := sub.Stat("."); err != nil || !os.SameFile(is, want) {
		return fs.ErrNotExist
	}
	return w.all(ctx, sub, name)
}

// from returns the first name of a folder that is not wholly before w.after.
func (w *walk) from(name string) string {
	rest := w.after
	if name != "." {
		var ok bool
		if rest, ok = strings.CutPrefix(w.after, name+"/"); !ok {
			return ""
		}
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// names returns what is in a folder in order, beginning with the name from,
// without what is skipped. Of very many it returns the first, and that there are
// more.
func (w *walk) names(ctx context.Context, dir *os.Root, from string) (list []string, more bool, err error) {
	d, err := dir.OpenFile(".", os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, false, err
	}
	defer d.Close()
	cut := func() {
		slices.Sort(list)
		if len(list) > maxNames {
			clear(list[maxNames:])
			list, more = list[:maxNames], true
		}
	}
	for err == nil && ctx.Err() == nil {
		var batch []string
		if batch, err = d.Readdirnames(1024); len(batch) > w.entries {
			w.stop = "there are too many files to look at: name a folder further down"
			return nil, false, nil
		}
		w.entries -= len(batch)
		for _, name := range batch {
			if name >= from && !w.f.skips(name, onWindows) {
				list = append(list, name)
			}
		}
		if len(list) > 2*maxNames {
			cut()
		}
	}
	cut()
	if err == io.EOF || ctx.Err() != nil {
		err = nil
	}
	return list, more, err
}

// order compares paths by their elements.
func order(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}

// notes returns what to tell of the walk besides what it found.
func (w *walk) notes() []string {
	var list []string
	if w.stop != "" {
		s := w.stop
		if w.last != "" && w.last != w.after {
			s += fmt.Sprintf("; for more, call again with after %s", display(w.last))
		}
		list = append(list, s)
	}
	if len(w.closed) > 0 {
		list = append(list, fmt.Sprintf("%s could not be read: %s", count(len(w.closed), "folder"), display(w.closed[0])))
	}
	if w.tooDeep > 0 {
		list = append(list, count(w.tooDeep, "folder")+" too far down")
	}
	return list
}

// count returns a number with a noun.
func count[N int | int64](n N, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
