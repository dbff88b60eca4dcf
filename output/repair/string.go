package repair

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads the string whose quote is at i.
func (r *reader) text(i int, within place) (n int32, end int) {
	q, width := punct(r.src, i)
	start := i + width
	n = r.add(node{form: formText, start: int32(i)})
	if r.sound {
		if end = closing(r.src, start); end < 0 { // the text ends within it
			return r.endless(n, start, '"')
		}
		r.nodes[n].end, r.nodes[n].plain = int32(end), true
		return n, end
	}
	// Three quotes, as in Python, and two, as where each was doubled.
	for _, k := range []int{3, 2} {
		mark := strings.Repeat(string(q), k)
		if !strings.HasPrefix(r.src[i:], mark) || k == 2 && !r.doubled(i+2) {
			continue
		}
		if j := strings.Index(r.src[i+k:], mark); j >= 0 {
			r.fixed(n, Quotes, i, i+k)
			return r.say(n, i+k, i+k+j, i+k+j+k, q)
		}
	}
	if q != '"' || width > 1 {
		r.fixed(n, Quotes, i, start)
	}
	inner := int32(0) // the repair of the quotes that are part of the text
	for j := start; j < len(r.src); {
		c := r.src[j]
		switch {
		case c == '\\':
			if j+1 < len(r.src) && r.src[j+1] == q && isDrive(r.src[start:j]) && r.closes(j+2, within) {
				return r.say(n, start, j+1, j+2, q) // a path that ends in a backslash
			}
			j = min(j+2, len(r.src))
			continue
		case c == '\n':
			if stop, ok := r.broken(start, j, within); ok {
				r.fixed(n, Quotes, stop, stop)
				return r.say(n, start, stop, stop, q)
			}
		case c == '"' || c == '\'' || c == '`' || c >= utf8.RuneSelf && r.curly:
			k, size := punct(r.src, j)
			if k != q {
				if within == inKey && isQuote(k) && strings.HasPrefix(r.src[j+size:], ":") {
					r.fixed(n, Quotes, j, j+size)
					return r.say(n, start, j, j+size, q)
				}
				j += size
				continue
			}
			if (width == 1) == (size == 1) && r.closes(j+size, within) || width > 1 && size == 1 && r.closes(j+size, within) || width == 1 && size > 1 && r.closesForSure(j+size, within) {
				return r.say(n, start, j, j+size, q)
			}
			if stop, ok := r.missed(start, j, within); ok {
				r.fixed(n, Quotes, stop, stop)
				return r.say(n, start, stop, stop, q)
			}
			if size == 1 && width == 1 && q == '"' {
				if inner == 0 {
					r.fixed(n, InnerQuote, j, j+1)
					inner = r.nodes[n].fix
				}
				r.fixes[inner].end = int32(j + 1)
			}
			j += size
			continue
		}
		j++
	}
	return r.endless(n, start, q)
}

// say makes n the text between start and stop, which ends with its quote at end.
func (r *reader) say(n int32, start, stop, end int, q byte) (int32, int) {
	r.nodes[n].end = int32(end)
	if end-stop > 1 && r.nodes[n].fix == 0 {
		r.fixed(n, Quotes, stop, end)
	}
	body := r.src[start:stop]
	plain, kind := sound(body)
	nd := &r.nodes[n]
	if nd.plain = plain && nd.fix == 0 && end == stop+1; nd.plain {
		return n, end
	}
	if kind != "" {
		r.fixed(n, kind, start, stop)
	}
	r.nodes[n].value = unescape(body, q)
	return n, end
}

// doubled reports whether two quotes before i open a string, as in ""x"", and
// are none themselves.
func (r *reader) doubled(i int) bool {
	if i == len(r.src) {
		return false
	}
	c, _ := punct(r.src, i)
	return c == 'x' || isLetter(c) || isDigit(c)
}

