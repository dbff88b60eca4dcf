package fetch

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A table is one of the page. Many serve to place what is in them, and are no
// tables to a reader.
type table struct {
	layout bool // it places what is in it
	cells  int  // of the longest row

	rows  int
	inRow bool
	col   int   // in the row
	spans []int // for each column, in how many more rows it is taken from above
}

// maxSpan bounds the columns that a cell takes, and those that are taken from above.
const maxSpan = 32

// scan looks through a page for what has to be known in advance: its tables,
// after one that stands for none, and which element holds its main part, if one
// does.
func scan(page string, xml bool) (tables []table, mainPart atom.Atom) {
	z := html.NewTokenizer(strings.NewReader(page))
	tables = make([]table, 1)
	var open []int // tables
	row, articles := 0, 0
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if mainPart == 0 && articles == 1 {
				mainPart = atom.Article
			}
			for i := range tables {
				tables[i].layout = tables[i].layout || tables[i].cells < 2
			}
			return tables, mainPart
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if xml && kind == html.SelfClosingTagToken {
				z.NextIsNotRawText()
			}
			switch a := atom.Lookup(name); a {
			case atom.Main:
				mainPart = a
			case atom.Div, atom.Section:
				if hasRole(z, more, "main") {
					mainPart = atom.Main
				}
			case atom.Article:
				articles++
			case atom.Noscript:
				z.NextIsNotRawText()
			case atom.Table:
				if len(open) > 0 {
					tables[open[len(open)-1]].layout = true
				}
				open = append(open, len(tables))
				tables = append(tables, table{layout: hasRole(z, more, "presentation", "none")})
				row = 0
			case atom.Tr:
				row = 0
			case atom.Td, atom.Th:
				row++
				if len(open) > 0 {
					t := &tables[open[len(open)-1]]
					t.cells = max(t.cells, row)
				}
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre:
				if len(open) > 0 {
					tables[open[len(open)-1]].layout = true
				}
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); len(open) > 0 && atom.Lookup(name) == atom.Table {
				open = open[:len(open)-1]
				row = 0
			}
		}
	}
}

// hasRole reports whether the tag at which z is has one of the roles.
func hasRole(z *html.Tokenizer, more bool, roles ...string) bool {
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == "role" && slices.Contains(roles, string(value)) {
			return true
		}
	}
	return false
}

func (c *converter) enterTable() func() {
	t := &c.tables[0]
	t.layout = t.layout || c.w.cell
	c.block(2)
	c.rows = append(c.rows, t)
	return func() {
		c.block(2)
		c.rows = c.rows[:len(c.rows)-1]
	}
}

// table returns the table that rows and cells belong to.
func (c *converter) table() *table {
	if len(c.rows) == 0 {
		return &table{layout: true}
	}
	return c.rows[len(c.rows)-1]
}

func (c *converter) enterRow() func() {
	t := c.table()
	t.inRow = true
	if t.layout {
		c.block(2)
		return func() { c.block(2); t.inRow = false }
	}
	c.block(1)
	if t.rows > 0 {
		c.w.gap = 1
	}
	t.col = 0
	return func() {
		t.inRow = false
		if t.col == 0 {
			return
		}
		c.fill(t)
		t.rows++
		if t.rows == 1 {
			c.block(1)
			c.w.begin()
			c.w.write("|" + strings.Repeat(" --- |", t.col))
		}
		c.block(1)
	}
}

func (c *converter) enterCell(cell html.Token) func() {
	t := c.table()
	if t.layout || c.w.cell {
		if c.w.gap == 0 {
			c.w.space = true
		}
		return nil
	}
	if t.col == 0 {
		c.block(1)
		c.w.begin()
		c.w.write("|")
	}
	c.fill(t)
	c.w.write(" ")
	c.w.cell, c.w.filled, c.w.start = true, false, false
	wide := min(max(1, number(attr(cell, "colspan"))), maxSpan)
	tall := min(max(1, number(attr(cell, "rowspan"))), 1000)
	return func() {
		c.block(1)
		if c.w.filled {
			c.w.write(" ")
		}
		c.w.write("|" + strings.Repeat(" |", wide-1))
		c.w.cell, c.w.gap = false, 0
		for range wide {
			t.take(tall - 1)
		}
	}
}

// fill writes the cells that are taken from above.
func (c *converter) fill(t *table) {
	for t.col < len(t.spans) && t.spans[t.col] > 0 {
		t.spans[t.col]--
		t.col++
		c.w.write(" |")
	}
}

// take goes on to the next column, which is taken in n more rows.
func (t *table) take(n int) {
	if t.col < maxSpan {
		for len(t.spans) <= t.col {
			t.spans = append(t.spans, 0)
		}
		t.spans[t.col] = n
	}
	t.col++
}
