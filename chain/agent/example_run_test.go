package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/tools"
)

// mailer returns an agent that sends a mail, once a person has approved of it. The model
// is a script.
func mailer() *agent.Agent {
	type mail struct {
		To string `json:"to"`
	}
	send := tools.New("send", "Sends a mail.", func(_ context.Context, in mail) (string, error) {
		fmt.Println("sending to", in.To)
		return "sent", nil
	})
	return &agent.Agent{
		Model: &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
			last := req.Messages[len(req.Messages)-1]
			switch {
			case req.ToolChoice == llm.ToolNone:
				return &llm.Response{Message: llm.Assistant("Nothing was sent.")}, nil
			case last.Role == llm.RoleUser:
				call := llm.ToolCall{ID: "call_1", Name: "send", Args: `{"to":"ada@example.com"}`}
				return &llm.Response{Message: llm.Message{Parts: llm.Parts{call}}}, nil
			}
			result := last.Parts[0].(llm.ToolResult)
			return &llm.Response{Message: llm.Assistant("Result: " + llm.Message{Parts: result.Content}.Text())}, nil
		}},
		System: "You send mail.",
		Tools:  tools.Set{tools.With(send, tools.Policy{Effect: tools.WritesOnce | tools.Sends, Approve: true})},
	}
}

// stopped returns the run of an agent that has stopped for a person.
func stopped(a *agent.Agent) *agent.Run {
	_, err := a.Run(context.Background(), "Write to Ada.")
	e, ok := errors.AsType[*agent.Error](err)
	if !ok || !errors.Is(err, agent.ErrApproval) {
		log.Fatal(err)
	}
	return e.Run
}

// resume runs run to its end.
func resume(a *agent.Agent, run *agent.Run) {
	for _, err := range a.Resume(context.Background(), run) {
		if err != nil {
			log.Fatal(err)
		}
	}
}

// A person approves of a call, for an hour. The run may have been on a disk for days.
func ExampleRun_Grant() {
	a := mailer()
	run := stopped(a)

	data, err := json.Marshal(run)
	if err != nil {
		log.Fatal(err)
	}
	var later agent.Run
	if err := json.Unmarshal(data, &later); err != nil {
		log.Fatal(err)
	}
	for _, call := range later.Waiting() {
		if err := later.Grant(call.ID, time.Now().Add(time.Hour)); err != nil {
			log.Fatal(err)
		}
	}
	resume(a, &later)
	fmt.Println(later.Text())
	// Output:
	// sending to ada@example.com
	// Result: sent
}

// A person refuses, and the model is told why.
func ExampleRun_Refuse() {
	a := mailer()
	run := stopped(a)
	if err := run.Refuse("call_1", "Ada is on holiday."); err != nil {
		log.Fatal(err)
	}
	resume(a, run)
	fmt.Println(run.Text())
	// Output:
	// Result: error: the call was not made: a person was asked and refused it: Ada is on holiday.
}

func ExampleRun_Waiting() {
	run := stopped(mailer())
	for _, call := range run.Waiting() {
		fmt.Println(call.Name, call.Args)
		fmt.Println(call.Why)
		fmt.Println(call.ID == run.ID+"/1.1", call.ToolCall.ID)
	}
	// Output:
	// send {"to":"ada@example.com"}
	// the tool needs the approval of a person
	// true call_1
}

// Two persons decide differently: what would have become of it?
func ExampleRun_Fork() {
	a := mailer()
	run := stopped(a)
	fork := run.Fork()
	if err := errors.Join(run.Grant("call_1", time.Time{}), fork.Refuse("call_1", "")); err != nil {
		log.Fatal(err)
	}
	resume(a, run)
	resume(a, fork)
	fmt.Println(run.Text())
	fmt.Println(fork.Text())
	// Output:
	// sending to ada@example.com
	// Result: sent
	// Result: error: the call was not made: a person was asked and refused it
}

// The conversation is valid for an API wherever the run stands.
func ExampleRun_Messages() {
	run := stopped(mailer())
	for _, m := range run.Messages() {
		fmt.Printf("%s: %s", m.Role, m.Text())
		for _, c := range m.ToolCalls() {
			fmt.Print(c.Name, c.Args)
		}
		for _, p := range m.Parts {
			if r, ok := p.(llm.ToolResult); ok {
				fmt.Print(llm.Message{Parts: r.Content}.Text())
			}
		}
		fmt.Println()
	}
	// Output:
	// system: You send mail.
	// user: Write to Ada.
	// assistant: send{"to":"ada@example.com"}
	// tool: error: the call has not been made yet
}

// What a memory keeps is the turn: neither the system prompt nor earlier turns.
func ExampleRun_Turn() {
	run := stopped(mailer())
	for _, m := range run.Turn() {
		fmt.Println(m.Role)
	}
	// Output:
	// user
	// assistant
	// tool
}

