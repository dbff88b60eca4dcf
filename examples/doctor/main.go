// Doctor examines whether a program can talk to DeepSeek from here: the key, the
// way there, the account, the models, the clock, and how fast replies come. Where
// something is wrong, it says what to do, and its exit status is 1.
//
//	go run ./examples/doctor
//	go run ./examples/doctor -model deepseek-v4-pro -timeout 2m
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it examines DeepSeek, by two
// requests of some 400 tokens; without, a stand-in on loopback. It never prints
// the key or any part of it, nor a password of a proxy.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/hadal-go/hadal/examples/internal/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	healthy, err := start(ctx, os.Args[1:], os.Stdout)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nstopped")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "doctor:", err)
		os.Exit(1)
	case !healthy:
		os.Exit(1)
	}
}

// start finds out what to examine and examines it. It reports whether nothing is
// wrong.
func start(ctx context.Context, args []string, stdout io.Writer) (bool, error) {
	flags := flag.NewFlagSet("doctor", flag.ExitOnError)
	model := flags.String("model", "", "the model to try, by its `name`; if empty, $DEEPSEEK_MODEL")
	timeout := flags.Duration("timeout", time.Minute, "how long all of it may take, such as 90s")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 {
		return false, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	if *timeout <= 0 {
		return false, fmt.Errorf("-timeout is %v: it must be positive", *timeout)
	}
	service, err := demo.Connect(0)
	if err != nil {
		return false, err
	}
	defer service.Close()
	if *model != "" {
		service.Client.Model = *model
	}
	return newDoctor(service, *timeout).run(ctx, stdout)
}
