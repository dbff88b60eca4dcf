package deepseek_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

var live = flag.Bool("live", false, "check what is known of the API with the API itself, for less than $0.10; needs $DEEPSEEK_API_KEY")

// liveKey is the key of whoever runs TestLive. TestMain keeps it from the others.
var liveKey = os.Getenv("DEEPSEEK_API_KEY")

func TestMain(m *testing.M) { deepseektest.Main(m) }

// maxSpend is how many dollars a run may cost. No request is sent that might
// lead over it.
const maxSpend = 0.09

// TestLive checks with DeepSeek itself what the client rests upon, and prints
// what still holds:
//
//	DEEPSEEK_API_KEY=sk-… go test ./llm/deepseek -run TestLive -live -v
//
// A fact that does not hold any more fails the test: the API has changed.
func TestLive(t *testing.T) {
	switch {
	case !*live:
		t.Skip("asks DeepSeek itself: run it with -live and $DEEPSEEK_API_KEY, for less than $0.10")
	case liveKey == "":
		t.Skip("-live needs a key in $DEEPSEEK_API_KEY")
	}
	l := newLab("https://api.deepseek.com", liveKey)
	l.wait = 8 * time.Second
	for _, f := range facts() {
		f.run(t, l)
	}
	t.Logf("spent about $%.4f", l.spent)
}

// TestLiveFacts holds that the checks of TestLive work: what is served on
// loopback keeps all of them, but for those that say that it does not.
func TestLiveFacts(t *testing.T) {
	server := deepseektest.NewServer(t)
	l := newLab(server.URL(), "sk-test")
	seen := map[string]int{}
	for _, f := range facts() {
		seen[f.id]++
		if f.standIn != "" {
			continue
		}
		f.run(t, l)
	}
	for i := 1; i <= 35; i++ {
		if id := fmt.Sprintf("G%d", i); seen[id] == 0 {
			t.Errorf("there is no check for %s", id)
		}
	}
	for i := 1; i <= 9; i++ {
		if id := fmt.Sprintf("R%d", i); seen[id] == 0 {
			t.Errorf("there is no check for %s", id)
		}
	}
	for i := 1; i <= 16; i++ {
		if id := fmt.Sprintf("open %d", i); seen[id] == 0 {
			t.Errorf("there is no check for %s", id)
		}
	}
	if l.spent == 0 || l.spent > maxSpend {
		t.Errorf("a run is reckoned at $%.4f", l.spent)
	}
}

// A drift is seen, and what may cost too much is not sent.
func TestLiveFails(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Status: 200, Wire: []byte(`{"choices":[]}`)})
	l := newLab(server.URL(), "sk-test")
	for _, f := range facts() {
		if f.id == "G34" {
			if v := f.check(t.Context(), l); !v.drift {
				t.Errorf("a reply without reasoning is %+v", v)
			}
		}
	}
	l.spent = maxSpend
	n := len(server.Requests())
	if v := (fact{"G34", "", "", nil}).skipped(l); v == nil || len(server.Requests()) != n {
		t.Errorf("with the money spent it goes on")
	}
}

// A fact is something that is believed of the API.
type fact struct {
	id      string // as in the project's list of gotchas, or of open points; R of the Responses endpoint
	claim   string
	standIn string // why it does not hold on loopback
	check   func(context.Context, *lab) verdict
}

// A verdict is what a check has found.
type verdict struct {
	drift bool   // the fact does not hold
	note  string // what was seen
}

func (f fact) run(t *testing.T, l *lab) {
	t.Helper()
	if v := f.skipped(l); v != nil {
		t.Logf("%-8s not checked  %s: %s", f.id, f.claim, v.note)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	switch v := f.check(ctx, l); {
	case v.drift:
		t.Errorf("%-8s DRIFT        %s: %s", f.id, f.claim, v.note)
	case strings.HasPrefix(f.id, "open"):
		t.Logf("%-8s found        %s: %s", f.id, f.claim, v.note)
	default:
		t.Logf("%-8s holds        %s: %s", f.id, f.claim, v.note)
	}
}

// skipped says why a fact is not checked.
func (f fact) skipped(l *lab) *verdict {
	switch {
	case l.spent+0.01 > maxSpend:
		return &verdict{note: "the money for this run is spent"}
	case f.check == nil:
		return &verdict{note: "no small request tells"}
	}
	return nil
}

// A lab is where facts are checked.
type lab struct {
	url, key string
	client   *deepseek.Client
	wait     time.Duration // until what was sent may be in the cache
	spent    float64       // dollars, at most

	replies, empty, leaks, comments, longest int // of all streams
}

func newLab(url, key string) *lab {
	return &lab{url: url, key: key, client: &deepseek.Client{BaseURL: url, APIKey: key}}
}

// pause waits until the cache has what was sent.
func (l *lab) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(l.wait):
	}
}

