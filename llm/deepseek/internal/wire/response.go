package wire

import (
	"fmt"

	"github.com/hadal-go/hadal/llm"
)

// A Scope is how much of a reply a frame of the Responses endpoint speaks of. The
// endpoint says everything three times: in pieces, when an item of its output is
// done, and at the end of the reply. What counts is what came first, and what came
// at last of what had not come before.
type Scope uint8

// The scopes.
const (
	PieceScope Scope = iota
	ItemScope        // all of an item
	ReplyScope       // all of the reply, or no part of it
)

// An event is what is read of one event of the stream of the Responses endpoint,
// or of its reply in one piece, which is what the last event has in its member
// response. See https://api-docs.deepseek.com/guides/responses_api.
type event struct {
	kind, delta    []byte
	status, reason []byte // of the response
}

// event reads an event, or a response.
func (p *parser) event(f *Frame) bool {
	p.space()
	if p.pos == len(p.data) || p.data[p.pos] != '{' {
		return false
	}
	var e event
	ok := p.object(func(name []byte) (uint, bool) {
		var ignored []byte
		var number int
		switch string(name) {
		case "type":
			return 1, p.text(&e.kind)
		case "sequence_number":
			return 2, p.integer(&number)
		case "item_id":
			return 3, p.text(&ignored)
		case "output_index":
			return 4, p.integer(&f.Item)
		case "content_index":
			return 5, p.integer(&number)
		case "delta":
			return 6, p.maybeText(&e.delta)
		case "logprobs":
			return 7, p.logprobsIn(f)
		case "item":
			return 8, p.item(f, -1)
		case "response":
			return 9, p.object(func(name []byte) (uint, bool) { return p.response(name, f, &e) })
		}
		return p.response(name, f, &e)
	})
	return ok && p.resolve(f, &e)
}

// response reads a member of a response.
func (p *parser) response(name []byte, f *Frame, e *event) (uint, bool) {
	switch string(name) {
	case "id":
		return 11, p.text(&f.ID)
	case "status":
		return 12, p.text(&e.status)
	case "model":
		return 13, p.text(&f.Model)
	case "output":
		at := -1
		return 14, p.list(func() bool { at++; return p.item(f, at) })
	case "usage":
		return 15, p.tokens(f)
	case "incomplete_details":
		return 16, p.object(func(name []byte) (uint, bool) {
			if string(name) == "reason" {
				return 1, p.text(&e.reason)
			}
			return 0, true
		})
	case "error":
		if p.null() {
			return 17, true
		}
		if !p.checked {
			return 17, false
		}
		var ok bool
		f.Error, ok = p.raw()
		return 17, ok
	}
	return 0, true
}

// resolve makes of what was read the frame that says the same.
func (p *parser) resolve(f *Frame, e *event) bool {
	if e.kind == nil && e.status == nil && f.Error == nil {
		return true // nothing that is known: not a reply
	}
	f.Choices = 0
	logprobs := f.Logprobs
	status := e.status
	switch string(e.kind) {
	case "": // a response
		f.Scope = ReplyScope
	case "response.output_text.delta":
		f.Content = e.delta
		return true
	case "response.reasoning_text.delta":
		f.Reasoning = e.delta
		inReasoning(logprobs)
		return true
	case "response.refusal.delta":
		f.Content, f.Refusal, f.Logprobs = e.delta, e.delta, nil
		return true
	case "response.function_call_arguments.delta":
		f.Calls, f.Logprobs = append(f.Calls[:0], CallDelta{Index: f.Item, Args: e.delta}), nil
		return true
	case "response.output_item.added":
		p.begin(f)
		return true
	case "response.output_item.done":
		f.Scope = ItemScope
		p.index(f)
		return true
	case "response.completed", "response.incomplete", "response.failed":
		f.Scope, status = ReplyScope, e.kind[len("response."):]
	case "error":
		f.Error = p.data
		return true
	default: // what is about to come, or has come
		f.Scope, f.Error = ReplyScope, nil
		f.Content, f.Reasoning, f.Refusal, f.Logprobs, f.Calls = nil, nil, nil, nil, f.Calls[:0]
		return true
	}
	switch string(status) {
	case "completed":
		if f.Finish = []byte("stop"); len(e.reason) > 0 {
			f.Finish = e.reason
		}
	case "incomplete":
		if f.Finish = e.reason; len(e.reason) == 0 {
			f.Finish = status
		}
	case "failed", "cancelled":
		if f.Error == nil {
			f.Error = fmt.Appendf(nil, `{"message":"the provider says that the reply is %s, and not why"}`, status)
		}
	}
	return true
}

