package sqlquery

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is a piece of a statement.
type token struct {
	kind     kind
	text     string // of a word in lower case; of a name or a string what is inside of the quotes
	pos, end int    // in the statement
}

type kind uint8

const (
	word   kind = iota // a keyword or a name without quotes
	quoted             // a name in quotes
	str                // a string
	number
	param // ? or $1
	op    // one character, or ::
)

// is reports whether t is one of the words.
func (t token) is(words ...string) bool {
	return t.kind == word && slices.Contains(words, t.text)
}

// isOp reports whether t is that operator.
func (t token) isOp(text string) bool { return t.kind == op && t.text == text }

// A lexer cuts a statement into tokens, exactly as a database of the dialect does
// it. What databases, or settings of one, would cut in different ways is refused,
// since nobody would know what is in a string and what is not.
type lexer struct {
	d    Dialect
	s    string
	i    int
	list []token
}

// lex returns the tokens of s.
func lex(d Dialect, s string) ([]token, *Error) {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return nil, refusal(i, "the statement is not UTF-8 at byte %d", i)
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f || r == '\ufeff' {
			return nil, refusal(i, "the statement has the control character %U at byte %d: leave it out, or give it as a parameter", r, i)
		}
	}
	l := &lexer{d: d, s: s}
	for l.i < len(s) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	return l.list, nil
}

// at returns the byte n after the place, or 0.
func (l *lexer) at(n int) byte {
	if l.i+n < len(l.s) {
		return l.s[l.i+n]
	}
	return 0
}

// add makes a token of what is up to end, and goes there.
func (l *lexer) add(k kind, text string, end int) {
	l.list = append(l.list, token{k, text, l.i, end})
	l.i = end
}

// next reads a token, a comment or a space.
func (l *lexer) next() *Error {
	c := l.s[l.i]
	switch {
	case c == ' ', c == '\t', c == '\n', c == '\r', c == '\f':
		l.i++
		return nil
	case c == '-' && l.at(1) == '-':
		return l.dashes()
	case c == '#' && l.d == MySQL:
		return l.line()
	case c == '/' && l.at(1) == '*':
		return l.comment()
	case c == '\'':
		return l.quotes(str, c, l.d != SQLite && l.d != Postgres)
	case c == '"':
		return l.quotes(quoted, c, l.d != SQLite && l.d != Postgres)
	case c == '`' && (l.d == SQLite || l.d == MySQL):
		return l.quotes(quoted, c, false)
	case c == '[' && l.d == SQLite:
		return l.brackets()
	case isDigit(c), c == '.' && isDigit(l.at(1)) && !l.afterName():
		return l.number()
	case isLetter(c), c >= utf8.RuneSelf:
		return l.word()
	case c == '$':
		return l.dollar()
	case c == '?':
		end := l.i + 1
		for l.d == SQLite && end < len(l.s) && isDigit(l.s[end]) {
			end++
		}
		l.add(param, l.s[l.i:end], end)
		return nil
	}
	return l.operator(c)
}

// operator reads one.
func (l *lexer) operator(c byte) *Error {
	const always, postgres = "()+-*/%=<>!~^&|,.;", "[]@#:"
	switch {
	case l.d == Postgres && c == ':' && l.at(1) == ':':
		l.add(op, "::", l.i+2)
	case strings.IndexByte(always, c) >= 0, l.d == Postgres && strings.IndexByte(postgres, c) >= 0:
		l.add(op, l.s[l.i:l.i+1], l.i+1)
	default:
		advice := ""
		switch c {
		case '@', ':', '#':
			advice = ": write a value into the statement, or ? for a parameter"
		case '[', '`':
			advice = ": names that need quotes stand in double quotes"
		}
		return refusal(l.i, "%q cannot be used outside of quotes%s (byte %d)", c, advice, l.i)
	}
	return nil
}

// dashes reads a comment to the end of the line.
func (l *lexer) dashes() *Error {
	if c := l.at(2); (l.d == MySQL || l.d.generic()) && c > ' ' {
		return refusal(l.i, "put a space after -- at byte %d, or between the two: without it, it is not a comment in each dialect", l.i)
	}
	return l.line()
}

func (l *lexer) line() *Error {
	end := len(l.s)
	if n := strings.IndexByte(l.s[l.i:], '\n'); n >= 0 {
		end = l.i + n
	}
	text := strings.TrimSuffix(l.s[l.i:end], "\r")
	if found := strings.Contains(text, "\r"); found || end == len(l.s) && strings.HasSuffix(l.s, "\r") {
		return refusal(l.i, "the comment at byte %d has a carriage return in it, where some databases end it: leave the comment out", l.i)
	}
	l.i = end
	return nil
}

// comment reads one of /* and */, which may have others in it in PostgreSQL.
func (l *lexer) comment() *Error {
	rest := l.s[l.i+2:]
	if strings.HasPrefix(rest, "!") || strings.HasPrefix(rest, "M!") || strings.HasPrefix(rest, "m!") || strings.HasPrefix(rest, "+") {
		return refusal(l.i, "the comment at byte %d is one that some databases execute: leave it out", l.i)
	}
	depth := 1
	for i := l.i + 2; i+1 < len(l.s); {
		switch l.s[i : i+2] {
		case "*/":
			i += 2
			if depth--; depth == 0 {
				l.i = i
				return nil
			}
		case "/*":
			if l.d != Postgres && l.d != SQLite {
				return refusal(i, "there is a comment in the comment at byte %d: leave it out", l.i)
			}
			i += 2
			if l.d == Postgres {
				depth++
			}
			if l.d == SQLite {
				i-- // "/*/" ends it
			}
		default:
			i++
		}
	}
	return refusal(l.i, "the comment at byte %d has no end", l.i)
}

