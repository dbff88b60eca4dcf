package repair

import "strings"

// The methods here look ahead, by a few times near bytes at most, and change
// nothing. They say later unless no more text can change what they say.

// ahead returns the first character at or after i that is not white space, as of
// punct, and where it is. The character is 0 if there is none near.
func (s *stream) ahead(i int) (c byte, size, at int, ok bool) {
	for at = i; at < len(s.text); at += size {
		if c, size = punct(s.text, at); at-i >= near {
			return 0, 0, at, true
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\v' && c != '\f' {
			return c, size, at, true
		}
	}
	return 0, 0, at, at-i >= near
}

// nameAhead looks for a name without quotes at i, and a colon.
func (s *stream) nameAhead(i int) (end int, found answer) {
	for end = i; end-i < near/2; {
		c, size := punct(s.text, end)
		switch {
		case size == 0:
			return end, later
		case c == ':' || c == '=':
			return end, sure(end > i)
		case c == '-' && end+1 == len(s.text):
			return end, later
		case c == '-' && s.text[end+1] == '>':
			return end, sure(end > i)
		case c == '"' && end > i: // the quote before it is missing
			next, _, _, ok := s.ahead(end + size)
			if !ok {
				return end, later
			}
			return end + size, sure(next == ':')
		case strings.IndexByte("\n\"{}[](),;", c) >= 0:
			return end, no
		}
		end += size
	}
	return end, no
}

// plainAhead is like nameAhead for a name that has no spaces and no signs.
func (s *stream) plainAhead(i int) answer {
	if strings.HasPrefix(s.text[i:], ":") { // a symbol of Ruby
		i++
	}
	end, found := s.nameAhead(i)
	for _, r := range strings.TrimRight(s.text[i:end], " \t\"") {
		if !isName(r) {
			return no
		}
	}
	if found == yes && s.text[end-1] != '"' && s.text[end] == '=' { // or an attribute of HTML
		if end+1 == len(s.text) {
			return later
		}
		return sure(s.text[end+1] == '>' || s.text[end-1] == ' ')
	}
	return found
}

// keyAhead looks for a name in quotes at i, and a colon. It says far where the
// name ends is too far to be seen.
func (s *stream) keyAhead(i int, far answer) answer {
	end, found := s.stringAhead(i)
	if found != yes {
		if found == no && end-i >= near/2 {
			return far
		}
		return found
	}
	c, _, at, ok := s.ahead(end)
	switch {
	case !ok:
		return later
	case c == '-' && at+1 == len(s.text):
		return later
	}
	return sure(c == ':' || c == '=' || strings.HasPrefix(s.text[at:], "->"))
}

// stringAhead returns where the string whose quote is at i ends, if it does on
// the same line.
func (s *stream) stringAhead(i int) (end int, found answer) {
	q, size := punct(s.text, i)
	for end = i + size; end-i < near/2; {
		c, n := punct(s.text, end)
		switch {
		case n == 0:
			return end, later
		case c == q && (n == 1) == (size == 1):
			return end + n, yes
		case c == '\n':
			return end, no
		case c == '\\':
			if end++; end == len(s.text) {
				return end, later
			}
			_, n = punct(s.text, end)
		}
		end += n
	}
	return end, no
}

// closes reports whether the quote of that size, which is next, ends the string.
func (s *stream) closes(size int) answer {
	if s.state == telling && s.wide != (size > 1) && !s.wide {
		return no // a typographic quote in a string in others
	}
	c, n, at, ok := s.ahead(size)
	blanks := s.text[size:at]
	switch {
	case strings.Contains(blanks, "\n"):
		return yes
	case !ok:
		return later
	case c == 0 || c == '/' || c == '#' || c == '+' || c == '`' || c == '<' || c == ';':
		return yes
	case isCloser(c):
		if s.closable(c) || c == ')' {
			return sure(s.closable(c))
		}
		next, _, _, ok := s.ahead(at + n)
		if !ok {
			return later
		}
		return sure(next == 0 || next == ',' || next == '`' || isCloser(next))
	case c == '.' || c == '|':
		next, _, after, ok := s.ahead(at + n)
		switch {
		case !ok:
			return later
		case next == '.':
			return yes
		case s.top().object && isQuote(next):
			return s.keyAhead(after, no)
		}
		return no
	case c == ':' && !s.top().object && len(s.levels) > 1 && s.levels[len(s.levels)-2].object:
		return yes // a name, as the bracket before it is missing
	case c == ',':
		return s.commaAhead(at + n)
	case isQuote(c) && s.top().object:
		return s.keyAhead(at, no)
	case isQuote(c):
		return sure(blanks != "")
	case s.top().object && blanks != "":
		return s.plainAhead(at)
	}
	return no
}

