package langchaingo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/fake"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
)

// A modelFunc is a model of langchaingo.
type modelFunc func(ctx context.Context, messages []llms.MessageContent, o llms.CallOptions) (*llms.ContentResponse, error)

func (f modelFunc) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	return f(ctx, messages, o)
}

func (f modelFunc) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, f, prompt, options...)
}

// saying is a model of langchaingo that gives one reply, as it is.
func saying(choices ...*llms.ContentChoice) llms.Model {
	return modelFunc(func(context.Context, []llms.MessageContent, llms.CallOptions) (*llms.ContentResponse, error) {
		return &llms.ContentResponse{Choices: choices}, nil
	})
}

// openAI returns langchaingo's own OpenAI client for a server, as our model.
func openAI(t *testing.T, server *deepseektest.Server) *langchaingo.Model {
	t.Helper()
	theirs, err := openai.New(openai.WithBaseURL(server.URL()), openai.WithToken("sk-test"), openai.WithModel("deepseek-flash"))
	if err != nil {
		t.Fatal(err)
	}
	return &langchaingo.Model{LLM: theirs, Warn: func(w langchaingo.Warning) { t.Errorf("warning: %v", w) }}
}

// collect returns the chunks of a reply as text, one to a line.
func collect(ctx context.Context, m llm.Model, req *llm.Request) (string, error) {
	var b strings.Builder
	for c, err := range m.Stream(ctx, req) {
		if err != nil {
			if c != nil {
				return b.String(), errors.New("a chunk came with the error")
			}
			return b.String(), err
		}
		data, err := json.Marshal(c)
		if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "%s\n", data)
	}
	return b.String(), nil
}

func TestOpenAIText(t *testing.T) {
	usage := &llm.Usage{Input: 10, Cached: 4, Output: 6, Reasoning: 2}
	reply := deepseektest.Reply{Text: "Hello there, world.", Reasoning: "They greet me.", Usage: usage}
	server := deepseektest.NewServer(t, reply, reply)
	m := openAI(t, server)
	for _, whole := range []bool{false, true} {
		chunks := 0
		req := llm.Prompt("Hello.")
		req.Whole = whole
		resp := new(llm.Response)
		for c, err := range m.Stream(t.Context(), req) {
			if err != nil {
				t.Fatal(err)
			}
			chunks++
			resp.Add(c)
		}
		want := llm.Parts{llm.Reasoning{Text: "They greet me."}, llm.Text("Hello there, world.")}
		if !reflect.DeepEqual(resp.Parts, want) || resp.Finish != llm.FinishStop || resp.Usage != *usage {
			t.Errorf("whole %v: got %+v", whole, resp)
		}
		if streamed := server.Requests()[0].Stream; whole && chunks != 3 || !whole && (chunks < 4 || !streamed) {
			t.Errorf("whole %v: %d chunks", whole, chunks)
		}
	}
}

