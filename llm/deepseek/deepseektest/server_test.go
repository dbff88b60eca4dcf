package deepseektest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// chat is the body of a chat request with the given further members.
func chat(content string, members ...string) string {
	text, _ := json.Marshal(content)
	var b strings.Builder
	b.WriteString(`{"model":"deepseek-flash","messages":[{"role":"user","content":` + string(text) + `}]`)
	for _, m := range members {
		b.WriteString("," + m)
	}
	return b.String() + "}"
}

const (
	plain    = `"thinking":{"type":"disabled"}`
	streamed = `"stream":true`
)

// post sends a body and returns the status and the body of the answer.
func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// completion is what of a plain reply the tests look at.
type completion struct {
	Model   string
	Choices []struct {
		Message struct {
			Content   string
			Reasoning *string `json:"reasoning_content"`
			Title     string
			ToolCalls []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		Finish   string `json:"finish_reason"`
		Logprobs json.RawMessage
	}
	Usage *usage
}

type usage struct {
	Input     int `json:"prompt_tokens"`
	Output    int `json:"completion_tokens"`
	Hit       int `json:"prompt_cache_hit_tokens"`
	Miss      int `json:"prompt_cache_miss_tokens"`
	Estimated bool
}

// ask sends a chat request and returns the reply.
func ask(t *testing.T, s *deepseektest.Server, body string) completion {
	t.Helper()
	path := "/chat/completions"
	if strings.Contains(body, `"prefix"`) || strings.Contains(body, `"strict"`) {
		path = "/beta" + path
	}
	status, text := post(t, s.URL()+path, body)
	if status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	var c completion
	if err := json.Unmarshal([]byte(text), &c); err != nil || len(c.Choices) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	return c
}

var created = regexp.MustCompile(`"created":\d+`)

// frames returns the data of the events in a stream, with the time left out.
func frames(t *testing.T, stream string) []string {
	t.Helper()
	var list []string
	for event := range strings.SplitSeq(strings.TrimSuffix(stream, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		if !ok || strings.Contains(data, "\n") {
			t.Fatalf("not an event with one line of data: %q", event)
		}
		list = append(list, created.ReplaceAllString(data, `"created":0`))
	}
	return list
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestReplies(t *testing.T) {
	s := deepseektest.NewServer(t,
		deepseektest.Reply{Text: "one"},
		deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
			return deepseektest.Reply{Text: "two, to " + r.Last(llm.RoleUser)}
		}},
		deepseektest.Reply{Text: "three"})
	for i, want := range []string{"one", "two, to 1", "three", "three"} {
		if status, _ := post(t, s.URL()+"/chat/completions", `{"messages":[]}`); status != 400 {
			t.Errorf("status %d of a bad request", status) // and it takes no reply
		}
		same(t, ask(t, s, chat(fmt.Sprint(i))).Choices[0].Message.Content, want)
	}
}

func TestStart(t *testing.T) {
	s, err := deepseektest.Start()
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, chat("Hi.")).Choices[0].Message.Content; !strings.Contains(got, "No language model") {
		t.Errorf("the stand-in does not say what it is: %q", got)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(s.URL() + "/models"); err == nil {
		t.Error("the server answers after it was closed")
	}
}

func TestRequests(t *testing.T) {
	s := deepseektest.NewServer(t)
	body := `{"model":"deepseek-v4-pro","user_id":"u-1","max_tokens":100,"temperature":0,"top_p":0.5,"stop":"END","stream":false,
		"reasoning_effort":"medium","response_format":{"type":"json_object"},"logprobs":true,"top_logprobs":2,"unknown":[1],
		"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","additionalProperties":false},"strict":true}},{"type":"deepseek_web_search"}],
		"tool_choice":"auto","title":{"enabled":true},
		"messages":[{"role":"system","name":"n","content":"json"},
		{"role":"assistant","content":null,"reasoning_content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{ }"}}]},
		{"role":"tool","tool_call_id":"1","content":"x"},
		{"role":"latest_reminder","content":"2026-11-21"},
		{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAE=","detail":"low"}}]},
		{"role":"assistant","content":"{","reasoning_content":"r","prefix":true}]}`
	req, _ := http.NewRequest("POST", s.URL()+"/beta/chat/completions", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer sk-secret")
	req.Header.Set("X-Api-Key", "secret")
	req.Header.Set("Cookie", "secret=1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatalf("status %d: %s", resp.StatusCode, text)
	}
	http.Get(s.URL() + "/nowhere")

	list := s.Requests()
	if len(list) != 2 || list[1].Path != "/nowhere" || list[1].Method != "GET" {
		t.Fatalf("requests: %v", list)
	}
	r := list[0]
	if !r.Beta || r.Path != "/beta/chat/completions" || string(r.Body) != body {
		t.Errorf("wrong frame: %+v", r)
	}
	if got := fmt.Sprintf("%v %+v %#v %v", list, list, s.Requests(), s); strings.Contains(got, "secret") {
		t.Error("a secret can be printed")
	}
	reasoning, empty := "r", ""
	r.Header, r.Body = nil, nil
	got, _ := json.MarshalIndent(r, "", " ")
	zero, half := 0.0, 0.5
	want, _ := json.MarshalIndent(deepseektest.Request{
		Method: "POST", Path: "/beta/chat/completions", Beta: true,
		Model: "deepseek-v4-pro", Thinking: true, Effort: llm.EffortHigh, User: "u-1", MaxTokens: 100, Temperature: &zero, TopP: &half,
		Stop: []string{"END"}, Format: llm.FormatJSON, Logprobs: true, TopLogprobs: 2, ToolChoice: llm.ToolAuto, Title: true,
		Tools: []llm.ToolSpec{{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object","additionalProperties":false}`), Strict: true}, {Name: "deepseek_web_search", Kind: "deepseek_web_search"}},
		Messages: []deepseektest.Message{
			{Role: llm.RoleSystem, Name: "n", Content: "json"},
			{Role: llm.RoleAssistant, Reasoning: &empty, ToolCalls: []llm.ToolCall{{ID: "1", Name: "f", Args: "{ }"}}},
			{Role: llm.RoleTool, ToolCallID: "1", Content: "x"},
			{Role: llm.RoleReminder, Content: "2026-11-21"},
			{Role: llm.RoleUser, Content: "ab", Blobs: []llm.Blob{{MIMEType: "image/png", Data: []byte{0, 1}, Detail: "low"}}},
			{Role: llm.RoleAssistant, Content: "{", Reasoning: &reasoning, Prefix: true},
		},
	}, "", " ")
	same(t, string(got), string(want))
}

// recorder is a testing.TB that keeps what is reported.
type recorder struct {
	testing.TB
	mu      sync.Mutex
	reports []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}

func (r *recorder) Logf(format string, args ...any) { r.Errorf(format, args...) }

// TestScriptUnused holds that the log names the scripts that nothing came of.
func TestScriptUnused(t *testing.T) {
	r := new(recorder)
	t.Run("", func(t *testing.T) {
		r.TB = t
		s := deepseektest.NewServer(r)
		s.Script("/models", deepseektest.Reply{})
		s.Script("/model", deepseektest.Reply{})
		s.Script("GET /files/", deepseektest.Reply{})
		s.Script("/completions", deepseektest.Reply{})
		s.Script("/completions")
		resp, err := http.Get(s.URL() + "/models")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
	want := []string{
		`deepseektest: no request took a reply of the script for "/model"`,
		`deepseektest: no request took a reply of the script for "GET /files/"`,
	}
	if !slices.Equal(r.reports, want) {
		t.Errorf("%q, want %q", r.reports, want)
	}
}

func TestFuncPanics(t *testing.T) {
	r := &recorder{TB: t}
	s := deepseektest.NewServer(r, deepseektest.Reply{Func: func(deepseektest.Request) deepseektest.Reply { panic("ouch") }})
	status, body := post(t, s.URL()+"/chat/completions", chat("Hi."))
	if status != 500 || !strings.Contains(body, "ouch") {
		t.Errorf("%d %s", status, body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.reports) != 1 || !strings.Contains(r.reports[0], "ouch") {
		t.Errorf("reported: %q", r.reports)
	}
}

func TestFuncWithoutEnd(t *testing.T) {
	r := &recorder{TB: t}
	var reply deepseektest.Reply
	reply.Func = func(deepseektest.Request) deepseektest.Reply { return reply }
	s := deepseektest.NewServer(r, reply)
	if status, _ := post(t, s.URL()+"/chat/completions", chat("Hi.")); status != 500 {
		t.Errorf("status %d", status)
	}
}

func TestFuncThenStandIn(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Func: func(deepseektest.Request) deepseektest.Reply { return deepseektest.StandIn() }})
	if got := ask(t, s, chat("Hi.")).Choices[0].Message.Content; !strings.Contains(got, "No language model") {
		t.Errorf("got %q", got)
	}
}

func TestContextOfFunc(t *testing.T) {
	left := make(chan struct{})
	s := deepseektest.NewServer(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		<-r.Context().Done()
		close(left)
		return deepseektest.Reply{}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "POST", s.URL()+"/chat/completions", strings.NewReader(chat("Hi.")))
	go func() {
		for len(s.Requests()) == 0 {
			runtime.Gosched()
		}
		cancel()
	}()
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	<-left
	if s.Requests()[0].Context() != context.Background() {
		t.Error("a request that is over has a context")
	}
}

func TestConcurrentStreams(t *testing.T) {
	const n = 200
	s := deepseektest.NewServer(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		return deepseektest.Reply{Text: strings.Repeat(r.Last(llm.RoleUser)+" ", 50), Reasoning: "because", Pace: time.Microsecond}
	}})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			name := fmt.Sprintf("name%d", i)
			resp, err := client.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(chat(name, streamed)))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Error(err)
				return
			}
			var text strings.Builder
			for line := range strings.Lines(string(body)) {
				var chunk struct {
					Choices []struct{ Delta struct{ Content string } }
				}
				if json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &chunk) == nil && len(chunk.Choices) > 0 {
					text.WriteString(chunk.Choices[0].Delta.Content)
				}
			}
			if text.String() != strings.Repeat(name+" ", 50) {
				t.Errorf("stream %d has %q", i, text.String())
			}
		})
	}
	wg.Wait()
	if got := len(s.Requests()); got != n {
		t.Errorf("%d requests", got)
	}
}

// serving counts the goroutines of servers.
func serving() int {
	buf := make([]byte, 8<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "net/http.(*conn).serve")
}

func TestCloseUnderWay(t *testing.T) {
	s, err := deepseektest.Start(
		deepseektest.Reply{Text: "slow and slower", Pace: time.Hour},
		deepseektest.Reply{Text: "late", Delay: time.Hour},
		deepseektest.Reply{Text: strings.Repeat("stuck ", 100), CutAfter: 300, Cut: deepseektest.CutStall},
		deepseektest.Reply{Wire: make([]byte, 64<<20)}) // more than fits between client and server
	if err != nil {
		t.Fatal(err)
	}
	before := serving()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			resp, err := client.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(chat("Hi.", streamed)))
			if err == nil {
				resp.Body.Read(make([]byte, 10))
				defer resp.Body.Close()
				for len(s.Requests()) < 20 {
					runtime.Gosched()
				}
				s.Close()
			}
		})
	}
	for len(s.Requests()) < 20 {
		runtime.Gosched()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	for serving() > before {
		runtime.Gosched() // ended, but not yet off the list
	}
}
