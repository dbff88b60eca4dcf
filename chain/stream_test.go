package chain_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
)

// streamAll ranges over Stream and returns what it yields.
func streamAll[I, O any](ctx context.Context, f chain.Func[I, O], in I) (notes []string, out []O, errs []error) {
	for e, err := range chain.Stream(ctx, f, in) {
		switch r := e.(type) {
		case nil:
			errs = append(errs, err)
			notes = append(notes, "error")
		case chain.Result[O]:
			out = append(out, r.Value)
			notes = append(notes, fmt.Sprint(e.Kind(), " ", r.Err, " ", err))
		default:
			notes = append(notes, streamNote(e))
		}
	}
	return notes, out, errs
}

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := chain.Named("count", streamTicks)
		want := []string{"start step count", "tick 0", "tick 1", "end count: <nil>", "result <nil> <nil>"}
		seq := chain.Stream(t.Context(), f, 2)
		for range 2 { // f runs anew
			var notes []string
			for e, err := range seq {
				if r, ok := e.(chain.Result[string]); ok {
					if r.Value != "done" {
						t.Errorf("value is %q", r.Value)
					}
					notes = append(notes, fmt.Sprint(e.Kind(), " ", r.Err, " ", err))
					continue
				}
				notes = append(notes, streamNote(e))
			}
			if !slices.Equal(notes, want) {
				t.Errorf("got %q, want %q", notes, want)
			}
		}
	})
}

func TestStreamError(t *testing.T) {
	boom := errors.New("boom")
	notes, out, errs := streamAll(t.Context(), func(ctx context.Context, n int) (string, error) {
		streamTicks(ctx, n)
		return "part", boom
	}, 1)
	if want := []string{"tick 0", "error"}; !slices.Equal(notes, want) || out != nil || len(errs) != 1 || errs[0] != boom {
		t.Errorf("got %q, %q, %v", notes, out, errs)
	}
}

// f runs while the sequence is ranged over: it has not gone further than the loop.
func TestStreamIsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var emitted atomic.Int32
		f := func(ctx context.Context, n int) (int, error) {
			for range n {
				<-time.After(time.Second)
				trace.Emit(ctx, streamTick(emitted.Add(1)))
			}
			return n, nil
		}
		start := time.Now()
		seq := chain.Stream(t.Context(), f, 5)
		synctest.Wait()
		if emitted.Load() != 0 {
			t.Error("f runs before anybody ranges")
		}
		for e := range seq {
			n, ok := e.(streamTick)
			if !ok {
				continue
			}
			if got := time.Since(start); got != time.Duration(n)*time.Second {
				t.Errorf("event %d came after %v", n, got)
			}
			synctest.Wait()
			if got := int(emitted.Load()); got != int(n) {
				t.Errorf("event %d is looked at, and %d were emitted", n, got)
			}
		}
		if got := emitted.Load(); got != 5 {
			t.Errorf("%d were emitted, want 5", got)
		}
	})
}

// Whoever emits waits until the loop asks for the next event.
func TestStreamBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var emitted atomic.Int32
		f := func(ctx context.Context, n int) (int, error) {
			for range n {
				trace.Emit(ctx, streamTick(0))
				emitted.Add(1)
			}
			return 0, nil
		}
		looked := 0
		for range chain.Stream(t.Context(), f, 100) {
			synctest.Wait()
			if looked++; int(emitted.Load()) > looked {
				t.Fatalf("%d events were emitted while the loop was at number %d", emitted.Load(), looked)
			}
		}
		if looked != 101 {
			t.Errorf("%d events, want 101", looked)
		}
	})
}

