package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAddress(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"foo", `wrong      address   "foo", as DEEPSEEK_BASE_URL says, is not an address: it must begin with https:// and the name of a host` + "\n"},
		{"ftp://api.deepseek.com", `wrong      address   "ftp://api.deepseek.com", as DEEPSEEK_BASE_URL says, is not an address`},
		{"https//me:hunter2@api.deepseek.com", "wrong      address   what DEEPSEEK_BASE_URL says (not shown: there may be a secret in it) is not an address"},
		{canary, "wrong      address   what DEEPSEEK_BASE_URL says (not shown: there may be a secret in it) is not an address"},
		{"sk-hunter2", "wrong      address   what DEEPSEEK_BASE_URL says (not shown: there may be a secret in it) is not an address"},
		{"https://me:hunter2@api.deepseek.com/v1", "wrong      address   https://api.deepseek.com/v1, and a user, a query or a fragment\n"},
		{"https://api.deepseek.com/?token=hunter2", "wrong      address   https://api.deepseek.com/, and a user, a query or a fragment\n"},
		{"http://api.deepseek.com", "wrong      address   http://api.deepseek.com: a key is not sent where others can read it\n"},
	} {
		report, healthy := examine(t, newDoctor(service(tt.url), time.Minute))
		contains(t, report, healthy, false, tt.want, "\n1 wrong, 9 skipped\n")
		if strings.Contains(report, "hunter2") {
			t.Errorf("a secret in:\n%s", report)
		}
	}
}

// TestRefused has nobody listen at the address.
func TestRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	report, healthy := examine(t, newDoctor(service(server.URL), time.Minute))
	contains(t, report, healthy, false, "wrong      network   no connection to HOST, the service: ", "-> is the server running, and at that port? If not, start it, or set DEEPSEEK_BASE_URL anew.\n", "skipped    service ")

	d := newDoctor(service("https://api.deepseek.com"), time.Minute)
	d.transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(server.URL) }
	report, healthy = examine(t, d)
	contains(t, report, healthy, false, "wrong      network   no connection to HOST, the proxy: ", "-> is the proxy running, and at that port? If not, start it, or set HTTPS_PROXY or HTTP_PROXY to another.\n")
}

func TestNoName(t *testing.T) {
	d := newDoctor(service("https://no-such-host.invalid"), time.Minute)
	d.resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	report, healthy := examine(t, d)
	contains(t, report, healthy, false, "wrong      network   there is no address of no-such-host.invalid, the service: ", "the spelling of the name")
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(front{}.handler(t, deep))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()

	report, healthy := examine(t, newDoctor(service(server.URL), time.Minute))
	contains(t, report, healthy, false, "wrong      network   no encrypted connection to 127.0.0.1, the service: tls: failed to verify certificate", "add its certificate")

	d := newDoctor(service(server.URL), time.Minute)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	d.transport.TLSClientConfig.RootCAs = pool
	report, healthy = examine(t, d)
	contains(t, report, healthy, true, "ok         network   this machine, connected in TIME, TLS 1.3 in TIME\n", "ok         service   answers by HTTP/2.0 in TIME, and takes the key\n")
}

// TestProxy holds that requests go through the proxy, and that its password is
// not shown.
func TestProxy(t *testing.T) {
	handler := front{}.handler(t, deep)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "localhost:1" || r.Header.Get("Proxy-Authorization") == "" {
			t.Errorf("the proxy is asked for %s", r.Host)
		}
		r.URL.Scheme, r.URL.Host = "", ""
		handler.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	d := newDoctor(service("http://localhost:1"), time.Minute)
	d.transport.Proxy = func(*http.Request) (*url.URL, error) {
		u, err := url.Parse(proxy.URL)
		u.User = url.UserPassword("me", "hunter2")
		return u, err
	}
	report, healthy := examine(t, d)
	contains(t, report, healthy, true, "ok         proxy     http://HOST, with a user and a password\n", "ok         network   this machine, connected in TIME\n")

	bad := newDoctor(service("http://localhost:1"), time.Minute)
	bad.transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, errors.New("http://me:hunter2@ is no address") }
	badReport, healthy := examine(t, bad)
	contains(t, badReport, healthy, false, "wrong      proxy     HTTPS_PROXY or HTTP_PROXY is not an address\n", "skipped    network ")
	if strings.Contains(report+badReport, "hunter2") {
		t.Errorf("a secret in:\n%s%s", report, badReport)
	}
}

// TestProxyIgnored holds that the doctor tells of a proxy that net/http ignores.
func TestProxyIgnored(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "")
	d := newDoctor(service("https://api.deepseek.com"), time.Minute)
	d.transport.Proxy = nil
	for value, want := range map[string]finding{
		"":                             {ok, "none is used", ""},
		"localhost:3128":               {ok, "none is used", ""},
		"http://me:hun%zzter2@proxy:1": {attention, "none is used: HTTPS_PROXY is not an address", setProxy},
	} {
		t.Setenv("https_proxy", value)
		if got := d.proxy(t.Context()); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
