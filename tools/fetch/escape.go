package fetch

import (
	"bytes"
	"strings"
	"unicode"
)

// A place is where a word stands.
type place struct {
	start bool // first on its line
	head  bool // in a heading, which a word of # ends
	link  bool // in the text of a link
	cell  bool // in the cell of a table
}

// escape appends word to dst so that Markdown does not take it for anything
// but text, and no more than that, since each mark costs a token. What follows
// the word begins with next. The result is at most twice as long.
func escape(dst, word []byte, next byte, at place) []byte {
	if n := startMark(word); at.start && n >= 0 || at.head && n == 0 && word[0] == '#' {
		dst = append(dst, word[:n]...)
		dst = append(dst, '\\', word[n])
		word = word[n+1:]
	}
	for i, c := range word {
		after := next
		if i+1 < len(word) {
			after = word[i+1]
		}
		if needsEscape(word, i, after, at) {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// startMark returns where the mark of a block is in a word that begins a line,
// or -1 if it is none.
func startMark(word []byte) int {
	switch word[0] {
	case '>':
		return 0
	case '#':
		if len(bytes.Trim(word, "#")) == 0 {
			return 0
		}
	case '-', ':', '|': // of a list, or of the line below the head of a table
		if len(bytes.Trim(word, "-:|")) == 0 {
			return 0
		}
	case '+', '=', '~':
		if len(bytes.Trim(word, string(word[:1]))) == 0 {
			return 0
		}
	default:
		digits := len(word) - len(bytes.TrimLeft(word, "0123456789"))
		if 1 <= digits && digits <= 9 && digits == len(word)-1 && (word[digits] == '.' || word[digits] == ')') {
			return digits
		}
	}
	return -1
}

// needsEscape reports whether byte i of word, which next follows, could be a mark.
func needsEscape(word []byte, i int, next byte, at place) bool {
	switch word[i] {
	case '`', '*':
		return true
	case '\\':
		return next == ' ' || next == '\n' || next < 0x80 && unicode.In(rune(next), unicode.Punct, unicode.Symbol)
	case '_': // within a word it is none
		return i == 0 || i+1 == len(word) || !alphanumeric(word[i-1]) || !alphanumeric(next)
	case '~':
		return next == '~' || i > 0 && word[i-1] == '~'
	case '[':
		return at.link
	case '!': // before a link
		return i+1 == len(word) && next == '['
	case ']': // of a link, or of what links of the same text lead to
		return at.link || next == '(' || next == ':'
	case '<':
		return alphanumeric(next) || next == '/' || next == '!' || next == '?'
	case '|':
		return at.cell
	case '&':
		return isEntity(word[i+1:])
	}
	return false
}

func alphanumeric(c byte) bool {
	return c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isEntity reports whether s is what may follow the & of an entity.
func isEntity(s []byte) bool {
	s = bytes.TrimPrefix(s[:min(len(s), 34)], []byte("#"))
	n := 0
	for n < len(s) && s[n] < 0x80 && alphanumeric(s[n]) {
		n++
	}
	return n > 0 && n < len(s) && s[n] == ';'
}

// isSpace reports whether r is space between words. The ideographic space is
// text.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\n', '\t', '\r', '\f', 0xa0, 0x2028, 0x2029, 0x202f, 0x205f:
		return true
	}
	return 0x2000 <= r && r <= 0x200a
}

// isHidden reports whether r is a character that no one sees: of control, of
// direction, of no width, and those by which text can be smuggled past a
// reader, such as tags and variation selectors. The joiners are kept, which
// scripts and emoji need, and the two selectors of text and emoji.
func isHidden(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r < 0xa0, r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5,
		0x180b <= r && r <= 0x180f, r == 0x200b, r == 0x200e, r == 0x200f, 0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f,
		r == 0x3164, 0xfe00 <= r && r <= 0xfe0d, r == 0xfeff, r == 0xffa0, 0xfff0 <= r && r <= 0xfffb,
		0x1d173 <= r && r <= 0x1d17a, 0xe0000 <= r && r <= 0xe0fff:
		return true
	}
	return false
}

// visible returns s, which is valid UTF-8, without the characters that no one sees.
func visible(s string) string {
	return keep(s, func(r rune) bool { return isSpace(r) || !isHidden(r) })
}

// visibleLines is visible for text in lines: all line ends are line feeds.
func visibleLines(s string) string {
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return keep(s, func(r rune) bool { return r == '\n' || r == '\t' || !isHidden(r) })
}

// keep returns s without the characters that are not ok, and without joiners and
// selectors that have nothing to act on: in a run of them, text could be hidden.
func keep(s string, ok func(rune) bool) string {
	if strings.IndexFunc(s, func(r rune) bool { return !ok(r) || joins(r) || selects(r) }) < 0 {
		return s
	}
	var last rune
	return strings.Map(func(r rune) rune {
		switch {
		case !ok(r), joins(r) && (last < 0x80 || joins(last)), selects(r) && (last <= ' ' || joins(last) || selects(last)):
			return -1
		}
		last = r
		return r
	}, s)
}

func joins(r rune) bool   { return r == 0x200c || r == 0x200d }
func selects(r rune) bool { return r == 0xfe0e || r == 0xfe0f }

// oneLine returns s as one line of at most n bytes.
func oneLine(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(visible(s), isSpace), " ")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
