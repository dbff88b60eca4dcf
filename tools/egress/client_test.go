package egress

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// serve starts a server on loopback and returns its URL and a guard that
// permits it.
func serve(t *testing.T, h http.HandlerFunc) (base *url.URL, g *Guard) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return base, &Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Ports: []uint16{port(t, base)}}
}

func port(t *testing.T, u *url.URL) uint16 {
	t.Helper()
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

// get returns the body, or the error.
func get(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestClient(t *testing.T) {
	base, g := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	client := g.Client()
	defer client.CloseIdleConnections()
	if body, err := get(client, base.String()); err != nil || body != "hello" {
		t.Errorf("%q, %v", body, err)
	}
	for _, u := range []string{
		"http://u:p@" + base.Host, "http://127.0.0.1:1/", "http://127.0.0.2:" + base.Port(), "https+unix://x/",
	} {
		if _, err := get(client, u); !errors.Is(err, ErrDenied) && !strings.Contains(err.Error(), "unsupported protocol") {
			t.Errorf("%s: %v", u, err)
		}
	}
	// The same address without leave.
	if _, err := get((&Guard{Ports: g.Ports}).Client(), base.String()); !errors.Is(err, ErrDenied) {
		t.Errorf("loopback: %v", err)
	}
	// A request with a body that is refused has its body closed.
	body := &closer{Reader: strings.NewReader("x")}
	req, err := http.NewRequest(http.MethodPost, "http://10.0.0.1/", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(req); !errors.Is(err, ErrDenied) || !body.closed {
		t.Errorf("%v, closed: %v", err, body.closed)
	}
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

func TestNoProxy(t *testing.T) {
	var asked atomic.Bool
	proxy, _ := serve(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.String())
	}
	g := new(Guard)
	if g.Transport().Proxy != nil {
		t.Error("there is a proxy")
	}
	if _, err := get(g.Client(), "http://10.0.0.1/"); !errors.Is(err, ErrDenied) || asked.Load() {
		t.Errorf("%v, proxy asked: %v", err, asked.Load())
	}
}

// TestRedirects follows redirects to each forbidden form.
func TestRedirects(t *testing.T) {
	var location atomic.Value
	var hits atomic.Int32
	base, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		w.Header().Set("Location", location.Load().(string))
		w.WriteHeader(http.StatusFound)
	})
	client := g.Client()
	defer client.CloseIdleConnections()
	for _, host := range forbidden {
		if host == "" || strings.Contains(host, "\x00") {
			continue // no Location
		}
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && a.Unmap() == g.Allow[0].Addr() {
			continue // the server
		}
		location.Store("http://" + host + ":" + base.Port() + "/")
		hits.Store(0)
		if _, err := get(client, base.String()); err == nil || !errors.Is(err, ErrDenied) && !strings.Contains(err.Error(), "Location") {
			t.Errorf("redirect to %q: %v", host, err)
		}
		if hits.Load() != 1 {
			t.Errorf("redirect to %q: %d requests", host, hits.Load())
		}
	}
	for _, to := range []string{"file:///etc/passwd", "gopher://x/", "http://u:p@" + base.Host, "ftp://example.com", "javascript:alert(1)"} {
		location.Store(to)
		if _, err := get(client, base.String()); !errors.Is(err, ErrDenied) {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
	for _, tt := range []struct{ redirects, requests int }{{0, 4}, {1, 2}, {-1, 1}, {7, 8}} {
		g.Redirects = tt.redirects
		location.Store("/")
		hits.Store(0)
		if _, err := get(client, base.String()); !errors.Is(err, ErrDenied) || int(hits.Load()) != tt.requests {
			t.Errorf("Redirects %d: %d requests, want %d (%v)", tt.redirects, hits.Load(), tt.requests, err)
		}
	}
}

func TestCheckRedirect(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		body     bool
		want     string // the headers that are left, or the reason
	}{
		{"https://a.example/", "https://a.example/x", false, "Accept Authorization X-Api-Key"},
		{"http://a.example/", "https://a.example/x", true, "Accept Authorization X-Api-Key"},
		{"http://a.example:80/", "https://A.example:443/x", false, "Accept Authorization X-Api-Key"},
		{"https://a.example/", "https://b.example/", false, "Accept"},
		{"https://a.example/", "https://x.a.example/", false, "Accept"},
		{"http://a.example:80/", "http://a.example:443/", false, "Accept"}, // another port may be another's
		{"https://a.example/", "https://b.example/", true, "the redirect would send a body to another host"},
		{"https://a.example/", "http://a.example/", false, "the redirect leads from https to http"},
		{"https://a.example/", "http://b.example/", false, "the redirect leads from https to http"},
		{"https://a.example/", "https://10.0.0.1/", false, "its address is not public: private"},
	} {
		via := httptest.NewRequest("GET", tt.from, nil)
		req := httptest.NewRequest("GET", tt.to, nil)
		req.Body = nil
		if tt.body {
			req.Body = io.NopCloser(strings.NewReader("x"))
		}
		for _, name := range []string{"Accept", "Authorization", "X-Api-Key"} {
			req.Header.Set(name, "v")
		}
		got := ""
		if err := new(Guard).CheckRedirect(req, []*http.Request{via}); err != nil {
			e, _ := errors.AsType[*Error](err)
			got = e.Reason
		} else {
			for _, name := range []string{"Accept", "Authorization", "X-Api-Key"} {
				if req.Header.Get(name) != "" {
					got += " " + name
				}
			}
			got = strings.TrimSpace(got)
		}
		if got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}

// TestKeyStaysHome sends an API key over a real redirect to another host, and
// back from there.
func TestKeyStaysHome(t *testing.T) {
	var got atomic.Value
	other, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/again" { // net/http sets all headers anew on each redirect
			if r.Referer() != "" {
				t.Errorf("the other host was told of %s", r.Referer())
			}
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
			return
		}
		got.Store(r.Header.Get("X-Api-Key") + r.Header.Get("Cookie"))
	})
	base, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.String(), http.StatusTemporaryRedirect)
	})
	g.Ports = append(g.Ports, port(t, other))
	client := g.Client()
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodGet, base.String()+"/?token=x", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "canary")
	req.Header.Set("Cookie", "canary")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got.Load() != "" {
		t.Errorf("the other host was sent %v", got.Load())
	}
}

