package deepseek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// G11: arguments that are no JSON, though the tool was strict, are handed on as
// they are.
func TestG11_StrictIsNoPromise(t *testing.T) {
	strict := weather
	strict.Strict = true
	c, _ := serve(t, deepseektest.Reply{ToolCalls: []llm.ToolCall{{ID: "a", Name: "weather", Args: `{city": "Rome"}`}}})
	resp := generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{strict}})
	if calls := resp.ToolCalls(); len(calls) != 1 || calls[0].Args != `{city": "Rome"}` {
		t.Errorf("calls are %+v", calls)
	}
}

// G28: arguments that could be complete need not be. A call is complete with the
// end of the reply, and not before, wherever that is cut.
func TestG28_CallsComeWithTheEnd(t *testing.T) {
	const args = `{}, or rather {"city":"Rome"}` // begins with JSON
	whole := deepseektest.Reply{ToolCalls: []llm.ToolCall{{ID: "a", Name: "weather", Args: args}}}
	req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}}
	c, _ := serve(t, whole)
	var deltas strings.Builder
	calls := 0
	for chunk, err := range c.Stream(t.Context(), req) {
		switch {
		case err != nil:
			t.Fatal(err)
		case chunk.ToolDelta != nil:
			deltas.WriteString(chunk.ToolDelta.Args)
			if calls > 0 {
				t.Error("a fragment follows the call")
			}
		case chunk.ToolCall != nil:
			if calls++; deltas.String() != args || chunk.ToolCall.Args != args {
				t.Errorf("after the fragments %q comes the call %+v", deltas.String(), *chunk.ToolCall)
			}
		case chunk.Finish != "" && calls != 1:
			t.Errorf("%d calls at the end", calls)
		}
	}
	for cut := 1; ; cut += 7 {
		part := whole
		part.CutAfter, part.Cut = cut, deepseektest.CutEnd
		c, _ := serve(t, part)
		resp, err := llm.Generate(t.Context(), c, req)
		if err == nil {
			if got := resp.ToolCalls(); len(got) != 1 || got[0].Args != args || cut < 1000 {
				t.Errorf("cut at %d, it is %+v", cut, resp)
			}
			break
		}
		if !errors.Is(err, llm.ErrTruncated) || len(resp.ToolCalls()) > 0 {
			t.Fatalf("cut at %d: %+v, %v", cut, resp, err)
		}
	}
}

func TestG12_KeepAlives(t *testing.T) {
	for _, whole := range []bool{false, true} {
		c, _ := serve(t, deepseektest.Reply{Text: "Hi", KeepAlive: 1000})
		req := llm.Prompt("Hi")
		req.Whole = whole
		if resp := generate(t, c, req); resp.Text() != "Hi" {
			t.Errorf("whole %v: text is %q", whole, resp.Text())
		}
	}
}

func TestG13_UsageWhereverItIs(t *testing.T) {
	want := llm.Usage{Input: 400, Cached: 256, Output: 30, Reasoning: 12}
	for _, reply := range []deepseektest.Reply{{Text: "Hi", Usage: &want}, {Text: "Hi", Usage: &want, UsageApart: true}} {
		for _, whole := range []bool{false, true} {
			c, _ := serve(t, reply)
			req := llm.Prompt("Hi")
			req.Whole = whole
			if resp := generate(t, c, req); resp.Usage != want {
				t.Errorf("apart %v, whole %v: usage is %+v, want %+v", reply.UsageApart, whole, resp.Usage, want)
			}
		}
	}
}

// A reply that ends before it begins is an error, and worth another attempt.
func TestG14_EmptyReply(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Usage: &llm.Usage{Input: 10}})
	_, err := llm.Generate(t.Context(), c, llm.Prompt("Hi"))
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Code != "empty_reply" || !e.Temporary() {
		t.Errorf("error is %v, want a temporary one with code empty_reply", err)
	}
	c, server := serve(t, deepseektest.Reply{Usage: &llm.Usage{Input: 10}}, deepseektest.Reply{Text: "Hi"})
	if resp := generate(t, llm.Wrap(c, llm.Retry(2)), llm.Prompt("Hi")); resp.Text() != "Hi" || len(server.Requests()) != 2 {
		t.Errorf("text is %q after %d requests", resp.Text(), len(server.Requests()))
	}
	// One that the model was paid for is a reply.
	c, _ = serve(t, deepseektest.Reply{Usage: &llm.Usage{Input: 10, Output: 1}})
	if resp := generate(t, c, llm.Prompt("Say nothing.")); resp.Text() != "" || resp.Finish != llm.FinishStop {
		t.Errorf("reply is %+v", resp)
	}
}

