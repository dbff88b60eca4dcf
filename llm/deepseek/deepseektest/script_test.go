package deepseektest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// calls ask a client for what is at a path, and return it as text.
var calls = []struct {
	path, want string
	do         func(ctx context.Context, c *deepseek.Client) (string, error)
}{
	{"/models", "deepseek-flash deepseek-v4-pro", func(ctx context.Context, c *deepseek.Client) (string, error) {
		list, err := c.Models(ctx)
		var ids []string
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		return strings.Join(ids, " "), err
	}},
	{"/user/balance", "USD 110.00", func(ctx context.Context, c *deepseek.Client) (string, error) {
		b, err := c.Balance(ctx)
		if err != nil {
			return "", err
		}
		return b.Funds[0].Currency + " " + b.Funds[0].Total.String(), nil
	}},
	{"/tools/search", "https://atlas.example.org/zones/hadal", func(ctx context.Context, c *deepseek.Client) (string, error) {
		hits, err := c.Search(ctx, deepseek.Search{Query: "hadal zone", Count: 1})
		if err != nil {
			return "", err
		}
		return hits[0].URL, nil
	}},
	{"/tools/fetch", "The hadal zone", func(ctx context.Context, c *deepseek.Client) (string, error) {
		page, err := c.Fetch(ctx, "https://atlas.example.org/zones/hadal")
		if err != nil {
			return "", err
		}
		return page.Title, nil
	}},
	{"POST /files", "a.png", func(ctx context.Context, c *deepseek.Client) (string, error) {
		f, err := c.Upload(ctx, deepseek.Upload{Name: "a.png", Content: strings.NewReader(png)})
		if err != nil {
			return "", err
		}
		return f.Name, nil
	}},
	{"GET /files", "a.png", func(ctx context.Context, c *deepseek.Client) (string, error) {
		if _, err := c.Upload(ctx, deepseek.Upload{Name: "a.png", Content: strings.NewReader(png)}); err != nil {
			return "", err
		}
		for f, err := range c.Files(ctx) {
			if err != nil {
				return "", err
			}
			return f.Name, nil
		}
		return "", nil
	}},
	{"DELETE /files/", "gone", func(ctx context.Context, c *deepseek.Client) (string, error) {
		f, err := c.Upload(ctx, deepseek.Upload{Name: "a.png", Content: strings.NewReader(png)})
		if err != nil {
			return "", err
		}
		return "gone", c.DeleteFile(ctx, f.ID)
	}},
	{"/responses", "a + b", func(ctx context.Context, c *deepseek.Client) (string, error) {
		req := llm.Prompt("What is the sum of a and b?")
		req.Schema, req.Whole = []byte(`{"type":"string"}`), true
		resp, err := llm.Generate(ctx, c, req)
		if err != nil {
			return "", err
		}
		return resp.Text(), nil
	}},
	{"/completions", "a + b", func(ctx context.Context, c *deepseek.Client) (string, error) {
		resp, err := c.Complete(ctx, deepseek.FIM{Prompt: "return "})
		if err != nil {
			return "", err
		}
		return resp.Text(), nil
	}},
	{"/chat/completions", "a + b", func(ctx context.Context, c *deepseek.Client) (string, error) {
		req := llm.Prompt("What is the sum of a and b?")
		req.Whole = true
		resp, err := llm.Generate(ctx, c, req)
		if err != nil {
			return "", err
		}
		return resp.Text(), nil
	}},
}

// own returns a reply that a call takes for the server's own, with faults.
func own(path string, fault deepseektest.Reply) deepseektest.Reply {
	if strings.HasSuffix(path, "/completions") || path == "/responses" {
		fault.Text = "a + b"
	}
	return fault
}

