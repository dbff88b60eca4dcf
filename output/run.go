package output

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

// A run is the attempts at one request.
type run[T any] struct {
	g     *Generator[T]
	task  *task
	modes []Mode        // to try, the current one first
	tail  []llm.Message // what was said since the first request
	show  *view[T]      // who looks at the reply while it grows; may be nil

	left     int           // requests that may still follow a reply that will not do
	attempts int           // requests sent
	usage    llm.Usage     // of them
	asked    []llm.Message // in the last of them, without what the reply continues
	last     *llm.Response // the last reply, joined to what it continues
	part     *llm.Response // what the next reply continues; nil if it starts anew
	stuck    bool          // nothing came of continuing
	said     bool          // there was a reply in this mode, so that it was not refused
	blanks   int           // blank replies in a row
	plain    bool          // JSON mode without the format
	more     int           // MaxTokens for a reply that was cut; 0 if it stays as it is
	before   string        // the last reply, with what was wrong, if it was unfit
	fault    *fault        // why the last reply would not do
}

// A fault is why a reply will not do.
type fault struct {
	err   error
	text  string // what was read
	wrong *wrong // if it could be read
	turn  []llm.Message
	cut   bool // by the limit on tokens
	blank bool
	last  bool // asking again is no use
}

// errLeft says that nobody looks any more.
var errLeft = errors.New("left")

// do makes attempts until one will do.
func (r *run[T]) do(ctx context.Context) (*Result[T], error) {
	for {
		resp, err := r.send(ctx)
		if err == errLeft {
			return nil, nil
		}
		if err != nil {
			if r.recovers(ctx, err) {
				continue
			}
			return nil, r.fail(err)
		}
		result, f := r.judge(resp)
		if f == nil {
			result.Mode, result.Attempts, result.Usage, result.Response = r.modes[0], r.attempts, r.usage, resp
			return result, nil
		}
		r.fault = f
		if err := r.again(ctx, f); err != nil {
			return nil, err
		}
	}
}

// send makes a request, and returns the reply, joined to what it continues.
func (r *run[T]) send(ctx context.Context) (*llm.Response, error) {
	req := r.request()
	r.attempts++
	r.stuck = false
	model, left := r.g.Model, false
	if r.show != nil {
		if !r.show.begin(r) {
			return nil, errLeft
		}
		model = r.show.watch(model, &left)
	} else {
		req.Whole = req.Whole || !trace.Listening(ctx)
	}
	resp, err := llm.Generate(ctx, model, req)
	r.usage = r.usage.Add(resp.Usage)
	if left {
		return nil, errLeft
	}
	if r.part != nil && (err == nil || len(resp.Parts) > 0) {
		r.stuck = r.said && strings.TrimSpace(resp.Text()) == ""
		resp = join(r.part, resp)
	}
	if err == nil || len(resp.Parts) > 0 {
		r.last = resp
	}
	r.said = r.said || err == nil
	return resp, err
}

// request returns the next request.
func (r *run[T]) request() *llm.Request {
	mode := r.modes[0]
	if r.part != nil && mode == ModeSchema {
		mode = ModeJSON // where there is a schema, no reply can be continued
	}
	req := r.task.request(mode)
	req.Messages = append(req.Messages, r.tail...)
	r.asked = slices.Clip(req.Messages)
	if r.part != nil {
		req.Messages = append(r.asked, r.part.Message)
	}
	if r.part != nil || r.plain {
		req.Format = "" // which makes blanks of what is no whole object
	}
	if r.more > 0 {
		req.MaxTokens = r.more
	}
	return req
}

// join returns the reply that resp ends.
func join(part, resp *llm.Response) *llm.Response {
	whole := &llm.Response{
		Message: llm.Message{Role: llm.RoleAssistant},
		Finish:  resp.Finish, Usage: resp.Usage, ID: resp.ID, Model: resp.Model, Extra: resp.Extra,
		Logprobs: slices.Concat(part.Logprobs, resp.Logprobs),
	}
	for _, m := range []llm.Message{part.Message, resp.Message} { // one of them reasons
		if m.HasReasoning() {
			whole.Parts = append(whole.Parts, llm.Reasoning{Text: m.Reasoning()})
			break
		}
	}
	whole.Parts = append(whole.Parts, llm.Text(part.Text()+resp.Text()))
	for _, c := range resp.ToolCalls() {
		whole.Parts = append(whole.Parts, c)
	}
	return whole
}

