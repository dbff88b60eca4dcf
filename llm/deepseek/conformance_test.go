package deepseek_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func TestConformance(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model { return playing(t, play) })
}

func TestConformanceOfWrap(t *testing.T) {
	if testing.Short() {
		t.Skip("Retry waits for seconds")
	}
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		if e, ok := errors.AsType[*llm.Error](play.Err); ok && e.RetryAfter == 0 {
			quick := *e
			quick.RetryAfter = time.Millisecond // so that Retry does not wait for longer
			play.Err = &quick
		}
		return llm.Wrap(playing(t, play), llm.Retry(2), llm.Log(slog.New(slog.DiscardHandler)), llm.Defaults(llm.Request{User: "nobody"}))
	})
}

// playing returns a client of a server that plays the play.
func playing(t *testing.T, play llmtest.Play) *deepseek.Client {
	said := &play.Reply
	whole := deepseektest.Reply{Text: said.Text(), Reasoning: said.Reasoning(), ToolCalls: said.ToolCalls(), Finish: said.Finish}
	if said.Usage != (llm.Usage{}) {
		whole.Usage = &said.Usage
	}
	e, failed := errors.AsType[*llm.Error](play.Err)
	switch {
	case said.ID != "":
		whole.Func = func(r deepseektest.Request) deepseektest.Reply {
			if r.Schema != nil {
				return deepseektest.Reply{Wire: identifiedUnderSchema(said, r.Stream)}
			}
			return deepseektest.Reply{Wire: identified(said, r.Stream)}
		}
	case play.Stall:
		return cutting(t, whole, len(said.Parts) > 0, deepseektest.CutStall)
	case failed && e.Err == llm.ErrTruncated && len(said.Parts) == 0:
		whole = deepseektest.Reply{CutAfter: -1, Cut: deepseektest.CutEnd} // a head, and no more
	case failed && e.Err == llm.ErrTruncated:
		return cutting(t, whole, true, deepseektest.CutClose)
	case failed && len(said.Parts) > 0:
		whole.Finish = "insufficient_system_resource" // how DeepSeek gives up on a reply
	case failed:
		whole = refusals[e.Err]
		whole.RetryAfter = e.RetryAfter
	}
	c, _ := serve(t, whole)
	return c
}

// cutting returns a client of a server that sends all of a reply but its end, or
// nothing.
func cutting(t *testing.T, whole deepseektest.Reply, begun bool, how deepseektest.Cut) *deepseek.Client {
	if !begun {
		c, _ := serve(t, deepseektest.Reply{CutAfter: -1, Cut: how})
		return c
	}
	uncut := deepseektest.NewServer(t, whole)
	c, _ := serve(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		resp, err := http.Post(uncut.URL()+r.Path, "application/json", bytes.NewReader(r.Body))
		if err != nil {
			t.Error(err)
			return deepseektest.Reply{}
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		end := bytes.Index(body, []byte(`"finish_reason":"`))
		switch {
		case r.Schema != nil && r.Stream:
			end = bytes.LastIndex(body, []byte("event: "))
		case r.Schema != nil:
			end = bytes.Index(body, []byte(`],"parallel_tool_calls"`))
		case r.Stream && end >= 0:
			end = bytes.LastIndex(body[:end], []byte("data: "))
		}
		if err != nil || end < 0 {
			t.Errorf("there is no finish in %s, %v", body, err)
			return deepseektest.Reply{}
		}
		return deepseektest.Reply{Wire: body[:end], CutAfter: end, Cut: how}
	}})
	return c
}

// refusals are after https://api-docs.deepseek.com/quick_start/error_codes.
var refusals = map[error]deepseektest.Reply{
	llm.ErrInvalid:     {Status: 400},
	llm.ErrTooLong:     {Status: 400, Message: "This model's maximum context length is 1048576 tokens"},
	llm.ErrFiltered:    {Status: 400, Message: "Content Exists Risk"},
	llm.ErrAuth:        {Status: 401},
	llm.ErrBalance:     {Status: 402},
	llm.ErrForbidden:   {Status: 403},
	llm.ErrRateLimit:   {Status: 429},
	llm.ErrUnavailable: {Status: 500},
	llm.ErrOverload:    {Status: 503},
}

