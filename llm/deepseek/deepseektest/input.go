package deepseektest

import (
	"bytes"
	"encoding/json"

	"github.com/hadal-go/hadal/llm"
)

// An itemBody is an element of the input.
type itemBody struct {
	Type      *string         `json:"type"`
	Role      *string         `json:"role"`
	Content   json.RawMessage `json:"content"`
	CallID    *string         `json:"call_id"`
	Name      *string         `json:"name"`
	Arguments *string         `json:"arguments"`
	Output    json.RawMessage `json:"output"`
}

type inputPart struct {
	Type     *string `json:"type"`
	Text     *string `json:"text"`
	ImageURL *string `json:"image_url"`
	FileID   *string `json:"file_id"`
	Detail   *string `json:"detail"`
}

// readInput reads the input, which is text or a list of items.
func (b *responsesBody) readInput(r *Request) *apiError {
	raw := bytes.TrimSpace(b.Input)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '"':
		m := Message{Role: llm.RoleUser}
		err := decode(raw, &m.Content)
		r.Messages = append(r.Messages, m)
		return err
	case raw[0] != '[':
		return malformed("input: invalid type, expected a string or a sequence")
	}
	var items []itemBody
	if err := decode(raw, &items); err != nil {
		return malformed("input: data did not match any variant of untagged enum ResponseInputItem")
	}
	j := joiner{r: r}
	for i := range items {
		if err := j.add(i, &items[i]); err != nil {
			return err
		}
	}
	return nil
}

// A joiner makes messages of items: what the model said in a turn is one message,
// of reasoning, text and calls in this order.
type joiner struct {
	r    *Request
	text bool // the last message has its text
}

// turn returns the message of the assistant that an item is part of.
func (j *joiner) turn(fits func(m *Message) bool) *Message {
	if n := len(j.r.Messages); n > 0 {
		if m := &j.r.Messages[n-1]; m.Role == llm.RoleAssistant && fits(m) {
			return m
		}
	}
	j.text = false
	j.r.Messages = append(j.r.Messages, Message{Role: llm.RoleAssistant})
	return &j.r.Messages[len(j.r.Messages)-1]
}

func (j *joiner) add(i int, b *itemBody) *apiError {
	kind := value(b.Type)
	if b.Type == nil && b.Role != nil {
		kind = "message"
	}
	switch kind {
	case "message":
		return j.message(i, b)
	case "reasoning":
		m := j.turn(func(*Message) bool { return false })
		m.Reasoning = new(string)
		var parts []inputPart
		if len(b.Content) > 0 && decode(b.Content, &parts) != nil {
			return malformed("input[%d].content: invalid type, expected a sequence", i)
		}
		for _, p := range parts {
			if value(p.Type) != "reasoning_text" || p.Text == nil {
				return malformed("input[%d].content: expected parts of the type `reasoning_text`", i)
			}
			*m.Reasoning += *p.Text
		}
	case "function_call":
		if value(b.CallID) == "" || b.Name == nil || b.Arguments == nil {
			return malformed("input[%d]: missing field `call_id`, `name` or `arguments`", i)
		}
		m := j.turn(func(*Message) bool { return true })
		m.ToolCalls = append(m.ToolCalls, llm.ToolCall{ID: *b.CallID, Name: *b.Name, Args: *b.Arguments})
	case "function_call_output":
		if value(b.CallID) == "" || len(b.Output) == 0 {
			return malformed("input[%d]: missing field `call_id` or `output`", i)
		}
		j.r.Messages = append(j.r.Messages, Message{Role: llm.RoleTool, ToolCallID: *b.CallID})
		return readInputs(b.Output, &j.r.Messages[len(j.r.Messages)-1], i, "output")
	case "web_search_call":
		return invalid("input[%d]: this server runs no web search, so that it cannot have been asked for one", i)
	default:
		return invalid("input[%d]: unknown type `%s`, expected one of `message`, `function_call`, `function_call_output`, `reasoning`. The real API would ignore this item.", i, kind)
	}
	return nil
}

