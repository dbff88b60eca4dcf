package deepseektest

import (
	"fmt"
	"iter"

	"github.com/hadal-go/hadal/llm"
)

// status returns the status of the reply at the Responses endpoint, and why it is
// incomplete, or failed, if it is.
func (a *answer) status() (status, reason string) {
	switch a.finish {
	case llm.FinishStop, llm.FinishTools:
		return "completed", ""
	case llm.FinishLength:
		return "incomplete", "max_output_tokens"
	case "insufficient_system_resource", "aborted":
		return "failed", string(a.finish)
	}
	return "incomplete", string(a.finish)
}

// An output is an item of the output of the Responses endpoint.
type output struct {
	kind, id string
	text     []piece
	call     llm.ToolCall
}

// outputs returns the items of the reply.
func (a *answer) outputs() []output {
	var reasoning, text []piece
	for _, p := range a.logprobs() {
		if p.Reasoning {
			reasoning = append(reasoning, p)
		} else {
			text = append(text, p)
		}
	}
	var list []output
	if a.req.Thinking {
		list = append(list, output{kind: "reasoning", id: "rs_" + a.id, text: reasoning})
	}
	if a.text != "" || len(a.calls) == 0 {
		list = append(list, output{kind: "message", id: "msg_" + a.id, text: text})
	}
	for i, c := range a.calls {
		list = append(list, output{kind: "function_call", id: fmt.Sprintf("fc_%d_%s", i, a.id), call: c})
	}
	return list
}

// outputPlain returns the reply in one piece.
func (a *answer) outputPlain() []byte { return a.appendResponse(nil, a.outputs(), false) }

// appendResponse appends a response: all of it, or how it begins.
func (a *answer) appendResponse(b []byte, items []output, begins bool) []byte {
	status, reason := a.status()
	failure, details := "null", "null"
	switch {
	case begins:
		status, items = "in_progress", nil
	case status == "failed":
		failure = `{"code":` + string(appendString(nil, reason)) + `,"message":"The reply was broken off"}`
	case reason != "":
		details = `{"reason":` + string(appendString(nil, reason)) + `}`
	}
	b = append(b, `{"id":`...)
	b = appendString(b, a.id)
	b = fmt.Appendf(b, `,"object":"response","created_at":%d,"status":%q,"error":%s,"incomplete_details":%s,"model":`, a.created, status, failure, details)
	b = appendString(b, a.model)
	b = append(b, `,"output":[`...)
	for i, o := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = a.appendOutput(b, o, false)
	}
	b = append(b, `],"parallel_tool_calls":true,"previous_response_id":null,"store":false,"usage":`...)
	if begins || a.usage == nil {
		return append(b, "null}"...)
	}
	return append(appendTokenUsage(b, a.usage), '}')
}

func appendTokenUsage(b []byte, u *llm.Usage) []byte {
	b = fmt.Appendf(b, `{"input_tokens":%d,"input_tokens_details":{"cached_tokens":%d},"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":%d},"total_tokens":%d`,
		u.Input, u.Cached, u.Output, u.Reasoning, u.Total())
	if u.Estimated {
		b = append(b, `,"estimated":true`...)
	}
	return append(b, '}')
}

// appendOutput appends an item: all of it, or how it begins.
func (a *answer) appendOutput(b []byte, o output, begins bool) []byte {
	status := "completed"
	if begins {
		status = "in_progress"
	} else if s, _ := a.status(); s != status {
		status = "incomplete"
	}
	b = fmt.Appendf(b, `{"id":%q,"type":%q,"status":%q`, o.id, o.kind, status)
	switch o.kind {
	case "function_call":
		args := o.call.Args
		if begins {
			args = ""
		}
		b = append(b, `,"call_id":`...)
		b = appendString(b, o.call.ID)
		b = append(b, `,"name":`...)
		b = appendString(b, o.call.Name)
		b = append(b, `,"arguments":`...)
		return append(appendString(b, args), '}')
	case "message":
		b = append(b, `,"role":"assistant"`...)
	case "reasoning":
		b = append(b, `,"summary":[]`...)
	}
	b = append(b, `,"content":[`...)
	if !begins {
		b = a.appendPart(b, o, false)
	}
	return append(b, "]}"...)
}

