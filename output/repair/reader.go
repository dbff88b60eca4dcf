package repair

import (
	"strings"

	"github.com/hadal-go/hadal/output/gate"
)

// A reader turns a text into nodes. It reads from left to right once, and looks
// ahead by no more than near bytes, so that its work is linear. Nesting costs it
// no stack.
type reader struct {
	src   string
	names *names
	curly bool // there are typographic quotes in src
	nodes []node
	fixes []fix
	stack []frame
	sound bool // what is read is JSON
	deep  bool // the last value was nested too deeply to be read
}

// near is how many bytes the reader looks ahead to tell what a character means.
const near = 256

func newReader(src string, n *names) *reader {
	return &reader{
		src:   src,
		names: n,
		curly: mayQuote(src),
		nodes: make([]node, 1, 16+len(src)/16),
		fixes: make([]fix, 1, 8),
	}
}

// mayQuote reports whether there may be typographic quotes in s.
func mayQuote(s string) bool {
	for _, lead := range []byte("\xe2\xc2\xe3\xef") { // of “, «, 「 and ＂
		if strings.IndexByte(s, lead) >= 0 {
			return true
		}
	}
	return false
}

// read reads the object or array that begins at i and returns where it ends. If
// open is not 0, i is after a bracket that is missing, or before the parenthesis
// of an object.
func (r *reader) read(i int, open byte) (root int32, end int) {
	r.stack, r.deep = r.stack[:0], false
	switch open {
	case '(':
		root = r.push(i, 1, '{', 0)
		r.stack[0].close = ')'
		r.fixed(root, Bracket, i, i+1)
		i++
	case '{', '[':
		root = r.push(i, 0, open, 0)
		r.stack[0].virtual = true
		r.fixed(root, Bracket, i, i)
	default:
		c, size := punct(r.src, i)
		root = r.push(i, size, c, 0)
		i += size
	}
	for len(r.stack) > 0 {
		f := &r.stack[len(r.stack)-1]
		i = r.blank(i, f.node)
		c, size := punct(r.src, i)
		switch {
		case c == 0 || ends(r.src, i):
			r.finish(i)
			return root, i
		case isCloser(c):
			i = r.close(i, c, size)
		case c == ',' || c == ';' || f.after && (c == '|' || c == '.' && !strings.HasPrefix(r.src[i:], "..")):
			if !f.after || c != ',' || size > 1 {
				r.fixed(f.node, Comma, i, i+size)
			}
			if f.after {
				f.comma = i
			}
			f.after = false
			i += size
		case c == '.' && strings.HasPrefix(r.src[i:], "...") || size == 3 && c == '.':
			r.fixed(f.node, Skipped, i, i+3)
			i += 3
		case r.nodes[f.node].form == formObject:
			i = r.member(i)
		default:
			i = r.item(i)
		}
		if r.deep {
			return root, i
		}
	}
	return root, i
}

// blank returns the offset after white space and comments, which it notes.
func (r *reader) blank(i int, n int32) int {
	end, found := blank(r.src, i, len(r.src))
	if found&gapComment != 0 {
		r.fixed(n, Comment, i, end)
	}
	if found&gapOdd != 0 {
		r.fixed(n, Space, i, end)
	}
	return end
}

// push opens what the bracket c of that size at i opens.
func (r *reader) push(i, size int, c byte, key int32) int32 {
	n := node{form: formArray, start: int32(i), end: int32(i + size)}
	f := frame{close: ']'}
	switch c {
	case '{':
		n.form, f.close = formObject, '}'
	case '(':
		f.close = ')'
	}
	f.node = r.add(n)
	if len(r.stack) > 0 {
		parent := &r.stack[len(r.stack)-1]
		parent.after, parent.comma = true, 0
		r.put(parent.node, f.node, key)
	}
	if r.stack = append(r.stack, f); len(r.stack) > gate.DefaultDepth {
		r.deep = true
	}
	if c == '(' || size > 1 {
		r.fixed(f.node, Bracket, i, i+size)
	}
	return f.node
}

// pop closes the innermost object or array at i.
func (r *reader) pop(i int) {
	f := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	if f.comma > 0 && !f.after {
		_, size := punct(r.src, f.comma)
		r.fixed(f.node, Comma, f.comma, f.comma+size)
	}
	r.nodes[f.node].end = int32(i)
}

// finish closes all that is open where the text ends.
func (r *reader) finish(i int) {
	for len(r.stack) > 0 {
		f := r.stack[len(r.stack)-1]
		if !f.virtual {
			r.fixed(f.node, Bracket, i, i)
		}
		r.pop(i)
	}
}

