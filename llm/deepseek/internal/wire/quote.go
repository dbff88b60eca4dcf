package wire

import "bytes"

// A quote knows whether a text in Markdown is within a block of code, or within
// backticks on one line, after https://spec.commonmark.org/0.31.2/.
type quote struct {
	fence   int  // how many backticks began a block that is not over
	opening bool // on this line
	closing bool // this line ends it, if nothing but white space follows
	inline  int  // how many backticks began what is not over on this line
	run     int  // backticks that the text ends with
	before  byte // what is before them on the line: see below
}

const (
	beforeNothing = iota // but what makes an indentation, or a quotation
	beforeItem           // and what may mark the item of a list
	beforeText
)

// open reports whether what follows, which is no backtick, is in a block, or
// after backticks on the same line.
func (q *quote) open() (fenced, inline bool) {
	q.end()
	return q.fence > 0 && !q.closing, q.inline > 0
}

func (q *quote) scan(b []byte) {
	if q.run == 0 && q.inline == 0 && !q.closing && !q.opening && bytes.IndexByte(b, '`') < 0 {
		if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
			b, q.before = b[i+1:], beforeNothing
		}
		for i := 0; i < len(b) && q.before != beforeText; i++ {
			q.text(b[i])
		}
		return
	}
	for _, c := range b {
		if c == '`' {
			q.run++
			continue
		}
		q.end()
		if c != '\n' {
			q.text(c)
			continue
		}
		if q.closing {
			q.fence = 0
		}
		// A stray backtick does not hide what follows.
		q.inline, q.before, q.opening, q.closing = 0, beforeNothing, false, false
	}
}

// text notes a character of the line that is no backtick.
func (q *quote) text(c byte) {
	switch {
	case c == ' ' || c == '\t' || c == '\r':
		return
	case c == '>':
	case c == '-' || c == '*' || c == '+' || c == '.' || c == ')' || c >= '0' && c <= '9':
		q.before = max(q.before, beforeItem)
	default:
		q.before = beforeText
	}
	q.closing = false
}

// end ends a run of backticks.
func (q *quote) end() {
	n := q.run
	q.run = 0
	switch {
	case n == 0:
		return
	case q.opening: // a line with other backticks begins no block
		q.fence, q.inline, q.opening = 0, q.fence, false
		if n == q.inline {
			q.inline = 0
		}
	case q.fence > 0:
		q.closing = n >= q.fence && q.before == beforeNothing
	case q.inline > 0:
		if n == q.inline {
			q.inline = 0
		}
	case n >= 3 && q.before != beforeText:
		q.fence, q.opening = n, true
	default:
		q.inline = n
	}
	q.before = beforeText
}
