package llmtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"unicode"

	"github.com/hadal-go/hadal/llm"
)

// A player yields one response in chunks. Its methods report whether to go on.
type player struct {
	ctx   context.Context
	yield func(*llm.Chunk, error) bool
	calls int // how many came
}

// play yields the parts of resp, tool calls as deltas only.
func (p *player) play(resp *llm.Response) bool {
	for _, part := range resp.Parts {
		if !p.part(part) {
			return false
		}
	}
	return true
}

func (p *player) part(part llm.Part) bool {
	switch part := part.(type) {
	case llm.Text:
		for s := range pieces(string(part)) {
			if !p.send(&llm.Chunk{Text: s}) {
				return false
			}
		}
	case llm.Reasoning:
		if part.Text == "" {
			return p.send(&llm.Chunk{HasReasoning: true})
		}
		for s := range pieces(part.Text) {
			if !p.send(&llm.Chunk{Reasoning: s, HasReasoning: true}) {
				return false
			}
		}
	case llm.ToolCall:
		index := p.calls
		p.calls++
		if part.Args == "" {
			return p.send(&llm.Chunk{ToolDelta: &llm.ToolDelta{Index: index, ID: part.ID, Name: part.Name}})
		}
		for s := range pieces(part.Args) {
			if !p.send(&llm.Chunk{ToolDelta: &llm.ToolDelta{Index: index, ID: part.ID, Name: part.Name, Args: s}}) {
				return false
			}
		}
	}
	return true
}

// finish yields the complete calls of resp, unless it was cut off, and then
// the last chunk.
func (p *player) finish(resp *llm.Response, last *llm.Chunk) {
	if last.Finish == llm.FinishTools || last.Finish == llm.FinishStop {
		for _, call := range resp.ToolCalls() {
			if !p.send(&llm.Chunk{ToolCall: &call}) {
				return
			}
		}
	}
	p.send(last)
}

// fail yields the error that ends the reply.
func (p *player) fail(err error) {
	if end := ended(p.ctx); end != nil {
		err = end
	}
	p.yield(nil, err)
}

// send yields a chunk, or the error of a context that has ended.
func (p *player) send(c *llm.Chunk) bool {
	if err := ended(p.ctx); err != nil {
		p.yield(nil, err)
		return false
	}
	return p.yield(c, nil)
}

// last returns the last chunk of resp, the answer to request n.
func last(n int, req *llm.Request, resp *llm.Response) *llm.Chunk {
	usage := resp.Usage
	if usage == (llm.Usage{}) {
		usage = estimate(req, resp)
	}
	c := &llm.Chunk{
		Finish:   resp.Finish,
		Usage:    &usage,
		ID:       cmp.Or(resp.ID, fmt.Sprintf("script-%d", n+1)),
		Model:    cmp.Or(resp.Model, req.Model, "script"),
		Logprobs: cloneLogprobs(resp.Logprobs),
		Extra:    slices.Clone(resp.Extra),
	}
	if c.Finish == "" {
		c.Finish = llm.FinishStop
		if len(resp.ToolCalls()) > 0 {
			c.Finish = llm.FinishTools
		}
	}
	return c
}

// pieceRunes is the length at which words are cut, for there are languages
// without spaces.
const pieceRunes = 12

// pieces returns s in pieces: words, each with the space that follows, or parts
// of long ones. Joined they are s to the byte.
func pieces(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, runes, space := 0, 0, false
		for i, r := range s {
			if runes == pieceRunes || space && !unicode.IsSpace(r) {
				if !yield(s[start:i]) {
					return
				}
				start, runes = i, 0
			}
			runes++
			space = unicode.IsSpace(r)
		}
		if start < len(s) {
			yield(s[start:])
		}
	}
}

// estimate returns about how many tokens a reply takes, one for every four bytes.
func estimate(req *llm.Request, resp *llm.Response) llm.Usage {
	u := llm.Usage{Estimated: true, Reasoning: tokens(resp.Message.Reasoning())}
	u.Output = u.Reasoning + tokens(resp.Message.Text())
	for _, c := range resp.ToolCalls() {
		u.Output += tokens(c.Name) + tokens(c.Args)
	}
	for _, m := range req.Messages {
		u.Input += partTokens(m.Parts)
	}
	for _, t := range req.Tools {
		u.Input += tokens(t.Name) + tokens(t.Description) + tokens(string(t.Schema))
	}
	return u
}

func partTokens(parts llm.Parts) int {
	n := 0
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			n += tokens(string(p))
		case llm.Reasoning:
			n += tokens(p.Text)
		case llm.ToolCall:
			n += tokens(p.Name) + tokens(p.Args)
		case llm.ToolResult:
			n += tokens(p.Name) + partTokens(p.Content)
		}
	}
	return n
}

func tokens(s string) int { return (len(s) + 3) / 4 }

// ended returns the error of a context that has ended, or nil.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, err):
		return fmt.Errorf("llmtest: %w", cause)
	}
	return fmt.Errorf("llmtest: %w: %w", err, cause)
}
