package agent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// doing returns a tool with that effect, which calls f.
func doing(name string, effect tools.Effect, f func(ctx context.Context) error) tools.Tool {
	return tools.With(tools.New(name, "Does it.", func(ctx context.Context, _ struct {
		N int `json:"n,omitempty"`
	}) (string, error) {
		return "done", f(ctx)
	}), tools.Policy{Effect: effect})
}

func nothing(context.Context) error { return nil }

// An agent that is a tool sees its task, and nothing else.
func TestAsTool(t *testing.T) {
	inner := scripted(wants("add", `{"a":1,"b":2}`), llm.Assistant("It is 3."))
	helper := &agent.Agent{Name: "helper", Model: inner, System: "Help.", Tools: tools.Set{add()}}
	outer := scripted(wants("helper", `{"task":"Add 1 and 2."}`), llm.Assistant("3"))
	mem := new(memory.Buffer)
	boss := &agent.Agent{Model: outer, System: "Lead.", Memory: mem, Tools: tools.Set{agent.AsTool(helper, "Helps.")}}
	if err := memory.Append(t.Context(), mem, llm.User("Hi."), llm.Assistant("Hello.")); err != nil {
		t.Fatal(err)
	}
	result, err := boss.Do(t.Context(), "What is 1 + 2?")
	if err != nil || result.Text != "3" {
		t.Fatal(result, err)
	}
	want := []string{"system", "user Add 1"}
	if got := shape(inner.Requests()[0].Messages); !slices.Equal(got, want) || len(inner.Requests()[0].Tools) != 1 {
		t.Errorf("the helper sees %q, want %q", got, want)
	}
	if got := told(outer); !slices.Equal(got, []string{"It is 3."}) {
		t.Errorf("the boss is told %q", got)
	}
	if u := result.Run.Used(); u.Calls != 4 || u.Tools != 2 || u.Usage != result.Usage {
		t.Errorf("used %+v, %+v", u, result.Usage)
	}
}

func TestAsToolPolicy(t *testing.T) {
	tool := func(e tools.Effect) tools.Tool { return doing("do", e, nothing) }
	store := newWorld()
	for _, tt := range []struct {
		name  string
		agent agent.Agent
		want  tools.Effect
	}{
		{"no tools", agent.Agent{}, tools.Reads},
		{"nil tool", agent.Agent{Tools: tools.Set{nil}}, tools.Reads},
		{"reads", agent.Agent{Tools: tools.Set{tool(tools.Reads | tools.ReadsPrivate), tool(tools.ReadsUntrusted)}}, tools.Reads | tools.ReadsPrivate | tools.ReadsUntrusted},
		{"sends", agent.Agent{Tools: tools.Set{tool(tools.Sends)}}, tools.Reads | tools.Sends},
		{"unknown", agent.Agent{Tools: tools.Set{tool(0)}}, tools.Reads | tools.WritesOnce},
		{"writes once", agent.Agent{Tools: tools.Set{tool(tools.WritesOnce)}}, tools.Reads | tools.WritesOnce},
		{"stored", agent.Agent{Tools: tools.Set{tool(tools.WritesOnce)}, Store: store}, tools.Reads | tools.Writes},
		{"nested", agent.Agent{Tools: tools.Set{agent.AsTool(&agent.Agent{Name: "x", Tools: tools.Set{tool(tools.Sends)}}, "Does.")}}, tools.Reads | tools.Sends},
	} {
		tt.agent.Name = "it"
		for _, made := range []tools.Tool{agent.AsTool(&tt.agent, "Does it."), agent.Handoff(&tt.agent, "Does it.")} {
			if p := tools.PolicyOf(made); p.Effect != tt.want || p.Timeout >= 0 || p.Approve {
				t.Errorf("%s: %s has %v, %v, want %v", tt.name, made.Spec().Name, p.Effect, p.Timeout, tt.want)
			}
		}
	}
	for name, f := range map[string]func(){
		"no name":      func() { agent.AsTool(&agent.Agent{}, "Does.") },
		"no name, H":   func() { agent.Handoff(&agent.Agent{}, "Does.") },
		"no text":      func() { agent.AsTool(&agent.Agent{Name: "x"}, " ") },
		"unfit name":   func() { agent.AsTool(&agent.Agent{Name: "a b"}, "Does.") },
		"unfit name H": func() { agent.Handoff(&agent.Agent{Name: "a b"}, "Does.") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// What goes wrong in an agent that is a tool is told to the model of the other, but for
// what no model can put right.
func TestAsToolErrors(t *testing.T) {
	was := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // panics are logged
	defer slog.SetDefault(was)
	closed := errors.New("account closed")
	run := func(inner agent.Agent, args string) (string, error) {
		inner.Name = "helper"
		m := scripted(wants("helper", args), llm.Assistant("ok"))
		_, err := (&agent.Agent{Model: m, Tools: tools.Set{agent.AsTool(&inner, "Helps.")}}).Run(t.Context(), "Go.")
		if err != nil {
			return "", err
		}
		return told(m)[0], nil
	}
	const task = `{"task":"Go."}`
	panics := llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] { panic("no model") })
	for _, tt := range []struct {
		name  string
		inner agent.Agent
		args  string
		want  string
	}{
		{"model", agent.Agent{Model: scripted()}, task, "error: agent helper: after 1 model calls and 0 tool calls: llmtest: no reply for request 1: the script has 0"},
		{"panic of the model", agent.Agent{Model: panics}, task, "error: the tool failed, by a mistake in its program"},
		{"panic of a tool", agent.Agent{Model: scripted(wants("do", `{}`), llm.Assistant("It crashed.")), Tools: tools.Set{doing("do", tools.Reads, func(context.Context) error { panic("no tool") })}}, task, "It crashed."},
		{"limit", agent.Agent{Model: scripted(wants("do", `{}`)), Limits: agent.Limits{Calls: 1}, Tools: tools.Set{doing("do", tools.Reads, nothing)}}, task, "error: agent helper: after 1 model calls and 1 tool calls: limit reached: 1 model calls"},
		{"approval", agent.Agent{Model: scripted(wants("do", `{}`)), Tools: tools.Set{tools.With(doing("do", tools.WritesOnce, nothing), tools.Policy{Approve: true})}}, task, "error: agent helper: after 1 model calls and 0 tool calls: a person is to decide about tool calls: do"},
		{"blank", agent.Agent{Model: scripted()}, `{"task":" "}`, "error: the task is blank: say what to do"},
		{"missing", agent.Agent{Model: scripted()}, `{}`, "error: the arguments"},
	} {
		if got, err := run(tt.inner, tt.args); err != nil || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: the model is told %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	all := tools.Set{doing("a", tools.ReadsPrivate|tools.ReadsUntrusted|tools.Sends, nothing)}
	for name, tt := range map[string]struct {
		inner agent.Agent
		want  error
	}{
		"no model": {agent.Agent{}, llm.ErrInvalid},
		"nil tool": {agent.Agent{Model: scripted(), Tools: tools.Set{nil}}, llm.ErrInvalid},
		"unsafe":   {agent.Agent{Model: scripted(), Tools: all}, agent.ErrUnsafe},
		"fatal":    {agent.Agent{Model: scripted(wants("do", `{}`)), Tools: tools.Set{doing("do", tools.Reads, func(context.Context) error { return tools.Fatal(closed) })}}, closed},
	} {
		if got, err := run(tt.inner, task); !errors.Is(err, tt.want) {
			t.Errorf("%s: %q, %v, want %v", name, got, err, tt.want)
		}
	}
}

// Who approves for the outer agent does so for the inner ones, one call at a time.
func TestAsToolApprove(t *testing.T) {
	helper := &agent.Agent{Name: "helper", Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		if len(req.Messages) == 1 {
			return &llm.Response{Message: wants("send", "{}")}, nil
		}
		r := req.Messages[2].Parts[0].(llm.ToolResult)
		return &llm.Response{Message: llm.Assistant(req.Messages[0].Text() + ": " + llm.Message{Parts: r.Content}.Text())}, nil
	}}, Tools: tools.Set{doing("send", tools.WritesOnce, nothing)}}
	var list []llm.ToolCall
	for i := range 8 {
		list = append(list, llm.ToolCall{ID: fmt.Sprint(i), Name: "helper", Args: fmt.Sprintf(`{"task":"%d"}`, i)})
	}
	m := scripted(calls(list...), llm.Assistant("ok"))
	var asking, most, asked atomic.Int64
	boss := &agent.Agent{Model: m, Tools: tools.Set{agent.AsTool(helper, "Helps.")}, Approve: func(_ context.Context, call llm.ToolCall) error {
		most.Store(max(most.Load(), asking.Add(1)))
		defer asking.Add(-1)
		<-time.After(time.Millisecond)
		if n := asked.Add(1); call.Name == "send" && n%2 == 0 {
			return errors.New("not today")
		}
		return nil
	}}
	synctest.Test(t, func(t *testing.T) {
		if _, err := boss.Run(t.Context(), "Go."); err != nil {
			t.Fatal(err)
		}
	})
	if asked.Load() != 16 || most.Load() != 1 {
		t.Errorf("asked %d times, %d at once", asked.Load(), most.Load())
	}
	done, refused := 0, 0
	for i, p := range m.Requests()[1].Messages[2].Parts {
		switch got := (llm.Message{Parts: p.(llm.ToolResult).Content}).Text(); got {
		case fmt.Sprint(i, ": done"):
			done++
		case fmt.Sprint(i, ": error: the call was not made: a person was asked and refused it: not today"):
			refused++
		default:
			t.Errorf("result %d is %q", i, got)
		}
	}
	if done != 4 || refused != 4 {
		t.Errorf("%d done, %d refused", done, refused)
	}
}

