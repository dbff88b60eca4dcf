// What keeps the input takes it behind the output.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Keep(count, func(n int, text string) bool { return len(text) == n }) // want "func(n int, text string) bool"
}
