package deepseek_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// schemaRequest returns a request with a schema, changed as asked.
func schemaRequest(change func(*llm.Request)) *llm.Request {
	req := llm.Prompt("Hi")
	req.Schema = schema
	if change != nil {
		change(req)
	}
	return req
}

// Wherever the base URL leads, the Responses endpoint is found; a request without
// a schema goes where it went before.
func TestResponsesURL(t *testing.T) {
	for base, want := range map[string]string{
		"":               "https://api.deepseek.com/responses",
		"/":              "https://api.deepseek.com/responses",
		"/v1":            "https://api.deepseek.com/v1/responses",
		"/v1/":           "https://api.deepseek.com/v1/responses",
		"/beta":          "https://api.deepseek.com/responses",
		"/beta/":         "https://api.deepseek.com/responses",
		"/deepseek/beta": "https://api.deepseek.com/deepseek/responses",
	} {
		var got []string
		c := &deepseek.Client{APIKey: "sk-test", BaseURL: "https://api.deepseek.com" + base, HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			got = append(got, r.URL.String())
			return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody}
		})}}
		llm.Generate(t.Context(), c, schemaRequest(nil))
		llm.Generate(t.Context(), c, llm.Prompt("Hi"))
		if len(got) != 2 || got[0] != want || !strings.HasSuffix(got[1], "/chat/completions") {
			t.Errorf("with %q the requests go to %q, want %s first", base, got, want)
		}
	}
}

// What the endpoint would pass over without a word is refused before it is sent,
// and the error says what to do.
func TestResponsesRules(t *testing.T) {
	strict := weather
	strict.Strict = true
	turn := toolTurn(llm.Reasoning{Text: "hm"})
	for _, test := range []struct {
		change func(*llm.Request)
		words  string
	}{
		{func(r *llm.Request) { r.Stop = []string{"\n"} }, "Stop cannot be combined with a Schema"},
		{func(r *llm.Request) { r.Messages = append(r.Messages, llm.Assistant("{")) }, "message 1: a reply cannot be continued under a Schema: end with a message of the user"},
		{func(r *llm.Request) {
			r.Messages = append([]llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}}, r.Messages...)
		}, "message 0: a reminder cannot be combined with a Schema: put it into a system message"},
		{func(r *llm.Request) { r.Tools = []llm.ToolSpec{strict} }, `tool "weather": strict tools cannot be combined with a Schema`},
		{func(r *llm.Request) {
			r.Messages = []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{MIMEType: "application/pdf", Data: []byte("x")}}}}
		}, "message 0: files cannot be combined with a Schema, but for images"},
		{func(r *llm.Request) {
			r.Messages = []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{MIMEType: "text/plain", ID: "file-api-1"}}}}
		}, "message 0: files cannot be combined with a Schema, but for images"},
		{func(r *llm.Request) {
			r.Messages = append(append(append(r.Messages, turn...), turn...), llm.User("Hi"))
		}, `is that of an earlier message's call, too`},
		{func(r *llm.Request) { r.Format = llm.FormatText }, "format text cannot be combined with a schema"},
		{func(r *llm.Request) { r.Schema = []byte(`true`) }, "the request: the schema is not a JSON object"},
		{func(r *llm.Request) { r.Schema = []byte(`{"a":1,"a":2}`) }, "the request: the schema is not sound JSON"},
		{func(r *llm.Request) { r.Extra = []byte(`{"input":[]}`) }, `Extra has a member "input"`},
		{func(r *llm.Request) { r.Extra = []byte(`{"instructions":"x"}`) }, `Extra has a member "instructions"`},
		{func(r *llm.Request) { r.Extra = []byte(`{"Text":{}}`) }, `Extra has a member "Text"`},
		{func(r *llm.Request) { r.Extra = []byte(`{"max_output_tokens":1}`) }, `Extra has a member "max_output_tokens"`},
		{func(r *llm.Request) { r.Extra = []byte(`{"reasoning":{}}`) }, `Extra has a member "reasoning"`},
		{func(r *llm.Request) { r.Extra = []byte(`{"user":"x"}`) }, `Extra has a member "user"`},
		{func(r *llm.Request) { r.TopLogprobs = 21 }, "TopLogprobs is 21"},
		{func(r *llm.Request) { r.Effort = "huge" }, `effort "huge"`},
		{func(r *llm.Request) {
			r.Tools, r.ToolChoice, r.Effort = []llm.ToolSpec{weather}, llm.ToolRequired, llm.EffortLow
		}, `tool choice "required" cannot be combined with effort "low"`},
		{func(r *llm.Request) {
			r.Model, r.Messages = "deepseek-v4-pro", []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{URL: "https://example.com/a.png"}}}}
		}, "model deepseek-v4-pro does not see images"},
	} {
		refused(t, schemaRequest(test.change), test.words)
	}
	// Without a schema, the names are the caller's.
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	req := llm.Prompt("Hi")
	req.Extra = []byte(`{"reasoning":{},"input":1}`)
	generate(t, c, req)
	if b := body(t, server, 0); string(b["input"]) != "1" {
		t.Errorf("the body is %v", b)
	}
}

