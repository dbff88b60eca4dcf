package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// The next run begins with the bytes that the last one has sent and received.
func TestCompactMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talk.jsonl")
	file := &memory.File{Path: path}
	defer file.Close()
	for name, mem := range map[string]memory.Memory{
		"buffer": new(memory.Buffer),
		"file":   file,
		"window": &memory.Window{Memory: new(memory.Buffer), Tokens: 3000},
	} {
		t.Run(name, func(t *testing.T) {
			var want []llm.Message
			for n := range 4 {
				m := newReader(8)
				a := m.agent(agent.Compact{At: 800})
				a.Memory = mem
				result, err := a.Do(t.Context(), fmt.Sprintf("Read <%d>.", n))
				if err != nil || len(m.compacts) == 0 {
					t.Fatal(err, len(m.compacts))
				}
				first := m.Requests()[0].Messages
				if !begins(t, first, want) {
					t.Errorf("run %d begins with\n%s\nwant\n%s", n, text(t, first), text(t, want))
				}
				requests := m.Requests()
				sent := requests[len(requests)-1].Messages
				want = append(slices.Clip(sent), llm.Assistant("Read."))
				if !begins(t, result.Run.Messages(), want) {
					t.Error("the run ends otherwise")
				}
				h, err := mem.Load(t.Context())
				if err != nil || h.Last != result.Run.ID+"/summary" {
					t.Errorf("the newest turn is %s, %v", h.Last, err)
				}
			}
		})
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	again := &memory.File{Path: path}
	defer again.Close()
	if h, err := again.Load(t.Context()); err != nil || len(h.Turns) != 1 || !h.Turns[0].Summary {
		t.Errorf("the file has %v, %v", h.Turns, err)
	}
}

// A between is a memory in which something happens between the turn and its summary.
type between struct {
	memory.Buffer
	hook func(turn memory.Turn) error
}

func (m *between) Append(ctx context.Context, turn memory.Turn) error {
	if turn.Summary {
		if err := m.hook(turn); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return m.Buffer.Append(ctx, turn)
}

func TestCompactBetween(t *testing.T) {
	full := errors.New("the disk is full")
	for _, tt := range []struct {
		name string
		hook func(m *between, cancel func()) error
		err  error
		last string // after the run, and after it is resumed
		then string
	}{
		{"crash", func(*between, func()) error { return full }, full, "", "/summary"},
		{"cancel", func(_ *between, cancel func()) error { cancel(); return nil }, nil, "/summary", "/summary"},
		{"conflict", func(m *between, _ func()) error {
			return memory.Append(t.Context(), &m.Buffer, llm.User("And?"), llm.Assistant("Yes."))
		}, nil, "other", "other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			mem := new(between)
			once := false
			mem.hook = func(memory.Turn) error {
				if once {
					return nil
				}
				once = true
				return tt.hook(mem, cancel)
			}
			m := newReader(8)
			a := m.agent(agent.Compact{At: 800})
			a.Memory = mem
			run, err := a.Start(t.Context(), "Read.")
			if err != nil {
				t.Fatal(err)
			}
			_, err = kinds(t, a.Resume(ctx, run))
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			is := func(want string) {
				t.Helper()
				h, err := mem.Load(t.Context())
				if got, ok := strings.CutPrefix(h.Last, run.ID); err != nil || ok && got != want || !ok && want != "other" {
					t.Errorf("the newest turn is %s, %v, want %s", h.Last, err, want)
				}
				if tt.last == "other" && len(h.Messages) != len(run.Turn())+2 {
					t.Errorf("the memory shows %d messages", len(h.Messages))
				}
			}
			is(tt.last)
			if err := drain(t, a, reload(t, run), nil); err != nil {
				t.Error(err)
			}
			is(tt.then)
			if len(m.Requests()) != 8+1+len(m.compacts) {
				t.Error("the model was asked again")
			}
		})
	}
}

// A run that is saved and loaded after each event makes the same requests, byte for byte.
func TestCompactResume(t *testing.T) {
	bytesOf := func(m *reader) []byte {
		var b bytes.Buffer
		for _, req := range m.Requests() {
			b.WriteString(text(t, req.Messages) + fmt.Sprintln(len(req.Tools), req.ToolChoice, req.MaxTokens))
		}
		return b.Bytes()
	}
	bad := func(asked int) llm.Response {
		if asked%3 == 1 {
			return llm.Response{Message: llm.Assistant("")}
		}
		return llm.Response{Message: llm.Assistant(fmt.Sprint("Summary ", asked))}
	}
	straight := newReader(25)
	straight.summary = bad
	if _, err := straight.agent(agent.Compact{At: 900}).Do(t.Context(), "Go."); err != nil || len(straight.compacts) < 4 {
		t.Fatal(err, len(straight.compacts))
	}
	m := newReader(25)
	m.summary = bad
	a := m.agent(agent.Compact{At: 900})
	run, err := a.Start(t.Context(), "Go.")
	if err != nil {
		t.Fatal(err)
	}
	a.Compact.At = -1 // a run goes on as it was begun
	for over := false; !over; {
		before := len(run.Log)
		for e, err := range a.Resume(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			if over = e.Kind() == "done"; len(run.Log) > before && e.Kind() != "chunk" && e.Kind() != "call" {
				break
			}
		}
		fork := run.Fork()
		if text(t, fork.Messages()) != text(t, run.Messages()) || fork.Next().Kind != run.Next().Kind {
			t.Fatal("a fork stands elsewhere")
		}
		run = reload(t, run)
	}
	if got, want := bytesOf(m), bytesOf(straight); !bytes.Equal(got, want) {
		t.Errorf("the requests are\n%s\nwant\n%s", got, want)
	}
}
