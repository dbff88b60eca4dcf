package wire

import (
	"bytes"
	"unicode/utf8"
)

// A leak keeps DSML out of the text of a reply. DSML is the markup in which
// DeepSeek's models write their tool calls, see [parseDSML]; a server that fails
// to read it sends it as part of the answer. What is quoted, in a code block or
// between backticks, is no leak. The zero value is ready.
type leak struct {
	held  []byte // from what may be the beginning of a tag on
	found bool   // it is one: whatever follows is held as well
	quote quote
}

// pass returns what may be shown, now that text has come. It is valid until the
// next call.
func (l *leak) pass(text []byte) []byte {
	if l.found {
		l.held = append(l.held, text...)
		return nil
	}
	if len(l.held) > 0 {
		text = append(l.held, text...)
		l.held = nil
	}
	shown := 0
	for {
		i := bytes.IndexByte(text[shown:], '<')
		if i < 0 {
			l.quote.scan(text[shown:])
			return text
		}
		l.quote.scan(text[shown : shown+i])
		shown += i
		n, whole := marker(text[shown:])
		if (whole || n == len(text)-shown) && !l.quote.open() {
			l.found = whole
			l.held = bytes.Clone(text[shown:])
			return text[:shown]
		}
		l.quote.scan(text[shown : shown+1])
		shown++
	}
}

// rest returns what was held back and turns out to be text, as nothing follows.
func (l *leak) rest() []byte {
	if l.found {
		return nil
	}
	rest := l.held
	l.held = nil
	return rest
}

// maxMarker bounds the white space in what [marker] takes for a marker.
const maxMarker = 64

// marker returns how many bytes at the start of b are part of what begins a tag,
// such as "<｜DSML｜" or "</｜DSML｜", and whether all of it is there. There are
// variants with other bars, with several, and with white space.
func marker(b []byte) (n int, whole bool) {
	b = b[:min(len(b), maxMarker)]
	n = 1 // the <
	n += spaces(b[n:])
	if n < len(b) && b[n] == '/' {
		n++
	}
	n += spaces(b[n:])
	k, cut := bars(b[n:])
	if n += k; k == 0 || cut {
		return n, false
	}
	n += spaces(b[n:])
	for _, c := range []byte("DSML") {
		if n == len(b) || b[n] != c {
			return n, false
		}
		n++
	}
	n += spaces(b[n:])
	k, cut = bars(b[n:])
	return n + k, k > 0 && !cut
}

func spaces(b []byte) int {
	return len(b) - len(bytes.TrimLeft(b, " \t\r\n"))
}

// bars returns how many bytes at the start of b are vertical bars, and whether b
// ends within one that may follow.
func bars(b []byte) (n int, cut bool) {
	for {
		r, size := utf8.DecodeRune(b[n:])
		switch {
		case r == '|' || r == '｜' || r == '‖':
			n += size
		case n < len(b) && !utf8.FullRune(b[n:]) && (bytes.HasPrefix([]byte("｜"), b[n:]) || bytes.HasPrefix([]byte("‖"), b[n:])):
			return len(b), true
		default:
			return n, false
		}
	}
}

// A quote knows whether a text in Markdown is within a block of code, or within
// backticks on one line.
type quote struct {
	fenced bool
	inline int // how many backticks began what is not yet over on this line
	run    int // backticks that the text ends with
}

// open reports whether what follows is quoted.
func (q *quote) open() bool {
	q.end()
	return q.fenced || q.inline > 0
}

func (q *quote) scan(b []byte) {
	if q.run == 0 && q.inline == 0 && bytes.IndexByte(b, '`') < 0 {
		return
	}
	for _, c := range b {
		if c == '`' {
			q.run++
			continue
		}
		q.end()
		if c == '\n' {
			q.inline = 0 // so that a stray backtick does not hide what follows
		}
	}
}

// end ends a run of backticks.
func (q *quote) end() {
	switch {
	case q.run >= 3:
		q.fenced, q.inline = !q.fenced, 0
	case q.run > 0 && q.inline == 0:
		q.inline = q.run
	case q.run == q.inline:
		q.inline = 0
	}
	q.run = 0
}
