package agent_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// full returns a header in which every byte counts.
func full() *agent.Header {
	return &agent.Header{
		Agent: "a", System: "<&>\u2028深", After: "t",
		History: []llm.Message{llm.User("Hi."), {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("")}}},
		Input:   []llm.Message{{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("Monday")}}, {Role: llm.RoleUser, Parts: llm.Parts{llm.Text("Go"), llm.Blob{Data: []byte{0xff}}}}},
		Settings: llm.Request{Model: "m", Effort: llm.EffortMax, MaxTokens: 5, Temperature: new(0.0), TopP: new(1e-7), Stop: []string{}, TopLogprobs: 3, User: "u",
			Extra: json.RawMessage("{ \"a\" : \"<&>\", \"n\": 1e999, \"a\": 123456789012345678901234567890 }\n")},
		Tools: []agent.Tool{
			{ToolSpec: llm.ToolSpec{Name: "look", Description: "<&>", Schema: json.RawMessage("{ \"type\" : \"object\",\n\t\"title\": \"<&>\" }"), Strict: true}, Effect: tools.ReadsPrivate | 1<<7, Approve: true},
			{ToolSpec: llm.ToolSpec{Name: "bare"}},
			{ToolSpec: llm.ToolSpec{Name: "empty", Schema: json.RawMessage{}}},
			{ToolSpec: llm.ToolSpec{Kind: "deepseek_web_search"}},
			{ToolSpec: llm.ToolSpec{Name: "end"}, Final: true},
		},
		Answer: "end", Limits: agent.Limits{Calls: -1, Time: 1<<62 + 1, Finish: true}, Compact: agent.Compact{At: 1 << 30, Keep: -1, Prompt: "<sum>"},
	}
}

func TestJSON(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 30, 0, 123456789, time.UTC)
	log := []agent.Record{
		{Kind: agent.Began, At: at, Header: full()},
		{Kind: agent.Failed, At: at, For: agent.StepModel, Used: &agent.Used{Calls: 1, Usage: llm.Usage{Input: 1 << 30, Estimated: true}}, Text: "<down>", Elapsed: 1<<62 + 3},
		{Kind: agent.Limited, Limits: &agent.Limits{Time: -1}},
		{Kind: agent.Replied, At: at, For: agent.StepModel, Reply: &llm.Response{
			Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text(""), call("a", "look", ` { "n" : 1e9999 , "x": "<&>`+"\u2028"+`" } `), call("b", "end", "")}},
			Finish:  "tool_calls", ID: "1", Model: "<m>", Usage: llm.Usage{Input: -1}, Logprobs: []llm.Logprob{{Token: "x", Logprob: -9999, Bytes: []byte{0xff}}},
			Extra: json.RawMessage(`{ "z" : 1e9999, "<" : 1 }`)}},
		{Kind: agent.Granted, Call: "1.1", Digest: "x", Expires: at},
		{Kind: agent.Refused, Call: "1.1", Text: "no"},
		{Kind: agent.Replied, For: agent.StepModel, Reply: &llm.Response{Message: llm.Assistant("4"), Usage: llm.Usage{}}, Value: json.RawMessage(` { "a" : "<&>" } `)},
	}
	run, err := agent.Restore("r/1.1#2", log)
	if err != nil {
		t.Fatal(err)
	}
	back := reload(t, run)
	if !reflect.DeepEqual(run.Log, log) {
		t.Errorf("the log is\n%s\nwant\n%s", encoded(t, run.Log), encoded(t, log))
	}
	for i := range log {
		if !reflect.DeepEqual(back.Log[i], log[i]) {
			t.Errorf("record %d came back as\n%#v\nwant\n%#v", i, back.Log[i], log[i])
		}
	}
	if back.ID != run.ID || !reflect.DeepEqual(back.Header, full()) {
		t.Errorf("the header came back as %+v", back.Header)
	}
	// One by one, as stores keep them.
	for i, rec := range log {
		var one agent.Record
		if err := json.Unmarshal([]byte(encoded(t, rec)), &one); err != nil || !reflect.DeepEqual(one, rec) {
			t.Errorf("record %d, alone, came back as %#v, %v", i, one, err)
		}
	}
	run, back = &agent.Run{ID: "r", Log: log[:4]}, &agent.Run{ID: "r", Log: back.Log[:4]}
	if got, want := encoded(t, back.Messages()), encoded(t, run.Messages()); got != want {
		t.Errorf("the conversation came back as\n%s\nwant\n%s", got, want)
	}
}

