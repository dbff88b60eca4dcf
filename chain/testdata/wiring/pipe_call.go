// A step is called where it should be passed.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Pipe(count(context.Background(), "a"), double) // want `multiple-value count(context.Background(), "a") (value of type (int, error)) in single-value context`
}
