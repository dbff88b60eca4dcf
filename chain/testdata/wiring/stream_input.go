// A stream is started with something else than its step takes.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	for range chain.Stream(context.Background(), count, 12) { // want "cannot use 12 (untyped int constant) as string value in argument to chain.Stream"
	}
}
