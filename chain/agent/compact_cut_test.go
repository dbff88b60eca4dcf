package agent_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// words returns a text of about n tokens.
func words(name string, n int) string { return name + strings.Repeat(" word", n*2/3) }

// What stays after a summary begins where a conversation can begin.
func TestCompactCut(t *testing.T) {
	reminder := func(text string) llm.Message {
		return llm.Message{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text(text)}}
	}
	asks := calls(llm.ToolCall{ID: "1", Name: "page", Args: `{"n":1,"why":"` + words("long", 100) + `"}`})
	result := llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "page", Content: llm.Parts{llm.Text("result")}}}}
	long := llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "page", Content: llm.Parts{llm.Text(words("result", 100))}}}}
	files := llm.Message{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("files"), llm.Blob{ID: "f", MIMEType: "image/png"}}}
	for _, tt := range []struct {
		name    string
		history []llm.Message // after a turn that is too long
		input   []llm.Message // before what the user says
		keep    int
		want    []string // after the system prompt
	}{
		{"all of a turn", []llm.Message{llm.User("b"), llm.Assistant("c")}, nil, 16, []string{"user A part", "user b", "assistant c", "user Go."}},
		{"no more than that", []llm.Message{llm.User("b"), llm.Assistant("c")}, nil, 400, []string{"user A part", "assistant ok", "user b", "assistant c", "user Go."}},
		{"half a turn", []llm.Message{llm.User(words("b", 100)), llm.Assistant("c")}, nil, 80, []string{"user A part", "assistant c", "user Go."}},
		{"nothing", []llm.Message{llm.User("b"), llm.Assistant(words("c", 100))}, nil, 80, []string{"user A part", "user Go."}},
		{"a reminder", []llm.Message{reminder(words("r", 100)), llm.User("b"), llm.Assistant("c")}, nil, 80, []string{"user A part", "assistant c", "user Go."}},
		{"a result", []llm.Message{llm.User("b"), asks, result, llm.Assistant("c")}, nil, 80, []string{"user A part", "assistant c", "user Go."}},
		{"after a result", []llm.Message{llm.User("b"), asks, long, llm.User("c"), llm.Assistant("d")}, nil, 80, []string{"user A part", "user c", "assistant d", "user Go."}},
		{"files", []llm.Message{llm.User("b"), asks, long, files, llm.Assistant("c")}, nil, 1100, []string{"user A part", "assistant c", "user Go."}},
		{"the input", []llm.Message{llm.User("b"), llm.Assistant("c")}, []llm.Message{llm.User(words("d", 100)), llm.Assistant("e")}, 80, []string{"user A part", "user d word", "assistant e", "user Go."}},
		{"a reminder of it", nil, []llm.Message{reminder(words("d", 100))}, 80, []string{"user A part", "latest_reminder d word", "user Go."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newReader(0)
			a := m.agent(agent.Compact{At: 2400, Keep: tt.keep})
			mem := new(memory.Buffer)
			history := append([]llm.Message{llm.User(words("a", 2400)), llm.Assistant("ok")}, tt.history...)
			if err := memory.Append(t.Context(), mem, history...); err != nil {
				t.Fatal(err)
			}
			a.Memory = mem
			a.Remind = func(context.Context, memory.History) ([]llm.Message, error) { return tt.input, nil }
			result, err := a.Do(t.Context(), "Go.")
			if err != nil || len(m.compacts) != 1 {
				t.Fatalf("%v, asked %d times", err, len(m.compacts))
			}
			if got := shape(m.others[0].Messages[1:]); !slices.Equal(got, tt.want) {
				t.Errorf("what stays is %q, want %q", got, tt.want)
			}
			accepted(t, m.others[0].Messages)
			accepted(t, result.Run.Messages())
		})
	}
}

// Whatever the sizes are: a request is the one before it and more, or a summary has made
// it shorter by an eighth of At; what the user said is there once; and for a summary it is
// not asked more often than the conversation grows by an eighth.
func TestCompactRandom(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		at := 500 + rnd.IntN(2000)
		input := words("The task:", rnd.IntN(at*3/2))
		pages := 10 + rnd.IntN(40)
		m := newReader(pages)
		m.summary = func(int) llm.Response {
			return llm.Response{Message: llm.Assistant(words("So far", rnd.IntN(at*3/4)))}
		}
		var last []llm.Message
		summed := false
		m.check = func(req *llm.Request, sums bool) {
			accepted(t, req.Messages)
			n := 0
			for _, m := range req.Messages {
				if m.Role == llm.RoleUser && m.Text() == input {
					n++
				}
			}
			if n != 1 {
				t.Errorf("seed %d: what the user said is there %d times", seed, n)
			}
			if sums {
				return
			}
			if !summed && !begins(t, req.Messages, last) {
				t.Errorf("seed %d: a request is not the one before it and more", seed)
			}
			last, summed = req.Messages, false
		}
		a := m.agent(agent.Compact{At: at, Keep: rnd.IntN(at) - at/4})
		a.Model = uncounted(m)
		a.Tools = tools.Set{page(1 + rnd.IntN(at/2))}
		mem := new(memory.Buffer)
		for i := range rnd.IntN(4) {
			if err := memory.Append(t.Context(), mem, llm.User(words(fmt.Sprint(i), rnd.IntN(at/2))), llm.Assistant("ok")); err != nil {
				t.Fatal(err)
			}
		}
		a.Memory = mem
		run, err := a.Start(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		held := 0
		for e, err := range a.Resume(t.Context(), run) {
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			switch {
			case e.Kind() == "compact":
				summed = true
				if now := memory.Estimate(run.Messages()...); now > held-at/8+8 { // each message is rounded up
					t.Errorf("seed %d: a summary made %d tokens of %d at %d", seed, now, held, at)
				}
			case e.For == agent.StepCompact && e.Chunk != nil:
				held = memory.Estimate(run.Messages()...)
			}
		}
		total := memory.Estimate(run.Turn()...)
		if most := 2 * (2 + 9*total/at); len(m.compacts) > most {
			t.Errorf("seed %d: asked %d times, for %d tokens at %d", seed, len(m.compacts), total, at)
		}
	}
}
