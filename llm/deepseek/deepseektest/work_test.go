package deepseektest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A desk has documents and the tools to work with them.
type desk struct {
	documents map[string]string
	sums      map[string]string // what the calculator says
	specs     []llm.ToolSpec
	history   []deepseektest.Message
}

func spec(name, description, schema string) llm.ToolSpec {
	return llm.ToolSpec{Name: name, Description: description, Schema: json.RawMessage(schema)}
}

var deskTools = []llm.ToolSpec{
	spec("list_files", "Lists the files.", `{"type":"object","properties":{"path":{"type":"string"}}}`),
	spec("search_files", "Finds lines.", `{"type":"object","properties":{"query":{"type":"string"},"regexp":{"type":"boolean"},"ignore_case":{"type":"boolean"}},"required":["query"]}`),
	spec("read_file", "Reads a file.", `{"type":"object","properties":{"path":{"type":"string"},"offset":{"type":"integer"}},"required":["path"]}`),
	spec("calc", "Works out an expression.", `{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}`),
}

var answerTool = spec("answer", "Ends the task with the answer.", `{"type":"object","properties":{
	"answer":{"type":"string"},
	"figures":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"number"},"unit":{"type":"string"}},"required":["name","value","unit"]}},
	"sources":{"type":"array","items":{"type":"string"}}},"required":["answer","figures","sources"]}`)

// call runs a tool.
func (d *desk) call(c llm.ToolCall) string {
	var in map[string]any
	if err := json.Unmarshal([]byte(c.Args), &in); err != nil {
		return "error: " + err.Error()
	}
	arg := func(names ...string) string {
		for _, name := range names {
			if s, ok := in[name].(string); ok {
				return s
			}
		}
		return ""
	}
	paths := slices.Sorted(maps.Keys(d.documents))
	switch c.Name {
	case "list_files", "ls":
		return strings.Join(paths, "\n")
	case "search_files", "grep":
		re := regexp.MustCompile("(?i)" + arg("query", "pattern"))
		var b strings.Builder
		for _, path := range paths {
			for i, line := range strings.Split(d.documents[path], "\n") {
				if re.MatchString(line) {
					fmt.Fprintf(&b, "%s:%d: %s\n", path, i+1, line)
				}
			}
		}
		return b.String()
	case "read_file", "cat":
		text, ok := d.documents[arg("path", "file")]
		if !ok {
			return "error: there is no such file"
		}
		return text
	case "calc":
		return d.sums[arg("expression")]
	case "answer":
		return "The answer is taken."
	}
	return "done"
}

// ask says something and has all that comes of it done. It returns what was called, and
// the answer.
func (d *desk) ask(t *testing.T, said string) (calls []string, answer string) {
	t.Helper()
	d.history = append(d.history, deepseektest.Message{Role: llm.RoleUser, Content: said})
	for n := range 10 {
		r := deepseektest.Request{Tools: d.specs, Messages: d.history}
		reply := deepseektest.StandIn().Func(r)
		if again := deepseektest.StandIn().Func(r); again.Text != reply.Text || !slices.Equal(again.ToolCalls, reply.ToolCalls) {
			t.Errorf("%s: another reply the second time", said)
		}
		m := deepseektest.Message{Role: llm.RoleAssistant, Content: reply.Text}
		for i, c := range reply.ToolCalls {
			c.ID = fmt.Sprint(len(d.history), n, i)
			m.ToolCalls = append(m.ToolCalls, c)
		}
		d.history = append(d.history, m)
		if len(m.ToolCalls) == 0 {
			_, text, ok := strings.Cut(reply.Text, "\n\n")
			if !ok {
				text = reply.Text
			}
			return calls, text
		}
		ended := false
		for _, c := range m.ToolCalls {
			if c.Name == "answer" {
				answer, ended = c.Args, true
			} else {
				calls = append(calls, c.Name+c.Args)
			}
			d.history = append(d.history, deepseektest.Message{Role: llm.RoleTool, ToolCallID: c.ID, Content: d.call(c)})
		}
		if ended {
			return calls, answer
		}
	}
	t.Fatalf("%s: no end after %q", said, calls)
	return nil, ""
}

var boathouse = map[string]string{
	"rentals.md": "# Prices\n\n| Item | Price per day (EUR) | Deposit (EUR) |\n|---|---|---|\n| Kayak | 25 | 100 |\n| Canoe | 32 | 120 |\n| Paddle board | 18 | 60 |\n\nHelmets cost 3 euros.\n",
	"house.txt":  "The boathouse opens at nine. It closes at eight in summer.\nIt was built in 1931, and burnt down in 1974. Maria Oliveira has run it since 2009.\n",
}

