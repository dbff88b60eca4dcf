package websearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

// serve starts a server and returns a SearXNG for it. At the end of the test, no
// connection may be left.
func serve(t *testing.T, h http.HandlerFunc) *SearXNG {
	t.Helper()
	var open atomic.Int32
	closed := make(chan struct{}, 1000)
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
			closed <- struct{}{}
		}
	}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	t.Cleanup(func() {
		for open.Load() > 0 {
			select {
			case <-closed:
			case <-time.After(5 * time.Second):
				t.Errorf("%d connections are left", open.Load())
				srv.CloseClientConnections()
			}
		}
		srv.Close()
	})
	return &SearXNG{BaseURL: srv.URL}
}

// settled is a server as it answers with JSON switched on and its limiter too: it holds
// for a robot who does not ask as a browser does.
func settled(t *testing.T, answer func(q url.Values) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := r.URL.Query()
		robot := r.Header.Get("Accept-Language") == "" || !strings.Contains(r.Header.Get("Accept"), "text/html") ||
			!strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Close || strings.HasPrefix(r.Header.Get("User-Agent"), "Go-http")
		switch {
		case robot:
			w.WriteHeader(http.StatusTooManyRequests)
		case r.Method != http.MethodGet || r.URL.Path != "/search":
			w.WriteHeader(http.StatusNotFound)
		case v.Get("format") != "json":
			t.Errorf("the format is %q", v.Get("format"))
		case v.Get("q") == "":
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, answer(v))
		}
	}
}

