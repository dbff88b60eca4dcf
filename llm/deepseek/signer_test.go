package deepseek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// A signer is a transport that authenticates requests its own way.
type signer struct {
	token string
	base  http.RoundTripper
}

func (s signer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context()) // a RoundTripper must not modify the request
	r.Header.Set("Authorization", "Bearer "+s.token)
	return s.base.RoundTrip(r)
}

// A gateway wants a token of its own kind, the version of its API, and members in
// the body: all of it works in any dialect, without a key.
func TestSigner(t *testing.T) {
	const token = "gateway-token-0123456789"
	t.Setenv("DEEPSEEK_API_KEY", "")
	for _, dialect := range []deepseek.Dialect{deepseek.DeepSeek, deepseek.OpenAI} {
		c, server := other(t)
		c.Dialect, c.HTTP, c.Header = dialect, &http.Client{Transport: signer{token, http.DefaultTransport}}, http.Header{"api-version": {"2026-11-01"}}
		req := llm.Prompt("Hi")
		req.Extra = []byte(`{"sensitive": true, "conversation_id": "c-1"}`)
		generate(t, c, req)
		r := server.requests[0]
		if r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Api-Version") != "2026-11-01" {
			t.Errorf("%v: headers are %v", dialect, r.Header)
		}
		if want := `"stream":true,"stream_options":{"include_usage":true},"sensitive":true,"conversation_id":"c-1"}`; !strings.HasSuffix(server.bodies[0], want) {
			t.Errorf("%v: body is %s, want %s at its end", dialect, server.bodies[0], want)
		}
	}
}

// A key that the client sends, or a transport adds, shows in no error, also where
// a server or a transport repeats it; and the provider is who it is.
func TestSecretsOfOtherServers(t *testing.T) {
	const key, token, apiKey = "sk-canary-0123456789", "token-canary-0123456789", "api-key-canary-0123456789"
	repeat := func(status int, form string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
			sent := strings.Join([]string{r.Header.Get("Authorization"), r.Header.Get("Api-Key"), r.Header.Get("X-Auth-Token")}, ", ")
			respond(status, fmt.Sprintf(form, sent))(w, r)
		}
	}
	var seen bytes.Buffer
	for _, form := range []http.HandlerFunc{
		repeat(401, `{"error":{"message":"Incorrect API key provided: %[1]s","code":"%[1]s"}}`), repeat(500, "<html>%s"), repeat(200, "<html>%s"), repeat(200, `%s`),
		repeat(200, `{"error":{"message":"%s"}}`), repeat(200, `{"%[1]s":1,"%[1]s":2}`), repeat(404, `{"detail":"%s"}`),
	} {
		for _, whole := range []bool{false, true} {
			for _, signed := range []http.RoundTripper{nil, signer{token, http.DefaultTransport}, failing{}} {
				c, server := other(t, form)
				c.APIKey, c.Header = key, http.Header{"api-key": {apiKey}}
				if signed != nil {
					c.HTTP = &http.Client{Transport: signed}
				}
				c.Log = slog.New(slog.NewTextHandler(&seen, nil))
				req := llm.Prompt("Hi")
				req.Whole = whole
				_, err := llm.Generate(t.Context(), c, req)
				e, ok := errors.AsType[*llm.Error](err)
				if !ok || e.Provider != server.Listener.Addr().String() {
					t.Errorf("error is %#v, want one of %s", err, server.Listener.Addr())
				}
				_, err2 := c.Models(t.Context())
				_, err3 := c.Complete(t.Context(), deepseek.FIM{Prompt: "a"})
				for _, v := range []any{err, err2, err3, c, *c} {
					for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
						fmt.Fprintf(&seen, verb+"\n", v)
					}
					data, _ := json.Marshal(v)
					seen.Write(data)
					if err, ok := v.(error); ok {
						walk(err, func(err error) { fmt.Fprintln(&seen, err) })
					}
				}
			}
		}
	}
	for _, secret := range []string{key, token, apiKey} {
		if i := strings.Index(seen.String(), secret); i >= 0 {
			t.Errorf("%s shows: …%s…", secret, seen.String()[max(0, i-300):min(seen.Len(), i+100)])
		}
	}
	if n := strings.Count(seen.String(), "[hidden]"); n < 100 {
		t.Errorf("the servers' words show %d times with the secrets hidden", n)
	}
}

