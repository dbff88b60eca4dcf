package tools

import (
	"context"
	"sync"

	"github.com/hadal-go/hadal/output/repair"
)

// CallID returns what identifies the call that ctx is part of: the same if it is run
// again after a crash, and distinct from those of all others of the run. A tool that
// [Writes] hands it to what it writes to, as an idempotency key. It is "" outside of a
// call, and for a call without an ID of its own.
func CallID(ctx context.Context) string {
	if c := callOf(ctx); c != nil {
		return c.id
	}
	return ""
}

// WithCallID returns a context in which the next call by [Set.Call] has the given
// identity. Without it, that is the ID of the call, which is distinct within a run at
// best. The calls that a tool makes itself, as an agent does that is a tool, have the
// identity of its own call before theirs, and a slash. So have those of [Set.CallAll],
// after the one given here.
func WithCallID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callKey{}, &callState{id: id, outer: callOf(ctx)})
}

// Approved returns a context that says of the calls made with it that a person has
// approved of them. Without it a [Set] does not run a tool whose [Policy] says Approve.
// It does not hold for what such a tool calls itself.
func Approved(ctx context.Context) context.Context {
	return context.WithValue(ctx, approvedKey{}, true)
}

type approvedKey struct{}

func approved(ctx context.Context) bool {
	ok, _ := ctx.Value(approvedKey{}).(bool)
	return ok
}

type callKey struct{}

// A callState is what a context knows of a call.
type callState struct {
	id      string
	running bool // else the call is still to be made
	exact   bool // arguments are not to be repaired
	group   *Group
	outer   *callState // that this one is within, or nil

	mu      sync.Mutex
	over    bool
	repairs []repair.Repair
}

// callOf returns the call that ctx is part of, or nil.
func callOf(ctx context.Context) *callState {
	c, _ := ctx.Value(callKey{}).(*callState)
	return c
}

// idOf returns the identity of a call in ctx that has the given ID.
func idOf(ctx context.Context, own string) string {
	switch c := callOf(ctx); {
	case c == nil:
		return own
	case c.running:
		return join(c.id, own)
	default:
		return c.id
	}
}

func join(prefix, id string) string {
	if prefix == "" {
		return id
	}
	return prefix + "/" + id
}

// mayRepair reports whether the arguments of the call may be repaired.
func (c *callState) mayRepair() bool { return c != nil && c.running && !c.exact }

// mark notes what was done to the arguments.
func (c *callState) mark(repairs []repair.Repair) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.repairs = append(c.repairs, repairs...)
}

// done says that the tool has returned, and returns what was done to the arguments.
func (c *callState) done() []repair.Repair {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.repairs
}

// holds reports whether the call, or one that it is within, has a place in g.
func (c *callState) holds(g *Group) bool {
	for ; c != nil; c = c.outer {
		c.mu.Lock()
		held := c.group == g && !c.over
		c.mu.Unlock()
		if held {
			return true
		}
	}
	return false
}
