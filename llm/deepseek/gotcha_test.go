package deepseek_test

// One test for each of the ways in which clients of the API are known to go
// wrong, numbered as in the project's list of them. This file has those of what
// is sent; reply_gotcha_test.go has those of what comes back.

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// serve returns a client of a server that gives the replies.
func serve(t *testing.T, replies ...deepseektest.Reply) (*deepseek.Client, *deepseektest.Server) {
	t.Helper()
	server := deepseektest.NewServer(t, replies...)
	return &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}, server
}

// generate sends req, which must succeed.
func generate(t *testing.T, m llm.Model, req *llm.Request) *llm.Response {
	t.Helper()
	resp, err := llm.Generate(t.Context(), m, req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// refused sends req, which must fail as invalid with a message that has the
// words, before anything is sent.
func refused(t *testing.T, req *llm.Request, words string) {
	t.Helper()
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	_, err := llm.Generate(t.Context(), c, req)
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || !errors.Is(err, llm.ErrInvalid) || !strings.Contains(e.Message, words) || e.Temporary() {
		t.Errorf("error is %v, want ErrInvalid with %q", err, words)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// body returns the members of the body of the n-th request.
func body(t *testing.T, server *deepseektest.Server, n int) map[string]json.RawMessage {
	t.Helper()
	requests := server.Requests()
	if len(requests) <= n {
		t.Fatalf("%d requests were sent, want more than %d", len(requests), n)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(requests[n].Body, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

var weather = llm.ToolSpec{Name: "weather", Description: "Tells the weather.", Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}`)}

// toolTurn is a turn in which the model calls two tools, and their results.
func toolTurn(reasoning ...llm.Part) []llm.Message {
	return []llm.Message{
		{Role: llm.RoleAssistant, Parts: append(reasoning,
			llm.ToolCall{ID: "a", Name: "weather", Args: `{"city": "Rome"}`},
			llm.ToolCall{ID: "b", Name: "weather", Args: `{"city": "Oslo"}`})},
		{Role: llm.RoleTool, Parts: llm.Parts{
			llm.ToolResult{ID: "a", Name: "weather", Content: llm.Parts{llm.Text("clear")}},
			llm.ToolResult{ID: "b", Name: "weather", Content: llm.Parts{llm.Text("rain")}},
		}},
	}
}

// Reasoning goes back with every earlier reply, byte for byte, in a tool loop
// over several turns.
func TestG1_ReasoningGoesBack(t *testing.T) {
	const thought = "I need\tthe weather:\n\"Rome\" – <first>\u2028 \\ 深海"
	c, server := serve(t,
		deepseektest.Reply{Reasoning: thought, ToolCalls: []llm.ToolCall{{ID: "a", Name: "weather", Args: `{"city": "Rome"}`}}},
		deepseektest.Reply{Reasoning: "Now I know.", Text: "It is clear."},
		deepseektest.Reply{Reasoning: "Thanks.", Text: "You are welcome."},
	)
	req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}}
	resp := generate(t, c, req)
	req.Messages = append(req.Messages, resp.Message,
		llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a", Name: "weather", Content: llm.Parts{llm.Text("clear")}}}})
	resp = generate(t, c, req)
	req.Messages = append(req.Messages, resp.Message, llm.User("Thanks"))
	generate(t, c, req)

	sent := server.Requests()[2].Messages
	for i, want := range map[int]string{1: thought, 3: "Now I know."} {
		if r := sent[i].Reasoning; r == nil || *r != want {
			t.Errorf("message %d has reasoning %v, want %q", i, r, want)
		}
	}
	if args := sent[1].ToolCalls[0].Args; args != `{"city": "Rome"}` {
		t.Errorf("arguments are sent back as %s", args)
	}
}

func TestG2_ReasoningWithParallelCalls(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Clear and rain."})
	generate(t, c, &llm.Request{
		Messages: append([]llm.Message{llm.User("Weather?")}, toolTurn(llm.Reasoning{Text: "Two cities."})...),
		Tools:    []llm.ToolSpec{weather},
	})
	sent := server.Requests()[0].Messages
	if len(sent) != 4 || len(sent[1].ToolCalls) != 2 || sent[1].Reasoning == nil || *sent[1].Reasoning != "Two cities." {
		t.Errorf("sent is %+v, want one message with the reasoning and both calls", sent)
	}
}

func TestG3_EmptyReasoningIsNotAbsent(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{ToolCalls: []llm.ToolCall{{ID: "a", Name: "weather", Args: "{}"}}}, deepseektest.Reply{Text: "Hi"})
	req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}}
	resp := generate(t, c, req)
	if !resp.HasReasoning() || resp.Reasoning() != "" {
		t.Fatalf("parts are %#v, want reasoning that is there and empty", resp.Parts)
	}
	// It survives being stored.
	data, err := json.Marshal(resp.Message)
	if err != nil {
		t.Fatal(err)
	}
	var stored llm.Message
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	req.Messages = append(req.Messages, stored, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a"}}})
	generate(t, c, req)
	if r := server.Requests()[1].Messages[1].Reasoning; r == nil || *r != "" {
		t.Errorf("reasoning is sent as %v, want the empty text", r)
	}
	if !bytes.Contains(server.Requests()[1].Body, []byte(`"reasoning_content":""`)) {
		t.Errorf("body %s lacks the empty reasoning", server.Requests()[1].Body)
	}
}

// A blank stands in for reasoning only where there is none, only once the API
// has asked for it, once, and not without a word.
func TestG4_NoPlaceholders(t *testing.T) {
	missing := deepseektest.Reply{Status: 400, Message: "The `reasoning_content` in the thinking mode must be passed back to the API."}
	req := &llm.Request{
		Messages: slices.Concat([]llm.Message{llm.User("Weather?")}, toolTurn(llm.Reasoning{Text: "Two cities."}),
			[]llm.Message{{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("Clear.")}}, llm.User("Sure?")}),
		Tools: []llm.ToolSpec{weather},
	}
	var log bytes.Buffer
	c, server := serve(t, missing, deepseektest.Reply{Text: "Yes."})
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	if resp := generate(t, c, req); resp.Text() != "Yes." {
		t.Errorf("text is %q", resp.Text())
	}
	requests := server.Requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests were sent, want 2", len(requests))
	}
	for i, want := range [][]string{{"Two cities.", ""}, {"Two cities.", " "}} {
		for j, k := range []int{1, 4} {
			if r := requests[i].Messages[k].Reasoning; r == nil || *r != want[j] {
				t.Errorf("request %d, message %d has reasoning %v, want %q", i, k, r, want[j])
			}
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1: %s", n, &log)
	}

	c, server = serve(t, missing)
	_, err := llm.Generate(t.Context(), c, req)
	if !errors.Is(err, llm.ErrInvalid) || len(server.Requests()) != 2 {
		t.Errorf("refused twice: %v after %d requests, want ErrInvalid after 2", err, len(server.Requests()))
	}
}

func TestG5_ContentIsNeverNull(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	generate(t, c, &llm.Request{
		Messages: slices.Concat([]llm.Message{llm.User("Weather?")}, toolTurn(llm.Reasoning{}),
			[]llm.Message{{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "only that"}}}, {Role: llm.RoleUser}}),
		Tools: []llm.ToolSpec{weather},
	})
	if b := server.Requests()[0].Body; bytes.Contains(b, []byte("null")) || bytes.Count(b, []byte(`"content":""`)) != 3 {
		t.Errorf("body is %s, want empty texts and no null", b)
	}
}

func TestG6_DeveloperIsSystem(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	generate(t, c, &llm.Request{Messages: []llm.Message{{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, llm.User("Hi")}})
	if m := server.Requests()[0].Messages[0]; m.Role != llm.RoleSystem || m.Content != "Be brief." {
		t.Errorf("first message is %+v, want a system message", m)
	}
}

func TestG7_NoSchemaOnChat(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "{}"})
	req := llm.Prompt("Hi")
	req.Schema = json.RawMessage(`{"type":"object"}`)
	generate(t, c, req)
	if path := server.Requests()[0].Path; path != "/responses" {
		t.Errorf("the schema went to %s", path)
	}
}

func TestG8_JSONNeedsTheWord(t *testing.T) {
	req := llm.Prompt("Give me an object.")
	req.Format = llm.FormatJSON
	refused(t, req, `the word "json"`)

	c, server := serve(t, deepseektest.Reply{Text: "{}"})
	for _, prompt := range []string{"As JSON.", "use jSoN", "j js jso json"} {
		req := llm.Prompt(prompt)
		req.Format = llm.FormatJSON
		generate(t, c, req)
	}
	if f := body(t, server, 0)["response_format"]; string(f) != `{"type":"json_object"}` {
		t.Errorf("response_format is %s", f)
	}
}

func TestG9_ForcedToolsWithoutThinking(t *testing.T) {
	for _, choice := range []llm.ToolChoice{llm.ToolRequired, llm.ToolNamed("weather")} {
		c, server := serve(t, deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "weather", Args: "{}"}}})
		req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}, ToolChoice: choice}
		generate(t, c, req)
		req.Effort = llm.EffortNone
		generate(t, c, req)
		for n := range 2 {
			if b := body(t, server, n); string(b["thinking"]) != `{"type":"disabled"}` || b["reasoning_effort"] != nil {
				t.Errorf("%s: thinking is %s with effort %s, want it disabled with none", choice, b["thinking"], b["reasoning_effort"])
			}
		}
		req.Effort = llm.EffortHigh
		refused(t, req, "cannot be combined with effort")
	}
}

func TestG10_StrictToolsGoToBeta(t *testing.T) {
	strict, other := weather, weather
	strict.Strict = true
	other.Name = "other"
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{strict}})
	generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{other}})
	if r := server.Requests(); !r[0].Beta || r[1].Beta || !r[0].Tools[0].Strict {
		t.Errorf("beta is %v and %v, want it for the strict tool alone", r[0].Beta, r[1].Beta)
	}
	refused(t, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{strict, other}}, "1 of 2 tools are strict")
	strict.Schema = nil
	refused(t, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{strict}}, "has no schema")
}

func TestG16_Effort(t *testing.T) {
	for _, test := range []struct {
		effort           llm.Effort
		thinking, wanted string
	}{
		{"", "", ""},
		{llm.EffortNone, `{"type":"disabled"}`, ""},
		{llm.EffortLow, `{"type":"enabled"}`, `"low"`},
		{llm.EffortHigh, `{"type":"enabled"}`, `"high"`},
		{llm.EffortMax, `{"type":"enabled"}`, `"max"`},
		{"medium", `{"type":"enabled"}`, `"medium"`},
	} {
		c, server := serve(t, deepseektest.Reply{Text: "Hi", Reasoning: "hm"})
		req := llm.Prompt("Hi")
		req.Effort = test.effort
		resp := generate(t, c, req)
		b := body(t, server, 0)
		if string(b["thinking"]) != test.thinking || string(b["reasoning_effort"]) != test.wanted {
			t.Errorf("%q: thinking is %s with effort %s, want %s with %s", test.effort, b["thinking"], b["reasoning_effort"], test.thinking, test.wanted)
		}
		if resp.HasReasoning() != (test.effort != llm.EffortNone) {
			t.Errorf("%q: parts are %#v", test.effort, resp.Parts)
		}
	}
	req := llm.Prompt("Hi")
	req.Effort = "enormous"
	refused(t, req, `effort "enormous"`)
}

func TestG17_User(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	req := llm.Prompt("Hi")
	req.User = "user_17-a"
	generate(t, c, req)
	if b := body(t, server, 0); string(b["user_id"]) != `"user_17-a"` || b["user"] != nil {
		t.Errorf("user_id is %s, user is %s", b["user_id"], b["user"])
	}
	for _, user := range []string{"a@example.com", "a:b", strings.Repeat("a", 513), "深海"} {
		req.User = user
		refused(t, req, "at most 512 letters")
	}
}

func TestG18_ResultsFollowCalls(t *testing.T) {
	turn := toolTurn()
	call, results := turn[0], turn[1]
	only := llm.Message{Role: llm.RoleTool, Parts: results.Parts[:1]}
	user := llm.User("Hi")
	for _, test := range []struct {
		messages []llm.Message
		words    string
	}{
		{[]llm.Message{user, call}, `message 1: there is no result for tool call "a"`},
		{[]llm.Message{user, call, user}, `message 2: the results of the tool calls of message 1 must come first, but there is none for call "a"`},
		{[]llm.Message{user, call, only, user}, `message 3: the results of the tool calls of message 1 must come first, but there is none for call "b"`},
		{[]llm.Message{user, call, only}, `message 1: there is no result for tool call "b"`},
		{[]llm.Message{user, results}, `message 1: there is no open call "a"`},
		{[]llm.Message{user, call, results, results}, `message 3: there is no open call "a"`},
		{[]llm.Message{user, call, only, only}, `message 3: there is no open call "a"`},
		{[]llm.Message{user, {Role: llm.RoleAssistant, Parts: llm.Parts{call.Parts[0], call.Parts[0]}}}, `message 1: two tool calls have the id "a"`},
		{[]llm.Message{user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "a", Name: "f", Args: `{"x":`}}}}, `message 1: the arguments of tool call "a" are not JSON`},
		{[]llm.Message{user, {Role: llm.RoleTool}}, `message 1: there is no tool result in it`},
		{[]llm.Message{user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{Name: "f"}}}}, `message 1: a tool call has no id`},
		{[]llm.Message{user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "a"}}}}, `message 1: tool call "a" has no name`},
	} {
		refused(t, &llm.Request{Messages: test.messages, Tools: []llm.ToolSpec{weather}}, test.words)
	}
	// What the model wrote does not end the conversation, as long as it is JSON.
	for _, args := range []string{`{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"n":1e999}`, `[1]`, `null`, ``} {
		c, _ := serve(t, deepseektest.Reply{Text: "Hi"})
		generate(t, c, &llm.Request{Messages: []llm.Message{
			user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.ToolCall{ID: "a", Name: "weather", Args: args}}},
			{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a"}}},
		}, Tools: []llm.ToolSpec{weather}})
	}
	// Results in another order than the calls, and in messages of their own, are fine.
	c, _ := serve(t, deepseektest.Reply{Text: "Hi"})
	generate(t, c, &llm.Request{Messages: []llm.Message{
		user, {Role: llm.RoleAssistant, Parts: append(llm.Parts{llm.Reasoning{}}, call.Parts...)},
		{Role: llm.RoleTool, Parts: results.Parts[1:]}, only,
	}, Tools: []llm.ToolSpec{weather}})
}

// A conversation that grows keeps its prefix, and the cache of the API serves it.
func TestG20_PrefixIsKept(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Reasoning: "hm", Text: strings.Repeat("An answer of some length. ", 20)})
	req := &llm.Request{
		Messages: []llm.Message{llm.System(strings.Repeat("You are a careful assistant. ", 40)), llm.User("First?")},
		Tools:    []llm.ToolSpec{weather, {Name: "clock", Schema: json.RawMessage(`{ "type":"object",  "properties":{} }`)}},
	}
	first := generate(t, c, req)
	req.Messages = append(req.Messages, first.Message, llm.User("Second?"))
	second := generate(t, c, req)
	if first.Usage.Cached != 0 || second.Usage.Cached < 128 || second.Usage.Cached%128 != 0 {
		t.Errorf("cached are %d and then %d tokens, want none and then a multiple of 128", first.Usage.Cached, second.Usage.Cached)
	}
	before, after := body(t, server, 0), body(t, server, 1)
	if string(before["tools"]) != string(after["tools"]) {
		t.Errorf("tools are sent as %s and then %s, want the same bytes", before["tools"], after["tools"])
	}
	if !bytes.HasPrefix(after["messages"], bytes.TrimSuffix(before["messages"], []byte("]"))) {
		t.Errorf("messages %s do not begin with those before", after["messages"])
	}
}

func TestG22_KindsOfTools(t *testing.T) {
	refused(t, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{{Kind: "web_search"}}}, `of the kind "web_search"`)
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{{Kind: "deepseek_web_search"}}})
	if tools := body(t, server, 0)["tools"]; string(tools) != `[{"type":"deepseek_web_search"}]` {
		t.Errorf("tools are sent as %s", tools)
	}
}

// Text alone is sent as a string, in whatever message and however many parts.
func TestG23_TextIsAString(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	two := llm.Parts{llm.Text("a"), llm.Text("b")}
	generate(t, c, &llm.Request{Messages: []llm.Message{
		{Role: llm.RoleSystem, Parts: two}, {Role: llm.RoleUser, Parts: two}, {Role: llm.RoleAssistant, Parts: two}, {Role: llm.RoleUser, Parts: two},
	}})
	if b := server.Requests()[0].Body; bytes.Count(b, []byte(`"content":"ab"`)) != 4 {
		t.Errorf("body is %s, want four strings", b)
	}
}

func TestG26_ImagesNeedEyes(t *testing.T) {
	look := []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is it?"), llm.Blob{MIMEType: "image/png", Data: []byte("x")}}}}
	refused(t, &llm.Request{Model: "deepseek-v4-pro", Messages: look}, "does not see images")
	c, server := serve(t, deepseektest.Reply{Text: "A dot."})
	generate(t, c, &llm.Request{Messages: look})
	if blobs := server.Requests()[0].Messages[0].Blobs; len(blobs) != 1 || string(blobs[0].Data) != "x" {
		t.Errorf("blobs are %+v", blobs)
	}
}

// What a model can do is in a table by its exact name, and a name that is not
// in it is sent as it is.
func TestG27_NoGuessingByName(t *testing.T) {
	for name, want := range map[string]bool{"deepseek-flash": true, "deepseek-v4-flash": true, "deepseek-v4-pro": true, "": true, "deepseek-v5": false, "my-deepseek-v4-pro": false} {
		if got := llm.AbilitiesOf(&deepseek.Client{Model: "deepseek-flash"}, name); got.Prefix != want || (got.Context == 1<<20) != want {
			t.Errorf("abilities of %q are %+v", name, got)
		}
	}
	c, server := serve(t, deepseektest.Reply{Status: 400, Message: "Model Not Exist"})
	req := llm.Prompt("Hi")
	req.Model = "deepseek-v5"
	_, err := llm.Generate(t.Context(), c, req)
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Err != llm.ErrInvalid || e.Status != 400 {
		t.Errorf("error is %v", err)
	}
	if m := server.Requests()[0].Model; m != "deepseek-v5" {
		t.Errorf("model is sent as %q", m)
	}
}

func TestG33_TooManyTokens(t *testing.T) {
	c, _ := serve(t)
	req := llm.Prompt("Hi")
	req.MaxTokens = 1 << 20
	_, err := llm.Generate(t.Context(), c, req)
	if e, ok := errors.AsType[*llm.Error](err); !ok || !errors.Is(err, llm.ErrInvalid) || !strings.Contains(e.Message, "the valid range of max_tokens is [1, 393216]") {
		t.Errorf("error is %v, want the API's own words", err)
	}
	req.MaxTokens = -1
	refused(t, req, "must not be negative")
}

// To say nothing of thinking is to leave it on.
func TestG34_ThinkingIsTheDefault(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	req := llm.Prompt("A title for this.")
	generate(t, c, req)
	req.Effort = llm.EffortNone
	generate(t, c, req)
	if r := server.Requests(); !r[0].Thinking || r[1].Thinking {
		t.Errorf("thinking is %v by default and %v with effort none", r[0].Thinking, r[1].Thinking)
	}
}
