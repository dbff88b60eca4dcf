package memory_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

func Example() {
	ctx := context.Background()
	var m memory.Buffer
	if err := memory.Append(ctx, &m, llm.User("Hi, I am Ada."), llm.Assistant("Hello Ada.")); err != nil {
		log.Fatal(err)
	}

	h, err := m.Load(ctx)
	if err != nil {
		log.Fatal(err)
	}
	req := &llm.Request{Messages: append(h.Messages, llm.User("Who am I?"))}
	for _, m := range req.Messages {
		fmt.Printf("%s: %s\n", m.Role, m.Text())
	}
	// Output:
	// user: Hi, I am Ada.
	// assistant: Hello Ada.
	// user: Who am I?
}

// Two programs answer in the same conversation.
func ExampleBuffer_Append() {
	ctx := context.Background()
	var m memory.Buffer
	first := memory.Turn{ID: "1", Messages: []llm.Message{llm.User("Hi."), llm.Assistant("Hello.")}}
	fmt.Println(m.Append(ctx, first))
	fmt.Println(m.Append(ctx, first), "(it is there already)")

	late := memory.Turn{ID: "2", Messages: []llm.Message{llm.User("Hey."), llm.Assistant("Hello.")}}
	err := m.Append(ctx, late)
	fmt.Println(errors.Is(err, memory.ErrConflict), err)
	// Output:
	// <nil>
	// <nil> (it is there already)
	// true memory: append turn "2": it is to come after none, but the newest turn is "1": the conversation has gone on: load it again, and append after its newest turn
}

// A Summary stands for what was before it, which is kept all the same.
func ExampleBuffer_Turns() {
	ctx := context.Background()
	var m memory.Buffer
	for _, t := range []memory.Turn{
		{ID: "1", Messages: []llm.Message{llm.User("How deep is the sea?"), llm.Assistant("11 km.")}},
		{ID: "2", After: "1", Messages: []llm.Message{llm.User("Where?"), llm.Assistant("In the Mariana Trench.")}},
		{ID: "sum", After: "2", Summary: true, Messages: []llm.Message{llm.User("So far: the sea is 11 km deep in the Mariana Trench.")}},
	} {
		if err := m.Append(ctx, t); err != nil {
			log.Fatal(err)
		}
	}
	h, err := m.Load(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the model sees:", h.Messages[0].Text())
	for t, err := range m.Turns(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(t.ID, t.Messages[0].Text())
	}
	// Output:
	// the model sees: So far: the sea is 11 km deep in the Mariana Trench.
	// 1 How deep is the sea?
	// 2 Where?
	// sum So far: the sea is 11 km deep in the Mariana Trench.
}

func ExampleFile() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "memory")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	for _, question := range []string{"Hi.", "Still there?"} { // each in a program of its own
		m := &memory.File{Path: filepath.Join(dir, "ada.jsonl")}
		if err := memory.Append(ctx, m, llm.User(question), llm.Assistant("Yes.")); err != nil {
			log.Fatal(err)
		}
		h, err := m.Load(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(h.Turns), "turns, the last:", h.Messages[h.Turns[len(h.Turns)-1].Start].Text())
		if err := m.Close(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 1 turns, the last: Hi.
	// 2 turns, the last: Still there?
}

func ExampleFile_Turns() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "memory")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	m := &memory.File{Path: filepath.Join(dir, "ada.jsonl")}
	defer m.Close()
	if err := m.Append(ctx, memory.Turn{ID: "1", Messages: []llm.Message{llm.User("Hi."), llm.Assistant("Hello.")}}); err != nil {
		log.Fatal(err)
	}
	for t, err := range m.Turns(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(t.ID, t.Messages[1].Text())
	}
	// Output: 1 Hello.
}

// When the limit is passed, a Window cuts back to half of it, and then what it
// shows is only appended to for a while.
func ExampleWindow() {
	ctx := context.Background()
	m := &memory.Window{Memory: new(memory.Buffer), Tokens: 200}
	for i := range 12 {
		question := fmt.Sprintf("Question %d: %s", i, strings.Repeat("?", 60))
		if err := memory.Append(ctx, m, llm.User(question), llm.Assistant("Well.")); err != nil {
			log.Fatal(err)
		}
		h, err := m.Load(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d turns, about %d tokens, from %.10s\n", len(h.Turns), memory.Estimate(h.Messages...), h.Messages[0].Text())
	}
	// Output:
	// 1 turns, about 32 tokens, from Question 0
	// 2 turns, about 63 tokens, from Question 0
	// 3 turns, about 94 tokens, from Question 0
	// 4 turns, about 125 tokens, from Question 0
	// 5 turns, about 156 tokens, from Question 0
	// 6 turns, about 187 tokens, from Question 0
	// 3 turns, about 94 tokens, from Question 4
	// 4 turns, about 125 tokens, from Question 4
	// 5 turns, about 156 tokens, from Question 4
	// 6 turns, about 187 tokens, from Question 4
	// 3 turns, about 94 tokens, from Question 8
	// 4 turns, about 125 tokens, from Question 8
}

func ExampleTurn_Check() {
	turn := memory.Turn{ID: "1", Messages: []llm.Message{
		llm.User("What time is it?"),
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "call_0", Name: "clock", Args: "{}"}}},
	}}
	fmt.Println(turn.Check())
	// Output: memory: append turn "1": invalid turn: message 1 makes the tool call "call_0", which has no result
}

func ExampleEstimate() {
	fmt.Println(memory.Estimate(llm.User("How deep is the sea?"), llm.Assistant("About 11 km.")))
	// Output: 18
}

func ExampleConflict() {
	fmt.Println(memory.Conflict(memory.Turn{ID: "3", After: "1"}, "2"))
	// Output: memory: append turn "3": it is to come after "1", but the newest turn is "2": the conversation has gone on: load it again, and append after its newest turn
}
