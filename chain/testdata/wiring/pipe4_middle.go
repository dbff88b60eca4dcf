// The second of four steps fits neither of its neighbours.
package main

import (
	"context"
	"time"

	"github.com/hadal-go/hadal/chain"
)

func count(_ context.Context, text string) (int, error) { return len(text), nil }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func now(_ context.Context, zone *time.Location) (time.Time, error) { return time.Now().In(zone), nil }

func main() {
	chain.Pipe4(count, now, double, double) // want "now does not match inferred type chain.Func[int, C]"
}
