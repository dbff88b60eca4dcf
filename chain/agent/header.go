package agent

import (
	"encoding/json"
	"fmt"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// A Header is what a run began with. It is frozen, so that each request begins with the
// same bytes, which is what a provider's cache goes by, and so that a run goes on as it
// was begun, though the program may have changed.
type Header struct {
	Agent    string        // name of the agent
	System   string        // system prompt; "" if there is none
	History  []llm.Message // what the memory held
	After    string        // ID of its newest turn
	Input    []llm.Message // what the turn begins with: reminders, and what the user says
	Settings llm.Request   // what each request has besides messages and tools
	Tools    []Tool
	Answer   string // name of the tool that takes the answer, if that is to be a value; see [As]
	Limits   Limits
	Compact  Compact
}

// A Tool is a tool as a run has frozen it.
type Tool struct {
	llm.ToolSpec
	Effect  tools.Effect
	Approve bool // a person is to approve of each call
	Final   bool // a result that is no error is the answer
}

// specs returns the tools as requests have them.
func (h *Header) specs() []llm.ToolSpec {
	if len(h.Tools) == 0 {
		return nil
	}
	list := make([]llm.ToolSpec, len(h.Tools))
	for i, t := range h.Tools {
		list[i] = t.ToolSpec
	}
	return list
}

// tool returns the tool of that name, or nil.
func (h *Header) tool(name string) *Tool {
	for i := range h.Tools {
		if t := &h.Tools[i]; t.Name == name && t.Kind == "" {
			return t
		}
	}
	return nil
}

// jsonVersion is the version of runs in JSON. It stands in the header, as what a log
// amounts to depends on this package: on what it says to the model itself, and when. A
// version that changes that has another number, and goes by the one that a run began
// with; members and kinds that are new are found without it.
const jsonVersion = 1

// jsonHeader is a Header in JSON. Schemas and what is extra are strings in it.
type jsonHeader struct {
	Version  int           `json:"v"`
	Agent    string        `json:"agent,omitempty"`
	System   string        `json:"system,omitempty"`
	History  []llm.Message `json:"history,omitzero"`
	After    string        `json:"after,omitempty"`
	Input    []llm.Message `json:"input"`
	Settings jsonSettings  `json:"settings,omitzero"`
	Tools    []jsonTool    `json:"tools,omitzero"`
	Answer   string        `json:"answer,omitempty"`
	Limits   Limits        `json:"limits"`
	Compact  Compact       `json:"compact"`
}

type jsonTool struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Schema      *string      `json:"schema,omitempty"`
	Strict      bool         `json:"strict,omitempty"`
	Kind        string       `json:"kind,omitempty"`
	Effect      tools.Effect `json:"effect,omitempty"`
	Approve     bool         `json:"approve,omitempty"`
	Final       bool         `json:"final,omitempty"`
}

// jsonSettings is the part of an llm.Request that a run has the same in each.
type jsonSettings struct {
	Model       string     `json:"model,omitempty"`
	Effort      llm.Effort `json:"effort,omitempty"`
	MaxTokens   int        `json:"max_tokens,omitempty"`
	Temperature *float64   `json:"temperature,omitempty"`
	TopP        *float64   `json:"top_p,omitempty"`
	Stop        []string   `json:"stop,omitzero"`
	TopLogprobs int        `json:"top_logprobs,omitempty"`
	User        string     `json:"user,omitempty"`
	Extra       *string    `json:"extra,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (h *Header) MarshalJSON() ([]byte, error) {
	s := h.Settings
	j := jsonHeader{jsonVersion, h.Agent, h.System, h.History, h.After, h.Input,
		jsonSettings{s.Model, s.Effort, s.MaxTokens, s.Temperature, s.TopP, s.Stop, s.TopLogprobs, s.User, quote(s.Extra)},
		nil, h.Answer, h.Limits, h.Compact}
	if h.Tools != nil {
		j.Tools = make([]jsonTool, len(h.Tools))
	}
	for i, t := range h.Tools {
		j.Tools[i] = jsonTool{t.Name, t.Description, quote(t.Schema), t.Strict, t.Kind, t.Effect, t.Approve, t.Final}
	}
	return json.Marshal(j)
}

// UnmarshalJSON implements [json.Unmarshaler]. The error wraps [ErrRecord] if another
// version has written data.
func (h *Header) UnmarshalJSON(data []byte) error {
	var j jsonHeader
	err := decode(data, &j)
	if j.Version != jsonVersion && (err == nil || j.Version != 0) {
		return fmt.Errorf("%w: the run is of version %d, and this is version %d: use the program that has begun it", ErrRecord, j.Version, jsonVersion)
	}
	if err != nil {
		return err
	}
	s := j.Settings
	*h = Header{j.Agent, j.System, j.History, j.After, j.Input,
		llm.Request{Model: s.Model, Effort: s.Effort, MaxTokens: s.MaxTokens, Temperature: s.Temperature, TopP: s.TopP, Stop: s.Stop, TopLogprobs: s.TopLogprobs, User: s.User, Extra: unquote(s.Extra)},
		nil, j.Answer, j.Limits, j.Compact}
	if j.Tools != nil {
		h.Tools = make([]Tool, len(j.Tools))
	}
	for i, t := range j.Tools {
		spec := llm.ToolSpec{Name: t.Name, Description: t.Description, Schema: unquote(t.Schema), Strict: t.Strict, Kind: t.Kind}
		h.Tools[i] = Tool{spec, t.Effect, t.Approve, t.Final}
	}
	return nil
}
