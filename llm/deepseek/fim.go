package deepseek

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// A FIM is a request to fill in the middle: to write what stands between a
// beginning and an end, such as the body of a function. The zero value of every
// field but Prompt means the API's default.
//
// See https://api-docs.deepseek.com/guides/fim_completion. The model does not
// reason. Limits are DeepSeek's; other servers have their own.
type FIM struct {
	Model       string          // if empty, the client's
	Prompt      string          // what stands before the gap
	Suffix      string          // what stands after it; may be empty
	MaxTokens   int             // limit on generated tokens, at most 4096
	Temperature *float64        // randomness, from 0 to 2
	TopP        *float64        // the likeliest tokens to choose from, as a share of 1
	Stop        []string        // strings that end the reply, at most 16
	TopLogprobs int             // how many likely tokens to report for each one, at most 20
	Echo        bool            // the reply begins with the prompt; not with Suffix or TopLogprobs
	User        string          // whom the request is for
	Extra       json.RawMessage // an object merged into the body
}

// Complete fills in the middle and returns the text as a message of the
// assistant. An empty text is a reply like any other. If the reply breaks off, it
// returns what arrived along with the error; the response is never nil. Errors
// are of type [*llm.Error].
func (c *Client) Complete(ctx context.Context, f FIM) (*llm.Response, error) {
	return llm.Generate(ctx, llm.ModelFunc(func(ctx context.Context, _ *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return c.fim(ctx, f, false)
	}), &llm.Request{Model: f.Model})
}

// StreamFIM is [Client.Complete] in chunks, which come and end as those of an
// [llm.Model] do. It returns a single-use iterator.
func (c *Client) StreamFIM(ctx context.Context, f FIM) iter.Seq2[*llm.Chunk, error] {
	return c.fim(ctx, f, true)
}

func (c *Client) fim(ctx context.Context, f FIM, stream bool) iter.Seq2[*llm.Chunk, error] {
	return sequence(func(yield func(*llm.Chunk) bool) error {
		return c.sign(c.fillIn(ctx, f, stream, yield))
	})
}

func (c *Client) fillIn(ctx context.Context, f FIM, stream bool, yield func(*llm.Chunk) bool) error {
	var err error
	if f.Model, err = c.modelFor(f.Model); err != nil {
		return err
	}
	if err := f.check(c.Dialect); err != nil {
		return err
	}
	x := &exchange{
		Client:   c,
		yield:    yield,
		url:      c.endpoint("/completions", true),
		stream:   stream,
		logprobs: f.TopLogprobs > 0,
		fim:      true,
	}
	ctx = x.clock.start(ctx, c.Clocks)
	defer x.clock.stop()
	w := wire.FIM(f)
	if err := x.post(ctx, body{wire.AppendFIM(nil, &w, wire.Settings{Stream: stream, OpenAI: c.Dialect == OpenAI})}); err != nil {
		return err
	}
	return x.receive(ctx)
}

// maxFIMTokens is the most that the API generates for a FIM request.
const maxFIMTokens = 4 << 10

// check returns which rule of the API the request breaks, if any.
func (f *FIM) check(d Dialect) error {
	switch {
	case f.Prompt == "" && f.Suffix == "":
		return invalid("the FIM request has neither a prompt nor a suffix")
	case d == OpenAI: // servers differ in what they combine
	case f.MaxTokens > maxFIMTokens:
		return invalid("MaxTokens is %d: at most %d are generated for a FIM request", f.MaxTokens, maxFIMTokens)
	case f.Echo && f.Suffix != "":
		return invalid("Echo cannot be combined with a suffix")
	case f.Echo && f.TopLogprobs > 0:
		return invalid("Echo cannot be combined with TopLogprobs")
	}
	// The other fields have the rules of their namesakes.
	return d.checkFields(&llm.Request{
		Messages:    []llm.Message{llm.User(f.Prompt)},
		MaxTokens:   f.MaxTokens,
		Temperature: f.Temperature,
		TopP:        f.TopP,
		Stop:        f.Stop,
		TopLogprobs: f.TopLogprobs,
		User:        f.User,
		Extra:       f.Extra,
	}, false, "prompt", "suffix", "echo")
}