// TestJSONOfLittle has what is nil, and what is empty.
func TestJSONOfLittle(t *testing.T) {
	input := []llm.Message{llm.User("Go.")}
	for name, h := range map[string]*agent.Header{
		"nil":   {Input: input},
		"empty": {Input: input, History: []llm.Message{}, Tools: []agent.Tool{}, Settings: llm.Request{Stop: []string{}, Extra: json.RawMessage{}}},
	} {
		var back agent.Header
		if err := json.Unmarshal([]byte(encoded(t, h)), &back); err != nil || !reflect.DeepEqual(&back, h) {
			t.Errorf("%s: came back as %#v, %v", name, back, err)
		}
	}
	if got, want := encoded(t, &agent.Header{Input: input}), `{"v":1,"input":[{"role":"user","parts":[{"text":"Go."}]}],"limits":{},"compact":{}}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	rec := agent.Record{Kind: agent.Replied, Reply: &llm.Response{Extra: json.RawMessage("null")}, Value: json.RawMessage("null")}
	const want = `{"kind":"replied","reply":{"role":"","parts":null,"usage":{"input":0,"cached":0,"output":0,"reasoning":0},"extra":"null"},"value":"null"}`
	if got := encoded(t, rec); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var back agent.Record
	if err := json.Unmarshal([]byte(want), &back); err != nil || !reflect.DeepEqual(back, rec) {
		t.Errorf("came back as %#v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"kind":"replied","reply":{}}`), &back); err != nil || back.Reply == nil {
		t.Errorf("an empty reply came back as %#v, %v", back, err)
	}
}

// TestTextThatIsNotUTF8 goes on with a run that was stored as with one that was not.
func TestTextThatIsNotUTF8(t *testing.T) {
	const bad, good = "a\xff\x80b", "a\ufffd\ufffdb"
	run := begin(t, func(h *agent.Header) {
		h.System, h.Input[0] = bad, llm.User(bad)
		h.Tools[3].Description, h.Tools[3].Schema = bad, json.RawMessage(`{"title":"`+bad+`"}`)
		h.Settings.Stop, h.Settings.Extra = []string{bad}, json.RawMessage(`{"`+bad+`":1}`)
	})
	given := asks(call(bad, "ask", `{"x":"`+bad+`"}`))
	apply(t, run, given)
	if err := run.Grant(good, never); err != nil {
		t.Fatal(err)
	}
	back := reload(t, run)
	if !reflect.DeepEqual(back.Log, run.Log) || !reflect.DeepEqual(back.Header, run.Header) {
		t.Errorf("came back as\n%+v\nwant\n%+v", back.Log, run.Log)
	}
	if !is(t, back, agent.StepTools).Calls[0].Approved(time.Now()) {
		t.Error("the approval got lost")
	}
	if given.Reply.ToolCalls()[0].ID != bad {
		t.Error("the reply itself was changed")
	}
	result := gave("1.1", good, bad)
	apply(t, run, begun("1.1"), result)
	if got, want := encoded(t, reload(t, run).Next().Request), encoded(t, run.Next().Request); got != want || strings.Contains(want, `\ufffd`) {
		t.Errorf("the request after is\n%s\nbefore\n%s", got, want)
	}
	if !reflect.DeepEqual(reload(t, run).Next(), run.Next()) {
		t.Error("the next step is another")
	}
}

