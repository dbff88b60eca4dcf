package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
)

// A Turn is what a user says and all that answers it. As JSON it is an object
// with the fields in this order, and comes back without loss; what is said of
// [llm.Parts] holds.
type Turn struct {
	ID       string        `json:"id"`              // unlike all others of the conversation: up to 256 bytes of UTF-8 without control characters
	After    string        `json:"after,omitempty"` // ID of the turn before it; "" if it is the first
	Messages []llm.Message `json:"messages"`

	// Summary says that the turn stands for all turns before it, which the model
	// sees no more. It holds the summary as a message of the user, since what it
	// sums up may come from anywhere and must not be obeyed as a system prompt is,
	// and then perhaps the newest turns once more, word for word.
	Summary bool `json:"summary,omitempty"`
}

// maxID is how long the ID of a turn may be, in bytes.
const maxID = 256

// Check returns an error that wraps [ErrInvalid] and names the message if no
// model could be sent the turn: APIs refuse a conversation that has one broken
// message in it, and would do so for ever after. Every Memory calls it; only a
// store that is being written needs to.
//
// A turn has an ID, and begins with a message of the user; a reminder may stand
// right before that, and before any later one, but nowhere else. Each message has a
// known role, and the parts that are said at [llm.Message]. Tool calls have a
// name, an ID of their own in their message, and arguments that are JSON, or
// none. The messages that directly follow hold one result for each of them, and
// no others. Whether there is an answer is not asked.
//
// These are the rules of DeepSeek's API and of those like it. What only some
// APIs refuse, as files in the result of a tool, is not found.
func (t Turn) Check() error {
	if err := t.check(); err != nil {
		return &Error{Op: "append", Turn: t.ID, Err: fmt.Errorf("%w: %w", ErrInvalid, err)}
	}
	return nil
}

func (t Turn) check() error {
	for _, id := range []string{t.ID, t.After} {
		if len(id) > maxID || !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) {
			return fmt.Errorf("the ID %.300q is not up to %d bytes of UTF-8 without control characters", id, maxID)
		}
	}
	switch {
	case t.ID == "":
		return errors.New("it has no ID")
	case t.ID == t.After:
		return errors.New("it is to come after itself")
	case len(t.Messages) == 0:
		return errors.New("it has no messages")
	}
	first := slices.IndexFunc(t.Messages, func(m llm.Message) bool { return m.Role != llm.RoleReminder })
	if first >= 0 && t.Messages[first].Role != llm.RoleUser {
		return fmt.Errorf("message %d is the first and has the role %q: a turn begins with a message of the user, and a system prompt is no part of it", first, t.Messages[first].Role)
	}
	var made calls
	var caller int // index of the message that made them
	for i, m := range t.Messages {
		if len(made.open) > 0 && m.Role != llm.RoleTool {
			return fmt.Errorf("message %d makes the tool call %q, but message %d comes before its result", caller, made.first(), i)
		}
		var err error
		switch m.Role {
		case llm.RoleAssistant:
			made, err = checkReply(m)
			caller = i
		case llm.RoleTool:
			err = made.checkResults(m)
		case llm.RoleReminder:
			if i+1 == len(t.Messages) || t.Messages[i+1].Role != llm.RoleUser {
				err = errors.New("a reminder must be followed by the message of the user that it is for")
			}
			fallthrough
		case llm.RoleUser, llm.RoleSystem:
			for _, p := range m.Parts {
				_, text := p.(llm.Text)
				_, blob := p.(llm.Blob)
				if !text && !(blob && m.Role == llm.RoleUser) {
					err = misplaced(m, p)
				}
			}
		default:
			err = fmt.Errorf("the role %q is none", m.Role)
		}
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	if len(made.open) > 0 {
		return fmt.Errorf("message %d makes the tool call %q, which has no result", caller, made.first())
	}
	return nil
}

// calls are the tool calls of a message. There may be very many: a model says how many.
type calls struct {
	ids  []string
	open map[string]struct{} // those that have no result yet
}

// first returns the ID of the first call that has no result yet.
func (c calls) first() string {
	i := slices.IndexFunc(c.ids, func(id string) bool { _, open := c.open[id]; return open })
	return c.ids[i]
}

// checkReply returns the calls in m.
func checkReply(m llm.Message) (calls, error) {
	var made calls
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.Text, llm.Reasoning:
		case llm.ToolCall:
			_, twice := made.open[p.ID]
			switch {
			case p.ID == "":
				return calls{}, errors.New("a tool call has no ID")
			case p.Name == "":
				return calls{}, fmt.Errorf("the tool call %q has no name", p.ID)
			case twice:
				return calls{}, fmt.Errorf("two tool calls have the ID %q", p.ID)
			case p.Args != "" && !json.Valid([]byte(p.Args)):
				return calls{}, fmt.Errorf("the arguments of the tool call %q are not JSON: put {} in their place", p.ID)
			}
			if made.open == nil {
				made.open = map[string]struct{}{}
			}
			made.open[p.ID] = struct{}{}
			made.ids = append(made.ids, p.ID)
		default:
			return calls{}, misplaced(m, p)
		}
	}
	return made, nil
}

// checkResults takes the results in m for those of the calls.
func (c calls) checkResults(m llm.Message) error {
	if len(m.Parts) == 0 {
		return errors.New("there is no tool result in it")
	}
	for _, p := range m.Parts {
		r, ok := p.(llm.ToolResult)
		if !ok {
			return misplaced(m, p)
		}
		if _, open := c.open[r.ID]; !open {
			return fmt.Errorf("the tool result %q answers no call that waits for one", r.ID)
		}
		delete(c.open, r.ID)
		if err := checkContent(r.Content, 1); err != nil {
			return fmt.Errorf("the tool result %q: %w", r.ID, err)
		}
	}
	return nil
}

// maxNested is how deep tool results may be inside each other, as in llm.Parts.
const maxNested = 100

// checkContent finds what cannot be encoded.
func checkContent(parts llm.Parts, depth int) error {
	if depth > maxNested {
		return fmt.Errorf("more than %d tool results inside each other", maxNested)
	}
	for i, p := range parts {
		switch p := p.(type) {
		case llm.Text, llm.Reasoning, llm.ToolCall, llm.Blob:
		case llm.ToolResult:
			if err := checkContent(p.Content, depth+1); err != nil {
				return err
			}
		default:
			return fmt.Errorf("part %d is a %T, which is none of the kinds of part", i, p)
		}
	}
	return nil
}

func misplaced(m llm.Message, p llm.Part) error {
	return fmt.Errorf("a message with the role %s has no parts of the type %T", m.Role, p)
}

// clone returns a copy of t that shares nothing with it that can be changed.
func (t Turn) clone() Turn {
	messages := make([]llm.Message, len(t.Messages))
	for i, m := range t.Messages {
		messages[i] = llm.Message{Role: m.Role, Parts: cloneParts(m.Parts)}
	}
	t.Messages = messages
	return t
}

func cloneParts(parts llm.Parts) llm.Parts {
	parts = slices.Clip(slices.Clone(parts))
	for i, p := range parts {
		switch p := p.(type) {
		case llm.ToolResult:
			p.Content = cloneParts(p.Content)
			parts[i] = p
		case llm.Blob:
			p.Data = slices.Clip(slices.Clone(p.Data))
			parts[i] = p
		}
	}
	return parts
}
