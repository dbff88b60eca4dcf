package jinja

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nikolalohinski/gonja/v2/tokens"

	"github.com/hadal-go/hadal/chain/prompt"
)

// A lexer cuts a text into tokens for the parser, as Jinja's own does. That of the
// library is not used: it takes what is no token for a part of the next, newlines
// too, and there are texts on which it does not end. Comments, the marks of raw, and
// what is trimmed are in no token.
type lexer struct {
	text     string
	at       int
	counted  int // up to where newlines are counted
	line     int // of that place
	list     []*tokens.Token
	brackets []byte // that close those which are open
	blocks   int    // how deep
}

// lex returns the tokens of a text.
func lex(text string) ([]*tokens.Token, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	l := &lexer{text: strings.TrimSuffix(text, "\n"), line: 1}
	for l.at < len(l.text) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	l.emit(tokens.EOF, l.at, "")
	return l.list, nil
}

var rawEnd = regexp.MustCompile(`\{%([-+]?)\s*endraw\s*([-+]?)%\}`)

// next reads text up to a mark, and what that begins.
func (l *lexer) next() error {
	begin := l.at
	for l.at < len(l.text) && !(l.text[l.at] == '{' && strings.IndexByte("{%#", l.peek(1)) >= 0) {
		if i := strings.IndexByte(l.text[l.at+1:], '{'); i >= 0 {
			l.at += 1 + i
		} else {
			l.at = len(l.text)
		}
	}
	l.data(begin, l.at, l.peek(2) == '-')
	if l.at == len(l.text) {
		return nil
	}
	mark := l.at
	l.at += 2
	if c := l.peek(0); c == '-' || c == '+' {
		l.at++
	}
	switch l.text[mark+1] {
	case '{':
		l.emit(tokens.VariableBegin, mark, "{{")
		return l.action(mark, tokens.VariableEnd, "}}")
	case '%':
		if word := strings.TrimLeftFunc(l.text[l.at:], unicode.IsSpace); nameOf(word) == "raw" {
			rest := strings.TrimLeftFunc(word[len("raw"):], unicode.IsSpace)
			after := strings.TrimPrefix(rest, "-")
			if strings.HasPrefix(after, "%}") {
				l.at = len(l.text) - len(after) + len("%}")
				return l.raw(mark, len(after) < len(rest))
			}
		}
		l.emit(tokens.BlockBegin, mark, "{%")
		return l.action(mark, tokens.BlockEnd, "%}")
	}
	n := strings.Index(l.text[l.at:], "#}")
	if n < 0 {
		return l.wrong(mark, "a comment has no end")
	}
	trim := n > 0 && l.text[l.at+n-1] == '-'
	l.at += n + 2
	l.trim(trim)
	return nil
}

// raw reads text up to the end of raw, which began at a mark.
func (l *lexer) raw(mark int, trim bool) error {
	l.trim(trim)
	m := rawEnd.FindStringSubmatchIndex(l.text[l.at:])
	if m == nil {
		return l.wrong(mark, "{%% raw %%} has no {%% endraw %%}")
	}
	end := l.at + m[1]
	trimAfter := m[4] < m[5] && l.text[l.at+m[4]] == '-'
	l.data(l.at, l.at+m[0], m[2] < m[3] && l.text[l.at+m[2]] == '-')
	l.at = end
	l.trim(trimAfter)
	return nil
}

// data emits text as it is, or without the spaces at its end.
func (l *lexer) data(begin, end int, trim bool) {
	text := l.text[begin:end]
	if trim {
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	}
	if text != "" {
		l.emit(tokens.Data, begin, text)
	}
}

// trim leaves out the spaces that follow.
func (l *lexer) trim(trim bool) {
	if trim {
		rest := l.text[l.at:]
		l.at += len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
	}
}

// action reads the tokens of {{ or {%, which is at a mark, up to its end.
func (l *lexer) action(mark int, typ tokens.Type, end string) error {
	l.brackets = l.brackets[:0]
	first := len(l.list)
	for {
		l.trim(true)
		rest := l.text[l.at:]
		if len(l.brackets) == 0 {
			after := strings.TrimPrefix(rest, "-")
			trim := len(after) < len(rest)
			if typ == tokens.BlockEnd && !trim {
				after = strings.TrimPrefix(rest, "+")
			}
			if strings.HasPrefix(after, end) {
				l.emit(typ, l.at, end)
				l.at = len(l.text) - len(after) + len(end)
				l.trim(trim)
				return l.block(mark, l.list[first:])
			}
		}
		if rest == "" {
			return l.wrong(mark, "%s has no %s", l.text[mark:mark+2], end)
		}
		if err := l.token(rest); err != nil {
			return err
		}
	}
}

// block counts how deep blocks are.
func (l *lexer) block(mark int, list []*tokens.Token) error {
	if list[len(list)-1].Type != tokens.BlockEnd {
		return nil
	}
	switch word := list[0].Val; {
	case strings.HasPrefix(word, "end"):
		l.blocks = max(l.blocks-1, 0)
	case word == "if" || word == "for":
		if l.blocks++; l.blocks > maxDepth {
			return tooDeep(l.lineOf(mark), "blocks")
		}
	}
	return nil
}

var (
	float   = regexp.MustCompile(`^(?i:(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+))`)
	integer = regexp.MustCompile(`^(?i:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?\d)*|0(?:_?0)*)`)
)

// nameOf returns the name that s begins with.
func nameOf(s string) string {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return s[:i]
		}
	}
	return s
}

