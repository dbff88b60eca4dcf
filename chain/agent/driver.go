package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// A driver does what a run needs next, in this process.
type driver struct {
	agent  *Agent
	run    *Run
	tools  tools.Set                // those of the agent that the run began with
	yield  func(*Event, error) bool // nil if nobody looks
	left   bool                     // nobody looks any more
	since  time.Time                // what was worked since then is not in a record yet
	meter  *meter                   // of the agent that this one is a tool of; nil if there is none
	faults int                      // requests in a row that came to nothing
}

// drive runs the run to its end. The error is errLeft if the loop was left.
func (d *driver) drive(ctx context.Context) error {
	ctx, span := trace.Start(ctx, "agent", d.agent.Name)
	err := d.loop(ctx)
	if err == errLeft {
		span.End(context.Canceled)
	} else {
		span.End(err)
	}
	return err
}

func (d *driver) loop(ctx context.Context) error {
	d.since = time.Now()
	d.meter = meterOf(ctx)
	if d.agent.Model == nil {
		return invalid("there is no model: it is nil")
	}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	for {
		step := d.run.Next()
		if step.Kind == StepDone {
			return d.done(ctx)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := d.step(ctx, step); err != nil {
			return err
		}
		if d.left {
			return errLeft
		}
	}
}

// prepare brings the store up to date, and the run to the limits of the agent.
func (d *driver) prepare(ctx context.Context) error {
	if err := d.run.state().stop(); errors.Is(err, ErrRecord) {
		return err
	}
	if err := d.agent.save(ctx, d.run); err != nil {
		return err
	}
	for _, t := range d.agent.set() {
		if t != nil && d.run.Header.tool(t.Spec().Name) != nil {
			d.tools = append(d.tools, t)
		}
	}
	if limits := d.agent.Limits.or(); limits != d.run.Limits() {
		return d.apply(ctx, Record{Kind: Limited, Limits: &limits})
	}
	return nil
}

// step does a step, and as many after it as count for the time limit.
func (d *driver) step(ctx context.Context, step Step) error {
	switch step.Kind {
	case StepStop:
		if errors.Is(step.Err, ErrLimit) {
			d.emit(ctx, &Event{kind: "limit", Err: step.Err})
		}
		return step.Err
	case StepWait:
		return d.decide(ctx, step.Calls)
	case StepFinish:
		if !d.emit(ctx, &Event{kind: "limit", Err: step.Err}) {
			return errLeft
		}
		return d.sumUp(ctx, step)
	}
	ctx, cancel := d.deadline(ctx)
	defer cancel()
	for {
		var err error
		switch step.Kind {
		case StepModel, StepCompact:
			err = d.ask(ctx, step)
		case StepTools:
			err = d.call(ctx, step.Calls)
		default:
			return nil
		}
		if err != nil || d.left || ctx.Err() != nil {
			return err
		}
		step = d.run.Next()
	}
}

// sumUp makes the last request at a limit. If that fails, it is the limit all the same
// that has ended the run.
func (d *driver) sumUp(ctx context.Context, step Step) error {
	inTime, cancel := context.WithTimeout(ctx, finishTime)
	defer cancel()
	err := d.ask(inTime, step)
	if err == nil || err == errLeft || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%w; and it could not be summed up: %w", step.Err, err)
}

// finishTime is how long the last request may take at a limit.
const finishTime = time.Minute

// deadline returns a context that ends when the time of the run is over.
func (d *driver) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := d.run.Limits().Time
	if limit <= 0 {
		return ctx, func() {}
	}
	left := limit - d.run.s.elapsed - time.Since(d.since)
	return context.WithTimeoutCause(ctx, left, &LimitError{Limit: "time", Max: int64(limit)})
}

// done puts the turn into the memory, and ends the events.
func (d *driver) done(ctx context.Context) error {
	if err := d.remember(ctx); err != nil {
		return err
	}
	if d.yield != nil && !d.emit(ctx, &Event{kind: "done", Result: d.run.result()}) {
		return errLeft
	}
	return nil
}

// remember appends the turn to the memory, unless it is there. A run in which the
// beginning was summed up leaves a Summary after it, of what the model saw last.
func (d *driver) remember(ctx context.Context) error {
	m := d.agent.Memory
	if m == nil {
		return nil
	}
	s := d.run.state()
	err := m.Append(ctx, memory.Turn{ID: turnID(d.run.ID), After: d.run.Header.After, Messages: s.turn})
	if err != nil || s.compaction.times == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime) // the turn is there, so the run is done
	defer cancel()
	err = m.Append(ctx, memory.Turn{ID: turnID(d.run.ID) + "/summary", After: turnID(d.run.ID), Summary: true, Messages: s.messages[d.run.Header.head():]})
	if errors.Is(err, memory.ErrConflict) { // the conversation has gone on, and is whole
		return nil
	}
	return err
}

