package chain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNoBranch is wrapped by the error of a [Branch] whose key has no case.
var ErrNoBranch = errors.New("chain: no branch")

// Branch returns a Func that runs key on its input and then the case of that key on
// the same input. It returns what the case returned, or the error of key, or
// [ErrNoBranch] with the key if there is no such case.
//
// For a default, let key return the key of one case, such as "other", for whatever
// it does not know. Where a model is the key, let that be among the answers that it
// may give.
//
// The map is copied. Branch panics if key or one of the cases is nil.
func Branch[I any, K comparable, O any](key Func[I, K], cases map[K]Func[I, O]) Func[I, O] {
	require(key != nil, "Branch: the key is nil")
	for k, f := range cases {
		require(f != nil, fmt.Sprintf("Branch: the case of %q is nil", fmt.Sprint(k)))
	}
	cases = maps.Clone(cases)
	return func(ctx context.Context, in I) (out O, err error) {
		k, err := key(ctx, in)
		if err != nil {
			return out, err
		}
		f, ok := cases[k]
		if !ok {
			return out, fmt.Errorf("%w for %q", ErrNoBranch, fmt.Sprint(k))
		}
		return f(ctx, in)
	}
}

// Fallback returns a Func that runs the steps on its input one after the other
// until one succeeds, and returns what that returned. If the context ends, it
// starts no further one.
//
// If none succeeds, the error joins those of the steps that ran, in their order.
//
// Fallback panics if there are no steps, or a step is nil.
func Fallback[I, O any](steps ...Func[I, O]) Func[I, O] {
	require(len(steps) > 0, "Fallback: there are no steps")
	requireSteps("Fallback", steps)
	if len(steps) == 1 {
		return steps[0]
	}
	steps = slices.Clone(steps)
	return func(ctx context.Context, in I) (out O, err error) {
		var errs []error
		for i, f := range steps {
			v, err := f(ctx, in)
			if err == nil {
				return v, nil
			}
			errs = append(errs, inStep(i, len(steps), err))
			if ctx.Err() != nil {
				break
			}
		}
		return out, errors.Join(errs...)
	}
}
