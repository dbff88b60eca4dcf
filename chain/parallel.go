package chain

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Join returns a Func that runs f and g on its input at once, and then combine on
// what they returned. The first error cancels the other one and is the error.
//
// Join panics if f, g or combine is nil.
func Join[I, A, B, O any](f Func[I, A], g Func[I, B], combine func(A, B) O) Func[I, O] {
	require(f != nil, "Join: the first step is nil")
	require(g != nil, "Join: the second step is nil")
	require(combine != nil, "Join: combine is nil")
	return func(ctx context.Context, in I) (out O, err error) {
		var got struct {
			a A
			b B
		}
		failed, err := atOnce(ctx, 2, func(ctx context.Context, i int) (err error) {
			if i == 0 {
				got.a, err = f(ctx, in)
			} else {
				got.b, err = g(ctx, in)
			}
			return err
		})
		if err != nil {
			return out, inStep(failed, 2, err)
		}
		return combine(got.a, got.b), nil
	}
}

// Parallel returns a Func that runs all steps on its input at once, and returns
// what they returned, in the order of the steps. The first error cancels the other
// steps and is the error. With no steps it returns an empty slice.
//
// There is no limit to how many run at once; see [Map] for one.
//
// Parallel panics if a step is nil.
func Parallel[I, O any](steps ...Func[I, O]) Func[I, []O] {
	requireSteps("Parallel", steps)
	steps = slices.Clone(steps)
	return func(ctx context.Context, in I) ([]O, error) {
		outs := make([]O, len(steps))
		failed, err := atOnce(ctx, len(steps), func(ctx context.Context, i int) (err error) {
			outs[i], err = steps[i](ctx, in)
			return err
		})
		if err != nil {
			return nil, inStep(failed, len(steps), err)
		}
		return outs, nil
	}
}

// Race returns a Func that runs all steps on its input at once, and returns what
// the first one to succeed returned. That cancels the others, whose results are
// forgotten.
//
// If none succeeds, the error joins those of all steps, in their order.
//
// Race panics if there are no steps, or a step is nil.
func Race[I, O any](steps ...Func[I, O]) Func[I, O] {
	require(len(steps) > 0, "Race: there are no steps")
	requireSteps("Race", steps)
	if len(steps) == 1 {
		return steps[0]
	}
	steps = slices.Clone(steps)
	return func(ctx context.Context, in I) (out O, err error) {
		outs, errs := make([]O, len(steps)), make([]error, len(steps))
		winner, won := atOnce(ctx, len(steps), func(ctx context.Context, i int) error {
			v, err := steps[i](ctx, in)
			if err != nil {
				errs[i] = inStep(i, len(steps), err)
				return nil
			}
			outs[i] = v
			return errWon
		})
		if won == nil {
			return out, errors.Join(errs...)
		}
		return outs[winner], nil
	}
}

// atOnce runs step for each i below n, all at once, the last one in the goroutine
// of the caller, and waits for all of them. The first error, in time, cancels their
// context, with that error as the cause; atOnce returns it and the i that it is of.
// So does a step that panics or calls runtime.Goexit, and atOnce ends in the same
// way.
func atOnce(ctx context.Context, n int, step func(ctx context.Context, i int) error) (failed int, first error) {
	switch n {
	case 0:
		return 0, nil
	case 1:
		return 0, step(ctx, 0)
	}
	steps, cancel := context.WithCancelCause(ctx)
	g := group{cancel: cancel}
	defer g.end() // deferred, as the caller's own step may end the goroutine
	for i := range n - 1 {
		g.wg.Go(func() { g.run(steps, i, step) })
	}
	g.run(steps, n-1, step)
	g.wg.Wait()
	return g.failed, g.first
}

// A group is what the goroutines of atOnce share.
type group struct {
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	failed int     // which step was the first to fail
	first  error   // its error
	caught *caught // what a step ended with instead of returning
}

// run runs step i and cancels the others if it fails.
func (g *group) run(ctx context.Context, i int, step func(ctx context.Context, i int) error) {
	var err error
	guard(func() { err = step(ctx, i) }, func(c *caught) {
		g.mu.Lock()
		defer g.mu.Unlock()
		switch {
		case c != nil && (g.caught == nil || g.caught.panic == nil):
			g.caught = c
			g.cancel(errGone)
		case err != nil && g.first == nil:
			g.failed, g.first = i, err
			g.cancel(err)
		}
	})
}

// end waits for all steps, and ends as one that did not return.
func (g *group) end() {
	g.wg.Wait()
	g.cancel(nil)
	g.caught.rethrow()
}
