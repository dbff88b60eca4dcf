package agent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
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

// kinds runs a sequence to its end and returns what happened, chunks in a row as one.
func kinds(t *testing.T, seq iter.Seq2[*agent.Event, error]) (list []string, err error) {
	t.Helper()
	for e, err := range seq {
		if err != nil {
			if e != nil {
				t.Errorf("an event %q comes with the error %v", e.Kind(), err)
			}
			return list, err
		}
		text := e.Kind()
		switch {
		case e.Run == nil:
			t.Errorf("the event %q has no run", text)
		case e.Chunk != nil, e.Reply != nil, text == "retry":
			text += " " + string(e.For)
		case e.Call != nil:
			text += " " + e.Call.Name + e.Call.Args
			if e.Outcome != nil {
				text += " = " + llm.Message{Parts: e.Outcome.Result.Content}.Text()
			}
		}
		list = append(list, text)
	}
	return slices.Compact(list), nil
}

func TestEvents(t *testing.T) {
	m := &llmtest.Script{Replies: []llm.Message{
		calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}),
		calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":3}`}),
		llm.Assistant("All done."),
	}}
	a := &agent.Agent{Model: m, Tools: tools.Set{add()}}
	got, err := kinds(t, a.Stream(t.Context(), "Add."))
	want := []string{
		"chunk model", "reply model", `call add{"a":1,"b":2}`, `result add{"a":1,"b":2} = 3`,
		"chunk model", "reply model", `call add{"a":3}`,
		"result add{\"a\":3} = error: the arguments do not fit the schema:\n/b: is missing, want an integer\nCall the tool again with all of its arguments, corrected.",
		"chunk model", "reply model", "done",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// A request that breaks off after something was shown is made again, and whoever looks is
// told that what he saw is void.
func TestRetry(t *testing.T) {
	broken := &llm.Error{Message: "gone", Err: llm.ErrTruncated}
	for _, tt := range []struct {
		name    string
		retries int
		faults  int
		shown   bool
		err     error
		want    []string
		wantErr error
	}{
		{"broken off", 0, 2, true, broken, []string{"chunk model", "retry model", "chunk model", "retry model", "chunk model", "reply model", "done"}, nil},
		{"too often", 0, 3, true, broken, []string{"chunk model", "retry model", "chunk model", "retry model", "chunk model"}, llm.ErrTruncated},
		{"never", -1, 1, true, broken, []string{"chunk model"}, llm.ErrTruncated},
		{"nothing shown", 0, 1, false, broken, nil, llm.ErrTruncated},
		{"not temporary", 0, 1, true, &llm.Error{Err: llm.ErrAuth}, []string{"chunk model"}, llm.ErrAuth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
				if n >= tt.faults {
					return &llm.Response{Message: llm.Assistant("whole")}, nil
				}
				if !tt.shown {
					return nil, tt.err
				}
				return &llm.Response{Message: llm.Assistant("part")}, tt.err
			}}
			a := &agent.Agent{Model: m, Retries: tt.retries}
			run, err := a.Start(t.Context(), "Say it.")
			if err != nil {
				t.Fatal(err)
			}
			got, err := kinds(t, a.Resume(t.Context(), run))
			if !slices.Equal(got, tt.want) || !errors.Is(err, tt.wantErr) || (err == nil) != (tt.wantErr == nil) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.wantErr)
			}
			if n := run.Used().Calls; n != len(m.Requests()) {
				t.Errorf("the run counts %d calls, there were %d", n, len(m.Requests()))
			}
		})
	}
}

func TestBlank(t *testing.T) {
	for faults, wantErr := range map[int]error{2: nil, 3: agent.ErrBlank} {
		m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
			if n >= faults {
				return &llm.Response{Message: llm.Assistant("at last")}, nil
			}
			return &llm.Response{Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text(" \n")}}}, nil
		}}
		var mem memory.Buffer
		text, err := (&agent.Agent{Model: m, Memory: &mem}).Run(t.Context(), "Say it.")
		if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) || err == nil && text != "at last" {
			t.Errorf("%d blank replies: %q, %v, want %v", faults, text, err, wantErr)
		}
		if h, _ := mem.Load(t.Context()); len(h.Turns) != map[bool]int{true: 1}[err == nil] {
			t.Errorf("%d blank replies: %d turns in the memory", faults, len(h.Turns))
		}
	}
}

