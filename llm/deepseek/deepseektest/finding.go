package deepseektest

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A fact is a piece of what a worker has read: a sentence, or a row of a table.
type fact struct {
	text    string
	source  string // path of the document, or the name of the tool
	table   int    // which table it is a row of, from 1; 0 if it is none
	cells   []string
	of      []string // its words
	figures []figure
}

// A spot is a line that a search has found.
type spot struct {
	path string
	line int
	text string
}

var (
	spotForm   = regexp.MustCompile(`^([^\s:][^:\n]*):(\d+): ?(.*)$`)
	entryForm  = regexp.MustCompile(`^(.+?)(?: \([\d,]+ bytes?\))?$`)
	lineNumber = regexp.MustCompile(`(?m)^ *\d+\t`)
	footForm   = regexp.MustCompile(`(?m)^\((?:lines? \d|end of the file|\d+ ).*\)\s*\z`)
)

// hits returns what the searches have found.
func (w *worker) hits() []spot {
	var list []spot
	for _, d := range w.done {
		if !w.box.find.is(d.Name) {
			continue
		}
		for line := range strings.Lines(d.result) {
			if m := spotForm.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
				n, _ := strconv.Atoi(m[2])
				list = append(list, spot{m[1], n, m[3]})
			}
		}
	}
	return list
}

// maxRead is how many documents are read.
const maxRead = 2

// paths returns the documents to read: the one with most of the words, by how few have
// them, and another if that adds to it; or those whose names have words; or all, if they
// are few.
func (w *worker) paths() []string {
	has, order := make(map[string][]string), []string{}
	asked := append(w.asked(), words(strings.Join(w.nouns(), " "))...)
	add := func(path, text string) {
		if has[path] == nil {
			order = append(order, path)
			has[path] = common(asked, words(path))
		}
		has[path] = append(has[path], common(asked, words(text))...)
	}
	for _, h := range w.hits() {
		add(h.path, h.text)
	}
	listed := w.listed()
	for _, path := range listed {
		if has[path] != nil || len(common(asked, words(path))) > 0 {
			add(path, "")
		}
	}
	documents := make(map[string]int)
	for _, list := range has {
		for _, word := range unique(list) {
			documents[word]++
		}
	}
	var chosen []string
	if op := operationIn(w.task); op == total || op == average {
		chosen = alike(order, has)
	}
	covered := make(map[string]bool)
	for len(chosen) < maxRead && !wantsSummary(w.task) { // unless they are chosen
		found, top := "", 0.0
		for _, path := range order {
			score := 0.0
			for _, word := range unique(has[path]) {
				if !covered[word] {
					score += math.Log(1 + float64(1+len(has))/float64(documents[word]))
				}
			}
			if w.wantsTable() && strings.HasSuffix(path, "sv") {
				score *= 2
			}
			if score > top {
				found, top = path, score
			}
		}
		if found == "" || len(chosen) > 0 && top < 0.7 {
			break
		}
		chosen = append(chosen, found)
		for _, word := range has[found] {
			covered[word] = true
		}
		has[found] = nil
	}
	if chosen != nil {
		return chosen
	}
	if wantsSummary(w.task) {
		return listed[:min(len(listed), 2*maxRead)]
	}
	if len(listed) > maxRead {
		return nil
	}
	return listed
}

// maxAlike is how many documents are read that are alike, as invoices are.
const maxAlike = 8

// alike returns the documents that have the most words, if they are no tables and there
// are several: what is asked for is in each of them.
func alike(order []string, has map[string][]string) []string {
	most := 0
	for _, path := range order {
		most = max(most, len(unique(has[path])))
	}
	var list []string
	for _, path := range order {
		if len(unique(has[path])) == most {
			list = append(list, path)
		}
		if strings.HasSuffix(path, "sv") {
			return nil
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list[:min(len(list), maxAlike)]
}

// asked returns the words of the task, and of what it refers to.
func (w *worker) asked() []string {
	if w.past == "" {
		return w.about
	}
	return unique(append(slices.Clone(w.about), telling(firstLine(w.past))...))
}

// listed returns the files that were listed.
func (w *worker) listed() []string {
	var list []string
	for _, d := range w.done {
		if !w.box.list.is(d.Name) || d.failed {
			continue
		}
		for line := range strings.Lines(d.result) {
			line = strings.TrimSpace(line)
			if m := entryForm.FindStringSubmatch(line); m != nil && !strings.HasPrefix(line, "(") && !strings.HasSuffix(line, "/") && line != "" {
				list = append(list, m[1])
			}
		}
	}
	return list
}

// facts returns what is known, in the order in which it was read. What was said before
// comes last.
func (w *worker) facts() []fact {
	if w.known == nil {
		w.known = append([]fact{}, w.learn()...)
	}
	return w.known
}

func (w *worker) learn() []fact {
	var list []fact
	for _, d := range w.done {
		switch {
		case d.failed || w.box.list.is(d.Name) || w.box.calc.is(d.Name) || w.box.write.is(d.Name):
		case w.box.read.is(d.Name):
			text := footForm.ReplaceAllString(lineNumber.ReplaceAllString(d.result, ""), "")
			list = append(list, factsOf(text, argument(d.Args, w.box.read.param), len(list))...)
		case w.box.find.is(d.Name):
			if w.did(w.box.read) {
				continue
			}
			for _, h := range w.hits() {
				list = append(list, factsOf(h.text, h.path, len(list))...)
			}
		default:
			list = append(list, factsOf(flat(d.result), d.Name, len(list))...)
		}
	}
	if _, said, _ := strings.Cut(w.past, "\n\n"); said != "" {
		list = append(list, factsOf(said, "", len(list))...)
	}
	return list
}

// factsOf returns the sentences of a text, and the rows of its tables. Tables are
// numbered from base.
func factsOf(text, source string, base int) []fact {
	var list []fact
	rest, grids := splitGrids(text)
	for i, g := range grids {
		for _, cells := range g.rows {
			list = append(list, g.fact(cells, source, base+i+1))
		}
	}
	for _, s := range sentences(rest) {
		if !s.heading {
			list = append(list, fact{text: s.text, source: source, of: words(s.text), figures: figuresIn(s.text)})
		}
	}
	return list
}

// gather returns up to n facts that have most of the words that are asked for, each for
// words that those before it do not have. Words that few facts have count most, and those
// of what the task refers to less than its own. None has less than the given share of what
// the first one has.
func (w *worker) gather(facts []fact, n int, share float64) []fact {
	asked := w.asked()
	frequency := make(map[string]int)
	for _, f := range facts {
		for _, word := range f.of {
			frequency[word]++
		}
	}
	weight := func(word string) float64 {
		v := math.Log(1 + float64(len(facts))/(0.5+float64(frequency[word])))
		if !slices.Contains(w.about, word) {
			v *= 0.2
		}
		return v
	}
	covered := make(map[string]bool)
	var list []fact
	used := make(map[int]bool)
	first := 0.0
	for len(list) < n {
		found, top := -1, 0.0
		for i, f := range facts {
			score := 0.0
			for _, word := range common(asked, f.of) {
				if !covered[word] {
					score += weight(word)
				}
			}
			if score *= kindBonus(w.task, f.text) / (1 + float64(len(f.of))/80); score > top && !used[i] {
				found, top = i, score
			}
		}
		if found < 0 || top < share*first {
			break
		}
		first = cmp.Or(first, top)
		used[found] = true
		list = append(list, facts[found])
		for _, word := range facts[found].of {
			covered[word] = true
		}
	}
	return list
}