// appendPart appends the one part of the content of an item: all of it, or how it
// begins.
func (a *answer) appendPart(b []byte, o output, begins bool) []byte {
	list := o.text
	if begins {
		list = nil
	}
	kind := `{"type":"output_text","annotations":[],"text":`
	if o.kind == "reasoning" {
		kind = `{"type":"reasoning_text","text":`
	}
	b = appendString(append(b, kind...), o.joined(list))
	b = append(b, `,"logprobs":`...)
	return append(a.appendOutputLogprobs(b, list), '}')
}

func (o *output) joined(list []piece) string {
	var b []byte
	for _, p := range list {
		b = append(b, p.Token...)
	}
	return string(b)
}

// appendOutputLogprobs appends the logprobs of the pieces, which are all text or
// all reasoning. There is a list in any case.
func (a *answer) appendOutputLogprobs(b []byte, list []piece) []byte {
	start := len(b)
	if a.req.Logprobs && len(list) > 0 {
		b = a.appendTokens(b, list, list[0].Reasoning)
	}
	if len(b) == start || b[start] != '[' {
		b = append(b[:start], "[]"...)
	}
	return b
}

// outputStream returns the reply as the events of a stream.
func (a *answer) outputStream() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := &outputWriter{a: a, yield: yield, more: true}
		items := a.outputs()
		for _, kind := range []string{"created", "in_progress"} {
			w.event("response."+kind, -1, func(b []byte) []byte { return a.appendResponse(append(b, `,"response":`...), nil, true) })
		}
		for i, o := range items {
			w.output(i, o)
		}
		if a.reply.NoDone {
			return
		}
		status, _ := a.status()
		w.event("response."+status, -1, func(b []byte) []byte { return a.appendResponse(append(b, `,"response":`...), items, false) })
	}
}

// An outputWriter makes the events of a stream. After the receiver has had enough,
// it does nothing.
type outputWriter struct {
	a     *answer
	yield func([]byte) bool
	more  bool
	seq   int
	buf   []byte
}

// event sends an event with the members that rest appends. It is about an item of
// the output, or if that is negative about all of it.
func (w *outputWriter) event(kind string, item int, rest func(b []byte) []byte) {
	if !w.more {
		return
	}
	b := fmt.Appendf(w.buf[:0], "event: %s\ndata: {\"type\":%q,\"sequence_number\":%d", kind, kind, w.seq)
	w.seq++
	if item >= 0 {
		b = fmt.Appendf(b, `,"output_index":%d`, item)
	}
	b = append(rest(b), "}\n\n"...)
	w.buf = b
	w.more = w.yield(b)
}

// output sends an item.
func (w *outputWriter) output(i int, o output) {
	a := w.a
	item := func(begins bool) func([]byte) []byte {
		return func(b []byte) []byte { return a.appendOutput(append(b, `,"item":`...), o, begins) }
	}
	w.event("response.output_item.added", i, item(true))
	id := fmt.Sprintf(`,"item_id":%q`, o.id)
	if o.kind == "function_call" {
		for s := range pieces(o.call.Args) {
			w.event("response.function_call_arguments.delta", i, func(b []byte) []byte {
				return appendString(append(b, id+`,"delta":`...), s)
			})
		}
		w.event("response.function_call_arguments.done", i, func(b []byte) []byte {
			return appendString(append(b, id+`,"arguments":`...), o.call.Args)
		})
		w.event("response.output_item.done", i, item(false))
		return
	}
	id += `,"content_index":0`
	part := func(begins bool) func([]byte) []byte {
		return func(b []byte) []byte { return a.appendPart(append(b, id+`,"part":`...), o, begins) }
	}
	kind := "response.output_text"
	if o.kind == "reasoning" {
		kind = "response.reasoning_text"
	}
	w.event("response.content_part.added", i, part(true))
	for _, p := range o.text {
		w.event(kind+".delta", i, func(b []byte) []byte {
			b = appendString(append(b, id+`,"delta":`...), p.Token)
			return a.appendOutputLogprobs(append(b, `,"logprobs":`...), []piece{p})
		})
	}
	w.event(kind+".done", i, func(b []byte) []byte {
		return appendString(append(b, id+`,"text":`...), o.joined(o.text))
	})
	w.event("response.content_part.done", i, part(false))
	w.event("response.output_item.done", i, item(false))
}
