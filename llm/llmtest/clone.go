package llmtest

import (
	"bytes"
	"reflect"
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

// cloneChunk returns a copy of c that shares nothing with it that can change.
func cloneChunk(c *llm.Chunk) *llm.Chunk {
	d := *c
	if c.ToolDelta != nil {
		d.ToolDelta = new(*c.ToolDelta)
	}
	if c.ToolCall != nil {
		d.ToolCall = new(*c.ToolCall)
	}
	if c.Usage != nil {
		d.Usage = new(*c.Usage)
	}
	d.Logprobs = cloneLogprobs(c.Logprobs)
	d.Extra = slices.Clone(c.Extra)
	return &d
}

func cloneLogprobs(list []llm.Logprob) []llm.Logprob {
	list = slices.Clone(list)
	for i := range list {
		list[i].Bytes = slices.Clone(list[i].Bytes)
		list[i].Top = cloneLogprobs(list[i].Top)
	}
	return list
}

// sameChunk reports whether a and b say the same.
func sameChunk(a, b *llm.Chunk) bool {
	return a.Text == b.Text && a.Reasoning == b.Reasoning && a.HasReasoning == b.HasReasoning &&
		same(a.ToolDelta, b.ToolDelta) && same(a.ToolCall, b.ToolCall) && same(a.Usage, b.Usage) &&
		a.Finish == b.Finish && a.ID == b.ID && a.Model == b.Model &&
		reflect.DeepEqual(a.Logprobs, b.Logprobs) && bytes.Equal(a.Extra, b.Extra)
}

// same reports whether a and b point to the same, or nowhere.
func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
