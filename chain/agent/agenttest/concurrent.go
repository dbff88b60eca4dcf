package agenttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
)

// sharedCases are those of TestShared.
var sharedCases = []testCase{
	{"Known", testSharedKnown},
	{"Exact", testSharedExact},
	{"Race", func(ctx context.Context, p *probed) { a, b := p.pair(); race(ctx, p, a, b) }},
	{"Begin", func(ctx context.Context, p *probed) { a, b := p.pair(); begin(ctx, p, a, b) }},
	{"Concurrent", func(ctx context.Context, p *probed) { a, b := p.pair(); concurrent(ctx, p, a, b) }},
	{"Delete", testSharedDelete},
}

// atOnce is how many goroutines do the same thing at the same time.
const atOnce = 100

func testContextEnded(ctx context.Context, p *probed) {
	s := p.open()
	want := some(3)
	p.append(ctx, s, "run", 0, want[:2]...)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()
	for why, over := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		if _, err := s.Load(over, "run"); !errors.Is(err, why) {
			p.Fatalf("with a context that has ended, Load must fail with its error, %v: %v", why, err)
		}
		for id, at := range map[string]int{"run": 2, "new": 0} {
			if err := s.Append(over, id, at, want[min(at, 2)]); !errors.Is(err, why) {
				p.Fatalf("with a context that has ended, Append must fail with its error, %v: %v", why, err)
			}
		}
		p.holds(ctx, s, "run", want[:2], "with a context that has ended, nothing must be appended")
		p.lacks(ctx, s, "new", "with a context that has ended, no run must be made")
		if d, ok := s.(deleter); ok {
			if err := d.Delete(over, "run"); !errors.Is(err, why) {
				p.Fatalf("with a context that has ended, Delete must fail with its error, %v: %v", why, err)
			}
			p.holds(ctx, s, "run", want[:2], "with a context that has ended, nothing must be removed")
		}
	}
	p.append(ctx, s, "run", 2, want[2])
	p.holds(ctx, s, "run", want, "after contexts that had ended")
}

// Each batch is appended with a context that ends some time soon.
func testContextEnds(ctx context.Context, p *probed) {
	s := p.open()
	want := some(1)
	p.append(ctx, s, "run", 0, want...)
	for i := range 30 {
		var batch []agent.Record
		for k := range 20 {
			batch = append(batch, failed(fmt.Sprintf("%d-%d", i, k)))
		}
		soon, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(300))*time.Microsecond)
		err := s.Append(soon, "run", len(want), batch...)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			p.Fatalf("when its context ends, Append must fail with the error of that: %v", err)
		}
		n := len(p.load(ctx, s, "run").Log)
		if n == len(want)+len(batch) {
			want = append(want, batch...)
		} else if err == nil {
			p.Fatalf("records for which Append returned no error must be there: %d, want %d", n, len(want)+len(batch))
		}
		p.holds(ctx, s, "run", want, "when its context ends, an Append must be there as a whole or not at all")
	}
}

// either returns a for even numbers, and b for odd ones.
func either(i int, a, b agent.Store) agent.Store {
	if i%2 == 1 {
		return b
	}
	return a
}

// race appends different records at the same place.
func race(ctx context.Context, p *probed, a, b agent.Store) {
	want := some(1)
	p.append(ctx, a, "run", 0, want...)
	for round := range 10 {
		var won atomic.Pointer[[]agent.Record]
		p.Group(atOnce, func(i int) {
			batch := []agent.Record{failed(fmt.Sprintf("round %d by %d", round, i)), failed("and more")}[:1+i/2%2]
			err := either(i, a, b).Append(ctx, "run", len(want), batch...)
			switch {
			case err == nil:
				if !won.CompareAndSwap(nil, &batch) {
					p.Fatalf("of many who append at the same place one must get through: at %d there were two", len(want))
				}
			case !errors.Is(err, agent.ErrConflict):
				p.Fatalf("of many who append at the same place all but one must be refused with ErrConflict: %v", err)
			}
		})
		if won.Load() == nil {
			p.Fatalf("of many who append at the same place one must get through: at %d all were refused", len(want))
		}
		want = append(want, *won.Load()...)
		p.holds(ctx, a, "run", want, "of many who append at the same place, what got through must be there")
	}
	p.holds(ctx, b, "run", want, "of many who append at the same place, what got through must be there")
}

// begin begins the same run many times at once.
func begin(ctx context.Context, p *probed, a, b agent.Store) {
	for round := range 10 {
		id := fmt.Sprint("run ", round)
		var won atomic.Pointer[agent.Record]
		p.Group(atOnce/4, func(i int) {
			rec := began(fmt.Sprint("by ", i))
			err := either(i, a, b).Append(ctx, id, 0, rec)
			switch {
			case err == nil:
				if !won.CompareAndSwap(nil, &rec) {
					p.Fatalf("of many who begin the same run one must get through: there were two")
				}
			case !errors.Is(err, agent.ErrConflict):
				p.Fatalf("of many who begin the same run all but one must be refused with ErrConflict: %v", err)
			}
		})
		if won.Load() == nil {
			p.Fatalf("of many who begin the same run one must get through: all were refused")
		}
		p.holds(ctx, a, id, []agent.Record{*won.Load()}, "of many who begin the same run, what got through must be there")
		p.holds(ctx, b, id, []agent.Record{*won.Load()}, "of many who begin the same run, what got through must be there")
	}
}

