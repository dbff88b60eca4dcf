package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/tools"
)

type color string

type bill struct {
	Lines []line `json:"lines"`
	Total int    `json:"total" jsonschema:"minimum=0"`
}

type line struct {
	Name string `json:"name"`
	Cost int    `json:"cost"`
}

// Validate says whether the lines add up.
func (b bill) Validate() error {
	sum := 0
	for _, l := range b.Lines {
		sum += l.Cost
	}
	if sum != b.Total {
		return fmt.Errorf("the lines come to %d, the total is %d", sum, b.Total)
	}
	return nil
}

// scripted returns a model that gives these replies, and a last one when they are over.
func scripted(replies ...llm.Message) *llmtest.Script { return &llmtest.Script{Replies: replies} }

// wants returns a reply with one call.
func wants(tool, args string) llm.Message {
	return calls(llm.ToolCall{ID: "1", Name: tool, Args: args})
}

// told returns what the model was told last before each request but the first.
func told(m *llmtest.Script) (list []string) {
	for _, req := range m.Requests()[1:] {
		last := req.Messages[len(req.Messages)-1]
		if r, ok := last.Parts[0].(llm.ToolResult); ok {
			last.Parts = r.Content
		}
		list = append(list, last.Text())
	}
	return list
}

// answers has an agent answer with a T, and checks the value.
func answers[T any](t *testing.T, name string, want T, replies ...llm.Message) []string {
	t.Helper()
	m := scripted(replies...)
	got, err := agent.As[T](&agent.Agent{Model: m, Tools: tools.Set{add()}})(t.Context(), "Go.")
	if err != nil || !reflect.DeepEqual(got, want) || len(m.Requests()) != len(replies) {
		t.Errorf("%s: %v, %v after %d requests, want %v after %d", name, got, err, len(m.Requests()), want, len(replies))
	}
	return told(m)
}

func TestAs(t *testing.T) {
	three := sum{3, 4}
	answers(t, "by tool", three, wants("answer", `{"a":3,"b":4}`))
	answers(t, "with white space", three, wants("answer", " { \"b\" : 4,\n\"a\" : 3 } "))
	answers(t, "by text", three, llm.Assistant(`{"a":3,"b":4}`))
	answers(t, "in prose", three, llm.Assistant("Here it is:\n```json\n{\"a\":3,\"b\":4}\n```"))
	answers(t, "after work", three, wants("add", `{"a":1,"b":2}`), wants("answer", `{"a":3,"b":4}`))
	answers(t, "a string", "It is <nice>.", wants("answer", `{"input":"It is <nice>."}`))
	answers(t, "a string as text", "It is nice.", llm.Assistant("It is nice."))
	answers(t, "a list", []line{{"a", 1}, {"b", 2}}, wants("answer", `{"input":[{"name":"a","cost":1},{"name":"b","cost":2}]}`))
	answers(t, "a list as text", []line{{"a", 1}}, llm.Assistant(`[{"name":"a","cost":1}]`))
	answers(t, "an enum", color("red"), wants("answer", `{"input":"red"}`))
	answers(t, "a number", int64(1)<<60+1, wants("answer", `{"input":1152921504606846977}`))
	answers(t, "a pointer", &three, wants("answer", `{"a":3,"b":4}`))
	answers(t, "a nested value", bill{[]line{{"tea", 3}, {"cake", 4}}, 7}, wants("answer", `{"lines":[{"name":"tea","cost":3},{"name":"cake","cost":4}],"total":7}`))

	check := func(name string, got []string, want ...string) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the model is told %q, want %q", name, got, want)
		}
	}
	const again = "\nCall the tool again with all of its arguments, corrected."
	const call = "\nCall the tool answer with the whole answer, or go on with the task."
	check("no JSON", answers(t, "no JSON", three, llm.Assistant("Let me think."), wants("answer", `{"a":3,"b":4}`)),
		"That is not an answer that can be used:\nno JSON value in the text"+call)
	check("wrong text", answers(t, "wrong text", three, llm.Assistant(`{"a":"three"}`), llm.Assistant(`{"a":3,"b":4}`)),
		"That is not an answer that can be used:\n/b: is missing, want an integer\n/a: is the string \"three\", want an integer"+call)
	check("wrong arguments", answers(t, "wrong arguments", three, wants("answer", `{"a":3}`), wants("answer", `{"a":3,"b":4}`)),
		"error: the arguments do not fit the schema:\n/b: is missing, want an integer"+again)
	check("Validate", answers(t, "Validate", bill{Lines: []line{{"tea", 3}}, Total: 3},
		wants("answer", `{"lines":[{"name":"tea","cost":3}],"total":4}`), llm.Assistant(`{"lines":[{"name":"tea","cost":3}],"total":5}`), wants("answer", `{"lines":[{"name":"tea","cost":3}],"total":3}`)),
		"error: the arguments cannot be used: the lines come to 3, the total is 4"+again,
		"That is not an answer that can be used:\nthe lines come to 3, the total is 5"+call)
	check("with others", answers(t, "with others", three,
		calls(llm.ToolCall{ID: "1", Name: "answer", Args: `{"a":0,"b":0}`}, llm.ToolCall{ID: "2", Name: "add", Args: `{"a":1,"b":2}`}),
		wants("answer", `{"a":3,"b":4}`)),
		"error: the call was not made, as it ends the task, and other calls came with it. Look at their results first, then call it alone.")
	check("twice", answers(t, "twice", three,
		calls(llm.ToolCall{ID: "1", Name: "answer", Args: `{"a":0,"b":0}`}, llm.ToolCall{ID: "2", Name: "answer", Args: `{"a":3,"b":4}`}),
		wants("answer", `{"a":3,"b":4}`)),
		"error: the call was not made, as it ends the task, and other calls came with it. Look at their results first, then call it alone.")
	type wide struct{ A, B, C, D, E, F, G int }
	many := answers(t, "many findings", wide{}, llm.Assistant(`{"A":"`+strings.Repeat("x", 500)+`"}`), wants("answer", `{"A":0,"B":0,"C":0,"D":0,"E":0,"F":0,"G":0}`))
	if len(many[0]) > 600 || !strings.HasSuffix(many[0], ": is missing, want an integer\nand 2 more"+call) {
		t.Errorf("many findings: the model is told %q", many)
	}
}

