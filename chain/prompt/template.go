package prompt

import (
	"context"
	"reflect"
)

// A Template makes a text from a T. Make one with [New] or [Parse]; the zero value
// only fails.
//
// It is safe for concurrent use, as long as Limits is not changed meanwhile.
type Template[T any] struct {
	Limits Limits // how much a rendering may take; the zero value is right for most

	program *program
}

// A Partial is a named text that templates share: {{template "rules" .}} puts it in,
// with the value that it is given as its dot. In a [Chat] it is a [Part], which adds
// no message.
//
// Its fields are checked where it is used, against the type that it is given there;
// one that nobody uses need only parse.
type Partial struct{ Name, Text string }

// New returns the template that text describes. It panics if there is anything
// wrong with it, as regexp.MustCompile does: use [Parse] for texts from outside.
func New[T any](text string, partials ...Partial) *Template[T] {
	t, err := Parse[T](text, partials...)
	if err != nil {
		panic(err)
	}
	return t
}

// Parse returns the template that text describes, or an [*Error] that says what
// is wrong with it and where. Every name in it is looked up in T, as far as the
// types are known: what has an interface type, such as the elements of a
// map[string]any, is checked at rendering.
//
// Text may come from anyone: it cannot reach beyond the T, nor call a method, nor
// keep the parser busy. It may have 1 MiB, with blocks and parentheses 100 deep.
func Parse[T any](text string, partials ...Partial) (*Template[T], error) {
	p, err := compile("template", text, reflect.TypeFor[T](), partials)
	if err != nil {
		return nil, err
	}
	return &Template[T]{program: p}, nil
}

// Render returns the text for in. It is a Func.
//
// The error is an [*Error], and then the text is empty: half a prompt could pass
// for a whole one. It wraps [ErrMissing] for a value that is not there, [ErrLimit],
// the error of the context if that ends, and for what has an interface type also
// [ErrUnknown] and [ErrType]. In must not be changed meanwhile.
func (t *Template[T]) Render(ctx context.Context, in T) (string, error) {
	if t.program == nil {
		return "", &Error{"template", 0, problem(ErrSyntax, "the zero Template has no text; make one with New or Parse")}
	}
	return t.program.text(ctx, reflect.ValueOf(&in).Elem(), t.Limits)
}
