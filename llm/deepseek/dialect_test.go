package deepseek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/output/gate"
)

// An otherServer is one that is not DeepSeek's, and keeps what it was sent.
type otherServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

// other returns a client of a server that answers as the functions do in turn,
// the last of them ever after; without any, it says Hi.
func other(t testing.TB, answers ...http.HandlerFunc) (*deepseek.Client, *otherServer) {
	s := new(otherServer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
		n := len(s.bodies)
		s.mu.Unlock()
		switch {
		case len(answers) > 0:
			answers[min(n, len(answers))-1](w, r)
		case bytes.Contains(body, []byte(`"stream":true`)):
			canned{"text/event-stream", `data: {"id":"r","model":"qwen","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"}.serve(w)
		default:
			canned{"application/json", `{"id":"r","model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`}.serve(w)
		}
	}))
	t.Cleanup(s.Close)
	return &deepseek.Client{BaseURL: s.URL + "/v1", Model: "qwen", Dialect: deepseek.OpenAI}, s
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// What goes out in the OpenAI dialect, to the byte.
func TestOpenAIBodies(t *testing.T) {
	strict := weather
	strict.Strict = true
	const head, stream = `{"model":"qwen","messages":[`, `"stream":true,"stream_options":{"include_usage":true}`
	const hi = head + `{"role":"user","content":"Hi"}],` + stream
	const specs = `"tools":[{"type":"function","function":{"name":"weather","description":"Tells the weather.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false},"strict":true}},{"type":"function","function":{"name":"clock"}}]`
	with := func(change func(*llm.Request)) *llm.Request { r := llm.Prompt("Hi"); change(r); return r }
	for _, test := range []struct {
		name string
		req  *llm.Request
		want string
	}{
		{"a prompt", llm.Prompt("Hi"), hi + `}`},
		{"whole", with(func(r *llm.Request) { r.Whole = true }), head + `{"role":"user","content":"Hi"}]}`},
		{"a model of its own", with(func(r *llm.Request) { r.Model = "m" }), strings.Replace(hi, "qwen", "m", 1) + `}`},
		{"effort", with(func(r *llm.Request) { r.Effort = llm.EffortHigh }), hi + `,"reasoning_effort":"high"}`},
		{"no effort", with(func(r *llm.Request) { r.Effort = llm.EffortNone }), hi + `,"reasoning_effort":"none"}`},
		{"another's effort", with(func(r *llm.Request) { r.Effort = "xhigh" }), hi + `,"reasoning_effort":"xhigh"}`},
		{"JSON without the word", with(func(r *llm.Request) { r.Format = llm.FormatJSON }), hi + `,"response_format":{"type":"json_object"}}`},
		{"text", with(func(r *llm.Request) { r.Format = llm.FormatText }), hi + `}`},
		{"a schema", with(func(r *llm.Request) { r.Schema = []byte(` {"type": "object", "title": "<a>"} `) }),
			hi + `,"response_format":{"type":"json_schema","json_schema":{"name":"reply","schema":{"type":"object","title":"\u003ca\u003e"},"strict":true}}}`},
		{"a schema and JSON", with(func(r *llm.Request) { r.Schema, r.Format = []byte(`{}`), llm.FormatJSON }),
			hi + `,"response_format":{"type":"json_schema","json_schema":{"name":"reply","schema":{},"strict":true}}}`},
		{"sampling", with(func(r *llm.Request) {
			r.MaxTokens, r.Temperature, r.TopP, r.TopLogprobs, r.Stop = 9, new(2.5), new(0.0), 50, make([]string, 17)
		}), hi + `,"max_tokens":9,"temperature":2.5,"top_p":0,"stop":[` + strings.Repeat(`"",`, 16) + `""],"logprobs":true,"top_logprobs":50}`},
		{"a user", with(func(r *llm.Request) { r.User = "Ann <ann@example.com>" }), hi + `,"user":"Ann <ann@example.com>"}`},
		{"extra", with(func(r *llm.Request) {
			r.Extra = []byte(`{"sensitive": true, "conversation_id": "c-1", "user_id": "u", "thinking": {"type": "disabled"}, "max_completion_tokens": 5}`)
		}),
			hi + `,"sensitive":true,"conversation_id":"c-1","user_id":"u","thinking":{"type":"disabled"},"max_completion_tokens":5}`},
		{"a developer", &llm.Request{Messages: []llm.Message{{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, llm.User("Hi")}},
			head + `{"role":"developer","content":"Be brief."},{"role":"user","content":"Hi"}],` + stream + `}`},
		{"reasoning stays", &llm.Request{Messages: []llm.Message{llm.User("Hi"), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Yes?")}}, llm.User("Hi")}},
			head + `{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"Hi"}],` + stream + `}`},
		{"tools, one of them strict", &llm.Request{
			Messages: append([]llm.Message{llm.User("Weather?")}, toolTurn(llm.Reasoning{Text: "two"})...),
			Tools:    []llm.ToolSpec{strict, {Name: "clock"}}, ToolChoice: llm.ToolAuto,
		}, head + `{"role":"user","content":"Weather?"},{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}},{"id":"b","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Oslo\"}"}}]},{"role":"tool","tool_call_id":"a","content":"clear"},{"role":"tool","tool_call_id":"b","content":"rain"}],` +
			specs + `,"tool_choice":"auto",` + stream + `}`},
		{"a forced call and effort", with(func(r *llm.Request) {
			r.Tools, r.ToolChoice, r.Effort = []llm.ToolSpec{strict, {Name: "clock"}}, llm.ToolNamed("clock"), llm.EffortLow
		}), head + `{"role":"user","content":"Hi"}],` + specs + `,"tool_choice":{"type":"function","function":{"name":"clock"}},` + stream + `,"reasoning_effort":"low"}`},
		{"a required call", with(func(r *llm.Request) { r.Tools, r.ToolChoice = []llm.ToolSpec{{Name: "clock"}}, llm.ToolRequired }),
			head + `{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"clock"}}],"tool_choice":"required",` + stream + `}`},
		{"images and files", &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{
			llm.Text("See"), llm.Blob{URL: "https://example.com/a.png", Detail: "low"}, llm.Blob{MIMEType: "image/png", Data: []byte("x")}, llm.Blob{ID: "file-1"}, llm.Blob{MIMEType: "text/plain", Name: "a.txt", Data: []byte("x")},
		}}}}, head + `{"role":"user","content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,eA=="}},{"type":"file","file":{"file_id":"file-1"}},{"type":"file","file":{"file_data":"data:text/plain;base64,eA==","filename":"a.txt"}}]}],` + stream + `}`},
		{"an image for a model of DeepSeek's that does not see", &llm.Request{Model: "deepseek-v4-pro", Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "https://example.com/a.png"}}}}},
			`{"model":"deepseek-v4-pro","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}],` + stream + `}`},
		{"a long URL", &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "https://" + strings.Repeat("x", 8192)}}}}},
			head + `{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://` + strings.Repeat("x", 8192) + `"}}]}],` + stream + `}`},
		{"a prefix", &llm.Request{Messages: []llm.Message{llm.User("Hi"), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Well")}}}, Extra: []byte(`{"continue_final_message":true,"add_generation_prompt":false}`)},
			head + `{"role":"user","content":"Hi"},{"role":"assistant","content":"Well"}],` + stream + `,"continue_final_message":true,"add_generation_prompt":false}`},
	} {
		c, server := other(t)
		if resp := generate(t, c, test.req); resp.Text() != "Hi" {
			t.Errorf("%s: the reply is %q", test.name, resp.Text())
		}
		stored, err := json.Marshal(test.req)
		if err != nil {
			t.Fatal(err)
		}
		again := new(llm.Request)
		if err := json.Unmarshal(stored, again); err != nil {
			t.Fatal(err)
		}
		generate(t, c, again)
		for i, got := range server.bodies {
			if got != test.want {
				t.Errorf("%s: body %d is\n%s\nwant\n%s", test.name, i, got, test.want)
			}
		}
		if r := server.requests[0]; r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s: sent to %s with %v", test.name, r.URL, r.Header)
		}
	}
}

