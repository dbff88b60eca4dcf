package output_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/schema"
)

// all is what DeepSeek can do.
var all = llm.Abilities{Schema: true, JSON: true, StrictTools: true, ForcedTools: true, Prefix: true, Logprobs: true, MaxOutput: 1000}

func TestLadder(t *testing.T) {
	user := []llm.Message{llm.User("Order.")}
	loose, strict := llm.ToolSpec{Name: "clock"}, llm.ToolSpec{Name: "clock", Strict: true, Schema: json.RawMessage(`{}`)}
	old := []llm.Message{llm.User("Hi."), llm.Assistant("Hello."), llm.User("Order.")}
	for _, tt := range []struct {
		name string
		can  llm.Abilities
		req  llm.Request
		want []output.Mode
	}{
		{"all", all, llm.Request{Messages: user}, []output.Mode{"schema", "strict", "tool", "json", "text"}},
		{"nothing is known", llm.Abilities{}, llm.Request{Messages: user}, []output.Mode{"text"}},
		{"json alone", llm.Abilities{JSON: true}, llm.Request{Messages: user}, []output.Mode{"json", "text"}},
		{"tools of the caller show that there are tools", llm.Abilities{}, llm.Request{Messages: user, Tools: []llm.ToolSpec{loose}}, []output.Mode{"tool", "text"}},
		{"loose tools", all, llm.Request{Messages: user, Tools: []llm.ToolSpec{loose}}, []output.Mode{"schema", "tool", "json", "text"}},
		{"strict tools", all, llm.Request{Messages: user, Tools: []llm.ToolSpec{strict}}, []output.Mode{"schema", "strict", "tool", "json", "text"}},
		{"some are strict", all, llm.Request{Messages: user, Tools: []llm.ToolSpec{strict, {Name: "b"}}}, []output.Mode{"schema", "tool", "json", "text"}},
		{"no tool may be called", all, llm.Request{Messages: user, Tools: []llm.ToolSpec{loose}, ToolChoice: llm.ToolNone}, []output.Mode{"schema", "json", "text"}},
		{"stop", all, llm.Request{Messages: user, Stop: []string{"x"}}, []output.Mode{"strict", "tool", "json", "text"}},
		{"reminder", all, llm.Request{Messages: []llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("x")}}, user[0]}}, []output.Mode{"strict", "tool", "json", "text"}},
		{"begun", all, llm.Request{Messages: append(slices.Clip(user), llm.Assistant(`{"item":`))}, []output.Mode{"text"}},
		{"replies without reasoning", all, llm.Request{Messages: old}, []output.Mode{"schema", "json", "text"}},
		{"but nothing reasons", all, llm.Request{Messages: old, Effort: llm.EffortNone}, []output.Mode{"schema", "strict", "tool", "json", "text"}},
	} {
		m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
			return nil, &llm.Error{Message: "no such thing", Err: llm.ErrInvalid}
		}}
		_, err := (&output.Generator[order]{Model: able{m, tt.can}}).Generate(t.Context(), &tt.req)
		e, ok := errors.AsType[*output.Error](err)
		if !ok || e.Attempts != 1 || !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("%s: %v", tt.name, err)
		}
		var got []output.Mode
		for _, req := range m.Requests() {
			got = append(got, modeOf(req))
			if req.Effort != tt.req.Effort {
				t.Errorf("%s: effort is %q", tt.name, req.Effort)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: modes are %q, want %q", tt.name, got, tt.want)
		}
	}
}

// modeOf returns the mode that a request is in.
func modeOf(req *llm.Request) output.Mode {
	n := len(req.Tools)
	switch {
	case req.Schema != nil:
		return output.ModeSchema
	case n > 0 && strings.HasPrefix(req.Tools[n-1].Name, "answer") && req.Tools[n-1].Strict:
		return output.ModeStrict
	case n > 0 && strings.HasPrefix(req.Tools[n-1].Name, "answer"):
		return output.ModeTool
	case req.Format == llm.FormatJSON:
		return output.ModeJSON
	}
	return output.ModeText
}

