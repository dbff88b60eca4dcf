package langchaingo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// An exchange is a run of messages with calls and messages with their results.
// It puts together again what one reply had: langchaingo's functions agent makes
// a message of each call, with its result behind it, and one message of the same
// call made twice. Where nothing is known of a reply, calls belong together if no
// result is between them.
//
// A nil exchange is one that has not begun.
type exchange struct {
	*history
	turns []*turn // not yet part of the history
}

// A turn is one reply with calls, and the results.
type turn struct {
	reply     *reply // as it was given, or nil if that is not known
	text      string
	reasoning *llm.Reasoning // if the caller gives it
	calls     []llm.ToolCall
	results   []llm.ToolResult
	open      []llm.ToolCall // calls without a result
}

// add adds message i.
func (x *exchange) add(i int, c *contents) {
	var first, last *turn
	for n, call := range c.calls {
		if call.ID == "" {
			call.ID = fmt.Sprintf("call_%d_%d", i, n) // the same each time: histories grow at the end
		}
		last = x.place(call, last)
		if first == nil {
			first = last
		}
	}
	if first != nil {
		first.text += c.text()
		if c.reasoning != nil {
			first.reasoning = c.reasoning
		}
	}
	for _, r := range c.results {
		x.result(r)
	}
}

// place adds a call to the turn that it belongs to. The turn of the call before
// it in the same message is prev, or nil.
func (x *exchange) place(call llm.ToolCall, prev *turn) *turn {
	for _, t := range x.turns {
		if t.reply != nil && !t.has(call.ID) && t.reply.finds(call) {
			return t.add(call)
		}
	}
	x.settle(false)
	r := x.recall.byCall(x.history, call)
	switch {
	case r != nil:
	case prev != nil:
		return prev.add(call)
	case len(x.turns) > 0:
		if t := x.turns[len(x.turns)-1]; t.reply == nil && len(t.results) == 0 && !t.has(call.ID) {
			return t.add(call)
		}
	}
	t := &turn{reply: r}
	x.turns = append(x.turns, t)
	return t.add(call)
}

// result adds the result of an open call. One that has none is added as it is,
// so that the model's adapter says what is wrong.
func (x *exchange) result(r llm.ToolResult) {
	for _, t := range x.turns {
		for k, call := range t.open {
			if r.ID == call.ID || r.ID == "" && (r.Name == call.Name || r.Name == "") {
				r.ID, r.Name = call.ID, call.Name
				t.results = append(t.results, r)
				t.open = slices.Delete(t.open, k, k+1)
				return
			}
		}
	}
	x.settle(true)
	x.append(llm.Message{Role: llm.RoleTool, Parts: llm.Parts{r}})
}

// settle appends the turns at the front that are complete, or all, to the
// history.
func (x *exchange) settle(all bool) {
	for len(x.turns) > 0 {
		t := x.turns[0]
		complete := len(t.open) == 0 && (t.reply == nil || len(t.calls) >= len(t.reply.calls))
		if !complete && !all {
			return
		}
		x.append(t.message(x.history))
		if len(t.results) > 0 {
			m := llm.Message{Role: llm.RoleTool}
			for _, r := range t.results {
				m.Parts = append(m.Parts, r)
			}
			x.append(m)
		}
		x.turns = x.turns[1:]
	}
}

// end appends what is left.
func (x *exchange) end() {
	if x != nil {
		x.settle(true)
	}
}

func (t *turn) has(id string) bool {
	return slices.ContainsFunc(t.calls, func(c llm.ToolCall) bool { return c.ID == id })
}

func (t *turn) add(call llm.ToolCall) *turn {
	t.calls = append(t.calls, call)
	t.open = append(t.open, call)
	return t
}

// message returns the message with the calls.
func (t *turn) message(h *history) llm.Message {
	if r := t.reply; r != nil && t.reasoning == nil && (t.text == "" || t.text == r.message.Text()) &&
		len(t.calls) == len(r.calls) && !slices.ContainsFunc(t.calls, func(c llm.ToolCall) bool { return !r.finds(c) }) {
		if r.wrapped {
			h.wrapped()
		}
		return r.message
	}
	m := llm.Message{Role: llm.RoleAssistant}
	text := t.text
	switch {
	case t.reasoning != nil:
		m.Parts = append(m.Parts, *t.reasoning)
	case t.reply == nil:
		h.unknown()
	case t.reply.message.HasReasoning():
		m.Parts = append(m.Parts, llm.Reasoning{Text: t.reply.message.Reasoning()})
	}
	if t.reply != nil && text == "" {
		text = t.reply.message.Text()
	}
	if text != "" {
		m.Parts = append(m.Parts, llm.Text(text))
	}
	for _, call := range t.calls {
		if t.reply != nil && t.reply.finds(call) {
			call.Args = t.reply.args(call)
		}
		args := object(call.Args)
		if args != call.Args {
			h.wrapped()
		}
		call.Args = args
		m.Parts = append(m.Parts, call)
	}
	return m
}

// wrapped warns of arguments that could not go back as they were.
func (h *history) wrapped() {
	h.warnings.add(Changed, "Arguments", "the arguments of an earlier call are not a JSON object: they are sent as the member __arg1 of one")
}

// argument is the member of the arguments that langchaingo's functions agent
// takes out, and replays without the JSON around it.
const argument = "__arg1"

// object returns args, in an object if they are not one.
func object(args string) string {
	if args == "" || strings.HasPrefix(strings.TrimLeft(args, " \t\r\n"), "{") && json.Valid([]byte(args)) {
		return args
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(map[string]string{argument: args}) // of strings, which cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

// bare returns what the functions agent makes of args.
func bare(args string) string {
	var members map[string]any
	if json.Unmarshal([]byte(args), &members) != nil {
		return args
	}
	if s, ok := members[argument].(string); ok {
		return s
	}
	return args
}
