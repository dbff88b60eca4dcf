package memorytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// sharedCases are those of TestShared.
var sharedCases = []testCase{
	{"Known", false, testSharedKnown},
	{"Concurrent", false, func(ctx context.Context, p *probed) { a, b := p.pair(); concurrent(ctx, p, a, b) }},
	{"SameTurn", false, func(ctx context.Context, p *probed) { a, b := p.pair(); sameTurn(ctx, p, a, b) }},
	{"Race", false, func(ctx context.Context, p *probed) { a, b := p.pair(); race(ctx, p, a, b) }},
}

// atOnce is how many goroutines do the same thing at the same time.
const atOnce = 64

func testContextEnded(ctx context.Context, p *probed) {
	m := p.open()
	list := p.fill(ctx, m, nil, some(2)...)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()
	next := turn("next", "?")
	next.After = list[1].ID
	for why, over := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		if _, err := m.Load(over); !errors.Is(err, why) {
			p.Fatalf("with a context that has ended, Load must fail with its error, %v: %v", why, err)
		}
		if err := m.Append(over, next); !errors.Is(err, why) {
			p.Fatalf("with a context that has ended, Append must fail with its error, %v: %v", why, err)
		}
		p.holds(ctx, m, list, "with a context that has ended, nothing must be appended")
	}
	list = p.fill(ctx, m, list, next)
	p.holds(ctx, m, list, "after contexts that had ended")
}

// Each turn is appended with a context that ends some time soon, and then again
// with one that does not.
func testContextEnds(ctx context.Context, p *probed) {
	m := p.open()
	var list []memory.Turn
	for i := range 60 {
		t := turn(fmt.Sprint("turn ", i), "?")
		for range 20 {
			t.Messages = append(t.Messages, llm.User("and?"), llm.Assistant("so."))
		}
		if i > 0 {
			t.After = list[i-1].ID
		}
		soon, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(300))*time.Microsecond)
		err := m.Append(soon, t)
		cancel()
		if h := p.load(ctx, m); err == nil && h.Last != t.ID {
			p.Fatalf("a turn for which Append returned no error must be there: %s", brief(h))
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			p.Fatalf("when its context ends, Append must fail with the error of that: %v", err)
		}
		p.append(ctx, m, t)
		list = append(list, t)
	}
	p.holds(ctx, m, list, "when contexts end, a turn must be there as a whole or not at all")
}

// concurrent appends many turns at once, half of them by each of two.
func concurrent(ctx context.Context, p *probed, a, b memory.Memory) {
	const each = 4
	var appended sync.Map
	var appending atomic.Int32
	appending.Store(atOnce)
	whole := func(h memory.History) {
		if i := slices.IndexFunc(h.Turns, func(mark memory.Mark) bool { return mark.Start%3 != 0 }); i >= 0 || len(h.Messages) != 3*len(h.Turns) {
			p.Fatalf("while turns are appended, Load must see whole ones: three messages each, but: %s", brief(h))
		}
	}
	p.Group(atOnce+1, func(i int) {
		if i == atOnce { // one who only looks
			for appending.Load() > 0 {
				whole(p.load(ctx, a))
			}
			return
		}
		defer appending.Add(-1)
		m := a
		if i%2 == 1 {
			m = b
		}
		before := p.load(ctx, m)
		for k := range each {
			text := fmt.Sprintf("%d-%d", i, k)
			if err := memory.Append(ctx, m, llm.User(text), llm.Assistant("to "+text), llm.Assistant("more")); err != nil {
				p.Fatalf("turns that are appended at once must all get there, in some order: %v", err)
			}
			appended.Store(text, true)
			h := p.load(ctx, m)
			whole(h)
			if !slices.EqualFunc(before.Turns, h.Turns[:min(len(before.Turns), len(h.Turns))], func(a, b memory.Mark) bool { return a == b }) {
				p.Fatalf("turns must have one order, to which later ones are added: %s\nand before %s", brief(h), brief(before))
			}
			before = h
		}
	})
	for _, m := range []memory.Memory{a, b} {
		h := p.load(ctx, m)
		if len(h.Turns) != atOnce*each || len(h.Messages) != 3*atOnce*each {
			p.Fatalf("of turns that are appended at once none must be lost, or be there twice: %d turns with %d messages, want %d with 3 each", len(h.Turns), len(h.Messages), atOnce*each)
		}
		seen := map[string]bool{}
		for _, mark := range h.Turns {
			text := h.Messages[mark.Start].Text()
			if _, ok := appended.Load(text); !ok || seen[text] || h.Messages[mark.Start+1].Text() != "to "+text {
				p.Fatalf("of turns that are appended at once none must be mixed up with another, or be there twice: %q is followed by %q", text, h.Messages[mark.Start+1].Text())
			}
			seen[text] = true
		}
	}
}

// sameTurn appends one turn many times at once, as those do who have not heard
// that it is there.
func sameTurn(ctx context.Context, p *probed, a, b memory.Memory) {
	var list []memory.Turn
	for round := range 10 {
		t := turn(fmt.Sprint("round ", round), "?")
		if round > 0 {
			t.After = list[round-1].ID
		}
		p.Group(atOnce, func(i int) {
			m := a
			if i%2 == 1 {
				m = b
			}
			if err := m.Append(ctx, t); err != nil {
				p.Fatalf("a turn that is appended many times at once must be there once, without an error: %v", err)
			}
		})
		list = append(list, t)
	}
	p.holds(ctx, a, list, "a turn that is appended many times at once must be there once")
	p.holds(ctx, b, list, "a turn that is appended many times at once must be there once")
}

// race appends different turns after the same one.
func race(ctx context.Context, p *probed, a, b memory.Memory) {
	var list []memory.Turn
	last := ""
	for round := range 10 {
		var won atomic.Pointer[memory.Turn]
		p.Group(atOnce, func(i int) {
			m := a
			if i%2 == 1 {
				m = b
			}
			t := turn(fmt.Sprintf("round %d by %d", round, i), "?")
			t.After = last
			err := m.Append(ctx, t)
			switch {
			case err == nil:
				if !won.CompareAndSwap(nil, &t) {
					p.Fatalf("of two turns after the same one, only one must be taken: %q and %q after %q", t.ID, won.Load().ID, last)
				}
			case !errors.Is(err, memory.ErrConflict):
				p.Fatalf("of two turns after the same one, the second must be refused with ErrConflict: %v", err)
			}
		})
		if won.Load() == nil {
			p.Fatalf("of turns after the same one, one must be taken: all were refused")
		}
		list = append(list, *won.Load())
		last = won.Load().ID
	}
	p.holds(ctx, a, list, "of turns after the same one, the one that was taken must be there")
	p.holds(ctx, b, list, "of turns after the same one, the one that was taken must be there")
}

func testSharedKnown(ctx context.Context, p *probed) {
	a, b := p.pair()
	var list []memory.Turn
	for i, t := range some(20) {
		m, other := a, b
		if i%2 == 1 {
			m, other = b, a
		}
		if i == 10 {
			t.Summary = true
		}
		p.holds(ctx, other, list, "before one appends")
		list = p.fill(ctx, m, list, t)
		p.holds(ctx, other, list, "what one has appended must be known to the other")
		p.append(ctx, other, list[i])
		p.append(ctx, other, list[i/2])
		stale := turn("stale", "?")
		stale.After = "unknown"
		p.conflicts(ctx, other, stale, t.ID)
	}
	p.holds(ctx, a, list, "what two have appended in turn")
}
