package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// atOnce is how many tool calls of a reply run at once.
const atOnce = 16

// decide asks about calls that wait, or says that they do.
func (d *driver) decide(ctx context.Context, calls []Call) error {
	if approve := d.agent.approver(ctx); approve != nil {
		asked := 0
		for _, c := range calls {
			p := d.run.s.find(d.run, c.ID)
			if p.phase != held || p.once && p.begun {
				continue // what may have been done already is not for a function to decide
			}
			start := time.Now()
			err := approve(ctx, c.ToolCall)
			d.since = d.since.Add(time.Since(start)) // that was a person's time
			switch {
			case err == nil:
				if e := d.apply(ctx, d.run.grant(p)); e != nil {
					return e
				}
			case errors.Is(err, ErrApproval):
				continue
			case tools.IsFatal(err), ctx.Err() != nil:
				return err
			default:
				if e := d.apply(ctx, Record{Kind: Refused, Call: c.ID, Text: err.Error()}); e != nil {
					return e
				}
				if !d.emit(ctx, &Event{kind: "result", Call: &c, Outcome: &tools.Outcome{Result: *p.result, Cause: err}}) {
					return errLeft
				}
			}
			asked++
		}
		if asked > 0 {
			return nil
		}
	}
	d.emit(ctx, &Event{kind: "waiting", Waiting: calls})
	return fmt.Errorf("%w: %s", ErrApproval, describe(calls))
}

// describe names calls.
func describe(calls []Call) string {
	var text strings.Builder
	for i, c := range calls {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(c.Name + " (" + c.ID + ")")
	}
	return text.String()
}

// call makes calls, at once, and notes what becomes of them.
func (d *driver) call(ctx context.Context, calls []Call) error {
	calls, err := d.sift(ctx, calls)
	if err != nil || len(calls) == 0 {
		return err
	}
	bill, err := d.meter.reserve(Used{Tools: len(calls)})
	if err != nil {
		return err
	}
	defer bill.settle(Used{Tools: len(calls)})
	begun := make([]Record, 0, len(calls))
	for _, c := range calls {
		begun = append(begun, Record{Kind: Calling, Call: c.ID})
	}
	if err := d.apply(ctx, begun...); err != nil {
		return err
	}
	d.mark(calls, true)
	defer d.mark(calls, false)
	return d.make(ctx, calls)
}

// mark says of calls without a result whether they are being made.
func (d *driver) mark(calls []Call, live bool) {
	for _, c := range calls {
		if p := d.run.s.find(d.run, c.ID); p != nil {
			p.live = live
		}
	}
}

// make runs the tools of calls that are noted as begun.
func (d *driver) make(ctx context.Context, calls []Call) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for i := range calls {
		if d.yield != nil && !d.emit(ctx, &Event{kind: "call", Call: &calls[i]}) {
			cancel(errLeft)
			break
		}
	}
	var fatal error
	for i, m := range d.results(ctx, cancel, calls) {
		if m.Err != nil && fatal == nil {
			fatal = m.Err
			cancel(m.Err)
		}
		if err := d.noted(ctx, calls[i], m); err != nil && fatal == nil {
			fatal = err // the others are waited for, and are in the run at least
			cancel(err)
		}
	}
	switch limit, timeUp := fatal.(*LimitError); {
	case d.left:
		return errLeft
	case timeUp && !limit.Outer && limit.Limit == "time":
		return nil // Next says what becomes of it
	}
	return fatal
}

// results runs calls at once, and yields what became of each as it is there. All are
// yielded, also when ctx is done. If the body of the loop panics, it cancels the calls,
// and waits for them.
func (d *driver) results(ctx context.Context, cancel context.CancelCauseFunc, calls []Call) iter.Seq2[int, made] {
	ctx = withCaller(ctx, d)
	outer := d.rest()
	return func(yield func(int, made) bool) {
		over := make(chan int, len(calls))
		list := make([]begun, 0, len(calls))
		start := func() {
			if i := len(list); i < len(calls) {
				list = append(list, d.start(ctx, outer, calls[i], func() { over <- i }))
			}
		}
		n := 0 // how many are over
		defer func() {
			for ; n < len(list); n++ {
				cancel(nil)
				list[<-over].made()
			}
		}()
		for range atOnce {
			start()
		}
		for n < len(calls) {
			i := <-over
			n++
			yield(i, list[i].made())
			start()
		}
	}
}

