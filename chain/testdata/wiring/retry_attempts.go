// The number of attempts is no time.
package main

import (
	"context"
	"time"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Retry(count, time.Second) // want "as int value in argument to chain.Retry"
}
