// What the key returns cannot be compared.
package main

import (
	"context"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func words(_ context.Context, text string) ([]string, error) { return strings.Fields(text), nil }

func main() {
	chain.Branch[string, []string, string](words, nil) // want "[]string does not satisfy comparable"
}
