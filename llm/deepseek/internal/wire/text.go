package wire

import (
	"math/bits"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendString appends s as a JSON string. A byte that is not part of valid
// UTF-8 becomes U+FFFD.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; ; {
		i += plainPrefix(s[i:])
		if i == len(s) {
			break
		}
		if s[i] >= utf8.RuneSelf {
			for i < len(s) && s[i] >= utf8.RuneSelf {
				r, size := decodeRune(s[i:])
				if r == utf8.RuneError && size == 1 {
					dst = append(dst, s[start:i]...)
					dst = append(dst, "\ufffd"...)
					start = i + 1
				}
				i += size
			}
			continue
		}
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendCompact appends a JSON text in the form that encoding/json gives a
// json.RawMessage: without white space, and with the characters escaped that mean
// something in HTML. So a request that was stored as JSON is sent as the same
// bytes as before.
func appendCompact(dst, text []byte) []byte {
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		case c == '"':
			quoted = !quoted
		case c == '\\':
			dst = append(dst, c)
			i++
			c = text[i]
		case c == '<' || c == '>' || c == '&':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			continue
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2]&^1 == 0xa8: // U+2028, U+2029
			dst = append(dst, '\\', 'u', '2', '0', '2', hex[text[i+2]&15])
			i += 2
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

func decodeRune[S string | []byte](s S) (rune, int) {
	if len(s) > utf8.UTFMax {
		s = s[:utf8.UTFMax]
	}
	return utf8.DecodeRuneInString(string(s))
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// plainPrefix returns how many bytes at the start of s are ASCII characters that
// stand for themselves in a JSON string. It looks at eight bytes at a time, and
// leaves the last few for the caller.
func plainPrefix[S string | []byte](s S) int {
	n := 0
	for len(s)-n >= 8 {
		w := s[n : n+8]
		x := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		quote, slash := x^('"'*ones), x^('\\'*ones)
		special := (x | (x - ' '*ones) | (quote - ones) | (slash - ones)) & tops
		if special != 0 {
			return n + bits.TrailingZeros64(special)/8 // borrows only spoil the bytes after the first
		}
		n += 8
	}
	return n
}