// turnID returns the ID of the turn of a run, within what a memory takes.
func turnID(run string) string {
	if len(run) <= 200 {
		return run
	}
	sum := sha256.Sum256([]byte(run))
	return run[:100] + "/" + hex.EncodeToString(sum[:])
}

// emit yields an event. It reports whether the loop goes on.
func (d *driver) emit(ctx context.Context, e *Event) bool {
	e.Run = d.run
	switch e.kind {
	case "retry", "limit", "compact", "waiting":
		if trace.Listening(ctx) {
			trace.Emit(ctx, e)
		}
	}
	if d.yield != nil && !d.left {
		d.left = !d.yield(e, nil)
	}
	return !d.left
}

// fail returns the error of the run.
func (d *driver) fail(err error) error {
	if e, ok := err.(*Error); ok && e.Run == d.run {
		return e
	}
	return &Error{Agent: d.agent.Name, Run: d.run, Err: err}
}

// ask makes the request of a step.
func (d *driver) ask(ctx context.Context, step Step) error {
	bill, err := d.meter.reserve(Used{Calls: 1, Usage: llm.Usage{Input: d.run.s.tokens}})
	if err != nil {
		return err
	}
	req := step.Request
	seen := false
	model := d.agent.Model
	if d.yield != nil {
		model = d.watch(step.Kind, &seen)
	} else {
		req.Whole = !trace.Listening(ctx)
	}
	resp, err := llm.Generate(ctx, model, req)
	bill.settle(Used{Calls: 1, Usage: resp.Usage})
	if err == nil && !d.left {
		err = complete(step.Kind, resp)
	}
	if err != nil || d.left {
		return d.failed(ctx, step, resp, err, seen)
	}
	d.faults = 0
	rec := Record{Kind: Replied, For: step.Kind, Reply: resp}
	if a := d.agent.answer; a != nil && a.name == d.run.Header.Answer && step.Kind == StepModel && resp.Finish != llm.FinishLength && len(resp.ToolCalls()) == 0 {
		rec.Value, rec.Remind = a.read(resp.Text())
	}
	times := d.run.s.compaction.times
	if err := d.apply(ctx, rec); err != nil {
		return err
	}
	if d.yield != nil && !d.emit(ctx, &Event{kind: "reply", For: step.Kind, Reply: resp}) {
		return errLeft
	}
	if d.run.s.compaction.times > times {
		d.emit(ctx, &Event{kind: "compact"})
	}
	return nil
}

// complete returns why a reply will not do.
func complete(kind StepKind, resp *llm.Response) error {
	calls := len(resp.ToolCalls())
	switch {
	case kind == StepCompact:
		return nil // the run sees what it is good for
	case resp.Finish == llm.FinishFilter:
		return &llm.Error{Message: "the provider held back the rest of the reply", Usage: &resp.Usage, Err: llm.ErrFiltered}
	case resp.Finish == llm.FinishLength && kind != StepModel:
		return errCut
	case resp.Finish == llm.FinishLength && calls > 0:
		return &llm.Error{Message: "a reply that was cut off has tool calls", Err: llm.ErrProtocol}
	case resp.Finish == llm.FinishLength:
		return nil
	case (calls == 0 || kind != StepModel) && strings.TrimSpace(resp.Text()) == "":
		return ErrBlank
	}
	return nil
}

// failed notes a request that came to nothing. It returns why, or nil if it is to be made
// again.
func (d *driver) failed(ctx context.Context, step Step, resp *llm.Response, err error, seen bool) error {
	why := "nobody looked any more"
	if err != nil {
		why = err.Error()
	}
	if e := d.apply(ctx, Record{Kind: Failed, For: step.Kind, Used: &Used{Calls: 1, Usage: resp.Usage}, Text: why}); e != nil {
		return errors.Join(err, e)
	}
	if d.left {
		return errLeft
	}
	if ctx.Err() != nil {
		if limit, ok := context.Cause(ctx).(*LimitError); ok && !limit.Outer && step.Kind != StepFinish {
			return nil // Next says what becomes of it
		}
		return err
	}
	retries := d.agent.Retries
	if retries == 0 {
		retries = 2
	}
	if d.faults++; d.faults > retries || !(err == ErrBlank || seen && temporary(err)) {
		return err
	}
	if !d.emit(ctx, &Event{kind: "retry", For: step.Kind, Err: err}) {
		return errLeft
	}
	return nil
}

func temporary(err error) bool {
	e, ok := errors.AsType[*llm.Error](err)
	return ok && e.Temporary()
}

// watch returns the model of the agent, whose chunks are events too.
func (d *driver) watch(kind StepKind, seen *bool) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range d.agent.Model.Stream(ctx, req) {
				if err == nil && chunk != nil {
					*seen = true
					if !d.emit(ctx, &Event{kind: "chunk", For: kind, Chunk: chunk}) {
						return
					}
				}
				if !yield(chunk, err) {
					return
				}
			}
		}
	})
}
