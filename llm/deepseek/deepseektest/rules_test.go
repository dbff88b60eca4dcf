package deepseektest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// talk is the body of a chat request with the given messages and members.
func talk(messages string, members ...string) string {
	return `{"model":"deepseek-flash","messages":[` + strings.Join(append([]string{messages + "]"}, members...), ",") + "}"
}

const (
	user    = `{"role":"user","content":"json?"}`
	called  = `{"role":"assistant","content":"","reasoning_content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"2","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	result1 = `{"role":"tool","tool_call_id":"1","content":"one"}`
	result2 = `{"role":"tool","tool_call_id":"2","content":"two"}`
	tool    = `"tools":[{"type":"function","function":{"name":"f"}}]`
)

// function is a list of tools with one function that has the given members.
func function(members string) string {
	return `"tools":[{"type":"function","function":{` + members + `}}]`
}

// strict is a list of tools with one strict function of the given schema.
func strict(schema string) string {
	return function(`"name":"f","strict":true,"parameters":` + schema)
}

// object is a strict schema with one property of the given schema.
func object(property string) string {
	return strict(`{"type":"object","properties":{"a":` + property + `},"required":["a"],"additionalProperties":false}`)
}

func many(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(format, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

const missingPrefix = "Failed to deserialize the JSON body into the target type: "

func TestRules(t *testing.T) {
	ok := ""
	const noReasoning = "The `reasoning_content` in the thinking mode must be passed back to the API."
	const insufficient = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'"
	for _, test := range []struct {
		name, body, want string
	}{
		// The form of the body.
		{"no JSON", `hello`, missingPrefix + "invalid syntax at line 1 column 1"},
		{"empty", ``, missingPrefix + "unexpected end"},
		{"trailing data", chat("Hi.") + "{}", missingPrefix + "trailing data"},
		{"duplicate name", chat("Hi.", `"model":"deepseek-flash"`), missingPrefix + "model: duplicate name"},
		{"list", `[]`, missingPrefix},
		{"wrong type", "{\n \"model\": 3, \"messages\": []}", missingPrefix + "model: invalid type: number, expected a string at line 2 column 11"},
		{"wrong type of messages", `{"model":"m","messages":{}}`, missingPrefix + "messages: invalid type: object, expected a sequence"},
		{"wrong type of stream", chat("Hi.", `"stream":"yes"`), "stream: invalid type: string, expected a boolean"},
		{"wrong type of temperature", chat("Hi.", `"temperature":"1"`), "temperature: invalid type: string, expected a number"},
		{"fraction", chat("Hi.", `"max_tokens":1.5`), "max_tokens: invalid type: number, expected an integer"},
		{"unknown members", chat("Hi.", `"enable_thinking":false,"seed":1,"frequency_penalty":9,"user":"a b"`), ok},
		{"nulls", chat("Hi.", `"thinking":null,"stop":null,"tools":null,"tool_choice":null,"response_format":null,"temperature":null`), ok},
		{"no model", `{"messages":[` + user + `]}`, missingPrefix + "missing field `model`"},
		{"unknown model", strings.Replace(chat("Hi."), "flash", "chat", 1), "Model Not Exist"},
		{"no messages", `{"model":"deepseek-flash"}`, missingPrefix + "missing field `messages`"},
		{"empty messages", talk(``), "Empty input messages"},

		// Thinking.
		{"thinking is a boolean", chat("Hi.", `"thinking":true`), missingPrefix + "thinking: invalid type: bool, expected a map"},
		{"thinking type", chat("Hi.", `"thinking":{"type":"on"}`), missingPrefix + "thinking.type: unknown variant `on`, expected one of `enabled`, `disabled`, `adaptive`"},
		{"disabled with effort", chat("Hi.", plain, `"reasoning_effort":"high"`), "thinking options type cannot be disabled when reasoning_effort is set"},
		{"unknown effort", chat("Hi.", `"reasoning_effort":"huge"`), missingPrefix + "reasoning_effort: unknown variant `huge`"},
		{"empty effort", chat("Hi.", `"reasoning_effort":""`), missingPrefix + "reasoning_effort: unknown variant"},
		{"minimal effort", chat("Hi.", `"reasoning_effort":"minimal"`), ok},
		{"effort none", chat("Hi.", `"reasoning_effort":"none"`), ok},

		// Settings.
		{"n", chat("Hi.", `"n":2`), "Invalid n value (currently only n = 1 is supported)"},
		{"max_tokens zero", chat("Hi.", `"max_tokens":0`), "Invalid max_tokens value, the valid range of max_tokens is [1, 393216]"},
		{"max_tokens large", chat("Hi.", `"max_tokens":393217`), "Invalid max_tokens value"},
		{"max_tokens largest", chat("Hi.", `"max_tokens":393216`), ok},
		{"temperature", chat("Hi.", `"temperature":2.1`), "Invalid temperature value, the valid range of temperature is [0, 2]"},
		{"temperature negative", chat("Hi.", `"temperature":-0.1`), "Invalid temperature value"},
		{"top_p zero", chat("Hi.", `"top_p":0`), "Invalid top_p value, the valid range of top_p is (0, 1.0]"},
		{"top_p large", chat("Hi.", `"top_p":1.01`), "Invalid top_p value"},
		{"top_logprobs alone", chat("Hi.", `"top_logprobs":2`), "logprobs must be set to true"},
		{"top_logprobs large", chat("Hi.", `"logprobs":true,"top_logprobs":21`), "the valid range of top_logprobs is [0, 20]"},
		{"stream_options alone", chat("Hi.", `"stream_options":{"include_usage":true}`), "stream_options should be set along with stream = true"},
		{"17 stops", chat("Hi.", `"stop":`+many(17, `"s%d"`)), "at most 16 stop sequences"},
		{"16 stops", chat("Hi.", `"stop":`+many(16, `"s%d"`)), ok},
		{"stop type", chat("Hi.", `"stop":3`), missingPrefix + "stop"},
		{"user_id", chat("Hi.", `"user_id":"a@b.c"`), "Invalid 'user_id': string does not match pattern"},
		{"user_id empty", chat("Hi.", `"user_id":""`), "Invalid 'user_id'"},
		{"user_id long", chat("Hi.", `"user_id":"`+strings.Repeat("a", 513)+`"`), "Invalid 'user_id': string too long"},
		{"user_id longest", chat("Hi.", `"user_id":"`+strings.Repeat("a", 512)+`"`), ok},
		{"safety_check", chat("Hi.", `"safety_check":{"level":"max"}`), "Invalid safety_check level"},
		{"safety_check high", chat("Hi.", `"safety_check":{"level":"high"}`), ok},

		// JSON.
		{"json_schema", chat("Hi.", `"response_format":{"type":"json_schema","json_schema":{}}`), "This response_format type is unavailable now"},
		{"format", chat("Hi.", `"response_format":{"type":"xml"}`), missingPrefix + "response_format.type: unknown variant `xml`"},
		{"json without the word", chat("Hi.", `"response_format":{"type":"json_object"}`), "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'"},
		{"json with the word", chat("As Json.", `"response_format":{"type":"json_object"}`), ok},

		// Messages.
		{"developer", talk(`{"role":"developer","content":"a"}`), missingPrefix + "messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`, `latest_reminder`"},
		{"no role", talk(`{"content":"a"}`), missingPrefix + "messages[0]: missing field `role`"},
		{"no content", talk(`{"role":"user"}`), missingPrefix + "messages[0]: missing field `content`"},
		{"content null", talk(`{"role":"assistant","content":null},` + user), "content or tool_calls must be set"},
		{"content absent", talk(`{"role":"assistant"},` + user), "content or tool_calls must be set"},
		{"content type", talk(`{"role":"user","content":3}`), missingPrefix + "messages[0].content"},
		{"part type", talk(`{"role":"user","content":[{"type":"audio"}]}`), missingPrefix + "messages[0].content[0]: unknown variant `audio`, expected one of `text`, `image_url`, `file`"},
		{"part without text", talk(`{"role":"user","content":[{"type":"text"}]}`), missingPrefix + "messages[0].content[0]"},
		{"part of a wrong type", talk(`{"role":"user","content":[{"type":"text","text":3}]}`), missingPrefix + "messages[0].content: data did not match"},
		{"system in between", talk(user + `,{"role":"assistant","content":"a"},{"role":"system","content":"b"},` + user), ok},
		{"ends with the assistant", talk(user + `,{"role":"assistant","content":"a"}`), "The last message must not be an assistant message, unless it is one with prefix mode on"},
		{"prefix off beta", talk(user + `,{"role":"assistant","content":"a","prefix":true}`), "prefix mode is only available when using beta api"},
		{"prefix earlier", "beta " + talk(`{"role":"assistant","content":"a","prefix":true},`+user), "prefix is only supported in the last message"},
		{"prefix of the user", "beta " + talk(`{"role":"user","content":"a","prefix":true}`), "prefix is only supported in assistant messages"},
		{"prefix with reasoning", "beta " + talk(user+`,{"role":"assistant","content":"a","reasoning_content":"r","prefix":true}`), ok},
		{"prefix with tools", "beta " + talk(user+`,{"role":"assistant","content":"a","prefix":true}`, tool), ok},
		{"reminder", talk(`{"role":"latest_reminder","content":"2026-11-21,Saturday"},` + user), ok},
		{"reminder before the system", talk(`{"role":"latest_reminder","content":"a"},{"role":"system","content":"b"},` + user), "must be directly followed by a user message"},
		{"reminder at the end", talk(user + `,{"role":"latest_reminder","content":"a"}`), "must be directly followed by a user message"},

		// Images and files.
		{"image in system", talk(`{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://a.b/c"}}]},` + user), "messages[0]: images and files are only supported in user messages"},
		{"image without url", talk(`{"role":"user","content":[{"type":"image_url","image_url":{}}]}`), missingPrefix},
		{"image url", talk(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///a"}}]}`), "Invalid image_url"},
		{"image url long", talk(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://` + strings.Repeat("a", 8192) + `"}}]}`), "longer than 8192"},
		{"image data", talk(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,***"}}]}`), "Invalid data URL"},
		{"image data form", talk(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,abc"}}]}`), "Invalid data URL"},
		{"601 images", talk(`{"role":"user","content":` + many(601, `{"type":"image_url","image_url":{"url":"https://a.b/%d"}}`) + `}`), "Too many images"},
		{"600 images", talk(`{"role":"user","content":` + many(600, `{"type":"image_url","image_url":{"url":"https://a.b/%d"}}`) + `}`), ok},
		{"unknown file", talk(`{"role":"user","content":[{"type":"file","file_id":"file-api-1"}]}`), "File 'file-api-1' not found"},
		{"file data", talk(`{"role":"user","content":[{"type":"file","file_data":"data:application/pdf;base64,AAE=","filename":"a.pdf"}]}`), ok},
		{"file data form", talk(`{"role":"user","content":[{"type":"file","file_data":"AAE="}]}`), "Invalid file_data"},

		// Tools.
		{"129 tools", chat("Hi.", `"tools":`+many(129, `{"type":"function","function":{"name":"f%d"}}`)), "Invalid 'tools': array too long"},
		{"128 tools", chat("Hi.", `"tools":`+many(128, `{"type":"function","function":{"name":"f%d"}}`)), ok},
		{"tool without type", chat("Hi.", `"tools":[{"function":{"name":"f"}}]`), missingPrefix + "tools[0]: missing field `type`"},
		{"tool of another type", chat("Hi.", `"tools":[{"type":"web_search"}]`), missingPrefix + "tools[0]: missing field `function`"},
		{"tool of another type with function", chat("Hi.", `"tools":[{"type":"custom","function":{"name":"f"}}]`), "tools[0]: missing field `function`"},
		{"tools of the server", chat("Hi.", `"tools":[{"type":"deepseek_web_search"},{"type":"deepseek_read_url"}]`), ok},
		{"tool without name", chat("Hi.", function(`"description":"d"`)), missingPrefix + "tools[0].function: missing field `name`"},
		{"tool name", chat("Hi.", function(`"name":"a b"`)), "Invalid 'tools[0].function.name': string does not match pattern"},
		{"tool name long", chat("Hi.", function(`"name":"`+strings.Repeat("a", 129)+`"`)), "string too long"},
		{"tool name longest", chat("Hi.", function(`"name":"`+strings.Repeat("a", 128)+`"`)), ok},
		{"tool twice", chat("Hi.", `"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]`), "Tool names must be unique"},
		{"parameters", chat("Hi.", function(`"name":"f","parameters":[]`)), missingPrefix + "tools[0].function.parameters"},
		{"parameters of type string", chat("Hi.", function(`"name":"f","parameters":{"type":"string"}`)), `Invalid schema for function 'f': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'`},
		{"tool_choice without tools", chat("Hi.", `"tool_choice":"auto"`), "'tool_choice' is only allowed when 'tools' are specified"},
		{"tool_choice none without tools", chat("Hi.", `"tool_choice":"none"`), ok},
		{"tool_choice unknown", chat("Hi.", tool, `"tool_choice":"any"`), missingPrefix + "tool_choice: unknown variant `any`"},
		{"tool_choice form", chat("Hi.", tool, `"tool_choice":{"name":"f"}`), missingPrefix + "tool_choice"},
		{"required while thinking", chat("Hi.", tool, `"tool_choice":"required"`), "Thinking mode does not support this tool_choice"},
		{"named while thinking", chat("Hi.", tool, `"tool_choice":{"type":"function","function":{"name":"f"}}`), "Thinking mode does not support this tool_choice"},
		{"required", chat("Hi.", plain, tool, `"tool_choice":"required"`), ok},
		{"named", chat("Hi.", plain, tool, `"tool_choice":{"type":"function","function":{"name":"f"}}`), ok},
		{"named unknown", chat("Hi.", plain, tool, `"tool_choice":{"type":"function","function":{"name":"g"}}`), "no function named 'g'"},

		// Strict tools.
		{"strict off beta", chat("Hi.", object(`{"type":"string"}`)), "The real API would accept this request and silently not enforce the schema"},
		{"strict", "beta " + chat("Hi.", object(`{"type":"string"}`)), ok},
		{"strict without parameters", "beta " + chat("Hi.", function(`"name":"f","strict":true`)), ok},
		{"strict mixed", "beta " + chat("Hi.", `"tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"function","function":{"name":"g"}}]`), "All functions must set strict to true if one does"},
		{"strict and a tool of the server", "beta " + chat("Hi.", `"tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"deepseek_web_search"}]`), ok},
		{"strict: additional", "beta " + chat("Hi.", strict(`{"type":"object","properties":{},"required":[]}`)), "additionalProperties must be false"},
		{"strict: optional", "beta " + chat("Hi.", strict(`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`)), `property "a" must be in required`},
		{"strict: required", "beta " + chat("Hi.", strict(`{"type":"object","properties":{},"required":["b"],"additionalProperties":false}`)), `required names "b"`},
		{"strict: root", "beta " + chat("Hi.", strict(`{"anyOf":[{"type":"object"}]}`)), "the root must be of type object"},
		{"strict: minLength", "beta " + chat("Hi.", object(`{"type":"string","minLength":1}`)), `#/properties/a: keyword "minLength" is not supported here`},
		{"strict: maxItems", "beta " + chat("Hi.", object(`{"type":"array","items":{"type":"string"},"maxItems":2}`)), `keyword "maxItems"`},
		{"strict: items", "beta " + chat("Hi.", object(`{"type":"array"}`)), "an array must have items"},
		{"strict: nested", "beta " + chat("Hi.", object(`{"type":"array","items":{"type":"object","properties":{}}}`)), "#/properties/a/items: additionalProperties must be false"},
		{"strict: types", "beta " + chat("Hi.", object(`{"type":["string","null"]}`)), "type must be one name"},
		{"strict: null", "beta " + chat("Hi.", object(`{"type":"null"}`)), `type "null" is not supported`},
		{"strict: anyOf null", "beta " + chat("Hi.", object(`{"anyOf":[{"type":"string"},{"type":"null"}],"description":"d"}`)), ok},
		{"strict: oneOf", "beta " + chat("Hi.", object(`{"oneOf":[{"type":"string"}]}`)), "type must be one name"},
		{"strict: format", "beta " + chat("Hi.", object(`{"type":"string","format":"date"}`)), `format "date" is not supported`},
		{"strict: string", "beta " + chat("Hi.", object(`{"type":"string","format":"email","pattern":"@"}`)), ok},
		{"strict: number", "beta " + chat("Hi.", object(`{"type":"integer","minimum":1,"exclusiveMaximum":9,"multipleOf":2,"default":2}`)), ok},
		{"strict: enum", "beta " + chat("Hi.", object(`{"enum":["a","b"]}`)), ok},
		{"strict: definitions", "beta " + chat("Hi.", strict(`{"type":"object","properties":{"a":{"$ref":"#/$def/n"}},"required":["a"],"additionalProperties":false,"$def":{"n":{"type":"object","properties":{"n":{"$ref":"#"}},"required":["n"],"additionalProperties":false}}}`)), ok},
		{"strict: $defs", "beta " + chat("Hi.", strict(`{"type":"object","properties":{"a":{"$ref":"#/$defs/n"}},"required":["a"],"additionalProperties":false,"$defs":{"n":{"type":"string"}}}`)), `keyword "$defs" is not supported here`},
		{"strict: reference", "beta " + chat("Hi.", object(`{"$ref":"#/$def/n"}`)), "leads nowhere"},

		// Tool calls in the conversation.
		{"calls and results", talk(user+","+called+","+result1+","+result2, tool), ok},
		{"results in another order", talk(user+","+called+","+result2+","+result1, tool), ok},
		{"result missing", talk(user+","+called+","+result1, tool), insufficient},
		{"result late", talk(user+","+called+","+result1+","+user+","+result2, tool), insufficient},
		{"no results", talk(called+","+user, tool), insufficient},
		{"orphan", talk(user+","+result1, tool), "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'"},
		{"result twice", talk(called+","+result1+","+result1+","+result2, tool), "tool_call_id '1' is not one of those that still wait"},
		{"result too many", talk(called+","+result1+","+result2+","+result2, tool), "Messages with role 'tool' must be a response"},
		{"result without id", talk(called+`,{"role":"tool","content":"a"},`+result2, tool), missingPrefix + "messages[1]: missing field `tool_call_id`"},
		{"call ids twice", talk(strings.Replace(called, `"2"`, `"1"`, 1)+","+result1+","+result1, tool), "Duplicate tool call id '1'"},
		{"arguments", talk(strings.Replace(called, `"{}"`, `"{\"a\":"`, 1)+","+result1+","+result2, tool), "the arguments of tool_calls[0] in messages[0] must be JSON"},
		{"call without arguments", talk(strings.Replace(called, `,"arguments":"{}"`, ``, 1)+","+result1+","+result2, tool), missingPrefix + "messages[0].tool_calls[0]: missing field"},
		{"call type", talk(strings.Replace(called, `"type":"function",`, `"type":"x",`, 1)+","+result1+","+result2, tool), missingPrefix + "messages[0].tool_calls[0].type"},
		{"image in result", talk(called+","+result1+`,{"role":"tool","tool_call_id":"2","content":[{"type":"image_url","image_url":{"url":"https://a.b/c"}}]}`, tool), "only supported in user messages"},
		{"text parts in result", talk(called+","+result1+`,{"role":"tool","tool_call_id":"2","content":[{"type":"text","text":"a"}]}`, tool), ok},

		// Reasoning that must come back.
		{"no reasoning", talk(user+`,{"role":"assistant","content":"a"},`+user, tool), noReasoning},
		{"reasoning null", talk(user+`,{"role":"assistant","content":"a","reasoning_content":null},`+user, tool), noReasoning},
		{"reasoning empty", talk(user+`,{"role":"assistant","content":"a","reasoning_content":""},`+user, tool), ok},
		{"reasoning of one turn", talk(called+","+result1+","+result2+`,{"role":"assistant","content":"a"},`+user, tool), noReasoning},
		{"no tools", talk(user + `,{"role":"assistant","content":"a"},` + user), ok},
		{"no thinking", talk(user+`,{"role":"assistant","content":"a"},`+user, tool, plain), ok},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := deepseektest.NewServer(t, deepseektest.Reply{Text: "fine"})
			path := "/chat/completions"
			body, beta := strings.CutPrefix(test.body, "beta ")
			if beta {
				path = "/beta" + path
			}
			status, got := post(t, s.URL()+path, body)
			if test.want == ok {
				if status != http.StatusOK {
					t.Errorf("%d %s", status, got)
				}
				return
			}
			want := strings.NewReplacer(`"`, `\"`).Replace(test.want)
			if status != http.StatusBadRequest || !strings.Contains(got, want) {
				t.Errorf("%d %s\nwant %s", status, got, want)
			}
			if !strings.HasPrefix(got, `{"error":{"message":"`) || !strings.HasSuffix(got, `","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`) {
				t.Errorf("wrong envelope: %s", got)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestBodySize(t *testing.T) {
	if testing.Short() {
		t.Skip("large bodies")
	}
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	const limit = 48 << 20
	large := "]" + strings.Repeat(" ", limit) // the mistake is at once
	if status, got := post(t, s.URL()+"/chat/completions", large[:limit]); status != http.StatusBadRequest || !strings.Contains(got, "at line 1 column 1") {
		t.Errorf("%d %s", status, got)
	}
	if status, got := post(t, s.URL()+"/chat/completions", large); status != http.StatusRequestEntityTooLarge || !strings.Contains(got, `"error"`) {
		t.Errorf("%d %s", status, got)
	}
}

// TestBodyInPieces sends a body of which nobody says how long it is.
func TestBodyInPieces(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "Hi."})
	resp, err := http.Post(s.URL()+"/chat/completions", "application/json", io.MultiReader(strings.NewReader(chat("Hi.")), strings.NewReader(" ")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := string(s.Requests()[0].Body); resp.StatusCode != http.StatusOK || got != chat("Hi.")+" " {
		t.Errorf("status %d for %q", resp.StatusCode, got)
	}
}

func TestAuthorization(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	for header, want := range map[string]int{
		"": 200, "Bearer sk-1": 200, "Bearer anything": 200,
		"Bearer ": 401, "sk-1": 401, "Basic YTpi": 401, "bearer sk-1": 401, "Bearer a b": 401, "Bearer é": 401,
	} {
		req, _ := http.NewRequest("GET", s.URL()+"/models", nil)
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: status %d, want %d", header, resp.StatusCode, want)
		}
	}
}
