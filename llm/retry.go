package llm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

// Retry returns middleware that makes up to n attempts, and at least one, at a
// request that fails with an error whose method Temporary() bool says true, see
// [Error.Temporary]. The end of a context is not such an error.
//
// A reply of which anything was yielded is not asked for again, as the caller
// has seen it; except where the request is Whole: then the chunks are held back
// until the reply is complete, and an attempt that breaks off is forgotten.
//
// Before an attempt it waits as long as the provider asked. If that is more than
// two minutes, or the wait would outlast the deadline of the context, it returns
// the error at once. Where the provider asked for nothing, the wait is a random
// time of up to half a second (a second if the rate was limited), twice as much
// before each further attempt, and never over 20 seconds.
//
// All requests through the middleware share a quota, so that retries do not keep
// down a provider that struggles: it holds 500 tokens; a retry takes 14, or 5 if
// the rate was limited; a success gives back what its last retry took, or 1. With
// too few tokens left, errors are returned at once. So an outage that a thousand
// requests run into costs at most a hundred more. The quota is that of the AWS
// SDKs' retry mode of 2026.
//
// A request is never retried by two layers. Of one Retry inside another the outer
// one is at work, and the inner one hands requests on as they are, also through
// other models in between, as under a fallback: with up to n attempts outside, no
// model is asked more than n times. They know of each other by the context. A
// Retry of one attempt is as none.
//
// Each wait is a [RetryEvent] of [trace].
func Retry(n int) Middleware {
	quota := &retryQuota{tokens: quotaSize}
	return func(m Model) Model {
		return ModelFunc(func(ctx context.Context, req *Request) iter.Seq2[*Chunk, error] {
			return func(yield func(*Chunk, error) bool) {
				if ctx.Value(attemptKey{}) != nil { // a Retry around this one makes the attempts
					m.Stream(ctx, req)(yield)
					return
				}
				r := retrier{model: m, req: req, attempts: n, quota: quota, yield: yield}
				r.run(ctx)
			}
		})
	}
}

// Attempt returns which attempt of a [Retry] a model is asked to make, from 1.
func Attempt(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}

// attemptKey is the key of the attempt. It is there only under a Retry of more
// than one.
type attemptKey struct{}

// A RetryEvent is the [trace.Event] of a request that will be sent again.
type RetryEvent struct {
	Span    *trace.Span   // what the request is part of, or nil
	Attempt int           // the attempt that failed, from 1
	Wait    time.Duration // until the next one
	Err     error         // why it failed
}

// Kind returns "retry".
func (RetryEvent) Kind() string { return "retry" }

// A retrier makes the attempts at one request.
type retrier struct {
	model    Model
	req      *Request
	attempts int
	quota    *retryQuota
	yield    func(*Chunk, error) bool
	held     []*Chunk // of this attempt, if the request is Whole
}

func (r *retrier) run(ctx context.Context) {
	refund := 1
	for attempt := 1; ; attempt++ {
		inner := ctx
		if r.attempts > 1 {
			inner = context.WithValue(ctx, attemptKey{}, attempt)
		}
		shown, err := r.try(inner)
		if err == nil {
			r.quota.put(refund)
			return
		}
		wait, cost := backoff(err, attempt)
		if shown || attempt >= r.attempts || ctx.Err() != nil || !temporary(err) || !inTime(ctx, wait) || !r.quota.take(cost) {
			r.fail(err)
			return
		}
		if trace.Listening(ctx) {
			trace.Emit(ctx, RetryEvent{trace.Current(ctx), attempt, wait, err})
		}
		if end := sleep(ctx, wait); end != nil {
			r.fail(&Error{NoRetry: true, Err: fmt.Errorf("%w, while waiting to try again after: %w", end, err)})
			return
		}
		r.held, refund = nil, cost
	}
}

// try makes one attempt. It reports whether any of the reply was yielded. It
// returns no error if the caller has left the loop.
func (r *retrier) try(ctx context.Context) (shown bool, err error) {
	finished := false
	for chunk, err := range r.model.Stream(ctx, r.req) {
		if err != nil {
			return shown, err
		}
		if chunk == nil {
			return shown, nothing()
		}
		finished = finished || chunk.Finish != ""
		if r.req.Whole {
			r.held = append(r.held, chunk)
			continue
		}
		if shown = true; !r.yield(chunk, nil) {
			return true, nil
		}
	}
	if !finished {
		return shown, truncated()
	}
	r.release()
	return true, nil
}

// fail ends the sequence with what arrived of the last attempt, and err.
func (r *retrier) fail(err error) {
	if r.release() {
		r.yield(nil, err)
	}
}

// release yields the chunks that were held back. It reports whether the caller
// wants more.
func (r *retrier) release() bool {
	for _, chunk := range r.held {
		if !r.yield(chunk, nil) {
			return false
		}
	}
	return true
}

const (
	maxRetryAfter = 2 * time.Minute
	maxBackoff    = 20 * time.Second
)

// backoff returns how long to wait after the given attempt failed with err, and
// what the retry costs.
func backoff(err error, attempt int) (wait time.Duration, cost int) {
	limit, cost := 500*time.Millisecond, costFault
	if errors.Is(err, ErrRateLimit) {
		limit, cost = time.Second, costThrottle
	}
	if e, ok := errors.AsType[*Error](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter, cost
	}
	for range attempt - 1 {
		limit = min(2*limit, maxBackoff)
	}
	return rand.N(limit), cost
}

func temporary(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && t.Temporary() && t != context.DeadlineExceeded // which calls itself temporary
}

// inTime reports whether a wait is worth it.
func inTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return wait <= maxRetryAfter && (!ok || time.Until(deadline) > wait)
}

// sleep waits, or returns the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}

// A retryQuota is a bucket of tokens that all retries draw from.
type retryQuota struct {
	mu     sync.Mutex
	tokens int
}

const (
	quotaSize    = 500
	costThrottle = 5
	costFault    = 14
)

// take removes n tokens, or returns false if there are not as many.
func (q *retryQuota) take(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tokens < n {
		return false
	}
	q.tokens -= n
	return true
}

func (q *retryQuota) put(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tokens = min(q.tokens+n, quotaSize)
}
