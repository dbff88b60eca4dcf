package langchaingo_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// reasonings returns the reasoning of each reply in the last request of a script,
// or "-" where there is none.
func reasonings(t *testing.T, model *langchaingo.LLM, script *llmtest.Script, messages []llms.MessageContent, options ...llms.CallOption) string {
	t.Helper()
	if _, err := model.GenerateContent(t.Context(), messages, options...); err != nil {
		t.Fatal(err)
	}
	requests := script.Requests()
	var list []string
	for _, m := range requests[len(requests)-1].Messages {
		switch {
		case m.Role != llm.RoleAssistant:
		case m.HasReasoning():
			list = append(list, m.Reasoning())
		default:
			list = append(list, "-")
		}
	}
	return strings.Join(list, " ")
}

// Ann and Bob say the same and are told the same, but tools found other things.
// What the LLM reasoned for Ann is not Bob's, though it does not know Bob's: it
// may have answered him before it was started again, or be one of several.
func TestRecallAnother(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "Ann's"}, llm.Text("Paid.")}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Warn: unheard}
	ann := append(human("Pay."), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "account 1")))
	later := append(human("Pay."), msg(ai, text("Paid.")), msg(user, text("Thanks."))) // as memories keep it
	if _, err := model.GenerateContent(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	if got := reasonings(t, model, script, later); got != "-" {
		t.Errorf("Bob's reply has the reasoning %q", got)
	}
	if got := reasonings(t, model, script, append(ann[:3:3], later[1:]...)); got != "- Ann's" {
		t.Errorf("Ann's replies have the reasoning %q", got)
	}

	model = &langchaingo.LLM{Model: script, Warn: unheard, User: "Ann"} // and nobody else
	if _, err := model.GenerateContent(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	if got := reasonings(t, model, script, append(human("Do not pay."), later[1:]...)); got != "-" {
		t.Errorf("after another question: reasoning %q", got)
	}
	if got := reasonings(t, model, script, later); got != "Ann's" {
		t.Errorf("Ann's reply has the reasoning %q", got)
	}
}

// An id that is made of the tool's name and a count is no one's own.
func TestRecallNamedID(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "Ann's"}, llm.ToolCall{ID: "functions.get_weather:0", Name: "get_weather", Args: `{}`}}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Warn: unheard}
	turn := []llms.MessageContent{msg(ai, call("functions.get_weather:0", "get_weather", `{}`)), msg(tooled, result("functions.get_weather:0", "sunny"))}
	if _, err := model.GenerateContent(t.Context(), human("I am Ann.")); err != nil {
		t.Fatal(err)
	}
	if got := reasonings(t, model, script, append(human("I am Bob."), turn...)); got != "-" {
		t.Errorf("Bob's reply has the reasoning %q", got)
	}
	if got := reasonings(t, model, script, append(human("I am Ann."), turn...)); got != "Ann's" {
		t.Errorf("Ann's reply has the reasoning %q", got)
	}
}

// twice is thinker, with a second call in each reply.
func twice() *llmtest.Script {
	return &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{
			llm.Reasoning{Text: fmt.Sprint("R", n)}, llm.ToolCall{ID: "call_0", Name: "f", Args: `{}`}, llm.ToolCall{ID: "call_1", Name: "g", Args: `{}`},
		}}}, nil
	}}
}

// A program that makes the first call alone, on a server that counts calls from
// zero in each reply.
func TestRecallFirstCall(t *testing.T) {
	script := twice()
	model := &langchaingo.LLM{Model: script}
	messages := human("U")
	for i := range 4 {
		got := reasonings(t, model, script, messages)
		if want := strings.TrimSpace(strings.Join([]string{"R0", "R1", "R2"}[:i], " ")); got != want {
			t.Errorf("reasoning %q, want %q", got, want)
		}
		messages = append(messages, msg(ai, call("call_0", "f", `{}`)), msg(tooled, result("call_0", "x")))
	}
}

