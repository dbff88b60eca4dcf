package chain

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// Map returns a Func that applies f to the elements of a slice, at most n at a
// time; n below 1 counts as 1. The outputs are in the order of the elements. For
// an empty slice they are an empty slice that is not nil.
//
// The first element to fail cancels the contexts of the others. When all calls
// have ended, its error is returned as "element 3: …", and no outputs. To keep
// the outputs of the others, use [Each].
//
// A panic in f, or a runtime.Goexit, ends the others in the same way and then
// the goroutine that called the Func: see [Panic]. Map panics if f is nil.
func Map[I, O any](f Func[I, O], n int) Func[[]I, []O] {
	require(f != nil, "Map: the step is nil")
	return func(ctx context.Context, in []I) ([]O, error) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		out := make([]O, len(in))
		for i, r := range Each(ctx, f, in, n) {
			if r.Err != nil {
				err := fmt.Errorf("element %d: %w", i, r.Err)
				cancel(err)
				return nil, err
			}
			out[i] = r.Value
		}
		return out, nil
	}
}

// Each applies f to the elements of in, at most n at a time, and yields the
// index of each with its result once, as soon as it is there: not in the order
// of in. An n below 1 counts as 1. The other elements go on when one fails.
//
// Once ctx is done, f is not called any more: the elements that are left are
// yielded with the cause of ctx (see [context.Cause]) as their Err.
//
// Results that the loop has not come to yet wait for it. At most n calls are
// under way at a time, and calls and waiting results together are at most 2n:
// while the loop is slow, no further call starts. There are never more than n+1
// goroutines, nor more than there are elements and one.
//
// Leaving the loop cancels the context of the calls that are under way and waits
// for them to return, so that nothing runs when the range statement is over. A
// panic in f, or a runtime.Goexit, does the same, and then goes on in the
// goroutine that ranges: see [Panic]. Results that were waiting are lost then.
//
// Nothing runs before the sequence is ranged over. Each time it is, all is done
// anew. The slice must not be changed meanwhile.
//
// Each panics if f is nil.
func Each[I, O any](ctx context.Context, f Func[I, O], in []I, n int) iter.Seq2[int, Result[O]] {
	require(f != nil, "Each: the step is nil")
	return func(yield func(int, Result[O]) bool) {
		if len(in) > 0 {
			newPool(ctx, f, n).run(slices.Values(in), yield)
		}
	}
}

// EachSeq is [Each] for a sequence of any length, in constant memory. The index
// of an element is its place in the sequence, from 0.
//
// The elements are taken one by one, each when f can be called for it: at most
// n are taken and not finished, and at most 2n taken and not yielded. The
// sequence runs in one goroutine of its own, also when it is ranged over again.
// A panic in it is treated as one in f.
//
// Once ctx is done, one more element is taken, if there is one. It is yielded
// with the cause of ctx as its Err and is the last, so that a sequence without an
// end comes to one. If no element has such an Err, f was called for all.
//
// When the loop is left, the sequence is stopped: its own yield returns false,
// and the range statement is over when the sequence has returned. One that may
// block must heed ctx, or else it holds up that end.
//
// EachSeq panics if f or in is nil.
func EachSeq[I, O any](ctx context.Context, f Func[I, O], in iter.Seq[I], n int) iter.Seq2[int, Result[O]] {
	require(f != nil, "EachSeq: the step is nil")
	require(in != nil, "EachSeq: the sequence is nil")
	return func(yield func(int, Result[O]) bool) {
		p := newPool(ctx, f, n)
		p.short = true
		p.run(in, yield)
	}
}
