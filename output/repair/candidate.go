package repair

import (
	"slices"
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// A candidate is a value in the text that may be the one that is wanted.
type candidate struct {
	*aligner
	root       int32
	start, end int  // in the aligner's source
	cost       int  // of where it stands
	kind       Kind // how it was found, if that is a repair
	sound      bool // it is JSON as it stands
}

// resembles reports whether c has the shape that s wants.
func (c candidate) resembles(s *schema.Node) bool {
	if c.nodes[c.root].form == formArray {
		return s.Types.Has(schema.Array)
	}
	for m := c.nodes[c.root].first; m != 0; m = c.nodes[m].next {
		if key := c.nodes[m].key; key != 0 {
			if _, _, ok := c.property(s, c.textOf(key), 0); ok {
				return true
			}
		}
	}
	return false
}

// within returns candidates that stand inside others which are nothing that the
// schema wants, such as braces in prose that do not close.
func (f *finder) within(list []candidate) (inside []candidate) {
	const most = 64
	for _, c := range list {
		if f.root == nil || c.resembles(f.root) {
			continue
		}
		level := []int32{c.root}
		for depth := range 3 {
			var next []int32
			for _, n := range level {
				for m := c.nodes[n].first; m != 0 && len(inside) < most; m = c.nodes[m].next {
					if form := c.nodes[m].form; form == formObject || form == formArray {
						d := c
						d.root, d.start, d.end = m, int(c.nodes[m].start), int(c.nodes[m].end)
						d.cost += costs[Unwrapped] * (depth + 1)
						inside = append(inside, d)
						next = append(next, m)
					}
				}
			}
			level = next
		}
	}
	return inside
}

// joined returns the candidate that all of list make together: a list, or an
// object whose members stand apart.
func (f *finder) joined(list []candidate) []candidate {
	if len(list) < 2 || f.root == nil || f.root.Types == schema.Any {
		return nil
	}
	a := list[0].aligner
	form := formObject
	if f.root.Types.Has(schema.Array) {
		form = formArray
	}
	list = slices.DeleteFunc(slices.Clone(list), func(c candidate) bool { return c.aligner != a || c.cost > 0 })
	if len(list) < 2 {
		return nil
	}
	n := a.add(node{form: form, start: int32(list[0].start), end: int32(list[len(list)-1].end)})
	for _, c := range list {
		if form == formArray {
			k := a.add(a.nodes[c.root])
			a.nodes[k].next = 0
			a.put(n, k, 0)
			continue
		}
		if a.nodes[c.root].form != formObject {
			return nil
		}
		for m := a.nodes[c.root].first; m != 0; m = a.nodes[m].next {
			k := a.add(a.nodes[m])
			a.nodes[k].next = 0
			a.put(n, k, a.nodes[m].key)
		}
	}
	return []candidate{{aligner: a, root: n, start: list[0].start, end: list[len(list)-1].end, cost: costs[Joined], kind: Joined}}
}

// listed is [finder.joined] for the items of a list, none of which is a list.
func (f *finder) listed(found []candidate) []candidate {
	if f.root == nil || !f.root.Types.Has(schema.Array) || f.root.Types.Has(schema.Object) ||
		slices.ContainsFunc(found, func(c candidate) bool { return c.nodes[c.root].form == formArray }) {
		return nil
	}
	return f.joined(found)
}

// open returns the candidate whose opening bracket is missing, or that has none
// at all, as in YAML and in lists of Markdown.
func (f *finder) open(found []candidate) []candidate {
	if f.root == nil || f.root.Types == schema.Any || slices.ContainsFunc(found, func(c candidate) bool { return c.resembles(f.root) }) {
		return nil
	}
	r := newReader(f.text, f.names)
	c := candidate{aligner: newAligner(r, 0, 0)}
	switch {
	case f.root.Types.Has(schema.Object):
		i := f.firstName(r)
		if i < 0 {
			return nil
		}
		c.start = i
		c.root, c.end = r.read(i, '{')
	case f.root.Types.Has(schema.Array) && strings.Contains(f.text, "]"):
		c.root, c.end = r.read(0, '[')
	default:
		return nil
	}
	if r.deep {
		return nil
	}
	return []candidate{c}
}

// firstName returns where the first name of the schema stands before a colon, at
// the beginning of a line or of the text, or -1.
func (f *finder) firstName(r *reader) int {
	for i := 0; i < len(r.src); {
		j := bullet(r.src, i)
		if r.known(j) || r.keyAhead(j) {
			return i
		}
		if c, _ := punct(r.src, j); !isQuote(c) { // else keyAhead has seen it, and key may read far
			if k, _, ok := r.key(j); ok && r.names.has(r.textOf(k)) {
				return i
			}
		}
		n := strings.IndexByte(r.src[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
	}
	return -1
}
