package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// An Agent answers with the help of tools. It holds no state: one Agent serves any
// number of runs at once, as long as its fields do not change, and a copy with another
// Memory serves another conversation. The zero value of every field but Model is ready
// for use.
//
// What a tool needs to know of a run comes to it by its context, which is that of the
// run; or by closure, in tools that are made for a copy of the agent.
type Agent struct {
	Name    string // what it is called in traces and errors, and as a tool; letters, digits, hyphens and underscores
	Model   llm.Model
	System  string // system prompt. What is volatile in it, such as the time, spoils the provider's cache: say that by Remind
	Tools   tools.Set
	Memory  memory.Memory // conversation to continue; if nil, each run starts anew
	Limits  Limits        // zero is a safe default
	Compact Compact       // when old messages are summed up; zero is near the end of the model's context

	// Prompt, if not nil, makes the system prompt in place of System when a run starts,
	// as by a template of package prompt. It is kept for all of the run.
	Prompt func(ctx context.Context) (string, error)

	// Remind, if not nil, returns messages that stand right before what the user says:
	// what changes from turn to turn, as the date, or notes; see [memory.Facts]. At the
	// end of the prompt it leaves the cache of the beginning intact.
	Remind func(ctx context.Context, h memory.History) ([]llm.Message, error)

	// Settings are those of each request: model, effort, limit on tokens, user and so on.
	// Messages, tools, the choice of them, Format, Schema and Whole are not used.
	Settings llm.Request

	// Approve, if not nil, is asked before each call of a tool whose [tools.Policy] says
	// Approve, or that may change something or reach outside: all but those that are
	// declared to read alone. Nil lets the call be made; an error refuses it and is told
	// to the model as the reason, unless it is [tools.Fatal], which ends the run, or wraps
	// [ErrApproval], which leaves the call waiting. It is asked about one call of a run at
	// a time, in their order. Without it calls of tools whose policy says Approve end the
	// run, and wait: see [Run.Waiting].
	Approve func(ctx context.Context, call llm.ToolCall) error

	// Mask, if not nil, is asked before each call whether the tool is to be had where the
	// run stands. Its error is told to the model in place of a result. Tools that differ
	// by step are masked, not removed, as the list of tools stands at the beginning of
	// each request. It must not modify the run.
	Mask func(run *Run, call llm.ToolCall) error

	// Retries is how often a request is made again in a run that broke off after some of
	// its reply was shown, or whose reply is blank; 0 is two, negative none. Failures
	// before that are for [llm.Retry].
	Retries int

	// Store, if not nil, keeps each record of a run before the run goes on. After a crash
	// [Store.Load] has the run, and Resume goes on with it.
	Store Store

	// Unguarded allows tools that together read what others have written, reach private
	// data, and change things or reach outside. Without it a run fails with [ErrUnsafe]
	// if there is one of each, unless a person approves of the calls of one of the kinds:
	// what is written in a page could make the model send the data away.
	Unguarded bool

	answer *answer // of As
}

// A Result is what came of a run that is done.
type Result struct {
	Text    string          // the answer
	Value   json.RawMessage // the answer in JSON, of an agent of [As]; else nil
	Run     *Run
	Usage   llm.Usage     // of all requests, those of agents that are tools included
	Elapsed time.Duration // of work: not what a person was waited for
}

// Run answers the input and returns the text of the final reply. It is a Func, and so a
// step of a chain, or what [tools.New] makes a tool of.
//
// The error is an [*Error], with the run as far as it came. If there is a Memory, the
// turn is in it if and only if there is no error.
func (a *Agent) Run(ctx context.Context, input string) (string, error) {
	result, err := a.Do(ctx, input)
	if err != nil {
		return "", err
	}
	return result.Text, nil
}

// Do is Run with all there is.
func (a *Agent) Do(ctx context.Context, input string) (*Result, error) {
	run, err := a.Start(ctx, input)
	if err != nil {
		return nil, err
	}
	return a.finish(ctx, run)
}

// finish runs run to its end, and nobody looks.
func (a *Agent) finish(ctx context.Context, run *Run) (*Result, error) {
	d := &driver{agent: a, run: run}
	if err := d.drive(ctx); err != nil {
		return nil, d.fail(err)
	}
	return run.result(), nil
}

// result returns what came of a run that is done.
func (r *Run) result() *Result {
	s := r.state()
	return &Result{Text: s.text, Value: s.value, Run: r, Usage: s.used.Usage, Elapsed: s.elapsed}
}

// Stream is Do as a sequence of events. It ends in exactly one of two ways: with an event
// that has the Result, or with one final pair of a nil event and the error, an [*Error].
// Leaving the loop early cancels what is under way; the run stays as it is then, and can
// be resumed. It returns a single-use iterator.
func (a *Agent) Stream(ctx context.Context, input string) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		run, err := a.Start(ctx, input)
		if err != nil {
			yield(nil, err)
			return
		}
		a.Resume(ctx, run)(yield)
	}
}

// Start returns a run that has begun and done nothing yet: it loads the memory, and
// freezes all that stands at the beginning of each request.
func (a *Agent) Start(ctx context.Context, input string) (*Run, error) {
	if strings.TrimSpace(input) == "" {
		return nil, &Error{Agent: a.Name, Err: invalid("there is nothing to answer: the input is blank")}
	}
	return a.StartWith(ctx, llm.User(input))
}

// StartWith is Start with a message of the user, which may have images and other files.
func (a *Agent) StartWith(ctx context.Context, input llm.Message) (*Run, error) {
	return a.begin(ctx, input, nil)
}