// The end of the outer run ends the inner one.
func TestAsToolCancel(t *testing.T) {
	for name, tt := range map[string]struct {
		limit time.Duration
		want  error
	}{"cancelled": {0, context.Canceled}, "time": {time.Second, agent.ErrLimit}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var inner error
				hang := doing("hang", tools.Reads, func(ctx context.Context) error {
					<-ctx.Done()
					inner = context.Cause(ctx)
					return inner
				})
				helper := &agent.Agent{Name: "helper", Model: scripted(wants("hang", "{}")), Tools: tools.Set{hang}}
				boss := &agent.Agent{Model: scripted(wants("helper", `{"task":"Go."}`)), Tools: tools.Set{agent.AsTool(helper, "Helps.")}, Limits: agent.Limits{Time: tt.limit}}
				if tt.limit == 0 {
					time.AfterFunc(time.Second, cancel)
				}
				start := time.Now()
				_, err := boss.Run(ctx, "Go.")
				if !errors.Is(err, tt.want) || inner == nil || time.Since(start) != time.Second {
					t.Errorf("%v, in the tool %v, after %v", err, inner, time.Since(start))
				}
			})
		})
	}
}

// A Memory of the inner agent goes on from call to call, one at a time; one that is that
// of the outer agent is left to it.
func TestAsToolMemory(t *testing.T) { synctest.Test(t, testAsToolMemory) }

func testAsToolMemory(t *testing.T) {
	helper := func(m memory.Memory) *agent.Agent {
		return &agent.Agent{Name: "helper", Memory: m, Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
			<-time.After(time.Second)
			return &llm.Response{Message: llm.Assistant(fmt.Sprint(len(req.Messages)))}, nil
		}}}
	}
	replies := []llm.Message{
		calls(llm.ToolCall{ID: "1", Name: "helper", Args: `{"task":"a"}`}, llm.ToolCall{ID: "2", Name: "helper", Args: `{"task":"b"}`}),
		wants("helper", `{"task":"c"}`), llm.Assistant("ok"),
	}
	own := new(memory.Buffer)
	boss := &agent.Agent{Model: scripted(replies...), Tools: tools.Set{agent.AsTool(helper(own), "Helps.")}, Memory: new(memory.Buffer)}
	if _, err := boss.Run(t.Context(), "Go."); err != nil {
		t.Fatal(err)
	}
	if h, _ := own.Load(t.Context()); len(h.Turns) != 3 || len(h.Messages) != 6 || h.Messages[5].Text() != "5" {
		t.Errorf("the helper's memory is %q", shape(h.Messages))
	}
	shared := new(memory.Buffer)
	boss = &agent.Agent{Model: scripted(replies...), Tools: tools.Set{agent.AsTool(helper(shared), "Helps.")}, Memory: shared}
	if _, err := boss.Run(t.Context(), "Go."); err != nil {
		t.Fatal(err)
	}
	if h, _ := shared.Load(t.Context()); len(h.Turns) != 1 || len(h.Messages) != 6 {
		t.Errorf("the memory of both is %q", shape(h.Messages))
	}
}

