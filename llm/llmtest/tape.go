package llmtest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// magic is the first line of a recording. The number is that of the format.
const magic = "llmtest recording 1"

// Bounds on what is read and written.
const (
	maxTape      = 64 << 20 // bytes of a file
	maxExchanges = 10_000
)

// A tape is what is in the file of a recording.
type tape struct {
	comments  []string // the lines that begin with # before the first exchange
	exchanges []*exchange
}

// An exchange is a request and what came of it: a response, an error, or a
// response that broke off with an error.
type exchange struct {
	line   int // of the file, for messages; 0 if from elsewhere
	method string
	target string // path?query
	header http.Header
	body   string
	reply  reply

	used, open bool // was played back; is still being recorded
}

type reply struct {
	status int // 0 if there is no response
	header http.Header
	body   string
	err    string // what ended the body early, or came in place of a response
}

// The lines that begin a section. A line that begins with this, and is none of
// them, is a mistake.
const (
	marker         = "-- "
	markerRequest  = "-- request --"
	markerResponse = "-- response --"
	markerError    = "-- error --"
	markerEnd      = "-- end --"
)

// format returns the text of a tape.
func (t *tape) format() []byte {
	b := []byte(magic + "\n")
	for _, c := range t.comments {
		b = append(b, c+"\n"...)
	}
	b = append(b, '\n')
	for _, ex := range t.exchanges {
		b = append(b, markerRequest+"\n"...)
		b = appendLine(b, ex.method+" "+ex.target)
		b = appendMessage(b, ex.header, ex.body)
		if r := &ex.reply; r.status != 0 {
			b = append(b, markerResponse+"\n"...)
			b = appendLine(b, strconv.Itoa(r.status))
			b = appendMessage(b, r.header, r.body)
		}
		if ex.reply.err != "" {
			b = append(b, markerError+"\n"...)
			b = appendLine(b, ex.reply.err)
		}
	}
	return append(b, markerEnd+"\n"...)
}

func appendMessage(b []byte, header http.Header, body string) []byte {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, v := range header[name] {
			if v != "" {
				v = " " + v
			}
			b = appendLine(b, name+":"+v)
		}
	}
	if body == "" {
		return b
	}
	b = append(b, '\n')
	for line := range strings.SplitSeq(body, "\n") {
		b = appendLine(b, line)
	}
	return b
}

