// Package fetch reads pages of the web as Markdown, for models and for chains.
//
//	page, err := new(fetch.Fetcher).Get(ctx, "https://go.dev/doc/effective_go")
//	set := tools.Set{new(fetch.Fetcher).Tool()}
//
// Two parties here are not friends. The one who writes the URL may be a model
// that does what the last page told it, so the [Fetcher] connects to public
// addresses alone, whatever a name resolves to and wherever a redirect leads;
// package egress tells how. The one who answers may send anything, so all of it
// is bounded: time, headers, redirects, bytes after decompression, and the work
// and the output of the conversion, which has no tree to overflow. What no
// person would see on the page is not shown to the model either: scripts,
// comments, elements hidden by an attribute, characters without width. What a
// style sheet hides is still there, as is text in the color of its background,
// and every lie that is told in plain sight: a page is untrusted text, and
// [Fetcher.Tool] says so in its policy.
//
// What remains is that to fetch is to send. A URL such as
// https://example.com/?q=SECRET tells the server what is in it, and to look up
// the name secret.example.com tells its name server. An agent that holds
// secrets and reads untrusted text should have Guard.Hosts set, or each call
// approved.
package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/hadal-go/hadal/tools/egress"
)

// A Fetcher reads pages. Its zero value is ready, and reads from public
// addresses. It is safe for concurrent use; its fields must not change, nor it
// be copied, once it is used.
type Fetcher struct {
	// Guard says where pages may come from. The zero value is every public host
	// on ports 80 and 443, and 3 redirects.
	Guard egress.Guard
	// MaxBytes bounds what is read of a body, after decompression, and each page.
	// 0 is 4 MiB, and 256 MiB the most. What is longer is cut, see Page.Cut.
	MaxBytes int
	// Timeout bounds a call of Get, robots.txt and redirects included. 0 is 30
	// seconds, negative is none.
	Timeout time.Duration
	// UserAgent is sent, and its first word up to a slash is the name that
	// robots.txt is asked about. If empty, "hadal-fetch/1".
	UserAgent string
	// Robots makes Get obey robots.txt, as RFC 9309 tells crawlers to. A page
	// that a person asked for may be read without.
	Robots bool
	// Main leaves out of an HTML page what is around its main part, where its
	// tags say which that is: an element main, or a div or section of that role,
	// or the only article. If there is no text in it, the page is whole.
	Main bool
	// Part is how many bytes of Markdown the tool returns at once. 0 is 24 KiB.
	Part int

	mu     sync.Mutex
	robots map[string]*robots // by scheme and host

	dial dialer // by tests, in place of the guard's
}

// A Page is what was read.
type Page struct {
	URL      string // that it has after redirects
	Title    string // of an HTML page, if it has one
	Lang     string // as an HTML page says, such as "en"; often wrong
	Type     string // its media type, such as "text/html"
	Markdown string // what it says; text that is not HTML is as it was sent, but for the line ends
	Cut      bool   // there is more: the page was longer than MaxBytes, or it broke off
}

const (
	defaultMaxBytes = 4 << 20
	defaultTimeout  = 30 * time.Second
	defaultPart     = 24 << 10
	maxURL          = 2048
)

// Get reads the page at address, an absolute URL of http or https. It is a Func.
//
// HTML becomes Markdown as [Markdown] tells; other text, JSON and XML stay as
// they are. Any other type is an *[Error] that tells type and size, and so is a
// status other than 2xx, a refusal (errors.Is [egress.ErrDenied], [ErrRobots])
// and whatever went wrong on the way. If the page broke off or the time ran out
// in the middle, Get returns what there is of it along with the error.
func (f *Fetcher) Get(ctx context.Context, address string) (*Page, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, &Error{Err: err}
	}
	timed, cancel := ctx, func() {}
	if t := f.timeout(); t > 0 {
		timed, cancel = context.WithTimeout(ctx, t)
	}
	defer cancel()
	client, done := f.client()
	defer done()
	if f.Robots {
		if err := f.obey(timed, u); err != nil {
			return nil, &Error{URL: shown(u), Err: cmp.Or(ctx.Err(), err)}
		}
		check := client.CheckRedirect
		client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
			if err := check(req, via); err != nil {
				return err
			}
			return f.obey(req.Context(), req.URL)
		}
	}
	resp, err := f.request(timed, client, u, "text/html,application/xhtml+xml;q=0.9,text/markdown;q=0.9,text/*;q=0.8,*/*;q=0.5")
	if err != nil {
		return nil, &Error{URL: shown(u), Err: cmp.Or(ctx.Err(), err)}
	}
	defer resp.Body.Close()
	return f.read(ctx, resp)
}

// request sends a GET for u.
func (f *Fetcher) request(ctx context.Context, client *http.Client, u *url.URL, accept string) (*http.Response, error) {
	if err := f.Guard.CheckURL(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", f.userAgent())
	req.Header.Set("Accept", accept)
	resp, err := client.Do(req)
	if err != nil {
		return nil, f.cause(err)
	}
	return resp, nil
}

// client returns a client for one call, whose connections end with it.
func (f *Fetcher) client() (client *http.Client, done func()) {
	t := f.Guard.Transport()
	t.DisableKeepAlives = true
	if f.dial != nil {
		t.DialContext = f.dial
	}
	// Twice for what compresses badly, and room for headers and what HTTP/2 reads ahead.
	t.DialContext = metered(t.DialContext, 2*max(f.maxBytes(), maxRobots)+16<<20)
	return &http.Client{Transport: t, CheckRedirect: checkRedirect(f.Guard)}, t.CloseIdleConnections
}

// checkRedirect returns the check of g, and of the length.
func checkRedirect(g egress.Guard) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(req.URL.String()) > maxURL {
			return fmt.Errorf("the server redirects to a URL longer than %d bytes", maxURL)
		}
		return g.CheckRedirect(req, via)
	}
}

// parseURL reads an address as it may be typed, with a name in any script.
func parseURL(address string) (*url.URL, error) {
	address = strings.TrimSpace(address)
	if len(address) > maxURL {
		return nil, fmt.Errorf("the URL is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the URL cannot be parsed: give one such as https://example.com/page")
	}
	if u.Scheme == "" || u.Host == "" {
		return nil, errors.New("the URL is not absolute: give one such as https://example.com/page")
	}
	u.Fragment, u.RawFragment = "", ""
	host := u.Hostname()
	if strings.IndexFunc(host, func(r rune) bool { return r >= 0x80 }) < 0 {
		return u, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return nil, errors.New("the host of the URL is not a valid name")
	}
	if port := u.Port(); port != "" {
		ascii += ":" + port
	}
	u.Host = ascii
	return u, nil
}

// shown returns u as it is told to a reader: without a password, and without
// characters that are not seen, which net/url leaves in a query.
func shown(u *url.URL) string {
	s := u.Redacted()
	odd := func(r rune) bool { return r >= utf8.RuneSelf && (isSpace(r) || isHidden(r) || r == utf8.RuneError) }
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if odd(r) {
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(url.QueryEscape(s[i : i+n]))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (f *Fetcher) maxBytes() int {
	if f.MaxBytes <= 0 {
		return defaultMaxBytes
	}
	return min(f.MaxBytes, 256<<20)
}

func (f *Fetcher) timeout() time.Duration { return cmp.Or(f.Timeout, defaultTimeout) }
func (f *Fetcher) userAgent() string      { return cmp.Or(f.UserAgent, "hadal-fetch/1") }
