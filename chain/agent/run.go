package agent

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A Run is one execution of an agent, as data: how it began, and what has happened
// since. What is to be done next follows from that alone, see [Run.Next], so that a run
// may be saved after each record and go on elsewhere, see [Agent.Resume] and [Store].
//
// As JSON it is an object with the ID and the log, and comes back without loss; a run
// from outside must be trusted as the program itself is, as it says which calls a person
// has approved.
//
// A Run is not safe for concurrent use. While it is ranged over by [Agent.Stream] or
// [Agent.Resume] it changes only between two events: the body of the loop may read and
// save it.
type Run struct {
	ID     string   // unlike that of all others; the CallIDs of its calls begin with it
	Header *Header  // what does not change; it must not be modified, and is shared with forks
	Log    []Record // what has happened; the first record has the Header. It only grows, by Apply

	s     state
	saved int // how many records the store has, as far as is known
}

// Apply adds what has happened to the log, if it is something that can have happened
// where the run stands. Else the error wraps [ErrRecord], and nothing changes.
//
// A driver applies what came of the step that [Run.Next] asked for; others need it only
// to bring about what no method of Run does. What is in rec belongs to the run from then
// on. Text in it that is not UTF-8 becomes what it will be when it comes back from JSON.
func (r *Run) Apply(rec Record) error {
	if err := r.admit(&rec); err != nil {
		return err
	}
	r.add(rec)
	return nil
}

// admit makes rec what the log keeps of it, or returns why it does not fit.
func (r *Run) admit(rec *Record) error {
	err := rec.plain()
	if err == nil {
		rec.Call = strings.TrimPrefix(rec.Call, r.ID+"/")
		err = r.state().check(r, *rec)
	}
	if err != nil {
		return fmt.Errorf("agent: run %s, record %d: %w: %w", r.ID, len(r.Log), ErrRecord, err)
	}
	return nil
}

// add appends a record that was admitted.
func (r *Run) add(rec Record) {
	r.Log = append(r.Log, rec)
	r.s.fold(r, rec)
}

// state returns what the log amounts to.
func (r *Run) state() *state {
	s := &r.s
	if s.folded > len(r.Log) { // somebody has cut it
		*s = state{}
	}
	for s.folded < len(r.Log) && s.misfit == nil {
		rec := r.Log[s.folded]
		if err := s.check(r, rec); err != nil { // nor has it come by Apply
			s.misfit = fmt.Errorf("%w: record %d: %w", ErrRecord, s.folded, err)
			break
		}
		s.fold(r, rec)
	}
	return s
}

// Fork returns a run of its own that has come as far as r: the two share what does not
// change, and go on apart. It has another ID, so that what it does counts as done by
// another. Approvals that r has not made use of are not taken over: the calls wait again.
// So does a call that r is making, if it must not be made twice. It costs as much as to
// read the log once.
func (r *Run) Fork() *Run {
	return &Run{ID: rand.Text(), Header: r.Header, Log: slices.Clip(r.Log)}
}

// Messages returns the conversation as the model sees it: the system prompt, the
// history, what the user said, and what came of it so far. It is valid for an API
// wherever the run stands: calls that have no result yet have one here that says so.
// The slice is the caller's; what is in it is not.
func (r *Run) Messages() []llm.Message {
	s := r.state()
	return s.close(s.messages, notYetWords)
}

// Turn returns the messages of this run, without what came before, and all of them, also
// if the beginning was summed up since: what a memory keeps of it. What is said of
// [Run.Messages] holds.
func (r *Run) Turn() []llm.Message {
	s := r.state()
	return s.close(s.turn, notYetWords)
}

// Text returns what the model has said last: if the run is done, the answer; if it has
// ended at a limit and [Limits].Finish is set, the summary of what there is.
func (r *Run) Text() string { return r.state().text }

// Used returns what the run has used up so far, what agents did that are its tools
// included. What a provider has said to be negative does not count.
func (r *Run) Used() Used { return r.state().used }

// Limits returns the limits under which the run is, with the defaults filled in: those
// that it began with, or those of the last record of kind [Limited].
func (r *Run) Limits() Limits { return r.state().limits }

// Waiting returns the calls that wait for a person, in the order of the calls: those
// that need approval, and those that were begun before a crash and must not be made
// twice. [Run.Grant] and [Run.Refuse] decide.
func (r *Run) Waiting() []Call {
	s := r.state()
	var list []Call
	for i := range s.open {
		if p := &s.open[i]; p.waits() {
			list = append(list, p.waiting())
		}
	}
	return list
}

// MarshalJSON implements [json.Marshaler]. It encodes all of the run: to save what was
// added alone is what a [Store] is for.
func (r *Run) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonRun{r.ID, r.Log})
}

// UnmarshalJSON implements [json.Unmarshaler]. The error wraps [ErrRecord] if the log is
// none that a run can have, or a newer version has written it; then r is as it was.
func (r *Run) UnmarshalJSON(data []byte) error {
	var j jsonRun
	if err := decode(data, &j); err != nil {
		return fmt.Errorf("agent: decoding a run: %w", err)
	}
	made, err := Restore(j.ID, j.Log)
	if err != nil {
		return err
	}
	*r = *made
	r.saved = 0 // which store has it is not known
	return nil
}

// Restore returns the run that has the given log: what a [Store] does that has kept its
// records. The slice is not kept, what is in it belongs to the run from then on. The
// error wraps [ErrRecord] if the log is none that a run can have.
func Restore(id string, log []Record) (*Run, error) {
	r := &Run{ID: id, Log: make([]Record, 0, len(log))}
	for _, rec := range log {
		if err := r.Apply(rec); err != nil {
			return nil, err
		}
	}
	if len(log) == 0 {
		return nil, fmt.Errorf("agent: run %s: %w: the log is empty", id, ErrRecord)
	}
	r.saved = len(r.Log)
	return r, nil
}

// jsonRun is a Run in JSON.
type jsonRun struct {
	ID  string   `json:"id"`
	Log []Record `json:"log"`
}
