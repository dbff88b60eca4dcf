package llmtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// permanent hides that an error is temporary.
type permanent struct{ error }

func (permanent) Temporary() bool { return false }
func (p permanent) Unwrap() error { return p.error }

// errorFaults are of replies that fail.
var errorFaults = []fault{
	{"an error is a reply", ruleError, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if e, ok := err.(*llm.Error); ok && e.Err == llm.ErrFiltered {
			return yield(&llm.Chunk{Text: e.Error(), Finish: llm.FinishFilter, Usage: new(llm.Usage)}, nil)
		}
		return yield(c, err)
	})},
	{"a truncated reply is complete", ruleError, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if errors.Is(err, llm.ErrTruncated) {
			return yield(&llm.Chunk{Finish: llm.FinishStop, Usage: new(llm.Usage)}, nil)
		}
		return yield(c, err)
	})},
	{"the class is lost", ruleError, fails(func(e *llm.Error) error { return &llm.Error{Message: e.Error()} })},
	{"the class is another", ruleError, fails(func(e *llm.Error) error {
		if e.Err == llm.ErrBalance {
			return &llm.Error{Err: llm.ErrAuth}
		}
		return e
	})},
	{"the error has no type", ruleError, fails(func(e *llm.Error) error { return fmt.Errorf("acme: %w", e.Err) })},
	{"never again", ruleTemporary, fails(func(e *llm.Error) error { f := *e; f.NoRetry = true; return &f })},
	{"always again", ruleTemporary, fails(func(e *llm.Error) error {
		f := *e
		f.Err = fmt.Errorf("%w: %w", llm.ErrUnavailable, e.Err)
		return &f
	})},
	{"another error says that it is not temporary", ruleRetry, fails(func(e *llm.Error) error { return permanent{e} })},
	{"the wait is lost", ruleRetryAfter, fails(func(e *llm.Error) error { f := *e; f.RetryAfter = 0; return &f })},
	{"the wait is in nanoseconds", ruleRetryAfter, fails(func(e *llm.Error) error { f := *e; f.RetryAfter /= time.Second; return &f })},
	{"what arrived is dropped", ruleKept, func(play Play, good llm.Model) llm.Model {
		if play.Err == nil {
			return good
		}
		return chunks(func(*llm.Chunk) []*llm.Chunk { return nil })(play, good)
	}},
	{"the reasoning that arrived is dropped", ruleKept, func(play Play, good llm.Model) llm.Model {
		if play.Err == nil {
			return good
		}
		return change(func(c *llm.Chunk) { c.Reasoning, c.HasReasoning = "", false })(play, good)
	}},
	{"the id comes before the error", ruleRefused, func(play Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if play.Err == nil || yield(&llm.Chunk{ID: "reply-1"}, nil) {
				good.Stream(ctx, req)(yield)
			}
		})
	}},
}

// leaveFaults are of loops that are left early, or never begun.
var leaveFaults = []fault{
	{"it goes on", ruleLeave, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		yield(c, err)
		return true
	})},
	{"it goes on for ever", ruleLeave, func(play Play, good llm.Model) llm.Model {
		return pairs(func(c *llm.Chunk, err error, yield receiver) bool {
			if play.Stall && err == nil && !yield(c, nil) {
				for {
					yield(c, nil)
				}
			}
			return yield(c, err)
		})(play, good)
	}},
	{"an error says that the loop was left", ruleLeave, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		return yield(c, err) || err == nil && !isLast(c) && yield(nil, context.Canceled)
	})},
	{"the rest is read first", ruleLeave, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			left := false
			for c, err := range good.Stream(ctx, req) {
				left = left || !yield(c, err)
			}
		})
	}},
	{"the model is of no more use", ruleLeave, func(play Play, good llm.Model) llm.Model {
		if play.Name != "leave" {
			return good
		}
		left := false
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if left {
				yield(nil, &llm.Error{Err: llm.ErrUnavailable})
				return
			}
			good.Stream(ctx, req)(func(c *llm.Chunk, err error) bool {
				more := yield(c, err)
				left = !more
				return more
			})
		})
	}},
	{"a goroutine for each request is left", ruleLeak, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if !yield(c, err) {
					go time.Sleep(time.Hour)
					return
				}
			}
		})
	}},
	{"a panic is swallowed", rulePanic, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			defer func() { recover() }()
			good.Stream(ctx, req)(yield)
		})
	}},
	{"a panic becomes an error", rulePanic, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			defer func() {
				if p := recover(); p != nil {
					panic(fmt.Errorf("acme: %v", p))
				}
			}()
			good.Stream(ctx, req)(yield)
		})
	}},
	{"Stream waits for the reply", ruleLazy, func(play Play, good llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) sequence {
			if play.Stall && len(play.Reply.Parts) == 0 {
				time.Sleep(time.Minute)
			}
			return good.Stream(ctx, req)
		})
	}},
	{"Stream sends at once", ruleLazy, func(_ Play, good llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) sequence {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			reply := make(chan func(receiver) bool, 1000)
			req = clone(req)
			go func() {
				defer cancel()
				defer close(reply)
				for c, err := range good.Stream(ctx, req) {
					reply <- func(yield receiver) bool { return yield(c, err) }
				}
			}()
			return func(yield func(*llm.Chunk, error) bool) {
				defer cancel()
				for pair := range reply {
					if !pair(yield) {
						return
					}
				}
			}
		})
	}},
}

// ends returns a fault that replaces errors of contexts.
func ends(f func(ctx context.Context, err error) error) func(Play, llm.Model) llm.Model {
	return func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if err != nil && ctx.Err() != nil {
					err = f(ctx, err)
				}
				if !yield(c, err) {
					return
				}
			}
		})
	}
}

