package deepseektest

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

const months = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*`

var (
	dateForm = regexp.MustCompile(`(?i)\b\d{4}([-./])\d{1,2}[-./]\d{1,2}\b|\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日|\b\d{1,2}(?:st|nd|rd|th)?\.? ` + months + `\.? \d{4}\b|\b` + months + `\.? \d{1,2}(?:st|nd|rd|th)?, ?\d{4}\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b`)
	dayForm  = regexp.MustCompile(`(?i)\b(?:today|tonight|tomorrow|yesterday|(?:next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|今天|明天|昨天|后天`)
	partForm = regexp.MustCompile(`(?i)\b\d{1,2} ` + months + `\b|\b` + months + ` \d{1,2}\b|\d{1,2}月\d{1,2}日`) // a date without its year

	anyDayForm = regexp.MustCompile(dateForm.String() + "|" + partForm.String())
	monthForm  = regexp.MustCompile(`(?i)\b` + months + `\.? \d{4}\b|\b\d{1,2}[/.]\d{4}\b|\b\d{4}[-./]\d{1,2}\b|\d{4}年(?:\d{1,2}月)?|\b(?:19|20)\d\d\b`)
	periodForm = regexp.MustCompile(`(?i)(` + monthForm.String() + `)\s*(?:-|–|—|~|to\b|until\b|至|到)\s*(` + monthForm.String() + `|present\b|now\b|today\b|current\b|至今|现在|今)`)
)

// How dates and months are written, in the order in which they are tried.
var (
	dateLayouts  = []string{"2006-1-2", "2006年1月2日", "2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "2.1.2006"}
	monthLayouts = []string{"January 2006", "Jan 2006", "1/2006", "2006-1", "2006年1月"}
)

var ordinal = regexp.MustCompile(`(\d)(?:st|nd|rd|th)`)

// plainDate returns the date, the month or the year in s in the form of ISO 8601,
// or "".
func plainDate(s string) string {
	if d := dateForm.FindString(s); d != "" {
		d = ordinal.ReplaceAllString(strings.ReplaceAll(d, ",", ", "), "$1")
		d = strings.Join(strings.Fields(d), " ")
		if c := d[min(4, len(d)-1)]; c == '/' || c == '.' {
			d = strings.ReplaceAll(d, string(c), "-")
		}
		d = strings.ReplaceAll(strings.ReplaceAll(d, "/", "."), " 年", "年")
		for _, layout := range append(dateLayouts, "1.2.2006") { // last what only an American can mean
			if t, err := time.Parse(layout, d); err == nil {
				return t.Format(time.DateOnly)
			}
		}
		return ""
	}
	m := strings.ReplaceAll(monthForm.FindString(s), ".", "/")
	if len(m) > 4 && m[4] == '/' {
		m = m[:4] + "-" + m[5:]
	}
	m = strings.ReplaceAll(m, "/ ", " ") // Mar. 2021
	for _, layout := range monthLayouts {
		if t, err := time.Parse(layout, m); err == nil {
			return t.Format("2006-01")
		}
	}
	return strings.TrimSuffix(m, "年")
}

// dates returns the dates in a text, as they are written there. One without a
// year is of that year.
func dates(text, year string) []string {
	var list []string
	for _, d := range anyDayForm.FindAllString(text, -1) {
		switch {
		case plainDate(d) != "" && len(plainDate(d)) == len(time.DateOnly):
		case year == "":
			continue
		case strings.Contains(d, "月"):
			d = year + "年" + d
		case d[0] >= '0' && d[0] <= '9':
			d += " " + year
		default:
			d += ", " + year
		}
		list = append(list, d)
	}
	return list
}

// when returns the date for a field: under its label, or behind one of its words.
// One that is only called a date is the first of the text.
func (f *filler) when(at field) (string, bool) {
	if len(at.name) == 0 { // the text is an element of a list
		s := dateForm.FindString(f.text)
		return s, s != ""
	}
	labels := f.labels
	if !f.is(at, "due") {
		labels = nil
		for _, l := range f.labels {
			if !hasWord(l.words, "due") {
				labels = append(labels, l)
			}
		}
	}
	hit := func(s string) string {
		return cmp.Or(dateForm.FindString(s), monthForm.FindString(s))
	}
	if s, ok := bestValue(labels, at, func(s string) bool { return hit(s) != "" || dayForm.MatchString(s) }); ok {
		return cmp.Or(hit(s), s), true
	}
	if f.is(at, "date", "when") {
		s := ""
		for line := range strings.Lines(f.text) {
			if s == "" && !hasWord(labelWords(line), "due") {
				s = dateForm.FindString(line)
			}
		}
		if s == "" && at.Format == "" {
			s = dayForm.FindString(f.text)
		}
		return s, s != ""
	}
	synonyms := withSynonyms(at.name)
	for _, s := range f.pieces {
		for _, m := range dateForm.FindAllStringIndex(s.text, -1) {
			before := strings.ToLower(s.text[max(0, m[0]-40):m[0]])
			for _, w := range synonyms {
				if indexWord(before, w) >= 0 {
					return s.text[m[0]:m[1]], true
				}
			}
		}
	}
	return "", false
}

// isMonths reports whether a schema wants months, as 2019-03.
func isMonths(n *node) bool {
	if n.Pattern == "" {
		return false
	}
	re, err := regexp.Compile(n.Pattern)
	return err == nil && re.MatchString("2019-03") && !re.MatchString("20190") && !re.MatchString("x")
}

// date returns a date in the form that the schema wants.
func (f *filler) date(n *node, s string) string {
	p := plainDate(s)
	switch {
	case n.Format != "date" && !isMonths(n):
		return clean(s)
	case p == "":
		return "" // there is no such day
	case f.c.slips():
		return clean(s)
	case n.Format != "date":
		return p[:min(len(p), len("2006-01"))]
	}
	return p
}
