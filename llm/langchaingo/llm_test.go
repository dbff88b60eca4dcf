package langchaingo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func TestMain(m *testing.M) { deepseektest.Main(m) }

func human(text string) []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, text)}
}

func TestStreaming(t *testing.T) {
	model, server := serve(t, deepseektest.Reply{Text: "Hello, world. Again.", Reasoning: "They greet me."})
	var text, both strings.Builder
	resp, err := model.GenerateContent(t.Context(), human("Hello."),
		llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			text.Write(chunk)
			return nil
		}),
		llms.WithStreamingReasoningFunc(func(_ context.Context, reasoning, chunk []byte) error {
			if (reasoning == nil) == (chunk == nil) {
				t.Errorf("called with %q, %q: one of them must be nil", reasoning, chunk)
			}
			if reasoning != nil {
				fmt.Fprintf(&both, "<%s>", reasoning)
			}
			both.Write(chunk)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != "Hello, world. Again." {
		t.Errorf("StreamingFunc got %q", text.String())
	}
	if got := strings.ReplaceAll(both.String(), "><", ""); got != "<They greet me.>Hello, world. Again." {
		t.Errorf("StreamingReasoningFunc got %q", got)
	}
	if c := resp.Choices[0]; c.Content != "Hello, world. Again." || c.ReasoningContent != "They greet me." || c.StopReason != "stop" {
		t.Errorf("got %+v", c)
	}
	if !server.Requests()[0].Stream {
		t.Error("the reply was not asked for as a stream")
	}
}

// Calls of tools are not for streaming functions, though they are in the reply.
func TestStreamingTools(t *testing.T) {
	model, _ := serve(t, deepseektest.Reply{Text: "Wait.", ToolCalls: []llm.ToolCall{{ID: "call_1", Name: "f", Args: `{"a":1}`}}})
	var text strings.Builder
	resp, err := model.GenerateContent(t.Context(), human("Hello."),
		llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f"}}}),
		llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			text.Write(chunk)
			return nil
		}))
	if err != nil || text.String() != "Wait." {
		t.Fatalf("StreamingFunc got %q, %v", text.String(), err)
	}
	c := resp.Choices[0]
	want := []llms.ToolCall{{ID: "call_1", Type: "function", FunctionCall: &llms.FunctionCall{Name: "f", Arguments: `{"a":1}`}}}
	if !reflect.DeepEqual(c.ToolCalls, want) || !reflect.DeepEqual(c.FuncCall, want[0].FunctionCall) || c.StopReason != "tool_calls" {
		t.Errorf("got %+v", c)
	}
}

func TestStreamingError(t *testing.T) {
	enough := errors.New("enough")
	for _, option := range []llms.CallOption{
		llms.WithStreamingFunc(func(context.Context, []byte) error { return enough }),
		llms.WithStreamingReasoningFunc(func(context.Context, []byte, []byte) error { return enough }),
	} {
		abandoned := false
		model := &langchaingo.LLM{Model: llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				abandoned = !yield(&llm.Chunk{Reasoning: "Hm.", Text: "Yes."}, nil)
			}
		})}
		_, err := model.GenerateContent(t.Context(), human("Hello."), option)
		if !errors.Is(err, enough) || !abandoned {
			t.Errorf("got %v, abandoned: %v", err, abandoned)
		}
	}
}

func TestUsage(t *testing.T) {
	model, _ := serve(t, deepseektest.Reply{Text: "Yes.", Reasoning: "Hm.", Usage: &llm.Usage{Input: 100, Cached: 64, Output: 30, Reasoning: 20}})
	resp, err := model.GenerateContent(t.Context(), human("Hello."))
	if err != nil {
		t.Fatal(err)
	}
	info := resp.Choices[0].GenerationInfo
	for key, want := range map[string]any{
		"PromptTokens": 100, "CompletionTokens": 30, "TotalTokens": 130, "ReasoningTokens": 20, "CompletionReasoningTokens": 20,
		"ThinkingTokens": 20, "ThinkingContent": "Hm.", "PromptCachedTokens": 64, "PromptCacheHitTokens": 64,
		"PromptCacheMissTokens": 36, "PromptAudioTokens": 0, "CompletionAudioTokens": 0,
		"CompletionAcceptedPredictionTokens": 0, "CompletionRejectedPredictionTokens": 0,
		"Model": "deepseek-flash", "UsageEstimated": false,
	} {
		if info[key] != want {
			t.Errorf("%s is %v (%[2]T), want %v", key, info[key], want)
		}
	}
	if info["ID"] == "" {
		t.Error("there is no ID")
	}
	if u := llms.ExtractThinkingTokens(info); u.ThinkingTokens != 20 || u.ThinkingOutputTokens != 20 {
		t.Errorf("langchaingo reads %+v", u)
	}
}

