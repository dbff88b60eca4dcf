package repair

import (
	"strings"

	"github.com/hadal-go/hadal/output/gate"
)

// member reads a member of an object.
func (r *reader) member(i int) int {
	f := &r.stack[len(r.stack)-1]
	if f.virtual {
		if i = r.mark(i, bullet(r.src, i), f.node); i == len(r.src) {
			return i
		}
	}
	if r.src[i] == ':' { // a symbol of Ruby
		r.fixed(f.node, Colon, i, i+1)
		if i++; i == len(r.src) {
			return i
		}
	}
	begin := i
	i = prefixed(r.src, i)
	c, size := punct(r.src, i)
	top := len(r.stack) - 1
	switch {
	case c == '{' && top > 0 && r.nodes[f.node].size > 0 && r.nodes[r.stack[top-1].node].form == formArray:
		r.fixed(f.node, Bracket, i, i) // the object ends before the next
		r.pop(i)
		return i
	case c == '{': // braces are doubled where a template was meant to be filled
		r.fixed(f.node, Bracket, i, i+size)
		r.stack = append(r.stack, frame{node: f.node, close: '}', virtual: f.virtual})
		r.deep = len(r.stack) > gate.DefaultDepth
		return i + size
	case f.after && c == '+':
		return r.join(i)
	case f.after && c != '"' && r.nodes[f.node].size > 0 && emptyLine(r.src[:i]) && !r.known(i):
		r.finish(i) // the brackets are missing, and prose follows
		return i
	case f.after && !r.keyAhead(i) && !r.nameAhead(i) && !(f.virtual && r.lineAhead(i)):
		return r.skip(i)
	case f.after:
		r.fixed(f.node, Comma, i, i)
	case c == '[' || c == '(':
		return r.value(i, 0)
	}
	key, end, ok := r.key(i)
	if !ok {
		return r.value(i, 0)
	}
	if i > begin {
		r.fixed(key, Literal, begin, i)
	}
	i = r.blank(end, f.node)
	c, size = punct(r.src, i)
	switch {
	case c == ':' || c == '=':
		j := i + size
		for j < len(r.src) && (r.src[j] == ':' || r.src[j] == '=' || r.src[j] == '>') {
			j++
		}
		if c != ':' || j > i+1 {
			r.fixed(f.node, Colon, i, j)
		}
		i = j
	case c == '-' && strings.HasPrefix(r.src[i:], "->"):
		r.fixed(f.node, Colon, i, i+2)
		i += 2
	case c == '{' || c == '[' || isQuote(c) || c == '-' || isDigit(c) || c != 0 && r.literalAhead(i):
		r.fixed(f.node, Colon, i, i)
	default: // a name alone
		f.after, f.comma = true, 0
		if c == 0 {
			r.fixed(f.node, Truncated, begin, i)
			return i
		}
		r.put(f.node, key, 0)
		return i
	}
	if f.virtual {
		j := i
		for j < len(r.src) && (r.src[j] == '*' || r.src[j] == ' ') {
			j++
		}
		i = r.mark(i, j, f.node)
	}
	start := i
	i = r.blank(i, f.node)
	c, _ = punct(r.src, i)
	if f.virtual && c == '-' && strings.HasPrefix(r.src[i:], "- ") && strings.Contains(r.src[start:i], "\n") {
		return r.bullets(i, key)
	}
	if j := ellipsis(r.src, i); j > i {
		if c, _ := punct(r.src, skipBlank(r.src, j)); c == ',' || isCloser(c) {
			i = j
		}
		c, _ = punct(r.src, i)
	}
	if c == 0 || c == ',' || isCloser(c) || ends(r.src, i) { // there is no value
		kind := Skipped
		if c == 0 {
			kind = Truncated
		}
		r.fixed(f.node, kind, begin, i)
		f.after, f.comma = true, 0
		return i
	}
	return r.value(i, key)
}

// ellipsis returns the offset after the dots at i that stand for something, or i.
func ellipsis(s string, i int) int {
	for _, dots := range []string{"...", "…"} {
		if strings.HasPrefix(s[i:], dots) {
			return i + len(dots)
		}
	}
	return i
}

// bullets reads a list whose items stand on lines of their own after a dash.
func (r *reader) bullets(i int, key int32) int {
	f := &r.stack[len(r.stack)-1]
	list := r.add(node{form: formArray, start: int32(i)})
	r.fixed(list, Bracket, i, i)
	r.put(f.node, list, key)
	f.after, f.comma = true, 0
	for strings.HasPrefix(r.src[i:], "- ") {
		i = r.mark(i, bullet(r.src, i), list)
		var n int32
		if c, _ := punct(r.src, i); isQuote(c) {
			n, i = r.text(i, inArray)
		} else {
			end := i + len(r.src[i:])
			if k := strings.IndexByte(r.src[i:], '\n'); k >= 0 {
				end = i + k
			}
			text := strings.TrimSpace(r.src[i:end])
			n = r.add(node{form: formWord, start: int32(i), end: int32(i + len(text)), plain: isLiteral(text) || isNumber(text)})
			i = end
		}
		r.put(list, n, 0)
		r.nodes[list].end = int32(i)
		i = r.blank(i, list)
	}
	return i
}

// key reads the name of a member.
func (r *reader) key(i int) (n int32, end int, ok bool) {
	c, _ := punct(r.src, i)
	if isQuote(c) {
		n, end = r.text(i, inKey)
		return n, end, true
	}
	for end = i; end < min(i+near/2, len(r.src)); {
		c, size := punct(r.src, end)
		if c == ':' || c == '=' || c == '-' && strings.HasPrefix(r.src[end:], "->") {
			name := strings.Trim(r.src[i:end], " \t*`'\"\u00a0\u3000")
			n = r.add(node{form: formText, start: int32(i), end: int32(end), value: name})
			r.fixed(n, Unquoted, i, end)
			return n, end, name != ""
		}
		if c == '"' && end > i && r.colonAhead(end+size) {
			name := strings.TrimSpace(r.src[i:end])
			n = r.add(node{form: formText, start: int32(i), end: int32(end), value: name})
			r.fixed(n, Quotes, i, end+size)
			return n, end + size, true
		}
		if strings.IndexByte("\n\"{}[],;", c) >= 0 {
			break
		}
		end += size
	}
	return 0, i, false
}

// mark leaves out what Markdown has from i to end, and returns end.
func (r *reader) mark(i, end int, n int32) int {
	if strings.Trim(r.src[i:end], " \t") != "" {
		r.fixed(n, Surroundings, i, end)
	}
	return end
}

// bullet returns the offset after what marks the item of a list in Markdown.
func bullet(s string, i int) int {
	for i < len(s) && (s[i] == '-' || s[i] == '*' || s[i] == '>' || s[i] == ' ' || s[i] == '\t' || s[i] == '+') {
		i++
	}
	if strings.HasPrefix(s[i:], "•") {
		i += len("•")
	}
	for i < len(s) && (s[i] == '*' || s[i] == ' ') {
		i++
	}
	return i
}
