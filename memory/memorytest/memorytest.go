// Package memorytest tests stores of conversations: that an implementation of
// [memory.Memory] keeps the rules of that interface.
//
//	func TestStore(t *testing.T) {
//		memorytest.TestMemory(t, func(t testing.TB) memory.Memory {
//			m := &memory.File{Path: t.TempDir() + "/chat.jsonl"}
//			t.Cleanup(func() { m.Close() })
//			return m
//		}, nil)
//	}
//
// [TestMemory] is for every store, [TestShared] for those that several processes
// can have open at once.
package memorytest

import (
	"context"
	"testing"
	"time"

	"github.com/hadal-go/hadal/internal/probe"
	"github.com/hadal-go/hadal/memory"
)

// TestMemory tests that a store keeps the rules of [memory.Memory]. Each case is
// a subtest that calls open for a new conversation without turns. What open gives
// to t.Cleanup is run at the end of the case. A failure names the rule that is
// broken; the first one ends its case. Run it with -race too.
//
// If what is in the store outlives it, reopen is given a Memory of open, closes
// it as its program would, and returns another of the same conversation. If
// reopen is nil, the cases about that are skipped.
//
// The rules, made exact:
//
//   - A conversation begins without turns: Load returns the zero History.
//   - Load returns the turns in the order in which they were appended, from the
//     newest Summary on. History.Last is the ID of the newest, and History.Turns
//     says of each its ID, where it begins, and whether it is a Summary.
//   - Messages come back as they were, to the byte: every role and kind of part,
//     empty reasoning and none, nil parts and empty ones, the arguments of calls
//     with their spaces, any Unicode with NUL, and texts of megabytes. Only bytes
//     that are not UTF-8 may be U+FFFD, each of them one, as JSON has them.
//   - Any ID that [memory.Turn.Check] allows is good, and differs from any other,
//     also where only the case, an accent or a space at the end does.
//   - A turn that Check refuses is refused with an error that is
//     [memory.ErrInvalid], and changes nothing.
//   - A turn whose ID is known does nothing, without an error, whatever else is
//     in it: if it is the newest, if it is old, if a Summary stands for it, and
//     after reopening.
//   - Else one whose After is not the ID of the newest turn is refused with
//     [memory.ErrConflict]. Both IDs are in the text of the error. It changes
//     nothing.
//   - Nothing is shared: what is done to the slices of a turn after Append, or to
//     those of a loaded History, is nothing to the store. (The parts in a loaded
//     History are the store's, and only appended to.)
//   - With a context that has ended, Load and Append fail with its error, and
//     nothing is appended. With one that ends in the middle, the turn is there
//     as a whole or not at all, and appending it again settles which.
//   - All may be called at the same time. Turns have one order, none is lost or
//     there twice, of two after the same turn one is refused, and Load sees whole
//     turns.
//   - A store with a method Turns(context.Context) iter.Seq2[memory.Turn, error]
//     yields all turns by it, as they were appended, also those that a Summary
//     stands for, and stops when its loop is left. Their slices are the receiver's.
func TestMemory(t *testing.T, open func(t testing.TB) memory.Memory, reopen func(t testing.TB, m memory.Memory) memory.Memory) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.reopens && reopen == nil {
				t.Skip("the store does not outlive its program")
			}
			run(t, c, &probed{open: func() memory.Memory { return open(t) }, reopen: func(m memory.Memory) memory.Memory { return reopen(t, m) }})
		})
	}
}

// TestShared tests that a conversation is one, whoever has it open. Each case is
// a subtest that calls open for two Memories of one new conversation, as two
// processes would have them. The rules are those of [TestMemory], with what one
// has appended known to the other as soon as Append returns.
func TestShared(t *testing.T, open func(t testing.TB) (a, b memory.Memory)) {
	for _, c := range sharedCases {
		t.Run(c.name, func(t *testing.T) {
			run(t, c, &probed{pair: func() (a, b memory.Memory) { return open(t) }})
		})
	}
}

// run runs a case and reports what it finds.
func run(t testing.TB, c testCase, p *probed) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, found := range p.run(ctx, c) {
		t.Error(found)
	}
}

// patience is how long a case may take. None should take seconds; a store that
// waits for ever and knows no context is ended by the test's own limit.
const patience = 2 * time.Minute

// A testCase is one thing that is tested of a store.
type testCase struct {
	name    string
	reopens bool // it needs a store that can be opened again
	run     func(ctx context.Context, p *probed)
}

// A probed is what a case tests by, and what it has found.
type probed struct {
	open   func() memory.Memory
	reopen func(memory.Memory) memory.Memory
	pair   func() (a, b memory.Memory)

	probe.Probe
}

// run runs a case and returns what is wrong.
func (p *probed) run(ctx context.Context, c testCase) []string {
	return p.Run(func() { c.run(ctx, p) })
}
