package deepseek_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A request that breaks a rule is refused before it is sent, with the rule.
func TestRules(t *testing.T) {
	ok := func() *llm.Request { return llm.Prompt("Hi") }
	with := func(change func(*llm.Request)) *llm.Request { r := ok(); change(r); return r }
	say := func(role llm.Role, parts ...llm.Part) *llm.Request {
		return &llm.Request{Messages: []llm.Message{llm.User("Hi"), {Role: role, Parts: parts}}}
	}
	tool := func(specs ...llm.ToolSpec) *llm.Request {
		return &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: specs}
	}
	for _, test := range []struct {
		req   *llm.Request
		words string
	}{
		{&llm.Request{}, "no messages"},
		{with(func(r *llm.Request) { r.Format = "xml" }), `format "xml"`},
		{with(func(r *llm.Request) { r.Temperature = new(2.1) }), "temperature is 2.1"},
		{with(func(r *llm.Request) { r.Temperature = new(-0.1) }), "temperature is -0.1"},
		{with(func(r *llm.Request) { r.Temperature = new(math.NaN()) }), "temperature is NaN"},
		{with(func(r *llm.Request) { r.TopP = new(0.0) }), "TopP is 0"},
		{with(func(r *llm.Request) { r.TopP = new(1.1) }), "TopP is 1.1"},
		{with(func(r *llm.Request) { r.Stop = make([]string, 17) }), "17 stop strings"},
		{with(func(r *llm.Request) { r.TopLogprobs = 21 }), "TopLogprobs is 21"},
		{with(func(r *llm.Request) { r.TopLogprobs = -1 }), "TopLogprobs is -1"},
		{with(func(r *llm.Request) { r.ToolChoice = llm.ToolRequired }), "there are no tools"},
		{with(func(r *llm.Request) { r.ToolChoice = llm.ToolNamed("f") }), `no tool named "f"`},
		{with(func(r *llm.Request) { r.ToolChoice = "f" }), `tool choice "f" is not one of`},
		{with(func(r *llm.Request) { r.TopLogprobs = 1; r.Extra = []byte(`{"logprobs":true}`) }), `Extra has a member "logprobs"`},
		{with(func(r *llm.Request) { r.Extra = []byte(`{"MODEL":"x"}`) }), `Extra has a member "MODEL"`},
		{tool(make([]llm.ToolSpec, 129)...), "129 tools"},
		{say("human", llm.Text("x")), `message 1: the role "human"`},
		{say(""), `message 1: the role ""`},
		{say(llm.RoleSystem, llm.Blob{URL: "https://example.com/a.png"}), "message 1: a message with role system cannot have a llm.Blob part"},
		{say(llm.RoleAssistant, llm.Blob{URL: "https://example.com/a.png"}), "role assistant cannot have a llm.Blob part"},
		{say(llm.RoleAssistant, llm.ToolResult{}), "role assistant cannot have a llm.ToolResult part"},
		{say(llm.RoleUser, llm.ToolCall{}), "role user cannot have a llm.ToolCall part"},
		{say(llm.RoleUser, llm.Reasoning{}), "role user cannot have a llm.Reasoning part"},
		{say(llm.RoleUser, nil), "role user cannot have a <nil> part"},
		{say(llm.RoleTool, llm.Text("x")), "role tool cannot have a llm.Text part"},
		{&llm.Request{Messages: append([]llm.Message{toolTurn()[0]}, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a", Content: llm.Parts{llm.Blob{ID: "file-api-1"}}}}})}, `message 1: the result of tool call "a" has a llm.Blob part`},
		{say(llm.RoleReminder, llm.Text("x")), "a reminder must be followed by the message of the user"},
		{say(llm.RoleUser, llm.Blob{MIMEType: "image/png", Data: []byte{}}), "exactly one of Data, URL and ID"},
		{say(llm.RoleUser, llm.Blob{}), "exactly one of Data, URL and ID"},
		{say(llm.RoleUser, llm.Blob{ID: "file-api-1", URL: "https://example.com"}), "exactly one of Data, URL and ID"},
		{say(llm.RoleUser, llm.Blob{URL: "file:///etc/passwd"}), "must be http or https"},
		{say(llm.RoleUser, llm.Blob{URL: "https://" + strings.Repeat("x", 8192)}), "over 8192 bytes"},
		{say(llm.RoleUser, llm.Blob{URL: "https://example.com/a.pdf", MIMEType: "application/pdf"}), "fetches images alone"},
		{say(llm.RoleUser, llm.Blob{Data: []byte("x")}), "needs a MIMEType"},
		{say(llm.RoleUser, llm.Blob{Data: []byte("x"), MIMEType: `image/"png`}), "needs a MIMEType"},
		{tool(llm.ToolSpec{}), "tool 0: the name"},
		{tool(llm.ToolSpec{Name: "a b"}), "tool 0: the name"},
		{tool(llm.ToolSpec{Name: strings.Repeat("a", 129)}), "tool 0: the name"},
		{tool(llm.ToolSpec{Name: "a"}, llm.ToolSpec{Name: "a"}), `tool 1: the name "a" is taken`},
		{tool(llm.ToolSpec{Name: "a", Schema: json.RawMessage(`{"a":`)}), `tool "a": the schema is not sound JSON: gate: unexpected end at offset 5`},
		{tool(llm.ToolSpec{Name: "a", Schema: json.RawMessage(`{"a":1,"a":2}`)}), `tool "a": the schema is not sound JSON: gate: duplicate name`},
		{tool(llm.ToolSpec{Name: "a", Schema: json.RawMessage(`true`)}), `tool "a": the schema is not a JSON object`},
	} {
		refused(t, test.req, test.words)
	}
}

func TestReminder(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	req := llm.Prompt("Hi")
	req.Messages = append([]llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}}, req.Messages...)
	generate(t, c, req)
	if m := server.Requests()[0].Messages[0]; m.Role != llm.RoleReminder {
		t.Errorf("the reminder is sent as %+v", m)
	}
}

// The reply continues the last message if that is the assistant's.
func TestPrefixCompletion(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "print(1)\n"})
	resp := generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Python, please."), llm.Assistant("```python\n")}, Stop: []string{"```"}})
	r := server.Requests()[0]
	if !r.Beta || !r.Messages[1].Prefix || resp.Text() != "print(1)\n" {
		t.Errorf("beta %v, prefix %v, reply %q", r.Beta, r.Messages[1].Prefix, resp.Text())
	}
}
