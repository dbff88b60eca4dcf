package agent

import (
	"encoding/json"
	"math"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A Record is something that has happened in a run. Which fields it has depends on its
// kind; others are ignored. As JSON it comes back without loss, but for what is said of
// bytes at [llm.Parts]. What this version does not know, a kind or a member of the
// object, is an error and is not passed over: a run that a newer version has gone on
// with is for that version.
type Record struct {
	Kind    RecordKind    `json:"kind"`
	At      time.Time     `json:"at,omitzero"`
	Elapsed time.Duration `json:"elapsed,omitempty"` // in nanoseconds, that was worked since the record before it; what is waited for a person does not count

	Header  *Header         `json:"header,omitempty"` // of Began
	For     StepKind        `json:"for,omitempty"`    // of Replied and Failed: what the model was asked for
	Reply   *llm.Response   `json:"reply,omitempty"`  // of Replied
	Value   json.RawMessage `json:"value,omitempty"`  // of Replied and Called: the answer in JSON, if it is one that was asked for; a string in the JSON of the record, so that its bytes stay
	Remind  string          `json:"remind,omitempty"` // of Replied without tool calls: what is to be said to the model, as the reply is not the end
	Call    string          `json:"call,omitempty"`   // ID of the call, of all that are about one; Apply takes the ID of the run and the slash off
	Result  *llm.ToolResult `json:"result,omitempty"` // of Called, with the ID that the call has in the conversation. Without an error it is the answer if the tool is Final
	Used    *Used           `json:"used,omitempty"`   // of Failed, and of Called: what agents did that are tools
	Digest  string          `json:"digest,omitempty"` // of Granted: what of; of Held: of the tool's schema, if it is no more that of the Header
	Expires time.Time       `json:"expires,omitzero"` // of Granted; zero is never
	Text    string          `json:"text,omitempty"`   // of Held, Refused and Failed: why
	Limits  *Limits         `json:"limits,omitempty"` // of Limited
}

// A RecordKind says what has happened.
type RecordKind string

// The kinds.
const (
	Began   RecordKind = "began"   // the run, with its Header
	Replied RecordKind = "replied" // the model, to the request of a step
	Failed  RecordKind = "failed"  // the request; it may be made again
	Calling RecordKind = "calling" // a tool call is about to be made
	Called  RecordKind = "called"  // it was made, or was not to be had: here is what the model is told
	Held    RecordKind = "held"    // a call waits for a person
	Granted RecordKind = "granted" // a person has approved of it. One whose Digest is not that of the call, as in a fork, has no effect
	Refused RecordKind = "refused" // or has not
	Limited RecordKind = "limited" // the limits are others from here on
)

// about reports whether a record of the kind is about a tool call.
func (k RecordKind) about() bool {
	switch k {
	case Calling, Called, Held, Granted, Refused:
		return true
	}
	return false
}

// jsonRecord is a Record in JSON. What is JSON itself is a string in it, as package json
// would change its bytes.
type jsonRecord struct {
	plainRecord
	Reply *jsonReply `json:"reply,omitempty"`
	Value *string    `json:"value,omitempty"`
}

type plainRecord Record

type jsonReply struct {
	*llm.Response
	Extra *string `json:"extra,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (rec Record) MarshalJSON() ([]byte, error) {
	j := jsonRecord{plainRecord: plainRecord(rec), Value: quote(rec.Value)}
	if rec.Reply != nil {
		j.Reply = &jsonReply{rec.Reply, quote(rec.Reply.Extra)}
	}
	return json.Marshal(j)
}

// UnmarshalJSON implements [json.Unmarshaler]. The error wraps [ErrRecord] if a newer
// version has written data.
func (rec *Record) UnmarshalJSON(data []byte) error {
	var j jsonRecord
	if err := decode(data, &j); err != nil {
		return err
	}
	*rec = Record(j.plainRecord)
	rec.Value = unquote(j.Value)
	if j.Reply != nil {
		rec.Reply = j.Reply.Response
		if rec.Reply == nil {
			rec.Reply = new(llm.Response)
		}
		rec.Reply.Extra = unquote(j.Reply.Extra)
	}
	return nil
}

// Used is what a run has used up, or a part of it. Sums stop at the largest int.
type Used struct {
	Calls int       `json:"calls,omitempty"` // of models, failed ones included
	Tools int       `json:"tools,omitempty"` // tool calls that were made
	Usage llm.Usage `json:"usage,omitzero"`
}

// add returns the sum. What is negative in v, as a provider may say by mistake, does not
// count.
func (u Used) add(v Used) Used {
	a, b := u.Usage, v.Usage
	return Used{plus(u.Calls, v.Calls), plus(u.Tools, v.Tools), llm.Usage{
		Input:     plus(a.Input, b.Input),
		Cached:    plus(a.Cached, b.Cached),
		Output:    plus(a.Output, b.Output),
		Reasoning: plus(a.Reasoning, b.Reasoning),
		Estimated: a.Estimated || b.Estimated,
	}}
}

// plus returns a + b, or the largest int if that is less. A negative b counts as 0.
func plus(a, b int) int {
	if b = max(b, 0); a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
