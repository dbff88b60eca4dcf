package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/chain/trace"
)

// Named returns f as a step with a name: whoever listens to the context hears it
// start and end as a span of [trace], of the category "step", and what happens in
// it is part of that span. The error of f gets the name in front, as in
// "fetch: connection refused"; so Named steps within each other make it a path.
//
// The span ends also if f panics or calls [runtime.Goexit]: its error says so, and
// the panic goes on. With nobody listening, a call costs a few nanoseconds and
// allocates nothing.
//
// Named panics if the name is empty or f is nil.
func Named[I, O any](name string, f Func[I, O]) Func[I, O] {
	require(name != "", "Named: the name is empty")
	require(f != nil, fmt.Sprintf("Named: the step %q is nil", name))
	return func(ctx context.Context, in I) (O, error) {
		ctx, span := trace.Start(ctx, "step", name)
		var out O
		var err error
		if span == nil {
			out, err = f(ctx, in)
		} else {
			out, err = spanned(ctx, span, f, in)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return out, err
	}
}

// spanned runs f and ends the span, whatever happens.
func spanned[I, O any](ctx context.Context, span *trace.Span, f Func[I, O], in I) (out O, err error) {
	returned := false
	defer func() {
		if returned {
			span.End(err)
			return
		}
		v := recover()
		span.End(ended(v))
		if v != nil {
			panic(v)
		}
	}()
	out, err = f(ctx, in)
	returned = true
	return out, err
}

// ended returns the error of a step that did not return: v is what it panicked
// with, or nil.
func ended(v any) error {
	if p, ok := v.(*Panic); ok {
		v = p.Value
	}
	switch v := v.(type) {
	case nil:
		return errors.New("the step called runtime.Goexit")
	case error:
		return fmt.Errorf("panic: %w", v)
	}
	return fmt.Errorf("panic: %v", v)
}
