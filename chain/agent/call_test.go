package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

func TestGrantAndRefuse(t *testing.T) {
	run := begin(t, nil)
	// The model's ID of the second call is the ID of the first one, without the run.
	apply(t, run, asks(call("a", "ask", "1"), call("1.1", "ask", "2"), call("c", "ask", "3"), call("d", "look", "4")))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.4" {
		t.Errorf("to be called: %s", got)
	}
	apply(t, run, begun("1.4"), gave("1.4", "d", "x"))
	step := is(t, run, agent.StepWait)
	if got := names(step.Calls); got != "1.1 1.2 1.3" || names(run.Waiting()) != got {
		t.Errorf("waiting: %s", got)
	}
	if why := step.Calls[0].Why; why != "the tool needs the approval of a person" {
		t.Errorf("why: %s", why)
	}
	for _, id := range []string{"", "d", "r/1.4", "r/1.5", "1.3", "q/1.1"} {
		want := `agent: run r: that does not fit the run: no call "` + id + `" waits for a person: see Waiting`
		for _, err := range []error{run.Grant(id, never), run.Refuse(id, "")} {
			if !errors.Is(err, agent.ErrRecord) || err.Error() != want {
				t.Errorf("%q: got %v, want %s", id, err, want)
			}
		}
	}
	if err := run.Grant("1.1", never); err != nil { // by the ID of the model
		t.Fatal(err)
	}
	if got := is(t, run, agent.StepTools).Calls; names(got) != "1.2" || !got[0].Approved(time.Now()) || got[0].Why != "" {
		t.Errorf("granted: %+v", got)
	}
	if err := run.Grant("r/1.2", never); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("granted twice: %v", err)
	}
	if err := errors.Join(run.Refuse("r/1.1", " Not on a Sunday. \n"), run.Refuse("c", "")); err != nil {
		t.Fatal(err)
	}
	apply(t, run, begun("1.2"), gave("1.2", "1.1", "two"))
	const want = "tool: [a = error: the call was not made: a person was asked and refused it: Not on a Sunday.] [1.1 = two] [c = error: the call was not made: a person was asked and refused it] [d = x]\n"
	if got := show(is(t, run, agent.StepModel).Request.Messages); !strings.HasSuffix(got, want) {
		t.Errorf("the model is told\n%swant\n%s", got, want)
	}
	if err := run.Grant("r/1.2", never); !errors.Is(err, agent.ErrRecord) {
		t.Errorf("granted once it is over: %v", err)
	}
	if err := run.Grant("1.1", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("granted until a time that JSON cannot say")
	}
}

// TestGrantByEitherID has a model that gives a call the ID that another has in the run.
func TestGrantByEitherID(t *testing.T) {
	run := begin(t, nil)
	apply(t, run, asks(call("r/1.2", "ask", "1"), call("r/1.1", "ask", "2")))
	for _, id := range []string{"r/1.1", "r/1.2"} {
		if err := run.Grant(id, never); err != nil {
			t.Fatal(err)
		}
		if got := run.Next().Calls; got[len(got)-1].ID != id {
			t.Errorf("granted %s, and to be called is %+v", id, got)
		}
	}
}

// TestGrantIsOfTheCall forges the record of an approval.
func TestGrantIsOfTheCall(t *testing.T) {
	ask := func(id, name, args, schema string, i int) (*agent.Run, agent.Record) {
		run := &agent.Run{ID: id}
		h := header()
		h.Tools[3].Schema = json.RawMessage(schema)
		h.Tools[4] = h.Tools[3]
		h.Tools[4].Name = "ask2"
		list := []llm.ToolCall{call("a", "ask", "0"), call("b", "ask", "0"), call("c", "ask", "0")}
		list[i] = call("x", name, args)
		apply(t, run, agent.Record{Kind: agent.Began, Header: h}, asks(list...))
		if err := run.Grant("x", never); err != nil {
			t.Fatal(err)
		}
		return run, run.Log[2]
	}
	run, want := ask("r", "ask", "1", "{}", 0)
	is(t, run, agent.StepTools)
	if want.Digest == "" || want.Kind != agent.Granted || want.Call != "1.1" {
		t.Fatalf("the record is %+v", want)
	}
	if _, again := ask("r", "ask", "1", "{}", 0); again.Digest != want.Digest {
		t.Error("the digest depends on something else")
	}
	forged := map[string]string{"none": "", "empty": strings.Repeat("0", 64)}
	for name, rec := range map[string]agent.Record{
		"run": second(ask("q", "ask", "1", "{}", 0)), "tool": second(ask("r", "ask2", "1", "{}", 0)),
		"arguments": second(ask("r", "ask", "1 ", "{}", 0)), "schema": second(ask("r", "ask", "1", "{ }", 0)), "call": second(ask("r", "ask", "1", "{}", 1)),
	} {
		forged[name] = rec.Digest
	}
	for name, digest := range forged {
		log := append([]agent.Record{}, run.Log[:2]...)
		rec := want
		rec.Digest = digest
		back, err := agent.Restore("r", append(log, rec))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := is(t, back, agent.StepWait).Calls; names(got) != "1.1 1.2 1.3" || got[0].Approved(time.Now()) {
			t.Errorf("the approval of another %s holds: %+v", name, got)
		}
		if err := back.Grant("x", never); err != nil || names(back.Next().Calls) != "1.1" {
			t.Errorf("%s: the right approval does not hold: %v", name, err)
		}
	}
	// Edited arguments in what was stored.
	data := strings.Replace(encoded(t, run), `"args":"1"`, `"args":"2"`, 1)
	var edited agent.Run
	if err := json.Unmarshal([]byte(data), &edited); err != nil {
		t.Fatal(err)
	}
	if got := is(t, &edited, agent.StepWait).Calls; names(got) != "1.1 1.2 1.3" {
		t.Errorf("waiting: %s", names(got))
	}
}

