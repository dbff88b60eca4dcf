package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// question is what the tests have the model asked for a summary with.
const question = "Sum it up."

// page returns a tool whose results have about n tokens, and differ.
func page(n int) tools.Tool {
	return tools.With(tools.New("page", "Returns a page.", func(_ context.Context, in struct {
		N int `json:"n"`
	}) (string, error) {
		return strings.Repeat(fmt.Sprintf("page %4d. ", in.N), n/3), nil
	}), tools.Policy{Effect: tools.Reads})
}

// A reader is a model that reads pages one by one and then answers. If asked to, it sums
// up. It counts the rounds itself, as they fall victim to summaries.
type reader struct {
	llmtest.Script
	pages    int
	read     int
	asked    int                               // for summaries
	summary  func(asked int) llm.Response      // if nil, a good one
	compacts []*llm.Request                    // the requests for them
	others   []*llm.Request                    // and the others
	check    func(req *llm.Request, sums bool) // if not nil
}

func newReader(pages int) *reader {
	r := &reader{pages: pages}
	r.Func = func(_ int, req *llm.Request) (*llm.Response, error) {
		sums := req.Messages[len(req.Messages)-1].Text() == question
		if r.check != nil {
			r.check(req, sums)
		}
		if sums {
			r.asked++
			r.compacts = append(r.compacts, req)
			if r.summary != nil {
				return new(r.summary(r.asked)), nil
			}
			return &llm.Response{Message: llm.Assistant(fmt.Sprintf("Summary %d: %d pages are read.", r.asked, r.read))}, nil
		}
		r.others = append(r.others, req)
		if r.read == r.pages {
			return &llm.Response{Message: llm.Assistant("Read.")}, nil
		}
		r.read++
		return &llm.Response{Message: calls(llm.ToolCall{ID: "1", Name: "page", Args: fmt.Sprintf(`{"n":%d}`, r.read)})}, nil
	}
	return r
}

func (r *reader) agent(c agent.Compact) *agent.Agent {
	c.Prompt = question
	return &agent.Agent{Model: r, System: "Read.", Tools: tools.Set{page(100)}, Compact: c, Limits: agent.Limits{Calls: -1, Tools: -1, Tokens: -1}}
}

// text returns messages as JSON, for comparison.
func text(t *testing.T, messages []llm.Message) string {
	t.Helper()
	data, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// begins reports whether a list of messages begins with another one, byte for byte.
func begins(t *testing.T, list, with []llm.Message) bool {
	t.Helper()
	return len(with) == 0 || len(list) >= len(with) && text(t, list[:len(with)]) == text(t, with)
}

// accepted fails if an API would refuse messages.
func accepted(t *testing.T, messages []llm.Message) {
	t.Helper()
	if messages[0].Role == llm.RoleSystem {
		messages = messages[1:]
	}
	if err := (memory.Turn{ID: "x", Messages: messages}).Check(); err != nil {
		t.Error(err)
	}
}

// The request for a summary is the running conversation and a question. What comes after
// it begins with what the user said, and the summary, and has the newest messages.
func TestCompact(t *testing.T) {
	m := newReader(12)
	a := m.agent(agent.Compact{At: 1000})
	a.Settings = llm.Request{Model: "m", Effort: llm.EffortHigh, MaxTokens: 500, Temperature: new(0.5), Stop: []string{"END"}}
	got, err := kinds(t, a.Stream(t.Context(), "Read the pages."))
	if err != nil || len(m.compacts) != 1 {
		t.Fatalf("%v, %d summaries, want 1", err, len(m.compacts))
	}
	n := 0
	for _, k := range got {
		if k == "compact" || strings.HasSuffix(k, " compact") {
			n++
		}
	}
	if n != 3 { // chunk, reply, compact
		t.Errorf("the events are %q", got)
	}
	requests := m.Requests()
	at := slices.IndexFunc(requests, func(r *llm.Request) bool { return r.Messages[len(r.Messages)-1].Text() == question })
	before, ask, after := requests[at-1], requests[at], requests[at+1]
	last := len(ask.Messages) - 1
	if !begins(t, ask.Messages, before.Messages) || last != len(before.Messages)+2 {
		t.Errorf("the request for a summary is\n%s\nafter\n%s", text(t, ask.Messages), text(t, before.Messages))
	}
	same := *ask
	same.Messages, same.Stop = before.Messages, before.Stop
	if x, y := fmt.Sprintf("%#v", fields(same)), fmt.Sprintf("%#v", fields(*before)); x != y || len(ask.Stop) > 0 {
		t.Errorf("the request for a summary has\n%s\nwant\n%s", x, y)
	}
	accepted(t, ask.Messages)
	accepted(t, after.Messages)
	head := []llm.Message{llm.System("Read."), llm.User("Read the pages."),
		llm.User("A part of this conversation is left out here. This is the assistant's own summary of what was said and done in it:\n\nSummary 1: 10 pages are read.")}
	if !begins(t, after.Messages, head) {
		t.Errorf("after the summary comes\n%s\nwant\n%s", text(t, after.Messages), text(t, head))
	}
	tail := after.Messages[3:]
	if len(tail) != 4 || text(t, tail) != text(t, ask.Messages[last-4:last]) {
		t.Errorf("what stays is\n%s\nwant the last 4 of\n%s", text(t, tail), text(t, ask.Messages))
	}
}

// fields returns what a request has besides messages, and pointers as what they point to.
func fields(r llm.Request) []any {
	return []any{r.Model, r.Effort, r.MaxTokens, *r.Temperature, r.TopP, r.Tools, r.ToolChoice, r.User, string(r.Extra), r.Whole, r.Format}
}

// On DeepSeek, the request for a summary is billed as cached, but for its end.
func TestCompactCached(t *testing.T) {
	read := 0
	server := deepseektest.NewServer(t, slices.Repeat([]deepseektest.Reply{{Func: func(r deepseektest.Request) deepseektest.Reply {
		if r.Messages[len(r.Messages)-1].Content == question {
			return deepseektest.Reply{Text: "Much was read."}
		}
		if read++; read == 40 {
			return deepseektest.Reply{Text: "Done."}
		}
		return deepseektest.Reply{Reasoning: "Next.", ToolCalls: []llm.ToolCall{{Name: "page", Args: fmt.Sprintf(`{"n":%d}`, read)}}}
	}}}, 60)...)
	a := newReader(0).agent(agent.Compact{At: 8000})
	a.Model = &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}
	a.Tools = tools.Set{page(500)}
	result, err := a.Do(t.Context(), "Read.")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, rec := range result.Run.Log {
		if rec.For != agent.StepCompact {
			continue
		}
		n++
		if u := rec.Reply.Usage; u.Cached*100 < 90*u.Input || u.Input < 8000 {
			t.Errorf("of %d tokens %d are cached", u.Input, u.Cached)
		}
	}
	if n < 2 || n > 4 {
		t.Errorf("%d summaries", n)
	}
	u := result.Usage
	if u.Cached*100 < 85*u.Input {
		t.Errorf("in all, of %d tokens %d are cached", u.Input, u.Cached)
	}
}

