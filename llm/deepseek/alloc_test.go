//go:build !race

package deepseek_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// What a call may allocate. The benchmarks show how long it takes.
func TestAllocations(t *testing.T) {
	stream := func(n int) canned { return canned{"text/event-stream", streamReply(n)} }
	plain := canned{"application/json", plainReply}
	for _, test := range []struct {
		name          string
		reply         canned
		req           *llm.Request
		allocs, bytes uint64
	}{
		{"plain, 2 messages", plain, shortRequest(), 60, 16 << 10},
		{"plain, 200 messages", plain, longRequest(), 100, 256 << 10},
		{"stream of 1,000", stream(1_000), shortRequest(), 150, 400 << 10},
		{"stream of 10,000", stream(10_000), shortRequest(), 500, 4_000_000},
	} {
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: test.reply}}
		test.req.Whole = test.reply.contentType != "text/event-stream"
		const runs = 10
		call := func() {
			for _, err := range c.Stream(context.Background(), test.req) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		call()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			call()
		}
		runtime.ReadMemStats(&after)
		allocs, bytes := (after.Mallocs-before.Mallocs)/runs, (after.TotalAlloc-before.TotalAlloc)/runs
		if allocs > test.allocs || bytes > test.bytes {
			t.Errorf("%s: %d allocations and %d bytes, want at most %d and %d", test.name, allocs, bytes, test.allocs, test.bytes)
		}
	}
}

// What a round of a run allocates does not grow with the run: neither the bytes of
// the conversation nor a copy of its arguments, which are checked.
func TestAllocationsOverARun(t *testing.T) {
	for name, schema := range map[string]json.RawMessage{"chat": nil, "responses": json.RawMessage(`{"type": "object"}`)} {
		reply := plainReply
		if schema != nil {
			reply = `{"id":"1","object":"response","status":"completed","model":"deepseek-flash","output":[{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"{}"}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`
		}
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{"application/json", reply}}}
		messages := growing(500, t.Name())
		for _, m := range messages {
			for i, p := range m.Parts {
				if call, ok := p.(llm.ToolCall); ok {
					call.Args = `{"text": "` + strings.Repeat("x", 2000) + `"}`
					m.Parts[i] = call
				}
			}
		}
		req := &llm.Request{Tools: grownTools(), Schema: schema, Whole: true}
		var before, after runtime.MemStats
		const last = 200
		for k := 2; k <= len(messages); k += 2 {
			if k == len(messages)-2*last+2 {
				runtime.ReadMemStats(&before)
			}
			req.Messages = messages[:k]
			for _, err := range c.Stream(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		runtime.ReadMemStats(&after)
		allocs, bytes := (after.Mallocs-before.Mallocs)/last, (after.TotalAlloc-before.TotalAlloc)/last
		if allocs > 100 || bytes > 100<<10 {
			t.Errorf("%s: %d allocations and %d bytes in a round, want at most 100 and %d", name, allocs, bytes, 100<<10)
		}
	}
}

// One event of the largest size that is allowed, whatever is in it, costs a small
// multiple of that size.
func TestPeakMemory(t *testing.T) {
	const size = 8<<20 - 1000
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, frame := range map[string]string{
		"text":     `{"choices":[{"delta":{"content":"` + fill("x") + `"},"finish_reason":"stop"}]}`,
		"escapes":  `{"choices":[{"delta":{"content":"` + fill(`\n`) + `"},"finish_reason":"stop"}]}`,
		"calls":    `{"choices":[{"delta":{"tool_calls":[` + fill("{},") + `{}]},"finish_reason":"stop"}]}`,
		"logprobs": `{"choices":[{"delta":{},"logprobs":{"content":[` + fill("{},") + `{}]},"finish_reason":"stop"}]}`,
		"markup":   `{"choices":[{"delta":{"content":"<|DSML|calls>` + fill(`<|DSML|invoke name=\"clock\"></|DSML|invoke>`) + `"},"finish_reason":"stop"}]}`,
		"tags":     `{"choices":[{"delta":{"content":"<|DSML|calls ` + fill(`a=\"b\" `) + `>"},"finish_reason":"stop"}]}`,
		"doubt":    `{"choices":[{"delta":{"content":"` + fill("`<|DSML|`") + `"},"finish_reason":"stop"}]}`,
		"lists":    `{"x":[` + fill("[],") + `[]],"choices":[]}`,
	} {
		for contentType, body := range map[string]string{"text/event-stream": "data: " + frame + "\n\n", "application/json": frame} {
			c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: canned{contentType, body}}}
			req := llm.Prompt("Hi")
			req.Tools = []llm.ToolSpec{{Name: "clock"}}
			req.Whole = contentType == "application/json"
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			llm.Generate(context.Background(), c, req)
			runtime.ReadMemStats(&after)
			if total := after.TotalAlloc - before.TotalAlloc; total > 8*size {
				t.Errorf("%s as %s: %d MiB were allocated in all, want at most %d", name, contentType, total>>20, 8*size>>20)
			}
		}
	}
}
