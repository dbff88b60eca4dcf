package deepseektest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A figure is a number and what it is of.
type figure struct {
	digits string // as a number of JSON
	unit   string // as it stands there; "" if there is none
	kinds  []string
	name   string // whose it is, if that is known
}

func (f figure) value() float64 {
	v, _ := strconv.ParseFloat(f.digits, 64)
	return v
}

// measures are the kinds of figures: how a question asks for them, and the units and
// names of columns that they have.
var measures = []measure{
	{"length", regexp.MustCompile(`(?i)\b(?:deep\w*|depths?|high\w*|height|tall\w*|thick\w*|far\w*|wide\w*|width|distance|shallow\w*|metres?|meters?|kilomet\w+|lengths?)\b|深|高|米|远|宽|长度`),
		regexp.MustCompile(`(?i)^(?:m|km|cm|mm|ft|feet|metres?|meters?|kilometres?|kilometers?|miles?|depth|height|length|distance|width|米|公里|千米|厘米|深度|高度|长度)$`)},
	{"money", regexp.MustCompile(`(?i)\b(?:costs?|prices?|pay|paid|spen[dt]|expensive|cheap\w*|euros?|dollars?|worth|owe|revenue|budget)\b|元|钱|价|费|花`),
		regexp.MustCompile(`(?i)^(?:eur|usd|gbp|cny|rmb|chf|euros?|dollars?|pounds?|yuan|[€$£¥￥]|price|cost|amount|total|fee|元|块|欧元|美元|价格|费用|金额)$`)},
	{"weight", regexp.MustCompile(`(?i)\b(?:weighs?|weights?|heav\w+|light(?:er|est)|kilos?|tonnes?|tons?)\b|重|吨|公斤`),
		regexp.MustCompile(`(?i)^(?:kg|g|t|kilos?|tonnes?|tons?|weight|公斤|千克|吨|重量)$`)},
	{"people", regexp.MustCompile(`(?i)\b(?:people|persons?|crew|passengers?|visitors?|inhabitants)\b|人`),
		regexp.MustCompile(`(?i)^(?:people|persons?|crew|passengers?|visitors?|inhabitants|人|名|人数)$`)},
	{"span", regexp.MustCompile(`(?i)\b(?:minutes?|hours?|days?|lasts?|lasted|duration)\b|小时|分钟|天`),
		regexp.MustCompile(`(?i)^(?:minutes?|min|hours?|h|days?|duration|小时|分钟|天|时长)$`)},
	{"year", regexp.MustCompile(`(?i)\b(?:years?|old\w*|ages?|late[rs]t?|earl\w+|long(?:er)? (?:after|before|ago)|between|newest|first|last)\b|年|多久|早|晚`), nil},
}

type measure struct {
	kind      string
	ask, unit *regexp.Regexp
}

var (
	figureForm = regexp.MustCompile(`([€$£¥￥]\s?)?(\d+(?:[,.]\d+)*)(?:[\s-]?([A-Za-z°%€$£]+|公里|千米|厘米|小时|分钟|公斤|千克|欧元|美元|[\p{Han}]))?`)
	yearForm   = regexp.MustCompile(`^(?:1\d|20)\d\d$`)
)

// figuresIn returns the figures in a sentence. Of a date it is the year.
func figuresIn(s string) []figure {
	var list []figure
	for _, d := range dateForm.FindAllString(s, -1) {
		if y := plainDate(d); len(y) >= 4 && yearForm.MatchString(y[:4]) {
			list = append(list, figure{digits: y[:4], kinds: []string{"year"}})
		}
	}
	s = periodForm.ReplaceAllString(dateForm.ReplaceAllString(s, " · "), " · ")
	for _, m := range figureForm.FindAllStringSubmatch(s, -1) {
		f := figure{digits: plainNumber(m[2]), unit: strings.TrimSpace(m[1] + m[3])}
		f.kinds = kindsOf(f.unit)
		if f.kinds == nil && yearForm.MatchString(m[2]) && (m[3] == "" || m[3] == "年" || slices.Contains(stopWords, strings.ToLower(m[3]))) {
			if f.kinds, f.unit = []string{"year"}, ""; slices.ContainsFunc(list, func(g figure) bool { return g.digits == f.digits }) {
				continue
			}
		}
		if f.unit != "" && f.kinds == nil {
			f.kinds = words(f.unit)
		}
		if len(f.digits) < 4 && slices.Contains(f.kinds, "year") || f.unit == "年" && f.kinds == nil { // so many years
			f.kinds = []string{"span"}
		}
		list = append(list, f)
	}
	return list
}

// figuresUnder returns the figures in a cell of a table: the unit is in the cell, or in
// the name of its column.
func figuresUnder(column, cell string) []figure {
	if dateForm.MatchString(cell) {
		return figuresIn(cell)
	}
	m := figureForm.FindStringSubmatch(cell)
	if m == nil || m[0] != strings.TrimSpace(cell) {
		return nil
	}
	f := figure{digits: plainNumber(m[2]), unit: strings.TrimSpace(m[1] + m[3]), kinds: words(column)}
	f.kinds = append(f.kinds, kindsOf(f.unit)...)
	for _, part := range append(identWords(column), strings.Trim(column, "()（） ")) {
		kinds := kindsOf(part)
		f.kinds = append(f.kinds, kinds...)
		if f.unit == "" && kinds != nil && unitForm.MatchString(part) {
			f.unit = part
		}
	}
	if f.kinds = unique(f.kinds); yearForm.MatchString(f.digits) && strings.Contains(strings.ToLower(column), "year") {
		f.kinds = append(f.kinds, "year")
	}
	return []figure{f}
}

// unitForm tells units from other words that say what a column has.
var unitForm = regexp.MustCompile(`(?i)^(?:m|km|cm|mm|ft|kg|g|t|eur|usd|gbp|cny|chf|h|min|hours|minutes|days|米|公里|元|吨|公斤|小时)$`)

// kindsOf returns the kinds of figures that have the unit.
func kindsOf(unit string) []string {
	var list []string
	for _, m := range measures {
		if m.unit != nil && m.unit.MatchString(unit) {
			list = append(list, m.kind)
		}
	}
	return list
}

// kindsAsked returns the kinds of figures that a question asks for, in the order in
// which it speaks of them; after them its words, which may be the names of columns.
func kindsAsked(question string) []string {
	type found struct {
		at   int
		kind string
	}
	var list []found
	for _, m := range measures {
		if at := m.ask.FindStringIndex(question); at != nil {
			list = append(list, found{at[0], m.kind})
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return a.at - b.at })
	var kinds []string
	for _, f := range list {
		kinds = append(kinds, f.kind)
	}
	return append(kinds, words(question)...)
}

// of returns the first figure of a kind.
func (f *fact) figure(kind string) (figure, bool) {
	for _, g := range f.figures {
		if slices.Contains(g.kinds, kind) {
			return g, true
		}
	}
	return figure{}, false
}