func TestOpenAIRefuses(t *testing.T) {
	with := func(change func(*llm.Request)) *llm.Request { r := llm.Prompt("Hi"); change(r); return r }
	prefix := func(extra string) *llm.Request {
		return &llm.Request{Messages: []llm.Message{llm.User("Hi"), llm.Assistant("Well")}, Extra: []byte(extra)}
	}
	for _, test := range []struct {
		req   *llm.Request
		words string
	}{
		{&llm.Request{}, "no messages"},
		{prefix(``), "message 1: the last message is the assistant's"},
		{prefix(`{"a":1}`), "the OpenAI protocol has no way to say"},
		{prefix(`{"continue_final_message":false}`), "set {\"continue_final_message\": true"},
		{prefix(`{"continue_final_message":"yes"}`), "the last message is the assistant's"},
		{&llm.Request{Messages: []llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("x")}}, llm.User("Hi")}}, "message 0: reminders are DeepSeek's alone"},
		{with(func(r *llm.Request) { r.Tools = []llm.ToolSpec{{Kind: "deepseek_web_search"}} }), `tool 0 is of the kind "deepseek_web_search"`},
		{with(func(r *llm.Request) { r.Tools = []llm.ToolSpec{{Name: "a", Strict: true}} }), `tool "a" is strict, but has no schema`},
		{with(func(r *llm.Request) { r.Tools = []llm.ToolSpec{{Name: "a", Schema: []byte(`[]`)}} }), `tool "a": the schema is not a JSON object`},
		{with(func(r *llm.Request) { r.Tools = []llm.ToolSpec{{Name: "a b"}} }), "tool 0: the name"},
		{with(func(r *llm.Request) { r.ToolChoice = llm.ToolNamed("f") }), `no tool named "f"`},
		{with(func(r *llm.Request) { r.Schema = []byte(`true`) }), "the request: the schema is not a JSON object"},
		{with(func(r *llm.Request) { r.Schema = []byte(` `) }), "the request: the schema is not sound JSON"},
		{with(func(r *llm.Request) { r.Schema = []byte(`{"a":1,"a":2}`) }), "the request: the schema is not sound JSON"},
		{with(func(r *llm.Request) { r.Schema, r.Format = []byte(`{}`), llm.FormatText }), "format text cannot be combined with a schema"},
		{with(func(r *llm.Request) { r.Format = "xml" }), `format "xml"`},
		{with(func(r *llm.Request) { r.MaxTokens = -1 }), "MaxTokens is -1"},
		{with(func(r *llm.Request) { r.TopLogprobs = -1 }), "TopLogprobs is -1"},
		{with(func(r *llm.Request) { r.Temperature = new(-0.1) }), "temperature is -0.1"},
		{with(func(r *llm.Request) { r.Temperature = new(math.Inf(1)) }), "temperature is +Inf"},
		{with(func(r *llm.Request) { r.TopP = new(math.NaN()) }), "TopP is NaN"},
		{with(func(r *llm.Request) { r.User = strings.Repeat("u", 513) }), "the user is 513 bytes long"},
		{with(func(r *llm.Request) { r.Extra = []byte(`{"user":"x"}`) }), `Extra has a member "user"`},
		{with(func(r *llm.Request) { r.Extra = []byte(`{"response_format":{}}`) }), `Extra has a member "response_format"`},
		{with(func(r *llm.Request) { r.Extra = []byte(`{"Model":"x"}`) }), `Extra has a member "Model"`},
		{with(func(r *llm.Request) { r.TopLogprobs, r.Extra = 1, []byte(`{"logprobs":true}`) }), `Extra has a member "logprobs"`},
		{&llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "file:///etc/passwd"}}}}}, "must be http or https"},
		{&llm.Request{Messages: toolTurn()[:1]}, `there is no result for tool call "a"`},
	} {
		c, server := other(t)
		_, err := llm.Generate(t.Context(), c, test.req)
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || !errors.Is(err, llm.ErrInvalid) || !strings.Contains(e.Message, test.words) || e.Provider != server.Listener.Addr().String() {
			t.Errorf("error is %v, want ErrInvalid with %q", err, test.words)
		}
		if len(server.bodies) != 0 {
			t.Errorf("%s was sent", server.bodies[0])
		}
	}
}

