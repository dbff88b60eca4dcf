package llmtest_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func TestEcho(t *testing.T) {
	call := llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "1", Name: "f", Args: "{}"}}}
	result := llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("found")}}}}
	picture := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "https://example.org/a.png"}, llm.Text("What is "), llm.Text("this?")}}
	for _, tt := range []struct {
		name     string
		messages []llm.Message
		want     string
	}{
		{"one", []llm.Message{llm.User("Hello, you.")}, "Hello, you."},
		{"the last", []llm.Message{llm.User("one"), llm.Assistant("two"), llm.User("three")}, "three"},
		{"what is not text is left out", []llm.Message{picture}, "What is this?"},
		{"after tools", []llm.Message{llm.System("s"), llm.User("find"), call, result}, "find"},
		{"a beginning of the reply", []llm.Message{llm.User("say"), llm.Assistant("I s")}, "say"},
		{"no user", []llm.Message{llm.System("s")}, ""},
		{"nothing", nil, ""},
	} {
		resp, err := llm.Generate(t.Context(), llmtest.Echo{}, &llm.Request{Messages: tt.messages})
		if err != nil || resp.Text() != tt.want || resp.Finish != llm.FinishStop || resp.Role != llm.RoleAssistant {
			t.Errorf("%s: got %s, %v, want %q", tt.name, encode(resp), err, tt.want)
		}
	}
}

func TestEchoStreams(t *testing.T) {
	req := llm.Prompt("Hello, you.")
	for asked, model := range map[string]string{"": "echo", "m1": "m1"} {
		req.Model = asked
		got, err := collect(t.Context(), llmtest.Echo{}, req)
		want := []*llm.Chunk{
			{Text: "Hello, "}, {Text: "you."},
			{Finish: llm.FinishStop, ID: "echo", Model: model, Usage: &llm.Usage{Input: 3, Output: 3, Estimated: true}},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %s, %v, want %s", encode(got), err, encode(want))
		}
	}
	for range (llmtest.Echo{}).Stream(t.Context(), req) {
		break // a yield after this would panic
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	if got, err := collect(ctx, llmtest.Echo{}, req); got != nil || !errors.Is(err, context.Canceled) || !errors.Is(err, errBoom) {
		t.Errorf("cancelled: got %s, %v", encode(got), err)
	}
}
