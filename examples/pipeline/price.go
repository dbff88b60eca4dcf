package main

import (
	"time"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/examples/internal/demo"
)

// A price is what a token costs, in nano-dollars.
type price struct{ hit, miss, output int64 }

// asOf is the day of the prices, which are those of the hours off peak: on weekdays
// from 01:00 to 04:00 and from 06:00 to 10:00 UTC, everything costs twice as much.
const asOf = "15 November 2026, off-peak"

// prices are DeepSeek's, by the name of the model in a request.
var prices = map[string]price{
	"":                {3, 150, 600}, // the client's default
	"deepseek-flash":  {3, 150, 600},
	"deepseek-v4-pro": {22, 660, 1980},
}

// priced returns the steps with what they cost, and the sum. What another model
// took has no price.
func priced(steps []trace.Step) ([]trace.Step, trace.Step) {
	var sum trace.Step
	for i := range steps {
		s := &steps[i]
		p := prices[s.Name]
		s.Cost = int64(s.Input-s.Cached)*p.miss + int64(s.Cached)*p.hit + int64(s.Output)*p.output
		sum.Input += s.Input
		sum.Cached += s.Cached
		sum.Output += s.Output
		sum.Estimated = sum.Estimated || s.Estimated
		sum.Cost += s.Cost
	}
	return steps, sum
}

// bill shows what so many documents took in all.
func bill(screen *demo.Screen, n int, sum trace.Step, elapsed time.Duration) {
	documents, about := "documents", ""
	if n == 1 {
		documents = "document"
	}
	if sum.Estimated {
		about = "about "
	}
	screen.Printf("[%d %s: %s%d tokens in, %d of them cached; %d out; $%.6f at the prices of %s; %v]\n",
		n, documents, about, sum.Input, sum.Cached, sum.Output, float64(sum.Cost)/1e9, asOf, elapsed.Round(time.Millisecond))
}
