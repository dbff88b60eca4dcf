package trace

import (
	"context"
	"sync/atomic"
	"time"
)

// A Span is a step that takes time: a named step of a chain, a model's reply, a
// tool call, a run of an agent. Its fields do not change once it is started.
//
// A nil *Span is what [Start] returns when nobody listens; its methods do nothing.
type Span struct {
	ID       uint64    // distinct within the process, from 1
	Parent   uint64    // ID of the span it is part of, or 0
	Category string    // what sort of step: "step", "model", "tool", "agent" …
	Name     string    // which one; may be empty
	Start    time.Time // when it started

	heard *listener // who hears of the end
	ended atomic.Bool
}

// Started is the [Event] of a span that begins.
type Started struct{ Span *Span }

// Kind returns "start".
func (Started) Kind() string { return "start" }

// Ended is the [Event] of a span that is over.
type Ended struct {
	Span    *Span
	Elapsed time.Duration
	Err     error // why the step failed, or nil
}

// Kind returns "end".
func (Ended) Kind() string { return "end" }

// Start emits the start of a span and returns it with a context for what runs
// inside it. The caller must call [Span.End]. If nobody listens to ctx, Start
// returns ctx as it is and a nil Span.
func Start(ctx context.Context, category, name string) (context.Context, *Span) {
	heard := listenerOf(ctx)
	if heard == nil {
		return ctx, nil
	}
	s := &Span{ID: lastID.Add(1), Category: category, Name: name, Start: time.Now(), heard: heard}
	if parent := Current(ctx); parent != nil {
		s.Parent = parent.ID
	}
	heard.hear(Started{s})
	return context.WithValue(ctx, spanKey{}, s), s
}

// End emits the end of the span, with the error of the step if it failed.
// Further calls do nothing.
func (s *Span) End(err error) {
	if s == nil || s.ended.Swap(true) {
		return
	}
	s.heard.hear(Ended{s, time.Since(s.Start), err})
}

// Current returns the innermost span that ctx is part of, or nil. Emitters put
// it into their events, so that a listener can tell steps that run at once apart.
func Current(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

type spanKey struct{}

// lastID numbers the spans. Only their order and difference mean anything.
var lastID atomic.Uint64