// closable reports whether c closes something.
func (s *stream) closable(c byte) bool {
	for i := range s.levels {
		if s.levels[i].close == c {
			return true
		}
	}
	return false
}

// commaAhead reports whether what follows a comma says that the quote before it
// ends a string.
func (s *stream) commaAhead(i int) answer {
	if !s.top().object {
		return yes
	}
	c, _, at, ok := s.ahead(i)
	switch {
	case strings.Contains(s.text[i:at], "\n"):
		return yes
	case !ok:
		return later
	case c == 0 || c == '/' || c == '#' || c == '.' || c == '<' || c == '&' || isCloser(c) || c == ',':
		return yes
	case strings.IndexByte("uUbBrRfF", c) >= 0 && at+1 == len(s.text):
		return later
	case prefixed(s.text, at) > at:
		at++
	case !isQuote(c):
		return s.plainAhead(at)
	}
	found := s.keyAhead(at, yes)
	if found != no {
		return found
	}
	end, _ := s.stringAhead(at) // a name whose colon is missing
	c, _, after, ok := s.ahead(end)
	if !ok {
		return later
	}
	return sure(c == '{' || c == '[' || isDigit(c) || isQuote(c) && after > end)
}

// word reads some of a number, a literal or a text without quotes.
func (s *stream) word() bool {
	i := 0
	for i < len(s.text) {
		_, size := punct(s.text, i)
		switch s.wordEnds(i) {
		case later:
			s.tok = append(s.tok, s.text[:i]...)
			s.skip(i)
			return false
		case yes:
			s.tok = append(s.tok, s.text[:i]...)
			s.skip(i)
			s.endWord()
			return true
		}
		i += size
	}
	s.tok = append(s.tok, s.text...)
	s.text = ""
	return false
}

// endWord ends the word.
func (s *stream) endWord() {
	top := s.top()
	src := strings.TrimRight(string(s.tok), " \t\r\n")
	s.state = between
	if src == "" {
		c, size := punct(s.text, 0)
		if c == '(' || c == '{' || c == '[' {
			s.state = lost
			return
		}
		s.stray(size)
		return
	}
	if c, _ := punct(s.text, 0); c == '(' { // a call
		top.drop, s.junk = true, true
		top.after = true
		s.push('(', 1, nil)
		return
	}
	s.undo = undo{size: len(s.out), n: top.count}
	if !s.muted() {
		s.scalar(formWord, src)
		if isValue(src) {
			s.undo.word = src
		}
	}
	top.after, s.line = true, false
}

// soFar returns the word up to i if it is short.
func (s *stream) soFar(i int) string {
	if len(s.tok)+i > near/2 {
		return ""
	}
	return string(s.tok) + s.text[:i]
}

// wordEnds reports whether the word ends before i.
func (s *stream) wordEnds(i int) answer {
	c, size := punct(s.text, i)
	object := s.top().object
	before := byte(' ')
	if i > 0 {
		before = s.text[i-1]
	} else if len(s.tok) > 0 {
		before = s.tok[len(s.tok)-1]
	}
	switch c {
	case '\n', '}', ']', '{', '[', '(':
		return yes
	case ')':
		return sure(s.closable(c) || i+len(s.tok) == 0)
	case ',', ';':
		if !object || i+len(s.tok) == 0 || isValue(s.soFar(i)) {
			return yes
		}
		next, _, at, ok := s.ahead(i + size)
		switch {
		case strings.Contains(s.text[i+size:at], "\n"):
			return yes
		case !ok:
			return later
		case next == 0 || isQuote(next) || isCloser(next):
			return yes
		}
		return s.plainAhead(at)
	case '"':
		return yes
	case '/':
		if i+1 == len(s.text) {
			return later
		}
		return sure(s.text[i+1] == '*' || s.text[i+1] == '/' && isBlank(before))
	case '#':
		return sure(isBlank(before) && i+len(s.tok) > 0)
	case '`', '<':
		rest := s.text[i:]
		for _, mark := range []string{"```", "</", "<|", "<｜", "<!--"} {
			switch {
			case strings.HasPrefix(rest, mark):
				return yes
			case strings.HasPrefix(mark, rest):
				return later
			}
		}
	case ' ', '\t', '\r':
		if isValue(s.soFar(i)) {
			return yes
		}
		next, _, at, ok := s.ahead(i)
		switch {
		case strings.Contains(s.text[i:at], "\n"):
			return no
		case !ok:
			return later
		case object && isQuote(next):
			return s.keyAhead(at, no)
		case object && !isCloser(next) && next != ',':
			return s.plainAhead(at)
		}
	}
	return no
}
