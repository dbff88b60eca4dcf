package repair

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// An aligner reads the nodes of a reader as the values that a schema wants. Its
// methods take a node and what it shall be, and return what that costs; they
// write the value if w is not nil.
type aligner struct {
	*reader
	base  int // offset of the reader's text in the whole
	inner int // how often the text was unwrapped from a string
	memo  map[pair]int
	under map[pair]bool // what [aligner.part] is about
	alike map[pair]bool // unions whose best kinds were compared
	index map[*schema.Node]*index
	subs  map[int32]sub
	twins map[[2]int32]bool
}

// A pair is a node and what it shall be.
type pair struct {
	n int32
	s *schema.Node
}

func newAligner(r *reader, base, inner int) *aligner {
	return &aligner{reader: r, base: base, inner: inner}
}

// align is for the value n with the repairs that it needed to be read.
func (a *aligner) align(n int32, s *schema.Node, w *writer) int {
	if form := a.nodes[n].form; w == nil && (form == formObject || form == formArray) {
		return a.cost(n, s)
	}
	return a.mended(n, w) + a.as(n, s, w)
}

// mended is for the repairs of reading n.
func (a *aligner) mended(n int32, w *writer) (cost int) {
	for i := a.nodes[n].fix; i != 0; i = a.fixes[i].prev {
		f := a.fixes[i]
		cost += costs[f.kind]
		if w != nil {
			w.repaired(f.kind, a.base+int(f.start), a.src[f.start:f.end], len(w.out))
		}
	}
	return cost
}

// as is for the value of n alone.
func (a *aligner) as(n int32, s *schema.Node, w *writer) int {
	if s == nil || free(s) {
		return a.anything(n, w)
	}
	if len(s.Union) > 0 && len(s.Properties) == 0 {
		return a.union(n, s, w)
	}
	switch a.nodes[n].form {
	case formObject:
		return a.object(n, s, w)
	case formArray:
		return a.array(n, s, w)
	}
	return a.scalar(n, s, w)
}

// cost is the cost of [aligner.align]. For what holds others it is computed but
// once for a pair, so that what is asked at each level is not asked a power of
// the depth.
func (a *aligner) cost(n int32, s *schema.Node) int {
	if form := a.nodes[n].form; form != formObject && form != formArray {
		return a.align(n, s, nil)
	}
	p := pair{n, s}
	if c, ok := a.memo[p]; ok {
		return c
	}
	if a.memo == nil {
		a.memo = map[pair]int{}
	}
	mended := a.mended(n, nil)
	a.memo[p] = unfit + mended // for a schema that comes back to itself
	c := mended + a.as(n, s, nil)
	a.memo[p] = c
	return c
}

// free reports whether s says nothing of the shape of a value.
func free(s *schema.Node) bool {
	return s.Types == schema.Any && len(s.Properties) == 0 && s.Rest == nil && !s.Closed &&
		len(s.Prefix) == 0 && s.Items == nil && len(s.Union) == 0 && s.Enum == nil
}

// union is for one of several schemas: the one that costs least.
func (a *aligner) union(n int32, s *schema.Node, w *writer) int {
	best, second, least := -1, -1, 0
	for i, u := range s.Union {
		switch c := a.cost(n, u); {
		case best < 0 || c < least:
			best, second, least = i, -1, c
		case c == least && second < 0:
			second = i
		}
	}
	mended := a.mended(n, nil)
	if w == nil {
		return least - mended
	}
	start := len(w.out)
	a.as(n, s.Union[best], w)
	if p := (pair{n, s}); second >= 0 && least > mended && least < unfit && w.tie == nil && !a.alike[p] {
		// Two readings as good as each other must say the same.
		if a.alike == nil {
			a.alike = map[pair]bool{}
		}
		a.alike[p] = true
		other := writer{path: w.path, quiet: true}
		a.as(n, s.Union[second], &other)
		if one := w.out[start:]; !bytes.Equal(one, other.out) {
			a.torn(n, w, fmt.Sprintf("it may be %s or %s", short(string(one)), short(string(other.out))))
		}
		if w.tie == nil {
			w.tie = other.tie
		}
	}
	return least - mended
}