func TestModeGiven(t *testing.T) {
	refuses := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return nil, &llm.Error{Message: "no such thing", Err: llm.ErrInvalid}
	}}
	_, err := (&output.Generator[order]{Model: able{refuses, all}, Mode: output.ModeTool}).Generate(t.Context(), llm.Prompt("Order."))
	if len(refuses.Requests()) != 1 || !errors.Is(err, llm.ErrInvalid) {
		t.Errorf("%d requests, %v", len(refuses.Requests()), err)
	}
	begun := &llm.Request{Messages: []llm.Message{llm.User("Order."), llm.Assistant("{")}}
	for _, tt := range []struct {
		mode output.Mode
		req  *llm.Request
		want string
	}{
		{"yaml", llm.Prompt("x"), `mode "yaml": it is none of "schema", "strict"`},
		{output.ModeTool, begun, "is no tool call"},
		{output.ModeSchema, begun, "cannot be continued under a schema"},
		{output.ModeStrict, &llm.Request{Messages: begun.Messages[:1], Tools: []llm.ToolSpec{{Name: "a"}}}, "not all tools of the request are strict"},
	} {
		_, err := (&output.Generator[order]{Model: script(), Mode: tt.mode}).Generate(t.Context(), tt.req)
		if e, ok := errors.AsType[*output.Error](err); !ok || e.Attempts != 0 || !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.mode, err, tt.want)
		}
	}
}

