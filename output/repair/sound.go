package repair

import "strings"

// soundEnd returns where the object or array at i ends if it is JSON as it
// stands, and how far it was read. The end is -1 if it is not; it is JSON up to
// the end of s if that is how far it was read.
func soundEnd(s string, i int) (end, read int) {
	var stack []byte
	for want := byte('v'); ; { // v for a value, n for a name, : and , for themselves
		for i < len(s) && isBlank(s[i]) {
			i++
		}
		if i == len(s) {
			return -1, i
		}
		c := s[i]
		switch {
		case want == ':':
			if c != ':' {
				return -1, i
			}
			want = 'v'
			i++
			continue
		case c == '"' && want != ',':
			end := closing(s, i+1)
			if end == unfinished {
				return -1, len(s)
			}
			if end < 0 {
				return -1, i
			}
			i = end
			if want == 'n' {
				want = ':'
				continue
			}
		case want == 'n':
			if c != '}' || s[before(s, i)] != '{' {
				return -1, i
			}
			stack = stack[:len(stack)-1]
			i++
		case want == ',' && c == ',':
			want = 'v'
			if stack[len(stack)-1] == '}' {
				want = 'n'
			}
			i++
			continue
		case c == '}' || c == ']':
			if stack[len(stack)-1] != c || want != ',' && s[before(s, i)] != '[' {
				return -1, i
			}
			stack = stack[:len(stack)-1]
			i++
		case want == ',':
			return -1, i
		case c == '{':
			stack, want = append(stack, '}'), 'n'
			i++
			continue
		case c == '[':
			stack = append(stack, ']')
			i++
			continue
		default:
			start := i
			for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || strings.IndexByte("+-.", s[i]) >= 0) {
				i++
			}
			if word := s[start:i]; !isLiteral(word) && !isNumber(word) {
				if i == len(s) && begins(word) {
					return -1, i
				}
				return -1, start
			}
		}
		if len(stack) == 0 {
			return i, i
		}
		want = ','
	}
}

// before returns the offset of the character before i that is not white space.
func before(s string, i int) int {
	for i--; isBlank(s[i]); i-- {
	}
	return i
}

// begins reports whether word may be the beginning of a number or a literal.
func begins(word string) bool {
	for _, lit := range []string{"true", "false", "null"} {
		if strings.HasPrefix(lit, word) {
			return true
		}
	}
	return isNumber(word+"0") || word == ""
}

// unfinished is what closing returns for a string that does not end.
const unfinished = -2

// closing returns the offset after the quote that ends the string whose text
// begins at i, or -1 if it is not a string of JSON.
func closing(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			i++
			if i < len(s) && strings.IndexByte(`"\/bfnrtu`, s[i]) < 0 {
				return -1
			}
			for k := i + 1; i < len(s) && s[i] == 'u' && k < min(i+5, len(s)); k++ {
				if _, ok := hex(s, k, 1); !ok {
					return -1
				}
			}
		}
		i++
	}
	return unfinished
}
