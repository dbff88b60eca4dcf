// A fallback returns another type than the step that it stands in for.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Fallback(count, count, chain.Lift(strings.ToUpper)) // want "chain.Lift(strings.ToUpper) does not match inferred type chain.Func[string, int]"
}
