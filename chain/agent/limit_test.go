package agent_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/tools"
)

// limited returns a run under limits.
func limited(t testing.TB, l agent.Limits) *agent.Run {
	t.Helper()
	return begin(t, func(h *agent.Header) { h.Limits = l })
}

// atLimit fails if the next step is not to stop, or to finish, at the limit.
func atLimit(t *testing.T, run *agent.Run, kind agent.StepKind, name string, most int64) {
	t.Helper()
	step := is(t, run, kind)
	limit, ok := errors.AsType[*agent.LimitError](step.Err)
	if !ok || !errors.Is(step.Err, agent.ErrLimit) || limit.Limit != name || limit.Max != most || limit.Outer {
		t.Fatalf("stopped by %v (%+v), want %s %d", step.Err, limit, name, most)
	}
}

// round adds a reply with a call that is made, and its result.
func round(t testing.TB, run *agent.Run, n int) {
	t.Helper()
	c := fmt.Sprint(n, ".1")
	apply(t, run, asks(call("a", "look", fmt.Sprint(n))), begun(c), gave(c, "a", "x"))
}

func TestLimitDefaults(t *testing.T) {
	for _, tt := range []struct{ set, want agent.Limits }{
		{agent.Limits{}, agent.Limits{Calls: 25, Tools: 100, Tokens: 2_000_000, Time: 10 * time.Minute, Repeats: 3}},
		{agent.Limits{Calls: 1, Tools: 2, Tokens: 3, Time: 4, Repeats: 5, Finish: true}, agent.Limits{Calls: 1, Tools: 2, Tokens: 3, Time: 4, Repeats: 5, Finish: true}},
		{agent.Limits{Calls: -1, Tools: -2, Tokens: -3, Time: -4, Repeats: -5}, agent.Limits{Calls: -1, Tools: -2, Tokens: -3, Time: -4, Repeats: -5}},
		{agent.Limits{Calls: math.MinInt, Repeats: 1}, agent.Limits{Calls: math.MinInt, Tools: 100, Tokens: 2_000_000, Time: 10 * time.Minute, Repeats: 2}},
	} {
		run := limited(t, tt.set)
		if got := run.Limits(); got != tt.want {
			t.Errorf("%+v is %+v, want %+v", tt.set, got, tt.want)
		}
		run = limited(t, agent.Limits{})
		apply(t, run, agent.Record{Kind: agent.Limited, Limits: &tt.set})
		if got := run.Limits(); got != tt.want {
			t.Errorf("%+v, set later, is %+v, want %+v", tt.set, got, tt.want)
		}
	}
}

func TestLimitCalls(t *testing.T) {
	run := limited(t, agent.Limits{Calls: 3})
	round(t, run, 1)
	apply(t, run, agent.Record{Kind: agent.Failed, For: agent.StepModel, Used: &agent.Used{Calls: 1}, Text: "down"}) // counts
	round(t, run, 2)
	atLimit(t, run, agent.StepStop, "calls", 3)
	if err := run.Apply(says("One too many.")); !errors.Is(err, agent.ErrRecord) || !errors.Is(err, agent.ErrLimit) {
		t.Error(err)
	}
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Calls: 4}}, says("Done."))
	is(t, run, agent.StepDone)

	run = limited(t, agent.Limits{Calls: 3})
	apply(t, run, asks(call("a", "look", "{}")), begun("1.1"))
	rec := gave("1.1", "a", "x")
	rec.Used = &agent.Used{Calls: 2, Tools: 5, Usage: llm.Usage{Input: 7}} // of an agent that is a tool
	apply(t, run, rec)
	atLimit(t, run, agent.StepStop, "calls", 3)
	if got, want := run.Used(), (agent.Used{Calls: 3, Tools: 6, Usage: llm.Usage{Input: 107, Output: 10}}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
}

