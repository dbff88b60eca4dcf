package agent_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
)

// never is the expiry of what does not expire.
var never time.Time

func TestApplyRefuses(t *testing.T) {
	reply := func(change func(*agent.Record)) agent.Record {
		rec := says("Done.")
		change(&rec)
		return rec
	}
	forStep := func(kind agent.StepKind) agent.Record {
		return reply(func(r *agent.Record) { r.For = kind })
	}
	result := func(change func(*agent.Record)) agent.Record {
		rec := gave("1.1", "a", "one")
		change(&rec)
		return rec
	}
	none := []agent.Record(nil)
	one := []agent.Record{asks(call("a", "look", "{}"))}
	once := []agent.Record{asks(call("a", "send", "{}")), begun("1.1")}
	held := []agent.Record{asks(call("a", "ask", "{}"))}
	over := []agent.Record{asks(call("a", "look", "{}")), begun("1.1"), gave("1.1", "a", "one")}
	tests := []struct {
		name string
		log  []agent.Record // after the first
		rec  agent.Record
		want string
	}{
		{"begun twice", none, agent.Record{Kind: agent.Began, Header: header()}, "a run begins with one record of the kind began"},
		{"no kind", none, agent.Record{}, `the kind "" is not known: a newer version has written it`},
		{"new kind", none, agent.Record{Kind: "merged"}, `the kind "merged" is not known: a newer version has written it`},
		{"time that runs back", none, agent.Record{Kind: agent.Limited, Elapsed: -1, Limits: &agent.Limits{}}, "-1ns cannot have been worked"},
		{"time without end", []agent.Record{{Kind: agent.Limited, Elapsed: 1, Limits: &agent.Limits{}}}, agent.Record{Kind: agent.Limited, Elapsed: math.MaxInt64, Limits: &agent.Limits{}}, "cannot have been worked"},
		{"calls given back", none, agent.Record{Kind: agent.Failed, For: agent.StepModel, Used: &agent.Used{Calls: -1}}, "-1 model calls and 0 tool calls cannot have been made"},
		{"year", none, agent.Record{Kind: agent.Limited, At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Limits: &agent.Limits{}}, "the year of a time has not four digits"},
		{"value", none, reply(func(r *agent.Record) { r.Value = json.RawMessage("{") }), "the value is not JSON"},

		{"no reply", none, agent.Record{Kind: agent.Replied, For: agent.StepModel}, "there is no reply in it"},
		{"reply to nothing", none, forStep(""), `in the step "" no model is asked`},
		{"reply to tools", none, forStep(agent.StepTools), `in the step "tools" no model is asked`},
		{"failure of tools", none, agent.Record{Kind: agent.Failed, For: agent.StepTools}, `in the step "tools" no model is asked`},
		{"finish without a limit", none, forStep(agent.StepFinish), "nothing was to be summed up at a limit"},
		{"reply while calls are open", one, says("Done."), "there are calls without a result"},
		{"failure while calls are open", one, agent.Record{Kind: agent.Failed, For: agent.StepModel}, "there are calls without a result"},
		{"reply of the user", none, reply(func(r *agent.Record) { r.Reply.Role = llm.RoleUser }), `the reply has the role "user"`},
		{"reply that has results", none, reply(func(r *agent.Record) { r.Reply.Parts = llm.Parts{llm.ToolResult{ID: "a"}} }), "the reply has a part of the type llm.ToolResult"},
		{"reply with a pointer", none, reply(func(r *agent.Record) { r.Reply.Parts = llm.Parts{new(llm.Text)} }), "a part is a *llm.Text, which is none of the kinds of part"},
		{"reply with nil", none, reply(func(r *agent.Record) { r.Reply.Parts = llm.Parts{nil} }), "a part is a <nil>"},
		{"blank reply", none, reply(func(r *agent.Record) { r.Reply.Parts = llm.Parts{llm.Text(" \n")} }), "the reply is blank"},
		{"reply without parts", none, reply(func(r *agent.Record) { r.Reply.Parts = nil }), "the reply is blank"},
		{"filtered reply", none, reply(func(r *agent.Record) { r.Reply.Finish = llm.FinishFilter }), "held back"},
		{"calls of a reply that was cut", none, reply(func(r *agent.Record) {
			r.Reply.Finish, r.Reply.Parts = llm.FinishLength, llm.Parts{call("a", "look", "{}")}
		}), "a reply that was cut off has tool calls"},
		{"reply that goes on", none, reply(func(r *agent.Record) { r.Reply.Add(&llm.Chunk{Text: "more"}) }), "the reply is not finished"},
		{"reply that thinks", none, reply(func(r *agent.Record) { r.Reply.Add(&llm.Chunk{HasReasoning: true}) }), "the reply is not finished"},
		{"logprob inside", none, reply(func(r *agent.Record) {
			r.Reply.Logprobs = []llm.Logprob{{Top: []llm.Logprob{{Logprob: math.NaN()}}}}
		}), "the number NaN is none"},
		{"logprob", none, reply(func(r *agent.Record) { r.Reply.Logprobs = []llm.Logprob{{Logprob: math.Inf(-1)}} }), "the number -Inf is none"},

		{"no limits", none, agent.Record{Kind: agent.Limited}, "there are no limits in it"},
		{"call that is none", one, begun("1.2"), `there is no open call "1.2"`},
		{"call of another run", one, begun("q/1.1"), `there is no open call "q/1.1"`},
		{"call by the model's ID", one, begun("a"), `there is no open call "a"`},
		{"call that has a result", over, gave("1.1", "a", "two"), `there is no open call "1.1"`},
		{"no result", one, agent.Record{Kind: agent.Called, Call: "1.1"}, "there is no result in it"},
		{"result of another call", one, gave("1.1", "b", "one"), `the result is of "b", and the call is "a"`},
		{"result with nil", one, result(func(r *agent.Record) { r.Result.Content = llm.Parts{nil} }), "a part is a <nil>"},
		{"result in results", one, result(func(r *agent.Record) {
			for range 100 {
				r.Result.Content = llm.Parts{llm.ToolResult{Content: r.Result.Content}}
			}
		}), "more than 100 tool results inside each other"},
		{"result while a person is asked", held, gave("1.1", "a", "one"), `the call "1.1" waits for a person`},
		{"call while a person is asked", held, begun("1.1"), `the call "1.1" waits for a person`},
		{"held twice", held, agent.Record{Kind: agent.Held, Call: "1.1"}, `the call "1.1" waits for a person already`},
		{"once more", once, begun("1.1"), `the call "1.1" waits for a person`},
		{"granted unasked", one, agent.Record{Kind: agent.Granted, Call: "1.1"}, `the call "1.1" does not wait for a person`},
		{"refused unasked", one, agent.Record{Kind: agent.Refused, Call: "1.1"}, `the call "1.1" does not wait for a person`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := begin(t, nil)
			apply(t, run, tt.log...)
			before, n := encoded(t, run), len(run.Log)
			err := run.Apply(tt.rec)
			if !errors.Is(err, agent.ErrRecord) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			if after := encoded(t, run); after != before || len(run.Log) != n {
				t.Errorf("the run was\n%s\nand is\n%s", before, after)
			}
			if _, err := agent.Restore("r", append(run.Log[:n:n], tt.rec)); !errors.Is(err, agent.ErrRecord) {
				t.Errorf("restored: %v", err)
			}
		})
	}
}

