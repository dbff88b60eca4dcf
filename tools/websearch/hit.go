package websearch

import (
	"cmp"
	"net/url"
	"strings"
	"time"
)

// A Hit is a page that was found.
type Hit struct {
	Title   string
	URL     string
	Snippet string    // what the page says, as far as it has to do with the query
	Date    time.Time // of the page; zero if not known
	Engine  string    // which engine found it, if that is not plain
}

// Bounds of what is not the snippet, in characters.
const (
	maxURL    = 2048
	maxTitle  = 160
	maxEngine = 60
)

// shape returns the first count hits that are of any use, clean.
func shape(hits []Hit, count, snippet int) []Hit {
	list := make([]Hit, 0, min(count, len(hits)))
	var seen pages
	for _, h := range hits {
		if len(list) == count {
			break
		}
		page, ok := seen.add(h.URL)
		if !ok {
			continue
		}
		h = Hit{
			Title:   plain(h.Title, maxTitle),
			URL:     page.String(),
			Snippet: plain(h.Snippet, snippet),
			Date:    h.Date,
			Engine:  plain(h.Engine, maxEngine),
		}
		h.Title = cmp.Or(h.Title, plain(page.Hostname(), maxTitle))
		if h.Snippet == h.Title {
			h.Snippet = ""
		}
		list = append(list, h)
	}
	return list
}

// pages are those that were found so far.
type pages map[string]bool

// add returns a page by its address, if the address is of use and new.
func (p *pages) add(address string) (*url.URL, bool) {
	u := pageURL(address)
	if u == nil || (*p)[pageKey(u)] {
		return nil, false
	}
	if *p == nil {
		*p = pages{}
	}
	(*p)[pageKey(u)] = true
	return u, true
}

// pageURL returns the address of a page, or nil if it is none that anyone should open:
// not of http or https, with a password, too long, or not to be read.
func pageURL(address string) *url.URL {
	address = strings.TrimSpace(address)
	if len(address) > maxURL {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" || u.User != nil {
		return nil
	}
	if oneLine(u.Hostname()) != u.Hostname() { // it looks like another
		return nil
	}
	u.RawQuery = ascii(u.RawQuery) // which package url leaves as it is
	if s := u.String(); len(s) > maxURL || strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) >= 0 {
		return nil
	}
	return u
}

// ascii returns a query of a URL with escapes for what has no place in it.
func ascii(query string) string {
	odd := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' }
	var b strings.Builder
	for _, c := range []byte(query) {
		if !odd(c) {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// pageKey returns what two addresses of one page have in common: http and https, the
// usual port, a slash at the end, and most fragments make no difference.
func pageKey(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	key := host + strings.TrimRight(u.EscapedPath(), "/") + "?" + u.RawQuery
	if strings.HasPrefix(u.Fragment, "/") || strings.HasPrefix(u.Fragment, "!") { // a script's page
		key += "#" + u.EscapedFragment()
	}
	return key
}