func TestHeaderFlood(t *testing.T) {
	base, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 2000 {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 100))
		}
	})
	client := g.Client()
	defer client.CloseIdleConnections()
	if _, err := get(client, base.String()); err == nil || !strings.Contains(err.Error(), "headers exceeded") {
		t.Errorf("%v", err)
	}
}

// names is a name server that gives the answers in turn, the last for ever.
func names(t *testing.T, asked *atomic.Int32, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo(answer(buf[:n], asked, answers), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// answer answers a DNS question for A; to any other there is no answer.
func answer(query []byte, asked *atomic.Int32, answers []string) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	reply := append([]byte{}, query[:end+5]...)
	reply[2], reply[3] = 0x81, 0x80
	binary.BigEndian.PutUint16(reply[6:], 0)
	binary.BigEndian.PutUint32(reply[8:], 0)
	if kind != 1 {
		return reply
	}
	n := min(int(asked.Add(1)), len(answers))
	for i, a := range strings.Fields(answers[n-1]) {
		ip := netip.MustParseAddr(a).As4()
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip[:]...)
		reply[7] = byte(i + 1)
	}
	return reply
}

// TestRebinding is a name server that answers with a permitted address first,
// and then with others.
func TestRebinding(t *testing.T) {
	var hits atomic.Int32
	base, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		io.WriteString(w, "hello")
	})
	var asked atomic.Int32
	g.Resolver = names(t, &asked, "127.0.0.1", "10.0.0.1", "127.0.0.2 169.254.169.254", "127.0.0.2 127.0.0.1")
	client := g.Client()
	client.Transport.(*transport).base.DisableKeepAlives = true
	target := "http://rebind.example:" + base.Port() + "/"
	if body, err := get(client, target); err != nil || body != "hello" {
		t.Fatalf("%q, %v", body, err)
	}
	if asked.Load() != 1 {
		t.Errorf("the name was resolved %d times for one connection", asked.Load())
	}
	for range 2 {
		_, err := get(client, target)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Host != "rebind.example" || !e.Addr.IsValid() || strings.Contains(err.Error(), e.Addr.String()) {
			t.Errorf("%v", err)
		}
	}
	// Of several addresses, those that are permitted are good enough.
	if body, err := get(client, target); err != nil || body != "hello" {
		t.Errorf("%q, %v", body, err)
	}
	if hits.Load() != 2 {
		t.Errorf("%d requests", hits.Load())
	}
	// A host that is not on the list is not even looked up.
	asked.Store(0)
	g.Hosts = []string{".good.example"}
	if _, err := get(client, target); !errors.Is(err, ErrDenied) || asked.Load() != 0 {
		t.Errorf("%v, %d questions", err, asked.Load())
	}
}

func TestDialContext(t *testing.T) {
	if _, err := new(Guard).DialContext(t.Context(), "tcp", "example.com"); !errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
	if _, err := new(Guard).DialContext(t.Context(), "udp", "8.8.8.8:443"); !errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
}
