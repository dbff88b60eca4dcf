package deepseek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// A conversation is what the recordings are of: requests, and the replies of the
// server that they are made with.
type conversation struct {
	name     string
	requests []*llm.Request
	replies  []deepseektest.Reply
	err      error // of the last reply
}

func conversations() []conversation {
	prompt := func(text string) *llm.Request {
		req := llm.Prompt(text)
		req.Model = "deepseek-flash"
		return req
	}
	plain := prompt("Why is the sky blue?")
	plain.Whole, plain.Effort = true, llm.EffortNone

	ask := prompt("Is it warmer in Rome or in Oslo?")
	ask.Tools = []llm.ToolSpec{weather}
	calls := []llm.ToolCall{{ID: "call_0", Name: "weather", Args: `{"city": "Rome"}`}, {ID: "call_1", Name: "weather", Args: `{"city": "Oslo"}`}}
	told := *ask
	told.Messages = append(told.Messages[:1:1],
		llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "I look both up."}, calls[0], calls[1]}},
		llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
			llm.ToolResult{ID: "call_0", Name: "weather", Content: llm.Parts{llm.Text("18 °C")}},
			llm.ToolResult{ID: "call_1", Name: "weather", Content: llm.Parts{llm.Text("3 °C")}},
		}})

	form := prompt("Fill in the form for Ann, 7.")
	form.Schema = json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}`)
	wrong := `{"name": "Ann", "age": "7"}`
	again := *form
	again.Whole = true
	again.Messages = append(again.Messages[:1:1], llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "A form."}, llm.Text(wrong)}},
		llm.User("The age is to be a number."))

	return []conversation{
		{"plain", []*llm.Request{plain}, []deepseektest.Reply{{Text: "Because of Rayleigh scattering."}}, nil},
		{"reasoning", []*llm.Request{prompt("How do you say the deep sea in Chinese?")},
			[]deepseektest.Reply{{Reasoning: "深 is deep, 海 is sea.\n", Text: "深海 (shēnhǎi)"}}, nil},
		{"tools", []*llm.Request{ask, &told},
			[]deepseektest.Reply{{Reasoning: "I look both up.", ToolCalls: calls}, {Reasoning: "18 is more than 3.", Text: "It is warmer in Rome."}}, nil},
		{"schema", []*llm.Request{form, &again},
			[]deepseektest.Reply{{Reasoning: "A form.", Text: wrong}, {Text: `{"name": "Ann", "age": 7}`}}, nil},
		{"rate-limit", []*llm.Request{prompt("Why is the sky blue?")},
			[]deepseektest.Reply{{Status: 429, RetryAfter: 1500 * time.Millisecond}}, llm.ErrRateLimit},
		{"cut", []*llm.Request{prompt("Tell me a story.")},
			[]deepseektest.Reply{{Text: "Once upon a time there was a fish that lived in the deep.", CutAfter: 1500}}, llm.ErrTruncated},
		{"lost", []*llm.Request{prompt("Are you there?")}, []deepseektest.Reply{{CutAfter: -1}}, llm.ErrUnavailable},
	}
}

// talk sends the requests one after the other, and returns all that came: the
// chunks of each reply, and the last error.
func (conv conversation) talk(t *testing.T, c *deepseek.Client) (all [][]*llm.Chunk, last error) {
	for _, req := range conv.requests {
		var chunks []*llm.Chunk
		for chunk, err := range c.Stream(t.Context(), req) {
			if last = err; err == nil {
				chunks = append(chunks, chunk)
			}
		}
		all = append(all, chunks)
	}
	return all, last
}

const canary = "sk-canary-0123456789"

// Recorded, and then played back without a server, a conversation is the same,
// chunk for chunk, and has no key in its file.
func TestRecordThenReplay(t *testing.T) {
	t.Setenv("LLMTEST_RECORD", "")
	for _, conv := range conversations() {
		t.Run(conv.name, func(t *testing.T) {
			for i := range conv.replies {
				conv.replies[i].Header = http.Header{"X-Gateway": {canary}, "Set-Cookie": {"s=" + canary}}
			}
			server, err := deepseektest.Start(conv.replies...)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "a.http")
			rec := &llmtest.Recording{File: file, Record: true}
			want, wantErr := conv.talk(t, &deepseek.Client{BaseURL: server.URL(), APIKey: canary, HTTP: &http.Client{Transport: rec}})
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if !errors.Is(wantErr, conv.err) {
				t.Fatalf("recorded error %v, want %v", wantErr, conv.err)
			}
			text, err := os.ReadFile(file)
			if err != nil || bytes.Contains(text, []byte("canary")) || len(text) < 100 {
				t.Errorf("the file: %v\n%s", err, text)
			}
			got, gotErr := conv.talk(t, &deepseek.Client{APIKey: "sk-test", BaseURL: "https://api.deepseek.com", HTTP: llmtest.Replay(t, file)})
			if !reflect.DeepEqual(got, want) {
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(want)
				t.Errorf("got  %s\nwant %s", a, b)
			}
			if conv.err == nil {
				if gotErr != nil {
					t.Error(gotErr)
				}
				return
			}
			a, aOK := errors.AsType[*llm.Error](gotErr)
			b, bOK := errors.AsType[*llm.Error](wantErr)
			if !aOK || !bOK || !errors.Is(gotErr, conv.err) {
				t.Fatalf("got error %v, want %v", gotErr, wantErr)
			}
			x, y := *a, *b
			x.Err, y.Err = nil, nil // the same class, see above, and another cause
			if !reflect.DeepEqual(x, y) || a.Temporary() != b.Temporary() {
				t.Errorf("got error %+v\nwant %+v", x, y)
			}
		})
	}
}

// A server that repeats the key in its error does not get it into the file.
func TestRecordedKeyIsHidden(t *testing.T) {
	server := deepseektest.NewServer(t, deepseektest.Reply{Status: 401, Message: "Your api key: " + canary + " is invalid", Header: http.Header{"X-Request-Id": {canary}}})
	file := filepath.Join(t.TempDir(), "a.http")
	rec := &llmtest.Recording{File: file, Record: true}
	c := &deepseek.Client{BaseURL: server.URL(), APIKey: canary, Header: http.Header{"X-Key": {canary + "-2"}}, HTTP: &http.Client{Transport: rec}}
	if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi, "+canary+"-2!")); !errors.Is(err, llm.ErrAuth) {
		t.Error(err)
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || bytes.Contains(text, []byte("canary")) || !bytes.Contains(text, []byte(`"Your api key: [hidden] is invalid"`)) || !bytes.Contains(text, []byte(`"Hi, [hidden]!"`)) {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestRecordings plays back the conversations in testdata/recordings, and holds
// what a client of today makes of them, and that its requests are still the same
// bytes. To make them again, from a server on loopback:
//
//	LLMTEST_RECORD=recordings/ go test -run '^TestRecordings$' ./llm/deepseek
func TestRecordings(t *testing.T) {
	for _, conv := range conversations() {
		t.Run(conv.name, func(t *testing.T) {
			c := &deepseek.Client{APIKey: "sk-test", BaseURL: "https://api.deepseek.com"}
			if os.Getenv("LLMTEST_RECORD") != "" {
				c.BaseURL = deepseektest.NewServer(t, conv.replies...).URL()
			}
			c.HTTP = llmtest.Replay(t, "testdata/recordings/"+conv.name+".http")
			all, err := conv.talk(t, c)
			if !errors.Is(err, conv.err) {
				t.Errorf("error %v, want %v", err, conv.err)
			}
			if e, ok := errors.AsType[*llm.Error](err); ok && conv.replies[0].RetryAfter != e.RetryAfter {
				t.Errorf("the error says to wait %v, want %v", e.RetryAfter, conv.replies[0].RetryAfter)
			}
			for i, chunks := range all {
				var resp llm.Response
				for _, chunk := range chunks {
					resp.Add(chunk)
				}
				want := conv.replies[i]
				switch {
				case conv.err != nil:
					if resp.Finish != "" || !strings.HasPrefix(want.Text, resp.Text()) {
						t.Errorf("a broken reply is %+v", resp)
					}
				case resp.Text() != want.Text || resp.Reasoning() != want.Reasoning || !reflect.DeepEqual(resp.ToolCalls(), want.ToolCalls) || resp.Usage.Output == 0:
					t.Errorf("reply %d is %+v, want %+v", i, resp, want)
				}
			}
		})
	}
	files, err := fs.Glob(os.DirFS("testdata/recordings"), "*.http")
	if n := len(conversations()); err != nil || len(files) != n {
		t.Errorf("%d recordings of %d conversations: %v", len(files), n, err)
	}
}

// A request that was not recorded is not tried again.
func TestMissIsFinal(t *testing.T) {
	t.Setenv("LLMTEST_RECORD", "")
	rec := &llmtest.Recording{File: "testdata/recordings/plain.http"}
	c := llm.Wrap(&deepseek.Client{HTTP: &http.Client{Transport: rec}}, llm.Retry(3))
	_, err := llm.Generate(t.Context(), c, llm.Prompt("Nobody has asked this."))
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || !errors.Is(err, llmtest.ErrNotRecorded) || e.Temporary() || e.Provider != "llmtest" {
		t.Errorf("error is %v, want one of llmtest that is final", err)
	}
	if err := rec.Close(); !errors.Is(err, llmtest.ErrNotRecorded) {
		t.Errorf("closed, it says %v", err)
	}
}