// walk visits err and all that it wraps.
func walk(err error, visit func(error)) {
	visit(err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if e.Unwrap() != nil {
			walk(e.Unwrap(), visit)
		}
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			walk(err, visit)
		}
	}
}

// A failing transport says what it was given.
type failing struct{}

func (failing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("cannot sign a request with %v", r.Header)
}

// What a transport reports can still be asked for.
func TestTransportErrors(t *testing.T) {
	c, _ := other(t)
	c.APIKey, c.HTTP = "sk-canary-0123456789", &http.Client{Transport: failingWith{errSign}}
	_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
	if f, ok := errors.AsType[*signError](err); !ok || f != errSign || !errors.Is(err, errSign) || !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("error is %v, want one that wraps %v", err, errSign)
	}
	if want := "provider unavailable: no token for [hidden]"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error is %v, want %s at its end", err, want)
	}
}

// An error of a transport is its own: it is handed on, also by several requests
// at once, and not written to.
func TestTransportErrorIsNotModified(t *testing.T) {
	own := &llm.Error{Provider: "sts", Message: "the role is gone", Err: llm.ErrAuth}
	before := *own
	cut := doer(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(io.MultiReader(
			strings.NewReader("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n"), iotest.ErrReader(own)))}, nil
	})
	for _, rt := range []http.RoundTripper{failingWith{own}, cut} {
		for _, dialect := range []deepseek.Dialect{deepseek.DeepSeek, deepseek.OpenAI} {
			c := &deepseek.Client{Dialect: dialect, BaseURL: "https://example.com/v1", Model: "m", HTTP: &http.Client{Transport: rt}}
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, llm.ErrAuth) || !strings.Contains(err.Error(), own.Message) {
						t.Errorf("%v: error is %v", dialect, err)
					}
				})
			}
			wg.Wait()
			if *own != before {
				t.Errorf("%v: the transport's error has become %v", dialect, own)
				*own = before
			}
		}
	}
}

type signError struct{ key string }

func (e *signError) Error() string { return "no token for " + e.key }

var errSign = &signError{"sk-canary-0123456789"}

type failingWith struct{ err error }

func (f failingWith) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A 401 says what to do about it, if there was no key; a 404, what may be wrong
// with the address.
func TestHints(t *testing.T) {
	t.Setenv("DEEPSEEK_API_KEY", "")
	unauthorized := respond(401, `{"error":"Unauthorized"}`)
	signed := &http.Client{Transport: http.DefaultTransport}
	for _, test := range []struct {
		answer http.HandlerFunc
		client deepseek.Client
		path   string
		want   string
	}{
		{unauthorized, deepseek.Client{}, "", "Unauthorized: no key was sent, set $DEEPSEEK_API_KEY or the client's APIKey"},
		{unauthorized, deepseek.Client{HTTP: signed}, "", "Unauthorized: the client has no APIKey, and what the transport of its HTTP client adds was not enough"},
		{unauthorized, deepseek.Client{APIKey: "sk-1", HTTP: signed}, "", "Unauthorized"},
		{unauthorized, deepseek.Client{Header: http.Header{"x-api-key": {"k"}}}, "", "Unauthorized"},
		{unauthorized, deepseek.Client{Dialect: deepseek.OpenAI}, "/v1", "Unauthorized: no key was sent, set the client's APIKey or let the transport of its HTTP client add one"},
		{respond(401, ``), deepseek.Client{Dialect: deepseek.OpenAI, HTTP: signed}, "/v1", "the client has no APIKey, and what the transport of its HTTP client adds was not enough"},
		{respond(404, `{"detail":"Not Found"}`), deepseek.Client{Dialect: deepseek.OpenAI}, "", "Not Found: there is nothing at /chat/completions, does the base URL lack a /v1?"},
		{respond(404, `{"detail":"Not Found"}`), deepseek.Client{Dialect: deepseek.OpenAI}, "/v1/v1", "Not Found: there is nothing at /v1/v1/chat/completions, is the base URL right?"},
		{respond(404, ``), deepseek.Client{}, "/v1", "there is nothing at /v1/chat/completions, is the base URL right?"},
		// As vLLM and Ollama say it.
		{respond(404, "{\"object\":\"error\",\"message\":\"The model `qwen` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}"), deepseek.Client{Dialect: deepseek.OpenAI}, "/v1", "The model `qwen` does not exist."},
		{respond(404, `{"error":{"message":"model \"qwen\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`), deepseek.Client{Dialect: deepseek.OpenAI}, "/v1", `model "qwen" not found, try pulling it first`},
	} {
		_, server := other(t, test.answer)
		test.client.BaseURL, test.client.Model = server.URL+test.path, "qwen"
		_, err := llm.Generate(t.Context(), &test.client, llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); !ok || e.Message != test.want {
			t.Errorf("%v: %v, want %s", test.client, err, test.want)
		}
	}
}

