package deepseek_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// canned is an http.RoundTripper in memory that always gives the same answer.
type canned struct {
	contentType, body string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	r.Body.Close()
	return &http.Response{
		Status: "200 OK", StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {c.contentType}},
		Body:    io.NopCloser(strings.NewReader(c.body)),
		Request: r,
	}, nil
}

const plainReply = `{"id":"b1946ac9-2c4f-4e8e-a1d0-6f3b1f0a7c55","object":"chat.completion","created":1795180000,"model":"deepseek-flash","choices":[{"index":0,"message":{"role":"assistant","content":"The sky is blue because air scatters short waves of light more than long ones.","reasoning_content":"A question of physics. Rayleigh scattering."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":42,"completion_tokens":31,"total_tokens":73,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":12},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":42},"system_fingerprint":"fp_eaab8d114b_prod0820_fp8_kvcache"}`

// streamReply returns an event stream of n deltas, with a keep-alive before
// every hundredth.
func streamReply(n int) string {
	const head = `data: {"id":"b1946ac9-2c4f-4e8e-a1d0-6f3b1f0a7c55","object":"chat.completion.chunk","created":1795180000,"model":"deepseek-flash","system_fingerprint":"fp_eaab8d114b_prod0820_fp8_kvcache","choices":[{"index":0,"delta":`
	var b strings.Builder
	b.WriteString(head + `{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n")
	for i := range n {
		if i%100 == 0 {
			b.WriteString(": keep-alive\n\n")
		}
		fmt.Fprintf(&b, head+`{"content":" token%d","reasoning_content":null},"logprobs":null,"finish_reason":null}],"usage":null}`+"\n\n", i%1000)
	}
	b.WriteString(head + `{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":42,"completion_tokens":1000,"total_tokens":1042,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":42}}` + "\n\n")
	b.WriteString("data: [DONE]\n\n")
	return b.String()
}

func shortRequest() *llm.Request {
	return &llm.Request{Messages: []llm.Message{
		llm.System("You are a helpful assistant."),
		llm.User("Why is the sky blue?"),
	}}
}

// longRequest has 200 messages, about 100 kB.
func longRequest() *llm.Request {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, \"again\" and again.\n", 8)[:500]
	req := &llm.Request{Messages: []llm.Message{llm.System("You are a helpful assistant.")}}
	for i := range 199 {
		m := llm.User(text)
		if i%2 == 1 {
			m = llm.Assistant(text)
		}
		req.Messages = append(req.Messages, m)
	}
	return req
}

func benchmarkClient(b *testing.B, reply canned, req *llm.Request) {
	c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: reply}}
	want := len(floorText(b, reply))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for chunk, err := range c.Stream(context.Background(), req) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(chunk.Text)
		}
		if n != want {
			b.Fatalf("%d bytes of text, want %d", n, want)
		}
	}
}

func benchmarkFloor(b *testing.B, reply canned, req *llm.Request) {
	hc := &http.Client{Transport: reply}
	wire := floorRequest{Model: "deepseek-flash", Stream: !req.Whole}
	for _, m := range req.Messages {
		wire.Messages = append(wire.Messages, floorMessage{Role: string(m.Role), Content: m.Text()})
	}
	b.ReportAllocs()
	for b.Loop() {
		if text, err := floor(hc, &wire); err != nil || text == "" {
			b.Fatal(text, err)
		}
	}
}

func floorText(b *testing.B, reply canned) string {
	text, err := floor(&http.Client{Transport: reply}, &floorRequest{Stream: reply.contentType == "text/event-stream"})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

type floorMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type floorRequest struct {
	Model    string         `json:"model"`
	Messages []floorMessage `json:"messages"`
	Stream   bool           `json:"stream,omitempty"`
}

type floorReply struct {
	ID      string `json:"id"`
	Model   string `json:"model"`
	Choices []struct {
		Message struct {
			Content          string `json:"content"`
			ReasoningContent string `json:"reasoning_content"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage floorUsage `json:"usage"`
}

