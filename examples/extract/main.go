// Extract makes Go values of documents: of invoices, CVs and mails, in English and
// Chinese, tidy or not. The types are in invoice.go, cv.go and mail.go, and all that
// the model is told of them is in their tags.
//
//	go run ./examples/extract
//	go run ./examples/extract -stream examples/extract/texts/cv/keller.txt
//	go run ./examples/extract -kind mail path/to/mail.txt
//	go run ./examples/extract -mode json -kind invoice
//
// Without a file it takes those in texts, and shows a line for each; of a file that
// is named it shows all. With -stream one sees the fields fill in as they arrive.
//
// Below the values it says what had to be done to get them: what was repaired in the
// reply, and what sent it back to the model. There is more of that where the provider
// is of less help: -mode json has it see to it that the reply is JSON, -mode text to
// nothing. Without -mode the best is taken that it has.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, DeepSeek reads the documents;
// without, a stand-in on loopback, which does it by rules.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/output"
)

func main() { demo.Main("extract", "stopped", start) }

// options are what the user asks for.
type options struct {
	kind   string
	mode   output.Mode
	stream bool
	files  []string
}

// start reads the options, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("extract", flag.ExitOnError)
	var o options
	flags.StringVar(&o.kind, "kind", "", "what the documents are: invoice, cv or mail")
	flags.StringVar((*string)(&o.mode), "mode", "", "how the model is kept to the schema: schema, strict, tool, json or text")
	flags.BoolVar(&o.stream, "stream", false, "show the fields as they fill in")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: extract [-kind kind] [-mode mode] [-stream] [file ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.files = flags.Args()
	var pace time.Duration
	if o.stream && demo.IsTerminal(stdout) {
		pace = 8 * time.Millisecond // the stand-in is faster than the eye
	}
	service, err := demo.Connect(pace)
	if err != nil {
		return err
	}
	defer service.Close()
	return run(ctx, service, o, stdout)
}

// run makes values of the documents and shows them.
func run(ctx context.Context, service *demo.Service, o options, stdout io.Writer) error {
	docs, err := documents(o.files, o.kind)
	if err != nil {
		return err
	}
	d := &desk{service: service, mode: o.mode, screen: demo.NewScreen(stdout), start: time.Now()}
	d.screen.Printf("%s\n\n", service.About)
	if o.stream {
		d.live = &live{screen: d.screen, redraw: demo.IsTerminal(stdout)}
	}
	for _, of := range split(docs) {
		if err := d.work(ctx, of, len(o.files) > 0 || o.stream); err != nil {
			return err
		}
	}
	d.screen.Bill(d.usage, time.Since(d.start))
	return d.screen.Err()
}

// split returns the documents by kind, in the order of the kinds.
func split(docs []document) [][]document {
	var list [][]document
	for _, kind := range kinds {
		var of []document
		for _, d := range docs {
			if d.kind == kind {
				of = append(of, d)
			}
		}
		if of != nil {
			list = append(list, of)
		}
	}
	return list
}
