// Quickstart reads a document from disk and talks about it: a conversation of
// several turns, streamed, with the reasoning before each answer and what it
// took after it.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart "Who was the first to reach the bottom?"
//	go run ./examples/quickstart -doc examples/quickstart/deepsea.zh.md
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek; without,
// to a stand-in on loopback that needs neither a key nor a network.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Stdout); ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "\nstopped")
		os.Exit(130)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// start finds out what to talk to and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ExitOnError)
	doc := flags.String("doc", "examples/quickstart/hadal.md", "the `file` to talk about")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: quickstart [-doc file] [question ...]")
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
	return run(ctx, service, *doc, flags.Args(), stdout)
}

// run asks the questions, or those that are prepared for the document.
func run(ctx context.Context, service *demo.Service, doc string, questions []string, stdout io.Writer) error {
	name, text, err := read(doc)
	if err != nil {
		return err
	}
	if len(questions) == 0 {
		questions = prepared(name, string(text))
	}
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\nThe document is %s: %d lines.\n\n", service.About, filepath.ToSlash(name), strings.Count(string(text), "\n"))

	// The document stands at the beginning and the conversation only grows, so
	// that each request begins as the one before: DeepSeek bills what it has seen
	// already at a fraction of the price.
	req := &llm.Request{Messages: []llm.Message{
		llm.System("You answer questions about the document below. Keep to what it says.\n\n" + string(text)),
	}}
	for _, question := range questions {
		screen.Printf("> %s\n\n", question)
		req.Messages = append(req.Messages, llm.User(question))
		resp, err := ask(ctx, service.Client, req, screen)
		if err != nil {
			return err
		}
		req.Messages = append(req.Messages, resp.Message)
	}
	return screen.Err()
}

// bundled are the documents that come with the program, which may run anywhere.
//
//go:embed hadal.md deepsea.zh.md
var bundled embed.FS

// read reads a document, and returns the path at which it was found.
func read(doc string) (string, []byte, error) {
	name, err := demo.Find(doc)
	if errors.Is(err, fs.ErrNotExist) {
		if own, ok := strings.CutPrefix(filepath.ToSlash(doc), "examples/quickstart/"); ok {
			if text, err := bundled.ReadFile(own); err == nil {
				return doc, text, nil
			}
		}
	}
	if err != nil {
		return "", nil, err
	}
	text, err := os.ReadFile(name)
	return name, text, err
}

// ask shows the reply to req as it arrives, and returns it.
func ask(ctx context.Context, model llm.Model, req *llm.Request, screen *demo.Screen) (*llm.Response, error) {
	start := time.Now()
	var resp llm.Response
	for chunk, err := range model.Stream(ctx, req) {
		if err != nil {
			screen.End()
			return nil, err
		}
		screen.Show(chunk)
		resp.Add(chunk)
	}
	screen.End()
	screen.Bill(resp.Usage, time.Since(start))
	return &resp, nil
}

// prepared returns what to ask of a document when the user asks nothing.
func prepared(name, text string) []string {
	switch filepath.Base(name) {
	case "hadal.md":
		return []string{
			"How deep is the Challenger Deep?",
			"Who was the first to reach its bottom, and when?",
			"Why does no fish live below 8,400 metres?",
		}
	case "deepsea.zh.md":
		return []string{
			"奋斗者号下潜到了多少米？",
			"热液喷口是哪一年发现的？",
			"为什么深海鱼不怕高压？",
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return []string{"请概括这篇文章。"}
	}
	return []string{"Summarize the document."}
}
