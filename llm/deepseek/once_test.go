package deepseek_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// calls are all methods that send something, and what they send.
var calls = map[string]struct {
	send    func(ctx context.Context, c *deepseek.Client) error
	request string
}{
	"Stream": {func(ctx context.Context, c *deepseek.Client) error {
		return second(llm.Generate(ctx, c, llm.Prompt("Hi")))
	}, "POST /chat/completions"},
	"Stream, whole": {func(ctx context.Context, c *deepseek.Client) error {
		req := llm.Prompt("Hi")
		req.Whole = true
		return second(llm.Generate(ctx, c, req))
	}, "POST /chat/completions"},
	"Stream, schema": {func(ctx context.Context, c *deepseek.Client) error {
		req := llm.Prompt("Hi")
		req.Schema = []byte(`{"type":"object"}`)
		return second(llm.Generate(ctx, c, req))
	}, "POST /responses"},
	"Complete": {func(ctx context.Context, c *deepseek.Client) error {
		return second(c.Complete(ctx, deepseek.FIM{Prompt: "return "}))
	}, "POST /beta/completions"},
	"StreamFIM": {func(ctx context.Context, c *deepseek.Client) error {
		for _, err := range c.StreamFIM(ctx, deepseek.FIM{Prompt: "return "}) {
			if err != nil {
				return err
			}
		}
		return nil
	}, "POST /beta/completions"},
	"Models":  {func(ctx context.Context, c *deepseek.Client) error { return second(c.Models(ctx)) }, "GET /models"},
	"Balance": {func(ctx context.Context, c *deepseek.Client) error { return second(c.Balance(ctx)) }, "GET /user/balance"},
	"Upload": {func(ctx context.Context, c *deepseek.Client) error {
		return second(c.Upload(ctx, deepseek.Upload{Content: strings.NewReader(png)}))
	}, "POST /files"},
	"Upload of unknown length": {func(ctx context.Context, c *deepseek.Client) error {
		return second(c.Upload(ctx, deepseek.Upload{Content: io.MultiReader(strings.NewReader(png))}))
	}, "POST /files"},
	"Files": {func(ctx context.Context, c *deepseek.Client) error {
		for _, err := range c.Files(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}, "GET /files"},
	"File":       {func(ctx context.Context, c *deepseek.Client) error { return second(c.File(ctx, "file-api-1")) }, "GET /files/file-api-1"},
	"DeleteFile": {func(ctx context.Context, c *deepseek.Client) error { return c.DeleteFile(ctx, "file-api-1") }, "DELETE /files/file-api-1"},
	"Search": {func(ctx context.Context, c *deepseek.Client) error {
		return second(c.Search(ctx, deepseek.Search{Query: "sea"}))
	}, "POST /v1/tools/search"},
	"Fetch": {func(ctx context.Context, c *deepseek.Client) error {
		return second(c.Fetch(ctx, "https://example.org/"))
	}, "POST /v1/tools/fetch"},
}

// faulty serves the same fault to everything and counts the requests. If first is
// not empty, it is the sound answer to the first.
func faulty(t *testing.T, first string, fault http.HandlerFunc) (c *deepseek.Client, requests func() []string) {
	t.Helper()
	seen := make(chan string, 1000)
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n.Add(1) == 1 && first != "" {
			canned{"application/json", first}.serve(w)
			return
		}
		seen <- r.Method + " " + r.URL.Path
		fault(w, r)
	}))
	t.Cleanup(server.Close)
	hc := private(t)
	t.Cleanup(hc.CloseIdleConnections)
	return &deepseek.Client{BaseURL: server.URL, APIKey: "sk-test", HTTP: hc}, func() (list []string) {
		for len(seen) > 0 {
			list = append(list, <-seen)
		}
		return list
	}
}

// hangUp closes the connection without a word.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		io.WriteString(w, `{"error":{"message":"no"}}`)
	}
}

