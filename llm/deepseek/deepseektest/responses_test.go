package deepseektest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

const (
	hadal    = `"model":"deepseek-flash"`
	aSchema  = `"text":{"format":{"type":"json_schema","name":"reply","schema":{"type":"object"},"strict":true}}`
	aCall    = `{"type":"function_call","call_id":"a","name":"clock","arguments":"{}"}`
	anOutput = `{"type":"function_call_output","call_id":"a","output":"12:00"}`
	aUser    = `{"role":"user","content":"Hi."}`
)

// asked returns the body of a request with the members.
func asked(members ...string) string {
	return "{" + strings.Join(append([]string{hadal}, members...), ",") + "}"
}

var createdAt = regexp.MustCompile(`"created_at":\d+`)

func TestResponsesPlain(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{
		Reasoning: "hm", Text: "{\"a\":\n1}", ToolCalls: []llm.ToolCall{{ID: "call_1", Name: "clock", Args: `{"x":1}`}},
		Usage: &llm.Usage{Input: 10, Cached: 4, Output: 7, Reasoning: 3},
	})
	status, got := post(t, s.URL()+"/v1/responses", asked(`"input":"Hi."`, aSchema, `"tools":[{"type":"function","name":"clock"}]`))
	const id = "1ea01959-e378-48de-8cc7-d12daabe5201"
	want := `{"id":"` + id + `","object":"response","created_at":0,"status":"completed","error":null,"incomplete_details":null,"model":"deepseek-flash","output":[` +
		`{"id":"rs_` + id + `","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"hm","logprobs":[]}]},` +
		`{"id":"msg_` + id + `","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"{\"a\":\n1}","logprobs":[]}]},` +
		`{"id":"fc_0_` + id + `","type":"function_call","status":"completed","call_id":"call_1","name":"clock","arguments":"{\"x\":1}"}],` +
		`"parallel_tool_calls":true,"previous_response_id":null,"store":false,"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":17}}`
	if got = createdAt.ReplaceAllString(got, `"created_at":0`); status != 200 || got != want {
		t.Errorf("%d\n%s\nwant\n%s", status, got, want)
	}
}

// The events are those of the documentation, in its order, and say the same three
// times over.
func TestResponsesStream(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Reasoning: "one two", Text: "{ }", ToolCalls: []llm.ToolCall{{Name: "clock", Args: `{"x": 1}`}}})
	_, got := post(t, s.URL()+"/responses", asked(`"input":"Hi."`, `"stream":true`, `"tools":[{"type":"function","name":"clock"}]`))
	var kinds []string
	pieces := map[string]string{}
	for i, event := range strings.Split(strings.TrimSuffix(got, "\n\n"), "\n\n") {
		name, data, _ := strings.Cut(event, "\n")
		var e struct {
			Type     string
			Seq      int `json:"sequence_number"`
			Delta    string
			Text     *string
			Args     *string `json:"arguments"`
			Response struct{ Status string }
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(data, "data: ")), &e); err != nil || name != "event: "+e.Type || e.Seq != i {
			t.Fatalf("event %d is %s, %v", i, event, err)
		}
		kind := strings.TrimPrefix(e.Type, "response.")
		if len(kinds) == 0 || kinds[len(kinds)-1] != kind {
			kinds = append(kinds, kind)
		}
		of, _, _ := strings.Cut(kind, ".")
		pieces[of] += e.Delta
		for _, whole := range []*string{e.Text, e.Args} {
			if whole != nil && *whole != pieces[of] {
				t.Errorf("%s is %q, and its pieces %q", of, *whole, pieces[of])
			}
		}
	}
	want := []string{
		"created", "in_progress",
		"output_item.added", "content_part.added", "reasoning_text.delta", "reasoning_text.done", "content_part.done", "output_item.done",
		"output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
		"output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
		"completed",
	}
	if !reflect.DeepEqual(kinds, want) {
		t.Errorf("the events are %q, want %q", kinds, want)
	}
	if texts := fmt.Sprint(pieces["reasoning_text"], "|", pieces["output_text"], "|", pieces["function_call_arguments"]); texts != `one two|{ }|{"x": 1}` {
		t.Errorf("the texts are %s", texts)
	}
}

