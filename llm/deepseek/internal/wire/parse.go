package wire

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// A parser reads one JSON text of the API.
//
// It has two modes. At first it takes nothing on trust and nothing unusual: it
// gives up on a name that it does not know, on one that comes twice, on escapes
// in names, on a great many values. What it accepts, the strict gate would accept
// too, with the same meaning. If it gives up, the text is put through the gate, which rejects it
// with a reason or vouches for it; then the parser reads it in its second mode,
// where it skips what it does not know. Frames of DeepSeek's pass the first time,
// which is several times faster.
type parser struct {
	data      []byte
	pos       int
	checked   bool   // the text has passed the gate
	values    int    // that may still come before the gate has to count them
	logprobs  bool   // log probabilities are wanted; they are skipped otherwise
	responses bool   // the text is of the Responses endpoint
	scratch   []byte // strings that had escapes
}

// parse fills f from data, through the gate if need be.
func (p *parser) parse(data []byte, limits gate.Limits, f *Frame) error {
	p.data, p.pos, p.checked, p.values, p.scratch = data, 0, false, maxValues, p.scratch[:0]
	if p.document(f) {
		return nil
	}
	if err := limits.Check(data); err != nil {
		return err
	}
	f.reset()
	p.pos, p.checked, p.scratch = 0, true, p.scratch[:0]
	if !p.document(f) {
		return fmt.Errorf("unexpected value at offset %d", p.pos)
	}
	return nil
}

// maxValues is how many values the parser takes without asking the gate, which
// has a limit on them.
const maxValues = 1 << 12

func (p *parser) document(f *Frame) bool {
	read := p.frame
	if p.responses {
		read = p.event
	}
	if !read(f) {
		return false
	}
	p.space()
	return p.pos == len(p.data)
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return
		}
	}
}

