package chain_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
)

// double is a step that is done at once.
func double(_ context.Context, i int) (int, error) { return 2 * i, nil }

// takes is a step that takes as many seconds as its input says, unless ctx is
// done before.
func takes(ctx context.Context, seconds int) (int, error) {
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
		return seconds, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// upTo yields the numbers below n.
func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// An eachFunc is Each or EachSeq.
type eachFunc = func(context.Context, chain.Func[int, int], []int, int) iter.Seq2[int, chain.Result[int]]

// bothEach runs a test for Each and for EachSeq, in a bubble, which fails if a
// goroutine is left.
func bothEach(t *testing.T, test func(*testing.T, eachFunc)) {
	t.Helper()
	seq := func(ctx context.Context, f chain.Func[int, int], in []int, n int) iter.Seq2[int, chain.Result[int]] {
		return chain.EachSeq(ctx, f, slices.Values(in), n)
	}
	t.Run("Each", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test(t, chain.Each) }) })
	t.Run("EachSeq", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test(t, seq) }) })
}

func TestEachYieldsEveryIndexOnce(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		for _, size := range []int{0, 1, 2, 3, 16, 17, 1000} {
			for _, n := range []int{math.MinInt, 0, 1, 2, 16, 5000, math.MaxInt} {
				in := slices.Collect(upTo(size))
				seen := make([]int, size)
				for i, r := range each(t.Context(), double, in, n) {
					seen[i]++
					if r.Err != nil || r.Value != 2*i {
						t.Errorf("size %d, n %d: element %d is %v, want %d", size, n, i, r, 2*i)
					}
				}
				if i := slices.IndexFunc(seen, func(times int) bool { return times != 1 }); i >= 0 {
					t.Errorf("size %d, n %d: element %d was yielded %d times", size, n, i, seen[i])
				}
			}
		}
	})
}

// Results come in the order in which they are there, each at once.
func TestEachYieldsAsItComes(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		start := time.Now()
		var got []string
		for i, r := range each(t.Context(), takes, []int{9, 3, 1, 1, 0}, 2) {
			got = append(got, fmt.Sprintf("%d:%d@%v", i, r.Value, time.Since(start)))
		}
		want := []string{"1:3@3s", "2:1@4s", "3:1@5s", "4:0@5s", "0:9@9s"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

func TestEachRunsExactlyNAtOnce(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		for _, n := range []int{-1, 1, 3, 8} {
			var running, most int // one goroutine at a time passes the channel
			turn := make(chan bool, 1)
			f := func(ctx context.Context, i int) (int, error) {
				turn <- true
				running++
				most = max(most, running)
				<-turn
				out, err := takes(ctx, i)
				turn <- true
				running--
				<-turn
				return out, err
			}
			start := time.Now()
			for range each(t.Context(), f, slices.Repeat([]int{1}, 24), n) {
			}
			n = max(n, 1)
			if took := time.Since(start); most != n || took != time.Duration(24/n)*time.Second {
				t.Errorf("n %d: %d at once at most, in %v; want %d in %ds", n, most, took, n, 24/n)
			}
		}
	})
}

func TestEachCarriesOnAfterFailures(t *testing.T) {
	boom := errors.New("boom")
	bothEach(t, func(t *testing.T, each eachFunc) {
		f := func(_ context.Context, i int) (int, error) {
			if i%2 == 1 {
				return -1, boom
			}
			return i, nil
		}
		values, failed := 0, 0
		for i, r := range each(t.Context(), f, slices.Collect(upTo(100)), 4) {
			switch {
			case i%2 == 1 && r.Err == boom && r.Value == -1: // the value along with the error, as f gave it
				failed++
			case i%2 == 0 && r.Err == nil && r.Value == i:
				values++
			}
		}
		if values != 50 || failed != 50 {
			t.Errorf("%d values and %d failures, want 50 and 50", values, failed)
		}
	})
}

