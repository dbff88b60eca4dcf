package chain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/llm"
)

var (
	errStep1 = errors.New("first failure")
	errStep2 = errors.New("second failure")
	errStop  = errors.New("stopped by the caller")
)

// stepOf returns a step that returns what it is made of.
func stepOf(v int, err error) chain.Func[int, int] {
	return func(context.Context, int) (int, error) { return v, err }
}

// stepAfter returns a step that returns v and err after d, or the cause of the
// context's end with that end.
func stepAfter(d time.Duration, v int, err error) chain.Func[int, int] {
	return func(ctx context.Context, _ int) (int, error) {
		select {
		case <-time.After(d):
			return v, err
		case <-ctx.Done():
			return -1, context.Cause(ctx)
		}
	}
}

// A stepCount counts the runs of a step and those that are going on.
type stepCount struct{ runs, running atomic.Int64 }

func (c *stepCount) of(f chain.Func[int, int]) chain.Func[int, int] {
	return func(ctx context.Context, in int) (int, error) {
		c.runs.Add(1)
		c.running.Add(1)
		defer c.running.Add(-1)
		return f(ctx, in)
	}
}

// stepPanic returns what f panics with, as text.
func stepPanic(f func()) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint(p)
		}
	}()
	f()
	return "no panic"
}

func TestPipe(t *testing.T) {
	plus := func(n int) chain.Func[int, int] { return chain.Lift(func(v int) int { return v*10 + n }) }
	for name, pipe := range map[string]func(a, b, c, d chain.Func[int, int]) chain.Func[int, int]{
		"Pipe": func(a, b, c, d chain.Func[int, int]) chain.Func[int, int] {
			return chain.Pipe(chain.Pipe(a, b), chain.Pipe(c, d))
		},
		"Pipe3": func(a, b, c, d chain.Func[int, int]) chain.Func[int, int] { return chain.Pipe3(a, b, chain.Pipe(c, d)) },
		"Pipe4": func(a, b, c, d chain.Func[int, int]) chain.Func[int, int] { return chain.Pipe4(a, b, c, d) },
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := pipe(plus(1), plus(2), plus(3), plus(4))(t.Context(), 0); v != 1234 || err != nil {
				t.Errorf("%d, %v, want 1234", v, err)
			}
			for bad := range 4 {
				var counts [4]stepCount
				steps := make([]chain.Func[int, int], 4)
				for i := range steps {
					steps[i] = counts[i].of(plus(i + 1))
				}
				steps[bad] = counts[bad].of(stepOf(7, errStep1))
				v, err := pipe(steps[0], steps[1], steps[2], steps[3])(t.Context(), 0)
				if want := map[bool]int{true: 7}[bad == 3]; v != want || err != errStep1 { // the last step's value comes with its error
					t.Errorf("step %d fails: %d, %v, want %d, %v", bad+1, v, err, want, errStep1)
				}
				for i := range counts {
					if got, want := counts[i].runs.Load(), map[bool]int64{true: 1}[i <= bad]; got != want {
						t.Errorf("step %d fails: step %d ran %d times, want %d", bad+1, i+1, got, want)
					}
				}
			}
		})
	}
}

