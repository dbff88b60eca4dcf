package repair

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// An index finds the properties of a schema by name.
type index struct {
	exact  map[string]int // nil for a schema of few properties
	folded map[string]int // -1 where several have the same; nil until it is needed
}

// few properties are looked through one by one.
const few = 12

// property returns the property of s that a member of that name is. It is
// probably the one at hint.
func (a *aligner) property(s *schema.Node, name string, hint int) (i int, exact, ok bool) {
	if s == nil || len(s.Properties) == 0 {
		return 0, false, false
	}
	if hint < len(s.Properties) && s.Properties[hint].Name == name {
		return hint, true, true
	}
	x := a.index[s]
	if x == nil {
		x = a.newIndex(s)
	}
	if x.exact == nil {
		for i := range s.Properties {
			if s.Properties[i].Name == name {
				return i, true, true
			}
		}
	} else if i, ok := x.exact[name]; ok {
		return i, true, true
	}
	if name = fold(name); name == "" {
		return 0, false, false
	}
	if x.folded == nil {
		x.fold(s)
	}
	i, ok = x.folded[name]
	return i, false, ok && i >= 0
}

func (a *aligner) newIndex(s *schema.Node) *index {
	x := new(index)
	if len(s.Properties) > few {
		x.exact = make(map[string]int, len(s.Properties))
		for i, p := range s.Properties {
			x.exact[p.Name] = i
		}
	}
	if a.index == nil {
		a.index = map[*schema.Node]*index{}
	}
	a.index[s] = x
	return x
}

func (x *index) fold(s *schema.Node) {
	x.folded = make(map[string]int, len(s.Properties))
	add := func(name string, i int) {
		if j, ok := x.folded[name]; ok && j != i {
			i = -1
		}
		x.folded[name] = i
	}
	for i, p := range s.Properties {
		add(fold(p.Name), i)
	}
	for i, p := range s.Properties {
		for _, name := range p.Aliases {
			add(fold(name), i)
		}
	}
}

// object is for an object.
func (a *aligner) object(n int32, s *schema.Node, w *writer) int {
	if !s.Types.Has(schema.Object) || s.Enum != nil {
		return a.other(n, s, w)
	}
	if a.wrapsMap(n, s) {
		return a.members(n, s, w) + a.torn(n, w, "its only member may be the map that is wanted")
	}
	if whole, wraps := a.whole(n, s); whole || !wraps {
		return a.members(n, s, w)
	}
	direct := a.members(n, s, nil)
	child, cost := a.inside(n, s, w)
	if child == 0 || cost >= direct {
		return a.members(n, s, w)
	}
	return a.unwrap(n, child, s, w)
}

// wrapsMap reports whether n is taken for a map of one name only because the
// object that is its value becomes another value.
func (a *aligner) wrapsMap(n int32, s *schema.Node) bool {
	nd := &a.nodes[n]
	return len(s.Properties) == 0 && s.Rest != nil && nd.size == 1 && a.nodes[nd.first].form == formObject &&
		!s.Rest.Types.Has(schema.Object) && a.nodes[nd.first].size > 0 && a.cost(nd.first, s.Rest) < unfit
}

// whole reports whether n has all the members that s requires, and if not,
// whether it may hold the value that has: it has none of the properties of s, or
// something else besides.
func (a *aligner) whole(n int32, s *schema.Node) (whole, wraps bool) {
	missing, known, next := required(s), 0, 0
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if key := a.nodes[c].key; key != 0 {
			if i, _, ok := a.property(s, a.textOf(key), next); ok {
				known++
				next = i + 1
				if s.Properties[i].Required {
					missing--
				}
				if a.nodes[c].form != formObject || s.Properties[i].Node.Types.Has(schema.Object) {
					continue
				}
			}
		}
		form := a.nodes[c].form
		wraps = wraps || form == formObject || form == formArray || a.encoded(c)
	}
	whole = missing <= 0 && (known > 0 || len(s.Properties) == 0 || a.nodes[n].size == 0)
	return whole, wraps || known == 0
}

// required returns how many properties s requires.
func required(s *schema.Node) (n int) {
	for i := range s.Properties {
		if s.Properties[i].Required {
			n++
		}
	}
	return n
}

// encoded reports whether n is a text that may hold JSON.
func (a *aligner) encoded(n int32) bool {
	text := strings.TrimSpace(a.textOf(n))
	return a.nodes[n].form == formText && text != "" && (text[0] == '{' || text[0] == '[')
}

const scalars = schema.Any &^ (schema.Object | schema.Array)

