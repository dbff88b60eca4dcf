// Steps that race return different types.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Race(chain.Lift(strings.ToUpper), count) // want "count does not match inferred type chain.Func[string, string]"
}
