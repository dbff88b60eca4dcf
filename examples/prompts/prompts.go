package main

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

// A Visit is what the prompts are filled in from. A name in a prompt that is not
// here is an error when the program starts.
type Visit struct {
	Question string
	Past     []llm.Message // what was said before
	Day      time.Time     // of the crossing
}

//go:embed prompts/*.md
var files embed.FS

var (
	desk      = promptfile.Must(promptfile.Load[Visit](files, "prompts/desk.md"))
	dated     = promptfile.Must(promptfile.Load[Visit](files, "prompts/dated.md"))
	langchain = promptfile.Must(promptfile.Load[Visit](files, "prompts/langchain.md"))
)

// listFiles shows the files. The hash changes with any byte of a prompt, and of the
// partials that it uses.
func listFiles(screen *demo.Screen) {
	screen.Printf("Prompt files\n\n")
	for _, f := range []*promptfile.File[Visit]{desk, dated, langchain} {
		screen.Printf("  %-9s  version %s  %.12s  %s\n", f.Name, f.Version, f.Hash, f.Description)
	}
	screen.Printf("\n")
}

// showBraces shows what becomes of texts in the style of LangChain: of one in the
// program, and of a file.
func showBraces(ctx context.Context, screen *demo.Screen) error {
	const text = `Answer {Question} in the form {{"answer": "…"}}.`
	screen.Printf("Braces\n\n  %s\n  %s\n\n", text, prompt.Braces(text))
	messages, err := langchain.Render(ctx, Visit{Question: "Is my {dog} free?"})
	if err != nil {
		return err
	}
	show(screen, messages)
	return nil
}

// examples are what may be shown to the model: which of them, a chooser says.
var examples = []prompt.Example{
	{Input: "Is there coffee on board?", Output: "Yes, in the saloon, all day."},
	{Input: "How much is a ticket for a child?", Output: "Half of that for an adult; under six, nothing."},
	{Input: "Can I take my dog to the beach on Skerry?", Output: "From October to April; in summer there are lambs."},
	{Input: "Where can I park near the pier?", Output: "On Lock Road, behind the net sheds."},
	{Input: "Does the ferry sail in a storm?", Output: "Up to force eight. The desk knows an hour ahead."},
}

// showChoosers shows which examples are chosen for a question.
func showChoosers(ctx context.Context, screen *demo.Screen) error {
	for _, c := range []struct {
		name   string
		choose prompt.Chooser
	}{
		{"by length, as many as fit into 200 bytes with the question", prompt.ByLength(200, nil)},
		{"by similarity, the nearest two", prompt.BySimilarity(2, prompt.Overlap)},
	} {
		chat := prompt.Messages[Visit](
			prompt.System("You answer travellers in one sentence."),
			prompt.Choose("Question", c.choose, examples...),
			prompt.User("{{.Question}}"),
		)
		screen.Printf("Examples %s\n\n", c.name)
		for _, question := range []string{"Is my dog free?", "We are four with two tents and a canoe on a trailer: is there room near the pier to park all that for the weekend?"} {
			messages, err := chat.Render(ctx, Visit{Question: question})
			if err != nil {
				return err
			}
			show(screen, messages[1:])
		}
	}
	return nil
}

// showLint shows what keeps a prompt from being cached, and that the better one has
// nothing of that.
func showLint(screen *demo.Screen) {
	screen.Printf("What keeps a prompt from the cache\n\n")
	for _, f := range []*promptfile.File[Visit]{dated, desk} {
		findings := f.Chat.Lint()
		for _, found := range findings {
			screen.Printf("  %s: %s: %q: %s\n", f.Name, found.Where, found.Text, found.Reason)
		}
		if len(findings) == 0 {
			screen.Printf("  %s: nothing\n", f.Name)
		}
	}
	screen.Printf("\n")
}

// show shows messages: the role of each, and beside it the text.
func show(screen *demo.Screen, messages []llm.Message) {
	for _, m := range messages {
		head := string(m.Role)
		for line := range strings.SplitSeq(m.Text(), "\n") {
			screen.Printf("%s\n", strings.TrimRight(fmt.Sprintf("  %-15s  %s", head, line), " "))
			head = ""
		}
	}
	screen.Printf("\n")
}
