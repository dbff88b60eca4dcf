package egress

import (
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Client returns a client that requests what g permits and nothing else. Each
// redirect is checked as the first request is, see [Guard.CheckRedirect]. Its
// Timeout, of the whole request with the reading of the body, is one minute,
// and may be changed. The body is as long as the server likes: bound it.
func (g *Guard) Client() *http.Client {
	return &http.Client{
		Transport:     &transport{g, g.Transport()},
		CheckRedirect: g.CheckRedirect,
		Timeout:       time.Minute,
	}
}

// Transport returns a transport that connects to what g permits and nothing
// else. It is the lower half of [Guard.Client]: it checks hosts, ports and
// addresses, and leaves schemes and redirects to the client.
func (g *Guard) Transport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // it would be what connects, unchecked
		DialContext:            g.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           100,
		IdleConnTimeout:        90 * time.Second,
	}
}

// CheckRedirect is what [http.Client.CheckRedirect] calls. It refuses a
// redirect that is one too many, goes from https to http, is not permitted by
// [Guard.CheckURL], or would hand a body to another host. On the way to another
// host it takes all headers off the request but those that say what is read:
// net/http takes off Authorization and Cookie, but sends on X-Api-Key.
func (g *Guard) CheckRedirect(req *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	switch {
	case len(via) > g.redirects():
		return refuse(req.URL.Host, "there were too many redirects")
	case last.URL.Scheme == "https" && req.URL.Scheme != "https":
		return refuse(req.URL.Host, "the redirect leads from https to http")
	}
	if err := g.CheckURL(req.URL); err != nil {
		return err
	}
	if sameHost(first.URL, req.URL) && sameHost(last.URL, req.URL) {
		return nil
	}
	if req.Body != nil && req.Body != http.NoBody {
		return refuse(req.URL.Host, "the redirect would send a body to another host")
	}
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Language", "User-Agent":
		default:
			req.Header.Del(name)
		}
	}
	return nil
}

// sameHost reports whether b is the server of a, or its upgrade to https.
func sameHost(a, b *url.URL) bool {
	if canonical(a.Hostname()) != canonical(b.Hostname()) {
		return false
	}
	return a.Scheme == b.Scheme && a.Port() == b.Port() || a.Scheme == "http" && b.Scheme == "https" &&
		(a.Port() == "" || a.Port() == "80") && (b.Port() == "" || b.Port() == "443")
}

// transport checks URLs, of which [http.Transport] sees the host alone.
type transport struct {
	guard *Guard
	base  *http.Transport
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.guard.CheckURL(req.URL); err != nil {
		if req.Body != nil {
			err = errors.Join(err, req.Body.Close())
		}
		return nil, err
	}
	return t.base.RoundTrip(req)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the base.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }
