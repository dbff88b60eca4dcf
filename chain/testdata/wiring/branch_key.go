// The keys of the cases are not what the key returns.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func size(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	chain.Branch(size, map[string]chain.Func[string, int]{"a": size}) // want "map[string]chain.Func[string, int]{…} does not match inferred type map[int]chain.Func[string, O]"
}
