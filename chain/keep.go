package chain

import "context"

// Keep returns a Func that runs f, and then both on its input and what f returned:
// for what a later step needs of the input beside the output. If f fails, its error
// is returned, and both is not called.
//
// Keep panics if f or both is nil.
func Keep[I, O, B any](f Func[I, O], both func(I, O) B) Func[I, B] {
	require(f != nil, "Keep: the step is nil")
	require(both != nil, "Keep: the function of both is nil")
	return func(ctx context.Context, in I) (b B, err error) {
		out, err := f(ctx, in)
		if err != nil {
			return b, err
		}
		return both(in, out), nil
	}
}
