package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// assemble adds frames to a reply and returns it, and the deltas on the way.
func assemble(t *testing.T, frames ...string) (*llm.Response, []llm.ToolDelta, error) {
	t.Helper()
	var r Reply
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
	err := r.End(add)
	return &resp, deltas, err
}

func calls(s string) string { return `{"choices":[{"delta":{"tool_calls":[` + s + `]}}]}` }

const finishCalls = `{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`

func TestToolCalls(t *testing.T) {
	a, b := llm.ToolCall{ID: "a", Name: "f", Args: `{"x":1}`}, llm.ToolCall{ID: "b", Name: "g", Args: `{"y":2}`}
	for _, test := range []struct {
		name   string
		frames []string
		want   []llm.ToolCall
	}{
		{"one after the other", []string{
			calls(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}`), calls(`{"index":0,"function":{"arguments":"{\"x\""}}`), calls(`{"index":0,"function":{"arguments":":1}"}}`),
			calls(`{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}`), calls(`{"index":1,"function":{"arguments":"{\"y\":2}"}}`), finishCalls,
		}, []llm.ToolCall{a, b}},
		{"interleaved", []string{
			calls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}`),
			calls(`{"index":1,"function":{"arguments":"{\"y\""}}`), calls(`{"index":0,"function":{"arguments":"{\"x\""}}`),
			calls(`{"index":1,"function":{"arguments":":2}"}},{"index":0,"function":{"arguments":":1}"}}`), finishCalls,
		}, []llm.ToolCall{a, b}},
		{"the second first", []string{
			calls(`{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}`), calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), finishCalls,
		}, []llm.ToolCall{a, b}},
		{"id, type and name repeated", []string{
			calls(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}}`), calls(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":":1}"}}`), finishCalls,
		}, []llm.ToolCall{a}},
		{"arguments before the name", []string{
			calls(`{"index":0,"id":"a","function":{"arguments":"{\"x\""}}`), calls(`{"index":0,"function":{"name":"f","arguments":":1}"}}`), finishCalls,
		}, []llm.ToolCall{a}},
		{"a name in pieces", []string{
			calls(`{"index":0,"id":"a","function":{"name":"get_"}}`), calls(`{"index":0,"function":{"name":"weather"}}`), finishCalls,
		}, []llm.ToolCall{{ID: "a", Name: "get_weather"}}},
		{"no index, joined by id", []string{
			calls(`{"id":"a","function":{"name":"f","arguments":"{\"x\""}},{"id":"b","function":{"name":"g","arguments":"{\"y\""}}`),
			calls(`{"id":"a","function":{"arguments":":1}"}},{"id":"b","function":{"arguments":":2}"}}`), finishCalls,
		}, []llm.ToolCall{a, b}},
		{"neither index nor id", []string{
			calls(`{"id":"a","function":{"name":"f"}}`), calls(`{"function":{"arguments":"{\"x\":1}"}}`), finishCalls,
		}, []llm.ToolCall{a}},
		{"the same index for all", []string{
			calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}`), calls(`{"index":0,"function":{"arguments":":1}"}}`),
			calls(`{"index":0,"id":"b","function":{"name":"g","arguments":"{\"y\""}}`), calls(`{"index":0,"function":{"arguments":":2}"}}`), finishCalls,
		}, []llm.ToolCall{a, b}},
		{"empty fragments", []string{
			calls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`), calls(`{"index":0,"function":{"arguments":""}}`), calls(`{"index":0,"function":{"arguments":"{\"x\":1}"}}`), calls(`{"index":0}`), finishCalls,
		}, []llm.ToolCall{a}},
		{"no id at all", []string{calls(`{"index":0,"function":{"name":"f","arguments":"{}"}},{"index":1,"function":{"name":"g","arguments":"{}"}}`), finishCalls},
			[]llm.ToolCall{{ID: "call_0", Name: "f", Args: "{}"}, {ID: "call_1", Name: "g", Args: "{}"}}},
		{"one id for two indexes", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"a","function":{"name":"g","arguments":"{}"}}`), finishCalls},
			[]llm.ToolCall{{ID: "a", Name: "f", Args: "{}"}, {ID: "a_1", Name: "g", Args: "{}"}}},
		{"whole calls with neither", []string{
			calls(`{"function":{"name":"f","arguments":"{\"x\":1}"}}`), calls(`{"function":{"name":"f","arguments":"{\"x\":1}"}},{"function":{"name":"g","arguments":"{\"y\":2}"}}`), finishCalls,
		}, []llm.ToolCall{{ID: "call_0", Name: "f", Args: `{"x":1}`}, {ID: "call_1", Name: "f", Args: `{"x":1}`}, {ID: "call_2", Name: "g", Args: `{"y":2}`}}},
		{"an index for two, without ids", []string{ // an index counts for more than what it looks like
			calls(`{"index":0,"function":{"name":"f","arguments":"{}"}}`), calls(`{"index":0,"function":{"name":"f","arguments":"{}"}}`), finishCalls,
		}, []llm.ToolCall{{ID: "call_0", Name: "f", Args: `{}{}`}}},
		{"neither index nor id, in pieces", []string{
			calls(`{"function":{"name":"f","arguments":"{\"x\":"}}`), calls(`{"function":{"name":"f","arguments":"{}"}}`), calls(`{"function":{"name":"f","arguments":"}"}}`), finishCalls,
		}, []llm.ToolCall{{ID: "call_0", Name: "f", Args: `{"x":{}}`}}},
		{"arguments that are an object", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments": {"x": 1} }}`), finishCalls}, []llm.ToolCall{{ID: "a", Name: "f", Args: `{"x": 1}`}}},
		{"finished as function_call", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), `{"choices":[{"delta":{},"finish_reason":"function_call"}]}`}, []llm.ToolCall{a}},
		{"finished as stop", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), `{"choices":[{"delta":{},"finish_reason":"stop"}]}`}, []llm.ToolCall{a}},
		{"cut by the limit", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), `{"choices":[{"delta":{},"finish_reason":"length"}]}`}, nil},
		{"filtered", []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), `{"choices":[{"delta":{},"finish_reason":"content_filter"}]}`}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp, _, err := assemble(t, test.frames...)
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.ToolCalls(); !slices.Equal(got, test.want) {
				t.Errorf("calls are %+v, want %+v", got, test.want)
			}
		})
	}
}

