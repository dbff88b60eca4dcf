package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// sound fails if run is not what each run must be, wherever it stands.
func sound(t testing.TB, run *agent.Run) {
	t.Helper()
	if err := (memory.Turn{ID: "t", Messages: run.Turn()}).Check(); err != nil {
		t.Fatalf("the turn is not valid: %v\n%s", err, show(run.Turn()))
	}
	if list := run.Messages(); len(run.Header.History) == 0 {
		if run.Header.System != "" {
			list = list[1:]
		}
		if err := (memory.Turn{ID: "t", Messages: list}).Check(); err != nil {
			t.Fatalf("the conversation is not valid: %v\n%s", err, show(list))
		}
	}
	u, l := run.Used(), run.Limits()
	if min(u.Calls, u.Tools, u.Usage.Input, u.Usage.Cached, u.Usage.Output, u.Usage.Reasoning) < 0 {
		t.Fatalf("used %+v", u)
	}
	if l.Calls == 0 || l.Tools == 0 || l.Tokens == 0 || l.Time == 0 || l.Repeats == 0 || l.Repeats == 1 {
		t.Fatalf("limits %+v", l)
	}
	step := run.Next()
	if again := run.Next(); !reflect.DeepEqual(step, again) {
		t.Fatalf("the next step is %+v, and then %+v", step, again)
	}
	asks := step.Kind == agent.StepModel || step.Kind == agent.StepCompact || step.Kind == agent.StepFinish
	calls := step.Kind == agent.StepTools || step.Kind == agent.StepWait
	if asks != (step.Request != nil) || calls != (len(step.Calls) > 0) || (step.Kind == agent.StepStop || step.Kind == agent.StepFinish) != (step.Err != nil) {
		t.Fatalf("the next step is %+v", step)
	}
	if step.Kind == agent.StepWait && !reflect.DeepEqual(step.Calls, run.Waiting()) {
		t.Fatalf("waiting are %+v and %+v", step.Calls, run.Waiting())
	}
	data, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	var back agent.Run
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if again := encoded(t, &back); again != string(data) {
		t.Fatalf("came back as\n%s\nwant\n%s", again, data)
	}
	after := back.Next()
	if fmt.Sprint(after.Err) != fmt.Sprint(step.Err) || after.Kind != step.Kind || !reflect.DeepEqual(after.Calls, step.Calls) || encoded(t, after.Request) != encoded(t, step.Request) {
		t.Fatalf("the next step is %+v, and after a reload %+v", step, after)
	}
	fork := run.Fork()
	if got, want := show(fork.Messages()), show(run.Messages()); got != want {
		t.Fatalf("a fork has\n%s\nwant\n%s", got, want)
	}
	approved := slices.ContainsFunc(run.Log, func(rec agent.Record) bool { return rec.Kind == agent.Granted })
	if k := fork.Next().Kind; k != step.Kind && !approved {
		t.Fatalf("the next step of a fork is %s, want %s", k, step.Kind)
	}
	for _, c := range fork.Next().Calls {
		if c.Approved(time.Time{}) {
			t.Fatalf("a fork has an approval: %+v", c)
		}
	}
	if _, err := agent.Restore(fork.ID, fork.Log); err != nil {
		t.Fatalf("a fork does not come back: %v", err)
	}
}

