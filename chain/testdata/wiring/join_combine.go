// Combine takes what the two steps return the wrong way round.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Join(count, chain.Lift(strings.ToUpper), strings.Repeat) // want "strings.Repeat does not match inferred type func(int, string) O"
}
