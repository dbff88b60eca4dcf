package output

import (
	"context"
	"encoding/json"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// A Generator has a model reply with a T. The zero value of every field but Model
// is ready for use. Its methods are safe for concurrent use, as long as the fields
// do not change.
type Generator[T any] struct {
	Model  llm.Model
	Schema *schema.Schema // what the reply must satisfy; if nil, schema.For[T]()
	Mode   Mode           // how the model is made to keep to it; if empty, chosen for each request

	// Retries is how many requests may follow the first for a reply that will not
	// do: that is unfit, blank, or cut by the limit on tokens. 0 means two, and a
	// negative number none. What a Retry of package llm does about failures of the
	// provider is not counted here, and neither is a Mode that was refused.
	//
	// A reply that was cut is continued where it was, if the model can do that. If
	// not, it is asked for again in fewer words, and if the request sets no limit,
	// with four times the room that it took, and at least 32,768 tokens.
	Retries int

	// Refuse, if not nil, is asked about each repair that made a value of a reply.
	// If it reports true, the reply is unfit. It may be called concurrently.
	Refuse func(repair.Repair) bool

	head  bool   // the schema goes into the first system message
	words string // said in place of the schema, in ModeText; "" in general
}

// A Result is a value, and what it took. It is the caller's.
type Result[T any] struct {
	Value    T
	JSON     json.RawMessage // the value as it was checked and decoded
	Repairs  []repair.Repair // what was done to the reply to get it; nil if it was sound
	Mode     Mode            // in which the model was asked
	Attempts int             // requests that were sent, without those of modes that were refused
	Usage    llm.Usage       // of all of them
	Response *llm.Response   // the last reply; if it was cut and continued, all of it

	// ToolCalls are the calls of the request's own tools, if the model made some
	// instead of answering. Then there is no value yet.
	ToolCalls []llm.ToolCall

	// Messages is the conversation to go on with: the messages that were sent last,
	// and the reply. The tools of the request stay as they were.
	Messages []llm.Message
}

// Generate sends req to the model, and again with what is wrong until the reply is
// a T. It does not modify req. Schema and Format of req are set by the mode, and
// what they hold is not used; so is ToolChoice where a mode can force a tool call
// and req leaves it open. If the last message of req is the assistant's, the value
// begins there.
//
// If req has tools of its own, the model may call them before it answers. Then the
// result has them in ToolCalls, and no value: run them, append their results to
// Messages, and call Generate with that. If the model calls them and the output
// tool in one reply, its answer cannot be based on their results: it is told so in
// Messages, and asked again after them.
//
// The error is an [*Error]. A failure of the model ends it at once, unless it is a
// mode that was refused; so do a reply that was held back, and the end of ctx.
//
// As nobody looks at the replies before their end, the requests are Whole, so that
// an [llm.Retry] may repeat one that breaks off; unless somebody listens to the
// chunks. All of it is a span of [trace], in which each request is one, and each
// reply that will not do a [RetryEvent].
func (g *Generator[T]) Generate(ctx context.Context, req *llm.Request) (*Result[T], error) {
	ctx, span := trace.Start(ctx, "output", string(g.Mode))
	result, err := g.run(ctx, req, nil)
	span.End(err)
	return result, err
}

// Value is Generate for whoever wants no more than the value. It is a step of a
// chain, after one that makes requests. If the model calls the request's own tools
// instead of answering, that is [ErrToolCalls], as in the function [Generate].
func (g *Generator[T]) Value(ctx context.Context, req *llm.Request) (T, error) {
	result, err := g.Generate(ctx, req)
	if err != nil {
		var zero T
		return zero, err
	}
	if len(result.ToolCalls) > 0 {
		return result.Value, &Error{Text: result.Response.Text(), Attempts: result.Attempts, Usage: result.Usage, Response: result.Response, Err: ErrToolCalls}
	}
	return result.Value, nil
}

// run makes the attempts at a request. If show is not nil, the chunks go there.
// The result is nil, and the error too, if nobody looks at them any more.
func (g *Generator[T]) run(ctx context.Context, req *llm.Request, show *view[T]) (*Result[T], error) {
	switch {
	case g.Model == nil:
		return nil, &Error{Err: invalid("there is no model: it is nil")}
	case req == nil || len(req.Messages) == 0:
		return nil, &Error{Err: invalid("the request has no messages: say what the value is made of")}
	}
	want, object, err := g.schemas()
	if err != nil {
		return nil, &Error{Err: invalid("%v", err)}
	}
	r := &run[T]{g: g, task: newTask(g.Model, req, want, object), show: show, left: g.Retries}
	r.task.head, r.task.words = g.head, g.words
	switch {
	case g.Retries == 0:
		r.left = 2
	case g.Retries < 0:
		r.left = 0
	}
	if r.modes, err = r.task.ladder(g.Mode); err != nil {
		return nil, &Error{Err: err}
	}
	if r.task.begun != nil {
		r.part = &llm.Response{Message: *r.task.begun}
	}
	return r.do(ctx)
}
