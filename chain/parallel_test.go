package chain_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
)

// stepsAtOnce returns each function that runs steps at once, with three steps, as
// one that returns a slice.
func stepsAtOnce(a, b, c chain.Func[int, int]) map[string]chain.Func[int, []int] {
	one := chain.Lift(func(n int) []int { return []int{n} })
	return map[string]chain.Func[int, []int]{
		"Parallel": chain.Parallel(a, b, c),
		"Race":     chain.Pipe(chain.Race(a, b, c), one),
		"Join":     chain.Join(a, chain.Join(b, c, func(b, c int) []int { return []int{b, c} }), func(a int, bc []int) []int { return append([]int{a}, bc...) }),
	}
}

func TestParallel(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name    string
		steps   []chain.Func[int, int]
		outs    []int
		is      error
		text    string
		elapsed time.Duration
	}{
		{"none", nil, []int{}, nil, "", 0},
		{"one", []chain.Func[int, int]{stepAfter(s, 1, nil)}, []int{1}, nil, "", s},
		{"order", []chain.Func[int, int]{stepAfter(3*s, 1, nil), stepAfter(s, 2, nil), stepAfter(2*s, 3, nil)}, []int{1, 2, 3}, nil, "", 3 * s},
		{"one fails", []chain.Func[int, int]{stepAfter(s, 1, errStep1)}, nil, errStep1, "step 1 of 1: first failure", s},
		{"first in time", []chain.Func[int, int]{stepAfter(3*s, 1, errStep1), stepAfter(2*s, 2, errStep2), stepAfter(9*s, 3, nil)}, nil, errStep2, "step 2 of 3: second failure", 2 * s},
		{"the caller's", []chain.Func[int, int]{stepAfter(9*s, 1, nil), stepAfter(2*s, 2, errStep2)}, nil, errStep2, "step 2 of 2: second failure", 2 * s},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count stepCount
				var steps []chain.Func[int, int]
				for _, f := range tt.steps {
					steps = append(steps, count.of(f))
				}
				f := chain.Parallel(steps...)
				clear(steps) // the caller's own
				start := time.Now()
				outs, err := f(t.Context(), 0)
				if elapsed := time.Since(start); elapsed != tt.elapsed {
					t.Errorf("took %v, want %v", elapsed, tt.elapsed)
				}
				if !slices.Equal(outs, tt.outs) || (outs == nil) != (tt.outs == nil) || !errors.Is(err, tt.is) || err != nil && err.Error() != tt.text {
					t.Errorf("%v, %v, want %v, %q", outs, err, tt.outs, tt.text)
				}
				if n := count.running.Load(); n != 0 {
					t.Errorf("%d steps still run", n)
				}
			})
		})
	}
}

func TestJoin(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name    string
		f, g    chain.Func[int, int]
		text    string
		elapsed time.Duration
	}{
		{"both", stepAfter(3*s, 40, nil), stepAfter(2*s, 2, nil), "", 3 * s},
		{"first fails", stepAfter(s, 40, errStep1), stepAfter(2*s, 2, nil), "step 1 of 2: first failure", s},
		{"second fails", stepAfter(3*s, 40, nil), stepAfter(2*s, 2, errStep2), "step 2 of 2: second failure", 2 * s},
		{"both fail", stepAfter(3*s, 40, errStep1), stepAfter(2*s, 2, errStep2), "step 2 of 2: second failure", 2 * s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count stepCount
				combined := 0
				f := chain.Join(count.of(tt.f), count.of(tt.g), func(a, b int) int { combined++; return a - b })
				start := time.Now()
				out, err := f(t.Context(), 0)
				if elapsed := time.Since(start); elapsed != tt.elapsed || count.running.Load() != 0 {
					t.Errorf("took %v with %d steps left, want %v", elapsed, count.running.Load(), tt.elapsed)
				}
				if tt.text == "" && (out != 38 || err != nil || combined != 1) {
					t.Errorf("%d, %v, combined %d times, want 38", out, err, combined)
				}
				if tt.text != "" && (out != 0 || err == nil || err.Error() != tt.text || combined != 0) {
					t.Errorf("%d, %v, combined %d times, want %q", out, err, combined, tt.text)
				}
			})
		})
	}
}

