package agenttest

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
)

// cases are those of TestStore.
var cases = []testCase{
	{"Unknown", testUnknown},
	{"Order", testOrder},
	{"Exact", testExact},
	{"Big", testBig},
	{"IDs", testIDs},
	{"BadIDs", testBadIDs},
	{"Conflict", testConflict},
	{"Whole", testWhole},
	{"Nothing", testNothing},
	{"Own", testOwn},
	{"ContextEnded", testContextEnded},
	{"ContextEnds", testContextEnds},
	{"Race", func(ctx context.Context, p *probed) { s := p.open(); race(ctx, p, s, s) }},
	{"Begin", func(ctx context.Context, p *probed) { s := p.open(); begin(ctx, p, s, s) }},
	{"Concurrent", func(ctx context.Context, p *probed) { s := p.open(); concurrent(ctx, p, s, s) }},
	{"ManyRuns", testManyRuns},
	{"Runs", testRuns},
	{"Delete", testDelete},
}

// A lister is a store that can list its runs.
type lister interface {
	Runs(context.Context) iter.Seq2[agent.Stored, error]
}

// A deleter is a store that can remove a run.
type deleter interface {
	Delete(context.Context, string) error
}

func testUnknown(ctx context.Context, p *probed) {
	s := p.open()
	p.lacks(ctx, s, "none", "at the beginning")
	p.append(ctx, s, "one", 0, some(2)...)
	p.lacks(ctx, s, "none", "of other runs")
}

func testOrder(ctx context.Context, p *probed) {
	s := p.open()
	all := some(300)
	for at, n := 0, 1; at < len(all); n = n%13 + 1 {
		n = min(n, len(all)-at)
		p.append(ctx, s, "run", at, all[at:at+n]...)
		if at += n; at < 30 || n == 7 {
			p.holds(ctx, s, "run", all[:at], fmt.Sprintf("after %d records", at))
		}
	}
	p.holds(ctx, s, "run", all, "after 300 records")
}

// Each record is appended alone, and in batches to another run.
func testExact(ctx context.Context, p *probed) {
	s := p.open()
	all := every("exact").Log
	for at := range all {
		p.append(ctx, s, "exact", at, all[at])
	}
	p.holds(ctx, s, "exact", all, "records of every kind")
	p.append(ctx, s, "at once", 0, all...)
	p.holds(ctx, s, "at once", all, "records of every kind, appended at once")
}

func testBig(ctx context.Context, p *probed) {
	s := p.open()
	long := strings.Repeat("All of it must come back, 深い海 <&> \\ \"\n", 24_000) // over a megabyte
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	first := began(long)
	first.Header.Input = append(first.Header.Input, llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{MIMEType: "image/png", Data: data}}})
	all := append([]agent.Record{first, failed("short"), failed(long), failed("short")}, some(500)[1:]...)
	p.append(ctx, s, "big", 0, all[0])
	p.append(ctx, s, "big", 1, all[1:4]...)
	p.holds(ctx, s, "big", all[:4], "records of megabytes")
	p.append(ctx, s, "big", 4, all[4:]...)
	p.holds(ctx, s, "big", all, "500 records at once after records of megabytes")
}

func testIDs(ctx context.Context, p *probed) {
	s := p.open()
	logs := make(map[string][]agent.Record)
	for i, id := range ids {
		p.lacks(ctx, s, id, "before anything was appended")
		logs[id] = []agent.Record{began(fmt.Sprint("run ", i))}
		p.append(ctx, s, id, 0, logs[id]...)
	}
	for i, id := range slices.Backward(ids) {
		logs[id] = append(logs[id], failed(fmt.Sprint("of ", i)), failed("again"))
		p.append(ctx, s, id, 1, logs[id][1:]...)
	}
	for _, id := range ids {
		p.holds(ctx, s, id, logs[id], "any ID must differ from any other")
	}
	p.lists(ctx, s, logs, "of unusual IDs")
}

func testBadIDs(ctx context.Context, p *probed) {
	s := p.open()
	for _, id := range []string{"", " ", "\n\t"} {
		if err := s.Append(ctx, id, 0, some(1)...); err == nil {
			p.Fatalf("a blank ID must be refused, as no Run has one: %q", id)
		}
	}
	for _, id := range []string{"\xff", "a\xff", "a\xfe"} {
		s.Append(ctx, id, 0, began(id)) // it may be refused
	}
	p.lacks(ctx, s, "a", "after IDs that are not UTF-8")
	p.lacks(ctx, s, "a\ufffd", "after IDs that are not UTF-8")
}

func testConflict(ctx context.Context, p *probed) {
	s := p.open()
	all := some(9)
	for _, at := range []int{1, 2, -1, math.MaxInt32} {
		p.conflicts(ctx, s, "run", at, all[1])
		p.lacks(ctx, s, "run", "a conflict must make no run")
	}
	p.append(ctx, s, "run", 0, all[:5]...)
	for _, n := range []int{1, 2, 4} {
		for _, at := range []int{0, 1, 3, 4, 6, 7, -1, -5, math.MaxInt32} {
			p.conflicts(ctx, s, "run", at, all[5:5+n]...)
			p.holds(ctx, s, "run", all[:5], "a conflict must change nothing")
		}
	}
	p.conflicts(ctx, s, "run", 0, all[:5]...) // which are there
	p.conflicts(ctx, s, "run", 4, all[4:7]...)
	p.append(ctx, s, "run", 5, all[5:]...)
	p.conflicts(ctx, s, "run", 5, all[5:]...)
	p.holds(ctx, s, "run", all, "after conflicts")
}

