package chain_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

// A stepSays is an error that says whether it is temporary.
type stepSays struct {
	temporary bool
	err       error
}

func (e *stepSays) Error() string   { return fmt.Sprintf("says %v", e.temporary) }
func (e *stepSays) Temporary() bool { return e.temporary }
func (e *stepSays) Unwrap() error   { return e.err }

// stepFails returns a step that fails as long as there are errors, and counts its
// runs.
func stepFails(errs ...error) (f chain.Func[int, int], runs *int) {
	runs = new(int)
	return func(_ context.Context, in int) (int, error) {
		if *runs++; *runs <= len(errs) {
			return -*runs, errs[*runs-1]
		}
		return in + *runs, nil
	}, runs
}

func TestRetry(t *testing.T) {
	yes, no := &stepSays{true, nil}, &stepSays{false, nil}
	for _, tt := range []struct {
		name     string
		attempts int
		errs     []error
		runs     int
		out      int
		text     string
	}{
		{"success", 3, nil, 1, 101, ""},
		{"second", 3, []error{errStep1}, 2, 102, ""},
		{"last", 3, []error{errStep1, errStep2}, 3, 103, ""},
		{"too many", 3, []error{errStep1, errStep1, errStep2, errStep1}, 3, -3, "attempt 3 of 3: second failure"},
		{"one attempt", 1, []error{errStep1}, 1, -1, "first failure"},
		{"zero", 0, []error{errStep1}, 1, -1, "first failure"},
		{"negative", -3, []error{errStep1}, 1, -1, "first failure"},
		{"temporary", 3, []error{yes}, 2, 102, ""},
		{"not temporary", 3, []error{no}, 1, -1, "attempt 1 of 3: says false"},
		{"not any more", 4, []error{errStep1, yes, no}, 3, -3, "attempt 3 of 4: says false"},
		{"wrapped", 3, []error{fmt.Errorf("a: %w", fmt.Errorf("b: %w", no))}, 1, -1, "attempt 1 of 3: a: b: says false"},
		{"outermost no", 3, []error{&stepSays{false, yes}}, 1, -1, "attempt 1 of 3: says false"},
		{"outermost yes", 3, []error{&stepSays{true, no}}, 2, 102, ""},
		{"joined, one yes", 3, []error{errors.Join(no, errStep1, yes)}, 2, 102, ""},
		{"joined, yes before no", 3, []error{errors.Join(yes, no)}, 2, 102, ""},
		{"joined, none yes", 3, []error{errors.Join(errStep1, no)}, 1, -1, "attempt 1 of 3: first failure\nsays false"},
		{"joined, none says", 3, []error{errors.Join(errStep1, errStep2)}, 2, 102, ""},
		{"someone's deadline", 3, []error{context.DeadlineExceeded, context.Canceled}, 3, 103, ""},
		{"provider overloaded", 3, []error{&llm.Error{Err: llm.ErrOverload}}, 2, 102, ""},
		{"key refused", 3, []error{&llm.Error{Err: llm.ErrAuth}}, 1, -1, "attempt 1 of 3: authentication failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, runs := stepFails(tt.errs...)
				out, err := chain.Retry(f, tt.attempts)(t.Context(), 100)
				if out != tt.out || *runs != tt.runs || (err == nil) != (tt.text == "") || err != nil && err.Error() != tt.text {
					t.Errorf("%d, %v after %d runs, want %d, %q after %d", out, err, *runs, tt.out, tt.text, tt.runs)
				}
				if err != nil && !errors.Is(err, tt.errs[*runs-1]) {
					t.Errorf("%v is not the last error", err)
				}
			})
		})
	}
}

// The waits are anywhere from zero to a limit that doubles up to 20 seconds, and
// each is told to those who listen.
func TestRetryWaits(t *testing.T) {
	limits := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 20 * time.Second, 20 * time.Second}
	const runs = 1000
	synctest.Test(t, func(t *testing.T) {
		waits := make([][]time.Duration, len(limits))
		for range runs {
			var told []chain.RetryEvent
			ctx := trace.With(t.Context(), func(e trace.Event) {
				if e, ok := e.(chain.RetryEvent); ok && e.Kind() == "retry" {
					told = append(told, e)
				}
			})
			ctx, span := trace.Start(ctx, "step", "s")
			var times []time.Time
			f := func(context.Context, int) (int, error) {
				times = append(times, time.Now())
				return 0, errStep1
			}
			chain.Retry(f, len(limits)+1)(ctx, 0)
			span.End(nil)
			if len(times) != len(limits)+1 || len(told) != len(limits) {
				t.Fatalf("%d attempts and %d events, want %d and %d", len(times), len(told), len(limits)+1, len(limits))
			}
			for i, e := range told {
				wait := times[i+1].Sub(times[i])
				if want := (chain.RetryEvent{Span: span, Attempt: i + 1, Wait: wait, Err: errStep1}); e != want {
					t.Fatalf("event %+v, want %+v", e, want)
				}
				waits[i] = append(waits[i], wait)
			}
		}
		for i, limit := range limits {
			low, high := slices.Min(waits[i]), slices.Max(waits[i])
			// By chance the spread is smaller once in 10^10 runs.
			if low < 0 || high >= limit || low > limit/40 || high < limit*39/40 {
				t.Errorf("waits after attempt %d are between %v and %v, want all of [0, %v)", i+1, low, high, limit)
			}
		}
	})
}

// A wait that would outlast the deadline is not begun.
func TestRetryDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 200 {
			const limit = 3 * time.Second
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			runs := 0
			f := func(context.Context, int) (int, error) {
				runs++
				return 0, errStep1
			}
			start := time.Now()
			_, err := chain.Retry(f, 1000)(ctx, 0)
			if want := fmt.Sprintf("attempt %d of 1000: first failure", runs); err == nil || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
			if elapsed := time.Since(start); elapsed >= limit || ctx.Err() != nil {
				t.Errorf("took %v, want less than %v", elapsed, limit)
			}
			cancel()
		}
	})
}

