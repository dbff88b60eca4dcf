package wire

import (
	"encoding/base64"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// AppendMessage appends a message that others follow, or that the reply does not
// continue, to dst, which ends in the [ that begins the list or in another message.
func AppendMessage(dst []byte, m llm.Message, s Settings) []byte {
	e := encoder{dst, s}
	e.message(m, false)
	return e.b
}

// message writes a message, or the items that it is at the Responses endpoint.
// The reply continues a prefix.
func (e *encoder) message(m llm.Message, prefix bool) {
	switch {
	case e.Responses:
		e.items(m)
	case m.Role == llm.RoleTool:
		for _, p := range m.Parts {
			e.toolResult(p.(llm.ToolResult))
		}
	case m.Role == llm.RoleAssistant:
		e.assistant(m, prefix)
	default:
		e.element()
		e.open('{')
		role := m.Role
		if role == "developer" && !e.OpenAI {
			role = llm.RoleSystem // other vendors' name for it, which the API rejects
		}
		e.text("role", string(role))
		e.content(m.Parts)
		e.close('}')
	}
}

func (e *encoder) toolResult(r llm.ToolResult) {
	e.element()
	e.open('{')
	e.text("role", "tool")
	e.text("tool_call_id", r.ID)
	e.content(r.Content)
	e.close('}')
}

// assistant writes a message of the model's. The reply continues a prefix.
func (e *encoder) assistant(m llm.Message, prefix bool) {
	e.element()
	e.open('{')
	e.text("role", "assistant")
	e.text("content", m.Text()) // "" too: null is rejected
	if e.Reasoning || prefix {
		reasoning, has := m.Reasoning(), m.HasReasoning()
		if e.Blank && reasoning == "" {
			reasoning, has = " ", true
		}
		if has {
			e.text("reasoning_content", reasoning)
		}
	}
	calls := false
	for _, p := range m.Parts {
		c, ok := p.(llm.ToolCall)
		if !ok {
			continue
		}
		if !calls {
			calls = true
			e.name("tool_calls")
			e.open('[')
		}
		e.element()
		e.open('{')
		e.text("id", c.ID)
		e.text("type", "function")
		e.name("function")
		e.open('{')
		e.text("name", c.Name)
		args := c.Args
		if args == "" {
			args = "{}" // what a call without arguments is to the API
		}
		e.text("arguments", args)
		e.close('}')
		e.close('}')
	}
	if calls {
		e.close(']')
	}
	if prefix {
		e.raw("prefix", "true")
	}
	e.close('}')
}

// content writes text as a string, and anything else as a list of parts.
func (e *encoder) content(parts llm.Parts) {
	if !hasBlob(parts) {
		e.text("content", llm.Message{Parts: parts}.Text())
		return
	}
	e.name("content")
	e.open('[')
	for _, p := range parts {
		e.element()
		e.open('{')
		switch p := p.(type) {
		case llm.Text:
			e.text("type", "text")
			e.text("text", string(p))
		case llm.Blob:
			e.blob(p)
		}
		e.close('}')
	}
	e.close(']')
}

func hasBlob(parts llm.Parts) bool {
	for _, p := range parts {
		if _, ok := p.(llm.Blob); ok {
			return true
		}
	}
	return false
}

func (e *encoder) blob(b llm.Blob) {
	switch {
	case b.ID != "":
		e.file(func() { e.text("file_id", b.ID) })
	case strings.HasPrefix(b.MIMEType, "image/") || b.URL != "":
		e.text("type", "image_url")
		e.name("image_url")
		e.open('{')
		if b.URL != "" {
			e.text("url", b.URL)
		} else {
			e.dataURL("url", b)
		}
		if b.Detail != "" {
			e.text("detail", b.Detail)
		}
		e.close('}')
	default:
		e.file(func() {
			e.dataURL("file_data", b)
			if b.Name != "" {
				e.text("filename", b.Name)
			}
		})
	}
}

// file writes a part that is a file, in an object of its own at OpenAI.
func (e *encoder) file(members func()) {
	e.text("type", "file")
	if !e.OpenAI {
		members()
		return
	}
	e.name("file")
	e.open('{')
	members()
	e.close('}')
}

func (e *encoder) dataURL(name string, b llm.Blob) {
	e.text(name, "data:"+b.MIMEType+";base64,")
	e.b = base64.StdEncoding.AppendEncode(e.b[:len(e.b)-1], b.Data)
	e.b = append(e.b, '"')
}
