package llm_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

var (
	errDown  = &llm.Error{Provider: "p", Err: llm.ErrUnavailable}
	errLimit = &llm.Error{Provider: "p", Err: llm.ErrRateLimit}
)

// after returns an error whose provider asked to wait.
func after(d time.Duration) *llm.Error {
	return &llm.Error{Provider: "p", Err: llm.ErrUnavailable, RetryAfter: d}
}

// A flaky model answers its attempts in order, the last for ever, and notes when
// they came and which number they had. It is not for concurrent use.
type flaky struct {
	models  []llm.Model
	start   time.Time
	times   []time.Duration
	numbers []int
}

func newFlaky(models ...llm.Model) *flaky { return &flaky{models: models, start: time.Now()} }

func (f *flaky) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		m := f.models[min(len(f.times), len(f.models)-1)]
		f.times = append(f.times, time.Since(f.start))
		f.numbers = append(f.numbers, llm.Attempt(ctx))
		m.Stream(ctx, req)(yield)
	}
}

func (f *flaky) waits() (waits []time.Duration) {
	for i := range len(f.times) - 1 {
		waits = append(waits, f.times[i+1]-f.times[i])
	}
	return waits
}

// A temporaryError is an error of another package that knows Temporary.
type temporaryError bool

func (e temporaryError) Error() string   { return fmt.Sprintf("temporary: %t", bool(e)) }
func (e temporaryError) Temporary() bool { return bool(e) }

func TestRetryAttempts(t *testing.T) {
	tests := []struct {
		name string
		n    int
		err  error
		want int // attempts
	}{
		{"temporary", 4, errDown, 4},
		{"rate limit", 3, errLimit, 3},
		{"one attempt", 1, errDown, 1},
		{"none", 0, errDown, 1},
		{"negative", -1, errDown, 1},
		{"wrapped", 2, fmt.Errorf("asking: %w", errDown), 2},
		{"joined", 2, errors.Join(errBoom, errDown), 2},
		{"no retry", 4, &llm.Error{Err: llm.ErrUnavailable, NoRetry: true}, 1},
		{"permanent", 4, &llm.Error{Err: llm.ErrInvalid}, 1},
		{"bare sentinel", 4, llm.ErrUnavailable, 1},
		{"unknown", 4, errBoom, 1},
		{"another package's", 2, temporaryError(true), 2},
		{"another package's, permanent", 2, temporaryError(false), 1},
		{"cancelled inside", 4, context.Canceled, 1},
		{"deadline inside", 4, context.DeadlineExceeded, 1}, // it has Temporary, which says true
		{"deadline inside, wrapped", 4, fmt.Errorf("asking: %w", context.DeadlineExceeded), 1},
		{"deadline inside an Error", 4, &llm.Error{Err: context.DeadlineExceeded}, 1},
		{"stalled by a deadline", 2, &llm.Error{Err: fmt.Errorf("%w: %w", llm.ErrStalled, context.DeadlineExceeded)}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFlaky(play(tt.err))
				chunks, err := collect(t, llm.Wrap(f, llm.Retry(tt.n)).Stream(t.Context(), llm.Prompt("Hi.")))
				if len(f.times) != tt.want || chunks != nil || err != tt.err {
					t.Errorf("%d attempts, chunks %v and error %v, want %d and the error alone", len(f.times), chunks, err, tt.want)
				}
			})
		})
	}
}

func TestRetrySucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlaky(play(errDown), play(errLimit), play(nil), play(nil, say("Hi.")...))
		chunks, err := collect(t, llm.Wrap(f, llm.Retry(4)).Stream(t.Context(), llm.Prompt("Hi.")))
		if err != nil || !reflect.DeepEqual(chunks, say("Hi.")) {
			t.Errorf("got %s, %v", encode(t, chunks), err)
		}
		if want := []int{1, 2, 3, 4}; !slices.Equal(f.numbers, want) {
			t.Errorf("attempts are numbered %v, want %v", f.numbers, want)
		}
	})
}

// What the caller has seen is not repeated.
func TestRetryNotAfterAChunk(t *testing.T) {
	for name, m := range map[string]llm.Model{
		"text":          play(errDown, &llm.Chunk{Text: "a"}),
		"an empty one":  play(errDown, &llm.Chunk{}),
		"then it stops": play(nil, &llm.Chunk{Text: "a"}),
	} {
		f := newFlaky(m, play(nil, say("b")...))
		chunks, err := collect(t, llm.Wrap(f, llm.Retry(4)).Stream(t.Context(), llm.Prompt("Hi.")))
		if len(f.times) != 1 || len(chunks) != 1 || err == nil {
			t.Errorf("%s: %d attempts, %d chunks and error %v", name, len(f.times), len(chunks), err)
		}
	}
}

func TestRetryNeitherEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlaky(play(nil))
		_, err := collect(t, llm.Wrap(f, llm.Retry(3)).Stream(t.Context(), llm.Prompt("Hi.")))
		if len(f.times) != 3 || !errors.Is(err, llm.ErrTruncated) {
			t.Errorf("%d attempts and error %v, want 3 and %v", len(f.times), err, llm.ErrTruncated)
		}
	})
}

func TestRetryWhole(t *testing.T) {
	whole := llm.Prompt("Hi.")
	whole.Whole = true
	first, second := play(errDown, &llm.Chunk{Text: "first"}), play(errDown, &llm.Chunk{Text: "second"}, &llm.Chunk{Text: "!"})
	tests := []struct {
		name     string
		models   []llm.Model
		want     []*llm.Chunk
		err      error
		attempts int
	}{
		{"the last succeeds", []llm.Model{first, second, play(nil, say("third")...)}, say("third"), nil, 3},
		{"none succeeds", []llm.Model{first, first, second}, []*llm.Chunk{{Text: "second"}, {Text: "!"}}, errDown, 3},
		{"the last says nothing", []llm.Model{first, second, play(errLimit)}, nil, errLimit, 3},
		{"the second is permanent", []llm.Model{first, play(errBoom, &llm.Chunk{Text: "second"})}, []*llm.Chunk{{Text: "second"}}, errBoom, 2},
		{"neither end", []llm.Model{play(nil, &llm.Chunk{Text: "first"}), play(nil, say("second")...)}, say("second"), nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFlaky(tt.models...)
				chunks, err := collect(t, llm.Wrap(f, llm.Retry(3)).Stream(t.Context(), whole))
				if err != tt.err || !reflect.DeepEqual(chunks, tt.want) || len(f.times) != tt.attempts {
					t.Errorf("got %s, %v after %d attempts\nwant %s, %v after %d", encode(t, chunks), err, len(f.times),
						encode(t, tt.want), tt.err, tt.attempts)
				}
			})
		})
	}
}

// Leaving the loop, wherever, ends it: a yield after that would panic.
func TestRetryLeavingEarly(t *testing.T) {
	for _, whole := range []bool{false, true} {
		for leave := 1; leave <= 4; leave++ {
			synctest.Test(t, func(t *testing.T) {
				req := &llm.Request{Whole: whole}
				for _, last := range []llm.Model{play(nil, say("a", "b", "c")...), play(errBoom, say("a", "b", "c")[:3]...)} {
					n := 0
					for range llm.Wrap(newFlaky(play(errDown), last), llm.Retry(3)).Stream(t.Context(), req) {
						if n++; n == leave {
							break
						}
					}
					if n != leave {
						t.Errorf("whole %t: %d pairs, want %d", whole, n, leave)
					}
				}
			})
		}
	}
}

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		waits []time.Duration
	}{
		{"a second", after(time.Second), []time.Duration{time.Second}},
		{"exactly", fmt.Errorf("asking: %w", after(1234567891)), []time.Duration{1234567891}},
		{"two minutes", after(120 * time.Second), []time.Duration{120 * time.Second}},
		{"more", after(121 * time.Second), nil},
		{"a little more", after(120*time.Second + 1), nil},
		{"an hour", after(time.Hour), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFlaky(play(tt.err), play(nil, say()...))
				_, err := collect(t, llm.Wrap(f, llm.Retry(4)).Stream(t.Context(), llm.Prompt("Hi.")))
				if (err != nil) != (tt.waits == nil) || !slices.Equal(f.waits(), tt.waits) {
					t.Errorf("waited %v, then error %v, want %v", f.waits(), err, tt.waits)
				}
				if elapsed := time.Since(f.start); err != nil && elapsed != 0 {
					t.Errorf("the error came after %v, want at once", elapsed)
				}
			})
		})
	}
}

func TestAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := llm.Attempt(t.Context()); got != 1 {
			t.Errorf("attempt %d without Retry, want 1", got)
		}
		f := newFlaky(play(errDown))
		collect(t, llm.Wrap(f, llm.Retry(3)).Stream(t.Context(), llm.Prompt("Hi.")))
		if want := []int{1, 2, 3}; !slices.Equal(f.numbers, want) {
			t.Errorf("attempts are %v, want %v", f.numbers, want)
		}
	})
}

