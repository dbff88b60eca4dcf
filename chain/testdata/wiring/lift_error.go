// A function that can fail is not lifted.
package main

import (
	"strconv"

	"github.com/hadal-go/hadal/chain"
)

func main() {
	chain.Lift(strconv.Atoi) // want "strconv.Atoi does not match inferred type func(string) O"
}