func TestG15_ReasoningEatsTheLimit(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Reasoning: strings.Repeat("I think and think. ", 50), Text: "Hi"})
	req := llm.Prompt("Hi")
	req.MaxTokens = 20
	resp := generate(t, c, req)
	if resp.Finish != llm.FinishLength || resp.Text() != "" || resp.Reasoning() == "" || resp.Usage.Output != resp.Usage.Reasoning {
		t.Errorf("reply is %+v, want reasoning alone, cut by the limit", resp)
	}
}

func TestG24_FilteredIsFinal(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Status: 400, Message: "Content Exists Risk"})
	_, err := llm.Generate(t.Context(), llm.Wrap(c, llm.Retry(5)), llm.Prompt("Hi"))
	if !errors.Is(err, llm.ErrFiltered) || len(server.Requests()) != 1 {
		t.Errorf("error is %v after %d requests, want ErrFiltered after 1", err, len(server.Requests()))
	}
}

func TestG25_NoMoney(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Status: 402, Message: "Insufficient Balance"})
	_, err := llm.Generate(t.Context(), llm.Wrap(c, llm.Retry(5)), llm.Prompt("Hi"))
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || e.Err != llm.ErrBalance || e.Message != "Insufficient Balance" || e.Status != 402 || len(server.Requests()) != 1 {
		t.Errorf("error is %v after %d requests, want ErrBalance after 1", err, len(server.Requests()))
	}
}

// Reasoning of a megabyte, and a megabyte in one event.
func TestG29_LongReplies(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 1<<16)
	c, _ := serve(t, deepseektest.Reply{Reasoning: long, Text: "Hi"})
	req := llm.Prompt("Hi")
	req.MaxTokens = 384 << 10
	if resp := generate(t, c, req); resp.Reasoning() != long {
		t.Errorf("reasoning has %d bytes, want %d", len(resp.Reasoning()), len(long))
	}
	wire := `data: {"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("x", 1<<20) + `"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	c, _ = serve(t, deepseektest.Reply{Wire: []byte(wire)})
	if resp := generate(t, c, llm.Prompt("Hi")); len(resp.Text()) != 1<<20 {
		t.Errorf("text has %d bytes, want %d", len(resp.Text()), 1<<20)
	}
}

// Zero is a temperature like any other, and errors are read where they are.
func TestG30_ZeroAndErrors(t *testing.T) {
	c, server := serve(t, deepseektest.Reply{Text: "Hi"})
	req := llm.Prompt("Hi")
	req.Temperature = new(0.0)
	generate(t, c, req)
	if temperature := body(t, server, 0)["temperature"]; string(temperature) != "0" {
		t.Errorf("temperature is sent as %s", temperature)
	}
	c, _ = serve(t, deepseektest.Reply{Status: 400, Message: "nested message"})
	if _, err := llm.Generate(t.Context(), c, req); err == nil || !strings.Contains(err.Error(), "nested message") {
		t.Errorf("error is %v", err)
	}
	c, _ = serve(t, deepseektest.Reply{Status: 400, Wire: []byte(`{"code":"c17","message":"flat message"}`)})
	_, err := llm.Generate(t.Context(), c, req)
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Message != "flat message" || e.Code != "c17" {
		t.Errorf("error is %v", err)
	}
}

