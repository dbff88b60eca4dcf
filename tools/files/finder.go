package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// A finder finds lines. It is for one goroutine.
type finder struct {
	text []byte         // to look for, or:
	re   *regexp.Regexp // line by line
}

const (
	maxQuery   = 500      // bytes
	maxProgram = 2000     // instructions of a regular expression
	maxReLine  = 16 << 10 // bytes of a line that a regular expression is shown
	chunk      = 256 << 10
)

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// newFinder returns a finder for the query of a model.
func newFinder(in searchArgs) (*finder, error) {
	switch {
	case in.Query == "":
		return nil, errors.New("the query is empty")
	case len(in.Query) > maxQuery:
		return nil, fmt.Errorf("the query is longer than %d bytes: look for less", maxQuery)
	case strings.ContainsAny(in.Query, "\r\n"):
		return nil, errors.New("the query has more than one line: look for one of them, then read the file there")
	case !in.Regexp && !in.IgnoreCase:
		return &finder{text: []byte(in.Query)}, nil
	}
	query := in.Query
	if !in.Regexp {
		query = regexp.QuoteMeta(query)
	}
	if in.IgnoreCase {
		query = "(?i)" + query
	}
	parsed, err := syntax.Parse(query, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("the query is not a regular expression as RE2 has it (%v): correct it, or leave out regexp to look for plain text", err)
	}
	if prog, err := syntax.Compile(parsed.Simplify()); err != nil || len(prog.Inst) > maxProgram {
		return nil, errors.New("the regular expression is too large: use fewer or smaller repetitions")
	}
	re, err := regexp.Compile(query)
	return &finder{re: re}, err
}

// errScan is that a file was not searched to the end.
var errScan = errors.New("too much to read")

// search finds lines in a text, in at most most bytes of it. It keeps as many as
// keep says, and counts all.
func (f *finder) search(ctx context.Context, r io.Reader, most int64, keep int) (*found, error) {
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	s := &scan{finder: f, keep: keep, line: 1}
	for held := 0; ; {
		if ctx.Err() != nil {
			return &s.found, ctx.Err()
		}
		n, err := 0, error(nil)
		if s.size == 0 { // no more than that of a binary file
			n, err = readSome(r, buf[:binaryHead])
			if binary(buf[:n]) != "" {
				s.binary, s.size = true, int64(n)
				return &s.found, nil
			}
		}
		if err == nil {
			var more int
			more, err = readSome(r, buf[held+n:])
			n += more
		}
		s.size += int64(n)
		text := buf[:held+n]
		if err != nil {
			if err == io.EOF {
				s.text(ctx, text)
				err = ctx.Err()
			}
			return &s.found, err
		}
		end := bytes.LastIndexByte(text, '\n') + 1
		if end == 0 { // a line longer than the buffer goes in pieces
			end = len(text)
		}
		s.text(ctx, text[:end])
		s.line += bytes.Count(text[:end], []byte("\n"))
		held = copy(buf[:], text[end:])
		if s.size >= most {
			return &s.found, errScan
		}
	}
}

// A scan is the search of one file.
type scan struct {
	*finder
	found
	keep int
	line int  // with which the next text begins
	open bool // that line was found already, in a piece before
}

// text finds the lines of a piece of the file.
func (s *scan) text(ctx context.Context, text []byte) {
	line, counted, reached := s.line, 0, -1
	for at := 0; at < len(text); {
		start, from, to := s.next(ctx, text, at)
		if start < 0 {
			break
		}
		reached = len(text)
		if i := bytes.IndexByte(text[to:], '\n'); i >= 0 {
			reached = to + i
		}
		line += bytes.Count(text[counted:start], []byte("\n"))
		counted = start
		if start > 0 || !s.open {
			s.lines++
			if len(s.hits) < s.keep {
				s.hits = append(s.hits, hit{line, excerpt(text[start:reached], from-start, to-start)})
			}
		}
		at = reached + 1
	}
	s.open = reached == len(text) || s.open && bytes.IndexByte(text, '\n') < 0
}

// next returns where the next line with a match begins, and where the match is,
// or -1.
func (f *finder) next(ctx context.Context, text []byte, at int) (start, from, to int) {
	if f.re == nil {
		i := bytes.Index(text[at:], f.text)
		if i < 0 {
			return -1, -1, -1
		}
		from = at + i
		return bytes.LastIndexByte(text[:from], '\n') + 1, from, from + len(f.text)
	}
	unchecked := maxReLine
	for at < len(text) {
		if unchecked >= maxReLine { // bytes, as a line can take a tenth of a second
			if ctx.Err() != nil {
				break
			}
			unchecked = 0
		}
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		line := bytes.TrimSuffix(text[at:end], []byte("\r"))
		if loc := f.re.FindIndex(line[:min(len(line), maxReLine)]); loc != nil {
			return at, at + loc[0], at + loc[1]
		}
		unchecked += end + 1 - at
		at = end + 1
	}
	return -1, -1, -1
}

// excerpt returns a line, or what is around the match if it is long.
func excerpt(line []byte, from, to int) string {
	const before, most = 80, 300
	line = bytes.TrimSuffix(line, []byte("\r"))
	if to = min(to, len(line)); len(line) <= most {
		return strings.ToValidUTF8(string(line), "\uFFFD")
	}
	start := max(0, min(from-before, len(line)-most))
	for start > 0 && start < from && !utf8.RuneStart(line[start]) {
		start++
	}
	end := min(len(line), start+most)
	for end < len(line) && end > to && !utf8.RuneStart(line[end]) {
		end--
	}
	text := strings.ToValidUTF8(string(line[start:end]), "\uFFFD")
	if start > 0 {
		text = "…" + text
	}
	if end < len(line) {
		text += "…"
	}
	return text
}