// A run that has reached a limit says what it has used, under which limits, and what the
// model made of it.
func ExampleRun_Used() {
	a := mailer()
	a.Limits = agent.Limits{Calls: 1, Finish: true}
	run := stopped(a)
	if err := run.Refuse("call_1", ""); err != nil {
		log.Fatal(err)
	}
	for _, err := range a.Resume(context.Background(), run) {
		if errors.Is(err, agent.ErrLimit) {
			fmt.Println(err)
		}
	}
	fmt.Println(run.Used().Calls, run.Limits().Calls, run.Text())
	// Output:
	// agent: after 2 model calls and 0 tool calls: limit reached: 1 model calls: raise it in Limits and resume the run
	// 2 1 Nothing was sent.
}

// Limits that are zero have a default.
func ExampleRun_Limits() {
	run := stopped(mailer())
	l := run.Limits()
	fmt.Println(l.Calls, l.Tools, l.Tokens, l.Time, l.Repeats, l.Finish)
	// Output:
	// 25 100 2000000 10m0s 3 false
}

// Text is the answer once a run is done, and before that what the model said last.
func ExampleRun_Text() {
	a := mailer()
	run := stopped(a)
	fmt.Printf("%q\n", run.Text())
	if err := run.Refuse("call_1", "Not now."); err != nil {
		log.Fatal(err)
	}
	resume(a, run)
	fmt.Printf("%q\n", run.Text())
	// Output:
	// ""
	// "Result: error: the call was not made: a person was asked and refused it: Not now."
}

// A store of one's own keeps records, and makes a run of them.
func ExampleRestore() {
	run := stopped(mailer())
	var kept []string
	for _, rec := range run.Log {
		line, err := json.Marshal(rec)
		if err != nil {
			log.Fatal(err)
		}
		kept = append(kept, string(line))
	}

	recs := make([]agent.Record, len(kept))
	for i, line := range kept {
		if err := json.Unmarshal([]byte(line), &recs[i]); err != nil {
			log.Fatal(err)
		}
	}
	back, err := agent.Restore(run.ID, recs)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Next().Kind, len(back.Waiting()))

	_, err = agent.Restore(run.ID, recs[1:])
	fmt.Println(errors.Is(err, agent.ErrRecord))
	// Output:
	// wait 1
	// true
}

// A workflow engine is such a driver: it asks the run what is next, has that done by
// whatever it has, and notes what came of it. Each record may be stored, and each step
// may be done by another machine.
func ExampleRun_Next() {
	ctx := context.Background()
	model := &llmtest.Script{Replies: []llm.Message{
		{Parts: llm.Parts{llm.ToolCall{ID: "call_1", Name: "add", Args: `{"a":1,"b":2}`}}},
		llm.Assistant("It is 3."),
	}}
	set := tools.Set{add()}
	a := &agent.Agent{Model: model, Tools: set}
	run, err := a.Start(ctx, "What is 1 + 2?")

	for step := run.Next(); err == nil && step.Kind != agent.StepDone; step = run.Next() {
		fmt.Println(step.Kind)
		switch step.Kind {
		case agent.StepModel, agent.StepCompact, agent.StepFinish:
			var reply *llm.Response
			if reply, err = llm.Generate(ctx, model, step.Request); err == nil {
				err = run.Apply(agent.Record{Kind: agent.Replied, For: step.Kind, Reply: reply})
			}
		case agent.StepTools:
			for _, call := range step.Calls {
				begun := run.Apply(agent.Record{Kind: agent.Calling, Call: call.ID}) // to be stored before the call
				result, failed := set.Call(tools.WithCallID(ctx, call.ID), call.ToolCall)
				ended := run.Apply(agent.Record{Kind: agent.Called, Call: call.ID, Result: &result})
				err = errors.Join(begun, failed, ended)
			}
		default:
			err = fmt.Errorf("%s: %w", step.Kind, step.Err) // StepStop, or StepWait for a person
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Text())
	// Output:
	// model
	// tools
	// model
	// It is 3.
}

// What did not come by the loop of this package comes by a record: here a person raises a
// limit.
func ExampleRun_Apply() {
	run := stopped(mailer())
	err := run.Apply(agent.Record{Kind: agent.Limited, Limits: &agent.Limits{Calls: 50}})
	fmt.Println(run.Limits().Calls, err)

	err = run.Apply(agent.Record{Kind: agent.Called, Call: run.Waiting()[0].ID})
	fmt.Println(errors.Is(err, agent.ErrRecord))
	// Output:
	// 50 <nil>
	// true
}

// A driver makes a call that a person has approved of in a context that says so.
func ExampleCall_Approved() {
	run := stopped(mailer())
	if err := run.Grant("call_1", time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	call := run.Next().Calls[0]
	fmt.Println(call.Approved(time.Now()), call.Approved(time.Now().Add(2*time.Hour)))
	// Output:
	// true false
}
