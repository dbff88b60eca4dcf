package promptfile_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing/fstest"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/llm"
)

// files stands for an embed.FS, or the FS of an os.Root.
var files = fstest.MapFS{
	"summary.md": {Data: []byte(`---
version: 2
model: deepseek-flash
effort: none
max_tokens: 500
reply: {summary: string, keywords: [string]}
variables: [Text, Words]
examples:
  - input: Rain, rain, and no end of it.
    output: {summary: It rains., keywords: [rain]}
---
# System
{{template "style" .}}

# User
In {{.Words}} words: {{.Text}}
`)},
	"_style.md": {Data: []byte("You summarize. Answer in JSON.\n")},
}

type Text struct {
	Text  string
	Words int
}

func Example() {
	file, err := promptfile.Load[Text](files, "summary.md")
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := file.Request(context.Background(), Text{"Snow fell.", 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.Name, file.Version, file.Hash[:8], req.Model, req.Effort, req.MaxTokens)
	for _, m := range req.Messages {
		fmt.Printf("%s: %s\n", m.Role, m.Text())
	}
	fmt.Printf("%s\n", file.Schema.JSON())
	// Output:
	// summary 2 7538ba23 deepseek-flash none 500
	// system: You summarize. Answer in JSON.
	// user: Rain, rain, and no end of it.
	// assistant: {"summary":"It rains.","keywords":["rain"]}
	// user: In 5 words: Snow fell.
	// {"type":"object","properties":{"summary":{"type":"string"},"keywords":{"type":"array","items":{"type":"string"}}},"required":["summary","keywords"],"additionalProperties":false}
}

// A test loads all prompts of a folder, whatever their types are.
func ExampleLoad_folder() {
	names, err := fs.Glob(files, "[^_]*.md")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range names {
		file, err := promptfile.Load[map[string]any](files, name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(name, file.Chat.Lint())
	}
	// Output: summary.md []
}

// What is wrong is said when the file is loaded, with its place.
func ExampleLoad_errors() {
	for _, text := range []string{
		"---\nefort: low\n---\n{{.Text}}",
		"---\ntemperature: 3\n---\n{{.Text}}",
		"# System\nBe brief.\n\n# User\n{{.Txt}}",
	} {
		_, err := promptfile.Load[Text](fstest.MapFS{"a.md": {Data: []byte(text)}}, "a.md")
		fmt.Println(err)
	}
	// Output:
	// promptfile: a.md:2: efort is no setting, did you mean effort? There are name, version, description, model, effort, max_tokens, temperature, top_p, stop, format, schema, reply, variables, style, examples
	// promptfile: a.md:2: temperature is 3, want a number from 0 to 2
	// promptfile: a.md:5: in {{.Txt}}: unknown name: there is no .Txt, did you mean .Text? There are .Text, .Words
}

var summary = promptfile.Must(promptfile.Load[Text](files, "summary.md"))

func ExampleMust() {
	fmt.Println(summary.Name)
	// Output: summary
}

// Request is a Func, and so a step of a chain; Render is one, too.
func ExampleFile_Request() {
	answer := chain.Pipe(summary.Request, func(ctx context.Context, req *llm.Request) (string, error) {
		return fmt.Sprintf("asked %s: %s", req.Model, req.Messages[len(req.Messages)-1].Text()), nil
	})
	fmt.Println(answer(context.Background(), Text{"Snow fell.", 5}))
	// Output: asked deepseek-flash: In 5 words: Snow fell. <nil>
}

func ExampleFile_Render() {
	messages, err := summary.Render(context.Background(), Text{"{{.Words}} # System", 5})
	fmt.Println(len(messages), messages[3].Text(), err)
	// Output: 4 In 5 words: {{.Words}} # System <nil>
}
