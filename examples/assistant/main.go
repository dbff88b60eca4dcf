// Assistant is an assistant on the terminal that is still there tomorrow. The
// conversation is in a file, and so are the notes that the model keeps about its user; it
// reads and writes the files of one folder, tells the time, and calculates. Whatever
// changes something is shown first, and done only if the user says yes.
//
//	go run ./examples/assistant
//	go run ./examples/assistant "Remember that my dog is called Rex."
//	go run ./examples/assistant -home path/to/folder -folder path/to/texts
//	go run ./examples/assistant -resume
//
// Each run is stored step by step. After Ctrl-C, or kill -9, -resume goes on with the
// last one: no model is asked again, and no tool called, for what was done before. A call
// that waited for an answer is asked about again.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek; without, to a
// stand-in on loopback, which goes by rules. What it reads may come from a pipe as well:
// a line is a message, or the answer to what was asked before.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
)

func main() {
	demo.Main("assistant", "stopped; -resume goes on with what was not finished", func(ctx context.Context, args []string, stdout io.Writer) error {
		return start(ctx, args, os.Stdin, stdout)
	})
}

// options are what the user asks for.
type options struct {
	home   string // where the conversation, the notes and the runs are
	folder string // whose files the assistant may use
	resume bool
	ask    string // a single thing to ask
}

// start reads the options, finds out what to talk to, and runs the program.
func start(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("assistant", flag.ExitOnError)
	var o options
	flags.StringVar(&o.home, "home", "", "the `folder` that the assistant keeps everything in; if empty, hadal-assistant among the user's settings")
	flags.StringVar(&o.folder, "folder", "", "the `folder` whose files it may read and, when asked, write; if empty, files in its home")
	flags.BoolVar(&o.resume, "resume", false, "go on with the last run, which was not finished")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: assistant [-home folder] [-folder folder] [-resume] [question]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.ask = strings.Join(flags.Args(), " ")
	if o.home == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return fmt.Errorf("%w: say where by -home", err)
		}
		o.home = filepath.Join(config, "hadal-assistant")
	}
	o.folder = cmp.Or(o.folder, filepath.Join(o.home, "files"))
	var pace time.Duration
	if demo.IsTerminal(stdout) {
		pace = 8 * time.Millisecond // the stand-in is faster than the eye
	}
	service, err := demo.Connect(pace)
	if err != nil {
		return err
	}
	return errors.Join(run(ctx, service, o, stdin, stdout), service.Close())
}

// run answers what the user says, line by line, until that ends.
func run(ctx context.Context, service *demo.Service, o options, stdin io.Reader, stdout io.Writer) error {
	for _, dir := range []string{o.home, o.folder} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	screen := demo.NewScreen(stdout)
	a := newAssistant(service.Client, o, screen, newInput(stdin))
	defer a.close()
	screen.Printf("%s\n\nAll is kept in %s, and files are written to %s.\n/notes shows the notes, /resume goes on with a run that was not finished, /quit ends the program.\n\n",
		service.About, filepath.ToSlash(o.home), filepath.ToSlash(o.folder))
	if o.resume {
		if err := a.turn(ctx, "/resume"); err != nil {
			return err
		}
	} else if id, err := a.last(); err == nil && id != "" {
		screen.Printf("[The last run was not finished: /resume goes on with it.]\n\n")
	}
	if o.ask != "" {
		screen.Printf("> %s\n", o.ask)
		return errors.Join(a.turn(ctx, o.ask), screen.Err())
	}
	for screen.Err() == nil {
		screen.Printf("> ")
		line, err := a.input.line(ctx)
		if err != nil || line == "/quit" {
			screen.Printf("\n")
			if err == io.EOF {
				err = nil
			}
			return errors.Join(err, screen.Err())
		}
		if line == "" {
			continue
		}
		if err := a.turn(ctx, line); err != nil {
			return err
		}
	}
	return screen.Err()
}
