package prompt

import (
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// Lint reports what in the parts of the chat keeps its messages from being cached,
// whatever the values. What is constant must come first, see [Lint]; so it reports
//
//   - a [System] message with fields: write it without, and put what changes into
//     the user's message, or into a [Reminder] before that;
//   - a System message without fields, [Examples], or a message of the user and
//     one of the model without fields, behind a part that changes: a message with
//     fields, a [History], a [Choose]. Put it before;
//   - volatile text in the constant text of the messages before the first that
//     changes and is not the system's. There it got by building the template's text
//     when the program starts, say with fmt.Sprintf and time.Now.
//
// A range over a map is none: templates go through the keys in order. What the
// values do is seen in requests alone: Lint them, too.
func (c *Chat[T]) Lint() []Finding {
	var l lint
	changes := "" // the first part that is not constant
	head := true  // no message of another than the system changed so far
	for i, p := range c.parts {
		place, constant := layout(p)
		switch {
		case constant && changes != "" && movable(c.parts, i):
			l.add(place, textOf(p), "it is constant, but stands behind "+changes+", which changes, and so is never cached: put it before that")
		case !constant && isSystem(p):
			line, action := firstAction(p.(message).text)
			if line > 0 {
				place += fmt.Sprintf(", line %d", line)
			}
			l.add(place, action, "a system message that changes ends the cache at the beginning: "+moveIt)
		}
		if m, ok := p.(message); ok && head {
			l.constants(m)
		}
		if !constant {
			head = head && isSystem(p)
			if changes == "" {
				changes, _ = layout(p)
			}
		}
	}
	return l.found
}

// constants reports volatile text in the constant text of a message.
func (l *lint) constants(m message) {
	for _, text := range m.prog.texts() {
		volatile(text, func(h hit) bool {
			place := m.name
			if i := strings.Index(m.text, text); i >= 0 { // else it is a partial's
				place += fmt.Sprintf(", line %d", 1+strings.Count(m.text[:i+h.at], "\n"))
			}
			return l.add(place, h.text, "looks like "+h.is+" when the template was made: write the template without it, with a field in a Reminder or in what the user says")
		})
	}
}

// layout returns the name of a part, and whether it makes the same messages for
// all values.
func layout(p Part) (name string, constant bool) {
	switch p := p.(type) {
	case message:
		return p.name, p.prog.fixed()
	case history:
		return p.name, false
	case examples:
		return p.name, !p.chosen
	}
	return "", true
}

func isSystem(p Part) bool {
	m, ok := p.(message)
	return ok && m.role == llm.RoleSystem
}

// movable reports whether the constant part i could stand elsewhere: a message of
// the system, or examples, also as two messages. What the user says last and the
// beginning of the reply cannot.
func movable(parts []Part, i int) bool {
	switch p := parts[i].(type) {
	case examples:
		return len(p.list) > 0
	case message:
		return p.role == llm.RoleSystem || p.role == llm.RoleUser && i+2 < len(parts) && isReply(parts[i+1])
	}
	return false
}

// isReply reports whether a part is a constant message of the model.
func isReply(p Part) bool {
	m, ok := p.(message)
	return ok && m.role == llm.RoleAssistant && m.prog.fixed()
}

// textOf returns what a constant part says first.
func textOf(p Part) string {
	switch p := p.(type) {
	case message:
		return strings.TrimSpace(p.text)
	case examples:
		return p.list[0].Input
	}
	return ""
}

// firstAction returns the first action of a template that may have a field, and
// its line. If none is found, the line is 0.
func firstAction(text string) (line int, action string) {
	for at := 0; ; {
		i := strings.Index(text[at:], "{{")
		if i < 0 {
			return 0, ""
		}
		i += at
		n := strings.Index(text[i:], "}}")
		if n < 0 {
			return 0, ""
		}
		at = i + n + 2
		action = text[i:at]
		if !strings.HasPrefix(strings.TrimLeft(action, "{- \t\n"), "/*") && strings.ContainsAny(action, ".$") {
			return 1 + strings.Count(text[:i], "\n"), action
		}
	}
}
