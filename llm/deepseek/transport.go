package deepseek

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/hadal-go/hadal/llm"
)

// sharedHTTP returns the HTTP client of clients that have none of their own.
// They share it so that they share its connections.
var sharedHTTP = sync.OnceValue(func() *http.Client {
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConnsPerHost:   512, // hundreds of streams at once leave as many connections behind
			IdleConnTimeout:       90 * time.Second,
			HTTP2: &http.HTTP2Config{
				SendPingTimeout: 30 * time.Second, // notices a peer that is gone while a stream is silent
				PingTimeout:     15 * time.Second,
			},
		},
	}
})

// client returns the HTTP client to use, which does not follow redirects to
// another host: it would take the key and the conversation there.
func (c *Client) client() *http.Client {
	if c.HTTP == nil {
		return sharedHTTP()
	}
	own := *c.HTTP
	own.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if err := checkRedirect(req, via); err != nil {
			return err
		}
		if c.HTTP.CheckRedirect != nil {
			return c.HTTP.CheckRedirect(req, via)
		}
		return nil
	}
	return &own
}

var errRedirect = errors.New("redirect refused")

func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme:
		return fmt.Errorf("%w: it leads to another host, %s://%s", errRedirect, req.URL.Scheme, req.URL.Host)
	case req.Method != first.Method:
		return fmt.Errorf("%w: it would turn a %s into a %s", errRedirect, first.Method, req.Method)
	case len(via) >= 5:
		return fmt.Errorf("%w: there were %d before it", errRedirect, len(via))
	}
	return nil
}

// endpoint returns the URL of a path of the API, such as "/chat/completions".
func (c *Client) endpoint(path string, beta bool) string {
	base := strings.TrimRight(c.baseURL(), "/")
	if beta && c.Dialect == DeepSeek && !strings.HasSuffix(base, "/beta") {
		base = strings.TrimSuffix(base, "/v1") + "/beta"
	}
	return base + path
}

// toolURL returns the URL of a tool of the API, such as "search". The tools are
// under /v1 alone.
func (c *Client) toolURL(name string) string {
	base := strings.TrimRight(c.baseURL(), "/")
	base = strings.TrimSuffix(strings.TrimSuffix(base, "/v1"), "/beta")
	return base + "/v1/tools/" + name
}

// do posts a body of JSON to the API. The response is complete but for its body,
// whatever its status. Errors are of type [*llm.Error].
func (c *Client) do(ctx context.Context, url string, b body, accept string) (*http.Response, error) {
	content := &bodyReader{body: b}
	r, err := c.request(ctx, http.MethodPost, url, content)
	if err != nil {
		return nil, err
	}
	r.ContentLength, r.GetBody = int64(b.size()), content.again
	r.Header["Content-Type"] = []string{"application/json"}
	return c.send(r, accept)
}

// request returns a request to the API that may be sent there.
func (c *Client) request(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, invalid("the base URL%s is not a URL", c.named())
	}
	if err := c.authorize(r); err != nil {
		return nil, err
	}
	return r, nil
}

// send sends what request returned.
func (c *Client) send(r *http.Request, accept string) (*http.Response, error) {
	r.Header["Accept"] = []string{accept}
	r.Header["User-Agent"] = []string{"hadal"}
	form := r.Header["Content-Type"]
	for name, values := range c.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if len(form) > 0 && strings.HasPrefix(form[0], "multipart/") {
		r.Header["Content-Type"] = form // has the boundary
	}
	resp, err := c.client().Do(r)
	if err != nil {
		if resp != nil {
			resp.Body.Close()
		}
		return nil, c.unreachable(r.Context(), err)
	}
	return resp, nil
}

