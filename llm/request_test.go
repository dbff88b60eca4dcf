package llm_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

// fullRequest returns a request with something in every field.
func fullRequest() *llm.Request {
	return &llm.Request{
		Model:       "m",
		Messages:    []llm.Message{llm.System("s"), {Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("Monday")}}, llm.User("u"), llm.Assistant("```json\n")},
		Tools:       []llm.ToolSpec{{Name: "f", Description: "does f", Schema: json.RawMessage(`{"type":"object"}`), Strict: true}, {Kind: "web_search"}},
		ToolChoice:  llm.ToolNamed("f"),
		Format:      llm.FormatJSON,
		Schema:      json.RawMessage(`{"type":"object","description":"a b"}`),
		Effort:      llm.EffortMax,
		MaxTokens:   100,
		Temperature: new(0.0),
		TopP:        new(0.9),
		Stop:        []string{"\n", ""},
		TopLogprobs: 5,
		User:        "ann",
		Whole:       true,
		Extra:       json.RawMessage(`{"seed":7}`),
	}
}

func TestRequestJSON(t *testing.T) {
	const want = `{"model":"m","messages":[{"role":"system","parts":[{"text":"s"}]},{"role":"latest_reminder","parts":[{"text":"Monday"}]},` +
		`{"role":"user","parts":[{"text":"u"}]},{"role":"assistant","parts":[{"text":"` + "```json\\n" + `"}]}],` +
		`"tools":[{"name":"f","description":"does f","schema":{"type":"object"},"strict":true},{"name":"","kind":"web_search"}],` +
		`"tool_choice":"named:f","format":"json","schema":{"type":"object","description":"a b"},"effort":"max","max_tokens":100,` +
		`"temperature":0,"top_p":0.9,"stop":["\n",""],"top_logprobs":5,"user":"ann","whole":true,"extra":{"seed":7}}`
	got := encode(t, fullRequest())
	if got != want {
		t.Errorf("encodes to %s\nwant %s", got, want)
	}
	if back := decode[*llm.Request](t, got); !reflect.DeepEqual(back, fullRequest()) {
		t.Errorf("came back as %s", encode(t, back))
	}
}

// "None" is not the same as "the default", also after it was stored.
func TestRequestJSONKeepsNone(t *testing.T) {
	for want, req := range map[string]*llm.Request{
		`{"messages":null}`:                                           {},
		`{"messages":[]}`:                                             {Messages: []llm.Message{}},
		`{"messages":null,"tools":[],"stop":[]}`:                      {Tools: []llm.ToolSpec{}, Stop: []string{}},
		`{"messages":[{"role":"user","parts":null}]}`:                 {Messages: []llm.Message{{Role: llm.RoleUser}}},
		`{"messages":[{"role":"user","parts":[]}],"temperature":0.5}`: {Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{}}}, Temperature: new(0.5)},
	} {
		if got := encode(t, req); got != want {
			t.Errorf("encodes to %s, want %s", got, want)
		}
		if back := decode[*llm.Request](t, want); !reflect.DeepEqual(back, req) {
			t.Errorf("%s came back as %s", want, encode(t, back))
		}
	}
}

func TestToolChoice(t *testing.T) {
	for _, name := range []string{"f", "auto", "named:f", ""} {
		if got, ok := llm.ToolNamed(name).Name(); got != name || !ok {
			t.Errorf("ToolNamed(%q) names %q, %t", name, got, ok)
		}
	}
	for _, choice := range []llm.ToolChoice{"", llm.ToolAuto, llm.ToolNone, llm.ToolRequired} {
		if name, ok := choice.Name(); ok {
			t.Errorf("%q names %q", choice, name)
		}
	}
}

func TestPrompt(t *testing.T) {
	want := &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("Why?")}}}}
	if got := llm.Prompt("Why?"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %s, want %s", encode(t, got), encode(t, want))
	}
}
