package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

// local returns a fetcher that may reach servers on loopback, on their ports.
func local(t *testing.T, servers ...*httptest.Server) *Fetcher {
	t.Helper()
	f := &Fetcher{Guard: egress.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}
	for _, s := range servers {
		u, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		f.Guard.Ports = append(f.Guard.Ports, uint16(port))
	}
	return f
}

// serve starts a server and returns it with a fetcher for it. At the end of the
// test, no connection may be left.
func serve(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Fetcher) {
	t.Helper()
	var open atomic.Int32
	closed := make(chan struct{}, 1000)
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
			closed <- struct{}{}
		}
	}
	s.Start()
	t.Cleanup(func() {
		for open.Load() > 0 {
			select {
			case <-closed:
			case <-time.After(5 * time.Second):
				t.Errorf("%d connections are left", open.Load())
				s.CloseClientConnections()
				s.Close()
				return
			}
		}
		s.Close()
	})
	return s, local(t, s)
}

func TestGet(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/dir/page", http.StatusMovedPermanently)
		case "/dir/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, `<html lang=en><title>T</title><h1>Hello</h1><p>To <a href="x">x</a>, `+r.Header.Get("User-Agent")+`</p>`)
		}
	})
	page, err := f.Get(t.Context(), " "+s.URL+"/moved#part ")
	if err != nil {
		t.Fatal(err)
	}
	want := Page{
		URL: s.URL + "/dir/page", Title: "T", Lang: "en", Type: "text/html",
		Markdown: "# Hello\n\nTo [x](" + s.URL + "/dir/x), hadal-fetch/1",
	}
	if *page != want {
		t.Errorf("%+v\nwant %+v", *page, want)
	}
	// Loopback is not reached without leave.
	if page, err := (&Fetcher{Guard: egress.Guard{Ports: f.Guard.Ports}}).Get(t.Context(), s.URL); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("%v, %v", page, err)
	}
}

func TestBadURLs(t *testing.T) {
	f := new(Fetcher)
	for _, tt := range []struct{ url, want string }{
		{"", "fetch: the URL is not absolute: give one such as https://example.com/page"},
		{"example.com/page", "fetch: the URL is not absolute: give one such as https://example.com/page"},
		{"mailto:a@example.com", "fetch: the URL is not absolute: give one such as https://example.com/page"},
		{"http://%zz", "fetch: the URL cannot be parsed: give one such as https://example.com/page"},
		{"http://127%2e0.0.1/", "fetch: the URL cannot be parsed: give one such as https://example.com/page"},
		{"https://example.com/" + strings.Repeat("a", 2048), "fetch: the URL is longer than 2048 bytes"},
		{"file:///etc/passwd", "fetch: the URL is not absolute: give one such as https://example.com/page"},
		{"ftp://example.com/", "fetch ftp://example.com/: may not connect to example.com: the URL is not one of http or https"},
		{"http://user:secret@example.com/", "fetch http://user:xxxxx@example.com/: may not connect to example.com: the URL holds a user or a password"},
		{"http://127.1/", "fetch http://127.1/: may not connect to 127.1: it is an address in an unusual form"},
		{"http://１２７.0.0.1/", "fetch http://127.0.0.1/: may not connect to 127.0.0.1: its address is not public: loopback"},
		{"http://127。0。0。1/", "fetch http://127.0.0.1/: may not connect to 127.0.0.1: its address is not public: loopback"},
		{"http://a\u0000b/", "fetch: the URL cannot be parsed: give one such as https://example.com/page"},
		{"http://ä\u202e.example/", "fetch: the host of the URL is not a valid name"},
		{"http://[::ffff:169.254.169.254]/latest", "fetch http://[::ffff:169.254.169.254]/latest: may not connect to ::ffff:169.254.169.254: its address is not public: link-local"},
	} {
		_, err := f.Get(t.Context(), tt.url)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Error() != tt.want || e.Temporary() {
			t.Errorf("%.100q: %v\nwant %s", tt.url, err, tt.want)
		}
	}
	u, err := parseURL("https://MÜNCHEN.de:443/ä?ö#ü")
	if err != nil || u.String() != "https://xn--mnchen-3ya.de:443/%C3%A4?ö" {
		t.Errorf("%v, %v", u, err)
	}
}

