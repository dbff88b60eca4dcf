package chain_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hadal-go/hadal/chain"
)

func TestKeep(t *testing.T) {
	both := func(in, out int) string { return fmt.Sprint(in, " ", out) }
	if v, err := chain.Keep(stepOf(7, nil), both)(t.Context(), 3); v != "3 7" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if v, err := chain.Keep(stepOf(7, errStep1), both)(t.Context(), 3); v != "" || err != errStep1 {
		t.Errorf("%q, %v, want %v alone", v, err, errStep1)
	}
	for want, f := range map[string]func(){
		"chain: Keep: the step is nil":             func() { chain.Keep(nil, both) },
		"chain: Keep: the function of both is nil": func() { chain.Keep[int, int, int](stepOf(7, nil), nil) },
	} {
		if got := stepPanic(f); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}

func ExampleKeep() {
	type Place struct {
		Text string
		KM   float64
	}
	place := chain.Keep(depth, func(text string, km float64) Place { return Place{text, km} })
	fmt.Println(place(context.Background(), "7 km"))
	// Output: {7 km 7} <nil>
}
