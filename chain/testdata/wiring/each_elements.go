// The elements are not what the step takes.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	for range chain.Each(context.Background(), count, []int{1, 2}, 4) { // want "[]int{…} does not match inferred type []string"
	}
}
