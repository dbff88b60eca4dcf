package wire

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// Settings are what a request says besides what is in an [llm.Request].
type Settings struct {
	OpenAI    bool // in OpenAI's words, without what only DeepSeek has
	Model     string
	Stream    bool
	Thinking  string // "enabled", "disabled", or "" for the default
	Effort    string // "" for the default
	Reasoning bool   // earlier replies carry their reasoning
	Blank     bool   // and a blank one if they have none
}

// AppendRequest appends the body of a chat completion to dst. The request must
// keep the rules of the API; equal requests give equal bytes.
func AppendRequest(dst []byte, req *llm.Request, s Settings) []byte {
	e := encoder{dst, s}
	e.open('{')
	e.text("model", s.Model)
	e.messages(req.Messages)
	e.tools(req)
	e.delivery(s.Stream)
	if s.Thinking != "" {
		e.raw("thinking", `{"type":"`+s.Thinking+`"}`)
	}
	if s.Effort != "" {
		e.text("reasoning_effort", s.Effort)
	}
	switch {
	case len(req.Schema) > 0:
		e.raw("response_format", `{"type":"json_schema","json_schema":{"name":"reply","schema":`)
		e.b = appendCompact(e.b, req.Schema)
		e.b = append(e.b, `,"strict":true}}`...)
	case req.Format == llm.FormatJSON:
		e.raw("response_format", `{"type":"json_object"}`)
	}
	e.sampling(req.MaxTokens, req.Temperature, req.TopP, req.Stop)
	if req.TopLogprobs > 0 {
		e.raw("logprobs", "true")
		e.raw("top_logprobs", strconv.Itoa(req.TopLogprobs))
	}
	e.user(req.User)
	e.merge(req.Extra)
	e.close('}')
	return e.b
}

// Size returns about how many bytes [AppendRequest] or [AppendResponses] will append.
func Size(req *llm.Request) int {
	n := 512 + len(req.Extra) + len(req.Schema)
	for _, m := range req.Messages {
		n += 64
		for _, p := range m.Parts {
			n += partSize(p)
		}
	}
	for _, t := range req.Tools {
		n += 96 + len(t.Name) + len(t.Description) + len(t.Schema)
	}
	return n + n/16
}

func partSize(p llm.Part) int {
	switch p := p.(type) {
	case llm.Text:
		return len(p)
	case llm.Reasoning:
		return 32 + len(p.Text)
	case llm.ToolCall:
		return 96 + len(p.ID) + len(p.Name) + len(p.Args)
	case llm.ToolResult:
		n := 64 + len(p.ID)
		for _, c := range p.Content {
			n += partSize(c)
		}
		return n
	case llm.Blob:
		return 96 + base64.StdEncoding.EncodedLen(len(p.Data)) + len(p.URL)
	}
	return 0
}

// An encoder writes JSON. A comma is written before whatever needs one.
type encoder struct {
	b []byte
	Settings
}

func (e *encoder) open(c byte)  { e.b = append(e.b, c) }
func (e *encoder) close(c byte) { e.b = append(e.b, c) }

// element begins an element or a member.
func (e *encoder) element() {
	if c := e.b[len(e.b)-1]; c != '{' && c != '[' {
		e.b = append(e.b, ',')
	}
}

func (e *encoder) name(name string) {
	e.element()
	e.b = append(e.b, '"')
	e.b = append(e.b, name...)
	e.b = append(e.b, '"', ':')
}

func (e *encoder) text(name, value string) {
	e.name(name)
	e.b = appendString(e.b, value)
}

func (e *encoder) raw(name, value string) {
	e.name(name)
	e.b = append(e.b, value...)
}

func (e *encoder) number(name string, value *float64) {
	if value != nil {
		e.name(name)
		e.b = strconv.AppendFloat(e.b, *value, 'g', -1, 64)
	}
}

// delivery says how the reply is to come.
func (e *encoder) delivery(stream bool) {
	if stream {
		e.raw("stream", "true")
		e.raw("stream_options", `{"include_usage":true}`)
	}
}

// user says whom the request is for.
func (e *encoder) user(name string) {
	switch {
	case name == "":
	case e.OpenAI:
		e.text("user", name)
	default:
		e.text("user_id", name)
	}
}

// sampling says how the text is to be made, and when it ends.
func (e *encoder) sampling(maxTokens int, temperature, topP *float64, stops []string) {
	if maxTokens > 0 {
		e.raw("max_tokens", strconv.Itoa(maxTokens))
	}
	e.number("temperature", temperature)
	e.number("top_p", topP)
	if len(stops) == 0 {
		return
	}
	e.name("stop")
	e.open('[')
	for _, stop := range stops {
		e.element()
		e.b = appendString(e.b, stop)
	}
	e.close(']')
}

// merge adds the members of an object.
func (e *encoder) merge(object []byte) {
	start := len(e.b)
	e.b = append(e.b, ',')
	e.b = appendCompact(e.b, object)
	if len(e.b)-start <= len(",{}") {
		e.b = e.b[:start]
		return
	}
	e.b = append(e.b[:start+1], e.b[start+2:len(e.b)-1]...)
}

func (e *encoder) messages(messages []llm.Message) {
	e.name("messages")
	e.open('[')
	for i, m := range messages {
		switch m.Role {
		case llm.RoleTool:
			for _, p := range m.Parts {
				e.toolResult(p.(llm.ToolResult))
			}
		case llm.RoleAssistant:
			e.assistant(m, !e.OpenAI && i == len(messages)-1)
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
	e.close(']')
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

func (e *encoder) tools(req *llm.Request) {
	if len(req.Tools) == 0 {
		return
	}
	e.name("tools")
	e.open('[')
	for _, t := range req.Tools {
		e.element()
		e.open('{')
		if t.Kind != "" {
			e.text("type", t.Kind)
			e.close('}')
			continue
		}
		e.text("type", "function")
		e.name("function")
		e.open('{')
		e.function(t)
		e.close('}')
		e.close('}')
	}
	e.close(']')
	switch name, named := req.ToolChoice.Name(); {
	case named:
		e.name("tool_choice")
		e.b = append(e.b, `{"type":"function","function":{"name":`...)
		e.b = appendString(e.b, name)
		e.b = append(e.b, '}', '}')
	case req.ToolChoice != "":
		e.text("tool_choice", string(req.ToolChoice))
	}
}

// function writes the members that describe a tool.
func (e *encoder) function(t llm.ToolSpec) {
	e.text("name", t.Name)
	if t.Description != "" {
		e.text("description", t.Description)
	}
	if len(t.Schema) > 0 {
		e.name("parameters")
		e.b = appendCompact(e.b, t.Schema)
	}
	if t.Strict {
		e.raw("strict", "true")
	}
}
