// Fim fills a gap in the middle of a file, by what stands before and after it.
//
//	go run ./examples/fim
//	go run ./examples/fim main.go:17
//	go run ./examples/fim -w main.go:17:5
//
// The gap is where the file, or the line, has the comment /*gap*/, which it then
// replaces; or else at the end of the line, or ahead of the column, counted in
// bytes from 1. It only shows what it would write, unless it is told to write it.
// Without a file it fills a gap in one of its own.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, DeepSeek fills the gap; without,
// a stand-in on loopback, which does it by rules.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

func main() { demo.Main("fim", "stopped; nothing is written", start) }

// bundled is the file of whoever names none. It comes with the program, which may
// run anywhere.
//
//go:embed testdata/dives.go
var bundled []byte

const bundledName = "examples/fim/testdata/dives.go"

// options are what the user asks for.
type options struct {
	target string // file, file:line or file:line:column
	write  bool
	lines  int // on either side of the gap, that the model sees
	tokens int // that it may write
}

// start reads the options, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("fim", flag.ExitOnError)
	var o options
	flags.BoolVar(&o.write, "w", false, "write the file")
	flags.IntVar(&o.lines, "lines", 200, "show the model `n` lines on either side")
	flags.IntVar(&o.tokens, "tokens", 512, "let it write up to `n` tokens")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: fim [-w] [-lines n] [-tokens n] [file[:line[:column]]]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.target = flags.Arg(0)
	switch {
	case flags.NArg() > 1:
		return fmt.Errorf("there is one gap to fill at a time, not %d", flags.NArg())
	case o.lines < 1 || o.tokens < 1 || o.tokens > 4096:
		return errors.New("-lines must be positive, and -tokens from 1 to 4096")
	case o.target == "" && o.write:
		return errors.New("-w needs a file: the one that comes along stays as it is")
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
	return run(ctx, service, o, stdout)
}

// run fills the gap, shows it, and writes it if that is asked for.
func run(ctx context.Context, service *demo.Service, o options, stdout io.Writer) error {
	p := &place{path: bundledName, was: bundled}
	var err error
	if o.target == "" {
		err = p.locate(0, 0)
	} else {
		p, err = open(o.target)
	}
	if err != nil {
		return err
	}
	fim := deepseek.FIM{
		Prompt:      end(p.before, o.lines),
		Suffix:      beginning(p.after, o.lines),
		MaxTokens:   o.tokens,
		Temperature: new(0.0), // code is to be right, not original
	}
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\nThe gap is at %v; the model sees %d bytes before it and %d after it.\n\n", service.About, p, len(fim.Prompt), len(fim.Suffix))
	resp, err := fill(ctx, service.Client, fim, p, stdout)
	if err != nil {
		return err
	}
	return errors.Join(finish(p, resp, o.write, screen), screen.Err())
}

// fill streams the text of the gap into a listing of the lines around it.
func fill(ctx context.Context, client *deepseek.Client, fim deepseek.FIM, p *place, stdout io.Writer) (*llm.Response, error) {
	model := llm.Wrap(llm.ModelFunc(func(ctx context.Context, _ *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return client.StreamFIM(ctx, fim)
	}), llm.Retry(3))
	l := &listing{w: stdout, line: p.line}
	l.before(p.before)
	start := time.Now()
	var resp llm.Response
	for chunk, err := range model.Stream(ctx, new(llm.Request)) {
		if err != nil {
			l.end()
			return nil, err
		}
		l.show(chunk.Text)
		resp.Add(chunk)
	}
	l.after(p.after)
	screen := demo.NewScreen(stdout)
	screen.Bill(resp.Usage, time.Since(start))
	return &resp, errors.Join(l.err, screen.Err())
}

// finish says what has become of the file, and writes it if write is set. What is
// cut off is not written, nor what breaks the syntax.
func finish(p *place, resp *llm.Response, write bool, screen *demo.Screen) error {
	text := p.fitted(resp.Text())
	var broken error
	switch {
	case resp.Finish == llm.FinishLength:
		broken = errors.New("the text is cut off at the limit of -tokens")
	case resp.Finish != llm.FinishStop:
		broken = fmt.Errorf("the text is not all: it ended by %q", resp.Finish)
	case text == "":
		screen.Printf("The model leaves the gap as it is.\n")
		return nil
	case p.isGo():
		err := syntax(p.path, p.before+text+p.after)
		switch {
		case err == nil:
			screen.Printf("The file parses with it.\n")
		case syntax(p.path, p.before+p.after) == nil:
			broken = fmt.Errorf("the file parses without it, but not with it: %w", err)
		default:
			screen.Printf("The file does not parse with it: %v\n", err)
		}
	}
	switch {
	case write && broken != nil:
		return fmt.Errorf("not written: %w", broken)
	case write:
		if err := p.write(text); err != nil {
			return fmt.Errorf("not written: %w", err)
		}
		screen.Printf("It is written to %s.\n", filepath.ToSlash(p.path))
		return nil
	case broken != nil:
		screen.Printf("It would not be written: %v.\n", broken)
	default:
		screen.Printf("It is not written; -w does that.\n")
	}
	return nil
}
