package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// frames are texts that the parser reads, and some that it must not.
var frames = []string{
	`{}`, `{"id":"a"}`, `null`, `[]`, `1`, ``, `{`, `{"choices":null}`, `{"choices":[]}`, `{"choices":[null]}`, `{"choices":[{}]}`, `{"choices":[1]}`, `{"choices":{}}`,
	`{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}],"usage":null}`,
	`{"choices":[{"index":0,"delta":{"content":"Hello","reasoning_content":null},"finish_reason":null}]}`,
	` { "choices" : [ { "index" : 0 , "delta" : { "content" : "a b" } } ] } `,
	`{"choices":[{"delta":{"content":"a\nb\t\"\\\/\b\f\r\u00e9\u6df1\ud83d\ude00\ud83d\udead\ud83dx\udc00"}}]}`,
	`{"choices":[{"delta":{"content":"深海 é 👩‍👩‍👧"}}]}`,
	"{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}", "{\"choices\":[{\"delta\":{\"content\":\"a\nb\"}}]}",
	`{"choices":[{"delta":{"content":"\x"}}]}`, `{"choices":[{"delta":{"content":"\u12"}}]}`, `{"choices":[{"delta":{"content":"a`,
	`{"choices":[{"delta":{"content":"a","content":"b"}}]}`, `{"choices":[{"delta":{"content":"a","CONTENT":"b"}}]}`,
	`{"choices":[{"delta":{"CONTENT":"b"}}]}`, `{"choices":[{"delta":{"\u0063ontent":"b"}}]}`, `{"choices":[{"delta":{"\u0063ontent":"b","content":"a"}}]}`,
	`{"choices":[{"delta":{"content":5}}]}`, `{"choices":[{"delta":{"content":["a"]}}]}`, `{"choices":[{"delta":"a"}]}`,
	`{"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}]}`, `{"choices":[{"index":2147483648}]}`, `{"choices":[{"index":-1}]}`, `{"choices":[{"index":99999999999999999999}]}`, `{"choices":[{"index":1.5}]}`, `{"choices":[{"index":01}]}`,
	`{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_0","type":"function","function":{"name":"f","arguments":""}},{"index":1,"function":{"arguments":"{\"a\":"}}]}}]}`,
	`{"choices":[{"delta":{"tool_calls":null}}]}`, `{"choices":[{"delta":{"tool_calls":[null]}}]}`, `{"choices":[{"delta":{"tool_calls":[{"id":"a","function":null}]}}]}`,
	`{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}`,
	`{"choices":[],"usage":{"prompt_tokens":10,"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":null},"estimated":true}}`,
	`{"choices":[],"usage":{"prompt_tokens":-1}}`, `{"choices":[],"usage":{"prompt_tokens":1,"prompt_cache_hit_tokens":-7}}`, `{"choices":[],"error":""}`, `{"choices":[],"error":false}`, `{"choices":[],"usage":{"prompt_tokens":"10"}}`, `{"choices":[],"usage":{}}`,
	`{"error":null,"choices":[]}`, `{"error":{"message":"m","code":5},"choices":null}`, `{"error":"text"}`, `{"error":{"a":[1,{"b":"}"}]}}`,
	`{"service_tier":{"x":[1,2,{"y":"\"}"}]},"choices":[{"delta":{"content":"a","refusal":null}}]}`,
	`{"created":1.5e9,"choices":[{"delta":{"content":"a"}}]}`, `{"created":"now","choices":[]}`, `{"choices":[{"delta":{"content":"a"},"extra":1},]}`,
	`{"choices":[{"delta":{"content":"a"}}]} x`, `{"choices":[{"delta":{"content":"a"}}]}{}`, `{"choices":[{"delta":{"content":"a"}}]`,
	`{"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-9999.0,"bytes":null}]}],"reasoning_content":[{"token":"r","logprob":0}]}}]}`,
	`{"choices":[{"logprobs":{"content":[{"token":"a","logprob":"x"}]}}]}`, `{"choices":[{"logprobs":{"content":[{"bytes":[256]}]}}]}`,
	`{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning_content":"hm","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"title":"T"},"finish_reason":"tool_calls"}]}`,
	`{"choices":[{"delta":{"reasoning":"hm"}}]}`, `{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}`, `{"choices":[{"delta":{"reasoning_content":"","reasoning":"a\nb"}}]}`, `{"choices":[{"delta":{"reasoning":"","reasoning_content":null}}]}`,
	`{"choices":[{"message":{"reasoning":{"text":"hm"},"content":"a"}}]}`, `{"choices":[{"delta":{"reasoning":null}}]}`, `{"choices":[{"delta":{"reasoning":5}}]}`, `{"choices":[{"delta":{"reasoning":nil}}]}`, `{"choices":[{"delta":{"reasoning":"a","reasoning":"a"}}]}`,
	`{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments": {"a": [1, "}"]} }}]}}]}`, `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1,"a":2}}}]}}]}`, `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":[1]}}]}}]}`,
	`{"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `,"choices":[]}`,
}

// slowFrame reads a frame by encoding/json, after the gate: the parser must
// agree with it on what a text means.
type slowFrame struct {
	ID                *string         `json:"id"`
	Object            *string         `json:"object"`
	Model             *string         `json:"model"`
	SystemFingerprint *string         `json:"system_fingerprint"`
	Error             json.RawMessage `json:"error"`
	Choices           *[]*struct {
		Index        *int         `json:"index"`
		Delta        *slowMessage `json:"delta"`
		Message      *slowMessage `json:"message"`
		FinishReason *string      `json:"finish_reason"`
		Logprobs     *struct {
			Content          []slowLogprob `json:"content"`
			ReasoningContent []slowLogprob `json:"reasoning_content"`
		} `json:"logprobs"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens          *int `json:"prompt_tokens"`
		CompletionTokens      *int `json:"completion_tokens"`
		TotalTokens           *int `json:"total_tokens"`
		PromptCacheHitTokens  *int `json:"prompt_cache_hit_tokens"`
		PromptCacheMissTokens *int `json:"prompt_cache_miss_tokens"`
	} `json:"usage"`
}

