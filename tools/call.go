package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/repair"
)

// grace is how long a call has to come to an end after its context is done.
const grace = time.Second

// Strays returns how many tools are running now in this process though their calls are
// over: they did not return when their time was over or their context done, and Go
// cannot stop them. Their results are lost. A number that grows points to a tool that
// does not heed its context; a [StrayEvent] says which.
func Strays() int { return int(strays.Load()) }

var strays atomic.Int64

// A Running is a call that was begun by [Set.Start].
type Running struct {
	call   llm.ToolCall
	tool   Tool
	policy Policy
	state  *callState
	ctx    context.Context // of the call, not of the tool
	span   *trace.Span
	start  time.Time
	notify func() // told that the call is over; may be nil

	over  atomic.Bool   // the tool has returned, or was given up: whichever came first
	done  chan struct{} // closed when the call is over; then:
	ended ended
	limit time.Duration // that held for the tool
	stray bool          // it was given up
}

// An ended is how a call ended.
type ended struct {
	parts   llm.Parts // what the tool returned
	err     error     // along with them
	text    string    // what the model is told of err
	fatal   bool      // err ends the run
	late    bool      // err says no more than that the context of the tool was done
	unmade  bool      // the call was not begun, as the context was done: err is its cause
	cause   error     // of the end of the call's context, if that came first
	repairs []repair.Repair
}

// Start begins a call as [Set.Do] makes it, and does not wait for its end: that is for
// [Running.Outcome] to do, which must be called once. over, if not nil, is called when
// there is nothing more to wait for: on a goroutine of its own, or before Start returns.
func (s Set) Start(ctx context.Context, call llm.ToolCall, over func()) *Running {
	return s.begin(ctx, call, idOf(ctx, call.ID), over)
}

// Outcome waits for the end of the call and returns what became of it.
func (r *Running) Outcome() Outcome {
	<-r.done
	if r.stray && r.span != nil {
		trace.Emit(r.ctx, StrayEvent{r.span, r.call})
	}
	o := r.outcome(r.judge(r.ended))
	o.Elapsed = time.Since(r.start)
	if r.span != nil {
		trace.Emit(r.ctx, ResultEvent{r.span, o})
	}
	r.span.End(cmp.Or(o.Err, o.Cause))
	return o
}

// begin starts a call. Its CallID is id.
func (s Set) begin(ctx context.Context, call llm.ToolCall, id string, over func()) *Running {
	r := &Running{call: call, start: time.Now(), notify: over, done: make(chan struct{})}
	r.ctx, r.span = trace.Start(ctx, "tool", call.Name)
	if r.span != nil {
		trace.Emit(r.ctx, CallEvent{r.span, call, id})
	}
	if turn, e, ok := r.prepare(s, id); ok {
		go r.serve(turn)
	} else {
		r.end(e)
	}
	return r
}

// end says how the call ended, for all who wait.
func (r *Running) end(e ended) {
	if r.ctx.Err() != nil {
		e.cause = context.Cause(r.ctx)
	}
	r.ended = e
	close(r.done)
	if r.notify != nil {
		r.notify()
	}
}

// prepare finds the tool and takes a place in its group, or in the queue for one. If the
// call is not to be made, e is why.
func (r *Running) prepare(s Set, id string) (turn chan bool, e ended, ok bool) {
	if r.ctx.Err() != nil {
		return nil, unmade(r.ctx), false
	}
	if e, ok := r.find(r.ctx, s); !ok {
		return nil, e, false
	}
	if r.policy.Approve && !approved(r.ctx) {
		return nil, r.settle(r.ctx, nil, ErrApproval), false
	}
	group := r.policy.Group
	if group != nil && callOf(r.ctx).holds(group) {
		return nil, r.settle(r.ctx, nil, Fatal(errWithin)), false
	}
	r.state = &callState{id: id, running: true, exact: r.policy.exact(), group: group, outer: callOf(r.ctx)}
	turn, err := group.queueUp()
	if err != nil {
		return nil, busy(err), false
	}
	return turn, ended{}, true
}

func busy(err error) ended { return ended{err: err, text: textOf(err)} }

// unmade returns how a call ends that was not begun when its context was done.
func unmade(ctx context.Context) ended {
	return ended{err: context.Cause(ctx), text: "error: the call was not made, as the run was cancelled", unmade: true}
}

// find looks for the tool, in code that may panic if it is written by hand. If there is
// none, e is why.
func (r *Running) find(ctx context.Context, s Set) (e ended, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			e, ok = r.panicked(ctx, v), false
		}
	}()
	t, err := s.find(r.call.Name)
	if err != nil {
		return r.settle(ctx, nil, err), false
	}
	r.tool, r.policy = t, PolicyOf(t)
	return ended{}, true
}

// serve waits for a place in the group, and runs the tool.
func (r *Running) serve(turn chan bool) {
	roomy(0)
	switch err := r.policy.Group.await(r.ctx, turn); {
	case err == errBusy:
		r.end(busy(err))
		return
	case err != nil:
		r.end(unmade(r.ctx))
		return
	}
	r.limit = cmp.Or(r.policy.Timeout, defaultTimeout)
	inner, cancel := r.context(r.ctx, r.limit)
	defer cancel()
	start := time.Now()
	stop := context.AfterFunc(inner, func() { r.giveUp(inner, start) })
	r.work(inner, stop)
}