var gongsi = map[string]string{
	"team.csv": "姓名,部门,工龄,工资（元）\n王芳,销售,5,9000\n李伟,研发,8,15000\n张敏,研发,3,12000\n",
	"公司.txt":   "本公司成立于2008年，总部设在杭州。创始人是陈静。\n2015年在深圳开设了第一家分公司。\n",
}

var invoices = map[string]string{
	"1.txt": "INVOICE R-1. Diving lamp. Total: 119.00 EUR\n", "2.txt": "INVOICE R-2. Service. Total: 80.50 EUR\n", "note.md": "Ask Jo.\n",
}

// TestStandInWorks has the stand-in work through folders that no example has.
func TestStandInWorks(t *testing.T) {
	type turn struct{ question, sum, result, want string } // the sum that is to be worked out, if any
	for _, tt := range []struct {
		name      string
		documents map[string]string
		turns     []turn
	}{
		{"difference", boathouse, []turn{
			{"How much more than the kayak does the canoe cost?", "32 - 25", "7", `{"answer":"Item Kayak, Price per day (EUR) 25, Deposit (EUR) 100. Item Canoe, Price per day (EUR) 32, Deposit (EUR) 120.\n32 - 25 = 7.","figures":[{"name":"Kayak","value":25,"unit":"eur"},{"name":"Canoe","value":32,"unit":"eur"},{"name":"difference","value":7,"unit":"eur"}],"sources":["rentals.md"]}`},
			{"And what do the two cost together?", "25 + 32", "57", `{"answer":"25 + 32 = 57.","figures":[{"name":"Kayak","value":25,"unit":"eur"},{"name":"Canoe","value":32,"unit":"eur"},{"name":"sum","value":57,"unit":"eur"}],"sources":[]}`},
		}},
		{"average", boathouse, []turn{
			{"What is the average deposit?", "(100 + 120 + 60) / 3", "280/3 ≈ 93.333333", `{"answer":"Item Kayak, Price per day (EUR) 25, Deposit (EUR) 100. Item Canoe, Price per day (EUR) 32, Deposit (EUR) 120. Item Paddle board, Price per day (EUR) 18, Deposit (EUR) 60.\n(100 + 120 + 60) / 3 = 93.3333.","figures":[{"name":"Kayak","value":100,"unit":"eur"},{"name":"Canoe","value":120,"unit":"eur"},{"name":"Paddle board","value":60,"unit":"eur"},{"name":"average","value":93.3333,"unit":"eur"}],"sources":["rentals.md"]}`},
		}},
		{"least", boathouse, []turn{
			{"Which item is the cheapest?", "min(25, 32, 18)", "18", `{"answer":"Item Paddle board, Price per day (EUR) 18, Deposit (EUR) 60.\nmin(25, 32, 18) = 18.","figures":[{"name":"Paddle board","value":18,"unit":"eur"}],"sources":["rentals.md"]}`},
		}},
		{"years", boathouse, []turn{
			{"How many years after it was built did the boathouse burn down?", "1974 - 1931", "43", `{"answer":"It was built in 1931, and burnt down in 1974.\n1974 - 1931 = 43.","figures":[{"name":"built down","value":1931,"unit":""},{"name":"built down","value":1974,"unit":""},{"name":"difference","value":43,"unit":""}],"sources":["house.txt"]}`},
		}},
		{"no sum", boathouse, []turn{
			{"When did the boathouse burn down?", "", "", `{"answer":"It was built in 1931, and burnt down in 1974. The boathouse opens at nine.","figures":[],"sources":["house.txt"]}`},
			{"What is the capital of France?", "", "", `{"answer":"I found nothing that fits this.","figures":[],"sources":[]}`},
		}},
		{"total", invoices, []turn{
			{"What is the total of the invoices?", "119.00 + 80.50", "199.5", `{"answer":"Total: 119.00 EUR Total: 80.50 EUR\n119.00 + 80.50 = 199.5.","figures":[{"name":"1.txt","value":119.00,"unit":"EUR"},{"name":"2.txt","value":80.50,"unit":"EUR"},{"name":"sum","value":199.5,"unit":"EUR"}],"sources":["1.txt","2.txt"]}`},
		}},
		{"chinese", gongsi, []turn{
			{"李伟的工资比张敏高多少？", "15000 - 12000", "3000", `{"answer":"姓名 李伟，部门 研发，工龄 8，工资（元） 15000。姓名 张敏，部门 研发，工龄 3，工资（元） 12000。\n15000 - 12000 = 3000。","figures":[{"name":"李伟","value":15000,"unit":"元"},{"name":"张敏","value":12000,"unit":"元"},{"name":"差","value":3000,"unit":"元"}],"sources":["team.csv"]}`},
			{"研发部的平均工资是多少？", "(15000 + 12000) / 2", "13500", `{"answer":"姓名 李伟，部门 研发，工龄 8，工资（元） 15000。姓名 张敏，部门 研发，工龄 3，工资（元） 12000。\n(15000 + 12000) / 2 = 13500。","figures":[{"name":"李伟","value":15000,"unit":"元"},{"name":"张敏","value":12000,"unit":"元"},{"name":"平均","value":13500,"unit":"元"}],"sources":["team.csv"]}`},
			{"公司成立多少年后在深圳开设分公司？", "2015 - 2008", "7", `{"answer":"2015年在深圳开设了第一家分公司。本公司成立于2008年，总部设在杭州。\n2015 - 2008 = 7。","figures":[{"name":"公司","value":2015,"unit":""},{"name":"公司成立","value":2008,"unit":""},{"name":"差","value":7,"unit":""}],"sources":["公司.txt"]}`},
			{"创始人是谁？", "", "", `{"answer":"创始人是陈静。","figures":[],"sources":["公司.txt"]}`},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &desk{documents: tt.documents, sums: map[string]string{}, specs: append(slices.Clip(deskTools), answerTool)}
			for _, turn := range tt.turns {
				d.sums[turn.sum] = turn.result
				calls, got := d.ask(t, turn.question)
				same(t, got, turn.want)
				var sum strings.Builder
				for _, c := range calls {
					if rest, ok := strings.CutPrefix(c, `calc{"expression":"`); ok {
						sum.WriteString(strings.TrimSuffix(rest, `"}`))
					}
				}
				same(t, sum.String(), turn.sum)
			}
		})
	}
}

