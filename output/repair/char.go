package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// punct returns the character at i as structure: an ASCII character for what
// stands for it in other scripts, 0 at the end, and how many bytes it takes.
func punct(s string, i int) (c byte, size int) {
	if i >= len(s) {
		return 0, 0
	}
	if s[i] < utf8.RuneSelf {
		return s[i], 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch r {
	case '：', '﹕':
		return ':', size
	case '，', '、', '﹐':
		return ',', size
	case '；':
		return ';', size
	case '｛':
		return '{', size
	case '｝':
		return '}', size
	case '［', '【':
		return '[', size
	case '］', '】':
		return ']', size
	case '（':
		return '(', size
	case '）':
		return ')', size
	case '＝':
		return '=', size
	case '“', '”', '„', '‟', '＂', '«', '»', '「', '」', '『', '』', '″':
		return '"', size
	case '‘', '’', '‚', '‛', '＇', '‹', '›', '′':
		return '\'', size
	case '…':
		return '.', size
	}
	if isSpace(r) {
		return ' ', size
	}
	return 'x', size // a letter, for all that structure knows
}

func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u200e' || r == '\u2060' || r == utf8.RuneError
}

// isQuote reports whether a string may begin with c, of punct.
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// isCloser reports whether c, of punct, closes a bracket.
func isCloser(c byte) bool { return c == '}' || c == ']' || c == ')' }

// A gap is what stands between two tokens.
type gap byte

const (
	gapLine    gap = 1 << iota // a line break
	gapComment                 // a comment
	gapOdd                     // white space that JSON does not know
)

// blank returns the offset of the first character at or after i that is neither
// white space nor part of a comment, but looks no further than limit.
func blank(s string, i, limit int) (end int, found gap) {
	for i < limit {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '\n':
			found |= gapLine
			i++
		case c == '/' && strings.HasPrefix(s[i:], "//"), c == '#':
			found |= gapComment
			n := strings.IndexByte(s[i:limit], '\n')
			if n < 0 {
				return limit, found
			}
			i += n
		case c == '/' && strings.HasPrefix(s[i:], "/*"):
			i, found = after(s, i+2, limit, "*/"), found|gapComment
		case c == '<' && strings.HasPrefix(s[i:], "<!--"):
			i, found = after(s, i+4, limit, "-->"), found|gapComment
		case c == '&' && strings.HasPrefix(s[i:], "&nbsp;"):
			i, found = i+len("&nbsp;"), found|gapOdd
		case c == '\v' || c == '\f':
			i, found = i+1, found|gapOdd
		case c < utf8.RuneSelf:
			return i, found
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !isSpace(r) {
				return i, found
			}
			i, found = i+size, found|gapOdd
		}
	}
	return limit, found
}

// after returns the offset after the next end, or limit.
func after(s string, i, limit int, end string) int {
	if i >= limit {
		return limit
	}
	n := strings.Index(s[i:limit], end)
	if n < 0 {
		return limit
	}
	return i + n + len(end)
}

// ends reports whether what begins at i ends the text in which a value stands: a
// fence of Markdown, a closing tag, or a mark of the model's own.
func ends(s string, i int) bool {
	rest := s[i:]
	if rest[0] == '`' && strings.TrimSpace(rest[1:]) == "" && len(rest) < near {
		return true
	}
	return strings.HasPrefix(rest, "<|") || strings.HasPrefix(rest, "<｜") || strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~") || strings.HasPrefix(rest, "</")
}

// isName reports whether r may be part of a name without quotes, or of a word.
func isName(r rune) bool {
	return r == '_' || r == '$' || r == '-' || r == '.' || r == '@' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}