// A begun call is one that a tool is at.
type begun struct {
	call  *tools.Running
	meter *meter           // of what agents do in it
	value *json.RawMessage // where the tool for the answer puts that; else nil
}

// start begins a call.
func (d *driver) start(ctx context.Context, outer *meter, c Call, over func()) begun {
	b := begun{meter: &meter{outer: outer}}
	ctx = withMeter(tools.WithCallID(ctx, c.ID), b.meter)
	if c.digest != "" {
		ctx = tools.Approved(ctx)
	}
	if c.Name == d.run.Header.Answer {
		b.value = new(json.RawMessage)
		ctx = context.WithValue(ctx, valueKey{}, b.value)
	}
	b.call = d.tools.Start(ctx, c.ToolCall, over)
	return b
}

// made returns what became of the call, which is over.
func (b begun) made() made {
	m := made{Outcome: b.call.Outcome()}
	m.used = b.meter.total()
	if b.value != nil && !m.Result.IsError { // else a stray may still write to it
		m.value = *b.value
	}
	return m
}

// A made call, the answer that it was, and what agents did in it.
type made struct {
	tools.Outcome
	value json.RawMessage
	used  Used
}

// noted keeps the result of a call.
func (d *driver) noted(ctx context.Context, c Call, m made) error {
	rec := Record{Kind: Called, Call: c.ID, Result: &m.Result, Value: m.value}
	if m.used != (Used{}) {
		rec.Used = &m.used
	}
	if err := d.apply(ctx, rec); err != nil {
		return err
	}
	if d.yield != nil {
		d.emit(ctx, &Event{kind: "result", Call: &c, Outcome: &m.Outcome})
	}
	return nil
}

// sift returns the calls that can be made. Those that are masked get a result, and those
// that need an approval that there is not are held.
func (d *driver) sift(ctx context.Context, calls []Call) ([]Call, error) {
	ready := calls[:0:0]
	for _, c := range calls {
		tool := find(d.tools, c.Name)
		if tool == nil {
			ready = append(ready, c) // the set says so to the model
			continue
		}
		if d.agent.Mask != nil {
			if err := d.agent.Mask(d.run, c.ToolCall); err != nil {
				result := llm.ToolResult{ID: c.ToolCall.ID, Name: c.Name, Content: llm.Parts{llm.Text("error: " + err.Error())}, IsError: true}
				if e := d.apply(ctx, Record{Kind: Called, Call: c.ID, Result: &result}); e != nil {
					return nil, e
				}
				if !d.emit(ctx, &Event{kind: "result", Call: &c, Outcome: &tools.Outcome{Result: result, Cause: err}}) {
					return nil, errLeft
				}
				continue
			}
		}
		if why := d.unapproved(ctx, c, tool); why != "" {
			if err := d.apply(ctx, Record{Kind: Held, Call: c.ID, Text: why, Digest: schemaOf(tool)}); err != nil {
				return nil, err
			}
			continue
		}
		ready = append(ready, c)
	}
	return ready, nil
}

// unapproved returns why a call needs a decision that there is not, or "".
func (d *driver) unapproved(ctx context.Context, c Call, tool tools.Tool) string {
	p := tools.PolicyOf(tool)
	harmless := !p.Effect.May(tools.Writes | tools.WritesOnce | tools.Sends)
	switch {
	case c.digest == "" && p.Approve:
		return "the tool needs the approval of a person"
	case c.digest == "" && d.agent.approver(ctx) != nil && !harmless:
		return "the tool may change something or reach outside"
	case c.digest == "":
		return ""
	case c.digest != d.run.digest(c, schemaOf(tool)):
		return "the approval was of another call, or of the tool as it was before"
	case !c.Approved(time.Now()):
		return "the approval has expired"
	}
	return ""
}

// schemaOf returns what stands for the schema of a tool as it is now.
func schemaOf(t tools.Tool) string { return digest(string(t.Spec().Schema)) }

// find returns the tool of that name, or nil.
func find(set tools.Set, name string) tools.Tool {
	for _, t := range set {
		if t == nil {
			continue // what runs says so
		}
		if spec := t.Spec(); spec.Name == name && spec.Kind == "" {
			return t
		}
	}
	return nil
}

// rest returns a meter of what is left to the run.
func (d *driver) rest() *meter {
	l, u := d.run.Limits(), d.run.Used()
	return &meter{
		outer:  d.meter,
		calls:  left(l.Calls, u.Calls),
		tools:  left(l.Tools, u.Tools),
		tokens: left(l.Tokens, u.Usage.Total()),
	}
}
