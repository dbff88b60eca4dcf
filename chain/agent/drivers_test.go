package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// errCrash ends a process, in the tests of crashes.
var errCrash = errors.New("crash")

// A world is what is outside of a run: a model, the acts that tools have done, a memory,
// and a disk with what a store has kept. It outlives crashes.
type world struct {
	mu       sync.Mutex
	requests []string       // that the model was sent, as JSON
	acts     map[string]int // by tool and CallID
	memory   memory.Buffer
	disk     map[string][]agent.Record
	appends  int
	crash    int  // the append at which the process crashes; 0 is none
	after    bool // it crashes when the records are on the disk, not before
	dead     bool
}

func newWorld() *world {
	return &world{acts: make(map[string]int), disk: make(map[string][]agent.Record)}
}

// Append implements agent.Store. Records are kept as JSON keeps them.
func (w *world) Append(_ context.Context, id string, at int, recs ...agent.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.appends++
	if w.dead || w.appends == w.crash && !w.after {
		w.dead = true
		return errCrash
	}
	if len(w.disk[id]) != at {
		return fmt.Errorf("%w: at %d, there are %d", agent.ErrConflict, at, len(w.disk[id]))
	}
	for _, rec := range recs {
		data, err := json.Marshal(rec)
		var kept agent.Record
		if err := errors.Join(err, json.Unmarshal(data, &kept)); err != nil {
			return err
		}
		w.disk[id] = append(w.disk[id], kept)
	}
	if w.appends == w.crash {
		w.dead = true
		return errCrash
	}
	return nil
}

// Load implements agent.Store.
func (w *world) Load(_ context.Context, id string) (*agent.Run, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	recs, ok := w.disk[id]
	if !ok {
		return nil, agent.ErrNotFound
	}
	return agent.Restore(id, slices.Clone(recs))
}

// act returns a tool that notes that it was called.
func (w *world) act(name string, effect tools.Effect) tools.Tool {
	return tools.With(tools.New(name, "Does <"+name+"> & says so.", func(ctx context.Context, in struct {
		What string `json:"what"`
	}) (string, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.dead {
			return "", errCrash
		}
		_, id, _ := strings.Cut(tools.CallID(ctx), "/")
		w.acts[name+" "+id]++
		return name + ": " + in.What, nil
	}), tools.Policy{Effect: effect})
}

// agent returns an agent of a new process.
func (w *world) agent(store agent.Store) *agent.Agent {
	script := &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.dead {
			return nil, errCrash
		}
		plain := *req
		plain.Whole = false
		data, err := json.Marshal(plain)
		if err != nil {
			return nil, err
		}
		w.requests = append(w.requests, string(data))
		return &llm.Response{Message: reply(req)}, nil
	}}
	return &agent.Agent{
		Name: "worker", Model: script, System: "Work.", Memory: &w.memory, Store: store,
		Tools:    tools.Set{w.act("look", tools.Reads), w.act("write", tools.Writes), w.act("send", tools.WritesOnce)},
		Settings: llm.Request{Model: "m", Temperature: new(0.5), Extra: json.RawMessage(`{ "a": "<&>" }`)},
	}
}

// reply is what the model says, which depends on the request alone: three rounds with
// calls, and the answer.
func reply(req *llm.Request) llm.Message {
	n := 0
	for _, m := range req.Messages {
		if m.Role == llm.RoleAssistant {
			n++
		}
	}
	call := func(i int, name string) llm.ToolCall {
		return llm.ToolCall{ID: fmt.Sprintf("call_%d", i), Name: name, Args: fmt.Sprintf(`{ "what" : "<%d.%d>" }`, n, i)}
	}
	switch n {
	case 0:
		return calls(call(0, "look"), call(1, "write"))
	case 1:
		return calls(call(0, "send"), call(1, "look"), call(2, "look"))
	case 2:
		return calls(call(0, "write"), llm.ToolCall{ID: "call_1", Name: "look", Args: `{"what": cut`}, call(2, "none"))
	}
	return llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: ""}, llm.Text("Done <&>.")}}
}

