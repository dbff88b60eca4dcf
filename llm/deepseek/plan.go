package deepseek

import (
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// A plan is how a request is sent: where to, and with what besides its contents.
type plan struct {
	beta      bool
	responses bool // to the Responses endpoint, which the chat API is not
	settings  wire.Settings
}

// plan decides how to send req, or returns which rule it breaks.
func (c *Client) plan(req *llm.Request) (plan, error) {
	model, err := c.modelFor(req.Model)
	if err != nil {
		return plan{}, err
	}
	p := plan{settings: wire.Settings{
		Model:     model,
		Stream:    !req.Whole,
		OpenAI:    c.Dialect == OpenAI,
		Reasoning: c.Dialect == DeepSeek && len(req.Tools) > 0,
	}}
	strict, err := c.Dialect.checkRequest(req, model)
	if err != nil {
		return plan{}, err
	}
	if c.Dialect == OpenAI {
		p.settings.Effort = string(req.Effort)
		return p, nil
	}
	last := req.Messages[len(req.Messages)-1]
	p.beta = strict || last.Role == llm.RoleAssistant
	p.responses = len(req.Schema) > 0
	if err := p.think(req); err != nil {
		return plan{}, err
	}
	if p.responses && p.settings.Effort == "ultra" {
		p.settings.Effort = "max" // which it is the same as, but the name is of the chat API alone
	}
	return p, nil
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