// Leaving at any event cancels f and waits for it, whoever emits.
func TestStreamLeave(t *testing.T) {
	const workers, each = 4, 3
	for stop := 1; stop <= workers*each+1; stop++ {
		synctest.Test(t, func(t *testing.T) {
			over, cancelled := false, false
			f := func(ctx context.Context, _ int) (int, error) {
				defer func() { over = true }()
				var wg sync.WaitGroup
				for range workers {
					wg.Go(func() { streamTicks(ctx, each) })
				}
				wg.Wait()
				if stop <= workers*each {
					<-ctx.Done() // as a step that waits for more would
					cancelled = true
					streamTicks(ctx, 10) // nobody takes them
				}
				return 7, nil
			}
			outer := 0
			ctx := trace.With(t.Context(), func(trace.Event) { outer++ })
			seen := 0
			for range chain.Stream(ctx, f, 0) {
				if seen++; seen == stop {
					break
				}
			}
			if !over || seen != stop || cancelled != (stop <= workers*each) {
				t.Errorf("left at %d: f is over %v, cancelled %v, %d events seen", stop, over, cancelled, seen)
			}
			want := workers * each
			if cancelled {
				want += 10
			}
			if outer != want {
				t.Errorf("left at %d: the outer listener heard %d events, want %d", stop, outer, want)
			}
		}) // which fails if a goroutine is left
	}
}

func TestStreamLeaveCause(t *testing.T) {
	var cause error
	f := func(ctx context.Context, n int) (string, error) {
		streamTicks(ctx, n)
		<-ctx.Done()
		cause = context.Cause(ctx)
		return "", nil
	}
	for range chain.Stream(t.Context(), f, 1) {
		break
	}
	if want := "chain: the loop was left: context canceled"; cause.Error() != want || !errors.Is(cause, context.Canceled) {
		t.Errorf("the cause is %v, want %s", cause, want)
	}
}

func TestStreamCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := func(ctx context.Context, n int) (string, error) {
			streamTicks(ctx, n)
			<-ctx.Done()
			streamTicks(ctx, n) // does not hang: the loop goes on
			return "", ctx.Err()
		}
		var notes []string
		for e, err := range chain.Stream(ctx, f, 2) {
			if err != nil {
				if e != nil || err != context.Canceled {
					t.Errorf("ends with %v, %v", e, err)
				}
				notes = append(notes, "error")
				continue
			}
			notes = append(notes, streamNote(e))
			cancel()
		}
		if want := []string{"tick 0", "tick 1", "tick 0", "tick 1", "error"}; !slices.Equal(notes, want) {
			t.Errorf("got %q, want %q", notes, want)
		}
	})
}

// What f ends with instead of returning comes to the goroutine that ranges, whether
// the loop goes on or is left.
func TestStreamDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){"panic boom": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		for _, leave := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f := func(ctx context.Context, n int) (string, error) {
					defer end()
					return streamTicks(ctx, n)
				}
				seen := 0
				got := streamEnd(func() {
					for range chain.Stream(t.Context(), f, 3) {
						if seen++; leave {
							break
						}
					}
				})
				if got != name || (seen == 3) == leave {
					t.Errorf("leave %v: %s after %d events, want %s", leave, got, seen, name)
				}
			})
		}
	}
}

// If the body of the loop does not return, f is stopped too.
func TestStreamBodyDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){"panic boom": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		synctest.Test(t, func(t *testing.T) {
			over := false
			f := func(ctx context.Context, n int) (string, error) {
				defer func() { over = true }()
				streamTicks(ctx, n)
				<-ctx.Done()
				return "", ctx.Err()
			}
			got := streamEnd(func() {
				for range chain.Stream(t.Context(), f, 3) {
					end()
				}
			})
			if got != name || !over {
				t.Errorf("%s, f is over %v; want %s", got, over, name)
			}
		})
	}
}

