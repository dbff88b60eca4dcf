package chain_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/chain"
)

// The benchmarks run over b.N items of a step that does next to nothing, so that
// ns/op is what an item costs. Floor is a pool of workers by hand, with a
// channel on either side; Loop calls the step and nothing else.

func BenchmarkEach(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			in := make([]int, b.N)
			perItem(b)
			for range chain.Each(b.Context(), double, in, n) {
			}
		})
	}
}

func BenchmarkEachSeq(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			perItem(b)
			for range chain.EachSeq(b.Context(), double, upTo(b.N), n) {
			}
		})
	}
}

func BenchmarkEachFloor(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			perItem(b)
			work, results := make(chan int), make(chan chain.Result[int])
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					for i := range work {
						out, err := double(b.Context(), i)
						results <- chain.Result[int]{Value: out, Err: err}
					}
				})
			}
			go func() {
				for i := range b.N {
					work <- i
				}
				close(work)
				wg.Wait()
				close(results)
			}()
			for range results {
			}
		})
	}
}

func BenchmarkEachLoop(b *testing.B) {
	perItem(b)
	f := chain.Func[int, int](double)
	for i := range b.N {
		if _, err := f(b.Context(), i); err != nil {
			b.Fatal(err)
		}
	}
}

// perItem starts a benchmark of b.N items.
func perItem(b *testing.B) {
	b.ReportAllocs()
	b.ResetTimer()
	b.Cleanup(func() { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s") })
}
