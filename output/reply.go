package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// judge makes a value of a reply, or says why it will not do.
func (r *run[T]) judge(resp *llm.Response) (*Result[T], *fault) {
	if resp.Finish == llm.FinishFilter || resp.Finish == finishRefusal {
		return nil, &fault{err: filtered(resp), text: resp.Text(), last: true}
	}
	answers, others := r.calls(resp)
	switch {
	case slices.ContainsFunc(others, r.task.has):
		return &Result[T]{ToolCalls: others, Messages: r.goOn(resp, answers)}, nil
	case len(others) > 0:
		why := "There are no tools. " + r.retryWords()
		if len(r.task.req.Tools) > 0 {
			why = fmt.Sprintf("There is no tool %q: call one that there is, or give the answer.", others[0].Name)
		}
		return nil, &fault{err: unfit(fmt.Errorf("the model calls the tool %q, which there is not", others[0].Name)), text: others[0].Args, turn: refuse(resp, why)}
	case len(answers) > 0:
		return r.judgeCalls(resp, answers)
	}
	return r.judgeText(resp)
}

// finishRefusal is why a reply ends in which the model refuses to answer.
const finishRefusal = "refusal"

// calls returns the calls in a reply: those of the output tool, and others.
func (r *run[T]) calls(resp *llm.Response) (answers, others []llm.ToolCall) {
	for _, c := range resp.ToolCalls() {
		if r.task.answers(r.modes[0], c.Name) {
			answers = append(answers, c)
		} else {
			others = append(others, c)
		}
	}
	return answers, others
}

// judgeText reads the text of a reply.
func (r *run[T]) judgeText(resp *llm.Response) (*Result[T], *fault) {
	text := resp.Text()
	isCut := resp.Finish == llm.FinishLength || r.stuck
	if strings.TrimSpace(text) == "" {
		f := &fault{err: ErrBlank, text: text, blank: true, turn: []llm.Message{llm.User(blankWords + r.retryWords())}}
		if isCut { // reasoning, or arguments of a call, have used up the limit
			f = &fault{err: cut(resp), text: text, cut: true, turn: []llm.Message{llm.User(cutWords)}}
			f.last = r.task.req.MaxTokens > 0 && resp.Usage.Reasoning > 0 && resp.Usage.Reasoning >= resp.Usage.Output
		}
		return nil, f
	}
	v, wrong := read[T](text, r.task.form(r.modes[0]), r.g.Refuse)
	reply := resp.Message
	isCut = isCut || wrong == nil && broken(resp.Finish, v.repairs)
	if isCut && !(wrong == nil && v.repairs == nil && closed(v.json)) {
		return nil, &fault{err: cut(resp), text: text, cut: true, turn: []llm.Message{reply, llm.User(cutWords)}}
	}
	if wrong != nil {
		words := unfitWords + list(wrong.told) + "\n" + r.retryWords()
		return nil, &fault{err: wrong.err, text: text, wrong: wrong, turn: []llm.Message{reply, llm.User(words)}}
	}
	return &Result[T]{Value: v.value, JSON: v.json, Repairs: v.repairs, Messages: append(r.asked, reply)}, nil
}

// broken reports whether a reply ended for a reason that this package does not know,
// in the middle of its value.
func broken(finish llm.FinishReason, repairs []repair.Repair) bool {
	return finish != llm.FinishStop && finish != llm.FinishTools &&
		slices.ContainsFunc(repairs, func(r repair.Repair) bool { return r.Kind == repair.Truncated })
}

// closed reports whether the end of a value can be seen in it.
func closed(raw json.RawMessage) bool { return bytes.IndexByte([]byte(`{["`), raw[0]) >= 0 }

// judgeCalls reads the arguments of calls of the output tool. Calls that say the
// same count as one.
func (r *run[T]) judgeCalls(resp *llm.Response, calls []llm.ToolCall) (*Result[T], *fault) {
	text := calls[0].Args
	v, w := read[T](text, r.task.form(r.modes[0]), r.g.Refuse)
	for _, c := range calls[1:] {
		if w == nil && compact(c.Args) != compact(text) {
			w = newWrong(&schema.ValidationError{Findings: []schema.Finding{{
				Problem: fmt.Sprintf("the tool %s is called %d times with different arguments", r.task.tool, len(calls)),
				Want:    "one call with the whole answer",
			}}}, false)
		}
	}
	if w != nil {
		words := unfitWords + list(w.told) + "\n" + r.retryWords()
		return nil, &fault{err: w.err, text: text, wrong: w, turn: refuse(resp, words)}
	}
	return &Result[T]{Value: v.value, JSON: v.json, Repairs: v.repairs, Messages: r.goOn(resp, calls)}, nil
}

// compact returns args without white space, if they are JSON.
func compact(args string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(args)) != nil {
		return args
	}
	return b.String()
}

// goOn returns the conversation after a reply, in which the calls of the output
// tool have their results.
func (r *run[T]) goOn(resp *llm.Response, answers []llm.ToolCall) []llm.Message {
	messages := append(r.asked, sendable(resp.Message))
	if len(answers) == 0 {
		return messages
	}
	words := "Accepted."
	if len(answers) < len(resp.ToolCalls()) {
		words = "Not accepted, as it was given before the results of the other calls. " + r.retryWords()
	}
	m := llm.Message{Role: llm.RoleTool}
	for _, c := range answers {
		m.Parts = append(m.Parts, llm.ToolResult{ID: c.ID, Name: c.Name, Content: llm.Parts{llm.Text(words)}})
	}
	return append(messages, m)
}
