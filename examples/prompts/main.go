// Prompts shows what a prompt can be made of: files with partials, a version and a
// hash, examples that are chosen for the question, the history of a conversation,
// settings for a kind of task, and the check that finds what keeps a prompt from
// being cached. It prints the messages as they are sent, sends them, and shows what
// the cache of the provider had of them.
//
//	go run ./examples/prompts
//	go run ./examples/prompts "When does the first ferry leave?" "And the last one?"
//
// The prompts are the files in prompts, next to this one.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, DeepSeek answers; without, a
// stand-in on loopback that needs neither a key nor a network.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

func main() { demo.Main("prompts", "stopped", start) }

// start reads the questions, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("prompts", flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: prompts [question ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	var pace time.Duration
	if demo.IsTerminal(stdout) {
		pace = 8 * time.Millisecond // the stand-in is faster than the eye
	}
	service, err := demo.Connect(pace)
	if err != nil {
		return err
	}
	defer service.Close()
	return run(ctx, service, flags.Args(), stdout)
}

// run shows the prompts, and has the conversation.
func run(ctx context.Context, service *demo.Service, questions []string, stdout io.Writer) error {
	if len(questions) == 0 {
		questions = []string{"What does it cost to take my bicycle to Skerry?", "And when does the first ferry leave on a Sunday?"}
	}
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\n", service.About)
	listFiles(screen)
	if err := showBraces(ctx, screen); err != nil {
		return err
	}
	if err := showChoosers(ctx, screen); err != nil {
		return err
	}
	showLint(screen)
	if err := converse(ctx, service.Client, questions, screen); err != nil {
		return err
	}
	return screen.Err()
}

// day is that of the crossing. What a message says of the day of today would be
// another one on each day, and so stands at the end of the prompt.
var day = time.Date(2026, time.March, 15, 0, 0, 0, 0, time.UTC)

// converse asks one question after the other, each with what was said before.
func converse(ctx context.Context, client llm.Model, questions []string, screen *demo.Screen) error {
	// What the file leaves open, the settings for conversation say.
	model := llm.Wrap(client, llm.Defaults(prompt.ForChat()))
	visit := Visit{Day: day}
	for i, question := range questions {
		visit.Question = question
		req, err := desk.Request(ctx, visit)
		if err != nil {
			return err
		}
		screen.Printf("Request %d, as it is sent to %s\n\n", i+1, cmp.Or(req.Model, "the default model"))
		show(screen, req.Messages)
		begin := time.Now()
		var resp llm.Response
		for chunk, err := range model.Stream(ctx, req) {
			if err != nil {
				screen.End()
				return err
			}
			screen.Show(chunk)
			resp.Add(chunk)
		}
		screen.End()
		screen.Bill(resp.Usage, time.Since(begin))
		visit.Past = append(visit.Past, llm.User(question), resp.Message)
	}
	return nil
}
