package deepseek_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// Every documented status has a class of its own, and so have the usual ones of
// gateways.
func TestStatuses(t *testing.T) {
	for _, test := range []struct {
		status  int
		message string
		want    string // classes
	}{
		{400, "Invalid n value", "ErrInvalid"},
		{400, "Content Exists Risk", "ErrFiltered"},
		{400, "This model's maximum context length is 1048576 tokens", "ErrTooLong"},
		{401, "Authentication Fails", "ErrAuth"},
		{402, "Insufficient Balance", "ErrBalance"},
		{403, "Forbidden", "ErrForbidden"},
		{404, "Not Found: there is nothing at /chat/completions, is the base URL right?", "ErrInvalid"},
		{408, "Request Timeout", "ErrUnavailable temporary"},
		{413, "Payload Too Large", "ErrInvalid ErrTooLarge"},
		{418, "I'm a teapot", "ErrInvalid"},
		{422, "Unprocessable Entity", "ErrInvalid"},
		{429, "Rate limit reached", "ErrRateLimit temporary"},
		{500, "Internal Server Error", "ErrUnavailable temporary"},
		{502, "Bad Gateway", "ErrUnavailable temporary"},
		{503, "Service Unavailable", "ErrOverload temporary"},
		{504, "Gateway Timeout", "ErrUnavailable temporary"},
		{529, "Overloaded", "ErrOverload temporary"},
		{599, "Whatever", "ErrUnavailable temporary"},
	} {
		said, _, _ := strings.Cut(test.message, ": there is nothing")
		c, _ := serve(t, deepseektest.Reply{Status: test.status, Message: said})
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || classes(err) != test.want || e.Status != test.status || e.Message != test.message || e.Provider != "deepseek" {
			t.Errorf("status %d %s is %v (%s), want %s", test.status, test.message, err, classes(err), test.want)
		}
	}
}

func TestErrorBodies(t *testing.T) {
	for _, test := range []struct {
		name, body, want string
	}{
		{"HTML", "<html>\n<h1>502  Bad Gateway</h1>\n</html>", "<html> <h1>502 Bad Gateway</h1> </html>"},
		{"empty", "", ""},
		{"not UTF-8", "\xff\xfeoops", "\ufffdoops"},
		{"64 MiB", strings.Repeat("x", 64<<20), strings.Repeat("x", 1024) + "…"},
	} {
		c, _ := serve(t, deepseektest.Reply{Status: 502, Wire: []byte(test.body)})
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); !ok || e.Message != test.want || e.Err != llm.ErrUnavailable {
			t.Errorf("%s: error is %.300v, want %q", test.name, err, test.want)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	for _, test := range []struct {
		header, message, want string
	}{
		{"X-Ds-Trace-Id", "", "id-1"}, {"X-Request-Id", "", "id-1"}, {"X-Deepseek-Request-Id", "", "id-1"},
		{"X-Other", "bad (request_id: req-17)", "req-17"}, {"X-Other", "bad [trace_id=abc_5]", "abc_5"}, {"X-Other", "bad", ""},
	} {
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response {
			resp := canned{"application/json", `{"error":{"message":"` + test.message + `"}}`}.response()
			resp.StatusCode = 500
			resp.Header.Set(test.header, "id-1")
			return resp
		})}}
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); !ok || e.RequestID != test.want {
			t.Errorf("%s %s: error is %v, want request %q", test.header, test.message, err, test.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0.5": time.Second / 2, "3600": time.Hour,
		"-1": 0, "0": 0, "NaN": 0, "Inf": 0, "1e309": 0, "1e300": 0, "soon": 0, "": 0, "Mon, 02 Jan 2006 15:04:05 GMT": 0,
	} {
		c, _ := serve(t, deepseektest.Reply{Status: 429, Header: http.Header{"Retry-After": {value}}})
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); !ok || e.RetryAfter != want {
			t.Errorf("Retry-After %q is %v, want %v", value, err, want)
		}
	}
	c, _ := serve(t, deepseektest.Reply{Status: 429, Header: http.Header{"Retry-After": {"9"}, "Retry-After-Ms": {"250"}}})
	_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.RetryAfter != 250*time.Millisecond {
		t.Errorf("error is %v, want to wait for 250 ms", err)
	}
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	c, _ = serve(t, deepseektest.Reply{Status: 429, Header: http.Header{"Retry-After": {at}}})
	_, err = llm.Generate(t.Context(), c, llm.Prompt("Hi"))
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.RetryAfter < 50*time.Minute || e.RetryAfter > time.Hour {
		t.Errorf("Retry-After %q is %v, want about an hour", at, err)
	}
	c, server := serve(t, deepseektest.Reply{Status: 500, Header: http.Header{"X-Should-Retry": {"false"}}})
	if _, err := llm.Generate(t.Context(), llm.Wrap(c, llm.Retry(5)), llm.Prompt("Hi")); len(server.Requests()) != 1 {
		t.Errorf("%d requests though the server said not to retry: %v", len(server.Requests()), err)
	}
}