// TestStandInSteps holds what is called, in which order, by tools of other names.
func TestStandInSteps(t *testing.T) {
	d := &desk{documents: boathouse, specs: []llm.ToolSpec{
		spec("ls", "", `{"type":"object"}`),
		spec("grep", "", `{"type":"object","properties":{"pattern":{"type":"string"}},"required":["pattern"]}`),
		spec("cat", "", `{"type":"object","properties":{"file":{"type":"string"}},"required":["file"]}`),
	}}
	calls, got := d.ask(t, "Who has run the boathouse since 2009?")
	same(t, strings.Join(calls, " "), `grep{"pattern":"boathouse"} ls{} cat{"file":"house.txt"}`)
	same(t, got, "Maria Oliveira has run it since 2009.")
	calls, got = d.ask(t, "My name is Ada.")
	same(t, strings.Join(calls, " "), "")
	same(t, got, "Noted.")
	_, got = d.ask(t, "What is my name?")
	same(t, got, "My name is Ada.")
}

// TestStandInPages holds that it reads on where the words are.
func TestStandInPages(t *testing.T) {
	d := &desk{documents: map[string]string{"log.txt": "a\n" + strings.Repeat("b\n", 200) + "The harbour froze.\n"}, specs: deskTools}
	d.history = []deepseektest.Message{
		{Role: llm.RoleUser, Content: "When did the harbour freeze?"},
		{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{{ID: "1", Name: "search_files", Args: `{"query":"harbour"}`}}},
		{Role: llm.RoleTool, ToolCallID: "1", Content: "log.txt:202: The harbour froze."},
		{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{{ID: "2", Name: "read_file", Args: `{"path":"log.txt"}`}}},
		{Role: llm.RoleTool, ToolCallID: "2", Content: "1\ta\n2\tb\n(lines 1 to 2 of 202; go on with offset 3)"},
	}
	got := deepseektest.StandIn().Func(deepseektest.Request{Tools: d.specs, Messages: d.history}).ToolCalls
	if len(got) != 1 || got[0].Args != `{"path":"log.txt","offset":200}` {
		t.Errorf("calls: %v", got)
	}
	none := deepseektest.StandIn().Func(deepseektest.Request{Tools: d.specs, ToolChoice: llm.ToolNone, Messages: append(d.history, deepseektest.Message{Role: llm.RoleUser, Content: "You have reached a limit. Answer now."})})
	if none.ToolCalls != nil || none.Text == "" {
		t.Errorf("without tools: %v, %q", none.ToolCalls, none.Text)
	}
}

