package agent_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// Handing over, the other agent sees all that the user has said, files too.
func TestHandoff(t *testing.T) {
	picture := llm.Blob{MIMEType: "image/png", URL: "https://example.org/a.png"}
	turn := []llm.Message{llm.User("Hi."), llm.Assistant("Hello.")}
	input := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), picture}}
	noted := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("What is this?"), picture, llm.Text("\n\nNote of the colleague who hands this over: A picture.")}}
	for _, tt := range []struct {
		name string
		args string
		own  bool
		want []llm.Message
	}{
		{"with a note", `{"note":"A picture."}`, false, []llm.Message{llm.System("See."), turn[0], turn[1], noted}},
		{"without", `{}`, false, []llm.Message{llm.System("See."), turn[0], turn[1], input}},
		{"blank", `{"note":" "}`, false, []llm.Message{llm.System("See."), turn[0], turn[1], input}},
		{"own memory", `{}`, true, []llm.Message{llm.System("See."), llm.User("Before."), llm.Assistant("Yes."), input}},
	} {
		seen := scripted(llm.Assistant("A fish."))
		seer := &agent.Agent{Name: "seer", Model: seen, System: "See."}
		own, mem := new(memory.Buffer), new(memory.Buffer)
		if err := errors.Join(memory.Append(t.Context(), own, llm.User("Before."), llm.Assistant("Yes.")), memory.Append(t.Context(), mem, turn...)); err != nil {
			t.Fatal(err)
		}
		if seer.Memory = mem; tt.own {
			seer.Memory = own
		}
		first := scripted(wants("handoff_to_seer", tt.args))
		a := &agent.Agent{Model: first, System: "Sort.", Memory: mem, Tools: tools.Set{agent.Handoff(seer, "Sees.")}}
		run, err := a.StartWith(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		if err := drain(t, a, run, nil); err != nil || run.Text() != "A fish." {
			t.Fatalf("%s: %q, %v", tt.name, run.Text(), err)
		}
		if got := seen.Requests()[0].Messages; text(t, got) != text(t, tt.want) {
			t.Errorf("%s: the other one sees\n%s\nwant\n%s", tt.name, text(t, got), text(t, tt.want))
		}
		h, err := mem.Load(t.Context())
		if err != nil || len(h.Turns) != 2 || len(h.Messages) != 5 {
			t.Errorf("%s: the memory has %q, %v", tt.name, shape(h.Messages), err)
		}
		if h, err := own.Load(t.Context()); err != nil || len(h.Turns) != map[bool]int{true: 2, false: 1}[tt.own] {
			t.Errorf("%s: the other memory has %q, %v", tt.name, shape(h.Messages), err)
		}
	}
}

// A chain of handoffs, of which each sees what those before it have to tell.
func TestHandoffChain(t *testing.T) {
	last := scripted(llm.Assistant("42"))
	c := &agent.Agent{Name: "c", Model: last}
	b := &agent.Agent{Name: "b", Model: scripted(wants("handoff_to_c", `{"note":"from b"}`)), Tools: tools.Set{agent.Handoff(c, "Does.")}}
	a := &agent.Agent{Name: "a", Model: scripted(wants("handoff_to_b", `{"note":"from a"}`)), Tools: tools.Set{agent.Handoff(b, "Does.")}}
	result, err := a.Do(t.Context(), "Six times seven?")
	if err != nil || result.Text != "42" || result.Run.Used().Calls != 3 || result.Run.Used().Tools != 2 {
		t.Fatal(result, err)
	}
	want := "Six times seven?\n\nNote of the colleague who hands this over: from a\n\nNote of the colleague who hands this over: from b"
	if got := last.Requests()[0].Messages[0].Text(); got != want {
		t.Errorf("the last one is told %q", got)
	}
}

// Two agents that hand over to each other for ever are within the limits of the first,
// also if all have the same Memory, or each its own.
func TestHandoffBack(t *testing.T) {
	for name, most := range map[string]int{"for ever": 1 << 30, "and then answered": 5} {
		for _, own := range []bool{false, true} {
			mem := new(memory.Buffer)
			n := 0
			a, b := &agent.Agent{Name: "a", Memory: mem}, &agent.Agent{Name: "b", Memory: mem}
			if own {
				b.Memory = new(memory.Buffer)
			}
			model := func(to string) llm.Model {
				return &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
					if n++; n > most {
						return &llm.Response{Message: llm.Assistant("Enough.")}, nil
					}
					return &llm.Response{Message: wants("handoff_to_"+to, fmt.Sprintf(`{"note":"%d"}`, n))}, nil
				}}
			}
			a.Model, b.Model = model("b"), model("a")
			a.Tools = tools.Set{agent.Handoff(b, "Does.")}
			b.Tools = tools.Set{agent.Handoff(a, "Does.")}
			result, err := a.Do(t.Context(), "Go.")
			h, _ := mem.Load(t.Context())
			if most == 5 && (err != nil || result.Text != "Enough." || n != 6 || len(h.Turns) != 1) {
				t.Errorf("%s: %v, %v, %d requests, memory %q", name, result, err, n, shape(h.Messages))
			}
			if most > 5 && (!errors.Is(err, agent.ErrLimit) || n != 25 || len(h.Turns) != 0) {
				t.Errorf("%s: %v, %d requests, memory %q", name, err, n, shape(h.Messages))
			}
		}
	}
}

