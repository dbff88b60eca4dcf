// A program that is wired right: the control.
package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain"
)

func read(_ context.Context, text string) (int, error) { return strconv.Atoi(text) }

func half(_ context.Context, n int) (float64, error) { return float64(n) / 2, nil }

func show(_ context.Context, f float64) (string, error) { return fmt.Sprint(f), nil }

func sign(_ context.Context, n int) (bool, error) { return n < 0, nil }

func main() {
	ctx := context.Background()
	text := chain.Pipe3(read, half, show)
	all := chain.Pipe4(chain.Lift(strings.TrimSpace), read, half, show)
	both := chain.Join(text, read, func(s string, n int) string { return s + strconv.Itoa(n) })
	many := chain.Pipe(chain.Parallel(text, all, both), chain.Lift(func(s []string) int { return len(s) }))
	any := chain.Race(text, chain.Fallback(all, both))
	sorted := chain.Pipe(read, chain.Branch(sign, map[bool]chain.Func[int, string]{
		true:  chain.Pipe(half, show),
		false: chain.Lift(strconv.Itoa),
	}))
	shorter := chain.Loop(chain.Lift(func(s string) string { return s[1:] }), func(s string) bool { return len(s) < 2 }, 9)
	safe := chain.Retry(chain.Timeout(chain.Named("shorter", shorter), time.Second), 3)
	journal := &chain.Journal{Path: "done.jsonl"}
	list := chain.Map(chain.Journaled(journal, safe), 4)

	var _ func(context.Context, string) (int, error) = many
	var _ chain.Func[[]string, []string] = list
	var _ chain.Func[string, string] = any
	for i, r := range chain.Each(ctx, sorted, []string{"1"}, 2) {
		var _, _, _ = i, r.Value + "!", r.Err
	}
	for i, r := range chain.EachSeq(ctx, sorted, slices.Values([]string{"1"}), 2) {
		var _, _, _ = i, r.Value + "!", r.Err
	}
	for event, err := range chain.Stream(ctx, read, "1") {
		if r, ok := event.(chain.Result[int]); ok && err == nil {
			fmt.Println(r.Value + 1)
		}
	}
}