func TestEachLeftEarly(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		var started, ended atomic.Int64
		var cause atomic.Value
		f := func(ctx context.Context, i int) (int, error) {
			started.Add(1)
			defer ended.Add(1)
			if i == 0 {
				return 0, nil
			}
			<-ctx.Done()
			<-time.After(time.Hour) // takes its time to end
			cause.Store(context.Cause(ctx).Error())
			return 0, ctx.Err()
		}
		start := time.Now()
		for range each(t.Context(), f, slices.Collect(upTo(1000)), 4) {
			synctest.Wait() // until all workers have a call
			break
		}
		if started.Load() != 5 || ended.Load() != 5 {
			t.Errorf("%d calls started and %d ended, want 5 and 5", started.Load(), ended.Load())
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("the loop was over after %v, want 1h", took)
		}
		if got := fmt.Sprint(cause.Load()); !strings.Contains(got, "the loop was left") {
			t.Errorf("the cause is %q", got)
		}
	})
}

func TestEachSlowLoopPausesCalls(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		const n = 3
		var calls atomic.Int64
		f := func(_ context.Context, i int) (int, error) { calls.Add(1); return i, nil }
		yielded := 0
		for range each(t.Context(), f, slices.Collect(upTo(100)), n) {
			yielded++
			synctest.Wait() // everything that can run has run
			if want := min(yielded+2*n, 100); int(calls.Load()) != want {
				t.Fatalf("%d calls after %d results, want %d", calls.Load(), yielded, want)
			}
		}
		if yielded != 100 {
			t.Errorf("%d results, want 100", yielded)
		}
	})
}

func TestEachContextEnds(t *testing.T) {
	enough := errors.New("enough")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second+time.Nanosecond, func() { cancel(enough) })
		var calls atomic.Int64
		f := func(ctx context.Context, i int) (int, error) { calls.Add(1); return takes(ctx, i) }
		done, failed := 0, 0
		for _, r := range chain.Each(ctx, f, slices.Repeat([]int{1}, 100), 2) {
			switch r.Err {
			case nil:
				done++
			case enough:
				failed++
			}
		}
		if done != 10 || failed != 90 || calls.Load() != 12 {
			t.Errorf("%d done, %d failed, %d calls; want 10, 90, 12", done, failed, calls.Load())
		}
	})
}

func TestEachContextOverBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	f := func(context.Context, int) (int, error) { t.Error("called"); return 0, nil }
	n := 0
	for i, r := range chain.Each(ctx, f, make([]int, 1000), 4) {
		if i != n || r.Err != enough {
			t.Fatalf("result %d is %d: %v", n, i, r)
		}
		n++
	}
	if n != 1000 {
		t.Errorf("%d results, want 1000", n)
	}
	n = 0
	for i, r := range chain.EachSeq(ctx, f, upTo(1000), 4) {
		if i != 0 || r.Err != enough {
			t.Errorf("result %d: %v", i, r)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d results of the sequence, want 1", n)
	}
	for range chain.EachSeq(ctx, f, upTo(0), 4) {
		t.Error("a result of an empty sequence")
	}
}

// An element that was taken when ctx ended, and not begun, is not begun any more.
func TestEachContextEndsBeforeCall(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the call comes after the cancel, but for rare chance
	const rounds = 100
	late := 0
	for range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		in := func(yield func(int) bool) {
			yield(0)
			cancel()
		}
		f := func(ctx context.Context, _ int) (int, error) {
			if ctx.Err() != nil {
				late++
			}
			return 0, nil
		}
		for _, r := range chain.EachSeq(ctx, f, in, 2) {
			if r.Err != nil && r.Err != context.Canceled {
				t.Error(r.Err)
			}
		}
	}
	if late > rounds/2 {
		t.Errorf("called %d times with a context that has ended, in %d rounds", late, rounds)
	}
}

// The context of the calls ends with the loop, or it would stay with its parent.
func TestEachEndsContext(t *testing.T) {
	bothEach(t, func(t *testing.T, each eachFunc) {
		var inner context.Context
		f := func(ctx context.Context, i int) (int, error) { inner = ctx; return i, nil }
		for range each(t.Context(), f, []int{1}, 1) {
		}
		if inner.Err() == nil {
			t.Error("the context of the calls has not ended")
		}
	})
}

