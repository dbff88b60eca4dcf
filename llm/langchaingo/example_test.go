package langchaingo_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/fake"
	"github.com/tmc/langchaingo/tools"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// langchaingo's functions agent on DeepSeek, which reasons, and gets its reasoning
// back with the result of the tool.
func ExampleLLM() {
	server, err := deepseektest.Start(
		deepseektest.Reply{Reasoning: "I should calculate.", ToolCalls: []llm.ToolCall{{Name: "calculator", Args: `{"__arg1":"21 * 2"}`}}},
		deepseektest.Reply{Text: "It is 42."},
	)
	if err != nil {
		panic(err)
	}
	defer server.Close()

	model := &langchaingo.LLM{Model: &deepseek.Client{BaseURL: server.URL()}}
	agent := agents.NewOpenAIFunctionsAgent(model, []tools.Tool{tools.Calculator{}})
	answer, err := chains.Run(context.Background(), agents.NewExecutor(agent), "What is 21 times 2?")
	fmt.Println(answer, err)
	fmt.Println(*server.Requests()[1].Messages[2].Reasoning)
	// Output:
	// It is 42. <nil>
	// I should calculate.
}

func ExampleLLM_GenerateContent() {
	model := &langchaingo.LLM{Model: &llmtest.Script{Replies: []llm.Message{
		{Parts: llm.Parts{llm.Reasoning{Text: "A greeting."}, llm.Text("Hello, Ann!")}},
	}}}
	resp, err := model.GenerateContent(context.Background(),
		[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "I am Ann.")},
		llms.WithTemperature(0), // zero, not the default
		llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			fmt.Printf("%s|", chunk)
			return nil
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	choice := resp.Choices[0]
	fmt.Println()
	fmt.Println(choice.StopReason, choice.ReasoningContent, choice.GenerationInfo["ReasoningTokens"])
	// Output:
	// Hello, |Ann!|
	// stop A greeting. 3
}

// Errors are what both sides expect.
func ExampleLLM_GenerateContent_error() {
	server, err := deepseektest.Start(deepseektest.Reply{Status: 429, Message: "Slow down."})
	if err != nil {
		panic(err)
	}
	defer server.Close()

	model := &langchaingo.LLM{Model: &deepseek.Client{BaseURL: server.URL()}}
	_, err = model.GenerateContent(context.Background(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Hello.")})
	fmt.Println(llms.IsRateLimitError(err), errors.Is(err, llm.ErrRateLimit))
	if e, ok := errors.AsType[*llms.Error](err); ok {
		fmt.Println(e.Provider, e.Code, e.Details["status"])
	}
	// Output:
	// true true
	// deepseek rate_limit 429
}

func ExampleLLM_Call() {
	model := &langchaingo.LLM{Model: &llmtest.Script{Replies: []llm.Message{llm.Assistant("Because of Rayleigh scattering.")}}}
	fmt.Println(model.Call(context.Background(), "Why is the sky blue?"))
	// Output:
	// Because of Rayleigh scattering. <nil>
}

func ExampleLLM_SupportsReasoning() {
	model := &langchaingo.LLM{Model: &deepseek.Client{}}
	fmt.Println(llms.SupportsReasoningModel(model))
	// Output:
	// true
}

// What only DeepSeek has goes into the metadata.
func ExampleLLM_metadata() {
	script := &llmtest.Script{Replies: []llm.Message{llm.Assistant("1, 2, 3")}}
	model := &langchaingo.LLM{Model: script}
	model.Call(context.Background(), "Count.", llms.WithMetadata(map[string]any{
		langchaingo.KeyUser:   "u-17",
		langchaingo.KeyEffort: llm.EffortMax,
	}))
	req := script.Requests()[0]
	fmt.Println(req.User, req.Effort)
	// Output:
	// u-17 max
}

// A model of langchaingo answers a program of Hadal.
func ExampleModel() {
	theirs := fake.NewFakeLLM([]string{"Because of Rayleigh scattering."}) // or openai.New, anthropic.New …
	model := &langchaingo.Model{LLM: theirs, Warn: func(w langchaingo.Warning) { fmt.Println(w) }}
	fmt.Println(llm.Ask(model, "Be brief.")(context.Background(), "Why is the sky blue?"))
	// Output:
	// changed: StopReason: the model does not say why the reply ended: it is taken to be complete
	// Because of Rayleigh scattering. <nil>
}

func ExampleModel_Stream() {
	theirs := streaming("Hello, Ann!", "Hello", ", ", "Ann!")
	model := &langchaingo.Model{LLM: theirs}
	for chunk, err := range model.Stream(context.Background(), llm.Prompt("I am Ann.")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s|%s", chunk.Text, chunk.Finish)
	}
	// Output:
	// Hello|, |Ann!||stop
}

func ExampleModel_Abilities() {
	model := &langchaingo.Model{LLM: fake.NewFakeLLM(nil), Able: llm.Abilities{JSON: true, Context: 128_000}}
	fmt.Println(llm.AbilitiesOf(model, "").Context)
	// Output:
	// 128000
}

func ExampleModel_SupportsReasoning() {
	model := &langchaingo.Model{LLM: fake.NewFakeLLM(nil)}
	fmt.Println(model.SupportsReasoning())
	// Output:
	// false
}

func ExampleWarning() {
	model := &langchaingo.LLM{
		Model: &llmtest.Script{Replies: []llm.Message{llm.Assistant("Heads.")}},
		Warn: func(w langchaingo.Warning) {
			if w.Loss == langchaingo.Ignored {
				fmt.Println("no effect:", w.Field)
			}
		},
	}
	fmt.Println(model.Call(context.Background(), "Toss a coin.", llms.WithSeed(7)))
	// Output:
	// no effect: Seed
	// Heads. <nil>
}

func ExampleWarning_String() {
	fmt.Println(langchaingo.Warning{Loss: langchaingo.Ignored, Field: "Seed", Reason: "no seed is sent"})
	// Output:
	// ignored: Seed: no seed is sent
}

// A conversation that was stored goes on with its reasoning.
func ExampleReasoningPart() {
	script := &llmtest.Script{Replies: []llm.Message{llm.Assistant("You are welcome.")}}
	model := &langchaingo.LLM{Model: script}
	model.GenerateContent(context.Background(), []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeHuman, "I am Ann."),
		{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{
			langchaingo.ReasoningPart{Reasoning: "A greeting."},
			llms.TextPart("Hello, Ann!"),
		}},
		llms.TextParts(llms.ChatMessageTypeHuman, "Thank you."),
	})
	fmt.Println(script.Requests()[0].Messages[1].Reasoning())
	// Output:
	// A greeting.
}
