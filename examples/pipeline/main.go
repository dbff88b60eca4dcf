// Pipeline reads what customers wrote, in English and Chinese, and lays it on the
// right desk: a ticket is made of each document, a branch by its topic decides what
// happens to it, a summary and a draft of the reply are written at once, and where
// the first model cannot make a ticket, a fallback can. All of that is one value of
// type chain.Func[Document, Answer], which is wired in pipeline.go; its prompts are
// the files in prompts.
//
//	go run ./examples/pipeline
//	go run ./examples/pipeline -o run.md examples/pipeline/texts/fax.txt
//	go run ./examples/pipeline -n 4 -journal done.jsonl path/to/*.txt
//
// One sees the steps as they start and end, the replies as they arrive, the value of
// each document, and at the end a picture of what ran, with the time, the tokens and
// the cost of each step, in the language of Mermaid, which GitHub shows in Markdown.
//
// With -n so many documents are worked on at once, with a line for each. With
// -journal a batch that was stopped goes on where it was.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, DeepSeek reads the documents;
// without, a stand-in on loopback, which does it by rules.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/examples/internal/demo"
)

func main() { demo.Main("pipeline", "stopped", start) }

// options are what the user asks for.
type options struct {
	n       int
	journal string
	picture string
	files   []string
}

// start reads the options, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("pipeline", flag.ExitOnError)
	var o options
	flags.IntVar(&o.n, "n", 0, "how many documents to work on at once, with a line for each; 0 is one after the other, with all that happens")
	flags.StringVar(&o.journal, "journal", "", "the `file` that remembers what is done, to go on after a stop")
	flags.StringVar(&o.picture, "o", "", "the `file` for the picture, in Markdown if it ends in .md; if empty, it is shown")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: pipeline [-n documents] [-journal file] [-o file] [file ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.files = flags.Args()
	var pace time.Duration
	if o.n == 0 && demo.IsTerminal(stdout) {
		pace = 8 * time.Millisecond // the stand-in is faster than the eye
	}
	service, err := demo.Connect(pace)
	if err != nil {
		return err
	}
	defer service.Close()
	return run(ctx, service, o, stdout)
}

// run sends the documents through the pipeline and shows what happens.
func run(ctx context.Context, service *demo.Service, o options, stdout io.Writer) error {
	docs, err := documents(o.files)
	if err != nil {
		return err
	}
	if o.picture != "" { // before anything is paid for
		if err := os.WriteFile(o.picture, nil, 0o644); err != nil {
			return err
		}
	}
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\n", service.About)

	var pipeline chain.Func[Document, Answer] = build(service.Client)
	if o.journal != "" {
		j := &chain.Journal{Path: o.journal}
		defer j.Close()
		// What other prompts made is made again.
		pipeline = chain.Journaled(j.Step("pipeline"+edition()), pipeline)
	}
	whole := func(ctx context.Context, d Document) (Answer, error) { // a root of the picture for each
		return chain.Named(filepath.Base(d.Name), pipeline)(ctx, d)
	}
	var rec trace.Recording
	ctx = trace.With(ctx, rec.Listen)
	begin := time.Now()
	work := live
	if o.n > 0 {
		work = batch
	}
	err = work(ctx, whole, docs, o.n, screen)
	steps, sum := priced(rec.Steps())
	if draw := picture(steps, o.picture, screen); err == nil {
		err = draw
	}
	bill(screen, len(docs), sum, time.Since(begin))
	return cmp.Or(err, screen.Err())
}

// live works on one document after the other and shows all that happens.
func live(ctx context.Context, f chain.Func[Document, Answer], docs []Document, _ int, screen *demo.Screen) error {
	for _, d := range docs {
		screen.Printf("%s\n\n", d.Name)
		v := newView(screen)
		for event, err := range chain.Stream(ctx, f, d) {
			if err != nil {
				v.close()
				return err
			}
			v.show(event)
		}
		screen.Printf("\n")
		describe(screen, v.answer, !v.spoke)
	}
	return nil
}

// batch works on n documents at once and shows a line for each. It goes on after
// one that fails.
func batch(ctx context.Context, f chain.Func[Document, Answer], docs []Document, n int, screen *demo.Screen) error {
	var first error
	failed := 0
	for i, r := range chain.Each(ctx, f, docs, n) {
		name := filepath.Base(docs[i].Name)
		if r.Err != nil {
			failed++
			first = cmp.Or(first, r.Err)
			screen.Printf("  ✗ %s\n", printable(r.Err.Error()))
			continue
		}
		t := r.Value.Ticket
		screen.Printf("  ✓ %-15s  %-8s  %s: %s, to the %s\n", name, t.Topic, t.Date, printable(cmp.Or(t.From.Name, t.From.Email)), r.Value.Desk)
	}
	screen.Printf("\n")
	if first != nil {
		return fmt.Errorf("%d of %d documents: %w", failed, len(docs), first)
	}
	return nil
}

// edition tells the prompts from all others.
func edition() string {
	p, b := prompts, strings.Builder{}
	for _, hash := range []string{p.ticket.Hash, p.careful.Hash, p.summary.Hash, p.billing.Hash, p.bug.Hash} {
		b.WriteString(" " + hash[:12])
	}
	return b.String()
}

// picture draws the steps, on the screen or into a file.
func picture(steps []trace.Step, file string, screen *demo.Screen) error {
	text := trace.Mermaid(steps)
	if filepath.Ext(file) != ".mmd" {
		text = "```mermaid\n" + text + "```\n"
	}
	if file == "" {
		screen.Printf("%s\n", text)
		return nil
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	screen.Printf("The picture is in %s.\n\n", file)
	return nil
}
