package deepseek_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestBaseURL(t *testing.T) {
	strict := weather
	strict.Strict = true
	plain, beta := llm.Prompt("Hi"), &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{strict}}
	for _, test := range []struct {
		suffix, plain, beta string
	}{
		{"", "/chat/completions", "/beta/chat/completions"},
		{"/", "/chat/completions", "/beta/chat/completions"},
		{"/v1", "/v1/chat/completions", "/beta/chat/completions"},
		{"/v1/", "/v1/chat/completions", "/beta/chat/completions"},
		{"/beta", "/beta/chat/completions", "/beta/chat/completions"},
	} {
		c, server := serve(t, deepseektest.Reply{Text: "Hi"})
		c.BaseURL += test.suffix
		generate(t, c, plain)
		generate(t, c, beta)
		if r := server.Requests(); r[0].Path != test.plain || r[1].Path != test.beta {
			t.Errorf("%q: paths are %s and %s, want %s and %s", test.suffix, r[0].Path, r[1].Path, test.plain, test.beta)
		}
	}
	for _, url := range []string{"api.deepseek.com", "ftp://api.deepseek.com", "http://%zz", "https://", "\x00", "https://user@example.com", "https://example.com?a=b", "https://example.com/#a", "localhost:8080", "https://api.deepseek.com/v1/chat/completions/"} {
		c := &deepseek.Client{BaseURL: url, APIKey: "sk-test"}
		if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", url, err)
		}
	}
	t.Setenv("DEEPSEEK_BASE_URL", "localhost:8080")
	_, err := llm.Generate(t.Context(), &deepseek.Client{}, llm.Prompt("Hi"))
	if want := `the base URL of $DEEPSEEK_BASE_URL "localhost:8080" must begin with https://`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestEnvironment(t *testing.T) {
	_, server := serve(t, deepseektest.Reply{Text: "Hi"})
	t.Setenv("DEEPSEEK_BASE_URL", server.URL())
	t.Setenv("DEEPSEEK_API_KEY", "sk-env")
	t.Setenv("DEEPSEEK_MODEL", "deepseek-v4-pro")
	generate(t, &deepseek.Client{}, llm.Prompt("Hi"))
	generate(t, &deepseek.Client{Model: "deepseek-flash"}, llm.Prompt("Hi"))
	req := llm.Prompt("Hi")
	req.Model = "deepseek-v4-flash"
	generate(t, &deepseek.Client{Model: "deepseek-flash"}, req)
	for i, want := range []string{"deepseek-v4-pro", "deepseek-flash", "deepseek-v4-flash"} {
		if got := server.Requests()[i].Model; got != want {
			t.Errorf("request %d is for %s, want %s", i, got, want)
		}
	}
	t.Setenv("DEEPSEEK_MODEL", "")
	generate(t, &deepseek.Client{}, llm.Prompt("Hi"))
	if got := server.Requests()[3].Model; got != deepseek.DefaultModel {
		t.Errorf("the default is %s, want %s", got, deepseek.DefaultModel)
	}
}

// The key goes out as a bearer token, and only where nobody else reads it.
func TestKey(t *testing.T) {
	var sent []string
	hc := &http.Client{Transport: transport(func(r *http.Request) *http.Response {
		sent = append(sent, r.URL.String()+" "+r.Header.Get("Authorization"))
		return canned{"application/json", plainReply}.response()
	})}
	t.Setenv("DEEPSEEK_API_KEY", "")
	for _, test := range []struct {
		client deepseek.Client
		sent   string
		want   error
	}{
		{deepseek.Client{APIKey: "sk-1"}, "https://api.deepseek.com/chat/completions Bearer sk-1", nil},
		{deepseek.Client{APIKey: "sk-1", BaseURL: "http://127.0.0.1:8000/v1"}, "http://127.0.0.1:8000/v1/chat/completions Bearer sk-1", nil},
		{deepseek.Client{BaseURL: "http://localhost:8000"}, "http://localhost:8000/chat/completions ", nil},
		{deepseek.Client{BaseURL: "http://[::1]:8000"}, "http://[::1]:8000/chat/completions ", nil},
		{deepseek.Client{Header: http.Header{"Authorization": {"Token t"}}}, "https://api.deepseek.com/chat/completions Token t", nil},
		{deepseek.Client{APIKey: "sk-1", Header: http.Header{"authorization": {"Token t"}}}, "https://api.deepseek.com/chat/completions Token t", nil},
		{deepseek.Client{HTTP: new(http.Client)}, "", llm.ErrAuth},
		{deepseek.Client{}, "https://api.deepseek.com/chat/completions ", nil}, // the transport may sign it
		{deepseek.Client{BaseURL: "http://example.com"}, "http://example.com/chat/completions ", nil},
		{deepseek.Client{HTTP: new(http.Client), Dialect: deepseek.OpenAI, BaseURL: "http://10.0.0.1", Model: "m", Header: http.Header{"api-key": {"k"}}}, "", llm.ErrInvalid},
		{deepseek.Client{BaseURL: "https://example.com", Header: http.Header{"api-key": {"k"}}}, "https://example.com/chat/completions ", nil},
		{deepseek.Client{APIKey: "sk-1\n"}, "", llm.ErrAuth},
		{deepseek.Client{APIKey: "sk-\x01"}, "", llm.ErrAuth},
		{deepseek.Client{APIKey: "sk-1", Header: http.Header{"X-A": {"a\nb"}}}, "", llm.ErrInvalid},
		{deepseek.Client{APIKey: "sk-1", Header: http.Header{"X A": {"a"}}}, "", llm.ErrInvalid},
		{deepseek.Client{BaseURL: "http://example.com", Header: http.Header{"Authorization": {"Token t"}}}, "", llm.ErrInvalid},
		{deepseek.Client{BaseURL: "http://example.com", Header: http.Header{"authorization": {"Token t"}}}, "", llm.ErrInvalid},
		{deepseek.Client{APIKey: "sk-1", BaseURL: "http://example.com"}, "", llm.ErrInvalid},
		{deepseek.Client{APIKey: "sk-1", BaseURL: "http://127.0.0.1.example.com"}, "", llm.ErrInvalid},
		{deepseek.Client{HTTP: new(http.Client), BaseURL: "http://192.168.0.7:8000"}, "", llm.ErrAuth},
	} {
		sent = nil
		if test.client.HTTP == nil {
			test.client.HTTP = hc
		}
		req := llm.Prompt("Hi")
		req.Whole = true
		_, err := llm.Generate(t.Context(), &test.client, req)
		if !errors.Is(err, test.want) || strings.Join(sent, "; ") != test.sent {
			t.Errorf("%v: %v after %q, want %v after %q", test.client, err, sent, test.want, test.sent)
		}
	}
}

