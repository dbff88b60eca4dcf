// Package memory keeps conversations, so that a model can go on with them.
//
// A conversation is turns: a turn is what a user says and all that answers it,
// with the tool calls and their results. A [Memory] takes a turn whole or not at
// all, and gives back what the model should see:
//
//	var m memory.Buffer
//	err := memory.Append(ctx, &m, llm.User("Hi, I am Ada."), llm.Assistant("Hello Ada."))
//	if err != nil {
//		return err
//	}
//	h, err := m.Load(ctx)
//	req := &llm.Request{Messages: append(h.Messages, llm.User("Who am I?"))}
//
// [Append] is for those who need no more. A program that may be interrupted gives
// its turns IDs and says which turn each comes after: then a turn that is sent
// twice is there once, and of two programs that answer at once one is told, by
// [ErrConflict], that the conversation has gone on.
//
// The parts: [Buffer] keeps a conversation in memory, [File] in a file that
// survives a crash. [Window] shows the model the newest turns of another Memory,
// and [Facts] are notes that the model keeps itself, across conversations.
// Package memorytest tests other stores.
//
// History is only appended to. DeepSeek bills a token at the beginning of the
// prompt that it has seen before at 1/50 of a new one or 1/30, by the model, so
// what is shown changes rarely: when a Window cuts, to half at once, and when a
// Summary is appended. System prompts are no part of a conversation, as they
// stand before it; whoever makes the request adds them.
package memory

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/hadal-go/hadal/llm"
)

// A Memory keeps a conversation, turn by turn. It must be safe for concurrent
// use. Package memorytest says exactly what is demanded, and tests it.
type Memory interface {
	// Load returns what the model should see, oldest first: the turns from the
	// newest Summary on, or all if there is none. With none it is the zero History.
	Load(ctx context.Context) (History, error)

	// Append adds a turn after the newest one, all of it or nothing, also if ctx
	// ends in the middle: if it returns an error that is neither [ErrConflict]
	// nor [ErrInvalid], appending the same turn again finds out whether it is
	// there, and adds it if not.
	//
	// A turn for which [Turn.Check] has an error is refused with it. A turn whose
	// ID is known, of whatever age, does nothing. Else one whose After is not the
	// ID of the newest turn is refused with ErrConflict. What is appended is
	// copied: the caller may change its slices.
	Append(ctx context.Context, turn Turn) error
}

// A History is what a model should see of a conversation.
//
// Its slices are the receiver's, who may change them and append to them. What
// is in the messages belongs to the Memory still: their parts must not be
// changed, but may be appended to.
type History struct {
	Messages []llm.Message
	Last     string // ID of the newest turn; "" if there is none
	Turns    []Mark // whose the messages are, in order; every message is of a turn
}

// A Mark says where in the messages of a [History] a turn begins. It ends where
// the next one begins.
type Mark struct {
	ID      string
	Start   int  // index of its first message
	Summary bool // it stands for all before it; only the first turn of a History can be one
}

// Append adds messages as a turn after the newest one, with a random ID, for
// those who need no IDs. If another turn comes first, it is appended after that.
// So it never fails with [ErrConflict], unless m breaks its rules.
//
// After an error, whether the messages are there is not known: a program that
// tries again must give its turns IDs, and call m.Append.
func Append(ctx context.Context, m Memory, msgs ...llm.Message) error {
	turn := Turn{ID: rand.Text(), Messages: msgs}
	var conflict error
	for {
		newest, err := last(ctx, m)
		if err != nil {
			return err
		}
		if conflict != nil && newest == turn.After {
			return conflict // nothing has come first
		}
		turn.After = newest
		if conflict = m.Append(ctx, turn); !errors.Is(conflict, ErrConflict) {
			return conflict
		}
	}
}

// last returns the ID of the newest turn, where it can without a copy of all that
// is shown.
func last(ctx context.Context, m Memory) (string, error) {
	load := m.Load
	switch m := m.(type) {
	case *Window:
		return last(ctx, m.memory())
	case viewer:
		load = m.view
	}
	h, err := load(ctx)
	return h.Last, err
}