func TestOpenAITools(t *testing.T) {
	calls := []llm.ToolCall{{ID: "call_1", Name: "f", Args: `{"x": 1}`}, {ID: "call_2", Name: "g", Args: `{"y": 2}`}}
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Wait.", ToolCalls: calls}, deepseektest.Reply{Text: "Done."})
	m := openAI(t, server)
	req := llm.Prompt("Hello.")
	req.Effort = llm.EffortNone
	req.MaxTokens = 77
	m.Options = []llms.CallOption{openai.WithLegacyMaxTokensField()}
	req.Tools = []llm.ToolSpec{{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object","properties":{"x":{"type":"integer"}}}`)}, {Name: "g"}}
	resp, err := llm.Generate(t.Context(), m, req)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(resp.ToolCalls(), calls) || resp.Text() != "Wait." || resp.Finish != llm.FinishTools {
		t.Fatalf("got %+v", resp)
	}
	first := server.Requests()[0]
	if first.Stream || first.MaxTokens != 77 || !strings.Contains(string(first.Body), `"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"properties":{"x":{"type":"integer"}},"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"properties":{},"type":"object"}}}]`) {
		t.Errorf("sent %s", first.Body)
	}
}

// Two results of tools are two messages of theirs, which DeepSeek takes; its
// reasoning they cannot carry, which is a warning.
func TestOpenAIToolResults(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Done."})
	m := openAI(t, server)
	var warned []langchaingo.Warning
	m.Warn = func(w langchaingo.Warning) { warned = append(warned, w) }
	calls := []llm.ToolCall{{ID: "call_1", Name: "f", Args: `{"x": 1}`}, {ID: "call_2", Name: "g", Args: `{}`}}
	req := &llm.Request{Messages: []llm.Message{
		llm.System("Be brief."),
		llm.User("Hello."),
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "Hm."}, llm.Text("Wait."), calls[0], calls[1]}},
		{Role: llm.RoleTool, Parts: llm.Parts{
			llm.ToolResult{ID: "call_1", Name: "f", Content: llm.Parts{llm.Text("a"), llm.Text("b")}},
			llm.ToolResult{ID: "call_2", Name: "g", Content: llm.Parts{llm.Text("c")}, IsError: true},
		}},
	}}
	if _, err := llm.Generate(t.Context(), m, req); err != nil {
		t.Fatal(err)
	}
	want := "system \"Be brief.\"\nuser \"Hello.\"\nassistant \"Wait.\" call_1 f {\"x\": 1} call_2 g {}\ntool \"ab\" for call_1\ntool \"c\" for call_2\n"
	if got := sent(server.Requests()[0]); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if len(warned) != 1 || warned[0].Field != "Reasoning" || warned[0].Loss != langchaingo.Dropped {
		t.Errorf("warned of %v", warned)
	}
}

// langchaingo's openai reports no error for a stream that breaks off.
func TestOpenAITruncated(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: strings.Repeat("word ", 100), CutAfter: 5000, Cut: deepseektest.CutEnd})
	resp, err := llm.Generate(t.Context(), openAI(t, server), llm.Prompt("Hello."))
	if !errors.Is(err, llm.ErrTruncated) || !strings.HasPrefix(resp.Text(), "word ") {
		t.Errorf("got %q, %v", resp.Text(), err)
	}
}

// It does not report that the context has ended, either.
func TestOpenAICancel(t *testing.T) {
	for name, reply := range map[string]deepseektest.Reply{
		"before": {CutAfter: -1, Cut: deepseektest.CutStall},
		"within": {Text: strings.Repeat("word ", 100), CutAfter: 5000, Cut: deepseektest.CutStall},
	} {
		asked := make(chan bool, 1)
		server := deepseektest.NewServer(t, deepseektest.Reply{Func: func(deepseektest.Request) deepseektest.Reply {
			asked <- true
			return reply
		}})
		why := errors.New("the user has left")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if name == "before" {
			go func() {
				<-asked
				cancel(why)
			}()
		}
		var last error
		for _, err := range openAI(t, server).Stream(ctx, llm.Prompt("Hello.")) {
			last = err
			if err == nil {
				cancel(why)
			}
		}
		if !errors.Is(last, context.Canceled) || !errors.Is(last, why) {
			t.Errorf("%s: got %v", name, last)
		}
		if e, ok := errors.AsType[*llm.Error](last); !ok || !e.NoRetry {
			t.Errorf("%s: %v may be tried again", name, last)
		}
	}
}

