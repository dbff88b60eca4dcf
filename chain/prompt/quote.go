package prompt

import (
	"fmt"
	"unicode/utf8"
)

// quote writes a JSON string.
func (s *state) quote(text string) error {
	if err := s.room(len(text) + 2); err != nil {
		return err
	}
	start := len(s.out)
	s.out = append(s.out, '"')
	for len(text) > perQuote { // a piece at a time: each byte may become six
		cut := perQuote
		for cut > perQuote-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if !utf8.RuneStart(text[cut]) {
			cut = perQuote // inside of no character: none is that long
		}
		s.out = appendEscaped(s.out, text[:cut])
		text = text[cut:]
		if len(s.out) > s.max {
			return s.undo(start)
		}
	}
	s.out = append(appendEscaped(s.out, text), '"')
	return s.undo(start)
}

const perQuote = 4096

// appendQuoted appends a JSON string.
func appendQuoted(out []byte, text string) []byte {
	return append(appendEscaped(append(out, '"'), text), '"')
}

// appendEscaped appends what stands inside of the quotes. Bytes that are no UTF-8
// become U+FFFD, and the two line ends that JavaScript minds are escaped.
func appendEscaped(out []byte, text string) []byte {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			out = append(out, text[from:i]...)
			switch c {
			case '"', '\\':
				out = append(out, '\\', c)
			case '\b':
				out = append(out, `\b`...)
			case '\f':
				out = append(out, `\f`...)
			case '\n':
				out = append(out, `\n`...)
			case '\r':
				out = append(out, `\r`...)
			case '\t':
				out = append(out, `\t`...)
			default:
				out = fmt.Appendf(out, `\u%04x`, c)
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			out = fmt.Appendf(append(out, text[from:i]...), `\u%04x`, r)
			from = i + size
		}
		i += size
	}
	return append(out, text[from:]...)
}
