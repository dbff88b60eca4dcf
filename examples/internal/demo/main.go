package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Main is the main function of a program. It calls start with a context that Ctrl-C ends,
// the arguments, and the standard output. After Ctrl-C it says what stopped says, and exits
// with 130, as a shell has it; after an error it says that, with advice, and exits with 1.
func Main(name, stopped string, start func(ctx context.Context, args []string, stdout io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, os.Args[1:], os.Stdout)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\n"+stopped)
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		if advice := Advice(err); advice != "" {
			fmt.Fprintf(os.Stderr, "%s: %s.\n", name, advice)
		}
		os.Exit(1)
	}
}
