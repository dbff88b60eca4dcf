package chain_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

func ExampleMap() {
	shout := func(_ context.Context, s string) (string, error) {
		if s == "" {
			return "", errors.New("nothing to shout")
		}
		return strings.ToUpper(s) + "!", nil
	}
	shoutAll := chain.Map(shout, 4) // a step from []string to []string
	ctx := context.Background()
	fmt.Println(shoutAll(ctx, []string{"land", "ho"}))
	fmt.Println(shoutAll(ctx, []string{"land", ""}))
	// Output:
	// [LAND! HO!] <nil>
	// [] element 1: nothing to shout
}

func ExampleEach() {
	length := func(_ context.Context, s string) (int, error) {
		if s == "" {
			return 0, errors.New("empty")
		}
		return len(s), nil
	}
	words := []string{"deep", "", "sea"}
	for i, r := range chain.Each(context.Background(), length, words, 16) {
		if r.Err != nil {
			fmt.Printf("word %d: %v\n", i, r.Err)
			continue
		}
		fmt.Printf("word %d: %d letters\n", i, r.Value)
	}
	// Unordered output:
	// word 0: 4 letters
	// word 1: empty
	// word 2: 3 letters
}

func ExampleEachSeq() {
	square := func(_ context.Context, i int) (int, error) { return i * i, nil }
	var naturals iter.Seq[int] = func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	var squares []int
	for _, r := range chain.EachSeq(context.Background(), square, naturals, 4) {
		if squares = append(squares, r.Value); len(squares) == 100 {
			break // stops the sequence, and waits for the calls under way
		}
	}
	fmt.Println(len(squares), "squares, in no particular order")
	// Output: 100 squares, in no particular order
}