// recovers reports whether there is something to do about an error of the model,
// and does it: the next mode where this one is refused; the whole reply where it
// cannot be continued; and where a reply broke off that is shown while it grows,
// which no Retry can repeat, the same again.
func (r *run[T]) recovers(ctx context.Context, err error) bool {
	switch {
	case errors.Is(err, llm.ErrInvalid) && !r.said && len(r.modes) > 1:
		r.modes = r.modes[1:]
		r.tell(ctx, err, nil)
		r.attempts-- // there was no reply
		return true
	case ctx.Err() != nil || r.left == 0:
		return false
	case errors.Is(err, llm.ErrInvalid) && r.said && r.part != nil:
		r.left--
		r.tail, r.part = append(r.tail, r.part.Message, llm.User(cutWords)), nil
	case r.show != nil && r.show.seen && temporary(err):
		r.left--
	default:
		return false
	}
	r.tell(ctx, err, nil)
	return true
}

func temporary(err error) bool {
	e, ok := errors.AsType[*llm.Error](err)
	return ok && e.Temporary()
}

// again prepares the next request after a reply that will not do, or returns why
// there is none.
func (r *run[T]) again(ctx context.Context, f *fault) error {
	if f.last || r.left == 0 {
		return r.fail(f.err)
	}
	if ctx.Err() != nil {
		return r.fail(fmt.Errorf("%w, after: %w", ctx.Err(), f.err))
	}
	said := ""
	if f.wrong != nil {
		said = f.text + "\x00" + list(f.wrong.findings)
	}
	if said != "" && said == r.before {
		return r.fail(fmt.Errorf("%w: %w", ErrLoop, f.err))
	}
	r.before = said
	r.left--
	r.blanks++
	if !f.blank {
		r.blanks = 0
	}
	r.plain = r.plain || r.blanks > 1 && r.g.Mode == ""
	r.part = nil
	switch {
	case f.cut && r.continues():
		r.part = r.last
	default:
		r.tail = append(r.tail, f.turn...)
		if f.cut && r.task.req.MaxTokens == 0 {
			r.more = min(max(4*r.last.Usage.Output, roomy), r.task.able.MaxOutput)
		}
	}
	r.tell(ctx, f.err, f.wrong)
	return nil
}

// continues reports whether the last reply can be continued where it was cut.
func (r *run[T]) continues() bool {
	text := r.last.Text()
	blanks := len(text) - len(strings.TrimRight(text, " \t\r\n"))
	return r.task.able.Prefix && !r.stuck && blanks < min(runaway, len(text))
}

// runaway is how much white space at the end of a reply says that nothing else
// would come. JSON modes are known for it.
const runaway = 200

// roomy is the least limit on tokens for a reply that was cut without one, four
// times DeepSeek's default for replies without reasoning.
const roomy = 32 << 10

// tell emits that the request is made again.
func (r *run[T]) tell(ctx context.Context, err error, w *wrong) {
	if !trace.Listening(ctx) {
		return
	}
	e := RetryEvent{Span: trace.Current(ctx), Attempt: r.attempts, Mode: r.modes[0], Err: err}
	if w != nil {
		e.Findings = w.findings
	}
	trace.Emit(ctx, e)
}

// fail returns the error of the run, with what there is.
func (r *run[T]) fail(err error) *Error {
	e := &Error{Attempts: r.attempts, Usage: r.usage, Response: r.last, Err: err}
	switch {
	case r.fault != nil:
		e.Text = r.fault.text
		if r.fault.wrong != nil {
			e.Findings = r.fault.wrong.findings
		}
	case r.last != nil:
		e.Text = r.last.Text()
	}
	return e
}