// What is beyond their vocabulary is in GenerationInfo in ours.
func TestGenerationInfo(t *testing.T) {
	logprobs := []llm.Logprob{{Token: "Yes", Logprob: -0.5}}
	model := &langchaingo.LLM{Model: &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("Yes"), Logprobs: logprobs, Extra: json.RawMessage(`{"a":1}`), ID: "x", Model: "m"}, nil
	}}}
	resp, err := model.GenerateContent(t.Context(), human("Hello."))
	if err != nil {
		t.Fatal(err)
	}
	info := resp.Choices[0].GenerationInfo
	if !reflect.DeepEqual(info["Logprobs"], logprobs) || !reflect.DeepEqual(info["Extra"], json.RawMessage(`{"a":1}`)) || info["ID"] != "x" || info["Model"] != "m" {
		t.Errorf("got %v", info)
	}
}

func TestCall(t *testing.T) {
	model, _ := serve(t, deepseektest.Reply{Text: "Yes."})
	if got, err := model.Call(t.Context(), "Really?"); err != nil || got != "Yes." {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestZeroLLM(t *testing.T) {
	_, err := new(langchaingo.LLM).GenerateContent(t.Context(), human("Hello."))
	if !llms.IsInvalidRequestError(err) || !errors.Is(err, llm.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	model := &langchaingo.LLM{Model: new(llmtest.Script)}
	if _, err := model.GenerateContent(t.Context(), nil); err == nil {
		t.Error("a request without messages was answered")
	}
}

func TestSupportsReasoning(t *testing.T) {
	theirs := new(reasoner)
	for _, tt := range []struct {
		model llms.Model
		want  bool
	}{
		{new(langchaingo.LLM), true},
		{&langchaingo.LLM{Model: new(llmtest.Script)}, true},
		{&langchaingo.LLM{Model: llm.Wrap(&langchaingo.Model{LLM: theirs}, llm.Retry(2))}, false},
		{&langchaingo.LLM{Model: &langchaingo.Model{LLM: &reasoner{yes: true}}}, true},
	} {
		if got := llms.SupportsReasoningModel(tt.model); got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.model, got, tt.want)
		}
	}
}

type reasoner struct {
	llms.Model
	yes bool
}

func (r *reasoner) SupportsReasoning() bool { return r.yes }

// A reply that breaks off comes along with the error, without calls.
func TestPartialReply(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: strings.Repeat("word ", 200), CutAfter: 4000})
	model := client(server)
	resp, err := model.GenerateContent(t.Context(), human("Hello."), llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
	if !errors.Is(err, llm.ErrTruncated) || !llms.IsProviderUnavailableError(err) {
		t.Fatalf("got %v", err)
	}
	if resp == nil || !strings.HasPrefix(resp.Choices[0].Content, "word word") || resp.Choices[0].StopReason != "" {
		t.Errorf("got %+v", resp)
	}
}

func TestCancelLLM(t *testing.T) {
	asked := make(chan bool)
	server := deepseektest.NewServer(t, deepseektest.Reply{Func: func(deepseektest.Request) deepseektest.Reply {
		close(asked)
		return deepseektest.Reply{Text: "Hello.", CutAfter: 1, Cut: deepseektest.CutStall}
	}})
	why := errors.New("the user has left")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-asked
		cancel(why)
	}()
	_, err := client(server).GenerateContent(ctx, human("Hello."))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || !llms.IsCanceledError(err) || !errors.Is(err, llms.ErrCanceled) {
		t.Errorf("got %v", err)
	}
}

func TestDeadlineLLM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		model := &langchaingo.LLM{Model: llm.ModelFunc(func(ctx context.Context, _ *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				<-ctx.Done()
				yield(nil, &llm.Error{Err: ctx.Err()})
			}
		})}
		_, err := model.GenerateContent(ctx, human("Hello."))
		if !llms.IsTimeoutError(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
