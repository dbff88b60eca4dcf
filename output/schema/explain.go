package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A fault is what a kind of finding is about, to tell how far a value is from
// an alternative.
type fault int

const (
	other fault = iota
	wrongType
	wrongChoice
	missing
	unknown
)

// A found is a finding before it is put in words for the caller.
type found struct {
	at      int32  // the value
	name    string // the member that is missing from it
	fault   fault
	problem string
	want    string
	hidden  bool // the Go type demands it, not the schema
}

// maxFound is how many there may be of one value: one more than are reported.
const maxFound = MaxFindings + 1

// explain returns what is wrong with the value at i by r, nothing if it is
// fine.
func (w *walk) explain(r *rule, i int32) []found {
	if w.work -= workRule; w.work < 0 {
		return nil
	}
	if !w.remembers(r, i) {
		return w.faults(r, i)
	}
	k := key{r.id, i}
	if list, ok := w.told[k]; ok {
		return list
	}
	list := w.faults(r, i)
	if w.told == nil {
		w.told = map[key][]found{}
	}
	w.told[k] = list
	return list
}

func (w *walk) faults(r *rule, i int32) []found {
	c := &w.cells[i]
	if c.kind == 'n' && r.null {
		return nil
	}
	one := func(f fault, problem, want string) []found {
		return []found{{at: i, fault: f, problem: problem, want: want}}
	}
	switch {
	case r.never && r.null:
		return one(unknown, "is there besides another kind", "only one of them")
	case r.never:
		return one(unknown, "is not allowed here", "")
	case r.types != Any && !r.types.Has(w.typ(i)):
		return one(wrongType, w.is(i), r.want())
	case r.enum != nil && !w.among(r.enum, i):
		return one(wrongChoice, w.is(i), r.enum.want())
	case r.fixed != nil && !w.among(r.fixed, i):
		return one(wrongChoice, w.is(i), r.fixed.want())
	}
	var list []found
	switch c.kind {
	case '{':
		list = w.objectFaults(&r.object, i)
	case '[':
		list = w.arrayFaults(&r.array, i)
	case '"':
		list = w.textFaults(&r.text, i)
	case '0':
		list = w.numberFaults(&r.number, i)
	}
	if list == nil && r.hint != nil && !r.hint.fits(w.raw(i)) {
		list = []found{{at: i, problem: w.is(i), want: r.hint.want, hidden: true}}
	}
	for _, more := range w.combinedFaults(r, i) {
		if !slices.Contains(list, more) {
			list = append(list, more)
		}
	}
	if list == nil && r.leaves() {
		own := seen{}
		w.partsOK(r, i, own)
		for part, sub := range w.left(r, i, own) {
			list = append(list, w.explain(sub, part)...)
		}
	}
	return list[:min(len(list), maxFound)]
}

// combinedFaults returns what is wrong by the other schemas for the same value.
func (w *walk) combinedFaults(r *rule, i int32) []found {
	var list []found
	for _, subs := range [][]*rule{r.refs, r.allOf} {
		for _, sub := range subs {
			list = append(list, w.explain(sub, i)...)
		}
	}
	if r.anyOf != nil && w.matches(r.anyOf, i, nil, 1) == 0 {
		list = append(list, w.closest(r.anyOf, i)...)
	}
	if r.oneOf != nil {
		switch w.matches(r.oneOf, i, nil, 2) {
		case 0:
			list = append(list, w.closest(r.oneOf, i)...)
		case 2:
			list = append(list, found{at: i, problem: "fits several of the alternatives", want: "a value that fits exactly one"})
		}
	}
	if r.not != nil && w.ok(r.not, i, nil) {
		want := "something else"
		if words := r.not.want(); words != anyValue {
			want = "anything but " + words
		}
		list = append(list, found{at: i, problem: w.is(i), want: want})
	}
	if branch := w.branch(r, i, nil); branch != nil {
		list = append(list, w.explain(branch, i)...)
	}
	return list
}