func TestResponsesStatus(t *testing.T) {
	for _, test := range []struct {
		reply deepseektest.Reply
		body  string
		want  string
	}{
		{deepseektest.Reply{Text: "{}"}, asked(`"input":"Hi."`), `"status":"completed","error":null,"incomplete_details":null`},
		{deepseektest.Reply{Text: "{}", Finish: llm.FinishLength}, asked(`"input":"Hi."`), `"status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"}`},
		{deepseektest.Reply{Text: strings.Repeat("word ", 100)}, asked(`"input":"Hi."`, `"max_output_tokens":5`), `"status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"}`},
		{deepseektest.Reply{Text: "{}", Finish: llm.FinishFilter}, asked(`"input":"Hi."`), `"status":"incomplete","error":null,"incomplete_details":{"reason":"content_filter"}`},
		{deepseektest.Reply{Text: "{}", Finish: "aborted"}, asked(`"input":"Hi."`), `"status":"failed","error":{"code":"aborted","message":"The reply was broken off"},"incomplete_details":null`},
		{deepseektest.Reply{Text: "{}", NoUsage: true}, asked(`"input":"Hi."`), `"usage":null}`},
	} {
		s := deepseektest.NewServer(t, test.reply)
		_, plain := post(t, s.URL()+"/responses", test.body)
		_, stream := post(t, s.URL()+"/responses", strings.TrimSuffix(test.body, "}")+`,"stream":true}`)
		if _, last, _ := strings.Cut(stream[strings.LastIndex(stream, "event: "):], "\n"); !strings.Contains(plain, test.want) || !strings.Contains(last, test.want) {
			t.Errorf("%+v: %s\nand %s\nwant %s", test.reply, plain, last, test.want)
		}
		if complete := strings.Contains(test.want, `"completed"`) || strings.HasPrefix(test.want, `"usage"`); strings.Contains(plain, `"type":"message","status":"incomplete"`) == complete {
			t.Errorf("%+v: the item is otherwise in %s", test.reply, plain)
		}
	}
}

