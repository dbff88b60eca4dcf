package repair

import (
	"strings"
	"unicode/utf8"
)

// word reads what has no quotes and no brackets.
func (r *reader) word(i int, within place) (n int32, end int) {
	end = i
	for r.sound && end < len(r.src) && !isBlank(r.src[end]) && strings.IndexByte(",}]", r.src[end]) < 0 {
		end++
	}
	for !r.sound && end < len(r.src) && !r.wordEnds(i, end, within) {
		_, size := utf8.DecodeRuneInString(r.src[end:])
		end += size
	}
	if end == i { // something that begins no value
		_, size := utf8.DecodeRuneInString(r.src[i:])
		end += size
	}
	text := strings.TrimRight(r.src[i:end], " \t\r\n")
	stray := len(text) - 1 // a quote that nothing opened
	if stray <= 0 || text[stray] != '"' || isDigit(text[stray-1]) || strings.Count(text, `"`) > 1 {
		stray = -1
	} else {
		text = strings.TrimRight(text[:stray], " \t\r\n")
	}
	space := i + len(text) // where white space ends that JSON does not know
	if value := strings.TrimRightFunc(text, isSpace); isValue(value) {
		text = value
	}
	n = r.add(node{form: formWord, start: int32(i), end: int32(i + len(text)), cut: i+len(text) == len(r.src) && !r.stack[len(r.stack)-1].virtual, plain: isLiteral(text) || isNumber(text)})
	if at := i + len(text); at < space {
		r.fixed(n, Space, at, space)
	}
	if stray >= 0 {
		r.fixed(n, Quotes, i+stray, i+stray+1)
	}
	return n, end
}

// wordEnds reports whether the word that began at start ends before i.
func (r *reader) wordEnds(start, i int, within place) bool {
	c, size := punct(r.src, i)
	switch c {
	case '\n':
		return true
	case '}', ']', '{', '[':
		return i > start
	case ')':
		return r.closer() == ')' || isValue(r.src[start:i])
	case '|':
		return within == inObject && r.memberAhead(skipBlank(r.src, i+size))
	case ',', ';':
		if within == inArray {
			return true
		}
		if isValue(r.src[start:i]) && !thousands(r.src, i) {
			return true
		}
		j := skipBlank(r.src, i+size)
		next, _ := punct(r.src, j)
		return next == 0 || next == ',' || isCloser(next) || r.keyAhead(j) || r.nameAhead(j)
	case '"':
		return i > start && (within == inArray || r.keyAhead(i))
	case '/':
		return strings.HasPrefix(r.src[i:], "/*") || strings.HasPrefix(r.src[i:], "//") && i > start && isBlank(r.src[i-1])
	case '#':
		return i > start && isBlank(r.src[i-1])
	case '`', '~', '<':
		return ends(r.src, i) || strings.HasPrefix(r.src[i:], "<!--")
	case ' ':
		j := skipBlank(r.src, i)
		if within == inObject {
			return r.memberAhead(j)
		}
		c, _ := punct(r.src, j)
		return isValue(r.src[start:i]) && (c == '-' || isDigit(c) || r.literalAhead(j))
	}
	return false
}

// isValue reports whether a word is a number or a literal.
func isValue(word string) bool {
	const longest = 64
	if word = strings.TrimRight(word, " \t"); len(word) > longest {
		return false
	}
	if _, ok := literals[word]; ok {
		return true
	}
	_, ok := plainNumber(word)
	return ok
}

// emptyLine reports whether s ends in an empty line.
func emptyLine(s string) bool {
	return strings.Count(s[len(strings.TrimRight(s, " \t\r\n")):], "\n") > 1
}

// thousands reports whether the comma at i stands before three digits, as between
// thousands.
func thousands(s string, i int) bool {
	if i+4 > len(s) || s[i] != ',' || !isDigit(s[i+1]) || !isDigit(s[i+2]) || !isDigit(s[i+3]) {
		return false
	}
	return i+4 == len(s) || !isDigit(s[i+4])
}

// prefixed returns the offset of the quote after a letter at i, as in u'x' of
// Python, or else i.
func prefixed(s string, i int) int {
	if i+1 < len(s) && strings.IndexByte("uUbBrRfF", s[i]) >= 0 && (s[i+1] == '"' || s[i+1] == '\'') {
		return i + 1
	}
	return i
}

// blanks are the white space of JSON.
const blanks = " \t\r\n"

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
