package schema

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A tape is a sound JSON value as the row of its parts, so that it can be
// walked without decoding it. A part is known by its place in the row.
type tape struct {
	data  []byte
	cells []cell
	open  []int32 // arrays and objects not closed yet, while reading
}

// A cell is a value or a name. The members of an object follow it, each name
// before its value, and so do the elements of an array.
type cell struct {
	start, end int32 // in the data
	next       int32 // place of what follows the whole value
	count      int32 // elements or members
	kind       byte  // '{', '[', '"', '0', 't', 'f' or 'n'
	escaped    bool  // of a string: it has a backslash
}

// read sets t to data, which must be sound.
func (t *tape) read(data []byte) {
	t.data, t.cells, t.open = data, t.cells[:0], t.open[:0]
	name := false // whether the next string is a name
	for i := 0; i < len(data); {
		c := cell{start: int32(i), next: int32(len(t.cells) + 1)}
		switch b := data[i]; b {
		case ' ', '\t', '\r', '\n', ':':
			i++
			continue
		case ',':
			i++
			name = t.cells[t.open[len(t.open)-1]].kind == '{'
			continue
		case '}', ']':
			i++
			top := &t.cells[t.open[len(t.open)-1]]
			top.end, top.next = int32(i), int32(len(t.cells))
			t.open = t.open[:len(t.open)-1]
			name = false
			continue
		case '{', '[':
			c.kind = b
			t.add(c, name)
			t.open = append(t.open, int32(len(t.cells)-1))
			name = b == '{'
			i++
			continue
		case '"':
			c.kind = b
			i, c.escaped = endOfString(data, i)
		case 't', 'n':
			c.kind = b
			i += 4
		case 'f':
			c.kind = b
			i += 5
		default:
			c.kind = '0'
			for i++; i < len(data) && inNumber(data[i]); i++ {
			}
		}
		c.end = int32(i)
		t.add(c, name)
		name = false
	}
}

// add appends c, and counts it unless it is a name.
func (t *tape) add(c cell, name bool) {
	if !name && len(t.open) > 0 {
		t.cells[t.open[len(t.open)-1]].count++
	}
	t.cells = append(t.cells, c)
}

// endOfString returns the end of the string at i, and whether it has escapes.
func endOfString(data []byte, i int) (end int, escaped bool) {
	for i++; ; i++ {
		switch data[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			escaped = true
			i++
		}
	}
}

func inNumber(b byte) bool {
	return '0' <= b && b <= '9' || b == '.' || b == 'e' || b == 'E' || b == '+' || b == '-'
}

// raw returns the bytes of the value at i.
func (t *tape) raw(i int32) []byte { return t.data[t.cells[i].start:t.cells[i].end] }

// plain returns what the string at i stands for. It may be a part of the data.
func (t *tape) plain(i int32) []byte {
	c := t.cells[i]
	if !c.escaped {
		return t.data[c.start+1 : c.end-1]
	}
	return []byte(t.text(i))
}

// text returns the string at i.
func (t *tape) text(i int32) string {
	c := t.cells[i]
	if !c.escaped {
		return string(t.data[c.start+1 : c.end-1])
	}
	var s string
	_ = json.Unmarshal(t.raw(i), &s) // sound
	return s
}

// typ returns the type of the value at i. A number is an Integer if its value
// has no fraction.
func (t *tape) typ(i int32) Types {
	switch t.cells[i].kind {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 'n':
		return Null
	case '0':
		if isInteger(t.raw(i)) {
			return Integer
		}
		return Number
	}
	return Boolean
}

// member returns the place of the value of that name in the object at i, or -1.
func (t *tape) member(i int32, name string) int32 {
	if t.cells[i].kind != '{' {
		return -1
	}
	for j := i + 1; j < t.cells[i].next; j = t.cells[j+1].next {
		if string(t.plain(j)) == name {
			return j + 1
		}
	}
	return -1
}

// pointer returns the JSON pointer to the value at i.
func (t *tape) pointer(i int32) string {
	var b strings.Builder
	for at := int32(0); at != i; {
		c, inside := t.cells[at], at+1
		for n := 0; ; n++ {
			value := inside
			if c.kind == '{' {
				value++
			}
			if i < t.cells[value].next {
				if c.kind == '{' {
					b.WriteString("/" + escape(t.text(inside)))
				} else {
					b.WriteString("/" + strconv.Itoa(n))
				}
				at = value
				break
			}
			inside = t.cells[value].next
		}
		if i < at {
			return b.String() // the name of a member stands for it
		}
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escape(token string) string { return pointerEscapes.Replace(token) }

// find returns the place that a JSON pointer leads to, or -1.
func (t *tape) find(pointer string) int32 {
	at := int32(0)
	if pointer == "" {
		return at
	}
	if pointer[0] != '/' {
		return -1
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch t.cells[at].kind {
		case '{':
			at = t.member(at, token)
		case '[':
			n, err := strconv.Atoi(token)
			if err != nil || n < 0 || int32(n) >= t.cells[at].count || strconv.Itoa(n) != token {
				return -1
			}
			for at++; n > 0; n-- {
				at = t.cells[at].next
			}
		default:
			return -1
		}
		if at < 0 {
			return -1
		}
	}
	return at
}

// shown returns the value at i as an error shows it: cut short, without the
// inside of arrays and objects.
func (t *tape) shown(i int32) string {
	const longest = 40
	switch t.cells[i].kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return shorten(string(bytes.ToValidUTF8(t.raw(i), []byte("\uFFFD"))), longest)
}

// shorten returns s, or its first bytes and an ellipsis if it has more than max.
func shorten(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	if s[0] == '"' {
		return s[:max] + `…"`
	}
	return s[:max] + "…"
}

// appendShown appends the value at i without the keywords that are not for
// models, and without the escapes that only HTML needs.
func (t *tape) appendShown(dst []byte, i int32) []byte {
	c := t.cells[i]
	switch c.kind {
	case '{':
		dst = append(dst, '{')
		for j := i + 1; j < c.next; j = t.cells[j+1].next {
			name := t.plain(j)
			if len(name) > 0 && name[0] == 0 || t.member(j+1, absentKeyword) >= 0 {
				continue
			}
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, string(name)), ':')
			dst = t.appendShown(dst, j+1)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for j := i + 1; j < c.next; j = t.cells[j].next {
			if j > i+1 {
				dst = append(dst, ',')
			}
			dst = t.appendShown(dst, j)
		}
		return append(dst, ']')
	case '"':
		return appendString(dst, t.text(i))
	}
	return append(dst, t.raw(i)...)
}

// appendString appends s as JSON.
func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
