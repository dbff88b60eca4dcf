package chain

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

// Retry returns a Func that runs f until it succeeds, up to the given number of
// times, and at least once. It returns what the last attempt returned, the value
// too if that failed; the error says which attempt it was.
//
// It does not try again when the context has ended, nor when the error says that
// this is no use: when an error in its tree has a method Temporary() bool that
// returns false. An llm.Error has it, and the errors of package net, to which a
// refused connection is not temporary. The outermost method counts, and where
// errors are joined, as by [Fallback], one that returns true is enough. An error
// without that method is tried again, and so is that of a [Timeout] inside of f.
//
// Before an attempt it waits a random time of up to half a second, twice as much
// before each further one, and never over 20 seconds. If the wait would outlast the
// deadline of the context, it returns the error at once. If the context ends
// meanwhile, the error wraps that of the context and that of the last attempt.
//
// How long a provider asks to wait is for llm.Retry to heed, as is how much of a
// reply was seen already: put that around the model. Both multiply: a Retry of 3
// around a model with an llm.Retry of 4 makes up to 12 requests.
//
// Each wait is a [RetryEvent] of [trace]. Retry panics if f is nil.
func Retry[I, O any](f Func[I, O], attempts int) Func[I, O] {
	require(f != nil, "Retry: the step is nil")
	if attempts <= 1 {
		return f
	}
	return func(ctx context.Context, in I) (O, error) {
		for attempt := 1; ; attempt++ {
			out, err := f(ctx, in)
			if err == nil {
				return out, nil
			}
			if err := waitAfter(ctx, attempt, attempts, err); err != nil {
				return out, err
			}
		}
	}
}

// A RetryEvent is the [trace.Event] of a step of [Retry] that will run again.
type RetryEvent struct {
	Span    *trace.Span   // what the step is part of, or nil
	Attempt int           // the attempt that failed, from 1
	Wait    time.Duration // until the next one
	Err     error         // why it failed
}

// Kind returns "retry".
func (RetryEvent) Kind() string { return "retry" }

// waitAfter waits after an attempt that failed with err. It returns an error, with
// which all ends, if there is not to be another attempt.
func waitAfter(ctx context.Context, attempt, attempts int, err error) error {
	failed := fmt.Errorf("attempt %d of %d: %w", attempt, attempts, err)
	if again, said := temporary(err); attempt == attempts || ctx.Err() != nil || said && !again {
		return failed
	}
	wait := rand.N(backoff(attempt))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return failed
	}
	if trace.Listening(ctx) {
		trace.Emit(ctx, RetryEvent{trace.Current(ctx), attempt, wait, err})
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w, while waiting to try again after %w", endOf(ctx), failed)
	}
}

// backoff returns what the wait after an attempt is below.
func backoff(attempt int) time.Duration {
	const longest = 20 * time.Second
	limit := 500 * time.Millisecond
	for range attempt - 1 {
		if limit = min(2*limit, longest); limit == longest {
			break
		}
	}
	return limit
}

// temporary reports whether err says that trying again may help, and whether it
// says anything about it.
func temporary(err error) (again, said bool) {
	switch e := err.(type) {
	case interface{ Temporary() bool }:
		return e.Temporary(), true
	case interface{ Unwrap() error }:
		return temporary(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			a, s := temporary(err)
			again, said = again || a, said || s
		}
	}
	return again, said
}
