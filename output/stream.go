package output

import (
	"bytes"
	"context"
	"iter"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/repair"
)

// A Partial is a value that still grows, or the last one, which is whole. It is the
// receiver's, and shares nothing with others.
type Partial[T any] struct {
	// Value is what is known so far. What has not come yet is at zero, and so is
	// what cannot be decoded yet. Strings and lists grow. It is checked against the
	// schema, and by Validate, when Done, and not before.
	Value T

	// Attempt is the request with which the reply began that Value is of, from 1.
	// Where it is more than before, the model has started over: what was shown
	// before is void, and Value is at zero again. Within an attempt that is so only
	// of what looked like the value and was not: an example in the prose before it,
	// or text before the call of the output tool.
	Attempt int

	Done   bool       // nothing follows: Value is whole and valid, unless Result has ToolCalls in its place
	Result *Result[T] // all there is to know, if Done; else nil
}

// Stream is [Generator.Generate] for those who want to see the value grow. It
// yields ever fuller values, and ends with one that is Done, or with one final pair
// of nil and an [*Error]. It returns a single-use iterator. Leaving the loop early
// abandons the request and frees its connection.
//
// After a reply that will not do, a Partial with the next Attempt says that the
// model starts over. That goes for a reply which breaks off as well: as its
// beginning was seen, no Retry of package llm can repeat it, so Stream asks again,
// which counts as one of the Retries. A reply that was cut by the limit on tokens
// and is continued does not start over.
//
// Up to a length of a kilobyte, the text is decoded with every chunk that adds to
// it; beyond that when it has grown by a twelfth, so that a long text does not
// take time by its square. If req is Whole, the provider may send all at once.
func (g *Generator[T]) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*Partial[T], error] {
	return func(yield func(*Partial[T], error) bool) {
		ctx, span := trace.Start(ctx, "output", string(g.Mode))
		v := &view[T]{yield: yield}
		result, err := g.run(ctx, req, v)
		span.End(err)
		switch {
		case err != nil:
			yield(nil, err)
		case result != nil:
			yield(&Partial[T]{Value: result.Value, Attempt: max(v.attempt, 1), Done: true, Result: result}, nil)
		}
	}
}

// A view shows a reply while it grows.
type view[T any] struct {
	yield   func(*Partial[T], error) bool
	run     *run[T]
	form    form
	attempt int  // that began the reply
	seen    bool // something came of this request
	text    growth
	args    growth
	call    int // index of the call of the output tool; -1 if there is none yet
}

// A growth is a text that grows.
type growth struct {
	partial repair.Partial
	size    int
	next    int    // size at which to look at it again
	last    []byte // what was shown
}

// begin is told of the next request. It reports false if nobody looks any more.
func (v *view[T]) begin(r *run[T]) bool {
	v.run, v.seen = r, false
	if r.part != nil && v.attempt > 0 && v.text.size == len(r.part.Text()) {
		return true // the next chunk continues what was shown
	}
	over := v.attempt > 0 && r.attempts > v.attempt
	v.attempt = r.attempts
	v.form = r.task.form(r.modes[0])
	v.text = growth{partial: repair.Partial{Schema: v.form.asked}}
	v.args = growth{partial: repair.Partial{Schema: v.form.asked}}
	v.call = -1
	if over && !v.yield(&Partial[T]{Attempt: v.attempt}, nil) {
		return false
	}
	if r.part != nil {
		return v.grow(&v.text, r.part.Text())
	}
	return true
}

// watch returns a model whose chunks are shown. It sets left if nobody looks any
// more.
func (v *view[T]) watch(m llm.Model, left *bool) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for c, err := range m.Stream(ctx, req) {
				if err == nil && c != nil && !v.chunk(c) {
					*left = true
					return
				}
				if !yield(c, err) {
					return
				}
			}
		}
	})
}

// chunk takes a chunk of the reply.
func (v *view[T]) chunk(c *llm.Chunk) bool {
	v.seen = true
	if d := c.ToolDelta; d != nil {
		if v.call < 0 && v.run.task.answers(v.run.modes[0], d.Name) {
			v.call = d.Index
		}
		if d.Index == v.call && d.Args != "" {
			return v.grow(&v.args, d.Args)
		}
	}
	if c.Text != "" && v.call < 0 {
		return v.grow(&v.text, c.Text)
	}
	return true
}

// grow adds to a text and shows what is new.
func (v *view[T]) grow(g *growth, s string) bool {
	g.size += len(s)
	if _, err := g.partial.Write(s); err != nil || g.size < g.next {
		return true // an error is for the reply as a whole
	}
	const small = 1 << 10
	if g.next = 0; g.size >= small {
		g.next = g.size + g.size/12
	}
	data := g.partial.JSON()
	if data == nil || bytes.Equal(data, g.last) {
		return true
	}
	g.last = append(g.last[:0], data...)
	return v.yield(&Partial[T]{Value: decode[T](data, v.form.wrapped()), Attempt: v.attempt}, nil)
}

// decode returns what of data can be decoded.
func decode[T any](data []byte, wrapped bool) T {
	var e envelope[T]
	if wrapped {
		_ = gate.Decode(data, &e)
	} else {
		_ = gate.Decode(data, &e.Value)
	}
	return e.Value
}
