package llmtest_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// full returns a request with something in every field.
func full() *llm.Request {
	return &llm.Request{
		Model: "m",
		Messages: []llm.Message{
			llm.System("sys"),
			{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("see"), llm.Blob{MIMEType: "image/png", Data: []byte{1, 2}}}},
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.ToolCall{ID: "1", Name: "f", Args: "{}"}}},
			{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("out"), llm.Blob{Data: []byte{3}}}}}},
			{Role: llm.RoleUser},
		},
		Tools:       []llm.ToolSpec{{Name: "f", Schema: json.RawMessage(`{"type":"object"}`)}},
		ToolChoice:  llm.ToolNamed("f"),
		Format:      llm.FormatJSON,
		Schema:      json.RawMessage(`{}`),
		Effort:      llm.EffortLow,
		MaxTokens:   1,
		Temperature: new(0.5),
		TopP:        new(0.9),
		Stop:        []string{},
		TopLogprobs: 2,
		User:        "u",
		Whole:       true,
		Extra:       json.RawMessage(`{"x":1}`),
	}
}

// What a caller does to a request afterwards does not show in what was recorded.
func TestRequestsAreCopies(t *testing.T) {
	spoil := func(req *llm.Request) {
		req.Messages[1].Parts[1].(llm.Blob).Data[0] = 9
		req.Messages[3].Parts[0].(llm.ToolResult).Content[1].(llm.Blob).Data[0] = 9
		req.Messages[3].Parts[0].(llm.ToolResult).Content[0] = llm.Text("spoiled")
		req.Messages[0].Parts[0] = llm.Text("spoiled")
		req.Messages[2] = llm.User("spoiled")
		req.Tools[0].Schema[0] = ' '
		req.Tools[0].Name = "spoiled"
		req.Schema[0], req.Extra[0] = ' ', ' '
		*req.Temperature, *req.TopP = 9, 9
		req.Stop = append(req.Stop, "spoiled")
		req.Model = "spoiled"
	}
	m := &llmtest.Script{Replies: make([]llm.Message, 1)}
	req := full()
	if _, err := llm.Generate(t.Context(), m, req); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(req, full()) {
		t.Errorf("Stream changed the request to %s", encode(req))
	}
	spoil(req)
	for range 2 {
		got := m.Requests()
		if len(got) != 1 || !reflect.DeepEqual(got[0], full()) {
			t.Fatalf("recorded %s\nwant %s", encode(got), encode(full()))
		}
		spoil(got[0])
	}
}

// A field that is added to a request, a part or a chunk needs a line in clone,
// cloneChunk or sameChunk, if it holds something that can change.
func TestCloneKnowsAllFields(t *testing.T) {
	for typ, want := range map[reflect.Type]int{
		reflect.TypeFor[llm.Request]():    15,
		reflect.TypeFor[llm.Message]():    2,
		reflect.TypeFor[llm.ToolSpec]():   5,
		reflect.TypeFor[llm.ToolResult](): 4,
		reflect.TypeFor[llm.Blob]():       6,
		reflect.TypeFor[llm.Chunk]():      11,
		reflect.TypeFor[llm.ToolDelta]():  4,
		reflect.TypeFor[llm.ToolCall]():   3,
		reflect.TypeFor[llm.Usage]():      5,
		reflect.TypeFor[llm.Logprob]():    5,
	} {
		if got := typ.NumField(); got != want {
			t.Errorf("%v has %d fields, clone was written for %d", typ, got, want)
		}
	}
}
