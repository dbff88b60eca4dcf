package output

import (
	"encoding/json"
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// A RetryEvent is the [trace.Event] of a reply that will not do, or of a mode that
// was refused: the next request follows.
type RetryEvent struct {
	Span     *trace.Span // of the whole
	Attempt  int         // the request that was of no use, from 1
	Mode     Mode        // of the next one
	Findings []schema.Finding
	Err      error // why
}

// Kind returns "output retry".
func (RetryEvent) Kind() string { return "output retry" }

// What the model is told of a reply that will not do.
const (
	unfitWords = "That is not what was asked for:\n"
	blankWords = "The reply was blank. "
	cutWords   = "The reply was cut off, as it was too long. Answer again from the start, in fewer words: the whole answer must fit."
)

// retryWords asks for the answer once more.
func (r *run[T]) retryWords() string {
	switch r.modes[0] {
	case ModeStrict, ModeTool:
		return "Call the tool " + r.task.tool + " with the whole answer, corrected."
	}
	if r.task.words != "" {
		return r.task.words
	}
	return "Answer again with the whole JSON value, corrected, and with nothing else."
}

// list returns findings as a list, in which nothing is very long.
func list(findings []schema.Finding) string {
	var b strings.Builder
	for i, f := range findings {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("- " + short(findingText(f)))
	}
	return b.String()
}

// short returns the beginning of a long text, in whole characters.
func short(s string) string {
	const most = 500
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// refuse returns the turn after a reply with calls none of which is accepted: the
// reply, and a result for each, as the API demands.
func refuse(resp *llm.Response, why string) []llm.Message {
	m := llm.Message{Role: llm.RoleTool}
	for i, c := range resp.ToolCalls() {
		text := why
		if i > 0 {
			text = "See the result of the first call."
		}
		if !json.Valid([]byte(c.Args)) {
			text = "The arguments were no JSON, but this:\n" + c.Args + "\n\n" + text
		}
		m.Parts = append(m.Parts, llm.ToolResult{ID: c.ID, Name: c.Name, Content: llm.Parts{llm.Text(text)}, IsError: true})
	}
	return []llm.Message{sendable(resp.Message), m}
}

// sendable returns a message in which the arguments of calls are JSON, as the API
// demands: what is none gives way to an empty object.
func sendable(m llm.Message) llm.Message {
	for i, p := range m.Parts {
		c, ok := p.(llm.ToolCall)
		if !ok || json.Valid([]byte(c.Args)) {
			continue
		}
		parts := append(llm.Parts(nil), m.Parts...)
		c.Args = "{}"
		parts[i] = c
		m.Parts = parts
	}
	return m
}
