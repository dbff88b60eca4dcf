package chain

import (
	"context"
	"iter"
	"sync"
)

// A pool is what runs behind one range statement over [Each] or [EachSeq]: one
// goroutine that takes the elements, up to n that call f, and the one that
// ranges, which takes the results.
//
// All of them meet under one mutex. It costs less per element than channels,
// and nobody ever holds it while something may block.
type pool[I, O any] struct {
	ctx    context.Context // of the calls
	cancel context.CancelCauseFunc
	f      Func[I, O]
	n      int
	short  bool // the first element taken after the end of ctx is the last
	wg     sync.WaitGroup

	mu      sync.Mutex
	todo    ring[numbered[I]]         // elements taken and not started
	results ring[numbered[Result[O]]] // and those finished and not yielded

	taken, finished, yielded int // numbers of elements

	live   int     // goroutines that have not ended
	idle   int     // workers that sleep and were not woken
	over   bool    // no more elements are taken
	caught *caught // what the first goroutine to fail ended with

	work  sync.Cond // an idle worker waits for an element
	room  sync.Cond // the taker waits until it may take another
	ready sync.Cond // the loop waits for a result

	blocked, waiting bool // somebody waits at room, at ready
}

type numbered[T any] struct {
	index int
	value T
}

func newPool[I, O any](ctx context.Context, f Func[I, O], n int) *pool[I, O] {
	p := &pool[I, O]{f: f, n: max(n, 1)}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.work.L, p.room.L, p.ready.L = &p.mu, &p.mu, &p.mu
	return p
}

// run applies f to the elements of in and yields the results. When it returns,
// all goroutines have ended.
func (p *pool[I, O]) run(in iter.Seq[I], yield func(int, Result[O]) bool) {
	p.loop(in, yield)
	p.caught.rethrow()
}

func (p *pool[I, O]) loop(in iter.Seq[I], yield func(int, Result[O]) bool) {
	defer p.stop() // also if yield panics
	p.start(func() { p.takeAll(in) })
	for {
		r, ok := p.next()
		if !ok || !yield(r.index, r.value) {
			return
		}
	}
}

// start runs f in a goroutine of the pool.
func (p *pool[I, O]) start(f func()) {
	p.live++
	p.wg.Go(func() { guard(f, p.ended) })
}

// ended counts a goroutine out that has ended as c says.
func (p *pool[I, O]) ended(c *caught) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live--
	if c != nil && p.caught == nil {
		p.caught = c
		p.cancel(errGone)
	}
	p.ready.Signal()
}

// stop ends all goroutines and waits for them.
func (p *pool[I, O]) stop() {
	p.cancel(errLeft)
	p.mu.Lock()
	p.over = true
	p.work.Broadcast()
	p.room.Signal()
	p.mu.Unlock()
	p.wg.Wait()
}

// next returns a result as soon as there is one. It returns false if there will
// be none, or something else than a return ended a goroutine.
func (p *pool[I, O]) next() (r numbered[Result[O]], ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.results.n == 0 && p.live > 0 && p.caught == nil {
		p.waiting = true
		p.ready.Wait()
	}
	p.waiting = false
	if p.results.n == 0 || p.caught != nil {
		return r, false
	}
	p.yielded++
	p.makeRoom()
	return p.results.pop(), true
}

// takeAll takes the elements, each when there is room for it.
func (p *pool[I, O]) takeAll(in iter.Seq[I]) {
	for v := range in {
		if !p.take(v) {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.work.Broadcast()
}

// take finds a worker for an element. When there is room for another, it reports
// whether to take one.
func (p *pool[I, O]) take(v I) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := numbered[I]{p.taken, v}
	p.taken++
	switch {
	case p.ctx.Err() != nil:
		p.over = p.over || p.short
		p.finish(e.index, Result[O]{Err: context.Cause(p.ctx)})
	case p.idle > 0:
		p.todo.push(e)
		p.idle--
		p.work.Signal()
	default:
		p.todo.push(e)
		if p.live <= p.n { // with the one that takes
			p.start(p.callAll)
		}
	}
	for !p.over && !p.hasRoom() {
		p.blocked = true
		p.room.Wait()
	}
	return !p.over
}

// hasRoom reports whether another element may be taken.
func (p *pool[I, O]) hasRoom() bool {
	return p.taken-p.finished < p.n && p.taken-p.yielded-p.n < p.n // 2n might overflow
}

// makeRoom wakes the one that takes if it waits in vain.
func (p *pool[I, O]) makeRoom() {
	if p.blocked && p.hasRoom() {
		p.blocked = false
		p.room.Signal()
	}
}

// callAll calls f for elements until none will come: it is a worker.
func (p *pool[I, O]) callAll() {
	p.mu.Lock()
	for p.awaitWork() {
		e := p.todo.pop()
		p.mu.Unlock()
		var r Result[O]
		if p.ctx.Err() != nil {
			r.Err = context.Cause(p.ctx)
		} else {
			r.Value, r.Err = p.f(p.ctx, e.value)
		}
		p.mu.Lock()
		p.finish(e.index, r)
	}
	p.mu.Unlock()
}

// awaitWork waits for an element. It returns false when there will be none.
func (p *pool[I, O]) awaitWork() bool {
	for p.todo.n == 0 && !p.over {
		p.idle++
		p.work.Wait() // who wakes it counts it out of idle
	}
	return p.todo.n > 0
}

// finish hands a result over to the loop.
func (p *pool[I, O]) finish(index int, r Result[O]) {
	p.results.push(numbered[Result[O]]{index, r})
	p.finished++
	p.makeRoom()
	if p.waiting {
		p.waiting = false
		p.ready.Signal()
	}
}
