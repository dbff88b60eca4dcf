package output_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/output"
)

var clock = []llm.ToolSpec{{Name: "clock", Description: "Tells the time.", Schema: json.RawMessage(`{"type":"object"}`)}}

// The model looks at the clock first, and answers then.
func TestOwnTools(t *testing.T) {
	for _, mode := range []output.Mode{output.ModeTool, output.ModeJSON, output.ModeText} {
		last := says(good)
		if mode == output.ModeTool {
			last = calls("answer", good)
		}
		s, c := serve(t, calls("clock", "{}"), last)
		g := &output.Generator[order]{Model: c, Mode: mode}
		req := &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock}
		r, err := g.Generate(t.Context(), req)
		if err != nil || len(r.ToolCalls) != 1 || r.ToolCalls[0].Name != "clock" || r.Value.Item != "" || r.JSON != nil {
			t.Fatalf("%s: %+v, %v", mode, r, err)
		}
		req.Messages = append(r.Messages, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
			llm.ToolResult{ID: r.ToolCalls[0].ID, Name: "clock", Content: llm.Parts{llm.Text("noon")}},
		}})
		r, err = g.Generate(t.Context(), req)
		if err != nil || r.Value.Item != "lamp" || r.ToolCalls != nil || r.Attempts != 1 {
			t.Fatalf("%s: %+v, %v", mode, r, err)
		}
		appended(t, s.Requests())
		if names := toolNames(s.Requests()[0]); mode == output.ModeTool && !slices.Equal(names, []string{"clock", "answer"}) || mode != output.ModeTool && len(names) != 1 {
			t.Errorf("%s: tools are %q", mode, names)
		}
	}
}

func toolNames(r deepseektest.Request) []string {
	var names []string
	for _, s := range r.Tools {
		names = append(names, s.Name)
	}
	return names
}

// An answer beside other calls cannot be based on them.
func TestAnswerBesideCalls(t *testing.T) {
	both := calls("clock", "{}")
	both.ToolCalls = append(both.ToolCalls, llm.ToolCall{Name: "answer", Args: good})
	s, c := serve(t, both, calls("answer", good))
	g := &output.Generator[order]{Model: c, Mode: output.ModeTool}
	r, err := g.Generate(t.Context(), &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock})
	if err != nil || len(r.ToolCalls) != 1 || r.ToolCalls[0].Name != "clock" {
		t.Fatal(r, err)
	}
	messages := append(r.Messages, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
		llm.ToolResult{ID: r.ToolCalls[0].ID, Name: "clock", Content: llm.Parts{llm.Text("noon")}},
	}})
	r, err = g.Generate(t.Context(), &llm.Request{Messages: messages, Tools: clock})
	if err != nil || r.Value.Count != 2 {
		t.Fatal(r, err)
	}
	requests := s.Requests()
	appended(t, requests)
	if told := requests[1].Messages[2].Content; !strings.HasPrefix(told, "Not accepted, as it was given before the results of the other calls.") {
		t.Errorf("the model is told %q", told)
	}
	// The conversation can go on from the answer, too.
	if end := r.Messages[len(r.Messages)-1]; end.Role != llm.RoleTool || end.Parts[0].(llm.ToolResult).Content[0] != llm.Part(llm.Text("Accepted.")) {
		t.Errorf("the conversation ends in %+v", end)
	}
}

func TestToolNameTaken(t *testing.T) {
	s, c := serve(t, calls("answer_3", good))
	req := &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: []llm.ToolSpec{{Name: "answer_2"}, {Name: "answer"}}}
	r, err := (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Generate(t.Context(), req)
	if err != nil || r.Value.Count != 2 {
		t.Fatal(r, err)
	}
	if names := toolNames(s.Requests()[0]); !slices.Equal(names, []string{"answer_2", "answer", "answer_3"}) {
		t.Errorf("tools are %q", names)
	}
}

func TestErrToolCalls(t *testing.T) {
	_, c := serve(t, calls("clock", "{}"))
	_, err := output.Generate[order](t.Context(), c, &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock})
	e, ok := errors.AsType[*output.Error](err)
	if !ok || !errors.Is(err, output.ErrToolCalls) || len(e.Response.ToolCalls()) != 1 || e.Attempts != 1 || e.Usage != usage {
		t.Errorf("got %v", err)
	}
}

