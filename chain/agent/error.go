package agent

import (
	"errors"
	"fmt"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output"
)

// Why a run has ended without an answer. Test for them with [errors.Is]; there are those
// of the model besides, such as [llm.ErrTruncated], and a context's.
var (
	ErrLimit    = errors.New("limit reached")                          // a *LimitError says which
	ErrLoop     = errors.New("the model goes round in circles")        // the same call, again and again
	ErrApproval = errors.New("a person is to decide about tool calls") // see Run.Waiting; Approve may return it, to leave a call waiting
	ErrBlank    = errors.New("the reply is blank")                     // several times
	ErrUnsafe   = errors.New("the tools are dangerous together")       // see Agent.Unguarded
	ErrRecord   = errors.New("that does not fit the run")              // of Apply, Grant, Refuse, and of a run that was stored
	ErrConflict = errors.New("the run has gone on elsewhere")          // of a Store
	ErrNotFound = errors.New("no such run")                            // of a Store
)

var (
	errCut   = fmt.Errorf("%w: the reply was cut off by the limit on its tokens", llm.ErrTruncated)
	errUnfit = output.ErrUnfit
)

// An Error says why a run has ended without an answer. The run is as it stands, with all
// that was done: what it lacks may be put right, and [Agent.Resume] goes on.
type Error struct {
	Agent string // its name
	Run   *Run   // nil if it has not begun
	Err   error  // wraps one of the Err variables, or what a model, a tool, a memory or a store said
}

// Error says which agent, how far it came, and why it has ended.
func (e *Error) Error() string {
	text := "agent"
	if e.Agent != "" {
		text += " " + e.Agent
	}
	if e.Run != nil {
		u := e.Run.Used()
		text += fmt.Sprintf(": after %d model calls and %d tool calls", u.Calls, u.Tools)
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }
