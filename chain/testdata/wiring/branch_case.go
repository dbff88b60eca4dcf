// A case takes something else than the others.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

func topic(_ context.Context, text string) (string, error) { return text[:1], nil }

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func main() {
	chain.Branch(topic, map[string]chain.Func[string, int]{
		"a": count,
		"b": double, // want "cannot use double (value of type func(_ context.Context, n int) (int, error)) as chain.Func[string, int] value in map literal"
	})
}
