package trace

import (
	"slices"
	"sync"
	"time"
)

// Spent is the [Event] of what a span used up: tokens as the provider billed
// them, money as whoever knows the prices counts it. The figures of a span's
// Spent events add up.
type Spent struct {
	Span                  *Span
	Input, Cached, Output int   // tokens; Input includes Cached
	Estimated             bool  // some of the tokens are an estimate, not what the provider counted
	Cost                  int64 // nano-dollars, or 0 if unknown
}

// Kind returns "spent".
func (Spent) Kind() string { return "spent" }

// A Step is a span as a [Recording] has it.
type Step struct {
	ID, Parent            uint64 // Parent is 0, or the ID of a step that may be missing
	Category, Name        string
	Start                 time.Time
	Elapsed               time.Duration // if Running, 0
	Running               bool          // it has not ended
	Err                   error         // why it failed, or nil
	Input, Cached, Output int           // tokens it spent itself, without its children
	Estimated             bool          // some of the tokens are an estimate
	Cost                  int64         // nano-dollars, likewise without its children
}

// spend adds what was spent.
func (s *Step) spend(e Spent) {
	s.Input += e.Input
	s.Cached += e.Cached
	s.Output += e.Output
	s.Estimated = s.Estimated || e.Estimated
	s.Cost += e.Cost
}

// A Recording keeps the spans that it hears of, with what they spent, and no other
// events. The zero value is ready:
//
//	var rec trace.Recording
//	ctx = trace.With(ctx, rec.Listen)
//
// It is safe for concurrent use, may be read while it records, and may listen to
// several contexts.
type Recording struct {
	Max int // how many spans to keep, the first ones; 0 means 10,000, less than 0 all. Set it before use

	mu      sync.Mutex
	steps   []Step
	index   map[uint64]int // of the steps, by ID
	dropped int
}

// Listen records e, if it is about a span. It is for [With].
func (r *Recording) Listen(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case Started:
		r.start(e.Span)
	case Ended:
		if s := r.step(e.Span); s != nil {
			s.Running, s.Elapsed, s.Err = false, e.Elapsed, e.Err
		}
	case Spent:
		if s := r.step(e.Span); s != nil {
			s.spend(e)
		}
	}
}

func (r *Recording) start(span *Span) {
	limit := r.Max
	if limit == 0 {
		limit = 10_000
	}
	if limit > 0 && len(r.steps) >= limit {
		r.dropped++
		return
	}
	if r.index == nil {
		r.index = make(map[uint64]int)
	}
	r.index[span.ID] = len(r.steps)
	r.steps = append(r.steps, Step{ID: span.ID, Parent: span.Parent, Category: span.Category, Name: span.Name, Start: span.Start, Running: true})
}

// step returns the step of a span, or nil if it is not kept.
func (r *Recording) step(span *Span) *Step {
	if span == nil {
		return nil
	}
	i, ok := r.index[span.ID]
	if !ok {
		return nil
	}
	return &r.steps[i]
}

// Steps returns the spans recorded so far, in the order in which they started. The
// slice is the caller's.
func (r *Recording) Steps() []Step {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.steps)
}

// Dropped returns how many spans were not kept, as there were Max already.
func (r *Recording) Dropped() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}
