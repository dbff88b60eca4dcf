// Fakedeepseek serves DeepSeek's API on loopback until it is interrupted, for programs
// that run without a key, in any language: it prints the setting that leads them there.
//
//	go run ./examples/fakedeepseek
//
// Rules answer instead of a language model. Things go wrong as flags say:
//
//	go run ./examples/fakedeepseek -v -fault status=429,for=2,retry-after=1s -fault cut=1200,every=5
//
// The flag -help lists all that can.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "fakedeepseek:", err)
		os.Exit(1)
	}
}

// run serves until ctx is over.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("fakedeepseek", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it all
	addr := flags.String("addr", "127.0.0.1:0", "")
	remote := flags.Bool("remote", false, "")
	verbose := flags.Bool("v", false, "")
	flags.Var(&p, "fault", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return help(stdout)
	case err != nil:
		return fmt.Errorf("%w (-help explains the flags)", err)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag (-help explains those)", flags.Arg(0))
	}
	l, err := listen(*addr, *remote)
	if err != nil {
		return err
	}
	server := deepseektest.Serve(l, p.over(deepseektest.StandIn()))
	defer server.Close()
	server.Script("/", p.over(deepseektest.Reply{}))
	if *verbose {
		server.Wrap(logTo(stderr))
	}
	if _, err := fmt.Fprintf(stdout, "DEEPSEEK_BASE_URL=%s\n", server.URL()); err != nil {
		return err
	}
	<-ctx.Done()
	return server.Close()
}

// listen listens at an address, which only this machine can reach unless remote
// is set: whoever reaches the server is answered.
func listen(addr string, remote bool) (net.Listener, error) {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("-addr is a host and a port, such as 127.0.0.1:8080: %w", err)
	}
	if !remote && !a.IP.IsLoopback() {
		return nil, fmt.Errorf("-addr %s: other machines can reach that; if they are to, add -remote", addr)
	}
	l, err := net.ListenTCP("tcp", a)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// help explains the flags.
func help(w io.Writer) error {
	fmt.Fprint(w, `Fakedeepseek serves DeepSeek's API until it is interrupted. Rules answer, and
not a language model. The first line that it prints is the setting that leads
programs to it:

  DEEPSEEK_BASE_URL=http://127.0.0.1:40000

  -addr HOST:PORT   the address; 127.0.0.1:0, a free port, if there is no -addr
  -remote           the address may be one that other machines can reach
  -v                a line on standard error for each request: what, which status
                    and which fault; never a key, nor what is said
  -fault SPEC       what goes wrong, and with which requests; may be repeated, and
                    the first that fits a request is the one

A SPEC is some of these with commas between them. What goes wrong:

`)
	list(w, false)
	fmt.Fprint(w, `
And which requests, if not all of POST /chat/completions. Each fault counts for
itself; a request to the model that breaks a rule of the API is refused and not
counted.

`)
	list(w, true)
	_, err := fmt.Fprint(w, `
For example:

  -fault status=429,retry-after=2s,for=2          two refusals, then all is well
  -fault status=429,for=2 -fault cut=1200,after=2 and then each reply breaks off
  -fault stall=500,every=5                        every fifth falls silent
  -fault delay=2s,share=0.1                       one in ten is slow
  -fault trickle=3,pace=50ms                      three bytes at a time
  -fault status=503,path=/models                  the list of models is down
  -fault no-done,path=/responses                  replies under a schema do not end
  -fault cut,path=/files/                         no answer to what is said of a file
  -fault 'status=400,message=Content Exists Risk' an error with a text
  -fault wire=@reply.sse                          what was recorded, byte for byte
`)
	return err
}