func TestApplyRefusesHeader(t *testing.T) {
	tests := []struct {
		name   string
		change func(*agent.Header)
		want   string
	}{
		{"no input", func(h *agent.Header) { h.Input = nil }, "it has no messages"},
		{"input of the model", func(h *agent.Header) { h.Input = []llm.Message{llm.Assistant("Hi.")} }, "begins with a message of the user"},
		{"input that calls", func(h *agent.Header) { h.Input = append(h.Input, calls(call("a", "look", "{}"))) }, "which has no result"},
		{"history with nil", func(h *agent.Header) { h.History = []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{nil}}} }, "a part is a <nil>"},
		{"answer by nothing", func(h *agent.Header) { h.Answer = "answer" }, `the tool "answer" for the answer is not there, or not final`},
		{"answer by another tool", func(h *agent.Header) { h.Answer = "look" }, `the tool "look" for the answer is not there, or not final`},
		{"messages in the settings", func(h *agent.Header) { h.Settings.Messages = []llm.Message{} }, "the settings have"},
		{"schema in the settings", func(h *agent.Header) { h.Settings.Schema = json.RawMessage("{}") }, "the settings have"},
		{"format in the settings", func(h *agent.Header) { h.Settings.Format = llm.FormatJSON }, "the settings have"},
		{"whole", func(h *agent.Header) { h.Settings.Whole = true }, "the settings have"},
		{"schema", func(h *agent.Header) { h.Tools[1].Schema = json.RawMessage("{") }, `the schema of the tool "write" is not JSON`},
		{"extra", func(h *agent.Header) { h.Settings.Extra = json.RawMessage("{}x") }, "the extra settings are not JSON"},
		{"temperature", func(h *agent.Header) { h.Settings.Temperature = new(math.NaN()) }, "the number NaN is none"},
	}
	for _, tt := range tests {
		h := header()
		tt.change(h)
		err := (&agent.Run{ID: "r"}).Apply(agent.Record{Kind: agent.Began, Header: h})
		if !errors.Is(err, agent.ErrRecord) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	for _, id := range []string{"", " ", "\xff"} {
		if _, err := agent.Restore(id, []agent.Record{{Kind: agent.Began, Header: header()}}); !errors.Is(err, agent.ErrRecord) || !strings.Contains(err.Error(), "no ID that will do") {
			t.Errorf("ID %q: %v", id, err)
		}
	}
	if err := (&agent.Run{ID: "r"}).Apply(agent.Record{Kind: agent.Began}); !errors.Is(err, agent.ErrRecord) {
		t.Error(err)
	}
	if _, err := agent.Restore("r", nil); !errors.Is(err, agent.ErrRecord) || !strings.Contains(err.Error(), "the log is empty") {
		t.Error(err)
	}
}