// After a crash at any record, inner runs go on where they stood: each act is done under
// the same CallID as if nothing had happened.
func TestAsToolCrash(t *testing.T) {
	build := func(w *world) *agent.Agent {
		model := func(f func(task string, round int) llm.Message) llm.Model {
			return &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if w.dead {
					return nil, errCrash
				}
				w.requests = append(w.requests, text(t, req.Messages))
				return &llm.Response{Message: f(req.Messages[0].Text(), len(req.Messages)/2)}, nil
			}}
		}
		helper := &agent.Agent{Name: "helper", Store: w, Tools: tools.Set{w.act("write", tools.Writes)}, Model: model(func(task string, round int) llm.Message {
			if round < 2 {
				return wants("write", fmt.Sprintf(`{"what":"%s %d"}`, task, round))
			}
			return llm.Assistant("Did " + task)
		})}
		both := tools.With(tools.New("both", "Does two things.", func(ctx context.Context, _ struct{}) ([]string, error) {
			return chain.Parallel(func(ctx context.Context, s string) (string, error) { return helper.Run(ctx, s+" one") },
				func(ctx context.Context, s string) (string, error) { return helper.Run(ctx, s+" two") },
				func(ctx context.Context, s string) (string, error) { return helper.Run(ctx, s+" two") })(ctx, "do")
		}), tools.Policy{Effect: tools.Writes})
		return &agent.Agent{Name: "boss", Store: w, Memory: &w.memory, Tools: tools.Set{agent.AsTool(helper, "Helps."), both}, Model: model(func(_ string, round int) llm.Message {
			switch round {
			case 0:
				return calls(llm.ToolCall{ID: "1", Name: "both"}, llm.ToolCall{ID: "2", Name: "helper", Args: `{"task":"three"}`})
			case 1:
				return wants("helper", `{"task":"three"}`)
			}
			return llm.Assistant("Done.")
		})}
	}
	acts := func(w *world) []string { return slices.Sorted(maps.Keys(w.acts)) }
	want := newWorld()
	if _, err := build(want).Run(t.Context(), "Go."); err != nil || len(want.acts) != 10 || len(want.disk) != 6 {
		t.Fatal(err, acts(want), len(want.disk))
	}
	for _, after := range []bool{false, true} {
		for crash := 2; crash <= want.appends; crash++ {
			w := newWorld()
			w.crash, w.after = crash, after
			run, err := build(w).Start(t.Context(), "Go.")
			if err != nil {
				t.Fatal(err)
			}
			if err := drain(t, build(w), run, nil); err == nil {
				t.Fatalf("crash at %d: there was none", crash)
			}
			w.dead, w.crash = false, 0
			if run, err = w.Load(t.Context(), run.ID); err != nil {
				t.Fatal(err)
			}
			if err := drain(t, build(w), run, nil); err != nil || run.Text() != "Done." {
				t.Fatalf("crash at %d: %q, %v", crash, run.Text(), err)
			}
			if got := acts(w); !slices.Equal(got, acts(want)) {
				t.Errorf("crash at %d: the acts are\n%q\nwant\n%q", crash, got, acts(want))
			}
			if len(w.disk) != len(want.disk) || run.Used().Tools != 3 && run.Used().Tools > 13 {
				t.Errorf("crash at %d: %d runs, used %+v", crash, len(w.disk), run.Used())
			}
		}
	}
}

// The simplest form of an agent as a tool: its Run is a Func.
func TestRunAsTool(t *testing.T) {
	helper := &agent.Agent{Name: "helper", Model: scripted(llm.Assistant("Sunny."))}
	m := scripted(wants("ask", `{"input":"Weather?"}`), llm.Assistant("It is sunny."))
	boss := &agent.Agent{Model: m, Tools: tools.Set{tools.New("ask", "Asks.", helper.Run)}}
	result, err := boss.Do(t.Context(), "Weather?")
	if err != nil || result.Text != "It is sunny." || result.Run.Used().Calls != 3 {
		t.Error(result, err)
	}
}

// Runs in one call are told apart by what they are about, not by the order in which they
// begin, which may be another one after a crash.
func TestInnerOrder(t *testing.T) {
	w := newWorld()
	did := make(map[string]string) // by CallID
	crash := true
	write := tools.With(tools.New("write", "Writes.", func(ctx context.Context, in struct {
		What string `json:"what"`
	}) (string, error) {
		id := tools.CallID(ctx)
		if was, ok := did[id]; ok {
			t.Errorf("%s wrote %q, and now %q", id, was, in.What)
		}
		did[id] = in.What
		return "ok", nil
	}), tools.Policy{Effect: tools.Writes})
	helper := &agent.Agent{Name: "helper", Store: w, Tools: tools.Set{write}, Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		if len(req.Messages) == 1 {
			return &llm.Response{Message: wants("write", fmt.Sprintf(`{"what":%q}`, req.Messages[0].Text()))}, nil
		}
		return &llm.Response{Message: llm.Assistant("Wrote " + req.Messages[0].Text())}, nil
	}}}
	both := tools.With(tools.New("both", "Does both.", func(ctx context.Context, _ struct{}) (string, error) {
		order := []string{"a", "b"}
		if !crash {
			slices.Reverse(order)
		}
		var list strings.Builder
		for _, s := range order {
			text, err := helper.Run(ctx, s)
			if err != nil {
				return "", err
			}
			list.WriteString(text + ". ")
			if crash {
				w.mu.Lock()
				w.dead = true
				w.mu.Unlock()
				return "", tools.Fatal(errCrash)
			}
		}
		return list.String(), nil
	}), tools.Policy{Effect: tools.Writes})
	m := scripted(wants("both", "{}"), llm.Assistant("Done."))
	boss := &agent.Agent{Model: m, Store: w, Tools: tools.Set{both}}
	run, err := boss.Start(t.Context(), "Go.")
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t, boss, run, nil); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	crash, w.dead = false, false
	if run, err = w.Load(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	if err := drain(t, boss, run, nil); err != nil || !slices.Equal(told(m), []string{"Wrote b. Wrote a. "}) || len(did) != 2 {
		t.Errorf("%v, told %q, did %v", err, told(m), did)
	}
}