// TestTextAnywhere has one text at a time that is not UTF-8.
func TestTextAnywhere(t *testing.T) {
	const bad = "x\x80"
	of := func(change func(*agent.Header)) func() agent.Record {
		return func() agent.Record {
			h := full()
			h.Answer = ""
			change(h)
			return agent.Record{Kind: agent.Began, Header: h}
		}
	}
	reply := func(change func(*llm.Response)) func() agent.Record {
		return func() agent.Record {
			rec := says("x")
			change(rec.Reply)
			return rec
		}
	}
	for i, rec := range []func() agent.Record{
		of(func(h *agent.Header) { h.Agent = bad }), of(func(h *agent.Header) { h.System = bad }), of(func(h *agent.Header) { h.After = bad }),
		of(func(h *agent.Header) { h.History = []llm.Message{llm.User(bad)} }), of(func(h *agent.Header) { h.History[0].Role = bad }), of(func(h *agent.Header) { h.Input = []llm.Message{llm.User(bad)} }),
		of(func(h *agent.Header) { h.History[0].Parts = llm.Parts{llm.Blob{Name: bad}} }), of(func(h *agent.Header) { h.Compact.Prompt = bad }),
		of(func(h *agent.Header) { h.Tools[1].Name = bad }), of(func(h *agent.Header) { h.Tools[1].Description = bad }), of(func(h *agent.Header) { h.Tools[1].Kind = bad }),
		of(func(h *agent.Header) { h.Tools[1].Schema = json.RawMessage(`"` + bad + `"`) }), of(func(h *agent.Header) { h.Settings.Model = bad }), of(func(h *agent.Header) { h.Settings.Effort = bad }),
		of(func(h *agent.Header) { h.Settings.User = bad }), of(func(h *agent.Header) { h.Settings.Stop = []string{"", bad} }), of(func(h *agent.Header) { h.Settings.Extra = json.RawMessage(`"` + bad + `"`) }),
		reply(func(r *llm.Response) { r.ID = bad }), reply(func(r *llm.Response) { r.Model = bad }), reply(func(r *llm.Response) { r.Finish = bad }), reply(func(r *llm.Response) { r.Extra = json.RawMessage(bad) }),
		reply(func(r *llm.Response) { r.Logprobs = []llm.Logprob{{Top: []llm.Logprob{{Token: bad}}}} }), reply(func(r *llm.Response) { r.Parts = llm.Parts{llm.Reasoning{Text: bad}, llm.Text("x")} }),
		reply(func(r *llm.Response) { r.Parts = llm.Parts{call("a", bad, "")} }), reply(func(r *llm.Response) { r.Parts = llm.Parts{call("a", "b", bad)} }),
		func() agent.Record {
			rec := says("x")
			rec.Value = json.RawMessage(`"` + bad + `"`)
			return rec
		},
		func() agent.Record {
			rec := says("x")
			rec.Remind = bad
			return rec
		},
		func() agent.Record {
			return agent.Record{Kind: agent.Failed, For: agent.StepModel, Text: bad}
		},
	} {
		run := &agent.Run{ID: "r"}
		if rec().Kind != agent.Began {
			run = begin(t, nil)
		}
		apply(t, run, rec())
		if back := reload(t, run); !reflect.DeepEqual(back.Log, run.Log) || reflect.DeepEqual(run.Log[len(run.Log)-1], rec()) {
			t.Errorf("%d: came back as %s, was %s", i, encoded(t, back), encoded(t, run))
		}
	}
}

