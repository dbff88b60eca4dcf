package llmtest

import (
	"slices"

	"github.com/hadal-go/hadal/llm"
)

// clone returns a copy of req that shares nothing with it that can change.
func clone(req *llm.Request) *llm.Request {
	c := *req
	c.Messages = slices.Clone(req.Messages)
	for i := range c.Messages {
		c.Messages[i].Parts = cloneParts(c.Messages[i].Parts)
	}
	c.Tools = slices.Clone(req.Tools)
	for i := range c.Tools {
		c.Tools[i].Schema = slices.Clone(c.Tools[i].Schema)
	}
	c.Schema = slices.Clone(req.Schema)
	c.Stop = slices.Clone(req.Stop)
	c.Extra = slices.Clone(req.Extra)
	c.Temperature = cloneFloat(req.Temperature)
	c.TopP = cloneFloat(req.TopP)
	return &c
}

func cloneParts(parts llm.Parts) llm.Parts {
	parts = slices.Clone(parts)
	for i, p := range parts {
		switch p := p.(type) {
		case llm.ToolResult:
			p.Content = cloneParts(p.Content)
			parts[i] = p
		case llm.Blob:
			p.Data = slices.Clone(p.Data)
			parts[i] = p
		}
	}
	return parts
}

func cloneFloat(f *float64) *float64 {
	if f == nil {
		return nil
	}
	return new(*f)
}
