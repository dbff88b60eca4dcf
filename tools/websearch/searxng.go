package websearch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

// A SearXNG is a server of that name, which asks many search engines at once. Its Search
// is an engine for a [Web]. The zero value is a server on this machine. It is safe for
// concurrent use as long as its fields stay as they are, and may be copied.
//
// A server answers programs only if its settings.yml lists json under search.formats,
// which it does not do from the start and public servers seldom do. Its limiter, if that
// is on, has to let this machine pass.
//
// See https://docs.searxng.org/dev/search_api.html.
//
// Printing a SearXNG, or encoding it, never shows the header.
type SearXNG struct {
	// BaseURL is where the server's start page is; if empty, http://localhost:8080. It
	// may have a path, but no user, password or query. As the program names it, not the
	// model, it may be on this machine or a private network. Its host and port are all
	// that is connected to: a redirect to elsewhere is refused. A host that is a name
	// must lead to an address that is public, private or of this machine; one that is
	// an address may be any.
	BaseURL string
	// Categories and Engines are those to ask, such as "news" and "wikipedia". If both
	// are empty, the server's choice.
	Categories, Engines []string
	// SafeSearch is 1 for moderate, 2 for strict, and -1 for none. 0 is the server's choice.
	SafeSearch int
	// Header is added to every request, for a proxy that wants to know who asks.
	Header http.Header
	// MaxReply bounds a reply, in bytes after decompression. 0 is 4 MiB.
	MaxReply int
	// HTTP makes the requests, for a server that takes a certificate or has one of its
	// own. What it connects to is its own affair, but redirects to elsewhere are refused
	// still. If nil, a client that connects to the server alone, and not by a proxy.
	HTTP *http.Client
}

const (
	searxng         = "SearXNG"
	defaultBaseURL  = "http://localhost:8080"
	defaultMaxReply = 4 << 20
)

// Search returns what the server finds, best first, as the server writes it: it is
// [Web.Search] that cleans it. The server has pages of a length of its own, mostly 10 to
// 30 hits: Search reads as many of them as it takes, up to 10. If one but the first cannot
// be had, it makes do with what there is for q.
//
// Errors are of type *[Error]. A search that finds nothing while an engine did not answer
// is one, of the class [ErrSilent].
//
// Exclamation marks before words are left out: "!name" chooses an engine on a SearXNG
// server, and "!!name" leads away from it, which is not for who writes a query to decide.
func (s *SearXNG) Search(ctx context.Context, q Query) ([]Hit, error) {
	q, err := q.normal()
	if err != nil {
		return nil, err
	}
	if q.Text = withoutBangs(q.Text); q.Text == "" {
		return nil, badQuery("it is blank: say what to search for")
	}
	base, guard, err := s.server()
	if err != nil {
		return nil, err
	}
	client, done := s.client(guard)
	defer done()

	var hits []Hit
	var seen pages
	var silent int
	for number := 1; number <= maxPage && len(hits) < q.Page*q.Count; number++ {
		found, err := s.page(ctx, client, s.address(base, q, number))
		if err != nil && len(hits) > (q.Page-1)*q.Count && ctx.Err() == nil {
			break
		}
		if err != nil {
			return nil, err
		}
		before := len(hits)
		for _, h := range found.hits {
			if _, ok := seen.add(h.URL); ok {
				hits = append(hits, h)
			}
		}
		silent = max(silent, found.silent)
		if len(hits) == before {
			break
		}
	}
	if len(hits) == 0 && silent > 0 {
		return nil, &Error{Engine: searxng, Advice: fmt.Sprintf("%d did not, so that there may well be something", silent), Err: ErrSilent}
	}
	return hits[min((q.Page-1)*q.Count, len(hits)):min(q.Page*q.Count, len(hits))], nil
}

