// A step is still of its own type when it is tried again.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Pipe(chain.Retry(count, 3), chain.Lift(strings.ToUpper)) // want "chain.Lift(strings.ToUpper) does not match inferred type chain.Func[int, C]"
}
