package llm_test

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A counted model counts what it is asked.
type counted struct {
	llm.Model
	n atomic.Int64
}

func (c *counted) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	c.n.Add(1)
	return c.Model.Stream(ctx, req)
}

// ask sends n requests one after another.
func ask(t *testing.T, m llm.Model, n int) {
	for range n {
		llm.Generate(t.Context(), m, llm.Prompt("Hi."))
	}
}

// However many callers there are, an outage sees few retries.
func TestQuotaInAnOutage(t *testing.T) {
	const callers = 1000
	for name, tt := range map[string]struct {
		err     error
		retries int64
	}{
		"fault":      {errDown, 500 / 14},
		"rate limit": {errLimit, 500 / 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &counted{Model: play(tt.err)}
				m := llm.Wrap(c, llm.Retry(4))
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() { ask(t, m, 1) })
				}
				wg.Wait()
				got := c.n.Load()
				if want := callers + tt.retries; got != want {
					t.Errorf("%d requests, want %d", got, want)
				}
				if got > callers*110/100 {
					t.Errorf("%d requests for %d callers are more than 1.10 each", got, callers)
				}
			})
		})
	}
}

// The models under one Retry draw from one quota, those under two do not.
func TestQuotaIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := llm.Retry(4)
		a, b, other := &counted{Model: play(errDown)}, &counted{Model: play(errDown)}, &counted{Model: play(errDown)}
		ask(t, llm.Wrap(a, shared), 100)
		ask(t, llm.Wrap(b, shared), 100)
		ask(t, llm.Wrap(other, llm.Retry(4)), 100)
		if a.n.Load() != 135 || b.n.Load() != 100 || other.n.Load() != 135 {
			t.Errorf("%d, %d and %d requests, want 135, 100 and 135", a.n.Load(), b.n.Load(), other.n.Load())
		}
	})
}

// A retry that succeeds gives back what it took, so that a provider which fails
// every other time is retried for ever.
func TestQuotaIsRefunded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{}
		for range 1000 {
			f.models = append(f.models, play(errDown), play(nil, say()...))
		}
		m := llm.Wrap(f, llm.Retry(2))
		for i := range 1000 {
			if _, err := llm.Generate(t.Context(), m, llm.Prompt("Hi.")); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
		if len(f.times) != 2000 {
			t.Errorf("%d attempts, want 2000", len(f.times))
		}
	})
}

// A success without a retry gives 1, but the quota never has more than 500.
func TestQuotaGrowsWithSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := llm.Retry(100)
		down := &counted{Model: play(errDown)}
		good, bad := llm.Wrap(play(nil, say()...), retry), llm.Wrap(down, retry)
		retries := func() int64 {
			down.n.Store(0)
			ask(t, bad, 1)
			return down.n.Load() - 1
		}
		steps := []struct {
			successes int
			retries   int64
		}{
			{50, 35}, // 500 at the most, 10 are left
			{0, 0},
			{3, 0}, // 13
			{1, 1}, // 14
			{13, 0},
			{15, 2}, // 28
			{600, 35},
		}
		for i, s := range steps {
			ask(t, good, s.successes)
			if got := retries(); got != s.retries {
				t.Fatalf("step %d: %d retries, want %d", i, got, s.retries)
			}
		}
	})
}

// What is cheap to retry goes on when the dearer is refused.
func TestQuotaCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := llm.Retry(100)
		down, limited := &counted{Model: play(errDown)}, &counted{Model: play(errLimit)}
		ask(t, llm.Wrap(down, retry), 1)
		ask(t, llm.Wrap(limited, retry), 1)
		if down.n.Load() != 1+35 || limited.n.Load() != 1+2 {
			t.Errorf("%d and %d attempts, want 36 and 3", down.n.Load(), limited.n.Load())
		}
	})
}

// The end of a context, a permanent error and the last attempt take nothing.
func TestQuotaIsForRetriesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := llm.Retry(36)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			llm.Generate(ctx, llm.Wrap(play(errDown), retry), llm.Prompt("Hi."))
			llm.Generate(t.Context(), llm.Wrap(play(errBoom), retry), llm.Prompt("Hi."))
			llm.Generate(t.Context(), llm.Wrap(play(after(time.Hour)), retry), llm.Prompt("Hi."))
		}
		down := &counted{Model: play(errDown)}
		ask(t, llm.Wrap(down, retry), 1)
		if got := down.n.Load(); got != 36 {
			t.Errorf("%d attempts, want 36", got)
		}
	})
}
