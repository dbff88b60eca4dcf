package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

const (
	maxCalls = 1024 // tool calls of a reply, and their indexes
	maxName  = 256  // bytes of the name of a tool
)

// ErrArgsSize is returned by [Reply.Add] for tool calls over the limit.
var ErrArgsSize = errors.New("arguments of tool calls over the limit on their size")

// A Reply adds the frames of one reply up to chunks. The zero value is ready.
type Reply struct {
	Limits   gate.Limits // of a frame, and of all arguments together
	Whole    bool        // there is but one frame, so that fragments of calls are not worth a chunk
	Logprobs bool        // were asked for
	Request  int         // bytes of the request, from which its tokens are estimated if the server does not count them

	Responses bool // the frames are those of the Responses endpoint

	FIM   bool           // the text is to stand between others: it has no calls in it
	JSON  bool           // the text is to be JSON
	Tools []llm.ToolSpec // that the model may call, for calls that are left in the text

	frame  Frame
	parser parser
	texts  strings.Builder // holds the texts of chunks, many to an allocation
	slab   []llm.Chunk     // chunks to come, likewise
	slabs  int             // how many chunks the last slab had

	id, model, fingerprint, title string

	thinking bool                                // reasoning_content was there
	marked   bool                                // a chunk has said so
	written  struct{ text, reasoning, args int } // bytes
	calls    []*call
	leak     leak
	finish   llm.FinishReason
	usage    *llm.Usage

	streamed streamed // of the Responses endpoint
	refusal  strings.Builder
}

// A call is a tool call as far as it has been written.
type call struct {
	index    int // on the wire
	order    int // in which the calls began
	id, name string
	args     strings.Builder
	pieces   int // that it came in
}

// A FrameError is returned by [Reply.Add] for a frame that is not what the API
// is documented to send.
type FrameError struct {
	Err error
}

func (e *FrameError) Error() string { return e.Err.Error() }
func (e *FrameError) Unwrap() error { return e.Err }

// Add parses the next frame and yields what it adds to the reply. The chunks
// are new; data may be reused. The error is a [*FrameError], a [*Failure] or
// [ErrArgsSize]. Once yield has returned false, it is not called again.
func (r *Reply) Add(data []byte, yield func(*llm.Chunk) bool) error {
	f := &r.frame
	f.reset()
	r.parser.logprobs, r.parser.responses = r.Logprobs, r.Responses
	if err := r.parser.parse(data, r.Limits, f); err != nil {
		return &FrameError{err}
	}
	if f.Usage != nil {
		usage := *f.Usage
		r.usage = &usage
	}
	if f.Error != nil {
		return ParseFailure(f.Error)
	}
	if err := r.check(f); err != nil {
		return &FrameError{err}
	}
	if r.Responses {
		if err := r.anew(f); err != nil {
			return err
		}
	}
	keep(&r.id, f.ID)
	keep(&r.model, f.Model)
	keep(&r.fingerprint, f.Fingerprint)
	keep(&r.title, f.Title)
	r.thinking = r.thinking || f.Reasoning != nil
	r.written.text += len(f.Content) + len(f.Text)
	r.written.reasoning += len(f.Reasoning)
	if f.Content == nil {
		f.Content = f.Text
	}
	if !r.FIM && !r.leak.isJSON(f.Content, r.JSON) {
		f.Content = r.leak.pass(f.Content)
	}
	if r.Limits.Bytes > 0 && len(r.leak.held) > r.Limits.Bytes {
		return ErrArgsSize
	}
	more := true
	if len(f.Content) > 0 || len(f.Reasoning) > 0 || f.Logprobs != nil {
		c := r.chunk()
		c.Text, c.Reasoning, c.Logprobs = r.text(f.Content), r.text(f.Reasoning), f.Logprobs
		more = yield(c)
	}
	for i := range f.Calls {
		delta, err := r.addCall(&f.Calls[i])
		if err != nil {
			return err
		}
		if more && !r.Whole {
			c := r.chunk()
			c.ToolDelta = delta
			more = yield(c)
		}
	}
	if len(f.Finish) > 0 {
		r.finish = finishReason(f.Finish)
	}
	if r.Responses && r.finish == llm.FinishStop {
		r.finish = r.completed()
	}
	return nil
}

