package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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

// What a child is told by its environment: in which folder it works, and its orders.
const (
	childDir    = "HADAL_AGENT_CHILD"
	childOrders = "HADAL_AGENT_ORDERS"
)

// killTime is how long a child may take.
const killTime = 30 * time.Second

// refusal is what a person says of a call that was made.
const refusal = "I saw that it was sent"

// TestKillChild is the child: it does nothing if the tests are run as usual.
func TestKillChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		return
	}
	w := &killWorker{dir: dir, parent: os.NewFile(3, "parent"), stopAt: -1}
	decisions := make(map[string]bool)
	for order := range strings.SplitSeq(os.Getenv(childOrders), ";") {
		switch what, which, _ := strings.Cut(order, " "); what {
		case "before", "after":
			w.stopAt, _ = strconv.Atoi(which)
			w.stopAfter = what == "after"
		case "grant", "refuse":
			decisions[which] = what == "grant"
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), killTime)
	defer cancel()
	if err := w.work(ctx, decisions); err != nil {
		w.say("fails: " + err.Error())
		t.Fatal(err)
	}
}

// A killWorker is the agent of a child, and the world of its tools.
type killWorker struct {
	dir       string
	parent    *os.File
	mu        sync.Mutex
	acts      int
	stopAt    int // the act at which it stops; -1 is none
	stopAfter bool
}

// say gives the parent a line, which is a sign of life.
func (w *killWorker) say(text string) { fmt.Fprintln(w.parent, text) }

// work goes on with the run, or begins it, until it is done or waits for a person.
func (w *killWorker) work(ctx context.Context, decisions map[string]bool) error {
	store := &agent.Folder{Path: filepath.Join(w.dir, "runs")}
	talk := &memory.File{Path: filepath.Join(w.dir, "talk.jsonl")}
	defer talk.Close()
	a := w.agent(store, talk)
	run, err := w.resume(ctx, a, store)
	if err != nil {
		return err
	}
	for _, call := range run.Waiting() {
		grant, decided := decisions[call.ID]
		switch {
		case decided && grant:
			err = run.Grant(call.ID, time.Time{})
		case decided:
			err = run.Refuse(call.ID, refusal)
		}
		if err != nil {
			return err
		}
	}
	for e, err := range a.Resume(ctx, run) {
		if errors.Is(err, agent.ErrApproval) {
			var text strings.Builder
			text.WriteString("waits")
			for _, call := range run.Waiting() {
				text.WriteString(" " + call.ID)
			}
			w.say(text.String())
			return nil
		}
		if err != nil {
			return err
		}
		if e.Kind() == "done" {
			w.say("done")
			return nil
		}
		w.say(e.Kind())
	}
	return errors.New("the sequence ended without an event that says so")
}

// resume returns the run that is stored, or a new one.
func (w *killWorker) resume(ctx context.Context, a *agent.Agent, store *agent.Folder) (*agent.Run, error) {
	for stored, err := range store.Runs(ctx) {
		if err != nil {
			return nil, err
		}
		return store.Load(ctx, stored.ID)
	}
	return a.Start(ctx, "Go <on> & on.")
}

// note appends a line to a file, in one write.
func (w *killWorker) note(name, line string) error {
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// agent returns the agent of the child.
func (w *killWorker) agent(store agent.Store, talk memory.Memory) *agent.Agent {
	model := &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		plain := *req
		plain.Whole = false
		data, err := json.Marshal(plain)
		if err := errors.Join(err, w.note("requests", string(data))); err != nil {
			return nil, err
		}
		return &llm.Response{Message: killReply(req)}, nil
	}}
	return &agent.Agent{
		Name: "worker", Model: model, System: "Work.", Memory: talk, Store: store,
		Tools:    tools.Set{w.tool("look", tools.Reads), w.tool("write", tools.Writes), w.tool("send", tools.WritesOnce)},
		Settings: llm.Request{Model: "m", Temperature: new(0.5), Extra: json.RawMessage(`{"a":"b"}`)},
	}
}

// tool returns a tool that notes that it was called, and stops at one of the acts: right
// before it, or between it and its record.
func (w *killWorker) tool(name string, effect tools.Effect) tools.Tool {
	return tools.With(tools.New(name, "Does <"+name+"> & says so.", func(ctx context.Context, in struct {
		What string `json:"what"`
	}) (string, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acts++
		id := tools.CallID(ctx)
		if id == "" {
			return "", w.note("stray", name)
		}
		if w.acts == w.stopAt && !w.stopAfter {
			w.stop()
		}
		if err := w.note("acts", name+" "+id); err != nil {
			return "", err
		}
		if w.acts == w.stopAt {
			w.stop()
		}
		return name + ": " + in.What, nil
	}), tools.Policy{Effect: effect})
}

// stop tells the parent, and waits for the end.
func (w *killWorker) stop() {
	w.say("stopped")
	select {}
}

// killReply is what the model says, which depends on the request alone: six rounds with
// calls, and the answer.
func killReply(req *llm.Request) llm.Message {
	n := 0
	for _, m := range req.Messages {
		if m.Role == llm.RoleAssistant {
			n++
		}
	}
	rounds := [][]string{{"look"}, {"send"}, {"write", "look", "look"}, {"send", "write"}, {"write", "write", "look", "send"}, {"look", "send", "write"}}
	if n >= len(rounds) {
		return llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: ""}, llm.Text("Done <&>.")}}
	}
	m := llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}}}
	for i, name := range rounds[n] {
		m.Parts = append(m.Parts, llm.ToolCall{ID: fmt.Sprintf("call_%d", i), Name: name, Args: fmt.Sprintf(`{ "what" : "<%d.%d>" }`, n, i)})
	}
	return m
}