// What is asked arrives as it was meant.
func TestResponsesRequest(t *testing.T) {
	turn := toolTurn(llm.Reasoning{Text: "hm\n<b>"})
	history := append([]llm.Message{{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, llm.User("Weather?")}, turn...)
	history = append(history, llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("{}")}}, llm.User("Again."))
	for _, whole := range []bool{false, true} {
		c, server := serve(t, deepseektest.Reply{Reasoning: "r", Text: "{}"})
		resp := generate(t, c, &llm.Request{
			Messages: history, Tools: []llm.ToolSpec{weather}, Schema: schema, Format: llm.FormatJSON, Effort: "ultra", MaxTokens: 500,
			Temperature: new(0.5), TopP: new(0.96), TopLogprobs: 2, User: "u-1", Whole: whole,
		})
		if resp.Text() != "{}" || resp.Reasoning() != "r" || len(resp.Logprobs) != 2 || resp.Finish != llm.FinishStop || resp.Usage.Output == 0 || resp.ID == "" || resp.Model != deepseek.DefaultModel {
			t.Errorf("reply is %+v", resp)
		}
		r := server.Requests()[0]
		if string(r.Schema) != string(schema) || r.Effort != llm.EffortMax || r.MaxTokens != 500 || *r.Temperature != 0.5 || *r.TopP != 0.96 || r.TopLogprobs != 2 || r.User != "u-1" || r.Stream == whole {
			t.Errorf("request is %+v", r)
		}
		var got []string
		for _, m := range r.Messages {
			line := fmt.Sprintf("%s %q %s", m.Role, m.Content, m.ToolCallID)
			if m.Reasoning != nil {
				line += fmt.Sprintf(" %q", *m.Reasoning)
			}
			got = append(got, fmt.Sprint(line, len(m.ToolCalls)))
		}
		want := []string{`system "Be brief." 0`, `user "Weather?" 0`}
		calls := turn[0].ToolCalls()
		want = append(want, fmt.Sprintf(`assistant %q  "hm\n<b>"%d`, turn[0].Text(), len(calls)))
		for _, p := range turn[1].Parts {
			result := p.(llm.ToolResult)
			want = append(want, fmt.Sprintf("tool %q %s0", llm.Message{Parts: result.Content}.Text(), result.ID))
		}
		want = append(want, `assistant "{}"  ""0`, `user "Again." 0`)
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("messages are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// Images are sent however they are given; what was uploaded need not be said to be
// one.
func TestResponsesImages(t *testing.T) {
	for _, test := range []struct {
		blob llm.Blob
		want string
	}{
		{llm.Blob{URL: "https://example.com/a.png"}, `{"type":"input_image","image_url":"https://example.com/a.png"}`},
		{llm.Blob{URL: "https://example.com/a", MIMEType: "image/png"}, `{"type":"input_image","image_url":"https://example.com/a"}`},
		{llm.Blob{ID: "file-api-1"}, `{"type":"input_image","file_id":"file-api-1"}`},
		{llm.Blob{ID: "file-api-1", MIMEType: "image/webp"}, `{"type":"input_image","file_id":"file-api-1"}`},
		{llm.Blob{Data: []byte("x"), MIMEType: "image/png"}, `{"type":"input_image","image_url":"data:image/png;base64,eA=="}`},
	} {
		var body []byte
		c := &deepseek.Client{APIKey: "sk-test", HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			body, _ = io.ReadAll(r.Body)
			return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody}
		})}}
		_, err := llm.Generate(t.Context(), c, schemaRequest(func(r *llm.Request) {
			r.Messages = []llm.Message{{Role: llm.RoleUser, Parts: llm.Parts{test.blob}}}
		}))
		if !errors.Is(err, llm.ErrOverload) || !bytes.Contains(body, []byte(`"content":[`+test.want+`]`)) {
			t.Errorf("%+v: %v, body is %s", test.blob, err, body)
		}
	}
}

