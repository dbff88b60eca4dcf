package llmtest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func ExampleScript() {
	m := &llmtest.Script{Replies: []llm.Message{
		llm.Assistant("Because of Rayleigh scattering."),
		llm.Assistant("You are welcome."),
	}}
	ask := llm.Ask(m, "Be brief.")
	for _, prompt := range []string{"Why is the sky blue?", "Thank you.", "Are you still there?"} {
		text, err := ask(context.Background(), prompt)
		fmt.Println(text, err)
	}
	// Output:
	// Because of Rayleigh scattering. <nil>
	// You are welcome. <nil>
	//  llmtest: no reply for request 3: the script has 2
}

// Func makes a model that fails, or that looks at what it is asked.
func ExampleScript_func() {
	m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		if n == 0 {
			return nil, &llm.Error{Err: llm.ErrOverload}
		}
		last := req.Messages[len(req.Messages)-1].Text()
		return &llm.Response{Message: llm.Assistant("You said: " + last)}, nil
	}}
	ask := llm.Ask(m, "")
	_, err := ask(context.Background(), "Hello?")
	fmt.Println(errors.Is(err, llm.ErrOverload))
	fmt.Println(ask(context.Background(), "Hello!"))
	// Output:
	// true
	// You said: Hello! <nil>
}

func ExampleScript_Requests() {
	m := &llmtest.Script{Replies: []llm.Message{llm.Assistant("Hi.")}}
	llm.Ask(m, "Be brief.")(context.Background(), "Hello.")
	for _, msg := range m.Requests()[0].Messages {
		fmt.Printf("%s: %s\n", msg.Role, msg.Text())
	}
	// Output:
	// system: Be brief.
	// user: Hello.
}

func ExampleEcho() {
	text, err := llm.Ask(llmtest.Echo{}, "Be brief.")(context.Background(), "Is anybody there?")
	fmt.Println(text, err)
	// Output: Is anybody there? <nil>
}