// FuzzRestore reads runs, and puts records on a run whatever they are.
func FuzzRestore(f *testing.F) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		run := walk(f, rnd, func(*agent.Run) {})
		f.Add([]byte(encoded(f, run)))
		rnd.Shuffle(len(run.Log)-1, func(i, j int) { run.Log[i+1], run.Log[j+1] = run.Log[j+1], run.Log[i+1] })
		f.Add([]byte(encoded(f, run)))
	}
	f.Add([]byte(encoded(f, &agent.Run{ID: "r", Log: []agent.Record{{Kind: agent.Began, Header: full()}}})))
	f.Add([]byte(`{"id":"r","log":[{"kind":"began","header":{"v":1,"input":[{"role":"user","parts":[]}],"limits":{},"compact":{"at":1,"keep":-1}}},{"kind":"replied","for":"compact","reply":{"role":"assistant","parts":[{"text":"x"}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { restored(t, data) })
}

// restored fails if what data says is a run and is none. It reports whether it is one.
func restored(t *testing.T, data []byte) bool {
	var run agent.Run
	err := json.Unmarshal(data, &run)
	if err == nil {
		sound(t, &run)
	}
	var loose struct {
		ID  string         `json:"id"`
		Log []agent.Record `json:"log"`
	}
	if json.Unmarshal(data, &loose) != nil {
		return false
	}
	other := &agent.Run{ID: loose.ID, Log: loose.Log} // unchecked
	other.Next()
	other.Messages()
	other.Waiting()
	applied := &agent.Run{ID: loose.ID}
	for _, rec := range loose.Log {
		if err := applied.Apply(rec); err != nil && !errors.Is(err, agent.ErrRecord) {
			t.Fatalf("an error without class: %v", err)
		}
	}
	if len(applied.Log) > 0 {
		sound(t, applied)
	}
	return err == nil
}

// TestTamperedRuns changes what was stored: some value in it goes away, is another, or
// that of another place.
func TestTamperedRuns(t *testing.T) {
	taken := 0
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed/10, 1))
		run := walk(t, rnd, func(*agent.Run) {})
		rnd = rand.New(rand.NewPCG(seed, 2))
		var tree any
		if err := json.Unmarshal([]byte(encoded(t, run)), &tree); err != nil {
			t.Fatal(err)
		}
		for range 1 + rnd.IntN(3) {
			places := placesOf(tree)
			if len(places) == 0 {
				break // all of it is gone
			}
			at, from := places[rnd.IntN(len(places))], places[rnd.IntN(len(places))]
			was, _ := at.value()
			switch v := was.(type) {
			case string:
				at.set([]any{"", "a", "1.1", "granted", "finish", "model", v + "x"}[rnd.IntN(7)])
			case float64:
				at.set([]any{0, -1, 1, v + 1, int64(1) << 62, int64(-1) << 62}[rnd.IntN(6)])
			default:
				at.set([]any{nil, []any{}, map[string]any{}, true}[rnd.IntN(4)])
			}
			switch rnd.IntN(3) {
			case 0:
				if v, ok := from.value(); ok {
					at.set(v)
				}
			case 1:
				at.drop()
			}
		}
		if data, err := json.Marshal(tree); err == nil && restored(t, data) {
			taken++
		}
	}
	if taken < 40 {
		t.Errorf("only %d of 400 are runs still: the test does not look at much", taken)
	}
}

// A place is where a value stands in decoded JSON.
type place struct {
	object map[string]any
	name   string
	list   []any
	index  int
}

func (p place) value() (any, bool) {
	if p.object != nil {
		v, ok := p.object[p.name]
		return v, ok
	}
	return p.list[p.index], true
}

func (p place) set(v any) {
	data, _ := json.Marshal(v) // no rings
	if p.object != nil {
		p.object[p.name] = json.RawMessage(data)
		return
	}
	p.list[p.index] = json.RawMessage(data)
}

func (p place) drop() {
	if p.object != nil {
		delete(p.object, p.name)
	}
}

// placesOf returns all places in a tree, in an order that stands still.
func placesOf(tree any) []place {
	var list []place
	switch v := tree.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(append(list, place{object: v, name: name}), placesOf(v[name])...)
		}
	case []any:
		for i := range v {
			list = append(append(list, place{list: v, index: i}), placesOf(v[i])...)
		}
	}
	return list
}

// TestRandomRuns drives runs at random, and looks at them after each record.
func TestRandomRuns(t *testing.T) {
	kinds := make(map[agent.StepKind]int)
	records := make(map[agent.RecordKind]int)
	for seed := range uint64(300) {
		run := walk(t, rand.New(rand.NewPCG(seed, 0)), func(run *agent.Run) {
			kinds[run.Next().Kind]++
			sound(t, run)
		})
		for _, rec := range run.Log {
			records[rec.Kind]++
		}
	}
	for _, k := range []agent.StepKind{agent.StepModel, agent.StepTools, agent.StepWait, agent.StepCompact, agent.StepFinish, agent.StepDone, agent.StepStop} {
		if kinds[k] == 0 {
			t.Errorf("no step of the kind %s: %v", k, kinds)
		}
	}
	if len(records) != 9 {
		t.Errorf("records %v", records)
	}
}

// walk drives a run at random, in a world where all goes wrong that can, and calls look
// after each record.
func walk(t testing.TB, rnd *rand.Rand, look func(*agent.Run)) *agent.Run {
	some := func(n int) bool { return rnd.IntN(n) == 0 }
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	words := func() string {
		return pick("", " ", "a", "<&>", "深\x00", "\xff\x80", "\u2028", "long text that has a number of words in it, so that it counts")
	}
	limits := func() agent.Limits {
		return agent.Limits{Calls: rnd.IntN(9) - 1, Tools: rnd.IntN(9) - 1, Tokens: rnd.IntN(3000) - 10, Time: time.Duration(rnd.IntN(30) - 1), Repeats: rnd.IntN(5) - 1, Finish: some(2)}
	}
	h := header()
	h.Limits = limits()
	if some(2) {
		h.History = nil
		h.Compact = agent.Compact{At: 250, Keep: rnd.IntN(60), Prompt: "Sum up."}
	}
	run := &agent.Run{ID: "r"}
	next := func(rec agent.Record) {
		rec.Elapsed = time.Duration(rnd.IntN(3))
		if err := run.Apply(rec); err != nil {
			if limit, ok := errors.AsType[*agent.LimitError](err); !ok || limit.Limit != "time" { // over since the calls beside this one
				t.Fatalf("%v\n%s", err, encoded(t, run))
			}
			return
		}
		look(run)
	}
	next(agent.Record{Kind: agent.Began, Header: h})
	for range 40 {
		if some(4) { // a crash
			var back agent.Run
			if err := json.Unmarshal([]byte(encoded(t, run)), &back); err != nil {
				t.Fatal(err)
			}
			run = &back
		}
		if some(12) {
			l := limits()
			next(agent.Record{Kind: agent.Limited, Limits: &l})
		}
		switch step := run.Next(); step.Kind {
		case agent.StepModel, agent.StepCompact, agent.StepFinish:
			usage := llm.Usage{Input: rnd.IntN(400) - 50, Output: rnd.IntN(50) - 10}
			if some(6) {
				next(agent.Record{Kind: agent.Failed, For: step.Kind, Used: &agent.Used{Calls: 1, Usage: usage}, Text: words()})
				continue
			}
			rec := agent.Record{Kind: agent.Replied, For: step.Kind, Reply: &llm.Response{Message: llm.Assistant("x" + words()), Usage: usage}}
			switch {
			case step.Kind != agent.StepModel || some(8):
			case some(6):
				rec.Reply.Finish = llm.FinishLength
			case some(6):
				rec.Remind = "r" + words()
			default:
				for range 1 + rnd.IntN(4) {
					c := llm.ToolCall{ID: pick("", "a", "b", "call_1", "\xff"), Name: pick("look", "write", "send", "ask", "end", "none", ""), Args: pick("", "{}", `{"a":1,"b":"`+words()+`"}`, "{")}
					rec.Reply.Parts = append(rec.Reply.Parts, c)
				}
			}
			next(rec)
		case agent.StepTools:
			for _, c := range step.Calls {
				switch rnd.IntN(6) {
				case 0:
					next(agent.Record{Kind: agent.Held, Call: c.ID, Text: words(), Digest: pick("", "changed")})
					continue
				case 1: // to be begun again
					next(agent.Record{Kind: agent.Calling, Call: c.ID})
					continue
				case 2: // masked
				default:
					next(agent.Record{Kind: agent.Calling, Call: c.ID})
				}
				result := &llm.ToolResult{ID: c.ToolCall.ID, Name: c.Name, IsError: some(3), Content: llm.Parts{llm.Text(words())}}
				if some(4) {
					result.Content = append(result.Content, llm.Blob{Name: words(), Data: []byte("x")})
				}
				next(agent.Record{Kind: agent.Called, Call: c.ID, Result: result, Used: &agent.Used{Calls: rnd.IntN(2), Usage: llm.Usage{Input: rnd.IntN(20)}}})
			}
		case agent.StepWait:
			c := step.Calls[rnd.IntN(len(step.Calls))]
			if some(3) {
				next(agent.Record{Kind: agent.Granted, Call: c.ID, Digest: "forged"})
			}
			err := run.Refuse(c.ID, words())
			if err == nil && some(2) {
				run.Log = run.Log[:len(run.Log)-1] // on second thoughts
				err = run.Grant(c.ID, time.Time{})
			}
			if err != nil {
				t.Fatal(err)
			}
			look(run)
		default:
			return run
		}
	}
	return run
}
