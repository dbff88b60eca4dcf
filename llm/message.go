package llm

import "strings"

// A Role says who wrote a message.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"          // whoever runs the program
	RoleUser      Role = "user"            // whoever asks
	RoleAssistant Role = "assistant"       // the model
	RoleTool      Role = "tool"            // the tools that the model called
	RoleReminder  Role = "latest_reminder" // date, place and the like, for the user message that follows; DeepSeek's
)

// A Message is one entry of a conversation.
//
// A user's message holds [Text] and [Blob] parts; the model's [Reasoning],
// [Text] and [ToolCall] parts; a message of RoleTool [ToolResult] parts, one for
// each call of the message before it.
type Message struct {
	Role  Role  `json:"role"`
	Parts Parts `json:"parts"`
}

// System returns a message that instructs the model.
func System(text string) Message { return Message{RoleSystem, Parts{Text(text)}} }

// User returns a message from the user.
func User(text string) Message { return Message{RoleUser, Parts{Text(text)}} }

// Assistant returns a message from the model. As the last message of a request
// it is the beginning of the reply, which the model continues.
func Assistant(text string) Message { return Message{RoleAssistant, Parts{Text(text)}} }

// Text returns the text of m, without reasoning and tool traffic.
func (m Message) Text() string {
	return m.Parts.join(func(p Part) (string, bool) {
		t, ok := p.(Text)
		return string(t), ok
	})
}

// Reasoning returns the reasoning of m. It is "" both for reasoning that is
// empty and for none at all; see [Message.HasReasoning].
func (m Message) Reasoning() string {
	return m.Parts.join(func(p Part) (string, bool) {
		r, ok := p.(Reasoning)
		return r.Text, ok
	})
}

// HasReasoning reports whether m has reasoning, though it may be empty.
func (m Message) HasReasoning() bool {
	for _, p := range m.Parts {
		if _, ok := p.(Reasoning); ok {
			return true
		}
	}
	return false
}

// ToolCalls returns the tool calls that m asks for, in order.
func (m Message) ToolCalls() []ToolCall {
	var calls []ToolCall
	for _, p := range m.Parts {
		if c, ok := p.(ToolCall); ok {
			calls = append(calls, c)
		}
	}
	return calls
}

// join concatenates the texts that of finds. It copies only if there are several.
func (ps Parts) join(of func(Part) (string, bool)) string {
	var first string
	var b strings.Builder
	for _, p := range ps {
		s, ok := of(p)
		switch {
		case !ok || s == "":
		case b.Len() > 0:
			b.WriteString(s)
		case first == "":
			first = s
		default:
			b.WriteString(first)
			b.WriteString(s)
		}
	}
	if b.Len() > 0 {
		return b.String()
	}
	return first
}