func TestLimitTools(t *testing.T) {
	two := asks(call("a", "look", "1"), call("b", "look", "2"))
	for _, tt := range []struct {
		most int
		want agent.StepKind
	}{{1, agent.StepStop}, {2, agent.StepTools}, {-1, agent.StepTools}} {
		run := limited(t, agent.Limits{Tools: tt.most})
		apply(t, run, two)
		if tt.want == agent.StepTools {
			if n := len(is(t, run, tt.want).Calls); n != 2 {
				t.Errorf("limit %d: %d calls", tt.most, n)
			}
			continue
		}
		atLimit(t, run, agent.StepStop, "tools", int64(tt.most)) // none of them is made
		apply(t, run, begun("1.1"))
		if err := run.Apply(begun("1.2")); !errors.Is(err, agent.ErrLimit) {
			t.Error(err)
		}
		if err := run.Apply(begun("1.1")); err != nil {
			t.Errorf("a call that counts already: %v", err)
		}
	}
	// Calls that begin at once do so, though the time is over with the first of them.
	run := limited(t, agent.Limits{Time: 1})
	rec := begun("1.1")
	rec.Elapsed = 1
	apply(t, run, two, rec, begun("1.2"))
	// Calls that wait, have a result, or were begun before do not count.
	run = limited(t, agent.Limits{Tools: 2})
	apply(t, run, asks(call("a", "look", "1"), call("b", "ask", "2"), call("c", "look", "3")), begun("1.1"))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1 1.3" {
		t.Error(got)
	}
	apply(t, run, begun("1.1"), gave("1.1", "a", "x"), begun("1.3"), gave("1.3", "c", "x"))
	if run.Used().Tools != 2 {
		t.Errorf("%d tool calls", run.Used().Tools)
	}
	is(t, run, agent.StepWait)
	if err := run.Grant("b", never); err != nil {
		t.Fatal(err)
	}
	atLimit(t, run, agent.StepStop, "tools", 2)
}

func TestLimitTokens(t *testing.T) {
	// The last bill is for 100 and 10; the result and its frame are estimated at 9.
	run := limited(t, agent.Limits{Tokens: 229})
	round(t, run, 1)
	is(t, run, agent.StepModel)
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Tokens: 228}})
	atLimit(t, run, agent.StepStop, "tokens", 228)
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Tokens: -1}})
	is(t, run, agent.StepModel)

	// Without a bill the reply and the result are added to what was estimated: 23 for the
	// messages, 123 for the tools, 11 and 9.
	for most, want := range map[int]agent.StepKind{166: agent.StepModel, 165: agent.StepStop} {
		run = limited(t, agent.Limits{Tokens: most})
		rec := asks(call("a", "look", "1"))
		rec.Reply.Usage = llm.Usage{}
		apply(t, run, rec, begun("1.1"), gave("1.1", "a", "x"))
		is(t, run, want)
	}

	run = limited(t, agent.Limits{Tokens: 10}) // less than the first request
	atLimit(t, run, agent.StepStop, "tokens", 10)
	run = limited(t, agent.Limits{Tokens: 10, Finish: true}) // there is nothing to sum up
	atLimit(t, run, agent.StepStop, "tokens", 10)
}

func TestUsageThatCannotBe(t *testing.T) {
	for _, u := range []llm.Usage{
		{Input: math.MaxInt, Output: math.MaxInt, Cached: math.MaxInt, Reasoning: math.MaxInt},
		{Input: math.MaxInt},
		{Input: -5, Output: math.MinInt, Cached: -1, Reasoning: -1},
		{Input: 5, Output: -7},
	} {
		run := limited(t, agent.Limits{Calls: -1, Tools: -1})
		for i := range 3 {
			rec := asks(call("a", "look", fmt.Sprint(i)))
			rec.Reply.Usage = u
			if err := run.Apply(rec); err != nil {
				break
			}
			c := fmt.Sprint(i+1, ".1")
			rec = gave(c, "a", "x")
			rec.Used = &agent.Used{Calls: math.MaxInt, Tools: math.MaxInt, Usage: u}
			apply(t, run, begun(c), rec)
		}
		got := run.Used()
		if v := got.Usage; got.Calls != math.MaxInt || got.Tools < 1 || min(v.Input, v.Output, v.Cached, v.Reasoning) < 0 {
			t.Errorf("%+v adds up to %+v", u, got)
		}
		if k := run.Next().Kind; (u.Input == math.MaxInt) != (k == agent.StepStop) && k != agent.StepTools {
			t.Errorf("%+v: the next step is %s", u, k)
		}
		reload(t, run)
	}
}

