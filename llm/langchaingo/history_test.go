package langchaingo_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// Parts of langchaingo's messages, in few letters.
func text(s string) llms.ContentPart { return llms.TextContent{Text: s} }
func call(id, name, args string) llms.ContentPart {
	return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: name, Arguments: args}}
}
func result(id, content string) llms.ContentPart {
	return llms.ToolCallResponse{ToolCallID: id, Content: content}
}
func msg(role llms.ChatMessageType, parts ...llms.ContentPart) llms.MessageContent {
	return llms.MessageContent{Role: role, Parts: parts}
}

// read returns what messages are for a model that gave the replies before.
func read(t *testing.T, messages []llms.MessageContent, warn func(langchaingo.Warning)) ([]llm.Message, error) {
	t.Helper()
	script := &llmtest.Script{Replies: []llm.Message{llm.Assistant("Yes.")}}
	model := &langchaingo.LLM{Model: script, Warn: warn}
	_, err := model.GenerateContent(t.Context(), messages, llms.WithTools([]llms.Tool{function("f")}))
	if err != nil {
		return nil, err
	}
	return script.Requests()[0].Messages, nil
}

const (
	ai     = llms.ChatMessageTypeAI
	user   = llms.ChatMessageTypeHuman
	system = llms.ChatMessageTypeSystem
	tooled = llms.ChatMessageTypeTool
)