func fixture(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/searxng.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSearXNG(t *testing.T) {
	var got url.Values
	s := serve(t, settled(t, func(v url.Values) string { got = v; return fixture(t) }))
	hits, err := s.Search(t.Context(), Query{Text: "challenger deep", Count: 3})
	want := []Hit{
		{"Challenger Deep", "https://atlas.example.org/challenger-deep", "The deepest known point of the <b>sea</b> floor, at about 10,935 m &amp; some.", time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC), "brave, startpage"},
		{"Every dive, in a list", "https://museum.example.org/dives?boat=%E5%A5%8B&year=2020", "Who went down, and when.", time.Time{}, "mojeek"},
		{"马里亚纳海沟", "https://zh.example.com/马里亚纳海沟?深=度#底", "世界上最深的海沟。", time.Date(2024, 11, 2, 8, 30, 0, 0, time.FixedZone("", 8*3600)), "baidu"},
	}
	for i := range hits {
		if hits[i].Date.Equal(want[i].Date) {
			hits[i].Date = want[i].Date
		}
	}
	if err != nil || !reflect.DeepEqual(hits, want) {
		t.Errorf("%+v, %v", hits, err)
	}
	if want := (url.Values{"q": {"challenger deep"}, "format": {"json"}, "pageno": {"1"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	s.Categories, s.Engines, s.SafeSearch = []string{"news", "general"}, []string{"brave"}, 2
	if _, err := s.Search(t.Context(), Query{Text: "x", Language: "pt-BR", Within: Month, Count: 2}); err != nil {
		t.Error(err)
	}
	if want := "categories=news%2Cgeneral&engines=brave&format=json&language=pt-BR&pageno=1&q=x&safesearch=2&time_range=month"; got.Encode() != want {
		t.Errorf("%s", got.Encode())
	}
	s.SafeSearch = -1
	if _, err := s.Search(t.Context(), Query{Text: "x", Count: 1}); err != nil || got.Get("safesearch") != "0" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestQueryStays holds that what a model writes is the value of q and nothing else.
func TestQueryStays(t *testing.T) {
	var got url.Values
	s := serve(t, settled(t, func(v url.Values) string { got = v; return `{"results":[]}` }))
	for text, want := range map[string]string{
		"a&format=html&engines=x": "a&format=html&engines=x",
		"a#b?c=d;e/../f %26 +":    "a#b?c=d;e/../f %26 +",
		"a\r\nHost: evil":         "a Host: evil",
		"!!g secrets":             "g secrets",
		"\u200b!wp !\u202e!x y!":  "wp x y!",
		"css !important ! a!=b":   "css important a!=b",
		"海沟 \u3000 深度":            "海沟 深度",
	} {
		if _, err := s.Search(t.Context(), Query{Text: text}); err != nil || got.Get("q") != want || len(got) != 3 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"!!", " ! !! ", "\u200b!"} {
		if _, err := s.Search(t.Context(), Query{Text: text}); !errors.Is(err, ErrQuery) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// list returns a reply with the hits of the numbers from first to last.
func list(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, `,{"url":"https://example.org/%d","title":"%d"}`, i, i)
	}
	return `{"results":[` + strings.TrimPrefix(b.String(), ",") + `]}`
}

// TestPages asks for hits in pages of another length than the server's, which is 5.
func TestPages(t *testing.T) {
	var asked []string
	broken := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("pageno")
		asked = append(asked, page)
		switch page {
		case broken:
			w.WriteHeader(http.StatusTooManyRequests)
		case "1":
			io.WriteString(w, list(1, 5))
		case "2":
			io.WriteString(w, list(5, 9)) // one of them again
		default:
			io.WriteString(w, list(10, 12)) // for ever
		}
	})
	for _, tt := range []struct {
		count, page         int
		broken, want, asked string
	}{
		{3, 1, "", "1 2 3", "1"},
		{3, 2, "", "4 5 6", "1 2"},
		{3, 3, "", "7 8 9", "1 2"},
		{3, 4, "", "10 11 12", "1 2 3"},
		{3, 5, "", "", "1 2 3 4"},
		{2, 2, "", "3 4", "1"},
		{8, 1, "", "1 2 3 4 5 6 7 8", "1 2"},
		{8, 2, "", "9 10 11 12", "1 2 3 4"},
		{50, 10, "", "", "1 2 3 4"},
		{8, 1, "2", "1 2 3 4 5", "1 2"},
		{3, 2, "2", "4 5", "1 2"},
		{5, 2, "2", "error", "1 2"},
		{1, 1, "1", "error", "1"},
	} {
		asked, broken = nil, tt.broken
		hits, err := s.Search(t.Context(), Query{Text: "x", Count: tt.count, Page: tt.page})
		var got []string
		for _, h := range hits {
			got = append(got, h.Title)
		}
		if errors.Is(err, ErrStatus) {
			got, err = append(got, "error"), nil
		}
		if strings.Join(got, " ") != tt.want || err != nil || strings.Join(asked, " ") != tt.asked {
			t.Errorf("%+v: %v, %v, asked for %v", tt, got, err, asked)
		}
	}
}

func TestSilentEngines(t *testing.T) {
	reply := `{"results":[],"unresponsive_engines":[["brave","timeout"],["qwant","access denied",true]]}`
	s := serve(t, settled(t, func(url.Values) string { return reply }))
	_, err := s.Search(t.Context(), Query{Text: "x"})
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, ErrSilent) || !e.Temporary() ||
		e.Error() != "web search: SearXNG: nothing was found, but not all engines answered: 2 did not, so that there may well be something" {
		t.Errorf("%v", err)
	}
	reply = `{"results":[],"unresponsive_engines":[]}`
	if hits, err := s.Search(t.Context(), Query{Text: "x"}); err != nil || len(hits) != 0 {
		t.Errorf("%v, %v", hits, err)
	}
}

func TestBaseURL(t *testing.T) {
	const canary = "s3cr3t-canary"
	for base, want := range map[string]string{
		"localhost:8080":                      "it must be like https://search.example.com or http://localhost:8080",
		"ftp://search.example.com":            "it must be like",
		"http://":                             "it must be like",
		"http://%zz" + canary:                 "it must be like",
		"http://u:" + canary + "@localhost":   "it holds a user or a password, which belong in the Header",
		"http://localhost/?key=" + canary:     "it holds a query or a fragment",
		"http://localhost/#" + canary:         "it holds a query or a fragment",
		"http://localhost?":                   "it holds a query or a fragment",
		"http://localhost:99999":              "its port is not a number",
		"http://127.1":                        "of its host: it is an address in an unusual form",
		"http://[fe80::1%25eth0]:8080":        "of its host: ",
		"http://" + canary + "\u202e.example": "of its host: ",
	} {
		s := &SearXNG{BaseURL: base}
		_, err := s.Search(t.Context(), Query{Text: "x"})
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrBaseURL) || e.Temporary() || !strings.HasPrefix(e.Advice, want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", base, err)
		}
		if text := fmt.Sprint(s); text != "websearch.SearXNG{(invalid URL)}" {
			t.Error(text)
		}
	}
	for base, want := range map[string]string{
		"":                            "http://localhost:8080/search?",
		"https://search.example.com":  "https://search.example.com/search?",
		"https://example.com/a%2Fb/":  "https://example.com/a%2Fb/search?",
		"http://[::1]:8888/searxng":   "http://[::1]:8888/searxng/search?",
		"http://169.254.169.254:8080": "http://169.254.169.254:8080/search?", // as the program has it so
	} {
		s := &SearXNG{BaseURL: base}
		u, _, err := s.server()
		if err != nil || !strings.HasPrefix(s.address(u, Query{}, 1), want) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestGuard holds what a server may be by its base URL, and that nothing else is.
func TestGuard(t *testing.T) {
	for _, tt := range []struct {
		base, address string
		ok            bool
	}{
		{"http://searx:8080", "http://searx:8080/x", true},
		{"http://searx:8080", "https://searx:8080/x", true},
		{"http://searx:8080", "http://searx/x", false},
		{"http://searx:8080", "http://other:8080/x", false},
		{"http://searx:8080", "http://10.0.0.1:8080/x", false},
		{"https://searx.example", "https://searx.example/x", true},
		{"https://searx.example", "https://www.searx.example/x", false},
		{"http://10.1.2.3:81", "http://10.1.2.3:81/x", true},
		{"http://10.1.2.3:81", "http://10.1.2.4:81/x", false},
		{"http://[::ffff:10.1.2.3]:81", "http://10.1.2.3:81/x", true},
	} {
		_, guard, err := (&SearXNG{BaseURL: tt.base}).server()
		u, err2 := url.Parse(tt.address)
		if err != nil || err2 != nil || (guard.CheckURL(u) == nil) != tt.ok {
			t.Errorf("%+v: %v, %v", tt, err, guard.CheckURL(u))
		}
	}
	_, guard, err := (&SearXNG{BaseURL: "http://searx.example"}).server()
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "10.0.0.1:80": true, "172.31.0.1:80": true, "192.168.1.1:80": true, "[fd00::1]:80": true,
		"100.64.0.1:80": true, "9.9.9.9:80": true, "169.254.169.254:80": false, "0.0.0.0:80": false, "[fe80::1]:80": false,
		"224.0.0.1:80": false, "172.32.0.1:80": true, "9.9.9.9:443": false, "[64:ff9b::a9fe:a9fe]:80": false,
	} {
		if err := guard.Control(t.Context(), "tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the other server was asked for %s with %v", r.URL, r.Header)
	}))
	defer other.Close()
	var to string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			io.WriteString(w, list(1, 1)+strings.Repeat(" ", len(r.Header.Get("X-Key"))-3))
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	s.Header = http.Header{"x-key": {"key"}}
	for _, client := range []*http.Client{nil, {}} {
		s.HTTP = client
		for _, to = range []string{
			other.URL, "http://169.254.169.254/latest/meta-data/", "https://www.example.com/search?q=x", "file:///etc/passwd",
			"http://u:p@" + strings.TrimPrefix(s.BaseURL, "http://"), "//10.0.0.1/", strings.Replace(s.BaseURL, "http:", "https:", 1) + "0",
			"/search",
		} {
			_, err := s.Search(t.Context(), Query{Text: "x"})
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, egress.ErrDenied) || e.Temporary() || strings.Contains(err.Error(), "169.254") ||
				err.Error() != "web search: SearXNG: it led to where the program may not connect: BaseURL must be the address at which the server itself answers" {
				t.Errorf("%s: %v", to, err)
			}
		}
		to = "/moved"
		if hits, err := s.Search(t.Context(), Query{Text: "x"}); err != nil || len(hits) != 1 {
			t.Errorf("%v, %v", hits, err)
		}
		if client != nil {
			client.CloseIdleConnections()
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		}
	}
}

