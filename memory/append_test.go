package memory_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// A scripted Memory returns what is in it, call by call.
type scripted struct {
	last  []string // what Load says is the newest turn
	errs  []error  // of Append
	turns []memory.Turn
	fail  error // of Load
}

func (s *scripted) Load(context.Context) (memory.History, error) {
	h := memory.History{Last: s.last[0]}
	s.last = s.last[1:]
	return h, s.fail
}

func (s *scripted) Append(_ context.Context, t memory.Turn) error {
	s.turns = append(s.turns, t)
	err := s.errs[0]
	s.errs = s.errs[1:]
	return err
}

func TestAppend(t *testing.T) {
	full := errors.New("full")
	conflict := memory.Conflict(memory.Turn{ID: "x"}, "y")
	for name, tt := range map[string]struct {
		script scripted
		want   error
		after  []string // the turns that were tried
	}{
		"at once":           {scripted{last: []string{"a"}, errs: []error{nil}}, nil, []string{"a"}},
		"after others":      {scripted{last: []string{"", "b", "c"}, errs: []error{conflict, conflict, nil}}, nil, []string{"", "b", "c"}},
		"another error":     {scripted{last: []string{"a", "b"}, errs: []error{conflict, full}}, full, []string{"a", "b"}},
		"cannot load":       {scripted{last: []string{"a"}, fail: full}, full, nil},
		"conflict for none": {scripted{last: []string{"a", "a"}, errs: []error{conflict}}, conflict, []string{"a"}},
	} {
		err := memory.Append(t.Context(), &tt.script, llm.User("?"), llm.Assistant("!"))
		if err != tt.want {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if len(tt.script.turns) != len(tt.after) {
			t.Errorf("%s: %d turns were tried, want %d", name, len(tt.script.turns), len(tt.after))
			continue
		}
		for i, turn := range tt.script.turns {
			if turn.After != tt.after[i] || turn.ID != tt.script.turns[0].ID || len(turn.ID) < 20 || len(turn.Messages) != 2 {
				t.Errorf("%s: try %d is %+v", name, i, turn)
			}
		}
	}
}

// To append a turn, what is there is not copied.
func TestAppendToLong(t *testing.T) {
	f := &memory.File{Path: filepath.Join(t.TempDir(), "chat.jsonl")}
	defer f.Close()
	for name, m := range map[string]memory.Memory{"buffer": new(memory.Buffer), "file": f, "window": &memory.Window{Tokens: 1 << 30}} {
		const turns = 5000 // 40 bytes each for the message alone
		last := ""
		for i := range turns {
			id := strconv.Itoa(i)
			if err := m.Append(t.Context(), memory.Turn{ID: id, After: last, Messages: []llm.Message{llm.User("?")}}); err != nil {
				t.Fatal(err)
			}
			last = id
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		// what is refused does not make the store grow
		if err := memory.Append(t.Context(), m, llm.Assistant("!")); !errors.Is(err, memory.ErrInvalid) {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > turns*20 {
			t.Errorf("%s: %d bytes were allocated after %d turns", name, n, turns)
		}
	}
}

func TestAppendInvalid(t *testing.T) {
	var m memory.Buffer
	if err := memory.Append(t.Context(), &m, llm.Assistant("!")); !errors.Is(err, memory.ErrInvalid) {
		t.Errorf("an answer alone: %v", err)
	}
	if h, err := m.Load(t.Context()); h.Last != "" || err != nil {
		t.Errorf("there is %+v, %v", h, err)
	}
}

// The cause of a context's end is told as well.
func TestCause(t *testing.T) {
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var m memory.Buffer
	for _, err := range []error{memory.Append(ctx, &m, llm.User("?")), m.Append(ctx, memory.Turn{ID: "a", Messages: []llm.Message{llm.User("?")}})} {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("%v is not both the error of the context and its cause", err)
		}
	}
}