// An answer is what came of a request.
type answer struct {
	status int
	body   string
	Error  struct{ Message string }
	Model  string
	Choice struct {
		Message struct {
			Content   *string `json:"content"`
			Reasoning *string `json:"reasoning_content"`
			Calls     []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		Finish   string          `json:"finish_reason"`
		Logprobs json.RawMessage `json:"logprobs"`
	}
	Usage usage
}

type usage struct {
	Input   int `json:"prompt_tokens"`
	Output  int `json:"completion_tokens"`
	Hit     int `json:"prompt_cache_hit_tokens"`
	Miss    int `json:"prompt_cache_miss_tokens"`
	Details struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	OutputDetails struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// object is JSON to be sent.
type object = map[string]any

// small returns the body of a small request, with the members of the objects in
// place of its own. A member that is nil is left out.
func small(members ...object) object {
	body := object{
		"model":      "deepseek-flash",
		"messages":   []object{{"role": "user", "content": "Say hi."}},
		"max_tokens": 400,
		"stream":     false,
	}
	for _, m := range members {
		for name, value := range m {
			if body[name] = value; value == nil {
				delete(body, name)
			}
		}
	}
	return body
}

var (
	off  = object{"thinking": object{"type": "disabled"}}
	tool = object{"tools": []object{weatherTool(nil)}}
)

// weatherTool returns a tool, with more members in its function.
func weatherTool(more object) object {
	function := object{"name": "weather", "description": "Reports the current weather in a city.", "parameters": object{
		"type": "object", "properties": object{"city": object{"type": "string"}}, "required": []string{"city"}, "additionalProperties": false,
	}}
	maps.Copy(function, more)
	return object{"type": "function", "function": function}
}

func messages(list ...object) object { return object{"messages": list} }

func user(text string) object { return object{"role": "user", "content": text} }

// post sends a body to a path, without the client, which would not send most.
func (l *lab) post(ctx context.Context, path string, body object) answer {
	data, err := json.Marshal(body)
	if err != nil {
		return answer{body: err.Error()}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+path, bytes.NewReader(data))
	if err != nil {
		return answer{body: err.Error()}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+l.key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{body: strings.ReplaceAll(err.Error(), l.key, "[hidden]")}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	a := answer{status: resp.StatusCode, body: string(text)}
	if err != nil {
		a.body += err.Error()
	}
	a.decode()
	model, _ := body["model"].(string)
	l.spend(model, a.Usage)
	if text := a.Choice.Message.Content; a.status == http.StatusOK && text != nil && len(a.Choice.Message.Calls) == 0 {
		l.note(*text)
	}
	return a
}

func (l *lab) note(text string) {
	l.replies++
	if text == "" {
		l.empty++
	}
	if strings.Contains(text, "DSML") {
		l.leaks++
	}
}

func (a *answer) decode() {
	var whole struct {
		*answer
		Choices []json.RawMessage
	}
	whole.answer = a
	if json.Unmarshal([]byte(a.body), &whole) == nil && len(whole.Choices) > 0 {
		json.Unmarshal(whole.Choices[0], &a.Choice)
	}
}

// spend adds what a reply costs at most: at the peak, with nothing cached, by
// https://api-docs.deepseek.com/quick_start/pricing of November 2026.
func (l *lab) spend(model string, u usage) {
	in, out := 0.30, 1.20
	if strings.Contains(model, "pro") {
		in, out = 1.32, 3.96
	}
	l.spent += (float64(u.Input)*in + float64(u.Output)*out) / 1e6
}

// stream posts a body for a stream, and returns its frames.
func (l *lab) stream(ctx context.Context, body object) (answer, []object) {
	body["stream"], body["stream_options"] = true, object{"include_usage": true}
	a := l.post(ctx, "/chat/completions", body)
	var frames []object
	for line := range strings.Lines(a.body) {
		l.longest = max(l.longest, len(line))
		if strings.HasPrefix(line, ":") {
			l.comments++
		}
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data:")
		var frame object
		if !ok || json.Unmarshal([]byte(data), &frame) != nil {
			continue
		}
		frames = append(frames, frame)
		if frame["usage"] != nil {
			again, _ := json.Marshal(frame)
			json.Unmarshal(again, &a)
		}
	}
	model, _ := body["model"].(string)
	l.spend(model, a.Usage)
	return a, frames
}

// rejects is the verdict on a request that is to be refused with a message that
// has the words.
func (l *lab) rejects(ctx context.Context, path string, body object, words string) verdict {
	a := l.post(ctx, path, body)
	ok := (a.status == 400 || a.status == 422) && strings.Contains(strings.ToLower(a.body), strings.ToLower(words))
	return verdict{!ok, a.short()}
}

// accepts is the verdict on a request that is to be answered.
func (l *lab) accepts(ctx context.Context, path string, body object) verdict {
	a := l.post(ctx, path, body)
	return verdict{a.status != 200, a.short()}
}

// short returns the answer in a line.
func (a answer) short() string {
	text := a.Error.Message
	switch c := a.Choice.Message; {
	case text != "":
	case len(c.Calls) > 0:
		text = c.Calls[0].Function.Name + c.Calls[0].Function.Arguments
	case c.Content != nil:
		text = *c.Content
	default:
		text = a.body
	}
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return fmt.Sprintf("%d %q %s", a.status, text, a.Choice.Finish)
}

// ask sends a request of the client.
func (l *lab) ask(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	resp, err := llm.Generate(ctx, l.client, req)
	u := usage{Input: resp.Usage.Input, Output: resp.Usage.Output}
	l.spend(req.Model, u)
	if err == nil && len(resp.ToolCalls()) == 0 {
		l.note(resp.Text())
	}
	return resp, err
}

// useTool asks with the text, gives a result to every call, and asks again.
func (l *lab) useTool(ctx context.Context, text string, whole bool) verdict {
	req := &llm.Request{Messages: []llm.Message{llm.User(text)}, Tools: []llm.ToolSpec{weather}, MaxTokens: 800, Whole: whole}
	resp, err := l.ask(ctx, req)
	if err != nil {
		return verdict{true, err.Error()}
	}
	var results llm.Parts
	for _, c := range resp.ToolCalls() {
		results = append(results, llm.ToolResult{ID: c.ID, Name: c.Name, Content: llm.Parts{llm.Text("21 degrees")}})
	}
	if len(results) == 0 {
		return verdict{note: "the model called nothing: " + resp.Text()}
	}
	req.Messages = append(req.Messages, resp.Message, llm.Message{Role: llm.RoleTool, Parts: results})
	_, err = l.ask(ctx, req)
	return verdict{err != nil, fmt.Sprintf("%d calls, then error %v", len(results), err)}
}