// maxWrap bounds how many members are looked into for the value that is wanted.
const maxWrap = 8

// inside returns the member of n that is what s wants.
func (a *aligner) inside(n int32, s *schema.Node, w *writer) (child int32, cost int) {
	cost = unfit
	i := 0
	twin := int32(0)
	for c := a.nodes[n].first; c != 0 && i < maxWrap; c = a.nodes[c].next {
		if form := a.nodes[c].form; a.lost(c, s) || form != formObject && form != formArray && (a.nodes[c].key == 0 || s.Types&scalars == 0 && !a.encoded(c)) {
			continue
		}
		switch x := a.cost(c, s) + costs[Unwrapped]; {
		case x < cost:
			child, cost, twin = c, x, 0
		case x == cost && child != 0:
			twin = c
		}
		i++
	}
	if twin != 0 && cost < unfit && !a.same(child, twin, s) {
		return child, a.torn(n, w, "several of its members could be the value that is wanted")
	}
	return child, cost + costs[Dropped]*int(max(a.nodes[n].size, 1)-1)
}

// unwrap is for a value that stands in another object.
func (a *aligner) unwrap(n, child int32, s *schema.Node, w *writer) int {
	start := a.mark(w)
	cost := a.align(child, s, w)
	cost += a.done(Unwrapped, n, w, start)
	return cost + costs[Dropped]*int(max(a.nodes[n].size, 1)-1)
}

// other is for an object where something else is wanted: a list, of which it is
// the only item or which it holds, or a value that it holds.
func (a *aligner) other(n int32, s *schema.Node, w *writer) int {
	child, cost := a.inside(n, s, w)
	if form := a.nodes[child].form; child != 0 && form != formObject && form != formArray && !a.wraps(child) {
		child, cost = 0, unfit // what is said of it is not all it says
	}
	alone := unfit
	list := s.Types.Has(schema.Array) && s.Enum == nil
	if list && a.set(n) {
		start := a.mark(w)
		return a.list(n, s, w) + a.done(Bracket, n, w, start)
	}
	if list {
		alone = a.asItem(n, s, nil)
	}
	switch {
	case alone < cost && alone < unfit:
		return a.asItem(n, s, w)
	case child != 0 && cost < unfit:
		return a.unwrap(n, child, s, w)
	case list:
		return a.asItem(n, s, w)
	}
	return unfit + a.anything(n, w)
}

// wraps reports whether the name of n says no more than that it is a value.
func (a *aligner) wraps(n int32) bool {
	switch fold(a.textOf(a.nodes[n].key)) {
	case "value", "result", "answer", "output", "response", "text", "content", "data", "值", "结果", "答案":
		return true
	}
	return false
}

// set reports whether n is a set, as Python writes it.
func (a *aligner) set(n int32) bool {
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if a.nodes[c].key != 0 {
			return false
		}
	}
	return a.nodes[n].first != 0
}

// asItem is for the only item of a list.
func (a *aligner) asItem(n int32, s *schema.Node, w *writer) int {
	start := a.mark(w)
	item := s.Items
	if len(s.Prefix) > 0 {
		item = s.Prefix[0]
	}
	if w != nil {
		w.out = append(w.out, '[')
		w.path = append(w.path, step{item: true})
	}
	cost := a.part(n, item, w)
	if w != nil {
		w.out = append(w.out, ']')
		w.path = w.path[:len(w.path)-1]
	}
	return cost + a.done(Listed, n, w, start)
}

