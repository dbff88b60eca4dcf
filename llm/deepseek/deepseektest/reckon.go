package deepseektest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An operation is what a question wants done with numbers.
type operation int

const (
	difference operation = iota + 1
	ratio
	average
	total
	greatest
	least
)

// operations are how a question asks for them. The first that fits decides.
var operations = []struct {
	op  operation
	ask *regexp.Regexp
}{
	{ratio, regexp.MustCompile(`(?i)\bhow many times (?:as|more|deeper|longer|larger|bigger)\b|\bratio\b|几倍|多少倍`)},
	{average, regexp.MustCompile(`(?i)\baverage\b|\bmean (?:of|depth|price|age|value)\b|平均`)},
	{difference, regexp.MustCompile(`(?i)\bdifference\b|\bhow (?:much|many)\b.{0,30}\b(?:more|less|fewer|\w{2,}er)\b.*\bthan\b|\bhow much (?:more|less|deeper|longer|higher|older|heavier|cheaper|\w+er)\b|\bhow (?:long|many \w+) (?:after|before|between|passed|later|lie|lay|went by)\b|\b(?:years|days|metres|meters) (?:after|before|between)\b|\bby how (?:much|many)\b|相差|差(?:多少|几)|之差|比.{1,20}(?:多少|几)|(?:多少|几)年(?:后|前|之后|之前|才)|隔了|之间.{0,4}多少`)},
	{total, regexp.MustCompile(`(?i)\bsum\b|\btotal\b|\btogether\b|\baltogether\b|\badds? up\b|\bcombined\b|\bin all\b|合计|总共|一共|总和|之和|加起来|共计`)},
	{greatest, regexp.MustCompile(`(?i)\b(?:deepest|highest|longest|largest|biggest|greatest|heaviest|oldest person|most expensive|most people|maximum|tallest|latest|newest|most recent)\b|最(?:深|高|长|大|重|贵|多|晚|新)`)},
	{least, regexp.MustCompile(`(?i)\b(?:shallowest|lowest|shortest|smallest|lightest|cheapest|fewest|least|minimum|earliest)\b|最(?:浅|低|短|小|轻|便宜|少|早)`)},
}

// A sum is what is to be worked out, and from what.
type sum struct {
	op   operation
	of   []figure
	from []fact
}

// arithmetic returns the sum that the task asks for, or nil if it asks for none, or what
// it is of was not found.
func (w *worker) arithmetic() *sum {
	op := operationIn(w.task)
	if op == 0 {
		return nil
	}
	facts := w.facts()
	for _, kind := range w.kinds() {
		var with []fact
		for _, f := range facts {
			if _, ok := f.figure(kind); ok {
				with = append(with, f)
			}
		}
		s := &sum{op: op}
		switch {
		case op == difference || op == ratio:
			s.from = distinct(w.pair(with), kind, 2)
		case w.past != "" && theTwo.MatchString(w.task):
			s.from = distinct(w.pair(with), kind, 2)
		default:
			s.from = w.scope(with, kind)
		}
		if len(s.from) < 2 {
			continue
		}
		for i := range s.from {
			g, _ := s.from[i].figure(kind)
			s.of = append(s.of, g)
		}
		return s
	}
	return nil
}

func operationIn(task string) operation {
	for _, o := range operations {
		if o.ask.MatchString(task) {
			return o.op
		}
	}
	return 0
}

// wantsTable reports whether rows of a table would serve the task better than prose.
func (w *worker) wantsTable() bool {
	op := operationIn(w.task)
	return op == average || op == total || op == greatest || op == least
}

// kinds returns what kinds of figures the task may be about, likely ones first.
func (w *worker) kinds() []string {
	list := kindsAsked(w.task)
	if w.past != "" {
		list = append(list, kindsAsked(firstLine(w.past))...)
	}
	if operationIn(w.task) != 0 {
		for _, m := range measures {
			list = append(list, m.kind)
		}
	}
	return unique(list)
}

// pair returns the facts about the things that the task compares: those that have most
// of its words, or the newest, if it only says "the two".
func (w *worker) pair(with []fact) []fact {
	v := *w
	v.about = slices.DeleteFunc(slices.Clone(w.about), func(word string) bool { // "cost" is not what is compared
		return slices.ContainsFunc(measures, func(m measure) bool { return m.ask.MatchString(word) && !isHan(rune1(word)) })
	})
	found := v.gather(with, 6, 0.15)
	if w.past != "" && len(names(w.task)) == 0 {
		var said []fact
		for _, f := range with {
			if f.source == "" {
				said = append(said, f)
			}
		}
		if len(said) > 0 {
			return append(said, found...)
		}
	}
	return found
}

// distinct returns up to n facts whose figures of a kind differ. If they are fewer, a fact
// that has two of them counts as two.
func distinct(facts []fact, kind string, n int) []fact {
	var list []fact
	seen := make(map[string]bool)
	for _, most := range []int{1, n} {
		for _, f := range facts {
			taken := 0
			for _, g := range f.figures {
				if slices.Contains(g.kinds, kind) && !seen[g.digits] && len(list) < n && taken < most {
					seen[g.digits] = true
					taken++
					one := f
					one.figures = []figure{g}
					list = append(list, one)
				}
			}
		}
	}
	return list
}

