package llm_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// busy returns a model that refuses the first n requests.
func busy(n int) *llmtest.Script {
	return &llmtest.Script{Func: func(i int, req *llm.Request) (*llm.Response, error) {
		if i < n {
			return nil, &llm.Error{Err: llm.ErrRateLimit, RetryAfter: time.Millisecond}
		}
		return &llm.Response{Message: llm.Assistant("Here I am.")}, nil
	}}
}

// A middleware of your own is a function from a Model to a Model.
func ExampleWrap() {
	polite := func(m llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			r := *req // a request is not the middleware's to modify
			r.Messages = append([]llm.Message{llm.System("Say please.")}, req.Messages...)
			return m.Stream(ctx, &r)
		})
	}
	script := script("Please sit down.")
	model := llm.Wrap(script, llm.Retry(4), polite)
	fmt.Println(llm.Ask(model, "")(context.Background(), "Invite me."))
	fmt.Println(script.Requests()[0].Messages[0].Text())
	// Output:
	// Please sit down. <nil>
	// Say please.
}

func ExampleRetry() {
	provider := busy(2)
	model := llm.Wrap(provider, llm.Retry(4))
	fmt.Println(llm.Ask(model, "")(context.Background(), "Where are you?"))
	fmt.Println(len(provider.Requests()), "attempts")
	// Output:
	// Here I am. <nil>
	// 3 attempts
}

func ExampleAttempt() {
	show := func(m llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			fmt.Println("attempt", llm.Attempt(ctx))
			return m.Stream(ctx, req)
		})
	}
	model := llm.Wrap(busy(1), llm.Retry(4), show) // show is inside: it sees every attempt
	fmt.Println(llm.Ask(model, "")(context.Background(), "Where are you?"))
	// Output:
	// attempt 1
	// attempt 2
	// Here I am. <nil>
}

func ExampleDefaults() {
	script := script("Yes.", "No.")
	model := llm.Wrap(script, llm.Defaults(llm.Request{Effort: llm.EffortLow, MaxTokens: 1000}))
	for _, effort := range []llm.Effort{"", llm.EffortMax} {
		req := llm.Prompt("Is it?")
		req.Effort = effort
		if _, err := llm.Generate(context.Background(), model, req); err != nil {
			fmt.Println(err)
		}
	}
	for _, req := range script.Requests() {
		fmt.Println(req.Effort, req.MaxTokens)
	}
	// Output:
	// low 1000
	// max 1000
}

// As finds the model under the middleware, for what only it can do.
func ExampleAs() {
	model := llm.Wrap(script("Hi."), llm.Retry(4), llm.Defaults(llm.Request{Model: "m"}))
	if s, ok := llm.As[*llmtest.Script](model); ok {
		fmt.Println(len(s.Replies), "reply")
	}
	// Output: 1 reply
}

// A parrot is a model that cannot do much, and says so.
type parrot struct{}

func (parrot) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		text := req.Messages[len(req.Messages)-1].Text()
		if yield(&llm.Chunk{Text: strings.ToUpper(text)}, nil) {
			yield(&llm.Chunk{Finish: llm.FinishStop, Usage: new(llm.Usage)}, nil)
		}
	}
}

func (parrot) Abilities(model string) llm.Abilities { return llm.Abilities{Context: 100} }

func ExampleAbilitiesOf() {
	model := llm.Wrap(parrot{}, llm.Retry(4))
	can := llm.AbilitiesOf(model, "")
	fmt.Println("tokens:", can.Context)
	fmt.Println("enforces schemas:", can.Schema)
	fmt.Println(llm.Ask(model, "")(context.Background(), "Hello!"))
	// Output:
	// tokens: 100
	// enforces schemas: false
	// HELLO! <nil>
}
