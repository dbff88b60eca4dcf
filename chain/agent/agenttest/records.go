package agenttest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// start is when all runs of this package begin.
var start = time.Date(2026, 11, 20, 8, 15, 0, 123456789, time.UTC)

// began returns the first record of a run.
func began(text string) agent.Record {
	return agent.Record{Kind: agent.Began, At: start, Header: &agent.Header{
		Agent: "tester", Input: []llm.Message{llm.User(text)},
		Limits: agent.Limits{Calls: -1, Tools: -1, Tokens: -1, Time: -1, Repeats: -1},
	}}
}

// failed returns a record that may come at any place after the first.
func failed(text string) agent.Record {
	return agent.Record{Kind: agent.Failed, At: start.Add(time.Nanosecond), For: agent.StepModel, Text: text}
}

// some returns the n first records of a run.
func some(n int) []agent.Record {
	list := []agent.Record{began("Try.")}
	for i := 1; i < n; i++ {
		list = append(list, failed(fmt.Sprintf("failure %d", i)))
	}
	return list
}

// every returns a run that has records of every kind, with texts that stores have got
// wrong at each place where there may be any.
func every(id string) *agent.Run {
	header := began("Look & tell <me>.").Header
	header.System = "Be brief.\n"
	header.After = "turn \u2028 1"
	header.History = []llm.Message{llm.User("Hi."), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("")}}}
	for _, text := range texts {
		header.History = append(header.History, llm.User(text), llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: text}, llm.Text(text)}})
	}
	header.Input = []llm.Message{llm.User("It is Friday."), {Role: llm.RoleUser, Parts: llm.Parts{
		llm.Text("What is this?"), llm.Blob{MIMEType: "image/png", Name: "é.png", Data: bytes()}, llm.Blob{URL: "https://example.org/?a=1&b=<2>", Detail: "low"}}}}
	header.Settings = llm.Request{Model: "m", Effort: llm.EffortHigh, MaxTokens: 100, Temperature: new(0.0), TopP: new(0.1), Stop: []string{"<end>", ""}, User: "u", Extra: json.RawMessage(`{ "a" : 1.0, "b":"<&>" }`)}
	header.Tools = []agent.Tool{
		{ToolSpec: llm.ToolSpec{Name: "look", Description: "Looks <here> & there.", Schema: json.RawMessage("{ \"type\" : \"object\",\n\"x\": 1e2 }")}, Effect: tools.Reads},
		{ToolSpec: llm.ToolSpec{Name: "send", Schema: json.RawMessage(`{"type":"object"}`), Strict: true}, Effect: tools.WritesOnce, Approve: true},
		{ToolSpec: llm.ToolSpec{Name: "search", Kind: "web_search"}},
	}
	h := &history{run: &agent.Run{ID: id}}
	h.add(agent.Record{Kind: agent.Began, Header: header})
	h.add(agent.Record{Kind: agent.Failed, For: agent.StepModel, Elapsed: 1, Used: &agent.Used{Calls: 1, Usage: llm.Usage{Input: 7, Estimated: true}}, Text: "the line <broke> & that was it"})
	h.add(agent.Record{Kind: agent.Limited, Limits: &header.Limits})
	for i, args := range arguments {
		h.call(llm.ToolCall{ID: fmt.Sprint("call_", i), Name: "look", Args: args}, llm.Parts{llm.Text(args)}, i%2 == 0)
	}
	for i, text := range texts {
		h.call(llm.ToolCall{ID: fmt.Sprint("text_", i), Name: "look", Args: "{}"}, llm.Parts{llm.Text(text), llm.Text("")}, false)
		h.add(agent.Record{Kind: agent.Failed, For: agent.StepModel, Text: text})
	}
	for _, content := range []llm.Parts{nil, {}, {llm.Blob{Name: "none", Data: []byte{}}}, {llm.Text("see"), llm.Blob{MIMEType: "application/octet-stream", Data: bytes()}},
		{llm.ToolResult{ID: "2", Content: llm.Parts{llm.Reasoning{}}}}} {
		h.call(llm.ToolCall{ID: "again", Name: "look", Args: "{}"}, content, false)
	}
	h.approvals()
	h.add(agent.Record{Kind: agent.Replied, For: agent.StepModel, Value: json.RawMessage(`{"a":1}`), Reply: &llm.Response{
		Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: ""}, llm.Text(`{"a":1}`)}}, Finish: llm.FinishStop, ID: "r", Model: "m",
		Usage: llm.Usage{Input: 10, Cached: 4, Output: 5, Reasoning: 2}, Logprobs: []llm.Logprob{{Token: "{", Logprob: -0.25}}, Extra: json.RawMessage(`{"a":"b"}`)}})
	return h.run
}

// A history makes a run that could have happened.
type history struct {
	run     *agent.Run
	replies int
}

func (h *history) add(rec agent.Record) {
	rec.At = start.Add(time.Duration(len(h.run.Log)) * 1234567891)
	if err := h.run.Apply(rec); err != nil {
		panic(err) // all runs of this package can have happened
	}
}

