package memorytest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// turns is a store that can tell all its turns.
type turns interface {
	Turns(context.Context) iter.Seq2[memory.Turn, error]
}

// load returns what m shows, which must be sound in itself.
func (p *probed) load(ctx context.Context, m memory.Memory) memory.History {
	h, err := m.Load(ctx)
	if err != nil {
		p.Fatalf("Load must not fail: %v", err)
	}
	if fault := unsound(h); fault != "" {
		p.Fatalf("%s: %s", fault, brief(h))
	}
	return h
}

// unsound returns what in h does not go together.
func unsound(h memory.History) string {
	if len(h.Turns) == 0 {
		if h.Last != "" || len(h.Messages) > 0 {
			return "Load must say in History.Turns whose the messages are"
		}
		return ""
	}
	at := -1
	for i, mark := range h.Turns {
		switch {
		case i == 0 && mark.Start != 0, mark.Start <= at, mark.Start >= len(h.Messages):
			return "History.Turns must say where each turn begins, the first at 0"
		case i > 0 && mark.Summary:
			return "Load must begin with the newest Summary"
		}
		at = mark.Start
	}
	if h.Last != h.Turns[len(h.Turns)-1].ID {
		return "History.Last must be the ID of the newest turn"
	}
	return ""
}

// want returns the History of turns.
func want(list []memory.Turn) memory.History {
	var h memory.History
	for _, t := range list {
		if t.Summary {
			h = memory.History{}
		}
		h.Last = t.ID
		h.Turns = append(h.Turns, memory.Mark{ID: t.ID, Start: len(h.Messages), Summary: t.Summary})
		h.Messages = append(h.Messages, t.Messages...)
	}
	return h
}

// holds ends the case if m does not show exactly the turns that were appended.
// All that is compared is compared to the byte.
func (p *probed) holds(ctx context.Context, m memory.Memory, list []memory.Turn, why string) {
	got, want := p.load(ctx, m), want(list)
	if got.Last != want.Last {
		p.Fatalf("%s: History.Last is %q, want %q", why, got.Last, want.Last)
	}
	if len(got.Turns)+len(want.Turns) > 0 && !reflect.DeepEqual(got.Turns, want.Turns) {
		p.Fatalf("%s: the turns are %s\nwant %s", why, brief(got), brief(want))
	}
	if len(got.Messages) != len(want.Messages) {
		p.Fatalf("%s: there are %d messages, want %d", why, len(got.Messages), len(want.Messages))
	}
	for i := range got.Messages {
		if !same(got.Messages[i], want.Messages[i]) {
			p.Fatalf("%s: message %d is not as it was appended: %s\nwant %s", why, i, show(got.Messages[i]), show(want.Messages[i]))
		}
	}
	p.tells(ctx, m, list, why)
}

// tells ends the case if m has a method Turns that yields anything else.
func (p *probed) tells(ctx context.Context, m memory.Memory, list []memory.Turn, why string) {
	teller, ok := m.(turns)
	if !ok {
		return
	}
	var got []memory.Turn
	for t, err := range teller.Turns(ctx) {
		if err != nil {
			p.Fatalf("%s: Turns must not fail: %v", why, err)
		}
		got = append(got, t)
	}
	if len(got) != len(list) {
		p.Fatalf("%s: Turns must yield all turns: %d, want %d", why, len(got), len(list))
	}
	for i, t := range got {
		w := list[i]
		if t.ID != w.ID || t.After != w.After || t.Summary != w.Summary || !slices.EqualFunc(t.Messages, w.Messages, same) {
			p.Fatalf("%s: Turns must yield turns as they were appended: turn %d is %q after %q, want %q after %q with the same messages", why, i, t.ID, t.After, w.ID, w.After)
		}
	}
	for range teller.Turns(ctx) {
		break // it must bear that
	}
	for _, t := range got { // they are the receiver's
		for i := range t.Messages {
			t.Messages[i] = llm.System("spoiled")
		}
	}
}

// same reports whether two messages are equal to the byte.
func same(a, b llm.Message) bool {
	return reflect.DeepEqual(a, b) || reflect.DeepEqual(a, valid(b))
}

// valid returns m with U+FFFD for what is not UTF-8, as JSON has it.
func valid(m llm.Message) llm.Message {
	data, err := json.Marshal(m)
	if err != nil {
		return m
	}
	var back llm.Message
	if json.Unmarshal(data, &back) != nil {
		return m
	}
	return back
}

// append appends a turn that must be taken.
func (p *probed) append(ctx context.Context, m memory.Memory, t memory.Turn) {
	if err := m.Append(ctx, t); err != nil {
		p.Fatalf("Append must take the turn %q after %q: %v", t.ID, t.After, err)
	}
}

// fill appends turns, each after the one before it, to what list has, and returns all.
func (p *probed) fill(ctx context.Context, m memory.Memory, list []memory.Turn, more ...memory.Turn) []memory.Turn {
	for _, t := range more {
		t.After = ""
		if len(list) > 0 {
			t.After = list[len(list)-1].ID
		}
		p.append(ctx, m, t)
		list = append(list, t)
	}
	return list
}

// conflicts ends the case unless the turn is refused because of newest.
func (p *probed) conflicts(ctx context.Context, m memory.Memory, t memory.Turn, newest string) {
	err := m.Append(ctx, t)
	switch {
	case err == nil:
		p.Fatalf("Append must refuse a turn whose After is not the newest turn: %q after %q was taken, the newest is %q", t.ID, t.After, newest)
	case !errors.Is(err, memory.ErrConflict):
		p.Fatalf("Append must refuse a turn whose After is not the newest turn with ErrConflict, not with: %v", err)
	}
	for _, id := range []string{t.After, newest} {
		quoted := strconv.Quote(id)
		if id != "" && !strings.Contains(err.Error(), id) && !strings.Contains(err.Error(), quoted[1:len(quoted)-1]) {
			p.Fatalf("the text of ErrConflict must have both IDs: %q is not in: %v", id, err)
		}
	}
}

// turn returns a turn of a user's message and its answer.
func turn(id, text string) memory.Turn {
	return memory.Turn{ID: id, Messages: []llm.Message{llm.User(text), llm.Assistant("Answer to " + text)}}
}

// some returns n turns.
func some(n int) []memory.Turn {
	list := make([]memory.Turn, n)
	for i := range list {
		list[i] = turn("turn-"+strconv.Itoa(i), "question "+strconv.Itoa(i))
	}
	return list
}

// copied returns a turn that shares nothing with t.
func copied(t memory.Turn) memory.Turn {
	data, err := json.Marshal(t)
	if err != nil {
		panic(err) // all turns of this package encode
	}
	var back memory.Turn
	if err := json.Unmarshal(data, &back); err != nil {
		panic(err)
	}
	return back
}

// brief shows the turns of h.
func brief(h memory.History) string {
	var b strings.Builder
	for i, mark := range h.Turns {
		if i > 20 {
			b.WriteString(" …")
			break
		}
		b.WriteString(" " + strconv.Quote(mark.ID) + "@" + strconv.Itoa(mark.Start))
		if mark.Summary {
			b.WriteString(" (summary)")
		}
	}
	return "turns" + b.String() + ", last " + strconv.Quote(h.Last) + ", " + strconv.Itoa(len(h.Messages)) + " messages"
}

// show shows a message, cut.
func show(m llm.Message) string {
	data, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	if len(data) > 600 {
		return string(data[:600]) + "…"
	}
	return string(data)
}