func TestMessages(t *testing.T) {
	assistant := func(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleAssistant, Parts: parts} }
	results := func(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleTool, Parts: parts} }
	call1, call2 := llm.ToolCall{ID: "1", Name: "f", Args: `{}`}, llm.ToolCall{ID: "2", Name: "g", Args: `{"a":1}`}
	result1 := llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("one")}}
	result2 := llm.ToolResult{ID: "2", Name: "g", Content: llm.Parts{llm.Text("two")}}
	for _, tt := range []struct {
		name   string
		in     []llms.MessageContent
		want   []llm.Message
		warned string
	}{
		{"roles", []llms.MessageContent{msg(system, text("S")), msg(user, text("U")), msg(llms.ChatMessageTypeGeneric, text("G"))},
			[]llm.Message{llm.System("S"), llm.User("U"), llm.User("G")}, ""},
		{"images and files", []llms.MessageContent{msg(user, text("See"),
			llms.ImageURLContent{URL: "https://example.org/a.png", Detail: "low"},
			llms.ImageURLContent{URL: "data:image/png;base64,aGk=", Detail: "high"},
			llms.BinaryContent{MIMEType: "audio/wav", Data: []byte("hi")})},
			[]llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("See"), llm.Blob{URL: "https://example.org/a.png", Detail: "low"},
				llm.Blob{MIMEType: "image/png", Data: []byte("hi"), Detail: "high"}, llm.Blob{MIMEType: "audio/wav", Data: []byte("hi")}}}}, ""},
		{"cached", []llms.MessageContent{msg(system, llms.WithCacheControl(text("S"), &llms.CacheControl{Type: "ephemeral"})), msg(user, llms.CachedContent{ContentPart: text("U")})},
			[]llm.Message{llm.System("S"), llm.User("U")}, "ignored CacheControl"},
		{"one message of calls, one of each result", []llms.MessageContent{msg(user, text("U")), msg(ai, text("T"), call("1", "f", `{}`), call("2", "g", `{"a":1}`)), msg(tooled, result("1", "one")), msg(tooled, result("2", "two"))},
			[]llm.Message{llm.User("U"), assistant(llm.Text("T"), call1, call2), results(result1, result2)}, "dropped Reasoning"},
		{"one message of each call", []llms.MessageContent{msg(user, text("U")), msg(ai, call("1", "f", `{}`)), msg(ai, call("2", "g", `{"a":1}`)), msg(tooled, result("2", "two"), result("1", "one"))},
			[]llm.Message{llm.User("U"), assistant(call1, call2), results(result2, result1)}, "dropped Reasoning"},
		{"calls one after the other", []llms.MessageContent{msg(user, text("U")), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "one")), msg(ai, call("2", "g", `{"a":1}`)), msg(tooled, result("2", "two"))},
			[]llm.Message{llm.User("U"), assistant(call1), results(result1), assistant(call2), results(result2)}, "dropped Reasoning"},
		{"the same id again", []llms.MessageContent{msg(user, text("U")), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "one")), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "one"))},
			[]llm.Message{llm.User("U"), assistant(call1), results(result1), assistant(call1), results(result1)}, "dropped Reasoning"},
		{"functions of old, without ids", []llms.MessageContent{msg(user, text("U")), msg(ai, call("", "f", `{}`), call("", "g", `{}`)), msg(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "g", Content: "two"}), msg(llms.ChatMessageTypeFunction, result("", "one"))},
			[]llm.Message{llm.User("U"), assistant(llm.ToolCall{ID: "call_1_0", Name: "f", Args: `{}`}, llm.ToolCall{ID: "call_1_1", Name: "g", Args: `{}`}),
				results(llm.ToolResult{ID: "call_1_1", Name: "g", Content: llm.Parts{llm.Text("two")}}, llm.ToolResult{ID: "call_1_0", Name: "f", Content: llm.Parts{llm.Text("one")}})}, "dropped Reasoning"},
		{"arguments that are no object", []llms.MessageContent{msg(user, text("U")), msg(ai, langchaingo.ReasoningPart{Reasoning: "R"}, call("1", "f", "21 < 42"), call("2", "f", "42"), call("3", "f", "")), msg(tooled, result("1", "one")), msg(tooled, result("2", "one")), msg(tooled, result("3", "one"))},
			[]llm.Message{llm.User("U"), assistant(llm.Reasoning{Text: "R"}, llm.ToolCall{ID: "1", Name: "f", Args: `{"__arg1":"21 < 42"}`}, llm.ToolCall{ID: "2", Name: "f", Args: `{"__arg1":"42"}`}, llm.ToolCall{ID: "3", Name: "f"}),
				results(result1, llm.ToolResult{ID: "2", Name: "f", Content: result1.Content}, llm.ToolResult{ID: "3", Name: "f", Content: result1.Content})}, "changed Arguments"},
		{"reasoning as a part", []llms.MessageContent{msg(user, text("U")), msg(ai, langchaingo.ReasoningPart{Reasoning: ""}, text("T")), msg(user, text("V"))},
			[]llm.Message{llm.User("U"), assistant(llm.Reasoning{}, llm.Text("T")), llm.User("V")}, ""},
		{"a text of unknown reasoning", []llms.MessageContent{msg(user, text("U")), msg(ai, text("T")), msg(user, text("V"))},
			[]llm.Message{llm.User("U"), assistant(llm.Text("T")), llm.User("V")}, "dropped Reasoning"},
		{"a result of no call", []llms.MessageContent{msg(user, text("U")), msg(tooled, result("1", "one"))},
			[]llm.Message{llm.User("U"), results(llm.ToolResult{ID: "1", Content: llm.Parts{llm.Text("one")}})}, ""},
		{"a result of no call, between others", []llms.MessageContent{msg(user, text("U")), msg(ai, langchaingo.ReasoningPart{}, call("1", "f", `{}`)), msg(tooled, result("1", "one")), msg(tooled, result("3", "one")), msg(ai, langchaingo.ReasoningPart{}, call("2", "g", `{"a":1}`)), msg(tooled, result("2", "two"))},
			[]llm.Message{llm.User("U"), assistant(llm.Reasoning{}, call1), results(result1), results(llm.ToolResult{ID: "3", Content: result1.Content}), assistant(llm.Reasoning{}, call2), results(result2)}, ""},
		{"a result that comes twice", []llms.MessageContent{msg(user, text("U")), msg(ai, langchaingo.ReasoningPart{}, call("2", "g", `{"a":1}`), call("1", "f", `{}`)), msg(tooled, result("1", "one")), msg(tooled, result("1", "one"))},
			[]llm.Message{llm.User("U"), assistant(llm.Reasoning{}, call2, call1), results(result1), results(llm.ToolResult{ID: "1", Content: result1.Content})}, ""},
		{"a call without a result", []llms.MessageContent{msg(user, text("U")), msg(ai, langchaingo.ReasoningPart{}, call("1", "f", `{}`)), msg(user, text("V"))},
			[]llm.Message{llm.User("U"), assistant(llm.Reasoning{}, call1), llm.User("V")}, ""},
	} {
		var warned []string
		got, err := read(t, tt.in, func(w langchaingo.Warning) { warned = append(warned, string(w.Loss)+" "+w.Field) })
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v\n%+v\nwant\n%+v", tt.name, err, got, tt.want)
		}
		if got := strings.Join(warned, ", "); got != tt.warned {
			t.Errorf("%s: warned of %q, want %q", tt.name, got, tt.warned)
		}
	}
}

