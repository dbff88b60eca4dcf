package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// folded returns a form of a name that is the same for all that package gate
// takes for one: names that differ only in case.
func folded(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return strings.Map(least, name)
		}
	}
	return name
}

// least returns the least of the characters that differ from r only in case, or
// a small letter for a letter of ASCII.
func least(r rune) rune {
	low := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		low = min(low, next)
	}
	if 'A' <= low && low <= 'Z' {
		low += 'a' - 'A'
	}
	return low
}
