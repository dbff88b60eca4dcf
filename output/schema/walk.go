package schema

import (
	"iter"
	"maps"
	"sync"
	"unicode/utf8"
)

// A walk checks one value. It asks each rule of each part of the value at most
// once where several could ask, so that the work grows with the product of the
// two and not with the power of the depth.
type walk struct {
	tape
	schema *Schema
	known  map[key]bool    // of rules that are asked of a value by several
	told   map[key][]found // the same with the findings
	work   int             // left
	buffer []byte          // for canonical forms
}

// A key is a rule and a part of the value.
type key struct {
	rule int
	at   int32
}

// The work that one check may take, in steps of about a nanosecond, and what it
// takes to ask one rule of one part, and to remember the answer.
const (
	maxWork    = 1 << 30
	workRule   = 64
	workMemory = 1 << 10
)

var walks = sync.Pool{New: func() any { return new(walk) }}

func newWalk(s *Schema, data []byte) *walk {
	w := walks.Get().(*walk)
	w.schema, w.work = s, maxWork
	if cap(w.cells) == 0 {
		w.cells = make([]cell, 0, len(data)/8+16)
	}
	w.read(data)
	return w
}

// release gives w back, unless an extraordinary value made it large.
func (w *walk) release() {
	w.schema, w.data = nil, nil
	clear(w.known)
	clear(w.told)
	if cap(w.cells) <= 1<<18 && cap(w.buffer) <= 1<<14 && len(w.known)+len(w.told) < 1<<10 {
		walks.Put(w)
	}
}

// A seen collects which members or elements of one value a rule has something
// to say of, for unevaluatedProperties and unevaluatedItems.
type seen map[int32]bool

// ok reports whether the value at i satisfies r. If it does, the parts that r
// speaks of are added to s, unless s is nil.
func (w *walk) ok(r *rule, i int32, s seen) bool {
	if w.work -= workRule; w.work < 0 {
		return false
	}
	if !w.remembers(r, i) || s != nil {
		return w.satisfies(r, i, s)
	}
	k := key{r.id, i}
	if ok, known := w.known[k]; known {
		return ok
	}
	ok := w.satisfies(r, i, s)
	if w.known == nil {
		w.known = map[key]bool{}
	}
	w.work -= workMemory
	w.known[k] = ok
	return ok
}

// remembers reports whether the answer of r for the value at i may be asked for
// again. For a scalar, asking again is cheaper.
func (w *walk) remembers(r *rule, i int32) bool {
	kind := w.cells[i].kind
	return r.memo && w.schema.sharing && (kind == '{' || kind == '[')
}

func (w *walk) satisfies(r *rule, i int32, s seen) bool {
	c := &w.cells[i]
	if c.kind == 'n' && r.null {
		return true
	}
	if r.never || r.types != Any && !r.types.Has(w.typ(i)) {
		return false
	}
	if r.enum != nil && !w.among(r.enum, i) || r.fixed != nil && !w.among(r.fixed, i) {
		return false
	}
	switch c.kind {
	case '"':
		if r.text.given && !w.textOK(&r.text, i) {
			return false
		}
	case '0':
		if r.number.given && !w.numberOK(&r.number, i) {
			return false
		}
	}
	if r.hint != nil && !r.hint.fits(w.raw(i)) {
		return false
	}
	if !r.leaves() {
		return w.partsOK(r, i, s)
	}
	own := seen{} // what others say of the parts is not for r to see
	if !w.partsOK(r, i, own) || !w.leftOK(r, i, own) {
		return false
	}
	if s != nil {
		maps.Copy(s, own)
	}
	return true
}

// partsOK checks the parts of the value, and what other schemas say of it.
func (w *walk) partsOK(r *rule, i int32, s seen) bool {
	switch w.cells[i].kind {
	case '{':
		if r.object.given && !w.objectOK(r, i, s) {
			return false
		}
	case '[':
		if r.array.given && !w.arrayOK(&r.array, i, s) {
			return false
		}
	}
	return r.paths == 1 || w.combinedOK(r, i, s)
}

// combinedOK checks what r says by other schemas for the same value.
func (w *walk) combinedOK(r *rule, i int32, s seen) bool {
	for _, sub := range r.refs {
		if !w.ok(sub, i, s) {
			return false
		}
	}
	for _, sub := range r.allOf {
		if !w.ok(sub, i, s) {
			return false
		}
	}
	if r.anyOf != nil && w.matches(r.anyOf, i, s, 1) == 0 {
		return false
	}
	if r.oneOf != nil && w.matches(r.oneOf, i, s, 2) != 1 {
		return false
	}
	if r.not != nil && w.ok(r.not, i, nil) {
		return false
	}
	if branch := w.branch(r, i, s); branch != nil && !w.ok(branch, i, s) {
		return false
	}
	return true
}

// branch returns which of then and else applies, or nil.
func (w *walk) branch(r *rule, i int32, s seen) *rule {
	if r.when == nil {
		return nil
	}
	if w.attempt(r.when, i, s) {
		return r.then
	}
	return r.orElse
}

// attempt is like ok, but adds nothing to s if the value does not satisfy r.
func (w *walk) attempt(r *rule, i int32, s seen) bool {
	if s == nil {
		return w.ok(r, i, nil)
	}
	own := seen{}
	if !w.ok(r, i, own) {
		return false
	}
	maps.Copy(s, own)
	return true
}

// matches returns how many of list the value satisfies. It stops at enough,
// unless all are needed for s.
func (w *walk) matches(list []*rule, i int32, s seen, enough int) int {
	n := 0
	for _, sub := range list {
		if w.attempt(sub, i, s) {
			n++
		}
		if n == enough && s == nil {
			break
		}
	}
	return n
}

