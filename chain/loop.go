package chain

import (
	"context"
	"errors"
	"fmt"
)

// ErrNotDone is wrapped by the error of a [Loop] that made its last round and is
// still not done.
var ErrNotDone = errors.New("chain: not done")

// Loop returns a Func that runs f on its input, then on what f returned, and so on
// until done reports true for what f returned. That is its value.
//
// It makes at most the given number of rounds, and at least one. If the last one
// is not done either, the error is [ErrNotDone]. If f fails, or the context ends
// between two rounds, that is the error. In all these cases the value is what the
// last round that did not fail has returned, or the input if there was none: a
// draft is better than nothing.
//
// Loop panics if f or done is nil.
func Loop[T any](f Func[T, T], done func(T) bool, rounds int) Func[T, T] {
	require(f != nil, "Loop: the step is nil")
	require(done != nil, "Loop: done is nil")
	rounds = max(rounds, 1)
	return func(ctx context.Context, v T) (T, error) {
		for round := 1; ; round++ {
			next, err := f(ctx, v)
			if err != nil {
				return v, fmt.Errorf("round %d of %d: %w", round, rounds, err)
			}
			v = next
			switch {
			case done(v):
				return v, nil
			case round == rounds:
				return v, fmt.Errorf("%w after round %d of %d", ErrNotDone, round, rounds)
			case ctx.Err() != nil:
				return v, fmt.Errorf("after round %d of %d: %w", round, rounds, endOf(ctx))
			}
		}
	}
}
