package repair

import (
	"strings"
	"unicode/utf8"

	"github.com/hadal-go/hadal/output/gate"
)

// A quoted is the string that a [stream] reads.
type quoted struct {
	mark  byte // its quote, as of punct
	wide  bool // it began with a quote that is not ASCII
	times int  // how many of them end it
	fresh bool // nothing of it is read yet
	grows bool // it is written as it comes
	tok   []byte
	joins bool // it is the last value, and may go on

	before int // of out, where the value with all that leads to it begins
	start  int // of out or tok, where it begins
	raw    int // of tok, from where on it is held back as it stands; -1 if it is not
}

// An answer is to a question about the text ahead.
type answer byte

const (
	no answer = iota
	yes
	later // when there is more text
)

func sure(b bool) answer {
	if b {
		return yes
	}
	return no
}

// open begins the name or the value whose quote c is next.
func (s *stream) open(c byte, size int, st state) {
	s.tok = s.tok[:0]
	s.grows = false
	s.undo.word, s.joins = "", false
	s.before = len(s.out)
	if st == telling && !s.muted() {
		want := s.root
		if len(s.levels) > 0 {
			want = s.top().want
		}
		if grows(want, 0) {
			if !s.lead() || !s.room(2) {
				return
			}
			s.grows = true
			s.out = append(s.out, '"')
		}
	}
	s.begin(c, size, st)
	s.start = len(*s.written())
}

// begin reads the quote c.
func (s *stream) begin(c byte, size int, st state) {
	s.skip(size)
	s.raw = -1
	s.mark, s.wide, s.times, s.fresh = c, size > 1, 1, true
	s.state = st
}

// alone reads a string where the value is looked for. It is the value if it is
// all of the text.
func (s *stream) alone() bool {
	next, _, _, ok := s.ahead(1)
	switch {
	case !ok:
		return false
	case s.junk || s.root != nil && s.root.Types&scalars == 0 && len(s.root.Union) == 0 || next == '{' || next == '[' || next == '\\':
		s.junk = true
		s.skip(1)
		return true
	}
	s.open('"', 1, telling)
	return true
}

// put adds to the string.
func (s *stream) put(piece string) {
	switch {
	case s.state == telling && s.muted():
	case !s.grows || s.raw >= 0:
		s.tok = append(s.tok, piece...)
	case s.room(len(piece) + 1):
		s.out = append(s.out, piece...)
	}
}

// char adds one character of ASCII that may have to be escaped.
func (s *stream) char(c byte) {
	if s.raw >= 0 {
		s.tok = append(s.tok, c)
		return
	}
	var b [8]byte
	q := quote(b[:0], string(rune(c)))
	s.put(string(q[1 : len(q)-1]))
}

// quote reads some of a string.
func (s *stream) quote() bool {
	if s.fresh && s.text[0] == s.mark && !s.wide {
		if !s.manifold() {
			return false
		}
	}
	s.fresh = false
	if s.text == "" {
		return false
	}
	i := 0
	for i < len(s.text) {
		c := s.text[i]
		if c == '\\' || c < ' ' || c == s.mark || c == '"' || s.wide && c >= utf8.RuneSelf {
			break
		}
		i++
	}
	if i > 0 {
		if most := gate.DefaultBytes - len(s.out) - len(s.levels) - 1; s.grows && s.raw < 0 && i > most {
			for i = max(most, 0); i > 0 && !utf8.RuneStart(s.text[i]); {
				i--
			}
			s.beyond = gate.TooLarge
			s.out = append(s.out, s.text[:i]...)
			s.skip(i)
			return false
		}
		s.put(s.text[:i])
		s.skip(i)
		return true
	}
	c, size := punct(s.text, 0)
	switch {
	case c == '\\':
		return s.escape()
	case c == s.mark:
		return s.closing(size)
	case size > 1:
		s.put(s.text[:size])
		s.skip(size)
	case (c == '\n' || c == '\r') && s.state == telling && s.times == 1:
		return s.lineBreak()
	default:
		s.char(c)
		s.skip(1)
	}
	return true
}