func TestLimitTime(t *testing.T) {
	run := limited(t, agent.Limits{Time: time.Minute})
	rec := asks(call("a", "look", "1"), call("b", "ask", "2"))
	rec.Elapsed = time.Minute - 1
	apply(t, run, rec)
	is(t, run, agent.StepTools)
	rec = begun("1.1")
	rec.Elapsed = 1
	apply(t, run, rec)
	atLimit(t, run, agent.StepStop, "time", int64(time.Minute))
	apply(t, run, gave("1.1", "a", "x"))
	is(t, run, agent.StepWait) // a person may take longer
	if err := run.Refuse("b", ""); err != nil {
		t.Fatal(err)
	}
	atLimit(t, run, agent.StepStop, "time", int64(time.Minute))
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Time: -1}})
	is(t, run, agent.StepModel)
}

// TestTimeIsOfWork waits a day for a person, in a run of a minute.
func TestTimeIsOfWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agent.Agent{Model: script(calls(call("a", "ask", `{"a":1,"b":2}`)), llm.Assistant("Done.")), Tools: tools.Set{approved("ask", func() { time.Sleep(59 * time.Second) })}, Limits: agent.Limits{Time: time.Minute}}
		run, err := a.Start(t.Context(), "Go.")
		if err != nil {
			t.Fatal(err)
		}
		if err := drain(t, a, run, nil); !errors.Is(err, agent.ErrApproval) {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if err := run.Grant("a", never); err != nil {
			t.Fatal(err)
		}
		if err := drain(t, a, run, nil); err != nil || run.Text() != "Done." {
			t.Fatal(err)
		}
	})
}

func TestFinish(t *testing.T) {
	run := limited(t, agent.Limits{Calls: 1, Tools: 1, Finish: true})
	first := run.Next().Request
	apply(t, run, asks(call("a", "look", "1"), call("b", "look", "2")))
	atLimit(t, run, agent.StepFinish, "tools", 1)
	req := run.Next().Request
	const prefix = "system: Be brief.\nuser: Hi.\nassistant: Hello.\nuser: Go.\n"
	want := prefix + `assistant: (hm) [a look 1] [b look 2]
tool: [a = error: the call was not made, as a limit is reached] [b = error: the call was not made, as a limit is reached]
user: You have reached a limit of this task (1 tool calls) and cannot call tools any more. Answer now with what you have found out so far, and say what is still open.
`
	if got := show(req.Messages); got != want || req.ToolChoice != llm.ToolNone || len(req.Tools) != 5 {
		t.Errorf("the last request, with tools by %q, is\n%swant\n%s", req.ToolChoice, got, want)
	}
	if !strings.HasPrefix(encoded(t, req.Messages), strings.TrimSuffix(encoded(t, first.Messages), "]")) || encoded(t, req.Tools) != encoded(t, first.Tools) {
		t.Error("the prefix is another")
	}
	before := show(run.Turn())
	done := says("This is open.")
	done.For = agent.StepFinish
	apply(t, run, done)
	atLimit(t, run, agent.StepStop, "tools", 1)
	if run.Text() != "This is open." || run.Used().Calls != 2 {
		t.Errorf("text %q, %d calls", run.Text(), run.Used().Calls)
	}
	if got := show(run.Turn()); got != before {
		t.Errorf("the turn is\n%swant\n%s", got, before)
	}
	if err := run.Apply(done); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("summed up twice: %v", err)
	}
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Calls: 3, Tools: 2, Finish: true}})
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1 1.2" {
		t.Errorf("goes on with %s", got)
	}
	apply(t, run, begun("1.1"), begun("1.2"), gave("1.1", "a", "one"), gave("1.2", "b", "two"))
	if got := show(is(t, run, agent.StepModel).Request.Messages); strings.Contains(got, "limit") || strings.Contains(got, "open") {
		t.Errorf("what was summed up is in the conversation:\n%s", got)
	}
	apply(t, run, asks(call("c", "look", "3")), agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Calls: 3, Tools: 2, Finish: true}})
	is(t, run, agent.StepFinish) // at the next limit once more
}