// Where words go, and that they are not said twice.
func TestWords(t *testing.T) {
	ask := func(mode output.Mode, messages ...llm.Message) *output.Result[order] {
		r, err := (&output.Generator[order]{Model: script(good), Mode: mode}).Generate(t.Context(), &llm.Request{Messages: messages})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := ask(output.ModeJSON, llm.System("Be kind."), llm.User("A"), llm.Assistant("B"), llm.User("C"))
	if r.Messages[0].Text() != "Be kind." || r.Messages[1].Text() != "A" || !strings.HasPrefix(r.Messages[3].Text(), "C\n\nAnswer with a JSON value") || r.Messages[4].Text() != good {
		t.Errorf("got %q", r.Messages)
	}
	again := ask(output.ModeJSON, append(r.Messages, llm.User("D"))...)
	if last := again.Messages[len(again.Messages)-2].Text(); last != "D" {
		t.Errorf("said twice: %q", last)
	}
	if r := ask(output.ModeText, llm.System("S")); len(r.Messages) != 3 || r.Messages[1].Role != llm.RoleUser || !strings.HasPrefix(r.Messages[1].Text(), "Answer with") {
		t.Errorf("got %q", r.Messages)
	}
	if r := ask(output.ModeTool, llm.User("A")); r.Messages[0].Text() != "A\n\nGive the answer by calling the tool answer, not as text." {
		t.Errorf("got %q", r.Messages)
	}
	if r := ask(output.ModeSchema, llm.User("A")); r.Messages[0].Text() != "A" {
		t.Errorf("got %q", r.Messages)
	}
}

// A tool call is forced only where nothing reasons, and the caller has no wish.
func TestForced(t *testing.T) {
	tool := []llm.ToolSpec{{Name: "clock"}}
	for _, tt := range []struct {
		can  llm.Abilities
		req  llm.Request
		want llm.ToolChoice
	}{
		{all, llm.Request{}, ""},
		{all, llm.Request{Effort: llm.EffortLow}, ""},
		{all, llm.Request{Effort: llm.EffortNone}, llm.ToolNamed("answer")},
		{all, llm.Request{Effort: llm.EffortNone, Tools: tool}, llm.ToolRequired},
		{all, llm.Request{Effort: llm.EffortNone, Tools: tool, ToolChoice: llm.ToolAuto}, llm.ToolAuto},
		{llm.Abilities{}, llm.Request{Effort: llm.EffortNone}, ""},
	} {
		m := script(good)
		tt.req.Messages = []llm.Message{llm.User("Order.")}
		if _, err := (&output.Generator[order]{Model: able{m, tt.can}, Mode: output.ModeTool}).Generate(t.Context(), &tt.req); err != nil {
			t.Error(err)
		}
		got := m.Requests()[0]
		if got.ToolChoice != tt.want || got.Effort != tt.req.Effort {
			t.Errorf("%+v: choice is %q, want %q", tt.req, got.ToolChoice, tt.want)
		}
		if forced := tt.want == llm.ToolRequired || tt.want == llm.ToolNamed("answer"); forced != (got.Messages[0].Text() == "Order.") {
			t.Errorf("%+v: the model is told %q", tt.req, got.Messages[0].Text())
		}
	}
}

// Definitions are where each of the forms has them.
func TestDefinitions(t *testing.T) {
	type part struct {
		Name  string `json:"name"`
		Parts []part `json:"parts"`
	}
	type machine struct {
		Body part `json:"body"`
	}
	const text = `{"body":{"name":"a","parts":[]}}`
	for _, test := range []struct {
		mode output.Mode
		want string
	}{
		{output.ModeSchema, "$defs"}, {output.ModeStrict, "$def"}, {output.ModeTool, "$defs"},
	} {
		m := script(text)
		if _, err := (&output.Generator[machine]{Model: m, Mode: test.mode}).Generate(t.Context(), llm.Prompt("Build.")); err != nil {
			t.Errorf("%s: %v", test.mode, err)
		}
		req := m.Requests()[0]
		sent := string(req.Schema)
		if len(req.Tools) > 0 {
			sent = string(req.Tools[0].Schema)
		}
		if !strings.Contains(sent, `{"$ref":"#/`+test.want+`/part"}`) || !strings.Contains(sent, `"`+test.want+`":{"part":{`) {
			t.Errorf("%s: sent %s, want %s", test.mode, sent, test.want)
		}
	}
}

// What is no object goes through the modes that know nothing else in one.
func TestEnvelope(t *testing.T) {
	tree, err := schema.Parse([]byte(`{"type":"array","items":{"$ref":"#/$defs/node"},"$defs":{"node":{"type":"object","properties":{"$ref":{"const":"#"},"kids":{"$ref" : "#"}},"required":["kids"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []output.Mode{output.ModeSchema, output.ModeTool, output.ModeJSON, output.ModeText} {
		list := func(texts ...string) (*output.Result[[]int], []*llm.Request, error) {
			m := script(texts...)
			r, err := (&output.Generator[[]int]{Model: m, Mode: mode}).Generate(t.Context(), llm.Prompt("Count."))
			return r, m.Requests(), err
		}
		whole := `{"value":[1,2]}`
		if mode == output.ModeText {
			whole = `[1,2]`
		}
		r, requests, err := list(whole)
		if err != nil || !slices.Equal(r.Value, []int{1, 2}) || string(r.JSON) != "[1,2]" {
			t.Errorf("%s: %v, %v", mode, r, err)
		}
		asked, err := json.Marshal(requests[0])
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ReplaceAll(string(asked), `\`, ""), `"value":`) != (mode != output.ModeText) {
			t.Errorf("%s: asked for %s", mode, asked)
		}
		if r, _, err := list(`[3]`); err != nil || !slices.Equal(r.Value, []int{3}) {
			t.Errorf("%s without the envelope: %v, %v", mode, r, err)
		}
		mended, err := (&output.Generator[[]order]{Model: script(strings.Replace(whole, "1,2", `{"item":"lamp","count":"2"}`, 1)), Mode: mode}).Generate(t.Context(), llm.Prompt("Order."))
		if err != nil || len(mended.Repairs) != 1 || mended.Repairs[0].Pointer != "/0/count" {
			t.Errorf("%s: %+v, %v", mode, mended, err)
		}
		unfit := strings.Replace(whole, "1,2", `{"item":"lamp"}`, 1)
		orders := script(unfit, unfit)
		_, err = (&output.Generator[[]order]{Model: orders, Mode: mode}).Generate(t.Context(), llm.Prompt("Order."))
		e, ok := errors.AsType[*output.Error](err)
		if !ok || len(e.Findings) != 1 || !strings.HasPrefix(e.Findings[0].Pointer, "/0") {
			t.Fatalf("%s: %v", mode, err)
		}
		place := "- " + e.Findings[0].Pointer + ": "
		if mode != output.ModeText {
			place = "- /value" + e.Findings[0].Pointer + ": "
		}
		if told := orders.Requests()[1].Messages[2].Text(); !strings.Contains(told, place) {
			t.Errorf("%s: the model is told %q, want %q", mode, told, place)
		}
		orders = script(`[{"item":"lamp"}]`, `[{"item":"lamp"}]`)
		_, err = (&output.Generator[[]order]{Model: orders, Mode: mode}).Generate(t.Context(), llm.Prompt("Order."))
		if e, ok := errors.AsType[*output.Error](err); !ok || len(e.Findings) != 1 || !strings.HasPrefix(e.Findings[0].Pointer, "/0") {
			t.Fatalf("%s: %v", mode, err)
		}
		if told := orders.Requests()[1].Messages[2].Text(); !strings.Contains(told, "- /0") {
			t.Errorf("%s: without the envelope the model is told %q", mode, told)
		}
		nodes := script(strings.Replace(whole, "1,2", `{"$ref":"#","kids":[]}`, 1), strings.Replace(whole, "1,2", `{"kids":[{"kids":1}]}`, 1))
		n, err := (&output.Generator[json.RawMessage]{Model: nodes, Mode: mode, Schema: tree}).Generate(t.Context(), llm.Prompt("Plant."))
		if err != nil || string(n.Value) != `[{"$ref":"#","kids":[]}]` {
			t.Errorf("%s: %v, %v", mode, n, err)
		}
	}
}
