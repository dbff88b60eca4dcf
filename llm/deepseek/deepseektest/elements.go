package deepseektest

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// rows returns the elements of an array: the rows of the table whose header has
// most of what an element has, what stands below a heading, or texts.
func (f *filler) rows(at field) []row {
	inner := resolve(f.root, at.Items)
	var list []row
	if inner.kind() == "object" {
		most := 1
		for _, rows := range f.tables() {
			n := 0
			for _, p := range inner.Properties {
				if _, ok := bestLabel(rows[0].labels, labelWords(p.name), nil); ok {
					n++
				}
			}
			if n > most {
				list, most = rows, n
			}
		}
		if list != nil {
			return list
		}
	}
	if lines := section(f.lines(), at); lines != nil {
		list = entries(lines)
		if inner.kind() != "object" {
			for i := range list {
				list[i].labels = nil
			}
		}
		return list
	}
	elements := f.elements(at)
	if elements == nil && inner.kind() == "object" && f.is(at, "line", "item", "product") {
		return billed(f.text)
	}
	for _, s := range elements {
		switch {
		case inner.kind() != "object":
			list = append(list, row{text: s})
		case f.is(at, "language", "skill"):
			list = append(list, pair(s))
		default:
			list = append(list, lineItem(s))
		}
	}
	return list
}

// elements returns the texts that the elements of an array are in: the values
// under its label, the items of a list, or for keywords the words there are
// most of.
func (f *filler) elements(at field) []string {
	kind := resolve(f.root, at.Items)
	switch {
	case kind.Format == "date" || f.is(at, "date") && kind.kind() == "string":
		first := plainDate(dateForm.FindString(f.text))
		return unique(dates(body(f.text), first[:min(4, len(first))]))
	case f.is(at, "action", "request", "task", "todo"):
		return asked(f.text)
	}
	if s, ok := bestValue(f.labels, at, anything); ok {
		return splitList(s)
	}
	if len(kind.Enum) > 0 {
		var list []string
		for _, e := range kind.Enum {
			var s string
			if json.Unmarshal(e, &s) == nil && strings.Contains(strings.ToLower(f.text), strings.ToLower(s)) {
				list = append(list, s)
			}
		}
		return list
	}
	var items []string
	for line := range strings.Lines(f.text) {
		if line = strings.TrimSpace(line); isItem(line) {
			items = append(items, itemText(line))
		}
	}
	if items != nil || kind.kind() != "string" {
		return items
	}
	switch {
	case f.is(at, "keyword", "topic", "tag", "关键词"):
		return frequent(f.text, 5)
	case f.is(at, "name", "person", "people", "place", "city", "entity"):
		return slices.Compact(names(f.text))
	case f.is(at, "point", "sentence", "fact", "summary", "要点"):
		var list []string
		for _, s := range f.pieces[:min(3, len(f.pieces))] {
			list = append(list, s.text)
		}
		return list
	}
	return nil
}

// unique returns a list without what is in it twice.
func unique(list []string) []string {
	var once []string
	for _, s := range list {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// splitList splits "a, b and c".
func splitList(s string) []string {
	s = strings.NewReplacer(" and ", ",", "、", ",", "，", ",", "；", ",", ";", ",", "和", ",").Replace(strings.TrimRight(s, ".。"))
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// frequent returns the n words that occur most often in a text, as they are
// written there first.
func frequent(text string, n int) []string {
	type count struct {
		word string
		n    int
	}
	var list []count
	for _, s := range sentences(text) {
		for _, w := range words(s.text) {
			if i := slices.IndexFunc(list, func(c count) bool { return c.word == w }); i >= 0 {
				list[i].n++
			} else if utf8.RuneCountInString(w) > 3 || isHan(rune1(w)) {
				list = append(list, count{w, 1})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b count) int { return b.n - a.n })
	var found []string
	for _, c := range list[:min(n, len(list))] {
		i := strings.Index(strings.ToLower(text), c.word)
		if i < 0 || i+len(c.word) > len(text) {
			continue
		}
		end := i + len(c.word)
		for end < len(text) && isWord(text[end]) && !isHan(rune1(c.word)) {
			end++
		}
		found = append(found, strings.ToLower(text[i:end]))
	}
	return found
}
