// A step returns no error.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) int { return 2 * n }

func main() {
	chain.Pipe(count, double) // want "double does not match inferred type chain.Func[int, C]"
}