func TestScriptFaults(t *testing.T) {
	for _, call := range calls {
		for _, test := range []struct {
			name  string
			reply deepseektest.Reply
			want  error // nil for none
		}{
			{"own", deepseektest.Reply{}, nil},
			{"401", deepseektest.Reply{Status: 401}, llm.ErrAuth},
			{"402", deepseektest.Reply{Status: 402}, llm.ErrBalance},
			{"429", deepseektest.Reply{Status: 429, RetryAfter: 7 * time.Second, Message: "slower"}, llm.ErrRateLimit},
			{"500", deepseektest.Reply{Status: 500}, llm.ErrUnavailable},
			{"503 cut", deepseektest.Reply{Status: 503, CutAfter: 5}, llm.ErrOverload},
			{"HTML", deepseektest.Reply{Status: 502, Wire: []byte("<html>")}, llm.ErrUnavailable},
			{"half", deepseektest.Reply{Wire: []byte(`{"data":`)}, llm.ErrTruncated},
			{"not JSON", deepseektest.Reply{Wire: []byte("<html>")}, llm.ErrProtocol},
			{"close", deepseektest.Reply{CutAfter: 20}, llm.ErrTruncated},
			{"reset", deepseektest.Reply{CutAfter: 20, Cut: deepseektest.CutReset}, llm.ErrTruncated},
			{"close at the end", deepseektest.Reply{CutAfter: 1 << 20}, llm.ErrTruncated},
			{"end", deepseektest.Reply{CutAfter: 20, Cut: deepseektest.CutEnd}, llm.ErrTruncated},
			{"close before the header", deepseektest.Reply{CutAfter: -1}, llm.ErrUnavailable},
			{"reset before the header", deepseektest.Reply{CutAfter: -1, Cut: deepseektest.CutReset}, llm.ErrUnavailable},
			{"byte by byte", deepseektest.Reply{Trickle: 1, Pace: time.Nanosecond, Delay: time.Nanosecond}, nil},
			{"blank lines", deepseektest.Reply{KeepAlive: 3}, nil},
			{"header", deepseektest.Reply{Header: http.Header{"X-Other": {"1"}}}, nil},
		} {
			s := deepseektest.NewServer(t, deepseektest.Reply{Status: 418})
			s.Script(call.path, own(call.path, test.reply))
			c := &deepseek.Client{BaseURL: s.URL(), APIKey: "sk-test"}
			got, err := call.do(t.Context(), c)
			switch {
			case !errors.Is(err, test.want):
				t.Errorf("%s %s: %v, want %v", call.path, test.name, err, test.want)
			case err == nil && got != call.want:
				t.Errorf("%s %s: %q, want %q", call.path, test.name, got, call.want)
			}
			if e, ok := errors.AsType[*llm.Error](err); test.reply.Status == 429 && !(ok && e.RetryAfter == 7*time.Second && e.Message == "slower") {
				t.Errorf("%s: %+v", call.path, e)
			}
		}
	}
}

// pipes is a listener whose connections never leave the process.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "localhost" }

// inMemory serves replies on a listener of pipes, with a client.
func inMemory(replies ...deepseektest.Reply) (*deepseektest.Server, *deepseek.Client, func()) {
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	s := deepseektest.Serve(l, replies...)
	tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		l.conns <- server
		return client, nil
	}}
	return s, &deepseek.Client{BaseURL: s.URL(), APIKey: "sk-test", HTTP: &http.Client{Transport: tr}}, func() {
		tr.CloseIdleConnections()
		s.Close()
	}
}

// Delays are as long as the script says, and a stall lasts until the client
// leaves: on a clock that is not real.
func TestScriptTime(t *testing.T) {
	for _, call := range calls {
		synctest.Test(t, func(t *testing.T) {
			s, c, end := inMemory()
			defer end()
			if s.URL() != "http://localhost" {
				t.Errorf("URL %s", s.URL())
			}
			for _, test := range []struct {
				reply deepseektest.Reply
				want  time.Duration
			}{
				{deepseektest.Reply{Delay: 10 * time.Second}, 10 * time.Second},
				{deepseektest.Reply{Delay: time.Second, Status: 503}, time.Second},
				{deepseektest.Reply{Wire: []byte("0123456789"), Trickle: 3, Pace: 2 * time.Second}, 6 * time.Second},
				{deepseektest.Reply{CutAfter: 5, Trickle: 1, Pace: time.Second}, 4 * time.Second},
			} {
				s.Script(call.path, own(call.path, test.reply))
				start := time.Now()
				call.do(t.Context(), c)
				if got := time.Since(start); got != test.want {
					t.Errorf("%s: %v, want %v", call.path, got, test.want)
				}
			}
			for _, after := range []int{-1, 10} {
				s.Script(call.path, own(call.path, deepseektest.Reply{CutAfter: after, Cut: deepseektest.CutStall}))
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				start := time.Now()
				_, err := call.do(ctx, c)
				cancel()
				if got := time.Since(start); got != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: a stall of %v, then %v", call.path, got, err)
				}
			}
		})
	}
}

