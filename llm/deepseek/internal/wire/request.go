package wire

import (
	"cmp"
	"encoding/base64"
	"strconv"

	"github.com/hadal-go/hadal/llm"
)

// Settings are what a request says besides what is in an [llm.Request].
type Settings struct {
	OpenAI    bool // in OpenAI's words, without what only DeepSeek has
	Responses bool // for the Responses endpoint
	Model     string
	Stream    bool
	Thinking  string // "enabled", "disabled", or "" for the default
	Effort    string // "" for the default
	Reasoning bool   // earlier replies carry their reasoning
	Blank     bool   // and a blank one if they have none
}

// Declared is what the requests of a conversation have in common besides their
// messages, as JSON.
type Declared struct {
	Tools  []byte // a list; nil if there are none
	Schema []byte // an object; nil if there is none
}

// Declare returns what req declares.
func Declare(req *llm.Request, s Settings) Declared {
	var d Declared
	if len(req.Tools) > 0 {
		e := encoder{nil, s}
		e.tools(req.Tools)
		d.Tools = e.b
	}
	if len(req.Schema) > 0 {
		d.Schema = appendCompact(nil, req.Schema)
	}
	return d
}

// AppendRequest appends the body of a request to dst, of which d is a part. The
// request must keep the rules of the API; equal requests give equal bytes.
func AppendRequest(dst []byte, req *llm.Request, d Declared, s Settings) []byte {
	return AppendTail(append(AppendHead(dst, s), '['), req, 0, d, s)
}

// AppendHead appends what a body has before the list of its messages.
func AppendHead(dst []byte, s Settings) []byte {
	e := encoder{dst, s}
	e.open('{')
	e.text("model", s.Model)
	if s.Responses {
		e.name("input")
	} else {
		e.name("messages")
	}
	return e.b
}

// AppendTail appends what follows the given number of messages in a body: the
// others, and the rest. If there are messages before, dst does not end in a [.
func AppendTail(dst []byte, req *llm.Request, from int, d Declared, s Settings) []byte {
	e := encoder{dst, s}
	for i := from; i < len(req.Messages); i++ {
		e.message(req.Messages[i], !e.OpenAI && i == len(req.Messages)-1)
	}
	e.close(']')
	if d.Tools != nil {
		e.name("tools")
		e.b = append(e.b, d.Tools...)
		e.toolChoice(req.ToolChoice)
	}
	if e.Responses {
		e.responses(req, d.Schema)
	} else {
		e.chat(req, d.Schema)
	}
	e.merge(req.Extra)
	e.close('}')
	return e.b
}

// chat writes what the chat API is told after messages and tools.
func (e *encoder) chat(req *llm.Request, schema []byte) {
	e.delivery(e.Stream)
	if e.Thinking != "" {
		e.raw("thinking", `{"type":"`+e.Thinking+`"}`)
	}
	if e.Effort != "" {
		e.text("reasoning_effort", e.Effort)
	}
	switch {
	case schema != nil:
		e.raw("response_format", `{"type":"json_schema","json_schema":{"name":"reply","schema":`)
		e.b = append(e.b, schema...)
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
}

// Size returns about how many bytes [AppendHead] and [AppendTail] will append.
func Size(req *llm.Request, from int, d Declared) int {
	n := 512 + len(req.Extra)
	for _, m := range req.Messages[from:] {
		n += MessageSize(m)
	}
	return n + n/16 + len(d.Tools) + len(d.Schema)
}

// MessageSize returns about how many bytes [AppendMessage] will append, but for
// what must be escaped.
func MessageSize(m llm.Message) int {
	n := 64
	for _, p := range m.Parts {
		n += partSize(p)
	}
	return n
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

// tools writes the list of the tools.
func (e *encoder) tools(tools []llm.ToolSpec) {
	e.open('[')
	for _, t := range tools {
		e.element()
		e.open('{')
		e.text("type", cmp.Or(t.Kind, "function"))
		switch {
		case t.Kind != "":
		case e.Responses: // which has the members at the top
			e.function(t)
		default:
			e.name("function")
			e.open('{')
			e.function(t)
			e.close('}')
		}
		e.close('}')
	}
	e.close(']')
}

func (e *encoder) toolChoice(choice llm.ToolChoice) {
	switch name, named := choice.Name(); {
	case named:
		e.name("tool_choice")
		if e.Responses {
			e.b = append(e.b, `{"type":"function","name":`...)
			e.b = append(appendString(e.b, name), '}')
			return
		}
		e.b = append(e.b, `{"type":"function","function":{"name":`...)
		e.b = append(appendString(e.b, name), '}', '}')
	case choice != "":
		e.text("tool_choice", string(choice))
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
