package llm

import (
	"encoding/json"
	"strings"
)

// A Request asks a [Model] for the next message of a conversation.
// The zero value of every field but Messages means the provider's default.
//
// A model does not modify a request, so one request may be sent many times, and
// its parts shared with others.
type Request struct {
	Model       string          `json:"model,omitempty"`       // name of the model; if empty, the client's
	Messages    []Message       `json:"messages"`              // the conversation; if the last is the assistant's, the reply continues it
	Tools       []ToolSpec      `json:"tools,omitzero"`        // what the model may call
	ToolChoice  ToolChoice      `json:"tool_choice,omitempty"` // whether it may, or must
	Format      Format          `json:"format,omitempty"`      // text, or a JSON object
	Schema      json.RawMessage `json:"schema,omitempty"`      // JSON Schema that the provider shall enforce on the reply, see Abilities; ErrInvalid where it cannot
	Effort      Effort          `json:"effort,omitempty"`      // how much to reason before answering
	MaxTokens   int             `json:"max_tokens,omitempty"`  // limit on generated tokens, reasoning included
	Temperature *float64        `json:"temperature,omitempty"` // randomness; new(0.0) is zero, nil is the default
	TopP        *float64        `json:"top_p,omitempty"`       // the likeliest tokens to choose from, as a share of 1
	Stop        []string        `json:"stop,omitzero"`         // strings that end the reply
	TopLogprobs int             `json:"top_logprobs,omitempty"`
	User        string          `json:"user,omitempty"`  // whom the request is for: caches and accounts are kept apart by it
	Whole       bool            `json:"whole,omitempty"` // the caller does not look before the end: an adapter may make a plain call, middleware may hold chunks back
	Extra       json.RawMessage `json:"extra,omitempty"` // an object merged into the body, for what only one provider has; part of every cache key
}

// Prompt returns a request that holds one user message.
func Prompt(text string) *Request {
	return &Request{Messages: []Message{User(text)}}
}

// A ToolSpec describes a tool to a model.
type ToolSpec struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"` // JSON Schema of the arguments; if nil, there are none
	Strict      bool            `json:"strict,omitempty"` // the provider shall enforce the schema
	Kind        string          `json:"kind,omitempty"`   // if empty, a function of the program; else a tool of the provider's own, by its name
}

// A ToolChoice says whether a model may call tools. The zero value leaves it to
// the provider: tools may be called if there are any.
type ToolChoice string

// The choices; see also [ToolNamed].
const (
	ToolAuto     ToolChoice = "auto"     // the model may call tools
	ToolNone     ToolChoice = "none"     // it must not
	ToolRequired ToolChoice = "required" // it must call at least one
)

// namedPrefix cannot begin any other choice, nor be part of the name of a tool.
const namedPrefix = "named:"

// ToolNamed returns the choice that the model must call the named tool.
func ToolNamed(name string) ToolChoice { return ToolChoice(namedPrefix + name) }

// Name returns the name of the tool that must be called, if c is of [ToolNamed].
func (c ToolChoice) Name() (name string, ok bool) {
	return strings.CutPrefix(string(c), namedPrefix)
}

// A Format is the form of a reply. The zero value is text.
type Format string

// The formats.
const (
	FormatText Format = "text"
	FormatJSON Format = "json" // a JSON object; the messages must ask for JSON
)

// An Effort is how much a model reasons before it answers. The zero value is the
// provider's default, which may well be to reason: DeepSeek's is [EffortHigh].
type Effort string

// The efforts. A provider maps each to the nearest level that it offers.
const (
	EffortNone Effort = "none" // do not reason
	EffortLow  Effort = "low"
	EffortHigh Effort = "high"
	EffortMax  Effort = "max"
)