// Whatever is combined, nothing that only DeepSeek knows gets out, and what goes
// out is sound JSON and the same each time.
func TestOpenAICombinations(t *testing.T) {
	strict := weather
	strict.Strict = true
	thought := llm.Reasoning{Text: "hm"}
	user := llm.User("Weather?")
	histories := [][]llm.Message{
		{user},
		{llm.System("Be brief."), user},
		{{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, user},
		{user, {Role: llm.RoleAssistant, Parts: llm.Parts{thought, llm.Text("Rain.")}}, user},
		{user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}}}, user},
		append([]llm.Message{user}, toolTurn(thought)...),
		append(append([]llm.Message{user}, toolTurn(thought)...), user),
		{user, {Role: llm.RoleAssistant, Parts: llm.Parts{thought, llm.Text("It is")}}},
		{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}, user},
		{{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("?"), llm.Blob{ID: "file-1"}}}},
	}
	tools := [][]llm.ToolSpec{nil, {weather}, {strict}, {strict, {Name: "clock"}}, {{Kind: "deepseek_read_url"}}}
	c, server := other(t)
	sent, refused := 0, 0
	for _, history := range histories {
		for _, specs := range tools {
			for _, effort := range []llm.Effort{"", llm.EffortNone, llm.EffortMax} {
				for _, choice := range []llm.ToolChoice{"", llm.ToolNone, llm.ToolRequired, llm.ToolNamed("weather")} {
					for i, extra := range []string{"", `{"continue_final_message":true}`} {
						req := &llm.Request{Messages: history, Tools: specs, Effort: effort, ToolChoice: choice, User: "u", Extra: []byte(extra), Whole: i == 0}
						if (sent+refused)%3 == 0 {
							req.Schema = []byte(`{"type":"object"}`)
						}
						before, _ := json.Marshal(req)
						_, err := llm.Generate(t.Context(), c, req)
						e, _ := errors.AsType[*llm.Error](err)
						switch {
						case err == nil:
							sent++
						case e != nil && e.Status == 0 && errors.Is(err, llm.ErrInvalid):
							refused++
						default:
							t.Errorf("%s: %v", before, err)
						}
						if after, _ := json.Marshal(req); string(after) != string(before) {
							t.Errorf("the request was changed from %s to %s", before, after)
						}
					}
				}
			}
		}
	}
	if len(server.bodies) != sent || sent < 400 || refused < 100 {
		t.Errorf("%d requests were sent and %d refused; the server has seen %d", sent, refused, len(server.bodies))
	}
	for _, body := range server.bodies {
		var v any
		if err := gate.Decode([]byte(body), &v); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		for _, name := range names(v) {
			switch name {
			case "thinking", "user_id", "prefix", "reasoning_content", "reasoning", "latest_reminder", "file_id of a part":
				t.Fatalf("%s has a member %q", body, name)
			}
		}
		if strings.Contains(body, "deepseek") || strings.Contains(body, "hm") {
			t.Fatalf("%s has something of DeepSeek's", body)
		}
	}
}

