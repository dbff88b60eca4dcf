// Package hadal is the root of Hadal, a framework for agents and pipelines on
// DeepSeek. It holds no code: import the packages below it.
//
// Two shapes carry everything. What talks to a model is an [llm.Model], with one
// method, Stream. What else there is to do is a function
//
//	func(ctx context.Context, in I) (O, error)
//
// What changes how a model behaves wraps it. So the smallest program needs no
// set-up but a key in $DEEPSEEK_API_KEY:
//
//	resp, err := llm.Generate(ctx, &deepseek.Client{}, llm.Prompt("Why is the sky blue?"))
//	if err != nil {
//		return err
//	}
//	fmt.Println(resp.Text())
//
// Begin with package [llm], the vocabulary, and [deepseek], the client. Package
// [output] makes checked Go values of what a model writes, [prompt] makes what is
// said to it of Go values, and [chain] composes functions. Package
// [deepseektest] serves DeepSeek's API on loopback, for tests and for running
// without a key, and [llmtest] scripts a model without any network. Each program
// under examples shows one idea; examples/quickstart is the first to run:
//
//	go run ./examples/quickstart
//
// [llm.Model]: https://pkg.go.dev/github.com/hadal-go/hadal/llm#Model
// [llm]: https://pkg.go.dev/github.com/hadal-go/hadal/llm
// [deepseek]: https://pkg.go.dev/github.com/hadal-go/hadal/llm/deepseek
// [prompt]: https://pkg.go.dev/github.com/hadal-go/hadal/chain/prompt
// [chain]: https://pkg.go.dev/github.com/hadal-go/hadal/chain
// [output]: https://pkg.go.dev/github.com/hadal-go/hadal/output
// [deepseektest]: https://pkg.go.dev/github.com/hadal-go/hadal/llm/deepseek/deepseektest
// [llmtest]: https://pkg.go.dev/github.com/hadal-go/hadal/llm/llmtest
package hadal
