package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/output"
)

// asked returns what the user said in each request, at the end.
func asked(m *llmtest.Script) (list []string) {
	for _, req := range m.Requests() {
		list = append(list, req.Messages[len(req.Messages)-1].Text())
	}
	return list
}

func TestPlan(t *testing.T) {
	planner, worker, writer := scripted(wants("answer", `{"steps":["Look.","Think."]}`)), scripted(llm.Assistant("Seen."), llm.Assistant("Thought.")), scripted(llm.Assistant("Done."))
	mem := new(memory.Buffer)
	p := &agent.Plan{Planner: &agent.Agent{Name: "planner", Model: planner}, Worker: &agent.Agent{Name: "worker", Model: worker, Memory: mem}, Writer: &agent.Agent{Name: "writer", Model: writer}}
	var rec trace.Recording
	upper := chain.Pipe(p.Run, chain.Lift(strings.ToUpper))
	text, err := upper(trace.With(t.Context(), rec.Listen), "Find it.")
	if err != nil || text != "DONE." {
		t.Fatal(text, err)
	}
	for _, tt := range []struct {
		name      string
		got, want []string
	}{
		{"planner", asked(planner), []string{"Make a plan for this task, of at most 10 steps. Do not do it yet.\n\nFind it."}},
		{"worker", asked(worker), []string{
			"The task:\nFind it.\n\nDo this step of it, and nothing else, and say what came of it:\nLook.",
			"The task:\nFind it.\n\nWhat came of the steps so far:\n1. Look.\nSeen.\n\nDo this step of it, and nothing else, and say what came of it:\nThink.",
		}},
		{"writer", asked(writer), []string{"The task:\nFind it.\n\nWhat came of the steps so far:\n1. Look.\nSeen.\n\n2. Think.\nThought.\n\nAll steps are done. Answer the task from what came of them."}},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("the %s is asked %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if h, _ := mem.Load(t.Context()); len(h.Turns) != 2 || len(worker.Requests()[1].Messages) != 3 {
		t.Errorf("the worker's memory has %d turns", len(h.Turns))
	}
	var spans []string
	for _, s := range rec.Steps() {
		if s.Category != "tool" && s.Category != "generate" && s.Category != "model" {
			spans = append(spans, strings.TrimSpace(s.Category+" "+s.Name))
		}
	}
	if want := []string{"plan", "agent planner", "step Look.", "agent worker", "step Think.", "agent worker", "agent writer"}; !slices.Equal(slices.DeleteFunc(spans, func(s string) bool { return strings.HasPrefix(s, "llm") || strings.HasPrefix(s, "pipe") }), want) {
		t.Errorf("the spans are %q, want %q", spans, want)
	}
}

// The planner writes the answer if nobody else does, as text.
func TestPlanWriter(t *testing.T) {
	planner := scripted(wants("answer", `{"steps":["Look."]}`), llm.Assistant("Done."))
	p := &agent.Plan{Planner: &agent.Agent{Model: planner}, Worker: &agent.Agent{Model: scripted(llm.Assistant("Seen."))}}
	if text, err := p.Run(t.Context(), "Find it."); err != nil || text != "Done." {
		t.Fatal(text, err)
	}
	if r := planner.Requests(); len(r) != 2 || len(r[0].Tools) != 1 || len(r[1].Tools) != 0 {
		t.Errorf("%d requests", len(r))
	}
}

func TestPlanFails(t *testing.T) {
	three := wants("answer", `{"steps":["a","b","c"]}`)
	one := wants("answer", `{"steps":["a"]}`)
	empty, blank := wants("answer", `{"steps":[]}`), wants("answer", `{"steps":["a"," "]}`)
	ok := llm.Assistant("ok")
	long := wants("answer", `{"steps":["`+strings.Repeat("long ", 100)+`"]}`)
	for _, tt := range []struct {
		name                    string
		planner, worker, writer []llm.Message
		want                    error
		words                   string
	}{
		{"fine", []llm.Message{one}, []llm.Message{ok}, []llm.Message{ok}, nil, ""},
		{"too many, once", []llm.Message{three, one}, []llm.Message{ok}, []llm.Message{ok}, nil, ""},
		{"too many", []llm.Message{three, three}, nil, nil, agent.ErrLimit, "making the plan: limit reached: it has more than 2 steps: raise Max"},
		{"empty, once", []llm.Message{empty, one}, []llm.Message{ok}, []llm.Message{ok}, nil, ""},
		{"empty", []llm.Message{empty, wants("answer", `{}`), empty}, nil, nil, output.ErrUnfit, "making the plan: agent planner: after 3 model calls"},
		{"blank step", []llm.Message{blank, wants("answer", `{"steps":[""]}`), blank}, nil, nil, output.ErrUnfit, "step 2 is blank"},
		{"no planner", nil, nil, nil, nil, "making the plan: agent planner: after 1 model calls"},
		{"no worker", []llm.Message{one}, nil, nil, nil, `step 1 of 1, "a": agent worker: after 1 model calls`},
		{"second step", []llm.Message{wants("answer", `{"steps":["a","b"]}`)}, []llm.Message{ok}, nil, nil, `step 2 of 2, "b": agent worker: after 1 model calls`},
		{"long step", []llm.Message{long}, nil, nil, nil, `long long …": agent worker`},
		{"no writer", []llm.Message{one}, []llm.Message{ok}, nil, nil, "writing the answer: agent writer: after 1 model calls"},
	} {
		p := &agent.Plan{Max: 2,
			Planner: &agent.Agent{Name: "planner", Model: scripted(tt.planner...)},
			Worker:  &agent.Agent{Name: "worker", Model: scripted(tt.worker...)},
			Writer:  &agent.Agent{Name: "writer", Model: scripted(tt.writer...)}}
		text, err := p.Run(t.Context(), "Go.")
		switch {
		case tt.want == nil && tt.words == "":
			if err != nil || text != "ok" {
				t.Errorf("%s: %q, %v", tt.name, text, err)
			}
		case err == nil || text != "" || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words):
			t.Errorf("%s: %q, %v, want %v, %q", tt.name, text, err, tt.want, tt.words)
		}
	}
	for _, p := range []*agent.Plan{{}, {Planner: &agent.Agent{}}, {Worker: &agent.Agent{}}} {
		if _, err := p.Run(t.Context(), "Go."); !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestPlanCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	worker := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		if n == 1 {
			cancel()
			return nil, ctx.Err()
		}
		return &llm.Response{Message: llm.Assistant("ok")}, nil
	}}
	writer := scripted()
	p := &agent.Plan{Planner: &agent.Agent{Model: scripted(wants("answer", `{"steps":["a","b","c"]}`))}, Worker: &agent.Agent{Model: worker}, Writer: &agent.Agent{Model: writer}}
	_, err := p.Run(ctx, "Go.")
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), `step 2 of 3, "b": `) || len(worker.Requests()) != 2 || len(writer.Requests()) != 0 {
		t.Error(err)
	}
	if e, ok := errors.AsType[*agent.Error](err); !ok || e.Run == nil {
		t.Error("the run of the step is not in the error")
	}
}