// closesForSure reports whether a typographic quote before i ends a string that
// an ASCII quote began: a line or a name that is due follows.
func (r *reader) closesForSure(i int, within place) bool {
	j := skipBlank(r.src, i)
	c, size := punct(r.src, j)
	if within == inKey {
		return c == ':'
	}
	if c == ',' {
		j, found := blank(r.src, j+size, min(j+near, len(r.src)))
		return r.keyAhead(j) || found&gapLine != 0 && within == inArray
	}
	return isCloser(c) && r.closersAhead(j)
}

// broken reports whether the string from start lacks its quote before the line
// break at i, and where it ends: the next line begins with a name.
func (r *reader) broken(start, i int, within place) (stop int, ok bool) {
	if within == atRoot || within == inKey {
		return 0, false
	}
	j := skipBlank(r.src, i)
	c, _ := punct(r.src, j)
	if !isQuote(c) {
		return 0, false
	}
	stop = trimmed(r.src, start, i)
	comma := stop > start && r.src[stop-1] == ','
	if within == inArray && !(comma && isQuote(c)) || within == inObject && !(isQuote(c) && r.keyAhead(j)) {
		return 0, false
	}
	if comma {
		stop = trimmed(r.src, start, stop-1)
	}
	return stop, true
}

// missed reports whether the quote at i opens the next name, as the one that ends
// the string from start is missing before a comma.
func (r *reader) missed(start, i int, within place) (stop int, ok bool) {
	stop = trimmed(r.src, start, i)
	if stop == start {
		return 0, false
	}
	if within == inKey { // "name: "Ada"
		return stop - 1, r.src[stop-1] == ':' && stop < i+1 && !strings.ContainsAny(r.src[start:stop-1], `:",{}[]`)
	}
	if r.src[stop-1] != ',' || within == inObject && !r.keyAhead(i) ||
		within == inArray && (strings.ContainsAny(r.src[start:stop-1], " ,") || !r.itemAhead(i)) {
		return 0, false
	}
	return trimmed(r.src, start, stop-1), true
}

func trimmed(s string, start, end int) int {
	return start + len(strings.TrimRight(s[start:end], " \t\r\n"))
}

// endless ends a string whose quote does not come.
func (r *reader) endless(n int32, start int, q byte) (int32, int) {
	rest := r.src[start:]
	end := len(r.src)
	if i := strings.Index(rest, "\n```"); i >= 0 {
		end = start + i
	}
	// All that is open may be closed at the end: only the quote is missing.
	stop := end
	for k := 0; k < len(r.stack); k++ {
		stop = trimmed(r.src, start, stop)
		if stop == start || r.src[stop-1] != r.stack[k].close {
			stop = end
			break
		}
		stop--
	}
	if stop < end && len(r.stack) > 0 {
		stop = trimmed(r.src, start, stop)
		r.fixed(n, Quotes, stop, stop)
		return r.say(n, start, stop, stop, q)
	}
	return r.cutText(n, start, q)
}

// cutText makes n the text from start on, within which the source ends.
func (r *reader) cutText(n int32, start int, q byte) (int32, int) {
	end := len(r.src)
	if i := strings.Index(r.src[start:], "\n```"); i >= 0 && !r.sound {
		end = start + i
	}
	stop := start + len(whole(r.src[start:end]))
	r.fixed(n, Truncated, stop, end)
	r.nodes[n].cut = true
	return r.say(n, start, stop, end, q)
}

// whole returns s without an escape at its end that is cut.
func whole(s string) string {
	i := len(s) - 1
	for i >= 0 && len(s)-i <= 12 && s[i] != '\\' {
		i--
	}
	if i < 0 || s[i] != '\\' {
		return s
	}
	slashes := 0
	for k := i; k >= 0 && s[k] == '\\'; k-- {
		slashes++
	}
	if slashes%2 == 0 {
		return s
	}
	rest := s[i+1:]
	if rest == "" || rest[0] == 'u' && len(rest) < 5 {
		s = s[:i]
		rest = ""
	}
	// Half of a pair.
	if k := len(s) - 6; k >= 0 && s[k] == '\\' && s[k+1] == 'u' {
		if r, ok := hex(s, k+2, 4); ok && r >= 0xd800 && r < 0xdc00 {
			return s[:k]
		}
	}
	return s
}