// TestRedirectsOut follows redirects to what is forbidden, through the whole fetcher.
func TestRedirectsOut(t *testing.T) {
	var to atomic.Value
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to.Load().(string))
		w.WriteHeader(http.StatusFound)
	})
	for _, location := range []string{
		"http://169.254.169.254/latest/meta-data/", "http://localhost:22/", "http://[::1]/", "http://0x7f000001/", "http://2130706433/",
		"http://[::ffff:10.0.0.1]/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "//10.0.0.1/", "https://[fe80::1%25lo]/", "/again",
	} {
		to.Store(location)
		if page, err := f.Get(t.Context(), s.URL); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: %v, %v", location, page, err)
		}
	}
}

func TestLongRedirect(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/"+strings.Repeat("a", 3000))
		w.WriteHeader(http.StatusFound)
	})
	_, err := f.Get(t.Context(), s.URL)
	if err == nil || err.Error() != "fetch "+s.URL+": the server redirects to a URL longer than 2048 bytes" {
		t.Errorf("%v", err)
	}
}

// TestUnseenInURL holds that a redirect cannot put what is not seen into what is told of it.
func TestUnseenInURL(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/host":
			w.Header().Set("Location", "http://a\U000e0041b\u202e.example/")
			w.WriteHeader(http.StatusFound)
		case "/":
			w.Header().Set("Location", "/x?a\U000e0041\u00a0\xff")
			w.WriteHeader(http.StatusFound)
		case "/x":
			w.Header().Set("Content-Type", "text/plain")
		}
	})
	page, err := f.Get(t.Context(), s.URL+"/")
	if err != nil || page.URL != s.URL+"/x?a%F3%A0%81%81%C2%A0%FF" {
		t.Errorf("%+v, %v", page, err)
	}
	_, err = f.Get(t.Context(), s.URL+"/host")
	if err == nil || strings.ContainsAny(err.Error(), "\U000e0041\u202e") || !errors.Is(err, egress.ErrDenied) {
		t.Errorf("%v", err)
	}
}

