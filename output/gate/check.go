package gate

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unicode/utf8"
)

// A checker reads one document. Its methods take the offset to read from and
// return the offset to go on from, or -1 after fail.
type checker struct {
	data   []byte
	limits Limits // all bounds set
	nodes  int    // values begun
	open   []frame
	names  names

	rule Rule // what is wrong,
	at   int  // and where

	first [32]frame // room for open in ordinary documents
}

// A frame is an array or an object that is not closed yet.
type frame struct {
	object bool
	scope  scope
}

var checkers = sync.Pool{New: func() any {
	c := new(checker)
	c.open = c.first[:0]
	c.names.init()
	return c
}}

func newChecker(data []byte, l Limits) *checker {
	c := checkers.Get().(*checker)
	c.data, c.limits, c.nodes = data, l, 0
	c.open = c.open[:0]
	c.names.reset()
	return c
}

// release gives c back, unless an extraordinary document made it large.
func (c *checker) release() {
	c.data = nil
	if cap(c.open) <= 2*DefaultDepth && c.names.small() {
		checkers.Put(c)
	}
}

func (c *checker) fail(rule Rule, at int) int {
	c.rule, c.at = rule, at
	return -1
}

// unexpected fails because of the byte at i, or because there is none.
func (c *checker) unexpected(i int) int {
	if i >= len(c.data) {
		return c.fail(Truncated, len(c.data))
	}
	return c.fail(Syntax, i)
}

func (c *checker) err() *Error {
	e := &Error{Rule: c.rule, Offset: c.at, Path: pathTo(c.data, c.at)}
	if c.rule == DuplicateName || c.rule == FoldedName {
		e.Path = cutPath(e.Path + "/" + pathName(c.data, c.at))
	}
	return e
}

// run reports whether the document is sound.
func (c *checker) run() bool {
	i, complete := 0, false
	for {
		if i, complete = c.begin(i); i < 0 {
			return false
		}
		for complete {
			if len(c.open) == 0 {
				i, _ = c.token(i)
				return i == len(c.data) || c.fail(TrailingData, i) >= 0
			}
			if i, complete = c.next(i); i < 0 {
				return false
			}
		}
	}
}

// token skips white space and returns the byte after it, or 0 at the end.
func (c *checker) token(i int) (int, byte) {
	for ; i < len(c.data); i++ {
		if b := c.data[i]; b > ' ' || b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			return i, b
		}
	}
	return i, 0
}

// byte returns the byte at i, or 0 at the end.
func (c *checker) byte(i int) byte {
	if i < len(c.data) {
		return c.data[i]
	}
	return 0
}

// begin reads a value, as a whole if it is a scalar or empty, otherwise up to
// the place where its first element is due.
func (c *checker) begin(i int) (next int, complete bool) {
	i, b := c.token(i)
	if c.nodes >= c.limits.Nodes && begins(b) {
		return c.fail(TooManyNodes, i), false
	}
	c.nodes++
	switch b {
	case '"':
		i, _ = c.text(i + 1)
		return i, true
	case '{', '[':
		return c.enter(i, b)
	case 't':
		return c.literal(i, "true"), true
	case 'f':
		return c.literal(i, "false"), true
	case 'n':
		return c.literal(i, "null"), true
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return c.number(i), true
	}
	return c.unexpected(i), false
}

// begins reports whether a value can begin with b.
func begins(b byte) bool {
	switch b {
	case '"', '{', '[', 't', 'f', 'n', '-':
		return true
	}
	return isDigit(b)
}

func (c *checker) enter(i int, b byte) (next int, complete bool) {
	if len(c.open) >= c.limits.Depth {
		return c.fail(TooDeep, i), false
	}
	i, first := c.token(i + 1)
	if first == b+2 { // ']' and '}' are two after '[' and '{'
		return i + 1, true
	}
	c.open = append(c.open, frame{object: b == '{', scope: c.names.enter()})
	if b == '{' {
		return c.name(i), false
	}
	return i, false
}

