// A result is not the value itself.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	total := 0
	for _, r := range chain.Each(context.Background(), count, []string{"a"}, 4) {
		total += r // want "total += r (mismatched types int and chain.Result[int])"
	}
	for _, n := range chain.Each(context.Background(), count, []string{"a"}, 4) {
		total += len(n.Value) // want "n.Value (variable of type int) for built-in len"
	}
}
