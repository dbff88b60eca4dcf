package llmtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

var errBoom = errors.New("boom")

// collect returns the chunks of m's reply to req, and its error.
func collect(ctx context.Context, m llm.Model, req *llm.Request) (chunks []*llm.Chunk, err error) {
	for chunk, err := range m.Stream(ctx, req) {
		if err != nil {
			return chunks, err
		}
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

// reply returns a model that answers every request with resp and err.
func reply(resp *llm.Response, err error) *llmtest.Script {
	return &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) { return resp, err }}
}

func message(parts ...llm.Part) llm.Message {
	return llm.Message{Role: llm.RoleAssistant, Parts: parts}
}

func TestChunks(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{message(
		llm.Reasoning{Text: "hm, well"},
		llm.Text("I look."),
		llm.ToolCall{ID: "a", Name: "look", Args: `{"at": 1}`},
		llm.ToolCall{ID: "b", Name: "stop"},
	)}}
	req := llm.Prompt("What is in the box?")
	req.Model = "m1"
	got, err := collect(t.Context(), m, req)
	want := []*llm.Chunk{
		{Reasoning: "hm, ", HasReasoning: true},
		{Reasoning: "well", HasReasoning: true},
		{Text: "I "},
		{Text: "look."},
		{ToolDelta: &llm.ToolDelta{Index: 0, ID: "a", Name: "look", Args: `{"at": `}},
		{ToolDelta: &llm.ToolDelta{Index: 0, ID: "a", Name: "look", Args: `1}`}},
		{ToolDelta: &llm.ToolDelta{Index: 1, ID: "b", Name: "stop"}},
		{ToolCall: &llm.ToolCall{ID: "a", Name: "look", Args: `{"at": 1}`}},
		{ToolCall: &llm.ToolCall{ID: "b", Name: "stop"}},
		{Finish: llm.FinishTools, ID: "script-1", Model: "m1",
			Usage: &llm.Usage{Input: 5, Output: 9, Reasoning: 2, Estimated: true}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %s, %v\nwant %s", encode(got), err, encode(want))
	}
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// What is streamed adds up to what was scripted, to the byte, and no piece ends
// inside a rune.
func TestRepliesAreExact(t *testing.T) {
	texts := []string{
		"Why  is the\n\tsky blue? ", " ", "\n", "深海は静かで暗いところである。", "a\u00a0b", "Zoë 🐙🐙🐙🐙🐙🐙🐙🐙🐙🐙", strings.Repeat("x", 100),
		"bad \xff\xfe\x80 bytes", "\xf0\x9f\x90 cut",
	}
	for _, text := range texts {
		want := message(llm.Reasoning{Text: text}, llm.Text(text), llm.ToolCall{ID: "1", Name: "f", Args: text})
		m := &llmtest.Script{Replies: []llm.Message{want}}
		var resp llm.Response
		var args strings.Builder
		for chunk, err := range m.Stream(t.Context(), llm.Prompt("Hi.")) {
			if err != nil {
				t.Fatal(err)
			}
			if chunk.ToolDelta != nil {
				args.WriteString(chunk.ToolDelta.Args)
			}
			for _, piece := range []string{chunk.Text, chunk.Reasoning} {
				if n := utf8.RuneCountInString(piece); n > 12 {
					t.Errorf("a piece of %q has %d characters", text, n)
				}
				if string([]rune(piece)) != piece && string([]rune(text)) == text {
					t.Errorf("%q is cut inside a rune: %q", text, piece)
				}
			}
			resp.Add(chunk)
		}
		if !reflect.DeepEqual(resp.Message, want) || args.String() != text {
			t.Errorf("%q came as %q, its deltas as %q", text, resp.Message, args.String())
		}
	}
}

func TestEmptyReasoning(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{message(llm.Reasoning{}, llm.Text("Hi.")), {}}}
	for _, want := range []llm.Parts{{llm.Reasoning{}, llm.Text("Hi.")}, nil} {
		resp, err := llm.Generate(t.Context(), m, llm.Prompt("Hi."))
		if err != nil || !reflect.DeepEqual(resp.Parts, want) || resp.Finish != llm.FinishStop {
			t.Errorf("got %q, %q, %v, want %q", resp.Parts, resp.Finish, err, want)
		}
	}
}

