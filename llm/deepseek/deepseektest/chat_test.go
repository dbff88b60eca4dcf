package deepseektest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

const (
	firstID = `1ea01959-e378-48de-8cc7-d12daabe5201` // of the first reply of a server
	begin   = `{"id":"` + firstID + `","object":"chat.completion.chunk","created":0,"model":"deepseek-flash","system_fingerprint":"fp_hadal_deepseektest"`
)

// chunks returns the frames of a stream that have the given deltas.
func chunks(end string, deltas ...string) []string {
	var list []string
	for _, d := range deltas {
		list = append(list, begin+`,"choices":[{"index":0,"delta":`+d+`,"logprobs":null,"finish_reason":null}]`+end+`}`)
	}
	return list
}

// sameFrames compares the frames of a stream.
func sameFrames(t *testing.T, got, want []string) {
	t.Helper()
	same(t, strings.Join(got, "\n"), strings.Join(want, "\n"))
}

var call = deepseektest.Reply{
	Text:      "I look: 你好",
	Reasoning: "Hm, hm.",
	ToolCalls: []llm.ToolCall{{Name: "f", Args: `{"a": "b"}`}, {ID: "mine", Name: "g", Args: "{}"}},
	Usage:     &llm.Usage{Input: 300, Cached: 256, Output: 30, Reasoning: 10},
}

const (
	callUsage = `"usage":{"prompt_tokens":300,"completion_tokens":30,"total_tokens":330,"prompt_tokens_details":{"cached_tokens":256},"completion_tokens_details":{"reasoning_tokens":10},"prompt_cache_hit_tokens":256,"prompt_cache_miss_tokens":44}`
	firstCall = `call_00_78d66c1f79db92beeb0d0bc3`
)

func TestPlainReply(t *testing.T) {
	s := deepseektest.NewServer(t, call)
	_, got := post(t, s.URL()+"/v1/chat/completions", chat("Hi.", `"title":{"enabled":true}`))
	same(t, created.ReplaceAllString(got, `"created":0`),
		`{"id":"`+firstID+`","object":"chat.completion","created":0,"model":"deepseek-flash","system_fingerprint":"fp_hadal_deepseektest",`+
			`"choices":[{"index":0,"message":{"role":"assistant","content":"I look: 你好","reasoning_content":"Hm, hm.","tool_calls":[`+
			`{"index":0,"id":"`+firstCall+`","type":"function","function":{"name":"f","arguments":"{\"a\": \"b\"}"}},`+
			`{"index":1,"id":"mine","type":"function","function":{"name":"g","arguments":"{}"}}],"title":"A conversation"},`+
			`"logprobs":null,"finish_reason":"tool_calls"}],`+callUsage+`}`)
}

func TestPlainReplyWithoutThinking(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "\"\\\n\r\t\x01<é>\xff", Reasoning: "not sent", NoUsage: true, Model: "other"})
	_, got := post(t, s.URL()+"/chat/completions", chat("Hi.", plain))
	same(t, created.ReplaceAllString(got, `"created":0`),
		`{"id":"`+firstID+`","object":"chat.completion","created":0,"model":"other","system_fingerprint":"fp_hadal_deepseektest",`+
			`"choices":[{"index":0,"message":{"role":"assistant","content":"\"\\\n\r\t\u0001<é>`+"\ufffd"+`"},"logprobs":null,"finish_reason":"stop"}]}`)
}

func TestStream(t *testing.T) {
	s := deepseektest.NewServer(t, call)
	_, got := post(t, s.URL()+"/chat/completions", chat("Hi.", streamed, `"stream_options":{"include_usage":true},"title":{"enabled":true}`))
	want := chunks(`,"usage":null`,
		`{"role":"assistant","content":null,"reasoning_content":""}`,
		`{"content":null,"reasoning_content":"Hm,"}`,
		`{"content":null,"reasoning_content":" hm."}`,
		`{"content":"I","reasoning_content":null}`,
		`{"content":" look:","reasoning_content":null}`,
		`{"content":" 你","reasoning_content":null}`,
		`{"content":"好","reasoning_content":null}`,
		`{"tool_calls":[{"index":0,"id":"`+firstCall+`","type":"function","function":{"name":"f","arguments":""}}]}`,
		`{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}`,
		`{"tool_calls":[{"index":0,"function":{"arguments":" \"b\"}"}}]}`,
		`{"tool_calls":[{"index":1,"id":"mine","type":"function","function":{"name":"g","arguments":""}}]}`,
		`{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}`)
	want = append(want,
		begin+`,"choices":[{"index":0,"delta":{"content":"","reasoning_content":null,"title":"A conversation"},"logprobs":null,"finish_reason":"tool_calls"}],`+callUsage+`}`,
		`[DONE]`)
	sameFrames(t, frames(t, got), want)
}

