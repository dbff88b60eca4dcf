package chain

import "context"

// Pipe returns a Func that runs f and then g on what f returned. It ends with the
// first error: if that is f's, the value is the zero value of C; else it is as g
// returned it. Longer chains are pipes of pipes, in any order; [Named] says in
// errors which step failed.
//
// Once built, a pipe allocates nothing.
func Pipe[A, B, C any](f Func[A, B], g Func[B, C]) Func[A, C] {
	require(f != nil, "Pipe: the first step is nil")
	require(g != nil, "Pipe: the second step is nil")
	return func(ctx context.Context, a A) (c C, err error) {
		b, err := f(ctx, a)
		if err != nil {
			return c, err
		}
		return g(ctx, b)
	}
}

// Pipe3 is [Pipe] for three steps.
func Pipe3[A, B, C, D any](f Func[A, B], g Func[B, C], h Func[C, D]) Func[A, D] {
	require(f != nil, "Pipe3: the first step is nil")
	require(g != nil, "Pipe3: the second step is nil")
	require(h != nil, "Pipe3: the third step is nil")
	return func(ctx context.Context, a A) (d D, err error) {
		b, err := f(ctx, a)
		if err != nil {
			return d, err
		}
		c, err := g(ctx, b)
		if err != nil {
			return d, err
		}
		return h(ctx, c)
	}
}

// Pipe4 is [Pipe] for four steps.
func Pipe4[A, B, C, D, E any](f Func[A, B], g Func[B, C], h Func[C, D], i Func[D, E]) Func[A, E] {
	require(f != nil, "Pipe4: the first step is nil")
	require(g != nil, "Pipe4: the second step is nil")
	require(h != nil, "Pipe4: the third step is nil")
	require(i != nil, "Pipe4: the fourth step is nil")
	return func(ctx context.Context, a A) (e E, err error) {
		b, err := f(ctx, a)
		if err != nil {
			return e, err
		}
		c, err := g(ctx, b)
		if err != nil {
			return e, err
		}
		d, err := h(ctx, c)
		if err != nil {
			return e, err
		}
		return i(ctx, d)
	}
}
