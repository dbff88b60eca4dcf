// There is no journal to write to.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Journaled(count) // want "not enough arguments in call to chain.Journaled"
}
