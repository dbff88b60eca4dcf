// Package agenttest tests stores of runs: whoever writes one calls [TestStore] in its
// tests.
package agenttest

import (
	"context"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/internal/probe"
)

// TestStore tests that a store keeps the rules of [agent.Store]. Each case is a subtest
// that calls open for a new store without runs. What open gives to t.Cleanup is run at
// the end of the case. A failure names the rule that is broken; the first one ends its
// case. Run it with -race too.
//
// The rules, made exact:
//
//   - Load of a run of which nothing was appended is [agent.ErrNotFound], with a nil Run.
//   - Load returns a Run with the ID and the records, in the order in which they were
//     appended, whatever the size of the batches. Each call returns a Run of its own.
//   - Records come back as they were, to the byte, or as their JSON comes back: every
//     kind, empty reasoning and none, arguments and schemas with their spaces, times to
//     the nanosecond, blobs, any Unicode with NUL, and records of megabytes.
//   - Any ID that is UTF-8 and not blank is good up to a thousand bytes, and differs from
//     any other, also where only the case, an accent or a space does, or where it looks
//     like a path or a pattern. A blank one is an error. One that is not UTF-8 no Run can
//     have: it need not be refused, but must not pass for another.
//   - An Append at any other place than the end is refused with [agent.ErrConflict], also
//     one whose records are there already, and changes nothing. So is one at another
//     place than 0 if there is no such run, and makes none.
//   - An Append is there as a whole or not at all, also for Load at the same time. After
//     an error that is no ErrConflict, Load says which.
//   - An Append without records does nothing: it makes no run, and no error.
//   - The slice of records is the caller's again after Append, and its records are as
//     they were. What they point to never changes, and may be kept.
//   - With a context that has ended, Load and Append fail with its error, and nothing is
//     appended.
//   - All may be called at the same time. Of many who append at the same place one gets
//     through, and the others get ErrConflict.
//
// A store may have two methods more, which are tested if they are there:
//
//   - Runs(context.Context) iter.Seq2[agent.Stored, error] lists each run once, with what
//     it began with, and stops when its loop is left, or with the error of a context that
//     has ended. In which order is not tested.
//   - Delete(context.Context, string) error removes a run, that others with a like ID do
//     not feel, and is ErrNotFound if there is none. A run that is begun anew under the
//     ID has nothing of the old one.
func TestStore(t *testing.T, open func(t testing.TB) agent.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			run(t, c, &probed{open: func() agent.Store { return open(t) }})
		})
	}
}

// TestShared tests that a store is one, whoever has it open, and so that what is in it
// outlives who has put it there. Each case is a subtest that calls open for two Stores on
// one new place without runs, as two processes would have them. The rules are those of
// [TestStore], with what one has appended known to the other as soon as Append returns.
func TestShared(t *testing.T, open func(t testing.TB) (a, b agent.Store)) {
	for _, c := range sharedCases {
		t.Run(c.name, func(t *testing.T) {
			run(t, c, &probed{pair: func() (a, b agent.Store) { return open(t) }})
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

// patience is how long a case may take. None should take seconds; a store that waits for
// ever and knows no context is ended by the test's own limit.
const patience = 2 * time.Minute

// A testCase is one thing that is tested of a store.
type testCase struct {
	name string
	run  func(ctx context.Context, p *probed)
}

// A probed is what a case tests by, and what it has found.
type probed struct {
	open func() agent.Store
	pair func() (a, b agent.Store)

	probe.Probe
}

// run runs a case and returns what is wrong.
func (p *probed) run(ctx context.Context, c testCase) []string {
	return p.Run(func() { c.run(ctx, p) })
}