// In a long run the prompt stays within bounds, with few summaries, and nothing is lost
// of what the run and the memory keep.
func TestCompactLong(t *testing.T) {
	for _, counted := range []bool{true, false} {
		m := newReader(500)
		const at = 5000
		longest := 0
		m.check = func(req *llm.Request, sums bool) {
			longest = max(longest, memory.Estimate(req.Messages...))
			accepted(t, req.Messages)
			if !slices.ContainsFunc(req.Messages, func(m llm.Message) bool { return m.Role == llm.RoleUser && m.Text() == "Read <all> of it." }) {
				t.Error("what the user said is not there")
			}
		}
		a := m.agent(agent.Compact{At: at})
		if !counted {
			a.Model = uncounted(m)
		}
		var mem memory.Buffer
		a.Memory = &mem
		result, err := a.Do(t.Context(), "Read <all> of it.")
		if err != nil {
			t.Fatal(err)
		}
		if longest > at+at/2 { // as estimated here; a script counts less
			t.Errorf("a prompt has %d tokens", longest)
		}
		// 500 pages of some 115 tokens, of which each summary takes 4,000 at least
		if most := 500 * 115 / (at / 2); len(m.compacts) < 5 || len(m.compacts) > most {
			t.Errorf("%d summaries, want at most %d", len(m.compacts), most)
		}
		if n := len(result.Run.Turn()); n != 1+2*500+1 {
			t.Errorf("the turn has %d messages", n)
		}
		if h, err := mem.Load(t.Context()); err != nil || text(t, h.Messages) != text(t, result.Run.Messages()[1:]) || len(h.Turns) != 1 || !h.Turns[0].Summary {
			t.Errorf("the memory shows %d messages of %v, %v", len(h.Messages), h.Turns, err)
		}
	}
}

// uncounted returns a model that does not say what was used.
func uncounted(m llm.Model) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for c, err := range m.Stream(ctx, req) {
				if c != nil && c.Usage != nil {
					c = new(*c)
					c.Usage = nil
				}
				if !yield(c, err) {
					return
				}
			}
		}
	})
}

