package llmtest

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

// A probe puts one model to the test while it plays one play. Its methods add
// to the findings, and end with the first.
type probe struct {
	ctx      context.Context
	label    string // of the goroutines
	play     Play
	model    llm.Model
	hangs    rule // that is broken if a sequence does not end
	findings []finding
}

func (p *probe) fail(r rule, format string, args ...any) {
	p.findings = append(p.findings, finding{r, fmt.Sprintf(format, args...)})
}

// request returns a request of the play.
func (p *probe) request(whole bool) *llm.Request {
	req := clone(&p.play.Request)
	req.Whole = whole
	return req
}

// reply demands the reply, and again after the caller has used the request for
// something else.
func (p *probe) reply() {
	for range 2 {
		req := p.request(false)
		if s := p.stream(p.ctx, req, nil); s == nil || !p.expect(s, "") {
			return
		}
		spoilRequest(req)
	}
}

// owner demands the reply though the receiver makes chunks its own.
func (p *probe) owner() {
	for range 2 {
		s := &stream{visit: func(_ int, c *llm.Chunk) bool { spoilChunk(c); return true }}
		req := p.request(false)
		s = p.receive(req, s, func() iter.Seq2[*llm.Chunk, error] { return p.model.Stream(p.ctx, req) })
		if s == nil {
			return
		}
		if s.panicked != nil {
			s.fail(ruleOwner, "the receiver changed the chunks that it was given, and the model panicked: %v\n%s", s.panicked, s.stack)
		}
		if s.finding != nil && s.finding.rule != ruleRequest {
			s.finding.rule, s.finding.how = ruleOwner, "the receiver changed the chunks that it was given, and: "+s.finding.how
		}
		if p.accept(s) == nil || !p.expect(s, ruleOwner) {
			return
		}
	}
}

// whole demands the same reply in one piece.
func (p *probe) whole() {
	if s := p.stream(p.ctx, p.request(true), nil); s != nil {
		p.expect(s, ruleWhole)
	}
}

// traced demands that llm.Generate returns what was streamed, and that each
// chunk is heard of once.
func (p *probe) traced() {
	var heard []*llm.Chunk
	ctx := trace.With(p.ctx, func(e trace.Event) {
		if e, ok := e.(llm.ChunkEvent); ok {
			heard = append(heard, e.Chunk)
		}
	})
	passed := 0
	counted := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range p.model.Stream(ctx, req) {
				if err == nil {
					passed++
				}
				if !yield(chunk, err) {
					return
				}
			}
		}
	})
	resp, err := llm.Generate(ctx, counted, p.request(false))
	if len(heard) != passed {
		p.fail(ruleTrace, "llm.Generate received %d chunks, but %d were heard of", passed, len(heard))
		return
	}
	if (err != nil) != (p.play.Err != nil) {
		p.fail(ruleReply, "llm.Generate returned the error %v, the play has %v", err, p.play.Err)
		return
	}
	want := p.play.Reply.Text()
	if got := resp.Text(); got != want {
		p.fail(ruleText, "llm.Generate returned\n\t%s, want\n\t%s", clip(fmt.Sprintf("%q", got)), clip(fmt.Sprintf("%q", want)))
	}
}

// spoilChunk is what a receiver may do to a chunk.
func spoilChunk(c *llm.Chunk) {
	if c.ToolDelta != nil {
		*c.ToolDelta = llm.ToolDelta{Index: 99, ID: "spoiled", Name: "spoiled", Args: "spoiled"}
	}
	if c.ToolCall != nil {
		*c.ToolCall = llm.ToolCall{ID: "spoiled", Name: "spoiled", Args: "spoiled"}
	}
	if c.Usage != nil {
		*c.Usage = llm.Usage{Input: -1}
	}
	for i := range c.Logprobs {
		c.Logprobs[i] = llm.Logprob{Token: "spoiled"}
	}
	for i := range c.Extra {
		c.Extra[i] = ' '
	}
	*c = llm.Chunk{Text: "spoiled", Reasoning: "spoiled", Finish: "spoiled", ID: "spoiled", Model: "spoiled"}
}

// spoilRequest is what a caller may do to a request once its loop has ended.
func spoilRequest(req *llm.Request) {
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			req.Messages[i].Parts[j] = llm.Text("spoiled")
		}
		req.Messages[i].Role = "spoiled"
	}
	for i := range req.Tools {
		for j := range req.Tools[i].Schema {
			req.Tools[i].Schema[j] = ' '
		}
		req.Tools[i].Name = "spoiled"
	}
	for i := range req.Stop {
		req.Stop[i] = "spoiled"
	}
	if req.Temperature != nil {
		*req.Temperature, *req.TopP = -1, -1
	}
	req.Model, req.User = "spoiled", "spoiled"
}

// quoted returns the parts of a message, for people.
func quoted(parts llm.Parts) string {
	list := make([]string, 0, len(parts))
	for _, part := range parts {
		list = append(list, encode(llm.Parts{part}))
	}
	return strings.Join(list, "\n\t")
}
