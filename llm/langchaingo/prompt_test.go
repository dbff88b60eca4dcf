package langchaingo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// spy is a model of langchaingo that reasons, and keeps what it was told.
type spy struct {
	messages []llms.MessageContent
	options  llms.CallOptions
	mute     bool // it does not reason
}

func (s *spy) GenerateContent(_ context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	s.messages, s.options = messages, llms.CallOptions{}
	for _, option := range options {
		option(&s.options)
	}
	s.options.StreamingFunc, s.options.StreamingReasoningFunc = nil, nil
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "Yes.", StopReason: "stop"}}}, nil
}

func (s *spy) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, s, prompt, options...)
}

func (s *spy) SupportsReasoning() bool { return !s.mute }

func TestModelOptions(t *testing.T) {
	tools := []llm.ToolSpec{{Name: "f", Description: "d", Strict: true}}
	theirs := []llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f", Description: "d", Strict: true,
		Parameters: map[string]any{"type": "object", "properties": map[string]any{}}}}}
	thinking := func(mode llms.ThinkingMode) map[string]any {
		return map[string]any{"thinking_config": &llms.ThinkingConfig{Mode: mode}}
	}
	for _, tt := range []struct {
		name   string
		req    llm.Request
		mute   bool
		want   llms.CallOptions
		warned string
	}{
		{"none", llm.Request{}, false, llms.CallOptions{}, ""},
		{"settings", llm.Request{Model: "m", MaxTokens: 7, Temperature: new(0.5), TopP: new(0.25), Stop: []string{"a"}, Format: llm.FormatJSON}, false,
			llms.CallOptions{Model: "m", MaxTokens: 7, Temperature: 0.5, TopP: 0.25, StopWords: []string{"a"}, JSONMode: true}, ""},
		{"zeros", llm.Request{Temperature: new(0.0), TopP: new(0.0)}, false, llms.CallOptions{}, "changed Temperature, changed TopP"},
		{"tools", llm.Request{Tools: tools}, false, llms.CallOptions{Tools: theirs}, ""},
		{"tool choice", llm.Request{Tools: tools, ToolChoice: llm.ToolRequired}, false, llms.CallOptions{Tools: theirs, ToolChoice: "required"}, ""},
		{"named", llm.Request{Tools: tools, ToolChoice: llm.ToolNamed("f")}, false,
			llms.CallOptions{Tools: theirs, ToolChoice: llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "f"}}}, ""},
		{"no reasoning", llm.Request{Effort: llm.EffortNone}, false, llms.CallOptions{Metadata: thinking(llms.ThinkingModeNone)}, ""},
		{"low", llm.Request{Effort: llm.EffortLow}, false, llms.CallOptions{Metadata: thinking(llms.ThinkingModeLow)}, ""},
		{"high", llm.Request{Effort: llm.EffortHigh}, false, llms.CallOptions{Metadata: thinking(llms.ThinkingModeHigh)}, ""},
		{"max", llm.Request{Effort: llm.EffortMax}, false, llms.CallOptions{Metadata: thinking(llms.ThinkingModeHigh)}, "changed Effort"},
		{"a model that does not reason", llm.Request{Effort: llm.EffortLow}, true, llms.CallOptions{Metadata: thinking(llms.ThinkingModeLow)}, "ignored Effort"},
		{"nor is asked to", llm.Request{Effort: llm.EffortNone}, true, llms.CallOptions{Metadata: thinking(llms.ThinkingModeNone)}, ""},
		{"no place", llm.Request{User: "u", TopLogprobs: 2}, false, llms.CallOptions{}, "ignored User, ignored TopLogprobs"},
	} {
		var warned []string
		theirs := &spy{mute: tt.mute}
		m := &langchaingo.Model{LLM: theirs, Warn: func(w langchaingo.Warning) { warned = append(warned, string(w.Loss)+" "+w.Field) }}
		tt.req.Messages = []llm.Message{llm.User("Hello.")}
		if _, err := llm.Generate(t.Context(), m, &tt.req); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(theirs.options, tt.want) {
			t.Errorf("%s: got\n%+v, want\n%+v", tt.name, theirs.options, tt.want)
		}
		if got := strings.Join(warned, ", "); got != tt.warned {
			t.Errorf("%s: warned of %q, want %q", tt.name, got, tt.warned)
		}
	}
}

