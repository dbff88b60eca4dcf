package deepseektest

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/hadal-go/hadal/llm"
)

// chatBody is the body of a chat request. Members that are not here are
// ignored, as the API ignores them.
type chatBody struct {
	Model    *string       `json:"model"`
	Messages []messageBody `json:"messages"`
	Thinking *struct {
		Type *string `json:"type"`
	} `json:"thinking"`
	Effort         *string         `json:"reasoning_effort"`
	MaxTokens      *int64          `json:"max_tokens"`
	Temperature    *float64        `json:"temperature"`
	TopP           *float64        `json:"top_p"`
	Stop           stopBody        `json:"stop"`
	Stream         *bool           `json:"stream"`
	StreamOptions  *streamBody     `json:"stream_options"`
	ResponseFormat *typeBody       `json:"response_format"`
	Tools          []toolBody      `json:"tools"`
	ToolChoice     json.RawMessage `json:"tool_choice"`
	Logprobs       *bool           `json:"logprobs"`
	TopLogprobs    *int64          `json:"top_logprobs"`
	User           *string         `json:"user_id"`
	N              *int64          `json:"n"`
	SafetyCheck    *struct {
		Level *string `json:"level"`
	} `json:"safety_check"`
	Title *struct {
		Enabled bool `json:"enabled"`
	} `json:"title"`
}

type typeBody struct {
	Type *string `json:"type"`
}

type streamBody struct {
	IncludeUsage bool `json:"include_usage"`
}

type messageBody struct {
	Role       *string         `json:"role"`
	Name       *string         `json:"name"`
	Content    json.RawMessage `json:"content"`
	Reasoning  *string         `json:"reasoning_content"`
	ToolCalls  []callBody      `json:"tool_calls"`
	ToolCallID *string         `json:"tool_call_id"`
	Prefix     bool            `json:"prefix"`
}

type callBody struct {
	ID       *string `json:"id"`
	Type     *string `json:"type"`
	Function *struct {
		Name      *string `json:"name"`
		Arguments *string `json:"arguments"`
	} `json:"function"`
}