// names returns the names of all members in a JSON value.
func names(v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			all = append(append(all, name), names(member)...)
		}
		if v["type"] == "file" && v["file_id"] != nil {
			all = append(all, "file_id of a part") // it belongs into an object of its own
		}
	case []any:
		for _, e := range v {
			all = append(all, names(e)...)
		}
	}
	return all
}

// A client of another server has no use for DeepSeek's environment, and says what
// it lacks.
func TestOpenAIEnvironment(t *testing.T) {
	const canary = "sk-canary-of-deepseek"
	home := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("DeepSeek was asked") }))
	defer home.Close()
	t.Setenv("DEEPSEEK_API_KEY", canary)
	t.Setenv("DEEPSEEK_BASE_URL", home.URL)
	t.Setenv("DEEPSEEK_MODEL", "deepseek-v4-pro")

	c, server := other(t)
	generate(t, c, llm.Prompt("Hi"))
	if _, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "a"}); err != nil {
		t.Log(err) // the reply is none of a completion; what was sent counts
	}
	c.Models(t.Context())
	for i, r := range server.requests {
		if text := fmt.Sprint(r.URL, r.Header, server.bodies[i]); strings.Contains(text, canary) || strings.Contains(text, "deepseek-v4-pro") {
			t.Errorf("request %d is %s", i, text)
		}
	}
	for _, test := range []struct {
		client deepseek.Client
		words  string
	}{
		{deepseek.Client{Dialect: deepseek.OpenAI}, "the client's BaseURL is empty"},
		{deepseek.Client{Dialect: deepseek.OpenAI, Model: "m"}, "the client's BaseURL is empty"},
		{deepseek.Client{Dialect: deepseek.OpenAI, BaseURL: server.URL}, "there is no model: the OpenAI dialect has no default for it; set the client's Model or the request's"},
		{deepseek.Client{Dialect: 7, BaseURL: server.URL, Model: "m"}, "the client's Dialect is Dialect(7), which is none"},
		{deepseek.Client{Dialect: -1, BaseURL: server.URL, Model: "m"}, "the client's Dialect is Dialect(-1), which is none"},
	} {
		c := &test.client
		_, chat := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		_, fim := c.Complete(t.Context(), deepseek.FIM{Prompt: "a"})
		for _, err := range []error{chat, fim} {
			if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), test.words) || strings.Contains(err.Error(), "deepseek") {
				t.Errorf("%v: %v, want %q", c, err, test.words)
			}
		}
	}
	for _, c := range []*deepseek.Client{{Dialect: deepseek.OpenAI}, {Dialect: deepseek.OpenAI, BaseURL: "localhost:8000"}, {Dialect: 7}} {
		if _, err := c.Models(t.Context()); !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("models: %v", err)
		}
	}
}

