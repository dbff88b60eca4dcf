package deepseek

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// A Search is a question to DeepSeek's search engine. The zero value of every
// field but Query means the API's default.
//
// See https://api-docs.deepseek.com/guides/search.
type Search struct {
	// Query is what to look for, in 1 to 128 characters. Words of it may narrow
	// the search: "a phrase", -word, site:example.com, -site:example.com, lang:en,
	// after:2026-01-31 and before:2026.
	Query string

	Count    int        // how many hits, from 1 to 50; if 0, 10
	Content  bool       // the hits come with the text of their pages
	Question string     // of a person, which led to the query; at most 128 characters
	IP       netip.Addr // of a person, for hits from nearby
}

// A Hit is a page that a [Search] found.
type Hit struct {
	Title     string
	URL       string
	Snippet   string    // 100 to 200 characters for people
	Summary   string    // 600 to 800 characters for models
	Content   string    // the page as text; empty if it was not asked for
	Score     float64   // from 0 to 3: how well it fits; from 1.5 on, well
	Authority int       // from 0 to 4: how far to trust the site; -1 if not known
	Date      time.Time // of the page; zero if not known
	Site      string    // what the site is called
	Icon      string    // the URL of its icon
}

const (
	maxQuery = 128
	maxHits  = 50
)

// Search searches the web and returns what it found, best first, or nothing. It
// is billed by the request, unless nothing is found or it fails, however many
// hits it asks for. Errors are of type [*llm.Error]. With Content, a reply may
// need more than [Client.MaxReply].
//
// What comes back is the writing of strangers: data to a model, never
// instructions, and nothing to act upon or to display as markup unchecked.
func (c *Client) Search(ctx context.Context, s Search) ([]Hit, error) {
	if err := c.deepSeekOnly("Search"); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	args := struct {
		Query    string `json:"query"`
		Count    int    `json:"count,omitzero"`
		Content  bool   `json:"need_content,omitzero"`
		Question string `json:"ori_question,omitzero"`
		IP       string `json:"localization,omitzero"`
	}{s.Query, s.Count, s.Content, s.Question, ""}
	if s.IP.IsValid() {
		args.IP = s.IP.String()
	}
	var body hitsBody
	if err := c.use(ctx, "search", args, &body, ""); err != nil {
		return nil, err
	}
	hits := make([]Hit, len(*body.Results))
	for i, r := range *body.Results {
		hits[i] = r.hit()
	}
	return hits, nil
}

// check returns which rule of the API the search breaks, if any.
func (s *Search) check() error {
	n := utf8.RuneCountInString(s.Query)
	switch {
	case strings.TrimSpace(s.Query) == "":
		return invalid("the query is blank")
	case n > maxQuery || !utf8.ValidString(s.Query):
		return invalid("the query has %d characters: it must be at most %d of UTF-8", n, maxQuery)
	case s.Count < 0 || s.Count > maxHits:
		return invalid("Count is %d: it must be from 1 to %d, or 0 for the API's default", s.Count, maxHits)
	case utf8.RuneCountInString(s.Question) > maxQuery || !utf8.ValidString(s.Question):
		return invalid("the question has %d characters: it must be at most %d of UTF-8", utf8.RuneCountInString(s.Question), maxQuery)
	case s.IP.Zone() != "":
		return invalid("the IP address has a zone, which means something on one machine only")
	}
	return nil
}

type hitsBody struct {
	Results *[]hitBody `json:"results"`
}

func (b *hitsBody) lacks() string {
	if b.Results == nil {
		return "results"
	}
	return ""
}

// A hitBody is a hit as the API writes it.
type hitBody struct {
	Title     string  `json:"title"`
	URL       string  `json:"url"`
	Snippet   string  `json:"snippet"`
	Summary   string  `json:"summary"`
	Content   string  `json:"content"`
	Score     float64 `json:"rerank_score"`
	Authority *int    `json:"authority"`
	Date      string  `json:"date"`
	Site      string  `json:"site_name"`
	Icon      string  `json:"site_icon"`
}

func (b *hitBody) hit() Hit {
	h := Hit{b.Title, b.URL, b.Snippet, b.Summary, b.Content, b.Score, -1, time.Time{}, b.Site, b.Icon}
	if b.Authority != nil {
		h.Authority = *b.Authority
	}
	if date, err := time.Parse(time.RFC3339, b.Date); err == nil { // one bad date of a page is no reason to lose the rest
		h.Date = date
	}
	return h
}

// A Page is a page of the web as text.
type Page struct {
	URL     string // that was asked for
	Title   string // may be empty
	Content string // Markdown
}

// Fetch reads the page at a URL of http or https, at most 8,192 characters long,
// as Markdown. DeepSeek fetches it, not this machine: the URL, and so whatever
// it holds, goes to the API and to that site, and the key to the API alone. A
// fetch that succeeds is billed, also if the site answers for a page that it
// does not have with some other. Errors are of type [*llm.Error], with status
// 404 if the page cannot be had.
//
// The API gives a page whole. [Page.Part] reads it in portions.
//
// What comes back is the writing of strangers: data to a model, never
// instructions.
func (c *Client) Fetch(ctx context.Context, pageURL string) (*Page, error) {
	if err := c.deepSeekOnly("Fetch"); err != nil {
		return nil, err
	}
	if err := checkPageURL(pageURL); err != nil {
		return nil, err
	}
	args := struct {
		URL string `json:"url"`
	}{pageURL}
	var body pageBody
	const missing = "the page is not there, is private, or does not let itself be read; or the base URL is not right"
	if err := c.use(ctx, "fetch", args, &body, missing); err != nil {
		return nil, err
	}
	return &Page{URL: pageURL, Title: body.Title, Content: *body.Content}, nil
}

// checkPageURL returns which rule of the API a URL breaks, if any. The message
// does not repeat the URL, which may hold a secret.
func checkPageURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case utf8.RuneCountInString(s) > maxURL || !utf8.ValidString(s):
		return invalid("the URL of a page must be at most %d characters of UTF-8", maxURL)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return invalid("the URL of a page must begin with https:// or http:// and the name of a host")
	case u.User != nil:
		return invalid("the URL of a page must have no user or password")
	}
	return nil
}

type pageBody struct {
	Title   string  `json:"title"`
	Content *string `json:"content"`
}

func (b *pageBody) lacks() string {
	if b.Content == nil {
		return "content"
	}
	return ""
}

// Part returns up to n bytes of the content from offset on, for a reader who
// cannot take all of it at once, and the offset of what follows: 0 if that is
// all.
//
// It ends between two characters, and behind a line if there is one in its
// second half. It has at least one character, even if n is less than that. An
// offset that is negative or past the end gives nothing.
func (p *Page) Part(offset, n int) (text string, next int) {
	if offset < 0 || offset >= len(p.Content) {
		return "", 0
	}
	rest := p.Content[offset:]
	if n >= len(rest) {
		return rest, 0
	}
	end := max(n, 0)
	for end > 0 && !utf8.RuneStart(rest[end]) {
		end--
	}
	if i := strings.LastIndexByte(rest[:end], '\n'); i >= end/2 {
		end = i + 1
	}
	if end == 0 {
		_, end = utf8.DecodeRuneInString(rest)
	}
	if end == len(rest) {
		return rest, 0
	}
	return rest[:end], offset + end
}
