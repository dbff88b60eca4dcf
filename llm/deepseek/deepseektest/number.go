package deepseektest

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var numberForm = regexp.MustCompile(`-?\d+(?:[.,]\d+)*`)

// number returns the number for a field: under its label, or nearest to one of
// its words.
func (f *filler) number(at field) (string, bool) {
	if !f.row && f.is(at, "total") && len(at.name) == 1 {
		if m := grandTotal(f.text); m != "" {
			return m, true
		}
	}
	labels := f.labels
	if !f.row && f.is(at, "total") {
		labels = slices.Clone(labels)
		slices.Reverse(labels) // the sum of all stands last
	}
	if s, ok := bestValue(labels, at, numberForm.MatchString); ok {
		return numberForm.FindString(s), true
	}
	if f.known {
		return "", false
	}
	found, least := "", 60 // bytes away
	synonyms := withSynonyms(at.name)
	first := make([]int, len(synonyms)) // where each is in a sentence
	for _, s := range f.pieces {
		lower := strings.ToLower(s.text)
		for i, w := range synonyms {
			first[i] = indexWord(lower, w)
		}
		for _, m := range numberForm.FindAllStringIndex(s.text, -1) {
			digits := s.text[m[0]:m[1]]
			for i, w := range synonyms {
				if first[i] < 0 || f.args && f.taken[digits] {
					continue
				}
				if d := max(first[i]-m[1], m[0]-first[i]-len(w)); d < least {
					found, least = digits, d
				}
			}
		}
	}
	if found == "" && (f.args || f.row) {
		list := numberForm.FindAllString(f.text, -1)
		if f.is(at, "price", "total") {
			slices.Reverse(list) // what something costs stands last
		}
		for _, m := range list {
			if !f.taken[m] {
				found = m
				break
			}
		}
	}
	f.taken[found] = true
	return found, found != ""
}

// indexWord returns where in s a word begins with w, or -1.
func indexWord(s, w string) int {
	for at := 0; w != ""; {
		i := strings.Index(s[at:], w)
		if i < 0 {
			break
		}
		if i += at; i == 0 || isHan(rune1(w)) || !isWord(s[i-1]) {
			return i
		}
		at = i + len(w)
	}
	return -1
}

// number returns a number that the field admits, near to s.
func number(at field, s string) json.RawMessage {
	if m := at.Minimum; m != nil && *m >= 0 {
		s = strings.TrimPrefix(s, "-") // the sign says which way, as of a discount
	}
	v := 0.0
	digits := plainNumber(s)
	if digits != "" {
		v, _ = strconv.ParseFloat(digits, 64)
	}
	w := v
	integer := at.kind() == "integer"
	if integer {
		w = math.Round(w)
	}
	step := 1.0
	if m := at.MultipleOf; m != nil && *m > 0 {
		step = *m
		w = math.Round(w/step) * step
	}
	if m := at.Minimum; m != nil && w < *m {
		w = math.Ceil(*m/step) * step
	}
	if m := at.Above; m != nil && w <= *m {
		w = (math.Floor(*m/step) + 1) * step
	}
	if m := at.Maximum; m != nil && w > *m {
		w = math.Floor(*m/step) * step
	}
	if m := at.Below; m != nil && w >= *m {
		w = (math.Ceil(*m/step) - 1) * step
	}
	if w == v && digits != "" && (!integer || !strings.Contains(digits, ".")) {
		return json.RawMessage(digits) // all of its digits
	}
	return strconv.AppendFloat(nil, w, 'f', -1, 64)
}

// plainNumber returns 1,234.50 and 1.234,50 as 1234.50.
func plainNumber(s string) string {
	comma, point := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	switch {
	case comma > point && (point >= 0 || len(s)-comma-1 != 3):
		s = strings.ReplaceAll(s, ".", "")
		if strings.Count(s, ",") == 1 {
			s = strings.ReplaceAll(s, ",", ".")
		}
	case strings.Count(s, ".") > 1:
		s = strings.ReplaceAll(s, ".", "")
	}
	s = strings.ReplaceAll(s, ",", "")
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for len(s) > 1 && s[0] == '0' && s[1] != '.' {
		s = s[1:]
	}
	if s == "" || len(s) > 100 {
		return ""
	}
	return sign + s
}