// Many goroutines emit at once: every event comes once, those of each in order.
func TestStreamConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, each = 8, 50
		f := func(ctx context.Context, _ int) (int, error) {
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					for i := range each {
						trace.Emit(ctx, streamTick(w*each+i))
					}
				})
			}
			wg.Wait()
			return workers * each, nil
		}
		var next [workers]int
		total, results := 0, 0
		for e, err := range chain.Stream(t.Context(), f, 0) {
			switch e := e.(type) {
			case streamTick:
				if w := int(e) / each; int(e)%each != next[w] || results > 0 {
					t.Errorf("event %d of worker %d, want %d; %d results before", int(e)%each, w, next[w], results)
				}
				next[int(e)/each]++
				total++
			case chain.Result[int]:
				if results++; e.Value != total || err != nil {
					t.Errorf("value %d, error %v after %d events", e.Value, err, total)
				}
			}
		}
		if total != workers*each || results != 1 {
			t.Errorf("%d events and %d results", total, results)
		}
	})
}

// What f leaves behind can emit without end: nobody waits for it, it for nobody.
func TestStreamStray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := make(chan struct{})
		var wg sync.WaitGroup
		f := func(ctx context.Context, _ int) (int, error) {
			wg.Go(func() {
				<-start
				streamTicks(ctx, 100)
			})
			return 1, nil
		}
		notes, out, _ := streamAll(t.Context(), f, 0)
		close(start)
		wg.Wait()
		if len(notes) != 1 || !slices.Equal(out, []int{1}) {
			t.Errorf("got %q, %v", notes, out)
		}
	})
}

func TestStreamNested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner []string
		f := func(ctx context.Context, n int) (string, error) {
			for e, err := range chain.Stream(ctx, chain.Named("inner", streamTicks), n) {
				if err != nil {
					return "", err
				}
				if r, ok := e.(chain.Result[string]); ok {
					return r.Value + " twice", nil
				}
				inner = append(inner, streamNote(e))
			}
			return "", errors.New("no value")
		}
		ctx, heard := streamNotes(t.Context())
		notes, out, _ := streamAll(ctx, f, 1)
		want := []string{"start step inner", "tick 0", "end inner: <nil>"}
		if !slices.Equal(inner, want) || !slices.Equal(*heard, want) || !slices.Equal(notes, append(want, "result <nil> <nil>")) {
			t.Errorf("inner %q\nouter %q\nheard %q", inner, notes, *heard)
		}
		if !slices.Equal(out, []string{"done twice"}) {
			t.Errorf("value is %q", out)
		}
	})
}

// The body of the loop may run chains of its own, and emit to the outer context.
func TestStreamBodyEmits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, heard := streamNotes(t.Context())
		for e := range chain.Stream(ctx, streamTicks, 2) {
			if n, ok := e.(streamTick); ok {
				trace.Emit(ctx, 10+n)
			}
		}
		slices.Sort(*heard)
		if want := []string{"tick 0", "tick 1", "tick 10", "tick 11"}; !slices.Equal(*heard, want) {
			t.Errorf("heard %q, want %q", *heard, want)
		}
	})
}

func BenchmarkStream(b *testing.B) {
	const n = 1000
	ctx := context.Background()
	b.Run("listener", func(b *testing.B) {
		b.ReportAllocs()
		ctx := trace.With(ctx, func(trace.Event) {})
		for b.Loop() {
			streamTicks(ctx, n)
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range chain.Stream(ctx, streamTicks, n) {
			}
		}
	})
}

func ExampleStream() {
	double := func(ctx context.Context, n int) (int, error) {
		trace.Emit(ctx, progress("halfway"))
		return 2 * n, nil
	}
	f := chain.Named("double", double)
	for e, err := range chain.Stream(context.Background(), f, 21) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case trace.Started:
			fmt.Println("start", e.Span.Name)
		case progress:
			fmt.Println(e)
		case trace.Ended:
			fmt.Println("end", e.Span.Name)
		case chain.Result[int]:
			fmt.Println("the value is", e.Value)
		}
	}
	// Output:
	// start double
	// halfway
	// end double
	// the value is 42
}

// A progress is an event of a package of your own.
type progress string

func (progress) Kind() string { return "progress" }