// manifold reads the second quote of a string that begins with three, or with
// two, as where each was doubled.
func (s *stream) manifold() bool {
	if len(s.text) == 1 {
		return false
	}
	c, _ := punct(s.text, 1)
	switch {
	case c == s.mark:
		s.times = 3
		s.skip(2)
	case c == 'x' || isLetter(c) || isDigit(c):
		end, found := s.stringAhead(0)
		if found == later || found == yes && end == len(s.text) {
			return false
		}
		if found == yes && s.text[end] == s.mark {
			s.times = 2
		} else {
			s.char(s.mark)
		}
		s.skip(1)
	}
	return true
}

// escape reads an escape, and both halves of a surrogate pair at once. From the
// first that JSON does not know, the rest of the string is held back: what its
// backslashes mean is for the end to say.
func (s *stream) escape() bool {
	if len(s.text) == 1 {
		return false
	}
	c := s.text[1]
	_, size := punct(s.text, 1)
	drive := s.drive()
	switch {
	case s.raw >= 0 && c == s.mark && drive:
		switch s.closes(2) {
		case later:
			return false
		case yes: // a path that ends in a backslash
			s.tok = append(s.tok, '\\')
			s.skip(2)
			s.end()
			return true
		}
		fallthrough
	case s.raw >= 0:
		s.tok = append(s.tok, s.text[:1+size]...)
		s.skip(1 + size)
	case drive && c != '\\':
		s.hold()
	case c == 'u':
		return s.unicode()
	case strings.IndexByte(`"\/bfnrt`, c) >= 0:
		s.put(s.text[:2])
		s.skip(2)
	case c == s.mark || c == '\'' || c == '`':
		s.char(c)
		s.skip(2)
	case c == '\n': // a line that goes on
		s.skip(2)
	default:
		s.hold()
	}
	return true
}

// drive reports whether the string begins as a path of Windows does.
func (s *stream) drive() bool {
	if s.muted() || s.state != telling || len(s.levels) == 0 {
		return false
	}
	b := *s.written()
	return len(b)-s.start == 2 && b[s.start+1] == ':' && isLetter(b[s.start])
}

// hold holds the rest of the string back.
func (s *stream) hold() {
	if s.grows {
		s.tok = s.tok[:0]
	}
	s.raw = len(s.tok)
}

// release adds what was held back.
func (s *stream) release() {
	if s.raw < 0 {
		return
	}
	body := string(s.tok[s.raw:])
	if s.drive() { // it is the drive that tells a path
		body = string((*s.written())[s.start:]) + body
		*s.written() = (*s.written())[:s.start]
	}
	s.tok, s.raw = s.tok[:s.raw], -1
	if plain, _ := sound(body); !plain {
		body = string(quote(nil, unescape(body, s.mark)))
		body = body[1 : len(body)-1]
	}
	s.put(body)
}