// Several calls of the output tool are fine if they say the same.
func TestCalledTwice(t *testing.T) {
	spaced := "{ \"item\": \"lamp\",\n\"count\": 2 }"
	s, c := serve(t, calls("answer", good, spaced))
	g := &output.Generator[order]{Model: c, Mode: output.ModeTool}
	if r, err := g.Generate(t.Context(), llm.Prompt("Order.")); err != nil || r.Value.Count != 2 || len(s.Requests()) != 1 {
		t.Error(r, err)
	}
	s, c = serve(t, calls("answer", good, `{"item":"lamp","count":3}`), calls("answer", good))
	g.Model = c
	if r, err := g.Generate(t.Context(), llm.Prompt("Order.")); err != nil || r.Value.Count != 2 || r.Attempts != 2 {
		t.Fatal(r, err)
	}
	requests := s.Requests()
	appended(t, requests)
	m := requests[1].Messages
	if len(m) != 4 || !strings.Contains(m[2].Content, "called 2 times with different arguments, want one call") || m[3].ToolCallID == m[2].ToolCallID {
		t.Errorf("got %+v", m)
	}
}

// Names that there are not: a slip is forgiven, where only one tool can be meant.
func TestNameSlips(t *testing.T) {
	_, c := serve(t, calls("Answer", good))
	if r, err := (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Generate(t.Context(), llm.Prompt("Order.")); err != nil || r.Attempts != 1 {
		t.Error(r, err)
	}
	s, c := serve(t, calls("lookup", "{}"), says(good))
	r, err := (&output.Generator[order]{Model: c, Mode: output.ModeJSON}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Attempts != 2 {
		t.Fatal(r, err)
	}
	if m := s.Requests()[1].Messages; len(m) != 3 || !strings.HasPrefix(m[2].Content, "There are no tools.") {
		t.Errorf("got %+v", m)
	}
}

// Beside tools of the caller's, too: the caller gets no call of a tool that there is
// not.
func TestNameSlipsBesideOwnTools(t *testing.T) {
	req := &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock}
	for _, mode := range []output.Mode{output.ModeTool, output.ModeText} {
		s, c := serve(t, calls("watch", "{}"), calls("clock", "{}"))
		r, err := (&output.Generator[order]{Model: c, Mode: mode}).Generate(t.Context(), req)
		if err != nil || r.Attempts != 2 || len(r.ToolCalls) != 1 || r.ToolCalls[0].Name != "clock" {
			t.Fatalf("%s: %+v, %v", mode, r, err)
		}
		appended(t, s.Requests())
		if m := s.Requests()[1].Messages; len(m) != 3 || m[2].Content != `There is no tool "watch": call one that there is, or give the answer.` {
			t.Errorf("%s: got %+v", mode, m)
		}
	}
	both := calls("watch", "{}")
	both.ToolCalls = append(both.ToolCalls, llm.ToolCall{Name: "answer", Args: good})
	s, c := serve(t, both, calls("ANSWER", good))
	g := &output.Generator[order]{Model: c, Mode: output.ModeTool}
	r, err := g.Generate(t.Context(), req)
	if err != nil || r.Attempts != 2 || r.Value.Count != 2 || r.ToolCalls != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	appended(t, s.Requests())
	_, c = serve(t, calls("Answer", "{}"))
	g.Model = c
	own := &llm.Request{Messages: req.Messages, Tools: []llm.ToolSpec{{Name: "Answer"}}}
	if r, err := g.Generate(t.Context(), own); err != nil || len(r.ToolCalls) != 1 {
		t.Errorf("a tool of the caller's: %+v, %v", r, err)
	}
}

// What a conversation goes on with can be sent, whatever the arguments were.
func TestOwnToolsArgsNotJSON(t *testing.T) {
	_, c := serve(t, calls("clock", `{"zone":`), says(good))
	g := &output.Generator[order]{Model: c, Mode: output.ModeTool}
	r, err := g.Generate(t.Context(), &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock})
	if err != nil || r.ToolCalls[0].Args != `{"zone":` {
		t.Fatal(r, err)
	}
	failed := llm.ToolResult{ID: r.ToolCalls[0].ID, Name: "clock", Content: llm.Parts{llm.Text("no JSON")}, IsError: true}
	messages := append(r.Messages, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{failed}})
	if r, err := g.Generate(t.Context(), &llm.Request{Messages: messages, Tools: clock}); err != nil || r.Value.Count != 2 {
		t.Error(r, err)
	}
}

// A text that was cut may go on to a call.
func TestCutGoesOnToCall(t *testing.T) {
	_, c := serve(t, cutAt("It is well to look at"), calls("clock", "{}"))
	r, err := (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Generate(t.Context(), &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock})
	if err != nil || len(r.ToolCalls) != 1 || r.Attempts != 2 {
		t.Fatal(r, err)
	}
	if last := r.Messages[len(r.Messages)-1]; last.Text() != "It is well to look at" || len(r.Response.ToolCalls()) != 1 {
		t.Errorf("the conversation ends in %+v", last)
	}
}
