package memorytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// cases are those of TestMemory.
var cases = []testCase{
	{"Empty", false, testEmpty},
	{"Order", false, testOrder},
	{"Kinds", false, testKinds},
	{"Random", false, testRandom},
	{"Big", false, testBig},
	{"IDs", false, testIDs},
	{"Known", false, testKnown},
	{"Conflict", false, testConflict},
	{"Invalid", false, testInvalid},
	{"Summary", false, testSummary},
	{"OwnTurn", false, testOwnTurn},
	{"OwnHistory", false, testOwnHistory},
	{"Separate", false, testSeparate},
	{"ContextEnded", false, testContextEnded},
	{"ContextEnds", false, testContextEnds},
	{"Concurrent", false, func(ctx context.Context, p *probed) { m := p.open(); concurrent(ctx, p, m, m) }},
	{"SameTurn", false, func(ctx context.Context, p *probed) { m := p.open(); sameTurn(ctx, p, m, m) }},
	{"Race", false, func(ctx context.Context, p *probed) { m := p.open(); race(ctx, p, m, m) }},
	{"Reopen", true, testReopen},
	{"ReopenEmpty", true, testReopenEmpty},
}

func testEmpty(ctx context.Context, p *probed) {
	m := p.open()
	h := p.load(ctx, m)
	if h.Last != "" || len(h.Messages) > 0 || len(h.Turns) > 0 {
		p.Fatalf("a conversation begins without turns: %s", brief(h))
	}
	p.tells(ctx, m, nil, "at the beginning")
}

func testOrder(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for i, t := range some(120) {
		for range i % 4 { // of different lengths
			t.Messages = append(t.Messages, llm.User("and?"), llm.Assistant("so."))
		}
		list = p.fill(ctx, m, list, t)
		if i < 20 || i%25 == 0 {
			p.holds(ctx, m, list, fmt.Sprintf("after %d turns", len(list)))
		}
	}
	p.holds(ctx, m, list, "after 120 turns")
}

func testKinds(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for _, s := range samples() {
		list = p.fill(ctx, m, list, memory.Turn{ID: s.name, Messages: s.messages})
		p.holds(ctx, m, list, s.name)
	}
}

func testRandom(ctx context.Context, p *probed) {
	rnd := rand.New(rand.NewPCG(1, 2))
	m := p.open()
	var list []memory.Turn
	for i := range 150 {
		list = p.fill(ctx, m, list, random(rnd, fmt.Sprint("random ", i)))
	}
	p.holds(ctx, m, list, "random turns")
}

func testBig(ctx context.Context, p *probed) {
	m := p.open()
	long := strings.Repeat("All of it must come back, 深い海 <&> \\ \"\n", 24_000) // over a megabyte
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	big := memory.Turn{ID: "big", Messages: append([]llm.Message{user(llm.Text(long), llm.Blob{MIMEType: "image/png", Data: data})},
		append(call("1", "{}", llm.Parts{llm.Text(long)}, false), llm.Assistant(long))...)}
	list := p.fill(ctx, m, nil, turn("small", "?"), big, turn("after", "!"))
	p.holds(ctx, m, list, "a turn of megabytes")
}

func testIDs(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for i, id := range ids {
		list = p.fill(ctx, m, list, turn(id, fmt.Sprint("question ", i)))
		if got := p.load(ctx, m); got.Last != id || len(got.Turns) != i+1 {
			p.Fatalf("any ID must differ from any other: after %q, the %dth, the history is %s", id, i+1, brief(got))
		}
	}
	p.holds(ctx, m, list, "turns with unusual IDs")
	for _, id := range ids {
		p.append(ctx, m, turn(id, "again"))
	}
	p.holds(ctx, m, list, "turns with unusual IDs, appended again")
}

