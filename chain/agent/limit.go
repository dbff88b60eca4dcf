package agent

import (
	"cmp"
	"fmt"
	"time"
)

// Limits bound a run. Each is checked before it would be passed. The zero value is safe:
// 0 is the default that is said, and a negative number is no limit.
//
// An agent that is a tool of another is bound by what is left of the other's too.
type Limits struct {
	Calls   int           `json:"calls,omitempty"`   // requests to the model; 0 is 25
	Tools   int           `json:"tools,omitempty"`   // tool calls; 0 is 100. If those of a reply pass it, none of them is made
	Tokens  int           `json:"tokens,omitempty"`  // input and output of all requests; 0 is 2,000,000. What a request takes is estimated, from what the one before took
	Time    time.Duration `json:"time,omitempty"`    // of work, not of waiting for a person; 0 is 10 minutes
	Repeats int           `json:"repeats,omitempty"` // the same call, with the same arguments, in a row; 0 is 3, and 1 is 2. The last of them is not made: the model is told so. If it makes the call in a later reply all the same, the run ends with ErrLoop. White space in the arguments and the order of members do not count
	Finish  bool          `json:"finish,omitempty"`  // at a limit the model is asked once more, to sum up without tools what there is: see Run.Text. The error is the same
}

// or returns l with the defaults filled in.
func (l Limits) or() Limits {
	if l.Repeats == 1 {
		l.Repeats = 2 // one call is no repeat
	}
	return Limits{
		Calls:   cmp.Or(l.Calls, 25),
		Tools:   cmp.Or(l.Tools, 100),
		Tokens:  cmp.Or(l.Tokens, 2_000_000),
		Time:    cmp.Or(l.Time, 10*time.Minute),
		Repeats: cmp.Or(l.Repeats, 3),
		Finish:  l.Finish,
	}
}

// A LimitError says which limit a run has reached. It wraps [ErrLimit].
type LimitError struct {
	Limit string // "calls", "tools", "tokens" or "time"
	Max   int64  // what the limit is; of time, in nanoseconds
	Outer bool   // it is what was left to the agent of which this one is a tool
}

// Error says which limit it is, and what to do.
func (e *LimitError) Error() string {
	return "limit reached: " + e.what() + ": raise it in Limits and resume the run"
}

// what returns the limit in words.
func (e *LimitError) what() string {
	var text string
	switch e.Limit {
	case "calls":
		text = fmt.Sprintf("%d model calls", e.Max)
	case "tools":
		text = fmt.Sprintf("%d tool calls", e.Max)
	case "tokens":
		text = fmt.Sprintf("%d tokens", e.Max)
	default:
		text = time.Duration(e.Max).String() + " of time"
	}
	if e.Outer {
		text += ", as the agent that called this one had no more left"
	}
	return text
}

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

// limit returns which limit would be passed by the next request, or by n tool calls.
func (s *state) limit(n int) *LimitError {
	l := s.limits
	switch {
	case l.Time > 0 && s.elapsed >= l.Time:
		return &LimitError{Limit: "time", Max: int64(l.Time)}
	case n > 0 && l.Tools > 0 && n > l.Tools-s.used.Tools:
		return &LimitError{Limit: "tools", Max: int64(l.Tools)}
	case n > 0 || len(s.open) > 0:
		return nil
	case l.Calls > 0 && s.used.Calls >= l.Calls:
		return &LimitError{Limit: "calls", Max: int64(l.Calls)}
	case l.Tokens > 0 && plus(plus(s.used.Usage.Input, s.used.Usage.Output), s.tokens) > l.Tokens:
		return &LimitError{Limit: "tokens", Max: int64(l.Tokens)}
	}
	return nil
}

// stop returns why the run cannot go on at all, or nil.
func (s *state) stop() error {
	switch {
	case s.misfit != nil:
		return s.misfit
	case s.folded == 0:
		return fmt.Errorf("%w: the run has not begun: see Agent.Start", ErrRecord)
	case s.loop != "":
		return fmt.Errorf("%w: it called %s with the same arguments %d times, though it was told not to", ErrLoop, s.loop, s.repeats)
	case s.cuts > maxFaults:
		return fmt.Errorf("%w: %d replies in a row were too long: raise MaxTokens in Settings", errCut, s.cuts)
	case s.reminds > maxFaults:
		return fmt.Errorf("%w, %d times in a row; the model was told: %s", errUnfit, s.reminds, s.unfit)
	}
	return nil
}

// maxFaults is how many replies in a row may be of no use.
const maxFaults = 2
