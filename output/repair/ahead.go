package repair

import (
	"strings"
	"unicode/utf8"
)

// The methods here look ahead, by no more than near bytes, and change nothing.

// keyAhead reports whether at i stands a name and then a colon. A name without
// quotes must be one of the schema's.
func (r *reader) keyAhead(i int) bool {
	i = prefixed(r.src, i)
	if c, _ := punct(r.src, i); !isQuote(c) {
		return r.known(i)
	}
	end := r.quoteAhead(i)
	return end > 0 && r.colonAhead(end)
}

// memberAhead is like keyAhead, but takes a name without quotes that is none of
// the schema's if a colon and a value that is written as such follow.
func (r *reader) memberAhead(i int) bool {
	if r.keyAhead(i) {
		return true
	}
	name, end, ok := r.bareName(i)
	if !ok || strings.Contains(name, " ") {
		return false
	}
	i = skipBlank(r.src, end)
	c, size := punct(r.src, i)
	switch {
	case c == ':':
		i += size
	case strings.HasPrefix(r.src[i:], "=>"):
		i += len("=>")
	case c == '=' && (i > end || isBlank(r.src[end-1]) || r.inCall()):
		i++
	default:
		return false
	}
	i = skipBlank(r.src, i)
	c, _ = punct(r.src, i)
	return isQuote(c) || c == '{' || c == '[' || c == '-' || isDigit(c) || r.literalAhead(i)
}

// nextAhead is like memberAhead, but also takes a name whose colon is missing,
// and one in which the text ends.
func (r *reader) nextAhead(i int) bool {
	if r.memberAhead(i) {
		return true
	}
	c, size := punct(r.src, i)
	if !isQuote(c) {
		return false
	}
	end := r.quoteAhead(i)
	if end < 0 {
		rest := r.src[i+size:]
		return len(rest) < near/2 && !strings.ContainsAny(rest, "{}[]\n,:")
	}
	j := skipBlank(r.src, end)
	c, _ = punct(r.src, j)
	return c == 0 || c == '{' || c == '[' || isQuote(c) && j > end || isDigit(c) || r.literalAhead(j)
}

// quoteAhead returns the offset after the string at i, or -1 if it does not end
// on the same line, as far as can be seen.
func (r *reader) quoteAhead(i int) int {
	q, size := punct(r.src, i)
	limit := min(i+near/2, len(r.src))
	for i += size; i < limit; {
		c, n := punct(r.src, i)
		switch {
		case c == q && ((n == 1) == (size == 1) || r.colonAhead(i+n)):
			return i + n
		case c == '\n':
			return -1
		case c == '\\':
			n = 2
		}
		i += max(n, 1)
	}
	return -1
}

// colonAhead reports whether a colon, or what stands for one, is next.
func (r *reader) colonAhead(i int) bool {
	i = skipBlank(r.src, i)
	c, _ := punct(r.src, i)
	return c == ':' || c == '=' || c == '-' && strings.HasPrefix(r.src[i:], "->")
}

// known reports whether at i stands a name of the schema without quotes and then
// a colon.
func (r *reader) known(i int) bool {
	if r.names == nil {
		return false
	}
	name, _, ok := r.bareName(i)
	return ok && r.names.has(name)
}

// nameAhead is like known for any name. It is asked where a member is due.
func (r *reader) nameAhead(i int) bool {
	_, _, ok := r.bareName(i)
	return ok
}

// lineAhead reports whether at i stands anything and then a colon, on one line.
func (r *reader) lineAhead(i int) bool {
	line := r.src[i:min(i+near/2, len(r.src))]
	line, _, _ = strings.Cut(line, "\n")
	return strings.ContainsAny(line, ":：=")
}

// bareName returns the name without quotes at i and where it ends, if a colon
// follows. It may have a colon before it, as in Ruby, or one quote too few.
func (r *reader) bareName(i int) (name string, end int, ok bool) {
	if i+1 < len(r.src) && r.src[i] == ':' && isLetter(r.src[i+1]) {
		i++
	}
	end = i
	for limit := min(i+near/4, len(r.src)); end < limit; {
		c, size := utf8.DecodeRuneInString(r.src[end:])
		if !isName(c) && (c != ' ' || end == i) {
			break
		}
		end += size
	}
	name = strings.TrimRight(r.src[i:end], " ")
	if end < len(r.src) && r.src[end] == '"' && !strings.Contains(name, " ") {
		end++
	}
	if name == "" || !r.colonAhead(end) {
		return "", 0, false
	}
	return name, end, !strings.HasPrefix(r.src[skipBlank(r.src, end):], "://")
}