// TestTimes has times in zones, of a monotonic clock, and that are hard to write.
func TestTimes(t *testing.T) {
	odd := time.FixedZone("odd", 3600+53*60+28)
	run := begin(t, nil)
	apply(t, run, agent.Record{Kind: agent.Limited, At: time.Now(), Limits: &agent.Limits{}}, asks(call("a", "ask", "{}")))
	if err := run.Grant("a", time.Date(2026, 12, 1, 9, 0, 0, 5, odd)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(reload(t, run).Log, run.Log) {
		t.Errorf("came back as %v, want %v", reload(t, run).Log, run.Log)
	}
	if got := run.Log[3].Expires; !got.Equal(time.Date(2026, 12, 1, 9, 0, 0, 5, odd)) || got.Location() != time.UTC {
		t.Errorf("it expires at %v", got)
	}
}

// TestNewerVersion reads what this version does not know.
func TestNewerVersion(t *testing.T) {
	run := begin(t, nil)
	apply(t, run, asks(call("a", "look", "{}")), begun("1.1"), gave("1.1", "a", "one"))
	data := encoded(t, run)
	for name, tt := range map[string]struct{ old, new, want string }{
		"version":            {`"v":1`, `"v":2`, "the run is of version 2, and this is version 1: use the program that has begun it"},
		"version and member": {`"v":1`, `"v":2,"color":"red"`, "the run is of version 2, and this is version 1"},
		"no version":         {`"v":1,`, ``, "the run is of version 0, and this is version 1"},
		"member of the run":  {`"id":`, `"color":"red","id":`, `a newer version has written it: json: unknown field "color"`},
		"of a record":        {`"kind":"calling"`, `"kind":"calling","color":"red"`, `a newer version has written it: json: unknown field "color"`},
		"of the header":      {`"limits":{`, `"color":1,"limits":{`, `a newer version has written it: json: unknown field "color"`},
		"of limits":          {`"limits":{`, `"limits":{"money":1`, `a newer version has written it: json: unknown field "money"`},
		"of a tool":          {`"name":"look"`, `"name":"look","color":1`, `a newer version has written it: json: unknown field "color"`},
		"of a reply":         {`"finish":`, `"color":1,"finish":`, `a newer version has written it: json: unknown field "color"`},
		"kind":               {`"kind":"calling"`, `"kind":"dreamt"`, `record 2: that does not fit the run: the kind "dreamt" is not known: a newer version has written it`},
	} {
		changed := strings.Replace(data, tt.old, tt.new, 1)
		was := &agent.Run{ID: "was"}
		err := json.Unmarshal([]byte(changed), was)
		if changed == data || !errors.Is(err, agent.ErrRecord) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
		if was.ID != "was" || was.Log != nil {
			t.Errorf("%s: the run is now %+v", name, was)
		}
	}
}

func TestBadJSON(t *testing.T) {
	data := encoded(t, begin(t, nil))
	if err := json.Unmarshal([]byte(strings.Replace(data, `"v":1`, `"v":"1"`, 1)), new(agent.Run)); err == nil || strings.Contains(err.Error(), "version") {
		t.Errorf("a version that is no number: %v", err)
	}
	for _, bad := range []string{``, `null`, `{}`, `[]`, `{"id":"r","log":[]}`, `{"id":"r","log":[null]}`, `{"id":"r","log":[{}]}`, `{"id":"r","log":[{"kind":"began"}]}`,
		`{"id":"r","log":[{"kind":"began","header":null}]}`, `{"id":"r","log":[{"kind":"began","header":{}}]}`, strings.Replace(data, `"id":"r"`, `"id":""`, 1),
		strings.Replace(data, `"id":"r"`, `"id":"r","ID":"q"`, 1), strings.Replace(data, `"kind":"began"`, `"kind":"began","kind":"began"`, 1),
		strings.Replace(data, `"limits":{`, `"limits":{"calls":1e100`, 1), data[:len(data)-1], data + "x",
	} {
		var run agent.Run
		if err := json.Unmarshal([]byte(bad), &run); err == nil || !reflect.DeepEqual(&run, &agent.Run{}) {
			t.Errorf("%.100s: %v, %+v", bad, err, run)
		}
		if err := run.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%.100s, alone: no error", bad)
		}
	}
}