func testKnown(ctx context.Context, p *probed) {
	m := p.open()
	list := p.fill(ctx, m, nil, some(1)...)
	known := func(why string) {
		for i := range list {
			for _, t := range []memory.Turn{
				list[i],
				{ID: list[i].ID, After: "unknown", Messages: list[i].Messages},
				{ID: list[i].ID, After: list[i].After, Messages: []llm.Message{llm.User("something else")}},
				{ID: list[i].ID, After: list[len(list)-1].ID, Messages: list[i].Messages, Summary: !list[i].Summary},
			} {
				if t.ID == t.After {
					continue // no turn comes after itself
				}
				if err := m.Append(ctx, t); err != nil {
					p.Fatalf("%s: a turn whose ID is known must do nothing, without an error: turn %d of %d, %q after %q: %v", why, i, len(list), t.ID, t.After, err)
				}
			}
		}
		p.holds(ctx, m, list, why+": a turn whose ID is known must do nothing")
	}
	known("the only turn")
	list = p.fill(ctx, m, list, some(9)[1:]...)
	known("old and new turns")
	list = p.fill(ctx, m, list, memory.Turn{ID: "sum", Messages: []llm.Message{llm.User("So far: nine questions.")}, Summary: true}, turn("later", "?"))
	known("turns that a Summary stands for")
}

func testConflict(ctx context.Context, p *probed) {
	m := p.open()
	stale := turn("stale", "too late")
	stale.After = "unknown"
	p.conflicts(ctx, m, stale, "")
	p.holds(ctx, m, nil, "a conflict must change nothing")
	list := p.fill(ctx, m, nil, some(3)...)
	for _, after := range []string{"", list[0].ID, list[1].ID, "unknown", "TURN-2", "turn-2 "} {
		stale.After = after
		p.conflicts(ctx, m, stale, list[2].ID)
		p.holds(ctx, m, list, "a conflict must change nothing")
	}
	list = p.fill(ctx, m, list, memory.Turn{ID: "sum", Messages: []llm.Message{llm.User("So far: three.")}, Summary: true})
	for _, after := range []string{"", list[2].ID} {
		for _, summary := range []bool{false, true} {
			stale.After, stale.Summary = after, summary
			p.conflicts(ctx, m, stale, "sum")
		}
	}
	stale.Summary = false
	p.holds(ctx, m, list, "a conflict must change nothing")
	list = p.fill(ctx, m, list, stale) // which was refused, and so is not known
	p.holds(ctx, m, list, "a turn that was refused may be appended after the newest")
}

func testInvalid(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for range 2 {
		last := p.load(ctx, m).Last
		for name, t := range refused() {
			t.After = last
			if err := m.Append(ctx, t); !errors.Is(err, memory.ErrInvalid) {
				p.Fatalf("a turn that Turn.Check refuses must be refused with ErrInvalid: %s: %v", name, err)
			}
		}
		p.holds(ctx, m, list, "what is refused must change nothing")
		list = p.fill(ctx, m, list, some(2)...)
	}
}

func testSummary(ctx context.Context, p *probed) {
	sum := func(id string) memory.Turn {
		return memory.Turn{ID: id, Summary: true, Messages: []llm.Message{llm.User("So far, by " + id), llm.User("The last question once more."), llm.Assistant("Its answer.")}}
	}
	m := p.open()
	list := p.fill(ctx, m, nil, sum("first of all"))
	p.holds(ctx, m, list, "a Summary as the first turn")
	for round := range 3 {
		for i := range 4 {
			list = p.fill(ctx, m, list, turn(fmt.Sprintf("turn %d-%d", round, i), "?"))
		}
		p.holds(ctx, m, list, "turns after a Summary")
		list = p.fill(ctx, m, list, sum(fmt.Sprint("sum ", round)))
		p.holds(ctx, m, list, "a Summary must stand for all turns before it")
	}
	list = p.fill(ctx, m, list, sum("at once"), turn("end", "!"))
	p.holds(ctx, m, list, "a Summary after a Summary")
}

func testOwnTurn(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for i, s := range samples() {
		mine := memory.Turn{ID: s.name, Messages: append(make([]llm.Message, 0, 50), copied(memory.Turn{Messages: s.messages}).Messages...)}
		for j := range mine.Messages { // with room behind, which is the caller's
			mine.Messages[j].Parts = slices.Grow(mine.Messages[j].Parts, 5)
		}
		before := copied(mine)
		list = p.fill(ctx, m, list, mine)
		list[i].Messages = before.Messages
		for j := range mine.Messages {
			spoil(mine.Messages[j].Parts)
			mine.Messages[j] = llm.System("spoiled")
		}
		_ = append(mine.Messages, llm.System("spoiled"))
	}
	p.holds(ctx, m, list, "what is done to a turn after Append is nothing to the store")
}