func TestStreamWithoutThinking(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "extraordinary\nend", UsageApart: true, NoDone: true, Usage: &llm.Usage{Input: 1, Output: 2, Estimated: true}})
	_, got := post(t, s.URL()+"/chat/completions", chat("Hi.", streamed, `"reasoning_effort":"none"`))
	want := chunks("",
		`{"role":"assistant","content":""}`, `{"content":"extrao"}`, `{"content":"rdinar"}`, `{"content":"y"}`, `{"content":"\nend"}`)
	want = append(want,
		begin+`,"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop"}]}`,
		begin+`,"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":1,"estimated":true}}`)
	sameFrames(t, frames(t, got), want)
}

func TestStreamKeepsCharactersWhole(t *testing.T) {
	text := "深海🐋 ünïcödé word𝔘𝔫𝔦"
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: text, Reasoning: text})
	_, got := post(t, s.URL()+"/chat/completions", chat("Hi.", streamed))
	var all strings.Builder
	for _, f := range frames(t, got) {
		var c struct {
			Choices []struct {
				Delta struct{ Content string }
			}
		}
		if json.Unmarshal([]byte(f), &c) == nil {
			if !utf8.ValidString(c.Choices[0].Delta.Content) || strings.Contains(c.Choices[0].Delta.Content, "\ufffd") {
				t.Errorf("a character is cut: %q", c.Choices[0].Delta.Content)
			}
			all.WriteString(c.Choices[0].Delta.Content)
		}
	}
	same(t, all.String(), text)
}

func TestModelNames(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	for name, want := range map[string]string{
		"deepseek-flash": "deepseek-flash", "deepseek-v4-flash": "deepseek-flash",
		"deepseek-v4-flash-vision-exp": "deepseek-flash", "deepseek-v4-pro": "deepseek-v4-pro",
	} {
		same(t, ask(t, s, strings.Replace(chat("Hi."), "deepseek-flash", name, 1)).Model, want)
	}
}

func TestLogprobs(t *testing.T) {
	reply := deepseektest.Reply{Text: "Hello there", Reasoning: "Hm", Logprobs: []llm.Logprob{
		{Token: "Hello", Logprob: -0.5, Top: []llm.Logprob{{Token: "Hello", Logprob: -0.5}, {Token: "Hi", Logprob: -1, Bytes: []byte("Hi")}}},
		{Token: " there", Logprob: -9999},
		{Token: "Hm", Reasoning: true},
	}}
	s := deepseektest.NewServer(t, reply, reply, deepseektest.Reply{Text: "so so"})
	hello := `{"token":"Hello","logprob":-0.5,"bytes":[72,101,108,108,111],"top_logprobs":[{"token":"Hello","logprob":-0.5,"bytes":[72,101,108,108,111]}]}`
	there := `{"token":" there","logprob":-9999,"bytes":[32,116,104,101,114,101],"top_logprobs":[{"token":" there","logprob":-9999,"bytes":[32,116,104,101,114,101]}]}`
	hm := `{"token":"Hm","logprob":0,"bytes":[72,109],"top_logprobs":[{"token":"Hm","logprob":0,"bytes":[72,109]}]}`
	same(t, string(ask(t, s, chat("Hi.", `"logprobs":true,"top_logprobs":1`)).Choices[0].Logprobs),
		`{"content":[`+hello+`,`+there+`],"reasoning_content":[`+hm+`]}`)

	_, got := post(t, s.URL()+"/chat/completions", chat("Hi.", streamed, `"logprobs":true,"top_logprobs":1`))
	var list []string
	for _, f := range frames(t, got) {
		var c completion
		if json.Unmarshal([]byte(f), &c) == nil {
			list = append(list, string(c.Choices[0].Logprobs))
		}
	}
	sameFrames(t, list, []string{"null", `{"content":null,"reasoning_content":[` + hm + `]}`,
		`{"content":[` + hello + `],"reasoning_content":null}`, `{"content":[` + there + `],"reasoning_content":null}`, "null"})

	same(t, string(ask(t, s, chat("Hi.", plain, `"logprobs":true`)).Choices[0].Logprobs),
		`{"content":[{"token":"so","logprob":0,"bytes":[115,111],"top_logprobs":[]},{"token":" so","logprob":0,"bytes":[32,115,111],"top_logprobs":[]}]}`)
}