// close reads the closing bracket c at i.
func (r *reader) close(i int, c byte, size int) int {
	top := len(r.stack) - 1
	match := top
	for match >= 0 && r.stack[match].close != c {
		match--
	}
	end := i + size
	switch {
	case match == top && top == 0 && c == '}' && !r.sound && r.goesOn(end):
		r.fixed(r.stack[top].node, Bracket, i, end) // too early
	case match == top:
		if size > 1 {
			r.fixed(r.stack[top].node, Bracket, i, end)
		}
		r.pop(end)
	case match >= 0 && r.strain(match, end) <= r.strain(top, end):
		for len(r.stack) > match+1 {
			r.fixed(r.stack[len(r.stack)-1].node, Bracket, i, i)
			r.pop(i)
		}
		if size > 1 {
			r.fixed(r.stack[match].node, Bracket, i, end)
		}
		r.pop(end)
	case match < 0 && (c == ')' || r.strain(top+1, end) < r.strain(top, end)):
		r.fixed(r.stack[top].node, Bracket, i, end) // one too many
	default:
		r.fixed(r.stack[top].node, Bracket, i, end) // the wrong one
		r.pop(end)
	}
	return end
}

// goesOn reports whether an object that has just been closed goes on.
func (r *reader) goesOn(i int) bool {
	i = skipBlank(r.src, i)
	if c, size := punct(r.src, i); c == ',' {
		i = skipBlank(r.src, i+size)
		c, _ := punct(r.src, i)
		return isQuote(c) && r.keyAhead(i)
	}
	return false
}

// strain returns how badly what follows at i suits if no more than the first
// depth brackets are open.
func (r *reader) strain(depth, i int) (badness int) {
	for limit := min(i+near, len(r.src)); ; {
		var size int
		var c byte
		i, _ = blank(r.src, i, limit)
		if i < limit {
			c, size = punct(r.src, i)
		}
		switch {
		case i == len(r.src) || i < limit && ends(r.src, i):
			return badness + depth
		case isCloser(c):
			if depth == 0 {
				return badness + 1
			}
			if depth--; r.stack[depth].close != c {
				badness++
			}
			i += size
		case depth == 0 && c == ',':
			return badness + 1
		case depth == 0:
			return badness
		case c == ',':
			i, _ = blank(r.src, i+size, limit)
			if r.memberAhead(i) != (r.nodes[r.stack[depth-1].node].form == formObject) {
				badness++
			}
			return badness
		default:
			return badness
		}
	}
}

// item reads an item of an array.
func (r *reader) item(i int) int {
	f := &r.stack[len(r.stack)-1]
	c, _ := punct(r.src, i)
	if top := len(r.stack) - 1; top > 0 && !r.sound && isQuote(c) && r.nodes[r.stack[top-1].node].form == formObject && r.keyAhead(i) {
		r.fixed(f.node, Bracket, i, i) // the list ends before the next member
		r.pop(i)
		return i
	}
	if f.after {
		if c == '+' {
			return r.join(i)
		}
		if last := r.nodes[r.nodes[f.node].last]; c == 'x' || last.form != formWord && !isQuote(c) && c != '{' && c != '[' && !isDigit(c) && c != '-' && !r.literalAhead(i) {
			return r.skip(i)
		}
		r.fixed(f.node, Comma, i, i)
	}
	return r.value(i, 0)
}

// value reads the value at i, which belongs to the name key of the innermost
// object, or is an item of the innermost array.
func (r *reader) value(i int, key int32) int {
	f := &r.stack[len(r.stack)-1]
	start := i
	i = prefixed(r.src, i)
	c, size := punct(r.src, i)
	if c == '{' || c == '[' || c == '(' {
		r.push(i, size, c, key)
		return i + size
	}
	if end, open := r.callAhead(i); open != 0 {
		n := r.push(i, end-i, open, key)
		r.stack[len(r.stack)-1].close = ')'
		r.nodes[n].call = open == '['
		return end
	}
	within := inArray
	if r.nodes[f.node].form == formObject {
		within = inObject
	}
	var n int32
	at := i
	if isQuote(c) {
		n, i = r.text(i, within)
	} else {
		n, i = r.word(i, within)
	}
	if at > start {
		r.fixed(n, Literal, start, at)
	}
	f.after, f.comma = true, 0
	r.put(f.node, n, key)
	return i
}

// join reads a string that is added to the one before it.
func (r *reader) join(i int) int {
	f := &r.stack[len(r.stack)-1]
	last := r.nodes[f.node].last
	j, _ := blank(r.src, i+1, len(r.src))
	if c, _ := punct(r.src, j); last == 0 || r.nodes[last].form != formText || !isQuote(c) {
		return r.skip(i)
	}
	within := inArray
	if r.nodes[f.node].form == formObject {
		within = inObject
	}
	more, end := r.text(j, within)
	value := r.textOf(last) + r.textOf(more)
	n := &r.nodes[last]
	n.value, n.plain, n.end = value, false, int32(end)
	r.fixed(last, Joined, i, end)
	return end
}

// skip leaves out what stands at i where a comma should be.
func (r *reader) skip(i int) int {
	start := i
	f := &r.stack[len(r.stack)-1]
	for i < len(r.src) {
		c, size := punct(r.src, i)
		if i > start && (c == ',' || isCloser(c) || c == '\n' || c == '"' || c == '{' || c == '[' || ends(r.src, i)) {
			break
		}
		i += max(size, 1)
	}
	r.fixed(f.node, Skipped, start, i)
	return i
}