// points is a model and tools that say at each point where they wait.
type points struct {
	n    atomic.Int64
	stop int64
	hit  func()
}

func (p *points) pass() {
	if p.n.Add(1) == p.stop {
		p.hit()
	}
}

// TestCancel cancels a run at each point at which it waits for something, and leaves the
// loop at each event. Nothing goes on, the history is valid for an API, the memory is as
// it was, and the run can be resumed.
func TestCancel(t *testing.T) {
	stopped := errors.New("stopped by the test")
	for _, leave := range []bool{false, true} {
		for at := int64(1); ; at++ {
			var reached bool
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				p := &points{stop: at, hit: func() { reached = true; cancel(stopped) }}
				if leave {
					p.stop = -1
				}
				a, mem := p.agent()
				run, err := a.Start(ctx, "Go.")
				if err != nil {
					t.Fatal(err)
				}
				events := int64(0)
				for e, err2 := range a.Resume(ctx, run) {
					err = err2
					if events++; leave && events == at {
						reached = true
						break
					}
					if e != nil {
						check(t, e.Run)
					}
				}
				synctest.Wait() // whatever still runs is found by the bubble's end
				check(t, run)
				if !reached {
					if err != nil {
						t.Errorf("not cancelled: %v", err)
					}
					return
				}
				h, _ := mem.Load(t.Context())
				done := run.Next().Kind == agent.StepDone
				if !leave && !errors.Is(err, stopped) && !done {
					t.Errorf("cancelled at %d: %v", at, err)
				}
				if len(h.Turns) > 0 && !done {
					t.Errorf("stopped at %d: the memory has a turn that is not whole", at)
				}
				p.stop = -1
				if err := drain(t, a, run, nil); err != nil {
					t.Errorf("stopped at %d, resuming: %v", at, err)
				}
				if h, _ := mem.Load(t.Context()); len(h.Turns) != 1 || run.Text() != "Done." {
					t.Errorf("stopped at %d, resumed: %d turns, %q", at, len(h.Turns), run.Text())
				}
			})
			if !reached {
				if at < 8 {
					t.Fatalf("only %d points", at-1)
				}
				break
			}
		}
	}
}

// agent returns an agent whose model and tools take their time.
func (p *points) agent() (*agent.Agent, *memory.Buffer) {
	script := &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		n := 0
		for _, m := range req.Messages {
			if m.Role == llm.RoleAssistant {
				n++
			}
		}
		if n < 2 {
			return &llm.Response{Message: calls(
				llm.ToolCall{ID: "a", Name: "slow", Args: fmt.Sprintf(`{"n":%d}`, n)},
				llm.ToolCall{ID: "b", Name: "slow", Args: fmt.Sprintf(`{"n":%d}`, n+10)})}, nil
		}
		return &llm.Response{Message: llm.Assistant("Done.")}, nil
	}}
	model := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			p.pass()
			for c, err := range script.Stream(ctx, req) {
				if !yield(c, err) {
					return
				}
				p.pass()
			}
		}
	})
	slow := tools.New("slow", "Takes a second.", func(ctx context.Context, in struct {
		N int `json:"n"`
	}) (string, error) {
		p.pass()
		select {
		case <-time.After(time.Second):
			p.pass()
			return "ok", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
	mem := new(memory.Buffer)
	return &agent.Agent{Model: model, Tools: tools.Set{tools.With(slow, tools.Policy{Effect: tools.Reads})}, Memory: mem}, mem
}

// check fails if an API would refuse the conversation of a run.
func check(t *testing.T, run *agent.Run) {
	t.Helper()
	if err := (memory.Turn{ID: "x", Messages: run.Turn()}).Check(); err != nil {
		t.Error(err)
	}
}

// Many runs of one agent at once do not get into each other's way.
func TestConcurrent(t *testing.T) {
	a := &agent.Agent{Tools: tools.Set{add()}, Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		last := req.Messages[len(req.Messages)-1]
		if last.Role == llm.RoleUser {
			return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":` + last.Text() + `,"b":1}`})}, nil
		}
		r := last.Parts[0].(llm.ToolResult)
		return &llm.Response{Message: llm.Assistant(llm.Message{Parts: r.Content}.Text())}, nil
	}}}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			b := *a
			b.Memory = new(memory.Buffer)
			for n := range 3 {
				text, err := b.Run(t.Context(), fmt.Sprint(i+n))
				if err != nil || text != fmt.Sprint(i+n+1) {
					t.Errorf("%d: %q, %v", i, text, err)
				}
			}
			if h, _ := b.Memory.Load(t.Context()); len(h.Turns) != 3 || len(h.Messages) != 12 {
				t.Errorf("%d: %d turns, %d messages", i, len(h.Turns), len(h.Messages))
			}
		})
	}
	wg.Wait()
}

