package chain_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/chain"
)

// A batch is interrupted and begun again: what was done is not done twice.
func ExampleJournaled() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	batch := func(ctx context.Context, items []string) {
		journal := &chain.Journal{Path: filepath.Join(dir, "batch.journal")}
		defer journal.Close()
		shout := chain.Journaled(journal, func(_ context.Context, s string) (string, error) {
			fmt.Println("working on", s)
			return strings.ToUpper(s), nil
		})
		out, err := chain.Map(shout, 1)(ctx, items)
		fmt.Println(out, err)
	}
	batch(context.Background(), []string{"one", "two"})
	batch(context.Background(), []string{"one", "two", "three"})
	// Output:
	// working on one
	// working on two
	// [ONE TWO] <nil>
	// working on three
	// [ONE TWO THREE] <nil>
}

// Steps that get equal inputs are kept apart.
func ExampleJournal_Step() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	journal := &chain.Journal{Path: filepath.Join(dir, "batch.journal")}
	defer journal.Close()
	upper := chain.Journaled(journal.Step("upper"), chain.Lift(strings.ToUpper))
	title := chain.Journaled(journal.Step("title"), chain.Lift(strings.TrimSpace))
	ctx := context.Background()
	fmt.Println(upper(ctx, " sea "))
	fmt.Println(title(ctx, " sea "))
	// Output:
	//  SEA  <nil>
	// sea <nil>
}

func ExampleJournal_Close() {
	journal := &chain.Journal{Path: "never.journal"}
	step := chain.Journaled(journal, chain.Lift(strings.ToUpper))
	fmt.Println(journal.Close()) // nothing was open
	_, err := step(context.Background(), "x")
	fmt.Println(err)
	// Output:
	// <nil>
	// chain: journal never.journal: use: file already closed
}
