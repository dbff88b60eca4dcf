package websearch

import (
	"cmp"
	"fmt"
	"unicode/utf8"
)

// A Query is what to search for. Only Text is needed.
type Query struct {
	Text     string // in up to 400 characters; site:example.com and the like are for the engine to know
	Count    int    // how many hits, up to 50; 0 is 10
	Page     int    // which Count of hits, from 1 for the best to 10; 0 is 1
	Language string // of the pages, such as "de" or "pt-BR"; empty is any, or what the engine takes for that
	Within   Period // how old pages may be, for what has a date; empty is any age
}

// A Period is the last day, week, month or year.
type Period string

// The periods.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
	Year  Period = "year"
)

const (
	maxText      = 400
	maxCount     = 50
	maxPage      = 10
	defaultCount = 10
)

// normal returns q as engines take it: with a text that is one visible line, and with
// what zero stands for. It returns an *Error if q breaks a rule.
func (q Query) normal() (Query, error) {
	if !utf8.ValidString(q.Text) {
		return q, badQuery("it is not UTF-8")
	}
	q.Text = oneLine(q.Text)
	q.Count, q.Page = cmp.Or(q.Count, defaultCount), cmp.Or(q.Page, 1)
	n := utf8.RuneCountInString(q.Text)
	switch {
	case n == 0:
		return q, badQuery("it is blank: say what to search for")
	case n > maxText:
		return q, badQuery(fmt.Sprintf("it has %d characters, and %d is the most: search for the few words that matter", n, maxText))
	case q.Count < 1 || q.Count > maxCount:
		return q, badQuery(fmt.Sprintf("it asks for %d hits: ask for 1 to %d", q.Count, maxCount))
	case q.Page < 1 || q.Page > maxPage:
		return q, badQuery(fmt.Sprintf("there is no page %d: ask for page 1 to %d, or use other words", q.Page, maxPage))
	case q.Language != "" && !isLanguage(q.Language):
		return q, badQuery(`the language is not a code such as "de" or "pt-BR"`)
	}
	switch q.Within {
	case "", Day, Week, Month, Year:
		return q, nil
	}
	return q, badQuery(`the age of pages must be within "day", "week", "month" or "year"`)
}

func badQuery(reason string) error { return &Error{Advice: reason, Err: ErrQuery} }

// isLanguage reports whether s has the form of a language tag: letters, and after them
// letters and digits in groups.
func isLanguage(s string) bool {
	group := 0 // length of it
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		switch {
		case c == '-' && group > 0:
			group = 0
		case letter, '0' <= c && c <= '9' && i > 1:
			group++
		default:
			return false
		}
		if group > 8 {
			return false
		}
	}
	return group > 0 && 2 <= len(s) && len(s) <= 35
}
