// What follows Parallel takes one value, not a slice of them.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Pipe(chain.Parallel(count, count), double) // want "double does not match inferred type chain.Func[[]int, C]"
}