// A forced call switches thinking off there, too.
func TestResponsesForcedTool(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{ToolCalls: []llm.ToolCall{{Name: "weather", Args: "{}"}}})
	resp := generate(t, c, schemaRequest(func(r *llm.Request) {
		r.Tools, r.ToolChoice = []llm.ToolSpec{weather}, llm.ToolNamed("weather")
	}))
	if calls := resp.ToolCalls(); len(calls) != 1 || resp.Finish != llm.FinishTools {
		t.Errorf("reply is %+v", resp)
	}
	if b := body(t, server, 0); string(b["reasoning"]) != `{"effort":"none"}` || string(b["tool_choice"]) != `{"type":"function","name":"weather"}` {
		t.Errorf("body is %v", b)
	}
}

// Reasoning that the endpoint misses is put in, once. It has a word of its own for
// it, and may want it where there are no tools to call any more.
func TestResponsesMissingReasoning(t *testing.T) {
	for _, word := range []string{"reasoning_text", "reasoning_content"} {
		for _, tools := range [][]llm.ToolSpec{{weather}, nil} {
			c, server := serve(t, deepseektest.Reply{Text: "{}"})
			server.Wrap(once(`{"error":{"message":"The ` + "`" + word + "`" + ` in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`))
			var log bytes.Buffer
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
			generate(t, c, schemaRequest(func(r *llm.Request) {
				r.Messages = append(append(r.Messages, toolTurn()...), llm.User("Hi"))
				r.Tools = tools
			}))
			requests := server.Requests()
			if len(requests) != 1 || requests[0].Messages[1].Reasoning == nil || *requests[0].Messages[1].Reasoning != " " {
				t.Errorf("%s: requests are %+v", word, requests)
			}
			if !strings.Contains(log.String(), "once more") {
				t.Errorf("%s: the log says %q", word, log.String())
			}
		}
	}
	// The server of the tests wants it, too.
	c, server := serve(t, deepseektest.Reply{Text: "{}"})
	generate(t, c, schemaRequest(func(r *llm.Request) {
		r.Messages = append(append(r.Messages, toolTurn()...), llm.User("Hi"))
		r.Tools = []llm.ToolSpec{weather}
	}))
	if requests := server.Requests(); len(requests) != 2 || requests[0].Messages[1].Reasoning != nil || *requests[1].Messages[1].Reasoning != " " {
		t.Errorf("requests are %+v", requests)
	}
}

// once answers the first request with status 400.
func once(body string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var n atomic.Int32
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) > 1 {
				next.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, body)
		})
	}
}

// A server that lacks the endpoint is told from one that lacks everything.
func TestResponsesNotThere(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Status: 404})
	_, err := llm.Generate(t.Context(), c, schemaRequest(nil))
	if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "a Schema needs the Responses endpoint") || !strings.Contains(err.Error(), "Dialect") {
		t.Error(err)
	}
	c.BaseURL = "https://api.deepseek.com/v1/responses"
	if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "must end before /chat/completions or /responses") {
		t.Error(err)
	}
}

func TestSchemaAbility(t *testing.T) {
	for model, want := range map[string]bool{"": true, "deepseek-flash": true, "deepseek-v4-pro": true, "gpt": false} {
		if got := llm.AbilitiesOf(&deepseek.Client{}, model).Schema; got != want {
			t.Errorf("%q: %v", model, got)
		}
	}
}

// A reply that ends otherwise than well does so under a schema, too.
func TestResponsesEnds(t *testing.T) {
	for _, test := range []struct {
		reply  deepseektest.Reply
		finish llm.FinishReason
		class  string
	}{
		{deepseektest.Reply{Text: "{}", Finish: llm.FinishLength}, llm.FinishLength, ""},
		{deepseektest.Reply{Text: "{}", Finish: llm.FinishFilter}, llm.FinishFilter, ""},
		{deepseektest.Reply{Text: "{}", Finish: "odd"}, "odd", ""},
		{deepseektest.Reply{Text: "{}", Finish: "aborted"}, "", "ErrOverload temporary"},
		{deepseektest.Reply{Text: "{}", Finish: "insufficient_system_resource"}, "", "ErrOverload temporary"},
		{deepseektest.Reply{}, "", "ErrOverload temporary"}, // the prompt is not counted as a reply
		{deepseektest.Reply{Text: "{}", NoUsage: true}, llm.FinishStop, ""},
		{deepseektest.Reply{Status: 429}, "", "ErrRateLimit temporary"},
		{deepseektest.Reply{Text: "{}", KeepAlive: 3, Trickle: 7}, llm.FinishStop, ""},
		{deepseektest.Reply{Text: "{}", CutAfter: 300}, "", "ErrTruncated temporary"},
	} {
		for _, whole := range []bool{false, true} {
			c, _ := serve(t, test.reply)
			resp, err := llm.Generate(t.Context(), c, schemaRequest(func(r *llm.Request) { r.Whole, r.Effort = whole, llm.EffortNone }))
			if resp.Finish != test.finish || err != nil && classes(err) != test.class || err == nil && test.class != "" {
				t.Errorf("%+v, whole %v: %q, %v", test.reply, whole, resp.Finish, err)
			}
		}
	}
	c, _ := serve(t, deepseektest.Reply{Text: "{}", NoDone: true})
	if _, err := llm.Generate(t.Context(), c, schemaRequest(nil)); classes(err) != "ErrTruncated temporary" {
		t.Error(err)
	}
}