func TestCuts(t *testing.T) {
	long := strings.Repeat("0123456789", 10) // 30 tokens
	calls := []llm.ToolCall{{Name: "f", Args: `{"a":"` + long + `"}`}, {Name: "g", Args: "{}"}}
	for _, test := range []struct {
		name                    string
		reply                   deepseektest.Reply
		member                  string
		text, reasoning, finish string
		calls                   int
	}{
		{"enough", deepseektest.Reply{Text: long, Reasoning: long}, `"max_tokens":60`, long, long, "stop", 0},
		{"text", deepseektest.Reply{Text: long, Reasoning: long}, `"max_tokens":33`, long[:10], long, "length", 0},
		{"reasoning", deepseektest.Reply{Text: long, Reasoning: long, ToolCalls: calls}, `"max_tokens":3`, "", long[:10], "length", 0},
		{"whole reasoning", deepseektest.Reply{Text: long, Reasoning: long}, `"max_tokens":30`, "", long, "length", 0},
		{"arguments", deepseektest.Reply{ToolCalls: calls}, `"max_tokens":12`, "", "", "length", 1},
		{"call", deepseektest.Reply{Text: long, ToolCalls: calls}, `"max_tokens":31`, long, "", "length", 0},
		{"stop", deepseektest.Reply{Text: long, ToolCalls: calls}, `"stop":["9","34","4"]`, "012", "", "stop", 0},
		{"one stop", deepseektest.Reply{Text: long}, `"stop":"9"`, "012345678", "", "stop", 0},
		{"finish", deepseektest.Reply{Finish: "aborted"}, `"stop":"9"`, "", "", "aborted", 0},
		{"default", deepseektest.Reply{Text: strings.Repeat(long, 300)}, plain, strings.Repeat(long, 300)[:27306], "", "length", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := ask(t, deepseektest.NewServer(t, test.reply), chat("Hi.", test.member)).Choices[0]
			same(t, c.Message.Content, test.text)
			if c.Message.Reasoning != nil {
				same(t, *c.Message.Reasoning, test.reasoning)
			}
			same(t, c.Finish, test.finish)
			if len(c.Message.ToolCalls) != test.calls {
				t.Errorf("%d calls", len(c.Message.ToolCalls))
			}
		})
	}
}

func TestEstimates(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: strings.Repeat("a", 100), Reasoning: strings.Repeat("深", 10), ToolCalls: []llm.ToolCall{{Name: "f", Args: "{}"}}})
	got := *ask(t, s, chat(strings.Repeat("b", 1000))).Usage
	want := usage{Input: 303, Miss: 303, Output: 30 + 6 + 10, Estimated: true}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCache(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	long := strings.Repeat("深海 ", 1000) // 1,500 tokens: 11 units
	turn := func(question string) string {
		text, _ := json.Marshal(long)
		return `{"model":"deepseek-flash","messages":[{"role":"system","content":` + string(text) + `},{"role":"user","content":"` + question + `"}]`
	}
	for _, test := range []struct {
		name, body string
		hit        int
	}{
		{"new", turn("One?") + "}", 0},
		{"again", turn("One?") + "}", 1408},
		{"other question", turn("Two?") + "}", 1408},
		{"longer", strings.Replace(turn("One?"), "]", `,{"role":"assistant","content":"1"},{"role":"user","content":"Two?"}]`, 1) + "}", 1408},
		{"without thinking", turn("One?") + `,"thinking":{"type":"disabled"}}`, 0},
		{"other effort", turn("One?") + `,"reasoning_effort":"max"}`, 0},
		{"other user", turn("One?") + `,"user_id":"u"}`, 0},
		{"other user again", turn("One?") + `,"user_id":"u"}`, 1408},
		{"other model", strings.Replace(turn("One?"), "flash", "v4-pro", 1) + "}", 0},
		{"alias", strings.Replace(turn("One?"), "flash", "v4-flash", 1) + "}", 1408},
		{"tools", turn("One?") + `,"tools":[{"type":"function","function":{"name":"f"}}]}`, 0},
		{"json", strings.Replace(turn("json?"), "flash", "flash", 1) + `,"response_format":{"type":"json_object"}}`, 0},
		{"begins otherwise", strings.Replace(turn("One?"), "深海", "海", 1) + "}", 0},
		{"short", chat("Hi."), 0},
		{"short again", chat("Hi."), 0},
	} {
		u := ask(t, s, test.body).Usage
		if u.Hit != test.hit || u.Hit+u.Miss != u.Input {
			t.Errorf("%s: %+v, want %d hits", test.name, *u, test.hit)
		}
	}
}

func TestImages(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{})
	body := func(model, detail string) string {
		return `{"model":"` + model + `","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"` + detail + `}}]}]}`
	}
	for _, test := range []struct {
		body  string
		input int
	}{
		{body("deepseek-flash", ""), 1028},
		{body("deepseek-flash", `,"detail":"low"`), 260},
		{body("deepseek-v4-pro", ""), 9}, // it is told of an image that it cannot see
	} {
		if got := ask(t, s, test.body).Usage.Input; got != test.input {
			t.Errorf("%d tokens for %s, want %d", got, test.body, test.input)
		}
	}
}

func TestPrefix(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: " world"})
	body := `{"model":"deepseek-flash","messages":[{"role":"user","content":"Hi."},{"role":"assistant","content":"Hello","prefix":true}]}`
	same(t, ask(t, s, body).Choices[0].Message.Content, " world")
}
