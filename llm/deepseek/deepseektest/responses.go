package deepseektest

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/hadal-go/hadal/llm"
)

// responsesBody is the body of a request to the Responses endpoint, after
// https://api-docs.deepseek.com/api/create-response.
type responsesBody struct {
	Model        *string         `json:"model"`
	Input        json.RawMessage `json:"input"`
	Instructions *string         `json:"instructions"`
	Reasoning    *struct {
		Effort *string `json:"effort"`
	} `json:"reasoning"`
	MaxTokens   *int64   `json:"max_output_tokens"`
	Temperature *float64 `json:"temperature"`
	TopP        *float64 `json:"top_p"`
	Stream      *bool    `json:"stream"`
	Text        *struct {
		Format *formatBody `json:"format"`
	} `json:"text"`
	Tools       []functionBody  `json:"tools"`
	ToolChoice  json.RawMessage `json:"tool_choice"`
	TopLogprobs *int64          `json:"top_logprobs"`
	User        *string         `json:"user"`
}

type formatBody struct {
	Type   *string         `json:"type"`
	Name   *string         `json:"name"`
	Schema json.RawMessage `json:"schema"`
}

type functionBody struct {
	Type        *string         `json:"type"`
	Name        *string         `json:"name"`
	Description *string         `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      bool            `json:"strict"`
}

// lost are members that the API passes over without a word, though whoever sends
// them means something by it: what it calls otherwise here, or does not have.
var lost = []string{
	"messages", "response_format", "max_tokens", "max_completion_tokens", "thinking", "reasoning_effort", "user_id", "stop", "stream_options", "logprobs",
	"previous_response_id", "conversation", "prompt",
}

// responses answers a request to the Responses endpoint.
func (e *exchange) responses() *apiError {
	var body responsesBody
	err := decode(e.req.Body, &body)
	if err == nil {
		err = body.read(&e.req)
	}
	if err == nil {
		err = checkLost(e.req.Body)
	}
	if err == nil {
		err = body.check(&e.req)
	}
	if err == nil {
		err = e.s.files.check(e.req.Messages)
	}
	e.req.files = e.s.files.uploaded(e.req.Messages)
	return e.answer(err, (*answer).outputStream, (*answer).outputPlain)
}

func (b *responsesBody) read(r *Request) *apiError {
	if b.Model == nil {
		return malformed("missing field `model`")
	}
	r.Model = *b.Model
	if b.Instructions != nil {
		r.Messages = append(r.Messages, Message{Role: llm.RoleSystem, Content: *b.Instructions})
	}
	if err := b.readInput(r); err != nil {
		return err
	}
	if err := b.readEffort(r); err != nil {
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
	if b.Text != nil && b.Text.Format != nil {
		if err := b.Text.Format.read(r); err != nil {
			return err
		}
	}
	r.MaxTokens, r.Temperature, r.TopP = int(value(b.MaxTokens)), b.Temperature, b.TopP
	r.Stream, r.IncludeUsage = value(b.Stream), value(b.Stream)
	r.Logprobs, r.TopLogprobs = b.TopLogprobs != nil, int(value(b.TopLogprobs))
	r.User = value(b.User)
	return nil
}

func (b *responsesBody) readEffort(r *Request) *apiError {
	r.Thinking, r.Effort = true, llm.EffortHigh
	if b.Reasoning == nil || b.Reasoning.Effort == nil {
		return nil
	}
	switch effort := *b.Reasoning.Effort; effort {
	case "none":
		r.Thinking, r.Effort = false, llm.EffortNone
	case "minimal", "low":
		r.Effort = llm.EffortLow
	case "medium", "high", "xhigh":
	case "max":
		r.Effort = llm.EffortMax
	default:
		return malformed("reasoning.effort: unknown variant `%s`, expected one of `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`", effort)
	}
	return nil
}

func (b *functionBody) read(i int) (llm.ToolSpec, *apiError) {
	switch kind := value(b.Type); {
	case slices.Contains(serverTools, kind) || kind == "web_search" || kind == "web_search_2025_08_26":
		return llm.ToolSpec{Name: kind, Kind: kind}, nil
	case b.Type == nil:
		return llm.ToolSpec{}, malformed("tools[%d]: missing field `type`", i)
	case kind != "function":
		return llm.ToolSpec{}, invalid("tools[%d]: unknown type `%s`. The real API would ignore this tool, or run it.", i, kind)
	case b.Name == nil:
		return llm.ToolSpec{}, malformed("tools[%d]: missing field `name`", i)
	case b.Strict:
		return llm.ToolSpec{}, invalid("tools[%d]: strict is only enforced by chat completions of the beta api. The real API would accept this request and silently not enforce the schema.", i)
	}
	t := llm.ToolSpec{Name: *b.Name, Description: value(b.Description)}
	if raw := bytes.TrimSpace(b.Parameters); len(raw) > 0 && string(raw) != "null" {
		if raw[0] != '{' {
			return t, malformed("tools[%d].parameters: invalid type, expected a map", i)
		}
		t.Schema = b.Parameters
	}
	return t, nil
}

func (b *responsesBody) readChoice(r *Request) *apiError {
	raw := bytes.TrimSpace(b.ToolChoice)
	if len(raw) == 0 || raw[0] != '{' {
		return (&chatBody{ToolChoice: raw}).readChoice(r)
	}
	var named functionBody
	if decode(raw, &named) != nil || value(named.Type) != "function" || named.Name == nil {
		return malformed("tool_choice: data did not match any variant of untagged enum ResponseToolChoice")
	}
	r.ToolChoice = llm.ToolNamed(*named.Name)
	return nil
}

func (b *formatBody) read(r *Request) *apiError {
	switch value(b.Type) {
	case "text":
		r.Format = llm.FormatText
	case "json_object":
		r.Format = llm.FormatJSON
	case "json_schema":
		if value(b.Name) == "" {
			return malformed("text.format: missing field `name`")
		}
		if raw := bytes.TrimSpace(b.Schema); len(raw) == 0 || raw[0] != '{' {
			return malformed("text.format: missing field `schema`")
		}
		r.Schema = b.Schema
	default:
		return malformed("text.format.type: unknown variant `%s`, expected one of `text`, `json_object`, `json_schema`", value(b.Type))
	}
	return nil
}

// checkLost refuses what the API would pass over.
func checkLost(body []byte) *apiError {
	var members map[string]json.RawMessage
	if err := decode(body, &members); err != nil {
		return err
	}
	for _, name := range lost {
		if v, ok := members[name]; ok && string(v) != "null" {
			return invalid("The Responses API has no parameter '%s'. The real API would ignore it.", name)
		}
	}
	return nil
}

// check returns the first rule that the request breaks.
func (b *responsesBody) check(r *Request) *apiError {
	if models[r.Model] == "" {
		return invalid("Model Not Exist")
	}
	if len(r.Messages) == 0 {
		return invalid("At least one of 'input' and 'instructions' is required")
	}
	if n := b.MaxTokens; n != nil && (*n < 1 || *n > maxTokens) {
		return invalid("Invalid max_output_tokens value, the valid range of max_output_tokens is [1, %d]", maxTokens)
	}
	s := sampling{temperature: b.Temperature, topP: b.TopP}
	if err := s.check(); err != nil {
		return err
	}
	if n := b.TopLogprobs; n != nil && (*n < 0 || *n > maxLogprobs) {
		return invalid("Invalid top_logprobs value, the valid range of top_logprobs is [0, %d]", maxLogprobs)
	}
	if err := checkUser(b.User); err != nil {
		return err
	}
	if err := checkTools(r); err != nil {
		return err
	}
	if err := checkChoice(r); err != nil {
		return err
	}
	if err := checkItems(r); err != nil {
		return err
	}
	if r.Format == llm.FormatJSON && !mentionsJSON(r.Messages) {
		return invalid("Prompt must contain the word 'json' in some form to use 'text.format' of type 'json_object'")
	}
	return nil
}
