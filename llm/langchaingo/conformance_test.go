package langchaingo_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func unheard(langchaingo.Warning) {}

// Ours for them, and that for us again, keeps the rules.
func TestConformanceOfLLM(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		ours := &langchaingo.LLM{Model: play.Model(), Warn: unheard}
		return &langchaingo.Model{LLM: ours, Warn: unheard}
	})
}

// Theirs for us keeps the rules.
func TestConformanceOfModel(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		e, _ := errors.AsType[*llm.Error](play.Err)
		switch {
		case play.Reply.HasReasoning() && play.Reply.Reasoning() == "":
			t.Skip("langchaingo has no reasoning that is empty")
		case play.Reply.ID != "":
			t.Skip("langchaingo has no place for the ID and the model")
		case e != nil && e.RetryAfter != 0:
			t.Skip("langchaingo has no place for how long to wait")
		}
		return &langchaingo.Model{LLM: &actor{play: play}, Warn: unheard}
	})
}

// The client, over the bridge and back.
func TestConformanceOfClient(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		if play.Err != nil || play.Stall || play.Reply.ID != "" {
			t.Skip("the client's own test has these")
		}
		reply := deepseektest.Reply{Text: play.Reply.Text(), Reasoning: play.Reply.Reasoning(), ToolCalls: play.Reply.ToolCalls(), Finish: play.Reply.Finish}
		if play.Reply.Usage != (llm.Usage{}) {
			reply.Usage = &play.Reply.Usage
		}
		client := &deepseek.Client{BaseURL: deepseektest.NewServer(t, reply).URL()}
		return &langchaingo.Model{LLM: &langchaingo.LLM{Model: client, Warn: unheard}, Warn: unheard}
	})
}

// An actor plays a play as a model of langchaingo's would.
type actor struct{ play llmtest.Play }

func (a *actor) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, a, prompt, options...)
}

func (a *actor) GenerateContent(ctx context.Context, _ []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	said := a.play.Reply
	choice := &llms.ContentChoice{
		Content:          said.Text(),
		ReasoningContent: said.Reasoning(),
		StopReason:       string(said.Finish),
		GenerationInfo: map[string]any{
			"PromptTokens": said.Usage.Input, "PromptCachedTokens": said.Usage.Cached,
			"CompletionTokens": said.Usage.Output, "ReasoningTokens": said.Usage.Reasoning,
		},
	}
	for _, c := range said.ToolCalls() {
		choice.ToolCalls = append(choice.ToolCalls, llms.ToolCall{ID: c.ID, Type: "function", FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: c.Args}})
	}
	if o.StreamingFunc != nil {
		for word := range strings.SplitAfterSeq(said.Reasoning(), " ") {
			if err := o.StreamingReasoningFunc(ctx, []byte(word), nil); err != nil {
				return nil, err
			}
		}
		for word := range strings.SplitAfterSeq(said.Text(), " ") {
			if err := o.StreamingFunc(ctx, []byte(word)); err != nil {
				return nil, err
			}
		}
	}
	resp := &llms.ContentResponse{Choices: []*llms.ContentChoice{choice}}
	if a.play.Stall {
		<-ctx.Done()
		return resp, ctx.Err()
	}
	if errors.Is(a.play.Err, llm.ErrTruncated) {
		choice.StopReason, choice.ToolCalls = "", nil // their openai does not notice
		for key := range choice.GenerationInfo {
			choice.GenerationInfo[key] = 0
		}
		return resp, nil
	}
	for class, text := range failures {
		if errors.Is(a.play.Err, class) {
			return resp, errors.New("API returned unexpected status code: " + text)
		}
	}
	return resp, a.play.Err
}

// failures are the errors of langchaingo's openai, which are text alone.
var failures = map[error]string{
	llm.ErrInvalid:     "400: missing field",
	llm.ErrTooLong:     "400: This model's maximum context length is 1048576 tokens",
	llm.ErrFiltered:    "400: Content Exists Risk",
	llm.ErrAuth:        "401: Authentication Fails",
	llm.ErrBalance:     "402: Insufficient Balance",
	llm.ErrForbidden:   "403: Forbidden",
	llm.ErrRateLimit:   "429: Too many requests",
	llm.ErrUnavailable: "500: Internal Server Error",
	llm.ErrOverload:    "503: Service is too busy",
}