func (w *walk) objectOK(r *rule, i int32, s seen) bool {
	o, c := &r.object, &w.cells[i]
	if n := int(c.count); n < o.min || o.max >= 0 && n > o.max {
		return false
	}
	required, hint := 0, 0
	for j := i + 1; j < c.next; j = w.cells[j+1].next {
		name := w.plain(j)
		p := o.property(name, hint)
		spoken := false
		if p >= 0 {
			hint = p + 1
			if o.props[p].required {
				required++
			}
			if sub := o.props[p].rule; sub != nil {
				spoken = true
				if !w.ok(sub, j+1, nil) {
					return false
				}
			}
		}
		for _, pattern := range o.patterns {
			if w.match(pattern.pattern, name) {
				spoken = true
				if !w.ok(pattern.rule, j+1, nil) {
					return false
				}
			}
		}
		if !spoken && o.rest != nil {
			spoken = true
			if !w.ok(o.rest, j+1, nil) {
				return false
			}
		}
		if o.names != nil && !w.ok(o.names, j, nil) {
			return false
		}
		if spoken && s != nil {
			s[j] = true
		}
	}
	if required < o.required {
		return false
	}
	for _, d := range o.dependent {
		if w.member(i, d.name) < 0 {
			continue
		}
		for _, name := range d.required {
			if w.member(i, name) < 0 {
				return false
			}
		}
		if d.rule != nil && !w.ok(d.rule, i, s) {
			return false
		}
	}
	return true
}

func (w *walk) arrayOK(a *arrayRule, i int32, s seen) bool {
	c := &w.cells[i]
	if n := int(c.count); n < a.min || a.max >= 0 && n > a.max {
		return false
	}
	found := 0
	n := 0
	for j := i + 1; j < c.next; j, n = w.cells[j].next, n+1 {
		sub := a.items
		if n < len(a.prefix) {
			sub = a.prefix[n]
		}
		if sub != nil && !w.ok(sub, j, nil) {
			return false
		}
		contained := a.contains != nil && w.ok(a.contains, j, nil)
		if contained {
			found++
		}
		if s != nil && (sub != nil || contained) {
			s[j] = true
		}
	}
	if a.contains != nil && (found < a.minContains || a.maxContains >= 0 && found > a.maxContains) {
		return false
	}
	if a.unique {
		_, twin := w.twins(i)
		return twin < 0
	}
	return true
}

// twins returns the first element of an array that equals an earlier one, after
// that; or -1.
func (w *walk) twins(i int32) (first, second int32) {
	before := make(map[string]int32, w.cells[i].count)
	for j := i + 1; j < w.cells[i].next; j = w.cells[j].next {
		w.buffer = w.appendCanonical(w.buffer[:0], j)
		w.work -= 8*len(w.buffer) + workRule
		if first, ok := before[string(w.buffer)]; ok {
			return first, j
		}
		before[string(w.buffer)] = j
	}
	return -1, -1
}

func (w *walk) textOK(t *textRule, i int32) bool {
	s := w.plain(i)
	if t.min > 0 || t.max >= 0 {
		if n := utf8.RuneCount(s); n < t.min || t.max >= 0 && n > t.max {
			return false
		}
	}
	if t.pattern != nil && !w.match(t.pattern, s) {
		return false
	}
	return t.asserted == nil || t.asserted(string(s))
}

// match reports whether p matches, if there is work left to find out.
func (w *walk) match(p *pattern, s []byte) bool {
	cost := 4 * int64(p.size) * int64(len(s)+1)
	if w.work = int(max(int64(w.work)-cost, -1)); w.work < 0 {
		return false
	}
	return p.Match(s)
}

func (w *walk) numberOK(n *numberRule, i int32) bool {
	raw := w.raw(i)
	if _, small := smallInt(raw); !small {
		exponent := exponentOf(raw)
		w.work -= 1<<10 + 32*max(exponent, -exponent) // as for many digits
	}
	switch {
	case n.minimum != nil && n.minimum.compare(raw) < 0,
		n.above != nil && n.above.compare(raw) <= 0,
		n.maximum != nil && n.maximum.compare(raw) > 0,
		n.below != nil && n.below.compare(raw) >= 0:
		return false
	}
	return n.multiple == nil || n.multiple.divides(raw)
}

// among reports whether the value at i is one of e.
func (w *walk) among(e *choice, i int32) bool {
	w.buffer = w.appendCanonical(w.buffer[:0], i)
	w.work -= len(w.buffer)
	return e.values[string(w.buffer)]
}

// leftOK checks the parts that are not in s, which then has them all.
func (w *walk) leftOK(r *rule, i int32, s seen) bool {
	for part, sub := range w.left(r, i, s) {
		if !w.ok(sub, part, nil) {
			return false
		}
	}
	return true
}

// left yields the members or elements that are not in s, with the rule for
// them, and adds them to s.
func (w *walk) left(r *rule, i int32, s seen) iter.Seq2[int32, *rule] {
	return func(yield func(int32, *rule) bool) {
		c, sub, name := &w.cells[i], r.array.unevaluated, int32(0)
		if c.kind == '{' {
			sub, name = r.object.unevaluated, 1
		}
		if sub == nil || c.kind != '{' && c.kind != '[' {
			return
		}
		for j := i + 1; j < c.next; j = w.cells[j+name].next {
			if !s[j] {
				s[j] = true
				if !yield(j+name, sub) {
					return
				}
			}
		}
	}
}