// identified returns a reply with the ID and the model of the play.
func identified(said *llm.Response, stream bool) []byte {
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":15,"total_tokens":24}`
	if !stream {
		return fmt.Appendf(nil, `{"id":%q,"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],%s}`, said.ID, said.Model, said.Text(), usage)
	}
	return fmt.Appendf(nil, "data: {\"id\":%q,\"model\":%q,\"choices\":[{\"index\":0,\"delta\":{\"content\":%q},\"finish_reason\":null}]}\n\n"+
		"data: {\"id\":%[1]q,\"model\":%[2]q,\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],%[4]s}\n\ndata: [DONE]\n\n", said.ID, said.Model, said.Text(), usage)
}

// identifiedUnderSchema is the same of the Responses endpoint.
func identifiedUnderSchema(said *llm.Response, stream bool) []byte {
	whole := fmt.Appendf(nil, `{"id":%q,"model":%q,"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":%q}]}],"usage":{"input_tokens":9,"output_tokens":15,"total_tokens":24}}`, said.ID, said.Model, said.Text())
	if !stream {
		return whole
	}
	return fmt.Appendf(nil, "data: {\"type\":\"response.created\",\"response\":{\"id\":%q,\"model\":%q}}\n\n"+
		"data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":%q}\n\ndata: {\"type\":\"response.completed\",\"response\":%s}\n\n", said.ID, said.Model, said.Text(), whole)
}

// What was recorded of the client's server, played back without it.
func TestConformanceOfReplay(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		uncut := play
		uncut.Stall = false // it is cut in the file
		file := filepath.Join(t.TempDir(), "play.http")
		c := playing(t, uncut)
		rec := &llmtest.Recording{File: file, Record: true}
		c.HTTP = &http.Client{Transport: rec}
		for _, whole := range []bool{false, true} {
			req := play.Request
			req.Whole = whole
			llm.Generate(t.Context(), c, &req) // fails if the play does
		}
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		multiply(t, file, play)
		rec = &llmtest.Recording{File: file}
		t.Cleanup(func() { rec.Close() }) // says what did not come
		return &deepseek.Client{APIKey: "sk-test", BaseURL: "https://api.deepseek.com", HTTP: &http.Client{Transport: rec}}
	})
}

// multiply makes a recording answer as many requests as a case has. Each request
// is recorded once, as it is answered once.
func multiply(t *testing.T, file string, play llmtest.Play) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "-- request --\n", "-- end --\n"
	head, text, _ := strings.Cut(strings.TrimSuffix(string(data), end), begin)
	var all strings.Builder
	for exchange := range strings.SplitSeq(text, begin) {
		if play.Stall {
			exchange = stalled(exchange, len(play.Reply.Parts) > 0)
		}
		copies := min(300, 1+(8<<20)/len(exchange)) // few of a long one
		all.WriteString(strings.Repeat(begin+exchange, copies))
	}
	if err := os.WriteFile(file, []byte(head+all.String()+end), 0o666); err != nil {
		t.Fatal(err)
	}
}

// stalled returns a recorded exchange of which the client left the reply before
// its end, or before its beginning.
func stalled(exchange string, begun bool) string {
	at := strings.Index(exchange, "-- response --\n")
	if !begun {
		return exchange[:at] + "-- error --\nleft\n"
	}
	at = strings.Index(exchange, `"finish_reason":"`)
	if event := strings.LastIndex(exchange[:at], "\ndata: "); event >= 0 {
		at = event + 1
	}
	return exchange[:at] + "\n-- error --\nleft\n"
}
