package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// header returns what the runs of these tests begin with.
func header() *agent.Header {
	tool := func(name string, effect tools.Effect) agent.Tool {
		return agent.Tool{ToolSpec: llm.ToolSpec{Name: name, Description: "Does it.", Schema: json.RawMessage(`{"type": "object"}`)}, Effect: effect}
	}
	ask, end := tool("ask", tools.Writes), tool("end", tools.Reads)
	ask.Approve, end.Final = true, true
	return &agent.Header{
		System:   "Be brief.",
		History:  []llm.Message{llm.User("Hi."), llm.Assistant("Hello.")},
		After:    "t1",
		Input:    []llm.Message{llm.User("Go.")},
		Settings: llm.Request{Model: "m"},
		Tools:    []agent.Tool{tool("look", tools.Reads), tool("write", tools.Writes), tool("send", tools.WritesOnce), ask, end},
	}
}

// begin returns a run that begins with header, changed.
func begin(t testing.TB, change func(*agent.Header)) *agent.Run {
	t.Helper()
	h := header()
	if change != nil {
		change(h)
	}
	run := &agent.Run{ID: "r"}
	apply(t, run, agent.Record{Kind: agent.Began, Header: h})
	return run
}

// apply adds records that must fit.
func apply(t testing.TB, run *agent.Run, recs ...agent.Record) {
	t.Helper()
	for _, rec := range recs {
		if err := run.Apply(rec); err != nil {
			t.Fatal(err)
		}
	}
}

// call returns a call as a model writes it.
func call(id, name, args string) llm.ToolCall { return llm.ToolCall{ID: id, Name: name, Args: args} }

// asks returns the record of a reply with calls, which took 100 and 10 tokens.
func asks(list ...llm.ToolCall) agent.Record {
	return agent.Record{Kind: agent.Replied, For: agent.StepModel, Reply: &llm.Response{
		Message: calls(list...), Finish: llm.FinishTools, Usage: llm.Usage{Input: 100, Output: 10}}}
}

// says returns the record of a reply with text.
func says(text string) agent.Record {
	return agent.Record{Kind: agent.Replied, For: agent.StepModel, Reply: &llm.Response{
		Message: llm.Assistant(text), Finish: llm.FinishStop, Usage: llm.Usage{Input: 100, Output: 10}}}
}

// begun and gave return the records of a call that begins and ends.
func begun(call string) agent.Record { return agent.Record{Kind: agent.Calling, Call: call} }

func gave(call, id, text string) agent.Record {
	return agent.Record{Kind: agent.Called, Call: call, Result: &llm.ToolResult{ID: id, Name: "look", Content: llm.Parts{llm.Text(text)}}}
}

// show writes messages in a line each: role, texts, and in brackets calls and results.
func show(list []llm.Message) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString(string(m.Role) + ":")
		for _, p := range m.Parts {
			switch p := p.(type) {
			case llm.Text:
				b.WriteString(" " + string(p))
			case llm.Reasoning:
				b.WriteString(" (" + p.Text + ")")
			case llm.ToolCall:
				b.WriteString(" [" + p.ID + " " + p.Name + " " + p.Args + "]")
			case llm.ToolResult:
				b.WriteString(" [" + p.ID + " = " + llm.Message{Parts: p.Content}.Text() + "]")
			case llm.Blob:
				b.WriteString(" <" + p.Name + " " + string(p.Data) + ">")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// is fails if the next step is of another kind. It returns the step.
func is(t testing.TB, run *agent.Run, want agent.StepKind) agent.Step {
	t.Helper()
	step := run.Next()
	if step.Kind != want {
		t.Fatalf("the next step is %s (%v), want %s", step.Kind, step.Err, want)
	}
	return step
}

// names returns the IDs of calls without that of the run, in a line.
func names(list []agent.Call) string {
	var ids []string
	for _, c := range list {
		ids = append(ids, strings.TrimPrefix(c.ID, "r/"))
	}
	return strings.Join(ids, " ")
}

func TestNext(t *testing.T) {
	run := begin(t, nil)
	step := is(t, run, agent.StepModel)
	const before = "system: Be brief.\nuser: Hi.\nassistant: Hello.\nuser: Go.\n"
	if got := show(step.Request.Messages); got != before {
		t.Errorf("the first request is\n%swant\n%s", got, before)
	}
	if step.Request.Model != "m" || len(step.Request.Tools) != 5 || step.Request.ToolChoice != "" {
		t.Errorf("the first request is %+v", step.Request)
	}

	apply(t, run, asks(call("a", "look", `{"n":1}`), call("b", "send", `{}`), call("c", "none", ``)))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1 1.2 1.3" {
		t.Errorf("to be called: %s", got)
	}
	apply(t, run, begun("r/1.1"), begun("1.2"))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1 1.3" {
		t.Errorf("after a crash, to be called: %s", got)
	}
	if got := names(run.Waiting()); got != "1.2" || !strings.Contains(run.Waiting()[0].Why, "may have been done") {
		t.Errorf("waiting: %s", got)
	}
	apply(t, run, gave("r/1.2", "b", "two"), gave("1.1", "a", "one"))
	const open = before + `assistant: (hm) [a look {"n":1}] [b send {}] [c none ]` + "\n" +
		"tool: [a = one] [b = two] [c = error: the call has not been made yet]\n"
	if got := show(run.Messages()); got != open {
		t.Errorf("the conversation is\n%swant\n%s", got, open)
	}
	if got, want := show(run.Turn()), strings.TrimPrefix(open, "system: Be brief.\nuser: Hi.\nassistant: Hello.\n"); got != want {
		t.Errorf("the turn is\n%swant\n%s", got, want)
	}
	apply(t, run, gave("1.3", "c", "none"))
	step = is(t, run, agent.StepModel)
	if got, want := show(step.Request.Messages), strings.Replace(open, "error: the call has not been made yet", "none", 1); got != want {
		t.Errorf("the second request is\n%swant\n%s", got, want)
	}
	apply(t, run, says("Done."))
	if step := is(t, run, agent.StepDone); step.Text != "Done." || run.Text() != "Done." {
		t.Errorf("the answer is %q, %q", step.Text, run.Text())
	}
	want := agent.Used{Calls: 2, Tools: 2, Usage: llm.Usage{Input: 200, Output: 20}}
	if got := run.Used(); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
	if err := run.Apply(says("More.")); !errors.Is(err, agent.ErrRecord) || err.Error() != "agent: run r, record 8: that does not fit the run: the run is done" {
		t.Error(err)
	}
}