// A handoff stands alone, and one that fails is told to the first agent.
func TestHandoffRefused(t *testing.T) {
	const alone = "error: the call was not made, as it ends the task"
	for name, tt := range map[string]struct {
		list []llm.ToolCall
		want []string
	}{
		"two":    {[]llm.ToolCall{{ID: "1", Name: "handoff_to_b"}, {ID: "2", Name: "handoff_to_c"}}, []string{alone, alone}},
		"others": {[]llm.ToolCall{{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}, {ID: "2", Name: "handoff_to_b"}}, []string{"3", alone}},
		"fails":  {[]llm.ToolCall{{ID: "1", Name: "handoff_to_b"}}, []string{"error: agent b: after 1 model calls"}},
	} {
		b, c := &agent.Agent{Name: "b", Model: scripted()}, &agent.Agent{Name: "c", Model: scripted()}
		m := scripted(calls(tt.list...), llm.Assistant("I will do it."))
		a := &agent.Agent{Model: m, Tools: tools.Set{add(), agent.Handoff(b, "Does."), agent.Handoff(c, "Does.")}}
		text, err := a.Run(t.Context(), "Go.")
		if err != nil || text != "I will do it." {
			t.Errorf("%s: %q, %v", name, text, err)
			continue
		}
		for i, p := range m.Requests()[1].Messages[2].Parts {
			if got := (llm.Message{Parts: p.(llm.ToolResult).Content}).Text(); !strings.HasPrefix(got, tt.want[i]) {
				t.Errorf("%s: the model is told %q, want %q", name, got, tt.want[i])
			}
		}
	}
}

// An agent with a type makes its value of what the other one says.
func TestHandoffTyped(t *testing.T) {
	b := &agent.Agent{Name: "b", Model: scripted(llm.Assistant("Three and four."))}
	m := scripted(wants("handoff_to_b", `{}`), wants("answer", `{"a":3,"b":4}`))
	v, err := agent.As[sum](&agent.Agent{Model: m, Tools: tools.Set{agent.Handoff(b, "Does.")}})(t.Context(), "Go.")
	if err != nil || v != (sum{3, 4}) || !slices.Equal(told(m), []string{"Three and four."}) {
		t.Error(v, err)
	}
}

// Stream has the events of the run itself; package trace those of inner runs too.
func TestInnerEvents(t *testing.T) {
	build := func() *agent.Agent {
		helper := &agent.Agent{Name: "helper", Model: scripted(wants("add", `{"a":1,"b":2}`), llm.Assistant("Inside."))}
		helper.Tools = tools.Set{add()}
		return &agent.Agent{Name: "boss", Model: scripted(wants("helper", `{"task":"Go."}`), llm.Assistant("Outside.")), Tools: tools.Set{agent.AsTool(helper, "Helps.")}}
	}
	got, err := kinds(t, build().Stream(t.Context(), "Go."))
	want := []string{"chunk model", "reply model", `call helper{"task":"Go."}`, `result helper{"task":"Go."} = Inside.`, "chunk model", "reply model", "done"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Stream has %q, %v, want %q", got, err, want)
	}
	var mu sync.Mutex
	var spans []string
	var said strings.Builder
	for e, err := range chain.Stream(t.Context(), build().Run, "Go.") {
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		switch e := e.(type) {
		case llm.ChunkEvent:
			said.WriteString(e.Chunk.Text)
		case trace.Started:
			if e.Span.Category == "agent" || e.Span.Category == "tool" {
				spans = append(spans, e.Span.Category+" "+e.Span.Name)
			}
		}
		mu.Unlock()
	}
	if want := []string{"agent boss", "tool helper", "agent helper", "tool add"}; !reflect.DeepEqual(spans, want) || said.String() != "Inside.Outside." {
		t.Errorf("the spans are %q, and what is said %q", spans, said.String())
	}
}