// next reads what follows an element of the innermost array or object: the
// end of it, or what is before the next element.
func (c *checker) next(i int) (next int, complete bool) {
	f := &c.open[len(c.open)-1]
	i, b := c.token(i)
	switch {
	case b == ',' && f.object:
		return c.name(i + 1), false
	case b == ',':
		return i + 1, false
	case b == '}' && f.object:
		c.names.leave(f.scope)
	case b == ']' && !f.object:
	default:
		return c.unexpected(i), false
	}
	c.open = c.open[:len(c.open)-1]
	return i + 1, true
}

// name reads a name and the colon after it.
func (c *checker) name(i int) int {
	i, b := c.token(i)
	if b != '"' {
		return c.unexpected(i)
	}
	end, plain := c.text(i + 1)
	if end < 0 {
		return -1
	}
	if rule := c.names.add(c.data, i, end, plain, c.open[len(c.open)-1].scope); rule != "" {
		return c.fail(rule, i)
	}
	end, b = c.token(end)
	if b != ':' {
		return c.unexpected(end)
	}
	return end + 1
}

func (c *checker) literal(i int, word string) int {
	for j := range len(word) {
		if c.byte(i+j) != word[j] {
			return c.unexpected(i + j)
		}
	}
	return i + len(word)
}

func (c *checker) number(start int) int {
	i := start
	if c.data[i] == '-' {
		i++
	}
	switch b := c.byte(i); {
	case b == '0':
		if i++; isDigit(c.byte(i)) {
			return c.unexpected(i)
		}
	case isDigit(b):
		i = c.digits(i)
	default:
		return c.unexpected(i)
	}
	if c.byte(i) == '.' {
		if i++; !isDigit(c.byte(i)) {
			return c.unexpected(i)
		}
		i = c.digits(i)
	}
	exponent := 0
	if b := c.byte(i); b == 'e' || b == 'E' {
		i++
		if b := c.byte(i); b == '+' || b == '-' {
			i++
		}
		if !isDigit(c.byte(i)) {
			return c.unexpected(i)
		}
		for ; isDigit(c.byte(i)); i++ {
			exponent = min(10*exponent+int(c.data[i]-'0'), maxExponent+1)
		}
	}
	if i-start > c.limits.Number {
		return c.fail(NumberTooLong, start)
	}
	if exponent > maxExponent {
		return c.fail(ExponentTooLarge, start)
	}
	return i
}

func (c *checker) digits(i int) int {
	for isDigit(c.byte(i)) {
		i++
	}
	return i
}

func isDigit(b byte) bool { return b-'0' <= 9 }

// each and high hold 1 and 0x80 in each byte of a word.
const (
	each = 0x0101010101010101
	high = 0x8080808080808080
)

// text reads the string whose first byte after the quote is at i. It is plain
// if it has neither escapes nor anything but ASCII.
func (c *checker) text(i int) (end int, plain bool) {
	data := c.data
	plain = true
	for {
		// Eight bytes at a time: the lowest high bit in stop marks the first
		// byte that is a quote, a backslash, a control character or not ASCII.
		for i+8 <= len(data) {
			w := binary.LittleEndian.Uint64(data[i:])
			stop := ((w - each*' ') | ((w ^ each*'"') - each) | ((w ^ each*'\\') - each) | w) & high
			if stop != 0 {
				i += bits.TrailingZeros64(stop) / 8
				break
			}
			i += 8
		}
		switch b := c.byte(i); {
		case b == '"':
			return i + 1, plain
		case b == '\\':
			plain = false
			if i = c.escape(i); i < 0 {
				return -1, false
			}
		case b < ' ':
			return c.unexpected(i), false
		case b >= utf8.RuneSelf:
			plain = false
			if i = c.runes(i); i < 0 {
				return -1, false
			}
		default:
			i++
		}
	}
}

// runes reads what is not ASCII.
func (c *checker) runes(i int) int {
	for i < len(c.data) && c.data[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(c.data[i:])
		if r == utf8.RuneError && n == 1 {
			if !utf8.FullRune(c.data[i:]) {
				return c.fail(Truncated, len(c.data))
			}
			return c.fail(InvalidUTF8, i)
		}
		i += n
	}
	return i
}

func (c *checker) escape(i int) int {
	switch c.byte(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if b := c.byte(j); !isDigit(b) && (b|0x20 < 'a' || 'f' < b|0x20) {
				return c.unexpected(j)
			}
		}
		return i + 6
	}
	return c.unexpected(i + 1)
}