// A redirect to another host would take the key there.
func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked, with headers %v", r.Header)
	}))
	defer other.Close()
	asked := 0
	var location string
	status := 307
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/new" {
			canned{"application/json", plainReply}.serve(w)
			return
		}
		http.Redirect(w, r, location, status)
	}))
	defer server.Close()
	var checked int
	for _, hc := range []*http.Client{nil, {}, {CheckRedirect: func(*http.Request, []*http.Request) error { checked++; return nil }}} {
		c := &deepseek.Client{BaseURL: server.URL, APIKey: "sk-canary", HTTP: hc, Header: http.Header{"X-Api-Key": {"sk-canary"}}}
		req := llm.Prompt("Hi")
		req.Whole = true
		for _, test := range []struct {
			location string
			status   int
			asked    int
			want     string
		}{
			{other.URL, 307, 1, "ErrProtocol"}, {other.URL, 308, 1, "ErrProtocol"}, {other.URL, 302, 1, "ErrProtocol"},
			{"/new", 302, 1, "ErrProtocol"}, {"/chat/completions", 307, 5, "ErrProtocol"}, {"/new", 307, 2, ""},
		} {
			asked, location, status = 0, test.location, test.status
			_, err := llm.Generate(t.Context(), c, req)
			if classes(err) != test.want || asked != test.asked {
				t.Errorf("%d to %s: %v after %d requests, want %q after %d", test.status, test.location, err, asked, test.want, test.asked)
			}
		}
	}
	if checked == 0 {
		t.Error("the CheckRedirect of the caller's client is not asked")
	}
}

// The caller's HTTP client is used as it is, but for where it may be sent.
func TestHTTP(t *testing.T) {
	var cookies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookies = append(cookies, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "route", Value: "a"})
		switch r.URL.Path {
		case "/slow/chat/completions":
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/moved/chat/completions":
			http.Redirect(w, r, "/chat/completions", http.StatusTemporaryRedirect)
		default:
			canned{"application/json", plainReply}.serve(w)
		}
	}))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &deepseek.Client{APIKey: "sk-test", BaseURL: server.URL, HTTP: &http.Client{Jar: jar}} // its Transport is http.DefaultTransport
	for range 2 {
		if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"", "route=a"}; !slices.Equal(cookies, want) {
		t.Errorf("cookies are %q, want %q", cookies, want)
	}
	errOwn := errors.New("no redirects")
	c.BaseURL, c.HTTP = server.URL+"/moved", &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errOwn }}
	if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, errOwn) {
		t.Errorf("error is %v, want that of CheckRedirect", err)
	}
	c.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); classes(err) != "ErrProtocol" {
		t.Errorf("error is %v for a redirect that is not followed", err)
	}
	c.BaseURL, c.HTTP = server.URL+"/slow", &http.Client{Timeout: 100 * time.Millisecond}
	if resp, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, llm.ErrStalled) || resp.Text() != "Hi" {
		t.Errorf("text is %q, error is %v, want one of the Timeout", resp.Text(), err)
	}
}

func TestHeaders(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	c.Header = http.Header{"X-Gateway": {"a", "b"}}
	generate(t, c, llm.Prompt("Hi"))
	h := server.Requests()[0].Header
	if got := strings.Join(h.Values("X-Gateway"), ","); got != "a,b" || h.Get("Content-Type") != "application/json" || h.Get("Accept") != "text/event-stream" {
		t.Errorf("headers are %v", h)
	}
}

func TestExtra(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi", Title: "Greeting"})
	req := llm.Prompt("Hi")
	req.Extra = []byte(`{"title":{"enabled":true},"conversation_id":"c-1"}`)
	resp := generate(t, c, req)
	if b := body(t, server, 0); string(b["conversation_id"]) != `"c-1"` {
		t.Errorf("body is %s", server.Requests()[0].Body)
	}
	if !strings.Contains(string(resp.Extra), `"title":"Greeting"`) {
		t.Errorf("extra is %s, want the title", resp.Extra)
	}
	for _, extra := range []string{`[]`, `null`, `{"a":1`, `{"a":1,"a":2}`, `"x"`, `{"model":"x"}`, `{"stream":false}`} {
		req.Extra = []byte(extra)
		refused(t, req, "Extra")
	}
}
