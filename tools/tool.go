package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// A Tool is something that a model can call. It must be safe for concurrent use.
// Its Call is a Func, from arguments to a result, and can be a step of a chain.
//
// Most tools come from [New]. One that wraps another has a method Unwrap() Tool, so
// that the [Policy] of what is inside holds for it; one that knows its own policy has
// a method Policy() Policy. See [PolicyOf].
type Tool interface {
	// Spec describes the tool to the model, in the same bytes every time. The schema is
	// of an object and belongs to the tool.
	Spec() llm.ToolSpec

	// Call runs the tool. The arguments are what the model wrote, which may be anything:
	// [Decode] reads them. A result consists of Text and Blob parts. In a Set, bytes of
	// text that are not UTF-8 become U+FFFD.
	//
	// The error is shown to the model, which may try again, unless it is [Fatal]; parts
	// that come along with an error are shown before it.
	Call(ctx context.Context, args json.RawMessage) (llm.Parts, error)
}

// New returns a tool that calls f. It is what a model can call f by: any Func, such as
// the Run of an agent, or a chain.
//
// The schema of the arguments is that of In, by [schema.For], with its tags for what
// the model should know. If it is not of an object, as for a string or a list, the
// arguments are an object with the value in it, {"input": …}. If In is an empty struct,
// there are no arguments, and it does not matter whether the model writes {}, null, or
// nothing. f is called only with what satisfies the schema and the method
// Validate() error of In, if it has one.
//
// What f returns is for the model:
//
//   - a string, or a type made of it without a method to encode itself, is text, and so
//     are a []byte and a json.RawMessage, which must be UTF-8;
//   - an [llm.Blob], an [llm.Part] or [llm.Parts] is the result as it is;
//   - anything else is encoded as JSON, without escapes for HTML. A String method is not
//     called. What cannot be encoded, as NaN cannot, is an error.
//
// A nil pointer is null; any other stands for what it points to. With an error, f's
// output is ignored.
//
// New panics if name is not of 1 to 64 letters, digits, hyphens and underscores of
// ASCII, as the API demands; if description is blank, or f nil; or if there is no schema
// of In, as schema.For says.
func New[In, Out any](name, description string, f func(context.Context, In) (Out, error)) Tool {
	t := &function[In, Out]{f: f}
	switch {
	case !validName(name):
		panic(fmt.Sprintf("tools: New(%q): the name must be of 1 to 64 letters, digits, hyphens and underscores", name))
	case strings.TrimSpace(description) == "":
		panic(fmt.Sprintf("tools: New(%q): there is no description, by which a model knows when to call it", name))
	case f == nil:
		panic(fmt.Sprintf("tools: New(%q): the function is nil", name))
	}
	t.schema, t.wrapped = schemaOf[In]()
	t.spec = llm.ToolSpec{Name: name, Description: description, Schema: t.schema.JSON()}
	return t
}

// validName reports whether the API takes name for a tool.
func validName(name string) bool {
	for _, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return 1 <= len(name) && len(name) <= 64
}

// A function is a Tool of New.
type function[In, Out any] struct {
	spec    llm.ToolSpec
	schema  *schema.Schema
	wrapped bool // the arguments are an envelope
	f       func(context.Context, In) (Out, error)
}

// Spec returns the description, in the same bytes every time.
func (t *function[In, Out]) Spec() llm.ToolSpec { return t.spec }

// Call decodes args, calls f and encodes what it returns.
func (t *function[In, Out]) Call(ctx context.Context, args json.RawMessage) (llm.Parts, error) {
	in, err := t.input(ctx, args)
	if err != nil {
		return nil, err
	}
	out, err := t.f(ctx, in)
	if err != nil {
		return nil, err
	}
	return partsOf(out)
}

// input returns the arguments as the function takes them.
func (t *function[In, Out]) input(ctx context.Context, args json.RawMessage) (in In, err error) {
	if t.wrapped {
		var e envelope[In]
		err = decode(ctx, t.schema, args, &e)
		in = e.Input
	} else {
		err = decode(ctx, t.schema, args, &in)
	}
	if err != nil {
		return in, err
	}
	if reflect.TypeFor[In]().Kind() == reflect.Pointer {
		return in, validate(in)
	}
	return in, validate(&in)
}

// An envelope is an object around a value that is none.
type envelope[T any] struct {
	Input T `json:"input"`
}

// schemaOf returns the schema of arguments for a T, and whether they are an envelope.
func schemaOf[T any]() (s *schema.Schema, wrapped bool) {
	if s = schema.For[T](); s.Root().Types == schema.Object {
		return s, false
	}
	return schema.For[envelope[T]](), true
}

// Func returns t as a function: it encodes its input as the arguments of t, and decodes
// the result. It is how a tool becomes a typed step of a chain. For a tool of [New] with
// the same types, it is the function that the tool calls; in any case input and output
// must suit the tool.
//
// Input is encoded as New would decode it: what has no schema of an object goes into
// {"input": …}. A string as output is all text of the result, [llm.Parts] are the result
// as it is, and anything else is decoded from the text as JSON.
//
// The function runs t with nothing around it: errors come as they are, panics go on, and
// no [Policy] holds but what ctx and the tool itself see to. Func panics if t is nil or
// there is no schema of In.
func Func[In, Out any](t Tool) func(context.Context, In) (Out, error) {
	if t == nil {
		panic("tools: Func: the tool is nil")
	}
	_, wrapped := schemaOf[In]()
	return func(ctx context.Context, in In) (out Out, err error) {
		var v any = in
		if wrapped {
			v = envelope[In]{in}
		}
		args, err := encode(v)
		if err != nil {
			return out, fmt.Errorf("arguments of the tool %s: %w", t.Spec().Name, err)
		}
		parts, err := t.Call(ctx, args)
		if err != nil {
			return out, err
		}
		if err := valueOf(parts, &out); err != nil {
			return out, fmt.Errorf("result of the tool %s: %w", t.Spec().Name, err)
		}
		return out, nil
	}
}