// TestNextIsPure asks again and again, and changes what it was given.
func TestNextIsPure(t *testing.T) {
	run := begin(t, nil)
	apply(t, run, asks(call("a", "look", `{}`)), begun("1.1"), gave("1.1", "a", "one"))
	data := encoded(t, run)
	step := run.Next()
	if again := run.Next(); !reflect.DeepEqual(step, again) {
		t.Errorf("two answers: %+v and %+v", step, again)
	}
	_ = append(step.Request.Messages, llm.User("mine"))
	step.Request.Model = "mine"
	list := run.Messages()
	list[0] = llm.System("mine")
	_ = append(run.Turn(), llm.User("mine"))
	if got := show(run.Next().Request.Messages); strings.Contains(got, "mine") || run.Next().Request.Model != "m" {
		t.Error("the run is changed by what it gave away")
	}
	if again := encoded(t, run); again != data {
		t.Errorf("the run was\n%s\nand is\n%s", data, again)
	}
	if n := testing.AllocsPerRun(100, func() { run.Next() }); n > 1 {
		t.Errorf("Next takes %v allocations", n)
	}
}

// TestNextCosts compares a short run with a long one.
func TestNextCosts(t *testing.T) {
	allocs := func(rounds int) (model, open float64) {
		run := begin(t, func(h *agent.Header) { h.Limits = agent.Limits{Calls: -1, Tools: -1, Tokens: -1} })
		for i := range rounds {
			apply(t, run, asks(call("a", "look", fmt.Sprint(i))), begun(fmt.Sprint(i+1, ".1")), gave(fmt.Sprint(i+1, ".1"), "a", "one"))
		}
		model = testing.AllocsPerRun(10, func() { run.Next() })
		apply(t, run, asks(call("a", "look", "{}"), call("b", "ask", "{}")))
		open = testing.AllocsPerRun(10, func() { run.Next(); run.Waiting(); run.Used(); run.Text() })
		return model, open
	}
	m1, o1 := allocs(1)
	if m2, o2 := allocs(500); m1 != m2 || o1 != o2 {
		t.Errorf("after 1 round %v and %v allocations, after 500 %v and %v", m1, o1, m2, o2)
	}
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRunThatHasNotBegun(t *testing.T) {
	run := &agent.Run{ID: "r"}
	step := is(t, run, agent.StepStop)
	if !errors.Is(step.Err, agent.ErrRecord) || !strings.Contains(step.Err.Error(), "see Agent.Start") {
		t.Error(step.Err)
	}
	if err := run.Grant("x", never); !errors.Is(err, agent.ErrRecord) {
		t.Error(err)
	}
	if len(run.Messages())+len(run.Turn())+len(run.Waiting()) != 0 || run.Text() != "" || run.Used() != (agent.Used{}) || run.Limits() != (agent.Limits{}) {
		t.Error("an empty run has something in it")
	}
	if err := drain(t, &agent.Agent{Model: script(), Tools: tools.Set{add()}}, run, nil); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("resumed: %v", err)
	}
	if is(t, run.Fork(), agent.StepStop).Err == nil {
		t.Error("a fork of nothing has begun")
	}
}