func TestOpenAIFIM(t *testing.T) {
	c, server := other(t, respond(200, `{"id":"r","object":"text_completion","model":"qwen","choices":[{"index":0,"text":"ab","logprobs":{"tokens":["a","b"],"token_logprobs":[null,-0.5],"top_logprobs":[null,{"b":-0.5}],"text_offset":[0,1]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`))
	f := deepseek.FIM{Prompt: "a", Suffix: "c", MaxTokens: 5000, Echo: true, TopLogprobs: 40, User: "Ann Lee", Extra: []byte(`{"seed":1}`)}
	resp, err := c.Complete(t.Context(), f)
	if err != nil || resp.Text() != "ab" || len(resp.Logprobs) != 2 || resp.Usage != (llm.Usage{Input: 1, Output: 1}) {
		t.Errorf("reply is %+v, %v", resp, err)
	}
	if want := `{"model":"qwen","prompt":"a","suffix":"c","echo":true,"logprobs":40,"max_tokens":5000,"user":"Ann Lee","seed":1}`; server.bodies[0] != want || server.requests[0].URL.Path != "/v1/completions" {
		t.Errorf("%s is sent to %s, want %s", server.bodies[0], server.requests[0].URL, want)
	}
	for _, f := range []deepseek.FIM{{}, {Prompt: "a", MaxTokens: -1}, {Prompt: "a", User: strings.Repeat("u", 513)}, {Prompt: "a", Extra: []byte(`{"user":"x"}`)}, {Prompt: "a", Extra: []byte(`{"suffix":"x"}`)}} {
		if _, err := c.Complete(t.Context(), f); !errors.Is(err, llm.ErrInvalid) || len(server.bodies) != 1 {
			t.Errorf("%+v: %v after %d requests", f, err, len(server.bodies))
		}
	}
}

// The lists of models of vLLM, OpenRouter and Ollama, which say little of them.
func TestOpenAIModels(t *testing.T) {
	c, server := other(t, respond(200, `{"object":"list","data":[
		{"id":"Qwen/Qwen3-8B","object":"model","created":1763000000,"owned_by":"vllm","root":"Qwen/Qwen3-8B","parent":null,"max_model_len":40960,"permission":[{"id":"modelperm-1"}]},
		{"id":"openai/gpt-oss-20b","name":"gpt-oss-20b","created":1754414231,"context_length":131072,"architecture":{"modality":"text->text"},"pricing":{"prompt":"0.00000004"}},
		{"id":"llama3.2:latest","object":"model","created":1763000000,"owned_by":"library"}]}`))
	got, err := c.Models(t.Context())
	want := []deepseek.ModelInfo{
		{ID: "Qwen/Qwen3-8B", Owner: "vllm", Context: 40960},
		{ID: "openai/gpt-oss-20b", Name: "gpt-oss-20b", Context: 131072},
		{ID: "llama3.2:latest", Owner: "library"},
	}
	if err != nil || !reflect.DeepEqual(got, want) || server.requests[0].URL.Path != "/v1/models" {
		t.Errorf("models are %+v, %v, want %+v", got, err, want)
	}
}