type foreignPart struct{ llms.TextContent }

func TestBadMessages(t *testing.T) {
	for _, tt := range []struct {
		want string
		in   llms.MessageContent
	}{
		{"no role", msg("oracle", text("x"))},
		{"part of type langchaingo_test.foreignPart", msg(user, foreignPart{})},
		{"part of type <nil>", msg(user, llms.CachedContent{})},
		{"no FunctionCall", msg(ai, llms.ToolCall{ID: "1"})},
		{"only role ai", msg(user, call("1", "f", "{}"))},
		{"only role ai", msg(system, langchaingo.ReasoningPart{})},
		{"an image or a file", msg(ai, call("1", "f", "{}"), llms.ImageURLContent{URL: "https://example.org/a.png"})},
		{"only role tool", msg(ai, result("1", "x"))},
		{"not tool call responses", msg(tooled, text("x"))},
	} {
		_, err := read(t, []llms.MessageContent{tt.in}, nil)
		if !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "message 0") {
			t.Errorf("%s: got %v", tt.want, err)
		}
	}
}

// A memory may have dropped what happened between what was said: with a user who is
// known, a reply is known by its text and that.
func TestRecallText(t *testing.T) {
	model, server := serve(t,
		deepseektest.Reply{Reasoning: "R1", ToolCalls: []llm.ToolCall{{ID: "call_1", Name: "f", Args: `{}`}}},
		deepseektest.Reply{Text: "T2", Reasoning: "R2"},
		deepseektest.Reply{Text: "T3", Reasoning: "R3"},
	)
	model.User = "u"
	tools := llms.WithTools([]llms.Tool{function("f")})
	for _, messages := range [][]llms.MessageContent{
		{msg(user, text("U"))},
		{msg(user, text("U")), msg(ai, call("call_1", "f", `{}`)), msg(tooled, result("call_1", "x"))},
		{msg(user, text("U")), msg(ai, text("T2")), msg(user, text("V"))},
	} {
		if _, err := model.GenerateContent(t.Context(), messages, tools); err != nil {
			t.Fatal(err)
		}
	}
	want := "user \"U\"\nassistant \"T2\" reasoning \"R2\"\nuser \"V\"\n"
	if got := sent(server.Requests()[2]); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
}

// Two conversations that differ only in what a tool found, and in the reasoning.
func TestRecallTextTwice(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		found := req.Messages[len(req.Messages)-1].Parts[0]
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: fmt.Sprint(found)}, llm.Text("Paid.")}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Warn: func(langchaingo.Warning) {}}
	pay := func(account, name string) string {
		messages := []llms.MessageContent{msg(user, text("Pay.")), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", account))}
		user := metadata(langchaingo.KeyUser, name)
		if _, err := model.GenerateContent(t.Context(), messages, user); err != nil {
			t.Fatal(err)
		}
		messages = append(human("Pay."), msg(ai, text("Paid.")), msg(llms.ChatMessageTypeHuman, text("Thanks.")))
		if _, err := model.GenerateContent(t.Context(), messages, user); err != nil {
			t.Fatal(err)
		}
		requests := script.Requests()
		return requests[len(requests)-1].Messages[1].Reasoning()
	}
	if got := pay("account 1", "a"); !strings.Contains(got, "account 1") {
		t.Errorf("reasoning %q", got)
	}
	if got := pay("account 2", "a"); got != "" { // of either
		t.Errorf("reasoning %q", got)
	}
	if got := pay("account 3", "c"); !strings.Contains(got, "account 3") {
		t.Errorf("reasoning %q", got)
	}
	exact := append(human("Pay."), msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "account 2")), msg(ai, text("Paid.")), msg(user, text("Thanks.")))
	if got := reasonings(t, model, script, exact, metadata(langchaingo.KeyUser, "a")); !strings.Contains(got, "account 2") {
		t.Errorf("reasoning %q", got)
	}
}

