package chain_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
)

// streamNotes returns a context and what it hears, as text.
func streamNotes(ctx context.Context) (context.Context, *[]string) {
	notes := new([]string)
	return trace.With(ctx, func(e trace.Event) { *notes = append(*notes, streamNote(e)) }), notes
}

func streamNote(e trace.Event) string {
	switch e := e.(type) {
	case trace.Started:
		return "start " + e.Span.Category + " " + e.Span.Name
	case trace.Ended:
		return fmt.Sprintf("end %s: %v", e.Span.Name, e.Err)
	}
	return fmt.Sprintf("%s %v", e.Kind(), e)
}

// A streamTick is an event of these tests.
type streamTick int

func (streamTick) Kind() string { return "tick" }

// streamTicks emits the ticks below n.
func streamTicks(ctx context.Context, n int) (string, error) {
	for i := range n {
		trace.Emit(ctx, streamTick(i))
	}
	return "done", nil
}

func TestNamed(t *testing.T) {
	gone := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	for _, test := range []struct {
		name string
		err  error
		want []string
	}{
		{"it returns", nil, []string{"start step outer", "start step inner", "tick 0", "end inner: <nil>", "end outer: <nil>"}},
		{"it fails", gone, []string{"start step outer", "start step inner", "tick 0",
			"end inner: open x: file does not exist", "end outer: inner: open x: file does not exist"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := chain.Named("outer", chain.Named("inner", func(ctx context.Context, in int) (string, error) {
				out, _ := streamTicks(ctx, in)
				return out, test.err
			}))
			check := func(out string, err error) {
				t.Helper()
				if out != "done" || !errors.Is(err, test.err) {
					t.Errorf("got %q, %v", out, err)
				}
				if test.err == nil {
					return
				}
				if want := "outer: inner: open x: file does not exist"; err.Error() != want {
					t.Errorf("error is %q, want %q", err, want)
				}
				if e, ok := errors.AsType[*fs.PathError](err); !ok || e != gone {
					t.Errorf("AsType finds %v", e)
				}
			}
			ctx, notes := streamNotes(t.Context())
			check(f(ctx, 1))
			if !slices.Equal(*notes, test.want) {
				t.Errorf("heard %q, want %q", *notes, test.want)
			}
			check(f(t.Context(), 1)) // with nobody listening
		})
	}
}

// A name is not a format.
func TestNamedPercent(t *testing.T) {
	_, err := chain.Named("100%d", func(context.Context, int) (int, error) { return 0, errors.New("%s") })(t.Context(), 0)
	if err == nil || err.Error() != "100%d: %s" {
		t.Errorf("error is %v", err)
	}
}

func TestNamedDoesNotReturn(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name string
		f    func()
		want string // the span's error
		is   error
	}{
		{"panic", func() { panic("boom") }, "panic: boom", nil},
		{"panic with an error", func() { panic(boom) }, "panic: boom", boom},
		{"panic of a goroutine", func() { panic(&chain.Panic{Value: boom, Stack: []byte("long")}) }, "panic: boom", boom},
		{"Goexit", runtime.Goexit, "the step called runtime.Goexit", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got error
			ends := 0
			ctx := trace.With(t.Context(), func(e trace.Event) {
				if e, ok := e.(trace.Ended); ok {
					got = e.Err
					ends++
				}
			})
			f := chain.Named("step", func(context.Context, int) (int, error) { test.f(); return 0, nil })
			bare, heard := streamEnd(func() { test.f() }), streamEnd(func() { f(ctx, 0) })
			if heard != bare || bare == "return" {
				t.Errorf("the caller sees %s, without a name %s", heard, bare)
			}
			if ends != 1 || got == nil || got.Error() != test.want || !errors.Is(got, test.is) && test.is != nil {
				t.Errorf("%d ends, error %v; want %q", ends, got, test.want)
			}
		})
	}
}

