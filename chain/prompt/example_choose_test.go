package prompt_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/chain/prompt"
)

// Fixed examples are the same for every request, and come from the cache.
func ExampleExamples() {
	chat := prompt.Messages[string](
		prompt.System("You name the mood."),
		prompt.Examples(
			prompt.Example{Input: "I love it!", Output: "glad"},
			prompt.Example{Input: "It broke.", Output: "cross"},
		),
		prompt.User("{{.}}"),
	)
	show(chat.Render(context.Background(), "Thanks a lot!"))
	// Output:
	// system: You name the mood.
	// user: I love it!
	// assistant: glad
	// user: It broke.
	// assistant: cross
	// user: Thanks a lot!
}

// moods are examples, the best first.
var moods = []prompt.Example{
	{Input: "I love the new pump!", Output: "glad"},
	{Input: "The parcel never came.", Output: "cross"},
	{Input: "Where can I send it back?", Output: "curious"},
	{Input: "Your invoice is wrong again.", Output: "cross"},
}

// The longer the input, the fewer the examples.
func ExampleByLength() {
	words := func(text string) int { return len(strings.Fields(text)) }
	chat := prompt.Messages[string](
		prompt.Choose(".", prompt.ByLength(16, words), moods...),
		prompt.User("{{.}}"),
	)
	ctx := context.Background()
	for _, input := range []string{"Thanks!", "This is a long letter about pumps and parcels."} {
		msgs, err := chat.Render(ctx, input)
		fmt.Println(len(msgs)/2, "examples", err)
	}
	// Output:
	// 2 examples <nil>
	// 1 examples <nil>
}

// Those that are most like the input, by the words that they have in common.
func ExampleBySimilarity() {
	type letter struct{ Text string }
	chat := prompt.Messages[letter](
		prompt.System("You name the mood."),
		prompt.Choose("Text", prompt.BySimilarity(2, nil), moods...),
		prompt.User("{{.Text}}"),
	)
	show(chat.Render(context.Background(), letter{"Another wrong invoice, and no parcel."}))
	// Output:
	// system: You name the mood.
	// user: The parcel never came.
	// assistant: cross
	// user: Your invoice is wrong again.
	// assistant: cross
	// user: Another wrong invoice, and no parcel.
}

// A Chooser may find examples elsewhere, in an index with embeddings for one.
func ExampleChoose() {
	index := func(ctx context.Context, input string, _ []prompt.Example) ([]prompt.Example, error) {
		return []prompt.Example{{Input: strings.ToLower(input), Output: "found"}}, nil
	}
	chat := prompt.Messages[string](prompt.Choose(".", index), prompt.User("{{.}}"))
	show(chat.Render(context.Background(), "Why?"))
	// Output:
	// user: why?
	// assistant: found
	// user: Why?
}

func ExampleOverlap() {
	scores, err := prompt.Overlap(context.Background(), "Invoices?", moods)
	for i, s := range scores {
		if s > 0 {
			fmt.Printf("%s %.1f\n", moods[i].Input, s)
		}
	}
	fmt.Println(err)
	// Output:
	// Your invoice is wrong again. 0.4
	// <nil>
}
