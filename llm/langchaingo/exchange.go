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
type exchange struct {
	*history
	calls   []*made
	open    int // the first call without a result
	results int
}

// A made call is one of an exchange.
type made struct {
	llm.ToolCall
	message   int            // where it stands
	text      string         // of the message, if the call is the first of it
	reasoning *llm.Reasoning // likewise, if the caller gives it
	after     int            // results that came before it
	result    *llm.ToolResult
	order     int // of the result
}

// add adds message i.
func (x *exchange) add(i int, c *contents) {
	for n, call := range c.calls {
		if call.ID == "" {
			call.ID = fmt.Sprintf("call_%d_%d", i, n) // the same each time: histories grow at the end
		}
		m := &made{ToolCall: call, message: i, after: x.results}
		if n == 0 {
			m.text, m.reasoning = c.text(), c.reasoning
		}
		x.calls = append(x.calls, m)
	}
	for _, r := range c.results {
		x.result(r)
	}
}

// result adds the result of the first call that it fits. One that fits none is
// appended as it is, so that the model's adapter says what is wrong.
func (x *exchange) result(r llm.ToolResult) {
	for _, m := range x.calls[x.open:] {
		if m.result == nil && (r.ID == m.ID || r.ID == "" && (r.Name == m.Name || r.Name == "")) {
			r.ID, r.Name = m.ID, m.Name
			m.result, m.order = &r, x.results
			x.results++
			for x.open < len(x.calls) && x.calls[x.open].result != nil {
				x.open++
			}
			return
		}
	}
	x.end()
	x.append(llm.Message{Role: llm.RoleTool, Parts: llm.Parts{r}})
}

// end appends all that there is to the history, reply by reply: what came before
// one tells which it is.
func (x *exchange) end() {
	for len(x.calls) > 0 {
		r := x.recall.find(x.callKey(x.calls[0].ToolCall), x.before)
		n := 1
		for n < len(x.calls) && x.belongs(x.calls[n], x.calls[:n], r) {
			n++
		}
		x.turn(x.calls[:n], r)
		x.calls = x.calls[n:]
	}
	x.open = 0
}

// belongs reports whether next is of the same reply as the calls, which is r if
// that is known.
func (x *exchange) belongs(next *made, calls []*made, r *reply) bool {
	if slices.ContainsFunc(calls, func(m *made) bool { return m.ID == next.ID }) {
		return false
	}
	key := x.callKey(next.ToolCall)
	if _, ok := r.call(key); ok {
		return true
	}
	if x.recall.find(key, x.before) != nil {
		return false
	}
	return next.message == calls[len(calls)-1].message || r == nil && next.after == calls[0].after
}

// turn appends the calls of one reply, and their results.
func (x *exchange) turn(calls []*made, r *reply) {
	x.append(x.message(calls, r))
	calls = slices.DeleteFunc(slices.Clone(calls), func(m *made) bool { return m.result == nil })
	slices.SortFunc(calls, func(a, b *made) int { return a.order - b.order })
	results := llm.Message{Role: llm.RoleTool}
	for _, m := range calls {
		results.Parts = append(results.Parts, *m.result)
	}
	if len(calls) > 0 {
		x.append(results)
	}
}

// message returns the message with the calls: as it was given, if it is all there,
// or else what there is of it.
func (x *exchange) message(calls []*made, r *reply) llm.Message {
	var text string
	var reasoning *llm.Reasoning
	list := make(llm.Parts, len(calls))
	known, wrapped := 0, false
	for i, m := range calls {
		text += m.text
		if m.reasoning != nil {
			reasoning = m.reasoning
		}
		call, ok := r.call(x.callKey(m.ToolCall))
		if ok {
			known++
			wrapped = wrapped || r.wrapped
		} else {
			call = m.ToolCall
			call.Args = object(call.Args)
			wrapped = wrapped || call.Args != m.Args
		}
		list[i] = call
	}
	if wrapped {
		x.warnings.add(Changed, "Arguments", "the arguments of an earlier call are not a JSON object: they are sent as the member __arg1 of one")
	}
	switch {
	case r == nil && reasoning == nil:
		x.unknown()
	case r != nil && reasoning == nil:
		if known == len(calls) && known == len(r.keys) && (text == "" || text == r.message.Text()) {
			return r.message
		}
		if r.message.HasReasoning() {
			reasoning = &llm.Reasoning{Text: r.message.Reasoning()}
		}
	}
	if r != nil && text == "" {
		text = r.message.Text()
	}
	m := llm.Message{Role: llm.RoleAssistant}
	if reasoning != nil {
		m.Parts = append(m.Parts, *reasoning)
	}
	if text != "" {
		m.Parts = append(m.Parts, llm.Text(text))
	}
	m.Parts = append(m.Parts, list...)
	return m
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
	if !strings.Contains(args, argument) {
		return args
	}
	var members map[string]any
	if json.Unmarshal([]byte(args), &members) != nil {
		return args
	}
	if s, ok := members[argument].(string); ok {
		return s
	}
	return args
}