func TestG31_Logprobs(t *testing.T) {
	want := []llm.Logprob{{Token: "Hi", Logprob: -9999, Bytes: []byte("Hi"), Top: []llm.Logprob{{Token: "He", Logprob: 0, Bytes: []byte("He")}}}}
	c, server := serve(t, deepseektest.Reply{Text: "Hi", Logprobs: want})
	req := llm.Prompt("Hi")
	req.TopLogprobs = 1
	resp := generate(t, c, req)
	if len(resp.Logprobs) != 1 || resp.Logprobs[0].Logprob != -9999 || resp.Logprobs[0].Token != "Hi" || !slices.Equal(resp.Logprobs[0].Bytes, []byte("Hi")) || len(resp.Logprobs[0].Top) != 1 {
		t.Errorf("logprobs are %+v, want %+v", resp.Logprobs, want)
	}
	if b := body(t, server, 0); string(b["logprobs"]) != "true" || string(b["top_logprobs"]) != "1" {
		t.Errorf("logprobs is sent as %s, top_logprobs as %s", b["logprobs"], b["top_logprobs"])
	}
}

// Input has the cached tokens in it already.
func TestG32_CachedIsPartOfInput(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Text: "Hi", Usage: &llm.Usage{Input: 1000, Cached: 896, Output: 5}})
	if u := generate(t, c, llm.Prompt("Hi")).Usage; u.Input != 1000 || u.Cached != 896 || u.Total() != 1005 {
		t.Errorf("usage is %+v with %d in all, want 1000 in of which 896 cached, and 5 out", u, u.Total())
	}
}

func TestG35_UnknownFinish(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Text: "No.", Finish: "refusal"})
	if resp := generate(t, c, llm.Prompt("Hi")); resp.Finish != "refusal" || resp.Text() != "No." {
		t.Errorf("reply is %+v", resp)
	}
}

// leaked is a call of the tool weather in the markup of the model.
const leaked = "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"weather\">\n" +
	"<｜DSML｜parameter name=\"city\" string=\"true\">Lisbon</｜DSML｜parameter>\n" +
	"</｜DSML｜invoke>\n</｜DSML｜tool_calls>"

// G21: a call that was left in the text becomes the call that it was meant to be.
func TestG21_LeakedCall(t *testing.T) {
	for _, whole := range []bool{false, true} {
		for _, trickle := range []int{0, 1} {
			c, server := serve(t,
				deepseektest.Reply{Reasoning: "I look.", Text: "Let me see.\n\n" + leaked, Trickle: trickle},
				deepseektest.Reply{Text: "Sunny."})
			log := new(bytes.Buffer)
			c.Log = slog.New(slog.NewTextHandler(log, nil))
			req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}, Whole: whole}
			resp := generate(t, c, req)
			call := llm.ToolCall{ID: "call_" + resp.ID + "_0", Name: "weather", Args: `{"city":"Lisbon"}`}
			want := llm.Parts{llm.Reasoning{Text: "I look."}, llm.Text("Let me see.\n\n"), call}
			if !reflect.DeepEqual(resp.Parts, want) || resp.Finish != llm.FinishTools {
				t.Errorf("whole %v: reply is %q with finish %q, want %q", whole, resp.Parts, resp.Finish, want)
			}
			var extra struct {
				Markup string `json:"tool_markup"`
			}
			if err := json.Unmarshal(resp.Extra, &extra); err != nil || extra.Markup != leaked {
				t.Errorf("whole %v: extra is %s, want the markup in it", whole, resp.Extra)
			}
			if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "Lisbon") {
				t.Errorf("the log says %q, want one warning without what was said", log)
			}
			req.Messages = append(req.Messages, resp.Message, llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
				llm.ToolResult{ID: call.ID, Name: call.Name, Content: llm.Parts{llm.Text("sunny")}},
			}})
			if resp := generate(t, c, req); resp.Text() != "Sunny." || len(server.Requests()) != 2 {
				t.Errorf("whole %v: text is %q after %d requests", whole, resp.Text(), len(server.Requests()))
			}
		}
	}
}

