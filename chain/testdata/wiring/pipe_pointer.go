// A step returns a value, and the next one takes a pointer to it.
package main

import (
	"context"

	"github.com/hadal-go/hadal/chain"
)

type page struct{ text string }

func load(_ context.Context, name string) (page, error) { return page{name}, nil }

func size(_ context.Context, p *page) (int, error) { return len(p.text), nil }

func main() {
	chain.Pipe(load, size) // want "size does not match inferred type chain.Func[page, C]"
}