// members is for the members of an object.
func (a *aligner) members(n int32, s *schema.Node, w *writer) (cost int) {
	if w != nil {
		w.out = append(w.out, '{')
	}
	doubles := a.doubles(n, s)
	written, next := 0, 0
	seen := 0 // required properties
	left := 0 // members that are left out
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		key := a.nodes[c].key
		if key == 0 {
			if left++; a.nodes[c].form == formArray && a.nodes[c].size > 0 {
				cost += a.torn(c, w, "a list has no name, or is part of the one before it")
				continue
			}
			cost += a.done(Skipped, c, w, a.mark(w))
			continue
		}
		name := a.textOf(key)
		i, exact, ok := a.property(s, name, next)
		var value *schema.Node
		required := false
		switch {
		case ok:
			next = i + 1
			value, required = s.Properties[i].Node, s.Properties[i].Required
		case s != nil && s.Closed:
			left++
			cost += a.done(Dropped, c, w, a.mark(w))
			continue
		case s != nil:
			value = s.Rest
		}
		if twin, double := doubles[c]; double {
			if twin == 0 || a.same(c, twin, value) {
				cost += a.done(Duplicate, c, w, a.mark(w))
				continue
			}
			cost += a.torn(c, w, fmt.Sprintf("the member %q is there twice, with different values", name))
			continue
		}
		if a.lost(c, value) {
			cost += a.done(Truncated, c, w, a.mark(w))
			continue
		}
		if !required && value != nil && a.isNull(c) && !takesNull(value, 0) {
			cost += a.done(NullAbsent, c, w, a.mark(w))
			continue
		}
		if required {
			seen++
		}
		cost += a.mended(key, w)
		if w != nil {
			if written > 0 {
				w.out = append(w.out, ',')
			}
			at := len(w.out)
			if ok && !exact {
				name = s.Properties[i].Name
				w.out = quote(w.out, name)
			} else {
				w.out = a.verbatim(key, w.out)
			}
			w.path = append(w.path, step{name: name})
			if ok && !exact {
				a.done(Renamed, key, w, at)
			}
			w.out = append(w.out, ':')
		}
		if ok && !exact {
			cost += costs[Renamed]
		}
		cost += a.align(c, value, w)
		if w != nil {
			w.path = w.path[:len(w.path)-1]
		}
		written++
	}
	if w != nil {
		w.out = append(w.out, '}')
	}
	if s != nil {
		cost += unfit * max(required(s)-seen, 0)
	}
	if size := int(a.nodes[n].size); left == size && size > 0 {
		cost += unfit
		if w != nil && w.tie == nil {
			w.tie = &Error{Offset: a.base + int(a.nodes[n].start), Detail: "the object has none of the members that are wanted", Err: ErrNoValue}
		}
	}
	return cost
}

// single reports whether it is plain to see that no member of n is there twice:
// they are properties in the order of the schema, and one other at most.
func (a *aligner) single(n int32, s *schema.Node) bool {
	next, strange := 0, 0
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if a.nodes[c].key == 0 {
			continue
		}
		i, _, ok := a.property(s, a.textOf(a.nodes[c].key), next)
		switch {
		case !ok:
			if strange++; strange > 1 {
				return false
			}
		case i < next:
			return false
		default:
			next = i + 1
		}
	}
	return true
}

// doubles returns the members of n that are there twice, each with its twin that
// counts, or 0 if it is to be left out whatever it says. It is nil for most.
func (a *aligner) doubles(n int32, s *schema.Node) map[int32]int32 {
	type holder struct {
		n     int32
		exact bool
	}
	if a.single(n, s) {
		return nil
	}
	var double map[int32]int32
	at := make(map[string]holder, a.nodes[n].size)
	for c := a.nodes[n].first; c != 0; c = a.nodes[c].next {
		if a.nodes[c].key == 0 {
			continue
		}
		name := a.textOf(a.nodes[c].key)
		i, exact, ok := a.property(s, name, 0)
		if ok && !exact {
			name = s.Properties[i].Name
		}
		exact = exact || !ok
		first, twice := at[name]
		if !twice {
			at[name] = holder{c, exact}
			continue
		}
		if double == nil {
			double = map[int32]int32{}
		}
		switch {
		case first.exact == exact:
			double[c] = first.n
		case exact:
			double[first.n] = 0
			at[name] = holder{c, true}
		default:
			double[c] = 0
		}
	}
	return double
}

// same reports whether two nodes say the same.
func (a *aligner) same(n, m int32, s *schema.Node) bool {
	same, ok := a.twins[[2]int32{n, m}]
	if !ok {
		v, w := writer{quiet: true}, writer{quiet: true}
		a.align(n, s, &v)
		a.align(m, s, &w)
		same = bytes.Equal(v.out, w.out)
		if a.twins == nil {
			a.twins = map[[2]int32]bool{}
		}
		a.twins[[2]int32{n, m}] = same
	}
	return same
}

// isNull reports whether n is a null.
func (a *aligner) isNull(n int32) bool {
	if a.nodes[n].form != formWord {
		return false
	}
	lit, ok := a.literal(n)
	return ok && lit == "null"
}

// takesNull reports whether a null may stand where s says what a value is.
func takesNull(s *schema.Node, depth int) bool {
	if len(s.Union) > 0 && depth < 8 {
		for _, u := range s.Union {
			if takesNull(u, depth+1) {
				return s.Types.Has(schema.Null)
			}
		}
		return false
	}
	if s.Enum != nil {
		for _, e := range s.Enum {
			if string(bytes.TrimSpace(e)) == "null" {
				return true
			}
		}
		return false
	}
	return s.Types.Has(schema.Null)
}