// Three answers in a row that will not do are the end, and the error says why. Other
// calls between them show that the model works on it.
func TestAsUnfit(t *testing.T) {
	wrong, other := wants("answer", `{"a":3}`), wants("answer", `{"a":"x"}`)
	text := llm.Assistant("I cannot say.")
	work := wants("add", `{"a":1,"b":2}`)
	for name, tt := range map[string]struct {
		replies []llm.Message
		want    string // in the error
	}{
		"by text":   {[]llm.Message{text, text, text}, "3 times in a row; the model was told: That is not an answer that can be used: no JSON value in the text"},
		"by tool":   {[]llm.Message{other, wrong, other}, `/b: is missing, want an integer; /a: is the string "x", want an integer`},
		"by both":   {[]llm.Message{text, other, wrong}, "/b: is missing, want an integer"},
		"the same":  {[]llm.Message{wrong, wrong, wrong}, "You have made this same call 2 times in a row"},
		"with work": {[]llm.Message{wrong, other, work, text, other, work, wrong, text, other}, "3 times in a row"},
	} {
		m := scripted(tt.replies...)
		_, err := agent.As[sum](&agent.Agent{Model: m, Tools: tools.Set{add()}})(t.Context(), "Go.")
		e, ok := errors.AsType[*agent.Error](err)
		if !ok || !errors.Is(err, output.ErrUnfit) || !strings.Contains(err.Error(), tt.want) || len(m.Requests()) != len(tt.replies) {
			t.Fatalf("%s: %v after %d requests", name, err, len(m.Requests()))
		}
		check(t, e.Run)
	}
}

// Neither the agent nor other answers of it are touched.
func TestAsShared(t *testing.T) {
	a := &agent.Agent{Tools: tools.Set{add(), tools.New("answer", "Answers the phone.", func(context.Context, struct{}) (string, error) { return "Hello?", nil })}}
	a.Model = &llmtest.Script{Func: func(_ int, req *llm.Request) (*llm.Response, error) {
		last := req.Tools[len(req.Tools)-1]
		if len(req.Tools) != 3 || last.Name != "answer_2" || req.Tools[1].Name != "answer" {
			return nil, fmt.Errorf("the tools are %v", req.Tools)
		}
		if len(req.Messages) == 1 {
			return &llm.Response{Message: wants("answer", "")}, nil
		}
		args := `{"a":3,"b":4}`
		if strings.Contains(string(last.Schema), "total") {
			args = `{"lines":[],"total":0}`
		}
		return &llm.Response{Message: wants("answer_2", args)}, nil
	}}
	one, two := agent.As[sum](a), agent.As[bill](a)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v, err := one(t.Context(), "Go."); err != nil || v != (sum{3, 4}) {
				t.Error(v, err)
			}
		})
		wg.Go(func() {
			if v, err := two(t.Context(), "Go."); err != nil || v.Lines == nil {
				t.Error(v, err)
			}
		})
	}
	wg.Wait()
	if len(a.Tools) != 2 {
		t.Error("the agent has changed")
	}
	if typed := agent.Typed[sum](agent.Typed[bill](a)); len(typed.Tools) != 2 {
		t.Error("a typed agent has the tool of another type")
	}
}