func TestPastTheLastReply(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{llm.Assistant("one")}}
	if _, err := llm.Generate(t.Context(), m, llm.Prompt("1")); err != nil {
		t.Fatal(err)
	}
	_, err := llm.Generate(t.Context(), m, llm.Prompt("2"))
	if want := "llmtest: no reply for request 2: the script has 1"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if n := len(m.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestFuncGoesOn(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{llm.Assistant("scripted")}}
	m.Func = func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant(strings.Repeat("again ", n))}, nil
	}
	for _, want := range []string{"scripted", "again ", "again again "} {
		if got, err := llm.Ask(m, "")(t.Context(), "Go on."); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestResponseIsKept(t *testing.T) {
	want := &llm.Response{
		Message:  message(llm.Text("Hello, "), llm.ToolCall{ID: "1", Name: "f", Args: "{"}),
		Finish:   llm.FinishLength,
		Usage:    llm.Usage{Input: 1, Cached: 1, Output: 2},
		ID:       "r7",
		Model:    "m2",
		Logprobs: []llm.Logprob{{Token: "Hello", Logprob: -0.5}},
		Extra:    json.RawMessage(`{"x":1}`),
	}
	resp, err := llm.Generate(t.Context(), reply(want, nil), llm.Prompt("Hi."))
	want.Parts = want.Parts[:1] // the call was cut off, so it is never complete
	if err != nil || !reflect.DeepEqual(resp, want) {
		t.Errorf("got %s, %v\nwant %s", encode(resp), err, encode(want))
	}
}

// Calls are complete only in a reply that is.
func TestToolCallsByFinish(t *testing.T) {
	for finish, want := range map[llm.FinishReason]int{"": 1, llm.FinishTools: 1, llm.FinishStop: 1, llm.FinishLength: 0, llm.FinishFilter: 0, "other": 0} {
		resp, err := llm.Generate(t.Context(), reply(&llm.Response{Message: message(llm.ToolCall{ID: "1"}), Finish: finish}, nil), llm.Prompt("Hi."))
		if got := len(resp.ToolCalls()); err != nil || got != want {
			t.Errorf("finish %q: %d calls and error %v, want %d", finish, got, err, want)
		}
	}
}

func TestErrorAfterPartOfTheReply(t *testing.T) {
	half := &llm.Response{Message: message(llm.Text("Half a"), llm.ToolCall{ID: "1", Name: "f"})}
	chunks, err := collect(t.Context(), reply(half, errBoom), llm.Prompt("Hi."))
	want := []*llm.Chunk{{Text: "Half "}, {Text: "a"}, {ToolDelta: &llm.ToolDelta{ID: "1", Name: "f"}}}
	if err != errBoom || !reflect.DeepEqual(chunks, want) {
		t.Errorf("got %s, %v, want %s and the error", encode(chunks), err, encode(want))
	}
	if chunks, err := collect(t.Context(), reply(nil, errBoom), llm.Prompt("Hi.")); err != errBoom || chunks != nil {
		t.Errorf("got %s, %v, want the error alone", encode(chunks), err)
	}
}

func TestMistakesInTheScript(t *testing.T) {
	for want, m := range map[string]llm.Model{
		"llmtest: no reply for request 1: the script has 0":                           new(llmtest.Script),
		"llmtest: no reply for request 1: Func returned nothing":                      reply(nil, nil),
		"llmtest: the reply to request 1 has a llm.Blob, which no model writes":       reply(&llm.Response{Message: message(llm.Blob{})}, nil),
		"llmtest: the reply to request 1 has a *llm.Reasoning, which no model writes": reply(&llm.Response{Message: message(new(llm.Reasoning))}, nil),
		"llmtest: the reply to request 1 has a llm.ToolResult, which no model writes": &llmtest.Script{Replies: []llm.Message{message(llm.ToolResult{})}},
	} {
		if chunks, err := collect(t.Context(), m, llm.Prompt("Hi.")); chunks != nil || err == nil || err.Error() != want {
			t.Errorf("got %s, %v, want %s", encode(chunks), err, want)
		}
	}
}

func TestLeavingEarly(t *testing.T) {
	whole := message(llm.Reasoning{Text: "one two"}, llm.Reasoning{}, llm.Text("three four"), llm.ToolCall{Name: "f", Args: "{} {}"}, llm.ToolCall{Name: "g"})
	all, _ := collect(t.Context(), &llmtest.Script{Replies: []llm.Message{whole}}, llm.Prompt("Hi."))
	if len(all) != 11 {
		t.Fatalf("%d chunks, want 11", len(all))
	}
	for leave := 1; leave <= len(all); leave++ {
		n := 0
		for range (&llmtest.Script{Replies: []llm.Message{whole}}).Stream(t.Context(), llm.Prompt("Hi.")) {
			if n++; n == leave {
				break // a yield after this would panic
			}
		}
	}
}

func TestContextEnds(t *testing.T) {
	whole := message(llm.Reasoning{Text: "one two"}, llm.Text("three"), llm.ToolCall{Name: "f"})
	for cancelAt := range 6 {
		m := &llmtest.Script{Replies: []llm.Message{whole}}
		ctx, cancel := context.WithCancelCause(t.Context())
		if cancelAt == 0 {
			cancel(errBoom)
		}
		n := 0
		var last error
		for chunk, err := range m.Stream(ctx, llm.Prompt("Hi.")) {
			if (chunk == nil) != (err != nil) || last != nil {
				t.Fatalf("chunk %v with error %v after %v", chunk, err, last)
			}
			if last = err; err == nil {
				if n++; n == cancelAt {
					cancel(errBoom)
				}
			}
		}
		if n != cancelAt || !errors.Is(last, context.Canceled) || !errors.Is(last, errBoom) {
			t.Errorf("cancelled at chunk %d: %d chunks and error %v", cancelAt, n, last)
		}
		if got, want := len(m.Requests()), min(cancelAt, 1); got != want {
			t.Errorf("cancelled at chunk %d: %d requests recorded, want %d", cancelAt, got, want)
		}
		cancel(nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	late := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) { cancel(); return nil, errBoom }}
	if _, err := collect(ctx, late, llm.Prompt("Hi.")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled in Func: error %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), -1)
	defer cancel()
	if _, err := collect(ctx, new(llmtest.Script), llm.Prompt("Hi.")); err == nil || err.Error() != "llmtest: context deadline exceeded" {
		t.Errorf("got error %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	m := &llmtest.Script{Replies: make([]llm.Message, 50), Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("func")}, nil
	}}
	for i := range m.Replies {
		m.Replies[i] = llm.Assistant("reply")
	}
	texts := make(chan string, 100)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			text, err := llm.Ask(m, "")(t.Context(), "Hi.")
			if err != nil {
				t.Error(err)
			}
			texts <- text
		})
	}
	wg.Wait()
	close(texts)
	count := make(map[string]int)
	for text := range texts {
		count[text]++
	}
	if count["reply"] != 50 || count["func"] != 50 || len(m.Requests()) != 100 {
		t.Errorf("got %v, and %d requests", count, len(m.Requests()))
	}
}

// What a receiver does to the last chunk is nothing to the next reply.
func TestLastChunkIsOwn(t *testing.T) {
	m := reply(&llm.Response{Message: llm.Assistant("x"), Extra: json.RawMessage("{}"),
		Logprobs: []llm.Logprob{{Token: "x", Bytes: []byte("x"), Top: []llm.Logprob{{Token: "x"}}}}}, nil)
	for range 2 {
		resp, err := llm.Generate(t.Context(), m, llm.Prompt("x"))
		if err != nil {
			t.Fatal(err)
		}
		lp := resp.Logprobs[0]
		if lp.Token != "x" || lp.Bytes[0] != 'x' || lp.Top[0].Token != "x" || resp.Extra[0] != '{' {
			t.Errorf("got %+v", resp)
		}
		resp.Logprobs[0].Token, lp.Bytes[0], lp.Top[0].Token, resp.Extra[0] = "y", 'y', "y", 'y'
	}
}
