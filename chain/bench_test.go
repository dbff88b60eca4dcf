package chain_test

import (
	"context"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/chain"
)

// plus1 is as little as a step can do.
//
//go:noinline
func plus1(_ context.Context, n int) (int, error) { return n + 1, nil }

// A namedPipe is a way to pipe ten steps together.
type namedPipe struct {
	name string
	pipe chain.Func[int, int]
}

func pipes10(f chain.Func[int, int]) []namedPipe {
	left, right := f, f
	for range 9 {
		left, right = chain.Pipe(left, f), chain.Pipe(f, right)
	}
	wide := chain.Pipe3(chain.Pipe4(f, f, f, f), chain.Pipe3(f, f, f), chain.Pipe3(f, f, f))
	return []namedPipe{{"left", left}, {"right", right}, {"wide", wide}}
}

// BenchmarkPipe10 compares a pipe of ten steps with ten calls written by hand.
func BenchmarkPipe10(b *testing.B) {
	ctx := b.Context()
	steps := make([]chain.Func[int, int], 10)
	for i := range steps {
		steps[i] = plus1
	}
	b.Run("calls", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for _, f := range steps {
				var err error
				if n, err = f(ctx, n); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	for _, p := range pipes10(plus1) {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := p.pipe(ctx, 0); n != 10 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// BenchmarkParallel compares two steps at once with what a WaitGroup takes.
func BenchmarkParallel(b *testing.B) {
	ctx := b.Context()
	b.Run("goroutine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var wg sync.WaitGroup
			var outs [2]int
			var errs [2]error
			ctx, cancel := context.WithCancel(ctx)
			wg.Go(func() { outs[0], errs[0] = plus1(ctx, 1) })
			outs[1], errs[1] = plus1(ctx, 1)
			wg.Wait()
			cancel()
			if outs != [2]int{2, 2} {
				b.Fatal(outs, errs)
			}
		}
	})
	for name, f := range map[string]chain.Func[int, []int]{
		"Parallel": chain.Parallel(plus1, plus1),
		"Join":     chain.Join(plus1, plus1, func(a, b int) []int { return []int{a, b} }),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if outs, err := f(ctx, 1); len(outs) != 2 || err != nil {
					b.Fatal(outs, err)
				}
			}
		})
	}
}
