package repair

import (
	"strings"

	"github.com/hadal-go/hadal/output/schema"
)

// find returns the objects and arrays in src, which is at base in the text.
func (f *finder) find(src string, base, inner int) []candidate {
	r := newReader(src, f.names)
	a := newAligner(r, base, inner)
	var list []candidate
	for i := 0; i < len(src); {
		n := strings.IndexAny(src[i:], "{[(｛［")
		if n < 0 {
			break
		}
		i += n
		if src[i] == '[' && !f.isArray(r, src, i) || src[i] == '(' && !r.isObject(i) && !f.isTuple(src, i) {
			i++
			continue
		}
		if inner < maxInner && escaped(src, i) {
			text := strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\/`, "/").Replace(src[i:])
			for _, c := range f.find(text, base+i, inner+1) {
				c.kind = Decoded
				c.cost += costs[Decoded]
				list = append(list, c)
			}
			break
		}
		open := byte(0)
		if src[i] == '(' && r.isObject(i) {
			open = '('
		}
		if j := skipBlank(src, i+1); src[i] == '{' && strings.HasPrefix(src[j:], "{") {
			i = j // braces are doubled where a template was meant to be filled
		}
		whole := false
		r.sound = false
		if open == 0 && f.effort < 4*len(f.text) {
			end, read := soundEnd(src, i)
			f.effort += read - i
			whole = end > 0 && !r.goesOn(end)
			r.sound = whole || end < 0 && read == len(src)
		}
		root, end := r.read(i, open)
		if r.deep {
			f.deep = true
			break
		}
		c := candidate{aligner: a, root: root, start: i, end: end, sound: whole}
		r.sound = false
		if f.isAside(base + i) {
			c.cost = aside
		}
		if !f.isEcho(r, root) {
			list = append(list, c)
		}
		i = max(end, i+1)
	}
	return list
}

// isEcho reports whether n is a schema, and not what a schema wants.
func (f *finder) isEcho(r *reader, n int32) bool {
	if f.root == nil || r.nodes[n].form != formObject {
		return false
	}
	typed, props := false, false
	for c := r.nodes[n].first; c != 0; c = r.nodes[c].next {
		if r.nodes[c].key == 0 {
			continue
		}
		switch r.textOf(r.nodes[c].key) {
		case "$schema":
			return !f.names.has("$schema")
		case "type":
			typed = r.textOf(c) == "object" || r.nodes[c].form == formArray
		case "properties":
			props = r.nodes[c].form == formObject
		}
	}
	return typed && props && !f.names.has("properties")
}

// isArray reports whether the bracket at i may begin a list, and not a note or a
// link in prose.
func (f *finder) isArray(r *reader, src string, i int) bool {
	if strings.HasSuffix(src[:i], "CDATA") {
		return false
	}
	c, _ := punct(src, skipBlank(src, i+1))
	return c != 'x' && c != 0 && (!isLetter(c) || r.literalAhead(skipBlank(src, i+1))) || f.root != nil && f.root.Types != schema.Any && f.root.Types.Has(schema.Array)
}

// isTuple reports whether src is a tuple, as Python writes it.
func (f *finder) isTuple(src string, i int) bool {
	next, _ := punct(src, skipBlank(src, i+1))
	return next != '{' && strings.TrimSpace(src[:i]) == "" && strings.HasSuffix(strings.TrimSpace(src), ")") && strings.Contains(src, ",")
}

// isObject reports whether the parenthesis at i holds an object as Python prints
// it, Point(x=1).
func (r *reader) isObject(i int) bool {
	name, _, ok := r.bareName(skipBlank(r.src, i+1))
	return ok && r.names.has(name) && i > 0 && (isLetter(r.src[i-1]) || isDigit(r.src[i-1]) || r.src[i-1] == '_')
}

// escaped reports whether the names in the object at i stand in escaped quotes.
func escaped(src string, i int) bool {
	for i++; i < len(src); {
		switch {
		case isBlank(src[i]) || src[i] == '{' || src[i] == '[':
			i++
		case strings.HasPrefix(src[i:], `\n`) || strings.HasPrefix(src[i:], `\t`) || strings.HasPrefix(src[i:], `\r`):
			i += 2
		case src[i] == '\\':
			return strings.HasPrefix(strings.TrimLeft(src[i:], `\`), `"`)
		default:
			return false
		}
	}
	return false
}
