package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

// proxyOf returns the proxy that requests to base go through, or nil. Its error
// may quote the password of a proxy.
func (d *doctor) proxyOf(base *url.URL) (*url.URL, error) {
	if d.transport.Proxy == nil {
		return nil, nil
	}
	return d.transport.Proxy(&http.Request{URL: base, Header: http.Header{}})
}

// proxy tells which proxy is in use.
func (d *doctor) proxy(context.Context) []finding {
	base, err := d.baseURL()
	if err != nil {
		return []finding{failed(err)}
	}
	proxy, err := d.proxyOf(base)
	switch {
	case err != nil:
		return []finding{{wrong, "HTTPS_PROXY or HTTP_PROXY is not an address", setProxy}}
	case proxy == nil && ignoresProxy(base):
		return []finding{{attention, "none is used: " + strings.ToUpper(base.Scheme) + "_PROXY is not an address", setProxy}}
	case proxy == nil:
		return []finding{{ok, "none is used", ""}}
	}
	figure := publicURL(proxy)
	if proxy.User != nil {
		figure += ", with a user and a password"
	}
	return []finding{{ok, figure, ""}}
}

const setProxy = "set it to one, such as http://proxy.example.com:3128, or unset it"

// ignoresProxy reports whether a proxy is set for requests to base that is none:
// net/http passes over it without a word.
func ignoresProxy(base *url.URL) bool {
	name := base.Scheme + "_proxy"
	value := cmp.Or(os.Getenv(strings.ToUpper(name)), os.Getenv(name))
	_, err := url.Parse(value)
	_, errOfHost := url.Parse("http://" + value) // HTTPS_PROXY=localhost:3128 will do
	return err != nil && errOfHost != nil
}

// network goes the way to the service step by step: the name, the connection,
// the encryption. With a proxy, it is the way to that.
func (d *doctor) network(ctx context.Context) []finding {
	base, err := d.baseURL()
	if err != nil {
		return []finding{failed(err)}
	}
	target, which := base, "the service"
	if proxy, err := d.proxyOf(base); err == nil && proxy != nil {
		target, which = proxy, "the proxy"
	}
	host := target.Hostname()
	port := cmp.Or(target.Port(), map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[target.Scheme])

	start := time.Now()
	addresses, err := d.resolver.LookupHost(ctx, host)
	if err != nil {
		return []finding{{wrong, fmt.Sprintf("there is no address of %s, %s: %v", host, which, reason(ctx, err)),
			"check the network, the name server, and the spelling of the name; where names are resolved by a proxy, set HTTPS_PROXY"}}
	}
	figure := "this machine"
	if !isLocal(host) {
		figure = fmt.Sprintf("%d addresses of %s in %s", len(addresses), which, ms(time.Since(start)))
	}

	start = time.Now()
	conn, err := (&net.Dialer{Resolver: d.resolver}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		advice := "check the firewall, the proxy and DEEPSEEK_BASE_URL"
		switch {
		case isLocal(host) && target == base:
			advice = "is the server running, and at that port? If not, start it, or set DEEPSEEK_BASE_URL anew"
		case isLocal(host):
			advice = "is the proxy running, and at that port? If not, start it, or set HTTPS_PROXY or HTTP_PROXY to another"
		}
		return []finding{{wrong, fmt.Sprintf("no connection to %s, %s: %v", net.JoinHostPort(host, port), which, reason(ctx, err)), advice}}
	}
	defer conn.Close()
	figure += ", connected in " + ms(time.Since(start))
	if target.Scheme != "https" {
		return []finding{{ok, figure, ""}}
	}

	config := new(tls.Config)
	if d.transport.TLSClientConfig != nil {
		config = d.transport.TLSClientConfig.Clone()
	}
	config.ServerName = host
	start = time.Now()
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return []finding{{wrong, fmt.Sprintf("no encrypted connection to %s, %s: %v", host, which, reason(ctx, err)),
			cmp.Or(adviceOfTLS(err), "check whether a proxy or a firewall is in between")}}
	}
	state := secure.ConnectionState()
	figure += fmt.Sprintf(", %s in %s", tls.VersionName(state.Version), ms(time.Since(start)))
	return []finding{{ok, figure, ""}}
}

// adviceOfTLS returns what to do about a certificate, if that is the trouble.
func adviceOfTLS(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return demo.Advice(err)
	}
	return ""
}

// reason returns err, or that the time is over, if that is why.
func reason(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return llm.ErrStalled
	}
	return err
}

func isLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
