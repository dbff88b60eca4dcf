package files

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/tools"
)

type readArgs struct {
	Path   string `json:"path" jsonschema_description:"path of the file, such as docs/plan.md"`
	Offset int    `json:"offset,omitempty" jsonschema:"minimum=0" jsonschema_description:"number of the first line to read; 1 if left out"`
	Limit  int    `json:"limit,omitempty" jsonschema:"minimum=0" jsonschema_description:"most lines to read; as many as fit if left out"`
}

// Read returns the tool read_file. It reads lines of a text file, each with its
// number and a tab before it. The last line of the result, in parentheses, says
// which lines these are and how to go on. Of a line above 2,000 bytes only the
// beginning is read. Of a binary file the result is its type and size.
func (f *Folder) Read() tools.Tool {
	return tools.With(tools.New(f.name("read_file"), f.describe("Reads a text file",
		"Each line comes with its number and a tab, which are not part of the file. "+
			"A long file comes in pages: the end of the result tells the offset of the next."), call(f, f.read)), f.reads())
}

func (f *Folder) read(ctx context.Context, root *os.Root, in readArgs) (string, error) {
	name, info, err := f.find(root, in.Path)
	if err != nil {
		return "", err
	}
	file, info, err := f.openFile(root, name, info)
	if err != nil {
		return "", err
	}
	defer file.Close()
	p := &pager{first: max(in.Offset, 1), limit: in.Limit, most: cmp.Or(f.MaxPage, defaultPage), line: 1}
	kind, err := p.readAll(ctx, file, cmp.Or(f.MaxScan, defaultScan))
	switch {
	case err != nil && ctx.Err() != nil:
		return "", err
	case err != nil:
		return "", systemError(name, err)
	case kind != "":
		return fmt.Sprintf("%s is a binary file (%s, %s): there is no text to read", display(name), kind, count(info.Size(), "byte")), nil
	}
	return p.result(name, changed(file, info))
}

// changed reports whether a file is not as it was when it was opened.
func changed(file *os.File, was fs.FileInfo) bool {
	is, err := file.Stat()
	return err != nil || is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime())
}

const (
	maxLine    = 2000    // bytes of a line that are shown
	countAhead = 8 << 20 // bytes after a page that are read to count the lines
)

// A pager takes the lines of a page from a text.
type pager struct {
	first, limit int // lines of the page; no limit if 0
	most         int // bytes of the page

	out     strings.Builder
	last    int    // the newest line of the page
	full    bool   // nothing more goes into it
	line    int    // the number of the current line
	length  int    // its bytes so far
	text    []byte // their beginning
	size    int64  // of all that was read
	partial bool   // it was not read to the end
	cr      bool   // lines end in CR LF
	invalid bool   // there are bytes that are not UTF-8
}

// readAll reads a file, at most most bytes. If it is binary, it returns its type.
func (p *pager) readAll(ctx context.Context, r io.Reader, most int64) (kind string, err error) {
	buf := make([]byte, 64<<10)
	ahead := int64(countAhead)
	for err == nil {
		if err := context.Cause(ctx); err != nil {
			return "", err
		}
		var n int
		n, err = readSome(r, buf)
		if p.size == 0 {
			if kind := binary(buf[:n]); kind != "" {
				return kind, nil
			}
		}
		p.size += int64(n)
		p.write(buf[:n])
		if p.full {
			ahead -= int64(n)
		}
		if err == nil && (p.size >= most || ahead <= 0) {
			p.partial = true
			return "", nil
		}
	}
	if p.length > 0 {
		p.endLine()
	}
	if err == io.EOF {
		err = nil
	}
	return "", err
}

// readSome fills buf as far as it can. An end within it is io.EOF at once.
func readSome(r io.Reader, buf []byte) (n int, err error) {
	n, err = io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

func (p *pager) write(b []byte) {
	for len(b) > 0 {
		piece, rest, ended := bytes.Cut(b, []byte("\n"))
		if room := maxLine + utf8.UTFMax - len(p.text); !p.full && p.line >= p.first && room > 0 {
			p.text = append(p.text, piece[:min(len(piece), room)]...)
		}
		p.length += len(piece)
		if !ended {
			return
		}
		p.length++
		p.endLine()
		b = rest
	}
}

func (p *pager) endLine() {
	if !p.full && p.line >= p.first {
		p.add()
	}
	p.line++
	p.length, p.text = 0, p.text[:0]
	if p.limit > 0 && p.line-p.first >= p.limit {
		p.full = true
	}
}

// add puts the current line on the page, if it fits.
func (p *pager) add() {
	text, mark := p.text, ""
	if len(text) > maxLine {
		for text = text[:maxLine]; len(text) > 0 && len(text) > maxLine-utf8.UTFMax && !utf8.RuneStart(p.text[len(text)]); {
			text = text[:len(text)-1]
		}
		mark = fmt.Sprintf(" [line cut here, it has %d bytes]", p.length)
	}
	text, cr := bytes.CutSuffix(text, []byte("\r"))
	line := fmt.Sprintf("%d\t%s%s\n", p.line, bytes.ToValidUTF8(text, []byte("\uFFFD")), mark)
	if p.last > 0 && p.out.Len()+len(line) > p.most {
		p.full = true
		return
	}
	p.out.WriteString(line)
	p.last = p.line
	p.cr = p.cr || cr
	p.invalid = p.invalid || !utf8.Valid(text)
}

// result returns the page and what is to be said of it.
func (p *pager) result(name string, changed bool) (string, error) {
	lines, say := p.line-1, ""
	switch total := fmt.Sprint(lines); {
	case p.size == 0:
		say = "the file is empty"
	case p.last == 0 && p.partial:
		return "", &Error{name, fmt.Sprintf("is too big to read from line %d: only the first %d bytes (%d lines) can be read; search it instead", p.first, p.size, lines), ErrTooBig}
	case p.last == 0:
		return "", &Error{name, fmt.Sprintf("has only %s: there is none at offset %d", count(lines, "line"), p.first), io.EOF}
	case p.partial:
		say = fmt.Sprintf("lines %d to %d of more than %s; go on with offset %d", p.first, p.last, total, p.last+1)
	case p.last < lines:
		say = fmt.Sprintf("lines %d to %d of %s; go on with offset %d", p.first, p.last, total, p.last+1)
	case p.first > 1:
		say = fmt.Sprintf("lines %d to %d of %s; end of the file", p.first, p.last, total)
	default:
		say = fmt.Sprintf("end of the file: %s, %s", count(lines, "line"), count(p.size, "byte"))
	}
	if p.cr {
		say += "; lines end in CR LF"
	}
	if p.invalid {
		say += "; bytes that are not UTF-8 are shown as \uFFFD, so do not write this text back"
	}
	if changed {
		say += "; the file changed while it was read, so this may be of before and after"
	}
	return fmt.Sprintf("%s(%s)", p.out.String(), say), nil
}