func (j *joiner) message(i int, b *itemBody) *apiError {
	role := llm.Role(value(b.Role))
	switch role {
	case llm.RoleAssistant:
		m := j.turn(func(m *Message) bool { return !j.text && m.ToolCalls == nil })
		j.text = true
		return readInputs(b.Content, m, i, "content")
	case "developer":
		role = llm.RoleUser // as of September 2026
	case llm.RoleUser, llm.RoleSystem:
	default:
		return malformed("input[%d].role: unknown variant `%s`, expected one of `user`, `assistant`, `system`, `developer`", i, role)
	}
	j.r.Messages = append(j.r.Messages, Message{Role: role})
	return readInputs(b.Content, &j.r.Messages[len(j.r.Messages)-1], i, "content")
}

// readInputs fills m from what is text or a list of parts.
func readInputs(raw json.RawMessage, m *Message, i int, member string) *apiError {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return malformed("input[%d]: missing field `%s`", i, member)
	}
	if raw[0] == '"' {
		return decode(raw, &m.Content)
	}
	var parts []inputPart
	if decode(raw, &parts) != nil || parts == nil {
		return malformed("input[%d].%s: invalid type, expected a string or a sequence of parts", i, member)
	}
	for k, p := range parts {
		switch kind := value(p.Type); {
		case (kind == "input_text" || kind == "output_text") && p.Text != nil:
			m.Content += *p.Text
		case kind == "input_image":
			b, err := p.image()
			if err != nil {
				return err
			}
			m.Blobs = append(m.Blobs, b)
		case kind == "input_file":
			return invalid("input[%d].%s[%d]: file inputs are not supported", i, member, k)
		default:
			return malformed("input[%d].%s[%d]: unknown variant `%s`, expected one of `input_text`, `output_text`, `input_image`", i, member, k, kind)
		}
	}
	return nil
}

func (p *inputPart) image() (llm.Blob, *apiError) {
	b := llm.Blob{Detail: value(p.Detail), ID: value(p.FileID)}
	switch {
	case p.ImageURL == nil && p.FileID == nil:
		return b, invalid("input_image must have image_url or file_id")
	case p.ImageURL != nil && p.FileID != nil:
		return b, invalid("input_image cannot have both image_url and file_id")
	case p.FileID != nil:
		return b, nil
	}
	err := readURL(&b, *p.ImageURL)
	if b.MIMEType == "" {
		b.MIMEType = "image/*"
	}
	return b, err
}

// checkItems returns the first rule that the conversation breaks.
func checkItems(r *Request) *apiError {
	ids := make(map[string]bool)
	images := 0
	for i := range r.Messages {
		m := &r.Messages[i]
		if images += len(m.Blobs); len(m.Blobs) > 0 && m.Role != llm.RoleUser && m.Role != llm.RoleTool {
			return invalid("input: images are not supported in %s messages", m.Role)
		}
		if m.Role == llm.RoleAssistant && len(r.Tools) > 0 && r.Thinking && m.Reasoning == nil {
			return invalid("The `reasoning_text` in the thinking mode must be passed back to the API.")
		}
		for _, c := range m.ToolCalls {
			switch {
			case ids[c.ID]:
				return invalid("Duplicate call_id '%s' in input", c.ID)
			case c.Name == "":
				return invalid("input: the name of function_call '%s' is empty", c.ID)
			case !json.Valid([]byte(c.Args)):
				return invalid("input: the arguments of function_call '%s' must be JSON", c.ID)
			}
			ids[c.ID] = true
		}
	}
	if images > maxImages {
		return invalid("Too many images: at most %d are supported in a request", maxImages)
	}
	if err := checkPairs(r.Messages); err != nil {
		return invalid("Every function_call must have a matching function_call_output, and the other way round: %s", err.message)
	}
	if r.Messages[len(r.Messages)-1].Role == llm.RoleAssistant {
		return invalid("The last item of the input must not be the assistant's. The real API is not documented to continue it.")
	}
	return nil
}