// An id that is long enough is known in whatever is left of the conversation, but
// not to another user.
func TestRecallLongID(t *testing.T) {
	const id = "call_00_0123456789abcdef"
	script := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "R"}, llm.ToolCall{ID: id, Name: "f", Args: `{}`}}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Warn: func(langchaingo.Warning) {}}
	if _, err := model.GenerateContent(t.Context(), append([]llms.MessageContent{msg(system, text("It is 12:00."))}, human("U")...)); err != nil {
		t.Fatal(err)
	}
	later := []llms.MessageContent{msg(system, text("It is 12:01.")), msg(ai, call(id, "f", `{}`)), msg(tooled, result(id, "x"))}
	for name, want := range map[string]string{"": "R", "another": ""} {
		if _, err := model.GenerateContent(t.Context(), later, metadata(langchaingo.KeyUser, name)); err != nil {
			t.Fatal(err)
		}
		requests := script.Requests()
		if got := requests[len(requests)-1].Messages[1].Reasoning(); got != want {
			t.Errorf("user %q: reasoning %q, want %q", name, got, want)
		}
	}
}

// A response cache gives the same reply twice, which is known as one.
func TestRecallSameReply(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "R"}, llm.Text("T")}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, User: "u"}
	tool := []llms.MessageContent{msg(ai, call("1", "f", `{}`)), msg(tooled, result("1", "x"))}
	for _, m := range [][]llms.MessageContent{append(human("U"), tool...), append(human("U"), tool...), append(human("U"), msg(ai, text("T")), msg(user, text("V")))} {
		if _, err := model.GenerateContent(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if got := script.Requests()[2].Messages[1].Reasoning(); got != "R" {
		t.Errorf("reasoning %q", got)
	}
}

// A continued reply is known by all of its text.
func TestRecallPrefix(t *testing.T) {
	model, server := serve(t, deepseektest.Reply{Text: " two", Reasoning: "R"}, deepseektest.Reply{Text: "T"})
	tools := llms.WithTools([]llms.Tool{function("f")})
	if _, err := model.GenerateContent(t.Context(), []llms.MessageContent{msg(user, text("U")), msg(ai, text("one"))}, tools); err != nil {
		t.Fatal(err)
	}
	if _, err := model.GenerateContent(t.Context(), []llms.MessageContent{msg(user, text("U")), msg(ai, text("one two")), msg(user, text("V"))}, tools); err != nil {
		t.Fatal(err)
	}
	want := "user \"U\"\nassistant \"one two\" reasoning \"R\"\nuser \"V\"\n"
	if got := sent(server.Requests()[1]); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
}

// conversation asks a question and gives the result of the call of the reply. It
// returns what the model was sent with that.
func conversation(t *testing.T, model *langchaingo.LLM, script *llmtest.Script, before []llms.MessageContent, question string) string {
	t.Helper()
	messages := append(before, msg(user, text(question)))
	resp, err := model.GenerateContent(t.Context(), messages)
	if err != nil {
		t.Fatal(err)
	}
	c := resp.Choices[0].ToolCalls[0]
	messages = append(messages, msg(ai, c), msg(tooled, result(c.ID, "x")))
	return again(t, model, script, messages)
}

func again(t *testing.T, model *langchaingo.LLM, script *llmtest.Script, messages []llms.MessageContent) string {
	t.Helper()
	if _, err := model.GenerateContent(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	requests := script.Requests()
	for _, m := range requests[len(requests)-1].Messages {
		if len(m.ToolCalls()) > 0 {
			return m.Reasoning()
		}
	}
	t.Fatal("no calls were sent")
	return ""
}

// thinker gives the same call every time, but has other thoughts.
func thinker() *llmtest.Script {
	return &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{
			llm.Reasoning{Text: fmt.Sprint("R", n)}, llm.ToolCall{ID: "call_0", Name: "f", Args: `{}`},
		}}}, nil
	}}
}