type slowMessage struct {
	Role             *string         `json:"role"`
	Content          *string         `json:"content"`
	ReasoningContent *string         `json:"reasoning_content"`
	Reasoning        json.RawMessage `json:"reasoning"`
	Title            *string         `json:"title"`
	ToolCalls        []*struct {
		Index    *int    `json:"index"`
		ID       *string `json:"id"`
		Type     *string `json:"type"`
		Function *struct {
			Name      *string         `json:"name"`
			Arguments json.RawMessage `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

type slowLogprob struct {
	Token       *string       `json:"token"`
	Logprob     *float64      `json:"logprob"`
	Bytes       []*int        `json:"bytes"`
	TopLogprobs []slowLogprob `json:"top_logprobs"`
}

// describe renders what a frame says of texts and calls.
func describe(f *Frame) string {
	text := func(b []byte) string {
		if b == nil {
			return "null"
		}
		return fmt.Sprintf("%q", b)
	}
	var s strings.Builder
	s.WriteString(fmt.Sprintln(text(f.ID), text(f.Model), text(f.Fingerprint), text(f.Finish), f.Choices, f.Index, text(f.Content), text(f.Reasoning), text(f.Title)))
	for _, c := range f.Calls {
		s.WriteString(fmt.Sprintln(c.Index, text(c.ID), text(c.Name), text(c.Args)))
	}
	return s.String()
}

func describeSlow(f *slowFrame) (s string, oneMessage bool) {
	text := func(p *string) string {
		if p == nil {
			return "null"
		}
		return fmt.Sprintf("%q", *p)
	}
	number := func(p *int, none int) int {
		if p == nil {
			return none
		}
		return *p
	}
	var last slowMessage
	var finish *string
	choices, index, messages := -1, 0, 0
	if f.Choices != nil {
		choices = len(*f.Choices)
		for _, c := range *f.Choices {
			if c == nil {
				return "", false
			}
			index = number(c.Index, index)
			finish = c.FinishReason
			for _, m := range []*slowMessage{c.Delta, c.Message} {
				if m != nil {
					last = *m
					messages++
				}
			}
		}
	}
	reasoning := last.ReasoningContent
	if other := textOf(last.Reasoning); (reasoning == nil || *reasoning == "") && other != nil && *other != "" {
		reasoning = other
	}
	s = fmt.Sprintln(text(f.ID), text(f.Model), text(f.SystemFingerprint), text(finish), choices, index, text(last.Content), text(reasoning), text(last.Title))
	for _, c := range last.ToolCalls {
		if c == nil {
			return "", false
		}
		var name, args *string
		if c.Function != nil {
			name, args = c.Function.Name, textOf(c.Function.Arguments)
			if a := string(c.Function.Arguments); strings.HasPrefix(a, "{") {
				args = &a
			}
		}
		s += fmt.Sprintln(number(c.Index, -1), text(c.ID), text(name), text(args))
	}
	return s, choices <= 1 && messages <= 1
}

// textOf returns the text of a JSON string, or nil.
func textOf(raw json.RawMessage) *string {
	var s *string
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return s
}

// What the parser takes at first sight, the gate takes too; and whatever it
// takes means what encoding/json reads.
func checkParse(t *testing.T, data []byte) {
	t.Helper()
	gateErr := gate.Check(data)
	var fast, slow Frame
	fast.reset()
	p := parser{data: data, values: maxValues, logprobs: true}
	if p.document(&fast) && gateErr != nil {
		t.Fatalf("%q is taken at first sight, though the gate refuses it: %v", data, gateErr)
	}
	slow.reset()
	err := (&parser{logprobs: true}).parse(data, gate.Limits{}, &slow)
	if gateErr != nil {
		if err == nil {
			t.Fatalf("%q is taken, though the gate refuses it: %v", data, gateErr)
		}
		return
	}
	var want slowFrame
	wantErr := gate.Decode(data, &want)
	if err != nil {
		return // TestParse has what must not be refused
	}
	checked := Frame{}
	checked.reset()
	p = parser{data: data, checked: true, logprobs: true}
	if !p.document(&checked) || describe(&checked) != describe(&slow) {
		t.Fatalf("%q reads differently once it is checked:\n%swant\n%s", data, describe(&checked), describe(&slow))
	}
	if wantErr != nil {
		t.Fatalf("%q is taken, though it does not have the shape: %v", data, wantErr)
	}
	if text, ok := describeSlow(&want); ok && describe(&slow) != text {
		t.Fatalf("%q reads as\n%swant\n%s", data, describe(&slow), text)
	}
}

func TestParseAgrees(t *testing.T) {
	for _, data := range frames {
		checkParse(t, []byte(data))
	}
}

func FuzzParse(f *testing.F) {
	for _, data := range frames {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkParse(t, data) })
}

func TestParse(t *testing.T) {
	var f Frame
	parse := func(data string) error {
		f.reset()
		return (&parser{logprobs: true}).parse([]byte(data), gate.Limits{}, &f)
	}
	if err := parse(`{"choices":[{"delta":{"content":"a\n\ud83d\ude00\ud83dx","reasoning_content":""}}],"unknown":[{"x":"}"}]}`); err != nil {
		t.Fatal(err)
	}
	if string(f.Content) != "a\n😀\ufffdx" || f.Reasoning == nil || len(f.Reasoning) != 0 || f.Finish != nil {
		t.Errorf("content %q, reasoning %v, finish %v", f.Content, f.Reasoning, f.Finish)
	}
	// What others call reasoning counts, but once.
	for data, want := range map[string]string{
		`{"reasoning":"hm"}`:                                    "hm",
		`{"reasoning":"hm","reasoning_content":"hm"}`:           "hm",
		`{"reasoning_content":"hm","reasoning":"something"}`:    "hm",
		`{"reasoning_content":"","reasoning":"hm"}`:             "hm",
		`{"reasoning_content":null,"reasoning":"hm"}`:           "hm",
		`{"reasoning":"hm","reasoning_details":[{"text":"x"}]}`: "hm",
		`{"reasoning":{"text":"hm"}}`:                           "",
		`{"reasoning":["hm"]}`:                                  "",
	} {
		if err := parse(`{"choices":[{"delta":` + data + `}]}`); err != nil || string(f.Reasoning) != want {
			t.Errorf("the reasoning of %s is %q, %v, want %q", data, f.Reasoning, err, want)
		}
	}
	// It is there, though it may be empty, only under DeepSeek's name.
	if err := parse(`{"choices":[{"delta":{"reasoning":""}}]}`); err != nil || f.Reasoning != nil {
		t.Errorf("empty reasoning is %q, %v, want none", f.Reasoning, err)
	}
	if err := parse(`{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6,"completion_tokens_details":{"reasoning_tokens":3},"estimated":true}}`); err != nil {
		t.Fatal(err)
	}
	if want := (llm.Usage{Input: 10, Cached: 4, Output: 5, Reasoning: 3, Estimated: true}); f.Usage == nil || *f.Usage != want {
		t.Errorf("usage is %+v, want %+v", f.Usage, want)
	}
	if err := parse(`{"choices":[],"usage":{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":8}}}`); err != nil || f.Usage.Cached != 8 || f.Usage.Input != 10 {
		t.Errorf("usage is %+v, %v, want 8 of 10 cached: in OpenAI's spelling, and not added", f.Usage, err)
	}
	if err := parse(`{"choices":[],"usage":{"completion_tokens":1,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}}`); err != nil || f.Usage.Input != 10 {
		t.Errorf("usage is %+v, %v, want the sum of hits and misses", f.Usage, err)
	}
	if err := parse(`{"choices":[{"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97,255],"top_logprobs":[{"token":"b","logprob":-9999.0,"bytes":null}]}],"reasoning_content":[{"token":"r","logprob":0}]}}]}`); err != nil {
		t.Fatal(err)
	}
	want := []llm.Logprob{
		{Token: "a", Logprob: -0.5, Bytes: []byte{97, 255}, Top: []llm.Logprob{{Token: "b", Logprob: -9999}}},
		{Token: "r", Reasoning: true},
	}
	if !reflect.DeepEqual(f.Logprobs, want) {
		t.Errorf("logprobs are %+v, want %+v", f.Logprobs, want)
	}
	if err := parse(`{"error":{"message":"x"},"choices":null}`); err != nil || string(f.Error) != `{"message":"x"}` {
		t.Errorf("error is %s, %v", f.Error, err)
	}
	if err := parse(`{"choices":[],"choices":[]}`); err == nil || !strings.Contains(err.Error(), "duplicate name") {
		t.Errorf("a name twice: %v", err)
	}
	if err := parse(`{"choices":[{"delta":{"content":5}}]}`); err == nil || err.Error() != "unexpected value at offset 32" {
		t.Errorf("a number for a text: %v", err)
	}
}

// A frame of very many values is for the gate to bound, one of many calls for
// the parser.
func TestParseMany(t *testing.T) {
	var f Frame
	for _, test := range []struct{ data, want string }{
		{`{"choices":[` + strings.Repeat(`{},`, 1<<20) + `{}]}`, "too many values"},
		{`{"choices":[{"delta":{"tool_calls":[` + strings.Repeat(`{},`, 2000) + `{}]}}]}`, "unexpected value at offset"},
	} {
		f.reset()
		if err := new(parser).parse([]byte(test.data), gate.Limits{}, &f); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40s…: %v, want %q", test.data, err, test.want)
		}
	}
	f.reset()
	data := `{"choices":[{"logprobs":{"content":[{"token":"a","logprob":-0.5}]}}]}`
	if err := new(parser).parse([]byte(data), gate.Limits{}, &f); err != nil || f.Logprobs != nil {
		t.Errorf("log probabilities that nobody wants: %v, %v", f.Logprobs, err)
	}
}

// Frames in the shape of DeepSeek's need not go through the gate, nor those that
// have the other name for reasoning.
func TestParseAtFirstSight(t *testing.T) {
	for _, data := range []string{
		`{"id":"x","object":"chat.completion.chunk","created":1795180000,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}],"usage":null}`,
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"深\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":1,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}`,
		`{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","title":"T"},"logprobs":null,"finish_reason":"stop"}]}`,
		`{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning":"hm","reasoning_content":"hm"},"logprobs":null,"finish_reason":null}]}`,
	} {
		p := parser{data: []byte(data), values: maxValues}
		var f Frame
		f.reset()
		if !p.document(&f) {
			t.Errorf("the parser gives up at offset %d of %s", p.pos, data)
		}
	}
}

// The log probabilities of FIM replies are in lists of their own.
func TestParseFIM(t *testing.T) {
	parse := func(data string) (*Frame, error) {
		f := new(Frame)
		f.reset()
		err := (&parser{logprobs: true}).parse([]byte(data), gate.Limits{}, f)
		return f, err
	}
	f, err := parse(`{"choices":[{"text":"ab","index":0,"logprobs":{"text_offset":[0,1],"token_logprobs":[-0.5,-9999.0],"tokens":["a","b"],"top_logprobs":[{"a":-0.5,"\u0062":-1,"c":-0.7},{}]},"finish_reason":"stop"}]}`)
	want := []llm.Logprob{
		{Token: "a", Logprob: -0.5, Top: []llm.Logprob{{Token: "a", Logprob: -0.5}, {Token: "c", Logprob: -0.7}, {Token: "b", Logprob: -1}}},
		{Token: "b", Logprob: -9999},
	}
	if err != nil || string(f.Text) != "ab" || !reflect.DeepEqual(f.Logprobs, want) {
		t.Errorf("text is %q with %+v, %v, want %+v", f.Text, f.Logprobs, err, want)
	}
	for _, data := range []string{
		`{"choices":[{"text":5}]}`,
		`{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[]}}]}`,
		`{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[0],"top_logprobs":[{},{}]}}]}`,
		`{"choices":[{"text":"a","logprobs":{"tokens":[1],"token_logprobs":[0]}}]}`,
		`{"choices":[{"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[0],"top_logprobs":[{"a":"x"}]}}]}`,
	} {
		if _, err := parse(data); err == nil {
			t.Errorf("%s is taken", data)
		}
	}
}
