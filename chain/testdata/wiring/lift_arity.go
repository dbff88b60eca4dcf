// A function of two parameters is no step.
package main

import (
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func main() {
	chain.Lift(strings.TrimPrefix) // want "type func(s string, prefix string) string of strings.TrimPrefix does not match func(I) O (cannot infer I and O)"
}
