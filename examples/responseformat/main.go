// Responseformat is for those who look for response_format: it shows
// {"type": "json_object"}, {"type": "json_schema"} and Hadal's output.Extract side by
// side, on one short text: what each sends, what comes back, and what of it is
// checked.
//
//	go run ./examples/responseformat
//	go run ./examples/responseformat "Hello, this is Bo Li. 3 tickets for 5 May 2026, please."
//
// By hand, json_object is llm.FormatJSON in a request, and json_schema is the field
// Schema. Either can be cut off, blank or wrong; Extract checks what came, and has
// the model correct it.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek; without, to a
// stand-in on loopback that needs neither a key nor a network.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

func main() { demo.Main("responseformat", "stopped", start) }

// letter is the text of whoever brings none.
const letter = "Hello, this is Ada Byron. Please book 2 tickets for the night dive on 3 March 2026. " +
	"The price on your page was 1,250.00 NOK each. Write to ada@example.org."

// start reads the arguments, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("responseformat", flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: responseformat [text]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	text := letter
	switch flags.NArg() {
	case 0:
	case 1:
		text = flags.Arg(0)
	default:
		return fmt.Errorf("there is one text to read, not %d: put it in quotes", flags.NArg())
	}
	service, err := demo.Connect(0)
	if err != nil {
		return err
	}
	defer service.Close()
	return run(ctx, service, text, stdout)
}

// run shows each way, and then what became of the fields.
func run(ctx context.Context, service *demo.Service, text string, stdout io.Writer) error {
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\nThe text: %s\n\n", service.About, text)
	var done []outcome
	for i, w := range ways {
		screen.Printf("%d. %s\n\n", i+1, w.name)
		s := newSpy(service)
		out, err := w.do(ctx, s.client, text)
		if err != nil {
			return fmt.Errorf("%s: %w", w.short, err)
		}
		for _, sent := range s.sent() {
			screen.Printf("   sent     %s\n", sent)
		}
		show(screen, "   came     ", out.came)
		screen.Printf("   checked  %s\n\n", w.checked)
		for _, note := range out.notes {
			show(screen, "            ", note)
		}
		if out.notes != nil {
			screen.Printf("\n")
		}
		done = append(done, out)
	}
	screen.Printf("%s", compare(done))
	return screen.Err()
}

// show shows what a model wrote, or what quotes it, in a line.
func show(screen *demo.Screen, about, text string) {
	screen.Printf("%s", about)
	screen.Show(&llm.Chunk{Text: text})
	screen.End()
}
