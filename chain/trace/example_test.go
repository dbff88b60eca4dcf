package trace_test

import (
	"context"
	"fmt"

	"github.com/hadal-go/hadal/chain/trace"
)

// A progress event, as a package of your own may have.
type progress struct{ done, of int }

func (progress) Kind() string { return "progress" }

func Example() {
	work := func(ctx context.Context) {
		ctx, span := trace.Start(ctx, "step", "copy")
		defer span.End(nil)
		for i := range 2 {
			trace.Emit(ctx, progress{i + 1, 2})
		}
	}
	ctx := trace.With(context.Background(), func(e trace.Event) {
		switch e := e.(type) {
		case trace.Started:
			fmt.Println("start", e.Span.Name)
		case progress:
			fmt.Println(e.done, "of", e.of)
		case trace.Ended:
			fmt.Println("end", e.Span.Name)
		}
	})
	work(ctx)
	// Output:
	// start copy
	// 1 of 2
	// 2 of 2
	// end copy
}

func ExampleListening() {
	ctx := context.Background()
	if trace.Listening(ctx) { // spares the making of an event that nobody hears
		trace.Emit(ctx, progress{1, 2})
	}
	fmt.Println(trace.Listening(trace.With(ctx, func(trace.Event) {})))
	// Output: true
}