// Which script a request takes from, and how long.
func TestScriptPaths(t *testing.T) {
	status := func(n int) deepseektest.Reply { return deepseektest.Reply{Status: n} }
	for _, test := range []struct {
		name    string
		scripts map[string][]deepseektest.Reply
		ask     string // method, path and status of each request
	}{
		{"in order, the last for ever", map[string][]deepseektest.Reply{"/models": {status(500), status(503)}},
			"GET /models 500, GET /models 503, GET /models 503"},
		{"back to the own", map[string][]deepseektest.Reply{"/models": {status(500), {}}},
			"GET /v1/models 500, GET /models 200, GET /beta/models 200"},
		{"of one path", map[string][]deepseektest.Reply{"/models": {status(500)}},
			"GET /models/deepseek-flash 200, GET /user/balance 200, GET /modelsx 404, POST /models 500"},
		{"under /v1", map[string][]deepseektest.Reply{"/v1/models": {status(500)}}, "GET /models 500, GET /v1/models 500"},
		{"all below", map[string][]deepseektest.Reply{"/files/": {status(500)}},
			"GET /files 200, GET /files/ 500, GET /files/a 500, DELETE /v1/files/a/b 500"},
		{"the longest", map[string][]deepseektest.Reply{"/": {status(501)}, "/files/": {status(502)}, "/files/a": {status(503)}},
			"GET /files/a 503, GET /files/b 502, GET /files/a/b 502, GET /files 501, GET / 501, GET /nowhere 501"},
		{"a method", map[string][]deepseektest.Reply{"GET /files": {status(501)}, "/files": {status(502)}, "DELETE /files/": {status(503)}},
			"GET /files 501, POST /files 502, DELETE /files/a 503, GET /files/a 404"},
		{"each its own count", map[string][]deepseektest.Reply{"GET /files/": {status(501), status(502)}, "DELETE /files/": {status(503), status(504)}},
			"GET /files/a 501, DELETE /files/a 503, GET /files/b 502, DELETE /files/b 504"},
		{"not there", map[string][]deepseektest.Reply{"/embeddings": {{Wire: []byte("{}")}, {}}, "/tools/": {status(402)}},
			"POST /v1/embeddings 200, POST /v1/embeddings 404, POST /tools/ocr 402, POST /v1/tools/search 402, POST /moderations 404"},
		{"another status", map[string][]deepseektest.Reply{"/models": {{Status: 203}, {}}}, "GET /models 203, GET /models 200"},
		{"an error of its own", map[string][]deepseektest.Reply{"/files/": {{Trickle: 1}}}, "GET /files/a 404, PUT /files/a 405"},
		{"not for models", map[string][]deepseektest.Reply{"/": {status(500)}, "/chat/": {status(500)}},
			"POST /chat/completions 400, POST /beta/completions 400, POST /responses 400, GET /chat/completions 405"},
		{"nothing after a bad request", map[string][]deepseektest.Reply{"/chat/completions": {status(500)}}, "POST /chat/completions 400"},
		{"none", map[string][]deepseektest.Reply{"/models": nil}, "GET /models 200"},
	} {
		s := deepseektest.NewServer(t)
		for path, replies := range test.scripts {
			s.Script(path, replies...)
		}
		asked := strings.Split(test.ask, ", ")
		for i, line := range asked {
			var method, path string
			var want int
			fmt.Sscan(line, &method, &path, &want)
			if got, body := do(t, method, s.URL()+path); got != want {
				t.Errorf("%s: request %d, %s: status %d, %s", test.name, i, line, got, body)
			}
		}
		if got := len(s.Requests()); got != len(asked) {
			t.Errorf("%s: %d requests are recorded, want %d", test.name, got, len(asked))
		}
	}
}