// concurrent appends batches of three, by many who load the run again when somebody else
// was faster.
func concurrent(ctx context.Context, p *probed, a, b agent.Store) {
	const each, writers = 3, 16
	p.append(ctx, a, "run", 0, some(1)...)
	p.Group(writers, func(i int) {
		s := either(i, a, b)
		seen, refused := 1, 0
		for k := range each {
			for {
				r := p.load(ctx, s, "run")
				if len(r.Log)%3 != 1 {
					p.Fatalf("while batches of three are appended, Load must see whole ones: there are %d records", len(r.Log))
				}
				if len(r.Log) < seen {
					p.Fatalf("a run must only grow: it has %d records, and had %d", len(r.Log), seen)
				}
				seen = len(r.Log)
				if seen == refused {
					p.Fatalf("after ErrConflict Load must show that somebody else was faster: there are still %d records", seen)
				}
				text := fmt.Sprintf("%d-%d ", i, k)
				err := s.Append(ctx, "run", seen, failed(text+"a"), failed(text+"b"), failed(text+"c"))
				if err == nil {
					seen += 3
					break
				}
				if !errors.Is(err, agent.ErrConflict) {
					p.Fatalf("an Append at the same time as others must get through, or be refused with ErrConflict: %v", err)
				}
				refused = seen
			}
		}
	})
	for _, s := range []agent.Store{a, b} {
		r := p.load(ctx, s, "run")
		if len(r.Log) != 1+3*each*writers {
			p.Fatalf("of what is appended at the same time nothing must be lost, or be there twice: %d records, want %d", len(r.Log), 1+3*each*writers)
		}
		for i := 1; i < len(r.Log); i += 3 {
			text, ok := strings.CutSuffix(r.Log[i].Text, "a")
			if !ok || r.Log[i+1].Text != text+"b" || r.Log[i+2].Text != text+"c" {
				p.Fatalf("records that are appended at once must stand together: %q is followed by %q and %q", r.Log[i].Text, r.Log[i+1].Text, r.Log[i+2].Text)
			}
		}
	}
}

// Many runs go on at once, each by itself.
func testManyRuns(ctx context.Context, p *probed) {
	s := p.open()
	p.Group(atOnce, func(i int) {
		id := fmt.Sprint("run ", i)
		want := append([]agent.Record{began(id)}, failed("1 of "+id), failed("2 of "+id), failed("3 of "+id))
		p.append(ctx, s, id, 0, want[0])
		p.append(ctx, s, id, 1, want[1:3]...)
		p.holds(ctx, s, id, want[:3], "while other runs go on")
		p.append(ctx, s, id, 3, want[3])
		p.holds(ctx, s, id, want, "while other runs go on")
	})
}

func testDelete(ctx context.Context, p *probed) {
	s := p.open()
	d, ok := s.(deleter)
	if !ok {
		return
	}
	deleted(ctx, p, s, d)
}

func testSharedDelete(ctx context.Context, p *probed) {
	a, b := p.pair()
	d, ok := b.(deleter)
	if !ok {
		return
	}
	deleted(ctx, p, a, d)
}

// deleted has d remove runs of s.
func deleted(ctx context.Context, p *probed, s agent.Store, d deleter) {
	if err := d.Delete(ctx, "run"); !errors.Is(err, agent.ErrNotFound) {
		p.Fatalf("Delete of a run that there is not must fail with ErrNotFound: %v", err)
	}
	want := map[string][]agent.Record{}
	for _, id := range []string{"run", "run/1.1", "run/1", "RUN", "ru", "r%", "*"} {
		want[id] = some(3)
		p.append(ctx, s, id, 0, want[id]...)
	}
	for _, id := range []string{"*", "r%", "run"} {
		if err := d.Delete(ctx, id); err != nil {
			p.Fatalf("Delete must remove the run %q: %v", id, err)
		}
		delete(want, id)
		p.lacks(ctx, s, id, "after Delete")
		if err := d.Delete(ctx, id); !errors.Is(err, agent.ErrNotFound) {
			p.Fatalf("Delete of a run that was removed must fail with ErrNotFound: %v", err)
		}
		for id, log := range want {
			p.holds(ctx, s, id, log, "Delete of another run")
		}
		p.lists(ctx, s, want, "after Delete")
	}
	p.conflicts(ctx, s, "run", 3, failed("after all"))
	p.lacks(ctx, s, "run", "a conflict must make no run")
	want["run"] = []agent.Record{began("anew"), failed("again")}
	p.append(ctx, s, "run", 0, want["run"]...)
	p.holds(ctx, s, "run", want["run"], "a run that was begun anew after Delete")
	p.lists(ctx, s, want, "after a run was begun anew")
}

func testSharedKnown(ctx context.Context, p *probed) {
	a, b := p.pair()
	all := some(40)
	for at := range all {
		one, other := either(at, a, b), either(at+1, a, b)
		if at > 0 {
			p.holds(ctx, other, "run", all[:at], "before one appends")
		} else {
			p.lacks(ctx, other, "run", "before one appends")
		}
		p.append(ctx, one, "run", at, all[at])
		p.conflicts(ctx, other, "run", at, all[at])
		p.holds(ctx, other, "run", all[:at+1], "what one has appended must be known to the other")
		p.lists(ctx, other, map[string][]agent.Record{"run": all[:at+1]}, "by the other")
	}
	p.holds(ctx, a, "run", all, "what two have appended in turn")
}

func testSharedExact(ctx context.Context, p *probed) {
	a, b := p.pair()
	all := every("run").Log
	p.append(ctx, a, "run", 0, all...)
	p.holds(ctx, b, "run", all, "what one has appended must come back to the other as it was")
}