type toolBody struct {
	Type     *string `json:"type"`
	Function *struct {
		Name        *string         `json:"name"`
		Description *string         `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Strict      bool            `json:"strict"`
	} `json:"function"`
}

// A stopBody is a string or a list of them.
type stopBody []string

func (s *stopBody) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		*s = []string{""}
		return json.Unmarshal(data, &(*s)[0])
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// read fills the request from the body of a chat request, as far as the form of
// the body goes: types, required members, and the names of variants. What
// else a request must keep, check checks.
func (b *chatBody) read(r *Request) *apiError {
	if b.Model == nil {
		return malformed("missing field `model`")
	}
	if b.Messages == nil {
		return malformed("missing field `messages`")
	}
	r.Model = *b.Model
	r.Thinking, r.Effort = true, llm.EffortHigh
	for i := range b.Messages {
		m, err := b.Messages[i].read(i)
		if err != nil {
			return err
		}
		r.Messages = append(r.Messages, m)
	}
	if err := b.readThinking(r); err != nil {
		return err
	}
	for i := range b.Tools {
		t, err := b.Tools[i].read(i)
		if err != nil {
			return err
		}
		r.Tools = append(r.Tools, t)
	}
	if err := b.readChoice(r); err != nil {
		return err
	}
	if b.ResponseFormat != nil {
		switch value(b.ResponseFormat.Type) {
		case "text":
			r.Format = llm.FormatText
		case "json_object":
			r.Format = llm.FormatJSON
		case "json_schema":
			return invalid("This response_format type is unavailable now")
		default:
			return malformed("response_format.type: unknown variant `%s`, expected one of `text`, `json_object`, `json_schema`", value(b.ResponseFormat.Type))
		}
	}
	r.MaxTokens = int(value(b.MaxTokens))
	r.Temperature, r.TopP = b.Temperature, b.TopP
	r.Stop = b.Stop
	r.Stream = value(b.Stream)
	r.IncludeUsage = b.StreamOptions != nil && b.StreamOptions.IncludeUsage
	r.Logprobs, r.TopLogprobs = value(b.Logprobs), int(value(b.TopLogprobs))
	r.User = value(b.User)
	r.Title = b.Title != nil && b.Title.Enabled
	if b.SafetyCheck != nil {
		r.SafetyCheck = value(b.SafetyCheck.Level)
	}
	return nil
}

// value returns what p points to, or zero.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func (b *chatBody) readThinking(r *Request) *apiError {
	if b.Thinking != nil {
		switch kind := value(b.Thinking.Type); kind {
		case "enabled", "adaptive":
		case "disabled":
			r.Thinking, r.Effort = false, llm.EffortNone
			if b.Effort != nil {
				return invalid("thinking options type cannot be disabled when reasoning_effort is set")
			}
		default:
			return malformed("thinking.type: unknown variant `%s`, expected one of `enabled`, `disabled`, `adaptive`", kind)
		}
	}
	switch value(b.Effort) {
	case "":
		if b.Effort != nil {
			return malformed("reasoning_effort: unknown variant ``, expected one of `none`, `low`, `high`, `max`")
		}
	case "none":
		r.Thinking, r.Effort = false, llm.EffortNone
	case "minimal", "low":
		r.Effort = llm.EffortLow
	case "medium", "high", "xhigh":
		r.Effort = llm.EffortHigh
	case "max", "ultra":
		r.Effort = llm.EffortMax
	default:
		return malformed("reasoning_effort: unknown variant `%s`, expected one of `none`, `low`, `high`, `max`", *b.Effort)
	}
	return nil
}

func (b *chatBody) readChoice(r *Request) *apiError {
	raw := bytes.TrimSpace(b.ToolChoice)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] == '"' {
		var choice string
		if err := decode(raw, &choice); err != nil {
			return err
		}
		switch choice {
		case "none", "auto", "required":
			r.ToolChoice = llm.ToolChoice(choice)
			return nil
		}
		return malformed("tool_choice: unknown variant `%s`, expected one of `none`, `auto`, `required`", choice)
	}
	var named toolBody
	if err := decode(raw, &named); err != nil {
		return malformed("tool_choice: data did not match any variant of untagged enum ChatCompletionToolChoice")
	}
	if value(named.Type) != "function" || named.Function == nil || named.Function.Name == nil {
		return malformed("tool_choice: data did not match any variant of untagged enum ChatCompletionToolChoice")
	}
	r.ToolChoice = llm.ToolNamed(*named.Function.Name)
	return nil
}

// serverTools are the tools that the API itself runs.
var serverTools = []string{"deepseek_web_search", "deepseek_read_url"}

func (b *toolBody) read(i int) (llm.ToolSpec, *apiError) {
	switch kind := value(b.Type); {
	case slices.Contains(serverTools, kind):
		return llm.ToolSpec{Name: kind, Kind: kind}, nil
	case b.Type == nil:
		return llm.ToolSpec{}, malformed("tools[%d]: missing field `type`", i)
	case b.Function == nil || kind != "function":
		return llm.ToolSpec{}, malformed("tools[%d]: missing field `function`", i)
	case b.Function.Name == nil:
		return llm.ToolSpec{}, malformed("tools[%d].function: missing field `name`", i)
	}
	f := b.Function
	t := llm.ToolSpec{Name: *f.Name, Description: value(f.Description), Strict: f.Strict}
	if raw := bytes.TrimSpace(f.Parameters); len(raw) > 0 && string(raw) != "null" {
		if raw[0] != '{' {
			return t, malformed("tools[%d].function.parameters: invalid type, expected a map", i)
		}
		t.Schema = f.Parameters
	}
	return t, nil
}

func (b *messageBody) read(i int) (Message, *apiError) {
	if b.Role == nil {
		return Message{}, malformed("messages[%d]: missing field `role`", i)
	}
	m := Message{Role: llm.Role(*b.Role), Name: value(b.Name), Reasoning: b.Reasoning, ToolCallID: value(b.ToolCallID), Prefix: b.Prefix}
	switch m.Role {
	case llm.RoleSystem, llm.RoleUser, llm.RoleAssistant, llm.RoleTool, llm.RoleReminder:
	default:
		return m, malformed("messages[%d].role: unknown variant `%s`, expected one of `system`, `user`, `assistant`, `tool`, `latest_reminder`", i, m.Role)
	}
	if m.Role == llm.RoleTool && b.ToolCallID == nil {
		return m, malformed("messages[%d]: missing field `tool_call_id`", i)
	}
	for j, c := range b.ToolCalls {
		if c.ID == nil || c.Function == nil || c.Function.Name == nil || c.Function.Arguments == nil {
			return m, malformed("messages[%d].tool_calls[%d]: missing field `id`, `function`, `name` or `arguments`", i, j)
		}
		if value(c.Type) != "function" {
			return m, malformed("messages[%d].tool_calls[%d].type: unknown variant `%s`, expected `function`", i, j, value(c.Type))
		}
		m.ToolCalls = append(m.ToolCalls, llm.ToolCall{ID: *c.ID, Name: *c.Function.Name, Args: *c.Function.Arguments})
	}
	return m, b.readContent(&m, i)
}
