package memory

import (
	"context"
	"errors"
	"sync"

	"github.com/hadal-go/hadal/llm"
)

// A Window is a [Memory] that shows the model the newest turns of another one,
// which keeps them all:
//
//	m := &memory.Window{Memory: new(memory.Buffer), Tokens: 100_000}
//
// When the turns together pass Tokens, it cuts the oldest, as many as it takes
// to get down to half of that. Until they pass it again, what it shows is only
// appended to, so that the provider's cache of the beginning of the prompt
// serves many turns: a window that slid with each turn would be billed in full
// each time. Even so, on DeepSeek a cached token is so cheap that to keep all of
// a conversation costs less than a window, until it is tens of times as long;
// a Window is there for the limit of the model and for what it can attend to.
//
// Turns are shown whole or not at all. The newest is always shown, though it may
// be over the limit alone, and so is a Summary at the front.
//
// Where it cuts depends on the turns of the history alone, in their order, as if
// each had been loaded when it was appended. So it is the same after a restart,
// and for all who look at a conversation.
//
// A turn is counted once, and of a [Buffer] or a [File] only what is shown is
// copied, so that a Load costs what it shows and what is new. A Window is safe
// for concurrent use. It must not be copied, and its fields must not change, after
// the first use.
type Window struct {
	Memory              // it keeps all turns, and must say where each begins; if nil, a Buffer of the Window's own
	Tokens  int         // of what is shown; if zero or negative, there is no limit
	Counter llm.Counter // of tokens; if nil, see [Estimate]

	own Buffer // if Memory is nil

	mu    sync.Mutex
	first string // ID of the first turn of what is counted
	turns []counted
	base  int // tokens of a request without messages
}

// A counted is what is known of a turn.
type counted struct {
	id     string
	tokens int
	start  int // index of the first turn that is shown if this is the newest, not counting a Summary
	shown  int // tokens of what is shown then
}

// Load returns the newest turns of the Memory. The error is that of its Load, or
// says that it does not mark where its turns begin.
func (w *Window) Load(ctx context.Context) (History, error) {
	m := w.memory()
	load := m.Load
	if v, ok := m.(viewer); ok {
		load = v.view // what is not shown is not copied either
	}
	h, err := load(ctx)
	if err != nil || w.Tokens <= 0 || len(h.Messages) == 0 {
		return copied(h, err)
	}
	if len(h.Turns) == 0 || h.Turns[0].Start != 0 || h.Turns[len(h.Turns)-1].ID != h.Last {
		return History{}, failure("load", "", "", errors.New("the Memory of the Window does not say which turns its messages are of: it must fill History.Turns"))
	}
	return h.from(w.cut(h)), nil
}

// Append appends a turn to the Memory.
func (w *Window) Append(ctx context.Context, turn Turn) error { return w.memory().Append(ctx, turn) }

func (w *Window) memory() Memory {
	if w.Memory == nil {
		return &w.own
	}
	return w.Memory
}

// cut returns the first turn to be shown, apart from a Summary.
func (w *Window) cut(h History) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.turns), len(h.Turns))
	if n == 0 || w.first != h.Turns[0].ID || w.turns[n-1].id != h.Turns[n-1].ID {
		// another history than before, as after a Summary
		w.first, w.turns = h.Turns[0].ID, nil
		if w.Counter != nil {
			w.base = w.Counter.Count(&llm.Request{})
		}
	}
	for i := len(w.turns); i < len(h.Turns); i++ {
		w.turns = append(w.turns, w.next(h, i))
	}
	return w.turns[len(h.Turns)-1].start
}

// next counts turn i, before which all are counted.
func (w *Window) next(h History, i int) counted {
	c := counted{id: h.Turns[i].ID, tokens: w.count(h.messages(i))}
	pinned := 0 // how many turns at the front stay
	if h.Turns[0].Summary {
		pinned = 1
	}
	c.start, c.shown = min(pinned, i), c.tokens
	if i > 0 {
		c.start, c.shown = max(w.turns[i-1].start, pinned), w.turns[i-1].shown+c.tokens
	}
	if c.shown <= w.Tokens {
		return c
	}
	for c.start < i && c.shown > w.Tokens/2 {
		c.shown -= w.turns[c.start].tokens
		c.start++
	}
	return c
}

// count returns the tokens of messages.
func (w *Window) count(messages []llm.Message) int {
	if w.Counter == nil {
		return Estimate(messages...)
	}
	return max(w.Counter.Count(&llm.Request{Messages: messages})-w.base, 0)
}

// messages returns those of turn i.
func (h History) messages(i int) []llm.Message {
	end := len(h.Messages)
	if i+1 < len(h.Turns) {
		end = h.Turns[i+1].Start
	}
	return h.Messages[h.Turns[i].Start:end:end]
}

// from returns a copy of h from turn i on, after the Summary if h has one.
func (h History) from(i int) History {
	at := h.Turns[i].Start
	c := History{Last: h.Last, Turns: make([]Mark, 0, len(h.Turns)-i+1), Messages: make([]llm.Message, 0, len(h.Messages)-at+8)}
	if i > 0 && h.Turns[0].Summary {
		c.Turns = append(c.Turns, h.Turns[0])
		c.Messages = append(c.Messages, h.messages(0)...)
	}
	moved := at - len(c.Messages)
	for _, mark := range h.Turns[i:] {
		mark.Start -= moved
		c.Turns = append(c.Turns, mark)
	}
	c.Messages = append(c.Messages, h.Messages[at:]...)
	return c
}
