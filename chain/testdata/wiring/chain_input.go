// A chain is called with something else than it takes.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	f := chain.Pipe(count, double)
	f(context.Background(), 12) // want "cannot use 12 (untyped int constant) as string value in argument to f"
}