// What a client sends is told in the words of chat.
func TestResponsesRequest(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "{}"})
	input := `"input":[` + strings.Join([]string{
		`{"type":"message","role":"system","content":"Be brief."}`, `{"role":"developer","content":"Now."}`,
		`{"role":"user","content":[{"type":"input_text","text":"See"},{"type":"input_image","image_url":"data:image/png;base64,eA==","detail":"low"}]}`,
		`{"type":"reasoning","content":[{"type":"reasoning_text","text":"a"},{"type":"reasoning_text","text":"b"}],"summary":[]}`,
		`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"I look."}]}`, aCall, `{"type":"function_call","call_id":"b","name":"clock","arguments":"{\"x\":1}"}`,
		anOutput, `{"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"12:01"},{"type":"input_image","image_url":"https://example.com/a.png"}]}`,
		`{"type":"reasoning","content":[]}`, `{"type":"message","role":"assistant","content":""}`, `{"type":"reasoning","content":[{"type":"reasoning_text","text":" "}]}`, `{"type":"message","role":"assistant","content":"Yes."}`, aUser,
	}, ",") + `]`
	body := asked(`"instructions":"Obey."`, input, aSchema, `"reasoning":{"effort":"minimal"}`, `"tools":[{"type":"function","name":"clock","description":"Tells it.","parameters":{"type":"object"}},{"type":"web_search"}]`,
		`"tool_choice":"auto"`, `"max_output_tokens":100`, `"temperature":0.5`, `"top_p":0.9`, `"top_logprobs":2`, `"user":"u-1"`, `"stream":true`, `"store":false`, `"metadata":{}`)
	if status, got := post(t, s.URL()+"/beta/responses", body); status != 200 {
		t.Fatal(got)
	}
	r := s.Requests()[0]
	r.Header, r.Body = nil, nil
	want := deepseektest.Request{
		Method: "POST", Path: "/beta/responses", Beta: true, Model: "deepseek-flash",
		Messages: []deepseektest.Message{
			{Role: llm.RoleSystem, Content: "Obey."}, {Role: llm.RoleSystem, Content: "Be brief."}, {Role: llm.RoleUser, Content: "Now."},
			{Role: llm.RoleUser, Content: "See", Blobs: []llm.Blob{{MIMEType: "image/png", Data: []byte("x"), Detail: "low"}}},
			{Role: llm.RoleAssistant, Content: "I look.", Reasoning: new("ab"), ToolCalls: []llm.ToolCall{{ID: "a", Name: "clock", Args: "{}"}, {ID: "b", Name: "clock", Args: `{"x":1}`}}},
			{Role: llm.RoleTool, Content: "12:00", ToolCallID: "a"},
			{Role: llm.RoleTool, Content: "12:01", ToolCallID: "b", Blobs: []llm.Blob{{MIMEType: "image/*", URL: "https://example.com/a.png"}}},
			{Role: llm.RoleAssistant, Reasoning: new("")}, {Role: llm.RoleAssistant, Content: "Yes.", Reasoning: new(" ")}, {Role: llm.RoleUser, Content: "Hi."},
		},
		Thinking: true, Effort: llm.EffortLow,
		Tools:      []llm.ToolSpec{{Name: "clock", Description: "Tells it.", Schema: json.RawMessage(`{"type":"object"}`)}, {Name: "web_search", Kind: "web_search"}},
		ToolChoice: llm.ToolAuto, Schema: json.RawMessage(`{"type":"object"}`), MaxTokens: 100, Temperature: new(0.5), TopP: new(0.9), Logprobs: true, TopLogprobs: 2,
		User: "u-1", Stream: true, IncludeUsage: true,
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

func TestResponsesRules(t *testing.T) {
	in := func(items ...string) string { return asked(`"input":[` + strings.Join(items, ",") + `]`) }
	// Between two calls and their outputs, the first output ends the turn.
	const thought, otherCall, otherOutput = `{"type":"reasoning","content":[]}`, `{"type":"function_call","call_id":"b","name":"clock","arguments":"{}"}`, `{"type":"function_call_output","call_id":"b","output":"1"}`
	loop := func(effort string, items ...string) string {
		return strings.TrimSuffix(in(append([]string{aUser}, items...)...), "}") + `,"tools":[{"type":"function","name":"clock"}],"reasoning":{"effort":"` + effort + `"}}`
	}
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "{}"})
	for body, want := range map[string]string{
		`{"input":"Hi."}`:                                                                                       "missing field `model`",
		asked():                                                                                                 "At least one of 'input' and 'instructions' is required",
		asked(`"input":null`):                                                                                   "At least one of",
		asked(`"input":7`):                                                                                      "input: invalid type",
		asked(`"input":[7]`):                                                                                    "untagged enum ResponseInputItem",
		`{"model":"gpt","input":"Hi."}`:                                                                         "Model Not Exist",
		asked(`"input":"Hi."`, `"messages":[]`):                                                                 "The Responses API has no parameter 'messages'",
		asked(`"input":"Hi."`, `"stop":["x"]`):                                                                  "no parameter 'stop'",
		asked(`"input":"Hi."`, `"max_tokens":9`):                                                                "no parameter 'max_tokens'",
		asked(`"input":"Hi."`, `"user_id":"u"`):                                                                 "no parameter 'user_id'",
		asked(`"input":"Hi."`, `"thinking":{}`):                                                                 "no parameter 'thinking'",
		asked(`"input":"Hi."`, `"response_format":1`):                                                           "no parameter 'response_format'",
		asked(`"input":"Hi."`, `"previous_response_id":"x"`):                                                    "no parameter 'previous_response_id'",
		asked(`"input":"Hi."`, `"max_output_tokens":0`):                                                         "Invalid max_output_tokens value",
		asked(`"input":"Hi."`, `"temperature":3`):                                                               "Invalid temperature value",
		asked(`"input":"Hi."`, `"top_logprobs":21`):                                                             "Invalid top_logprobs value",
		asked(`"input":"Hi."`, `"user":"a@b"`):                                                                  "string does not match pattern",
		asked(`"input":"Hi."`, `"reasoning":{"effort":"ultra"}`):                                                "reasoning.effort: unknown variant `ultra`",
		asked(`"input":"Hi."`, `"text":{"format":{"type":"xml"}}`):                                              "text.format.type: unknown variant `xml`",
		asked(`"input":"Hi."`, `"text":{"format":{"type":"json_schema","schema":{}}}`):                          "text.format: missing field `name`",
		asked(`"input":"Hi."`, `"text":{"format":{"type":"json_schema","name":"x"}}`):                           "text.format: missing field `schema`",
		asked(`"input":"Hi."`, `"text":{"format":{"type":"json_object"}}`):                                      "must contain the word 'json'",
		asked(`"input":"Hi."`, `"tools":[{"name":"a"}]`):                                                        "tools[0]: missing field `type`",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","function":{"name":"a"}}]`):                         "tools[0]: missing field `name`",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a b"}]`):                                    "string does not match pattern",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a"},{"type":"function","name":"a"}]`):       "Tool names must be unique",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a","strict":true,"parameters":{}}]`):        "strict is only enforced by chat completions",
		asked(`"input":"Hi."`, `"tools":[{"type":"mcp"}]`):                                                      "unknown type `mcp`",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a"}]`, `"tool_choice":"required"`):          "Thinking mode does not support this tool_choice",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a"}]`, `"tool_choice":"any"`):               "tool_choice: unknown variant `any`",
		asked(`"input":"Hi."`, `"tools":[{"type":"function","name":"a"}]`, `"tool_choice":{"type":"function"}`): "untagged enum ResponseToolChoice",
		asked(`"input":"Hi."`, `"tool_choice":"auto"`):                                                          "only allowed when 'tools' are specified",
		in(`{"type":"image_generation_call"}`):                                                                  "unknown type `image_generation_call`",
		in(`{"type":"web_search_call","id":"x"}`):                                                               "runs no web search",
		in(`{"type":"message","content":"x"}`):                                                                  "input[0].role: unknown variant ``",
		in(`{"role":"tool","content":"x"}`):                                                                     "input[0].role: unknown variant `tool`",
		in(`{"role":"latest_reminder","content":"x"}`):                                                          "input[0].role: unknown variant `latest_reminder`",
		in(`{"role":"user"}`):                                                                                   "input[0]: missing field `content`",
		in(`{"role":"user","content":[{"type":"text","text":"x"}]}`):                                            "unknown variant `text`, expected one of `input_text`",
		in(`{"role":"user","content":[{"type":"input_file","file_id":"x"}]}`):                                   "file inputs are not supported",
		in(`{"role":"user","content":[{"type":"input_image"}]}`):                                                "input_image must have image_url or file_id",
		in(`{"role":"user","content":[{"type":"input_image","file_id":"a","image_url":"b"}]}`):                  "input_image cannot have both",
		in(`{"role":"user","content":[{"type":"input_image","file_id":"a"}]}`):                                  "File 'a' not found",
		in(`{"role":"system","content":[{"type":"input_image","image_url":"https://example.com/a"}]}`, aUser):   "images are not supported in system messages",
		in(aUser, `{"type":"reasoning","content":[{"type":"text","text":"x"}]}`):                                "expected parts of the type `reasoning_text`",
		in(aUser, `{"type":"function_call","name":"clock","arguments":"{}"}`):                                   "missing field `call_id`, `name` or `arguments`",
		in(aUser, `{"type":"function_call_output","call_id":"a"}`):                                              "missing field `call_id` or `output`",
		loop("low", aCall, anOutput):                                                                            "The `reasoning_text` in the thinking mode must be passed back to the API.",
		loop("low", thought, aCall, anOutput, otherCall, otherOutput):                                           "The `reasoning_text` in the thinking mode must be passed back to the API.",
		in(aUser, aCall):                            "Every function_call must have a matching function_call_output",
		in(aUser, aCall, aUser):                     "Every function_call must have a matching function_call_output",
		in(aUser, anOutput):                         "Every function_call must have a matching function_call_output",
		in(aUser, aCall, anOutput, aCall, anOutput): "Duplicate call_id 'a'",
		in(aUser, `{"type":"function_call","call_id":"a","name":"","arguments":"{}"}`, anOutput): "the name of function_call 'a' is empty",
		in(aUser, `{"type":"function_call","call_id":"a","name":"f","arguments":"{"}`, anOutput): "the arguments of function_call 'a' must be JSON",
		in(aUser, `{"role":"assistant","content":"He"}`):                                         "must not be the assistant's",
	} {
		status, got := post(t, s.URL()+"/responses", body)
		var e struct{ Error struct{ Message string } }
		if err := json.Unmarshal([]byte(got), &e); err != nil || status != 400 || !strings.Contains(e.Error.Message, want) {
			t.Errorf("%s: %d %s, want %s", body, status, got, want)
		}
	}
	// None of them has taken from the script, nor is too strict.
	for _, body := range []string{
		asked(`"input":"Hi."`), asked(`"instructions":"Hi."`), in(aUser, aCall, anOutput), in(aUser, aCall, anOutput, aUser),
		loop("none", aCall, anOutput), loop("low", thought, aCall, otherCall, anOutput, otherOutput),
		asked(`"input":"json"`, `"text":{"format":{"type":"json_object"}}`), asked(`"input":"Hi."`, `"text":{"format":{"type":"text"}}`),
		asked(`"input":"Hi."`, `"reasoning":{"effort":"none"}`, `"tools":[{"type":"function","name":"a"}]`, `"tool_choice":{"type":"function","name":"a"}`),
	} {
		if status, got := post(t, s.URL()+"/responses", body); status != 200 || !strings.Contains(got, `"status":"completed"`) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if status, _ := do(t, "GET", s.URL()+"/responses"); status != 405 {
		t.Errorf("GET has status %d", status)
	}
}

// The stand-in keeps the schema of a request, and counts it as part of the prompt.
func TestResponsesStandIn(t *testing.T) {
	s := deepseektest.NewServer(t)
	schema := `{"type":"object","properties":{"city":{"type":"string"},"people":{"type":"integer"}},"required":["city","people"]}`
	input := func(text string) []int {
		_, got := post(t, s.URL()+"/responses", asked(`"input":"City: Lisbon\nPeople: 545000"`, `"reasoning":{"effort":"none"}`, text))
		var r struct {
			Output []struct{ Content []struct{ Text string } }
			Usage  struct {
				Input int `json:"input_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(got), &r); err != nil {
			t.Fatal(err)
		}
		if answer := r.Output[0].Content[0].Text; (answer == `{"city":"Lisbon","people":545000}`) != strings.Contains(text, "json_schema") {
			t.Errorf("%s: the answer is %s", text, answer)
		}
		return []int{r.Usage.Input}
	}
	with := input(`"text":{"format":{"type":"json_schema","name":"x","schema":` + schema + `}}`)
	if without := input(`"text":{"format":{"type":"text"}}`); with[0] < without[0]+len(schema)/4 {
		t.Errorf("with a schema the prompt has %d tokens, without %d", with[0], without[0])
	}
}
