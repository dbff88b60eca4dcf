package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

func TestAppendRequest(t *testing.T) {
	call := llm.ToolCall{ID: "call_0", Name: "weather", Args: `{"city": "Rome"}`}
	for _, test := range []struct {
		name     string
		req      *llm.Request
		settings Settings
		want     string
	}{
		{
			"a prompt", llm.Prompt("Hi"), Settings{Model: "m", Stream: true},
			`{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}`,
		},
		{
			"a plain call", llm.Prompt("Hi"), Settings{Model: "m"},
			`{"model":"m","messages":[{"role":"user","content":"Hi"}]}`,
		},
		{
			"every field",
			&llm.Request{
				Messages: []llm.Message{llm.User("json")}, Format: llm.FormatJSON, MaxTokens: 100, Temperature: new(0.0), TopP: new(1e-300),
				Stop: []string{"a", "\n"}, TopLogprobs: 3, User: "u-1", Extra: json.RawMessage(` {"safety_check": {"level":"high"}} `),
			},
			Settings{Model: "m", Thinking: "enabled", Effort: "max"},
			`{"model":"m","messages":[{"role":"user","content":"json"}],"thinking":{"type":"enabled"},"reasoning_effort":"max","response_format":{"type":"json_object"},"max_tokens":100,"temperature":0,"top_p":1e-300,"stop":["a","\n"],"logprobs":true,"top_logprobs":3,"user_id":"u-1","safety_check":{"level":"high"}}`,
		},
		{
			"OpenAI's words",
			&llm.Request{
				Messages: []llm.Message{
					{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}},
					{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("See:"), llm.Blob{ID: "file-1"}, llm.Blob{MIMEType: "application/pdf", Name: "a.pdf", Data: []byte("x")}, llm.Blob{MIMEType: "image/png", Data: []byte("x"), Detail: "low"}}},
					{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("So:")}},
				},
				Schema: json.RawMessage(`{"type": "object"}`), Format: llm.FormatJSON, User: "ann@example.com",
			},
			Settings{OpenAI: true, Model: "m", Effort: "none"},
			`{"model":"m","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"See:"},{"type":"file","file":{"file_id":"file-1"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,eA==","filename":"a.pdf"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,eA==","detail":"low"}}]},{"role":"assistant","content":"So:"}],"reasoning_effort":"none","response_format":{"type":"json_schema","json_schema":{"name":"reply","schema":{"type":"object"},"strict":true}},"user":"ann@example.com"}`,
		},
		{
			"empty extra", &llm.Request{Messages: []llm.Message{llm.User("")}, Extra: json.RawMessage(`{ }`)}, Settings{Model: "m"},
			`{"model":"m","messages":[{"role":"user","content":""}]}`,
		},
		{
			"a tool loop",
			&llm.Request{
				Messages: []llm.Message{
					{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}},
					llm.User("Weather?"),
					{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "I need\nthe weather."}, call, llm.ToolCall{ID: "call_1", Name: "clock"}}},
					{Role: llm.RoleTool, Parts: llm.Parts{
						llm.ToolResult{ID: "call_0", Name: "weather", Content: llm.Parts{llm.Text("21 °C"), llm.Text(", clear")}},
						llm.ToolResult{ID: "call_1", Name: "clock", IsError: true},
					}},
					{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("Clear.")}},
					{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Text("Quite clear.")}},
					{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}},
					llm.User("Thanks"),
				},
				Tools: []llm.ToolSpec{
					{Name: "weather", Description: "Tells \"it\".", Schema: json.RawMessage(`{"type": "object"}`), Strict: true},
					{Name: "clock"},
					{Kind: "deepseek_web_search"},
				},
				ToolChoice: llm.ToolNamed("clock"),
			},
			Settings{Model: "m", Reasoning: true},
			`{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"},` +
				`{"role":"assistant","content":"","reasoning_content":"I need\nthe weather.","tool_calls":[{"id":"call_0","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}},{"id":"call_1","type":"function","function":{"name":"clock","arguments":"{}"}}]},` +
				`{"role":"tool","tool_call_id":"call_0","content":"21 °C, clear"},{"role":"tool","tool_call_id":"call_1","content":""},` +
				`{"role":"assistant","content":"Clear.","reasoning_content":""},{"role":"assistant","content":"Quite clear."},` +
				`{"role":"latest_reminder","content":"2026-11-20,Friday,Rome,App,en"},{"role":"user","content":"Thanks"}],` +
				`"tools":[{"type":"function","function":{"name":"weather","description":"Tells \"it\".","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"clock"}},{"type":"deepseek_web_search"}],` +
				`"tool_choice":{"type":"function","function":{"name":"clock"}}}`,
		},
		{
			"blank reasoning",
			&llm.Request{Messages: []llm.Message{
				{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("a")}},
				{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("b")}},
				llm.Assistant("c"), llm.User("d"),
			}},
			Settings{Model: "m", Reasoning: true, Blank: true},
			`{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"hm"},{"role":"assistant","content":"b","reasoning_content":" "},{"role":"assistant","content":"c","reasoning_content":" "},{"role":"user","content":"d"}]}`,
		},
		{
			"prefix completion",
			&llm.Request{Messages: []llm.Message{llm.User("Write code."), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("```go\n")}}}},
			Settings{Model: "m"},
			`{"model":"m","messages":[{"role":"user","content":"Write code."},{"role":"assistant","content":"` + "```" + `go\n","reasoning_content":"hm","prefix":true}]}`,
		},
		{
			"blobs",
			&llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{
				llm.Text("Look:"),
				llm.Blob{URL: "https://example.com/a.png", Detail: "low"},
				llm.Blob{MIMEType: "image/png", Data: []byte{1, 2, 3}},
				llm.Blob{ID: "file-api-1"},
				llm.Blob{MIMEType: "application/pdf", Name: "a.pdf", Data: []byte("x")},
			}}}},
			Settings{Model: "m"},
			`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Look:"},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQID"}},{"type":"file","file_id":"file-api-1"},{"type":"file","file_data":"data:application/pdf;base64,eA==","filename":"a.pdf"}]}]}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := whole(test.req, test.settings)
			if string(got) != test.want {
				t.Errorf("body is\n%s\nwant\n%s", got, test.want)
			}
			if err := gate.Check(got); err != nil {
				t.Error(err)
			}
			d := Declare(test.req, test.settings)
			if again := AppendRequest([]byte("x"), test.req, d, test.settings); string(again) != "x"+string(got) {
				t.Errorf("the second time the same request gives\n%s", again)
			}
			for from := range test.req.Messages {
				if pieces := inPieces(test.req, from, test.settings); pieces != string(got) {
					t.Errorf("with %d messages on their own, the request gives\n%s", from, pieces)
				}
			}
		})
	}
}

// A conversation that grows is encoded as before, and then more: what the cache
// of the API holds stays good.
func TestRequestsGrowAtTheEnd(t *testing.T) {
	req := &llm.Request{Messages: []llm.Message{llm.System("s"), llm.User("a")}}
	before := whole(req, Settings{Model: "m"})
	req.Messages = append(req.Messages, llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Text("b")}}, llm.User("c"))
	after := whole(req, Settings{Model: "m"})
	if stem := strings.TrimSuffix(string(before), "]}"); !strings.HasPrefix(string(after), stem) {
		t.Errorf("%s does not begin with %s", after, stem)
	}
}

// A request that is stored as JSON and loaded again is sent as the same bytes.
func TestStoredRequest(t *testing.T) {
	req := &llm.Request{
		Messages: []llm.Message{llm.User("a<b>&\u2028\xff"), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.ToolCall{ID: "a", Name: "f", Args: `{ "x" : "<" }`}}}},
		Tools:    []llm.ToolSpec{{Name: "f", Schema: json.RawMessage("{\"type\": \"object\",\n \"description\":\"a<b \\\" \\\\ \u2028\"}")}},
		Stop:     []string{}, Temperature: new(0.1),
		Extra: json.RawMessage(`{"x" : [1, 2, "a & b"]}`),
	}
	before := whole(req, Settings{Model: "m", Reasoning: true})
	data, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	var stored llm.Request
	if err := gate.Decode(data, &stored); err != nil {
		t.Fatal(err)
	}
	if after := whole(&stored, Settings{Model: "m", Reasoning: true}); string(after) != string(before) {
		t.Errorf("stored and loaded, the request is\n%s\nwant\n%s", after, before)
	}
}

func TestSize(t *testing.T) {
	req := &llm.Request{Tools: []llm.ToolSpec{{Name: "f", Schema: json.RawMessage(`{"type":"object"}`)}}}
	for range 100 {
		req.Messages = append(req.Messages, llm.User(strings.Repeat("x", 300)),
			llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: strings.Repeat("y", 300)}, llm.ToolCall{ID: "a", Name: "f", Args: "{}"}}},
			llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "a", Content: llm.Parts{llm.Text("z")}}}})
	}
	n, size := len(whole(req, Settings{Model: "m", Reasoning: true})), Size(req, 0, Declare(req, Settings{}))
	if size < n || size > n+n/3 {
		t.Errorf("Size is %d for a body of %d bytes", size, n)
	}
}

// Whatever the texts are, the body is sound JSON and says the same.
func FuzzRequest(f *testing.F) {
	f.Add("Hi", "hm", `{"a":1}`, "tool", "u")
	f.Add("\xff\"\\\n\u2028", "", "not json", "\x00", "深海")
	f.Add("<script>", "\u007f", "", "a\tb", "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, text, reasoning, args, name, user string) {
		req := &llm.Request{
			Messages: []llm.Message{
				llm.User(text),
				{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: reasoning}, llm.Text(text), llm.ToolCall{ID: name, Name: name, Args: args}}},
				{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: name, Content: llm.Parts{llm.Text(text)}}}},
				{Role: llm.RoleUser, Parts: llm.Parts{llm.Text(text), llm.Blob{MIMEType: name, Name: text, Data: []byte(args)}}},
			},
			Tools: []llm.ToolSpec{{Name: name, Description: text, Schema: json.RawMessage(`{}`)}},
			Stop:  []string{text}, User: user,
		}
		body := whole(req, Settings{Model: name, Reasoning: true, Stream: true})
		for _, body := range [][]byte{body, whole(req, Settings{OpenAI: true, Model: name, Effort: text})} {
			if err := gate.Check(body); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
		}
		var got struct {
			Model    string `json:"model"`
			Messages []struct {
				Content   any     `json:"content"`
				Reasoning *string `json:"reasoning_content"`
				ToolCalls []struct {
					ID       string `json:"id"`
					Function struct {
						Name      string `json:"name"`
						Arguments string `json:"arguments"`
					} `json:"function"`
				} `json:"tool_calls"`
			} `json:"messages"`
			Stop []string `json:"stop"`
		}
		if err := gate.Decode(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		valid := func(s string) string { return string([]rune(s)) }
		if args == "" {
			args = "{}"
		}
		m := got.Messages
		if got.Model != valid(name) || got.Stop[0] != valid(text) || m[0].Content != valid(text) || m[1].Content != valid(text) ||
			m[1].Reasoning == nil || *m[1].Reasoning != valid(reasoning) || m[1].ToolCalls[0].Function.Arguments != valid(args) ||
			m[1].ToolCalls[0].ID != valid(name) || m[2].Content != valid(text) {
			t.Fatalf("%s does not say what the request does", body)
		}
	})
}

// whole returns the body of a request.
func whole(req *llm.Request, s Settings) []byte {
	return AppendRequest(nil, req, Declare(req, s), s)
}

// inPieces returns the body of a request some messages of which are encoded on
// their own, one by one.
func inPieces(req *llm.Request, from int, s Settings) string {
	head := AppendHead(nil, s)
	n := len(head)
	if from == 0 {
		head = append(head, '[')
		n++
	}
	tail := AppendTail(head, req, from, Declare(req, s), s)[n:]
	var messages []byte
	if from > 0 {
		messages = []byte{'['}
	}
	for _, m := range req.Messages[:from] {
		messages = AppendMessage(messages, m, s)
	}
	return string(head[:n]) + string(messages) + string(tail)
}
