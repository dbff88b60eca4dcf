// A step that returns another type than it takes cannot go round.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Loop(count, func(n int) bool { return n > 9 }, 3) // want "count does not match inferred type chain.Func[string, string]"
}