// TestEmptyMain holds that a page whose main part a script would fill is not empty.
func TestEmptyMain(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<!DOCTYPE html><main> </main><p>a") })
	f.Main = true
	if page, err := f.Get(t.Context(), s.URL); err != nil || page.Markdown != "a" {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestTypes(t *testing.T) {
	for _, tt := range []struct{ name, declared, body, want string }{
		{"plain", "text/plain", " # not <b>HTML</b>\r\nx\u200b\n", "# not <b>HTML</b>\nx"},
		{"JSON", "application/json", `{"a": 1}`, `{"a": 1}`},
		{"JSON of a kind", "application/problem+json", `{}`, `{}`},
		{"XML", "application/atom+xml; charset=utf-8", "<a>b</a>", "<a>b</a>"},
		{"XHTML", "application/xhtml+xml", "<p>a</p><script/>", "a"},
		{"XHTML that goes on", "application/xhtml+xml", "<title/><p>a</p><script/><div hidden='hidden'/><table/><noscript/><p>b</p><svg/>c", "a\n\nb\n\nc"},
		{"none, HTML", "", "<!DOCTYPE html><p>a", "a"},
		{"none, text", "", "a\nb", "a\nb"},
		{"unknown, text", "application/octet-stream", "a", "a"},
		{"BOM", "text/plain", "\xef\xbb\xbfä", "ä"},
		{"latin1", "text/plain; charset=iso-8859-1", "caf\xe9 \x80", "café €"},
		{"undeclared latin1", "text/html", "<p>caf\xe9", "café"},
		{"wrong charset", "text/html; charset=iso-8859-1", "<p>café", "café"},
		{"GBK", "text/html; charset=gbk", "<p>\xc4\xe3\xba\xc3", "你好"},
		{"GBK by meta", "text/html", "<meta charset=gb2312><p>\xc4\xe3\xba\xc3", "你好"},
		{"Shift JIS by http-equiv", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>` + "\x93\xfa\x96\x7b", "日本"},
		{"ISO-2022-JP", "text/plain; charset=iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本"},
		{"UTF-16", "text/plain; charset=utf-16le", "a\x00\xe4\x00", "aä"},
		{"UTF-16 by BOM", "text/html", "\xff\xfe<\x00p\x00>\x00a\x00", "a"},
		{"unknown charset", "text/plain; charset=nonsense", "caf\xc3\xa9", "café"},
		{"broken UTF-8", "text/plain; charset=utf-8", "a\xc3(", "a\uFFFD("},
		{"late UTF-8", "text/plain", strings.Repeat("a ", 1000) + "é", strings.Repeat("a ", 1000) + "é"},
		{"malformed type", "text/html; charset", "<p>a", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				if tt.declared != "" {
					w.Header().Set("Content-Type", tt.declared)
				}
				io.WriteString(w, tt.body)
			})
			page, err := f.Get(t.Context(), s.URL)
			if err != nil || page.Markdown != tt.want || page.Cut {
				t.Errorf("%+v, %v", page, err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		header  string // name: value
		status  int
		body    string
		class   error
		message string
		again   bool
	}{
		{"PDF", "Content-Type: application/pdf", 200, "%PDF-1.7", ErrType, "it is not text but application/pdf of 8 bytes, which cannot be read", false},
		{"picture", "Content-Type: image/svg", 200, "x", ErrType, "it is not text but image/svg of 1 bytes, which cannot be read", false},
		{"unknown bytes", "Content-Type: application/octet-stream", 200, "\x00\x01\x02", ErrType, "it is not text but application/octet-stream of 3 bytes, which cannot be read", false},
		{"disguised bytes", "Content-Type: text/plain", 200, "\x7fELF\x00", ErrType, "it is not text but text/plain of 5 bytes, which cannot be read", false},
		{"brotli", "Content-Encoding: br", 200, "xyz", ErrType, "it is not text but text compressed in a way that was not asked for of 3 bytes, which cannot be read", false},
		{"not found", "X: y", 404, "<p>no", ErrStatus, "the server answered 404 Not Found", false},
		{"too many", "Retry-After: 30", 429, "", ErrStatus, "the server answered 429 Too Many Requests, try again in 30s", true},
		{"nonsense", "Retry-After: 1e9", 503, "", ErrStatus, "the server answered 503 Service Unavailable", true},
		{"endless wait", "Retry-After: 99999999", 503, "", ErrStatus, "the server answered 503 Service Unavailable, try again in 24h0m0s", true},
		{"redirect nowhere", "X: y", 302, "", ErrStatus, "the server answered 302 Found", false},
		{"odd status", "X: y", 799, "", ErrStatus, "the server answered 799", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				name, value, _ := strings.Cut(tt.header, ": ")
				w.Header().Set(name, value)
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			})
			page, err := f.Get(t.Context(), s.URL)
			e, ok := errors.AsType[*Error](err)
			if page != nil || !ok || !errors.Is(err, tt.class) || e.Temporary() != tt.again {
				t.Fatalf("%v, %v", page, err)
			}
			if want := "fetch " + s.URL + ": " + tt.message; e.Error() != want {
				t.Errorf("%s\nwant %s", e, want)
			}
		})
	}
}

func TestAllBytes(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "all") })
	f.MaxBytes = math.MaxInt
	if page, err := f.Get(t.Context(), s.URL); err != nil || page.Markdown != "all" || page.Cut {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestMaxBytes(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/"+strings.TrimPrefix(r.URL.Path, "/"))
		if r.URL.Path == "/links+xml" {
			w.Header().Set("Content-Type", "application/xhtml+xml")
			io.WriteString(w, strings.Repeat("<a href='x'>y</a>", 50))
			return
		}
		for n := 0; ; n++ { // as long as someone reads
			if n == 1000 {
				t.Error("40 MB were taken")
				return
			}
			if _, err := io.WriteString(w, strings.Repeat("<p>é", 10000)); err != nil {
				return
			}
		}
	})
	f.MaxBytes = 1003
	for _, kind := range []string{"plain", "html"} {
		page, err := f.Get(t.Context(), s.URL+"/"+kind)
		if err != nil || !page.Cut || len(page.Markdown) > 1003 || len(page.Markdown) < 700 || strings.Contains(page.Markdown, "\uFFFD") {
			t.Errorf("%+v, %v", page, err)
		}
	}
	if page, err := f.Get(t.Context(), s.URL+"/links+xml"); err != nil || !page.Cut || len(page.Markdown) != 1003 {
		t.Errorf("%+v, %v", page, err)
	}
	f.MaxBytes = 0
	if page, err := f.Get(t.Context(), s.URL+"/plain"); err != nil || len(page.Markdown) > defaultMaxBytes || len(page.Markdown) < defaultMaxBytes-4 {
		t.Errorf("%d bytes, %v", len(page.Markdown), err)
	}
}

// zip compresses b a thousand times over: one stream after another is one too.
func zip(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(b)
	z.Close()
	return bytes.Repeat(buf.Bytes(), 1000)
}

func TestGzipBomb(t *testing.T) {
	text := zip(bytes.Repeat([]byte("bomb "), 1<<18)) // 1.2 GiB
	for _, tt := range []struct {
		name, encoding string
		body           []byte
		ok             bool
	}{
		{"text", "gzip", text, true},
		{"zeros", "gzip", zip(make([]byte, 1<<20)), false},
		{"twice", "gzip, gzip", text, false},
		{"no gzip", "gzip", []byte("no gzip at all"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Content-Encoding", tt.encoding)
				w.Write(tt.body)
			})
			page, err := f.Get(t.Context(), s.URL)
			if tt.ok && (err != nil || !page.Cut || len(page.Markdown) > defaultMaxBytes) || !tt.ok && (err == nil || page != nil) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestHeaderFlood(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 5000 {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 100))
		}
	})
	if page, err := f.Get(t.Context(), s.URL); err == nil {
		t.Errorf("%+v", page)
	}
}

func TestCutConnection(t *testing.T) {
	s, f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		switch r.URL.Path {
		case "/body":
			buf.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>begun<p>caf\xc3")
		case "/chunk":
			buf.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>be\r\n")
		case "/nothing":
			buf.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n")
		case "/garbage":
			buf.WriteString("220 smtp.example.com ESMTP\r\n")
		}
		buf.Flush()
	})
	for _, tt := range []struct{ path, want string }{{"/body", "begun\n\ncaf"}, {"/chunk", "be"}, {"/nothing", ""}, {"/head", ""}, {"/garbage", ""}} {
		page, err := f.Get(t.Context(), s.URL+tt.path)
		e, ok := errors.AsType[*Error](err)
		switch {
		case !ok || !e.Temporary():
			t.Errorf("%s: %v", tt.path, err)
		case tt.want == "" && page != nil, tt.want != "" && (page == nil || page.Markdown != tt.want || !page.Cut):
			t.Errorf("%s: %+v", tt.path, page)
		}
		if strings.Contains(err.Error(), "->") {
			t.Errorf("the error tells the own address: %v", err)
		}
	}
}

func TestRefusedConnection(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	f := local(t, s)
	s.Close()
	_, err := f.Get(t.Context(), s.URL)
	if err == nil || err.Error() != "fetch "+s.URL+": the connection failed: connect: connection refused" {
		t.Errorf("%v", err)
	}
}

func TestUnknownName(t *testing.T) {
	f := new(Fetcher)
	f.Guard.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("dial udp 10.9.8.7:53: no route")
	}}
	_, err := f.Get(t.Context(), "http://nowhere.example/")
	if err == nil || err.Error() != "fetch http://nowhere.example/: the name nowhere.example could not be resolved" {
		t.Errorf("%v", err)
	}
}