// begin keeps of an item what is known when it begins: that there is reasoning, or
// which tool is called.
func (p *parser) begin(f *Frame) {
	p.index(f)
	f.Content, f.Refusal, f.Logprobs = nil, nil, nil
	if f.Reasoning != nil {
		f.Reasoning = f.Reasoning[:0]
	}
	for i := range f.Calls {
		f.Calls[i].Args = nil
	}
}

// index says of a call in an item which item it is.
func (p *parser) index(f *Frame) {
	for i := range f.Calls {
		f.Calls[i].Index = f.Item
	}
}

// item reads an item of the output, which is the one at the given place.
func (p *parser) item(f *Frame, at int) bool {
	var kind, id, name, args []byte
	ok := !p.null() && p.object(func(member []byte) (uint, bool) {
		var ignored []byte
		switch string(member) {
		case "type":
			return 1, p.text(&kind)
		case "id":
			return 2, p.text(&ignored)
		case "status":
			return 3, p.text(&ignored)
		case "role":
			return 4, p.text(&ignored)
		case "call_id":
			return 5, p.text(&id)
		case "name":
			return 6, p.text(&name)
		case "arguments":
			return 7, p.args(&args)
		case "content":
			return 8, p.list(func() bool { return p.part(f) })
		case "summary":
			return 9, p.list(func() bool { return p.checked && p.skip() })
		}
		return 0, true
	})
	switch string(kind) {
	case "reasoning":
		if f.Reasoning == nil {
			f.Reasoning = []byte{} // of which there is none, but it is there
		}
	case "function_call":
		if len(f.Calls) == maxCalls {
			return false
		}
		f.Calls = append(f.Calls, CallDelta{at, id, name, args})
	}
	return ok
}

// part reads a part of the content of an item.
func (p *parser) part(f *Frame) bool {
	var kind, text, refusal []byte
	from := len(f.Logprobs)
	ok := !p.null() && p.object(func(name []byte) (uint, bool) {
		switch string(name) {
		case "type":
			return 1, p.text(&kind)
		case "text":
			return 2, p.text(&text)
		case "refusal":
			return 3, p.text(&refusal)
		case "annotations":
			return 4, p.list(func() bool { return p.checked && p.skip() })
		case "logprobs":
			return 5, p.logprobsIn(f)
		}
		return 0, true
	})
	switch string(kind) {
	case "output_text":
		join(&f.Content, text)
	case "reasoning_text":
		join(&f.Reasoning, text)
		inReasoning(f.Logprobs[from:])
	case "refusal":
		join(&f.Content, refusal)
		join(&f.Refusal, refusal)
	}
	return ok
}

// join appends b to what dst has. It copies only if there is something.
func join(dst *[]byte, b []byte) {
	if *dst == nil {
		*dst = b // which has no room behind it
		return
	}
	*dst = append(*dst, b...)
}

// logprobsIn reads a list of log probabilities, of which the endpoint sends an
// empty one if none are wanted.
func (p *parser) logprobsIn(f *Frame) bool {
	if p.logprobs {
		return p.logprobList(&f.Logprobs, false)
	}
	return p.list(func() bool { return p.checked && p.skip() })
}

// inReasoning says of log probabilities that they are of the reasoning.
func inReasoning(list []llm.Logprob) {
	for i := range list {
		list[i].Reasoning = true
		inReasoning(list[i].Top)
	}
}

// tokens reads the token counts.
func (p *parser) tokens(f *Frame) bool {
	if p.null() {
		return true
	}
	u := llm.Usage{Input: -1, Output: -1}
	ok := p.object(func(name []byte) (uint, bool) {
		var ignored int
		switch string(name) {
		case "input_tokens":
			return 1, p.count(&u.Input)
		case "output_tokens":
			return 2, p.count(&u.Output)
		case "total_tokens":
			return 3, p.count(&ignored)
		case "input_tokens_details":
			return 4, p.countIn("cached_tokens", &u.Cached)
		case "output_tokens_details":
			return 5, p.countIn("reasoning_tokens", &u.Reasoning)
		case "estimated":
			u.Estimated = p.word("true")
			return 6, u.Estimated || p.word("false")
		}
		return 0, true
	})
	if u.Input < 0 && u.Output < 0 {
		return ok // says nothing
	}
	u.Input, u.Output = max(u.Input, u.Cached), max(u.Output, 0)
	f.usage = u
	f.Usage = &f.usage
	return ok
}

