package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// A Call is a tool call of a run.
type Call struct {
	ID           string // what the tool gets from [tools.CallID]: ID of the run, number of the reply, number of the call
	llm.ToolCall        // as the model wrote it; its own ID is ToolCall.ID
	Why          string // why it waits for a person; "" if it does not

	digest  string    // of what a person has approved of
	expires time.Time // when that ends; zero is never
}

// Approved reports whether a person has approved of the call, and that still holds at the
// given time. A driver makes such a call in a context of [tools.Approved], and holds one
// whose approval has expired, by a [Record] of kind [Held]. Whether the tool has still
// the schema that the run has frozen is for the driver to see.
func (c Call) Approved(at time.Time) bool {
	return c.digest != "" && (c.expires.IsZero() || !at.After(c.expires))
}

// A pending is a call that has no result, or whose siblings have none.
type pending struct {
	Call
	phase  phase
	result *llm.ToolResult
	value  json.RawMessage // the answer in JSON, if that was asked for
	schema string          // digest of the schema that it is to be approved with; "" is the one that is frozen
	once   bool            // must not be made twice
	final  bool            // its result is the answer
	begun  bool            // it may have been made already
	lent   bool            // it has an approval that is not of this call, as in a fork
	live   bool            // it is being made, by a driver in this process
}

// A phase is how far a call has come.
type phase uint8

const (
	asked   phase = iota // by the model
	held                 // it waits for a person
	granted              // a person has approved of it
	calling              // it was begun
	called               // it has a result
)

// waits reports whether a person is to decide about the call. One that was begun before
// a crash may have been done: if it must not be done twice, nobody else can know.
func (p *pending) waits() bool {
	return p.phase == held || p.phase == calling && p.once && !p.live
}

// waiting returns a call that waits, with the reason.
func (p *pending) waiting() Call {
	c := p.Call
	switch {
	case p.phase == calling:
		c.Why = unknownWords
	case p.begun:
		c.Why += "; " + unknownWords
	}
	return c
}

const unknownWords = "it was begun before the run was interrupted and may have been done: grant it to have it made again, or refuse it with what became of it"

// end gives a call a result that says why it was not made.
func (p *pending) end(text string) {
	p.phase = called
	p.result = &llm.ToolResult{ID: p.ToolCall.ID, Name: p.Name, Content: llm.Parts{llm.Text(text)}, IsError: true}
}

// hold makes a call wait, for an approval with the given schema.
func (p *pending) hold(why, schema string) {
	p.phase, p.Why, p.lent = held, why, false
	p.digest, p.expires, p.schema = "", time.Time{}, schema
}

// refuse ends a call that a person has decided about.
func (p *pending) refuse(why string) {
	text := refusedWords
	if p.begun {
		text = brokenWords
	}
	if why = strings.TrimSpace(why); why != "" {
		text += ": " + why
	}
	p.end(text)
}

// Grant says that a person approves of a call that is [Run.Waiting], by its ID; that of
// the model will do too. It holds for exactly this call: for the tool with its schema,
// these arguments, once, and until expiry, or for ever if that is zero. If by the time of
// the call one of these is not so any more, the call waits again.
//
// The error wraps [ErrRecord] if no such call waits.
func (r *Run) Grant(callID string, expiry time.Time) error {
	p, err := r.waitingCall(callID)
	if err != nil {
		return err
	}
	rec := r.grant(p)
	rec.At, rec.Expires = now(), expiry
	return r.Apply(rec)
}

// Refuse says that a person does not approve of a call that is [Run.Waiting]. The model
// is told so, with the reason; of a call that may have been done, the reason says what
// became of it. The IDs and the error are as for [Run.Grant].
func (r *Run) Refuse(callID, reason string) error {
	p, err := r.waitingCall(callID)
	if err != nil {
		return err
	}
	return r.Apply(Record{Kind: Refused, At: now(), Call: p.ID, Text: reason})
}

// waitingCall returns the call with that ID that waits for a person. If it is one of the
// model's, no other call has it: see sendable.
func (r *Run) waitingCall(id string) (*pending, error) {
	s := r.state()
	var found *pending
	for i := range s.open {
		if p := &s.open[i]; p.waits() && (p.ID == id || found == nil && p.ToolCall.ID == id) {
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("agent: run %s: %w: no call %q waits for a person: see Waiting", r.ID, ErrRecord, id)
	}
	return found, nil
}

// grant returns the record of an approval of p.
func (r *Run) grant(p *pending) Record {
	return Record{Kind: Granted, Call: p.ID, Digest: r.wanted(p)}
}

// wanted returns the digest that an approval of p must have.
func (r *Run) wanted(p *pending) string {
	schema := p.schema
	if t := r.Header.tool(p.Name); schema == "" && t != nil {
		schema = digest(string(t.Schema))
	}
	return r.digest(p.Call, schema)
}

// digest returns what stands for a call in this run, with a digest of the schema of its
// tool.
func (r *Run) digest(c Call, schema string) string {
	return digest("hadal call 1", c.ID, c.Name, schema, c.Args)
}

// digest returns what stands for texts.
func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:", len(text))
		io.WriteString(h, text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