// Whoever leaves the loop leaves nothing behind.
func TestOpenAIAbandoned(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Func: func(deepseektest.Request) deepseektest.Reply {
		return deepseektest.Reply{Text: strings.Repeat("word ", 100), CutAfter: 5000, Cut: deepseektest.CutStall}
	}})
	for range 3 {
		chunks := 0
		for _, err := range openAI(t, server).Stream(t.Context(), llm.Prompt("Hello.")) {
			if err != nil {
				t.Fatal(err)
			}
			chunks++
			break
		}
		if chunks != 1 {
			t.Errorf("%d chunks", chunks)
		}
	}
	server.Close()
	for strings.Contains(stacks(), "parseStreamingChatResponse") {
		runtime.Gosched() // for as long as the test may run
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

func TestModelReplies(t *testing.T) {
	call := llms.ToolCall{ID: "c", FunctionCall: &llms.FunctionCall{Name: "f", Arguments: `{}`}}
	for _, tt := range []struct {
		name    string
		choices []*llms.ContentChoice
		want    string
		warned  string
	}{
		{"plain", []*llms.ContentChoice{{Content: "Hi.", StopReason: "stop", GenerationInfo: map[string]any{"PromptTokens": 3, "CompletionTokens": 2, "ID": "x", "Model": "y"}}},
			`{"text":"Hi."}
{"finish":"stop","usage":{"input":3,"cached":0,"output":2,"reasoning":0},"id":"x","model":"y"}
`, ""},
		{"anthropic's blocks", []*llms.ContentChoice{
			{StopReason: "tool_use", GenerationInfo: map[string]any{"ThinkingContent": "Hm.", "InputTokens": 3, "OutputTokens": 2, "CacheReadInputTokens": 50, "CacheCreationInputTokens": 7}},
			{Content: "Wait.", StopReason: "tool_use", GenerationInfo: map[string]any{"ThinkingContent": ""}},
			nil,
			{ToolCalls: []llms.ToolCall{call}, StopReason: "tool_use"}},
			`{"reasoning":"Hm.","has_reasoning":true}
{"text":"Wait."}
{"tool_call":{"id":"c","name":"f","args":"{}"}}
{"finish":"tool_calls","usage":{"input":60,"cached":50,"output":2,"reasoning":0},"model":"m"}
`, ""},
		{"thinking in the text", []*llms.ContentChoice{{Content: "<thinking>Hm.</thinking>Hi.", StopReason: "end_turn", GenerationInfo: map[string]any{"ThinkingContent": "Hm.", "InputTokens": 1}}},
			"{\"text\":\"\\u003cthinking\\u003eHm.\\u003c/thinking\\u003eHi.\"}\n{\"finish\":\"stop\",\"usage\":{\"input\":1,\"cached\":0,\"output\":0,\"reasoning\":0},\"model\":\"m\"}\n", ""},
		{"googleai's numbers", []*llms.ContentChoice{{Content: "Hi.", StopReason: "FinishReasonMaxTokens", GenerationInfo: map[string]any{
			"PromptTokens": int32(30), "CompletionTokens": int32(2), "CachedTokens": int32(20), "CacheReadInputTokens": int32(20), "ThinkingTokens": 0}}},
			`{"text":"Hi."}
{"finish":"length","usage":{"input":30,"cached":20,"output":2,"reasoning":0},"model":"m"}
`, ""},
		{"numbers of all types", []*llms.ContentChoice{{Content: "Hi.", StopReason: "FinishReasonStop", GenerationInfo: map[string]any{
			"PromptTokens": int64(30), "CompletionTokens": float64(9), "ReasoningTokens": float32(5), "PromptCachedTokens": uint32(7)}}},
			`{"text":"Hi."}
{"finish":"stop","usage":{"input":30,"cached":7,"output":9,"reasoning":5},"model":"m"}
`, ""},
		{"nothing counted", []*llms.ContentChoice{{Content: "12345678", ReasoningContent: "1234", StopReason: "stop", GenerationInfo: map[string]any{"PromptTokens": "many"}}},
			`{"reasoning":"1234","has_reasoning":true}
{"text":"12345678"}
{"finish":"stop","usage":{"input":2,"cached":0,"output":3,"reasoning":1,"estimated":true},"model":"m"}
`, ""},
		{"no stop reason", []*llms.ContentChoice{{Content: "Hi.", GenerationInfo: map[string]any{"PromptTokens": 3, "CompletionTokens": 2}}},
			`{"text":"Hi."}
{"finish":"stop","usage":{"input":3,"cached":0,"output":2,"reasoning":0},"model":"m"}
`, "changed StopReason"},
		{"calls and no stop reason", []*llms.ContentChoice{{ToolCalls: []llms.ToolCall{call, {ID: "half"}}, GenerationInfo: map[string]any{"PromptTokens": 3}}},
			`{"tool_call":{"id":"c","name":"f","args":"{}"}}
{"finish":"tool_calls","usage":{"input":3,"cached":0,"output":0,"reasoning":0},"model":"m"}
`, "changed StopReason"},
		{"calls that may be cut", []*llms.ContentChoice{{Content: "Hi.", ToolCalls: []llms.ToolCall{call}, StopReason: "length", GenerationInfo: map[string]any{"PromptTokens": 3}}},
			`{"text":"Hi."}
{"finish":"length","usage":{"input":3,"cached":0,"output":0,"reasoning":0},"model":"m"}
`, "dropped ToolCalls"},
		{"a stop reason of their own", []*llms.ContentChoice{{Content: "Hi.", StopReason: "Bored", GenerationInfo: map[string]any{"PromptTokens": 3}}},
			`{"text":"Hi."}
{"finish":"Bored","usage":{"input":3,"cached":0,"output":0,"reasoning":0},"model":"m"}
`, ""},
		{"refused", []*llms.ContentChoice{{StopReason: "FinishReasonSafety", GenerationInfo: map[string]any{"PromptTokens": 3}}},
			`{"finish":"content_filter","usage":{"input":3,"cached":0,"output":0,"reasoning":0},"model":"m"}
`, ""},
	} {
		var warned []string
		m := &langchaingo.Model{LLM: saying(tt.choices...), Warn: func(w langchaingo.Warning) { warned = append(warned, string(w.Loss)+" "+w.Field) }}
		req := llm.Prompt("12345678")
		req.Model = "m"
		got, err := collect(t.Context(), m, req)
		if err != nil || got != tt.want {
			t.Errorf("%s: got\n%s%v, want\n%s", tt.name, got, err, tt.want)
		}
		if got := strings.Join(warned, ", "); got != tt.warned {
			t.Errorf("%s: warned of %q, want %q", tt.name, got, tt.warned)
		}
	}
}

// A call without an id, as googleai's are and function calls of old, is given one
// that no other has.
func TestModelCallIDs(t *testing.T) {
	f := &llms.FunctionCall{Name: "f", Arguments: `{}`}
	m := &langchaingo.Model{LLM: saying(
		&llms.ContentChoice{StopReason: "tool_calls", ToolCalls: []llms.ToolCall{{FunctionCall: f}, {FunctionCall: f}}},
		&llms.ContentChoice{StopReason: "function_call", FuncCall: f},
	)}
	resp, err := llm.Generate(t.Context(), m, llm.Prompt("Hello."))
	calls := resp.ToolCalls()
	if err != nil || len(calls) != 3 {
		t.Fatalf("got %+v, %v", calls, err)
	}
	if a, b, c := calls[0].ID, calls[1].ID, calls[2].ID; a == "" || a == b || b == c || a == c {
		t.Errorf("got ids %q, %q, %q", a, b, c)
	}
}

func TestModelFailures(t *testing.T) {
	for _, tt := range []struct {
		name    string
		choices []*llms.ContentChoice
		want    error
	}{
		{"no choice", nil, llm.ErrProtocol},
		{"a nil choice", []*llms.ContentChoice{nil}, llm.ErrProtocol},
		{"broken off", []*llms.ContentChoice{{Content: "Hi.", GenerationInfo: map[string]any{"PromptTokens": 0, "CompletionTokens": 0}}}, llm.ErrTruncated},
		{"given up", []*llms.ContentChoice{{Content: "Hi.", StopReason: "insufficient_system_resource"}}, llm.ErrOverload},
	} {
		if _, err := collect(t.Context(), &langchaingo.Model{LLM: saying(tt.choices...)}, llm.Prompt("Hello.")); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
	m := &langchaingo.Model{LLM: modelFunc(func(context.Context, []llms.MessageContent, llms.CallOptions) (*llms.ContentResponse, error) {
		return nil, nil
	})}
	if _, err := collect(t.Context(), m, llm.Prompt("Hello.")); !errors.Is(err, llm.ErrProtocol) {
		t.Errorf("no response: got %v", err)
	}
	if _, err := collect(t.Context(), new(langchaingo.Model), llm.Prompt("Hello.")); !errors.Is(err, llm.ErrInvalid) {
		t.Errorf("no LLM: got %v", err)
	}
}

func TestModelFake(t *testing.T) {
	m := &langchaingo.Model{LLM: fake.NewFakeLLM([]string{"Hello!"}), Able: llm.Abilities{JSON: true}, Warn: func(langchaingo.Warning) {}}
	if got, err := llm.Ask(m, "")(t.Context(), "Hello."); err != nil || got != "Hello!" {
		t.Errorf("got %q, %v", got, err)
	}
	if a := llm.AbilitiesOf(llm.Wrap(m, llm.Retry(2)), "x"); a != (llm.Abilities{JSON: true}) {
		t.Errorf("abilities %+v", a)
	}
}