// What is no summary is asked for once more, without tools and limits; after that the
// run goes on as it is, and tries again later.
func TestCompactUnfit(t *testing.T) {
	call := llm.ToolCall{ID: "1", Name: "page", Args: `{"n":1}`}
	for name, bad := range map[string]llm.Response{
		"blank":    {Message: llm.Message{Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text(" \n")}}},
		"cut":      {Message: llm.Assistant("So far"), Finish: llm.FinishLength},
		"filtered": {Message: llm.Assistant("So far"), Finish: llm.FinishFilter},
		"calls":    {Message: calls(call)},
		"both":     {Message: llm.Message{Parts: llm.Parts{llm.Text("Let me see."), call}}},
		"too long": {Message: llm.Assistant(strings.Repeat("word ", 1000))},
	} {
		t.Run(name, func(t *testing.T) {
			m := newReader(30)
			m.summary = func(asked int) llm.Response {
				if asked == 1 {
					return bad
				}
				return llm.Response{Message: llm.Assistant("All is said.")}
			}
			a := m.agent(agent.Compact{At: 1000})
			a.Settings.MaxTokens = 300
			result, err := a.Do(t.Context(), "Go.")
			if err != nil || result.Text != "Read." {
				t.Fatal(result, err)
			}
			first, second := m.compacts[0], m.compacts[1]
			if first.ToolChoice != "" || second.ToolChoice != llm.ToolNone || first.MaxTokens != 300 || second.MaxTokens != 0 || text(t, first.Messages) != text(t, second.Messages) {
				t.Errorf("the second request has the choice %q and at most %d tokens", second.ToolChoice, second.MaxTokens)
			}
			if u := result.Run.Used(); u.Calls != len(m.Requests()) || u.Tools != 30 {
				t.Errorf("used %+v, %d requests", u, len(m.Requests()))
			}

			m = newReader(30)
			m.summary = func(int) llm.Response { return bad }
			events, err := kinds(t, m.agent(agent.Compact{At: 1000}).Stream(t.Context(), "Go."))
			if err != nil || slices.Contains(events, "compact") {
				t.Errorf("%v, %q", err, events)
			}
			// from 1,000 to 3,500 tokens in steps of an eighth
			if n := len(m.compacts); n < 4 || n > 22 || n%2 != 0 {
				t.Errorf("it is asked %d times", n)
			}
		})
	}
}

// Where nothing can be left out, nobody is asked. A result that is too large goes like
// all else.
func TestCompactHuge(t *testing.T) {
	huge := strings.Repeat("word ", 1000)
	t.Run("input", func(t *testing.T) {
		m := newReader(5)
		result, err := m.agent(agent.Compact{At: 1000}).Do(t.Context(), huge)
		if err != nil || len(m.compacts) != 1 { // of all that was read but two pages
			t.Fatalf("%v, asked %d times", err, len(m.compacts))
		}
		if !begins(t, result.Run.Messages()[1:], []llm.Message{llm.User(huge)}) {
			t.Error("the input is gone")
		}
	})
	t.Run("input and little else", func(t *testing.T) {
		m := newReader(6)
		a := m.agent(agent.Compact{At: 1000, Keep: -1})
		a.Model, a.Tools = uncounted(m), tools.Set{page(20)}
		if _, err := a.Do(t.Context(), huge); err != nil || len(m.compacts) != 0 {
			t.Fatalf("%v, asked %d times", err, len(m.compacts))
		}
	})
	t.Run("input and summary", func(t *testing.T) { // together more than At: once for each page
		m := newReader(4)
		m.summary = func(int) llm.Response { return llm.Response{Message: llm.Assistant(words("So far", 380))} }
		a := m.agent(agent.Compact{At: 1000, Keep: -1})
		a.Model, a.Tools = uncounted(m), tools.Set{page(600)}
		if _, err := a.Do(t.Context(), words("Read", 900)); err != nil || len(m.compacts) != 4 {
			t.Fatalf("%v, asked %d times", err, len(m.compacts))
		}
	})
	t.Run("history", func(t *testing.T) {
		m := newReader(1)
		a := m.agent(agent.Compact{At: 1000})
		var mem memory.Buffer
		a.Memory = &mem
		if err := memory.Append(t.Context(), &mem, llm.User(huge), llm.Assistant("I see.")); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Do(t.Context(), "Go."); err != nil || len(m.compacts) != 1 {
			t.Fatalf("%v, asked %d times", err, len(m.compacts))
		}
		want := []string{"system", "user A part", "assistant I see.", "user Go."}
		if got := shape(m.others[0].Messages); !slices.Equal(got, want) {
			t.Errorf("the first request is %q, want %q", got, want)
		}
	})
	t.Run("result", func(t *testing.T) {
		m := newReader(2)
		a := m.agent(agent.Compact{At: 1000})
		a.Tools = tools.Set{page(2000)}
		if _, err := a.Do(t.Context(), "Go."); err != nil || len(m.compacts) != 2 {
			t.Fatalf("%v, asked %d times", err, len(m.compacts))
		}
		want := []string{"system", "user Go.", "user A part"}
		if got := shape(m.others[1].Messages); !slices.Equal(got, want) {
			t.Errorf("the second request is %q, want %q", got, want)
		}
	})
	t.Run("last call", func(t *testing.T) {
		m := newReader(1)
		a := m.agent(agent.Compact{At: 1000})
		a.Tools = tools.Set{page(2000)}
		a.Limits.Calls = 2
		if text, err := a.Run(t.Context(), "Go."); err != nil || text != "Read." || len(m.compacts) != 0 {
			t.Errorf("%q, %v, asked %d times", text, err, len(m.compacts))
		}
	})
}

