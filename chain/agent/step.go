package agent

import (
	"fmt"
	"slices"

	"github.com/hadal-go/hadal/llm"
)

// A Step is what a run needs next. Equal logs give equal steps.
type Step struct {
	Kind    StepKind
	Request *llm.Request // of StepModel, StepCompact and StepFinish: what to ask the model. It must not be modified
	Calls   []Call       // of StepTools: what to call, at once; of StepWait: what waits for a person
	Text    string       // of StepDone: the answer
	Err     error        // of StepStop: why, an error that wraps one of the Err variables; of StepFinish: which limit it is
}

// A StepKind says who is to do something.
type StepKind string

// The kinds of step.
const (
	StepModel   StepKind = "model"   // the model is to reply to the request
	StepTools   StepKind = "tools"   // the calls are to be made
	StepWait    StepKind = "wait"    // a person is to decide about the calls: see Run.Grant
	StepCompact StepKind = "compact" // the model is to sum up the beginning of the conversation
	StepFinish  StepKind = "finish"  // a limit is reached: the model is to sum up what there is
	StepDone    StepKind = "done"    // nothing: here is the answer
	StepStop    StepKind = "stop"    // nothing: a limit is reached, or the model goes round in circles
)

// Next returns what is to be done next. It is a pure function of the run, and costs the
// same however long that is; but a request with a question at its end, of StepCompact and
// StepFinish, has a list of messages of its own.
func (r *Run) Next() Step {
	s := r.state()
	if s.done {
		return Step{Kind: StepDone, Text: s.text}
	}
	if err := s.stop(); err != nil {
		return Step{Kind: StepStop, Err: err}
	}
	if len(s.open) > 0 {
		return r.nextCalls(s)
	}
	if err := s.limit(0); err != nil {
		return r.atLimit(s, err)
	}
	if s.mustCompact() {
		return Step{Kind: StepCompact, Request: r.compacting(s)}
	}
	return Step{Kind: StepModel, Request: r.request(s, s.messages, "")}
}

// nextCalls returns the step of a run whose last reply has calls without a result: first
// those that can be made, then those that wait.
func (r *Run) nextCalls(s *state) Step {
	var ready []Call
	started := 0 // calls that count from now on
	for i := range s.open {
		if p := &s.open[i]; p.phase != called && !p.waits() {
			ready = append(ready, p.Call)
			if !p.begun {
				started++
			}
		}
	}
	if len(ready) == 0 {
		return Step{Kind: StepWait, Calls: r.Waiting()}
	}
	if err := s.limit(started); err != nil {
		return r.atLimit(s, err)
	}
	return Step{Kind: StepTools, Calls: ready}
}

// atLimit returns the step of a run that has reached a limit.
func (r *Run) atLimit(s *state, err *LimitError) Step {
	if !s.mayFinish() {
		return Step{Kind: StepStop, Err: err}
	}
	messages := append(s.close(s.messages, limitWords), llm.User(fmt.Sprintf(finishWords, err.what())))
	return Step{Kind: StepFinish, Request: r.request(s, messages, llm.ToolNone), Err: err}
}

// mayFinish reports whether the model is to sum up at a limit: if it has not yet, and has
// been asked anything before.
func (s *state) mayFinish() bool { return s.limits.Finish && !s.finished && s.used.Calls > 0 }

// request returns the next request. The messages are those of the run, not a copy.
func (r *Run) request(s *state, messages []llm.Message, choice llm.ToolChoice) *llm.Request {
	req := r.Header.Settings
	req.Messages = slices.Clip(messages)
	req.Tools = s.specs
	if len(req.Tools) > 0 {
		req.ToolChoice = choice
	}
	return &req
}

// What the model is told by the agent itself. It is said in English whatever the
// conversation is in, as tools say their errors: the answer is in the user's language
// all the same.
const (
	finishWords = "You have reached a limit of this task (%s) and cannot call tools any more. Answer now with what you have found out so far, and say what is still open."

	cutWords = "Your reply was cut off, as it was too long. Go on from before it, in fewer words at a time: give a long text to a tool piece by piece, and keep the answer short."

	loopWords = "You have made this same call %d times in a row, with the same arguments. It was not made again, as it would say the same. Do something else, or answer with what you have."

	notYetWords = "error: the call has not been made yet"

	limitWords = "error: the call was not made, as a limit is reached"

	refusedWords = "error: the call was not made: a person was asked and refused it"

	brokenWords = "error: the run was interrupted during the call, which may have been done"

	aloneWords = "error: the call was not made, as it ends the task, and other calls came with it. Look at their results first, then call it alone."
)