// torn notes that n can be read in several ways.
func (a *aligner) torn(n int32, w *writer, detail string) int {
	if w != nil && w.tie == nil {
		if p := w.pointer(); p != "" {
			detail = p + ": " + detail
		}
		w.tie = &Error{Offset: a.base + int(a.nodes[n].start), Detail: detail, Err: ErrAmbiguous}
	}
	return unfit
}

// done notes a repair of the value n that was written from start on.
func (a *aligner) done(kind Kind, n int32, w *writer, start int) int {
	if w != nil {
		nd := &a.nodes[n]
		w.repaired(kind, a.base+int(nd.start), a.src[nd.start:nd.end], start)
	}
	return costs[kind]
}

// array is for a list.
func (a *aligner) array(n int32, s *schema.Node, w *writer) int {
	nd := &a.nodes[n]
	if s.Types.Has(schema.Array) && s.Enum == nil && !nd.call {
		return a.list(n, s, w)
	}
	if s.Enum == nil && nd.call && s.Types.Has(schema.String) && nd.size != 1 {
		start := a.mark(w)
		if w != nil {
			w.out = quote(w.out, a.src[nd.start:nd.end])
		}
		return a.done(Text, n, w, start)
	}
	only := int32(0)
	if nd.size == 1 {
		only = nd.first
	} else if nd.size > 1 && !nd.call {
		only = a.only(n, s)
	}
	whole := unfit
	if p := sole(s); p != nil {
		whole = costs[Unwrapped] + a.cost(n, p.Node) - a.mended(n, nil)
	}
	part := unfit
	if only != 0 {
		part = a.cost(only, s) + costs[Listed]
	}
	switch {
	case only != 0 && part <= whole && (part < unfit || nd.size == 1):
		start := a.mark(w)
		kind := Listed
		if nd.call {
			kind = Literal
		}
		cost := a.align(only, s, w)
		return cost + a.done(kind, n, w, start)
	case whole < unfit:
		return a.within(n, sole(s), w)
	}
	return unfit + a.anything(n, w)
}

// only returns the only item of n that can be what s wants, or 0.
func (a *aligner) only(n int32, s *schema.Node) int32 {
	found := int32(0)
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if a.cost(c, s) < unfit {
			if found != 0 {
				return 0
			}
			found = c
		}
	}
	return found
}

// list is for the items of an array.
func (a *aligner) list(n int32, s *schema.Node, w *writer) (cost int) {
	if a.flat(n, s) {
		cost = a.torn(n, w, "a list of lists is wanted, and it may be one of them or all")
	}
	if w != nil {
		w.out = append(w.out, '[')
	}
	i := 0
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		item := s.Items
		if i < len(s.Prefix) {
			item = s.Prefix[i]
		}
		if a.lost(c, item) {
			cost += a.done(Truncated, c, w, a.mark(w))
			continue
		}
		if w != nil {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			w.path = append(w.path, step{index: i, item: true})
		}
		if a.group(c) {
			cost += a.torn(c, w, "a comma may stand between numbers or thousands")
		}
		cost += a.align(c, item, w)
		if w != nil {
			w.path = w.path[:len(w.path)-1]
		}
		i++
	}
	if w != nil {
		w.out = append(w.out, ']')
	}
	return cost
}

// flat reports whether n is a list of several scalars where one of lists is
// wanted.
func (a *aligner) flat(n int32, s *schema.Node) bool {
	if s.Items == nil || s.Items.Types != schema.Array || a.nodes[n].size < 2 {
		return false
	}
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if form := a.nodes[c].form; form == formObject || form == formArray || a.encoded(c) {
			return false
		}
	}
	return true
}

// group reports whether n is what stands after the comma in 1,050: no number by
// itself.
func (a *aligner) group(n int32) bool {
	nd := &a.nodes[n]
	i := int(nd.start)
	return nd.form == formWord && !nd.plain && nd.end-nd.start == 3 && a.src[i] == '0' && i > 1 &&
		a.src[i-1] == ',' && isDigit(a.src[i-2]) && thousands(a.src, i-1)
}

// sole returns the property that a value stands for where an object is wanted:
// its only one, or its only required one.
func sole(s *schema.Node) *schema.Property {
	if !s.Types.Has(schema.Object) || s.Types == schema.Any {
		return nil
	}
	if len(s.Properties) == 1 {
		return &s.Properties[0]
	}
	var found *schema.Property
	for i := range s.Properties {
		if s.Properties[i].Required {
			if found != nil {
				return nil
			}
			found = &s.Properties[i]
		}
	}
	return found
}