// TestSecrets looks for the key in whatever can be printed.
func TestSecrets(t *testing.T) {
	const canary = "s3cr3t-canary"
	status := 200
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", canary)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"%s":1,"%s":2, %s`, r.Header.Get("Authorization"), r.Header.Get("Authorization"), r.URL)
	})
	s.Header = http.Header{"Authorization": {"Bearer " + canary}}
	var seen bytes.Buffer
	for status = range 600 {
		if status >= 200 && status%20 < 10 {
			_, err := s.Search(t.Context(), Query{Text: canary})
			fmt.Fprintln(&seen, err)
		}
	}
	bad := *s
	bad.Header = http.Header{"Authorization": {"Bearer\n" + canary}}
	_, err := bad.Search(t.Context(), Query{Text: "x"})
	fmt.Fprintln(&seen, err)
	bad.BaseURL = "http://127.0.0.1:1"
	bad.Header = s.Header
	_, err = bad.Search(t.Context(), Query{Text: canary})
	if e, ok := errors.AsType[*Error](err); !ok || e.Err.Error() != "it cannot be reached" || !e.Temporary() {
		t.Errorf("%v", err)
	}
	fmt.Fprintln(&seen, err)
	for _, v := range []any{s, *s, struct{ S *SearXNG }{s}, []SearXNG{*s}} {
		fmt.Fprintf(&seen, "%v %+v %#v %s %q %d %x\n", v, v, v, v, v, v, v)
		if err := json.NewEncoder(&seen).Encode(v); err != nil {
			t.Error(err)
		}
		slog.New(slog.NewTextHandler(&seen, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&seen, nil)).Info("x", "v", v)
	}
	if strings.Contains(seen.String(), canary) || !strings.Contains(seen.String(), `{"base_url":"`+s.BaseURL+`"}`) {
		t.Error(seen.String())
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := s.Search(ctx, Query{Text: "x"})
	if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, context.Canceled) || e.Temporary() {
		t.Errorf("%v", err)
	}
}
