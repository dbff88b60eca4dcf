package deepseektest

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A query is what a search asks for.
type query struct {
	words           []string // stems; a page need not have them all
	phrases         []string // lower case; a page must have them all
	without         []string // phrases that it must not have
	sites, notSites []string
	langs           []string
	after, before   time.Time
}

// parseQuery reads a query with its operators. What looks like an operator and
// is none is a word.
func parseQuery(s string) query {
	var q query
	var text strings.Builder // what is left for words
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		rest, not := strings.CutPrefix(s, "-")
		var term string
		quoted := strings.HasPrefix(rest, `"`)
		if quoted {
			term, s, _ = strings.Cut(rest[1:], `"`)
		} else {
			end := strings.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t\r\n　", r) })
			if end < 0 {
				end = len(rest)
			}
			term, s = rest[:end], rest[end:]
		}
		low := strings.ToLower(term)
		switch {
		case quoted && not, not && !strings.Contains(low, ":") && low != "":
			q.without = append(q.without, low)
		case quoted:
			q.phrases = append(q.phrases, low)
			text.WriteString(" " + term)
		case term == "OR" || q.operator(low, not):
		default:
			text.WriteString(" " + term)
		}
	}
	q.words = words(text.String())
	return q
}

// operator takes a term such as "site:example.org", or reports that it is none.
func (q *query) operator(term string, not bool) bool {
	name, value, ok := strings.Cut(term, ":")
	if !ok || value == "" {
		return false
	}
	switch {
	case name == "site" && not:
		q.notSites = append(q.notSites, value)
	case name == "site":
		q.sites = append(q.sites, value)
	case not:
		return false
	case name == "lang":
		q.langs = append(q.langs, strings.Split(value, ",")...)
	case name == "after" || name == "before":
		for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
			if date, err := time.Parse(layout, value); err == nil {
				if name == "after" {
					q.after = date
				} else {
					q.before = date
				}
				return true
			}
		}
		return false
	default:
		return false
	}
	return true
}

// admits reports whether a page is among those that may be found.
func (q *query) admits(d *page) bool {
	host := ""
	if u, err := url.Parse(d.url); err == nil {
		host = u.Hostname()
	}
	of := func(site string) bool { return host == site || strings.HasSuffix(host, "."+site) }
	text := strings.ToLower(d.title + "\n" + d.text)
	has := func(phrase string) bool { return strings.Contains(text, phrase) }
	switch {
	case len(q.sites) > 0 && !slices.ContainsFunc(q.sites, of), slices.ContainsFunc(q.notSites, of),
		len(q.langs) > 0 && !slices.Contains(q.langs, d.lang),
		!q.after.IsZero() && d.date.Before(q.after), !q.before.IsZero() && !d.date.Before(q.before),
		slices.ContainsFunc(q.without, has):
		return false
	}
	return !slices.ContainsFunc(q.phrases, func(p string) bool { return !has(p) })
}

// score returns how well a page fits, from 0 to 3: by the share of the words
// that it has, and again by those in its title.
func (q *query) score(d *page) float64 {
	if len(q.words) == 0 {
		return 1.5
	}
	share := func(s string) float64 { return float64(len(common(q.words, words(s)))) / float64(len(q.words)) }
	return math.Round(100*(2*share(d.title+"\n"+d.text)+share(d.title))) / 100
}

// find returns the pages that a query finds, best first, newest first where they
// are alike.
func find(s string) []hit {
	q := parseQuery(s)
	hits := []hit{}
	for i := range corpus {
		d := &corpus[i]
		if !q.admits(d) {
			continue
		}
		score := q.score(d)
		if score == 0 {
			continue
		}
		hits = append(hits, hit{
			Score: score, Title: d.title, URL: d.url, Snippet: snippet(d.text, q.words), Summary: cut(d.text, 600, 800),
			Content: d.markdown(), SiteName: d.site, SiteIcon: d.icon(), Date: d.date.Format("2006-01-02T15:04:05-07:00"), Authority: d.authority,
		})
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(b.Date, a.Date))
	})
	return hits
}

// snippet returns what a text says of the words, in 100 to 200 characters if it
// has as many.
func snippet(text string, about []string) string {
	list := sentences(text)
	best, at := -1, 0
	for i, s := range list {
		if n := len(common(about, words(s.text))); n > best && !s.heading {
			best, at = n, i
		}
	}
	var b strings.Builder
	for _, s := range list[at:] {
		if s.heading {
			continue
		}
		b.WriteString(s.text + " ")
		if utf8.RuneCountInString(b.String()) > 100 {
			break
		}
	}
	return cut(b.String(), 100, 200)
}

// cut returns the beginning of a text without its headings: whole sentences of
// at least low characters together, and at most high.
func cut(text string, low, high int) string {
	var b strings.Builder
	n := 0
	for _, s := range sentences(text) {
		if s.heading {
			continue
		}
		size := utf8.RuneCountInString(s.text)
		if n+size > high {
			if n < low {
				b.WriteString(string([]rune(s.text)[:high-n-1]) + "…")
			}
			break
		}
		b.WriteString(s.text)
		if n += size; n >= low {
			break
		}
		if r, _ := utf8.DecodeLastRuneInString(s.text); r < utf8.RuneSelf { // none after a Chinese stop
			b.WriteByte(' ')
			n++
		}
	}
	return strings.TrimSpace(b.String())
}