// The replies of a path are for FIM or for chat alone, and come and go.
func TestScriptModels(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "first"}, deepseektest.Reply{Text: "both"})
	s.Script("POST /v1/chat/completions", deepseektest.Reply{Text: "chat 1"}, deepseektest.Reply{Text: "chat 2"})
	c := &deepseek.Client{BaseURL: s.URL(), APIKey: "sk-test"}
	chat, fim := calls[len(calls)-1].do, calls[len(calls)-2].do
	var got []string
	say := func(do func(context.Context, *deepseek.Client) (string, error)) {
		text, err := do(t.Context(), c)
		if err != nil {
			t.Error(err)
		}
		got = append(got, text)
	}
	say(chat)
	say(fim)
	say(chat)
	say(chat)
	s.Script("/chat/completions")
	s.Script("/completions", deepseektest.Reply{Text: "fim"})
	say(chat)
	say(fim)
	if want := []string{"chat 1", "first", "chat 2", "chat 2", "both", "fim"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A file is kept if the answer is lost on its way, and not if the answer is an
// error.
func TestScriptFiles(t *testing.T) {
	s := deepseektest.NewServer(t)
	put := func() (int, string) {
		return upload(t, s, "a.png", []byte(png+strings.Repeat("x", 1<<20)), "purpose", "user_data")
	}
	count := func() int {
		_, body := do(t, "GET", s.URL()+"/files")
		return strings.Count(body, `"id"`)
	}
	s.Script("POST /files", deepseektest.Reply{Status: 503}, deepseektest.Reply{CutAfter: 10, Cut: deepseektest.CutEnd}, deepseektest.Reply{})
	for i, want := range []struct {
		status int
		cut    bool
		files  int
	}{{503, false, 0}, {200, true, 1}, {200, false, 2}} {
		status, body := put()
		if status != want.status || (len(body) == 10) != want.cut || count() != want.files {
			t.Errorf("upload %d: %d %s, and %d files", i, status, body, count())
		}
	}
	s.Script("DELETE /files/", deepseektest.Reply{Wire: []byte(`{"deleted":true}`)})
	if status, _ := do(t, "DELETE", s.URL()+"/files/a"); status != 200 || count() != 2 {
		t.Errorf("status %d, %d files", status, count())
	}
	if r := s.Requests()[0]; r.Body != nil {
		t.Errorf("%d bytes of an upload are kept", len(r.Body))
	}
}

func TestScriptFunc(t *testing.T) {
	s := deepseektest.NewServer(t)
	s.Script("/tools/search", deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d requests are known", n)
		}
		return deepseektest.Reply{Wire: []byte(r.Method + " " + r.Path + " " + string(r.Body))}
	}})
	status, body := post(t, s.URL()+"/v1/tools/search", `{"query":"owls"}`)
	if want := `POST /v1/tools/search {"query":"owls"}`; status != 200 || body != want {
		t.Errorf("%d %s, want %s", status, body, want)
	}
	// A body that a script has seen is there for the server's own answer.
	s.Script("/", deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		if string(r.Body) != "hello" {
			t.Errorf("body %q", r.Body)
		}
		return deepseektest.Reply{}
	}})
	if status, body := post(t, s.URL()+"/files", "hello"); status != 400 || !strings.Contains(body, "multipart/form-data is expected") {
		t.Errorf("%d %s", status, body)
	}
}

func TestScriptMistakes(t *testing.T) {
	for field, reply := range map[string]deepseektest.Reply{
		"Text": {Text: "x"}, "Reasoning": {Reasoning: "x"}, "ToolCalls": {ToolCalls: []llm.ToolCall{}}, "Usage": {Usage: new(llm.Usage)}, "NoUsage": {NoUsage: true},
		"Finish": {Finish: "x"}, "Logprobs": {Logprobs: []llm.Logprob{}}, "Title": {Title: "x"}, "Model": {Model: "x"}, "NoDone": {NoDone: true}, "UsageApart": {UsageApart: true},
	} {
		r := &recorder{TB: t}
		s := deepseektest.NewServer(r)
		s.Script("/models", reply)
		want := "the script for /models has a reply with " + field + ", which is for chat and FIM"
		status, body := do(t, "GET", s.URL()+"/models")
		r.mu.Lock()
		if status != 500 || !strings.Contains(body, want) || len(r.reports) != 1 || r.reports[0] != "deepseektest: "+want {
			t.Errorf("%s: %d %s, and it reports %q", field, status, body, r.reports)
		}
		r.mu.Unlock()
	}
	for _, path := range []string{"", "models", "GET models", "GET"} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, "a path begins with a slash") {
					t.Errorf("%q: %s", path, p)
				}
			}()
			deepseektest.NewServer(t).Script(path)
		}()
	}
}

// A malformed key is refused, and takes nothing.
func TestScriptKey(t *testing.T) {
	s := deepseektest.NewServer(t)
	s.Script("/models", deepseektest.Reply{Status: 503}, deepseektest.Reply{})
	req, _ := http.NewRequest("GET", s.URL()+"/models", nil)
	req.Header.Set("Authorization", "Basic secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status, _ := do(t, "GET", s.URL()+"/models"); resp.StatusCode != 401 || status != 503 {
		t.Errorf("status %d, then %d", resp.StatusCode, status)
	}
}

func TestScriptConcurrently(t *testing.T) {
	s := deepseektest.NewServer(t)
	var mu sync.Mutex
	seen := make(map[int]int)
	var wg sync.WaitGroup
	const n = 50
	var replies []deepseektest.Reply
	for i := range n {
		replies = append(replies, deepseektest.Reply{Status: 500 + i})
	}
	s.Script("/models", replies...)
	for range n {
		wg.Go(func() {
			resp, err := http.Get(s.URL() + "/models")
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			seen[resp.StatusCode]++
		})
		wg.Go(func() { s.Script("/user/balance", deepseektest.Reply{Status: 503}) })
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d replies were given, want each of %d once: %v", len(seen), n, seen)
	}
}