func TestRetryCancelled(t *testing.T) {
	t.Run("while waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			ctx = trace.With(ctx, func(e trace.Event) {
				if e, ok := e.(chain.RetryEvent); ok && e.Attempt == 2 {
					time.AfterFunc(e.Wait/2, func() { cancel(errStop) })
				}
			})
			f, runs := stepFails(errStep1, errStep2, errStep1)
			out, err := chain.Retry(f, 9)(ctx, 0)
			want := "context canceled: stopped by the caller, while waiting to try again after attempt 2 of 9: second failure"
			if out != -2 || *runs != 2 || err == nil || err.Error() != want {
				t.Errorf("%d, %v after %d runs, want %q", out, err, *runs, want)
			}
			for _, target := range []error{context.Canceled, errStop, errStep2} {
				if !errors.Is(err, target) {
					t.Errorf("%v is not %v", err, target)
				}
			}
		})
	})
	t.Run("in an attempt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errStop) })
			var count stepCount
			out, err := chain.Retry(count.of(stepAfter(time.Minute, 1, nil)), 9)(ctx, 0)
			if out != -1 || err == nil || err.Error() != "attempt 1 of 9: stopped by the caller" || count.runs.Load() != 1 {
				t.Errorf("%d, %v after %d runs", out, err, count.runs.Load())
			}
		})
	})
}

// A timeout inside is tried again, one outside is for all attempts.
func TestRetryTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count stepCount
		stuck := count.of(stepAfter(time.Hour, 1, nil))
		_, err := chain.Retry(chain.Timeout(stuck, time.Second), 3)(t.Context(), 0)
		if want := "attempt 3 of 3: timed out after 1s"; err == nil || err.Error() != want || count.runs.Load() != 3 {
			t.Errorf("inside: %v after %d runs, want %q", err, count.runs.Load(), want)
		}
		_, err = chain.Timeout(chain.Retry(stuck, 3), time.Second)(t.Context(), 0)
		if want := "attempt 1 of 3: timed out after 1s"; err == nil || err.Error() != want || count.runs.Load() != 4 {
			t.Errorf("outside: %v after %d runs, want %q", err, count.runs.Load()-3, want)
		}
	})
}

func TestTimeout(t *testing.T) {
	const s = time.Second
	plain := func(d time.Duration, err error) chain.Func[int, int] { // heeds no context
		return func(context.Context, int) (int, error) { <-time.After(d); return 7, err }
	}
	says := func(text string) chain.Func[int, int] { // as a step does that wraps the error of its context
		return func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			return 7, fmt.Errorf(text, ctx.Err())
		}
	}
	for _, tt := range []struct {
		name    string
		f       chain.Func[int, int]
		d       time.Duration
		out     int
		text    string
		over    bool
		elapsed time.Duration
	}{
		{"in time", stepAfter(s, 1, nil), 2 * s, 1, "", false, s},
		{"fails in time", stepAfter(s, 1, errStep1), 2 * s, 1, "first failure", false, s},
		{"cause", stepAfter(3*s, 1, nil), 2 * s, -1, "timed out after 2s", true, 2 * s},
		{"bare", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 7, ctx.Err() }, 2 * s, 7, "timed out after 2s", true, 2 * s},
		{"wrapped", says("fetch: %w"), 2 * s, 7, "timed out after 2s: fetch: context deadline exceeded", true, 2 * s},
		{"of its own", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 7, errors.New("fetch: aborted") }, 2 * s, 7, "timed out after 2s: fetch: aborted", true, 2 * s},
		{"heedless", plain(9*s, errStep1), 2 * s, 7, "timed out after 2s: first failure", true, 9 * s},
		{"late success", plain(9*s, nil), 2 * s, 7, "", false, 9 * s},
		{"zero", stepAfter(9*s, 1, nil), 0, 1, "", false, 9 * s},
		{"negative", stepAfter(9*s, 1, nil), -s, 1, "", false, 9 * s},
		{"outer context", stepAfter(15*s, 1, nil), 12 * s, -1, "stopped by the caller", false, 10 * s},
		{"inner timeout", chain.Timeout(stepAfter(9*s, 1, nil), s), 2 * s, -1, "timed out after 1s", true, s},
		{"outer timeout", chain.Timeout(stepAfter(9*s, 1, nil), 3*s), 2 * s, -1, "timed out after 2s", true, 2 * s},
		{"in a step", chain.Pipe(stepOf(0, nil), func(ctx context.Context, in int) (int, error) {
			v, err := stepAfter(9*s, 1, nil)(ctx, in)
			return v, fmt.Errorf("fetch: %w", err)
		}), 2 * s, -1, "fetch: timed out after 2s", true, 2 * s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(10*s, func() { cancel(errStop) }).Stop()
				start := time.Now()
				out, err := chain.Timeout(tt.f, tt.d)(ctx, 0)
				if elapsed := time.Since(start); elapsed != tt.elapsed {
					t.Errorf("took %v, want %v", elapsed, tt.elapsed)
				}
				if out != tt.out || (err == nil) != (tt.text == "") || err != nil && err.Error() != tt.text {
					t.Errorf("%d, %v, want %d, %q", out, err, tt.out, tt.text)
				}
				if got := errors.Is(err, context.DeadlineExceeded); got != tt.over {
					t.Errorf("%v is the end of a deadline: %v, want %v", err, got, tt.over)
				}
				cancel(nil)
			})
		})
	}
}