// giveUp ends the call some time after the context of the tool is done, if the tool has
// not returned by then.
func (r *Running) giveUp(inner context.Context, start time.Time) {
	wait := grace
	if left := r.limit - time.Since(start); r.limit > 0 && (left < grace || r.ctx.Err() == nil) {
		wait = left
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.done:
		return
	case <-timer.C:
	}
	strays.Add(1)
	if r.over.Swap(true) { // it has returned by now
		strays.Add(-1)
		return
	}
	r.policy.Group.stray(1)
	r.stray = true
	r.end(ended{err: context.Cause(inner), late: true})
}

// context returns the context of the tool. It ends a little before the time of the tool
// is over, so that one that heeds it can still say how far it came.
func (r *Running) context(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(ctx, callKey{}, r.state)
	if approved(ctx) {
		ctx = context.WithValue(ctx, approvedKey{}, false)
	}
	if limit < 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit-min(limit/20, 100*time.Millisecond))
}

// work runs the tool and says how it ended, unless it was given up.
func (r *Running) work(ctx context.Context, stop func() bool) {
	var e ended
	returned := false
	defer func() {
		if !returned {
			e = r.panicked(ctx, recover()) // of nil after runtime.Goexit
		}
		stop()
		e.repairs = r.state.done()
		stray := r.over.Swap(true)
		if stray {
			strays.Add(-1)
			r.policy.Group.stray(-1)
		}
		r.policy.Group.leave()
		if !stray {
			r.end(e)
		}
	}()
	parts, err := r.tool.Call(ctx, json.RawMessage(r.call.Args))
	e = r.settle(ctx, parts, err) // here, as methods of err may panic
	returned = true
}

// roomy makes the stack of a new goroutine as big as most calls need it. To double it
// again and again while a schema is being walked takes longer than all the rest.
//
//go:noinline
func roomy(i int) byte {
	var room [8 << 10]byte
	return room[i]
}

// settle returns how a tool ended that has returned.
func (r *Running) settle(ctx context.Context, parts llm.Parts, err error) ended {
	bad := checkParts(parts)
	if bad != nil {
		parts = nil
	}
	if err == nil {
		err = bad
	}
	if err == nil {
		return ended{parts: parts}
	}
	e := ended{parts: parts, err: err, text: textOf(err)}
	if _, e.fatal = errors.AsType[*fatalError](err); e.fatal {
		e.text = "error: the call has ended the run"
	}
	e.late = ctx.Err() != nil && !e.fatal && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
	return e
}

// judge puts into e what the end of a context means: that of the call, or else the
// timeout.
func (r *Running) judge(e ended) ended {
	if !e.late {
		return e
	}
	harmless := !r.policy.Effect.May(Writes | WritesOnce | Sends)
	if e.cause == nil {
		e.err = &timeoutError{r.limit, harmless}
		e.text = "error: " + e.err.Error()
		return e
	}
	e.text = "error: the call was cancelled before it ended"
	if !harmless {
		e.text += ", and may have done some or all of its work"
	}
	return e
}

// outcome returns what became of the call.
func (r *Running) outcome(e ended) Outcome {
	limit := cmp.Or(r.policy.MaxResult, defaultMaxResult)
	o := Outcome{
		Result:  llm.ToolResult{ID: r.call.ID, Name: r.call.Name, Content: sound(cut(e.parts, limit, r.policy.KeepTail)), IsError: e.err != nil},
		Cause:   e.err,
		Repairs: e.repairs,
	}
	if e.err == nil {
		return o
	}
	if limit >= 0 {
		limit = max(limit, 4<<10) // what is wrong is told also where results are short
	}
	o.Result.Content = append(slices.Clip(o.Result.Content), sound(cut(llm.Parts{llm.Text(e.text)}, limit, false))...)
	switch {
	case e.unmade:
		o.Err = e.err
	case e.fatal:
		o.Err = fmt.Errorf("tool %s: %w", r.call.Name, e.err)
	case e.cause != nil:
		o.Err = e.cause
	}
	return o
}

// panicked returns how a tool ended that panicked with v, and logs it: the stack is for
// nobody else.
func (r *Running) panicked(ctx context.Context, v any) ended {
	p, ok := v.(*chain.Panic) // of a step inside: its stack is the one to see
	if !ok || p == nil {
		if v == nil {
			v = "runtime.Goexit was called"
		}
		p = &chain.Panic{Value: v, Stack: debug.Stack()}
	}
	slog.Default().LogAttrs(ctx, slog.LevelError, "tool panicked", slog.String("tool", r.call.Name), slog.String("id", r.call.ID), slog.Any("panic", p.Value), slog.String("stack", string(p.Stack)))
	return ended{err: p, text: "error: the tool failed, by a mistake in its program: call it with other arguments, or do without it"}
}
