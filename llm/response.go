package llm

import (
	"cmp"
	"encoding/json"
	"strings"
)

// A Response is a complete reply, or what there is of it so far.
// The zero value is an empty reply, ready for [Response.Add].
type Response struct {
	Message
	Finish   FinishReason    `json:"finish,omitempty"`
	Usage    Usage           `json:"usage"`
	ID       string          `json:"id,omitempty"`
	Model    string          `json:"model,omitempty"`
	Logprobs []Logprob       `json:"logprobs,omitempty"`
	Extra    json.RawMessage `json:"extra,omitempty"`

	open strings.Builder // text of the part that still grows
	kind partKind        // of that part
}

type partKind uint8

const (
	noPart partKind = iota
	textPart
	reasoningPart
)

// Add appends the next chunk of the reply to r. It takes time proportional to
// the chunk alone. [Response.Text], [Response.Reasoning] and
// [Response.HasReasoning] are always current; Parts is complete once the chunk
// that has Finish is added.
// A Response that is not finished must not be copied.
func (r *Response) Add(c *Chunk) {
	r.Role = RoleAssistant
	if c.Reasoning != "" || c.HasReasoning && !r.HasReasoning() {
		r.extend(reasoningPart, c.Reasoning)
	}
	if c.Text != "" {
		r.extend(textPart, c.Text)
	}
	if c.ToolCall != nil {
		r.flush()
		r.Parts = append(r.Parts, *c.ToolCall)
	}
	if c.Finish != "" {
		r.flush()
		r.Finish = c.Finish
	}
	if c.Usage != nil {
		r.Usage = *c.Usage
	}
	if c.Logprobs != nil {
		r.Logprobs = append(r.Logprobs, c.Logprobs...)
	}
	if c.Extra != nil {
		r.Extra = c.Extra
	}
	r.ID = cmp.Or(c.ID, r.ID)
	r.Model = cmp.Or(c.Model, r.Model)
}

// Text returns the text of the reply so far.
func (r *Response) Text() string { return r.current(r.Message.Text(), textPart) }

// Reasoning returns the reasoning of the reply so far.
func (r *Response) Reasoning() string { return r.current(r.Message.Reasoning(), reasoningPart) }

// HasReasoning reports whether the reply so far has reasoning, though it may be
// empty.
func (r *Response) HasReasoning() bool {
	return r.kind == reasoningPart || r.Message.HasReasoning()
}

// current returns text and what has been added to it since.
func (r *Response) current(text string, kind partKind) string {
	if r.kind != kind {
		return text
	}
	return text + r.open.String()
}

func (r *Response) extend(kind partKind, s string) {
	if r.kind != kind {
		r.flush()
		r.kind = kind
	}
	r.open.WriteString(s)
}

// flush ends the part that still grows and adds it to r.Parts.
func (r *Response) flush() {
	switch r.kind {
	case textPart:
		r.Parts = append(r.Parts, Text(r.open.String()))
	case reasoningPart:
		r.Parts = append(r.Parts, Reasoning{r.open.String()})
	}
	r.open, r.kind = strings.Builder{}, noPart
}

// Usage counts the tokens of one or more requests.
type Usage struct {
	Input     int  `json:"input"`               // prompt tokens, cached ones included
	Cached    int  `json:"cached"`              // prompt tokens served from the provider's cache
	Output    int  `json:"output"`              // generated tokens, reasoning included
	Reasoning int  `json:"reasoning"`           // generated tokens spent on reasoning
	Estimated bool `json:"estimated,omitempty"` // some of it is an estimate, not what the provider counted
}

// Total returns the number of input and output tokens.
func (u Usage) Total() int { return u.Input + u.Output }

// Add returns the sum of u and v.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.Input + v.Input, u.Cached + v.Cached, u.Output + v.Output, u.Reasoning + v.Reasoning, u.Estimated || v.Estimated}
}
