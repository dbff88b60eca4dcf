package wire

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// respond adds events, or a response, to a reply.
func respond(r Reply, frames ...string) (*llm.Response, []llm.ToolDelta, error) {
	r.Responses = true
	var resp llm.Response
	var deltas []llm.ToolDelta
	add := func(c *llm.Chunk) bool {
		if c.ToolDelta != nil {
			deltas = append(deltas, *c.ToolDelta)
		}
		resp.Add(c)
		return true
	}
	for _, f := range frames {
		if err := r.Add([]byte(f), add); err != nil {
			return &resp, deltas, err
		}
	}
	if r.Finish() == "" {
		return &resp, deltas, errors.New("not over")
	}
	return &resp, deltas, r.End(add)
}

func delta(kind string, at int, text string) string {
	return fmt.Sprintf(`{"type":"response.%s.delta","sequence_number":7,"item_id":"x","output_index":%d,"content_index":0,"delta":%q,"logprobs":[]}`, kind, at, text)
}

func itemEvent(kind string, at int, item string) string {
	return fmt.Sprintf(`{"type":"response.output_item.%s","sequence_number":7,"output_index":%d,"item":%s}`, kind, at, item)
}

func terminal(kind, rest string) string {
	return fmt.Sprintf(`{"type":"response.%s","sequence_number":99,"response":{"id":"r","object":"response","created_at":1,"status":%q,"model":"m"%s}}`, kind, kind, rest)
}

const (
	reasoningItem = `{"type":"reasoning","id":"rs","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}`
	messageItem   = `{"type":"message","id":"msg","role":"assistant","status":"completed","content":[{"type":"output_text","annotations":[],"text":"{\"a\":"},{"type":"output_text","text":"1}","logprobs":[]}]}`
	refusalItem   = `{"type":"message","content":[{"type":"refusal","refusal":"No."}]}`
	callItem      = `{"type":"function_call","id":"fc","call_id":"a","name":"f","arguments":"{\"x\":1}","status":"completed"}`
	otherCall     = `{"type":"function_call","id":"fc2","call_id":"b","name":"g","arguments":""}`
	searchItem    = `{"type":"web_search_call","id":"ws","action":{"type":"search"},"status":"completed"}`
	counted       = `,"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":17}`
)

// allAt0 returns the events as those servers send them that do not count items.
func allAt0(events []string) []string {
	var list []string
	for _, e := range events {
		list = append(list, regexp.MustCompile(`"output_index":\d+`).ReplaceAllString(e, `"output_index":0`))
	}
	return list
}

// anonymous returns a call without its id.
func anonymous(item string) string {
	return regexp.MustCompile(`"call_id":"[ab]",`).ReplaceAllString(item, "")
}

