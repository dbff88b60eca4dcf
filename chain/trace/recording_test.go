package trace_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

func TestRecording(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rec trace.Recording
		if rec.Steps() != nil || rec.Dropped() != 0 {
			t.Error("the zero Recording has steps")
		}
		start := time.Now()
		ctx, agent := trace.Start(trace.With(t.Context(), rec.Listen), "agent", "planner")
		<-time.After(time.Second)
		inner, model := trace.Start(ctx, "model", "")
		trace.Emit(inner, note("hello")) // no span
		trace.Emit(inner, trace.Spent{Span: model, Input: 10, Cached: 4, Output: 3})
		trace.Emit(inner, trace.Spent{Span: model, Input: 1, Output: 1, Estimated: true, Cost: 7})
		trace.Emit(inner, trace.Spent{Input: 100})                                // of no span
		trace.Emit(inner, trace.Spent{Span: &trace.Span{ID: 1 << 60}, Input: 50}) // of one that it has not heard of
		<-time.After(time.Second)
		boom := errors.New("boom")
		model.End(boom)
		trace.Emit(inner, trace.Spent{Span: model, Cost: 5}) // known later
		want := []trace.Step{
			{ID: agent.ID, Category: "agent", Name: "planner", Start: start, Running: true},
			{ID: model.ID, Parent: agent.ID, Category: "model", Start: start.Add(time.Second), Elapsed: time.Second,
				Err: boom, Input: 11, Cached: 4, Output: 4, Estimated: true, Cost: 12},
		}
		got := rec.Steps()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		got[0].Name = "changed" // it is the caller's
		agent.End(nil)
		want[0].Running, want[0].Elapsed = false, 2*time.Second
		if got := rec.Steps(); !reflect.DeepEqual(got, want) {
			t.Errorf("after the end: %+v\nwant %+v", got, want)
		}
	})
}

func TestRecordingMax(t *testing.T) {
	for limit, want := range map[int]int{0: 10_000, 3: 3, -1: 10_005} {
		rec := &trace.Recording{Max: limit}
		ctx := trace.With(t.Context(), rec.Listen)
		for range 10_005 {
			inner, span := trace.Start(ctx, "step", "x")
			trace.Emit(inner, trace.Spent{Span: span, Output: 1})
			span.End(nil)
		}
		steps := rec.Steps()
		if len(steps) != want || rec.Dropped() != 10_005-want {
			t.Errorf("Max %d: %d steps and %d dropped, want %d", limit, len(steps), rec.Dropped(), want)
		}
		for i, s := range steps {
			if s.ID != steps[0].ID+uint64(i) || s.Running || s.Output != 1 {
				t.Fatalf("Max %d: step %d is %+v", limit, i, s)
			}
		}
	}
}

// It listens to several contexts and is read while it records.
func TestRecordingConcurrent(t *testing.T) {
	var rec trace.Recording
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			ctx := trace.With(t.Context(), rec.Listen)
			for i := range 100 {
				inner, span := trace.Start(ctx, "step", "x")
				trace.Emit(inner, trace.Spent{Span: span, Input: 2})
				if i%20 == 0 {
					trace.Mermaid(rec.Steps())
				}
				span.End(nil)
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, s := range rec.Steps() {
		if s.Running {
			t.Errorf("step %d runs", s.ID)
		}
		sum += s.Input
	}
	if n := len(rec.Steps()); n != 800 || sum != 1600 {
		t.Errorf("%d steps and %d tokens, want 800 and 1600", n, sum)
	}
}

func BenchmarkRecording(b *testing.B) {
	rec := trace.Recording{Max: 1000}
	ctx := trace.With(context.Background(), rec.Listen)
	b.ReportAllocs()
	for b.Loop() {
		_, span := trace.Start(ctx, "step", "name")
		span.End(nil)
	}
}

func ExampleRecording() {
	var rec trace.Recording
	ctx := trace.With(context.Background(), rec.Listen)
	work(ctx)
	for _, s := range rec.Steps() {
		fmt.Println(s.Category, s.Name, s.Input+s.Output, s.Running)
	}
	fmt.Println(rec.Dropped(), "dropped")
	// Output:
	// step report 0 false
	// model m1 120 false
	// 0 dropped
}

// work is a step with a model in it, as llm.Generate reports one.
func work(ctx context.Context) {
	ctx, step := trace.Start(ctx, "step", "report")
	defer step.End(nil)
	ctx, model := trace.Start(ctx, "model", "m1")
	trace.Emit(ctx, trace.Spent{Span: model, Input: 100, Output: 20, Cost: 40_000})
	model.End(nil)
}

func ExampleMermaid() {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	after := func(d time.Duration) time.Time { return start.Add(d * time.Millisecond) }
	steps := []trace.Step{ // of a Recording: rec.Steps()
		{ID: 1, Category: "step", Name: "report", Start: start, Elapsed: 2 * time.Second},
		{ID: 2, Parent: 1, Category: "step", Name: "read", Start: start, Elapsed: 85 * time.Millisecond},
		{ID: 3, Parent: 1, Category: "model", Name: "m1", Start: after(90), Elapsed: 1200 * time.Millisecond, Input: 1200, Cached: 1000, Output: 80, Cost: 1_200_000},
		{ID: 4, Parent: 1, Category: "tool", Name: "search", Start: after(90), Elapsed: 340 * time.Millisecond, Err: errors.New("no such page")},
		{ID: 5, Parent: 1, Category: "step", Name: "write", Start: after(1300), Elapsed: 700 * time.Millisecond},
	}
	fmt.Print(trace.Mermaid(steps))
	// Output:
	// flowchart TD
	//   subgraph n1 ["report, step, 2 s, 1,200 in (1,000 cached), 80 out, $0.0012"]
	//     direction TB
	//     n2["read<br/>step, 85 ms"]
	//     n3["m1<br/>model, 1.2 s<br/>1,200 in (1,000 cached), 80 out<br/>$0.0012"]
	//     n4["search<br/>tool, 340 ms<br/>failed#58; no such page"]
	//     n5["write<br/>step, 700 ms"]
	//     n2 --> n3 & n4
	//     n3 & n4 --> n5
	//   end
	//   classDef failed stroke:#c00,stroke-width:2px,color:#c00
	//   class n4 failed
}
