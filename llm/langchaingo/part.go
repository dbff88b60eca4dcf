package langchaingo

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// A ReasoningPart is an [llms.ContentPart] for what a model reasoned before it
// wrote the message of role ai that the part stands in. It is for a conversation
// that is stored, and goes on when the [LLM] that answered is gone: see
// [LLM.Recall].
//
// An LLM alone understands it. Of langchaingo's own models some fail, and some
// drop the part without a word. It is empty to langchaingo's text functions.
type ReasoningPart struct {
	llms.TextContent // left empty; it makes this a part
	Reasoning        string
}

// contents are the parts of a message of langchaingo, sorted.
type contents struct {
	parts     llm.Parts // text, images, files
	reasoning *llm.Reasoning
	calls     []llm.ToolCall
	results   []llm.ToolResult
}

// text returns the text among the parts.
func (c *contents) text() string { return llm.Message{Parts: c.parts}.Text() }

// message returns a message of role ai without calls.
func (c *contents) message() llm.Message {
	m := llm.Message{Role: llm.RoleAssistant, Parts: c.parts}
	if c.reasoning != nil {
		m.Parts = append(llm.Parts{*c.reasoning}, c.parts...)
	}
	return m
}

// readContents sorts the parts of message i.
func readContents(i int, m llms.MessageContent, w *warnings) (*contents, error) {
	var c contents
	for _, p := range m.Parts {
		if err := c.read(i, p, w); err != nil {
			return nil, err
		}
	}
	ai := m.Role == llms.ChatMessageTypeAI
	tool := m.Role == llms.ChatMessageTypeTool || m.Role == llms.ChatMessageTypeFunction
	switch {
	case !ai && (len(c.calls) > 0 || c.reasoning != nil):
		return nil, invalid("message %d: a message of role %s has tool calls or reasoning, which only role ai can have", i, m.Role)
	case len(c.calls) > 0 && slices.ContainsFunc(c.parts, func(p llm.Part) bool { _, ok := p.(llm.Text); return !ok }):
		return nil, invalid("message %d: a message with tool calls has an image or a file, which no model writes", i)
	case !tool && len(c.results) > 0:
		return nil, invalid("message %d: a message of role %s has tool call responses, which only role tool can have", i, m.Role)
	case tool && len(c.parts) > 0:
		return nil, invalid("message %d: a message of role %s has parts that are not tool call responses", i, m.Role)
	}
	return &c, nil
}

func (c *contents) read(i int, p llms.ContentPart, w *warnings) error {
	switch p := p.(type) {
	case llms.TextContent:
		c.parts = append(c.parts, llm.Text(p.Text))
	case ReasoningPart:
		if c.reasoning == nil {
			c.reasoning = new(llm.Reasoning)
		}
		c.reasoning.Text += p.Reasoning
	case llms.ImageURLContent:
		c.parts = append(c.parts, imageOf(p))
	case llms.BinaryContent:
		c.parts = append(c.parts, llm.Blob{MIMEType: p.MIMEType, Data: p.Data})
	case llms.ToolCall:
		if p.FunctionCall == nil {
			return invalid("message %d: tool call %q has no FunctionCall; mind that llms.ToolCall does not decode from JSON by itself", i, p.ID)
		}
		c.calls = append(c.calls, llm.ToolCall{ID: p.ID, Name: p.FunctionCall.Name, Args: p.FunctionCall.Arguments})
	case llms.ToolCallResponse:
		c.results = append(c.results, llm.ToolResult{ID: p.ToolCallID, Name: p.Name, Content: llm.Parts{llm.Text(p.Content)}})
	case llms.CachedContent:
		if p.CacheControl != nil {
			w.add(Ignored, "CacheControl", "no marks for the cache are sent; DeepSeek caches every prefix by itself")
		}
		return c.read(i, p.ContentPart, w)
	default:
		return invalid("message %d: a part of type %T is not one that can be carried", i, p)
	}
	return nil
}

// imageOf returns an image. That of a data URL is data.
func imageOf(p llms.ImageURLContent) llm.Blob {
	if rest, ok := strings.CutPrefix(p.URL, "data:"); ok {
		if kind, text, ok := strings.Cut(rest, ";base64,"); ok {
			if data, err := base64.StdEncoding.DecodeString(text); err == nil {
				return llm.Blob{MIMEType: kind, Data: data, Detail: p.Detail}
			}
		}
	}
	return llm.Blob{URL: p.URL, Detail: p.Detail}
}
