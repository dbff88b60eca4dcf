package chain_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
)

// depth reads a depth, such as "6 km".
func depth(_ context.Context, text string) (float64, error) {
	return strconv.ParseFloat(strings.TrimSuffix(text, " km"), 64)
}

func zone(_ context.Context, km float64) (string, error) {
	switch {
	case km < 0:
		return "", errors.New("that is a mountain")
	case km < 6:
		return "abyssal", nil
	}
	return "hadal", nil
}

func ExamplePipe() {
	zoneOf := chain.Pipe(depth, zone) // from string to float64 to string
	ctx := context.Background()
	fmt.Println(zoneOf(ctx, "10.9 km"))
	fmt.Println(zoneOf(ctx, "-8.8 km"))
	// Output:
	// hadal <nil>
	//  that is a mountain
}

func ExamplePipe3() {
	shout := chain.Pipe3(depth, zone, chain.Lift(strings.ToUpper))
	fmt.Println(shout(context.Background(), "4 km"))
	// Output: ABYSSAL <nil>
}

func ExamplePipe4() {
	read := chain.Pipe4(chain.Lift(strings.TrimSpace), depth, zone, chain.Lift(strings.ToUpper))
	fmt.Println(read(context.Background(), "  7 km\n"))
	// Output: HADAL <nil>
}

func ExampleLift() {
	words := chain.Lift(strings.Fields)
	fmt.Println(words(context.Background(), "snailfish amphipod cusk-eel"))
	// Output: [snailfish amphipod cusk-eel] <nil>
}

func ExampleJoin() {
	type Place struct {
		KM   float64
		Zone string
	}
	place := chain.Join(depth, chain.Pipe(depth, zone), func(km float64, zone string) Place {
		return Place{km, zone}
	})
	fmt.Println(place(context.Background(), "7 km"))
	fmt.Println(place(context.Background(), "-1 km"))
	// Output:
	// {7 hadal} <nil>
	// {0 } step 2 of 2: that is a mountain
}

func ExampleParallel() {
	say := func(word string) chain.Func[string, string] {
		return chain.Lift(func(name string) string { return word + ", " + name + "!" })
	}
	greet := chain.Parallel(say("Hello"), say("Bonjour"), say("你好"))
	fmt.Println(greet(context.Background(), "Mariana"))
	// Output: [Hello, Mariana! Bonjour, Mariana! 你好, Mariana!] <nil>
}

func ExampleRace() {
	slow := func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done() // the other one was faster
		return "", ctx.Err()
	}
	fast := chain.Lift(func(q string) string { return "42, to " + q })
	fmt.Println(chain.Race(slow, fast)(context.Background(), "everything"))
	// Output: 42, to everything <nil>
}

func ExampleBranch() {
	topic := func(_ context.Context, mail string) (string, error) {
		for _, word := range []string{"invoice", "password"} {
			if strings.Contains(mail, word) {
				return word, nil
			}
		}
		return "other", nil // the default
	}
	answer := func(text string) chain.Func[string, string] {
		return chain.Lift(func(string) string { return text })
	}
	reply := chain.Branch(topic, map[string]chain.Func[string, string]{
		"invoice": answer("It is attached."),
		"other":   answer("Somebody will look into it."),
	})
	ctx := context.Background()
	fmt.Println(reply(ctx, "Where is my invoice?"))
	fmt.Println(reply(ctx, "How deep is the sea?"))
	_, err := reply(ctx, "I lost my password.")
	fmt.Println(err, errors.Is(err, chain.ErrNoBranch))
	// Output:
	// It is attached. <nil>
	// Somebody will look into it. <nil>
	// chain: no branch for "password" true
}

func ExampleFallback() {
	down := func(context.Context, string) (string, error) { return "", errors.New("provider unavailable") }
	local := chain.Lift(func(text string) string { return text[:10] + "…" })
	fmt.Println(chain.Fallback(down, local)(context.Background(), "A long text of many words"))
	fmt.Println(chain.Fallback(down, down)(context.Background(), "A long text of many words"))
	// Output:
	// A long tex… <nil>
	//  step 1 of 2: provider unavailable
	// step 2 of 2: provider unavailable
}

func ExampleLoop() {
	shorten := chain.Lift(func(text string) string { // as a model does, more or less
		words := strings.Fields(text)
		return strings.Join(words[:len(words)-1], " ")
	})
	fits := func(text string) bool { return len(text) <= 12 }
	ctx := context.Background()
	fmt.Println(chain.Loop(shorten, fits, 5)(ctx, "The sea is deep and cold"))
	draft, err := chain.Loop(shorten, fits, 2)(ctx, "The sea is deep and cold")
	fmt.Println(draft, "|", err, errors.Is(err, chain.ErrNotDone))
	// Output:
	// The sea is <nil>
	// The sea is deep | chain: not done after round 2 of 2 true
}

func ExampleRetry() {
	attempts := 0
	flaky := func(_ context.Context, name string) (string, error) {
		if attempts++; attempts == 1 {
			return "", errors.New("connection lost")
		}
		return "Hello, " + name, nil
	}
	ctx := trace.With(context.Background(), func(e trace.Event) {
		if e, ok := e.(chain.RetryEvent); ok {
			fmt.Printf("attempt %d: %v\n", e.Attempt, e.Err)
		}
	})
	fmt.Println(chain.Retry(flaky, 3)(ctx, "Mariana"))
	// Output:
	// attempt 1: connection lost
	// Hello, Mariana <nil>
}

func ExampleTimeout() {
	stuck := func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	_, err := chain.Timeout(stuck, 10*time.Millisecond)(context.Background(), "")
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	// Output: timed out after 10ms true
}

// A server recovers from the panics of its handlers, also from those of steps that
// run in other goroutines.
func ExamplePanic() {
	careless := func(_ context.Context, names []string) (string, error) { return names[3], nil }
	careful := chain.Lift(func(names []string) string { return strings.Join(names, ", ") })
	defer func() {
		if p, ok := recover().(*chain.Panic); ok {
			fmt.Println(p.Value)
		}
	}()
	chain.Parallel(careless, careful)(context.Background(), []string{"Ada"})
	// Output: runtime error: index out of range [3] with length 1
}
