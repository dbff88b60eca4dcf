package deepseek

import (
	"bytes"
	"context"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// chat sends req to the chat API, or to the Responses endpoint, and yields the
// reply. It stops when yield returns false, and returns no error then.
func (c *Client) chat(ctx context.Context, req *llm.Request, yield func(*llm.Chunk) bool) error {
	p, err := c.plan(req)
	if err != nil {
		return err
	}
	x := &exchange{
		Client:   c,
		yield:    yield,
		url:      c.endpoint("/chat/completions", p.beta),
		stream:   p.settings.Stream,
		logprobs: req.TopLogprobs > 0 || bytes.Contains(req.Extra, []byte(`"logprobs"`)),
		json:     req.Format == llm.FormatJSON || len(req.Schema) > 0,
		tools:    callable(req),
	}
	if p.settings.Responses {
		x.url, x.responses, x.missing = c.responsesURL(), true, noResponses
	}
	if last := req.Messages[len(req.Messages)-1]; last.Role == llm.RoleAssistant {
		x.prefix = last.Text()
	}
	ctx = x.clock.start(ctx, c.Clocks)
	defer x.clock.stop()
	err = x.post(ctx, p.body(req))
	if missesReasoning(err) && (p.settings.Reasoning || p.settings.Responses) {
		c.log().WarnContext(ctx, "deepseek: sending the request once more, with blank reasoning where replies have none", "err", err)
		p.settings.Reasoning, p.settings.Blank = true, true
		p.messages = recall(req.Messages, p.settings)
		err = x.post(ctx, p.body(req))
	}
	if err != nil {
		return err
	}
	return x.receive(ctx)
}

// callable returns the tools that the model may call.
func callable(req *llm.Request) []llm.ToolSpec {
	name, named := req.ToolChoice.Name()
	switch {
	case req.ToolChoice == llm.ToolNone:
		return nil
	case !named:
		return req.Tools
	}
	i := indexOf(req.Tools, name)
	return req.Tools[i : i+1]
}

// missesReasoning reports whether the API wants reasoning back that the request
// does not have. The Responses endpoint has another name for it.
func missesReasoning(err error) bool {
	e, ok := err.(*llm.Error)
	return ok && e.Status == 400 && (strings.Contains(e.Message, "reasoning_content") || strings.Contains(e.Message, "reasoning_text")) &&
		(strings.Contains(e.Message, "passed back") || strings.Contains(e.Message, "Missing"))
}