// A pipe that is built allocates nothing, however it is built.
func TestPipeAllocates(t *testing.T) {
	ctx := t.Context()
	for _, p := range pipes10(plus1) {
		if n := testing.AllocsPerRun(100, func() {
			if v, err := p.pipe(ctx, 0); v != 10 || err != nil {
				t.Fatal(v, err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", p.name, n)
		}
	}
}

func TestBranch(t *testing.T) {
	type topic string
	cases := map[topic]chain.Func[string, string]{
		"sea":  chain.Lift(strings.ToUpper),
		"land": func(context.Context, string) (string, error) { return "half", errStep1 },
	}
	key := func(_ context.Context, s string) (topic, error) {
		if s == "" {
			return "sea", errStep2
		}
		first, _, _ := strings.Cut(s, " ")
		return topic(first), nil
	}
	branch := chain.Branch(key, cases)
	cases["air"] = cases["sea"] // too late
	delete(cases, "sea")
	for _, tt := range []struct {
		in, out string
		is      error
		text    string
	}{
		{"sea level", "SEA LEVEL", nil, ""},
		{"land rover", "half", errStep1, "first failure"},
		{"", "", errStep2, "second failure"},
		{"air\nport", "", chain.ErrNoBranch, `chain: no branch for "air\nport"`},
		{"air port", "", chain.ErrNoBranch, `chain: no branch for "air"`},
	} {
		out, err := branch(t.Context(), tt.in)
		if out != tt.out || !errors.Is(err, tt.is) || err != nil && err.Error() != tt.text {
			t.Errorf("%q: %q, %v, want %q, %q", tt.in, out, err, tt.out, tt.text)
		}
	}
	if _, err := chain.Branch[string, topic, int](key, nil)(t.Context(), "sea"); !errors.Is(err, chain.ErrNoBranch) {
		t.Errorf("no cases: %v, want %v", err, chain.ErrNoBranch)
	}
}

func TestFallback(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []chain.Func[int, int]
		out   int
		is    []error
		text  string
	}{
		{"first", []chain.Func[int, int]{stepOf(1, nil), nil}, 1, nil, ""},
		{"second", []chain.Func[int, int]{stepOf(8, errStep1), stepOf(2, nil), nil}, 2, nil, ""},
		{"none", []chain.Func[int, int]{stepOf(8, errStep1), stepOf(9, errStep2)}, 0, []error{errStep1, errStep2},
			"step 1 of 2: first failure\nstep 2 of 2: second failure"},
		{"alone", []chain.Func[int, int]{stepOf(8, errStep1)}, 8, []error{errStep1}, "first failure"},
	} {
		var never stepCount
		for i, f := range tt.steps {
			if f == nil {
				tt.steps[i] = never.of(stepOf(0, nil))
			}
		}
		f := chain.Fallback(tt.steps...)
		clear(tt.steps) // the caller's own
		out, err := f(t.Context(), 0)
		if out != tt.out || (err == nil) != (tt.is == nil) || err != nil && err.Error() != tt.text {
			t.Errorf("%s: %d, %v, want %d, %q", tt.name, out, err, tt.out, tt.text)
		}
		for _, target := range tt.is {
			if !errors.Is(err, target) {
				t.Errorf("%s: %v is not %v", tt.name, err, target)
			}
		}
		if n := never.runs.Load(); n != 0 {
			t.Errorf("%s: a step after the one that succeeded ran", tt.name)
		}
	}
}

func TestFallbackCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		var never stepCount
		out, err := chain.Fallback(stepOf(8, errStep1), stepAfter(time.Hour, 2, nil), never.of(stepOf(3, nil)))(ctx, 0)
		if want := "step 1 of 3: first failure\nstep 2 of 3: stopped by the caller"; out != 0 || err == nil || err.Error() != want {
			t.Errorf("%d, %v, want 0, %q", out, err, want)
		}
		if !errors.Is(err, errStep1) || !errors.Is(err, errStop) || never.runs.Load() != 0 {
			t.Errorf("%v, and %d runs of the last step, want none", err, never.runs.Load())
		}
	})
}

func TestLoop(t *testing.T) {
	double := func(_ context.Context, n int) (int, error) {
		if n == 8 {
			return -1, errStep1
		}
		return 2 * n, nil
	}
	for _, tt := range []struct {
		in, until, rounds int
		out               int
		is                error
		text              string
	}{
		{1, 2, 3, 2, nil, ""},
		{1, 1, 3, 8, chain.ErrNotDone, "chain: not done after round 3 of 3"}, // done is not asked of the input
		{1, 8, 3, 8, nil, ""}, // done by the last round
		{1, 4, 1, 2, chain.ErrNotDone, "chain: not done after round 1 of 1"},
		{1, 2, 0, 2, nil, ""},
		{1, 4, -5, 2, chain.ErrNotDone, "chain: not done after round 1 of 1"},
		{2, 99, 5, 8, errStep1, "round 3 of 5: first failure"}, // what there is so far
		{8, 99, 5, 8, errStep1, "round 1 of 5: first failure"},
	} {
		out, err := chain.Loop(double, func(n int) bool { return n == tt.until }, tt.rounds)(t.Context(), tt.in)
		if out != tt.out || !errors.Is(err, tt.is) || err != nil && err.Error() != tt.text {
			t.Errorf("%+v: %d, %v", tt, out, err)
		}
	}
}

func TestLoopCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(25*time.Second, func() { cancel(errStop) })
		slow := func(_ context.Context, n int) (int, error) { // heeds no context
			<-time.After(10 * time.Second)
			return n + 1, nil
		}
		out, err := chain.Loop(slow, func(int) bool { return false }, 100)(ctx, 0)
		if want := "after round 3 of 100: context canceled: stopped by the caller"; out != 3 || err == nil || err.Error() != want {
			t.Errorf("%d, %v, want 3, %q", out, err, want)
		}
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) {
			t.Errorf("%v is not the end of the context and its cause", err)
		}
		for end, tt := range map[string]struct {
			err  error
			text string
		}{
			"no cause":   {nil, "context canceled"},
			"a deadline": {fmt.Errorf("lunch: %w", context.DeadlineExceeded), "context canceled: lunch: context deadline exceeded"},
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(tt.err) })
			_, err := chain.Loop(slow, func(int) bool { return false }, 100)(ctx, 0)
			if want := "after round 1 of 100: " + tt.text; err == nil || err.Error() != want {
				t.Errorf("%s: %v, want %q", end, err, want)
			}
		}
		out, err = chain.Loop(slow, func(n int) bool { return n == 1 }, 100)(ctx, 0)
		if out != 1 || err != nil {
			t.Errorf("done in a round that the context did not outlast: %d, %v, want 1", out, err)
		}
	})
}

// Mistakes in the program are found when a chain is made.
func TestMistakes(t *testing.T) {
	var none chain.Func[int, int]
	ok := stepOf(0, nil)
	add := func(a, b int) int { return a + b }
	done := func(int) bool { return true }
	for want, f := range map[string]func(){
		"chain: Lift: the function is nil":        func() { chain.Lift[int, int](nil) },
		"chain: Pipe: the first step is nil":      func() { chain.Pipe(none, ok) },
		"chain: Pipe: the second step is nil":     func() { chain.Pipe(ok, none) },
		"chain: Pipe3: the first step is nil":     func() { chain.Pipe3(none, ok, ok) },
		"chain: Pipe3: the second step is nil":    func() { chain.Pipe3(ok, none, ok) },
		"chain: Pipe3: the third step is nil":     func() { chain.Pipe3(ok, ok, none) },
		"chain: Pipe4: the first step is nil":     func() { chain.Pipe4(none, ok, ok, ok) },
		"chain: Pipe4: the second step is nil":    func() { chain.Pipe4(ok, none, ok, ok) },
		"chain: Pipe4: the third step is nil":     func() { chain.Pipe4(ok, ok, none, ok) },
		"chain: Pipe4: the fourth step is nil":    func() { chain.Pipe4(ok, ok, ok, none) },
		"chain: Join: the first step is nil":      func() { chain.Join(none, ok, add) },
		"chain: Join: the second step is nil":     func() { chain.Join(ok, none, add) },
		"chain: Join: combine is nil":             func() { chain.Join[int, int, int, int](ok, ok, nil) },
		"chain: Parallel: step 3 of 3 is nil":     func() { chain.Parallel(ok, ok, none) },
		"chain: Race: step 1 of 2 is nil":         func() { chain.Race(none, ok) },
		"chain: Race: there are no steps":         func() { chain.Race[int, int]() },
		"chain: Fallback: step 1 of 1 is nil":     func() { chain.Fallback(none) },
		"chain: Fallback: there are no steps":     func() { chain.Fallback[int, int]() },
		"chain: Branch: the key is nil":           func() { chain.Branch(none, map[int]chain.Func[int, int]{}) },
		`chain: Branch: the case of "sea" is nil`: func() { chain.Branch(stepKey, map[string]chain.Func[int, int]{"sea": nil}) },
		"chain: Loop: the step is nil":            func() { chain.Loop(none, done, 1) },
		"chain: Loop: done is nil":                func() { chain.Loop(ok, nil, 1) },
		"chain: Retry: the step is nil":           func() { chain.Retry(none, 1) },
		"chain: Timeout: the step is nil":         func() { chain.Timeout(none, 0) },
		"chain: Map: the step is nil":             func() { chain.Map(none, 1) },
		"chain: Each: the step is nil":            func() { chain.Each(t.Context(), none, nil, 1) },
		"chain: EachSeq: the step is nil":         func() { chain.EachSeq(t.Context(), none, upTo(1), 1) },
		"chain: EachSeq: the sequence is nil":     func() { chain.EachSeq(t.Context(), ok, nil, 1) },
		"chain: Journaled: the step is nil":       func() { chain.Journaled(&chain.Journal{}, none) },
		"chain: Journaled: the journal is nil":    func() { chain.Journaled(nil, ok) },
		"chain: Named: the name is empty":         func() { chain.Named("", ok) },
		`chain: Named: the step "load" is nil`:    func() { chain.Named("load", none) },
		"chain: Stream: the step is nil":          func() { chain.Stream(t.Context(), none, 0) },
	} {
		if got := stepPanic(f); got != want {
			t.Errorf("panics with %q, want %q", got, want)
		}
	}
}