// Options come first, and what is in them is not written to.
func TestModelOwnOptions(t *testing.T) {
	shared := map[string]any{"openai:x": true}
	theirs := new(spy)
	m := &langchaingo.Model{LLM: theirs, Options: []llms.CallOption{llms.WithSeed(7), llms.WithMaxTokens(1), llms.WithMetadata(shared)}}
	req := llm.Prompt("Hello.")
	req.MaxTokens, req.Effort = 9, llm.EffortLow
	if _, err := llm.Generate(t.Context(), m, req); err != nil {
		t.Fatal(err)
	}
	o := theirs.options
	if o.Seed != 7 || o.MaxTokens != 9 || o.Metadata["openai:x"] != true || llms.GetThinkingConfig(&o) == nil || len(shared) != 1 {
		t.Errorf("got %+v; the shared map is %v", o, shared)
	}
}

func TestModelMessages(t *testing.T) {
	theirs := new(spy)
	var warned []string
	m := &langchaingo.Model{LLM: theirs, Warn: func(w langchaingo.Warning) { warned = append(warned, string(w.Loss)+" "+w.Field) }}
	_, err := llm.Generate(t.Context(), m, &llm.Request{Messages: []llm.Message{
		{Role: llm.RoleSystem, Parts: llm.Parts{llm.Text("a"), llm.Text("b")}},
		{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("now")}},
		{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("See"), llm.Blob{URL: "https://example.org/a.png", Detail: "low"},
			llm.Blob{MIMEType: "image/png", Data: []byte("hi"), Name: "n", Detail: "low"}}},
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "R"}}},
		{Role: llm.RoleUser, Parts: nil},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []llms.MessageContent{
		msg(system, text("ab")),
		msg(system, text("now")),
		msg(user, text("See"), llms.ImageURLContent{URL: "https://example.org/a.png", Detail: "low"}, llms.BinaryContent{MIMEType: "image/png", Data: []byte("hi")}),
		msg(ai, text("")),
		msg(user, text("")),
	}
	if !reflect.DeepEqual(theirs.messages, want) {
		t.Errorf("got\n%+v, want\n%+v", theirs.messages, want)
	}
	// Detail is the first of the two that concern the file.
	if got := strings.Join(warned, ", "); got != "changed RoleReminder, ignored Blob.Detail, dropped Blob.Name, dropped Reasoning" {
		t.Errorf("warned of %s", got)
	}
}

func TestModelInvalid(t *testing.T) {
	hello := []llm.Message{llm.User("Hello.")}
	with := func(role llm.Role, p llm.Part) llm.Request {
		return llm.Request{Messages: []llm.Message{{Role: role, Parts: llm.Parts{p}}, llm.User("Hello.")}}
	}
	for _, tt := range []struct {
		want string
		req  llm.Request
	}{
		{"no messages", llm.Request{}},
		{"schema", llm.Request{Messages: hello, Schema: json.RawMessage(`{}`)}},
		{"Extra", llm.Request{Messages: hello, Extra: json.RawMessage(`{}`)}},
		{"format", llm.Request{Messages: hello, Format: "xml"}},
		{"continue", llm.Request{Messages: append(hello, llm.Assistant("H"))}},
		{"kind", llm.Request{Messages: hello, Tools: []llm.ToolSpec{{Kind: "deepseek_web_search"}}}},
		{"not a JSON object", llm.Request{Messages: hello, Tools: []llm.ToolSpec{{Name: "f", Schema: json.RawMessage(`[]`)}}}},
		{"not a JSON object", llm.Request{Messages: hello, Tools: []llm.ToolSpec{{Name: "f", Schema: json.RawMessage(`null`)}}}},
		{"role", with("oracle", llm.Text("x"))},
		{"uploaded file", with(llm.RoleUser, llm.Blob{ID: "file-1"})},
		{"cannot have", with(llm.RoleUser, llm.Reasoning{})},
		{"cannot have", with(llm.RoleAssistant, llm.Blob{URL: "https://example.org"})},
		{"cannot have", with(llm.RoleTool, llm.Text("x"))},
		{"text alone", with(llm.RoleTool, llm.ToolResult{ID: "1", Content: llm.Parts{llm.Blob{URL: "https://example.org"}}})},
	} {
		_, err := llm.Generate(t.Context(), &langchaingo.Model{LLM: new(spy)}, &tt.req)
		if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.want, err)
		}
	}
}