// TestLogFromElsewhere has a log that never came by Apply.
func TestLogFromElsewhere(t *testing.T) {
	good := begin(t, nil)
	apply(t, good, asks(call("a", "look", "{}")))
	run := &agent.Run{ID: "r", Log: good.Log}
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1" {
		t.Errorf("to be called: %s", got)
	}
	run = &agent.Run{ID: "r", Log: append(good.Log[:2:2], agent.Record{Kind: agent.Called, Call: "1.1"})}
	step := is(t, run, agent.StepStop)
	if want := "that does not fit the run: record 2: there is no result in it"; !errors.Is(step.Err, agent.ErrRecord) || step.Err.Error() != want {
		t.Errorf("got %v, want %s", step.Err, want)
	}
	if err := run.Apply(begun("1.1")); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("a broken run goes on: %v", err)
	}
	if err := drain(t, &agent.Agent{Model: script(), Tools: tools.Set{add()}}, run, nil); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("resumed: %v", err)
	}
	run.Log = run.Log[:1] // put right
	is(t, run, agent.StepModel)
}

func TestFork(t *testing.T) {
	run := begin(t, nil)
	apply(t, run, asks(call("a", "look", "{}"), call("b", "ask", "{}")), begun("1.1"), gave("1.1", "a", "one"))
	if err := run.Grant("b", never); err != nil {
		t.Fatal(err)
	}
	is(t, run, agent.StepTools)
	fork := run.Fork()
	if fork.ID == run.ID || fork.Header != run.Header || len(fork.Log) != len(run.Log) {
		t.Fatalf("the fork is %+v", fork)
	}
	step := is(t, fork, agent.StepWait) // the approval is not taken over
	if want := fork.ID + "/1.2"; step.Calls[0].ID != want || step.Calls[0].Approved(never) {
		t.Errorf("what waits is %+v, want %s", step.Calls[0], want)
	}
	apply(t, fork, agent.Record{Kind: agent.Refused, Call: fork.ID + "/1.2", Text: "no"})
	is(t, fork, agent.StepModel)
	is(t, run, agent.StepTools)

	// Both go on, and from one of them a third.
	apply(t, run, begun("1.2"), gave("1.2", "b", "two"), says("Run."))
	apply(t, fork, says("Fork."))
	if run.Text() != "Run." || fork.Text() != "Fork." || strings.Contains(show(run.Turn()), "refused") {
		t.Errorf("%q, %q", show(run.Turn()), show(fork.Turn()))
	}
	for _, r := range []*agent.Run{run.Fork(), fork.Fork(), reload(t, run.Fork()), reload(t, fork.Fork())} {
		if is(t, r, agent.StepDone); len(r.Log) == 0 {
			t.Error("empty")
		}
	}
}

// TestForkOfWhatWasApproved forks when approvals were used, or not used as they had
// expired: the log has them, and is sound.
func TestForkOfWhatWasApproved(t *testing.T) {
	run := begin(t, nil)
	grant := func(id string) {
		if err := run.Grant(id, never); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, run, asks(call("a", "ask", "1"), call("b", "send", "2"), call("c", "ask", "3")))
	grant("a")
	apply(t, run, agent.Record{Kind: agent.Held, Call: "1.1", Text: "expired"})
	grant("a")
	apply(t, run, begun("1.1"), gave("1.1", "a", "one"), begun("1.2"))
	grant("r/1.2") // after a crash
	grant("c")
	apply(t, run, gave("1.3", "c", "not to be had here"), begun("1.2"))
	got := is(t, reload(t, run.Fork()), agent.StepWait).Calls
	if len(got) != 1 || got[0].Name != "send" || !strings.Contains(got[0].Why, "may have been done") {
		t.Errorf("waiting: %+v", got)
	}
	fork := run.Fork()
	if err := fork.Apply(begun("1.2")); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("a call that may have been done is made again in the fork: %v", err)
	}
	apply(t, run, gave("1.2", "b", "two"))
	if got, want := show(reload(t, run.Fork()).Messages()), show(run.Messages()); got != want {
		t.Errorf("the fork has\n%swant\n%s", got, want)
	}
}

func TestForkCosts(t *testing.T) {
	run := begin(t, func(h *agent.Header) { h.Limits = agent.Limits{Calls: -1, Tools: -1, Tokens: -1} })
	for i := range 500 {
		apply(t, run, asks(call("a", "look", fmt.Sprint(i))), begun(fmt.Sprint(i+1, ".1")), gave(fmt.Sprint(i+1, ".1"), "a", "one"))
	}
	if n := testing.AllocsPerRun(10, func() { run.Fork() }); n > 5 {
		t.Errorf("a fork takes %v allocations", n)
	}
}
