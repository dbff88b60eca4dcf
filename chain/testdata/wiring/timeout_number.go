// A timeout is a time, not a number of seconds.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	seconds := 2
	chain.Timeout(count, seconds) // want "Duration value in argument to chain.Timeout"
}
