package langchaingo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/memory"
	"github.com/tmc/langchaingo/prompts"
	"github.com/tmc/langchaingo/tools"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
)

// serve returns a DeepSeek client as a model of langchaingo. A warning fails the
// test.
func serve(t *testing.T, replies ...deepseektest.Reply) (*langchaingo.LLM, *deepseektest.Server) {
	t.Helper()
	server := deepseektest.NewServer(t, replies...)
	return &langchaingo.LLM{
		Model: &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"},
		Warn:  func(w langchaingo.Warning) { t.Errorf("warning: %v", w) },
	}, server
}

// A tool answers by a function, and notes what it was given.
type tool struct {
	name   string
	answer func(string) string
}

func (t tool) Name() string        { return t.name }
func (t tool) Description() string { return "Answers what " + t.name + " is asked." }
func (t tool) Call(_ context.Context, input string) (string, error) {
	return t.answer(input), nil
}

var twoTools = []tools.Tool{
	tool{"calculator", func(s string) string { return "=" + s }},
	tool{"weather", func(s string) string { return "sunny in " + s }},
}

func TestLLMChain(t *testing.T) {
	model, server := serve(t, deepseektest.Reply{Text: "Socks & Sons", Reasoning: "A pun."})
	chain := chains.NewLLMChain(model, prompts.NewPromptTemplate("Name a company that makes {{.product}}.", []string{"product"}))
	got, err := chains.Run(t.Context(), chain, "socks", chains.WithTemperature(0), chains.WithMaxTokens(50))
	if err != nil || got != "Socks & Sons" {
		t.Fatalf("got %q, %v", got, err)
	}
	body := string(server.Requests()[0].Body)
	want := `{"model":"deepseek-flash","messages":[{"role":"user","content":"Name a company that makes socks."}],"max_tokens":50,"temperature":0}`
	if body != want {
		t.Errorf("sent\n%s\nwant\n%s", body, want)
	}
}

func TestConversationChain(t *testing.T) {
	model, server := serve(t,
		deepseektest.Reply{Text: "Hello, Ann.", Reasoning: "She says her name."},
		deepseektest.Reply{Text: "You are Ann."},
	)
	chain := chains.NewConversation(model, memory.NewConversationBuffer())
	var streamed strings.Builder
	for _, input := range []string{"I am Ann.", "Who am I?"} {
		if _, err := chains.Run(t.Context(), chain, input, chains.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			streamed.Write(chunk)
			return nil
		})); err != nil {
			t.Fatal(err)
		}
	}
	if got := streamed.String(); got != "Hello, Ann.You are Ann." {
		t.Errorf("streamed %q", got)
	}
	second := server.Requests()[1].Last(llm.RoleUser)
	if !strings.Contains(second, "Human: I am Ann.\nAI: Hello, Ann.\nHuman: Who am I?\nAI:") {
		t.Errorf("the second prompt is %q", second)
	}
}

