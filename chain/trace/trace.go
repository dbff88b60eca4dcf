// Package trace reports what runs, while it runs, to whoever listens.
//
// Whatever runs below a context emits events to the listeners that the context
// carries. Steps that take time are spans, which nest through the context:
//
//	ctx = trace.With(ctx, func(e trace.Event) {
//		switch e := e.(type) {
//		case trace.Started:
//			log.Println("start", e.Span.Name)
//		case trace.Ended:
//			log.Println("end", e.Span.Name, e.Elapsed, e.Err)
//		}
//	})
//	resp, err := llm.Generate(ctx, model, req) // emits its chunks between a Started and an Ended
//
// With no listener, [Start] and [Emit] do nothing and allocate nothing. Code
// that must build an event to emit it asks [Listening] first.
//
// Two listeners are ready-made. A [Recording] keeps the spans, with the tokens and
// the money that they spent, and [Mermaid] draws them:
//
//	var rec trace.Recording
//	ctx = trace.With(ctx, rec.Listen)
//	resp, err := llm.Generate(ctx, model, req)
//	fmt.Println(trace.Mermaid(rec.Steps())) // to be pasted into Markdown
//
// [Log] writes a record for each span:
//
//	ctx = trace.With(ctx, trace.Log(slog.Default()))
//
// To range over the events of a chain while it runs, see Stream of package chain.
package trace

import (
	"context"
	"sync"
)

// An Event is something that happened.
//
// The events of this package are [Started], [Ended] and [Spent]; other packages
// have their own, such as the chunks of a reply.
type Event interface {
	// Kind names the sort of event in one word, such as "start" or "chunk".
	Kind() string
}

// With returns a context whose events go to listen, and after it to the
// listeners that ctx already has.
//
// listen is called by whoever emits, before Emit returns, so a slow listener
// slows down what it watches. Its calls are serialised: it needs no lock of its
// own, but must not emit events itself. If listen is nil, With returns ctx.
func With(ctx context.Context, listen func(Event)) context.Context {
	if listen == nil {
		return ctx
	}
	return context.WithValue(ctx, listenerKey{}, &listener{listen: listen, outer: listenerOf(ctx)})
}

// Emit sends e to the listeners of ctx. It is safe for concurrent use.
func Emit(ctx context.Context, e Event) {
	listenerOf(ctx).hear(e)
}

// Listening reports whether anyone listens to the events of ctx.
func Listening(ctx context.Context) bool { return listenerOf(ctx) != nil }

type listenerKey struct{}

type listener struct {
	mu     sync.Mutex
	listen func(Event)
	outer  *listener // the next one to hear an event; nil at the end
}

func listenerOf(ctx context.Context) *listener {
	l, _ := ctx.Value(listenerKey{}).(*listener)
	return l
}

// hear tells e to l and the listeners around it. It does nothing on nil.
func (l *listener) hear(e Event) {
	for ; l != nil; l = l.outer {
		l.call(e)
	}
}

func (l *listener) call(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock() // also when listen panics, so that others go on
	l.listen(e)
}
