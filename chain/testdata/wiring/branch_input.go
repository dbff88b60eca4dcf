// The key takes something else than the cases.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func odd(_ context.Context, n int) (bool, error) { return n%2 == 1, nil }

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Branch(odd, map[bool]chain.Func[string, int]{true: count}) // want "map[bool]chain.Func[string, int]{…} does not match inferred type map[bool]chain.Func[int, O]"
}
