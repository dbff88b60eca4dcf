// Fakedeepseek serves DeepSeek's API on loopback until it is interrupted, for programs
// that run without a key: it prints the setting that leads them there.
//
//	go run ./examples/fakedeepseek
//
// Rules answer instead of a language model.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fakedeepseek:", err)
		os.Exit(1)
	}
}

// run serves until ctx is over.
func run(ctx context.Context, stdout io.Writer) error {
	server, err := deepseektest.Start(deepseektest.StandIn())
	if err != nil {
		return err
	}
	defer server.Close()
	if _, err := fmt.Fprintf(stdout, "DEEPSEEK_BASE_URL=%s\n", server.URL()); err != nil {
		return err
	}
	<-ctx.Done()
	return server.Close()
}
