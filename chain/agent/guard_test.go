package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/tools"
)

func TestUnsafe(t *testing.T) {
	tool := func(name string, p tools.Policy) tools.Tool {
		return tools.With(tools.New(name, "Does it.", func(context.Context, struct{}) (string, error) { return "", nil }), p)
	}
	read := tool("page", tools.Policy{Effect: tools.Reads | tools.ReadsUntrusted})
	private := tool("files", tools.Policy{Effect: tools.Reads | tools.ReadsPrivate})
	send := tool("mail", tools.Policy{Effect: tools.WritesOnce | tools.Sends})
	unknown := tool("unknown", tools.Policy{})
	approve := func(context.Context, llm.ToolCall) error { return nil }
	for _, tt := range []struct {
		name  string
		agent agent.Agent
		safe  bool
	}{
		{"all three", agent.Agent{Tools: tools.Set{read, private, send}}, false},
		{"in one tool", agent.Agent{Tools: tools.Set{tool("all", tools.Policy{Effect: tools.ReadsUntrusted | tools.ReadsPrivate | tools.Sends})}}, false},
		{"unknown writes", agent.Agent{Tools: tools.Set{read, private, unknown}}, false},
		{"unknown alone", agent.Agent{Tools: tools.Set{unknown, unknown}[:1]}, true},
		{"no private data", agent.Agent{Tools: tools.Set{read, send}}, true},
		{"nothing of others", agent.Agent{Tools: tools.Set{private, send}}, true},
		{"reads alone", agent.Agent{Tools: tools.Set{read, private}}, true},
		{"sending is approved of", agent.Agent{Tools: tools.Set{read, private, tools.With(send, tools.Policy{Approve: true})}}, true},
		{"pages are approved of", agent.Agent{Tools: tools.Set{tools.With(read, tools.Policy{Approve: true}), private, send}}, true},
		{"somebody is asked", agent.Agent{Tools: tools.Set{read, private, send}, Approve: approve}, true},
		{"meant", agent.Agent{Tools: tools.Set{read, private, send}, Unguarded: true}, true},
		{"in an agent that is a tool", agent.Agent{Tools: tools.Set{private, send, agent.AsTool(&agent.Agent{Name: "reader", Tools: tools.Set{read}}, "Reads.")}}, false},
	} {
		tt.agent.Model = &llmtest.Script{Replies: []llm.Message{llm.Assistant("ok")}}
		_, err := tt.agent.Run(t.Context(), "Go.")
		if tt.safe && err != nil || !tt.safe && !errors.Is(err, agent.ErrUnsafe) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !tt.safe && (!strings.Contains(err.Error(), "Unguarded") || len(tt.agent.Model.(*llmtest.Script).Requests()) > 0) {
			t.Errorf("%s: the error is %q", tt.name, err)
		}
	}
}
