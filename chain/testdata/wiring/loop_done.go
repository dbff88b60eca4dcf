// Done is asked of another type than the step returns.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Loop(double, func(text string) bool { return text == "done" }, 3) // want "func(text string) bool {…} does not match inferred type func(int) bool"
}
