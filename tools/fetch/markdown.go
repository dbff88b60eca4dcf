package fetch

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Markdown returns what a reader of an HTML page sees, as Markdown: headings,
// paragraphs, lists, links, emphasis, code, quotes and tables. Scripts, styles,
// comments, what is hidden by an attribute, and characters that no one sees are
// left out. Links are made absolute against base, the URL of the page; if it is
// empty, relative links are text.
//
// Any bytes will do; those that are not UTF-8 become U+FFFD. Time and memory
// are linear in the length of page, however its tags are nested, and the result
// is at most four times as long, and 4 KiB: the rest is left out.
func Markdown(page []byte, base string) string {
	b, err := url.Parse(base)
	if err != nil || !b.IsAbs() {
		b = nil
	}
	c := newConverter(page, b, false, false)
	c.run(func() bool { return false })
	return string(c.w.out)
}

// A converter walks over the tags of a page as they come. It builds no tree,
// which the page could make deep or large: it keeps what is open, up to a bound.
type converter struct {
	page   string
	xml    bool // a tag that ends in /> is its own end
	base   *url.URL
	based  bool // the page has said what its base is
	w      writer
	tables []table // of the page, from the one that began last
	main   atom.Atom
	inMain int // how many elements main are open

	title  string
	lang   string
	stack  []element
	open   map[atom.Atom]int // how many of each are on the stack
	over   int               // elements open beyond the stack
	hidden int               // length of the stack, over included, where what is hidden began; 0 if nothing is
	lists  []list
	rows   []*table     // those that are open
	text   func(string) // where text goes: the writer, a title, code
	mode   mode
	code   strings.Builder
	pre    string // language of the block of code
}

// maxDepth bounds the stack.
const maxDepth = 256

// An element is one that is open.
type element struct {
	atom atom.Atom
	name string // if atom does not know it
	end  func() // undoes what its start did, or nil
}

// A mode says what text is.
type mode byte

const (
	prose mode = iota
	code       // within a line
	block      // of code
)

type list struct {
	ordered bool
	n       int
	at      int // length of the output where it began
}

func newConverter(page []byte, base *url.URL, mainOnly, xml bool) *converter {
	s := strings.ToValidUTF8(string(page), "\uFFFD")
	c := &converter{page: s, xml: xml, base: base, open: map[atom.Atom]int{}}
	c.w.limit = 4*len(page) + 4<<10
	tables, mains := scan(s, xml)
	c.tables = tables
	if mainOnly {
		c.main = mains
	}
	c.text = c.w.text
	return c
}