// scope returns the rows of the table that the task is about: those that have most of
// its words, of those that not all rows have, and that are within what it says of "more
// than". Without a table it is the sentences that fit.
func (w *worker) scope(with []fact, kind string) []fact {
	tables := make(map[int][]fact)
	best, most := 0, 1
	for _, f := range with {
		if f.table > 0 {
			tables[f.table] = append(tables[f.table], f)
			if n := len(tables[f.table]); n > most {
				best, most = f.table, n
			}
		}
	}
	if best == 0 {
		return w.alike(with, kind)
	}
	rows := within(tables[best], kind, w.task)
	var of []string // words that some cells have, and not all
	for _, word := range w.asked() {
		n := 0
		for _, f := range rows {
			if slices.Contains(words(strings.Join(f.cells, " ")), word) {
				n++
			}
		}
		if n > 0 && n < len(rows) {
			of = append(of, word)
		}
	}
	var list []fact
	top := 0
	for _, f := range rows {
		n := len(common(of, words(strings.Join(f.cells, " "))))
		if n > top {
			top, list = n, nil
		}
		if n == top {
			list = append(list, f)
		}
	}
	if len(list) == 1 && top < 2 { // it names one of many, and cannot mean that
		return rows
	}
	return list
}

// alike returns the sentences that have most words of the task: one of each document, or
// all those of one.
func (w *worker) alike(with []fact, kind string) []fact {
	var list []fact
	most := 0
	seen := make(map[string]bool)
	for _, f := range with {
		n := len(common(words(w.task), f.of))
		if n > most {
			most, list = n, nil
			clear(seen)
		}
		if g, _ := f.figure(kind); n == most && n > 0 && !seen[f.source+" "+g.digits] {
			seen[f.source+" "+g.digits] = true
			list = append(list, f)
		}
	}
	return list
}

var theTwo = regexp.MustCompile(`(?i)\bthe two\b|\bboth\b|\bthem\b|\bthose\b|两者|两个|这两`)

var (
	overForm  = regexp.MustCompile(`(?i)(?:(?:more|deeper|greater|higher|longer|later|heavier) than|over|above|beyond|after|exceed\w*|超过|大于|深于|多于|高于)\s*(\d[\d,]*(?:\.\d+)?)`)
	underForm = regexp.MustCompile(`(?i)(?:(?:less|shallower|lower|shorter|earlier|fewer) than|under|below|before|小于|浅于|少于|低于|不到)\s*(\d[\d,]*(?:\.\d+)?)`)
)

// within returns the facts whose figures are as a question says: of what kind it says it
// is told by the size of the number, if that is a year.
func within(facts []fact, kind, question string) []fact {
	keep := func(form *regexp.Regexp, ok func(v, limit float64) bool) {
		m := form.FindStringSubmatch(question)
		if m == nil {
			return
		}
		of := kind
		if yearForm.MatchString(m[1]) {
			of = "year"
		}
		limit, _ := strconv.ParseFloat(plainNumber(m[1]), 64)
		facts = slices.DeleteFunc(slices.Clone(facts), func(f fact) bool {
			g, found := f.figure(of)
			return !found || !ok(g.value(), limit)
		})
	}
	keep(overForm, func(v, limit float64) bool { return v > limit })
	keep(underForm, func(v, limit float64) bool { return v < limit })
	return facts
}

// expression returns what a calculator is given.
func (s *sum) expression() string {
	var list []string
	for _, f := range s.of {
		list = append(list, f.digits)
	}
	if s.op == difference || s.op == ratio {
		if s.of[0].value() < s.of[1].value() {
			list[0], list[1] = list[1], list[0]
		}
	}
	switch s.op {
	case difference:
		return list[0] + " - " + list[1]
	case ratio:
		return list[0] + " / " + list[1]
	case average:
		return fmt.Sprintf("(%s) / %d", strings.Join(list, " + "), len(list))
	case total:
		return strings.Join(list, " + ")
	case greatest:
		return "max(" + strings.Join(list, ", ") + ")"
	}
	return "min(" + strings.Join(list, ", ") + ")"
}

// winner returns the index of the greatest or the least figure, if it is that which is
// looked for, else -1.
func (s *sum) winner() int {
	if s.op != greatest && s.op != least {
		return -1
	}
	at := 0
	for i, f := range s.of {
		if s.op == greatest && f.value() > s.of[at].value() || s.op == least && f.value() < s.of[at].value() {
			at = i
		}
	}
	return at
}

// chosen returns the facts that the answer rests on.
func (s *sum) chosen() []fact {
	if at := s.winner(); at >= 0 {
		return s.from[at : at+1]
	}
	return s.from
}

// reckon has the sum that the task asks for worked out.
func (w *worker) reckon() Reply {
	if w.box.calc == nil || w.did(w.box.calc) {
		return Reply{}
	}
	s := w.arithmetic()
	if s == nil {
		return Reply{}
	}
	return step(fmt.Sprintf("Rule: have %d numbers that were found worked out.", len(s.of)), w.box.calc.call(w.box.calc.param, s.expression()))
}
