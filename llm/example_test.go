package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// script returns a model that says the given texts, one a request.
func script(texts ...string) *llmtest.Script {
	s := new(llmtest.Script)
	for _, text := range texts {
		s.Replies = append(s.Replies, llm.Assistant(text))
	}
	return s
}

func ExampleGenerate() {
	model := script("Because air scatters blue light most.") // or &deepseek.Client{}
	resp, err := llm.Generate(context.Background(), model, llm.Prompt("Why is the sky blue?"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	fmt.Println(resp.Finish)
	// Output:
	// Because air scatters blue light most.
	// stop
}

// A conversation only grows: append the reply as it is, then what is said next.
func ExampleGenerate_conversation() {
	ctx, model := context.Background(), script("Lisbon.", "About half a million.")
	req := llm.Prompt("What is the capital of Portugal?")
	for _, next := range []string{"How many live there?", ""} {
		resp, err := llm.Generate(ctx, model, req)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Messages = append(req.Messages, resp.Message)
		if next != "" {
			req.Messages = append(req.Messages, llm.User(next))
		}
	}
	for _, m := range req.Messages {
		fmt.Printf("%s: %s\n", m.Role, m.Text())
	}
	// Output:
	// user: What is the capital of Portugal?
	// assistant: Lisbon.
	// user: How many live there?
	// assistant: About half a million.
}

func ExampleAsk() {
	translate := llm.Ask(script("Guten Morgen."), "Translate into German.")
	text, err := translate(context.Background(), "Good morning.")
	fmt.Println(text, err)
	// Output: Guten Morgen. <nil>
}

func ExampleModel() {
	var model llm.Model = &llmtest.Script{Replies: []llm.Message{
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "A greeting."}, llm.Text("Hello to you!")}},
	}}
	for chunk, err := range model.Stream(context.Background(), llm.Prompt("Hello!")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch {
		case chunk.Reasoning != "":
			fmt.Printf("thinks %q\n", chunk.Reasoning)
		case chunk.Text != "":
			fmt.Printf("says %q\n", chunk.Text)
		case chunk.Finish != "":
			fmt.Println(chunk.Finish, chunk.Usage.Output)
		}
	}
	// Output:
	// thinks "A "
	// thinks "greeting."
	// says "Hello "
	// says "to "
	// says "you!"
	// stop 7
}

// To see a reply and to keep it, add up its chunks.
func ExampleResponse_Add() {
	var resp llm.Response
	for chunk, err := range script("One, two, three.").Stream(context.Background(), llm.Prompt("Count.")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Add(chunk)
		fmt.Printf("%q\n", resp.Text())
	}
	// Output:
	// "One, "
	// "One, two, "
	// "One, two, three."
	// "One, two, three."
}

// What a model wrote goes to JSON and back without loss, whatever it is.
func ExampleParts() {
	parts := llm.Parts{
		llm.Reasoning{}, // there was some, but it was empty
		llm.Text("I look it up."),
		llm.ToolCall{ID: "1", Name: "weather", Args: `{"city": "Lis`},
	}
	data, err := json.Marshal(parts)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(data))
	var back llm.Parts
	if err := json.Unmarshal(data, &back); err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range back {
		switch part := part.(type) {
		case llm.Reasoning:
			fmt.Printf("reasoning %q\n", part.Text)
		case llm.Text:
			fmt.Printf("text %q\n", part)
		case llm.ToolCall:
			fmt.Printf("call of %s with %q\n", part.Name, part.Args)
		}
	}
	// Output:
	// [{"reasoning":{"text":""}},{"text":"I look it up."},{"tool_call":{"id":"1","name":"weather","args":"{\"city\": \"Lis"}}]
	// reasoning ""
	// text "I look it up."
	// call of weather with "{\"city\": \"Lis"
}

func ExampleToolNamed() {
	req := llm.Prompt("What is it like in Lisbon?")
	req.Tools = []llm.ToolSpec{{
		Name:        "weather",
		Description: "Reports the current weather in a city.",
		Schema:      json.RawMessage(`{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}`),
	}}
	req.ToolChoice = llm.ToolNamed("weather")
	name, ok := req.ToolChoice.Name()
	fmt.Println(name, ok)
	// Output: weather true
}

func ExampleError() {
	model := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return nil, &llm.Error{Provider: "deepseek", Status: 429, RetryAfter: 20 * time.Second, Err: llm.ErrRateLimit}
	}}
	_, err := llm.Generate(context.Background(), model, llm.Prompt("Hello!"))
	switch e, ok := errors.AsType[*llm.Error](err); {
	case errors.Is(err, llm.ErrBalance):
		fmt.Println("pay first")
	case ok && e.Temporary():
		fmt.Println("try again in", e.RetryAfter)
	case err != nil:
		fmt.Println("no use:", err)
	}
	fmt.Println(err)
	// Output:
	// try again in 20s
	// deepseek: rate limited (status 429, retry after 20s)
}

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "first", "elapsed": // these differ each time
				return slog.Attr{}
			}
			return a
		},
	}))
	model := llm.Wrap(script("Hello!"), llm.Log(logger))
	text, err := llm.Ask(model, "")(context.Background(), "Hi.")
	fmt.Println(text, err)
	// Output:
	// level=INFO msg=llm model=script messages=1 finish=stop id=script-1 usage.input=1 usage.cached=0 usage.output=2 usage.reasoning=0 usage.estimated=true
	// Hello! <nil>
}