func TestFinishWithoutTools(t *testing.T) {
	run := begin(t, func(h *agent.Header) { h.Tools, h.Limits = nil, agent.Limits{Calls: 1, Finish: true} })
	rec := says("It is")
	rec.Reply.Finish = llm.FinishLength
	apply(t, run, rec)
	if req := is(t, run, agent.StepFinish).Request; req.ToolChoice != "" || req.Tools != nil {
		t.Errorf("the last request is %+v", req) // a choice of no tools is an error for an API
	}
}

func TestFinishKeepsResults(t *testing.T) {
	run := limited(t, agent.Limits{Time: 1, Finish: true})
	rec := gave("1.1", "a", "one")
	rec.Elapsed = 1
	apply(t, run, asks(call("a", "look", "1"), call("b", "look", "2")), begun("1.1"), begun("1.2"), rec)
	got := show(is(t, run, agent.StepFinish).Request.Messages)
	if !strings.Contains(got, "tool: [a = one] [b = error: the call was not made, as a limit is reached]\nuser: You have reached a limit of this task (1ns of time)") {
		t.Error(got)
	}
}

func TestRepeats(t *testing.T) {
	same := func() agent.Record { return asks(call("a", "look", `{"a":1,"b":[2,{"c":"x y"}]}`)) }
	run := limited(t, agent.Limits{})
	for i := range 2 {
		c := fmt.Sprint(i+1, ".1")
		apply(t, run, same())
		is(t, run, agent.StepTools)
		apply(t, run, begun(c), gave(c, "a", "x"))
	}
	apply(t, run, same())
	const told = "tool: [a = You have made this same call 2 times in a row, with the same arguments. It was not made again, as it would say the same. Do something else, or answer with what you have.]\n"
	if got := show(is(t, run, agent.StepModel).Request.Messages); !strings.HasSuffix(got, told) || run.Used().Tools != 2 {
		t.Errorf("the model is told\n%swant\n%s", got, told)
	}
	apply(t, run, same())
	step := is(t, run, agent.StepStop)
	if !errors.Is(step.Err, agent.ErrLoop) || step.Err.Error() != "the model goes round in circles: it called look with the same arguments 4 times, though it was told not to" {
		t.Error(step.Err)
	}
	if err := run.Apply(says("x")); !errors.Is(err, agent.ErrLoop) {
		t.Error(err)
	}
	// Whoever changes the limits lets it go on.
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Repeats: 6}})
	is(t, run, agent.StepTools)
	apply(t, run, begun("4.1"), gave("4.1", "a", "x"), same(), begun("5.1"), gave("5.1", "a", "x"), same())
	is(t, run, agent.StepModel) // told again, as the sixth
	apply(t, run, same())
	is(t, run, agent.StepStop)
}

