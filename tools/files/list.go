package files

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

type listArgs struct {
	Path    string `json:"path,omitempty" jsonschema_description:"path of the folder; the topmost if left out"`
	Pattern string `json:"pattern,omitempty" jsonschema_description:"which files to list, at any depth: *.go for names, src/**/*.{ts,tsx} for paths below the folder, ** for all; if left out, what is right in the folder"`
	After   string `json:"after,omitempty" jsonschema_description:"for the next page: the last path of the page before"`
}

// List returns the tool list_files. It lists what is in a folder, or the files
// below it whose paths match a pattern: one path to a line, folders with a slash
// at the end, files with their size. The paths are from the top of the Folder,
// as the other tools take them, in quotes too where they come in quotes, and in
// the order of their bytes, element by element. The last line of the result, in parentheses, counts them and says how
// to go on.
func (f *Folder) List() tools.Tool {
	return tools.With(tools.New(f.name("list_files"), f.describe("Lists files and folders",
		"Without a pattern it lists what is right in the folder at path; with one, all files below it that match. "+
			"Folders end in a slash, files come with their size."), call(f, f.list)), f.reads())
}

func (f *Folder) list(ctx context.Context, root *os.Root, in listArgs) (string, error) {
	name, info, err := f.find(root, in.Path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &Error{in.Path, "is a file: read it, or give the path of a folder", ErrKind}
	}
	var only glob
	if in.Pattern != "" {
		if only, err = parseGlob(in.Pattern); err != nil {
			return "", tools.Again(err.Error())
		}
	}
	timed, cancel := f.limited(ctx)
	defer cancel()
	page := f.page()
	w := &walk{f: f, deep: only != nil, after: unquote(in.After), entries: maxEntries}
	w.visit = func(_ *os.Root, at string, info fs.FileInfo) bool {
		if only != nil && (info.IsDir() || !only.match(below(name, at))) {
			return true
		}
		return page.fits(entryLine(at, info), 1)
	}
	if err := w.folder(timed, root, name); err != nil {
		return "", err
	}
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	what := "entry"
	if only != nil {
		what = "file"
	}
	return page.result(append([]string{count(page.lines, what)}, w.notes()...)), nil
}

// entryLine describes an entry.
func entryLine(at string, info fs.FileInfo) string {
	shown := display(at)
	switch {
	case info.IsDir():
		return shown + "/"
	case info.Mode()&fs.ModeSymlink != 0:
		return shown + " (symbolic link)"
	case !info.Mode().IsRegular():
		return shown + " (not a regular file)"
	}
	return fmt.Sprintf("%s (%s)", shown, count(info.Size(), "byte"))
}

// below returns a path as it is from a folder that it is in.
func below(folder, name string) string {
	if folder == "." {
		return name
	}
	return strings.TrimPrefix(name, folder+"/")
}

// limited returns a context for a walk.
func (f *Folder) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if limit := cmp.Or(f.MaxTime, defaultTime); limit > 0 {
		return context.WithTimeout(ctx, limit)
	}
	return ctx, func() {}
}

// A page is a result that grows by lines, within limits.
type page struct {
	out          strings.Builder
	lines, bytes int // that may be there; lines counts up
	most         int
}

func (f *Folder) page() *page {
	return &page{bytes: cmp.Or(f.MaxPage, defaultPage), most: cmp.Or(f.MaxResults, defaultResults)}
}

// fits adds a text of n lines if there is room, and reports whether there was. A
// first text always fits.
func (p *page) fits(text string, n int) bool {
	if p.lines > 0 && (p.lines+n > p.most || p.out.Len()+len(text) >= p.bytes) {
		return false
	}
	p.out.WriteString(text)
	p.out.WriteByte('\n')
	p.lines += n
	return true
}

// result returns the page with notes at its end.
func (p *page) result(notes []string) string {
	return fmt.Sprintf("%s(%s)", p.out.String(), strings.Join(notes, "; "))
}
