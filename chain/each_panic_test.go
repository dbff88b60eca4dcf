package chain_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
)

// endOf runs f in a goroutine and returns what it panicked with and whether it
// came to its end.
func endOf(f func()) (value any, returned bool) {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { value = recover() }()
		f()
		returned = true
	}()
	<-done
	return value, returned
}

// A panic or Goexit of a call comes to the goroutine that ranges, after the
// other calls were cancelled and have returned.
func TestEachPanics(t *testing.T) {
	boom := errors.New("boom")
	for name, fail := range map[string]func(){"panic": func() { panic(boom) }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			bothEach(t, func(t *testing.T, each eachFunc) {
				var ended atomic.Int64
				f := func(ctx context.Context, i int) (int, error) {
					if i == 2 {
						<-time.After(time.Second)
						fail()
					}
					<-ctx.Done()
					<-time.After(time.Minute)
					if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) || !strings.Contains(cause.Error(), "another step did not return") {
						t.Errorf("the cause is %v", cause)
					}
					ended.Add(1)
					return 0, nil
				}
				start := time.Now()
				value, returned := endOf(func() {
					for range each(t.Context(), f, slices.Collect(upTo(100)), 3) {
						t.Error("a result")
					}
				})
				if p, ok := value.(*chain.Panic); returned || (name == "panic") != (ok && p.Value == boom) {
					t.Errorf("the loop ended with %v, returned: %t", value, returned)
				}
				if took := time.Since(start); ended.Load() != 2 || took != time.Second+time.Minute {
					t.Errorf("%d of the 2 others had ended after %v", ended.Load(), took)
				}
			})
		})
	}
}

// Results that wait when a call panics are lost.
func TestEachPanicsBehindResults(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		f := func(_ context.Context, i int) (int, error) {
			if i == 3 {
				panic("boom")
			}
			return i, nil
		}
		var got []int
		value, _ := endOf(func() {
			for i := range each(t.Context(), f, slices.Collect(upTo(100)), 3) {
				got = append(got, i)
				synctest.Wait() // until one has panicked and the others wait
			}
		})
		if p, ok := value.(*chain.Panic); !ok || p.Value != "boom" || len(got) > 1 {
			t.Errorf("the loop ended with %v after results %v", value, got)
		}
	})
}

// A sequence may panic, or end, while all have gone to sleep.
func TestEachSeqEndsLate(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("late") }, "Goexit": runtime.Goexit, "return": func() {}} {
		synctest.Test(t, func(t *testing.T) {
			in := func(yield func(int) bool) {
				yield(1)
				yield(1)
				<-time.After(time.Hour)
				end()
			}
			got := 0
			value, returned := endOf(func() {
				for range chain.EachSeq(t.Context(), takes, in, 3) {
					got++
				}
			})
			p, _ := value.(*chain.Panic)
			if got != 2 || returned != (name == "return") || (p != nil) != (name == "panic") || p != nil && p.Value != "late" {
				t.Errorf("%s: the loop ended with %v after %d results, returned: %t", name, value, got, returned)
			}
		})
	}
}

func TestEachSeqPanicsInSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := func(yield func(int) bool) {
			yield(1)
			yield(2)
			panic("in the sequence")
		}
		got := 0
		value, _ := endOf(func() {
			for range chain.EachSeq(t.Context(), takes, in, 3) {
				got++
			}
		})
		if p, ok := value.(*chain.Panic); !ok || p.Value != "in the sequence" || got != 0 {
			t.Errorf("the loop ended with %v after %d results", value, got)
		}
	})
}

// A panic of the loop's body stops the calls and stays what it is.
func TestEachLoopPanics(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		var running atomic.Int64
		f := func(ctx context.Context, i int) (int, error) {
			running.Add(1)
			defer running.Add(-1)
			if i > 0 {
				<-ctx.Done()
				panic("late")
			}
			return i, nil
		}
		value, _ := endOf(func() {
			for range each(t.Context(), f, slices.Collect(upTo(100)), 3) {
				synctest.Wait()
				panic("body")
			}
		})
		if value != "body" || running.Load() != 0 {
			t.Errorf("the loop ended with %v, with %d calls running", value, running.Load())
		}
	})
}

func TestMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := chain.Map(takes, 3)
		in := []int{5, 1, 4, 2, 3}
		if got, err := f(t.Context(), in); err != nil || !slices.Equal(got, in) {
			t.Errorf("Map = %v, %v; want %v", got, err, in)
		}
		if got, err := f(t.Context(), nil); err != nil || got == nil || len(got) != 0 {
			t.Errorf("Map of nothing = %#v, %v; want an empty slice that is not nil", got, err)
		}
	})
}

func TestMapFirstError(t *testing.T) {
	boom := errors.New("boom")
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		f := func(ctx context.Context, seconds int) (int, error) {
			defer ended.Add(1)
			if seconds == 2 {
				<-time.After(2 * time.Second)
				return 0, boom
			}
			_, err := takes(ctx, seconds)
			if err != nil {
				<-time.After(time.Minute) // ends late, but before Map does
				if err.Error() != "element 3: boom" || !errors.Is(err, boom) {
					t.Errorf("the cause is %v", err)
				}
			}
			return seconds, err
		}
		got, err := chain.Map(f, 10)(t.Context(), []int{9, 9, 1, 2, 9})
		if got != nil || err == nil || err.Error() != "element 3: boom" || !errors.Is(err, boom) {
			t.Errorf("Map = %v, %v; want element 3: boom", got, err)
		}
		if ended.Load() != 5 {
			t.Errorf("%d calls had ended, want 5", ended.Load())
		}
	})
}

func TestMapContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := chain.Map(takes, 2)(ctx, []int{5, 5, 5, 5})
		if got != nil || !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "element ") {
			t.Errorf("Map = %v, %v; want the deadline at an element", got, err)
		}
	})
}
