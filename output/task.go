package output

import (
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// A task is what all attempts at a request have in common.
type task struct {
	req    *llm.Request   // the caller's, without the beginning of the reply; it is not modified
	begun  *llm.Message   // the beginning of the reply; nil if there is none
	want   *schema.Schema // of the value
	object *schema.Schema // want, or an object around it if that is not of objects
	able   llm.Abilities
	tool   string // name of the output tool
	words  string // said in place of the schema; "" in general
	head   bool   // the schema goes into the first system message
}

// newTask returns the task of making what want describes of a request.
func newTask(m llm.Model, req *llm.Request, want, object *schema.Schema) *task {
	t := &task{req: req, want: want, object: object, able: llm.AbilitiesOf(m, req.Model), tool: toolName(req.Tools)}
	if last := len(req.Messages) - 1; last >= 0 && req.Messages[last].Role == llm.RoleAssistant {
		rest := *req
		rest.Messages, t.begun = req.Messages[:last], &req.Messages[last]
		t.req = &rest
	}
	return t
}

// answers reports whether name is that of the output tool, if there is one in a
// mode. Where nothing else can be meant, a slip is forgiven.
func (t *task) answers(mode Mode, name string) bool {
	if mode != ModeStrict && mode != ModeTool {
		return false
	}
	return name == t.tool || len(t.req.Tools) == 0 || strings.EqualFold(name, t.tool) && !t.has(llm.ToolCall{Name: name})
}

// has reports whether a call is of a tool of the request.
func (t *task) has(c llm.ToolCall) bool {
	return slices.ContainsFunc(t.req.Tools, func(s llm.ToolSpec) bool { return c.Name == s.Name || s.Kind != "" && c.Name == s.Kind })
}

// form returns what is asked for in a mode.
func (t *task) form(mode Mode) form {
	f := form{want: t.want, asked: t.object}
	switch mode {
	case ModeText:
		f.asked = t.want
	case ModeSchema, ModeStrict:
		_, err := t.object.Strict()
		f.nulls = err == nil
	}
	return f
}

// request returns the first request in a mode. Its messages are its own.
func (t *task) request(mode Mode) *llm.Request {
	req := *t.req
	req.Schema, req.Format = nil, ""
	words := ""
	switch mode {
	case ModeSchema:
		req.Schema = t.object.JSON()
		if strict, err := t.object.StrictDefs(); err == nil {
			req.Schema = strict
		}
	case ModeStrict, ModeTool:
		spec := llm.ToolSpec{Name: t.tool, Description: "Takes the answer. Call it once, with the whole answer as its arguments.", Schema: t.object.JSON()}
		if mode == ModeStrict {
			spec.Schema, _ = t.object.Strict() // there is one, or the mode would not be on the ladder
			spec.Strict = true
		}
		req.Tools = append(slices.Clip(req.Tools), spec)
		if !t.force(&req) {
			words = "Give the answer by calling the tool " + t.tool + ", not as text."
		}
	case ModeJSON:
		req.Format = llm.FormatJSON
		fallthrough
	case ModeText:
		words = t.schemaWords(mode)
	}
	req.Messages = t.tell(words)
	return &req
}

// force makes the model call a tool, and reports whether it can be made to: not
// while it reasons, which it does unless it is told not to, and not if the caller
// made a choice.
func (t *task) force(req *llm.Request) bool {
	if !t.able.ForcedTools || req.Effort != llm.EffortNone || req.ToolChoice != "" {
		return false
	}
	req.ToolChoice = llm.ToolNamed(t.tool)
	if len(t.req.Tools) > 0 {
		req.ToolChoice = llm.ToolRequired
	}
	return true
}

// schemaWords returns how a prompt asks for the value.
func (t *task) schemaWords(mode Mode) string {
	if t.words != "" {
		return t.words
	}
	return "Answer with a JSON value that satisfies this JSON Schema, and with nothing else:\n\n" + string(t.form(mode).asked.JSON())
}

// tell returns a copy of the messages with words in them: in the first system
// message if t.head, or else at the end of what the user said last. If they are in
// a message already, they are not said again: so a conversation that goes on keeps
// its beginning.
func (t *task) tell(words string) []llm.Message {
	messages := slices.Clone(t.req.Messages)
	if words == "" {
		return messages
	}
	role, at := llm.RoleUser, -1
	if t.head {
		role = llm.RoleSystem
	}
	for i, m := range messages {
		if m.Role != role {
			continue
		}
		if strings.HasSuffix(m.Text(), words) {
			return messages
		}
		if !t.head || at < 0 {
			at = i
		}
	}
	if at < 0 {
		m := llm.Message{Role: role, Parts: llm.Parts{llm.Text(words)}}
		if t.head {
			return slices.Insert(messages, 0, m)
		}
		return append(messages, m)
	}
	m := &messages[at]
	if m.Text() != "" {
		words = "\n\n" + words
	}
	m.Parts = append(slices.Clip(m.Parts), llm.Text(words))
	return messages
}