func TestRepeatsInOneReply(t *testing.T) {
	c := func(id string) llm.ToolCall { return call(id, "look", "{}") }
	run := limited(t, agent.Limits{})
	apply(t, run, asks(c("a"), c("b"), c("c"), c("d"), c("e")))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1 1.2" {
		t.Errorf("to be called: %s", got)
	}
	apply(t, run, gave("1.1", "a", "x"), gave("1.2", "b", "x"))
	if got := show(is(t, run, agent.StepModel).Request.Messages); strings.Count(got, "You have made this same call 2 times in a row") != 3 {
		t.Error(got)
	}
	apply(t, run, asks(call("a", "look", "1"), c("b"))) // something else first
	is(t, run, agent.StepTools)
	apply(t, run, gave("2.1", "a", "x"), gave("2.2", "b", "x"), asks(c("a"), c("b")))
	if got := names(is(t, run, agent.StepTools).Calls); got != "3.1" {
		t.Errorf("to be called: %s", got)
	}
	apply(t, run, gave("3.1", "a", "x"), asks(c("a")))
	if err := is(t, run, agent.StepStop).Err; !errors.Is(err, agent.ErrLoop) {
		t.Error(err)
	}
}

func TestWhatIsTheSame(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{``, ``, true},
		{`{"a":1,"b":2}`, ` { "b" : 2 , "a" : 1 } `, true},
		{`{"a":{"x":1,"y":2}}`, `{"a":{"y":2,"x":1}}`, true},
		{`[{"a":1,"b":2}]`, `[{"b":2,"a":1}]`, true},
		{`{"a":1,"b":2}`, `{"a":2,"b":1}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":"x y"}`, `{"a":"xy"}`, false},
		{`{"a":"y x"}`, `{"a":"x y"}`, false},
		{`{"a":12345678901234567890}`, `{"a":12345678901234567809}`, false},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":1`, `{"a": 1`, false}, // not JSON
		{`{"a":1`, `{"a":1`, true},
		{`{"a":1,"a":2}`, `{"a":2,"a":1}`, false},
		{`{"a":1}[1,2]`, `{"a":1}[2,1]`, false},
		{`<&>"`, `<&>"`, true},
		{strings.Repeat("[", 20000), " " + strings.Repeat("[", 20000), false},
	} {
		run := limited(t, agent.Limits{Repeats: 2})
		apply(t, run, asks(call("a", "look", tt.a)), gave("1.1", "a", "x"), asks(call("a", "look", tt.b)))
		want := agent.StepTools
		if tt.same {
			want = agent.StepModel
		}
		if got := run.Next().Kind; got != want {
			t.Errorf("%.50s and %.50s: the next step is %s, want %s", tt.a, tt.b, got, want)
		}
	}
	run := limited(t, agent.Limits{Repeats: 2})
	apply(t, run, asks(call("a", "look", "{}")), gave("1.1", "a", "x"), asks(call("a", "write", "{}")))
	is(t, run, agent.StepTools)
	run = limited(t, agent.Limits{Repeats: -1})
	for i := range 20 {
		apply(t, run, asks(call("a", "look", "{}")))
		is(t, run, agent.StepTools)
		apply(t, run, gave(fmt.Sprint(i+1, ".1"), "a", "x"))
	}
}

func TestRepliesThatAreCut(t *testing.T) {
	run := limited(t, agent.Limits{})
	cut := func() agent.Record {
		rec := says("It is")
		rec.Reply.Finish = llm.FinishLength
		return rec
	}
	apply(t, run, cut())
	const told = "assistant: It is\nuser: Your reply was cut off, as it was too long. Go on from before it, in fewer words at a time: give a long text to a tool piece by piece, and keep the answer short.\n"
	if got := show(is(t, run, agent.StepModel).Request.Messages); !strings.HasSuffix(got, told) {
		t.Error(got)
	}
	apply(t, run, cut(), cut())
	if err := is(t, run, agent.StepStop).Err; !errors.Is(err, llm.ErrTruncated) || !strings.Contains(err.Error(), "3 replies in a row") {
		t.Error(err)
	}
	apply(t, run, agent.Record{Kind: agent.Limited, Limits: &agent.Limits{}})
	is(t, run, agent.StepModel)

	run = limited(t, agent.Limits{})
	for i := range 3 {
		rec := says("Hm.")
		rec.Remind = "Call the tool."
		apply(t, run, rec)
		if i < 2 && !strings.HasSuffix(show(is(t, run, agent.StepModel).Request.Messages), "assistant: Hm.\nuser: Call the tool.\n") {
			t.Error(show(run.Messages()))
		}
	}
	is(t, run, agent.StepStop)
}

