package deepseektest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	gap2 = regexp.MustCompile(`\s*(?:\t|[\s　]{2,}|\s\|\s|　)\s*`) // between the columns of a table
	gap3 = regexp.MustCompile(`\s*(?:\t|[\s　]{3,}|\s\|\s|\s/\s|\s·\s|　)\s*`)
	sign = regexp.MustCompile(`^(?:[€$£¥￥]|[A-Z]{3})$`)
)

// cells splits a line where there is a gap between two columns, or a bar.
func cells(line string, gap *regexp.Regexp) []string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "|") { // bars on either side: cells may be empty
		list := strings.Split(strings.Trim(line, "|"), "|")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list
	}
	var list []string
	for _, s := range gap.Split(line, -1) {
		if n := len(list); n > 0 && sign.MatchString(list[n-1]) { // € 12.50 is one
			list[n-1] += " " + s
		} else if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// isRule reports whether a line only separates others.
func isRule(line string) bool { return strings.Trim(line, " \t\n-=_.*~|:+") == "" }

// A row is an element of a list as it is found in a text: as it stands there,
// and what of it is known.
type row struct {
	text   string
	labels []label
}

// tables returns the rows of the tables in a text, and for each the header: a
// line of several cells without digits, with lines of cells below it.
func tables(text string) [][]row {
	var list [][]row
	var header, begun []string // begun: the row whose first words fill a line
	var rows []row
	flush := func() {
		if len(rows) > 0 {
			list = append(list, rows)
		}
		header, begun, rows = nil, nil, nil
	}
	for line := range strings.Lines(text) {
		of := cells(line, gap2)
		switch {
		case isRule(line):
			if blank := strings.Trim(line, " .\r\n\t") == ""; blank && len(rows) > 0 {
				flush()
			}
		case len(of) > 1 && !strings.ContainsFunc(line, unicode.IsDigit) && !strings.ContainsAny(line, ":：@") && len(rows) == 0:
			header = of
		case header == nil:
		case len(of) == 1 && len(rows) > 0 && unicode.IsSpace(rune1(line)):
			rows[len(rows)-1].goOn(of[0])
		case len(of) == 1 && begun != nil:
			flush()
		case len(of) < len(header) && !endsInNumber(line):
			begun = of
		case isSum(slices.Concat(begun, of), header):
			flush()
		default:
			if n := len(begun); n > 0 {
				of = slices.Concat(begun[:n-1], []string{begun[n-1] + " " + of[0]}, of[1:])
			}
			rows, begun = append(rows, tableRow(header, of)), nil
		}
	}
	flush()
	return list
}

// endsInNumber reports whether the last word of a line is a number, or most of one.
func endsInNumber(line string) bool {
	fields := strings.Fields(strings.TrimRight(line, "| \n"))
	return len(fields) > 0 && strings.ContainsFunc(fields[len(fields)-1], unicode.IsDigit)
}

// isSum reports whether a line is below a table, not of it: it has fewer cells,
// and says what they add up to.
func isSum(of, header []string) bool {
	if len(of) == len(header) {
		return false
	}
	if len(of) == 0 {
		return true
	}
	words := labelWords(of[0])
	return len(common(words, sums)) > 0 || len(of) < 3
}

var sums = []string{stem("total"), stem("subtotal"), stem("tax"), stem("discount")}

// tableRow returns a row with the cells under the header, from the right where
// there are fewer, since what is left out are numbers of rows and the like.
func tableRow(header, of []string) row {
	r := row{text: strings.Join(of, "  ")}
	shift := len(header) - len(of)
	for i, s := range of {
		if at := i + max(shift, 0); at < len(header) && s != "" {
			r.labels = append(r.labels, label{name: header[at], words: labelWords(header[at]), value: s})
		}
	}
	return r
}

// goOn adds what stands in a line of its own to the first words of a row.
func (r *row) goOn(text string) {
	r.text += " " + text
	for i := range r.labels {
		if l := &r.labels[i]; strings.ContainsFunc(l.value, unicode.IsLetter) {
			l.value += " " + text
			return
		}
	}
}

// looseLabels returns the labels of a text that are set apart by space: values
// in the next column, on the next line, and below a heading.
func looseLabels(text string) []label {
	var list []label
	heading, due := "", false // due: the last label has its value on the next line
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			heading, due = "", false
			continue
		}
		if due {
			list[len(list)-1].value, due = trimmed, false
			continue
		}
		of := cells(line, gap3)
		from := len(list)
		for i := 0; i < len(of); i++ {
			s := of[i]
			name, colon := strings.CutSuffix(strings.TrimSuffix(s, "："), ":")
			colon = colon || strings.HasSuffix(s, "：")
			switch found := labelsOf(s); {
			case len(found) > 0:
				list = append(list, found...)
			case colon && i+1 < len(of):
				i++
				list = append(list, label{name, labelWords(name), of[i]})
			case colon && len(of) == 1 && len(labelWords(name)) < 4:
				list = append(list, label{name, labelWords(name), ""})
				due = true
			case len(list) > from && (strings.HasPrefix(s, "(") || strings.HasPrefix(s, "（")):
				list[len(list)-1].value += " " + s
			case len(of) == 2 && i == 0 && isCaption(s) && strings.ContainsFunc(of[1], unicode.IsDigit):
				list = append(list, label{s, labelWords(s), of[1]})
				i++
			}
		}
		indented := unicode.IsSpace(rune1(line))
		if len(list) == from && !indented && len(of) == 1 {
			heading = trimmed
		}
		if heading != "" && indented {
			for i := range list[from:] {
				l := &list[from+i]
				l.words = append(labelWords(heading), l.words...)
			}
		}
	}
	for i := range list {
		list[i].value = strings.Join(strings.Fields(list[i].value), " ")
	}
	return list
}

// isCaption reports whether a cell is words, with at most a percentage.
func isCaption(s string) bool {
	return unicode.IsLetter(rune1(s)) && len(s) < 60 && !strings.ContainsAny(s, "@/:：") &&
		strings.Count(numberForm.ReplaceAllString(s, "0"), "0") <= strings.Count(s, "%")
}

var billForm = regexp.MustCompile(`^\s*(?:(\d+)\s*x?\s+)?(\pL[^|\t]*?)(?:\s{3,}|\t+)[€$£¥￥]?\s?(\d+(?:[.,]\d+)*)$`)

// billed returns the items of a bill that has no header: each a line with how many,
// of what, and an amount at the end.
func billed(text string) []row {
	var list []row
	for line := range strings.Lines(text) {
		m := billForm.FindStringSubmatch(strings.TrimRight(line, " \n"))
		if m == nil || len(common(labelWords(m[2]), sums)) > 0 {
			continue
		}
		r := row{text: line, labels: []label{newLabel("description", m[2]), newLabel("amount", m[3])}}
		if m[1] != "" {
			r.labels = append(r.labels, newLabel("quantity", m[1]))
		}
		list = append(list, r)
	}
	return list
}