// A call that never gets its result does not give what follows the reasoning of
// another turn.
func TestRecallUnanswered(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script, Warn: unheard}
	messages := human("U")
	for range 2 {
		if _, err := model.GenerateContent(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, msg(ai, call("call_0", "f", `{}`)))
	}
	messages = append(messages, msg(tooled, result("call_0", "x")))
	if got := reasonings(t, model, script, messages); got != "R0 R1" && got != "R0 -" {
		t.Errorf("reasoning %q", got)
	}
}

// The functions agent makes one message of the same call made in several replies.
func TestRecallGrouped(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script}
	var calls []llms.ContentPart
	var results []llms.MessageContent
	for i := range 4 {
		messages := human("U")
		if i > 0 {
			messages = append(append(messages, msg(ai, calls...)), results...)
		}
		got := reasonings(t, model, script, messages)
		if want := strings.Join([]string{"R0", "R1", "R2"}[:i], " "); got != want {
			t.Errorf("reasoning %q, want %q", got, want)
		}
		calls = append(calls, call("call_0", "f", `{}`))
		results = append(results, msg(tooled, result("call_0", fmt.Sprint("x", i))))
	}
	want := []string{"x0", "x1", "x2"}
	var got []string
	for _, m := range script.Requests()[3].Messages {
		if m.Role == llm.RoleTool {
			got = append(got, llm.Message{Parts: m.Parts[0].(llm.ToolResult).Content}.Text())
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("results %q, want %q", got, want)
	}
}

// Two agents with one LLM, and one question, on a server that counts calls from
// zero. Which of the two first replies is whose cannot be told; the later ones
// can.
func TestRecallParallel(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script, Warn: unheard}
	after := func(found ...string) []llms.MessageContent {
		messages := human("U")
		for _, f := range found {
			messages = append(messages, msg(ai, call("call_0", "f", `{}`)), msg(tooled, result("call_0", f)))
		}
		return messages
	}
	for _, tt := range []struct {
		messages []llms.MessageContent
		want     string
	}{
		{after(), ""},             // one asks, R0
		{after("a"), "R0"},        // and goes on, R1
		{after(), ""},             // the other asks, R2
		{after("b"), "-"},         // and goes on, R3
		{after("a", "c"), "- R1"}, // the one
		{after("b", "c"), "- R3"}, // the other
		{after("a", "c", "d"), "- R1 R4"},
	} {
		if got := reasonings(t, model, script, tt.messages); got != tt.want {
			t.Errorf("reasoning %q, want %q", got, tt.want)
		}
	}
}

// The same text after the same question, twice, with other thoughts.
func TestRecallSameText(t *testing.T) {
	model, server := serve(t,
		deepseektest.Reply{Text: "Hello!", Reasoning: "R0"},
		deepseektest.Reply{Text: "Bye.", Reasoning: "R1"},
		deepseektest.Reply{Text: "Hello!", Reasoning: "R2"},
		deepseektest.Reply{Text: "Bye.", Reasoning: "R3"},
	)
	model.Warn = unheard
	tools := llms.WithTools([]llms.Tool{function("f")})
	greeted := append(human("Hi"), msg(ai, text("Hello!")), msg(user, text("Go.")))
	for _, messages := range [][]llms.MessageContent{human("Hi"), greeted, human("Hi"), greeted} {
		if _, err := model.GenerateContent(t.Context(), messages, tools); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]string{1: "R0", 4: " "} { // blank, which the client has for none, when it is told that one is missing
		if got := server.Requests()[i]; *got.Messages[1].Reasoning != want {
			t.Errorf("request %d: sent\n%s", i, sent(got))
		}
	}
}

// Replies that are in doubt do not take the place of others.
func TestRecallDoubt(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: fmt.Sprint("R", n)}, llm.Text("Hello!")}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Recall: 3000} // some five
	for question := range strings.FieldsSeq("Ann Hi Hi Hi Hi Hi Hi Hi Hi") {
		if _, err := model.GenerateContent(t.Context(), human(question)); err != nil {
			t.Fatal(err)
		}
	}
	if got := reasonings(t, model, script, append(human("Ann"), msg(ai, text("Hello!")), msg(user, text("U")))); got != "R0" {
		t.Errorf("reasoning %q", got)
	}
	if got := reasonings(t, model, script, append(human("Hi"), msg(ai, text("Hello!")), msg(user, text("U")))); got != "-" {
		t.Errorf("reasoning %q", got)
	}
}

