package llmtest

import (
	"cmp"
	"context"
	"iter"

	"github.com/hadal-go/hadal/llm"
)

// Echo is an [llm.Model] that says what it is told: the text of the last
// message of the user, or nothing if there is none. The zero value is ready,
// and safe for concurrent use.
//
// It streams as [Script] does: the text in pieces, and a last chunk with the
// finish reason, estimated token counts, the ID "echo" and the model that was
// asked for, or "echo". It keeps nothing, so it serves where the number of
// requests is not known or does not matter: in load tests, in front of
// middleware, behind a memory.
type Echo struct{}

// Stream implements [llm.Model].
func (Echo) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		if err := ended(ctx); err != nil {
			yield(nil, err)
			return
		}
		resp := &llm.Response{ID: "echo", Model: cmp.Or(req.Model, "echo")}
		for i := len(req.Messages) - 1; i >= 0; i-- {
			if m := req.Messages[i]; m.Role == llm.RoleUser {
				resp.Message = llm.Assistant(m.Text())
				break
			}
		}
		p := player{ctx: ctx, yield: yield}
		if p.play(resp) {
			p.finish(resp, last(0, req, resp))
		}
	}
}