// G21: markup that cannot become a call is an error, and never shown.
func TestG21_LeakedMarkup(t *testing.T) {
	tools := []llm.ToolSpec{weather}
	for _, tt := range []struct {
		name  string
		req   llm.Request
		reply deepseektest.Reply
		want  string
	}{
		{"no tools", llm.Request{}, deepseektest.Reply{Text: leaked}, "no tool was to be called"},
		{"tools that are not to be called", llm.Request{Tools: tools, ToolChoice: llm.ToolNone}, deepseektest.Reply{Text: leaked}, "no tool was to be called"},
		{"another tool that is to be called", llm.Request{Tools: append(tools, llm.ToolSpec{Name: "clock"}), ToolChoice: llm.ToolNamed("clock")}, deepseektest.Reply{Text: leaked}, `there is no tool "weather"`},
		{"not closed", llm.Request{Tools: tools}, deepseektest.Reply{Text: leaked[:len(leaked)-1]}, "it is not complete"},
		{"no arguments", llm.Request{Tools: tools}, deepseektest.Reply{Text: strings.Replace(leaked, "city", "town", 1)}, `argument "city" is missing`},
		{"another tool", llm.Request{Tools: tools}, deepseektest.Reply{Text: strings.Replace(leaked, "weather", "shell", 1)}, `there is no tool "shell"`},
		{"calls besides", llm.Request{Tools: tools}, deepseektest.Reply{Text: leaked, ToolCalls: []llm.ToolCall{{ID: "a", Name: "weather", Args: `{"city":"Rome"}`}}}, "there are others besides"},
		{"cut by the limit", llm.Request{Tools: tools}, deepseektest.Reply{Text: leaked, Finish: llm.FinishLength}, `the reply ended with the finish reason "length"`},
	} {
		for _, whole := range []bool{false, true} {
			tt.reply.Text, tt.reply.Usage = "Let me see. "+strings.TrimPrefix(tt.reply.Text, "Let me see. "), &llm.Usage{Input: 10, Output: 20}
			c, _ := serve(t, tt.reply)
			req := tt.req
			req.Messages, req.Whole = []llm.Message{llm.User("Weather?")}, whole
			var shown strings.Builder
			var err error
			for chunk, e := range c.Stream(t.Context(), &req) {
				if err = e; e != nil {
					break
				}
				shown.WriteString(chunk.Text)
				if chunk.ToolCall != nil || chunk.Finish != "" {
					t.Errorf("%s, whole %v: chunk %+v", tt.name, whole, chunk)
				}
			}
			e, ok := errors.AsType[*llm.Error](err)
			if !ok || !errors.Is(err, llm.ErrProtocol) || e.Code != "tool_markup" || !strings.HasSuffix(err.Error(), "cannot be made one: "+tt.want+" (code tool_markup, request "+e.RequestID+")") || !e.Temporary() {
				t.Errorf("%s, whole %v: error is %v, want a temporary ErrProtocol with %q", tt.name, whole, err, tt.want)
				continue
			}
			if m, ok := errors.AsType[*deepseek.MarkupError](err); !ok || "Let me see. "+m.Markup != tt.reply.Text {
				t.Errorf("%s, whole %v: the markup is %+v", tt.name, whole, m)
			}
			if e.Usage == nil || *e.Usage != (llm.Usage{Input: 10, Output: 20}) {
				t.Errorf("%s, whole %v: usage is %+v", tt.name, whole, e.Usage)
			}
			if shown.String() != "Let me see. " {
				t.Errorf("%s, whole %v: it shows %q", tt.name, whole, shown.String())
			}
		}
	}
}

// G21: wherever a server puts the text of a chat, and whatever comes with it.
func TestG21_LeakedAnywhere(t *testing.T) {
	markup := strings.ReplaceAll(strings.ReplaceAll(leaked, `"`, `\"`), "\n", `\n`)
	for _, frames := range []string{
		`{"choices":[{"index":0,"text":"Hm. ` + markup + `"}]}`,
		`{"choices":[{"index":0,"delta":{"content":"Hm. ` + "`\"}}]}\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":"` + strings.ReplaceAll(markup, `\n`, "") + `"}}]}`,
		`{"choices":[{"index":0,"delta":{"content":null},"text":"Hm. <"}]}` + "\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":"` + markup[1:] + `"}}]}`,
		`{"choices":[{"index":0,"delta":{"content":"Hm. ` + markup + `","reasoning_content":"a"},"logprobs":{"content":[{"token":"a","logprob":0}]}}]}`,
		`{"choices":[{"index":0,"delta":{"content":"Hm. <"}}]}` + "\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":"","reasoning_content":"a"}}]}` +
			"\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":null}}]}` + "\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":"` + markup[1:] + `"}}]}`,
	} {
		for _, n := range []int{0, 1} {
			c := clientOf(canned{"text/event-stream", "data: " + frames + "\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"})
			req := &llm.Request{Messages: []llm.Message{llm.User("Weather?")}, Tools: []llm.ToolSpec{weather}, TopLogprobs: n}
			if resp := generate(t, c, req); strings.TrimSuffix(resp.Text(), "`") != "Hm. " || len(resp.ToolCalls()) != 1 {
				t.Errorf("%s: text is %q with calls %v", frames, resp.Text(), resp.ToolCalls())
			}
		}
	}
}

