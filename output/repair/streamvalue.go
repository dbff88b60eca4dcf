package repair

import (
	"strings"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// comma reads a comma.
func (s *stream) comma(size int) bool {
	if s.undo.word != "" && s.top().object && size == 1 {
		if len(s.text) == 1 {
			return false
		}
		if isDigit(s.text[1]) { // between thousands
			s.again(",")
			s.skip(1)
			return true
		}
	}
	s.skip(size)
	s.undo.word, s.joins = "", false
	s.top().after = false
	return true
}

// again takes back the word that was read last, since more belongs to it.
func (s *stream) again(more string) {
	s.out, s.top().count = s.out[:s.undo.size], s.undo.n
	s.tok = append(append(s.tok[:0], s.undo.word...), more...)
	s.undo.word, s.state = "", wording
}

// member reads what stands where a member should.
func (s *stream) member(c byte, size int) bool {
	top := s.top()
	if c == ':' && !top.after { // a symbol of Ruby
		s.skip(size)
		return true
	}
	if strings.IndexByte("uUbBrRfF", c) >= 0 && len(s.text) == 1 {
		return false
	}
	if prefixed(s.text, 0) > 0 {
		s.skip(1)
		return true
	}
	if c == '{' && len(s.levels) > 1 && top.count > 0 && !s.levels[len(s.levels)-2].object {
		s.pop() // the object ends before the next
		return true
	}
	if isQuote(c) {
		s.open(c, size, naming)
		return true
	}
	if top.after && c == '+' {
		return s.join(size)
	}
	end, sure := s.nameAhead(0)
	switch {
	case sure == later:
		return false
	case sure == yes && (!top.after || !strings.Contains(strings.TrimSpace(s.text[:end]), " ")):
		s.named(strings.Trim(s.text[:end], " \t*`'\""))
		s.skip(end)
		s.state = colon
	case c == '{' || c == '[' || c == '(':
		s.state = lost
	case top.after && s.undo.word != "" && !s.line:
		s.again(" ")
	default:
		s.stray(size)
	}
	return true
}

// stray passes over what is no member and no item.
func (s *stream) stray(size int) {
	s.skip(size)
	s.junk, s.state = true, skipping
}

// join reads a string that is added to the one before it.
func (s *stream) join(size int) bool {
	c, n, at, ok := s.ahead(size)
	switch {
	case !ok:
		return false
	case !isQuote(c) || !s.joins:
		s.state = lost
		return true
	}
	s.skip(at)
	s.out = s.out[:len(s.out)-1]
	s.begin(c, n, telling)
	return true
}

// item reads what stands where an item should.
func (s *stream) item(c byte, size int) bool {
	top := s.top()
	if top.after {
		switch {
		case c == '+':
			return s.join(size)
		case c == ':' && s.joins && len(s.levels) > 1 && s.levels[len(s.levels)-2].object:
			s.rename()
			return true
		case isQuote(c) || c == '{' || c == '[' || c == '-' || isDigit(c):
		case c != '(' && s.undo.word != "" && !s.line:
			s.again(" ")
			return true
		default:
			s.stray(size)
			return true
		}
	}
	top.member = member{want: nthItem(top.node, top.kinds, top.count)}
	if want := top.want; top.try {
		top.try = false
		if c == '{' && want != nil && !free(want) && want.Types.Has(schema.Object) {
			s.adopt()
		}
	}
	return s.value(c, size)
}

// rename makes the last item the name of a member: the bracket before it is
// missing.
func (s *stream) rename() {
	name := unescape(string(s.out[s.start:len(s.out)-1]), '"')
	s.out = s.out[:s.before]
	s.top().count--
	s.pop()
	s.named(name)
	s.state = colon
}

// colon reads what follows the name of a member.
func (s *stream) colon(c byte, size int) bool {
	switch {
	case c == ':' || c == '=':
		s.skip(size)
		s.state = valuing
	case c == '-' && len(s.text) == 1:
		return false
	case strings.HasPrefix(s.text, "->"):
		s.skip(2)
		s.state = valuing
	case c == '{' || c == '[' || c == '-' || isQuote(c) || isDigit(c):
		s.state = valuing
	case c == ',' || isCloser(c): // a name alone
		s.top().after, s.junk, s.state = true, true, between
	default:
		s.state = lost
	}
	return true
}

// value reads the beginning of a value.
func (s *stream) value(c byte, size int) bool {
	top := s.top()
	switch {
	case top.object && (c == ':' || c == '=' || c == '>'): // the rest of a colon
		s.skip(size)
	case top.object && (c == ',' || isCloser(c)): // there is no value
		top.after, s.junk, s.state = true, true, between
	case c == '{' || c == '[' || c == '(':
		s.inner(c, size)
	case isQuote(c):
		s.open(c, size, telling)
	case strings.IndexByte("uUbBrRfF", c) >= 0 && len(s.text) == 1:
		return false
	case prefixed(s.text, 0) > 0:
		s.skip(1)
	default:
		s.tok = s.tok[:0]
		s.undo.word, s.joins = "", false
		s.state = wording
	}
	return true
}

// inner opens what the bracket c opens, which may be the value that is wanted if
// it is the first thing in an object that is not: {"result": {"name": "Ada"}}.
func (s *stream) inner(c byte, size int) {
	top := s.top()
	want, try := top.want, false
	if first := s.base == 0 && s.levels[0].count == 0 && s.root != nil && top.object; first {
		switch {
		case len(s.levels) > 1 && !top.try:
		case c == '{':
			try = top.drop && (top.try || !top.mute)
		case c == '[':
			try = top.drop && top.read == 1 && !s.root.Types.Has(schema.Object) && s.root.Types.Has(schema.Array)
		}
	}
	s.push(c, size, want)
	if lv := s.top(); try && s.beyond == "" {
		lv.node, lv.kinds, _ = resolve(s.root, lv.object)
		lv.try = lv.node != nil
	}
}

// named takes the name of the next member.
func (s *stream) named(name string) {
	top := s.top()
	top.read++
	top.member = member{name: name, drop: true}
	outer := s.base > 0 && len(s.levels) == 1 // around what was taken for the value
	if top.mute && !top.try && !outer {
		return
	}
	if len(top.kinds) > 0 {
		top.choose(s.align, name)
	} else {
		i, exact, ok := s.align.property(top.node, name, 0)
		if ok && !exact && !top.node.Closed && !top.node.Properties[i].Required {
			ok = false // it may well be another
		}
		switch {
		case ok:
			p := &top.node.Properties[i]
			top.member = member{name: p.Name, want: p.Node, required: p.Required}
			if top.mute {
				s.adopt()
			}
		case top.mute || top.node != nil && top.node.Closed:
		case top.node != nil:
			top.member = member{name: name, want: top.node.Rest}
		default:
			top.member = member{name: name}
		}
	}
	if !top.drop && top.members[folded(top.name)] {
		top.drop = true
	}
	s.junk = s.junk || top.drop
}

// adopt makes the innermost object the value that is wanted.
func (s *stream) adopt() {
	for i := range s.levels {
		s.levels[i].mute = true
	}
	top := s.top()
	top.mute, top.try, top.count = false, false, 0
	clear(top.members)
	s.base = len(s.levels) - 1
	s.out, s.nodes = append(s.out[:0], '['), 1
	if top.object {
		s.out[0] = '{'
	}
}

// room reports whether n more bytes may be written.
func (s *stream) room(n int) bool {
	if len(s.out)+n+len(s.levels)+1 > gate.DefaultBytes {
		s.beyond = gate.TooLarge
	}
	return s.beyond == ""
}

// lead writes what stands before a value. It reports false if there is no room.
func (s *stream) lead() bool {
	if s.nodes++; s.nodes > gate.DefaultNodes {
		s.beyond = gate.TooManyNodes
	}
	if len(s.levels) == 0 {
		return s.beyond == ""
	}
	top := s.top()
	if !s.room(6*len(top.name) + 8) {
		return false
	}
	if top.count > 0 {
		s.out = append(s.out, ',')
	}
	if top.object {
		s.out = append(quote(s.out, top.name), ':')
		if top.members == nil {
			top.members = map[string]bool{}
		}
		top.members[folded(top.name)] = true
	}
	top.count++
	return true
}

// scalar writes a value that is complete, as the schema wants it, or leaves it
// out if it cannot be that.
func (s *stream) scalar(f form, src string) {
	if f == formWord && ellipsis(src, 0) == len(src) {
		return
	}
	var top *level
	want, optional := s.root, false
	if len(s.levels) > 0 {
		top = s.top()
		want, optional = top.want, top.object && !top.required
	}
	a, w := s.align, &s.writer
	plain := f == formText || isLiteral(src) || isNumber(src)
	a.src, a.curly = src, false
	a.nodes = append(a.nodes[:1], node{form: f, end: int32(len(src)), plain: plain})
	a.fixes, a.memo, a.subs = a.fixes[:1], nil, nil
	w.out, w.repairs, w.tie = w.out[:0], w.repairs[:0], nil
	if optional && want != nil && a.isNull(1) && !takesNull(want, 0) {
		return
	}
	cost := a.align(1, want, w)
	if cost >= unfit || w.tie != nil || !s.room(len(w.out)) {
		return
	}
	if (cost > 0 || len(w.out) > 64 || f == formWord && strings.ContainsAny(src, "eE")) && (gate.Limits{Depth: gate.DefaultDepth - len(s.levels)}).Check(w.out) != nil {
		return
	}
	if s.lead() {
		s.out = append(s.out, w.out...)
	}
	if top != nil && len(top.kinds) > 0 && top.object {
		top.tell(w.out)
	}
}
