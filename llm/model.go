// Package llm is the vocabulary of everything that talks to a language model:
// a [Model] turns a [Request] into a stream of [Chunk] values, which add up to
// a [Response].
//
// The smallest program asks one question:
//
//	resp, err := llm.Generate(ctx, &deepseek.Client{}, llm.Prompt("Why is the sky blue?"))
//	if err != nil {
//		return err
//	}
//	fmt.Println(resp.Text())
//
// To see the reply as it arrives, range over the model:
//
//	for chunk, err := range model.Stream(ctx, req) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(chunk.Text)
//	}
//
// A conversation is a slice of [Message] values that only grows. What the model
// wrote, reasoning and tool calls included, is in [Response.Message]: append
// it as it is, then what is said or found next, and send all of it again.
//
// A [Middleware] adds behavior to a model: [Retry], [Log], [Defaults].
// A failure that a provider reports is an [*Error].
package llm

import (
	"context"
	"errors"
	"iter"

	"github.com/hadal-go/hadal/chain/trace"
)

// A Model generates a message in reply to a request.
//
// A Model must be safe for concurrent use by multiple goroutines.
//
// Most code calls [Generate], [Ask], or a function of another package that
// takes a Model. Call Stream to handle the reply piece by piece. An
// implementation is tested with TestModel of package llmtest.
type Model interface {
	// Stream sends req when the returned sequence is ranged over, and yields
	// the reply in chunks. It returns a single-use iterator.
	//
	// The sequence ends in exactly one of two ways: with a last chunk that has
	// Finish set (it carries Usage, ID and Model too), or with one final pair of
	// a nil chunk and the error. A yielded chunk is the receiver's and is never
	// reused. Leaving the loop early abandons the request and frees its
	// connection. Stream must not modify req.
	Stream(ctx context.Context, req *Request) iter.Seq2[*Chunk, error]
}

// A ModelFunc is a function used as a [Model].
type ModelFunc func(ctx context.Context, req *Request) iter.Seq2[*Chunk, error]

// Stream calls f(ctx, req).
func (f ModelFunc) Stream(ctx context.Context, req *Request) iter.Seq2[*Chunk, error] {
	return f(ctx, req)
}

// Generate sends req to m and returns the complete reply.
//
// If the reply breaks off, Generate returns what arrived along with the error;
// the response is never nil. If the stream ends with neither a finish nor an
// error, the error is [ErrTruncated]; if a faulty model yields neither a chunk
// nor an error, it is [ErrProtocol].
//
// A reply that a limit on tokens cut is complete as far as Generate is concerned:
// see [Response.Finish]. For [Retry] to repeat a reply that breaks off, req must be
// Whole.
//
// The reply is a span of [trace], each chunk a [ChunkEvent] in it, and at the end
// the tokens of [Response.Usage], if they are known, a [trace.Spent].
func Generate(ctx context.Context, m Model, req *Request) (*Response, error) {
	ctx, span := trace.Start(ctx, "model", req.Model)
	resp, err := generate(ctx, m, req, span)
	if u := resp.Usage; span != nil && u != (Usage{}) {
		trace.Emit(ctx, trace.Spent{Span: span, Input: u.Input, Cached: u.Cached, Output: u.Output, Estimated: u.Estimated})
	}
	span.End(err)
	return resp, err
}

func generate(ctx context.Context, m Model, req *Request, span *trace.Span) (*Response, error) {
	resp := new(Response)
	for chunk, err := range m.Stream(ctx, req) {
		if err != nil {
			resp.flush()
			if e, ok := errors.AsType[*Error](err); ok && e.Usage != nil {
				resp.Usage = *e.Usage
			}
			return resp, err
		}
		if chunk == nil {
			resp.flush()
			return resp, nothing()
		}
		if span != nil {
			trace.Emit(ctx, ChunkEvent{span, chunk})
		}
		resp.Add(chunk)
	}
	if resp.Finish == "" {
		resp.flush()
		return resp, truncated()
	}
	return resp, nil
}

// Ask returns a function that sends m one user message under the given system
// prompt, which may be empty, and returns the text of the reply.
//
// A reply that is not all there is an error, along with the text so far: that of
// [Generate] if it breaks off, [ErrTruncated] if a limit on tokens has cut it, and
// [ErrFiltered] if the provider holds it back.
//
// As nobody looks at the reply before its end, the request is Whole, so that
// [Retry] may repeat a reply that breaks off; unless somebody listens to the
// chunks, see [trace].
func Ask(m Model, system string) func(ctx context.Context, prompt string) (string, error) {
	reply := Reply(m)
	return func(ctx context.Context, prompt string) (string, error) {
		req := Prompt(prompt)
		if system != "" {
			req.Messages = []Message{System(system), User(prompt)}
		}
		return reply(ctx, req)
	}
}

// Reply returns a function that sends a request to m and returns the text of the
// reply, under the rules of [Ask]. It is the step after one that makes requests.
func Reply(m Model) func(ctx context.Context, req *Request) (string, error) {
	return func(ctx context.Context, req *Request) (string, error) {
		whole := *req
		whole.Whole = req.Whole || !trace.Listening(ctx)
		resp, err := Generate(ctx, m, &whole)
		if err == nil {
			err = resp.incomplete()
		}
		return resp.Text(), err
	}
}

// incomplete returns an error if the reply is not all that the model had to say.
func (r *Response) incomplete() error {
	switch r.Finish {
	case FinishLength:
		return &Error{Message: "the reply was cut off by the limit on its tokens, which counts reasoning too: raise MaxTokens", NoRetry: true, Usage: &r.Usage, Err: ErrTruncated}
	case FinishFilter:
		return &Error{Message: "the provider held back the rest of the reply", Usage: &r.Usage, Err: ErrFiltered}
	}
	return nil
}

// A ChunkEvent is the [trace.Event] of a chunk that [Generate] received.
// Listeners must not modify the chunk.
type ChunkEvent struct {
	Span  *trace.Span // the reply that the chunk is part of
	Chunk *Chunk
}

// Kind returns "chunk".
func (ChunkEvent) Kind() string { return "chunk" }
