package tools

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

// A Set is tools with distinct names. It is safe for concurrent use as long as nobody
// changes the slice.
type Set []Tool

// An Outcome is what became of a call.
type Outcome struct {
	Result  llm.ToolResult  // what the model is told; it is there with Err too, so that a history stays valid
	Err     error           // a Fatal error, or that of the context; else nil
	Cause   error           // why Result.IsError is set, for the program alone: a *chain.Panic with the stack, a *schema.ValidationError, ErrUnknown …
	Repairs []repair.Repair // what was done to the arguments before the tool got them
	Elapsed time.Duration   // of all of the call, waiting for a Group included
}

// Specs describes the tools in the order of the set, in the same bytes every time.
func (s Set) Specs() []llm.ToolSpec {
	specs := make([]llm.ToolSpec, len(s))
	for i, t := range s {
		specs[i] = t.Spec()
	}
	return specs
}

// Check returns an error that says which tools of the set the API would refuse, or nil:
// those that are nil, have a name that is not allowed or is another's too, no
// description, or a schema that is unusable or not of an object. Tools of a provider's
// own, with a Kind, need only be distinct. Whoever puts a set together from elsewhere
// calls it once; tools of [New] can only fail for their names.
func (s Set) Check() error {
	var errs []error
	seen := make(map[string]int)
	for i, t := range s {
		if t == nil {
			errs = append(errs, fmt.Errorf("tool %d is nil", i))
			continue
		}
		spec := t.Spec()
		if spec.Kind == "" {
			if err := checkSpec(spec); err != nil {
				errs = append(errs, fmt.Errorf("tool %d: %w", i, err))
			}
		}
		name := spec.Kind + ":" + spec.Name
		if k, ok := seen[name]; ok {
			errs = append(errs, fmt.Errorf("tool %d has the name of tool %d, %q: rename one", i, k, spec.Name))
		}
		seen[name] = i
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("tools: %w", errors.Join(errs...))
}

func checkSpec(spec llm.ToolSpec) error {
	if !validName(spec.Name) {
		return fmt.Errorf("the name %q is not of 1 to 64 letters, digits, hyphens and underscores", short(spec.Name, 100))
	}
	if strings.TrimSpace(spec.Description) == "" {
		return fmt.Errorf("%s has no description, by which a model knows when to call it", spec.Name)
	}
	if spec.Schema == nil { // there are no arguments
		return nil
	}
	sc, err := schema.Parse(spec.Schema)
	if err != nil {
		return fmt.Errorf("%s: schema: %w", spec.Name, err)
	}
	if sc.Root().Types != schema.Object {
		return fmt.Errorf("%s: the schema is not of an object", spec.Name)
	}
	return nil
}

// Call runs the tool that call names, under its [Policy], and returns what to tell the
// model.
//
// It never panics for what a tool does, and never takes longer than the timeout and the
// wait for a [Group]. If the time is over, or ctx done, while the tool goes on, see
// [Strays]. What goes wrong is in the result, in words that the model can act on.
//
// The error is a [Fatal] one, or the cause of ctx if ctx was done before the tool ended.
// In both cases there is a result all the same, which says so. A tool that has its
// result when ctx is done has succeeded; after the end of ctx it has a second to come to
// an end.
//
// A panic is written to [slog.Default] with its stack, as package net/http does it. The
// call is a span of [trace], with a [CallEvent] and a [ResultEvent].
func (s Set) Call(ctx context.Context, call llm.ToolCall) (llm.ToolResult, error) {
	o := s.Do(ctx, call)
	return o.Result, o.Err
}

// Do is [Set.Call] with all that became of the call.
//
// It is what a driver of runs needs that makes some calls of a turn and not others, as
// they were made before a crash or wait for a person: the [CallID] by [WithCallID] does
// not depend on what else is called, as that of [Set.CallAll] does where IDs are equal.
func (s Set) Do(ctx context.Context, call llm.ToolCall) Outcome {
	return s.Start(ctx, call, nil).Outcome()
}

// CallAll runs calls at once, but at most n and no more than their groups allow, and
// yields the index of each with its outcome as it is there. An n below 1 is 16, more
// than a model asks for at once if all is well. Nothing runs before the sequence is
// ranged over, and each time it is, all is run anew.
//
// Each call has its outcome, once: when ctx is done, calls that were not begun have one
// that says so. Leaving the loop cancels the calls and waits for them, but not for
// strays. An outcome belongs to a call by its index, as the IDs of calls may be equal or
// empty; the ID of a result is that of its call as it came.
//
// The [CallID] of each call is its own ID, or with "#" and its number, from 1, if that is
// empty or another's too. If ctx has a CallID, that and "/" stand before it.
func (s Set) CallAll(ctx context.Context, calls []llm.ToolCall, n int) iter.Seq2[int, Outcome] {
	return s.all(ctx, calls, n, func(error) {})
}

// all is CallAll, and tells stop of an error before another call begins in the place of
// the one that has it.
func (s Set) all(ctx context.Context, calls []llm.ToolCall, n int, stop func(error)) iter.Seq2[int, Outcome] {
	if n < 1 {
		n = 16
	}
	return func(yield func(int, Outcome) bool) {
		ids := distinct(ctx, calls)
		ctx, cancel := context.WithCancel(ctx)
		over := make(chan int, len(calls))
		list := make([]*Running, 0, len(calls))
		waiting := 0   // for the end of how many
		defer func() { // also if the body of the loop panics
			cancel()
			for ; waiting > 0; waiting-- {
				list[<-over].Outcome()
			}
		}()
		start := func() {
			if i := len(list); i < len(calls) {
				waiting++
				list = append(list, s.begin(ctx, calls[i], ids[i], func() { over <- i }))
			}
		}
		for range n {
			start()
		}
		for waiting > 0 {
			i := <-over
			waiting--
			o := list[i].Outcome()
			if o.Err != nil {
				stop(o.Err)
			}
			if !yield(i, o) {
				return
			}
			start()
		}
	}
}

// Results runs calls as [Set.CallAll] does, at most 16 at once, and returns the message
// with their results, in the order of the calls: what follows the message of the model
// that has the calls. A message for no calls has no parts, and must not be sent.
//
// The first error of a call cancels the others and is returned, along with a message
// that has a result for each call.
func (s Set) Results(ctx context.Context, calls []llm.ToolCall) (llm.Message, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := llm.Message{Role: llm.RoleTool, Parts: make(llm.Parts, len(calls))}
	failed := false
	for i, o := range s.all(ctx, calls, 0, cancel) {
		m.Parts[i] = o.Result
		failed = failed || o.Err != nil
	}
	if failed {
		return m, context.Cause(ctx)
	}
	return m, nil
}

// distinct returns the CallIDs of calls.
func distinct(ctx context.Context, calls []llm.ToolCall) []string {
	ids := make([]string, len(calls))
	count := make(map[string]int, len(calls))
	for _, c := range calls {
		count[c.ID]++
	}
	prefix := CallID(ctx)
	for i, c := range calls {
		id := c.ID
		if id == "" || count[id] > 1 {
			id += "#" + strconv.Itoa(i+1)
		}
		ids[i] = join(prefix, id)
	}
	return ids
}

// find returns the tool of that name, or an error for the model. That two have it is a
// mistake of the program.
func (s Set) find(name string) (Tool, error) {
	var found Tool
	var names []string
	for _, t := range s {
		if t == nil {
			continue
		}
		switch spec := t.Spec(); {
		case spec.Kind != "": // the provider runs it
		case spec.Name != name:
			names = append(names, spec.Name)
		case found != nil:
			return nil, Fatal(fmt.Errorf("tools: two tools have the name %q", name))
		default:
			found = t
		}
	}
	if found == nil {
		return nil, &unknownError{name, names}
	}
	return found, nil
}
