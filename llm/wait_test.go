package llm_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// The waits are anywhere from zero to a limit that doubles up to 20 seconds.
func TestRetryJitter(t *testing.T) {
	const runs = 1000
	seconds := func(limits ...float64) (ds []time.Duration) {
		for _, s := range limits {
			ds = append(ds, time.Duration(s*float64(time.Second)))
		}
		return ds
	}
	tests := []struct {
		name   string
		err    error
		limits []time.Duration
	}{
		{"fault", errDown, seconds(0.5, 1, 2, 4, 8, 16, 20, 20, 20)},
		{"rate limit", errLimit, seconds(1, 2, 4, 8, 16, 20, 20)},
		{"zero", after(0), seconds(0.5, 1)},
		{"negative", after(-time.Hour), seconds(0.5, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waits := make([][]time.Duration, len(tt.limits)) // of each attempt
				for range runs {
					f := newFlaky(play(tt.err))
					collect(t, llm.Wrap(f, llm.Retry(len(tt.limits)+1)).Stream(t.Context(), llm.Prompt("Hi.")))
					for i, wait := range f.waits() {
						waits[i] = append(waits[i], wait)
					}
				}
				for i, limit := range tt.limits {
					if n := len(waits[i]); n != runs {
						t.Fatalf("%d waits after attempt %d, want %d", n, i+1, runs)
					}
					low, high := slices.Min(waits[i]), slices.Max(waits[i])
					if low < 0 || high >= limit {
						t.Errorf("waits after attempt %d are between %v and %v, want [0, %v)", i+1, low, high, limit)
					}
					// By chance each of these is so once in 10^10 runs.
					if low > limit/40 || high < limit*39/40 {
						t.Errorf("waits after attempt %d are between %v and %v, which is not all of [0, %v)", i+1, low, high, limit)
					}
				}
			})
		})
	}
}

// The deadline is for all attempts. A wait that would outlast it is not begun.
func TestRetryDeadline(t *testing.T) {
	tests := []struct {
		name     string
		deadline time.Duration
		attempts int
		elapsed  time.Duration
	}{
		{"none in time", 5 * time.Second, 1, 0},
		{"only just not", 6 * time.Second, 1, 0},
		{"one in time", 6*time.Second + 1, 2, 6 * time.Second},
		{"one and a half", 10 * time.Second, 2, 6 * time.Second},
		{"two in time", 13 * time.Second, 3, 12 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				f := newFlaky(play(after(6 * time.Second)))
				_, err := collect(t, llm.Wrap(f, llm.Retry(10)).Stream(ctx, llm.Prompt("Hi.")))
				if elapsed := time.Since(f.start); len(f.times) != tt.attempts || elapsed != tt.elapsed {
					t.Errorf("%d attempts in %v, want %d in %v", len(f.times), elapsed, tt.attempts, tt.elapsed)
				}
				if !errors.Is(err, llm.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error is %v, want the provider's", err)
				}
			})
		})
	}
}

func TestRetryCancelDuringTheWait(t *testing.T) {
	tests := []struct {
		name  string
		cause error
		text  string
	}{
		{"no cause", nil, "context canceled, while waiting to try again after: p: provider unavailable (retry after 1m0s)"},
		{"a cause", errBoom, "context canceled: boom, while waiting to try again after: p: provider unavailable (retry after 1m0s)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(5*time.Second, func() { cancel(tt.cause) })
				f := newFlaky(play(after(time.Minute)))
				_, err := collect(t, llm.Wrap(f, llm.Retry(4)).Stream(ctx, llm.Prompt("Hi.")))
				if elapsed := time.Since(f.start); elapsed != 5*time.Second || len(f.times) != 1 {
					t.Errorf("returned after %v and %d attempts, want 5s and 1", elapsed, len(f.times))
				}
				if !errors.Is(err, context.Canceled) || !errors.Is(err, llm.ErrUnavailable) || tt.cause != nil && !errors.Is(err, tt.cause) {
					t.Errorf("error %v hides why", err)
				}
				if err.Error() != tt.text {
					t.Errorf("error is %s\nwant %s", err, tt.text)
				}
			})
		})
	}
}

// The last attempt's part of a Whole reply comes also if the wait is cancelled.
func TestRetryCancelWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		time.AfterFunc(time.Second, cancel)
		m := llm.Wrap(play(after(time.Minute), &llm.Chunk{Text: "half"}), llm.Retry(2))
		chunks, err := collect(t, m.Stream(ctx, &llm.Request{Whole: true}))
		if len(chunks) != 1 || chunks[0].Text != "half" || !errors.Is(err, context.Canceled) {
			t.Errorf("got %s, %v", encode(t, chunks), err)
		}
	})
}

// Once the context has ended there is no attempt and no wait.
func TestRetryCancelDuringAnAttempt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	m := llm.Wrap(play(errDown), llm.Retry(4), watch(func(context.Context, *llm.Request) { calls++; cancel() }))
	if _, err := collect(t, m.Stream(ctx, llm.Prompt("Hi."))); err != errDown || calls != 1 {
		t.Errorf("got %v after %d attempts, want the attempt's error after 1", err, calls)
	}
}