// A record that has no JSON must not come between.
func testWhole(ctx context.Context, p *probed) {
	s := p.open()
	want := some(3)
	bad := agent.Record{Kind: agent.Replied, At: start, For: agent.StepModel, Reply: &llm.Response{
		Message: llm.Assistant("?"), Finish: llm.FinishStop, Logprobs: []llm.Logprob{{Token: "?", Logprob: math.NaN()}}}}
	if s.Append(ctx, "begun", 0, want[0], want[1], bad) != nil {
		p.lacks(ctx, s, "begun", "an Append that fails must leave nothing of its records")
	}
	p.append(ctx, s, "run", 0, want...)
	if s.Append(ctx, "run", 3, failed("before"), failed("and before"), bad) != nil {
		p.holds(ctx, s, "run", want, "an Append that fails must leave nothing of its records")
		want = append(want, failed("later"))
		p.append(ctx, s, "run", 3, want[3])
		p.holds(ctx, s, "run", want, "after an Append that has failed")
	}
}

func testNothing(ctx context.Context, p *probed) {
	s := p.open()
	if err := s.Append(ctx, "run", 0); err != nil {
		p.Fatalf("an Append without records must do nothing, without an error: %v", err)
	}
	p.lacks(ctx, s, "run", "an Append without records must make no run")
	want := some(2)
	p.append(ctx, s, "run", 0, want...)
	if err := s.Append(ctx, "run", 2); err != nil {
		p.Fatalf("an Append without records must do nothing, without an error: %v", err)
	}
	p.holds(ctx, s, "run", want, "an Append without records must do nothing")
}

func testOwn(ctx context.Context, p *probed) {
	s := p.open()
	all := some(40)
	for at := 0; at < len(all); at += 4 {
		mine := append(make([]agent.Record, 0, 10), all[at:at+4]...) // with room behind, which is the caller's
		p.append(ctx, s, "run", at, mine...)
		for i := range mine {
			if !same(mine[i], all[at+i]) {
				p.Fatalf("Append must not change the records that it is given: %s\nwas %s", show(mine[i]), show(all[at+i]))
			}
			mine[i] = failed("spoiled")
		}
		_ = append(mine, failed("spoiled"), failed("spoiled"))
	}
	p.holds(ctx, s, "run", all, "what is done to the slice of records after Append is nothing to the store")
	a, b := p.load(ctx, s, "run"), p.load(ctx, s, "run")
	if a == b {
		p.Fatalf("Load must return a Run of its own for each call")
	}
	for i, r := range []*agent.Run{a, b} {
		if err := r.Apply(failed(fmt.Sprint("by ", i))); err != nil {
			p.Fatalf("a Run that was loaded must go on: %v", err)
		}
	}
	if a.Log[40].Text != "by 0" || b.Log[40].Text != "by 1" {
		p.Fatalf("two who have loaded a run and go on with it must not meet: there is %q and %q", a.Log[40].Text, b.Log[40].Text)
	}
	for i := range a.Log {
		a.Log[i] = failed("spoiled")
	}
	p.holds(ctx, s, "run", all, "what is done to the Log of a loaded Run is nothing to the store")
}

// lists ends the case if a store that can list its runs lists others, or otherwise.
func (p *probed) lists(ctx context.Context, s agent.Store, want map[string][]agent.Record, why string) {
	l, ok := s.(lister)
	if !ok {
		return
	}
	seen := make(map[string]bool)
	for stored, err := range l.Runs(ctx) {
		log := want[stored.ID]
		switch {
		case err != nil:
			p.Fatalf("%s: Runs must not fail: %v", why, err)
		case len(log) == 0:
			p.Fatalf("%s: Runs must list the runs that there are, not %.100q", why, stored.ID)
		case seen[stored.ID]:
			p.Fatalf("%s: Runs must list each run once, but %.100q is there twice", why, stored.ID)
		case stored.Changed.IsZero():
			p.Fatalf("%s: Runs must say when a run was last appended to", why)
		case stored.Header == nil || !stored.Began.Equal(log[0].At) || !same(agent.Record{Header: stored.Header}, agent.Record{Header: log[0].Header}):
			p.Fatalf("%s: Runs must say what a run began with, and when: %.100q at %v", why, stored.ID, stored.Began)
		}
		seen[stored.ID] = true
	}
	if len(seen) != len(want) {
		p.Fatalf("%s: Runs must list all runs: %d, want %d", why, len(seen), len(want))
	}
	for range l.Runs(ctx) {
		break // it must bear that
	}
}

func testRuns(ctx context.Context, p *probed) {
	s := p.open()
	l, ok := s.(lister)
	if !ok {
		return
	}
	p.lists(ctx, s, nil, "at the beginning")
	want := make(map[string][]agent.Record)
	for i := range 30 {
		id := fmt.Sprint("run ", i)
		want[id] = append([]agent.Record{began(id)}, some(i%4 + 1)[1:]...)
		p.append(ctx, s, id, 0, want[id]...)
	}
	p.lists(ctx, s, want, "of 30 runs")
	for i := range 5 {
		id := fmt.Sprint("run ", 7*i%30)
		p.append(ctx, s, id, len(want[id]), failed("more"))
		want[id] = append(want[id], failed("more"))
	}
	p.lists(ctx, s, want, "of 30 runs, some of which have gone on")
	over, cancel := context.WithCancel(ctx)
	cancel()
	n := 0
	for _, err := range l.Runs(over) {
		if n++; err == nil || n > 1 {
			p.Fatalf("with a context that has ended, Runs must yield its error alone: %v", err)
		}
	}
	if n == 0 {
		p.Fatalf("with a context that has ended, Runs must yield its error: it yields nothing")
	}
}