// shape returns the roles of messages, and how their texts begin.
func shape(messages []llm.Message) (list []string) {
	for _, m := range messages {
		text := m.Text()
		if m.Role == llm.RoleSystem {
			text = ""
		}
		list = append(list, strings.TrimSpace(string(m.Role)+" "+text[:min(len(text), 6)]))
	}
	return list
}

// Files of results are not parted from them, nor reminders from what they are for.
func TestCompactParts(t *testing.T) {
	image := tools.With(tools.New("page", "Returns an image.", func(context.Context, struct {
		N int `json:"n"`
	}) (llm.Blob, error) {
		return llm.Blob{MIMEType: "image/png", URL: "https://example.org/a.png"}, nil
	}), tools.Policy{Effect: tools.Reads})
	for keep := 200; keep < 2000; keep += 100 {
		m := newReader(20)
		m.check = func(req *llm.Request, sums bool) {
			accepted(t, req.Messages)
			for i, m := range req.Messages {
				blob := slices.ContainsFunc(m.Parts, func(p llm.Part) bool { _, is := p.(llm.Blob); return is })
				if blob && req.Messages[i-1].Role != llm.RoleTool {
					t.Errorf("keep %d: files without a result: %q", keep, shape(req.Messages))
				}
			}
		}
		a := m.agent(agent.Compact{At: 4000, Keep: keep})
		a.Model, a.Tools = uncounted(m), tools.Set{image}
		a.Remind = func(context.Context, memory.History) ([]llm.Message, error) {
			return []llm.Message{llm.User("An example."), llm.Assistant("Yes."), {Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("It is Monday.")}}}, nil
		}
		result, err := a.Do(t.Context(), "Go.")
		if err != nil || len(m.compacts) == 0 {
			t.Fatal(err, len(m.compacts))
		}
		want := []string{"system", "user An exa", "assistant Yes.", "latest_reminder It is", "user Go.", "user A part"}
		if got := shape(result.Run.Messages()); len(got) < 6 || !slices.Equal(got[:6], want) {
			t.Errorf("keep %d: the conversation is %q, want %q", keep, got, want)
		}
	}
}

// able is a model with a context of a known size.
type able struct {
	llm.Model
	context int
}

func (m able) Abilities(string) llm.Abilities { return llm.Abilities{Context: m.context} }

func TestCompactDefaults(t *testing.T) {
	for _, tt := range []struct {
		context  int
		in       agent.Compact
		at, keep int
	}{
		{0, agent.Compact{}, 0, 0}, // not known: never
		{1000, agent.Compact{}, 800, 160},
		{1000, agent.Compact{At: -1}, -1, 0},
		{1000, agent.Compact{At: -1, Keep: 50}, -1, 0},
		{1000, agent.Compact{At: 500}, 500, 100},
		{0, agent.Compact{At: 500, Keep: 499}, 500, 250},
		{0, agent.Compact{At: 500, Keep: -1}, 500, -1},
		{1000, agent.Compact{Keep: 10}, 800, 10},
	} {
		m := newReader(0)
		a := m.agent(tt.in)
		a.Model = able{m, tt.context}
		run, err := a.Start(t.Context(), "Go.")
		if err != nil {
			t.Fatal(err)
		}
		if c := run.Header.Compact; c.At != tt.at || c.Keep != tt.keep || c.Prompt != question {
			t.Errorf("%+v with a context of %d: %+v, want At %d, Keep %d", tt.in, tt.context, c, tt.at, tt.keep)
		}
	}
	for _, at := range []int{0, -1} { // the context is not known, or it is not wanted
		m := newReader(20)
		if _, err := m.agent(agent.Compact{At: at}).Do(t.Context(), "Go."); err != nil || len(m.compacts) > 0 {
			t.Errorf("at %d: %v, asked %d times", at, err, len(m.compacts))
		}
	}
	m := newReader(20)
	result, err := m.agent(agent.Compact{At: 1000, Keep: -1}).Do(t.Context(), "Go.")
	if err != nil || len(m.compacts) == 0 {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.others, func(r *llm.Request) bool { return strings.HasPrefix(r.Messages[len(r.Messages)-1].Text(), "A part") })
	if i < 0 {
		t.Errorf("no request ends with a summary, the run is %q", shape(result.Run.Messages()))
	}
}
