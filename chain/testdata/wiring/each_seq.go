// A slice is no sequence.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func main() {
	for range chain.EachSeq(context.Background(), count, []string{"a"}, 4) { // want "[]string{…} does not match inferred type iter.Seq[string]"
	}
}
