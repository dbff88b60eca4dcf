package prompt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
)

// lintRequest returns a request of messages.
func lintRequest(messages ...llm.Message) *llm.Request { return &llm.Request{Messages: messages} }

// lintFound returns findings as where: text.
func lintFound(list []prompt.Finding) string {
	var all []string
	for _, f := range list {
		all = append(all, f.Where+": "+f.Text)
	}
	return strings.Join(all, "\n")
}

func TestLintOne(t *testing.T) {
	reminder := llm.Message{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-21")}}
	for _, tt := range []struct {
		name string
		req  *llm.Request
		want string
	}{
		{"nil", nil, ""},
		{"empty", lintRequest(), ""},
		{"the user may say all", lintRequest(llm.System("Be brief."), llm.User("Today is 2026-11-21."), llm.Assistant("2026-11-21"), llm.System("2026-11-21")), ""},
		{"reminders may, too", lintRequest(llm.System("Be brief."), reminder, llm.User("2026-11-21")), ""},
		{"system", lintRequest(llm.System("Be brief.\n\nToday is 2026-11-21."), llm.User("Hi")), "message 1 (system), line 3: 2026-11-21"},
		{"second", lintRequest(llm.System("Be brief."), llm.System("request id: 8f3a"), llm.User("Hi")), "message 2 (system), line 1: request id: 8f3a"},
		{"several", lintRequest(llm.System("At 14:32:05 on 2026-11-21"), llm.User("Hi")), "message 1 (system), line 1: 2026-11-21\nmessage 1 (system), line 1: 14:32:05"},
		{"a greeting", lintRequest(llm.Assistant("It is Saturday."), llm.User("Hi")), "message 1 (assistant), line 1: It is Saturday"},
		{"no text", lintRequest(llm.Message{Role: llm.RoleSystem, Parts: llm.Parts{llm.Reasoning{Text: "It is 2026-11-21"}, llm.Text("A")}}), "message 1 (system), line 1: 2026-11-21"},
		{"long", lintRequest(llm.System("map[a:"+strings.Repeat("b", 200)+"]"), llm.User("Hi")), "message 1 (system), line 1: map[a:" + strings.Repeat("b", 74) + "…"},
		{"tools", &llm.Request{Messages: []llm.Message{llm.User("Hi")}, Tools: []llm.ToolSpec{
			{Name: "now_1795271525", Description: "Tells the time; it is 14:32 now."},
			{Name: "day", Schema: json.RawMessage(`{"type":"string","default":"2026-11-21","examples":["2026-11-21"]}`)},
		}}, "tool 1 (now_1795271525), description: 14:32\ntool 2 (day), schema: 2026-11-21"},
	} {
		if got := lintFound(prompt.Lint(tt.req)); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
	f := prompt.Lint(lintRequest(llm.System("Today is 2026-11-21.")))[0]
	const want = `message 1 (system), line 1: "2026-11-21": looks like a date: where it changes, the cache ends; leave it out, or tell it in a Reminder or with what the user says`
	if f.String() != want {
		t.Errorf("%s\nwant\n%s", f, want)
	}
	if got := (prompt.Finding{Where: "a", Reason: "b"}).String(); got != "a: b" {
		t.Errorf("%s, want a: b", got)
	}
}

func TestLintSeveral(t *testing.T) {
	system, hi := llm.System("Be brief."), llm.User("Hi")
	tools := func(list ...llm.ToolSpec) *llm.Request { return &llm.Request{Tools: list, Messages: []llm.Message{hi}} }
	a, b := llm.ToolSpec{Name: "a", Description: "A"}, llm.ToolSpec{Name: "b", Description: "B"}
	schema := func(s string) llm.ToolSpec { return llm.ToolSpec{Name: "a", Schema: json.RawMessage(s)} }
	shots := func(list ...string) *llm.Request {
		m := []llm.Message{system}
		for _, s := range list {
			m = append(m, llm.User(s), llm.Assistant("to "+s))
		}
		return lintRequest(append(m, llm.User("question "+list[0]))...)
	}
	for _, tt := range []struct {
		name      string
		reqs      []*llm.Request
		want, why string
	}{
		{"same", []*llm.Request{lintRequest(system, hi), nil, lintRequest(system, llm.User("Ho"))}, "", ""},
		{"a conversation", []*llm.Request{lintRequest(system, hi), lintRequest(system, hi, llm.Assistant("Ho"), llm.User("Bye"))}, "", ""},
		{"volatile in the first alone", []*llm.Request{lintRequest(llm.System("pid 4711")), lintRequest(llm.System("pid 4711"))}, "message 1 (system), line 1: pid 4711", "looks like a process id"},
		{"a word", []*llm.Request{lintRequest(llm.System("A\nYou talk to Ann today."), hi), lintRequest(llm.System("A\nYou talk to Bob today."), hi)},
			`message 1 (system), line 2: "Ann today." / "Bob today."`, "between request 1 and request 2: the cache ends here"},
		{"the place once", []*llm.Request{lintRequest(llm.System("A")), nil, lintRequest(llm.System("B")), lintRequest(llm.System("C"))}, `message 1 (system), line 1: "A" / "B"`, "between request 1 and request 3"},
		{"a map of words", []*llm.Request{lintRequest(llm.System("Colours: red, green; blue.")), lintRequest(llm.System("Colours: blue, red; green."))},
			`message 1 (system), line 1: "red, green; blue." / "blue, red; green."`, "the same words in another order, as a range over a map gives them"},
		{"appended", []*llm.Request{lintRequest(llm.System("Be brief.")), lintRequest(llm.System("Be brief. Or not."))}, `message 1 (system), line 1: "brief." / "brief. Or not."`, "the cache ends here"},
		{"not ASCII", []*llm.Request{lintRequest(llm.System("日本")), lintRequest(llm.System("日木"))}, `message 1 (system), line 1: "日本" / "日木"`, ""},
		{"a message more", []*llm.Request{lintRequest(system, hi), lintRequest(system, llm.System("More."), hi)}, `message 2 (system): "" / "More."`, "the one has no such message"},
		{"a message less", []*llm.Request{lintRequest(system, system, hi), lintRequest(system, hi)}, `message 2 (system): "Be brief." / ""`, "the other has no such message"},
		{"roles", []*llm.Request{lintRequest(system, hi), lintRequest(llm.Assistant("Be brief."), hi)}, `message 1 (system): "system" / "assistant"`, "the roles are not the same"},
		{"tools in another order", []*llm.Request{tools(a, b), tools(b, a)}, `tools: "a, b" / "b, a"`, "the same tools in another order, as a range over a map gives them; sort them"},
		{"other tools", []*llm.Request{tools(a, b), tools(a)}, `tools: "b" / ""`, "send the same tools in the same order"},
		{"description", []*llm.Request{tools(a), tools(llm.ToolSpec{Name: "a", Description: "B"})}, `tool 1 (a), description: "A" / "B"`, ""},
		{"keys in another order", []*llm.Request{tools(schema(`{"x":1,"y":[2]}`)), tools(schema(`{"y":[2],"x":1}`))}, `tool 1 (a), schema: "{\"x\":1,\"y\":[2]}" / "{\"y\":[2],\"x\":1}"`, "the same keys in another order"},
		{"another schema", []*llm.Request{tools(schema(`{"x":1}`)), tools(schema(`{"x":2}`))}, `tool 1 (a), schema: "{\"x\":1}" / "{\"x\":2}"`, "it is not the same"},
		{"no schema", []*llm.Request{tools(schema(`{bad`)), tools(schema(`{bed`))}, `tool 1 (a), schema: "{bad" / "{bed"`, "it is not the same"},
		{"strict", []*llm.Request{tools(a), tools(llm.ToolSpec{Name: "a", Description: "A", Strict: true})}, `tool 1 (a): `, "strict or the kind"},
		{"effort", []*llm.Request{{Effort: llm.EffortLow}, {Effort: llm.EffortMax}}, `effort: "low" / "max"`, "before all else"},
		{"model", []*llm.Request{{Model: "deepseek-flash"}, {Model: "deepseek-v4-pro"}}, `model: "deepseek-flash" / "deepseek-v4-pro"`, "a cache of its own"},
		{"format", []*llm.Request{{}, {Format: llm.FormatJSON}}, `format: "" / "json"`, "before all messages"},
		{"format without harm", []*llm.Request{{User: "a"}, {Format: llm.FormatText, User: "b"}}, "", ""},
		{"schema of the reply", []*llm.Request{{Schema: json.RawMessage(`{"a": 1}`)}, {Schema: json.RawMessage(`{"a": 2}`)}}, `format: "1}" / "2}"`, "one schema"},
		{"tool choice", []*llm.Request{tools(a), {Tools: []llm.ToolSpec{a}, ToolChoice: llm.ToolNone, Messages: []llm.Message{hi}}}, `tool choice: "" / "none"`, "left out of the prompt"},
		{"tool choice without harm", []*llm.Request{tools(a), {Tools: []llm.ToolSpec{a}, ToolChoice: llm.ToolRequired, Messages: []llm.Message{hi}}}, "", ""},
		{"examples in another order", []*llm.Request{shots("x", "y"), shots("y", "x")}, `message 2 (user): "x" / "y"`, "the same messages in another order"},
		{"other examples", []*llm.Request{shots("x", "y"), shots("x", "z")}, "", ""},
	} {
		list := prompt.Lint(tt.reqs...)
		if got := lintFound(list); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		} else if len(list) > 0 && !strings.Contains(list[0].Reason, tt.why) {
			t.Errorf("%s: %s, want %s", tt.name, list[0].Reason, tt.why)
		}
	}
}

func TestLintMany(t *testing.T) {
	text := strings.Repeat("2026-11-21 pid 4711 ", 1000)
	if n := len(prompt.Lint(lintRequest(llm.System(text)))); n != 100 {
		t.Errorf("%d findings, want 100", n)
	}
	var reqs []*llm.Request
	for i := range 300 {
		req := new(llm.Request)
		for j := range 300 {
			req.Messages = append(req.Messages, llm.System(fmt.Sprint(i, j)))
		}
		reqs = append(reqs, req)
	}
	if n := len(prompt.Lint(reqs...)); n != 100 {
		t.Errorf("%d findings, want 100", n)
	}
}

// lintValue is what the chats of these tests are for.
type lintValue struct {
	Topic, Question string
	History         []llm.Message
	Facts           map[string]string
}

func TestChatLint(t *testing.T) {
	fixed := prompt.System("Be brief.")
	shots := prompt.Examples(prompt.Example{Input: "2026-11-21", Output: "pid 4711"})
	question := prompt.User("{{.Question}}")
	for _, tt := range []struct {
		name  string
		parts []prompt.Part
		want  string
	}{
		{"good", []prompt.Part{fixed, shots, prompt.History("History"), prompt.Reminder("{{.Topic}}"), question}, ""},
		{"a document first", []prompt.Part{fixed, prompt.User("{{.Topic}}"), prompt.User("What does it say?")}, ""},
		{"the beginning of the reply", []prompt.Part{fixed, question, prompt.Assistant("Well,")}, ""},
		{"system with a field", []prompt.Part{prompt.System("Be brief.\n\nThe topic is {{/* . */}}{{.Topic}}."), question}, "part 1 (system), line 3: {{.Topic}}"},
		{"and what follows", []prompt.Part{prompt.System("{{.Topic}}"), fixed, question}, "part 1 (system), line 1: {{.Topic}}\npart 2 (system): Be brief."},
		{"by a partial", []prompt.Part{prompt.Partial{Name: "p", Text: "{{.Topic}}"}, prompt.System(`{{template "p" .}}`), question}, `part 2 (system), line 1: {{template "p" .}}`},
		{"history first", []prompt.Part{prompt.History("History"), fixed, question}, "part 2 (system): Be brief."},
		{"examples last", []prompt.Part{fixed, prompt.History("History"), shots, question}, "part 3 (examples): 2026-11-21"},
		{"a choice before examples", []prompt.Part{prompt.Choose("Question", prompt.ByLength(9, nil), prompt.Example{Input: "a", Output: "b"}), shots, question}, "part 2 (examples): 2026-11-21"},
		{"examples as messages", []prompt.Part{prompt.History("History"), prompt.User("a"), prompt.Assistant("b"), question}, "part 2 (user): a"},
		{"reminder before system", []prompt.Part{prompt.User("x"), prompt.Reminder("{{.Topic}}"), question, fixed}, "part 4 (system): Be brief."},
		{"a date", []prompt.Part{prompt.System("A\n{{if true}}B{{end}}\nMade on 2026-11-21."), question}, "part 1 (system), line 3: 2026-11-21"},
		{"a date in a partial", []prompt.Part{prompt.Partial{Name: "p", Text: "x\nMade on 2026-11-21."}, prompt.System(`{{template "p"}}`), question}, "part 2 (system): 2026-11-21"},
		{"a date where it may be", []prompt.Part{fixed, question, prompt.User("Made on 2026-11-21.")}, ""},
		{"a map", []prompt.Part{fixed, prompt.User("{{range $k, $v := .Facts}}{{$k}}: {{$v}}{{end}}")}, ""},
	} {
		c, err := prompt.ParseMessages[lintValue](tt.parts...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := lintFound(c.Lint()); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// FuzzLint holds that nothing makes Lint panic, and that a request and its copy do
// not differ.
func FuzzLint(f *testing.F) {
	f.Add("Today is 2026-11-21, 14:32:05.", "Today is 2026-11-22.")
	f.Add("req_011CSHoEeqs5C35K2UUqR7Fy 今天是2026年11月21日", `{"a":1,"b":map[a:b]}`)
	f.Add("\xff\x00 0xc000123456 1795271525", "red green")
	f.Fuzz(func(t *testing.T, a, b string) {
		req := func(s string) *llm.Request {
			return &llm.Request{
				Tools:    []llm.ToolSpec{{Name: s, Description: s, Schema: json.RawMessage(s)}},
				Messages: []llm.Message{llm.System(s), llm.System(b), llm.User(a), llm.Assistant(s), llm.User(s)},
			}
		}
		found := prompt.Lint(req(a), req(b))
		for _, f := range found {
			if f.Where == "" || f.Reason == "" || len(f.Text) > 500 || // in quotes a byte may take four
				strings.ContainsAny(f.String(), "\x00") {
				t.Errorf("%+v", f)
			}
		}
		if x, y := prompt.Lint(req(a)), prompt.Lint(req(a), req(a)); lintFound(x) != lintFound(y) {
			t.Errorf("%v, but with its copy %v", x, y)
		}
	})
}

func ExampleLint() {
	chat := prompt.Messages[string](
		prompt.System("You are a clerk. Today is 2026-11-21."),
		prompt.User("{{.}}"),
	)
	req, err := chat.Request(context.Background(), "Am I late?")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range prompt.Lint(req) {
		fmt.Println(f)
	}
	// Output:
	// message 1 (system), line 1: "2026-11-21": looks like a date: where it changes, the cache ends; leave it out, or tell it in a Reminder or with what the user says
}

func ExampleChat_Lint() {
	chat := prompt.Messages[lintValue](
		prompt.History("History"),
		prompt.System("Be brief."),
		prompt.User("{{.Question}}"),
	)
	for _, f := range chat.Lint() {
		fmt.Println(f)
	}
	// Output:
	// part 2 (system): "Be brief.": it is constant, but stands behind part 1 (history), which changes, and so is never cached: put it before that
}

func BenchmarkLint(b *testing.B) {
	prose := strings.Repeat("You are a planner. Answer in at most 120 words, in the language of the user.\nNever guess: ask for what is not known, and say what is.\n", 500)
	for name, text := range map[string]string{
		"prose":  prose,
		"digits": strings.Repeat("on 12 of 34: 5.6 and 7-8 [9] 0x1 1234567 a/b \n", 2000),
		"line":   strings.Repeat("on 12 of 34: 5.6 and 7-8 [9] 0x1 1234567 a/b ", 2000),
	} {
		b.Run(name, func(b *testing.B) {
			req := lintRequest(llm.System(text), llm.User("Hi"))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				prompt.Lint(req)
			}
		})
	}
}
