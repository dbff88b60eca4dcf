package deepseek

import (
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// A plan is how a request is sent: where to, and with what besides its contents.
type plan struct {
	beta     bool
	settings wire.Settings

	declared declaration
	messages recollection
	json     int // which message is known to be the first that has the word in it, from 1; or 0
}

// plan decides how to send req, or returns which rule it breaks.
func (c *Client) plan(req *llm.Request) (plan, error) {
	p, err := c.settings(req)
	if err != nil {
		return plan{}, err
	}
	p.declared = recallDeclared(req, p.settings)
	p.messages = recall(req.Messages, p.settings)
	return p, p.decide(req)
}

// settings returns a plan with what is known before req is looked at closely.
func (c *Client) settings(req *llm.Request) (plan, error) {
	model, err := c.modelFor(req.Model)
	return plan{settings: wire.Settings{
		Model:     model,
		Stream:    !req.Whole,
		OpenAI:    c.Dialect == OpenAI,
		Responses: c.Dialect == DeepSeek && len(req.Schema) > 0,
		Reasoning: c.Dialect == DeepSeek && len(req.Tools) > 0,
	}}, err
}

// decide completes the plan, or returns which rule req breaks.
func (p *plan) decide(req *llm.Request) error {
	if err := p.check(req); err != nil {
		return err
	}
	if p.settings.OpenAI {
		p.settings.Effort = string(req.Effort)
		return nil
	}
	last := req.Messages[len(req.Messages)-1]
	p.beta = p.declared.strict || last.Role == llm.RoleAssistant
	if err := p.think(req); err != nil {
		return err
	}
	if p.settings.Responses && p.settings.Effort == "ultra" {
		p.settings.Effort = "max" // which it is the same as, but the name is of the chat API alone
	}
	return nil
}

// body returns what to send.
func (p *plan) body(req *llm.Request) body {
	d, end := p.declared.encode(req, p.settings), p.messages.end
	b := make([]byte, 0, wire.Size(req, end, d))
	if end == 0 {
		return body{wire.AppendRequest(b, req, d, p.settings)}
	}
	messages := p.messages.encode(req.Messages, p.settings, p.json)
	b = wire.AppendHead(b, p.settings)
	head := len(b)
	b = wire.AppendTail(b, req, end, d, p.settings)
	return body{b[:head], messages, b[head:]}
}

// think sets how much the model shall reason. The API refuses an effort along
// with thinking switched off, and a forced tool call along with thinking, which
// is its default.
func (p *plan) think(req *llm.Request) error {
	_, named := req.ToolChoice.Name()
	forced := named || req.ToolChoice == llm.ToolRequired
	switch req.Effort {
	case llm.EffortNone:
		p.settings.Thinking = "disabled"
	case "":
		if forced {
			p.settings.Thinking = "disabled"
		}
	case llm.EffortLow, llm.EffortHigh, llm.EffortMax, "minimal", "medium", "xhigh", "ultra":
		if forced {
			return invalid("tool choice %q cannot be combined with effort %q: a model that reasons cannot be made to call a tool; leave Effort empty or set it to none", req.ToolChoice, req.Effort)
		}
		p.settings.Thinking, p.settings.Effort = "enabled", string(req.Effort)
	default:
		return invalid("effort %q is not one of none, low, high and max, nor of minimal, medium, xhigh and ultra, which the API takes for the nearest of them", req.Effort)
	}
	return nil
}
