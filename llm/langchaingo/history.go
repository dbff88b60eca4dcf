package langchaingo

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"

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
	said     digest // all that the system and the user said
	before   digest // all messages
}

// read appends messages.
func (h *history) read(messages []llms.MessageContent) error {
	h.said = h.said.message(llm.User(h.user)) // so that one user's conversation is not another's
	h.before = h.said
	var run *exchange // of calls and results, which may belong together
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
			if run == nil {
				run = &exchange{history: h}
			}
			run.add(i, c)
			continue
		}
		run.end()
		run = nil
		if role == llm.RoleAssistant {
			h.reply(c, i == len(messages)-1)
			continue
		}
		h.append(llm.Message{Role: role, Parts: c.parts})
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
func (h *history) reply(c *contents, last bool) {
	if c.reasoning != nil {
		h.append(llm.Message{Role: llm.RoleAssistant, Parts: append(llm.Parts{*c.reasoning}, c.parts...)})
		return
	}
	m := llm.Message{Role: llm.RoleAssistant, Parts: c.parts}
	if last { // the beginning of a reply, not one that was given
		h.append(m)
		return
	}
	if r := h.recall.byText(h, m.Text()); r != nil {
		m = r.message
	} else {
		h.unknown()
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
	h.before = h.before.message(m)
	if m.Role == llm.RoleUser || m.Role == llm.RoleSystem {
		h.said = h.said.message(m)
	}
}

// A digest stands for a conversation, or a part of one.
type digest [sha256.Size]byte

// message returns the digest of d and m.
func (d digest) message(m llm.Message) digest {
	h := sha256.New()
	h.Write(d[:])
	field(h, string(m.Role))
	hashParts(h, m.Parts)
	h.Sum(d[:0])
	return d
}

func hashParts(h hash.Hash, parts llm.Parts) {
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			field(h, "text", string(p))
		case llm.Reasoning:
			field(h, "reasoning", p.Text)
		case llm.ToolCall:
			field(h, "call", p.ID, p.Name, p.Args)
		case llm.ToolResult:
			field(h, "result", p.ID, p.Name)
			hashParts(h, p.Content)
		case llm.Blob:
			field(h, "blob", p.MIMEType, p.URL, p.Detail)
			sum := sha256.Sum256(p.Data)
			h.Write(sum[:])
		}
	}
}

// field writes texts so that it is clear where each ends.
func field(h hash.Hash, texts ...string) {
	for _, s := range texts {
		var size [8]byte
		binary.LittleEndian.PutUint64(size[:], uint64(len(s)))
		h.Write(size[:])
		io.WriteString(h, s)
	}
}
