package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// A letters counter counts a token for each letter, 10 for a request at all, and
// how often it was asked.
type letters struct{ asked, messages atomic.Int64 }

func (c *letters) Count(req *llm.Request) int {
	c.asked.Add(1)
	c.messages.Add(int64(len(req.Messages)))
	n := 10
	for _, m := range req.Messages {
		n += len(m.Text())
	}
	return n
}

// put appends a turn of so many letters.
func put(t testing.TB, m memory.Memory, id string, letters int, summary bool) {
	t.Helper()
	h, err := m.Load(t.Context())
	if err == nil {
		err = m.Append(t.Context(), memory.Turn{ID: id, After: h.Last, Summary: summary, Messages: []llm.Message{llm.User(strings.Repeat("x", letters)), llm.Assistant("")}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// shown returns the IDs of the turns that m shows.
func shown(t testing.TB, m memory.Memory) string {
	t.Helper()
	h, err := m.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, mark := range h.Turns {
		if mark.Start != 2*i {
			t.Errorf("turn %s begins at %d, want %d", mark.ID, mark.Start, 2*i)
		}
		ids = append(ids, mark.ID)
	}
	if len(h.Messages) != 2*len(h.Turns) {
		t.Errorf("%d turns have %d messages", len(h.Turns), len(h.Messages))
	}
	return strings.Join(ids, "")
}

func TestWindowCuts(t *testing.T) {
	type step struct {
		letters int
		want    string // what is shown after it
	}
	const summary = 1000 // added to the letters of a Summary
	for name, tt := range map[string]struct {
		tokens int
		steps  []step
	}{
		"to half":                  {100, []step{{40, "a"}, {30, "ab"}, {30, "abc"}, {1, "cd"}, {20, "cde"}, {49, "cdef"}, {1, "fg"}}},
		"newest too big":           {100, []step{{40, "a"}, {500, "b"}, {40, "c"}, {60, "cd"}, {1, "e"}}},
		"newest over half":         {100, []step{{50, "a"}, {60, "b"}, {40, "bc"}, {1, "cd"}}},
		"nothing":                  {10, []step{{0, "a"}, {0, "ab"}, {0, "abc"}}},
		"one token":                {1, []step{{1, "a"}, {1, "b"}, {0, "bc"}, {1, "d"}}},
		"no limit":                 {0, []step{{1 << 20, "a"}, {1 << 20, "ab"}}},
		"negative":                 {-1, []step{{1 << 20, "a"}, {1 << 20, "ab"}}},
		"summary stays":            {100, []step{{60, "a"}, {20 + summary, "b"}, {40, "bc"}, {40, "bcd"}, {1, "be"}, {29, "bef"}, {51, "bg"}}},
		"summary first":            {100, []step{{20 + summary, "a"}, {30, "ab"}, {50, "abc"}, {1, "ad"}}},
		"summary over the limit":   {100, []step{{300 + summary, "a"}, {1, "ab"}, {1, "ac"}, {1, "ad"}}},
		"summary after a cut":      {100, []step{{60, "a"}, {60, "b"}, {10 + summary, "c"}, {50, "cd"}, {30, "cde"}, {20, "cf"}}},
		"summary before a summary": {100, []step{{10 + summary, "a"}, {10 + summary, "b"}, {10, "bc"}}},
	} {
		m := new(memory.Buffer)
		counter := new(letters)
		w := &memory.Window{Memory: m, Tokens: tt.tokens, Counter: counter}
		for i, s := range tt.steps {
			put(t, w, string(rune('a'+i)), s.letters%summary, s.letters > summary && s.letters < 1<<20)
			if got := shown(t, w); got != s.want {
				t.Errorf("%s: after turn %d it shows %s, want %s", name, i, got, s.want)
			}
			fresh := &memory.Window{Memory: m, Tokens: tt.tokens, Counter: new(letters)}
			if got := shown(t, fresh); got != s.want {
				t.Errorf("%s: after turn %d a new Window shows %s, want %s", name, i, got, s.want)
			}
		}
	}
}

// Whatever the turns are: what is shown is within the limit or the newest turn
// alone, is only appended to between two cuts, and is the same however often and
// by whom it was looked at before.
func TestWindowProperties(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		m := new(memory.Buffer)
		tokens := 1 + rnd.IntN(300)
		often := &memory.Window{Memory: m, Tokens: tokens, Counter: new(letters)}
		seldom := &memory.Window{Memory: m, Tokens: tokens, Counter: new(letters)}
		var before []string
		size := map[string]int{}
		cuts, pinned := 0, ""
		for i := range 200 {
			id := fmt.Sprintf("%d,", i)
			n := rnd.IntN(60)
			sum := rnd.IntN(70) == 0
			put(t, m, id, n, sum)
			size[id] = n
			if sum {
				pinned, before = id, nil
			}
			got := strings.SplitAfter(strings.TrimSuffix(shown(t, often), ","), ",")
			for k := range got {
				got[k] = strings.TrimSuffix(got[k], ",") + ","
			}
			total := 0
			for _, id := range got {
				total += size[id]
			}
			rest := got
			if pinned != "" {
				rest = got[1:]
				if got[0] != pinned {
					t.Fatalf("seed %d: the Summary %s is not at the front: %v", seed, pinned, got)
				}
			}
			if len(rest) > 1 && total > tokens {
				t.Fatalf("seed %d: %d tokens in %v, more than %d", seed, total, got, tokens)
			}
			if !sum && got[len(got)-1] != id {
				t.Fatalf("seed %d: the newest turn %s is not shown: %v", seed, id, got)
			}
			if before != nil && !slices.Equal(got[:len(got)-1], before) {
				cuts++
				if len(rest) > 1 && total > tokens/2 {
					t.Fatalf("seed %d: cut to %d tokens, more than half of %d: %v, before %v", seed, total, tokens, got, before)
				}
			}
			before = got
			if i%17 == 0 || i == 199 {
				if again := shown(t, seldom); again != strings.Join(got, "") {
					t.Fatalf("seed %d: who looks seldom sees %s, who looks often %v", seed, again, got)
				}
			}
		}
		if tokens < 300 && cuts == 0 {
			t.Errorf("seed %d: 200 turns in a window of %d tokens were never cut", seed, tokens)
		}
	}
}

// Of what a turn is made, nothing is parted.
func TestWindowKeepsTurnsWhole(t *testing.T) {
	m := new(memory.Buffer)
	w := &memory.Window{Memory: m, Tokens: 300}
	for i := range 50 {
		turn := []llm.Message{llm.User(fmt.Sprint("question ", i))}
		for k := range i % 5 {
			id := fmt.Sprint(k)
			turn = append(turn, calls(id), results(id), llm.User("and?"))
		}
		if err := memory.Append(t.Context(), w, append(turn, llm.Assistant("!"))...); err != nil {
			t.Fatal(err)
		}
		h, err := w.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, mark := range h.Turns {
			end := len(h.Messages)
			if k+1 < len(h.Turns) {
				end = h.Turns[k+1].Start
			}
			whole := memory.Turn{ID: mark.ID, Messages: h.Messages[mark.Start:end]}
			if err := whole.Check(); err != nil || !strings.HasPrefix(whole.Messages[0].Text(), "question") || whole.Messages[len(whole.Messages)-1].Text() != "!" {
				t.Fatalf("after %d turns: %+v: %v", i, whole, err)
			}
		}
	}
}

// Each turn is counted once, whoever asks how often.
func TestWindowCountsOnce(t *testing.T) {
	m := new(memory.Buffer)
	counter := new(letters)
	w := &memory.Window{Memory: m, Tokens: 1000, Counter: counter}
	for i := range 100 {
		put(t, m, fmt.Sprint(i), 30, false)
		for range 3 {
			if _, err := w.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if asked, messages := counter.asked.Load(), counter.messages.Load(); asked != 101 || messages != 200 {
		t.Errorf("counted %d times %d messages, want once each of 100 turns with 2, and the empty request", asked, messages)
	}
	put(t, m, "sum", 30, true)
	put(t, m, "next", 30, false)
	if _, err := w.Load(t.Context()); err != nil || counter.messages.Load() != 204 {
		t.Errorf("after a Summary %d messages were counted, %v; want the 4 new ones", counter.messages.Load()-200, err)
	}
}

func TestWindowConcurrent(t *testing.T) {
	m := new(memory.Buffer)
	w := &memory.Window{Memory: m, Tokens: 200, Counter: new(letters)}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if err := memory.Append(t.Context(), w, llm.User(strings.Repeat("x", 20)), llm.Assistant("")); err != nil {
					t.Error(err)
				}
				h, err := w.Load(t.Context())
				if n := (&letters{}).Count(&llm.Request{Messages: h.Messages}); err != nil || n > 210 || len(h.Turns) == 0 || h.Turns[len(h.Turns)-1].ID != h.Last {
					t.Errorf("%d tokens, %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	again := &memory.Window{Memory: m, Tokens: 200, Counter: new(letters)}
	a, _ := w.Load(t.Context())
	if b, err := again.Load(t.Context()); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("a new Window shows %+v, %v\nthe old one %+v", b, err, a)
	}
}

// A Load that began before a turn was appended may end after one that has it.
func TestWindowOlderHistory(t *testing.T) {
	m := new(memory.Buffer)
	w := &memory.Window{Memory: m, Tokens: 100, Counter: new(letters)}
	var histories []memory.History
	var want []string
	for i := range 30 {
		put(t, m, fmt.Sprint(i), 17, i == 20)
		h, err := m.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		histories, want = append(histories, h), append(want, shown(t, w))
	}
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(30) {
		h := histories[i]
		h.Messages, h.Turns = slices.Clone(h.Messages), slices.Clone(h.Turns)
		w.Memory = fixed{h}
		if got := shown(t, w); got != want[i] {
			t.Errorf("the history of %d turns is shown as %s, want %s", i+1, got, want[i])
		}
	}
}

// A conversation that was begun anew in the same place is counted anew.
func TestWindowOtherHistory(t *testing.T) {
	history := func(turns ...string) memory.History {
		var h memory.History
		for i, turn := range turns {
			h.Last = turn[:1]
			h.Turns = append(h.Turns, memory.Mark{ID: turn[:1], Start: 2 * i})
			h.Messages = append(h.Messages, llm.User(turn), llm.Assistant(""))
		}
		return h
	}
	w := &memory.Window{Tokens: 10, Counter: new(letters)}
	for _, tt := range []struct {
		want    string
		history memory.History
	}{
		{"abc", history("a", "b", "c")},
		{"yz", history("a", "xxxxxxxxxx", "y", "z")},
		{"abc", history("a", "b", "c")},
		{"yc", history("xxxxxxxxxx", "y", "c")},
		{"uvw", history("u", "v", "w")},
	} {
		w.Memory = fixed{tt.history}
		if got := shown(t, w); got != tt.want {
			t.Errorf("shows %s, want %s", got, tt.want)
		}
	}
}

// A Window of its own keeps what it is given.
func TestWindowAlone(t *testing.T) {
	for _, w := range []*memory.Window{{}, {Tokens: 10, Counter: new(letters)}} {
		if h, err := w.Load(t.Context()); err != nil || h.Last != "" {
			t.Errorf("at first it shows %+v, %v", h, err)
		}
		for _, id := range []string{"a", "b", "c"} {
			put(t, w, id, 5, false)
		}
		want := "abc"
		if w.Tokens > 0 {
			want = "c"
		}
		if got := shown(t, w); got != want {
			t.Errorf("with %d tokens it shows %s, want %s", w.Tokens, got, want)
		}
		stale := memory.Turn{ID: "x", After: "a", Messages: []llm.Message{llm.User("?")}}
		if err := w.Append(t.Context(), stale); !errors.Is(err, memory.ErrConflict) {
			t.Errorf("what does not follow: %v", err)
		}
	}
}

// A program that is started again, with the file and a new Window, sees the same.
func TestWindowOverFile(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	path := filepath.Join(t.TempDir(), "chat.jsonl")
	always := &memory.Window{Tokens: 200, Counter: new(letters)}
	for run := range 40 {
		f := &memory.File{Path: path}
		w := &memory.Window{Memory: f, Tokens: 200, Counter: new(letters)}
		for i := range 1 + rnd.IntN(8) {
			id, n, sum := fmt.Sprintf("%d-%d,", run, i), rnd.IntN(60), rnd.IntN(40) == 0
			put(t, w, id, n, sum)
			put(t, always, id, n, sum)
		}
		a, err := w.Load(t.Context())
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if b, err := always.Load(t.Context()); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("run %d shows %+v\none that never ended %+v, %v", run, a, b, err)
		}
	}
}

// A fixed Memory shows what is in it.
type fixed struct{ memory.History }

func (f fixed) Load(context.Context) (memory.History, error) { return f.History, nil }
func (f fixed) Append(context.Context, memory.Turn) error    { return nil }

func TestWindowWithoutMarks(t *testing.T) {
	for name, h := range map[string]memory.History{
		"none":  {Messages: []llm.Message{llm.User("?")}, Last: "a"},
		"late":  {Messages: []llm.Message{llm.User("?"), llm.User("?")}, Last: "a", Turns: []memory.Mark{{ID: "a", Start: 1}}},
		"other": {Messages: []llm.Message{llm.User("?")}, Last: "b", Turns: []memory.Mark{{ID: "a"}}},
	} {
		w := &memory.Window{Memory: fixed{h}, Tokens: 10}
		_, err := w.Load(t.Context())
		if e, ok := errors.AsType[*memory.Error](err); !ok || !strings.Contains(e.Error(), "History.Turns") {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := new(memory.File)
	closed.Close()
	if _, err := (&memory.Window{Memory: closed, Tokens: 10}).Load(t.Context()); err == nil {
		t.Error("the error of the Memory is lost")
	}
	if h, err := (&memory.Window{Memory: new(memory.Buffer), Tokens: 10}).Load(t.Context()); err != nil || h.Last != "" {
		t.Errorf("without turns: %+v, %v", h, err)
	}
}

func TestEstimate(t *testing.T) {
	for _, tt := range []struct {
		messages []llm.Message
		want     int
	}{
		{nil, 0},
		{[]llm.Message{{}}, 4},
		{[]llm.Message{llm.User(strings.Repeat("a", 100))}, 34},
		{[]llm.Message{llm.User(strings.Repeat("海", 100))}, 64},
		{[]llm.Message{llm.User("é"), llm.User("🐙")}, 10}, // 9.2
		{[]llm.Message{llm.User("\xff\x80")}, 5},
		{[]llm.Message{message(llm.RoleAssistant, llm.Reasoning{Text: strings.Repeat("a", 10)}, llm.ToolCall{ID: "any", Name: "look", Args: `{"a":1}`[:6]})}, 14},
		{[]llm.Message{message(llm.RoleTool, llm.ToolResult{ID: "any", Name: "look", Content: llm.Parts{llm.Text(strings.Repeat("a", 10))}})}, 11},
		{[]llm.Message{message(llm.RoleUser, llm.Blob{URL: "https://example.org/a.png"})}, 1028},
	} {
		if got := memory.Estimate(tt.messages...); got != tt.want {
			t.Errorf("Estimate(%+v) = %d, want %d", tt.messages, got, tt.want)
		}
	}
}