// authorize adds the key to r, if it may be sent there.
func (c *Client) authorize(r *http.Request) error {
	if err := c.check(); err != nil {
		return err
	}
	if r.URL.Host == "" || r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return invalid("the base URL%s must begin with https:// and the name of a host, or with http:// for a server on this machine", c.named())
	}
	if base := strings.TrimRight(c.baseURL(), "/"); strings.HasSuffix(base, "/completions") || strings.HasSuffix(base, "/responses") {
		return invalid("the base URL%s must end before /chat/completions or /responses, which the client adds", c.named())
	}
	if r.URL.User != nil || r.URL.RawQuery != "" || r.URL.Fragment != "" {
		return invalid("the base URL%s must have no user, query or fragment: what a gateway wants goes into the client's Header", c.named())
	}
	for name, values := range c.Header {
		if !headerName.MatchString(name) || slices.ContainsFunc(values, func(v string) bool { return !headerValue.MatchString(v) }) {
			return invalid("the client's header field %q has a name or a value that HTTP does not allow", name)
		}
	}
	key, local := c.key(), isLoopback(r.URL.Hostname())
	switch {
	case !keyPattern.MatchString(key):
		return &llm.Error{Provider: provider, Message: "there is white space or worse in the API key: trim what it was read from", Err: llm.ErrAuth}
	case r.URL.Scheme == "http" && !local && c.hasKey():
		return invalid("a key is not sent over http, where others can read it: the base URL%s must begin with https://, unless an http.RoundTripper of your own, in the client's HTTP, adds the key all the same", c.named())
	case key != "":
		r.Header["Authorization"] = []string{"Bearer " + key}
	case c.Dialect == DeepSeek && !local && !c.hasKey() && !c.hasTransport():
		return &llm.Error{Provider: provider, Message: "there is no API key: set $DEEPSEEK_API_KEY or the client's APIKey; package deepseektest serves the API on this machine without one", Err: llm.ErrAuth}
	}
	return nil
}

// hasKey reports whether the client sends a key, of whatever kind.
func (c *Client) hasKey() bool {
	if c.key() != "" {
		return true
	}
	for name, values := range c.Header { // whose names need not be in canonical form
		for _, k := range []string{"Authorization", "Api-Key", "X-Api-Key"} {
			if strings.EqualFold(name, k) && len(values) > 0 {
				return true
			}
		}
	}
	return false
}

// hasTransport reports whether requests go through a transport of the caller's,
// which may sign them.
func (c *Client) hasTransport() bool { return c.HTTP != nil && c.HTTP.Transport != nil }

// named returns the base URL for a message, and where it is from; what may be
// secret in it is left out.
func (c *Client) named() string {
	url := c.baseURL()
	from := ""
	if c.BaseURL == "" && c.Dialect == DeepSeek {
		from = " of $DEEPSEEK_BASE_URL"
	}
	if strings.ContainsAny(url, "@?#") || strings.ContainsFunc(url, unicode.IsControl) {
		return from
	}
	return fmt.Sprintf("%s %q", from, c.scrub(url, nil))
}

var (
	keyPattern  = regexp.MustCompile(`^[!-~]*$`)
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`)
)

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// A scrubbed error stands for one that has a secret in its text: it is that error
// to errors.Is and errors.As, but does not hand it out to be printed.
type scrubbed struct {
	text string
	err  error
}

func (s *scrubbed) Error() string        { return s.text }
func (s *scrubbed) Is(target error) bool { return errors.Is(s.err, target) }
func (s *scrubbed) As(target any) bool   { return errors.As(s.err, target) }

// unreachable returns the error of a request that got no reply.
func (c *Client) unreachable(ctx context.Context, err error) *llm.Error {
	if end := ended(ctx); end != nil {
		return end
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL, which may hold a secret of a gateway
	}
	if text := c.scrub(err.Error(), nil); text != err.Error() {
		err = &scrubbed{text, err} // a transport may say what it was given
	} else if own, ok := err.(*llm.Error); ok {
		return own // of a transport that knows better
	}
	e := &llm.Error{Provider: provider, Err: fmt.Errorf("%w: %w", llm.ErrUnavailable, err)}
	var timeout interface{ Timeout() bool }
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.NoRetry = true
	} else if errors.Is(err, errRedirect) {
		e.Err = fmt.Errorf("%w: %w", llm.ErrProtocol, err)
	} else if errors.As(err, &timeout) && timeout.Timeout() {
		e.Err = fmt.Errorf("%w: %w: %w", llm.ErrUnavailable, llm.ErrStalled, err)
	}
	return e
}
