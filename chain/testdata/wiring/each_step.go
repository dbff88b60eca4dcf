// Each is ranged over: it is no step.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Pipe(chain.Each(context.Background(), count, []string{"a"}, 4), double) // want "chain.Each(context.Background(), count, []string{…}, 4) does not match inferred type chain.Func[int, chain.Result[int]]"
}