func TestRace(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name    string
		steps   []chain.Func[int, int]
		out     int
		is      []error
		text    string
		elapsed time.Duration
	}{
		{"first", []chain.Func[int, int]{stepAfter(s, 1, nil), stepAfter(2*s, 2, nil), stepAfter(3*s, 3, nil)}, 1, nil, "", s},
		{"the caller's", []chain.Func[int, int]{stepAfter(3*s, 1, nil), stepAfter(2*s, 2, nil), stepAfter(s, 3, nil)}, 3, nil, "", s},
		{"a failure before", []chain.Func[int, int]{stepAfter(s, 1, errStep1), stepAfter(2*s, 2, nil), stepAfter(3*s, 3, nil)}, 2, nil, "", 2 * s},
		{"all fail", []chain.Func[int, int]{stepAfter(3*s, 1, errStep1), stepAfter(2*s, 2, errStep2)}, 0, []error{errStep1, errStep2},
			"step 1 of 2: first failure\nstep 2 of 2: second failure", 3 * s},
		{"alone", []chain.Func[int, int]{stepAfter(s, 1, errStep1)}, 1, []error{errStep1}, "first failure", s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count stepCount
				var steps []chain.Func[int, int]
				for _, f := range tt.steps {
					steps = append(steps, count.of(f))
				}
				f := chain.Race(steps...)
				clear(steps) // the caller's own
				start := time.Now()
				out, err := f(t.Context(), 0)
				if elapsed := time.Since(start); elapsed != tt.elapsed || count.running.Load() != 0 {
					t.Errorf("took %v with %d steps left, want %v", elapsed, count.running.Load(), tt.elapsed)
				}
				if out != tt.out || (err == nil) != (tt.is == nil) || err != nil && err.Error() != tt.text {
					t.Errorf("%d, %v, want %d, %q", out, err, tt.out, tt.text)
				}
				for _, target := range tt.is {
					if !errors.Is(err, target) {
						t.Errorf("%v is not %v", err, target)
					}
				}
			})
		})
	}
}

// The context of the steps ends with them, or it would stay with its parent.
func TestAtOnceEndsContext(t *testing.T) {
	var inner context.Context
	tell := func(ctx context.Context, v int) (int, error) { inner = ctx; return v, nil }
	for name, f := range stepsAtOnce(stepOf(1, nil), stepOf(1, nil), tell) {
		if _, err := f(t.Context(), 0); err != nil || inner.Err() == nil {
			t.Errorf("%s: %v, and the context of the steps is over: %v", name, err, inner.Err())
		}
	}
}

// Whatever cancels a step is the cause of its context.
func TestCauseOfCancel(t *testing.T) {
	for name, tt := range map[string]struct{ parallel, race string }{
		"error": {"second failure", ""},
		"win":   {"", "chain: another step was faster: context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var parallel, race string
				tell := func(cause *string) chain.Func[int, int] {
					return func(ctx context.Context, _ int) (int, error) {
						select {
						case <-ctx.Done():
							*cause = context.Cause(ctx).Error()
						case <-time.After(time.Minute):
						}
						return 0, nil
					}
				}
				other := stepAfter(time.Second, 1, map[string]error{"error": errStep2}[name])
				chain.Parallel(tell(&parallel), other)(t.Context(), 0)
				chain.Race(tell(&race), other)(t.Context(), 0)
				if parallel != tt.parallel || race != tt.race {
					t.Errorf("causes are %q for Parallel and %q for Race, want %+v", parallel, race, tt)
				}
			})
		})
	}
}

// The end of the outer context reaches all steps, and all of them are waited for,
// also those that take their time.
func TestAtOnceCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count stepCount
		slow := func(ctx context.Context, in int) (int, error) {
			v, err := stepAfter(time.Hour, 1, nil)(ctx, in)
			<-time.After(time.Minute) // tidies up
			return v, err
		}
		for name, f := range stepsAtOnce(count.of(slow), count.of(stepAfter(time.Hour, 2, nil)), count.of(slow)) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errStop) })
			start := time.Now()
			outs, err := f(ctx, 0)
			if elapsed := time.Since(start); elapsed != time.Minute+time.Second || count.running.Load() != 0 {
				t.Errorf("%s took %v with %d steps left, want 1m1s", name, elapsed, count.running.Load())
			}
			if outs != nil || !errors.Is(err, errStop) {
				t.Errorf("%s: %v, %v, want %v", name, outs, err, errStop)
			}
		}
	})
}