// streamEnd returns how f ends: "return", "Goexit" or what it panics with.
func streamEnd(f func()) (how string) {
	done := make(chan string)
	go func() {
		how := "Goexit"
		defer func() {
			if v := recover(); v != nil {
				if p, ok := v.(*chain.Panic); ok {
					v = p.Value
				}
				how = fmt.Sprintf("panic %v", v)
			}
			done <- how
		}()
		f()
		how = "return"
	}()
	return <-done
}

// The events of a chain are well nested: a span ends after all that is in it.
func TestNamedWellNested(t *testing.T) {
	leaf := func(name string) chain.Func[int, int] {
		return chain.Named(name, func(ctx context.Context, in int) (int, error) {
			trace.Emit(ctx, streamTick(in))
			if in%7 == 3 {
				return 0, errors.New("no")
			}
			return in + 1, nil
		})
	}
	sum := func(list []int) int { return len(list) }
	both := chain.Join(leaf("l"), chain.Named("r", chain.Pipe(leaf("r1"), leaf("r2"))), func(a, b int) int { return a + b })
	all := chain.Named("all", chain.Parallel(leaf("p0"), chain.Named("both", both), leaf("p2")))
	f := chain.Named("root", chain.Pipe3(leaf("first"), chain.Fallback(chain.Pipe(all, chain.Lift(sum)), leaf("spare")), leaf("last")))
	for in := range 14 {
		open := map[uint64]uint64{} // parents of what runs
		spans := 0
		ctx := trace.With(t.Context(), func(e trace.Event) {
			switch e := e.(type) {
			case trace.Started:
				if _, ok := open[e.Span.Parent]; !ok && e.Span.Parent != 0 {
					t.Errorf("in %d: %s starts in a span that does not run", in, e.Span.Name)
				}
				open[e.Span.ID] = e.Span.Parent
				spans++
			case trace.Ended:
				for id, parent := range open {
					if parent == e.Span.ID {
						t.Errorf("in %d: %s ends before span %d in it", in, e.Span.Name, id)
					}
				}
				delete(open, e.Span.ID)
			}
		})
		f(ctx, in)
		if len(open) != 0 || spans < 2 {
			t.Errorf("in %d: %d of %d spans do not end", in, len(open), spans)
		}
	}
}

func TestNamedAllocations(t *testing.T) {
	ctx := context.Background()
	f := chain.Named("a", chain.Named("b", func(_ context.Context, in int) (int, error) { return in, nil }))
	if allocs := testing.AllocsPerRun(100, func() { f(ctx, 1) }); allocs != 0 {
		t.Errorf("%v allocations with nobody listening, want 0", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() { f(trace.With(ctx, func(trace.Event) {}), 1) }); allocs == 0 {
		t.Error("no allocations with a listener either: the test shows nothing")
	}
}

func BenchmarkNamed(b *testing.B) {
	plain := func(_ context.Context, in int) (int, error) { return in + 1, nil }
	for _, bench := range []struct {
		name string
		ctx  context.Context
		f    chain.Func[int, int]
	}{
		{"bare", context.Background(), plain},
		{"nobody", context.Background(), chain.Named("step", plain)},
		{"listening", trace.With(context.Background(), func(trace.Event) {}), chain.Named("step", plain)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n, _ = bench.f(bench.ctx, n)
			}
		})
	}
}

func ExampleNamed() {
	fetch := chain.Named("fetch", func(_ context.Context, url string) (string, error) {
		return "", errors.New("connection refused")
	})
	parse := chain.Named("parse", chain.Lift(strings.ToUpper))
	read := chain.Named("read", chain.Pipe(fetch, parse))

	ctx := trace.With(context.Background(), func(e trace.Event) {
		switch e := e.(type) {
		case trace.Started:
			fmt.Println("start", e.Span.Name)
		case trace.Ended:
			fmt.Println("end", e.Span.Name)
		}
	})
	_, err := read(ctx, "https://example.com")
	fmt.Println(err)
	// Output:
	// start read
	// start fetch
	// end fetch
	// end read
	// read: fetch: connection refused
}