// A sequence without an end comes to one with ctx, and indices have no gap.
func TestEachSeqContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+1)
		defer cancel()
		taken := 0
		endless := func(yield func(int) bool) {
			for yield(1) {
				taken++
			}
		}
		var got []int
		done := 0
		for i, r := range chain.EachSeq(ctx, takes, endless, 3) {
			got = append(got, i)
			if r.Err == nil {
				done++
			} else if r.Err != context.DeadlineExceeded {
				t.Errorf("element %d: %v", i, r.Err)
			}
		}
		slices.Sort(got)
		if want := slices.Collect(upTo(34)); done != 30 || !slices.Equal(got, want) {
			t.Errorf("%d done of %v, want 30 of %v", done, got, want)
		}
		if taken != 33 { // the yield of the last returned false
			t.Errorf("the sequence went on after %d elements, want 33", taken)
		}
	})
}

func TestEachSeqIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		in := func(yield func(int) bool) {
			defer func() { stopped = true }()
			for i := range upTo(math.MaxInt) {
				if !yield(i) {
					<-time.After(time.Minute) // the range statement waits for it
					return
				}
			}
		}
		for range chain.EachSeq(t.Context(), double, in, 4) {
			break
		}
		if !stopped {
			t.Error("the sequence was not stopped when the range statement was over")
		}
	})
}

// What is there is yielded while the sequence blocks.
func TestEachSeqThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := func(yield func(int) bool) {
			for i := 0; yield(i) && i < 3; i++ {
				<-time.After(time.Hour)
			}
		}
		start := time.Now()
		for i := range chain.EachSeq(t.Context(), double, in, 4) {
			if took := time.Since(start); took != time.Duration(i)*time.Hour {
				t.Errorf("element %d came after %v", i, took)
			}
		}
	})
}

// At most n are taken and not finished, even if the loop is fast.
func TestEachSeqTakesWhatItCanStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 4
		var taken, finished atomic.Int64
		in := func(yield func(int) bool) {
			for i := range 1000 {
				if ahead := taken.Add(1) - finished.Load(); ahead > n {
					t.Errorf("%d taken and not finished", ahead)
				}
				if !yield(i % 3) {
					return
				}
			}
		}
		f := func(ctx context.Context, i int) (int, error) { defer finished.Add(1); return takes(ctx, i) }
		for range chain.EachSeq(t.Context(), f, in, n) {
		}
	})
}

func TestEachIsLazyAndStartsAnew(t *testing.T) {
	var calls atomic.Int64
	f := func(_ context.Context, i int) (int, error) { calls.Add(1); return i, nil }
	each := chain.Each(t.Context(), f, make([]int, 7), 2)
	seq := chain.EachSeq(t.Context(), f, upTo(7), 2)
	if calls.Load() != 0 {
		t.Error("called before the range statement")
	}
	for round := range 3 {
		for range each {
		}
		for range seq {
		}
		if want := int64(14 * (round + 1)); calls.Load() != want {
			t.Errorf("%d calls after round %d, want %d", calls.Load(), round, want)
		}
	}
}

// Over a million items, what is taken and not yielded stays within its bound,
// and so does memory.
func TestEachSeqMemory(t *testing.T) {
	const items, n = 1_000_000, 16
	var taken, yielded atomic.Int64
	most := int64(0)
	in := func(yield func([64]byte) bool) {
		for range items {
			most = max(most, taken.Add(1)-yielded.Load())
			if !yield([64]byte{}) {
				return
			}
		}
	}
	f := func(_ context.Context, v [64]byte) ([64]byte, error) { return v, nil }
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range chain.EachSeq(t.Context(), f, in, n) {
		if done := yielded.Add(1); done%(items/10) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if live := int64(now.HeapAlloc) - int64(before.HeapAlloc); live > 1<<20 {
				t.Errorf("%d bytes live after %d items, want less than 1 MiB", live, done)
			}
		}
	}
	// The loop counts an element after it got it: one more than the bound may be seen.
	if most > 2*n+1 {
		t.Errorf("%d taken and not yielded, want at most %d", most, 2*n)
	}
	if each := (now.TotalAlloc - before.TotalAlloc) / items; each > 16 {
		t.Errorf("%d bytes allocated per item, want 16 or less", each)
	}
	if yielded.Load() != items {
		t.Errorf("%d results, want %d", yielded.Load(), items)
	}
}