// The endpoint says everything three times over. Whatever of that a server leaves
// out, the reply is the same.
func TestResponses(t *testing.T) {
	a, b := llm.ToolCall{ID: "a", Name: "f", Args: `{"x":1}`}, llm.ToolCall{ID: "b", Name: "g"}
	usage := llm.Usage{Input: 10, Cached: 4, Output: 7, Reasoning: 3}
	full := `,"output":[` + reasoningItem + `,` + messageItem + `,` + callItem + `,` + otherCall + `]` + counted
	all := llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text(`{"a":1}`), a, b}
	deltas := []string{
		itemEvent("added", 0, `{"type":"reasoning","id":"rs","summary":[]}`), delta("reasoning_text", 0, "h"), delta("reasoning_text", 0, "m"),
		`{"type":"response.reasoning_text.done","output_index":0,"text":"hm"}`,
		itemEvent("added", 1, `{"type":"message","content":[]}`), `{"type":"response.content_part.added","output_index":1,"part":{"type":"output_text","text":""}}`,
		delta("output_text", 1, `{"a"`), delta("output_text", 1, `:1}`), `{"type":"response.output_text.done","output_index":1,"text":"{\"a\":1}"}`,
		itemEvent("added", 2, `{"type":"function_call","id":"fc","call_id":"a","name":"f","arguments":""}`),
		delta("function_call_arguments", 2, `{"x"`), delta("function_call_arguments", 2, `:1}`), `{"type":"response.function_call_arguments.done","output_index":2,"arguments":"{\"x\":1}"}`,
		itemEvent("added", 3, otherCall),
	}
	dones := []string{itemEvent("done", 0, reasoningItem), itemEvent("done", 1, messageItem), itemEvent("done", 2, callItem), itemEvent("done", 3, otherCall)}
	begin := []string{`{"type":"response.created","sequence_number":0,"response":{"id":"r","status":"in_progress","model":"m","output":[],"usage":null,"error":null}}`, `{"type":"response.in_progress","response":{"id":"r"}}`}
	end := terminal("completed", full)
	for _, test := range []struct {
		name   string
		whole  bool
		frames []string
		parts  llm.Parts
		finish llm.FinishReason
	}{
		{"all of it", false, slices.Concat(begin, deltas, dones, []string{end}), all, "tool_calls"},
		{"pieces alone", false, append(slices.Clone(deltas), terminal("completed", counted)), all, "tool_calls"},
		{"items alone", false, append(slices.Clone(dones), terminal("completed", counted)), all, "tool_calls"},
		{"items and their beginnings", false, []string{
			itemEvent("added", 0, reasoningItem), dones[0], itemEvent("added", 1, messageItem), dones[1], itemEvent("added", 2, callItem), dones[2], dones[3], end,
		}, all, "tool_calls"},
		{"the end alone", false, []string{end}, all, "tool_calls"},
		{"in one piece", true, []string{`{"id":"r","object":"response","status":"completed","model":"m"` + full + `}`}, all, "tool_calls"},
		{"one call in pieces, one done", false, []string{itemEvent("added", 0, callItem), delta("function_call_arguments", 0, `{"x":1}`), dones[3], terminal("completed", counted)}, llm.Parts{a, b}, "tool_calls"},
		{"calls without an index", false, []string{
			`{"type":"response.output_item.added","item":` + callItem + `}`, `{"type":"response.function_call_arguments.delta","delta":"{\"x\":1}"}`,
			`{"type":"response.output_item.added","item":` + otherCall + `}`, terminal("completed", counted),
		}, llm.Parts{a, b}, "tool_calls"},
		{"arguments at the end alone", false, []string{
			deltas[0], deltas[1], deltas[2], deltas[4], deltas[6], deltas[7], itemEvent("added", 2, `{"type":"function_call","id":"fc","call_id":"a","name":"f","arguments":""}`),
			`{"type":"response.function_call_arguments.done","output_index":2,"arguments":"{\"x\":1}"}`, itemEvent("added", 3, otherCall), end,
		}, all, "tool_calls"},
		{"calls at the end alone", false, append(slices.Clone(deltas[:9]), end), all, "tool_calls"},
		{"text and calls at the end alone", false, append(slices.Clone(deltas[:4]), end), all, "tool_calls"},
		{"reasoning at the end alone", false, append(slices.Clone(deltas[4:]), end), llm.Parts{all[1], all[0], a, b}, "tool_calls"},
		{"calls that do not begin", false, slices.Concat(deltas[:9], deltas[10:12], dones, []string{end}), all, "tool_calls"},
		{"calls that do not begin nor end", false, slices.Concat(deltas[:9], deltas[10:12], []string{end}), all, "tool_calls"},
		{"calls without ids", false, []string{itemEvent("done", 2, anonymous(callItem)), itemEvent("done", 3, anonymous(otherCall)), terminal("completed", `,"output":[`+anonymous(callItem)+`,`+anonymous(otherCall)+`]`+counted)}, llm.Parts{
			llm.ToolCall{ID: "call_0", Name: "f", Args: a.Args}, llm.ToolCall{ID: "call_1", Name: "g"},
		}, "tool_calls"},
		{"one id for all", false, []string{
			itemEvent("added", 2, callItem), itemEvent("done", 2, callItem), itemEvent("added", 3, callItem), itemEvent("done", 3, callItem), terminal("completed", `,"output":[`+messageItem+`,`+searchItem+`,`+callItem+`,`+callItem+`]`+counted),
		}, llm.Parts{all[1], a, llm.ToolCall{ID: "a_1", Name: "f", Args: a.Args}}, "tool_calls"},
		{"one index for all", false, slices.Concat(allAt0(deltas), allAt0(dones), []string{end}), all, "tool_calls"},
		{"a reason that is empty", false, []string{delta("output_text", 0, "{}"), terminal("completed", `,"incomplete_details":{"reason":""}`+counted)}, llm.Parts{llm.Text("{}")}, "stop"},
		{"a refusal, then a text", true, []string{`{"status":"completed","id":"r","model":"m","output":[` + refusalItem + `,` + messageItem + `]` + counted + `}`}, llm.Parts{llm.Text(`No.{"a":1}`)}, "content_filter"},
		{"a refusal, then a text, in pieces", false, []string{delta("refusal", 0, "No."), delta("output_text", 1, `{"a":1}`), terminal("completed", `,"output":[`+refusalItem+`,`+messageItem+`]`+counted)}, llm.Parts{llm.Text(`No.{"a":1}`)}, "content_filter"},
		{"a text", false, []string{delta("output_text", 0, "{}"), terminal("completed", `,"output":[]`+counted)}, llm.Parts{llm.Text("{}")}, "stop"},
		{"empty reasoning", false, []string{itemEvent("added", 0, `{"type":"reasoning"}`), delta("output_text", 1, "{}"), terminal("completed", counted)}, llm.Parts{llm.Reasoning{}, llm.Text("{}")}, "stop"},
		{"empty reasoning in one piece", true, []string{`{"status":"completed","id":"r","model":"m","output":[{"type":"reasoning","content":null},` + messageItem + `]` + counted + `}`}, llm.Parts{llm.Reasoning{}, llm.Text(`{"a":1}`)}, "stop"},
		{"cut by the limit", false, append(slices.Clone(deltas[:len(deltas)-1]), terminal("incomplete", `,"incomplete_details":{"reason":"max_output_tokens"}`+counted)), all[:2], "length"},
		{"filtered", false, []string{delta("output_text", 0, "{"), terminal("incomplete", `,"incomplete_details":{"reason":"content_filter"}`+counted)}, llm.Parts{llm.Text("{")}, "content_filter"},
		{"incomplete, and not why", true, []string{`{"status":"incomplete","id":"r","model":"m","output":[` + messageItem + `]` + counted + `}`}, llm.Parts{llm.Text(`{"a":1}`)}, "incomplete"},
		{"completed, and yet cut", true, []string{`{"status":"completed","id":"r","model":"m","incomplete_details":{"reason":"max_output_tokens"},"output":[` + callItem + `]` + counted + `}`}, nil, "length"},
		{"a refusal in pieces", false, []string{delta("refusal", 0, "N"), delta("refusal", 0, "o."), itemEvent("done", 0, refusalItem), terminal("completed", `,"output":[`+refusalItem+`]`+counted)}, llm.Parts{llm.Text("No.")}, "content_filter"},
		{"a refusal in one piece", true, []string{`{"status":"completed","id":"r","model":"m","output":[` + refusalItem + `,` + callItem + `]` + counted + `}`}, llm.Parts{llm.Text("No.")}, "content_filter"},
		{"items of the server's", false, []string{
			itemEvent("added", 0, searchItem), `{"type":"response.web_search_call.searching","output_index":0,"item_id":"ws"}`, itemEvent("done", 0, searchItem),
			`{"type":"response.something.new","delta":{"text":"?"},"error":{"message":"one page of three"}}`, delta("output_text", 1, "{}"), terminal("completed", `,"output":[`+searchItem+`]`+counted),
		}, llm.Parts{llm.Text("{}")}, "stop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp, deltas, err := respond(Reply{Whole: test.whole, JSON: true}, test.frames...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(resp.Parts, test.parts) || resp.Finish != test.finish {
				t.Errorf("reply is %#v and ends as %s, want %#v and %s", resp.Parts, resp.Finish, test.parts, test.finish)
			}
			if resp.Usage != usage || resp.ID != "r" || resp.Model != "m" {
				t.Errorf("usage %+v, id %q, model %q", resp.Usage, resp.ID, resp.Model)
			}
			if refused := strings.Contains(test.name, "refusal"); refused != (string(resp.Extra) == `{"refusal":"No."}`) {
				t.Errorf("extra is %s", resp.Extra)
			}
			args, names := map[int]string{}, map[int]string{}
			for _, d := range deltas {
				if d.Args == "" && d.Name == names[d.Index] {
					t.Errorf("the fragment %+v says nothing new", d)
				}
				args[d.Index] += d.Args
				names[d.Index] = d.Name
			}
			for i, c := range resp.ToolCalls() {
				if !test.whole && args[i] != c.Args {
					t.Errorf("the fragments of call %d are %q, want %q", i, args[i], c.Args)
				}
			}
		})
	}
}

