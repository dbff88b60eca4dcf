// The second step takes something else than the first one returns.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Pipe(count, chain.Lift(strings.ToUpper)) // want "chain.Lift(strings.ToUpper) does not match inferred type chain.Func[int, C]"
}