// What goes over both bridges, one after the other, comes out as it went in,
// reasoning included.
func TestRoundTrip(t *testing.T) {
	want := &llm.Request{
		Model: "m",
		Messages: []llm.Message{
			llm.System("S"),
			{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("U"), llm.Blob{URL: "https://example.org/a.png", Detail: "low"}, llm.Blob{MIMEType: "text/plain", Data: []byte("hi")}}},
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "R\n\"<é"}, llm.Text("T"), llm.ToolCall{ID: "1", Name: "f", Args: `{ "a": 1 }`}, llm.ToolCall{ID: "2", Name: "f", Args: `{}`}}},
			{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("one")}}, llm.ToolResult{ID: "2", Name: "f", Content: llm.Parts{llm.Text("")}}}},
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("V")}},
			llm.User("W"),
		},
		Tools:       []llm.ToolSpec{{Name: "f", Description: "d", Schema: json.RawMessage(`{"properties":{"a":{"maximum":12345678901234567890,"type":"integer"}},"type":"object"}`), Strict: true}},
		ToolChoice:  llm.ToolNamed("f"),
		Format:      llm.FormatJSON,
		Effort:      llm.EffortLow,
		MaxTokens:   99,
		Temperature: new(0.5),
		TopP:        new(0.25),
		Stop:        []string{"x", "y"},
		Whole:       true,
	}
	usage := llm.Usage{Input: 100, Cached: 60, Output: 20, Reasoning: 5, Estimated: true}
	for _, reply := range []*llm.Response{
		{
			Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "R2"}, llm.Text("T2"), llm.ToolCall{ID: "3", Name: "f", Args: `{ "a":2 }`}}},
			Finish:  llm.FinishTools, Usage: usage, ID: "id", Model: "m-1",
			Logprobs: []llm.Logprob{{Token: "T2", Logprob: -1}},
			Extra:    json.RawMessage(`{"title":"x"}`),
		},
		{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("T3")}}, Finish: llm.FinishLength, Usage: usage, ID: "id", Model: "m"},
		{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Text("T4")}}, Finish: llm.FinishFilter, Usage: usage, ID: "id", Model: "m"},
	} {
		for _, whole := range []bool{true, false} {
			// A request with tools is not streamed, and empty reasoning is known at the end.
			want.Whole = whole || len(want.Tools) > 0 || reply.HasReasoning() && reply.Reasoning() == ""
			script := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) { return reply, nil }}
			warn := func(w langchaingo.Warning) { t.Errorf("warning: %v", w) }
			m := &langchaingo.Model{LLM: &langchaingo.LLM{Model: script, Warn: warn}, Warn: warn}
			got, err := llm.Generate(t.Context(), m, want)
			if err != nil {
				t.Fatal(err)
			}
			if req := script.Requests()[0]; !reflect.DeepEqual(req, want) {
				t.Errorf("got\n%+v, want\n%+v", req, want)
			}
			if !reflect.DeepEqual(got, reply) {
				t.Errorf("got\n%+v, want\n%+v", got, reply)
			}
		}
		want.Tools, want.ToolChoice = nil, "" // those after the first are streamed, too
	}
}

// Without a Warn, each field is logged, once.
func TestWarningLog(t *testing.T) {
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	defer slog.SetDefault(old)
	model := &langchaingo.LLM{Model: &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("Yes.")}, nil
	}}}
	for range 3 {
		if _, err := model.GenerateContent(t.Context(), human("Hello."), llms.WithSeed(1), llms.WithTopK(4)); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.String(); strings.Count(got, "field=Seed") != 1 || strings.Count(got, "field=TopK") != 1 || strings.Count(got, "\n") != 2 {
		t.Errorf("logged\n%s", got)
	}
}
