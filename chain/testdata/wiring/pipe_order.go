// The steps are the wrong way round.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func positive(_ context.Context, n int) (bool, error) { return n > 0, nil }

func main() {
	chain.Pipe(positive, count) // want "count does not match inferred type chain.Func[bool, C]"
}
