package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// TestMain keeps the environment of whoever runs the tests from them.
func TestMain(m *testing.M) { deepseektest.Main(m) }

type sum struct {
	A int `json:"a"`
	B int `json:"b"`
}

func add() tools.Tool {
	return tools.With(tools.New("add", "Adds two numbers.", func(_ context.Context, in sum) (int, error) { return in.A + in.B, nil }),
		tools.Policy{Effect: tools.Reads})
}

// calls returns a reply with tool calls.
func calls(list ...llm.ToolCall) llm.Message {
	m := llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}}}
	for _, c := range list {
		m.Parts = append(m.Parts, c)
	}
	return m
}

func TestRun(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{
		calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}, llm.ToolCall{ID: "2", Name: "add", Args: `{"a":3,"b":4}`}),
		llm.Assistant("3 and 7"),
		llm.Assistant("again"),
	}}
	var mem memory.Buffer
	a := &agent.Agent{Model: m, System: "Be brief.", Tools: tools.Set{add()}, Memory: &mem}
	text, err := a.Run(t.Context(), "1+2, 3+4?")
	if err != nil || text != "3 and 7" {
		t.Fatal(text, err)
	}
	if _, err := a.Run(t.Context(), "more"); err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Requests() {
		data, _ := json.Marshal(r)
		t.Log(string(data))
	}
}

func TestTypedRun(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{
		calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}, llm.ToolCall{ID: "2", Name: "answer", Args: `{"a":3,"b":4}`}),
		llm.Assistant("hmm"),
		calls(llm.ToolCall{ID: "2", Name: "answer", Args: `{"a":3,"b":"x"}`}),
		calls(llm.ToolCall{ID: "2", Name: "answer", Args: `{"a":3,"b":4}`}),
	}}
	a := &agent.Agent{Model: m, Tools: tools.Set{add()}}
	v, err := agent.As[sum](a)(t.Context(), "go")
	if err != nil || v != (sum{3, 4}) {
		t.Fatal(v, err)
	}
}

func TestLimits(t *testing.T) {
	m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		if req.ToolChoice == llm.ToolNone {
			return &llm.Response{Message: llm.Assistant("summary")}, nil
		}
		return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":` + string(rune('0'+n%10)) + `}`})}, nil
	}}
	a := &agent.Agent{Model: m, Tools: tools.Set{add()}, Limits: agent.Limits{Calls: 3, Finish: true}}
	_, err := a.Run(t.Context(), "go")
	e, ok := errors.AsType[*agent.Error](err)
	if !ok || !errors.Is(err, agent.ErrLimit) || e.Run.Text() != "summary" || len(m.Requests()) != 4 {
		t.Fatal(err, e.Run.Text(), len(m.Requests()))
	}
	loop := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":1}`})}, nil
	}}
	a = &agent.Agent{Model: loop, Tools: tools.Set{add()}}
	if _, err := a.Run(t.Context(), "go"); !errors.Is(err, agent.ErrLoop) || len(loop.Requests()) != 4 {
		t.Fatal(err, len(loop.Requests()))
	}
}