func TestResponsesLogprobs(t *testing.T) {
	const token = `[{"token":"{","logprob":-0.5,"bytes":[123],"top_logprobs":[{"token":"[","logprob":-2}]}]`
	l := llm.Logprob{Token: "{", Logprob: -0.5, Bytes: []byte("{"), Top: []llm.Logprob{{Token: "[", Logprob: -2}}}
	thought := l
	thought.Reasoning, thought.Top = true, []llm.Logprob{{Token: "[", Logprob: -2, Reasoning: true}}
	parts := `"output":[{"type":"reasoning","content":[{"logprobs":` + token + `,"text":"{","type":"reasoning_text"}]},{"type":"message","content":[{"type":"output_text","text":"{","logprobs":` + token + `}]}]`
	streamed := []string{
		`{"type":"response.reasoning_text.delta","output_index":0,"delta":"{","logprobs":` + token + `}`,
		`{"logprobs":` + token + `,"delta":"{","output_index":1,"type":"response.output_text.delta"}`,
		`{"type":"response.output_text.done","output_index":1,"text":"{","logprobs":` + token + `}`,
		terminal("completed", `,`+parts),
	}
	for name, frames := range map[string][]string{"streamed": streamed, "in one piece": {`{"status":"completed",` + parts + `}`}} {
		resp, _, err := respond(Reply{Logprobs: true, Whole: name != "streamed"}, frames...)
		if want := []llm.Logprob{thought, l}; err != nil || !reflect.DeepEqual(resp.Logprobs, want) {
			t.Errorf("%s: %v, logprobs are %+v, want %+v", name, err, resp.Logprobs, want)
		}
		if resp, _, err := respond(Reply{}, frames...); err != nil || resp.Logprobs != nil {
			t.Errorf("%s: not asked for, %v, logprobs are %+v", name, err, resp.Logprobs)
		}
	}
}