// begin starts a run that goes on from history, unless there is a Memory. In a call of an
// agent that was interrupted, the run is there already.
func (a *Agent) begin(ctx context.Context, input llm.Message, history []llm.Message) (*Run, error) {
	id, derived := a.runID(ctx, input)
	if derived && a.Store != nil {
		run, err := a.Store.Load(ctx, id)
		if err == nil {
			return run, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, &Error{Agent: a.Name, Err: err}
		}
	}
	h, err := a.header(ctx, input, history)
	if err != nil {
		return nil, &Error{Agent: a.Name, Err: err}
	}
	run := &Run{ID: id, Log: make([]Record, 0, 32)} // what most runs take
	if err = run.Apply(Record{Kind: Began, At: now(), Header: h}); err == nil {
		err = a.save(ctx, run)
	}
	if err != nil {
		return nil, &Error{Agent: a.Name, Err: err}
	}
	return run, nil
}

// Resume goes on with a run where it stands: one that has just begun, that was stored,
// or that ended with an error whose cause is put right. The sequence is as that of
// Stream. Resuming a run that is done does no more than to make sure that the memory has
// it. The limits are those of the agent, which may be others than before; the tools are
// those that the agent has now, and the model sees those that the run began with.
func (a *Agent) Resume(ctx context.Context, run *Run) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := &driver{agent: a, run: run, yield: yield}
		if err := d.drive(ctx); err != nil && err != errLeft {
			yield(nil, d.fail(err))
		}
	}
}

// header freezes what stands at the beginning of each request.
func (a *Agent) header(ctx context.Context, input llm.Message, given []llm.Message) (*Header, error) {
	if a.Model == nil {
		return nil, invalid("there is no model: it is nil")
	}
	if input.Role != llm.RoleUser || len(input.Parts) == 0 {
		return nil, invalid("the input is not a message of the user")
	}
	h := &Header{Agent: a.Name, System: a.System, Limits: a.Limits.or()}
	var err error
	if h.Tools, err = a.freeze(); err != nil {
		return nil, err
	}
	if err := a.guard(ctx); err != nil {
		return nil, err
	}
	if a.answer != nil {
		h.Answer = a.answer.name
	}
	s := a.Settings
	h.Settings = llm.Request{Model: s.Model, Effort: s.Effort, MaxTokens: s.MaxTokens, Temperature: s.Temperature, TopP: s.TopP,
		Stop: slices.Clone(s.Stop), TopLogprobs: s.TopLogprobs, User: s.User, Extra: slices.Clone(s.Extra)}
	context := 0
	if a.Compact.At == 0 {
		context = llm.AbilitiesOf(a.Model, s.Model).Context
	}
	h.Compact = a.Compact.or(context)
	if a.Prompt != nil {
		if h.System, err = a.Prompt(ctx); err != nil {
			return nil, fmt.Errorf("making the system prompt: %w", err)
		}
	}
	history := memory.History{Messages: given}
	if a.Memory != nil {
		if history, err = a.Memory.Load(ctx); err != nil {
			return nil, err
		}
	}
	h.History, h.After = history.Messages, history.Last
	if a.Remind != nil {
		if h.Input, err = a.Remind(ctx, history); err != nil {
			return nil, fmt.Errorf("reminding the model: %w", err)
		}
	}
	h.Input = append(slices.Clip(h.Input), input)
	if err := (memory.Turn{ID: "input", Messages: h.Input}).Check(); err != nil {
		return nil, invalid("what the turn begins with: %v", err)
	}
	return h, nil
}

// freeze returns the tools as a run keeps them.
func (a *Agent) freeze() ([]Tool, error) {
	set := a.set()
	list := make([]Tool, 0, len(set))
	for i, t := range set {
		if t == nil {
			return nil, invalid("tool %d is nil", i)
		}
		spec := t.Spec()
		spec.Schema = slices.Clone(spec.Schema)
		for _, other := range list {
			if other.Name == spec.Name && other.Kind == spec.Kind {
				return nil, invalid("two tools have the name %q: rename one", spec.Name)
			}
		}
		p := tools.PolicyOf(t)
		final := ends(t) && (a.answer == nil || spec.Name == a.answer.name) // of a handoff comes text, and no value
		list = append(list, Tool{spec, p.Effect, p.Approve, final})
	}
	return list, nil
}

// set returns the tools, with that for the answer.
func (a *Agent) set() tools.Set {
	if a.answer == nil {
		return a.Tools
	}
	return append(slices.Clip(a.Tools), a.answer.tool)
}

// invalid returns the error of an agent that cannot run.
func invalid(format string, args ...any) error {
	return &llm.Error{Message: fmt.Sprintf(format, args...), Err: llm.ErrInvalid}
}

// errLeft says that nobody looks any more.
var errLeft = errors.New("left")

// now returns the time as a record keeps it.
func now() time.Time { return time.Now().UTC().Round(0) }

// runID returns the ID of a new run. That of an agent which is a tool of another is
// derived from the call, and the same if that is made again after a crash: so what the
// run is about is in it too, as a tool may have several, at once.
func (a *Agent) runID(ctx context.Context, input llm.Message) (id string, derived bool) {
	call, m := tools.CallID(ctx), meterOf(ctx)
	data, err := json.Marshal(input)
	if call == "" || m == nil || err != nil {
		return rand.Text(), false
	}
	sum := sha256.Sum256(append([]byte(a.Name+"\x00"), data...))
	id = call + "/" + hex.EncodeToString(sum[:6])
	if n := m.next(id); n > 1 {
		id += "#" + strconv.Itoa(n)
	}
	return id, true
}
