package prompt_test

import (
	"context"
	"fmt"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// sentWith sends a request through a preset and shows what reaches the model.
func sentWith(settings llm.Request, effort llm.Effort) {
	model := &llmtest.Script{Replies: []llm.Message{llm.Assistant("Done.")}}
	req := llm.Prompt("Do it.")
	req.Effort = effort
	if _, err := llm.Generate(context.Background(), llm.Wrap(model, llm.Defaults(settings)), req); err != nil {
		fmt.Println(err)
		return
	}
	sent := model.Requests()[0]
	fmt.Print("effort ", sent.Effort)
	if sent.Temperature != nil {
		fmt.Print(", temperature ", *sent.Temperature)
	}
	if sent.MaxTokens > 0 {
		fmt.Print(", at most ", sent.MaxTokens, " tokens")
	}
	fmt.Println()
}

func ExampleForCode() {
	sentWith(prompt.ForCode(), "")

	settings := prompt.ForCode()
	settings.MaxTokens = 100_000
	sentWith(settings, llm.EffortMax) // what a request sets itself holds
	// Output:
	// effort high
	// effort max, at most 100000 tokens
}

func ExampleForExtraction() {
	sentWith(prompt.ForExtraction(), "")
	// Output: effort none, temperature 1
}

func ExampleForChat() {
	sentWith(prompt.ForChat(), "")
	// Output: effort low
}

func ExampleForWriting() {
	sentWith(prompt.ForWriting(), "")
	// Output: effort none, temperature 1.5, at most 32768 tokens
}