// Whatever goes wrong, the client leaves it to its caller to try again: one call
// is one request.
func TestNothingIsSentTwice(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"data":`)
		http.NewResponseController(w).Flush()
		hangUp(w, r)
	}
	faults := map[string]http.HandlerFunc{
		"closed before the head": hangUp,
		"closed in the body":     cut,
		"503, Retry-After":       status(503, "Retry-After", "0", "X-Should-Retry", "true"),
	}
	for _, code := range []int{400, 401, 402, 404, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 529} {
		faults[fmt.Sprint(code)] = status(code)
	}
	for name, call := range calls {
		for what, fault := range faults {
			c, requests := faulty(t, "", fault)
			err := call.send(t.Context(), c)
			e, ok := errors.AsType[*llm.Error](err)
			if got := requests(); !ok || len(got) != 1 || got[0] != call.request {
				t.Errorf("%s, %s: %v after %q, want one %s", name, what, err, got, call.request)
				continue
			}
			if temporary := what != "400" && what != "401" && what != "402" && what != "404" && what != "409" && what != "413" && what != "422"; e.Temporary() != temporary {
				t.Errorf("%s, %s: temporary is %v: %v", name, what, e.Temporary(), err)
			}
		}
	}
}

// On a connection that was in use before, net/http sends a GET again if it is
// closed before the head: it may have been closed for being idle. Nothing else is.
func TestNothingIsSentTwiceOnAKeptConnection(t *testing.T) {
	for name, call := range calls {
		c, requests := faulty(t, `{"data":[]}`, hangUp)
		if _, err := c.Models(t.Context()); err != nil {
			t.Fatal(err)
		}
		most := 1
		if strings.HasPrefix(call.request, "GET ") {
			most = 2
		}
		err := call.send(t.Context(), c)
		if got := requests(); classes(err) != "ErrUnavailable temporary" || len(got) < 1 || len(got) > most {
			t.Errorf("%s: %v after %q, want at most %d", name, err, got, most)
		}
	}
}

// Layers of retries do not multiply.
func TestRetriesDoNotMultiply(t *testing.T) {
	busy := status(503, "Retry-After-Ms", "1")
	for name, test := range map[string]struct {
		fault http.HandlerFunc
		mw    []llm.Middleware
	}{
		"one":    {busy, []llm.Middleware{llm.Retry(3)}},
		"nested": {busy, []llm.Middleware{llm.Retry(3), llm.Retry(3)}},
		"apart":  {busy, []llm.Middleware{llm.Retry(3), llm.Defaults(llm.Request{MaxTokens: 9}), llm.Retry(5)}},
		"closed": {hangUp, []llm.Middleware{llm.Retry(3), llm.Retry(3)}},
	} {
		c, requests := faulty(t, "", test.fault)
		_, err := llm.Generate(t.Context(), llm.Wrap(c, test.mw...), llm.Prompt("Hi"))
		if got := requests(); len(got) != 3 || err == nil {
			t.Errorf("%s: %v after %q, want 3 requests", name, err, got)
		}
	}
}

// Whatever is asked, a redirect takes neither the key nor the request elsewhere.
func TestNothingIsRedirected(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrives with %v", r.Method, r.URL, r.Header)
	}))
	defer elsewhere.Close()
	for name, call := range calls {
		for _, code := range []int{301, 302, 303, 307, 308} {
			c, requests := faulty(t, "", status(code, "Location", elsewhere.URL+"/a"))
			c.Header = http.Header{"X-Api-Key": {"sk-other"}}
			if err := call.send(t.Context(), c); classes(err) != "ErrProtocol" || len(requests()) != 1 {
				t.Errorf("%s, %d: %v", name, code, err)
			}
		}
	}
}

// What no API answers is an error of the right kind, whatever was asked.
func TestBadAnswers(t *testing.T) {
	small := func(c *deepseek.Client) { c.MaxReply = 20 }
	for name, test := range map[string]struct {
		answer canned
		change func(*deepseek.Client)
		want   string
		words  string
	}{
		"HTML":                {canned{"text/html", "<html>"}, nil, "ErrProtocol", "<html>"},
		"nothing":             {canned{"application/json", " \n"}, nil, "ErrProtocol", "something else"},
		"a list":              {canned{"application/json", "[]"}, nil, "ErrProtocol", "something else"},
		"an empty object":     {canned{"application/json", `{}`}, nil, "ErrProtocol", "the reply has no "},
		"cut":                 {canned{"application/json", `{"data":[{"id":"a"`}, nil, "ErrTruncated temporary", "complete"},
		"trailing data":       {canned{"application/json", `{} {}`}, nil, "ErrProtocol", "trailing data"},
		"a name twice":        {canned{"application/json", `{"id":"a","id":"b"}`}, nil, "ErrProtocol", "duplicate name"},
		"a name in two cases": {canned{"application/json", `{"id":"a","ID":"b"}`}, nil, "ErrProtocol", "differs from another only in case"},
		"not UTF-8":           {canned{"application/json", "{\"title\":\"\xff\"}"}, nil, "ErrProtocol", "invalid UTF-8"},
		"too deep":            {canned{"application/json", `{"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`}, nil, "ErrProtocol", "too deep"},
		"too large":           {canned{"application/json", `{"data":[],"results":[]}`}, small, "ErrTooLarge", "MaxReply"},
		"wrong types":         {canned{"application/json", `{"data":5,"balance_infos":5,"id":5,"results":5,"content":5,"choices":5}`}, nil, "ErrProtocol", ""},
	} {
		for method, call := range calls {
			if strings.HasPrefix(method, "Stream") || method == "Complete" {
				continue // tested elsewhere
			}
			c := clientOf(test.answer)
			if test.change != nil {
				test.change(c)
			}
			if err := call.send(t.Context(), c); classes(err) != test.want || !strings.Contains(err.Error(), test.words) {
				t.Errorf("%s, %s: %v (%s), want %s", method, name, err, classes(err), test.want)
			}
		}
	}
	// What is sound, but lacks what every answer has.
	for method, want := range map[string]string{
		"Upload": "no id", "File": "no id", "Files": "no data", "DeleteFile": "no confirmation", "Search": "no results", "Fetch": "no content",
	} {
		for _, body := range []string{`{}`, `{"id":"","data":null,"results":null,"content":null,"deleted":true}`, `{"ID":"a","Data":[],"Results":[],"Content":""}`} {
			if err := calls[method].send(t.Context(), clientOf(canned{"application/json", body})); classes(err) != "ErrProtocol" || !strings.Contains(err.Error(), "the reply has "+want) {
				t.Errorf("%s, %s: %v", method, body, err)
			}
		}
	}
	for _, body := range []string{`{"id":"file-api-1","deleted":false}`, `{"id":"file-api-2","deleted":true}`} {
		if err := calls["DeleteFile"].send(t.Context(), clientOf(canned{"application/json", body})); classes(err) != "ErrProtocol" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A server that repeats what it was sent does not make the key show.
func TestCallsKeepTheKey(t *testing.T) {
	const key = "sk-canary-0123456789"
	for name, call := range calls {
		for _, code := range []int{200, 401, 404, 503} {
			c, _ := faulty(t, "", func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(code)
				io.WriteString(w, "<html>"+r.Header.Get("Authorization"))
			})
			c.APIKey = key
			if err := call.send(t.Context(), c); err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), key[:12]) {
				t.Errorf("%s, %d: %v", name, code, err)
			}
		}
	}
}