func TestResponsesFailures(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, test := range []struct {
		name   string
		frames []string
		want   string // type and words
	}{
		{"failed", []string{delta("output_text", 0, "{"), terminal("failed", `,"error":{"code":"server_error","message":"Broken."}`+counted)}, "*wire.Failure Broken."},
		{"failed, and not why", []string{terminal("failed", `,"error":null`)}, "*wire.Failure the provider says that the reply is failed, and not why"},
		{"failed in one piece", []string{`{"status":"failed","error":{"code":"rate_limit_exceeded","message":"Slow down."}}`}, "*wire.Failure Slow down."},
		{"completed with an error", []string{terminal("completed", `,"error":{"code":"c","message":"No."}`)}, "*wire.Failure No."},
		{"cancelled", []string{`{"status":"cancelled"}`}, "*wire.Failure the provider says that the reply is cancelled, and not why"},
		{"an error event", []string{`{"type":"error","code":"c","message":"No.","param":null,"sequence_number":3}`}, "*wire.Failure No."},
		{"an error body", []string{`{"error":{"message":"No.","type":"invalid_request_error"}}`}, "*wire.Failure No."},
		{"neither", []string{`{"choices":[{"delta":{"content":"x"}}]}`}, "*wire.FrameError neither an event nor a response nor an error in it"},
		{"nothing", []string{`{}`}, "*wire.FrameError neither an event nor a response nor an error in it"},
		{"an index", []string{delta("output_text", 1024, "x")}, "*wire.FrameError output index 1024 out of range"},
		{"an index below", []string{delta("function_call_arguments", -2, "x")}, "*wire.FrameError output index -2 out of range"},
		{"an item that is null", []string{itemEvent("done", 0, "null")}, "*wire.FrameError unexpected value"},
		{"a delta that is none", []string{`{"type":"response.output_item.done","item":[]}`}, "*wire.FrameError unexpected value"},
		{"a name twice", []string{`{"type":"a","type":"response.completed"}`}, "*wire.FrameError gate: duplicate name"},
		{"a call without a name", []string{delta("function_call_arguments", 0, "{}"), terminal("completed", "")}, "*wire.FrameError tool call 0 has no name"},
		{"long arguments", []string{delta("function_call_arguments", 0, long[:2000]), delta("function_call_arguments", 0, long[:2000])}, "*errors.errorString arguments of tool calls over the limit"},
		{"a long refusal", []string{delta("refusal", 0, long[:2000]), delta("refusal", 0, long[:2000])}, "*errors.errorString arguments of tool calls over the limit"},
		{"a long event", []string{itemEvent("done", 0, `"`+long+`"`)}, "*wire.FrameError "},
		{"still in progress", []string{`{"status":"in_progress","output":[]}`}, "*errors.errorString not over"},
		{"no end", []string{delta("output_text", 0, "{}"), itemEvent("done", 0, messageItem)}, "*errors.errorString not over"},
	} {
		resp, _, err := respond(Reply{Limits: gate.Limits{Bytes: 2500}}, test.frames...)
		if got := fmt.Sprintf("%T %v", err, err); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if len(resp.ToolCalls()) > 0 || resp.Finish != "" {
			t.Errorf("%s: the reply is %+v", test.name, resp)
		}
	}
}