var keywords = map[string]tokens.Type{
	"and": tokens.And, "or": tokens.Or, "not": tokens.Not, "in": tokens.In, "is": tokens.Is,
}

var symbols = map[string]tokens.Type{
	"**": tokens.Power, "//": tokens.FloorDivision, "==": tokens.Equals, "!=": tokens.Ne,
	">=": tokens.GreaterThanOrEqual, "<=": tokens.LowerThanOrEqual,
	"+": tokens.Addition, "-": tokens.Subtraction, "*": tokens.Multiply, "/": tokens.Division, "%": tokens.Modulo, "~": tokens.Tilde,
	"(": tokens.LeftParenthesis, ")": tokens.RightParenthesis, "[": tokens.LeftBracket, "]": tokens.RightBracket,
	"{": tokens.LeftBrace, "}": tokens.RightBrace, ">": tokens.GreaterThan, "<": tokens.LowerThan, "=": tokens.Assign,
	".": tokens.Dot, ":": tokens.Colon, "|": tokens.Pipe, ",": tokens.Comma,
}

// token reads the token that rest begins with.
func (l *lexer) token(rest string) error {
	dot := l.list[len(l.list)-1].Type == tokens.Dot
	c := rest[0]
	switch {
	case c == '\'' || c == '"':
		return l.quoted(rest)
	case '0' <= c && c <= '9':
		near := rest[:min(len(rest), 100)]
		typ, number := tokens.Float, float.FindString(near)
		if number == "" || dot {
			typ, number = tokens.Integer, integer.FindString(near)
		}
		if after := rest[len(number):]; nameOf(after) != "" || after != "" && '0' <= after[0] && after[0] <= '9' {
			return l.wrong(l.at, "%.20q begins with no number", rest)
		}
		return l.take(typ, number)
	}
	if name := nameOf(rest); name != "" {
		typ, is := keywords[name]
		if !is || dot {
			typ = tokens.Name
		}
		return l.take(typ, name)
	}
	for n := min(2, len(rest)); n > 0; n-- {
		if typ, ok := symbols[rest[:n]]; ok {
			if err := l.bracket(rest[0]); err != nil {
				return err
			}
			return l.take(typ, rest[:n])
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return l.wrong(l.at, "%q does not belong there", r)
}

// take emits the token that has text and comes next.
func (l *lexer) take(typ tokens.Type, text string) error {
	l.emit(typ, l.at, text)
	l.at += len(text)
	return nil
}

func (l *lexer) bracket(c byte) error {
	switch c {
	case '(':
		l.brackets = append(l.brackets, ')')
	case '[', '{':
		l.brackets = append(l.brackets, c+2)
	case ')', ']', '}':
		n := len(l.brackets) - 1
		if n < 0 || l.brackets[n] != c {
			return l.wrong(l.at, "%q closes nothing", rune(c))
		}
		l.brackets = l.brackets[:n]
	}
	if len(l.brackets) > maxDepth {
		return tooDeep(l.lineOf(l.at), "brackets")
	}
	return nil
}

// quoted reads a string. The parser wants each backslash twice.
func (l *lexer) quoted(rest string) error {
	end := 1
	for end < len(rest) && rest[end] != rest[0] {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return l.wrong(l.at, "a string has no end")
	}
	text, err := unescape(rest[1:end])
	if err != nil {
		return l.wrong(l.at, "%w", err)
	}
	l.emit(tokens.String, l.at, strings.ReplaceAll(text, `\`, `\\`))
	l.at += end + 1
	return nil
}

// escapes are those of one character.
var escapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

var (
	octal = regexp.MustCompile(`^[0-7]{1,3}`)
	hexes = map[byte]int{'x': 2, 'u': 4, 'U': 8} // how many digits
)

// unescape returns what stands between quotes as Python reads it: escapes that it
// does not know stay.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if s = after; !found {
			break
		}
		c := s[0] // there is one, or the string would not have ended
		char, known := escapes[c]
		digits, base := octal.FindString(s), 8
		n, isHex := hexes[c]
		if isHex {
			digits, base = s[1:min(len(s), 1+n)], 16
			s = s[1:]
		}
		switch {
		case known:
			b.WriteString(char)
			s = s[1:]
		case digits != "" || isHex:
			r, err := strconv.ParseUint(digits, base, 32)
			if err != nil || isHex && len(digits) < n || !utf8.ValidRune(rune(r)) {
				return "", fmt.Errorf(`\%c%s is no character`, c, digits)
			}
			b.WriteRune(rune(r))
			s = s[len(digits):]
		case c == 'N':
			return "", errors.New(`\N is not there: write the character`)
		default:
			b.WriteByte('\\')
		}
	}
	return b.String(), nil
}

// peek returns the byte n places on, or 0.
func (l *lexer) peek(n int) byte {
	if l.at+n >= len(l.text) {
		return 0
	}
	return l.text[l.at+n]
}

func (l *lexer) emit(typ tokens.Type, at int, val string) {
	l.line += strings.Count(l.text[l.counted:at], "\n")
	l.counted = at
	l.list = append(l.list, &tokens.Token{Type: typ, Val: val, Pos: at, Line: l.line})
}

func (l *lexer) wrong(at int, format string, args ...any) error {
	return syntax(l.lineOf(at), fmt.Errorf(format, args...))
}

func (l *lexer) lineOf(at int) int { return 1 + strings.Count(l.text[:at], "\n") }

func tooDeep(line int, what string) error {
	return &prompt.Error{Name: name, Line: line, Err: fmt.Errorf("%w: %s within each other, more than %d deep", prompt.ErrLimit, what, maxDepth)}
}
