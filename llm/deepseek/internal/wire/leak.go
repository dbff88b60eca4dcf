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
	doubt bool   // it is one, after a backtick to which there may be another on the line
	seen  int    // of held, what quote has scanned
	quote quote
	first byte // of the text, but for white space
}

// isJSON reports whether text, which comes next, is part of JSON that was asked
// for. What stands in its strings is no leak.
func (l *leak) isJSON(text []byte, asked bool) bool {
	if !asked {
		return false
	}
	if l.first == 0 {
		if text = text[spaces(text):]; len(text) > 0 {
			l.first = text[0]
		}
	}
	return l.first == '{' || l.first == '['
}

// pass returns what may be shown, now that text has come. It is valid until the
// next call.
func (l *leak) pass(text []byte) []byte {
	if l.found {
		l.held = append(l.held, text...)
		return nil
	}
	own := len(l.held) > 0
	if own {
		text = append(l.held, text...)
	}
	i, start := l.seen, 0 // start is of what is in doubt
	l.held, l.seen = nil, 0
	for i < len(text) {
		if l.doubt {
			i += l.decide(text[i:])
			if l.doubt || l.found {
				break
			}
			continue
		}
		n := bytes.IndexByte(text[i:], '<')
		if n < 0 {
			l.quote.scan(text[i:])
			return text
		}
		l.quote.scan(text[i : i+n])
		i, start = i+n, i+n
		n, whole := marker(text[i:])
		fenced, inline := l.quote.open()
		if whole && !fenced {
			if l.found, l.doubt = !inline, inline; l.found {
				break
			}
		} else if n == len(text)-i && !fenced {
			break
		}
		l.quote.scan(text[i : i+1])
		i++
	}
	if i == len(text) && !l.doubt {
		return text
	}
	if l.seen = i - start; own && start == 0 {
		l.held = text
	} else {
		l.held = bytes.Clone(text[start:])
	}
	return text[:start]
}

// decide scans text after markup that is in doubt, and returns how much of it.
func (l *leak) decide(text []byte) int {
	for i, c := range text {
		if c != '`' {
			l.quote.end()
		}
		if l.quote.inline == 0 {
			l.doubt = false
			return i
		}
		if c == '\n' {
			l.doubt, l.found = false, true
			return i
		}
		l.quote.scan(text[i : i+1])
	}
	return len(text)
}

// end decides what is in doubt, as nothing follows.
func (l *leak) end() {
	l.quote.end()
	l.found = l.found || l.doubt && l.quote.inline > 0
	l.doubt = false
}

// rest returns what was held back and turns out to be text, as nothing follows.
func (l *leak) rest() []byte {
	if l.end(); l.found {
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
	if cut {
		return len(b), false
	}
	if n += k; k == 0 {
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
	if cut && k == 0 {
		return len(b), false
	}
	return n + k, k > 0
}

func spaces(b []byte) int {
	return len(b) - len(bytes.TrimLeft(b, " \t\r\n"))
}

// bars returns how many bytes at the start of b are vertical bars, and whether b
// ends within what may be one more.
func bars(b []byte) (n int, cut bool) {
	for {
		r, size := utf8.DecodeRune(b[n:])
		switch {
		case r == '|' || r == '｜' || r == '‖':
			n += size
		case n < len(b) && !utf8.FullRune(b[n:]) && (bytes.HasPrefix([]byte("｜"), b[n:]) || bytes.HasPrefix([]byte("‖"), b[n:])):
			return n, true
		default:
			return n, false
		}
	}
}
