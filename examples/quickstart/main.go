// Quickstart is an agent that answers questions about a folder of documents. It lists,
// searches and reads them, has what is to be worked out calculated, remembers what was
// said, and answers with a value of a Go type. All that it does is shown as it happens.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart "Which dive was the deepest?" "And what was the pressure there?"
//	go run ./examples/quickstart "奋斗者号比蛟龙号深多少米？" "那里的压力有多大？"
//	go run ./examples/quickstart -folder path/to/texts "What is the total of the invoices?"
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek; without,
// to a stand-in on loopback that needs neither a key nor a network.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/calc"
	"github.com/hadal-go/hadal/tools/files"
)

func main() { demo.Main("quickstart", "stopped", start) }

// start finds out what to talk to and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ExitOnError)
	folder := flags.String("folder", documents, "the `folder` of documents to ask about")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: quickstart [-folder folder] [question ...]")
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
	dir, cleanup, err := open(*folder)
	if err != nil {
		return err
	}
	defer cleanup()
	return run(ctx, service, dir, flags.Args(), stdout)
}

// An Answer is what the agent answers with: the model is shown its schema, and what it
// writes is checked.
type Answer struct {
	Answer  string   `json:"answer" jsonschema:"minLength=1" jsonschema_description:"the answer, in one to three sentences, in the language of the question"`
	Figures []Figure `json:"figures" jsonschema_description:"the numbers that the answer rests on, and what was worked out from them"`
	Sources []string `json:"sources" jsonschema_description:"paths of the documents that they are from"`
}

// A Figure is a number that matters.
type Figure struct {
	Name  string  `json:"name" jsonschema_description:"what it is of, in a few words"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit" jsonschema_description:"such as m or bar; empty if there is none"`
}

const system = `You answer questions about the documents of a folder.
Find what you need in them, and keep to what they say. Have the calculator do the arithmetic.
If the documents do not say it, answer that.`

// newAgent is all there is to it: a model, what it is told, what it may use, what it
// remembers, and how far it may go.
func newAgent(model llm.Model, dir string) *agent.Agent {
	docs := &files.Folder{Dir: dir}
	return agent.Typed[Answer](&agent.Agent{
		Name:   "quickstart",
		Model:  llm.Wrap(model, llm.Retry(3)),
		System: system,
		Tools: append(docs.Tools(), // to list, search and read; not to write
			calc.Tool(),
			tools.With(
				tools.New("pressure", "Works out the pressure of sea water at a depth.", pressure),
				tools.Policy{Effect: tools.Reads}),
		),
		Memory: new(memory.Buffer),
		Limits: agent.Limits{Calls: 12, Tools: 30, Time: 3 * time.Minute, Finish: true},
	})
}

// run asks the questions one after the other, or those that are prepared.
func run(ctx context.Context, service *demo.Service, dir string, questions []string, stdout io.Writer) error {
	if len(questions) == 0 {
		questions = prepared(dir)
	}
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\nThe documents are in %s.\n\n", service.About, filepath.ToSlash(dir))
	a := newAgent(service.Client, dir)
	for _, question := range questions {
		screen.Printf("> %s\n\n", question)
		for event, err := range a.Stream(ctx, question) {
			if err != nil {
				screen.End()
				return err
			}
			if err := show(screen, event); err != nil {
				return err
			}
		}
	}
	return screen.Err()
}

// show shows what happens, as it happens.
func show(screen *demo.Screen, event *agent.Event) error {
	switch event.Kind() {
	case "chunk":
		screen.Show(event.Chunk)
	case "call":
		if event.Call.Name != "answer" { // which is shown in whole, in the end
			screen.Call(event.Call.ToolCall, 0)
		}
	case "result":
		if event.Call.Name != "answer" || event.Outcome.Result.IsError {
			screen.Result(event.Call.ToolCall, event.Outcome.Result, 0)
		}
	case "retry", "limit":
		screen.End()
		screen.Printf("[%s: %v]\n", event.Kind(), event.Err)
	case "done":
		var answer Answer
		if err := agent.Value(event.Result, &answer); err != nil {
			return err
		}
		screen.End()
		describe(screen, answer)
		used := event.Run.Used()
		screen.Printf("[%d model calls, %d tool calls]\n", used.Calls, used.Tools)
		screen.Bill(event.Result.Usage, event.Result.Elapsed)
	}
	return nil
}
