package fetch

import (
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
// and which element holds its main part, if one does.
func scan(page string) (tables []table, mainPart atom.Atom) {
	z := html.NewTokenizer(strings.NewReader(page))
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
			switch a := atom.Lookup(name); a {
			case atom.Main:
				mainPart = a
			case atom.Article:
				articles++
			case atom.Noscript:
				z.NextIsNotRawText()
			case atom.Table:
				if len(open) > 0 {
					tables[open[len(open)-1]].layout = true
				}
				open = append(open, len(tables))
				tables = append(tables, table{layout: presentational(z, more)})
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

// presentational reports whether the tag at which z is says that it is for layout.
func presentational(z *html.Tokenizer, more bool) bool {
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if v := string(value); string(key) == "role" && (v == "presentation" || v == "none") {
			return true
		}
	}
	return false
}

// nextTable returns what scan found of the table that starts.
func (c *converter) nextTable() *table {
	if len(c.tables) == 0 {
		return &table{layout: true}
	}
	t := &c.tables[0]
	c.tables = c.tables[1:]
	return t
}

func (c *converter) enterTable() func() {
	t := c.nextTable()
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