// spoil overwrites all that can be reached from parts.
func spoil(parts llm.Parts) {
	_ = append(parts, llm.Text("spoiled"))
	for i, part := range parts {
		switch part := part.(type) {
		case llm.ToolResult:
			spoil(part.Content)
		case llm.Blob:
			for k := range part.Data {
				part.Data[k] ^= 0xff
			}
		}
		parts[i] = llm.Text("spoiled")
	}
}

func testOwnHistory(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for _, s := range samples() {
		list = p.fill(ctx, m, list, memory.Turn{ID: s.name, Messages: s.messages})
	}
	const why = "what is done to the slices of a loaded History is nothing to the store"
	before, mine := p.load(ctx, m), p.load(ctx, m)
	other := p.load(ctx, m)
	for i := range mine.Messages {
		got := append(mine.Messages[i].Parts, llm.Text("mine"))
		_ = append(other.Messages[i].Parts, llm.Text("another's"))
		if got[len(got)-1] != llm.Part(llm.Text("mine")) {
			p.Fatalf("%s: two who append to the parts of message %d must not meet: parts are without room behind", why, i)
		}
	}
	mine.Messages = append(mine.Messages, llm.System("spoiled"))
	mine.Turns = append(mine.Turns, memory.Mark{ID: "spoiled"})
	list = p.fill(ctx, m, list, turn("next", "?")) // where that was appended
	p.holds(ctx, m, list, why)
	mine = p.load(ctx, m)
	for i := range mine.Messages {
		mine.Messages[i].Parts = append(mine.Messages[i].Parts, llm.Text("spoiled"))
		mine.Messages[i] = llm.System("spoiled")
	}
	for i := range mine.Turns {
		mine.Turns[i] = memory.Mark{ID: "spoiled", Start: -1}
	}
	p.holds(ctx, m, list, why)
	if fault := unsound(before); fault != "" || before.Last != list[len(list)-2].ID || !slices.EqualFunc(before.Messages, want(list[:len(list)-1]).Messages, same) {
		p.Fatalf("a loaded History must not change when the store does: %s", brief(before))
	}
}

func testSeparate(ctx context.Context, p *probed) {
	a, b := p.open(), p.open()
	listA := p.fill(ctx, a, nil, some(3)...)
	p.holds(ctx, b, nil, "each call of open must be a conversation of its own")
	listB := p.fill(ctx, b, nil, turn("turn-0", "of the other"))
	p.holds(ctx, a, listA, "conversations must be kept apart")
	p.holds(ctx, b, listB, "conversations must be kept apart")
}

func testReopen(ctx context.Context, p *probed) {
	rnd := rand.New(rand.NewPCG(3, 4))
	m := p.open()
	var list []memory.Turn
	for i, s := range samples() {
		list = p.fill(ctx, m, list, memory.Turn{ID: s.name, Messages: s.messages})
		if i%8 == 0 {
			m = p.reopen(m)
			p.holds(ctx, m, list, "opened again")
		}
	}
	for i, id := range ids {
		list = p.fill(ctx, m, list, random(rnd, id))
		if i == 20 {
			list = p.fill(ctx, m, list, memory.Turn{ID: "sum", Messages: []llm.Message{llm.User("So far.")}, Summary: true})
		}
	}
	m = p.reopen(m)
	p.holds(ctx, m, list, "opened again")
	for i := range list {
		p.append(ctx, m, list[i])
	}
	p.holds(ctx, m, list, "opened again: a turn whose ID is known must do nothing")
	stale := turn("stale", "?")
	stale.After = list[3].ID
	p.conflicts(ctx, m, stale, list[len(list)-1].ID)
	list = p.fill(ctx, m, list, turn("after all", "?"))
	p.holds(ctx, p.reopen(m), list, "opened once more")
}

func testReopenEmpty(ctx context.Context, p *probed) {
	m := p.reopen(p.open())
	p.holds(ctx, m, nil, "opened again without turns")
	list := p.fill(ctx, m, nil, some(2)...)
	p.holds(ctx, m, list, "opened again")
}
