package output

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hadal-go/hadal/llm"
)

// A Mode is a way to make a model keep to a schema. The zero value leaves the
// choice to the [Generator]: the first in the order of the constants that the
// provider has and the request allows, as far as [llm.AbilitiesOf] knows. One that
// the provider refuses as [llm.ErrInvalid] is passed over for the next. That is
// tried with every request: to spare it, set the mode.
//
// No mode touches the effort: a model that reasons goes on reasoning. As such a
// model cannot be made to call a tool, the choice of the tool is forced only if
// the effort of the request is none.
type Mode string

// The modes.
const (
	// ModeSchema has the provider enforce the schema, by [llm.Request].Schema: in
	// its strict form, see [schema.Schema.StrictDefs], if there is one. It is for
	// requests without stop strings, reminders, and a beginning of the reply.
	ModeSchema Mode = "schema"

	// ModeStrict gives the model a tool for its answer, and has the provider enforce
	// the schema of the arguments. The schema must have a strict form, see
	// [schema.Schema.Strict], and the tools of the request must all be strict.
	ModeStrict Mode = "strict"

	// ModeTool gives the model a tool for its answer. As in ModeStrict, an answer
	// that comes as text instead is read as well.
	ModeTool Mode = "tool"

	// ModeJSON has the provider see to it that the reply is a JSON object, with
	// [llm.FormatJSON]. The schema is in the messages.
	ModeJSON Mode = "json"

	// ModeText asks for no more than text. The schema is in the messages.
	ModeText Mode = "text"
)

// ladder returns the modes to try, in order: the given one, or all that the
// request allows.
func (t *task) ladder(mode Mode) ([]Mode, error) {
	if mode != "" {
		if why := t.cannot(mode); why != "" {
			return nil, invalid("mode %q: %s", mode, why)
		}
		return []Mode{mode}, nil
	}
	var list []Mode
	for _, m := range []struct {
		mode Mode
		able bool
	}{
		{ModeSchema, t.able.Schema && t.plain()},
		{ModeStrict, t.able.StrictTools && t.callable()},
		{ModeTool, (t.able.StrictTools || t.able.ForcedTools || len(t.req.Tools) > 0) && t.callable()},
		{ModeJSON, t.able.JSON && t.begun == nil},
		{ModeText, true},
	} {
		if m.able && t.cannot(m.mode) == "" {
			list = append(list, m.mode)
		}
	}
	return list, nil
}

// cannot returns why the request cannot be sent in a mode, or "".
func (t *task) cannot(mode Mode) string {
	switch mode {
	case ModeJSON, ModeText:
		return ""
	case ModeSchema:
		if t.begun != nil {
			return "the last message is the beginning of the reply, which cannot be continued under a schema"
		}
		return ""
	case ModeStrict:
		if slices.ContainsFunc(t.req.Tools, func(s llm.ToolSpec) bool { return !s.Strict }) {
			return "not all tools of the request are strict"
		}
		if _, err := t.object.Strict(); err != nil {
			return "the schema has no strict form: " + err.Error()
		}
		fallthrough
	case ModeTool:
		if t.begun != nil {
			return "the last message is the beginning of the reply, which is no tool call"
		}
		return ""
	}
	return fmt.Sprintf("it is none of %q, %q, %q, %q and %q", ModeSchema, ModeStrict, ModeTool, ModeJSON, ModeText)
}

// plain reports whether the request has nothing that the endpoints which enforce
// schemas lack.
func (t *task) plain() bool {
	return len(t.req.Stop) == 0 &&
		!slices.ContainsFunc(t.req.Messages, func(m llm.Message) bool { return m.Role == llm.RoleReminder })
}

// callable reports whether a tool more does no harm: the model may call tools, and
// if there are none yet, no reply in the conversation lacks its reasoning. DeepSeek
// refuses that in thinking mode, as soon as there are tools.
func (t *task) callable() bool {
	if t.req.ToolChoice == llm.ToolNone {
		return false
	}
	return len(t.req.Tools) > 0 || t.req.Effort == llm.EffortNone ||
		!slices.ContainsFunc(t.req.Messages, func(m llm.Message) bool {
			return m.Role == llm.RoleAssistant && !m.HasReasoning()
		})
}

// toolName returns a name for the output tool that no tool of the request has.
func toolName(tools []llm.ToolSpec) string {
	name := "answer"
	for i := 2; slices.ContainsFunc(tools, func(s llm.ToolSpec) bool { return s.Name == name }); i++ {
		name = "answer_" + strconv.Itoa(i)
	}
	return name
}

// invalid returns the error of a request that cannot be sent.
func invalid(format string, args ...any) error {
	return &llm.Error{Message: fmt.Sprintf(format, args...), Err: llm.ErrInvalid}
}