// sent returns the messages of a request in one line each.
func sent(req deepseektest.Request) string {
	var b strings.Builder
	for _, m := range req.Messages {
		fmt.Fprintf(&b, "%s %q", m.Role, m.Content)
		if m.Reasoning != nil {
			fmt.Fprintf(&b, " reasoning %q", *m.Reasoning)
		}
		for _, c := range m.ToolCalls {
			fmt.Fprintf(&b, " %s %s %s", c.ID, c.Name, c.Args)
		}
		if m.ToolCallID != "" {
			fmt.Fprintf(&b, " for %s", m.ToolCallID)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// The functions agent takes a turn of two calls apart, takes the arguments out of
// their JSON, and drops text and reasoning. DeepSeek gets all of it as it was.
func TestFunctionsAgent(t *testing.T) {
	model, server := serve(t,
		deepseektest.Reply{
			Text:      "Let me see. ",
			Reasoning: "Two things to\n\"find out\" — <b>",
			ToolCalls: []llm.ToolCall{
				{ID: "call_00_a0123456789", Name: "calculator", Args: `{"__arg1": "21*2"}`},
				{ID: "call_01_b0123456789", Name: "weather", Args: `{ "__arg1":"Lisbon" }`},
			},
		},
		deepseektest.Reply{
			Reasoning: "Once more.",
			ToolCalls: []llm.ToolCall{{ID: "call_00_c0123456789", Name: "calculator", Args: `{"__arg1": "1"}`}},
		},
		deepseektest.Reply{
			Reasoning: "Exactly the same call.",
			ToolCalls: []llm.ToolCall{{ID: "call_00_d0123456789", Name: "calculator", Args: `{"__arg1": "1"}`}},
		},
		deepseektest.Reply{Text: "42, and sunny.", Reasoning: "Done."},
	)
	executor := agents.NewExecutor(agents.NewOpenAIFunctionsAgent(model, twoTools), agents.WithMaxIterations(5))
	got, err := chains.Run(t.Context(), executor, "What is 21*2, and how is Lisbon?")
	if err != nil || got != "42, and sunny." {
		t.Fatalf("got %q, %v", got, err)
	}
	requests := server.Requests()
	if len(requests) != 4 {
		t.Fatalf("%d requests, want 4", len(requests))
	}
	want := `system "You are a helpful AI assistant."
user "What is 21*2, and how is Lisbon?"
assistant "Let me see. " reasoning "Two things to\n\"find out\" — <b>" call_00_a0123456789 calculator {"__arg1": "21*2"} call_01_b0123456789 weather { "__arg1":"Lisbon" }
tool "=21*2" for call_00_a0123456789
tool "sunny in Lisbon" for call_01_b0123456789
assistant "" reasoning "Once more." call_00_c0123456789 calculator {"__arg1": "1"}
tool "=1" for call_00_c0123456789
assistant "" reasoning "Exactly the same call." call_00_d0123456789 calculator {"__arg1": "1"}
tool "=1" for call_00_d0123456789
`
	if got := sent(requests[3]); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	// Each request begins with the bytes of the one before it, so that DeepSeek's
	// cache has them.
	for i := 1; i < len(requests); i++ {
		before := messagesOf(t, requests[i-1])
		if now := messagesOf(t, requests[i]); !strings.HasPrefix(now, before) {
			t.Errorf("request %d\n%s\ndoes not begin as request %d\n%s", i, now, i-1, before)
		}
	}
}

// messagesOf returns the messages in the body of a request, up to where they end.
func messagesOf(t *testing.T, req deepseektest.Request) string {
	t.Helper()
	head, _, ok := strings.Cut(string(req.Body), `],"tools":`)
	if !ok {
		t.Fatalf("no tools in %s", req.Body)
	}
	return head
}

// An agent whose LLM does not know the replies any more gets along: arguments are
// made JSON again, the client puts blank reasoning where DeepSeek wants some, and
// there are warnings.
func TestFunctionsAgentForgotten(t *testing.T) {
	server := deepseektest.NewServer(t,
		deepseektest.Reply{
			Reasoning: "Two.",
			ToolCalls: []llm.ToolCall{
				{ID: "call_00_a", Name: "calculator", Args: `{"__arg1":"21*2"}`},
				{ID: "call_01_b", Name: "weather", Args: `{"__arg1":"Lisbon"}`},
			},
		},
		deepseektest.Reply{Text: "42."},
	)
	var warned []string
	model := &langchaingo.LLM{
		Model:  &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"},
		Warn:   func(w langchaingo.Warning) { warned = append(warned, string(w.Loss)+" "+w.Field) },
		Recall: -1,
	}
	executor := agents.NewExecutor(agents.NewOpenAIFunctionsAgent(model, twoTools))
	if got, err := chains.Run(t.Context(), executor, "What is 21*2?"); err != nil || got != "42." {
		t.Fatalf("got %q, %v", got, err)
	}
	requests := server.Requests()
	want := `system "You are a helpful AI assistant."
user "What is 21*2?"
assistant "" reasoning " " call_00_a calculator {"__arg1":"21*2"}
tool "=21*2" for call_00_a
assistant "" reasoning " " call_01_b weather {"__arg1":"Lisbon"}
tool "sunny in Lisbon" for call_01_b
`
	if got := sent(requests[len(requests)-1]); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(warned, ", "); got != "changed Arguments, dropped Reasoning" {
		t.Errorf("warned of %s", got)
	}
}

// The agents that speak in text send one message of the user's, and stop words.
func TestTextAgents(t *testing.T) {
	for name, tt := range map[string]struct {
		agent  func(llms.Model) agents.Agent
		answer string
	}{
		"one shot":       {func(m llms.Model) agents.Agent { return agents.NewOneShotAgent(m, twoTools) }, "Final Answer: 42"},
		"conversational": {func(m llms.Model) agents.Agent { return agents.NewConversationalAgent(m, twoTools) }, "AI: 42"},
	} {
		model, server := serve(t,
			deepseektest.Reply{Text: "Thought: I calculate.\nAction: calculator\nAction Input: 21*2\n", Reasoning: "R0"},
			deepseektest.Reply{Text: "Thought: I know.\n" + tt.answer, Reasoning: "R1"},
		)
		got, err := chains.Run(t.Context(), agents.NewExecutor(tt.agent(model)), "What is 21*2?", chains.WithTemperature(0))
		if err != nil || strings.TrimSpace(got) != "42" {
			t.Errorf("%s: got %q, %v", name, got, err)
			continue
		}
		for i, req := range server.Requests() {
			if len(req.Messages) != 1 || req.Messages[0].Role != llm.RoleUser || i > 0 && !strings.Contains(req.Messages[0].Content, "=21*2") {
				t.Errorf("%s: request %d: sent\n%s", name, i, sent(req))
			}
			if body := string(req.Body); !strings.Contains(body, `"temperature":0,"stop":["\nObservation:","\n\tObservation:"]`) {
				t.Errorf("%s: sent %s", name, body)
			}
		}
	}
}

// All that a chain can ask for.
func TestChainOptions(t *testing.T) {
	model, server := serve(t, deepseektest.Reply{Text: "Yes."}, deepseektest.Reply{Text: "Yes."})
	var warned []string
	model.Warn = func(w langchaingo.Warning) { warned = append(warned, w.Field) }
	model.User = "u-1"
	chain := chains.NewLLMChain(model, prompts.NewPromptTemplate("{{.x}}", []string{"x"}))
	if _, err := chains.Run(t.Context(), chain, "Really?", chains.WithModel("deepseek-v4-pro"), chains.WithMaxTokens(9), chains.WithTemperature(0),
		chains.WithTopP(0.9), chains.WithStopWords([]string{"a"}), chains.WithTopK(1), chains.WithSeed(0), chains.WithMinLength(1),
		chains.WithMaxLength(2), chains.WithRepetitionPenalty(2)); err != nil {
		t.Fatal(err)
	}
	want := `{"model":"deepseek-v4-pro","messages":[{"role":"user","content":"Really?"}],"max_tokens":9,"temperature":0,"top_p":0.9,"stop":["a"],"user_id":"u-1"}`
	if got := string(server.Requests()[0].Body); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if _, err := model.Call(t.Context(), "Really?", metadata(langchaingo.KeyUser, "u-2")); err != nil || !strings.Contains(string(server.Requests()[1].Body), `"user_id":"u-2"`) {
		t.Errorf("sent %s, %v", server.Requests()[1].Body, err)
	}
	if got := strings.Join(warned, " "); got != "Seed TopK MinLength MaxLength RepetitionPenalty" {
		t.Errorf("warned of %s", got)
	}
}