// withoutBangs returns a text of words with single spaces without exclamation marks
// before words.
func withoutBangs(text string) string {
	var words []string
	for word := range strings.SplitSeq(text, " ") {
		if word = strings.TrimLeft(word, "!"); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// private are the addresses that a name may lead to though they are not public. That of
// a cloud's metadata, 169.254.169.254, is not among them.
var private = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("100.64.0.0/10"),
}

// server returns where the server is, and what lets nothing but it be connected to.
func (s *SearXNG) server() (*url.URL, *egress.Guard, error) {
	bad := func(advice string) error { return &Error{Engine: searxng, Advice: advice, Err: ErrBaseURL} }
	u, err := url.Parse(cmp.Or(s.BaseURL, defaultBaseURL))
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, nil, bad("it must be like https://search.example.com or " + defaultBaseURL)
	case u.User != nil:
		return nil, nil, bad("it holds a user or a password, which belong in the Header, as Authorization")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, nil, bad("it holds a query or a fragment: give the address of the start page alone")
	}
	port := uint64(80)
	if u.Scheme == "https" {
		port = 443
	}
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return nil, nil, bad("its port is not a number of a port")
		}
	}
	guard := &egress.Guard{Hosts: []string{u.Hostname()}, Ports: []uint16{uint16(port)}, Allow: private}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		guard.Allow = []netip.Prefix{netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())}
	}
	if e, ok := errors.AsType[*egress.Error](guard.CheckURL(u)); ok {
		return nil, nil, bad("of its host: " + e.Reason)
	}
	return u, guard, nil
}

// address returns the address of a page of the server's.
func (s *SearXNG) address(base *url.URL, q Query, number int) string {
	v := url.Values{"q": {q.Text}, "format": {"json"}, "pageno": {strconv.Itoa(number)}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("language", q.Language)
	set("time_range", string(q.Within))
	set("categories", strings.Join(s.Categories, ","))
	set("engines", strings.Join(s.Engines, ","))
	if s.SafeSearch != 0 {
		set("safesearch", strconv.Itoa(max(s.SafeSearch, 0)))
	}
	u := base.JoinPath("search")
	u.RawQuery = v.Encode()
	return u.String()
}

// client returns what makes the requests of a search.
func (s *SearXNG) client(guard *egress.Guard) (client *http.Client, done func()) {
	if s.HTTP != nil {
		c := *s.HTTP
		c.CheckRedirect = guard.CheckRedirect
		return &c, func() {}
	}
	client = guard.Client()
	return client, client.CloseIdleConnections
}

// page reads a page of hits.
func (s *SearXNG) page(ctx context.Context, client *http.Client, address string) (*reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Error{Engine: searxng, Err: ErrBaseURL}
	}
	// The limiter of a server holds who lacks one of these for a robot. It also does so
	// with who closes the connection after the request, and with Go's own name.
	req.Header.Set("Accept", "application/json, text/html;q=0.1")
	req.Header.Set("Accept-Language", "en;q=0.5, *;q=0.1")
	req.Header.Set("User-Agent", "hadal-websearch/1")
	for name, values := range s.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, s.broken(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp)
	}
	most := s.MaxReply
	if most <= 0 {
		most = defaultMaxReply
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	if err != nil {
		return nil, s.broken(ctx, err)
	}
	r, err := decode(data, most)
	if err != nil {
		return nil, &Error{Engine: searxng, Err: err}
	}
	return r, nil
}

// broken returns the error of a request that did not come to its end.
func (s *SearXNG) broken(ctx context.Context, err error) error {
	e := &Error{Engine: searxng, Err: cause(cmp.Or(ctx.Err(), err))}
	if errors.Is(err, egress.ErrDenied) && ctx.Err() == nil {
		e.Advice = "BaseURL must be the address at which the server itself answers"
	}
	return e
}

// refusal returns the error of an answer that is none.
func refusal(resp *http.Response) error {
	e := &Error{Engine: searxng, Status: resp.StatusCode, RetryAfter: retryAfter(resp), Err: ErrStatus}
	switch resp.StatusCode {
	case http.StatusBadRequest:
		e.Advice = "it does not know a category, an engine or the language"
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		e.Advice = "it wants to know who asks: set the Header"
	case http.StatusForbidden:
		e.Advice = "it answers in JSON only if its settings.yml lists json under search.formats, which is off by default"
	case http.StatusNotFound:
		e.Advice = "there is no search at BaseURL, which must be where the start page is"
	case http.StatusTooManyRequests:
		e.Advice = "its limiter takes this for a robot: list this machine under pass_ip in its limiter.toml"
	}
	return e
}

// retryAfter returns how long the server asked to wait.
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(n, 0), 86400)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at).Round(time.Second), 0), 24*time.Hour)
}
