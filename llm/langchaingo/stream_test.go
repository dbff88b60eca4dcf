package langchaingo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/langchaingo"
)

// streaming is a model of langchaingo that streams one text and returns another.
func streaming(text string, chunks ...string) llms.Model {
	return modelFunc(func(ctx context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
		for _, c := range chunks {
			if err := o.StreamingFunc(ctx, []byte(c)); err != nil {
				return nil, fmt.Errorf("wrapped: %w", err)
			}
		}
		return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: text, StopReason: "stop"}}}, nil
	})
}

func TestModelStreams(t *testing.T) {
	for _, tt := range []struct {
		llm  llms.Model
		want string
		err  error
	}{
		{streaming("Hello, world.", "Hello,", "", " world."), "Hello,| world.", nil},
		{streaming("Hello, world."), "Hello, world.", nil},                          // one that does not stream
		{streaming("Hello, world.", "Hello,"), "Hello,| world.", nil},               // one that leaves out the end
		{streaming("Hello, world.", "Hello, world.\n"), "Hello, world.\n", nil},     // one that trims
		{streaming("", "Hello, world."), "Hello, world.", nil},                      // one that returns nothing
		{streaming("Good bye.", "Hello, world."), "Hello, world.", llm.ErrProtocol}, // one that is beyond help
	} {
		var texts []string
		var last error
		for c, err := range (&langchaingo.Model{LLM: tt.llm}).Stream(t.Context(), llm.Prompt("Hello.")) {
			if last = err; err == nil && c.Text != "" {
				texts = append(texts, c.Text)
			}
		}
		if got := strings.Join(texts, "|"); got != tt.want || !errors.Is(last, tt.err) {
			t.Errorf("got %q, %v, want %q, %v", got, last, tt.want, tt.err)
		}
	}
}

// A model that calls back when it is too late, or goes on after it was told to
// stop, does no harm.
func TestModelLateCallback(t *testing.T) {
	var late func(context.Context, []byte) error
	var stop error
	var ended error
	m := &langchaingo.Model{LLM: modelFunc(func(ctx context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
		late = o.StreamingFunc
		late(ctx, []byte("a"))
		stop = late(context.Background(), []byte("b"))
		ended = ctx.Err()
		return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "abc"}}}, nil
	})}
	chunks := 0
	for range m.Stream(t.Context(), llm.Prompt("Hello.")) {
		chunks++
		break
	}
	if chunks != 1 || stop == nil || late(t.Context(), []byte("c")) == nil || !errors.Is(ended, context.Canceled) {
		t.Errorf("%d chunks; the streaming function returned %v; the context's error was %v", chunks, stop, ended)
	}
}

// A streaming function may be called from any goroutine.
func TestModelCallbackGoroutine(t *testing.T) {
	m := &langchaingo.Model{LLM: modelFunc(func(ctx context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { o.StreamingFunc(ctx, []byte("a")) })
		}
		wg.Wait()
		return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "aaaaaaaa", StopReason: "stop"}}}, nil
	})}
	resp, err := llm.Generate(t.Context(), m, llm.Prompt("Hello."))
	if err != nil || resp.Text() != "aaaaaaaa" {
		t.Errorf("got %q, %v", resp.Text(), err)
	}
}

// The context's end is noticed at the next chunk by a model that does not look,
// and whatever that returns.
func TestModelCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the user has left")
		ctx, cancel := context.WithCancelCause(t.Context())
		m := &langchaingo.Model{LLM: modelFunc(func(_ context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
			for {
				time.Sleep(20 * time.Millisecond)
				if o.StreamingFunc(context.Background(), []byte("a")) != nil {
					return nil, errors.New("request cancelled")
				}
			}
		})}
		time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
		start := time.Now()
		_, err := collect(ctx, m, llm.Prompt("Hello."))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d > 150*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		if _, err := collect(ctx, m, llm.Prompt("Hello.")); !errors.Is(err, why) {
			t.Errorf("with a context that has ended: got %v", err)
		}
	})
}

// A body of some hundred kilobytes takes no time to add up.
func TestModelLongReply(t *testing.T) {
	text := bytes.Repeat([]byte("a"), 1<<18)
	m := &langchaingo.Model{LLM: modelFunc(func(ctx context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
		for i := range text {
			if err := o.StreamingFunc(ctx, text[i:i+1]); err != nil {
				return nil, err
			}
		}
		return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: string(text), StopReason: "stop"}}}, nil
	})}
	if resp, err := llm.Generate(t.Context(), m, llm.Prompt("Hello.")); err != nil || resp.Text() != string(text) {
		t.Errorf("%d bytes, %v", len(resp.Text()), err)
	}
}

// langchaingo's anthropic calls the streaming function in a goroutine of its own.
// What the caller does in the loop is done in the caller's all the same, so that
// a panic can be recovered.
func TestModelPanicInLoop(t *testing.T) {
	released := false
	m := &langchaingo.Model{LLM: modelFunc(func(ctx context.Context, _ []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error) {
		var wg sync.WaitGroup
		wg.Go(func() { o.StreamingFunc(ctx, []byte("a")) })
		wg.Wait()
		<-ctx.Done()
		released = true
		return nil, ctx.Err()
	})}
	defer func() {
		if p := recover(); p != "oops" || !released {
			t.Errorf("recovered %v, released: %v", p, released)
		}
	}()
	for range m.Stream(t.Context(), llm.Prompt("Hello.")) {
		panic("oops")
	}
}

// A panic of the LLM's is one of the caller's.
func TestModelPanicInLLM(t *testing.T) {
	m := &langchaingo.Model{LLM: modelFunc(func(context.Context, []llms.MessageContent, llms.CallOptions) (*llms.ContentResponse, error) {
		panic("oops")
	})}
	defer func() {
		if p := recover(); !strings.Contains(fmt.Sprint(p), "oops") {
			t.Errorf("recovered %v", p)
		}
	}()
	llm.Generate(t.Context(), m, llm.Prompt("Hello."))
	t.Error("there was no panic")
}

// The same with langchaingo's anthropic itself.
func TestAnthropic(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, event := range []string{
			`{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude","usage":{"input_tokens":3,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello,"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" Ann!"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}`,
			`{"type":"message_stop"}`,
		} {
			fmt.Fprintf(w, "data: %s\n\n", event)
		}
	}))
	defer server.Close()
	theirs, err := anthropic.New(anthropic.WithToken("sk-test"), anthropic.WithBaseURL(server.URL), anthropic.WithModel("claude"))
	if err != nil {
		t.Fatal(err)
	}
	m := &langchaingo.Model{LLM: theirs, Warn: func(w langchaingo.Warning) { t.Errorf("warning: %v", w) }}
	resp, err := llm.Generate(t.Context(), m, llm.Prompt("I am Ann."))
	if err != nil || resp.Text() != "Hello, Ann!" || resp.Finish != llm.FinishStop || resp.Usage != (llm.Usage{Input: 3, Output: 5}) {
		t.Errorf("got %+v, %v", resp, err)
	}
	defer func() {
		if p := recover(); p != "oops" {
			t.Errorf("recovered %v", p)
		}
	}()
	for range m.Stream(t.Context(), llm.Prompt("I am Ann.")) {
		panic("oops")
	}
}
