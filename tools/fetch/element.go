package fetch

import (
	"cmp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// enter does what the start of an element does, and returns what its end does.
func (c *converter) enter(t html.Token) (end func()) {
	switch a := t.DataAtom; a {
	case atom.Title:
		return c.enterTitle()
	case atom.Html:
		c.lang = cmp.Or(c.lang, oneLine(attr(t, "lang"), 35))
	}
	if c.isMain(t) {
		c.inMain++
		c.block(2)
		return func() { c.block(2); c.inMain-- }
	}
	if !c.visible() {
		return nil
	}
	if c.mode == block {
		return c.enterInPre(t)
	}
	switch a := t.DataAtom; a {
	case atom.B, atom.Strong:
		return c.mark(mark{'b', "**", "**"})
	case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var:
		return c.mark(mark{'i', "*", "*"})
	case atom.S, atom.Del, atom.Strike:
		return c.mark(mark{'s', "~~", "~~"})
	case atom.Sup:
		return c.mark(mark{'^', "^", ""})
	case atom.Q:
		return c.mark(mark{'q', "“", "”"})
	case atom.A:
		c.w.unmark('a')
		if href := c.link(attr(t, "href")); href != "" {
			return c.mark(mark{'a', "[", "](" + href + ")"})
		}
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		return c.enterCode()
	case atom.Button: // what are boxes to a reader are words apart
		c.apart()
		return c.apart
	case atom.Pre, atom.Xmp, atom.Listing, atom.Plaintext:
		return c.enterPre(t)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		c.block(2)
		if !c.w.cell {
			c.w.lead = "######"[:heading(a)] + " "
		}
		return func() { c.w.lead = ""; c.block(2) }
	case atom.Blockquote:
		c.block(2)
		return c.box(box{first: "> ", rest: "> "}, 2)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		return c.enterList(t)
	case atom.Li:
		return c.enterItem()
	case atom.Dt:
		c.block(2)
		return func() { c.block(1) }
	case atom.Dd:
		c.block(1)
		return c.box(box{first: "- ", rest: "  "}, 1) // with ": ", most would not see that code begins on that line
	case atom.Table:
		return c.enterTable()
	case atom.Tr:
		return c.enterRow()
	case atom.Td, atom.Th:
		return c.enterCell(t)
	default:
		if isBlock(a) {
			c.block(2)
			return func() { c.block(2) }
		}
	}
	return nil
}

// isMain reports whether an element is the main part that is asked for.
func (c *converter) isMain(t html.Token) bool {
	switch t.DataAtom {
	case atom.Main, atom.Article:
		return t.DataAtom == c.main
	case atom.Div, atom.Section:
		return c.main == atom.Main && attr(t, "role") == "main"
	}
	return false
}

// void shows an element without content.
func (c *converter) void(t html.Token) {
	if t.DataAtom == atom.Base && c.base != nil && !c.based {
		c.based = true // the first counts
		href := strings.TrimSpace(attr(t, "href"))
		if u, err := c.base.Parse(href); err == nil && len(href) <= maxURL { // each link takes the time of its length
			c.base = u
		}
	}
	if !c.visible() {
		return
	}
	switch t.DataAtom {
	case atom.Br:
		if c.mode != prose {
			c.text("\n")
			return
		}
		c.w.line()
	case atom.Hr:
		c.block(2)
		if !c.w.cell {
			c.w.raw("---")
		}
		c.block(2)
	case atom.Img:
		alt, src := oneLine(attr(t, "alt"), 300), c.link(attr(t, "src"))
		switch {
		case alt == "":
		case c.mode != prose:
			c.text(alt)
		case src == "" || c.w.linked():
			c.w.text(alt)
		default:
			c.w.raw("![" + string(escape(nil, []byte(alt), ']', place{link: true, cell: c.w.cell})) + "](" + src + ")")
		}
	case atom.Input:
		if attr(t, "type") == "checkbox" && c.open[atom.Li] > 0 {
			box := "[ ]"
			if has(t, "checked") {
				box = "[x]"
			}
			c.w.raw(box)
			c.w.space = true
		}
	}
}

// block ends a line of the page, and what is code within it.
func (c *converter) block(n int) {
	switch {
	case c.mode == code:
		c.flushCode()
	case c.mode == block && !strings.HasSuffix(c.code.String(), "\n"):
		c.code.WriteByte('\n')
	}
	if c.mode == block {
		return
	}
	c.w.block(n)
}

// apart demands a space, if nothing more is due.
func (c *converter) apart() { c.w.space = c.w.space || c.w.gap == 0 && !c.w.hard }

func (c *converter) mark(m mark) func() {
	if !c.w.mark(m) {
		return nil
	}
	return func() { c.w.unmark(m.kind) }
}

func (c *converter) box(b box, gap int) func() {
	if !c.w.enter(b) {
		return func() { c.block(gap) }
	}
	return func() { c.block(gap); c.w.leave() }
}

// enterTitle collects the first title. Those of pictures are hidden with them.
func (c *converter) enterTitle() func() {
	show, first := c.text, c.title == ""
	c.text = func(s string) {
		if first && len(c.title) < 1000 {
			c.title += s
		}
	}
	return func() {
		c.text = show
		if first {
			c.title = oneLine(c.title, 300)
		}
	}
}

// enterCode collects code within a line. Code in code is that.
func (c *converter) enterCode() func() {
	if c.mode != prose {
		return nil
	}
	show := c.text
	c.mode, c.text = code, func(s string) { c.code.WriteString(s) }
	return func() {
		c.flushCode()
		c.mode, c.text = prose, show
	}
}

func (c *converter) flushCode() {
	c.w.code(c.code.String())
	c.code.Reset()
}

// enterPre collects a block of code.
func (c *converter) enterPre(t html.Token) func() {
	c.block(2)
	show, mode := c.text, c.mode
	c.mode, c.text = block, func(s string) { c.code.WriteString(s) }
	c.pre = language(t)
	return func() {
		s := c.code.String()
		c.code.Reset()
		c.mode, c.text = mode, show
		c.w.fence(s, c.pre)
	}
}

// enterInPre enters an element in a block of code, of which only the text counts.
func (c *converter) enterInPre(t html.Token) func() {
	c.pre = cmp.Or(c.pre, language(t))
	if !isBlock(t.DataAtom) {
		return nil
	}
	c.block(1)
	return func() { c.block(1) }
}

// language returns what the classes of an element call its language.
func language(t html.Token) string {
	for class := range strings.FieldsSeq(attr(t, "class")) {
		for _, prefix := range []string{"language-", "lang-", "highlight-source-"} {
			name, ok := strings.CutPrefix(class, prefix)
			if ok && len(name) <= 20 && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789+#-") == "" {
				return name
			}
		}
	}
	return ""
}

func (c *converter) enterList(t html.Token) func() {
	gap := 2
	if len(c.lists) > 0 {
		gap = 1
	}
	c.block(gap)
	l := list{ordered: t.DataAtom == atom.Ol, n: 1, at: len(c.w.out)}
	if n := number(attr(t, "start")); n > 0 && n < 1e9 {
		l.n = n
	}
	c.lists = append(c.lists, l)
	return func() {
		c.lists = c.lists[:len(c.lists)-1]
		c.block(gap)
	}
}

func (c *converter) enterItem() func() {
	c.block(1)
	b := box{first: "- ", rest: "  "}
	if len(c.lists) > 0 {
		l := &c.lists[len(c.lists)-1]
		if len(c.w.out) > l.at {
			c.w.gap = 1 // items stand close
		}
		if l.ordered {
			b.first = strconv.Itoa(l.n) + ". "
			b.rest = strings.Repeat(" ", len(b.first))
			l.n++
		}
	}
	return c.box(b, 1)
}