// transcript returns the conversation of a run as JSON.
func transcript(t *testing.T, run *agent.Run) string {
	data, err := json.Marshal(run.Messages())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// same fails if the two worlds and runs differ in what a person could see.
func (w *world) same(t *testing.T, name string, run *agent.Run, want *world, wantRun *agent.Run) {
	t.Helper()
	if got, want := transcript(t, run), transcript(t, wantRun); got != want {
		t.Errorf("%s: the transcript is\n%s\nwant\n%s", name, got, want)
	}
	if !slices.Equal(dedup(w.requests), want.requests) {
		t.Errorf("%s: the requests are\n%s\nwant\n%s", name, strings.Join(w.requests, "\n"), strings.Join(want.requests, "\n"))
	}
	h, err := w.memory.Load(t.Context())
	if err != nil || len(h.Turns) != 1 {
		t.Errorf("%s: the memory has %d turns, %v", name, len(h.Turns), err)
	}
	if _, err := agent.Restore(run.ID, run.Log); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// dedup drops requests that were made again, byte for byte, as their reply was lost.
func dedup(list []string) []string { return slices.Compact(slices.Clone(list)) }

// drain runs a sequence to its end and returns the error.
func drain(t *testing.T, a *agent.Agent, run *agent.Run, each func(*agent.Event)) error {
	t.Helper()
	done := false
	for e, err := range a.Resume(t.Context(), run) {
		if err != nil {
			return err
		}
		if each != nil {
			each(e)
		}
		done = e.Kind() == "done"
	}
	if !done {
		t.Error("the sequence ended without an event that says so")
	}
	return nil
}

// TestDrivers drives the same run by the loop of this process, by one that saves and
// reloads it after every event, and by one that crashes at each record it keeps, before
// and after it is on the disk.
func TestDrivers(t *testing.T) {
	want := newWorld()
	a := want.agent(nil)
	wantRun, err := a.Start(t.Context(), "Go <on>.")
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t, a, wantRun, nil); err != nil {
		t.Fatal(err)
	}
	if len(want.requests) != 4 || len(want.acts) != 6 {
		t.Fatalf("%d requests, acts %v", len(want.requests), want.acts)
	}

	t.Run("reload", func(t *testing.T) {
		w := newWorld()
		run, err := w.agent(nil).Start(t.Context(), "Go <on>.")
		if err != nil {
			t.Fatal(err)
		}
		for steps := 0; ; steps++ {
			run = reload(t, run)
			before := len(run.Log)
			over := false
			for e, err := range w.agent(nil).Resume(t.Context(), run) {
				if err != nil {
					t.Fatal(err)
				}
				reload(t, e.Run)
				over = e.Kind() == "done"
				if k := run.Next().Kind; k == agent.StepModel && len(run.Log) > before {
					break
				}
			}
			if over {
				break
			}
		}
		w.same(t, "reload", run, want, wantRun)
		if fmt.Sprint(w.acts) != fmt.Sprint(want.acts) {
			t.Errorf("the acts are %v, want %v", w.acts, want.acts)
		}
	})

	for _, after := range []bool{false, true} {
		for crash := 1; ; crash++ {
			name := fmt.Sprintf("crash at %d, after %t", crash, after)
			w := newWorld()
			w.crash, w.after = crash, after
			run, waited := w.survive(t, name)
			if run == nil {
				break
			}
			if waited {
				continue // checked there
			}
			w.same(t, name, run, want, wantRun)
			for act, n := range w.acts {
				once := strings.HasPrefix(act, "send")
				if n > 2 || once && n > 1 {
					t.Errorf("%s: %s was done %d times", name, act, n)
				}
			}
		}
	}
}

// reload returns a run as it comes back from JSON, twice.
func reload(t *testing.T, run *agent.Run) *agent.Run {
	t.Helper()
	data, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	var back agent.Run
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || !bytes.Equal(data, again) {
		t.Fatalf("%v: the run came back as\n%s\nwant\n%s", err, again, data)
	}
	return &back
}

// survive runs to the end though the process crashes, and starts a new one. It returns
// nil if there was nothing to crash at.
func (w *world) survive(t *testing.T, name string) (run *agent.Run, waited bool) {
	t.Helper()
	id := ""
	if first, err := w.agent(w).Start(t.Context(), "Go <on>."); err == nil {
		id = first.ID
		if err := drain(t, w.agent(w), first, nil); err == nil {
			if w.appends >= w.crash {
				t.Errorf("%s: the run went on after the crash", name)
			}
			return nil, false
		}
	}
	finished := make(map[string]bool) // calls with a result on the disk
	for _, rec := range w.disk[id] {
		if rec.Kind == agent.Called {
			finished[rec.Call] = true
		}
	}
	before := make(map[string]int)
	maps.Copy(before, w.acts)
	w.dead, w.crash = false, 0
	for id == "" {
		for id = range w.disk { // the first record may be there
		}
		if id == "" {
			first, err := w.agent(w).Start(t.Context(), "Go <on>.")
			if err != nil {
				t.Fatal(err)
			}
			id = first.ID
		}
	}
	run, err := w.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	err = drain(t, w.agent(w), run, nil)
	if errors.Is(err, agent.ErrApproval) {
		waiting := run.Waiting()
		if len(waiting) != 1 || waiting[0].Name != "send" || waiting[0].Why == "" {
			t.Fatalf("%s: waiting %v", name, waiting)
		}
		waited = true
		if err := run.Grant(waiting[0].ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		err = drain(t, w.agent(w), run, nil)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for act, n := range w.acts {
		_, call, _ := strings.Cut(act, " ")
		if finished[call] && n != before[act] {
			t.Errorf("%s: %s was done again, though its result was kept", name, act)
		}
	}
	return run, waited
}
