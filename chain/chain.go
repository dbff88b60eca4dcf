// Package chain makes functions of functions: a step is a function that takes a
// context and a value and returns a value or an error, and a chain of steps is a
// step again. There is no graph to build and nothing to run it: a chain is called,
// and the compiler checks that what one step returns is what the next one takes.
//
// The smallest program feeds what one model call returns to another:
//
//	summarize := llm.Ask(model, "Summarize the text in three sentences.")
//	translate := llm.Ask(model, "Translate the text into French.")
//	both := chain.Pipe(summarize, translate)
//	text, err := both(ctx, string(data))
//	if err != nil {
//		return err
//	}
//	fmt.Println(text)
//
// Any function of this shape is a step as it is: what llm.Ask and output.Extract
// return, the Render of a template, the Run of an agent. [Lift] makes a step of a
// function without context and error.
//
// # The parts
//
//   - One after the other: [Pipe], [Pipe3], [Pipe4], and [Loop] until it is done.
//   - At once, on the same input: [Join] for two outputs of different types,
//     [Parallel] for many of the same, [Race] for the first of them.
//   - One of several: [Branch] by a key, [Fallback] if one fails.
//   - For each element of a slice or a sequence: [Map], [Each], [EachSeq].
//   - Around a step: [Retry], [Timeout], [Named], [Keep], which keeps the input
//     beside the output, and [Journaled], which does not do again what was done
//     before a crash.
//
// They nest, as what most of them take and return are steps:
//
//	type Review struct{ Summary, Faults string }
//	summary := chain.Timeout(llm.Ask(model, "Summarize the contract."), time.Minute)
//	faults := chain.Fallback(
//		llm.Ask(model, "List the clauses that hurt the buyer."),
//		chain.Lift(func(string) string { return "not checked" }),
//	)
//	review := chain.Join(
//		chain.Named("summary", summary),
//		chain.Named("faults", faults),
//		func(s, f string) Review { return Review{s, f} },
//	)
//	for i, r := range chain.Each(ctx, review, []string{"first contract", "second"}, 8) {
//		fmt.Println(i, r.Value.Summary, r.Err)
//	}
//
// # What holds for all of them
//
// A chain is made once and holds no state, so it is safe for concurrent use if its
// steps are. A nil function among its parts is a mistake in the program, found
// when the chain is made: it panics then.
//
// The context goes through to every step, and the end of it is for the steps to
// see; what is said of single functions here adds to that. Where steps run at once,
// the function returns only when all of them have, so it leaves no goroutine
// behind, and takes as long as a step that does not heed its context. If such a
// step panics, so does the caller's goroutine, with a [*Panic].
//
// A value that comes with an error is the zero value unless it says otherwise.
// Errors wrap those of the steps, for errors.Is and errors.As, and say which step
// or attempt it was: "step 2 of 3: …". The name of a step is in them by [Named].
//
// What happens inside of a chain, such as named steps that begin and end and chunks
// of a reply, is seen by those who listen to its context, see package [trace].
// [Stream] yields it together with the value:
//
//	for event, err := range chain.Stream(ctx, llm.Ask(model, ""), "Why is the sky blue?") {
//		if err != nil {
//			return err
//		}
//		switch e := event.(type) {
//		case llm.ChunkEvent:
//			fmt.Print(e.Chunk.Text)
//		case chain.Result[string]:
//			fmt.Println("\nin all", len(e.Value), "bytes")
//		}
//	}
package chain

import (
	"context"
	"errors"
	"fmt"
)

// A Func is a step, or a chain of steps: it makes an O of an I.
//
// Functions of this package take it by its shape, so that a func or a method value
// of the same parameters and results is passed as it is. They must not be nil.
type Func[I, O any] func(ctx context.Context, in I) (O, error)

// A Result is what a step returned: the value, and the error if it failed. It is
// what [Each] yields for an element, and the last event of a [Stream].
type Result[T any] struct {
	Value T
	Err   error
}

// Lift returns a Func for a function that needs no context and cannot fail.
func Lift[I, O any](f func(I) O) Func[I, O] {
	require(f != nil, "Lift: the function is nil")
	return func(_ context.Context, in I) (O, error) { return f(in), nil }
}

// require panics with the mistake in the program if ok is false.
func require(ok bool, mistake string) {
	if !ok {
		panic("chain: " + mistake)
	}
}

// requireSteps panics if one of the steps is nil.
func requireSteps[I, O any](where string, steps []Func[I, O]) {
	for i, f := range steps {
		require(f != nil, fmt.Sprintf("%s: step %d of %d is nil", where, i+1, len(steps)))
	}
}

// inStep says which of n steps failed, where i counts from 0.
func inStep(i, n int, err error) error { return fmt.Errorf("step %d of %d: %w", i+1, n, err) }

// endOf returns the error of a context that has ended, with its cause.
func endOf(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}
