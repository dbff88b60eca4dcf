package chain

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Timeout returns a Func that runs f with a context that ends after d, and returns
// what f returned. If d is zero or less there is no limit.
//
// If f fails when its time is over, the error says so, and wraps
// [context.DeadlineExceeded] and the error of f. If f succeeds all the same, that
// is a success. The end of the outer context is not taken for a timeout. The Func
// waits for f in any case: a step that does not heed its context cannot be stopped.
//
// Timeout panics if f is nil.
func Timeout[I, O any](f Func[I, O], d time.Duration) Func[I, O] {
	require(f != nil, "Timeout: the step is nil")
	if d <= 0 {
		return f
	}
	return func(ctx context.Context, in I) (O, error) {
		over := &timeoutError{d}
		ctx, cancel := context.WithTimeoutCause(ctx, d, over)
		defer cancel()
		out, err := f(ctx, in)
		if err != nil && context.Cause(ctx) == over {
			err = over.with(err)
		}
		return out, err
	}
}

// A timeoutError says that the time of a [Timeout] is over. Its address tells that
// one from others.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return "timed out after " + e.after.String() }

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// with returns the error of a step whose time was over.
func (e *timeoutError) with(err error) error {
	switch {
	case err == context.DeadlineExceeded: // which says no more
		return e
	case errors.Is(err, e): // which says so already
		return err
	}
	return fmt.Errorf("%w: %w", e, err)
}
