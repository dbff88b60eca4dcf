package agent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// A call that waits for another, to go on with the Memory or to ask a person, ends with
// its context.
func TestAsToolWait(t *testing.T) {
	for name, own := range map[string]memory.Memory{"memory": new(memory.Buffer), "approval": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, cancel)
				var asked atomic.Int64
				inner := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
					return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "send"})}, nil
				}}
				send := tools.With(tools.New("send", "Sends.", func(context.Context, struct{}) (string, error) { return "", nil }), tools.Policy{Effect: tools.Sends})
				helper := &agent.Agent{Name: "helper", Model: inner, Memory: own, Tools: tools.Set{send}}
				boss := &agent.Agent{
					Model: &llmtest.Script{Replies: []llm.Message{calls(
						llm.ToolCall{ID: "1", Name: "helper", Args: `{"task":"a"}`}, llm.ToolCall{ID: "2", Name: "helper", Args: `{"task":"b"}`})}},
					Tools: tools.Set{agent.AsTool(helper, "Helps.")},
					Approve: func(_ context.Context, call llm.ToolCall) error {
						if call.Name == "send" {
							asked.Add(1)
							<-time.After(time.Hour) // whoever is asked does not heed a context
						}
						return nil
					},
				}
				start := time.Now()
				run, err := boss.Start(ctx, "Go.")
				if err != nil {
					t.Fatal(err)
				}
				for _, err = range boss.Resume(ctx, run) {
				}
				if !errors.Is(err, context.Canceled) || asked.Load() != 1 || time.Since(start) > 3*time.Second {
					t.Errorf("%v after %v, asked %d times", err, time.Since(start), asked.Load())
				}
				if n := len(inner.Requests()); n != map[string]int{"memory": 1, "approval": 2}[name] {
					t.Errorf("the helper made %d requests", n)
				}
				<-time.After(2 * time.Hour) // for the stray that asks
			})
		})
	}
}
