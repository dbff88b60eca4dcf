package deepseek_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// With a key in $DEEPSEEK_API_KEY, &deepseek.Client{} is all it takes. Here a
// server on loopback answers instead.
func Example() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "Air scatters blue light most."})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client := &deepseek.Client{BaseURL: server.URL()}
	resp, err := llm.Generate(context.Background(), client, llm.Prompt("Why is the sky blue?"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Text())
	// Output: Air scatters blue light most.
}

func ExampleClient_Stream() {
	server, err := deepseektest.Start(deepseektest.Reply{Reasoning: "Rayleigh.", Text: "Air scatters blue light most."})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client := &deepseek.Client{BaseURL: server.URL()}
	var resp llm.Response
	for chunk, err := range client.Stream(context.Background(), llm.Prompt("Why is the sky blue?")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(chunk.Reasoning, chunk.Text)
		resp.Add(chunk)
	}
	fmt.Println()
	fmt.Println(resp.Finish, resp.Reasoning())
	// Output:
	// Rayleigh.Air scatters blue light most.
	// stop Rayleigh.
}

// A reply that breaks off is an error, along with what arrived of it.
func ExampleClient_errors() {
	server, err := deepseektest.Start(
		deepseektest.Reply{Text: "Air scatters blue light most.", CutAfter: 1500},
		deepseektest.Reply{Status: 402, Message: "Insufficient Balance"},
	)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client := &deepseek.Client{BaseURL: server.URL()}
	_, err = llm.Generate(context.Background(), client, llm.Prompt("Why is the sky blue?"))
	fmt.Println(errors.Is(err, llm.ErrTruncated))
	_, err = llm.Generate(context.Background(), client, llm.Prompt("Why is the sky blue?"))
	if e, ok := errors.AsType[*llm.Error](err); ok {
		fmt.Println(e.Status, e.Message, e.Temporary(), errors.Is(err, llm.ErrBalance))
	}
	// Output:
	// true
	// 402 Insufficient Balance false true
}

func ExampleClient_Abilities() {
	fmt.Println(llm.AbilitiesOf(&deepseek.Client{}, "deepseek-v4-pro").Images)
	// Output: false
}

// Printing a client never shows its key.
func ExampleClient_Format() {
	fmt.Printf("%+v\n", &deepseek.Client{APIKey: "sk-secret", BaseURL: "https://api.deepseek.com", Model: "deepseek-flash"})
	// Output: deepseek.Client{https://api.deepseek.com deepseek-flash}
}

// A server that fails to read the markup of its own model sends it as text. It is
// no answer, and here no call either, as it breaks off.
func ExampleMarkupError() {
	server, err := deepseektest.Start(deepseektest.Reply{Text: "Let me see.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"weather\">"})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	req := llm.Prompt("What is the weather in Lisbon?")
	req.Tools = []llm.ToolSpec{{Name: "weather"}}
	resp, err := llm.Generate(context.Background(), &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}, req)
	fmt.Printf("%q\n", resp.Text())
	if m, ok := errors.AsType[*deepseek.MarkupError](err); ok {
		fmt.Printf("%v\n%q\n", m, m.Markup)
	}
	// Output:
	// "Let me see.\n\n"
	// a tool call was left in the text of the reply, as markup, and cannot be made one: it is not complete
	// "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"weather\">"
}

// A schema that comes with the request is kept by the reply.
func ExampleClient_Stream_schema() {
	server, err := deepseektest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client := &deepseek.Client{BaseURL: server.URL()}
	req := llm.Prompt("City: Lisbon\nPeople: 545000")
	req.Schema = []byte(`{"type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer"}}, "required": ["city", "people"]}`)
	for chunk, err := range client.Stream(context.Background(), req) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(chunk.Text)
	}
	fmt.Println()
	fmt.Println(server.Requests()[0].Path)
	// Output:
	// {"city":"Lisbon","people":545000}
	// /responses
}