func (w *walk) objectFaults(o *objectRule, i int32) []found {
	c := &w.cells[i]
	var list []found
	for _, p := range o.props {
		if p.required && w.member(i, p.name) < 0 {
			want := anyValue
			if p.rule != nil {
				want = p.rule.want()
			}
			list = append(list, found{at: i, name: p.name, fault: missing, problem: "is missing", want: want})
		}
	}
	if n := int(c.count); n < o.min || o.max >= 0 && n > o.max {
		list = append(list, found{at: i, problem: "has " + plural(n, "property", "properties"), want: between(o.min, o.max, "property", "properties")})
	}
	for j := i + 1; j < c.next && len(list) < maxFound; j = w.cells[j+1].next {
		list = append(list, w.memberFaults(o, j)...)
	}
	for _, d := range o.dependent {
		if w.member(i, d.name) < 0 {
			continue
		}
		for _, name := range d.required {
			if w.member(i, name) < 0 {
				list = append(list, found{at: i, name: name, fault: missing, problem: "is missing",
					want: fmt.Sprintf("it, since %q is there", shorten(d.name, 40))})
			}
		}
		if d.rule != nil {
			list = append(list, w.explain(d.rule, i)...)
		}
	}
	return list
}

// memberFaults returns what is wrong with the member whose name is at j.
func (w *walk) memberFaults(o *objectRule, j int32) []found {
	var list []found
	name, spoken := w.plain(j), false
	if p := o.property(name, 0); p >= 0 && o.props[p].rule != nil {
		spoken = true
		list = append(list, w.explain(o.props[p].rule, j+1)...)
	}
	for _, pattern := range o.patterns {
		if w.match(pattern.pattern, name) {
			spoken = true
			list = append(list, w.explain(pattern.rule, j+1)...)
		}
	}
	if !spoken && o.rest != nil {
		if o.rest.never {
			return append(list, found{at: j + 1, fault: unknown, problem: "is not a known property", want: o.known()})
		}
		list = append(list, w.explain(o.rest, j+1)...)
	}
	if o.names != nil {
		for _, f := range w.explain(o.names, j) {
			f.at, f.fault = j+1, unknown
			f.problem = "has a name that " + f.problem
			list = append(list, f)
		}
	}
	return list
}

// known says which properties an object may have.
func (o *objectRule) known() string {
	var names []string
	for _, p := range o.props {
		if p.rule != nil && !p.rule.never {
			names = append(names, p.name)
		}
	}
	if len(names) == 0 {
		return "no properties"
	}
	return "only " + quotedList(names, "and")
}

func (w *walk) arrayFaults(a *arrayRule, i int32) []found {
	c := &w.cells[i]
	var list []found
	if n := int(c.count); n < a.min || a.max >= 0 && n > a.max {
		list = append(list, found{at: i, problem: "has " + plural(n, "item", "items"), want: between(a.min, a.max, "item", "items")})
	}
	count, n := 0, 0
	for j := i + 1; j < c.next && len(list) < maxFound; j, n = w.cells[j].next, n+1 {
		sub := a.items
		if n < len(a.prefix) {
			sub = a.prefix[n]
		}
		if sub != nil {
			list = append(list, w.explain(sub, j)...)
		}
		if a.contains != nil && w.ok(a.contains, j, nil) {
			count++
		}
	}
	if len(list) < maxFound && a.contains != nil && (count < a.minContains || a.maxContains >= 0 && count > a.maxContains) {
		list = append(list, found{at: i, problem: "has " + plural(count, "item", "items") + " of the kind that is counted",
			want: between(a.minContains, a.maxContains, "item", "items") + " that is " + a.contains.want()})
	}
	if a.unique {
		if first, second := w.twins(i); second >= 0 {
			list = append(list, found{at: second, problem: "is the same as " + w.pointer(first), want: "an item that is not in the list yet"})
		}
	}
	return list
}

func (w *walk) textFaults(t *textRule, i int32) []found {
	s := w.plain(i)
	switch n := utf8.RuneCount(s); {
	case n < t.min || t.max >= 0 && n > t.max:
		return []found{{at: i, problem: "has " + plural(n, "character", "characters"), want: between(t.min, t.max, "character", "characters")}}
	case t.pattern != nil && !w.match(t.pattern, s):
		return []found{{at: i, problem: w.is(i), want: "a string that matches " + shorten(t.pattern.String(), 120)}}
	case t.asserted != nil && !t.asserted(string(s)):
		return []found{{at: i, problem: w.is(i), want: formatWords[t.format]}}
	}
	return nil
}