func stepKey(context.Context, int) (string, error) { return "", nil }

// A desk has methods that are steps.
type desk struct{ name string }

func (d *desk) Sort(_ context.Context, letter string) (string, error) {
	return d.name + " sorts " + letter, nil
}

func (d desk) Answer(ctx context.Context, letter string) (int, error) { return len(letter), ctx.Err() }

// stepFrom is of the shape of output.Extract: a plain func type.
func stepFrom[T any](make func(string) T) func(ctx context.Context, text string) (T, error) {
	return func(_ context.Context, text string) (T, error) { return make(text), nil }
}

// What is not a Func by name is one by its shape, in the place of each parameter.
func TestShapes(t *testing.T) {
	type letter struct{ words []string }
	extract := stepFrom(func(s string) *letter { return &letter{strings.Fields(s)} })
	count := func(_ context.Context, l *letter) (int, error) { return len(l.words), nil }
	sorter := &desk{"Ada"}

	for name, f := range map[string]func(context.Context, string) (int, error){
		"Pipe":     chain.Pipe(extract, count),
		"Pipe3":    chain.Pipe3(sorter.Sort, extract, count),
		"Pipe4":    chain.Pipe4(sorter.Sort, sorter.Sort, extract, count),
		"Join":     chain.Join(sorter.Sort, desk{}.Answer, func(s string, n int) int { return len(s) + n }),
		"Parallel": chain.Pipe(chain.Parallel(sorter.Sort, (&desk{"Bob"}).Sort), chain.Lift(func(s []string) int { return len(s) })),
		"Race":     chain.Race(desk{}.Answer, desk{}.Answer),
		"Fallback": chain.Fallback(desk{}.Answer, chain.Pipe(extract, count)),
		"Branch": chain.Branch(sorter.Sort, map[string]chain.Func[string, int]{
			"Ada sorts a b c": desk{}.Answer,
		}),
		"Retry":   chain.Retry(desk{}.Answer, 2),
		"Timeout": chain.Timeout(desk{}.Answer, time.Hour),
		"Loop":    chain.Pipe3(chain.Loop(sorter.Sort, func(string) bool { return true }, 3), extract, count),
		"Ask":     chain.Pipe3(llm.Ask(nil, ""), extract, count), // compiles; it is not called
	} {
		if name == "Ask" {
			continue
		}
		if _, err := f(t.Context(), "a b c"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// 10,000 callers share one chain of all there is.
func TestConcurrentCallers(t *testing.T) {
	const callers = 10_000
	inc := chain.Lift(func(n int) int { return n + 1 })
	sum := chain.Lift(func(ns []int) int {
		total := 0
		for _, n := range ns {
			total += n
		}
		return total
	})
	odd := func(_ context.Context, n int) (bool, error) { return n%2 == 1, nil }
	all := chain.Pipe4(
		chain.Pipe3(inc, inc, inc),                     // n+3
		chain.Pipe(chain.Parallel(inc, inc, inc), sum), // 3n+12
		chain.Join(inc, chain.Race(stepOf(0, errStep1), inc), func(a, b int) int { return max(a, b) }), // 3n+13
		chain.Branch(odd, map[bool]chain.Func[int, int]{
			true:  chain.Fallback(stepOf(0, errStep2), inc),                 // 3n+14
			false: chain.Loop(inc, func(n int) bool { return n%2 == 0 }, 9), // 3n+15, which is even
		}),
	)
	all = chain.Timeout(chain.Retry(all, 3), time.Hour)
	got, errs := make([]int, callers), make([]error, callers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			<-start
			got[n], errs[n] = all(t.Context(), n)
		})
	}
	close(start)
	wg.Wait()
	for n := range callers {
		want := 3*n + 14
		if n%2 == 1 {
			want++
		}
		if got[n] != want || errs[n] != nil {
			t.Fatalf("of %d: %d, %v, want %d", n, got[n], errs[n], want)
		}
	}
}