// literalAhead reports whether at i stands a word that means a value.
func (r *reader) literalAhead(i int) bool {
	end := i
	for end < min(i+16, len(r.src)) && isLetter(r.src[end]) {
		end++
	}
	_, ok := literals[r.src[i:end]]
	return ok
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// callAhead reports whether at i stands a call such as ObjectId("…") or a value
// as Python prints it, Point(x=1). It returns the offset after the parenthesis,
// and the bracket that it stands for.
func (r *reader) callAhead(i int) (end int, open byte) {
	end = i
	if strings.HasPrefix(r.src[i:], "new ") {
		end += len("new ")
	}
	for end < min(i+near/4, len(r.src)) && (isLetter(r.src[end]) || r.src[end] == '_' || r.src[end] == '.' || end > i && isDigit(r.src[end])) {
		end++
	}
	if end == i || end == len(r.src) || r.src[end] != '(' {
		return i, 0
	}
	end++
	j := skipBlank(r.src, end)
	c, _ := punct(r.src, j)
	switch {
	case c == '"' || c == '\'' || c == '{' || c == '[' || c == ')' || isDigit(c):
		return end, '['
	case r.nameAhead(j):
		return end, '{'
	}
	return i, 0
}

// A place is where a string stands.
type place byte

const (
	atRoot place = iota
	inKey
	inObject
	inArray
)

// closes reports whether a quote before i ends a string.
func (r *reader) closes(i int, within place) bool {
	limit := min(i+near, len(r.src))
	j, found := blank(r.src, i, limit)
	line := found&gapLine != 0
	if j == len(r.src) {
		return true
	}
	if j == limit {
		return false
	}
	c, size := punct(r.src, j)
	if within == inKey {
		return c == ':' || c == '=' || c == '-' && strings.HasPrefix(r.src[j:], "->") ||
			isQuote(c) && j > i || c == '{' || c == '[' || isDigit(c) || r.literalAhead(j)
	}
	switch {
	case ends(r.src, j):
		return true
	case c == ')' && !r.inCall():
		return false
	case isCloser(c):
		return r.closersAhead(j)
	case (c == '|' || c == '.') && within == inObject:
		return r.keyAhead(skipBlank(r.src, j+size))
	case c == ',' || c == ';':
		after := skipBlank(r.src, j+size)
		next, _ := punct(r.src, after)
		switch {
		case after == len(r.src) || next == ',' || next == '.' || isCloser(next) && r.closersAhead(after):
			return true
		case within == inObject:
			return r.nextAhead(after) || next == '{' && r.keyAhead(skipBlank(r.src, after+1))
		}
		return next == '{' || next == '[' || isQuote(next) || r.wordsAhead(after)
	case c == '+':
		next, _ := punct(r.src, skipBlank(r.src, j+size))
		return isQuote(next)
	case strings.HasPrefix(r.src[j:], "..."):
		c, _ := punct(r.src, skipBlank(r.src, j+3))
		return c == ',' || isCloser(c)
	case within == inObject:
		return isQuote(c) && r.keyAhead(j) || line && (r.keyAhead(j) || r.nameAhead(j)) || j > i && r.memberAhead(j)
	case within == inArray && isQuote(c):
		return line || j > i && r.itemAhead(j)
	case within == inArray:
		return line && (c == '{' || c == '[' || c == '-' || isDigit(c))
	}
	return false
}

func skipBlank(s string, i int) int {
	i, _ = blank(s, i, min(i+near, len(s)))
	return i
}

// closer returns the bracket that is due, or 0 if none is open.
func (r *reader) closer() byte {
	if len(r.stack) == 0 {
		return 0
	}
	return r.stack[len(r.stack)-1].close
}

// inCall reports whether a parenthesis is open.
func (r *reader) inCall() bool {
	for _, f := range r.stack {
		if f.close == ')' {
			return true
		}
	}
	return false
}

// closersAhead reports whether the closing brackets at i may end values: after
// them comes what comes after a value, or they close all that is open.
func (r *reader) closersAhead(i int) bool {
	depth := len(r.stack)
	limit := min(i+near, len(r.src))
	line := false
	for i < limit {
		c, size := punct(r.src, i)
		if !isCloser(c) {
			break
		}
		if depth--; depth <= 0 {
			return true
		}
		var found gap
		i, found = blank(r.src, i+size, limit)
		line = found&gapLine != 0
	}
	if i == limit {
		return true
	}
	c, _ := punct(r.src, i)
	return c == ',' || c == ';' || line || ends(r.src, i) || r.keyAhead(i) || c == '{' || c == '['
}

// itemAhead reports whether at i stands a string that another item or the end of
// the array follows, as far as can be seen.
func (r *reader) itemAhead(i int) bool {
	q, size := punct(r.src, i)
	limit := min(i+near, len(r.src))
	first := i + size
	if c, _ := punct(r.src, first); c == ' ' {
		return false
	}
	for i = first; i < limit; {
		c, n := punct(r.src, i)
		if c == '\\' {
			i += 2
			continue
		}
		if c == '\n' {
			return false
		}
		if i += max(n, 1); c == q && (n == 1) == (size == 1) {
			j, found := blank(r.src, i, limit)
			next, _ := punct(r.src, j)
			return found&gapLine != 0 || next == ',' || isCloser(next) || j > i && isQuote(next)
		}
	}
	return true
}

// wordsAhead reports whether at i stand numbers, literals or short texts without
// quotes, with commas between them, and then a string, a bracket or a new line.
// A quote right after a word says that they are part of a string.
func (r *reader) wordsAhead(i int) bool {
	const long = 48
	start, spaces := i, 0
	for limit := min(i+near, len(r.src)); i < limit; {
		c, size := punct(r.src, i)
		switch {
		case c == ']' || c == '}' || c == ')' && r.closer() == c || c == '\n' || c == '{' || c == '[':
			return i > start
		case isQuote(c):
			return i == start
		case c == ',':
			if i = skipBlank(r.src, i+size); i == start {
				return false
			}
			start, spaces = i, 0
			continue
		case c == ' ':
			spaces++
		}
		if i += size; spaces > 3 || i-start > long {
			return false
		}
	}
	return i == len(r.src)
}
