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

// A running is a call of a tool that is under way.
type running struct {
	call   llm.ToolCall
	tool   Tool
	policy Policy
	state  *callState
	end    chan ended  // has room for one
	over   atomic.Bool // it has ended, or was given up: whichever came first
}

// An ended is how a call ended.
type ended struct {
	parts   llm.Parts // what the tool returned
	err     error     // along with them
	text    string    // what the model is told of err
	fatal   bool      // err ends the run
	late    bool      // err says no more than that the context of the tool was done
	repairs []repair.Repair
}

// call runs one call. Its CallID is id.
func (s Set) call(ctx context.Context, call llm.ToolCall, id string) Outcome {
	start := time.Now()
	ctx, span := trace.Start(ctx, "tool", call.Name)
	if span != nil {
		trace.Emit(ctx, CallEvent{span, call, id})
	}
	o := s.run(ctx, call, id)
	o.Elapsed = time.Since(start)
	if span != nil {
		trace.Emit(ctx, ResultEvent{span, o})
	}
	span.End(cmp.Or(o.Err, o.Cause))
	return o
}

func (s Set) run(ctx context.Context, call llm.ToolCall, id string) Outcome {
	if ctx.Err() != nil {
		return notMade(call, context.Cause(ctx))
	}
	r := &running{call: call, end: make(chan ended, 1)}
	if e, ok := r.find(ctx, s); !ok {
		return r.outcome(ctx, e)
	}
	group := r.policy.Group
	if group != nil && callOf(ctx).holds(group) {
		return r.outcome(ctx, r.settle(ctx, nil, Fatal(errWithin)))
	}
	if err := group.enter(ctx); err == errBusy {
		return r.outcome(ctx, ended{err: err, text: textOf(err)})
	} else if err != nil {
		return notMade(call, err)
	}
	r.state = &callState{id: id, running: true, exact: r.policy.exact(), group: group, outer: callOf(ctx)}
	return r.outcome(ctx, r.await(ctx))
}

// find looks for the tool, in code that may panic if it is written by hand. If there is
// none, e is why.
func (r *running) find(ctx context.Context, s Set) (e ended, ok bool) {
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

// await starts the tool and returns how it ended, or that it was given up.
func (r *running) await(ctx context.Context) ended {
	limit := cmp.Or(r.policy.Timeout, defaultTimeout)
	inner, cancel := r.context(ctx, limit)
	defer cancel()
	start := time.Now()
	go func() {
		roomy(0)
		r.work(inner)
	}()
	select {
	case e := <-r.end:
		return r.judge(ctx, e, limit)
	case <-inner.Done():
	}
	wait := grace
	if left := limit - time.Since(start); limit > 0 && (left < grace || ctx.Err() == nil) {
		wait = left
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case e := <-r.end:
		return r.judge(ctx, e, limit)
	case <-timer.C:
	}
	strays.Add(1)
	if r.over.Swap(true) { // it has ended by now
		strays.Add(-1)
		return r.judge(ctx, <-r.end, limit)
	}
	r.policy.Group.stray(1)
	if trace.Listening(ctx) {
		trace.Emit(ctx, StrayEvent{trace.Current(ctx), r.call})
	}
	return r.judge(ctx, ended{err: context.Cause(inner), late: true}, limit)
}

// context returns the context of the tool. It ends a little before the time of the tool
// is over, so that one that heeds it can still say how far it came.
func (r *running) context(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(ctx, callKey{}, r.state)
	if limit < 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit-min(limit/20, 100*time.Millisecond))
}

// work runs the tool and hands over how it ended.
func (r *running) work(ctx context.Context) {
	var e ended
	returned := false
	defer func() {
		if !returned {
			e = r.panicked(ctx, recover()) // of nil after runtime.Goexit
		}
		e.repairs = r.state.done()
		stray := r.over.Swap(true)
		if stray {
			strays.Add(-1)
			r.policy.Group.stray(-1)
		}
		r.policy.Group.leave()
		if !stray {
			r.end <- e
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
func (r *running) settle(ctx context.Context, parts llm.Parts, err error) ended {
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

// judge puts into e what the end of a context means: that of ctx, or else the timeout.
func (r *running) judge(ctx context.Context, e ended, limit time.Duration) ended {
	if !e.late {
		return e
	}
	harmless := !r.policy.Effect.May(Writes | WritesOnce | Sends)
	if ctx.Err() == nil {
		e.err = &timeoutError{limit, harmless}
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
func (r *running) outcome(ctx context.Context, e ended) Outcome {
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
	case e.fatal:
		o.Err = fmt.Errorf("tool %s: %w", r.call.Name, e.err)
	case ctx.Err() != nil:
		o.Err = context.Cause(ctx)
	}
	return o
}

// notMade returns the outcome of a call that was not begun when its context was done.
func notMade(call llm.ToolCall, cause error) Outcome {
	text := llm.Text("error: the call was not made, as the run was cancelled")
	return Outcome{
		Result: llm.ToolResult{ID: call.ID, Name: call.Name, Content: llm.Parts{text}, IsError: true},
		Err:    cause,
		Cause:  cause,
	}
}

// panicked returns how a tool ended that panicked with v, and logs it: the stack is for
// nobody else.
func (r *running) panicked(ctx context.Context, v any) ended {
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
