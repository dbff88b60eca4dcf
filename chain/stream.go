package chain

import (
	"context"
	"iter"

	"github.com/hadal-go/hadal/chain/trace"
)

// Kind returns "result": the last event of a [Stream] is the Result of its Func.
func (Result[T]) Kind() string { return "result" }

// Stream runs f on in and yields what happens inside, as it happens: the chunks of
// models, the start and end of steps, and whatever else is emitted to the context
// that f gets, see [trace]. The sequence ends in exactly one of two ways: with an
// event of type Result[O] that has the value, its Err being nil; or with one final
// pair of a nil event and the error of f.
//
//	for e, err := range chain.Stream(ctx, f, in) {
//		if err != nil {
//			return err
//		}
//		switch e := e.(type) {
//		case llm.ChunkEvent:
//			fmt.Print(e.Chunk.Text)
//		case chain.Result[string]:
//			return save(e.Value)
//		}
//	}
//
// f runs in a goroutine of its own while the sequence is ranged over, and anew each
// time that it is. Leaving the loop early cancels the context of f, and waits until
// f has returned. If f panics, the goroutine that ranges does so with a [*Panic]; if
// it calls [runtime.Goexit], that goroutine ends too.
//
// Events are not stored up: whoever emits one waits until the loop has taken it, and
// the next one until the loop asks again, cancelled or not. So the body of the loop
// must not wait for something that f does later. Listeners that ctx already has hear
// each event after the loop has taken it. Once the loop is left or f has returned,
// they alone hear what is emitted by goroutines that go on.
//
// Stream panics if f is nil.
func Stream[I, O any](ctx context.Context, f Func[I, O], in I) iter.Seq2[trace.Event, error] {
	require(f != nil, "Stream: the step is nil")
	return func(yield func(trace.Event, error) bool) {
		s := stream{events: make(chan trace.Event), over: make(chan struct{}), left: make(chan struct{})}
		var out Result[O]
		more := s.run(ctx, yield, func(ctx context.Context) { out.Value, out.Err = f(ctx, in) })
		s.ended.rethrow()
		switch {
		case !more:
		case out.Err != nil:
			yield(nil, out.Err)
		default:
			yield(out, nil)
		}
	}
}

// A stream takes events from goroutines that emit them to the loop.
type stream struct {
	events chan trace.Event
	over   chan struct{} // closed when the function is over
	ended  *caught       // unless it has returned
	left   chan struct{} // closed when nobody takes events any more
}

// run calls f and yields its events until it has returned. It reports whether the
// loop wants more.
func (s *stream) run(ctx context.Context, yield func(trace.Event, error) bool, f func(ctx context.Context)) (more bool) {
	ctx, cancel := context.WithCancelCause(ctx)
	go guard(func() { f(trace.With(ctx, s.hear)) }, func(c *caught) {
		s.ended = c
		close(s.over)
	})
	defer func() { // also if the body of the loop panics
		close(s.left)
		cancel(errLeft)
		<-s.over
	}()
	for {
		select {
		case e := <-s.events:
			if !yield(e, nil) {
				return false
			}
		case <-s.over:
			return true
		}
	}
}

// hear hands an event to the loop, unless that is left.
func (s *stream) hear(e trace.Event) {
	select {
	case s.events <- e:
	case <-s.left:
	}
}