// next skips white space and consumes c, or returns false.
func (p *parser) next(c byte) bool {
	if p.pos < len(p.data) && p.data[p.pos] == c {
		p.pos++
		return true
	}
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// word skips white space and consumes w, or returns false.
func (p *parser) word(w string) bool {
	p.space()
	if len(p.data)-p.pos >= len(w) && string(p.data[p.pos:p.pos+len(w)]) == w {
		p.pos += len(w)
		return true
	}
	return false
}

func (p *parser) null() bool { return p.word("null") }

// anyName is what a member returns for a name that is data. Such objects are read
// in the second mode alone, when the gate has seen that no name comes twice.
const anyName = 32

// object reads an object, or null. member reads the value of a name that it
// knows, for which it returns a number of its own from 1 to 31, or 0.
func (p *parser) object(member func(name []byte) (known uint, ok bool)) bool {
	if !p.next('{') {
		return p.null()
	}
	if p.next('}') {
		return true
	}
	seen := uint32(0)
	for {
		name, ok := p.name()
		if !ok || !p.next(':') {
			return false
		}
		known, ok := member(name)
		if !ok {
			return false
		}
		if known == 0 && (!p.checked || !p.skip()) {
			return false
		}
		if p.values--; p.values < 0 && !p.checked {
			return false
		}
		if bit := uint32(1) << known; known != 0 {
			if seen&bit != 0 {
				return false
			}
			seen |= bit
		}
		if p.next(',') {
			continue
		}
		return p.next('}')
	}
}

// list reads an array, or null.
func (p *parser) list(element func() bool) bool {
	if !p.next('[') {
		return p.null()
	}
	if p.next(']') {
		return true
	}
	for {
		if p.values--; p.values < 0 && !p.checked || !element() {
			return false
		}
		if p.next(',') {
			continue
		}
		return p.next(']')
	}
}

func (p *parser) name() ([]byte, bool) {
	p.space()
	if p.checked {
		var name []byte
		return name, p.text(&name) && name != nil
	}
	// Names that are known have no escapes.
	if !p.next('"') {
		return nil, false
	}
	n := bytes.IndexByte(p.data[p.pos:], '"')
	if n < 0 {
		return nil, false
	}
	name := p.data[p.pos : p.pos+n]
	p.pos += n + 1
	return name, true
}

// text reads a string, or null. dst becomes nil for null, and else a slice that
// is not nil and valid until the next text is parsed.
func (p *parser) text(dst *[]byte) bool {
	if !p.next('"') {
		*dst = nil
		return p.null()
	}
	start, ascii := p.pos, true
	p.pos += plainPrefix(p.data[p.pos:])
	for ; p.pos < len(p.data); p.pos++ {
		switch c := p.data[p.pos]; {
		case c == '"':
			*dst = p.data[start:p.pos:p.pos]
			p.pos++
			return ascii || utf8.Valid(*dst)
		case c == '\\':
			return p.escaped(start, dst)
		case c < ' ':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return false
}

// maybeText reads a string, or null, and passes over anything else in the second
// mode.
func (p *parser) maybeText(dst *[]byte) bool {
	p.space()
	if p.pos < len(p.data) && (p.data[p.pos] == '"' || p.data[p.pos] == 'n') {
		return p.text(dst)
	}
	return p.checked && p.skip()
}

// escaped reads on in a string that begins at start and has an escape at p.pos.
func (p *parser) escaped(start int, dst *[]byte) bool {
	p.scratch = slices.Grow(p.scratch, len(p.data)-start) // once for the whole text: strings do not grow
	from := len(p.scratch)
	p.scratch = append(p.scratch, p.data[start:p.pos]...)
	for p.pos < len(p.data) {
		n := plainPrefix(p.data[p.pos:])
		p.scratch = append(p.scratch, p.data[p.pos:p.pos+n]...)
		if p.pos += n; p.pos == len(p.data) {
			return false
		}
		c := p.data[p.pos]
		p.pos++
		switch {
		case c == '"':
			*dst = p.scratch[from:len(p.scratch):len(p.scratch)]
			return utf8.Valid(*dst)
		case c == '\\':
			if !p.escape() {
				return false
			}
		case c < ' ':
			return false
		default:
			p.scratch = append(p.scratch, c)
		}
	}
	return false
}

// escape reads what follows a backslash.
func (p *parser) escape() bool {
	if p.pos == len(p.data) {
		return false
	}
	c := p.data[p.pos]
	p.pos++
	switch c {
	case '"', '\\', '/':
	case 'n':
		c = '\n'
	case 't':
		c = '\t'
	case 'r':
		c = '\r'
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return false
		}
		if r >= 0xd800 && r < 0xe000 {
			r = p.surrogate(r)
		}
		p.scratch = utf8.AppendRune(p.scratch, r)
		return true
	default:
		return false
	}
	p.scratch = append(p.scratch, c)
	return true
}

// surrogate returns the character of which r is the first half, or U+FFFD if the
// second does not follow.
func (p *parser) surrogate(r rune) rune {
	if r < 0xdc00 && p.pos+6 <= len(p.data) && p.data[p.pos] == '\\' && p.data[p.pos+1] == 'u' {
		back := p.pos
		p.pos += 2
		if low, ok := p.hex4(); ok && low >= 0xdc00 && low < 0xe000 {
			return (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
		}
		p.pos = back
	}
	return utf8.RuneError
}

func (p *parser) hex4() (rune, bool) {
	if p.pos+4 > len(p.data) {
		return 0, false
	}
	var r rune
	for _, c := range p.data[p.pos : p.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.pos += 4
	return r, true
}

// integer reads a whole number, or null, which leaves dst as it is.
func (p *parser) integer(dst *int) bool {
	p.space()
	start := p.pos
	p.next('-')
	digits := p.pos
	n := 0
	for ; p.pos < len(p.data) && p.data[p.pos]-'0' < 10; p.pos++ {
		if p.pos-digits >= 18 {
			return false
		}
		n = n*10 + int(p.data[p.pos]-'0')
	}
	switch {
	case p.pos == digits && start == digits:
		return p.null()
	case p.pos == digits, p.data[digits] == '0' && p.pos > digits+1:
		return false
	case digits > start:
		n = -n
	}
	if p.pos < len(p.data) {
		if c := p.data[p.pos]; c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	*dst = n
	return true
}

// float reads a number, or null, which leaves dst as it is. It reads in the
// second mode alone.
func (p *parser) float(dst *float64) bool {
	p.space()
	if !p.checked {
		return false
	}
	start := p.pos
	for p.pos < len(p.data) && bytes.IndexByte([]byte("+-.eE0123456789"), p.data[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos == start {
		return p.null()
	}
	f, err := strconv.ParseFloat(string(p.data[start:p.pos]), 64)
	*dst = f
	return err == nil
}

// skip passes over a value of a text that is checked.
func (p *parser) skip() bool {
	for depth := 0; p.pos < len(p.data); {
		switch p.data[p.pos] {
		case '"':
			var s []byte
			if !p.text(&s) {
				return false
			}
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return true // what follows a number or a word
			}
			if depth--; depth == 0 {
				p.pos++
				return true
			}
		case ',':
			if depth == 0 {
				return true
			}
		}
		p.pos++
	}
	return true
}

// raw passes over a value of a text that is checked and returns it.
func (p *parser) raw() ([]byte, bool) {
	p.space()
	start := p.pos
	ok := p.skip()
	return bytes.TrimSpace(p.data[start:p.pos]), ok
}