// How other servers report what went wrong.
func TestErrorsOfOtherServers(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError","param":null,"code":400}`, "ErrTooLong"},
		{400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":1407,"n_ctx":256}}`, "ErrTooLong"},
		{503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, "ErrOverload temporary"},
		{200, "data: {\"id\":\"gen-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],\"error\":{\"code\":502,\"message\":\"Provider returned error\"}}\n\n", "ErrUnavailable temporary"},
		{200, "data: {\"error\":{\"message\":\"EngineCore died\",\"type\":\"InternalServerError\",\"param\":null,\"code\":500}}\n\ndata: [DONE]\n\n", "ErrUnavailable temporary"},
		{200, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hal\"},\"finish_reason\":\"abort\"}]}\n\ndata: [DONE]\n\n", "ErrOverload temporary"},
		{200, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hal\"},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n", "ErrOverload temporary"},
	} {
		c, server := other(t, func(w http.ResponseWriter, r *http.Request) {
			if test.status == 200 {
				w.Header().Set("Content-Type", "text/event-stream")
			}
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); classes(err) != test.want || !ok || e.Provider != server.Listener.Addr().String() {
			t.Errorf("%s is %v (%s), want %s", test.body, err, classes(err), test.want)
		}
	}
}

// Only DeepSeek's API is sent a request again with blank reasoning.
func TestOpenAIDoesNotResend(t *testing.T) {
	c, server := other(t, respond(400, `{"error":{"message":"The reasoning_content in the thinking mode must be passed back"}}`))
	req := &llm.Request{Messages: append([]llm.Message{llm.User("Hi")}, toolTurn()...), Tools: []llm.ToolSpec{weather}}
	if _, err := llm.Generate(t.Context(), c, req); !errors.Is(err, llm.ErrInvalid) || len(server.bodies) != 1 {
		t.Errorf("error is %v after %d requests", err, len(server.bodies))
	}
}

// A key goes nowhere in the clear, and none is needed anywhere.
func TestOpenAIKey(t *testing.T) {
	var sent []string
	hc := &http.Client{Transport: transport(func(r *http.Request) *http.Response {
		sent = append(sent, r.URL.String()+" "+r.Header.Get("Authorization"))
		return canned{"application/json", plainReply}.response()
	})}
	for _, test := range []struct {
		client deepseek.Client
		sent   string
	}{
		{deepseek.Client{BaseURL: "http://192.168.0.7:8000/v1"}, "http://192.168.0.7:8000/v1/chat/completions "},
		{deepseek.Client{BaseURL: "https://example.com/v1"}, "https://example.com/v1/chat/completions "},
		{deepseek.Client{BaseURL: "https://example.com/v1", APIKey: "sk-1"}, "https://example.com/v1/chat/completions Bearer sk-1"},
		{deepseek.Client{BaseURL: "http://localhost:8000/v1", APIKey: "sk-1"}, "http://localhost:8000/v1/chat/completions Bearer sk-1"},
		{deepseek.Client{BaseURL: "http://192.168.0.7:8000/v1", APIKey: "sk-1"}, ""},
		{deepseek.Client{BaseURL: "http://vllm:8000/v1", Header: http.Header{"authorization": {"Token t"}}}, ""},
		{deepseek.Client{BaseURL: "http://vllm:8000/v1", Header: http.Header{"X-Api-Key": {"k"}}}, ""},
	} {
		sent = nil
		c := &test.client
		c.Dialect, c.Model, c.HTTP = deepseek.OpenAI, "qwen", hc
		req := llm.Prompt("Hi")
		req.Whole = true
		_, err := llm.Generate(t.Context(), c, req)
		if strings.Join(sent, "; ") != test.sent {
			t.Errorf("%v: %q is sent, want %q", c, sent, test.sent)
		}
		if test.sent == "" && (!errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "unless an http.RoundTripper of your own")) {
			t.Errorf("%v: %v", c, err)
		}
	}
}