// Two runs on one conversation at once: the second to end is told.
func TestConflict(t *testing.T) {
	mem := new(memory.Buffer)
	a := &agent.Agent{Model: &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("Hello.")}, nil
	}}, Memory: mem}
	one, err1 := a.Start(t.Context(), "one")
	two, err2 := a.Start(t.Context(), "two")
	if err := errors.Join(err1, err2, drain(t, a, one, nil)); err != nil {
		t.Fatal(err)
	}
	err := drain(t, a, two, nil)
	if e, ok := errors.AsType[*agent.Error](err); !errors.Is(err, memory.ErrConflict) || !ok || e.Run.Text() != "Hello." {
		t.Errorf("got %v", err)
	}
	if err := drain(t, a, one, nil); err != nil { // again, which does nothing
		t.Error(err)
	}
	if h, _ := mem.Load(t.Context()); len(h.Turns) != 1 || h.Last != one.ID {
		t.Errorf("the memory has %d turns, the last is %s", len(h.Turns), h.Last)
	}
}

// A tool that says Fatal ends the run; what the others were doing is cancelled, and all
// calls have a result.
func TestFatal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := errors.New("account closed")
		charge := tools.New("charge", "Charges the card.", func(context.Context, struct{}) (string, error) { return "", tools.Fatal(account) })
		wait := tools.New("wait", "Waits.", func(ctx context.Context, _ struct{}) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		m := &llmtest.Script{Replies: []llm.Message{calls(llm.ToolCall{ID: "1", Name: "wait"}, llm.ToolCall{ID: "2", Name: "charge"}), llm.Assistant("No money.")}}
		a := &agent.Agent{Name: "shop", Model: m, Tools: tools.Set{charge, wait}}
		_, err := a.Do(t.Context(), "Buy it.")
		e, ok := errors.AsType[*agent.Error](err)
		if !ok || !errors.Is(err, account) {
			t.Fatal(err)
		}
		if want := "agent shop: after 1 model calls and 2 tool calls: tool charge: account closed"; err.Error() != want {
			t.Errorf("the error is %q, want %q", err, want)
		}
		check(t, e.Run)
		results := e.Run.Turn()[2].Parts
		var texts []string
		for _, r := range results {
			texts = append(texts, llm.Message{Parts: r.(llm.ToolResult).Content}.Text())
		}
		want := []string{"error: the call was cancelled before it ended, and may have done some or all of its work", "error: the call has ended the run"}
		if !slices.Equal(texts, want) {
			t.Errorf("the results are %q, want %q", texts, want)
		}
		if err := drain(t, a, e.Run, nil); err != nil || e.Run.Text() != "No money." {
			t.Errorf("resumed: %q, %v", e.Run.Text(), err)
		}
	})
}

// The time limit ends what is under way, whether that is the model or a tool; what a
// person is waited for does not count.
func TestTime(t *testing.T) {
	for name, inTool := range map[string]bool{"in a tool": true, "in the model": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hang := func(ctx context.Context) error {
					<-ctx.Done()
					return context.Cause(ctx)
				}
				script := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
					if req.ToolChoice == llm.ToolNone {
						return &llm.Response{Message: llm.Assistant("So far: nothing.")}, nil
					}
					return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "hang", Args: fmt.Sprintf(`{"n":%d}`, n)})}, nil
				}}
				model := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
					if inTool || req.ToolChoice == llm.ToolNone {
						return script.Stream(ctx, req)
					}
					return func(yield func(*llm.Chunk, error) bool) { yield(nil, hang(ctx)) }
				})
				tool := tools.New("hang", "Hangs.", func(ctx context.Context, _ struct {
					N int `json:"n"`
				}) (string, error) {
					return "", hang(ctx)
				})
				a := &agent.Agent{Model: model, Limits: agent.Limits{Time: 10 * time.Second, Finish: true},
					Tools: tools.Set{tools.With(tool, tools.Policy{Effect: tools.Reads, Timeout: -1})}}
				start := time.Now()
				_, err := a.Do(t.Context(), "Go.")
				e, ok := errors.AsType[*agent.Error](err)
				limit, isLimit := errors.AsType[*agent.LimitError](err)
				if !ok || !isLimit || limit.Limit != "time" || limit.Max != int64(10*time.Second) || e.Run.Text() != "So far: nothing." {
					t.Fatalf("got %v", err)
				}
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("it took %v", took)
				}
				check(t, e.Run)
			})
		})
	}
}