func second[A, B any](_ A, b B) B { return b }

// TestGrantOnce crashes at each place of a call that must not be made twice.
func TestGrantOnce(t *testing.T) {
	const why = "it was begun before the run was interrupted and may have been done: grant it to have it made again, or refuse it with what became of it"
	run := begin(t, nil)
	apply(t, run, asks(call("a", "send", "{}")), begun("1.1"))
	for range 2 { // granted, begun, crashed: each time anew
		run = reload(t, run)
		if got := is(t, run, agent.StepWait).Calls; len(got) != 1 || got[0].Why != why || got[0].ID != "r/1.1" {
			t.Fatalf("waiting: %+v", got)
		}
		if err := run.Grant("r/1.1", never); err != nil {
			t.Fatal(err)
		}
		run = reload(t, run)
		if got := is(t, run, agent.StepTools).Calls; names(got) != "1.1" || !got[0].Approved(time.Now()) {
			t.Fatalf("to be called: %+v", got)
		}
		apply(t, run, begun("1.1"))
	}
	if run.Used().Tools != 1 {
		t.Errorf("%d calls count", run.Used().Tools)
	}
	unknown := begin(t, func(h *agent.Header) { h.Tools[0].Effect = 0 }) // may do anything
	apply(t, unknown, asks(call("a", "look", "{}")), begun("1.1"))
	is(t, unknown, agent.StepWait)
	run = reload(t, run)
	fork := run.Fork()
	if err := errors.Join(run.Refuse("a", "The mail is out."), fork.Refuse("a", "")); err != nil {
		t.Fatal(err)
	}
	if got, want := show(is(t, run, agent.StepModel).Request.Messages), "tool: [a = error: the run was interrupted during the call, which may have been done: The mail is out.]\n"; !strings.HasSuffix(got, want) {
		t.Errorf("the model is told\n%swant\n%s", got, want)
	}
	is(t, fork, agent.StepModel)

	// What may be made twice is made again, with the approval that it had.
	run = begin(t, nil)
	apply(t, run, asks(call("a", "ask", "{}"), call("b", "write", "{}"), call("c", "look", "{}")))
	if err := run.Grant("a", never); err != nil {
		t.Fatal(err)
	}
	apply(t, run, begun("1.1"), begun("1.2"), begun("1.3"))
	run = reload(t, run)
	got := is(t, run, agent.StepTools).Calls
	if names(got) != "1.1 1.2 1.3" || !got[0].Approved(time.Now()) || got[1].Approved(time.Now()) {
		t.Errorf("to be called: %+v", got)
	}
	if err := run.Fork().Apply(begun("1.1")); err != nil {
		t.Error(err)
	}
	// Its approval may have expired by then: the person is told that it was begun.
	apply(t, run, agent.Record{Kind: agent.Held, Call: "1.1", Text: "the approval has expired"})
	if got := run.Waiting(); len(got) != 1 || got[0].Why != "the approval has expired; "+why || got[0].Approved(time.Now()) {
		t.Errorf("waiting: %+v", got)
	}
	if err := run.Refuse("a", "It is there."); err != nil {
		t.Fatal(err)
	}
	if got := show(run.Messages()); !strings.Contains(got, "[a = error: the run was interrupted during the call, which may have been done: It is there.]") {
		t.Error(got)
	}
	// A call counts once, also at a limit.
	run = begin(t, func(h *agent.Header) { h.Limits.Tools = 1 })
	apply(t, run, asks(call("a", "send", "{}")), begun("1.1"))
	if err := run.Grant("a", never); err != nil {
		t.Fatal(err)
	}
	is(t, run, agent.StepTools)
}

func TestApproved(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("", 3600))
	for _, expiry := range []time.Time{never, at} {
		run := begin(t, nil)
		apply(t, run, asks(call("a", "ask", "{}")))
		if run.Waiting()[0].Approved(at) {
			t.Error("approved before it was granted")
		}
		if err := run.Grant("a", expiry); err != nil {
			t.Fatal(err)
		}
		c := is(t, reload(t, run), agent.StepTools).Calls[0]
		if !c.Approved(at) || c.Approved(at.Add(1)) != expiry.IsZero() {
			t.Errorf("expiry %v: %v, %v", expiry, c.Approved(at), c.Approved(at.Add(1)))
		}
	}
}

