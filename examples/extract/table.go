package main

import (
	"strings"
	"unicode"
)

// A field is a part of a value as it is shown: a text, or a table.
type field struct {
	name  string
	value string
	table *table
}

// A table is shown in columns.
type table struct {
	header []string // nil if there is none
	rows   [][]string
	right  []bool // the columns that are flush right; nil if none is
}

// String returns the table with each line indented by two. Columns that are empty
// in all rows are left out.
func (t *table) String() string {
	lines := t.rows
	if t.header != nil {
		lines = append([][]string{t.header}, t.rows...)
	}
	var widths []int
	used := make([]bool, 64)
	for i, line := range lines {
		for c, s := range line {
			if len(widths) <= c {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], width(printable(s)))
			used[c] = used[c] || s != "" && (i > 0 || t.header == nil)
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var out strings.Builder
		for c, s := range line {
			if !used[c] {
				continue
			}
			s = printable(s)
			pad := strings.Repeat(" ", widths[c]-width(s))
			if t.right != nil && t.right[c] {
				s, pad = pad+s, ""
			}
			out.WriteString("  " + s + pad)
		}
		b.WriteString(strings.TrimRight(out.String(), " ") + "\n")
	}
	return b.String()
}

// describe returns fields below each other, without those that are empty.
func describe(fields []field) string {
	names := 0
	for _, f := range fields {
		names = max(names, width(f.name))
	}
	var b strings.Builder
	for _, f := range fields {
		switch {
		case f.table != nil && len(f.table.rows) > 0:
			b.WriteString("  " + f.name + "\n")
			for line := range strings.Lines(f.table.String()) {
				b.WriteString("  " + line)
			}
		case f.table == nil && f.value != "":
			b.WriteString("  " + f.name + strings.Repeat(" ", names-width(f.name)) + "  " + printable(f.value) + "\n")
		}
	}
	return b.String()
}

// printable removes what would command a terminal, not be shown on it: a model may
// write anything, and so may whoever wrote what it read.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// width returns how many columns of a terminal a text takes: Chinese characters and
// their punctuation take two, and marks on other characters none.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6:
			n += 2
		default:
			n++
		}
	}
	return n
}

// cell returns a text for a table that is to be no wider than a screen.
func cell(s string) string {
	const most = 25
	if width(s) <= most {
		return s
	}
	return cut(s, most-1) + "…"
}

// cut returns what of a text fits into so many columns.
func cut(s string, columns int) string {
	n := 0
	for i, r := range s {
		if n += width(string(r)); n > columns {
			return s[:i]
		}
	}
	return s
}
