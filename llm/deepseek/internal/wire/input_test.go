package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

func TestAppendResponses(t *testing.T) {
	call := llm.ToolCall{ID: "call_0", Name: "weather", Args: `{"city": "Rome"}`}
	schema := json.RawMessage(` {"type": "object", "title": "<a>"} `)
	const format = `"text":{"format":{"type":"json_schema","name":"reply","schema":{"type":"object","title":"\u003ca\u003e"},"strict":true}}`
	loop := &llm.Request{
		Messages: []llm.Message{
			{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}},
			llm.User("Weather?"),
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "I need\nthe <weather>."}, call, llm.ToolCall{ID: "call_1", Name: "clock"}}},
			{Role: llm.RoleTool, Parts: llm.Parts{
				llm.ToolResult{ID: "call_1", Content: llm.Parts{llm.Text("12:"), llm.Text("00")}},
				llm.ToolResult{ID: "call_0"},
			}},
			{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("I ask again."), llm.ToolCall{ID: "call_2", Name: "clock", Args: "{}"}}},
			{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "call_2", Content: llm.Parts{llm.Text("12:01")}}}},
			{Role: llm.RoleAssistant},
			llm.User("And now?"),
		},
		Tools: []llm.ToolSpec{
			{Name: "weather", Description: "Tells it.", Schema: json.RawMessage(`{"type": "object"}`)},
			{Name: "clock"},
			{Kind: "deepseek_web_search"},
		},
		ToolChoice: llm.ToolNamed("clock"), Schema: schema,
	}
	const head = `{"model":"m","input":[{"type":"message","role":"system","content":"Be brief."},{"type":"message","role":"user","content":"Weather?"},`
	const first = `{"type":"function_call","call_id":"call_0","name":"weather","arguments":"{\"city\": \"Rome\"}"},{"type":"function_call","call_id":"call_1","name":"clock","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"12:00"},{"type":"function_call_output","call_id":"call_0","output":""},`
	const second = `{"type":"message","role":"assistant","content":"I ask again."},{"type":"function_call","call_id":"call_2","name":"clock","arguments":"{}"},{"type":"function_call_output","call_id":"call_2","output":"12:01"},`
	const third = `{"type":"message","role":"assistant","content":""},{"type":"message","role":"user","content":"And now?"}],`
	const tools = `"tools":[{"type":"function","name":"weather","description":"Tells it.","parameters":{"type":"object"}},{"type":"function","name":"clock"},{"type":"deepseek_web_search"}],"tool_choice":{"type":"function","name":"clock"},`
	thought := func(text string) string {
		return `{"type":"reasoning","content":[{"type":"reasoning_text","text":"` + text + `"}],"summary":[]},`
	}
	for _, test := range []struct {
		name     string
		req      *llm.Request
		settings Settings
		want     string
	}{
		{
			"a prompt", &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Schema: schema}, Settings{Model: "m", Stream: true},
			`{"model":"m","input":[{"type":"message","role":"user","content":"Hi"}],"stream":true,` + format + `}`,
		},
		{
			"no schema", &llm.Request{Messages: []llm.Message{llm.User("json")}, Format: llm.FormatJSON, Extra: json.RawMessage(`{ }`)}, Settings{Model: "m"},
			`{"model":"m","input":[{"type":"message","role":"user","content":"json"}],"text":{"format":{"type":"json_object"}}}`,
		},
		{
			"every field",
			&llm.Request{
				Messages: []llm.Message{llm.System("Be brief."), llm.User("Hi")}, Schema: schema, Format: llm.FormatJSON, MaxTokens: 100,
				Temperature: new(0.0), TopP: new(1e-300), TopLogprobs: 3, User: "u-1", Extra: json.RawMessage(` {"store": false} `),
			},
			Settings{Model: "m", Thinking: "enabled", Effort: "max"},
			`{"model":"m","input":[{"type":"message","role":"system","content":"Be brief."},{"type":"message","role":"user","content":"Hi"}],"reasoning":{"effort":"max"},` + format + `,"max_output_tokens":100,"temperature":0,"top_p":1e-300,"top_logprobs":3,"user":"u-1","store":false}`,
		},
		{
			"images",
			&llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{
				llm.Text("See:"), llm.Blob{ID: "file-1", Detail: "low"}, llm.Blob{URL: "https://example.com/a.png", Detail: "high"}, llm.Blob{MIMEType: "image/png", Data: []byte("x")},
			}}}},
			Settings{Model: "m", Thinking: "disabled"},
			`{"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"See:"},{"type":"input_image","file_id":"file-1"},{"type":"input_image","image_url":"https://example.com/a.png","detail":"high"},{"type":"input_image","image_url":"data:image/png;base64,eA=="}]}],"reasoning":{"effort":"none"}}`,
		},
		{
			"a tool loop", loop, Settings{Model: "m", Reasoning: true},
			head + thought(`I need\nthe <weather>.`) + first + thought("") + second + third + tools + format + `}`,
		},
		{
			"without reasoning", loop, Settings{Model: "m"},
			head + first + second + third + tools + format + `}`,
		},
		{
			"blank reasoning", loop, Settings{Model: "m", Reasoning: true, Blank: true},
			head + thought(`I need\nthe <weather>.`) + first + thought(" ") + second + thought(" ") + third + tools + format + `}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.settings.Responses = true
			got := string(whole(test.req, test.settings))
			if got != test.want {
				t.Errorf("body is\n%s\nwant\n%s", got, test.want)
			}
			if err := gate.Check([]byte(got)); err != nil {
				t.Error(err)
			}
			if again := string(whole(test.req, test.settings)); again != got {
				t.Errorf("an equal request gives\n%s", again)
			}
			for from := range test.req.Messages {
				if pieces := inPieces(test.req, from, test.settings); pieces != got {
					t.Errorf("with %d messages on their own, the request gives\n%s", from, pieces)
				}
			}
			if size := Size(test.req, 0, Declare(test.req, test.settings)); size < len(got)-len(got)/4 {
				t.Errorf("the size is guessed at %d, and is %d", size, len(got))
			}
		})
	}
}

// What the first turns of a conversation are encoded to is how all later requests
// begin, but for the end of the list, whatever the turns are made of.
func TestResponsesPrefix(t *testing.T) {
	call := func(id string) llm.ToolCall { return llm.ToolCall{ID: id, Name: "f", Args: `{"a": "<\u00e9>"}`} }
	results := func(ids ...string) llm.Message {
		m := llm.Message{Role: llm.RoleTool}
		for _, id := range ids {
			m.Parts = append(m.Parts, llm.ToolResult{ID: id, Content: llm.Parts{llm.Text("é\n")}, IsError: id == "b"})
		}
		return m
	}
	assistant := func(parts ...llm.Part) llm.Message { return llm.Message{Role: llm.RoleAssistant, Parts: parts} }
	turns := [][]llm.Message{
		{llm.System("s"), llm.User("u")},
		{assistant(llm.Reasoning{Text: "r\u2028"}, llm.Text("{}")), llm.User("no")},
		{assistant(llm.Reasoning{}, call("a"), call("b")), results("b", "a")},
		{assistant(llm.Text("I ask again."), llm.Reasoning{Text: "late"}, call("c")), results("c")},
		{assistant(llm.Text("")), {Role: llm.RoleUser, Parts: llm.Parts{llm.Text("See:"), llm.Blob{MIMEType: "image/png", Data: []byte("x")}}}},
		{assistant(llm.Text("No.")), {Role: "developer", Parts: llm.Parts{llm.Text("Be kind.")}}, llm.User("Well?")},
	}
	for _, s := range []Settings{{Model: "m"}, {Model: "m", Reasoning: true}, {Model: "m", Reasoning: true, Blank: true}} {
		s.Responses = true
		req := &llm.Request{Schema: json.RawMessage(`{}`), Tools: []llm.ToolSpec{{Name: "f"}}}
		const end = `],"tools":[{"type":"function","name":"f"}],"text":{"format":{"type":"json_schema","name":"reply","schema":{},"strict":true}}}`
		last := ""
		for i, turn := range turns {
			req.Messages = append(req.Messages, turn...)
			body, ok := strings.CutSuffix(string(whole(req, s)), end)
			if !ok || !strings.HasPrefix(body, last) {
				t.Errorf("%+v, turn %d: after\n%s\ncomes\n%s", s, i, last, body)
			}
			last = body
		}
	}
}