func TestAsLimits(t *testing.T) {
	m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		if req.ToolChoice == llm.ToolNone {
			return &llm.Response{Message: llm.Assistant(`So far {"a":3,"b":4}.`)}, nil
		}
		return &llm.Response{Message: wants("add", fmt.Sprintf(`{"a":%d,"b":1}`, n))}, nil
	}}
	typed := agent.Typed[sum](&agent.Agent{Model: m, Tools: tools.Set{add()}, Limits: agent.Limits{Calls: 3, Finish: true}})
	result, err := typed.Do(t.Context(), "Go.")
	e, ok := errors.AsType[*agent.Error](err)
	if result != nil || !ok || !errors.Is(err, agent.ErrLimit) || e.Run.Text() != `So far {"a":3,"b":4}.` {
		t.Errorf("%v, %v", result, err)
	}
}

// The next turn goes on after an answer by tool.
func TestAsMemory(t *testing.T) {
	m := scripted(wants("answer", `{"a":1,"b":2}`), llm.Assistant(`{"a":3,"b":4}`), llm.Assistant("Both."))
	mem := new(memory.Buffer)
	a := &agent.Agent{Model: m, Memory: mem}
	f := agent.As[sum](a)
	for i, want := range []sum{{1, 2}, {3, 4}} {
		if v, err := f(t.Context(), fmt.Sprint("Question ", i)); err != nil || v != want {
			t.Fatal(v, err)
		}
	}
	if text, err := a.Run(t.Context(), "Which?"); err != nil || text != "Both." {
		t.Error(text, err)
	}
	h, err := mem.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, h.Messages)
	want := []string{"user Questi", "assistant", "tool", "user Questi", `assistant {"a":3`, "user Which?", "assistant Both."}
	if got := shape(h.Messages); !reflect.DeepEqual(got, want) {
		t.Errorf("the memory has %q, want %q", got, want)
	}
}

// A run goes on in another process, by an agent of the same type, and has its value also
// when it is done and loaded.
func TestAsResume(t *testing.T) {
	w := newWorld()
	m := scripted(wants("add", `{"a":1,"b":2}`), wants("answer", `{"name":"<tea> & cake","cost":7}`))
	agentOf := func() *agent.Agent {
		return agent.Typed[line](&agent.Agent{Model: m, Tools: tools.Set{add()}, Store: w})
	}
	run, err := agentOf().Start(t.Context(), "Go.")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range agentOf().Resume(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		if len(run.Log) > 2 {
			break
		}
	}
	for range 2 { // to its end, and again when it is there
		if run, err = w.Load(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
		var result *agent.Result
		for e, err := range agentOf().Resume(t.Context(), reload(t, run)) {
			if err != nil {
				t.Fatal(err)
			}
			result = e.Result
		}
		var v line
		if err := agent.Value(result, &v); err != nil || v != (line{"<tea> & cake", 7}) || result.Text != string(result.Value) {
			t.Errorf("%v, %v, %q", v, err, result.Text)
		}
	}
	if n := len(m.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// A run of an agent without a type stays one.
func TestAsResumeUntyped(t *testing.T) {
	a := &agent.Agent{Model: scripted(llm.Assistant("Hello."))}
	run, err := a.Start(t.Context(), "Go.")
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t, agent.Typed[sum](a), run, nil); err != nil || run.Text() != "Hello." {
		t.Errorf("%q, %v", run.Text(), err)
	}
}

func TestValue(t *testing.T) {
	typed := agent.Typed[sum](&agent.Agent{Model: scripted(llm.Assistant("Sure: {\"a\":3,\"b\":4}"))})
	var last *agent.Event
	for e, err := range typed.Stream(t.Context(), "Go.") {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	var v sum
	if last.Kind() != "done" || string(last.Result.Value) != `{"a":3,"b":4}` || last.Result.Text != `{"a":3,"b":4}` {
		t.Errorf("the last event is %q with %+v", last.Kind(), last.Result)
	}
	if err := agent.Value(last.Result, &v); err != nil || v != (sum{3, 4}) {
		t.Error(v, err)
	}
	var s string
	if err := agent.Value(last.Result, &s); err == nil {
		t.Error("an object is a string")
	}
	result, err := (&agent.Agent{Model: scripted(llm.Assistant("Hello."))}).Do(t.Context(), "Go.")
	if err != nil || result.Value != nil || !errors.Is(agent.Value(result, &v), output.ErrUnfit) || !errors.Is(agent.Value(nil, &v), output.ErrUnfit) {
		t.Error(result, err)
	}
}

func TestAsPanics(t *testing.T) {
	defer func() {
		if r := recover(); r == nil {
			t.Error("there is no schema of a func")
		}
	}()
	agent.As[func()](&agent.Agent{})
}

// A nil tool is for the run to find.
func TestAsNilTool(t *testing.T) {
	_, err := agent.As[json.RawMessage](&agent.Agent{Model: scripted(), Tools: tools.Set{nil}})(t.Context(), "Go.")
	if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "tool 0 is nil") {
		t.Error(err)
	}
}