// unicode reads an escape with four digits.
func (s *stream) unicode() bool {
	const one, two = len(`\u0000`), len(`\u0000\u0000`)
	digits := s.text[2:min(one, len(s.text))]
	switch {
	case !isHex(digits):
		s.hold()
		return true
	case len(digits) < 4:
		return false
	}
	n := one
	if high := digits[0]|0x20 == 'd' && strings.IndexByte("89abAB", digits[1]) >= 0; high {
		rest := s.text[one:min(two, len(s.text))]
		low := true
		for i, accepted := range []string{`\`, `u`, `dD`, `cdefCDEF`} {
			low = low && (i >= len(rest) || strings.IndexByte(accepted, rest[i]) >= 0)
		}
		low = low && (len(rest) < 5 || isHex(rest[4:]))
		switch {
		case low && len(rest) == two-one:
			n = two
		case low && !s.cut:
			return false
		}
	}
	s.put(s.text[:n])
	s.skip(n)
	return true
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// closing reads a quote, which may be part of the string.
func (s *stream) closing(size int) bool {
	if s.times > 1 {
		mark := strings.Repeat(string(rune(s.mark)), s.times)
		switch {
		case strings.HasPrefix(s.text, mark):
			s.skip(len(mark))
			s.end()
		case strings.HasPrefix(mark, s.text):
			return false
		default:
			s.char(s.mark)
			s.skip(1)
		}
		return true
	}
	ends := yes
	if s.state == telling && len(s.levels) > 0 {
		ends = s.closes(size)
	}
	switch ends {
	case later:
		return false
	case yes:
		s.skip(size)
		s.end()
		return true
	}
	if s.trailing() && !s.top().object && size == 1 && s.single() {
		s.trim()
		s.end()
		return true
	}
	if s.trailing() && s.top().object { // the next name, as the quote before a comma is missing
		switch s.keyAhead(0, no) {
		case later:
			return false
		case yes:
			s.trim()
			s.end()
			return true
		}
	}
	if size == 1 {
		s.char(s.text[0])
	} else {
		s.put(s.text[:size])
	}
	s.skip(size)
	return true
}

// end ends the string.
func (s *stream) end() {
	s.release()
	if s.state == naming {
		s.named(unescape(string(s.tok), '"'))
		s.state = colon
		return
	}
	s.state = between
	switch {
	case s.grows:
		s.out = append(s.out, '"')
		s.joins = true
	case !s.muted():
		s.scalar(formText, `"`+string(s.tok)+`"`)
	}
	if len(s.levels) == 0 {
		s.alike()
		return
	}
	s.top().after = true
}

// alike settles a string that stands alone.
func (s *stream) alike() {
	s.state, s.only = seeking, true
	s.last, s.out = s.out, s.last[:0]
	if s.schema == nil || len(s.last) > 0 && s.schema.Accepts(s.last) {
		s.state = settled
	}
}

// written returns what there is of the string.
func (s *stream) written() *[]byte {
	if s.grows {
		return &s.out
	}
	return &s.tok
}

// trailing reports whether the string so far ends in a comma.
func (s *stream) trailing() bool {
	return !s.muted() && strings.HasSuffix(strings.TrimRight(tail(*s.written()), " "), ",")
}

// single reports whether the string so far is one word and then a comma.
func (s *stream) single() bool {
	const long = 48
	b := (*s.written())[s.start:]
	return len(b) < long && !strings.ContainsAny(strings.TrimRight(string(b), ", "), ", ")
}

// trim cuts a comma from the end of the string.
func (s *stream) trim() {
	b := s.written()
	n := len(strings.TrimRight(tail(*b), " "))
	*b = (*b)[:len(*b)-len(tail(*b))+n-1]
}

// tail returns the last few bytes of b.
func tail(b []byte) string { return string(b[max(0, len(b)-8):]) }

// lineBreak reads a line break, before which the quote may be missing.
func (s *stream) lineBreak() bool {
	n := 0
	for n < min(near, len(s.text)) && isBlank(s.text[n]) {
		n++
	}
	if n == len(s.text) && n < near {
		return false
	}
	if rest := s.text[n:]; rest != "" && rest[0] == '`' {
		if len(rest) < 3 && strings.HasPrefix("```", rest) {
			return false
		}
		if strings.HasPrefix(rest, "```") { // it may be the fence around all
			s.state = lost
			if s.grows {
				s.out = append(s.out, '"')
			}
			return true
		}
	}
	if c, _ := punct(s.text, n); isQuote(c) && len(s.levels) > 0 && !s.muted() {
		if s.top().object {
			switch s.keyAhead(n, no) {
			case later:
				return false
			case yes:
				if s.trailing() {
					s.trim()
				}
				s.end()
				return true
			}
		} else if s.trailing() {
			s.trim()
			s.end()
			return true
		}
	}
	for i := range n {
		s.char(s.text[i])
	}
	s.skip(n)
	return true
}