func (w *walk) numberFaults(n *numberRule, i int32) []found {
	if w.numberOK(n, i) {
		return nil
	}
	return []found{{at: i, problem: w.is(i), want: "a number" + n.want()}}
}

// closest returns what is wrong by that of several alternatives which the value
// comes closest to; none of them fits.
func (w *walk) closest(list []*rule, i int32) []found {
	var meant [][]found // by alternatives for values of this type
	var wants []string  // of the others
	for _, sub := range list {
		faults := w.explain(sub, i)
		if len(faults) == 0 { // out of work
			return nil
		}
		if f := faults[0]; f.at == i && (f.fault == wrongType || f.fault == wrongChoice) {
			wants = append(wants, f.want)
		} else {
			meant = append(meant, faults)
		}
	}
	if meant == nil {
		return []found{{at: i, fault: wrongType, problem: w.is(i), want: either(wants)}}
	}
	if f, ok := w.telling(meant); ok && len(meant) > 1 {
		return []found{f}
	}
	var near [][]found // those that are equally close
	distance := 0
	for _, faults := range meant {
		switch d := w.distance(faults, i); {
		case near == nil || d < distance:
			near, distance = [][]found{faults}, d
		case d == distance:
			near = append(near, faults)
		}
	}
	if names := absent(near, i); len(names) > 1 && len(near) > 1 {
		return []found{{at: i, problem: "fits none of the alternatives", want: "an object with " + quotedList(names, "or")}}
	}
	return near[0]
}

// telling returns the finding of the one part that tells the alternatives apart,
// if it has a value that none of them wants.
func (w *walk) telling(meant [][]found) (f found, ok bool) {
	var wants []string
	for n, faults := range meant {
		k := slices.IndexFunc(faults, func(g found) bool { return g.fault == wrongChoice && (n == 0 || g.at == f.at) })
		if k < 0 {
			return f, false
		}
		f = faults[k]
		wants = append(wants, f.want)
	}
	f.want = either(wants)
	return f, true
}

// absent returns the members that are missing from the value at i.
func absent(near [][]found, i int32) []string {
	var names []string
	for _, faults := range near {
		for _, f := range faults {
			if f.fault == missing && f.at == i && !slices.Contains(names, f.name) {
				names = append(names, f.name)
			}
		}
	}
	return names
}

// far is the distance from an alternative that was hardly meant.
const far = 100

// distance tells how far the value at i is from an alternative.
func (w *walk) distance(faults []found, i int32) int {
	d := 0
	for _, f := range faults {
		direct := f.at == i || w.parentIs(f.at, i)
		switch {
		case direct && (f.fault == wrongChoice || f.fault == missing || f.fault == unknown):
			d += far
		case direct:
			d += 10
		default:
			d++
		}
	}
	return d
}

// parentIs reports whether the value at i is the array or object around j.
func (w *walk) parentIs(j, i int32) bool {
	if j <= i || j >= w.cells[i].next {
		return false
	}
	step := int32(0)
	if w.cells[i].kind == '{' {
		step = 1
	}
	for k := i + 1 + step; k <= j; k = w.cells[k].next + step {
		if k == j {
			return true
		}
	}
	return false
}

// is says what the value at i is.
func (w *walk) is(i int32) string {
	switch w.cells[i].kind {
	case '{', '[':
		return "is " + w.shown(i)
	case '"':
		return "is the string " + w.shown(i)
	case '0':
		return "is the number " + w.shown(i)
	}
	return "is " + w.shown(i)
}

// either joins what several alternatives want.
func either(wants []string) string {
	var list []string
	for _, want := range wants {
		if !slices.Contains(list, want) {
			list = append(list, want)
		}
	}
	const most = 8
	if len(list) > most {
		list = append(list[:most], "…")
	}
	return strings.Join(list, " or ")
}
