package schema

import (
	"encoding/json"
	"slices"

	"github.com/hadal-go/hadal/output/gate"
)

// DropNulls returns data without the members that are null where s has them
// absent or something else: models write null for what they leave out, and the
// strict form of a schema demands it. A null that s takes stays, and so does one
// for a property that is required, for [Schema.Validate] to find. Data that
// needs no change, or is not sound JSON, is returned as it is; a change is made
// in a copy.
func (s *Schema) DropNulls(data []byte) json.RawMessage {
	if gate.Check(data) != nil {
		return data
	}
	w := newWalk(s, data)
	defer w.release()
	d := dropper{walk: w}
	d.value([]*rule{s.top}, 0)
	if len(d.drop) == 0 || w.work < 0 {
		return data
	}
	out := make([]byte, 0, len(data))
	from := int32(0)
	for _, cut := range d.cuts() {
		out = append(out, data[from:cut[0]]...)
		from = cut[1]
	}
	return append(out, data[from:]...)
}

// A dropper looks for members that should not be there.
type dropper struct {
	*walk
	drop map[int32]bool // places of names
	objs []int32        // the objects around them, in order
}

// value looks in the value at i, for which rules speak.
func (d *dropper) value(rules []*rule, i int32) {
	c := &d.cells[i]
	if c.kind != '{' && c.kind != '[' || len(rules) == 0 || d.work < 0 {
		return
	}
	all := d.together(rules)
	if c.kind == '[' {
		n := 0
		for j := i + 1; j < c.next; j, n = d.cells[j].next, n+1 {
			var subs []*rule
			for _, r := range all {
				if n < len(r.array.prefix) {
					subs = add(subs, r.array.prefix[n])
				} else {
					subs = add(subs, r.array.items)
				}
			}
			d.value(subs, j)
		}
		return
	}
	found := false
	for j := i + 1; j < c.next; j = d.cells[j+1].next {
		subs, required := d.property(all, d.plain(j))
		if d.cells[j+1].kind != 'n' {
			d.value(subs, j+1)
			continue
		}
		takes := func(r *rule) bool { return d.ok(r, j+1, nil) }
		if !required && len(subs) > 0 && !slices.ContainsFunc(subs, takes) {
			if d.drop == nil {
				d.drop = map[int32]bool{}
			}
			d.drop[j], found = true, true
		}
	}
	if found {
		d.objs = append(d.objs, i)
	}
}

// property returns the rules for a member, and whether any demands it.
func (d *dropper) property(all []*rule, name []byte) (subs []*rule, required bool) {
	for _, r := range all {
		d.work -= workRule
		o := &r.object
		known := false
		if p := o.property(name, 0); p >= 0 {
			required = required || o.props[p].required
			known = o.props[p].rule != nil
			subs = add(subs, o.props[p].rule)
		}
		for _, p := range o.patterns {
			if d.match(p.pattern, name) {
				known = true
				subs = add(subs, p.rule)
			}
		}
		if !known && o.rest != nil && !o.rest.never {
			subs = add(subs, o.rest)
		}
	}
	return subs, required
}

// together returns rules with those that they apply to the same value.
func (d *dropper) together(rules []*rule) []*rule {
	all := slices.Clone(rules)
	for n := 0; n < len(all) && d.work >= 0; n++ { // it grows
		for sub := range all[n].here {
			if d.work -= workRule + len(all); sub != all[n].not && sub != all[n].when {
				all = add(all, sub)
			}
		}
	}
	return all
}

func add(list []*rule, r *rule) []*rule {
	if r == nil || slices.Contains(list, r) {
		return list
	}
	return append(list, r)
}

// cuts returns what to leave out of the data, in order: each member with the
// comma after it, or with the one before it if all after it go too.
func (d *dropper) cuts() [][2]int32 {
	var cuts [][2]int32
	for _, i := range d.objs {
		c := &d.cells[i]
		last := int32(-1) // end of the last member that stays
		for j := i + 1; j < c.next; j = d.cells[j+1].next {
			if !d.drop[j] {
				last = d.cells[j+1].end
				continue
			}
			after := d.cells[j+1].next
			switch {
			case after < c.next:
				cuts = append(cuts, [2]int32{d.cells[j].start, d.cells[after].start})
			case last < 0:
				cuts = append(cuts, [2]int32{d.cells[j].start, c.end - 1})
			default:
				// what was cut right before has its comma after the one that stays
				for len(cuts) > 0 && cuts[len(cuts)-1][0] > last {
					cuts = cuts[:len(cuts)-1]
				}
				cuts = append(cuts, [2]int32{last, c.end - 1})
			}
		}
	}
	slices.SortFunc(cuts, func(a, b [2]int32) int { return int(a[0] - b[0]) })
	return cuts
}