// What only DeepSeek serves is refused before anything is sent.
func TestOpenAIHasNot(t *testing.T) {
	c, server := other(t)
	for _, test := range []struct {
		what string
		ask  func() error
	}{
		{"Balance", func() error { _, err := c.Balance(t.Context()); return err }},
		{"Search", func() error { _, err := c.Search(t.Context(), deepseek.Search{Query: "x"}); return err }},
		{"Fetch", func() error { _, err := c.Fetch(t.Context(), "https://example.com"); return err }},
		{"the store of files", func() error {
			_, err := c.Upload(t.Context(), deepseek.Upload{Content: strings.NewReader("x")})
			return err
		}},
		{"the store of files", func() error { _, err := c.File(t.Context(), "file-api-1"); return err }},
		{"the store of files", func() error { return c.DeleteFile(t.Context(), "file-api-1") }},
		{"the store of files", func() error {
			var last error
			for _, err := range c.Files(t.Context()) {
				last = err
			}
			return last
		}},
	} {
		want := fmt.Sprintf("%s: invalid request: %s is DeepSeek's alone: the client's Dialect is OpenAI", server.Listener.Addr(), test.what)
		if err := test.ask(); err == nil || err.Error() != want || !errors.Is(err, llm.ErrInvalid) || len(server.bodies) != 0 {
			t.Errorf("error is %v after %d requests, want %s", err, len(server.bodies), want)
		}
	}
}

// The path is below the base URL as it is, whatever is asked for.
func TestOpenAIBaseURL(t *testing.T) {
	strict := weather
	strict.Strict = true
	for _, suffix := range []string{"", "/", "/v1", "/v1/", "/api/v2", "/beta"} {
		c, server := other(t)
		c.BaseURL = server.URL + suffix
		generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{strict}})
		c.Complete(t.Context(), deepseek.FIM{Prompt: "a"})
		base := strings.TrimSuffix(suffix, "/")
		if got := []string{server.requests[0].URL.Path, server.requests[1].URL.Path}; got[0] != base+"/chat/completions" || got[1] != base+"/completions" {
			t.Errorf("%q: paths are %v", suffix, got)
		}
	}
}

func TestOpenAIAbilities(t *testing.T) {
	for _, model := range []string{"", "qwen", "deepseek-flash"} {
		if got := llm.AbilitiesOf(&deepseek.Client{Dialect: deepseek.OpenAI}, model); got != (llm.Abilities{JSON: true, Schema: true}) {
			t.Errorf("abilities of %q are %+v", model, got)
		}
	}
}

func TestDialectPrints(t *testing.T) {
	c := deepseek.Client{Dialect: deepseek.OpenAI, BaseURL: "http://user:secret@localhost:8000/v1?key=secret", Model: "qwen", APIKey: "secret"}
	for _, test := range []struct{ got, want string }{
		{fmt.Sprintf("%+v", c), "deepseek.Client{OpenAI http://localhost:8000/v1 qwen}"},
		{c.LogValue().String(), "[base_url=http://localhost:8000/v1 model=qwen dialect=OpenAI]"},
		{func() string { b, _ := json.Marshal(c); return string(b) }(), `{"base_url":"http://localhost:8000/v1","model":"qwen","dialect":"OpenAI"}`},
		{fmt.Sprint(deepseek.Client{Dialect: deepseek.OpenAI}), "deepseek.Client{OpenAI (invalid URL) }"},
		{fmt.Sprint(deepseek.DeepSeek, deepseek.OpenAI, deepseek.Dialect(2)), "DeepSeek OpenAI Dialect(2)"},
	} {
		if test.got != test.want {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
}
