package repair

import (
	"slices"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// A stream is the state of a [Partial]. It reads its text step by step, and each
// step waits until the text that has come decides it: so it does not matter how
// the text is cut. What is known is written to out at once, but for the brackets
// that are open.
type stream struct {
	schema *schema.Schema
	root   *schema.Node
	align  *aligner
	writer writer

	text   string // what is not read yet: no more than a step looks ahead
	cut    bool   // the beginning of a character follows it
	state  state
	until  string // what ends the comment or the reasoning that the text is in
	beyond gate.Rule

	out    []byte
	last   []byte // what the candidate before came to
	levels []level
	base   int  // the level of the value that is wanted; those below are around it
	nodes  int  // values in out
	junk   bool // there is something before the value, or in it, that does not belong
	only   bool // the value is a string, and nothing may follow it
	line   bool // there was a line break in the gap before text

	quoted
	undo undo
}

// A state is what the next step reads.
type state byte

const (
	seeking   state = iota // the value, in prose
	reasoning              // what stands aside
	between                // the next member, item, comma or bracket
	naming                 // a name in quotes
	colon                  // what follows a name
	valuing                // the value of a member
	telling                // a string
	wording                // a number, a literal or a text without quotes
	skipping               // what cannot be a member or an item
	lost                   // nothing: it cannot be told what is meant
	settled                // nothing: the value is complete
)

// A level is an object or array that is not closed yet.
type level struct {
	object  bool
	close   byte // the bracket that closes it
	mute    bool // it is not written
	try     bool // it may be the value that is wanted, in an object around it
	after   bool // a value was read since the last comma
	read    int  // members that were begun
	count   int  // members or items that were written
	node    *schema.Node
	kinds   []*schema.Node // of a union, what it may still be
	members map[string]bool
	member
}

// A member is what is known of a member before its value, or of an item.
type member struct {
	name     string
	want     *schema.Node
	required bool
	drop     bool // it is left out
}

// An undo is how to take a word back that turns out to go on.
type undo struct {
	word string // "" if there is none
	size int    // of out before it
	n    int    // members of its level before it
}

func newStream(sch *schema.Schema) *stream {
	s := &stream{schema: sch}
	r := newReader("", nil)
	if sch != nil {
		s.root = sch.Root()
		r.names = &names{root: s.root}
	}
	s.align = newAligner(r, 0, 0)
	return s
}

func (s *stream) top() *level { return &s.levels[len(s.levels)-1] }

// muted reports whether what is read now is not written.
func (s *stream) muted() bool {
	return len(s.levels) > 0 && (s.top().mute || s.top().drop)
}

// read reads on with more text.
func (s *stream) read(more string) {
	if s.text == "" {
		s.text = more
	} else {
		s.text += more
	}
	for s.text != "" && s.beyond == "" && s.step() {
	}
}

// step reads some of the text. It reports false if it takes more to go on.
func (s *stream) step() bool {
	switch s.state {
	case seeking, settled:
		return s.seek()
	case reasoning:
		if s.pass() {
			s.state = seeking
			return true
		}
		return false
	case naming, telling:
		return s.quote()
	case wording:
		return s.word()
	case skipping:
		i := strings.IndexAny(s.text, ",\n\"{[}]")
		if i < 0 {
			s.text = ""
			return false
		}
		s.skip(i)
		s.state = between
		return true
	case lost:
		s.text = ""
		return false
	}
	if !s.gap() {
		return false
	}
	if stop, ok := s.stops(); !ok || stop {
		if stop {
			s.finish()
		}
		return ok
	}
	c, size := punct(s.text, 0)
	switch s.state {
	case colon:
		return s.colon(c, size)
	case valuing:
		return s.value(c, size)
	}
	top := s.top()
	switch {
	case isCloser(c):
		s.closer(c, size)
		return true
	case c == ',' || c == ';' || c == '|' && top.after:
		return s.comma(size)
	case c == '.':
		if strings.HasPrefix("...", s.text) && s.text != "..." {
			return false
		}
		s.skip(size)
		return true
	case top.object:
		return s.member(c, size)
	}
	return s.item(c, size)
}

// skip passes over the next n bytes.
func (s *stream) skip(n int) { s.text = s.text[n:] }

// pass passes over all up to and with s.until.
func (s *stream) pass() bool {
	if i := strings.Index(s.text, s.until); i >= 0 {
		s.skip(i + len(s.until))
		s.until = ""
		return true
	}
	s.skip(max(0, len(s.text)-len(s.until)+1))
	return false
}

// gap passes over white space and comments.
func (s *stream) gap() bool {
	for {
		if s.until != "" {
			s.line = s.line || s.until == "\n"
			if !s.pass() {
				return false
			}
		}
		if s.text == "" {
			return false
		}
		c, size := punct(s.text, 0)
		switch {
		case c == '\n':
			s.line = true
			s.skip(1)
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			s.skip(size)
		case c == '#':
			s.until = "\n"
		case c == '/' || c == '<' || c == '&':
			found, ok := s.begins("//", "/*", "<!--", "&nbsp;")
			if !ok {
				return false
			}
			switch found {
			case "":
				return true
			case "&nbsp;":
				s.skip(len(found))
			default:
				s.skip(len(found))
				s.until = map[string]string{"//": "\n", "/*": "*/", "<!--": "-->"}[found]
			}
		default:
			return true
		}
	}
}

// begins returns which of the marks the text begins with, or "". It is not ok if
// that is not certain yet.
func (s *stream) begins(marks ...string) (mark string, ok bool) {
	for _, m := range marks {
		if strings.HasPrefix(s.text, m) {
			return m, true
		}
		if strings.HasPrefix(m, s.text) {
			return "", false
		}
	}
	return "", true
}

// stops reports whether a fence or a tag ends the text in which the value stands.
func (s *stream) stops() (stop, ok bool) {
	if c := s.text[0]; c != '`' && c != '~' && c != '<' {
		return false, true
	}
	mark, ok := s.begins("```", "~~~", "</", "<|", "<｜")
	return mark != "", ok
}

var reasoningTags = []string{"think", "thinking", "reasoning", "analysis", "scratchpad"}

// seek looks for the value in prose, and for reasoning.
func (s *stream) seek() bool {
	if s.only {
		if s.text = s.text[skipSpace(s.text):]; s.text == "" {
			return false
		}
		s.only, s.last, s.junk, s.state = false, nil, true, seeking
	}
	marks := "<"
	if s.state == seeking {
		marks = "<{[｛［\""
	}
	if i := strings.IndexAny(s.text, marks); i < 0 {
		s.junk = s.junk || strings.TrimFunc(s.text, isSpace) != ""
		s.text = ""
		return false
	} else if i > 0 {
		s.junk = s.junk || strings.TrimFunc(s.text[:i], isSpace) != ""
		s.skip(i)
	}
	c, size := punct(s.text, 0)
	switch c {
	case '<':
		return s.tag()
	case '"':
		return s.alone()
	}
	next, _, j, ok := s.ahead(size)
	switch {
	case !ok:
		return false
	case c == '{' && next == '{': // braces are doubled where a template was meant to be filled
		s.skip(j)
		return true
	case next == '\\': // it is written as a string
		s.state = lost
		return true
	case c == '[' && s.root != nil && !s.root.Types.Has(schema.Array), c == '[' && !s.list(next):
		s.junk = true
		s.skip(size)
		return true
	}
	s.base = 0
	s.push(c, size, s.root)
	return true
}

func skipSpace(s string) int { return len(s) - len(strings.TrimLeftFunc(s, isSpace)) }

// list reports whether a bracket before next may begin a list, and not a note or
// a link in prose.
func (s *stream) list(next byte) bool {
	if s.root != nil && s.root.Types != schema.Any || !s.junk {
		return true
	}
	return next != 'x' && !isLetter(next)
}

// tag passes over a tag, and over reasoning.
func (s *stream) tag() bool {
	for _, name := range reasoningTags {
		for _, tag := range []string{"<" + name + ">", "</" + name + ">"} {
			switch {
			case strings.HasPrefix(s.text, tag):
				s.skip(len(tag))
				if tag[1] == '/' { // what was found belongs to the reasoning
					s.last, s.out, s.state, s.junk = nil, s.out[:0], seeking, false
				} else if s.state == seeking {
					s.state, s.until = reasoning, "</"+name+">"
				}
				return true
			case strings.HasPrefix(tag, s.text):
				return false
			}
		}
	}
	s.junk = true
	s.skip(1)
	return true
}

// push opens what the bracket c opens, which is to be as want says.
func (s *stream) push(c byte, size int, want *schema.Node) {
	if len(s.levels) == gate.DefaultDepth {
		s.beyond = gate.TooDeep
		return
	}
	lv := level{object: c == '{', close: ']', mute: s.muted()}
	switch c {
	case '{':
		lv.close = '}'
	case '(':
		lv.close = ')'
	}
	if !lv.mute {
		lv.node, lv.kinds, lv.mute = resolve(want, lv.object)
	}
	if !lv.mute && !s.lead() {
		return
	}
	s.skip(size)
	s.undo.word, s.joins = "", false
	n := len(s.levels)
	if n < cap(s.levels) {
		lv.members = s.levels[:n+1][n].members
	}
	if clear(lv.members); n > 0 {
		s.top().after = true
	}
	if !lv.mute && lv.object {
		s.out = append(s.out, '{')
	} else if !lv.mute {
		s.out = append(s.out, '[')
	}
	s.levels = append(s.levels, lv)
	s.state = between
}

// closer reads the closing bracket c.
func (s *stream) closer(c byte, size int) {
	match := len(s.levels) - 1
	for match >= 0 && s.levels[match].close != c {
		match--
	}
	switch {
	case match < 0 && c == ')':
		s.skip(size)
	case match < 0 && len(s.levels) == 1: // the wrong one
		s.skip(size)
		s.pop()
	case match < 0: // the wrong one, or one too many
		s.state = lost
	default:
		s.skip(size)
		for len(s.levels) > match {
			s.pop()
		}
	}
}

// pop closes the innermost object or array.
func (s *stream) pop() {
	lv := s.top()
	if !lv.mute {
		s.out = append(s.out, ']')
		if lv.object {
			s.out[len(s.out)-1] = '}'
		}
	}
	const many = 64 // beyond, to clear the map would cost more than the object that uses it
	if len(lv.members) > many {
		lv.members = nil
	}
	s.levels = s.levels[:len(s.levels)-1]
	s.undo.word, s.joins = "", false
	if s.state = between; len(s.levels) == 0 {
		s.settle()
	}
}

// finish closes all that is open where the text around the value goes on.
func (s *stream) finish() {
	for len(s.levels) > 0 {
		s.pop()
	}
}

// settle decides what becomes of a candidate that is complete.
func (s *stream) settle() {
	s.undo.word = ""
	fits := !s.junk || len(s.out) > len(`{}`)
	if s.schema != nil {
		fits = fits && len(s.out) > 0 && s.schema.Accepts(s.out)
	}
	if fits || len(s.out) > len(`{}`) {
		s.last, s.out = s.out, s.last
	}
	s.out, s.nodes = s.out[:0], 0
	if s.state = seeking; fits {
		s.state = settled
	}
}

// json returns what is known. The brackets that are missing stand behind out and
// are not part of it.
func (s *stream) json() []byte {
	if len(s.out) == 0 || len(s.levels) > 0 && s.base < len(s.levels) && s.levels[s.base].count == 0 {
		if len(s.last) == 0 {
			return nil
		}
		return s.last
	}
	all := s.out
	if s.state == telling && s.grows {
		all = append(all, '"')
	}
	for _, lv := range slices.Backward(s.levels[min(s.base, len(s.levels)):]) {
		switch {
		case lv.mute:
		case lv.object:
			all = append(all, '}')
		default:
			all = append(all, ']')
		}
	}
	if cap(all) > cap(s.out) { // so that the next time there is room
		s.out = all[:len(s.out)]
	}
	return all[:len(all):len(all)]
}
