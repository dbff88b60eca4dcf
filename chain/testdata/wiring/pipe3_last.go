// The third of three steps does not take what the second returns.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Pipe3(count, double, count) // want "count does not match inferred type chain.Func[int, D]"
}
