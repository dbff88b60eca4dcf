// Two steps joined take different inputs.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Join(count, double, func(a, b int) int { return a + b }) // want "double does not match inferred type chain.Func[string, B]"
}
