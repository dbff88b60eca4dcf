package main

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

// A view shows what happens in a chain. Of the replies that arrive at the same
// time, one has the floor: what else happens is shown once that is over.
type view struct {
	screen  *demo.Screen
	steps   map[uint64]*trace.Span // those that are named, by their IDs
	parents map[uint64]uint64      // of all spans
	floor   *trace.Span            // the reply that is shown now, or nil
	waiting []trace.Event          // what happened meanwhile
	spoke   bool                   // a reply was shown
	blank   bool                   // the last line is
	answer  Answer                 // the value of the chain, in the end
}

func newView(screen *demo.Screen) *view {
	return &view{screen: screen, steps: make(map[uint64]*trace.Span), parents: make(map[uint64]uint64)}
}

// show shows an event, now or later.
func (v *view) show(e trace.Event) {
	if v.floor != nil && !v.isOfFloor(e) {
		v.waiting = append(v.waiting, e)
		return
	}
	switch e := e.(type) {
	case trace.Started:
		v.parents[e.Span.ID] = e.Span.Parent
		if e.Span.Category == "step" {
			v.steps[e.Span.ID] = e.Span
		}
		if v.isInner(e.Span) {
			v.line("  → %s\n", e.Span.Name)
		}
	case llm.ChunkEvent:
		if v.floor == nil && v.isReply(e) {
			v.floor, v.spoke = e.Span, true
			if !v.blank {
				v.screen.Printf("\n")
			}
			v.screen.Printf("%s:\n\n", v.stepOf(e.Span))
		}
		if v.floor != nil {
			v.screen.Show(e.Chunk)
		}
	case trace.Ended:
		if e.Span == v.floor {
			v.screen.End()
			v.screen.Printf("\n")
			v.blank = true
			v.release()
		}
		if v.isInner(e.Span) {
			v.ended(e)
		}
	case chain.Result[Answer]:
		v.answer = e.Value
	}
}

// isInner reports whether a span is a step within another. The outermost is the
// document.
func (v *view) isInner(s *trace.Span) bool { return s.Category == "step" && v.steps[s.Parent] != nil }

// isOfFloor reports whether an event is about the reply that is shown now.
func (v *view) isOfFloor(e trace.Event) bool {
	switch e := e.(type) {
	case llm.ChunkEvent:
		return e.Span == v.floor
	case trace.Ended:
		return e.Span == v.floor
	}
	return false
}

// isReply reports whether a chunk is the first of a reply that is to be read. JSON
// is not: its value is shown in the end.
func (v *view) isReply(e llm.ChunkEvent) bool {
	return e.Chunk.Text+e.Chunk.Reasoning != "" && e.Span.Category == "model" && v.steps[v.parents[e.Span.ID]] != nil
}

// release gives the floor to whoever waits for it.
func (v *view) release() {
	waiting := v.waiting
	v.floor, v.waiting = nil, nil
	for _, e := range waiting {
		v.show(e)
	}
}

func (v *view) ended(e trace.Ended) {
	elapsed := e.Elapsed.Round(time.Millisecond)
	if e.Err == nil {
		v.line("  ✓ %s, %v\n", e.Span.Name, elapsed)
		return
	}
	v.line("  ✗ %s, %v: %s\n", e.Span.Name, elapsed, printable(cause(e.Err)))
}

// line shows a line about a step.
func (v *view) line(format string, args ...any) {
	v.blank = false
	v.screen.Printf(format, args...)
}

// stepOf returns the name of the step that a reply is part of.
func (v *view) stepOf(s *trace.Span) string { return v.steps[v.parents[s.ID]].Name }

// cause returns what is behind the names of steps that an error bears.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil || !strings.HasSuffix(err.Error(), inner.Error()) {
			return err.Error()
		}
		err = inner
	}
}

// close shows what is left where a chain has failed in the middle of a reply.
func (v *view) close() {
	v.screen.End()
	v.release()
}

// describe shows an answer: its fields, and those texts that were not shown while
// they arrived.
func describe(screen *demo.Screen, a Answer, texts bool) {
	row := func(name, value string) {
		if value != "" {
			screen.Printf("  %-8s  %s\n", name, strings.ReplaceAll(printable(value), "\n", "\n            "))
		}
	}
	t := a.Ticket
	from := t.From.Name
	if t.From.Email != "" {
		from += " <" + t.From.Email + ">"
	}
	row("topic", string(t.Topic))
	row("from", from)
	row("subject", t.Subject)
	row("date", t.Date)
	row("requests", strings.Join(t.Requests, "\n"))
	row("desk", a.Desk)
	if texts {
		row("summary", a.Summary)
		row("draft", a.Draft)
	}
	screen.Printf("\n")
}

// printable removes what would command a terminal: a model may write anything.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
