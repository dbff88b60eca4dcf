package deepseek_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// vLLM stands for any server that speaks OpenAI's dialect. It prints what it is
// sent, and who sends it.
func vLLM() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(strings.TrimSpace(r.URL.Path + " " + r.Header.Get("Authorization")))
		fmt.Println(string(body))
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"chatcmpl-1","model":"Qwen/Qwen3-8B","choices":[{"index":0,"message":{"role":"assistant","content":"{\"answer\": 42}","reasoning":"Six by seven."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"total_tokens":21,"completion_tokens":9}}`)
	}))
}

// Any server of the protocol works by BaseURL and Dialect.
func ExampleClient_openAI() {
	server := vLLM()
	defer server.Close()

	client := &deepseek.Client{BaseURL: server.URL + "/v1", Model: "Qwen/Qwen3-8B", Dialect: deepseek.OpenAI}
	req := llm.Prompt("What is six by seven?")
	req.Effort = llm.EffortLow
	req.Schema = []byte(`{"type": "object", "properties": {"answer": {"type": "integer"}}}`)
	req.Whole = true
	resp, err := llm.Generate(context.Background(), client, req)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Reasoning(), resp.Text())
	// Output:
	// /v1/chat/completions
	// {"model":"Qwen/Qwen3-8B","messages":[{"role":"user","content":"What is six by seven?"}],"reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{"name":"reply","schema":{"type":"object","properties":{"answer":{"type":"integer"}}},"strict":true}}}
	// Six by seven. {"answer": 42}
}

// A tokenTransport authenticates requests with a token that it may renew.
type tokenTransport struct{ token func() string }

func (t tokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.token())
	return http.DefaultTransport.RoundTrip(r)
}

// What a gateway wants besides goes into Header and Extra, and a token of its own
// is a RoundTripper away.
func ExampleClient_gateway() {
	server := vLLM()
	defer server.Close()

	client := &deepseek.Client{
		BaseURL: server.URL + "/api",
		Model:   "gpt",
		Dialect: deepseek.OpenAI,
		Header:  http.Header{"Api-Version": {"2026-11-01"}},
		HTTP:    &http.Client{Transport: tokenTransport{func() string { return "token-of-the-hour" }}},
	}
	req := llm.Prompt("Hi")
	req.Extra = []byte(`{"sensitive": true, "conversation_id": "c-1"}`)
	req.Whole = true
	if _, err := llm.Generate(context.Background(), client, req); err != nil {
		log.Fatal(err)
	}
	// Output:
	// /api/chat/completions Bearer token-of-the-hour
	// {"model":"gpt","messages":[{"role":"user","content":"Hi"}],"sensitive":true,"conversation_id":"c-1"}
}

func ExampleDialect_String() {
	fmt.Println(new(deepseek.Client).Dialect, deepseek.OpenAI)
	// Output: DeepSeek OpenAI
}
