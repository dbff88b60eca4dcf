package langchaingo

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// A history reads messages of langchaingo. Replies that it knows it puts back as
// they were.
type history struct {
	recall   *recall
	warnings *warnings
	needed   bool   // earlier replies must have their reasoning
	user     string // whom the conversation is with, if that is known

	messages []llm.Message
	whose    digest // the user
	said     digest // all that the system and the user said
	before   digest // all messages, as the caller may see them: without reasoning
	buf      []byte // for digest
}

// read appends messages.
func (h *history) read(messages []llms.MessageContent) error {
	h.whose = h.digest(digest{}, func(b []byte) []byte { return appendTexts(b, h.user) })
	h.said, h.before = h.whose, h.whose
	run := exchange{history: h} // of calls and results, which may belong together
	for i, m := range messages {
		c, err := readContents(i, m, h.warnings)
		if err != nil {
			return err
		}
		role := roleOf(m.Role)
		if role == "" {
			return invalid("message %d: there is no role %q", i, m.Role)
		}
		if role == llm.RoleTool || len(c.calls) > 0 {
			run.add(i, c)
			continue
		}
		run.end()
		switch {
		case role != llm.RoleAssistant:
			h.append(llm.Message{Role: role, Parts: c.parts})
		case i == len(messages)-1: // the beginning of a reply, not one that was given
			h.messages = append(h.messages, c.message())
		default:
			h.reply(c)
		}
	}
	run.end()
	return nil
}

func roleOf(t llms.ChatMessageType) llm.Role {
	switch t {
	case llms.ChatMessageTypeSystem:
		return llm.RoleSystem
	case llms.ChatMessageTypeHuman, llms.ChatMessageTypeGeneric:
		return llm.RoleUser
	case llms.ChatMessageTypeAI:
		return llm.RoleAssistant
	case llms.ChatMessageTypeTool, llms.ChatMessageTypeFunction:
		return llm.RoleTool
	}
	return ""
}

// reply appends a reply without calls.
func (h *history) reply(c *contents) {
	m := c.message()
	if c.reasoning == nil {
		if r := h.recall.find(h.textKey(m.Text()), h.before); r != nil {
			m = r.message
		} else {
			h.unknown()
		}
	}
	h.append(m)
}

// unknown warns that the reasoning of a reply is not known.
func (h *history) unknown() {
	if h.needed {
		h.warnings.add(Dropped, "Reasoning", "the reasoning of an earlier reply is not known here, but a model that is offered tools may want it: see LLM.Recall and ReasoningPart")
	}
}

// append adds a message to what there is.
func (h *history) append(m llm.Message) {
	h.messages = append(h.messages, m)
	add := func(b []byte) []byte { return appendParts(appendTexts(b, string(m.Role)), m.Parts) }
	h.before = h.digest(h.before, add)
	if m.Role == llm.RoleUser || m.Role == llm.RoleSystem {
		h.said = h.digest(h.said, add)
	}
}

// A digest stands for a conversation, or a part of one.
type digest [sha256.Size]byte

// digest returns the digest of d and what add appends.
func (h *history) digest(d digest, add func([]byte) []byte) digest {
	h.buf = add(append(h.buf[:0], d[:]...))
	return sha256.Sum256(h.buf)
}

// appendParts appends what the parts are, but for reasoning.
func appendParts(b []byte, parts llm.Parts) []byte {
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			b = appendTexts(b, "text", string(p))
		case llm.ToolCall:
			b = appendTexts(b, "call", p.ID, p.Name, p.Args)
		case llm.ToolResult:
			b = appendParts(appendTexts(b, "result", p.ID, p.Name), p.Content)
		case llm.Blob:
			sum := sha256.Sum256(p.Data)
			b = append(appendTexts(b, "blob", p.MIMEType, p.URL, p.Detail), sum[:]...)
		}
	}
	return b
}

// appendTexts appends texts so that it is clear where each ends.
func appendTexts(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(appendCount(b, len(s)), s...)
	}
	return b
}

func appendCount(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}