type floorFrame struct {
	Choices []struct {
		Delta struct {
			Content          string `json:"content"`
			ReasoningContent string `json:"reasoning_content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *floorUsage `json:"usage"`
}

type floorUsage struct {
	PromptTokens         int `json:"prompt_tokens"`
	CompletionTokens     int `json:"completion_tokens"`
	PromptCacheHitTokens int `json:"prompt_cache_hit_tokens"`
}

// floor is a call written by hand on net/http and encoding/json, as plainly as
// it can be: no check of anything.
func floor(hc *http.Client, req *floorRequest) (string, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(context.Background(), "POST", "https://api.deepseek.com/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer sk-test")
	r.Header.Set("Content-Type", "application/json")
	resp, err := hc.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if !req.Stream {
		var reply floorReply
		if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
			return "", err
		}
		return reply.Choices[0].Message.Content, nil
	}
	var text strings.Builder
	s := newLineScanner(resp.Body)
	for s.Scan() {
		data, ok := bytes.CutPrefix(s.Bytes(), []byte("data: "))
		if !ok || string(data) == "[DONE]" {
			continue
		}
		var frame floorFrame
		if err := json.Unmarshal(data, &frame); err != nil {
			return "", err
		}
		text.WriteString(frame.Choices[0].Delta.Content)
	}
	return text.String(), s.Err()
}

func BenchmarkPlain(b *testing.B) {
	for _, size := range []struct {
		name string
		req  *llm.Request
	}{{"2messages", shortRequest()}, {"200messages", longRequest()}} {
		size.req.Whole = true
		reply := canned{"application/json", plainReply}
		b.Run(size.name+"/floor", func(b *testing.B) { benchmarkFloor(b, reply, size.req) })
		b.Run(size.name+"/hadal", func(b *testing.B) { benchmarkClient(b, reply, size.req) })
	}
}

func BenchmarkStream(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		reply := canned{"text/event-stream", streamReply(n)}
		perSecond := func(f func(*testing.B, canned, *llm.Request)) func(*testing.B) {
			return func(b *testing.B) {
				f(b, reply, shortRequest())
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "chunks/s")
			}
		}
		b.Run(fmt.Sprintf("%d/floor", n), perSecond(benchmarkFloor))
		b.Run(fmt.Sprintf("%d/hadal", n), perSecond(benchmarkClient))
	}
}

// responsesReply returns an event stream of n deltas of the Responses endpoint.
func responsesReply(n int) string {
	var b, text strings.Builder
	b.WriteString("event: response.created\ndata: " + `{"type":"response.created","sequence_number":0,"response":{"id":"b1946ac9","status":"in_progress","model":"deepseek-flash"}}` + "\n\n")
	for i := range n {
		fmt.Fprintf(&b, "event: response.output_text.delta\ndata: "+`{"type":"response.output_text.delta","sequence_number":%d,"item_id":"msg_b1946ac9-2c4f-4e8e-a1d0-6f3b1f0a7c55","output_index":0,"content_index":0,"delta":" token%d","logprobs":[]}`+"\n\n", i+1, i%1000)
		fmt.Fprintf(&text, " token%d", i%1000)
	}
	const item = `{"id":"msg_b1946ac9","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"%s","logprobs":[]}]}`
	fmt.Fprintf(&b, "event: response.output_item.done\ndata: "+`{"type":"response.output_item.done","output_index":0,"item":`+item+"}\n\n", text.String())
	fmt.Fprintf(&b, "event: response.completed\ndata: "+`{"type":"response.completed","response":{"id":"b1946ac9","status":"completed","model":"deepseek-flash","output":[`+item+`],"usage":{"input_tokens":42,"output_tokens":1000,"total_tokens":1042}}}`+"\n\n", text.String())
	return b.String()
}

// BenchmarkResponses is BenchmarkStream of the Responses endpoint, which sends all
// of the text twice more at the end.
func BenchmarkResponses(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{"text/event-stream", responsesReply(n)}}}
			req := shortRequest()
			req.Schema = schema
			b.ReportAllocs()
			for b.Loop() {
				chunks := 0
				for _, err := range c.Stream(b.Context(), req) {
					if err != nil {
						b.Fatal(err)
					}
					chunks++
				}
				if chunks != n+1 {
					b.Fatalf("%d chunks, want %d", chunks, n+1)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "chunks/s")
		})
	}
}

func newLineScanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	return s
}

func (c canned) response() *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {c.contentType}}, Body: io.NopCloser(strings.NewReader(c.body))}
}

func (c canned) serve(w http.ResponseWriter) {
	w.Header().Set("Content-Type", c.contentType)
	io.WriteString(w, c.body)
}