// TestStandInKeeps has it note, write, hand over and tell what failed.
func TestStandInKeeps(t *testing.T) {
	note := spec("note", "Keeps a short note.", `{"type":"object","properties":{"name":{"type":"string"},"text":{"type":"string"}},"required":["name","text"]}`)
	write := spec("write_file", "Writes a file.", `{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]}`)
	clock := spec("clock", "Tells the time.", `{"type":"object","properties":{"zone":{"type":"string"}}}`)
	pressure := spec("pressure", "Works out the pressure at a depth.", `{"type":"object","properties":{"depth":{"type":"number","description":"in metres"}},"required":["depth"]}`)
	billing := spec("handoff_to_billing", "Hands over: invoices, payments and refunds.", `{"type":"object","properties":{"note":{"type":"string"}}}`)
	support := spec("handoff_to_support", "Hands over: gear that leaks, breaks or needs service.", `{"type":"object","properties":{"note":{"type":"string"}}}`)
	docs := map[string]string{"wreck.md": "The wreck of the Albatros lies at 42 metres.\n"}
	for _, tt := range []struct {
		said  string
		specs []llm.ToolSpec
		want  string // the last call
	}{
		{"Remember that my boat is called Albatros.", []llm.ToolSpec{note}, `note{"name":"boat","text":"my boat is called Albatros."}`},
		{"请记住：我的船叫信天翁。", []llm.ToolSpec{note}, `note{"name":"船","text":"我的船叫信天翁。"}`},
		{"Write a file plan.md: Dive at nine.", []llm.ToolSpec{write}, `write_file{"path":"plan.md","content":"Dive at nine.\n"}`},
		{"Save how deep the wreck of the Albatros lies to notes/depth.md.", []llm.ToolSpec{write}, `write_file{"path":"notes/depth.md","content":"The wreck of the Albatros lies at 42 metres.\n"}`},
		{"What time is it in Lisbon?", []llm.ToolSpec{clock}, `clock{"zone":"Lisbon"}`},
		{"现在几点？", []llm.ToolSpec{clock}, `clock{}`},
		{"What is 17 * 23?", nil, `calc{"expression":"17 * 23"}`},
		{"What is the pressure at 30 metres?", []llm.ToolSpec{pressure}, `pressure{"depth":30}`},
		{"What is the pressure at the wreck of the Albatros?", []llm.ToolSpec{pressure}, `pressure{"depth":42}`},
		{"I was charged twice, and want a refund.", []llm.ToolSpec{billing, support}, `handoff_to_billing{}`},
		{"My regulator leaks.", []llm.ToolSpec{billing, support}, `handoff_to_support{}`},
		{"我的发票不对。", []llm.ToolSpec{billing, support}, `handoff_to_billing{}`},
	} {
		d := &desk{documents: docs, specs: slices.Concat(deskTools, tt.specs), sums: map[string]string{"17 * 23": "391"}}
		calls, got := d.ask(t, tt.said)
		if len(calls) == 0 || calls[len(calls)-1] != tt.want || got == "" {
			t.Errorf("%s: %q, %q; want %q", tt.said, calls, got, tt.want)
		}
	}
	d := &desk{specs: deskTools, history: []deepseektest.Message{
		{Role: llm.RoleUser, Content: "What is 1 / 0?"},
		{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{{ID: "1", Name: "calc", Args: `{"expression":"1 / 0"}`}}},
		{Role: llm.RoleTool, ToolCallID: "1", Content: "error: division by zero"},
	}}
	got := deepseektest.StandIn().Func(deepseektest.Request{Tools: d.specs, Messages: d.history})
	if !strings.HasSuffix(got.Text, "calc says: error: division by zero") {
		t.Errorf("%v, %q", got.ToolCalls, got.Text)
	}
}

// FuzzStandInWorks holds that work comes to an end with calls that are JSON, whatever the
// documents and the question are.
func FuzzStandInWorks(f *testing.F) {
	f.Add("What is the average deposit?", boathouse["rentals.md"])
	f.Add("And what is the difference of the two?", "a,b (m)\nx,1\ny,2\n")
	f.Add("李伟的工资比张敏高多少？", gongsi["team.csv"])
	f.Add("Save the total to out.md", "(lines 1 to 2 of 9; go on with offset 3)\n|a|b|\n|-|-|\n|1|\n")
	f.Fuzz(func(t *testing.T, question, document string) {
		if strings.TrimSpace(question) == "" {
			return
		}
		d := &desk{documents: map[string]string{"a.md": document, "b.csv": document}, specs: append(slices.Clip(deskTools), answerTool)}
		for range 2 {
			calls, answer := d.ask(t, question)
			for _, c := range calls {
				if args := c[strings.Index(c, "{"):]; !json.Valid([]byte(args)) {
					t.Errorf("arguments: %s", c)
				}
			}
			if answer == "" {
				t.Error("no answer")
			}
		}
	})
}