// isDrive reports whether s begins as a path of Windows with single backslashes.
func isDrive(s string) bool {
	return len(s) > 3 && isLetter(s[0]) && s[1] == ':' && s[2] == '\\' && s[3] != '\\' || len(s) == 2 && isLetter(s[0]) && s[1] == ':'
}

// sound reports whether s may stand between quotes in JSON, and if not, which
// repair it needs; "" if that is noted already.
func sound(s string) (bool, Kind) {
	ok := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			ok = false
		case c < ' ':
			return false, Control
		case c == '\\':
			i++
			switch {
			case i == len(s):
				return false, Escape
			case s[i] == 'u':
				if _, good := hex(s, i+1, 4); !good {
					return false, Escape
				}
				i += 4
			case strings.IndexByte(`"\/bfnrt`, s[i]) < 0:
				return false, Escape
			}
		}
	}
	return ok, ""
}

// unescape returns what the text between quotes says.
func unescape(s string, q byte) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	path, pattern := isPath(s), isPattern(s)
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		c := s[i]
		switch {
		case path && c != '\\' && c != '"':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '"' || c == '\\' || c == '/' || c == '\'' || c == '`' || c == q:
			b.WriteByte(c)
		case c == '\n': // a line that goes on
		case strings.IndexByte("bfnrt", c) >= 0:
			b.WriteByte("\b\f\n\r\t"[strings.IndexByte("bfnrt", c)])
		case c == 'u' && strings.HasPrefix(s[i+1:], "{"):
			if n := strings.IndexByte(s[i:], '}'); n > 2 && n <= 8 {
				if v, ok := hex(s, i+2, n-2); ok && utf8.ValidRune(v) {
					b.WriteRune(v)
					i += n
					break
				}
			}
			b.WriteString(`\u`)
		case c == 'u':
			r, size := rune16(s, i+1)
			if size == 0 {
				b.WriteString(`\u`)
				break
			}
			b.WriteRune(r)
			i += size
		case c == 'x':
			if v, ok := hex(s, i+1, 2); ok {
				b.WriteRune(v)
				i += 2
				break
			}
			b.WriteString(`\x`)
		case c < utf8.RuneSelf && !isLetter(c) && !isDigit(c) && !pattern:
			b.WriteByte(c) // as Markdown escapes
		default: // no escape, but a path or a regular expression
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isPath reports whether s is a path of Windows whose backslashes stand for
// themselves: there is one that begins no escape.
func isPath(s string) bool {
	if len(s) < 3 || !(isLetter(s[0]) && s[1] == ':' && s[2] == '\\' || strings.HasPrefix(s, `\\`)) {
		return false
	}
	_, kind := sound(s)
	return kind == Escape
}

// isPattern reports whether a backslash in s stands before a letter or a digit
// with which it makes no escape, as in paths and regular expressions.
func isPattern(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; (isLetter(s[i]) || isDigit(s[i])) && strings.IndexByte("bfnrtux", s[i]) < 0 {
			return true
		}
	}
	return false
}

// rune16 returns the rune whose hexadecimal form is at i, with the other half if
// it is half a surrogate pair, and how many bytes that takes.
func rune16(s string, i int) (rune, int) {
	r, ok := hex(s, i, 4)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex(s, i+6, 4); ok && s[i+4] == '\\' && s[i+5] == 'u' {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
		return utf8.RuneError, 4
	}
	return r, 4
}

func hex(s string, i, n int) (rune, bool) {
	if i+n > len(s) {
		return 0, false
	}
	v, err := strconv.ParseUint(s[i:i+n], 16, 32)
	return rune(v), err == nil
}

// textOf returns what a text or word says.
func (r *reader) textOf(n int32) string {
	nd := &r.nodes[n]
	switch {
	case nd.form == formWord:
		return r.src[nd.start:nd.end]
	case nd.plain:
		return unescape(r.src[nd.start+1:nd.end-1], '"')
	}
	return nd.value
}