// waits returns a fault that notices the end of a context, if it is of a kind,
// after a while.
func waits(kind error, d time.Duration) func(Play, llm.Model) llm.Model {
	return ends(func(ctx context.Context, err error) error {
		if ctx.Err() == kind {
			time.Sleep(d)
		}
		return err
	})
}

// contextFaults are of contexts that end.
var contextFaults = []fault{
	{"cancelling is ignored", ruleCancel, func(play Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if _, ok := ctx.Deadline(); !ok && play.Stall {
				quiet, cancel := context.WithTimeout(context.Background(), time.Hour)
				defer cancel()
				good.Stream(quiet, req)(yield)
				return
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"cancelling is noticed late", ruleCancel, waits(context.Canceled, 150*time.Millisecond)},
	{"cancelling is noticed late while it waits", ruleCancel, func(play Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			began := ctx.Err() == nil
			for c, err := range good.Stream(ctx, req) {
				if err != nil && began && ctx.Err() == context.Canceled {
					time.Sleep(time.Second)
				}
				if !yield(c, err) {
					return
				}
			}
		})
	}},
	{"a cancelled reply just ends", ruleEnd, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		return !errors.Is(err, context.Canceled) && yield(c, err)
	})},
	{"a cancelled reply is complete", ruleCancel, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if errors.Is(err, context.Canceled) {
			return yield(&llm.Chunk{Finish: llm.FinishStop, Usage: new(llm.Usage)}, nil)
		}
		return yield(c, err)
	})},
	{"a cancelled reply is truncated", ruleCancel, ends(func(ctx context.Context, err error) error {
		if ctx.Err() == context.Canceled {
			return &llm.Error{Err: llm.ErrTruncated}
		}
		return err
	})},
	{"only the cause is left", ruleCancel, ends(func(ctx context.Context, err error) error {
		if ctx.Err() == context.Canceled {
			return context.Cause(ctx)
		}
		return err
	})},
	{"the cause is lost", ruleCause, ends(func(ctx context.Context, err error) error { return ctx.Err() })},
	{"the cause is only words", ruleCause, ends(func(ctx context.Context, err error) error {
		return fmt.Errorf("%w: %v", ctx.Err(), context.Cause(ctx))
	})},
	{"a context that has ended gets a chunk", ruleCancel, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if ctx.Err() == nil || yield(&llm.Chunk{ID: "reply-1"}, nil) {
				good.Stream(ctx, req)(yield)
			}
		})
	}},
	{"a deadline is noticed late", ruleDeadline, waits(context.DeadlineExceeded, 150*time.Millisecond)},
	{"a deadline counts as cancelled", ruleDeadline, ends(func(ctx context.Context, err error) error {
		return fmt.Errorf("%w: %w", context.Canceled, context.Cause(ctx))
	})},
	{"a deadline counts as a stall", ruleDeadline, ends(func(ctx context.Context, err error) error {
		if ctx.Err() == context.DeadlineExceeded {
			return &llm.Error{Err: llm.ErrStalled}
		}
		return err
	})},
}

// unusual are models that do what others do not, and may.
var unusual = []fault{
	{"as it is", "", func(_ Play, good llm.Model) llm.Model { return good }},
	{"empty chunks", "", chunks(func(c *llm.Chunk) []*llm.Chunk {
		if c.ToolCall != nil || isLast(c) {
			return []*llm.Chunk{c}
		}
		return []*llm.Chunk{c, {}}
	})},
	{"no fragments", "", chunks(func(c *llm.Chunk) []*llm.Chunk {
		if c.ToolDelta != nil {
			return nil
		}
		return []*llm.Chunk{c}
	})},
	{"fragments without ids", "", delta(func(d *llm.ToolDelta) { d.ID, d.Name = "", "" })},
	{"ids in all chunks", "", change(func(c *llm.Chunk) {
		if c.Finish == "" {
			c.ID, c.Model = "reply-1", "model-1"
		}
	})},
	{"errors in errors", "", pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if err != nil {
			err = fmt.Errorf("acme: %w", errors.Join(err, errors.New("trace 7")))
		}
		return yield(c, err)
	})},
	{"all of a Whole reply at once", "", func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if !req.Whole {
				good.Stream(ctx, req)(yield)
				return
			}
			resp, err := llm.Generate(ctx, good, req)
			if err != nil {
				yield(nil, err)
				return
			}
			calls := resp.ToolCalls()
			for i := range calls {
				first := &llm.Chunk{ToolCall: &calls[i]}
				if i == 0 {
					first.Text, first.Reasoning, first.HasReasoning = resp.Text(), resp.Reasoning(), resp.HasReasoning()
				}
				if !yield(first, nil) {
					return
				}
			}
			c := &llm.Chunk{Finish: resp.Finish, Usage: &resp.Usage, ID: resp.ID, Model: resp.Model}
			if len(calls) == 0 {
				c.Text, c.Reasoning, c.HasReasoning = resp.Text(), resp.Reasoning(), resp.HasReasoning()
			}
			yield(c, nil)
		})
	}},
	{"a pool of goroutines", "", func(_ Play, good llm.Model) llm.Model {
		pool := make(chan bool, 10)
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			select {
			case pool <- true:
				go time.Sleep(time.Hour)
			default:
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"a slow start", "", func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"all at the end", "", func(play Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			var held []*llm.Chunk
			for c, err := range good.Stream(ctx, req) {
				if err == nil {
					held = append(held, c)
					continue
				}
				if ctx.Err() != nil {
					held = nil
				}
				for _, c := range held {
					if !yield(c, nil) {
						return
					}
				}
				yield(nil, err)
				return
			}
			for _, c := range held {
				if !yield(c, nil) {
					return
				}
			}
		})
	}},
}