// A call that a known reply did not have does not take the place of one that it
// had.
func TestRecallMore(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script, Warn: unheard}
	if _, err := model.GenerateContent(t.Context(), human("U")); err != nil {
		t.Fatal(err)
	}
	messages := append(human("U"), msg(ai, call("call_0", "f", `{}`), call("call_1", "g", `{}`)), msg(tooled, result("call_0", "x")), msg(tooled, result("call_1", "x")))
	if got := reasonings(t, model, script, messages); got != "R0" {
		t.Errorf("reasoning %q", got)
	}
	if calls := script.Requests()[1].Messages[1].ToolCalls(); len(calls) != 2 {
		t.Errorf("sent %v", calls)
	}
}

// A reply that was begun by the caller, and goes on to calls.
func TestRecallPrefixCalls(t *testing.T) {
	script := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "R"}, llm.Text(" two"), llm.ToolCall{ID: "1", Name: "f", Args: `{ }`}}}}, nil
	}}
	model := &langchaingo.LLM{Model: script}
	if _, err := model.GenerateContent(t.Context(), human("U"), metadata(langchaingo.KeyPrefix, "one")); err != nil {
		t.Fatal(err)
	}
	messages := append(human("U"), msg(ai, call("1", "f", `{ }`)), msg(tooled, result("1", "x")))
	if _, err := model.GenerateContent(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	want := llm.Parts{llm.Reasoning{Text: "R"}, llm.Text("one two"), llm.ToolCall{ID: "1", Name: "f", Args: `{ }`}}
	if got := script.Requests()[1].Messages[1].Parts; !reflect.DeepEqual(got, want) {
		t.Errorf("sent %+v, want %+v", got, want)
	}
}

// A long conversation with a tool in each turn, of which the limit holds a few,
// trimmed and out of order: whatever reasoning goes back to DeepSeek is that of
// the turn, to the byte, or the client's blank.
func TestRecallShuffled(t *testing.T) {
	const turns = 12
	script := make([]deepseektest.Reply, 0, turns)
	for i := range turns {
		script = append(script, deepseektest.Reply{
			Reasoning: fmt.Sprintf("R%d \"é\"\n<b>", i) + strings.Repeat("r", 500),
			ToolCalls: []llm.ToolCall{{ID: fmt.Sprintf("call_00_%016d", i), Name: "f", Args: fmt.Sprintf(`{"__arg1": "%d"}`, i%3)}},
		})
	}
	model, server := serve(t, script...)
	model.Warn = unheard
	model.Recall = 6000 // some five of them
	tools := llms.WithTools([]llms.Tool{function("f")})
	var turned [][]llms.MessageContent
	for i := range turns {
		messages := human("U")
		for _, j := range rand.Perm(len(turned))[:len(turned)*3/4] {
			messages = append(messages, turned[j]...)
		}
		resp, err := model.GenerateContent(t.Context(), messages, tools)
		if err != nil {
			t.Fatal(err)
		}
		c := resp.Choices[0].ToolCalls[0]
		turned = append(turned, []llms.MessageContent{msg(ai, call(c.ID, "f", fmt.Sprint(i%3))), msg(tooled, result(c.ID, "x"))})
	}
	known := 0
	for _, req := range server.Requests() {
		for _, m := range req.Messages {
			if m.Role != llm.RoleAssistant || m.Reasoning == nil || *m.Reasoning == " " {
				continue
			}
			var i int
			fmt.Sscanf(m.ToolCalls[0].ID, "call_00_%d", &i)
			if len(m.ToolCalls) != 1 || *m.Reasoning != script[i].Reasoning || m.ToolCalls[0] != script[i].ToolCalls[0] {
				t.Fatalf("turn %d: sent %+v", i, m)
			}
			known++
		}
	}
	if known < turns {
		t.Errorf("%d replies were known", known)
	}
}
