package deepseektest

import (
	"encoding/csv"
	"strings"
)

// A grid is a table of which each row has as many cells as the header.
type grid struct {
	header []string
	rows   [][]string
}

// splitGrids returns the tables in a text, of values separated by commas, semicolons or
// tabs, or between bars as in Markdown, and what is left of it.
func splitGrids(text string) (rest string, list []grid) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var b strings.Builder
	for i := 0; i < len(lines); {
		if g, n := gridAt(lines[i:]); n > 0 {
			list = append(list, g)
			i += n
			continue
		}
		b.WriteString(lines[i] + "\n")
		i++
	}
	return b.String(), list
}

// gridAt returns the table that lines begin with, and how many lines it takes.
func gridAt(lines []string) (g grid, n int) {
	if strings.HasPrefix(strings.TrimSpace(lines[0]), "|") {
		for n < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[n]), "|") {
			n++
		}
		if n < 3 || !isRule(lines[1]) {
			return g, 0
		}
		g.header = cells(lines[0], gap2)
		for _, line := range lines[2:n] {
			g.rows = append(g.rows, cells(line, gap2))
		}
		return g, n
	}
	for _, comma := range []string{",", ";", "\t"} {
		of := strings.Count(lines[0], comma)
		if of == 0 || strings.Contains(lines[0], ", ") {
			continue
		}
		for n = 1; n < len(lines) && strings.Count(lines[n], comma) >= of; n++ {
		}
		if n < 3 {
			continue
		}
		r := csv.NewReader(strings.NewReader(strings.Join(lines[:n], "\n")))
		r.Comma, r.LazyQuotes, r.TrimLeadingSpace = rune(comma[0]), true, true
		all, err := r.ReadAll()
		if err == nil {
			return grid{all[0], all[1:]}, n
		}
	}
	return g, 0
}

// fact returns a row as a fact: each cell after the name of its column.
func (g *grid) fact(cells []string, source string, table int) fact {
	f := fact{source: source, table: table, cells: cells}
	var list []string
	name := ""
	for i, cell := range cells {
		if cell = strings.TrimSpace(cell); cell == "" || i >= len(g.header) {
			continue
		}
		column := strings.TrimSpace(g.header[i])
		list = append(list, column+" "+cell)
		if name == "" && !strings.ContainsAny(cell[:1], "0123456789") {
			name = cell
		}
		f.figures = append(f.figures, figuresUnder(column, cell)...)
	}
	for i := range f.figures {
		f.figures[i].name = name
	}
	f.text = strings.Join(list, ", ") + "."
	if strings.ContainsFunc(strings.Join(g.header, ""), isHan) {
		f.text = strings.Join(list, "，") + "。"
	}
	f.of = words(f.text)
	return f
}