// ask adds a reply with calls, and returns what begins their IDs.
func (h *history) ask(calls ...llm.ToolCall) string {
	m := llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "Let me <see>."}}}
	for _, c := range calls {
		m.Parts = append(m.Parts, c)
	}
	h.add(agent.Record{Kind: agent.Replied, For: agent.StepModel, Reply: &llm.Response{Message: m, Finish: llm.FinishTools}})
	h.replies++
	return fmt.Sprintf("%d.", h.replies)
}

// call adds a reply with a call, and the call.
func (h *history) call(c llm.ToolCall, content llm.Parts, bad bool) {
	id := h.ask(c) + "1"
	h.add(agent.Record{Kind: agent.Calling, Call: id, Elapsed: 1500 * time.Microsecond})
	h.add(agent.Record{Kind: agent.Called, Call: id, Result: &llm.ToolResult{ID: c.ID, Name: c.Name, Content: content, IsError: bad}, Used: &agent.Used{Tools: 1}})
}

// approvals adds calls about which a person decides.
func (h *history) approvals() {
	id := h.ask(llm.ToolCall{ID: "a", Name: "send", Args: "{}"}, llm.ToolCall{ID: "b", Name: "send", Args: `{"x": 1}`})
	waiting := h.run.Waiting()
	if len(waiting) != 2 {
		panic("the calls do not wait")
	}
	if err := h.run.Refuse(waiting[1].ID, "not <that> one"); err != nil {
		panic(err)
	}
	if err := h.run.Grant(waiting[0].ID, start.Add(time.Hour)); err != nil {
		panic(err)
	}
	h.add(agent.Record{Kind: agent.Held, Call: id + "1", Text: "the approval has expired"})
	if err := h.run.Grant(waiting[0].ID, time.Time{}); err != nil {
		panic(err)
	}
	h.add(agent.Record{Kind: agent.Calling, Call: id + "1"})
	h.add(agent.Record{Kind: agent.Called, Call: id + "1", Result: &llm.ToolResult{ID: "a", Name: "send", Content: llm.Parts{llm.Text("sent")}}})
}

// bytes returns one of each.
func bytes() []byte {
	list := make([]byte, 256)
	for i := range list {
		list[i] = byte(i)
	}
	return list
}

// arguments are such as models write, and some that they should not.
var arguments = []string{
	"", "{}", " { \"b\" : 1.0,\n\"a\":1e5 , \"a\": 12345678901234567890 } ", `{"x":"\u0041\/<&>"}`, `{"s":"\ud800","n":1e999,"n":2}`,
	"{\"s\":\"\xff\u2028\"}", "[]", "null", `"a"`, "-0.0", `{"a`,
}

// texts are such as stores have got wrong.
var texts = []string{
	"\x00", "a\x00b", "\x01\x1f\x7f", "\r\n\r\n", "\n", " ", "\t x \t", "trailing ", "\\", `\u0000`, `\n`, `"`, "'", "`", "''; DROP TABLE runs; --",
	"%s %d %%", "$1 ? :a @b", "{{.}} ${HOME}", "<script>&amp;</script>", "\u2028\u2029\u0085", "\ufeffBOM", "\ufffd", "\ufffe\uffff",
	"深い海", "e\u0301 \u00e9", "🐙👩\u200d🔬", "\U0010ffff", "\u202eltr", "\xff", "a\xe6\xb7b", "\xed\xa0\x80",
	`{"hadal":"run","v":1}`, `{"at":0,"log":[]}`, `","sum":"00000000"}`, "null", "true", "1e999", "[]", "-----BEGIN-----\n--boundary--", "\x1b[31m", "+OK\r\n$5\r\nhello\r\n",
}

// ids are such as are easily taken for another, or for something else.
var ids = []string{
	"a", "A", "a ", " a", "á", "a\u0301", "ａ", "ß", "ss", "ı", "i", "I", "İ", "0", "00", "1", "1.0", "-1", "-", "--", "null", "nil", "true", ".", "..", "../a", "../../etc/passwd", "/", "//", "/a", "a/", "a/b", "a/b/1.2#3", "a%2fb", `a\b`, `..\a`,
	"*", "?", "_", "%", "~", "a:b", "C:", "C:a", "a;b", "a,b", "a'b", `a"b`, "a`b", "$1", "{a}", "[a]", "<a>", "a&b", "a=b", "a#b", "a#2", "a|b", "a\nb", "a\tb", "a\x00", "a\x00b", "\x7f", "CON", "con", "con.jsonl", "NUL", "COM1", "aux.txt", ".hidden", "a.", "a.jsonl", "a.torn", "深", "🐙", "a\u200b", "\ufeffa", "\ufffd",
	"XK4JTZ7Q2M5N6P3R5S2T4V6W7Y", "XK4JTZ7Q2M5N6P3R5S2T4V6W7Y/1.1", "XK4JTZ7Q2M5N6P3R5S2T4V6W7Y/1.1#2", "XK4JTZ7Q2M5N6P3R5S2T4V6W7Y/1.10",
	strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("x", 255) + "y", strings.Repeat("海", 300), strings.Repeat("../", 300), strings.Repeat("x", 1000), strings.Repeat("x", 999) + "y",
}
