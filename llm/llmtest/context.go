package llmtest

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

const (
	notice = 100 * time.Millisecond // the time that a model has to notice the end of its context
	inside = 20 * time.Millisecond  // until a model may be taken to be waiting
	enough = 500 * time.Millisecond // until no more chunks are waited for, as the model may hold them back
	soon   = 50 * time.Millisecond  // a deadline
)

var errCause = errors.New("llmtest: the caller's own reason")

// ended makes requests with a context that has ended before the loop begins.
func (p *probe) ended() {
	p.hangs = ruleCancel
	for _, whole := range []bool{false, true} {
		req := p.request(whole)
		ctx, cancel := context.WithCancelCause(p.ctx)
		cancel(errCause)
		p.endsAtOnce(p.stream(ctx, req, nil), "before Stream was called")
		if len(p.findings) > 0 {
			return
		}
		ctx, cancel = context.WithCancelCause(p.ctx)
		s := p.receive(req, new(stream), func() iter.Seq2[*llm.Chunk, error] {
			seq := p.model.Stream(ctx, req)
			cancel(errCause)
			return seq
		})
		if s == nil {
			return
		}
		s.check()
		p.endsAtOnce(p.accept(s), "between Stream and the loop")
		if len(p.findings) > 0 {
			return
		}
	}
}

func (p *probe) endsAtOnce(s *stream, when string) {
	if s == nil {
		return
	}
	if len(s.copies) > 0 {
		p.fail(ruleCancel, "the context was cancelled %s, but there are %d chunks, the first of them %s", when, len(s.copies), encode(s.copies[0]))
		return
	}
	p.is(s, ruleCancel, context.Canceled, errCause)
}

// is demands an error that is err and cause. It reports whether s has it.
func (p *probe) is(s *stream, r rule, err, cause error) bool {
	switch {
	case s.err == nil:
		p.fail(r, "the context has ended, but the reply ended as %q and without an error", s.last.Finish)
	case !errors.Is(s.err, err):
		p.fail(r, "errors.Is does not find %q in the error: %v", err, s.err)
	case !errors.Is(s.err, cause):
		p.fail(ruleCause, "errors.Is does not find the context's cause, %q, in the error: %v", cause, s.err)
	default:
		return true
	}
	return false
}

// cancelled cancels requests that wait for what does not come: the first chunk,
// or more of them.
func (p *probe) cancelled() {
	for _, whole := range []bool{false, true} {
		p.timed(ruleCancel, context.Canceled, func(base context.Context) (*stream, time.Time) {
			ctx, cancel := context.WithCancelCause(base)
			defer cancel(nil)
			var at time.Time
			done := make(chan struct{})
			timer := time.AfterFunc(p.untilSilent(whole), func() {
				at = time.Now()
				cancel(errCause)
				close(done)
			})
			var heard strings.Builder
			s := p.stream(ctx, p.request(whole), func(_ int, c *llm.Chunk) bool {
				heard.WriteString(c.Text)
				if heard.Len() == len(p.play.Reply.Text()) && timer.Stop() {
					timer.Reset(inside)
				}
				return true
			})
			if s == nil {
				return nil, time.Time{}
			}
			if timer.Stop() {
				return s, s.end // before it was cancelled
			}
			<-done
			return s, at
		})
		if len(p.findings) > 0 {
			return
		}
	}
}

// untilSilent returns how long to wait for the model to have said everything.
func (p *probe) untilSilent(whole bool) time.Duration {
	if whole || len(p.play.Reply.Parts) == 0 {
		return inside
	}
	return enough
}

// cancelledInside cancels a request inside of its loop, at the first chunk.
func (p *probe) cancelledInside() {
	p.timed(ruleCancel, context.Canceled, func(base context.Context) (*stream, time.Time) {
		ctx, cancel := context.WithCancelCause(base)
		timer := time.AfterFunc(enough, func() { cancel(errCause) })
		defer timer.Stop()
		at := time.Now().Add(enough)
		s := p.stream(ctx, p.request(false), func(n int, _ *llm.Chunk) bool {
			if n == 1 {
				at = time.Now()
				cancel(errCause)
			}
			return true
		})
		if s == nil {
			return nil, time.Time{}
		}
		return s, at
	})
}

// deadline makes requests with a deadline that passes while they wait.
func (p *probe) deadline() {
	for _, whole := range []bool{false, true} {
		p.timed(ruleDeadline, context.DeadlineExceeded, func(base context.Context) (*stream, time.Time) {
			at := time.Now().Add(soon)
			ctx, cancel := context.WithDeadlineCause(base, at, errCause)
			defer cancel()
			return p.stream(ctx, p.request(whole), nil), at
		})
		if len(p.findings) > 0 {
			return
		}
	}
}

// timed demands that the context of a request ends it, and soon after the time
// that request returns. It tries a few times: a machine that is busy with
// something else is no reason to fail.
func (p *probe) timed(r rule, err error, request func(ctx context.Context) (*stream, time.Time)) {
	p.hangs = r
	least := time.Duration(1 << 62)
	for range 5 {
		s, at := request(p.ctx)
		if s == nil || !p.is(s, r, err, errCause) {
			return
		}
		if least = min(least, s.end.Sub(at)); least <= notice {
			return
		}
	}
	p.fail(r, "the sequence ended %v after its context, and no sooner in 5 attempts", least)
}