// Some servers count their calls from zero in each reply. Reasoning stays where it
// belongs all the same, or is lost, but never gets into another conversation.
func TestRecallSameID(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script, Warn: func(langchaingo.Warning) {}}
	ann := []llms.MessageContent{msg(system, text("You talk to Ann."))}
	bob := []llms.MessageContent{msg(system, text("You talk to Bob."))}
	if got := conversation(t, model, script, ann, "Hello."); got != "R0" {
		t.Errorf("Ann's reasoning is %q", got)
	}
	if got := conversation(t, model, script, bob, "Hello."); got != "R2" {
		t.Errorf("Bob's reasoning is %q", got)
	}
	if got := conversation(t, model, script, bob, "Good bye."); got != "R4" {
		t.Errorf("Bob's reasoning is %q, of another question", got)
	}
	turn := func(before llms.MessageContent, question string) []llms.MessageContent {
		return []llms.MessageContent{before, msg(user, text(question)), msg(ai, call("call_0", "f", `{}`)), msg(tooled, result("call_0", "x"))}
	}
	for _, tt := range []struct{ before, question, want string }{
		{"You talk to Ann.", "Hello.", "R0"},
		{"You talk to Bob.", "Hello.", "R2"},
		{"You talk to Eve.", "Hello.", ""}, // either might be hers
		{"You talk to Ann.", "Sesame.", ""},
	} {
		if got := again(t, model, script, turn(msg(system, text(tt.before)), tt.question)); got != tt.want {
			t.Errorf("%s %s: reasoning %q, want %q", tt.before, tt.question, got, tt.want)
		}
	}
	if got := again(t, model, script, append(turn(msg(system, text("You talk to Ann.")), "Hello."), msg(user, text("And?")))); got != "R0" {
		t.Errorf("later: reasoning %q", got)
	}
	other := turn(msg(system, text("You talk to Ann.")), "Hello.")
	other[2] = msg(ai, call("call_0", "f", `{"a":1}`))
	if got := again(t, model, script, other); got != "" {
		t.Errorf("with other arguments: reasoning %q", got)
	}
}

// The same call twice in one turn, with the same id, has its own reasoning each
// time.
func TestRecallLoop(t *testing.T) {
	script := thinker()
	model := &langchaingo.LLM{Model: script}
	messages := []llms.MessageContent{msg(user, text("U"))}
	for range 4 {
		if _, err := model.GenerateContent(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, msg(ai, call("call_0", "f", `{}`)), msg(tooled, result("call_0", "x")))
	}
	var got []string
	for _, m := range script.Requests()[3].Messages {
		if m.Role == llm.RoleAssistant {
			got = append(got, m.Reasoning())
		}
	}
	if want := []string{"R0", "R1", "R2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What was not used for longest is forgotten first.
func TestRecallLimit(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		question := req.Messages[len(req.Messages)-1].Text()
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{
			llm.Reasoning{Text: question + strings.Repeat("r", 1000)}, llm.ToolCall{ID: "call_" + question, Name: "f", Args: `{}`},
		}}}, nil
	}}
	model := &langchaingo.LLM{Model: script, Recall: 4000} // room for two
	ask := func(q string) {
		if _, err := model.GenerateContent(t.Context(), human(q)); err != nil {
			t.Fatal(err)
		}
	}
	known := func(q string) bool {
		messages := append(human(q), msg(ai, call("call_"+q, "f", `{}`)), msg(tooled, result("call_"+q, "x")), msg(user, text("more")))
		return again(t, model, script, messages) != ""
	}
	ask("a")
	ask("b")
	if !known("a") || known("b") { // each request is answered, and so takes a place itself
		t.Error("a is forgotten, or b is not")
	}
	small := &langchaingo.LLM{Model: script, Recall: 1000}
	model = small
	ask("c")
	if known("c") {
		t.Error("a reply over the limit was kept")
	}
}