// What an agent does that is a tool counts for its caller, and is bound by what the
// caller has left.
func TestInnerLimits(t *testing.T) {
	inner := &agent.Agent{Name: "helper", Tools: tools.Set{add()}, Model: &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "add", Args: fmt.Sprintf(`{"a":%d,"b":1}`, n)})}, nil
	}}}
	var told []string
	outer := &agent.Agent{Name: "boss", Limits: agent.Limits{Calls: 6}, Tools: tools.Set{agent.AsTool(inner, "Helps.")}, Model: &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		if n == 0 {
			return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "helper", Args: `{"task":"count"}`})}, nil
		}
		r := req.Messages[len(req.Messages)-1].Parts[0].(llm.ToolResult)
		told = append(told, llm.Message{Parts: r.Content}.Text())
		return &llm.Response{Message: llm.Assistant("ok")}, nil
	}}}
	_, err := outer.Do(t.Context(), "Go.")
	limit, ok := errors.AsType[*agent.LimitError](err)
	if !ok || limit.Limit != "calls" || limit.Outer || limit.Max != 6 {
		t.Fatal(err)
	}
	e, _ := errors.AsType[*agent.Error](err)
	if u := e.Run.Used(); u.Calls != 6 || u.Tools != 6 {
		t.Errorf("used %+v, want 6 calls (1 and 5 of the helper) and 6 tools (1 and 5)", u)
	}
	outer.Limits.Calls = 7
	if err := drain(t, outer, e.Run, nil); err != nil {
		t.Fatal(err)
	}
	want := "error: agent helper: after 5 model calls and 5 tool calls: limit reached: 5 model calls, as the agent that called this one had no more left: raise it in Limits and resume the run"
	if len(told) != 1 || told[0] != want {
		t.Errorf("the model is told %q, want %q", told, want)
	}
}

// Calls that are refused or masked have a result for who looks, as they have for the
// model.
func TestRefusedEvents(t *testing.T) {
	send := tools.New("send", "Sends it.", func(context.Context, struct{}) (string, error) { return "sent", nil })
	m := &llmtest.Script{Replies: []llm.Message{
		calls(llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}, llm.ToolCall{ID: "2", Name: "send"}),
		llm.Assistant("Neither."),
	}}
	a := &agent.Agent{
		Model: m, Tools: tools.Set{add(), send},
		Mask: func(_ *agent.Run, c llm.ToolCall) error {
			if c.Name == "add" {
				return errors.New("not now")
			}
			return nil
		},
		Approve: func(context.Context, llm.ToolCall) error { return errors.New("too late") },
	}
	got, err := kinds(t, a.Stream(t.Context(), "Go."))
	want := []string{
		"chunk model", "reply model", `result add{"a":1,"b":2} = error: not now`,
		"result send = error: the call was not made: a person was asked and refused it: too late",
		"chunk model", "reply model", "done",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// A panic in the body of the loop ends the calls that are under way, and is not held back.
func TestPanicInLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		hang := tools.New("hang", "Hangs.", func(ctx context.Context, _ struct{}) (string, error) {
			<-ctx.Done()
			ended = true
			return "", ctx.Err()
		})
		m := &llmtest.Script{Replies: []llm.Message{calls(llm.ToolCall{ID: "1", Name: "hang"}, llm.ToolCall{ID: "2", Name: "add", Args: `{"a":1,"b":2}`})}}
		a := &agent.Agent{Model: m, Tools: tools.Set{hang, add()}}
		defer func() {
			if v := recover(); v != "mine" || !ended {
				t.Errorf("recovered %v, the tool ended: %t", v, ended)
			}
		}()
		for e := range a.Stream(t.Context(), "Go.") {
			if e.Kind() == "result" {
				panic("mine")
			}
		}
	})
}