// The connection breaks before, in and after the head of the reply.
func TestBrokenConnections(t *testing.T) {
	text := strings.Repeat("word ", 100)
	for _, test := range []struct {
		name  string
		reply deepseektest.Reply
		want  string
	}{
		{"closed before the head", deepseektest.Reply{CutAfter: -1}, "ErrUnavailable temporary"},
		{"reset before the head", deepseektest.Reply{CutAfter: -1, Cut: deepseektest.CutReset}, "ErrUnavailable temporary"},
		{"closed in the body", deepseektest.Reply{Text: text, CutAfter: 5000}, "ErrTruncated temporary"},
		{"reset in the body", deepseektest.Reply{Text: text, CutAfter: 5000, Cut: deepseektest.CutReset}, "ErrTruncated temporary"},
		{"ended in the body", deepseektest.Reply{Text: text, CutAfter: 5000, Cut: deepseektest.CutEnd}, "ErrTruncated temporary"},
		{"byte by byte, closed", deepseektest.Reply{Text: text, CutAfter: 5000, Trickle: 1}, "ErrTruncated temporary"},
	} {
		for _, whole := range []bool{false, true} {
			c, _ := serve(t, test.reply)
			req := llm.Prompt("Hi")
			req.Whole = whole
			if whole && test.reply.CutAfter > 0 {
				test.reply.CutAfter = 200
				c, _ = serve(t, test.reply)
			}
			resp, err := llm.Generate(t.Context(), c, req)
			if classes(err) != test.want || resp.Finish != "" {
				t.Errorf("%s, whole %v: %v (%s) with %+v, want %s", test.name, whole, err, classes(err), resp, test.want)
			}
			if !whole && test.reply.CutAfter > 0 && !(len(resp.Text()) > 5 && strings.HasPrefix(text, resp.Text())) {
				t.Errorf("%s: text is %q, want what arrived", test.name, resp.Text())
			}
		}
	}
	// More is announced than comes.
	c := &deepseek.Client{BaseURL: raw(t, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"+plainReply)}
	req := llm.Prompt("Hi")
	req.Whole = true
	if _, err := llm.Generate(t.Context(), c, req); classes(err) != "ErrTruncated temporary" {
		t.Errorf("a length that is not kept: %v", err)
	}
}

// raw serves one answer to every connection and closes it.
func raw(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 64<<10)
			conn.Read(buf)
			io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens there now
	for name, url := range map[string]string{"refused": "http://" + l.Addr().String(), "not HTTP": raw(t, "220 smtp ready\r\n"), "closed": raw(t, "")} {
		_, err = llm.Generate(t.Context(), &deepseek.Client{BaseURL: url}, llm.Prompt("Hi"))
		if classes(err) != "ErrUnavailable temporary" {
			t.Errorf("%s: %v (%s)", name, err, classes(err))
		}
	}
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	_, err = llm.Generate(t.Context(), &deepseek.Client{BaseURL: tls.URL, APIKey: "sk-test"}, llm.Prompt("Hi"))
	if classes(err) != "ErrUnavailable" {
		t.Errorf("a certificate that nobody vouches for: %v (%s), want ErrUnavailable and no other attempt", err, classes(err))
	}
}

// What is too much is an error before it is held, counted as it is once it is
// decompressed.
func TestTooLarge(t *testing.T) {
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for name, reply := range map[string]func(w io.Writer, r *http.Request){
		"endless plain reply": func(w io.Writer, r *http.Request) {
			io.WriteString(w, `{"id":"`)
			for r.Context().Err() == nil {
				w.Write(blanks)
			}
		},
		"endless event": func(w io.Writer, r *http.Request) {
			io.WriteString(w, `data: {"id":"`)
			for r.Context().Err() == nil {
				w.Write(blanks)
			}
		},
		"endless lines of data": func(w io.Writer, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte("data: " + string(blanks[:1<<16]) + "\n"))
			}
		},
	} {
		for _, zip := range []bool{false, true} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !zip {
					reply(w, r)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				reply(z, r)
			}))
			c := &deepseek.Client{BaseURL: server.URL}
			req := llm.Prompt("Hi")
			req.Whole = name == "endless plain reply"
			_, err := llm.Generate(t.Context(), c, req)
			if classes(err) != "ErrTooLarge" {
				t.Errorf("%s, compressed %v: %v (%s)", name, zip, err, classes(err))
			}
			server.CloseClientConnections()
			server.Close()
		}
	}
	// A stream of small events that never ends, and one of arguments.
	for name, delta := range map[string]string{
		"endless stream":    `{"content":"` + strings.Repeat("x", 900) + `"}`,
		"endless arguments": `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"` + strings.Repeat("x", 900) + `"}}]}`,
	} {
		event := `data: {"choices":[{"index":0,"delta":` + delta + "}]}\n\n"
		c := &deepseek.Client{MaxReply: 10_000, APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response {
			return canned{"text/event-stream", strings.Repeat(event, 1000)}.response()
		})}}
		if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); classes(err) != "ErrTooLarge" {
			t.Errorf("%s: %v (%s)", name, err, classes(err))
		}
	}
	// The limit is the caller's to set.
	wire := fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":"stop"}]}`, strings.Repeat("x", 1000)) + "\n\n"
	c, _ := serve(t, deepseektest.Reply{Wire: []byte(wire)})
	c.MaxReply = 1000
	if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); classes(err) != "ErrTooLarge" {
		t.Errorf("an event over MaxReply: %v", err)
	}
	c.MaxReply = 2000
	generate(t, c, llm.Prompt("Hi"))
}