// A panic arrives where it can be recovered from, with its value and its stack,
// when the other steps are cancelled and over.
func TestAtOncePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count stepCount
		bad := func(ctx context.Context, _ int) (int, error) {
			<-time.After(time.Second)
			panic(errStep1)
		}
		ok := count.of(stepAfter(time.Hour, 1, nil))
		for place, steps := range [][3]chain.Func[int, int]{{bad, ok, ok}, {ok, bad, ok}, {ok, ok, bad}} {
			for name, f := range stepsAtOnce(steps[0], steps[1], steps[2]) {
				start := time.Now()
				p := recovered(func() { f(t.Context(), 0) })
				if p == nil || !errors.Is(p, errStep1) || p.Value != error(errStep1) {
					t.Fatalf("%s with step %d: %v, want a Panic of %v", name, place+1, p, errStep1)
				}
				if text := p.Error(); !strings.HasPrefix(text, "first failure\n\ngoroutine ") || !strings.Contains(text, "TestAtOncePanics.func1.1(") || strings.Count(text, "goroutine ") > 2 {
					t.Errorf("%s with step %d: lacks the stack of the step, or has it twice:\n%s", name, place+1, text)
				}
				if elapsed := time.Since(start); elapsed != time.Second || count.running.Load() != 0 {
					t.Errorf("%s with step %d took %v with %d steps left, want 1s", name, place+1, elapsed, count.running.Load())
				}
			}
		}
	})
}

// recovered returns the Panic that f ends with.
func recovered(f func()) (p *chain.Panic) {
	defer func() { p, _ = recover().(*chain.Panic) }()
	f()
	return nil
}

// A panic is not lost behind an error or a success before it.
func TestPanicComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			panic("late")
		}
		for name, f := range stepsAtOnce(late, stepOf(1, nil), stepAfter(time.Second, 1, errStep1)) {
			p := recovered(func() { f(t.Context(), 0) })
			if p == nil || p.Value != "late" || p.Unwrap() != nil {
				t.Errorf("%s: %v, want the panic", name, p)
			}
		}
	})
}

// A step that ends its goroutine ends the caller's, in the end.
func TestAtOnceGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count stepCount
		exit := func(context.Context, int) (int, error) {
			<-time.After(time.Second)
			runtime.Goexit()
			return 0, nil
		}
		worse := func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			panic("worse")
		}
		for _, tt := range []struct {
			name  string
			other chain.Func[int, int]
			panic any
		}{
			{"alone", stepAfter(time.Hour, 1, nil), nil},
			{"two", exit, nil},
			{"with a panic", worse, "worse"},
		} {
			ok := count.of(tt.other)
			for place, steps := range [][3]chain.Func[int, int]{{exit, ok, ok}, {ok, exit, ok}, {ok, ok, exit}} {
				for name, f := range stepsAtOnce(steps[0], steps[1], steps[2]) {
					var wg sync.WaitGroup
					ended, came := false, false
					wg.Go(func() {
						defer func() {
							ended = true
							p, _ := recover().(*chain.Panic)
							if (p == nil) != (tt.panic == nil) || p != nil && p.Value != tt.panic {
								t.Errorf("%s, %s with step %d: %v, want %v", tt.name, name, place+1, p, tt.panic)
							}
							if n := count.running.Load(); n != 0 {
								t.Errorf("%s, %s with step %d: %d steps still run", tt.name, name, place+1, n)
							}
						}()
						f(t.Context(), 0)
						came = true
					})
					wg.Wait()
					if !ended || came {
						t.Errorf("%s, %s with step %d: ended %v, returned %v", tt.name, name, place+1, ended, came)
					}
				}
			}
		}
	})
}
