// Map takes a slice of what its step takes.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Map(count, 4)(context.Background(), []int{1, 2}) // want "cannot use []int{…} (value of type []int) as []string value in argument to chain.Map(count, 4)"
}
