// Handoff is the desk of a dive shop: a triage agent finds out what a customer wants and
// hands over to one of two specialists, billing and support, who answer. Each has tools of
// its own, and both may ask a third agent, as a tool, what the shop's terms say.
//
//	go run ./examples/handoff
//	go run ./examples/handoff -as bo "My dive computer has a blank display."
//	go run ./examples/handoff "我的订单 1042 被扣了两次款，能退款吗？"
//
// What happens is shown as it happens, also inside of the agents that others call. Which
// customer it is the tools learn from the context, and not from the model: it cannot ask
// for the orders of another.
//
// With $DEEPSEEK_API_KEY set, or in a file .env, it talks to DeepSeek; without, to a
// stand-in on loopback, which goes by rules.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/examples/internal/demo"
)

func main() { demo.Main("handoff", "stopped", start) }

// start finds out what to talk to and runs the program.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("handoff", flag.ExitOnError)
	customer := flags.String("as", "ada", "the `customer` who asks: ada or bo")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: handoff [-as customer] [message ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
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
	return run(ctx, service, *customer, flags.Args(), stdout)
}

// prepared is what is said when the user says nothing.
var prepared = []string{
	"I was charged twice for my order 1042. What do your terms say about that?",
	"And my regulator has a free-flow now. What does the manual say, and what do the terms say of the warranty?",
}

// run has the desk answer what the customer says.
func run(ctx context.Context, service *demo.Service, customer string, said []string, stdout io.Writer) error {
	if len(said) == 0 {
		said = prepared
	}
	shop, err := open(customer)
	if err != nil {
		return err
	}
	defer shop.close()
	screen := demo.NewScreen(stdout)
	screen.Printf("%s\n\n", service.About)
	desk := newDesk(service.Client, shop)
	ctx = withCustomer(ctx, customer) // from here on it is in the context of every tool
	for _, message := range said {
		screen.Printf("%s> %s\n\n", customer, message)
		start, v := time.Now(), newView(screen)
		// An agent's Run is a Func: what all agents do below it arrives as events.
		for event, err := range chain.Stream(ctx, desk.Run, message) {
			if err != nil {
				screen.End()
				return err
			}
			v.show(event)
		}
		screen.End()
		screen.Bill(v.usage, time.Since(start))
	}
	return screen.Err()
}
