// A chain is kept in a variable of another type.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	var f chain.Func[string, string] = chain.Pipe(count, double) // want "cannot use chain.Pipe(count, double) (value of func type chain.Func[string, int]) as chain.Func[string, string] value in variable declaration"
	_ = f
}