func (r *Reply) check(f *Frame) error {
	switch {
	case r.Responses && f.Choices < 0:
		return errors.New("neither an event nor a response nor an error in it")
	case f.Choices < 0 && f.Usage == nil:
		return errors.New("neither choices nor an error in it")
	case f.Choices > 1 || f.Index != 0:
		return errors.New("more than one choice, though one was asked for")
	}
	return nil
}

// Continue says what the reply is the continuation of. It is called first.
func (r *Reply) Continue(prefix string) {
	r.leak.quote.scan([]byte(prefix))
	r.leak.isJSON([]byte(prefix), r.JSON)
}

// Finish returns why the reply ended, or "" if it has not.
func (r *Reply) Finish() llm.FinishReason { return r.finish }

// Empty reports whether the model has written nothing at all, and no tokens are
// billed for it.
func (r *Reply) Empty() bool {
	return r.written.text+r.written.reasoning == 0 && r.calls == nil && (r.usage == nil || r.usage.Output == 0)
}

// Silent reports whether nothing has come that is part of a reply.
func (r *Reply) Silent() bool { return r.id == "" && r.model == "" && r.finish == "" && r.Empty() }

// Usage returns the tokens that the server has counted so far, or nil.
func (r *Reply) Usage() *llm.Usage { return r.usage }

// Rest yields text that was held back, as it might have become the markup of a
// tool call. It is called when nothing more comes.
func (r *Reply) Rest(yield func(*llm.Chunk) bool) bool {
	rest := r.leak.rest()
	if len(rest) == 0 {
		return true
	}
	c := r.chunk()
	c.Text = r.text(rest)
	return yield(c)
}

// Recovered returns the markup of which tool calls were made, or "".
func (r *Reply) Recovered() string {
	if !r.leak.found {
		return ""
	}
	return string(r.leak.held)
}

// End yields what can only be known at the end: the complete tool calls, if the
// reply ended in a way that vouches for them, and the last chunk. An error comes
// before anything is yielded; it is a [*FrameError] or a [*LeakError].
func (r *Reply) End(yield func(*llm.Chunk) bool) error {
	calls, err := r.complete()
	if err != nil {
		return err
	}
	if !r.Rest(yield) {
		return nil
	}
	for i := range calls {
		if r.leak.found && !r.Whole {
			c := r.chunk()
			c.ToolDelta = &llm.ToolDelta{Index: i, ID: calls[i].ID, Name: calls[i].Name, Args: calls[i].Args}
			if !yield(c) {
				return nil
			}
		}
		c := r.chunk()
		c.ToolCall = &calls[i]
		if !yield(c) {
			return nil
		}
	}
	c := r.chunk()
	c.Finish, c.Usage, c.Extra = r.finish, r.usage, r.extra()
	if c.Usage == nil {
		c.Usage = r.estimate()
	}
	yield(c)
	return nil
}

// complete returns the tool calls in order, or none if the reply ended in a way
// that does not vouch for them.
func (r *Reply) complete() ([]llm.ToolCall, error) {
	vouched := r.finish == llm.FinishTools || r.finish == llm.FinishStop
	r.leak.end()
	switch {
	case r.leak.found:
		return r.leaked(vouched)
	case vouched:
		return r.joined()
	}
	return nil, nil
}

// leaked returns the calls that were left in the text.
func (r *Reply) leaked(vouched bool) (calls []llm.ToolCall, err error) {
	switch {
	case len(r.Tools) == 0:
		err = errors.New("no tool was to be called")
	case r.calls != nil:
		err = errors.New("there are others besides")
	case !vouched:
		err = fmt.Errorf("the reply ended with the finish reason %q", r.finish)
	default:
		calls, err = parseDSML(r.leak.held, r.Tools)
	}
	if err != nil {
		return nil, &LeakError{string(r.leak.held), err}
	}
	for i := range calls {
		calls[i].ID = "call_" + r.id + "_" + strconv.Itoa(i) // results are matched by it
	}
	r.finish = llm.FinishTools
	return calls, nil
}

// joined returns the tool calls in order. Ids that are missing or come twice are
// made up, as results are matched by them.
func (r *Reply) joined() ([]llm.ToolCall, error) {
	slices.SortStableFunc(r.calls, func(a, b *call) int { return a.index - b.index })
	calls := make([]llm.ToolCall, 0, len(r.calls))
	taken := make(map[string]bool, len(r.calls))
	for i, k := range r.calls {
		if k.name == "" {
			return nil, &FrameError{fmt.Errorf("tool call %d has no name", i)}
		}
		id := k.id
		for n := i; id == "" || taken[id]; n++ {
			id = cmp.Or(k.id, "call") + "_" + strconv.Itoa(n)
		}
		taken[id] = true
		calls = append(calls, llm.ToolCall{ID: id, Name: k.name, Args: k.args.String()})
	}
	return calls, nil
}