// TestLimitsOfAgent runs agents into each of their limits and lets them go on.
func TestLimitsOfAgent(t *testing.T) {
	turns := func() *llmtest.Script { // a script of two rounds and the answer, as often as is asked
		return &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
			if req.ToolChoice == llm.ToolNone {
				return &llm.Response{Message: llm.Assistant("So far.")}, nil
			}
			switch k := slices.IndexFunc(req.Messages, func(m llm.Message) bool { return m.Role == llm.RoleTool }); {
			case k < 0:
				return &llm.Response{Message: calls(call("a", "add", `{"a":1,"b":1}`), call("b", "add", `{"a":1,"b":2}`))}, nil
			case k == len(req.Messages)-1:
				return &llm.Response{Message: calls(call("a", "add", `{"a":1,"b":3}`))}, nil
			}
			return &llm.Response{Message: llm.Assistant("Done.")}, nil
		}}
	}
	for _, tt := range []struct {
		limits agent.Limits
		used   agent.Used // of the run at the limit, without tokens
	}{
		{agent.Limits{Calls: 1}, agent.Used{Calls: 1, Tools: 2}},
		{agent.Limits{Calls: 2, Finish: true}, agent.Used{Calls: 3, Tools: 3}},
		{agent.Limits{Tools: 1}, agent.Used{Calls: 1}},
		{agent.Limits{Tools: 2, Finish: true}, agent.Used{Calls: 3, Tools: 2}},
	} {
		model := turns()
		a := &agent.Agent{Model: model, Tools: tools.Set{add()}, Limits: tt.limits}
		_, err := a.Do(t.Context(), "Go.")
		e, ok := errors.AsType[*agent.Error](err)
		if !ok || !errors.Is(err, agent.ErrLimit) {
			t.Fatalf("%+v: %v", tt.limits, err)
		}
		run := reload(t, e.Run)
		used := run.Used()
		used.Usage = llm.Usage{}
		if used != tt.used {
			t.Errorf("%+v: used %+v, want %+v", tt.limits, used, tt.used)
		}
		if tt.limits.Finish != (run.Text() == "So far.") {
			t.Errorf("%+v: the text is %q", tt.limits, run.Text())
		}
		a.Limits = agent.Limits{}
		if err := drain(t, a, run, nil); err != nil || run.Text() != "Done." || strings.Contains(encoded(t, run.Messages()), "So far.") {
			t.Errorf("%+v: went on to %q, %v", tt.limits, run.Text(), err)
		}
		for i, req := range model.Requests()[1:] { // what is sent is only appended to, but for what is asked at a limit
			before := encoded(t, model.Requests()[i].Messages)
			if model.Requests()[i].ToolChoice != llm.ToolNone && !strings.HasPrefix(encoded(t, req.Messages), strings.TrimSuffix(before, "]")) {
				t.Errorf("%+v: request %d does not begin as the one before", tt.limits, i+1)
			}
		}
	}
}

// script returns a model that says what it is given.
func script(replies ...llm.Message) *llmtest.Script { return &llmtest.Script{Replies: replies} }

// approved returns a tool that a person is to approve of, and that calls do.
func approved(name string, do func()) tools.Tool {
	return tools.With(tools.New(name, "Adds two numbers.", func(_ context.Context, in sum) (int, error) {
		do()
		return in.A + in.B, nil
	}), tools.Policy{Approve: true})
}