// The calls of a reply in one piece are complete, whatever they lack.
func TestToolCallsOfWholeReply(t *testing.T) {
	for frame, want := range map[string][]llm.ToolCall{
		`{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g","arguments":"{}"}}`:                 {{ID: "call_0", Name: "f", Args: "{}"}, {ID: "call_1", Name: "g", Args: "{}"}},
		`{"function":{"name":"f"}},{"function":{"name":"f"}}`:                                                   {{ID: "call_0", Name: "f"}, {ID: "call_1", Name: "f"}},
		`{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"a","function":{"name":"g"}}`:                {{ID: "a", Name: "f", Args: "{}"}, {ID: "a_1", Name: "g"}},
		`{"id":null,"function":{"name":"f","arguments":{}}},{"id":"","function":{"name":"g","arguments":null}}`: {{ID: "call_0", Name: "f", Args: "{}"}, {ID: "call_1", Name: "g"}},
	} {
		r := Reply{Whole: true}
		var resp llm.Response
		add := func(c *llm.Chunk) bool { resp.Add(c); return true }
		err := r.Add([]byte(`{"choices":[{"message":{"tool_calls":[`+frame+`]},"finish_reason":"tool_calls"}]}`), add)
		if err == nil {
			err = r.End(add)
		}
		if got := resp.ToolCalls(); err != nil || !slices.Equal(got, want) {
			t.Errorf("the calls of %s are %+v, %v, want %+v", frame, got, err, want)
		}
	}
}