// quotes reads what is in quotes of that kind. Where a backslash may be an escape
// or not, by the settings of the server, one before the quote is refused.
func (l *lexer) quotes(k kind, mark byte, backslash bool) *Error {
	var b strings.Builder
	slashes := 0
	for i := l.i + 1; i < len(l.s); i++ {
		c := l.s[i]
		switch {
		case c == '\\':
			slashes++
		case c != mark:
			slashes = 0
		case backslash && slashes%2 == 1:
			return refusal(i, `the quote at byte %d may end the string or not, with the backslash before it: write '' for a quote in a string, and ESCAPE '!' for a LIKE, or give the string as a parameter`, i)
		case i+1 < len(l.s) && l.s[i+1] == mark:
			slashes = 0
			i++
		default:
			l.add(k, b.String(), i+1)
			return nil
		}
		b.WriteByte(c)
	}
	return refusal(l.i, "the quote at byte %d has no end", l.i)
}

// brackets reads a name of SQLite in brackets.
func (l *lexer) brackets() *Error {
	n := strings.IndexByte(l.s[l.i:], ']')
	if n < 0 {
		return refusal(l.i, "the bracket at byte %d has no end", l.i)
	}
	l.add(quoted, l.s[l.i+1:l.i+n], l.i+n+1)
	return nil
}

// afterName reports whether the token before ends right here and is a name, so
// that a point is not that of a number.
func (l *lexer) afterName() bool {
	if len(l.list) == 0 {
		return false
	}
	t := l.list[len(l.list)-1]
	return t.end == l.i && (t.kind == word || t.kind == quoted || t.isOp(")") || t.isOp("]"))
}

// number reads a number. What follows must not stick to it.
func (l *lexer) number() *Error {
	i := l.i
	digits := func(ok func(byte) bool) {
		for i < len(l.s) && (ok(l.s[i]) || l.s[i] == '_' && i+1 < len(l.s) && ok(l.s[i+1])) {
			i++
		}
	}
	if l.s[i] == '0' && (l.at(1) == 'x' || l.at(1) == 'X') && isHex(l.at(2)) {
		i += 2
		digits(isHex)
	} else {
		digits(isDigit)
		if i < len(l.s) && l.s[i] == '.' {
			i++
			digits(isDigit)
		}
		if i < len(l.s) && l.s[i]|0x20 == 'e' {
			k := i + 1
			if k < len(l.s) && (l.s[k] == '+' || l.s[k] == '-') {
				k++
			}
			if k < len(l.s) && isDigit(l.s[k]) {
				i = k
				digits(isDigit)
			}
		}
	}
	if i < len(l.s) && (isLetter(l.s[i]) || l.s[i] == '$' || l.s[i] >= utf8.RuneSelf) {
		return refusal(l.i, "there is a letter right after the number at byte %d: put a space between them, or quotes around a name that begins with a digit", l.i)
	}
	l.add(number, l.s[l.i:i], i)
	return nil
}

// word reads a keyword or a name, or a string that begins with E.
func (l *lexer) word() *Error {
	end := l.i
	for end < len(l.s) {
		r, n := utf8.DecodeRuneInString(l.s[end:])
		if r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return refusal(end, "the character %q cannot be used outside of quotes (byte %d)", r, end)
		}
		if r < utf8.RuneSelf && !isLetter(byte(r)) && !isDigit(byte(r)) && r != '$' {
			break
		}
		end += n
	}
	text := lower(l.s[l.i:end])
	rest := l.s[end:]
	if text == "u" && (strings.HasPrefix(rest, "&'") || strings.HasPrefix(rest, `&"`)) {
		return refusal(l.i, "U& with a quote cannot be used: write the characters as they are (byte %d)", l.i)
	}
	if text != "e" || l.d != Postgres || !strings.HasPrefix(rest, "'") {
		l.add(word, text, end)
		return nil
	}
	l.i = end
	if err := l.quotes(str, '\'', true); err != nil {
		return err
	}
	after := strings.TrimLeft(l.s[l.i:], " \t\n\r\f")
	if strings.HasPrefix(after, "'") || strings.HasPrefix(after, "--") || strings.HasPrefix(after, "/*") {
		return refusal(l.i, "what follows the string with an E at byte %d may be a part of it: put something between them", end-1)
	}
	return nil
}

// dollar reads a parameter as $1, or a string of PostgreSQL as $tag$ … $tag$.
func (l *lexer) dollar() *Error {
	end := l.i + 1
	for end < len(l.s) && (isDigit(l.s[end]) || isLetter(l.s[end])) {
		end++
	}
	tag := l.s[l.i+1 : end]
	allDigits := tag != "" && strings.Trim(tag, "0123456789") == ""
	switch {
	case allDigits && (l.d == Postgres || l.d.generic()) && l.at(end-l.i) != '$' && l.at(end-l.i) < utf8.RuneSelf:
		l.add(param, l.s[l.i:end], end)
		return nil
	case l.d == Postgres && l.at(end-l.i) == '$' && (tag == "" || isLetter(tag[0])):
		mark := "$" + tag + "$"
		body := l.s[end+1:]
		n := strings.Index(body, mark)
		if n < 0 {
			return refusal(l.i, "the string at byte %d has no end %s", l.i, mark)
		}
		l.add(str, body[:n], end+1+n+len(mark))
		return nil
	case l.d == SQLite || l.d == MySQL:
		return refusal(l.i, "$ cannot be used outside of quotes: a parameter is ? (byte %d)", l.i)
	}
	return refusal(l.i, "the $ at byte %d is neither of a parameter, as $1, nor of a string that ends", l.i)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

// lower returns s with small letters for the capital ones of ASCII, which are all
// that databases fold in keywords.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}