// within is for a value that stands for the object that has it as its only
// property.
func (a *aligner) within(n int32, p *schema.Property, w *writer) int {
	start := a.mark(w)
	if w != nil {
		w.out = append(quote(append(w.out, '{'), p.Name), ':')
		w.path = append(w.path, step{name: p.Name})
	}
	cost := a.part(n, p.Node, w)
	if w != nil {
		w.out = append(w.out, '}')
		w.path = w.path[:len(w.path)-1]
	}
	return cost + a.done(Unwrapped, n, w, start)
}

// part is [aligner.as] where n stands for a part of what is wanted, which is s. A
// schema may come back to itself that way while n stays what it is.
func (a *aligner) part(n int32, s *schema.Node, w *writer) int {
	if w == nil {
		return a.cost(n, s) - a.mended(n, nil)
	}
	p := pair{n, s}
	if a.under[p] {
		return unfit + a.anything(n, w)
	}
	if a.under == nil {
		a.under = map[pair]bool{}
	}
	a.under[p] = true
	cost := a.as(n, s, w)
	delete(a.under, p)
	return cost
}

// mark returns where w will write next.
func (a *aligner) mark(w *writer) int {
	if w == nil {
		return 0
	}
	return len(w.out)
}

// anything is for a value of which no schema says anything.
func (a *aligner) anything(n int32, w *writer) (cost int) {
	nd := &a.nodes[n]
	switch nd.form {
	case formObject:
		return a.members(n, nil, w)
	case formArray:
		if nd.call && nd.size == 1 {
			start := a.mark(w)
			cost := a.align(nd.first, nil, w)
			return cost + a.done(Literal, n, w, start)
		}
		return a.list(n, &schema.Node{}, w)
	case formText:
		if w != nil {
			w.out = a.verbatim(n, w.out)
		}
		return 0
	}
	return a.bare(n, w)
}

// verbatim appends what a text says, in its own bytes if they are sound.
func (a *aligner) verbatim(n int32, out []byte) []byte {
	nd := &a.nodes[n]
	if nd.plain {
		return append(out, a.src[nd.start:nd.end]...)
	}
	return quote(out, a.textOf(n))
}

// bare is for a word of which no schema says what it is.
func (a *aligner) bare(n int32, w *writer) int {
	nd := &a.nodes[n]
	text := a.textOf(n)
	start := a.mark(w)
	to, kind := text, Literal
	switch {
	case nd.plain:
		if w != nil {
			w.out = append(w.out, text...)
		}
		return 0
	default:
		if lit, ok := a.literal(n); ok {
			to = lit
		} else if num, ok := plainNumber(text); ok {
			to = num
		} else {
			to, kind = string(quote(nil, text)), Unquoted
		}
	}
	if w != nil {
		w.out = append(w.out, to...)
	}
	return a.done(kind, n, w, start)
}

// literal returns the literal that a word means.
func (a *aligner) literal(n int32) (string, bool) {
	text := a.textOf(n)
	if lit, ok := literals[text]; ok {
		return lit, true
	}
	if a.nodes[n].cut && text != "" {
		for _, lit := range []string{"true", "false", "null"} {
			if len(text) < len(lit) && lit[:len(text)] == text {
				return lit, true
			}
		}
	}
	return "", false
}

// lost reports whether the text ends within n so early that its value is not
// known.
func (a *aligner) lost(n int32, s *schema.Node) bool {
	nd := &a.nodes[n]
	if !nd.cut {
		return false
	}
	if nd.form == formWord {
		if _, ok := a.literal(n); ok {
			return false
		}
		if text := a.textOf(n); text != "" && (isDigit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.') {
			if s == nil || !s.Types.Has(schema.String) {
				return strings.Trim(text, "0123456789+-.eE_") == ""
			}
		}
	}
	if s == nil {
		return false
	}
	if s.Enum != nil {
		_, ok := complete(a.textOf(n), s)
		return !ok
	}
	return s.Format != "" || !s.Types.Has(schema.String) && len(s.Union) == 0
}