// Log probabilities are many small values: bytes are what they are limited by.
func TestManyLogprobs(t *testing.T) {
	bytes := strings.Repeat("1,", 100_000) + "1"
	tokens := strings.Repeat(`{"token":"x","logprob":-1,"bytes":[`+bytes+`]},`, 12) + `{"token":"x","logprob":-1}`
	for _, test := range []struct{ name, body string }{
		{"chat", `{"id":"r","choices":[{"index":0,"message":{"content":"{}"},"finish_reason":"stop","logprobs":{"content":[` + tokens + `]}}]}`},
		{"responses", `{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"{}","logprobs":[` + tokens + `]}]}]}`},
	} {
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{"application/json", test.body}}}
		req := llm.Prompt("Hi")
		req.Whole, req.TopLogprobs = true, 1
		if test.name == "responses" {
			req.Schema = schema
		}
		resp, err := llm.Generate(t.Context(), c, req)
		if err != nil || len(resp.Logprobs) != 13 || len(resp.Logprobs[0].Bytes) != 100_001 {
			t.Errorf("%s: %d log probabilities, %v", test.name, len(resp.Logprobs), err)
		}
	}
}

// JSON that is nothing but brackets is an error wherever it comes from, and not
// the end of the process.
func TestBrackets(t *testing.T) {
	deep := strings.Repeat("[", 30<<20)
	for name, err := range map[string]error{
		"Parts":     new(llm.Parts).UnmarshalJSON([]byte(deep)),
		"arguments": chat(t, &llm.Request{Messages: []llm.Message{{Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "a", Name: "f", Args: deep}}}, {Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a"}}}}}),
		"schema":    chat(t, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{{Name: "f", Schema: []byte(deep)}}}),
		"extra":     chat(t, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Extra: []byte(deep)}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	deep = deep[:7<<20]
	for _, whole := range []bool{false, true} {
		for name, reply := range map[string]deepseektest.Reply{
			"body": {Wire: []byte(deep)}, "error body": {Status: 500, Wire: []byte(deep)},
			"member": {Wire: []byte(`{"x":` + deep)}, "event": {Wire: []byte("data: " + deep + "\n\n")}, "member of an event": {Wire: []byte(`data: {"x":` + deep + "\n\n")},
		} {
			c, _ := serve(t, reply)
			req := llm.Prompt("Hi")
			req.Whole = whole
			if _, err := llm.Generate(t.Context(), c, req); err == nil {
				t.Errorf("%s, whole %v: no error", name, whole)
			}
		}
	}
}

// chat returns the error of a request that must not be sent.
func chat(t *testing.T, req *llm.Request) error {
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(*http.Request) *http.Response {
		t.Error("the request was sent")
		return canned{"application/json", plainReply}.response()
	})}}
	_, err := llm.Generate(t.Context(), c, req)
	return err
}
