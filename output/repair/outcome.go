package repair

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/output/gate"
)

// An outcome is what a candidate comes to.
type outcome struct {
	result    *Result
	cost      int
	fits      bool   // it satisfies the schema
	tie       *Error // it can be read in several ways
	stage     int    // in which it was found
	aside     bool   // the model does not stand by it
	resembles bool   // it has the shape of what is wanted
	slips     int    // the part of cost for repairs that say nothing of the value

	start, end int // in the text
}

// weigh writes what c comes to.
func (f *finder) weigh(c candidate) outcome {
	o := outcome{start: c.base + c.start, end: c.base + c.end, cost: c.cost, aside: c.cost >= aside}
	o.resembles = f.root != nil && c.resembles(f.root)
	if c.kind == Decoded {
		o.end = len(f.text)
	}
	raw := strings.TrimSpace(c.src[c.start:c.end])
	if c.sound && c.kind == "" && raw != f.refused && f.accepts(raw) {
		o.result, o.fits = &Result{JSON: []byte(raw)}, true
		return o
	}
	var w writer
	o.cost += c.align(c.root, f.root, &w)
	o.result = &Result{JSON: w.out, Repairs: w.repairs}
	if c.kind != "" {
		r := Repair{Kind: c.kind, Offset: o.start, From: short(raw), To: short(string(w.out))}
		o.result.Repairs = append([]Repair{r}, w.repairs...)
	}
	if c.kind == Decoded { // of the text, it is not known where this is
		o.around(c.src[c.end:], c.base+c.end)
	}
	for _, r := range w.repairs {
		if slight[r.Kind] {
			o.slips += costs[r.Kind]
		}
	}
	o.tie = w.tie
	o.fits = w.tie == nil && f.accepts(string(w.out))
	if !o.fits && o.cost < unfit {
		o.cost += unfit
	}
	return o
}

// accepts reports whether text is JSON that is wanted.
func (f *finder) accepts(text string) bool {
	if f.schema == nil {
		return gate.Check([]byte(text)) == nil
	}
	return f.schema.Accepts([]byte(text))
}

// refusal returns why data is not what is wanted.
func (f *finder) refusal(data []byte) error {
	if f.schema == nil {
		return gate.Check(data)
	}
	return f.schema.Validate(data)
}

// choose returns the least of the outcomes that satisfy the schema, and whether
// another is as good and says something else. If there is none it returns the
// least of those that were found first. It prefers a value that does not satisfy
// the schema, but has its shape, to one that does and was not meant: one by which
// the model does not stand, or a part.
func choose(list []outcome) (best outcome, tie bool) {
	for i, o := range list {
		var better bool
		switch {
		case i == 0:
			better = true
		case o.fits:
			better = !best.fits || o.cost < best.cost
		case !best.fits:
			better = o.stage == best.stage && o.cost < best.cost
		}
		if better {
			best = o
		}
	}
	for _, o := range list {
		if best.fits && o.fits && o.cost-o.slips == best.cost-best.slips && !overlap(o, best) {
			tie = tie || !equal(o.result.JSON, best.result.JSON)
		}
	}
	if best.fits && (best.aside || !best.resembles) {
		for _, o := range list {
			if !o.fits && !o.aside && o.resembles && (best.fits || o.cost < best.cost) {
				best, tie = o, false
			}
		}
	}
	return best, tie
}

// slight are the repairs of how a value is written. They make no candidate less
// likely to be meant than another.
var slight = map[Kind]bool{
	Comment: true, Quotes: true, Unquoted: true, Escape: true, Control: true, Space: true, Comma: true, Colon: true, Literal: true,
}

// overlap reports whether two outcomes are read from the same place at different
// costs, so that the dearer one is only the worse reading.
func overlap(a, b outcome) bool {
	return a.cost != b.cost && a.start < b.end && b.start < a.end
}

// goesOn reports whether the object of o seems to go on in text after its end, as
// where a text in it held an object whose quotes are not escaped.
func (o *outcome) goesOn(text string) bool {
	if !slices.ContainsFunc(o.result.Repairs, func(r Repair) bool { return r.Kind == InnerQuote }) {
		return false
	}
	rest := text[o.end:]
	end := strings.IndexAny(rest, "{}")
	return end >= 0 && rest[end] == '}' && strings.Contains(rest[:end], `":`)
}

// surroundings notes that there is something before or after the value that JSON
// does not allow there.
func (o *outcome) surroundings(text string) {
	o.around(text[:o.start], 0)
	o.around(text[o.end:], o.end)
}

// around notes what s, which is at that offset, has besides white space.
func (o *outcome) around(s string, at int) {
	kind := Surroundings
	if strings.TrimFunc(s, isSpace) == "" {
		kind = Space
	}
	from := strings.TrimLeft(s, blanks)
	at += len(s) - len(from)
	if from = strings.TrimRight(from, blanks); from != "" {
		o.result.Repairs = append(o.result.Repairs, Repair{Kind: kind, Offset: at, From: short(from)})
	}
}

// equal reports whether two values are the same.
func equal(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var v, w any
	return gate.Decode(a, &v) == nil && gate.Decode(b, &w) == nil && reflect.DeepEqual(v, w)
}