// countIn reads one number of an object of them.
func (p *parser) countIn(name string, dst *int) bool {
	return p.object(func(n []byte) (uint, bool) {
		if string(n) == name {
			return 1, p.count(dst)
		}
		return 0, true
	})
}

// streamed are the items of the output of which text has come.
type streamed [maxCalls / 64]uint64

// add notes an item, and reports whether it was noted before.
func (s *streamed) add(item int) bool {
	bit := uint64(1) << (item % 64)
	was := s[item/64]&bit != 0
	s[item/64] |= bit
	return was
}

// anew drops from f what has come before. At the end of the reply, that is judged
// by the kind, as not every server counts its items.
func (r *Reply) anew(f *Frame) error {
	if f.Item < -1 || f.Item >= maxCalls {
		return &FrameError{fmt.Errorf("output index %d out of range", f.Item)}
	}
	has := len(f.Content)+len(f.Reasoning) > 0
	switch f.Scope {
	case PieceScope:
		if has {
			r.streamed.add(max(0, f.Item))
		}
	case ItemScope:
		if has && r.streamed.add(max(0, f.Item)) {
			f.Content, f.Reasoning, f.Refusal, f.Logprobs = nil, nil, nil, nil
		}
		r.newCalls(f)
	case ReplyScope:
		if r.written.text+r.written.reasoning > 0 {
			f.Logprobs = nil
		}
		if r.written.text > 0 {
			f.Content, f.Refusal = nil, nil
		}
		if r.written.reasoning > 0 {
			f.Reasoning = nil
		}
		r.newCalls(f)
	}
	if len(f.Refusal) > 0 {
		if r.refusal.Write(f.Refusal); r.Limits.Bytes > 0 && r.refusal.Len() > r.Limits.Bytes {
			return ErrArgsSize
		}
	}
	return nil
}

// Waiting reports whether the last frame says no more than that the server has the
// request, as the Responses endpoint does before its turn comes.
func (r *Reply) Waiting() bool {
	f := &r.frame
	return r.Responses && f.Scope == ReplyScope && f.Item < 0 && len(f.Finish) == 0
}

// newCalls drops from the calls in f, each of which is complete, what has come of
// them before. At the end of the reply, it takes a call that has no id for one of
// those, if there are any: better it is missed than made twice.
func (r *Reply) newCalls(f *Frame) {
	all := f.Calls
	f.Calls = all[:0]
	for _, d := range all {
		if len(d.ID) == 0 && len(r.calls) > 0 && f.Scope == ReplyScope {
			continue
		}
		if k := r.begun(&d, f.Scope); k != nil {
			d.Index = k.index
			if k.name != "" {
				d.Name = nil
			}
			if k.args.Len() > 0 {
				d.Args = nil
			}
			if len(d.Name)+len(d.Args) == 0 {
				continue
			}
		}
		f.Calls = append(f.Calls, d)
	}
}

// begun returns the call that d is all of, if something has come of it: the one of
// its index, or, where that says nothing, of its id.
func (r *Reply) begun(d *CallDelta, scope Scope) *call {
	for _, k := range r.calls {
		if d.Index >= 0 && k.index == d.Index && (len(d.ID) == 0 || k.id == "" || k.id == string(d.ID)) {
			return k
		}
	}
	if d.Index >= 0 && scope == ItemScope || len(r.calls) == 0 {
		return nil
	}
	for _, k := range r.calls {
		if len(d.ID) > 0 && k.id == string(d.ID) {
			return k
		}
	}
	if len(d.ID) > 0 {
		return nil
	}
	return r.calls[len(r.calls)-1]
}

// completed returns the finish reason of a reply that came to its end, which the
// endpoint does not tell apart. A refusal is not what was asked for.
func (r *Reply) completed() llm.FinishReason {
	switch {
	case r.refusal.Len() > 0:
		return llm.FinishFilter
	case len(r.calls) > 0:
		return llm.FinishTools
	}
	return llm.FinishStop
}
