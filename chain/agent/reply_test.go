package agent_test

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
)

// TestCallsAsTheyAreSent has calls that no API takes back.
func TestCallsAsTheyAreSent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		calls []llm.ToolCall
		want  string
	}{
		{"fine", []llm.ToolCall{call("a", "look", ` { "n" : "<&>" } `), call("b", "look", "")}, `[a look  { "n" : "<&>" } ] [b look ]`},
		{"no ID", []llm.ToolCall{call("", "look", "1"), call("", "look", "2")}, `[call_1 look 1] [call_2 look 2]`},
		{"equal IDs", []llm.ToolCall{call("a", "look", "1"), call("a", "look", "2"), call("a", "look", "3")}, `[a look 1] [call_2 look 2] [call_3 look 3]`},
		{"the new ID is there", []llm.ToolCall{call("", "look", "1"), call("call_1", "look", "2"), call("call_2", "look", "3")}, `[call_3 look 1] [call_1 look 2] [call_2 look 3]`},
		{"no name", []llm.ToolCall{call("a", "", "1")}, `[a unnamed 1]`},
		{"not JSON", []llm.ToolCall{call("a", "look", `{"n":`), call("b", "look", "{}x")}, `[a look {}] [b look {}]`},
	} {
		run := begin(t, nil)
		wrote := asks(tt.calls...)
		apply(t, run, wrote)
		m := run.Turn()[1]
		if got := strings.TrimSuffix(strings.TrimPrefix(show([]llm.Message{m}), "assistant: (hm) "), "\n"); got != tt.want {
			t.Errorf("%s: sent %s, want %s", tt.name, got, tt.want)
		}
		for i, c := range is(t, run, agent.StepTools).Calls { // the tool gets what the model wrote
			if c.Args != tt.calls[i].Args || c.Name != tt.calls[i].Name || c.ToolCall.ID != m.ToolCalls()[i].ID {
				t.Errorf("%s: call %d is %+v", tt.name, i, c)
			}
		}
		if encoded(t, wrote.Reply.ToolCalls()) != encoded(t, tt.calls) {
			t.Errorf("%s: the reply was changed", tt.name)
		}
		if err := (memory.Turn{ID: "t", Messages: run.Turn()}).Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestFilesInResults(t *testing.T) {
	run := begin(t, nil)
	apply(t, run, asks(call("a", "look", "1"), call("b", "look", "2"), call("c", "none", "3")))
	png := llm.Blob{MIMEType: "image/png", Name: "a.png", Data: []byte("PNG")}
	first, third := gave("1.1", "a", ""), gave("1.3", "c", "")
	first.Result.Content = llm.Parts{llm.Text("Two:"), png, llm.Blob{Data: []byte("raw")}, llm.Text("end")}
	third.Result.Content = llm.Parts{png}
	third.Result.Name = ""
	content := first.Result.Content
	apply(t, run, third, gave("1.2", "b", "two"), first)
	const want = `tool: [a = Two:[file 1 (a.png) is in the message after the results][file 2 is in the message after the results]end] [b = two] [c = [file 1 (a.png) is in the message after the results]]
user: look, call a, file 1 (a.png): <a.png PNG> look, call a, file 2: < raw> a tool, call c, file 1 (a.png): <a.png PNG>
`
	if got := show(is(t, run, agent.StepModel).Request.Messages); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, ok := content[1].(llm.Blob); !ok {
		t.Error("the result itself was changed")
	}
}

// TestFinalTool has a tool whose result is the answer.
func TestFinalTool(t *testing.T) {
	run := begin(t, func(h *agent.Header) { h.Answer = "end" })
	apply(t, run, asks(call("a", "look", "1"), call("b", "end", "2")))
	if got := names(is(t, run, agent.StepTools).Calls); got != "1.1" {
		t.Errorf("to be called: %s", got)
	}
	apply(t, run, gave("1.1", "a", "x"))
	const alone = "[b = error: the call was not made, as it ends the task, and other calls came with it. Look at their results first, then call it alone.]\n"
	if got := show(is(t, run, agent.StepModel).Request.Messages); !strings.HasSuffix(got, alone) {
		t.Error(got)
	}
	bad := gave("2.1", "a", "no")
	bad.Result.IsError = true
	apply(t, run, asks(call("a", "end", "1")), bad)
	is(t, run, agent.StepModel)
	good := gave("3.1", "a", "The answer is taken.")
	good.Value = []byte(`{ "a" : "<1>" }`)
	apply(t, run, asks(call("a", "end", "2")), good)
	for _, r := range []*agent.Run{run, reload(t, run)} {
		if step := is(t, r, agent.StepDone); step.Text != `{ "a" : "<1>" }` {
			t.Errorf("the answer is %s", step.Text)
		}
		if got := show(r.Turn()); !strings.HasSuffix(got, "[a = The answer is taken.]\n") {
			t.Error(got)
		}
	}
}
