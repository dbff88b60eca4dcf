package tools

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A Group bounds how many calls of the tools that share it run at once, in whatever
// sets and runs they are. The zero value lets one run at a time. Calls wait in the order
// in which they came, until their context is done. A Group must not be copied.
//
// A call that goes on though its time is over, see [Strays], keeps its place in the
// group. When all places are kept so, calls do not wait, but fail with a result that says
// so.
//
// A call that is made within another of the same group, as by an agent that is a tool,
// would wait for what waits for it. It is a mistake of the program, and a [Fatal] error
// at once, also if there is a place.
type Group struct {
	Limit int // below 1 is 1; not to be changed after the first call

	mu     sync.Mutex
	taken  int
	strays int         // of those that are taken
	queue  []chan bool // those who wait: true is a place, false that there will be none
}

var errWithin = errors.New("tools: the call is made within another of the same Group, which holds the place that it may wait for: give one of them no group, or another")

var errBusy = errors.New("earlier calls have not ended though their time was over, so that this one was not made: do without it, or try much later")

// queueUp takes a place, or one in the queue: then what comes out of turn, which is not
// nil, says whether there will be one. The error is errBusy. It does nothing on nil.
func (g *Group) queueUp() (turn chan bool, err error) {
	if g == nil {
		return nil, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch limit := max(g.Limit, 1); {
	case g.taken < limit:
		g.taken++
		return nil, nil
	case g.strays >= limit:
		return nil, errBusy
	}
	turn = make(chan bool, 1)
	g.queue = append(g.queue, turn)
	return turn, nil
}

// await waits until it is turn's. The error is errBusy or the cause of ctx.
func (g *Group) await(ctx context.Context, turn chan bool) error {
	if turn == nil {
		return nil
	}
	select {
	case ok := <-turn:
		if !ok {
			return errBusy
		}
		return nil
	case <-ctx.Done():
		g.abandon(turn)
		return context.Cause(ctx)
	}
}

// abandon takes turn out of the queue, or gives back the place that it got meanwhile.
func (g *Group) abandon(turn chan bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, turn); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	} else if <-turn {
		g.free()
	}
}

// leave gives back a place.
func (g *Group) leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free()
}

// free hands a place to the next who waits.
func (g *Group) free() {
	if len(g.queue) == 0 {
		g.taken--
		return
	}
	g.queue[0] <- true
	g.queue = slices.Delete(g.queue, 0, 1)
}

// stray says that n more of those in the group go on after their time: 1, or -1 for one
// that ended at last.
func (g *Group) stray(n int) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strays += n
	if g.strays < max(g.Limit, 1) {
		return
	}
	for _, turn := range g.queue {
		turn <- false
	}
	g.queue = nil
}
