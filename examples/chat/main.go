// Chat is a chat on the terminal. It remembers what was said until /new.
//
//	go run ./examples/chat
//
// Ctrl-C stops a reply and not the program; a second one, or Ctrl-D, or /quit
// ends it. With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek;
// without, to a stand-in on loopback, which answers from what it has been told.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

func main() {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	if err := start(context.Background(), os.Args[1:], interrupts); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// start finds out what to talk to and runs the program.
func start(ctx context.Context, args []string, interrupts <-chan os.Signal) error {
	flags := flag.NewFlagSet("chat", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), "usage: chat") }
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is of no use here: start the program, and type what there is to say", flags.Arg(0))
	}
	var pace time.Duration
	if demo.IsTerminal(os.Stdout) {
		pace = 8 * time.Millisecond // the stand-in is faster than the eye
	}
	service, err := demo.Connect(pace)
	if err != nil {
		return err
	}
	return errors.Join(run(ctx, service, os.Stdin, os.Stdout, interrupts), service.Close())
}

// A chat is a conversation on a terminal.
type chat struct {
	model      llm.Model
	screen     *demo.Screen
	interrupts <-chan os.Signal
	history    []llm.Message // whole turns: a question and its reply, finished
}

// run chats until the input ends or the user has had enough.
func run(ctx context.Context, service *demo.Service, stdin io.Reader, stdout io.Writer, interrupts <-chan os.Signal) error {
	c := &chat{
		model:      llm.Wrap(service.Client, llm.Retry(3)),
		screen:     demo.NewScreen(stdout),
		interrupts: interrupts,
	}
	done := make(chan struct{})
	defer close(done)
	lines, readErr := read(stdin, done)
	c.screen.Printf("%s\n\n/new begins a new conversation, /quit ends the program, Ctrl-C stops a reply.\n\n", service.About)

	leaving := false // an interrupt was the last thing to come from the user
	for c.screen.Err() == nil {
		c.screen.Printf("> ")
		select {
		case line, more := <-lines:
			if !more {
				c.screen.Printf("\n")
				return errors.Join(*readErr, c.screen.Err())
			}
			leaving = false
			switch line = strings.TrimSpace(line); {
			case line == "/quit":
				return c.screen.Err()
			case line == "/new":
				c.history = nil
				c.screen.Printf("A new conversation.\n\n")
			case strings.HasPrefix(line, "/"):
				c.screen.Printf("There is no command %s, only /new and /quit.\n\n", line)
			case line != "":
				leaving = c.turn(ctx, line)
			}
		case <-interrupts:
			c.screen.Printf("\n")
			if leaving {
				return c.screen.Err()
			}
			leaving = true
			c.screen.Printf("[Ctrl-C again to leave]\n")
		}
	}
	return c.screen.Err()
}

// read returns a channel of the lines of r, which is closed at their end, and
// what the reading failed with, to be looked at then. Nobody waits for the
// goroutine that reads: a read from a terminal cannot be given up, and ends with
// the program.
func read(r io.Reader, done <-chan struct{}) (<-chan string, *error) {
	lines, err := make(chan string), new(error)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(r)
		in.Buffer(nil, 1<<20) // people paste documents
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-done:
				return
			}
		}
		*err = in.Err()
	}()
	return lines, err
}

var errStopped = errors.New("stopped by the user")

// turn shows the reply to what the user said. It reports whether the user
// stopped it.
//
// Only a whole turn becomes part of the conversation. Half a reply would be taken
// for the model's own words from then on, and a question without a reply would
// be answered along with the next one. So what arrived of a reply that was
// stopped, or broke off, is only shown.
func (c *chat) turn(ctx context.Context, said string) (stopped bool) {
	ctx, stop := context.WithCancelCause(ctx)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-c.interrupts:
			stop(errStopped)
		case <-ctx.Done():
		}
	})
	defer waiting.Wait()
	defer stop(nil)

	start := time.Now()
	turn := append(c.history[:len(c.history):len(c.history)], llm.User(said))
	var resp llm.Response
	c.screen.Printf("\n")
	for chunk, err := range c.model.Stream(ctx, &llm.Request{Messages: turn}) {
		if err != nil {
			c.screen.End()
			return c.broken(err)
		}
		c.screen.Show(chunk)
		resp.Add(chunk)
	}
	c.screen.End()
	c.screen.Bill(resp.Usage, time.Since(start))
	c.history = append(turn, resp.Message)
	return false
}

// broken says why there is no reply. It reports whether the user wanted none.
func (c *chat) broken(err error) bool {
	if errors.Is(err, errStopped) {
		c.screen.Printf("[stopped, and left out of the conversation; Ctrl-C again to leave]\n\n")
		return true
	}
	c.screen.Printf("[no reply: %v]\n\n", err)
	return false
}