// run converts the page until its end or until stop says so.
func (c *converter) run(stop func() bool) {
	defer c.w.flush('\n')
	z := html.NewTokenizer(strings.NewReader(c.page))
	for n := 0; !c.w.cut && (n%1024 != 0 || !stop()); n++ {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			c.pop(0)
			return
		case html.TextToken:
			if c.visible() {
				c.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Noscript:
				z.NextIsNotRawText() // there are no scripts here
			case atom.Table:
				c.tables = c.tables[1:] // also where it is not shown
			}
			c.start(t)
			if c.xml && kind == html.SelfClosingTagToken {
				z.NextIsNotRawText()
				if !void(t.DataAtom) && t.DataAtom != atom.Svg {
					c.end(t.DataAtom, t.Data)
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			c.end(atom.Lookup(name), string(name))
		}
	}
}

func (c *converter) visible() bool {
	return c.hidden == 0 && (c.main == 0 || c.inMain > 0 || c.open[atom.Title] > 0)
}

// start begins an element.
func (c *converter) start(t html.Token) {
	c.implied(t.DataAtom)
	if a := t.DataAtom; (a == atom.Td || a == atom.Th) && len(c.rows) > 0 && !c.table().inRow && c.hidden == 0 {
		c.start(html.Token{Type: html.StartTagToken, DataAtom: atom.Tr, Data: "tr"})
	}
	if c.hidden > 0 {
		if !void(t.DataAtom) {
			c.push(t, nil)
		}
		return
	}
	if hides(t) {
		if !void(t.DataAtom) && (t.Type != html.SelfClosingTagToken || t.DataAtom != atom.Svg) {
			c.hide(t)
		}
		return
	}
	if void(t.DataAtom) {
		c.void(t)
		return
	}
	if t.DataAtom == atom.Math && attr(t, "alttext") != "" && c.visible() {
		c.w.code(attr(t, "alttext"))
		c.hide(t)
		return
	}
	if len(c.stack) == maxDepth {
		c.over++
		if isBlock(t.DataAtom) {
			c.block(2)
		}
		return
	}
	c.push(t, c.enter(t))
}

// end ends an element, if one of its kind is open where it can be ended.
func (c *converter) end(a atom.Atom, name string) {
	if c.over > 0 {
		if c.hidden == len(c.stack)+c.over {
			c.hidden = 0
		}
		c.over--
		if isBlock(a) {
			c.block(2)
		}
		return
	}
	switch a {
	case atom.Br:
		c.void(html.Token{DataAtom: a})
		return
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if len(c.stack) > 0 && heading(c.stack[len(c.stack)-1].atom) > 0 {
			c.pop(len(c.stack) - 1)
			return
		}
	}
	if c.open[a] == 0 {
		return
	}
	inline := !isBlock(a)
	for i := len(c.stack) - 1; i >= 0; i-- {
		e := &c.stack[i]
		switch {
		case e.atom == a && e.name == nameOf(a, name):
			c.pop(i)
			return
		case inline && isBlock(e.atom): // it was begun outside, and ends here all the same
			c.cancel(a, nameOf(a, name), i)
			return
		case e.atom == atom.Table, scope(e.atom) && !tabular(a):
			return
		}
	}
}

// cancel undoes an element below i of the stack, without ending what is in it.
func (c *converter) cancel(a atom.Atom, name string, i int) {
	for i--; i >= 0; i-- {
		e := &c.stack[i]
		if scope(e.atom) {
			return
		}
		if e.atom == a && e.name == name {
			if e.end != nil {
				e.end()
				e.end = nil
			}
			return
		}
	}
}

// implied ends what the start of a ends though no tag says so.
func (c *converter) implied(a atom.Atom) {
	if isBlock(a) && a != atom.Li && c.open[atom.P] > 0 {
		c.close(scope, atom.P)
	}
	switch {
	case heading(a) > 0:
		if n := len(c.stack); n > 0 && heading(c.stack[n-1].atom) > 0 {
			c.pop(n - 1)
		}
	case a == atom.Li:
		c.close(listScope, atom.Li)
	case a == atom.Dt || a == atom.Dd:
		c.close(listScope, atom.Dt, atom.Dd)
	case a == atom.Td || a == atom.Th:
		c.close(func(a atom.Atom) bool { return a == atom.Table || a == atom.Tr }, atom.Td, atom.Th)
	case a == atom.Tr:
		c.close(func(a atom.Atom) bool { return a == atom.Table }, atom.Tr)
	case a == atom.Tbody || a == atom.Thead || a == atom.Tfoot:
		c.close(func(a atom.Atom) bool { return a == atom.Table }, atom.Tbody, atom.Thead, atom.Tfoot)
	}
}

// close ends the innermost element that is one of names, if no barrier is inside of it.
func (c *converter) close(barrier func(atom.Atom) bool, names ...atom.Atom) {
	n := 0
	for _, a := range names {
		n += c.open[a]
	}
	if n == 0 {
		return
	}
	for i := len(c.stack) - 1; i >= 0; i-- {
		if slices.Contains(names, c.stack[i].atom) {
			c.pop(i)
			return
		}
		if barrier(c.stack[i].atom) {
			return
		}
	}
}

// hide puts an element on the stack whose content is not shown.
func (c *converter) hide(t html.Token) {
	c.push(t, nil)
	c.hidden = len(c.stack) + c.over
}

// push puts an element on the stack, or if there is no room, counts it.
func (c *converter) push(t html.Token, end func()) {
	if len(c.stack) == maxDepth {
		c.over++
		return
	}
	c.stack = append(c.stack, element{t.DataAtom, nameOf(t.DataAtom, t.Data), end})
	c.open[t.DataAtom]++
}

// pop ends elements until the stack has length n.
func (c *converter) pop(n int) {
	for len(c.stack) > n {
		c.over = 0 // what was beyond the stack was in this
		e := c.stack[len(c.stack)-1]
		if e.end != nil {
			e.end()
		}
		if c.hidden >= len(c.stack) {
			c.hidden = 0
		}
		c.open[e.atom]--
		c.stack = c.stack[:len(c.stack)-1]
	}
}

func nameOf(a atom.Atom, name string) string {
	if a != 0 {
		return ""
	}
	return name
}

// link returns the absolute form of an address of the page, or "" if it is none
// that leads anywhere.
func (c *converter) link(ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || ref[0] == '#' || len(ref) > maxURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if c.base != nil {
		u = c.base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" || u.User != nil {
		return ""
	}
	s := linkEscaper.Replace(shown(u))
	if len(s) > maxURL {
		return ""
	}
	return s
}

var linkEscaper = strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20", "|", "%7C", "\\", "%5C", "`", "%60")

func attr(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(t html.Token, key string) bool {
	for _, a := range t.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}