func TestResponsesUsage(t *testing.T) {
	for usage, want := range map[string]llm.Usage{
		`{"input_tokens":3,"input_tokens_details":{"cached_tokens":4},"output_tokens":7}`:                        {Input: 4, Cached: 4, Output: 7},
		`{"output_tokens":7,"output_tokens_details":{"reasoning_tokens":7,"other":1},"input_tokens_details":{}}`: {Output: 7, Reasoning: 7},
		`{"input_tokens":0,"output_tokens":0,"estimated":true}`:                                                  {Estimated: true},
		`{"total_tokens":7}`: {Input: 1, Output: 1, Estimated: true}, // ours
		`{}`:                 {Input: 1, Output: 1, Estimated: true},
		`null`:               {Input: 1, Output: 1, Estimated: true},
		`{"input_tokens":null,"output_tokens":null}`: {Input: 1, Output: 1, Estimated: true},
	} {
		resp, _, err := respond(Reply{Request: 4}, delta("output_text", 0, "{}"), terminal("completed", `,"usage":`+usage))
		if err != nil || resp.Usage != want {
			t.Errorf("%s: %+v, %v, want %+v", usage, resp.Usage, err, want)
		}
	}
}

// What the reply costs is known though it failed.
func TestResponsesFailedUsage(t *testing.T) {
	r := Reply{Responses: true}
	err := r.Add([]byte(terminal("failed", `,"error":{"message":"x"}`+counted)), func(*llm.Chunk) bool { return true })
	if u := r.Usage(); err == nil || u == nil || u.Output != 7 {
		t.Errorf("%v, usage %+v", err, u)
	}
}

// A thousand parts are joined in linear time and as they are.
func TestResponsesParts(t *testing.T) {
	part, text := `{"type":"output_text","text":"a\u00e9"}`, "aé"
	frame := `{"status":"completed","output":[{"type":"message","content":[` + strings.Repeat(part+",", 9999) + part + `]}]}`
	resp, _, err := respond(Reply{Whole: true}, frame)
	if err != nil || resp.Text() != strings.Repeat(text, 10000) {
		t.Errorf("%v, %d bytes", err, len(resp.Text()))
	}
}