// G21: what is held back is no more than a reply may have.
func TestG21_LeakedWithoutEnd(t *testing.T) {
	for _, start := range []string{"<｜DSML｜", "` <｜DSML｜"} {
		frame := "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n"
		c := clientOf(canned{"text/event-stream", fmt.Sprintf(frame, start) + strings.Repeat(fmt.Sprintf(frame, strings.Repeat("x", 100)), 100)})
		c.MaxReply = 1000
		if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); !errors.Is(err, llm.ErrTooLarge) {
			t.Errorf("%s: error is %v", start, err)
		}
	}
}

// G21: JSON that was asked for may have markup in its strings. Markup in place of
// JSON is a leak.
func TestG21_LeakInJSON(t *testing.T) {
	data, err := json.Marshal(map[string]string{"example": leaked})
	if err != nil {
		t.Fatal(err)
	}
	req := &llm.Request{Messages: []llm.Message{llm.User("Answer with JSON.")}, Format: llm.FormatJSON}
	for _, text := range []string{string(data), "\n [" + string(data) + "]"} {
		c, _ := serve(t, deepseektest.Reply{Text: text, Trickle: 1})
		if resp := generate(t, c, req); resp.Text() != text {
			t.Errorf("text is %q, want %q", resp.Text(), text)
		}
	}
	c, _ := serve(t, deepseektest.Reply{Text: leaked})
	if _, err := llm.Generate(t.Context(), c, req); !errors.Is(err, llm.ErrProtocol) {
		t.Errorf("markup in place of JSON is %v", err)
	}
	begun := *req
	begun.Messages = append(begun.Messages[:1:1], llm.Assistant(`{"example":"`))
	c, _ = serve(t, deepseektest.Reply{Text: string(data[len(`{"example":"`):])})
	if resp := generate(t, c, &begun); resp.Text() != string(data[len(`{"example":"`):]) {
		t.Errorf("the rest of JSON that was begun is %q", resp.Text())
	}
}

// G21: fill in the middle and what is quoted may have the same characters.
func TestG21_NoLeak(t *testing.T) {
	c, _ := serve(t, deepseektest.Reply{Text: leaked})
	if resp, err := c.Complete(t.Context(), deepseek.FIM{Prompt: "const example = `"}); err != nil || resp.Text() != leaked {
		t.Errorf("FIM gives %q, %v", resp.Text(), err)
	}
	// A reply that continues a block of code is in it.
	prefix := &llm.Request{Messages: []llm.Message{llm.User("How?"), llm.Assistant("Like this:\n\n```xml\n")}, Tools: []llm.ToolSpec{weather}}
	c, _ = serve(t, deepseektest.Reply{Text: leaked + "\n```\n"})
	if resp := generate(t, c, prefix); resp.Text() != leaked+"\n```\n" {
		t.Errorf("the continuation is %q", resp.Text())
	}
	quoted := "It is written like this:\n\n```\n" + leaked + "\n```\n"
	c, _ = serve(t, deepseektest.Reply{Text: quoted})
	if resp := generate(t, c, &llm.Request{Messages: []llm.Message{llm.User("How?")}, Tools: []llm.ToolSpec{weather}}); resp.Text() != quoted {
		t.Errorf("text is %q", resp.Text())
	}
}
