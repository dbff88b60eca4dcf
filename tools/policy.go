package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A Policy says how a [Set] runs a tool. The zero value is safe for any tool.
//
// The context of a tool ends a little before its Timeout, by a twentieth of it and at
// most 100 ms, so that a tool that heeds it can still say how far it came.
type Policy struct {
	Effect    Effect        // what the tool does besides returning a result; zero is unknown
	Timeout   time.Duration // of a call, not counting the wait for Group; 0 is 2 minutes, negative is none
	MaxResult int           // bytes of a result, blobs included; 0 is 256 KiB, negative is no limit
	KeepTail  bool          // text that is too long loses its beginning, not its end
	Group     *Group        // tools that must not run all at once; nil is none
	Approve   bool          // a person is to approve of each call: whoever drives the set asks, as an agent does, and makes the call with Approved; else it is not made
	Exact     bool          // arguments that would have to be repaired are refused, as they always are if Effect writes, sends or is unknown, or if Approve is set
}

// What zero stands for.
const (
	defaultTimeout   = 2 * time.Minute
	defaultMaxResult = 256 << 10
)

// An Effect says what a tool does besides returning a result. They add up by |. The zero
// value is unknown: the tool may do anything.
type Effect uint8

// The effects.
const (
	Reads          Effect = 1 << iota // changes nothing: a call may be made again at will
	ReadsPrivate                      // its results hold what is not for everybody's eyes
	ReadsUntrusted                    // its results hold text that others wrote, such as a page of the web
	Writes                            // changes something; the same call again, under the same CallID, changes nothing more
	WritesOnce                        // changes something each time that it is called
	Sends                             // reaches outside: what it is given may be seen by others, as what is looked up is; a mail is WritesOnce besides

	known Effect = 1<<iota - 1 // all of them
)

var effectNames = []string{"reads", "reads private data", "reads untrusted text", "writes", "writes once", "sends"}

// May reports whether a tool with effect e may have one of the effects in list. A tool
// of unknown effect may have them all, and so may one with an effect that this package
// does not know.
func (e Effect) May(list Effect) bool { return e == 0 || e&(list|^known) != 0 }

// String returns the effects in words, such as "reads, sends", or "unknown".
func (e Effect) String() string {
	if e == 0 {
		return "unknown"
	}
	var list []string
	for i, name := range effectNames {
		if e&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	if e&^known != 0 {
		list = append(list, "unknown")
	}
	return strings.Join(list, ", ")
}

// With returns t with a policy, for a [Set] to keep. Fields of p at zero leave what t
// has already. Of the others Effect, Timeout, MaxResult and Group stand in the place of
// that, so that whoever knows better can say so; a tool is in one group. KeepTail,
// Approve and Exact cannot be taken back. With panics if t is nil.
func With(t Tool, p Policy) Tool {
	if t == nil {
		panic("tools: With: the tool is nil")
	}
	return &governed{t, p}
}

// governed is a Tool of With.
type governed struct {
	tool   Tool
	policy Policy
}

// Spec returns the description of the tool.
func (g *governed) Spec() llm.ToolSpec { return g.tool.Spec() }

// Call runs the tool, with nothing around it: policies are for a Set to keep.
func (g *governed) Call(ctx context.Context, args json.RawMessage) (llm.Parts, error) {
	return g.tool.Call(ctx, args)
}

// Unwrap returns the tool.
func (g *governed) Unwrap() Tool { return g.tool }

// Policy returns what was given to With.
func (g *governed) Policy() Policy { return g.policy }

// PolicyOf returns the policy of t. If t has a method Policy() Policy, it is that; if t
// has a method Unwrap() Tool, what is at zero comes from the policy of the tool inside.
// Neither leaves it at zero, which makes a tool that nothing is known of; so a tool that
// wraps another without an Unwrap hides what that demands.
func PolicyOf(t Tool) Policy {
	var p Policy
	for t != nil {
		if x, ok := t.(interface{ Policy() Policy }); ok {
			p = p.or(x.Policy())
		}
		x, ok := t.(interface{ Unwrap() Tool })
		if !ok {
			break
		}
		t = x.Unwrap()
	}
	return p
}

// or returns p, and what q has where p is at zero.
func (p Policy) or(q Policy) Policy {
	return Policy{
		Effect:    cmp.Or(p.Effect, q.Effect),
		Timeout:   cmp.Or(p.Timeout, q.Timeout),
		MaxResult: cmp.Or(p.MaxResult, q.MaxResult),
		KeepTail:  p.KeepTail || q.KeepTail,
		Group:     cmp.Or(p.Group, q.Group),
		Approve:   p.Approve || q.Approve,
		Exact:     p.Exact || q.Exact,
	}
}

// exact reports whether arguments must need no repair. What a person approves of is what
// runs, so that there is none behind his back either.
func (p Policy) exact() bool {
	return p.Exact || p.Approve || p.Effect.May(Writes|WritesOnce|Sends)
}