// estimate returns a guess of the tokens, at four bytes each.
func (r *Reply) estimate() *llm.Usage {
	reasoning := (r.written.reasoning + 3) / 4
	return &llm.Usage{
		Input:     (r.Request + 3) / 4,
		Output:    reasoning + (r.written.text+r.written.args+3)/4,
		Reasoning: reasoning,
		Estimated: true,
	}
}

// extra returns what has no field of its own, as an object.
func (r *Reply) extra() json.RawMessage {
	if r.fingerprint == "" && r.title == "" && r.refusal.Len() == 0 && !r.leak.found {
		return nil
	}
	b := []byte{'{'}
	for _, m := range [...]struct{ name, value string }{
		{"system_fingerprint", r.fingerprint}, {"title", r.title}, {"refusal", r.refusal.String()}, {"tool_markup", r.Recovered()},
	} {
		if m.value == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendString(b, m.name)
		b = append(b, ':')
		b = appendString(b, m.value)
	}
	return append(b, '}')
}

// addCall joins a fragment to its call.
func (r *Reply) addCall(d *CallDelta) (*llm.ToolDelta, error) {
	k := r.find(d)
	if d.Index < -1 || d.Index >= maxCalls || k == nil && len(r.calls) == maxCalls {
		return nil, &FrameError{fmt.Errorf("tool call index %d out of range", d.Index)}
	}
	if k == nil {
		k = &call{index: d.Index, order: len(r.calls)}
		if k.index < 0 {
			k.index = k.order
		}
		r.calls = append(r.calls, k)
	}
	keep(&k.id, d.ID)
	if len(d.Name) > 0 && k.name != string(d.Name) {
		k.name += string(d.Name) // some servers repeat the name, others cut it up
	}
	if len(k.name) > maxName {
		return nil, &FrameError{fmt.Errorf("the name of tool call %d is over %d bytes", k.order, maxName)}
	}
	k.args.Write(d.Args)
	k.pieces++
	if r.written.args += len(d.Args); r.Limits.Bytes > 0 && r.written.args > r.Limits.Bytes {
		return nil, ErrArgsSize
	}
	return &llm.ToolDelta{Index: k.order, ID: k.id, Name: k.name, Args: r.text(d.Args)}, nil
}

// find returns the call that d continues: the latest one of its index, unless
// its id says that it is another; without an index, the one of its id; and without
// either, the latest, unless that is complete and d begins another.
func (r *Reply) find(d *CallDelta) *call {
	if r.Whole && d.Index < 0 {
		return nil // each is complete
	}
	for _, k := range slices.Backward(r.calls) {
		sameID := len(d.ID) == 0 || k.id == "" || k.id == string(d.ID)
		switch {
		case d.Index >= 0 && k.index == d.Index && sameID,
			d.Index < 0 && len(d.ID) > 0 && k.id == string(d.ID):
			return k
		case d.Index < 0 && len(d.ID) == 0:
			if d.begins() && k.complete() {
				return nil
			}
			return k
		}
	}
	return nil
}

// chunk returns a new chunk that says whose reply it is part of, and, as soon as
// it is known, that there is reasoning.
func (r *Reply) chunk() *llm.Chunk {
	if len(r.slab) == 0 {
		r.slabs = min(64, max(8, 2*r.slabs))
		r.slab = make([]llm.Chunk, r.slabs)
	}
	c := &r.slab[0]
	r.slab = r.slab[1:]
	c.ID, c.Model = r.id, r.model
	if r.thinking && !r.marked {
		c.HasReasoning, r.marked = true, true
	}
	return c
}

// text returns b as a string that shares its memory with other texts.
func (r *Reply) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if r.texts.Cap()-r.texts.Len() < len(b) {
		if len(b) > 512 {
			return string(b)
		}
		r.texts = strings.Builder{}
		r.texts.Grow(2048)
	}
	start := r.texts.Len()
	r.texts.Write(b)
	return r.texts.String()[start:]
}

// keep sets s to b, unless b is empty or s is the same already.
func keep(s *string, b []byte) {
	if len(b) > 0 && string(b) != *s {
		*s = string(b)
	}
}