// grants runs a to its end and grants what waits, at most n times. It returns why the
// calls waited.
func grants(t *testing.T, a *agent.Agent, run *agent.Run, expiry time.Duration, n int) []string {
	t.Helper()
	var why []string
	for {
		err := drain(t, a, reload(t, run), nil)
		if err == nil {
			return why
		}
		e, ok := errors.AsType[*agent.Error](err)
		if !ok || !errors.Is(err, agent.ErrApproval) || len(why) == n {
			t.Fatalf("after %q: %v", why, err)
		}
		run = e.Run
		for _, c := range run.Waiting() {
			why = append(why, c.Why)
			until := never
			if expiry > 0 {
				until = time.Now().Add(expiry)
			}
			if err := run.Grant(c.ToolCall.ID, until); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
	}
}

func TestApprovalExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			expiry time.Duration
			want   int // approvals asked for
		}{{0, 1}, {time.Minute, 1}, {time.Minute - 1, 3}} {
			made := 0
			a := &agent.Agent{Model: script(calls(call("a", "ask", `{"a":1,"b":2}`)), llm.Assistant("Done.")), Tools: tools.Set{approved("ask", func() { made++ })}}
			run, err := a.Start(t.Context(), "Go.")
			if err != nil {
				t.Fatal(err)
			}
			if tt.want > 1 { // it expires twice
				for range tt.want - 1 {
					if err := drain(t, a, run, nil); !errors.Is(err, agent.ErrApproval) {
						t.Fatal(err)
					}
					if err := run.Grant("a", time.Now().Add(tt.expiry)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				if err := drain(t, a, run, nil); !errors.Is(err, agent.ErrApproval) || run.Waiting()[0].Why != "the approval has expired" {
					t.Fatal(err)
				}
				tt.expiry, tt.want = 0, 1
			}
			if why := grants(t, a, run, tt.expiry, 2); len(why) != tt.want || made != 1 {
				t.Errorf("expiry %v: asked %q, made %d times", tt.expiry, why, made)
			}
		}
	})
}

// TestExpiredInACrash lets the approval of a write that can be made again run out, and has
// a function to ask.
func TestExpiredInACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, asked := 0, 0
		tool := tools.With(approved("ask", func() { made++ }), tools.Policy{Effect: tools.Writes})
		a := &agent.Agent{Model: script(calls(call("a", "ask", `{"a":1,"b":2}`)), llm.Assistant("Done.")), Tools: tools.Set{tool}}
		run, err := a.Start(t.Context(), "Go.")
		if err != nil {
			t.Fatal(err)
		}
		if err := drain(t, a, run, nil); !errors.Is(err, agent.ErrApproval) {
			t.Fatal(err)
		}
		if err := run.Grant("a", time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		apply(t, run, begun("1.1")) // and then it crashed
		time.Sleep(2 * time.Hour)
		a.Approve = func(context.Context, llm.ToolCall) error { asked++; return nil }
		if err := drain(t, a, reload(t, run), nil); err != nil || asked != 1 || made != 1 {
			t.Errorf("%v, asked %d times, made %d times", err, asked, made)
		}
	})
}

// TestSchemaThatChanged grants a call of a tool that is another after each restart.
func TestSchemaThatChanged(t *testing.T) {
	type more struct {
		A, B, C int
	}
	made := 0
	changed := tools.With(tools.New("ask", "Adds.", func(context.Context, more) (int, error) { made++; return 7, nil }), tools.Policy{Approve: true, Effect: tools.Reads})
	for _, asked := range []bool{false, true} {
		made = 0
		model := script(calls(call("a", "ask", `{"A":1,"B":2,"C":3}`)), llm.Assistant("Done."))
		a := &agent.Agent{Model: model, Tools: tools.Set{approved("ask", func() { made++ })}}
		run, err := a.Start(t.Context(), "Go.")
		if err != nil {
			t.Fatal(err)
		}
		if err := drain(t, a, run, nil); !errors.Is(err, agent.ErrApproval) {
			t.Fatal(err)
		}
		a.Tools = tools.Set{changed}
		if asked { // by a function, at once
			n := 0
			a.Approve = func(context.Context, llm.ToolCall) error { n++; return nil }
			if err := drain(t, a, run, nil); err != nil || n != 2 || made != 1 {
				t.Errorf("%v, asked %d times, made %d times", err, n, made)
			}
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			why := grants(t, a, run, 0, 2)
			want := []string{"the tool needs the approval of a person", "the approval was of another call, or of the tool as it was before"}
			if encoded(t, why) != encoded(t, want) || made != 1 {
				t.Errorf("asked %q, made %d times", why, made)
			}
		})
	}
}
