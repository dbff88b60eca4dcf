package trace_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

type note string

func (note) Kind() string { return "note" }

// record returns a context and the events that it collects, written as text.
func record(ctx context.Context) (context.Context, *[]string) {
	events := new([]string)
	return trace.With(ctx, func(e trace.Event) {
		switch e := e.(type) {
		case trace.Started:
			*events = append(*events, fmt.Sprintf("start %s %s", e.Span.Category, e.Span.Name))
		case trace.Ended:
			*events = append(*events, fmt.Sprintf("end %s %v %v", e.Span.Name, e.Elapsed, e.Err))
		default:
			*events = append(*events, fmt.Sprintf("%s %v", e.Kind(), e))
		}
	}), events
}

func TestSpansNest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, events := record(t.Context())
		outerCtx, outer := trace.Start(ctx, "step", "outer")
		innerCtx, inner := trace.Start(outerCtx, "model", "inner")
		if inner.Parent != outer.ID || outer.Parent != 0 {
			t.Errorf("parents are %d and %d, want %d and 0", inner.Parent, outer.Parent, outer.ID)
		}
		if got := trace.Current(innerCtx); got != inner {
			t.Errorf("Current = %v, want the inner span", got)
		}
		if got := trace.Current(ctx); got != nil {
			t.Errorf("Current outside of any span = %v, want nil", got)
		}
		trace.Emit(innerCtx, note("hello"))
		<-time.After(2 * time.Second)
		inner.End(errors.New("boom"))
		inner.End(nil)
		outer.End(nil)
		want := []string{"start step outer", "start model inner", "note hello", "end inner 2s boom", "end outer 2s <nil>"}
		if !slices.Equal(*events, want) {
			t.Errorf("events are\n%q, want\n%q", *events, want)
		}
	})
}

func TestOuterListenersHearToo(t *testing.T) {
	ctx, outer := record(t.Context())
	ctx, inner := record(ctx)
	trace.Emit(ctx, note("x"))
	if want := []string{"note x"}; !slices.Equal(*outer, want) || !slices.Equal(*inner, want) {
		t.Errorf("outer heard %q and inner %q, want %q each", *outer, *inner, want)
	}
}

func TestNoListener(t *testing.T) {
	ctx := t.Context()
	var e trace.Event = note("x")
	allocs := testing.AllocsPerRun(100, func() {
		c, span := trace.Start(ctx, "step", "name")
		if c != ctx || span != nil {
			t.Error("Start without a listener returns a new context or a span")
		}
		trace.Emit(c, e)
		span.End(nil)
	})
	if allocs != 0 {
		t.Errorf("%v allocations with nobody listening, want 0", allocs)
	}
	if trace.With(ctx, nil) != ctx {
		t.Error("With(ctx, nil) is not ctx")
	}
	if trace.Listening(ctx) {
		t.Error("Listening without a listener")
	}
}

// Many steps at once may emit: the listener has no lock and the race detector is quiet.
func TestCallsAreSerialised(t *testing.T) {
	n := 0
	ctx := trace.With(t.Context(), func(trace.Event) { n++ })
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			ctx, span := trace.Start(ctx, "step", "")
			trace.Emit(ctx, note("x"))
			span.End(nil)
		})
	}
	wg.Wait()
	if n != 300 {
		t.Errorf("heard %d events, want 300", n)
	}
}

func TestListenerThatPanics(t *testing.T) {
	calls := 0
	ctx := trace.With(t.Context(), func(trace.Event) {
		if calls++; calls == 1 {
			panic("first")
		}
	})
	func() {
		defer func() {
			if got := recover(); got != "first" {
				t.Errorf("recovered %v, want the listener's panic", got)
			}
		}()
		trace.Emit(ctx, note("x"))
	}()
	trace.Emit(ctx, note("y")) // would hang if the lock were still held
	if calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
}

func BenchmarkStartEmitEnd(b *testing.B) {
	for name, ctx := range map[string]context.Context{
		"nobody":    context.Background(),
		"listening": trace.With(context.Background(), func(trace.Event) {}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var e trace.Event = note("x")
			for b.Loop() {
				ctx, span := trace.Start(ctx, "step", "name")
				trace.Emit(ctx, e)
				span.End(nil)
			}
		})
	}
}
