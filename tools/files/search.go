package files

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/hadal-go/hadal/tools"
)

type searchArgs struct {
	Query      string `json:"query" jsonschema:"minLength=1" jsonschema_description:"what to look for, within a line"`
	Regexp     bool   `json:"regexp,omitempty" jsonschema_description:"the query is a regular expression (RE2) and not plain text"`
	IgnoreCase bool   `json:"ignore_case,omitempty" jsonschema_description:"capital and small letters are the same"`
	Path       string `json:"path,omitempty" jsonschema_description:"folder or file to search; all if left out"`
	Files      string `json:"files,omitempty" jsonschema_description:"which files to search: *.go for names, src/**/*.{ts,tsx} for paths below the folder"`
	After      string `json:"after,omitempty" jsonschema_description:"for the next page: the path that the page before ended with"`
}

// Search returns the tool search_files. It lists the lines that have a text, or
// match a regular expression of package [regexp], in the files of a folder and
// below, or in one file: as "path:line: text", in the order of the paths.
//
// Of a file among others it shows the first 20 lines and how many more there
// are; of a long line, what is around the match. A regular expression sees the
// first 16 KiB of a line, a plain text all of it, in pieces of 256 KiB. Binary
// files are passed over. The last line of the result, in parentheses, counts
// lines and files and says how to go on.
func (f *Folder) Search() tools.Tool {
	return tools.With(tools.New(f.name("search_files"), f.describe("Finds lines in text files",
		"The query is plain text, or a regular expression if regexp is true. Each result is path:line: text. "+
			"Read the file at that line to see more."), call(f, f.search)), f.reads())
}

// perFile is how many lines of a file are shown, if it is not the only one.
const perFile = 20

func (f *Folder) search(ctx context.Context, root *os.Root, in searchArgs) (string, error) {
	find, err := newFinder(in)
	if err != nil {
		return "", tools.Again(err.Error())
	}
	var only glob
	if in.Files != "" {
		if only, err = parseGlob(in.Files); err != nil {
			return "", tools.Again(err.Error())
		}
	}
	name, info, err := f.find(root, in.Path)
	if err != nil {
		return "", err
	}
	timed, cancel := f.limited(ctx)
	defer cancel()
	s := &search{f: f, finder: find, page: f.page(), scan: cmp.Or(f.MaxScan, defaultScan)}
	s.left = s.scan
	if !info.IsDir() {
		err = s.one(timed, root, name, info)
	} else {
		err = s.walk(timed, root, name, in.After, only)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", err
	}
	return s.page.result(s.notes), nil
}

// A search is one call.
type search struct {
	f      *Folder
	finder *finder
	page   *page
	scan   int64 // bytes that may be read
	left   int64 // of them
	notes  []string

	files, hit              int // files searched, and with lines found
	binary, closed, partial int // files passed over, or searched in part
}

// walk searches the files of a folder and below.
func (s *search) walk(ctx context.Context, root *os.Root, name, after string, only glob) error {
	w := &walk{f: s.f, deep: true, after: unquote(after), entries: maxEntries}
	w.visit = func(dir *os.Root, at string, info fs.FileInfo) bool {
		if !info.Mode().IsRegular() || only != nil && !only.match(below(name, at)) {
			return true
		}
		w.stop = s.file(ctx, dir, at, info)
		return w.stop == ""
	}
	if err := w.folder(ctx, root, name); err != nil {
		return err
	}
	s.note("%s in %d of %s searched", count(s.page.lines, "line"), s.hit, count(s.files, "file"))
	if s.binary > 0 {
		s.note("%s passed over", count(s.binary, "binary file"))
	}
	if s.partial > 0 {
		s.note("%s too big to be searched to the end", count(s.partial, "file"))
	}
	if s.closed > 0 {
		s.note("%s could not be used", count(s.closed, "file"))
	}
	s.notes = append(s.notes, w.notes()...)
	return nil
}

func (s *search) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// file searches a file of a walk, or says why the walk is to stop before it.
func (s *search) file(ctx context.Context, dir *os.Root, at string, info fs.FileInfo) (stop string) {
	if s.left <= 0 {
		return outOfScan
	}
	file, _, err := s.f.openFile(dir, path.Base(at), info)
	if err != nil {
		s.closed++
		return ""
	}
	defer file.Close()
	found, err := s.finder.search(ctx, file, s.left, min(perFile, s.page.most))
	partial := err == errScan
	switch {
	case ctx.Err() != nil:
		return outOfTime
	case partial && s.left < s.scan: // it will be the first of the next page
		return outOfScan
	case err != nil && !partial:
		s.left -= found.size
		s.closed++
		return ""
	case found.binary:
		s.left -= found.size
		s.binary++
		return ""
	}
	if text, n := found.text(at, s.page.bytes); n > 0 {
		if !s.page.fits(text, n) {
			return outOfRoom
		}
		s.hit++
	}
	s.left -= found.size
	s.files++
	if partial {
		s.partial++
	}
	return ""
}

// one searches a single file.
func (s *search) one(ctx context.Context, root *os.Root, name string, info fs.FileInfo) error {
	file, info, err := s.f.openFile(root, name, info)
	if err != nil {
		return err
	}
	defer file.Close()
	found, err := s.finder.search(ctx, file, s.left, s.page.most)
	s.note("%s", count(found.lines, "line"))
	switch {
	case ctx.Err() != nil:
		s.note("the time is up: the file was not searched to the end")
	case err == errScan:
		s.note("only the first %d bytes were searched", found.size)
	case err != nil:
		return systemError(name, err)
	case found.binary:
		s.note("a binary file of %s: there is no text to search", count(info.Size(), "byte"))
	}
	if text, n := found.text(name, s.page.bytes); n > 0 {
		s.page.fits(text, n)
	}
	if changed(file, info) {
		s.note("the file changed while it was searched")
	}
	return nil
}

// found is what a search found in a file.
type found struct {
	hits   []hit
	lines  int   // that match, with those that are not in hits
	size   int64 // bytes read
	binary bool
}

// A hit is a line that matches.
type hit struct {
	line int
	text string
}

// text returns the hits as lines for a file, in fewer than most bytes if there
// is more than one, and how many lines these are.
func (f *found) text(name string, most int) (string, int) {
	var b strings.Builder
	shown, n := display(name), 0
	for _, h := range f.hits {
		line := fmt.Sprintf("%s:%d: %s\n", shown, h.line, h.text)
		if n > 0 && b.Len()+len(line)+len(shown)+40 > most {
			break
		}
		b.WriteString(line)
		n++
	}
	if f.lines > n {
		fmt.Fprintf(&b, "%s: %s not shown\n", shown, count(f.lines-n, "more line"))
	}
	return strings.TrimSuffix(b.String(), "\n"), n
}