// appendLine appends a line as it is, or behind a backslash and escaped if it
// would not come back from the file, or from an editor, the same.
func appendLine(b []byte, line string) []byte {
	if !strings.HasPrefix(line, marker) && !strings.HasPrefix(line, `\`) && !strings.HasSuffix(line, " ") && !strings.HasSuffix(line, "\t") && strings.IndexFunc(line, unprintable) < 0 && utf8.ValidString(line) {
		return append(append(b, line...), '\n')
	}
	return append(append(append(b, '\\'), escape(line)...), '\n')
}

func unprintable(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) }

// escape returns s as it is but for what cannot be seen, or not be told apart.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == ' ' && i == len(s)-1:
			b.WriteString(`\x20`)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\t' || unprintable(r):
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// unescape undoes escape.
func unescape(s string) (string, error) {
	b := make([]byte, 0, len(s))
	for rest := s; rest != ""; {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			return "", fmt.Errorf("there is no escape %.10q", rest)
		}
		if multibyte {
			b = utf8.AppendRune(b, r)
		} else {
			b = append(b, byte(r))
		}
		rest = tail
	}
	return string(b), nil
}

// A tapeError is a mistake in a file.
type tapeError struct {
	line int
	text string
}

func (e *tapeError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

// A scanner reads the lines of a tape. After a mistake there are no more.
type scanner struct {
	rest string
	line int // number of text
	text string
	err  error
}

// next reads a line. It reports whether there was one.
func (s *scanner) next() bool {
	if s.err != nil {
		return false
	}
	line, rest, found := strings.Cut(s.rest, "\n")
	s.line++
	switch {
	case !found && line == "":
		return s.fail("the file ends before %q", markerEnd)
	case !found:
		return s.fail("the line has no end, so something is missing")
	case strings.HasSuffix(line, "\r"):
		return s.fail("the line ends in CRLF: have git and the editor leave such files as they are, with \"*.http -text\" in .gitattributes")
	case !utf8.ValidString(line):
		return s.fail(`the line is not UTF-8: other bytes are written as \xff in a line that begins with a backslash`)
	case strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		return s.fail(`the line has a control character: it is written as \x00 in a line that begins with a backslash`)
	}
	s.text, s.rest = line, rest
	return true
}

func (s *scanner) fail(format string, args ...any) bool {
	if s.err == nil {
		s.err = &tapeError{s.line, fmt.Sprintf(format, args...)}
	}
	return false
}

// part reads a line of a section, without its escapes. It returns false at a
// marker, which it leaves in s.text.
func (s *scanner) part() (line string, more bool) {
	if !s.next() || strings.HasPrefix(s.text, marker) {
		return "", false
	}
	escaped, ok := strings.CutPrefix(s.text, `\`)
	if !ok {
		return s.text, true
	}
	line, err := unescape(escaped)
	if err != nil {
		return "", s.fail("%v", err)
	}
	return line, true
}

// parseTape reads the text of a tape.
func parseTape(data []byte) (*tape, error) {
	if len(data) > maxTape {
		return nil, fmt.Errorf("the file has %d bytes, more than %d", len(data), maxTape)
	}
	t := new(tape)
	s := &scanner{rest: string(data)}
	if s.next() && s.text != magic {
		s.fail("the first line is not %q", magic)
	}
	for s.next() && !strings.HasPrefix(s.text, marker) {
		switch {
		case strings.HasPrefix(s.text, "#"):
			t.comments = append(t.comments, s.text)
		case s.text != "":
			s.fail("before the first section there are only lines that begin with #")
		}
	}
	for s.err == nil && s.text != markerEnd {
		if s.text != markerRequest {
			s.fail("%q stands where %q should", s.text, markerRequest)
			break
		}
		if len(t.exchanges) == maxExchanges {
			s.fail("there are more than %d requests", maxExchanges)
			break
		}
		t.exchanges = append(t.exchanges, s.exchange())
	}
	if s.err == nil && s.rest != "" {
		s.line++
		s.fail("something follows %q", markerEnd)
	}
	if s.err != nil {
		return nil, s.err
	}
	return t, nil
}

var methodForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // a token, as header names are

// exchange reads from after the marker of a request up to the next, or the end.
func (s *scanner) exchange() *exchange {
	ex := &exchange{line: s.line}
	first, _ := s.part()
	var ok bool
	if ex.method, ex.target, ok = strings.Cut(first, " "); !ok || !methodForm.MatchString(ex.method) || ex.target == "" {
		s.fail("a request begins with a line such as \"POST /path\"")
	}
	ex.header, ex.body = s.message()
	if s.err == nil && s.text == markerResponse {
		first, _ = s.part()
		n, err := strconv.Atoi(first)
		if err != nil || len(first) != 3 || n < 100 {
			s.fail("a response begins with its status, such as 200")
		}
		ex.reply.status = n
		ex.reply.header, ex.reply.body = s.message()
	}
	if s.err == nil && s.text == markerError {
		if ex.reply.err, _ = s.part(); ex.reply.err == "" {
			s.fail("the error is missing")
		}
		if _, more := s.part(); more {
			s.fail("an error is one line")
		}
	}
	if s.err == nil && ex.reply.status == 0 && ex.reply.err == "" {
		s.fail("the request of line %d has neither %q nor %q", ex.line, markerResponse, markerError)
	}
	return ex
}

// message reads header and body up to a marker.
func (s *scanner) message() (http.Header, string) {
	h := http.Header{}
	for {
		line, more := s.part()
		if !more {
			return h, ""
		}
		if s.text == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !methodForm.MatchString(name) || value != "" && value[0] != ' ' {
			s.fail("a field of the header is a line such as \"Name: value\", and a body follows after an empty line")
			return h, ""
		}
		h.Add(name, strings.TrimPrefix(value, " "))
	}
	var b strings.Builder
	for n := 0; ; n++ {
		line, more := s.part()
		if !more {
			return h, b.String()
		}
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
}