func TestFinishReasons(t *testing.T) {
	for given, want := range map[string]llm.FinishReason{
		"stop": llm.FinishStop, "eos": llm.FinishStop, "eos_token": llm.FinishStop, "stop_sequence": llm.FinishStop, "end_turn": llm.FinishStop,
		"length": llm.FinishLength, "max_tokens": llm.FinishLength, "tool_use": llm.FinishTools, "content_filter": llm.FinishFilter, "refusal": "refusal",
	} {
		resp, _, err := assemble(t, `{"choices":[{"delta":{"content":"Hi"},"finish_reason":""}]}`, `{"choices":[{"delta":{},"finish_reason":"`+given+`"}]}`)
		if err != nil || resp.Finish != want {
			t.Errorf("%s is %s, %v, want %s", given, resp.Finish, err, want)
		}
	}
}

// Fragments are shown as they come, each with what is known of its call.
func TestToolDeltas(t *testing.T) {
	_, deltas, err := assemble(t,
		calls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}`),
		calls(`{"index":1,"function":{"arguments":"}"}}`), calls(`{"index":0,"function":{"arguments":"[]"}}`), finishCalls)
	want := []llm.ToolDelta{
		{Index: 0, ID: "a", Name: "f"}, {Index: 1, ID: "b", Name: "g", Args: "{"},
		{Index: 1, ID: "b", Name: "g", Args: "}"}, {Index: 0, ID: "a", Name: "f", Args: "[]"},
	}
	if err != nil || !slices.Equal(deltas, want) {
		t.Errorf("deltas are %+v, %v, want %+v", deltas, err, want)
	}
}

func TestBadFrames(t *testing.T) {
	for _, test := range []struct{ name, frame, want string }{
		{"nothing in it", `{}`, "neither choices nor an error in it"},
		{"choices null", `{"choices":null}`, "neither choices nor an error in it"},
		{"null", `null`, "unexpected value at offset 0"},
		{"a list", `[]`, "unexpected value at offset 0"},
		{"a null choice", `{"choices":[null]}`, "unexpected value at offset 16"},
		{"another choice", `{"choices":[{"index":1,"delta":{"content":"x"}}]}`, "more than one choice, though one was asked for"},
		{"two choices", `{"choices":[{"index":0},{"index":0}]}`, "more than one choice, though one was asked for"},
		{"a huge index", calls(`{"index":2147483648}`), "tool call index 2147483648 out of range"},
		{"a negative index", calls(`{"index":-5}`), "tool call index -5 out of range"},
		{"an index that is no int", calls(`{"index":99999999999999999999}`), "unexpected value at offset 63"},
		{"malformed", `{"choices":[`, "unexpected end"},
	} {
		_, _, err := assemble(t, test.frame)
		if _, ok := err.(*FrameError); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want a FrameError with %q", test.name, err, test.want)
		}
	}
	// One call without a name spoils the others: none is handed over.
	resp, _, err := assemble(t, calls(`{"index":0,"id":"a","function":{"name":"rm","arguments":"{}"}},{"index":1,"id":"b","function":{"arguments":"{}"}}`), finishCalls)
	if err == nil || err.Error() != "tool call 1 has no name" || len(resp.ToolCalls()) != 0 {
		t.Errorf("a call without a name: %v, and calls %v", err, resp.ToolCalls())
	}
	// A name does not grow for ever.
	grow := make([]string, 300)
	for i := range grow {
		grow[i] = calls(fmt.Sprintf(`{"index":0,"function":{"name":"n%d"}}`, i))
	}
	if _, _, err := assemble(t, grow...); err == nil || err.Error() != "the name of tool call 0 is over 256 bytes" {
		t.Errorf("a name without end: %v", err)
	}
	// Nor do arguments, beyond the limit of a reply.
	r := Reply{Limits: gate.Limits{Bytes: 1000}}
	args := []byte(calls(`{"index":0,"function":{"name":"f","arguments":"` + strings.Repeat("x", 400) + `"}}`))
	for i := range 3 {
		if err := r.Add(args, func(*llm.Chunk) bool { return true }); (err == ErrArgsSize) != (i == 2) {
			t.Errorf("fragment %d: %v", i, err)
		}
	}
}

// There are at most so many calls, also where a server gives them all one index;
// the last of them can still go on.
func TestManyCalls(t *testing.T) {
	var r Reply
	add := func(frame string) error { return r.Add([]byte(frame), func(*llm.Chunk) bool { return true }) }
	for i := range maxCalls {
		if err := add(calls(fmt.Sprintf(`{"index":0,"id":"c%d","function":{"name":"f"}}`, i))); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := add(calls(`{"index":0,"function":{"arguments":"{}"}}`)); err != nil {
		t.Error(err)
	}
	if err := add(calls(`{"index":0,"id":"one more","function":{"name":"f"}}`)); err == nil || err.Error() != "tool call index 0 out of range" {
		t.Errorf("one call too many: %v", err)
	}
}

func TestFailures(t *testing.T) {
	for body, want := range map[string]Failure{
		`{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`: {"Insufficient Balance", "unknown_error", "invalid_request_error"},
		`{"message":"m","type":"t","code":5}`: {"m", "t", "5"},
		`{"error":"overloaded"}`:              {Message: "overloaded"},
		`{"code":"c","message":"m"}`:          {Message: "m", Code: "c"},
		`{"detail":"Not Found"}`:              {Message: "Not Found"},
		strings.Repeat(`{"error":`, 5) + `{"message":"m"}` + strings.Repeat(`}`, 5): {Message: `{"error":{"message":"m"}}`},
		`{"error":{"error":{"message":"m"}}}`:                                       {Message: "m"},
		`{"error":{"message":null,"code":"c"}}`:                                     {Message: `{"message":null,"code":"c"}`, Code: "c"},
		`"just text"`:                                                               {Message: "just text"},
		`<html><h1>502 Bad  Gateway</h1>`:                                           {Message: "<html><h1>502 Bad Gateway</h1>"},
		``:                                                                          {},
		`{"error":{"message":"` + strings.Repeat("深", 1000) + `"}}`: {Message: strings.Repeat("深", 1000)},
		`null`:     {},
		"\xff\xfe": {Message: "\ufffd"},
	} {
		if got := ParseFailure([]byte(body)); *got != want {
			t.Errorf("ParseFailure(%.80q) = %+v, want %+v", body, *got, want)
		}
	}
}

func TestReplyExtra(t *testing.T) {
	resp, _, err := assemble(t, `{"id":"i","model":"m","system_fingerprint":"fp","choices":[{"delta":{"content":"Hi"}}]}`,
		`{"choices":[{"delta":{"content":"","title":"A \"greeting\""},"finish_reason":"stop"}]}`)
	want := &llm.Response{Message: llm.Assistant("Hi"), Finish: llm.FinishStop, Usage: llm.Usage{Output: 1, Estimated: true}, ID: "i", Model: "m", Extra: []byte(`{"system_fingerprint":"fp","title":"A \"greeting\""}`)}
	if err != nil || !reflect.DeepEqual(resp, want) {
		t.Errorf("reply is %+v, %v, want %+v", resp, err, want)
	}
}

// Chunks are the receiver's: what comes later does not change them.
func TestChunksAreKept(t *testing.T) {
	var r Reply
	var kept []*llm.Chunk
	var want []string
	data := make([]byte, 0, 256)
	for i := range 1000 {
		text := strings.Repeat(string(rune('a'+i%26)), 1+i%40)
		want = append(want, text)
		data = append(data[:0], `{"choices":[{"delta":{"content":"`+text+`"}}]}`...)
		if err := r.Add(data, func(c *llm.Chunk) bool { kept = append(kept, c); return true }); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range kept {
		if c.Text != want[i] {
			t.Fatalf("chunk %d is %q, want %q", i, c.Text, want[i])
		}
	}
}
