package langchaingo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// An LLM is an [llm.Model] as an [llms.Model] of langchaingo. The zero value
// needs a Model and nothing else.
//
// An LLM is safe for concurrent use. Its fields must not change once it is used,
// and it must not be copied.
type LLM struct {
	// Model answers.
	Model llm.Model

	// Warn is told what is not carried over the bridge, once for each field of
	// each request, before the request is sent. It may be called concurrently. If
	// nil, each field is logged once, to slog's default logger.
	Warn func(Warning)

	// User is whom a request is for that does not say so by [KeyUser], which chains
	// have no option for: see [llm.Request.User].
	User string

	// Recall is how many bytes of replies are kept, so that their reasoning can be
	// put back; if 0, 16 MiB, and if negative, none. What was not used for longest
	// goes first.
	//
	// A reply with tool calls is known again by the id, name and arguments of a
	// call. If the id does not have 16 bytes of its own, and so may be another
	// reply's too, all that came before must be the same as well. A reply without
	// calls is known by its text and all that came before; with a user who is named,
	// by [KeyUser] or User, what that user and the system said before it will do, as
	// memories leave out what tools found. If more than one reply may be meant, the
	// reasoning is left out. It never gets from one user who is named to another.
	// Without names, conversations that are the same word for word are one.
	//
	// A reply that is known goes back as the model wrote it: calls that langchaingo's
	// agents put into several messages are one message again, and arguments that
	// they took out of their JSON are in it again.
	//
	// To keep reasoning for longer than the program runs, store
	// [llms.ContentChoice.ReasoningContent] and send it as a [ReasoningPart].
	Recall int

	replies recall
	logged  sync.Map
}

var (
	_ llms.Model          = (*LLM)(nil)
	_ llms.ReasoningModel = (*LLM)(nil)
)

const defaultRecall = 16 << 20

// GenerateContent implements [llms.Model]. The response has one choice.
//
// If there is no streaming function in the options, the reply is asked for in one
// piece. StreamingFunc gets text alone, StreamingReasoningFunc reasoning and
// text, each in a call of its own; neither gets tool calls. An error of theirs
// ends the reply and is what GenerateContent returns, wrapped.
//
// Other errors are of type *[llms.Error], with Hadal's error as the cause: both
// [llms.IsRateLimitError] and errors.Is(err, llm.ErrRateLimit) understand them.
// The details are "status", "code", "request_id" and "retry_after", a
// time.Duration, as far as they are known. Along with an error comes what arrived
// of the reply, or nil.
func (l *LLM) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	c, err := l.prepare(messages, options)
	if err != nil {
		return nil, toTheirs(err)
	}
	generate := llm.Generate
	if ctx.Value(underModel{}) != nil {
		generate = collect
	}
	resp, err := generate(ctx, c.tap(l.Model), c.req)
	if err != nil {
		if f, ok := errors.AsType[*callbackError](err); ok {
			err = f
		} else {
			err = toTheirs(err)
		}
		if resp.Text() == "" && !resp.HasReasoning() {
			return nil, err
		}
		return content(resp), err
	}
	l.remember(c, resp.Message)
	return content(resp), nil
}

// collect is [llm.Generate], but for the chunks that it does not emit.
func collect(ctx context.Context, m llm.Model, req *llm.Request) (*llm.Response, error) {
	resp := new(llm.Response)
	for chunk, err := range m.Stream(ctx, req) {
		if err != nil {
			return resp, err
		}
		resp.Add(chunk)
	}
	if resp.Finish == "" {
		return resp, &llm.Error{Provider: provider, Message: "the model's stream ended with neither a finish nor an error", Err: llm.ErrTruncated}
	}
	return resp, nil
}

// Call sends one message of the user and returns the text of the reply.
// See [llms.GenerateFromSinglePrompt], which does the same.
func (l *LLM) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, l, prompt, options...)
}

// SupportsReasoning implements [llms.ReasoningModel]. It reports what the first
// model under the wraps of Model that has this method says, or else true: every
// model may be asked to reason, and none need do it.
func (l *LLM) SupportsReasoning() bool {
	if r, ok := llm.As[interface{ SupportsReasoning() bool }](l.Model); ok {
		return r.SupportsReasoning()
	}
	return true
}

// A call is one request on its way.
type call struct {
	req     *llm.Request
	history *history
	text    func(ctx context.Context, chunk []byte) error
	both    func(ctx context.Context, reasoning, chunk []byte) error
}

// prepare translates a request.
func (l *LLM) prepare(messages []llms.MessageContent, options []llms.CallOption) (*call, error) {
	if l.Model == nil {
		return nil, invalid("the LLM has no Model")
	}
	w := &warnings{warn: l.Warn, logged: &l.logged}
	o := apply(options)
	req, err := request(o, w)
	if err != nil {
		return nil, err
	}
	req.User = cmp.Or(req.User, l.User)
	h := &history{recall: &l.replies, warnings: w, needed: len(req.Tools) > 0 && req.Effort != llm.EffortNone, user: req.User}
	if err := h.read(messages); err != nil {
		return nil, err
	}
	req.Messages = h.messages
	if prefix, ok := o.Metadata[KeyPrefix].(string); ok {
		req.Messages = append(req.Messages, llm.Assistant(prefix))
	}
	req.Whole = o.StreamingFunc == nil && o.StreamingReasoningFunc == nil
	return &call{req, h, o.StreamingFunc, o.StreamingReasoningFunc}, nil
}

// remember keeps a reply for when it comes again. If the request began it, that
// is the beginning.
func (l *LLM) remember(c *call, m llm.Message) {
	limit := l.Recall
	if limit == 0 {
		limit = defaultRecall
	}
	if begun := c.req.Messages[len(c.req.Messages)-1]; begun.Role == llm.RoleAssistant && m.HasReasoning() {
		parts := llm.Parts{llm.Reasoning{Text: begun.Reasoning() + m.Reasoning()}, llm.Text(begun.Text() + m.Text())}
		for _, call := range m.ToolCalls() {
			parts = append(parts, call)
		}
		m.Parts = parts
	}
	l.replies.add(newReply(c.history, m), limit)
}

// tap returns m with the streaming functions told of each chunk.
func (c *call) tap(m llm.Model) llm.Model {
	if c.req.Whole {
		return m
	}
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range m.Stream(ctx, req) {
				if err == nil {
					err = c.show(ctx, chunk)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(chunk, nil) {
					return
				}
			}
		}
	})
}

// show tells the streaming functions of a chunk.
func (c *call) show(ctx context.Context, chunk *llm.Chunk) error {
	if c.text != nil && chunk.Text != "" {
		if err := c.text(ctx, []byte(chunk.Text)); err != nil {
			return &callbackError{"StreamingFunc", err}
		}
	}
	if c.both == nil {
		return nil
	}
	var err error
	if chunk.Reasoning != "" {
		err = c.both(ctx, []byte(chunk.Reasoning), nil)
	}
	if err == nil && chunk.Text != "" {
		err = c.both(ctx, nil, []byte(chunk.Text))
	}
	if err != nil {
		return &callbackError{"StreamingReasoningFunc", err}
	}
	return nil
}

// A callbackError is the error of a function of the caller's.
type callbackError struct {
	name string
	err  error
}

func (e *callbackError) Error() string { return fmt.Sprintf("langchaingo: %s: %v", e.name, e.err) }
func (e *callbackError) Unwrap() error { return e.err }