// An LLM may be used by many at once.
func TestRecallConcurrent(t *testing.T) {
	script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		question := req.Messages[0].Text()
		last := req.Messages[len(req.Messages)-1]
		if last.Role == llm.RoleTool {
			for _, m := range req.Messages {
				if m.Role == llm.RoleAssistant && m.Reasoning() != "about "+question {
					return nil, fmt.Errorf("reasoning %q in the conversation of %s", m.Reasoning(), question)
				}
			}
			return &llm.Response{Message: llm.Assistant("T")}, nil
		}
		return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "about " + question}, llm.ToolCall{ID: "call_0", Name: "f", Args: `{}`}}}}, nil
	}}
	model := &langchaingo.LLM{Model: script}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 10 {
				q := fmt.Sprint("question ", i)
				messages := human(q)
				if _, err := model.GenerateContent(t.Context(), messages); err != nil {
					t.Error(err)
				}
				messages = append(messages, msg(ai, call("call_0", "f", `{}`)), msg(tooled, result("call_0", "x")))
				if _, err := model.GenerateContent(t.Context(), messages); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A model's own arguments that are not JSON go back in an object, as no API takes
// them, and that is a warning.
func TestRecallBrokenArguments(t *testing.T) {
	script := &llmtest.Script{Replies: []llm.Message{
		{Parts: llm.Parts{llm.Reasoning{Text: "R"}, llm.Text("T"), llm.ToolCall{ID: "1", Name: "f", Args: `{"a":`}}},
		llm.Assistant("Yes."),
	}}
	var warned []string
	model := &langchaingo.LLM{Model: script, Warn: func(w langchaingo.Warning) { warned = append(warned, w.Field) }}
	if _, err := model.GenerateContent(t.Context(), human("U")); err != nil {
		t.Fatal(err)
	}
	messages := append(human("U"), msg(ai, call("1", "f", `{"a":`)), msg(tooled, result("1", "x")))
	if _, err := model.GenerateContent(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	want := llm.Parts{llm.Reasoning{Text: "R"}, llm.Text("T"), llm.ToolCall{ID: "1", Name: "f", Args: `{"__arg1":"{\"a\":"}`}}
	if got := script.Requests()[1].Messages[1].Parts; !reflect.DeepEqual(got, want) || strings.Join(warned, ",") != "Arguments" {
		t.Errorf("sent %+v, warned of %v", got, warned)
	}
}

// Of a turn that comes back in part, or with another text, the rest is as it was.
func TestRecallPart(t *testing.T) {
	reply := llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "R"}, llm.Text("T"),
		llm.ToolCall{ID: "1", Name: "f", Args: `{"__arg1": "a"}`}, llm.ToolCall{ID: "2", Name: "f", Args: `{"__arg1": "b"}`}}}
	script := &llmtest.Script{Replies: []llm.Message{reply, llm.Assistant("Yes."), llm.Assistant("Yes."), llm.Assistant("Yes.")}}
	model := &langchaingo.LLM{Model: script}
	for _, m := range [][]llms.MessageContent{
		human("U"),
		{msg(user, text("U")), msg(ai, call("2", "f", "b")), msg(tooled, result("2", "x")), msg(user, text("V"))},
		{msg(user, text("U")), msg(ai, text("edited"), call("1", "f", "a"), call("2", "f", "b")), msg(tooled, result("1", "x")), msg(tooled, result("2", "x"))},
		{msg(user, text("U")), msg(ai, call("1", "f", "a"), call("2", "f", `{}`)), msg(tooled, result("1", "x")), msg(tooled, result("2", "x"))},
	} {
		if _, err := model.GenerateContent(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []llm.Parts{
		{llm.Reasoning{Text: "R"}, llm.Text("T"), reply.Parts[3]},
		{llm.Reasoning{Text: "R"}, llm.Text("edited"), reply.Parts[2], reply.Parts[3]},
		{llm.Reasoning{Text: "R"}, llm.Text("T"), reply.Parts[2], llm.ToolCall{ID: "2", Name: "f", Args: `{}`}},
	} {
		if got := script.Requests()[i+1].Messages[1].Parts; !reflect.DeepEqual(got, want) {
			t.Errorf("%d: sent %+v, want %+v", i, got, want)
		}
	}
}
