package deepseek

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A clock ends a request that takes too long. It runs only between before and
// after, while the client waits for the server.
type clock struct {
	limits Clocks
	cancel context.CancelCauseFunc
	timer  *time.Timer
	end    time.Time     // of all; zero if there is no limit
	left   time.Duration // until the next piece must be there; negative if there is no limit
	since  time.Time     // when the wait began
	begun  bool          // the first piece is there
	set    atomic.Int32  // the limit that the timer is set to
}

const (
	limitFirst int32 = iota
	limitBetween
	limitTotal
)

// start returns a context that the clock ends. The caller must call stop.
func (k *clock) start(ctx context.Context, limits Clocks) context.Context {
	k.limits = Clocks{
		First:   cmp.Or(limits.First, defaultFirst),
		Between: cmp.Or(limits.Between, defaultBetween),
		Total:   cmp.Or(limits.Total, defaultTotal),
	}
	if k.limits.Total > 0 {
		k.end = time.Now().Add(k.limits.Total)
	}
	k.left = k.limits.First
	ctx, k.cancel = context.WithCancelCause(ctx)
	return ctx
}

func (k *clock) stop() {
	if k.timer != nil {
		k.timer.Stop()
	}
	k.cancel(nil)
}

// piece notes that a piece of the reply is there.
func (k *clock) piece() { k.left, k.begun = k.limits.Between, true }

// head notes that the head of a reply in one piece is there: the server may take
// its time now, until the first piece.
func (k *clock) head() { k.left, k.begun = -1, true }

// drain sets the time that is left for what follows the reply.
func (k *clock) drain(d time.Duration) { k.left, k.end = d, time.Time{} }

func (k *clock) before() {
	k.since = time.Now()
	d, limit := k.left, limitFirst
	if k.begun {
		limit = limitBetween
	}
	if !k.end.IsZero() {
		if total := max(0, k.end.Sub(k.since)); d < 0 || total < d {
			d, limit = total, limitTotal
		}
	}
	if d < 0 {
		return
	}
	k.set.Store(limit)
	if k.timer == nil {
		k.timer = time.AfterFunc(d, k.expire)
	} else {
		k.timer.Reset(d)
	}
}

func (k *clock) after() {
	if k.timer != nil {
		k.timer.Stop()
	}
	if k.left >= 0 {
		k.left = max(0, k.left-time.Since(k.since))
	}
}

func (k *clock) expire() {
	var message string
	switch k.set.Load() {
	case limitFirst:
		message = fmt.Sprintf("nothing came of the reply in %v", k.limits.First)
	case limitBetween:
		message = fmt.Sprintf("nothing more came of the reply in %v", k.limits.Between)
	case limitTotal:
		message = fmt.Sprintf("the reply was not complete in %v", k.limits.Total)
	}
	k.cancel(&stall{message})
}

// A stall is the cause of a context that a clock has ended. It is of a type of
// its own so that nobody else's cause is taken for it.
type stall struct{ message string }

func (s *stall) Error() string { return s.message }

// A clockedReader is a body of which the clock times the reads.
type clockedReader struct {
	body io.Reader
	*clock
}

func (r clockedReader) Read(p []byte) (int, error) {
	r.before()
	n, err := r.body.Read(p)
	r.after()
	return n, err
}
