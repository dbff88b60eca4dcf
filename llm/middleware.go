package llm

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// A Middleware adds behavior to a [Model].
//
// It is safe for concurrent use, and so is the model that it returns. It passes
// on what it does not understand.
type Middleware func(Model) Model

// Wrap returns m wrapped in the given middleware.
// The first is the outermost: Wrap(m, a, b) is a(b(m)).
// The result has a method Unwrap() Model, which [As] follows.
func Wrap(m Model, mw ...Middleware) Model {
	for _, w := range slices.Backward(mw) {
		under := m
		m = w(under)
		if _, ok := m.(unwrapper); !ok {
			m = &layer{Model: m, under: under}
		}
	}
	return m
}

type unwrapper interface{ Unwrap() Model }

// A layer is what a middleware made of the model under it, if that does not say
// itself what is under it.
type layer struct {
	Model
	under Model
}

// Unwrap returns the model without the middleware.
func (l *layer) Unwrap() Model { return l.under }

// As finds the first model in the chain of m that is a T, as [errors.As] does
// for errors. The chain is m, then what m.Unwrap() returns, and so on.
func As[T any](m Model) (T, bool) {
	for m != nil {
		if l, ok := m.(*layer); ok {
			if t, ok := l.Model.(T); ok {
				return t, true
			}
		} else if t, ok := m.(T); ok {
			return t, true
		}
		u, ok := m.(unwrapper)
		if !ok {
			break
		}
		m = u.Unwrap()
	}
	var zero T
	return zero, false
}

// Defaults returns middleware that fills those fields which a request leaves at
// zero from req: the model, the effort, the limit on tokens, the user, and so
// on. Messages and Whole of req are not used. The caller must not modify req's
// parts afterwards.
func Defaults(req Request) Middleware {
	return func(m Model) Model {
		return ModelFunc(func(ctx context.Context, r *Request) iter.Seq2[*Chunk, error] {
			filled := *r
			filled.Model = cmp.Or(r.Model, req.Model)
			filled.ToolChoice = cmp.Or(r.ToolChoice, req.ToolChoice)
			filled.Format = cmp.Or(r.Format, req.Format)
			filled.Effort = cmp.Or(r.Effort, req.Effort)
			filled.MaxTokens = cmp.Or(r.MaxTokens, req.MaxTokens)
			filled.Temperature = cmp.Or(r.Temperature, req.Temperature)
			filled.TopP = cmp.Or(r.TopP, req.TopP)
			filled.TopLogprobs = cmp.Or(r.TopLogprobs, req.TopLogprobs)
			filled.User = cmp.Or(r.User, req.User)
			filled.Tools = or(r.Tools, req.Tools)
			filled.Schema = or(r.Schema, req.Schema)
			filled.Stop = or(r.Stop, req.Stop)
			filled.Extra = or(r.Extra, req.Extra)
			return m.Stream(ctx, &filled)
		})
	}
}

// or returns a, or b if a is nil. An empty slice that is not nil says "none".
func or[S ~[]E, E any](a, b S) S {
	if a != nil {
		return a
	}
	return b
}
