package wire

import (
	"strconv"

	"github.com/hadal-go/hadal/llm"
)

// responses writes what the Responses endpoint is told after messages and tools.
// See https://api-docs.deepseek.com/api/create-response.
func (e *encoder) responses(req *llm.Request, schema []byte) {
	if e.Stream {
		e.raw("stream", "true")
	}
	switch {
	case e.Thinking == "disabled":
		e.raw("reasoning", `{"effort":"none"}`)
	case e.Effort != "":
		e.raw("reasoning", `{"effort":"`+e.Effort+`"}`)
	}
	switch {
	case schema != nil:
		e.raw("text", `{"format":{"type":"json_schema","name":"reply","schema":`)
		e.b = append(e.b, schema...)
		e.b = append(e.b, `,"strict":true}}`...)
	case req.Format == llm.FormatJSON:
		e.raw("text", `{"format":{"type":"json_object"}}`)
	}
	if req.MaxTokens > 0 {
		e.raw("max_output_tokens", strconv.Itoa(req.MaxTokens))
	}
	e.number("temperature", req.Temperature)
	e.number("top_p", req.TopP)
	if req.TopLogprobs > 0 {
		e.raw("top_logprobs", strconv.Itoa(req.TopLogprobs))
	}
	if req.User != "" {
		e.text("user", req.User)
	}
}

// item begins an item of the input.
func (e *encoder) item(kind string) {
	e.element()
	e.open('{')
	e.text("type", kind)
}

// items writes a message as the items that it is here: a reply is its reasoning,
// its text and its calls.
func (e *encoder) items(m llm.Message) {
	switch m.Role {
	case llm.RoleTool:
		for _, p := range m.Parts {
			r := p.(llm.ToolResult)
			e.item("function_call_output")
			e.text("call_id", r.ID)
			e.text("output", llm.Message{Parts: r.Content}.Text())
			e.close('}')
		}
	case llm.RoleAssistant:
		e.reply(m)
	default:
		role := m.Role
		if role == "developer" {
			role = llm.RoleSystem // the endpoint takes it for the user's
		}
		e.item("message")
		e.text("role", string(role))
		e.inputs(m.Parts)
		e.close('}')
	}
}

// reply writes a message of the model's.
func (e *encoder) reply(m llm.Message) {
	if e.Reasoning {
		reasoning, has := m.Reasoning(), m.HasReasoning()
		if e.Blank && reasoning == "" {
			reasoning, has = " ", true
		}
		if has {
			e.item("reasoning")
			e.name("content")
			e.b = append(e.b, `[{"type":"reasoning_text","text":`...)
			e.b = appendString(e.b, reasoning)
			e.b = append(e.b, `}],"summary":[]}`...)
		}
	}
	calls := m.ToolCalls()
	if text := m.Text(); text != "" || calls == nil {
		e.item("message")
		e.text("role", "assistant")
		e.text("content", text)
		e.close('}')
	}
	for _, c := range calls {
		args := c.Args
		if args == "" {
			args = "{}" // what a call without arguments is to the API
		}
		e.item("function_call")
		e.text("call_id", c.ID)
		e.text("name", c.Name)
		e.text("arguments", args)
		e.close('}')
	}
}

// inputs writes text as a string, and anything else as a list of parts.
func (e *encoder) inputs(parts llm.Parts) {
	if !hasBlob(parts) {
		e.text("content", llm.Message{Parts: parts}.Text())
		return
	}
	e.name("content")
	e.open('[')
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			e.item("input_text")
			e.text("text", string(p))
		case llm.Blob:
			e.item("input_image")
			e.image(p)
		}
		e.close('}')
	}
	e.close(']')
}

// image writes the members of an image.
func (e *encoder) image(b llm.Blob) {
	switch {
	case b.ID != "":
		e.text("file_id", b.ID)
	case b.URL != "":
		e.text("image_url", b.URL)
	default:
		e.dataURL("image_url", b)
	}
	if b.Detail != "" && b.ID == "" {
		e.text("detail", b.Detail)
	}
}
