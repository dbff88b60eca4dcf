package schema

import (
	"bytes"
	"slices"
	"strconv"
)

// appendCanonical appends a form of the value at i that is the same for all
// values that JSON Schema takes for equal: whatever the order of members, the
// escapes in strings and the spelling of numbers.
func (t *tape) appendCanonical(dst []byte, i int32) []byte {
	c := t.cells[i]
	switch c.kind {
	case '0':
		return append(appendNumber(append(dst, '#'), t.raw(i)), ';')
	case '"':
		return appendText(dst, t.plain(i))
	case '[':
		dst = append(dst, '[')
		for j := i + 1; j < c.next; j = t.cells[j].next {
			dst = t.appendCanonical(dst, j)
		}
		return append(dst, ']')
	case '{':
		names := make([]int32, 0, c.count)
		for j := i + 1; j < c.next; j = t.cells[j+1].next {
			names = append(names, j)
		}
		slices.SortFunc(names, func(a, b int32) int { return bytes.Compare(t.plain(a), t.plain(b)) })
		dst = append(dst, '{')
		for _, j := range names {
			dst = t.appendCanonical(appendText(dst, t.plain(j)), j+1)
		}
		return append(dst, '}')
	}
	return append(dst, c.kind)
}

// appendText appends a string with its length, so that it has an end.
func appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, int64(len(s)), 10)
	dst = append(dst, ':')
	return append(dst, s...)
}
