package deepseektest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// chat answers a chat request.
func (e *exchange) chat() *apiError {
	var body chatBody
	err := decode(e.req.Body, &body)
	if err == nil {
		err = body.read(&e.req)
	}
	if err == nil {
		err = body.check(&e.req)
	}
	if err == nil {
		err = e.s.files.check(e.req.Messages)
	}
	e.req.files = e.s.files.uploaded(e.req.Messages)
	return e.answer(err, (*answer).stream, (*answer).plain)
}

// answer answers a request that breaks no rule but the given one.
func (e *exchange) answer(err *apiError, stream func(*answer) iter.Seq[[]byte], plain func(*answer) []byte) *apiError {
	e.record()
	if err != nil {
		return err
	}
	reply, seq := e.s.reply(e.req)
	if reply.scripted() {
		e.sendRaw(&reply)
		return nil
	}
	a := newAnswer(&e.req, &reply, seq)
	a.count(&e.s.prompts)
	if e.req.Echo {
		a.text = e.req.Prompt + a.text
	}
	if e.req.Stream {
		e.send(&reply, "text/event-stream; charset=utf-8", stream(a))
		return nil
	}
	e.send(&reply, "application/json", one(plain(a)))
	return nil
}

// one returns a sequence of one piece.
func one(piece []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { yield(piece) }
}

// An answer is a reply as it goes out: with everything filled in, and cut where
// the request says so.
type answer struct {
	req   *Request
	reply *Reply

	id, model string
	created   int64
	text      string
	reasoning string
	calls     []llm.ToolCall
	finish    llm.FinishReason
	usage     *llm.Usage
}

func newAnswer(req *Request, reply *Reply, seq int) *answer {
	a := &answer{
		req: req, reply: reply,
		id:      newID(seq),
		model:   cmp.Or(reply.Model, models[req.Model]),
		created: time.Now().Unix(),
		text:    reply.Text,
		calls:   slices.Clone(reply.ToolCalls),
		finish:  reply.Finish,
	}
	if req.Thinking {
		a.reasoning = reply.Reasoning
	}
	for i := range a.calls {
		if a.calls[i].ID == "" {
			a.calls[i].ID = newCallID(seq, i)
		}
	}
	a.stop()
	a.limit()
	if a.finish == "" {
		a.finish = llm.FinishStop
		if len(a.calls) > 0 {
			a.finish = llm.FinishTools
		}
	}
	return a
}

// stop cuts the text at the first of the stop strings.
func (a *answer) stop() {
	end := -1
	for _, s := range a.req.Stop {
		if i := strings.Index(a.text, s); s != "" && i >= 0 && (end < 0 || i < end) {
			end = i
		}
	}
	if end >= 0 {
		a.text, a.calls, a.finish = a.text[:end], nil, llm.FinishStop
	}
}

// limit cuts the reply at the limit on tokens: what it says first counts first.
func (a *answer) limit() {
	left := a.req.MaxTokens
	if left == 0 {
		left = defaultTokens(a.req)
	}
	cut := false
	take := func(s string) string {
		if cut {
			return ""
		}
		head := firstTokens(s, left)
		left -= tokens(head)
		cut = len(head) < len(s)
		return head
	}
	a.reasoning = take(a.reasoning)
	a.text = take(a.text)
	for i := range a.calls {
		if left -= callOverhead; cut || left < tokens(a.calls[i].Name) {
			a.calls, cut = a.calls[:i], true
			break
		}
		left -= tokens(a.calls[i].Name)
		a.calls[i].Args = take(a.calls[i].Args)
	}
	if cut {
		a.finish = llm.FinishLength
	}
}

// defaultTokens is the limit for a request that sets none.
func defaultTokens(req *Request) int {
	switch {
	case req.FIM:
		return maxFIMTokens
	case !req.Thinking:
		return 8 << 10
	case req.Effort == llm.EffortMax:
		return 128 << 10
	}
	return 64 << 10
}

// digest returns 64 hexadecimal digits that depend on kind and n alone.
func digest(kind string, n int64) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Append([]byte(kind), n)))
}

// newID returns the identifier of a reply, in the form of the API's.
func newID(seq int) string {
	h := digest("reply", int64(seq))
	return h[:8] + "-" + h[8:12] + "-4" + h[12:15] + "-8" + h[15:18] + "-" + h[18:30]
}

// newCallID returns the identifier of a call in a reply.
func newCallID(seq, i int) string {
	return fmt.Sprintf("call_%02d_%s", i, digest("call", int64(seq))[:24])
}

const fingerprint = "fp_hadal_deepseektest"

// head appends the members that all forms of a reply begin with.
func (a *answer) head(b []byte, object string) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, a.id)
	b = append(b, `,"object":"`+object+`","created":`...)
	b = fmt.Append(b, a.created)
	b = append(b, `,"model":`...)
	b = appendString(b, a.model)
	return append(b, `,"system_fingerprint":"`+fingerprint+`"`...)
}

// plain returns the reply in one piece.
func (a *answer) plain() []byte {
	b := a.head(nil, "chat.completion")
	b = append(b, `,"choices":[{"index":0,"message":{"role":"assistant","content":`...)
	b = appendString(b, a.text)
	if a.req.Thinking {
		b = append(b, `,"reasoning_content":`...)
		b = appendString(b, a.reasoning)
	}
	if len(a.calls) > 0 {
		b = append(b, `,"tool_calls":[`...)
		for i, c := range a.calls {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCall(b, i, c, c.Args)
		}
		b = append(b, ']')
	}
	b = a.appendTitle(b)
	b = append(b, `},"logprobs":`...)
	b = a.appendLogprobs(b, a.logprobs())
	b = append(b, `,"finish_reason":`...)
	b = appendString(b, string(a.finish))
	b = append(b, `}]`...)
	if a.usage != nil {
		b = append(b, `,"usage":`...)
		b = appendUsage(b, a.usage)
	}
	return append(b, '}')
}

func (a *answer) appendTitle(b []byte) []byte {
	if !a.req.Title {
		return b
	}
	b = append(b, `,"title":`...)
	return appendString(b, cmp.Or(a.reply.Title, "A conversation"))
}

// appendCall appends a tool call with the given part of its arguments.
func appendCall(b []byte, index int, c llm.ToolCall, args string) []byte {
	b = fmt.Appendf(b, `{"index":%d,"id":`, index)
	b = appendString(b, c.ID)
	b = append(b, `,"type":"function","function":{"name":`...)
	b = appendString(b, c.Name)
	b = append(b, `,"arguments":`...)
	b = appendString(b, args)
	return append(b, "}}"...)
}
