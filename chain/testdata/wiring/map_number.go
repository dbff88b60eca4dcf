// How many at a time is said.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Map(count) // want "not enough arguments in call to chain.Map"
}
