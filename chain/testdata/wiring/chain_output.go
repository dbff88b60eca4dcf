// What a chain returns is taken for something else, and its error is forgotten.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	f := chain.Pipe(count, double)
	text, err := f(context.Background(), "a")
	println(text+"!", err)            // want `text + "!" (mismatched types int and untyped string)`
	n := f(context.Background(), "a") // want "assignment mismatch: 1 variable but f returns 2 values"
	println(n)
}