// Of one Retry inside another only the outer one retries.
func TestNestedRetry(t *testing.T) {
	whole := llm.Prompt("Hi.")
	whole.Whole = true
	tests := []struct {
		name    string
		retries []int // outermost first
		want    []int // the attempts, as they are numbered
	}{
		{"one", []int{3}, []int{1, 2, 3}},
		{"alike", []int{3, 3}, []int{1, 2, 3}},
		{"three", []int{2, 3, 4}, []int{1, 2}},
		{"more inside", []int{2, 9}, []int{1, 2}},
		{"none outside", []int{1, 3}, []int{1, 2, 3}},
		{"zero and less outside", []int{0, -1, 3}, []int{1, 2, 3}},
		{"none inside", []int{3, 1}, []int{1, 2, 3}},
	}
	for _, tt := range tests {
		for _, req := range []*llm.Request{llm.Prompt("Hi."), whole} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFlaky(play(errDown))
					m := llm.Model(f)
					for _, n := range slices.Backward(tt.retries) {
						m = llm.Wrap(m, llm.Retry(n))
					}
					chunks, err := collect(t, m.Stream(t.Context(), req))
					if chunks != nil || err != errDown {
						t.Errorf("got %v, %v, want the error alone", chunks, err)
					}
					if !slices.Equal(f.numbers, tt.want) {
						t.Errorf("attempts are %v, want %v", f.numbers, tt.want)
					}
				})
			})
		}
	}
}

// Also where the models of the layers are not the same: each is asked as often
// as the outer Retry says.
func TestNestedRetryUnderAFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newFlaky(play(errDown)), newFlaky(play(errLimit))
		models := []llm.Model{llm.Wrap(first, llm.Retry(4)), llm.Wrap(second, llm.Retry(4))}
		fallback := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				var last error
				for _, m := range models {
					var resp *llm.Response
					if resp, last = llm.Generate(ctx, m, req); last == nil {
						yield(&llm.Chunk{Text: resp.Text(), Finish: resp.Finish}, nil)
						return
					}
				}
				yield(nil, last)
			}
		})
		_, err := llm.Generate(t.Context(), llm.Wrap(fallback, llm.Retry(3)), llm.Prompt("Hi."))
		if want := []int{1, 2, 3}; !errors.Is(err, llm.ErrRateLimit) || !slices.Equal(first.numbers, want) || !slices.Equal(second.numbers, want) {
			t.Errorf("attempts are %v and %v, then %v, want 3 of each", first.numbers, second.numbers, err)
		}
		// Without a Retry around it, each model has its own.
		first.times, first.numbers, second.times, second.numbers = nil, nil, nil, nil
		llm.Generate(t.Context(), fallback, llm.Prompt("Hi."))
		if want := []int{1, 2, 3, 4}; !slices.Equal(first.numbers, want) || !slices.Equal(second.numbers, want) {
			t.Errorf("attempts are %v and %v, want 4 of each", first.numbers, second.numbers)
		}
	})
}

// The inner Retry is no weaker for having been passed through: its quota is
// whole.
func TestNestedRetryKeepsTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := llm.Retry(100)
		down := &counted{Model: play(errDown)}
		ask(t, llm.Wrap(down, llm.Retry(100), inner), 1)
		if got := down.n.Load(); got != 36 {
			t.Errorf("%d attempts, want 36", got)
		}
		ask(t, llm.Wrap(down, inner), 1)
		if got := down.n.Load(); got != 36+36 {
			t.Errorf("%d attempts, want 36 more", got-36)
		}
	})
}

func TestRetryEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var span *trace.Span
		var got []llm.RetryEvent
		ctx := trace.With(t.Context(), func(e trace.Event) {
			switch e := e.(type) {
			case trace.Started:
				span = e.Span
			case llm.RetryEvent:
				got = append(got, e)
			}
		})
		first, second := after(3*time.Second), after(5*time.Second)
		m := llm.Wrap(newFlaky(play(first), play(second), play(after(7*time.Second))), llm.Retry(3))
		llm.Generate(ctx, m, llm.Prompt("Hi."))
		want := []llm.RetryEvent{{span, 1, 3 * time.Second, first}, {span, 2, 5 * time.Second, second}}
		if !slices.Equal(got, want) || got[0].Kind() != "retry" {
			t.Errorf("events are %v, want %v", got, want)
		}
	})
}