// underSchema adds a schema to each request, without what there cannot be.
func underSchema(m llm.Model) llm.Model {
	return llm.Wrap(m, func(next llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			r := *req
			r.Schema, r.Stop = schema, nil
			return next.Stream(ctx, &r)
		})
	})
}

func TestConformanceUnderSchema(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		if play.Reply.Finish == llm.FinishStop && len(play.Reply.ToolCalls()) > 0 {
			t.Skip("the endpoint has one status for tool_calls and stop")
		}
		return underSchema(playing(t, play))
	})
}

// TestCombinationsUnderSchema is TestCombinations with a schema.
func TestCombinationsUnderSchema(t *testing.T) {
	strict := weather
	strict.Strict = true
	user := llm.User("Weather?")
	histories := map[string][]llm.Message{
		"a question":      {user},
		"a developer":     {{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, user},
		"instructions":    {llm.System("Be brief.")},
		"a reminder":      {{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}, user},
		"empty reasoning": {user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("Rain.")}}, user},
		"an empty answer": {user, {Role: llm.RoleAssistant}, user},
		"results":         append([]llm.Message{user}, toolTurn(llm.Reasoning{Text: "two"})...),
		"bare results":    append(append([]llm.Message{user}, toolTurn()...), user),
		"a prefix":        {user, llm.Assistant("{")},
		"an image":        {{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("This?"), llm.Blob{URL: "https://example.com/a.png", Detail: "low"}}}},
		"a file":          {{Role: llm.RoleUser, Parts: llm.Parts{llm.Blob{MIMEType: "text/plain", Data: []byte("x")}}}},
	}
	tools := map[string][]llm.ToolSpec{"none": nil, "one": {weather}, "strict": {strict}, "no schema": {{Name: "clock"}}, "search and one": {weather, {Kind: "deepseek_web_search"}}}
	c, server := serve(t, deepseektest.Reply{Text: "{}"})
	sent, atOnce := 0, 0
	for name, history := range histories {
		for kit, specs := range tools {
			for _, effort := range []llm.Effort{"", llm.EffortNone, llm.EffortHigh, "minimal", "medium", "xhigh", "ultra"} {
				for _, choice := range []llm.ToolChoice{"", llm.ToolAuto, llm.ToolNone, llm.ToolRequired, llm.ToolNamed("weather")} {
					req := &llm.Request{Messages: history, Tools: specs, Effort: effort, ToolChoice: choice, Schema: schema, Whole: (sent+atOnce)%2 == 0}
					before, _ := json.Marshal(req)
					resp, err := llm.Generate(t.Context(), c, req)
					e, _ := errors.AsType[*llm.Error](err)
					switch {
					case err == nil && resp.Text() == "{}":
						sent++
					case e != nil && e.Status == 0 && errors.Is(err, llm.ErrInvalid):
						atOnce++
					default:
						t.Errorf("%s, tools %s, effort %q, choice %q: %v", name, kit, effort, choice, err)
					}
					if after, _ := json.Marshal(req); string(after) != string(before) {
						t.Errorf("%s, tools %s: the request was changed", name, kit)
					}
				}
			}
		}
	}
	again := 0 // with the reasoning that was missed
	for _, r := range server.Requests() {
		if len(r.Messages) > 1 && r.Messages[1].Reasoning != nil && *r.Messages[1].Reasoning == " " {
			again++
		}
	}
	if n := len(server.Requests()); n != sent+again || sent < 500 || atOnce < 500 || again < 50 {
		t.Errorf("%d requests were sent, %d of them again, and %d refused; the server has seen %d", sent, again, atOnce, n)
	}
}
