package agent

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// AsTool returns a as a tool of another agent. Its name is that of a, and it takes a
// task, as text: of the conversation of the other, a sees no more than that. It runs
// under the limits of a and what is left of the other's.
//
// Its policy has the effects of all tools of a, so that the Rule of Two holds for both
// together, and no timeout but that of the limits; [tools.With] can say otherwise. Where
// a has no [Agent.Approve], that of the other is asked, one call at a time; with neither,
// a call that needs a person ends the run of a.
//
// How a run of a ends in an error, the model of the other is told; unless a cannot run at
// all, which is [tools.Fatal], as what a tool of a says is that is Fatal. What happens in
// the run is shown by [trace], and so by [chain.Stream], and is no event of the other's
// [Agent.Stream].
//
// If a has a Memory, that goes on from call to call, and calls wait for each other; a
// Memory that an agent around it has already is left to that. If a has a Store, a call
// that is made again after a crash goes on where the run of a stands, whose ID is made of
// the call's.
//
// AsTool panics if the name or the description will not do for a tool.
func AsTool(a *Agent, description string) tools.Tool {
	return inner(a, a.Name, description, func(ctx context.Context, a *Agent, in task) (string, error) {
		if strings.TrimSpace(in.Task) == "" {
			return "", errors.New("the task is blank: say what to do")
		}
		return a.Run(ctx, in.Task)
	})
}

// Handoff returns a tool by which an agent hands the conversation over to another one,
// for good: what that answers is the answer. The other agent sees the earlier turns, or
// those of its own Memory if it has one, what the user said, and what the first one has to
// tell it besides. It may hand over in turn, to the first one too: all of them together
// are within the limits of the first.
//
// A handoff is made only if it is the one call of a reply; else the model is told so. If
// it fails, the first agent goes on; so does one of [As], to make its value of what the
// other answers. The name of the tool is "handoff_to_" and that of the agent, which must
// not be empty. For all else see [AsTool].
func Handoff(a *Agent, description string) tools.Tool {
	if a.Name == "" {
		panic("agent: Handoff: the agent has no name")
	}
	return final{inner(a, "handoff_to_"+a.Name, description, func(ctx context.Context, a *Agent, in note) (string, error) {
		caller := callerOf(ctx)
		if caller.run == nil {
			return a.Run(ctx, in.Note)
		}
		input := caller.run.Header.Input[len(caller.run.Header.Input)-1]
		if strings.TrimSpace(in.Note) != "" {
			input.Parts = append(slices.Clip(input.Parts), llm.Text("\n\n"+noteHead+in.Note))
		}
		run, err := a.begin(ctx, input, caller.run.Header.History)
		if err != nil {
			return "", err
		}
		result, err := a.finish(ctx, run)
		if err != nil {
			return "", err
		}
		return result.Text, nil
	})}
}

const noteHead = "Note of the colleague who hands this over: "

type task struct {
	Task string `json:"task" jsonschema_description:"what to do, with all that must be known for it"`
}

type note struct {
	Note string `json:"note,omitempty" jsonschema_description:"what the other one should know that the user has not said"`
}

// inner returns a tool that has a run, with the policy of an agent.
func inner[In any](a *Agent, name, description string, f func(context.Context, *Agent, In) (string, error)) tools.Tool {
	one := make(chan struct{}, 1) // call at a time goes on with the Memory
	t := tools.New(name, description, func(ctx context.Context, in In) (string, error) {
		a := a.inside(callerOf(ctx))
		if a.Memory != nil {
			if err := enter(ctx, one); err != nil {
				return "", err
			}
			defer func() { <-one }()
		}
		text, err := f(ctx, a, in)
		if e, ok := err.(*Error); ok && e.Run == nil && (errors.Is(err, llm.ErrInvalid) || errors.Is(err, ErrUnsafe)) {
			return "", tools.Fatal(err) // a mistake of the program, which no model can put right
		}
		return text, err
	})
	p := tools.Policy{Effect: tools.Reads, Timeout: -1}
	for _, t := range a.Tools {
		if t == nil {
			continue // what runs says so
		}
		e := tools.PolicyOf(t).Effect
		if e == 0 {
			e = tools.WritesOnce
		}
		p.Effect |= e
	}
	if a.Store != nil && p.Effect&tools.WritesOnce != 0 { // a call that is made again goes on with the run
		p.Effect = p.Effect&^tools.WritesOnce | tools.Writes
	}
	return tools.With(t, p)
}

// inside returns a as it runs in a call of c. The turn of c has in it what a does, so
// that a conversation that c goes on with, or who called that, is not one for a.
func (a *Agent) inside(c caller) *Agent {
	for _, m := range c.memories {
		if sameMemory(a.Memory, m) {
			b := *a
			b.Memory = nil
			return &b
		}
	}
	return a
}

// sameMemory reports whether two memories are one.
func sameMemory(a, b memory.Memory) bool {
	return a != nil && b != nil && reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}

// A caller is what an agent knows of the one that it is a tool of.
type caller struct {
	run      *Run // it does not change what its header has
	approve  func(ctx context.Context, call llm.ToolCall) error
	memories []memory.Memory // of the agent, and of those that it is a tool of
}

type callerKey struct{}

// withCaller returns a context for calls of d.
func withCaller(ctx context.Context, d *driver) context.Context {
	c := caller{d.run, oneByOne(d.agent.approver(ctx)), callerOf(ctx).memories}
	if m := d.agent.Memory; m != nil {
		c.memories = append(slices.Clip(c.memories), m)
	}
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// approver returns what is asked about calls: that of the agent, or else of the one that
// it is a tool of.
func (a *Agent) approver(ctx context.Context) func(ctx context.Context, call llm.ToolCall) error {
	if a.Approve != nil {
		return a.Approve
	}
	return callerOf(ctx).approve
}

// oneByOne returns approve for agents that are tools, which may run at once.
func oneByOne(approve func(ctx context.Context, call llm.ToolCall) error) func(ctx context.Context, call llm.ToolCall) error {
	if approve == nil {
		return nil
	}
	one := make(chan struct{}, 1)
	return func(ctx context.Context, call llm.ToolCall) error {
		if err := enter(ctx, one); err != nil {
			return err
		}
		defer func() { <-one }()
		return approve(ctx, call)
	}
}

// enter waits for the place in one.
func enter(ctx context.Context, one chan struct{}) error {
	select {
	case one <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
