package deepseektest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

const harbour = `# The Harbour Clinic

The Harbour Clinic opened in 1987 in an old customs house on Pier Road. Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union.

## Opening hours

The clinic is open from Monday to Friday between eight and five. On Saturdays it sees children only. Appointments can be cancelled up to 24 hours before without a fee.

## Prices

A first visit costs 40 euros, and each further visit costs 25 euros. Patients over seventy pay nothing because the city covers their fees.`

const haigang = `海港诊所于一九八七年在码头路的旧海关楼里开业。创办人是方医生，她和两位护士一起工作。诊所周一到周五上午八点开门，周六只看儿童。第一次就诊收费四十元，七十岁以上的老人免费，因为费用由市政府承担。`

// standIn returns what the stand-in replies to messages, the first of which is
// the system's.
func standIn(system string, messages ...string) deepseektest.Reply {
	r := deepseektest.Request{Thinking: true, Messages: []deepseektest.Message{{Role: llm.RoleSystem, Content: system}}}
	for i, m := range messages {
		role := llm.RoleUser
		if i%2 == 1 {
			role = llm.RoleAssistant
		}
		r.Messages = append(r.Messages, deepseektest.Message{Role: role, Content: m})
	}
	return deepseektest.StandIn().Func(r)
}

func TestStandInAnswers(t *testing.T) {
	const english, chinese = "(No language model here: a stand-in that picks sentences from your text by rules.)\n\n", "（这里没有语言模型：替身按规则从原文中摘句。）\n\n"
	for _, test := range []struct{ system, question, want string }{
		{harbour, "When did the clinic open?", "The Harbour Clinic opened in 1987 in an old customs house on Pier Road."},
		{harbour, "Who founded the clinic?", "Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union."},
		{harbour, "How much does the first visit cost?", "A first visit costs 40 euros, and each further visit costs 25 euros."},
		{harbour, "Does it see children on a Saturday?", "On Saturdays it sees children only."},
		{harbour, "Why do old patients pay nothing?", "Patients over seventy pay nothing because the city covers their fees."},
		{harbour, "Can I cancel an appointment?", "Appointments can be cancelled up to 24 hours before without a fee."},
		{harbour, "What is the capital of France?", "Nothing in the text fits the question. The text is about this: The Harbour Clinic"},
		{harbour, "Summarize the text.", "The Harbour Clinic opened in 1987 in an old customs house on Pier Road. The clinic is open from Monday to Friday between eight and five. A first visit costs 40 euros, and each further visit costs 25 euros."},
		{"You are helpful. Always answer in one word.", "Why is the sky blue?", "There is no text here to answer that from. Give me one and ask about it."},
		{"", "My name is Ada.", "Noted."},
		{"", harbour + "\n\nWho founded the clinic?", "Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union."},
		{"", "Who founded the clinic?\n\n" + harbour, "Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union."},
		{"", "Summarize the document:\n\n" + harbour[strings.Index(harbour, "The Harbour Clinic opened"):], "The Harbour Clinic opened in 1987 in an old customs house on Pier Road. The clinic is open from Monday to Friday between eight and five. A first visit costs 40 euros, and each further visit costs 25 euros."},
		{haigang, "诊所什么时候开业？", "海港诊所于一九八七年在码头路的旧海关楼里开业。"},
		{haigang, "谁创办了诊所？", "创办人是方医生，她和两位护士一起工作。"},
		{haigang, "老人为什么免费？", "第一次就诊收费四十元，七十岁以上的老人免费，因为费用由市政府承担。"},
		{"", haigang + "\n\n周六开门吗？", "诊所周一到周五上午八点开门，周六只看儿童。"},
		{haigang, "法国的首都是哪里？", "文中没有与问题相符的内容。文本讲的是：海港诊所于一九八七年在码头路的旧海关楼里开业。"},
		{haigang, "请总结一下。", "海港诊所于一九八七年在码头路的旧海关楼里开业。诊所周一到周五上午八点开门，周六只看儿童。"},
		{"", "天空为什么是蓝色的？", "没有可以用来回答的文本，请先提供一段文字。"},
	} {
		prefix := english
		if strings.HasPrefix(test.want, "海") || strings.ContainsAny(test.want, "，。") {
			prefix = chinese
		}
		got := standIn(test.system, test.question)
		same(t, got.Text, prefix+test.want)
		if again := standIn(test.system, test.question); again.Text != got.Text || again.Reasoning != got.Reasoning {
			t.Errorf("%s: another answer the second time", test.question)
		}
	}
}

func TestStandInConversation(t *testing.T) {
	got := standIn("", "My name is Ada and I collect stamps.", "Noted.", "What is my name?")
	same(t, got.Text, "My name is Ada and I collect stamps.") // and says only once what it is
	same(t, got.Reasoning, "No language model, but rules. Rule: answer from the text. 1 sentences were weighed; the best share these words with the question: name.")
}

func TestStandInJSON(t *testing.T) {
	const invoice = `{"type":"object","properties":{"invoice_number":{"type":"string"},"date":{"type":"string","format":"date"},` +
		`"customer":{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string"}},"required":["name","email"]},` +
		`"total":{"type":"number"},"currency":{"enum":["USD","EUR"]},"paid":{"type":"boolean"},` +
		`"items":{"type":"array","items":{"type":"object","properties":{"description":{"type":"string"},"quantity":{"type":"integer"},"price":{"type":"number"}},"required":["description","quantity","price"]}},` +
		`"note":{"type":["string","null"]},"discount":{"type":"number"}},"required":["invoice_number","date","customer","total","currency","paid","items","note"]}`
	object := func(properties string) string {
		var names []string
		var m map[string]json.RawMessage
		json.Unmarshal([]byte("{"+properties+"}"), &m)
		for name := range m {
			names = append(names, name)
		}
		slices.Sort(names)
		required, _ := json.Marshal(names)
		return `{"type":"object","properties":{` + properties + `},"required":` + string(required) + `}`
	}
	for _, test := range []struct{ name, system, text, want string }{
		{"invoice", "Extract the invoice as JSON of this schema: " + invoice,
			"Invoice number: 2026-117\nDate: 3 March 2026\nCustomer: Ada Byron\nE-mail: ada@example.org\n\n- 2 x Coffee: 7.00\n- 1 x Cake: 5.50\n\nTotal: 12.50 EUR\nPaid: yes",
			`{"invoice_number":"2026-117","date":"2026-03-03","customer":{"name":"Ada Byron","email":"ada@example.org"},"total":12.50,"currency":"EUR","paid":true,"items":[{"description":"Coffee","quantity":2,"price":7.00},{"description":"Cake","quantity":1,"price":5.50}],"note":null}`},
		{"nothing there", "Extract the invoice as JSON of this schema: " + invoice, "Good morning.",
			`{"invoice_number":"","date":"1970-01-01","customer":{"name":"","email":""},"total":0,"currency":"USD","paid":false,"items":[],"note":null}`},
		{"Chinese labels", "抽取发票。" + object(`"invoice_number":{"type":"string"},"total":{"type":"number"},"customer":{"type":"string"},"date":{"type":"string","format":"date"}`),
			"发票号码：A-17\n客户：王小明\n金额：1,250.00元\n日期：2026年3月5日",
			`{"invoice_number":"A-17","total":1250.00,"customer":"王小明","date":"2026-03-05"}`},
		{"several labels in a line", object(`"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}`),
			"Name: Ada; Age: 36; Tags: maths, engines and poems", `{"name":"Ada","age":36,"tags":["maths","engines","poems"]}`},
		{"prose", object(`"name":{"type":"string"},"age":{"type":"integer"},"city":{"type":"string"},"email":{"type":"string"},"summary":{"type":"string"},"language":{"type":"string"}`),
			"Yesterday we met Ada Byron in London. She is 36 years old and builds engines. Write to ada@example.org.",
			`{"name":"Ada Byron","age":36,"city":"London","email":"ada@example.org","summary":"Yesterday we met Ada Byron in London. Write to ada@example.org.","language":"English"}`},
		{"description", object(`"x":{"type":"string","description":"the colour of the car"}`), "Colour: red", `{"x":"red"}`},
		{"mood", object(`"sentiment":{"enum":["positive","negative","neutral"]}`), "The food was terrible and the waiter rude.", `{"sentiment":"negative"}`},
		{"good mood", object(`"sentiment":{"enum":["positive","negative","neutral"]}`), "I love it, great food.", `{"sentiment":"positive"}`},
		{"no mood", object(`"sentiment":{"enum":["positive","negative","neutral"]}`), "It is a table.", `{"sentiment":"neutral"}`},
		{"kind", object(`"kind":{"type":"string","enum":["billing","login problem","other"]}`), "I cannot login, a problem with my password.", `{"kind":"login problem"}`},
		{"negation", object(`"smoking":{"type":"boolean"},"pets":{"type":"boolean"}`), "Smoking is not allowed. Pets are welcome.", `{"smoking":false,"pets":true}`},
		{"limits", object(`"age":{"type":"integer","minimum":18},"code":{"type":"string","pattern":"^[A-Z]{2}\\d+$"},"word":{"type":"string","minLength":3,"maxLength":4},"list":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2}`),
			"Age: 7. Code: number AB12 of the series\nWord: elephant\nList: a, b, c", `{"age":18,"code":"AB12","word":"elep","list":["a","b"]}`},
		{"constants and alternatives", object(`"kind":{"const":"x"},"a":{"anyOf":[{"type":"null"},{"type":"integer"}]},"b":{"anyOf":[{"type":"integer"},{"type":"null"}]},"c":{"type":"string","default":"d"}`),
			"A number, a: 12", `{"kind":"x","a":12,"b":null,"c":"d"}`},
		{"references", `{"$defs":{"node":{"type":"object","properties":{"name":{"type":"string"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["name","next"]}},"allOf":[{"$ref":"#/$defs/node"}],"properties":{}}`,
			"", `{"name":"","next":null}`},
		{"keywords", object(`"keywords":{"type":"array","items":{"type":"string"},"maxItems":2},"people":{"type":"array","items":{"type":"string"}},"points":{"type":"array","items":{"type":"string"}},"colours":{"type":"array","items":{"enum":["red","green","blue"]}}`),
			"The green harbour is old. Boats of Ada Byron fill the harbour. Red boats race.",
			`{"keywords":["harbour","boats"],"people":["Ada Byron"],"points":["The green harbour is old.","Boats of Ada Byron fill the harbour.","Red boats race."],"colours":["red","green"]}`},
		{"map", `{"type":"object","properties":{"facts":{"type":"object","additionalProperties":{"type":"string"}}},"required":["facts"]}`,
			"Height: 30 m\nBuilt: 1871", `{"facts":{"height":"30 m","built":"1871"}}`},
		{"formats", object(`"a":{"type":"string","format":"uuid"},"b":{"type":"string","format":"ipv4"},"link":{"type":"string"},"phone":{"type":"string"},"when":{"type":"string"},"n":{"type":"integer","exclusiveMinimum":4,"multipleOf":5},"m":{"type":"number","exclusiveMaximum":-1}`),
			"See https://example.org/a, or call +351 21 000 0000 on 2 May 2026.",
			`{"a":"00000000-0000-4000-8000-000000000000","b":"192.0.2.1","link":"https://example.org/a","phone":"+351 21 000 0000","when":"2 May 2026","n":5,"m":-2}`},
		{"large numbers", object(`"id":{"type":"integer"},"total":{"type":"number"}`), "Id: 12345678901234567890\nTotal: 1.234,50", `{"id":12345678901234567890,"total":1234.50}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			same(t, unfenced(t, standIn(test.system, test.text, "{}", correction).Text), test.want)
		})
	}
}

// correction is what a program says that checks the reply.
const correction = "The answer does not satisfy the schema:\n- /date: is not a date, want a date such as 2026-03-05"

// unfenced returns what is in a code fence.
func unfenced(t *testing.T, text string) string {
	t.Helper()
	text, begun := strings.CutPrefix(text, "```json\n")
	text, ended := strings.CutSuffix(text, "\n```")
	if !begun || !ended {
		t.Errorf("not in a code fence: %s", text)
	}
	return text
}

func TestStandInJSONMode(t *testing.T) {
	f := deepseektest.StandIn().Func
	reply := func(system, user string) string {
		return f(deepseektest.Request{Format: llm.FormatJSON, Messages: []deepseektest.Message{{Role: llm.RoleSystem, Content: system}, {Role: llm.RoleUser, Content: user}}}).Text
	}
	same(t, reply(`Answer in JSON like {"city":"Rome","people":1,"capital":true,"sights":["a"]}.`, "City: Lisbon\nPeople: 545,000\nSights: Belém, Alfama"),
		`{"city":"Lisbon","people":545000,"capital":false,"sights":["Belém","Alfama"]}`)
	same(t, reply("Answer in JSON.", "City: Lisbon\nPeople: many"), `{"City":"Lisbon","People":"many"}`)
	same(t, reply("Answer in JSON.", "Why is the sky blue?"), `{"answer":"There is no text here to answer that from. Give me one and ask about it."}`)
}

var toolbox = []llm.ToolSpec{
	{Name: "weather", Description: "Reports the current weather in a city.", Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]}`)},
	{Name: "clock", Description: "Tells the current time."},
	{Name: "calculator", Description: "Calculates an arithmetic expression.", Schema: json.RawMessage(`{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}`)},
	{Name: "search", Description: "Searches the web.", Schema: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"},"count":{"type":"integer"}},"required":["query"]}`)},
	{Name: "add", Description: "Adds two numbers.", Schema: json.RawMessage(`{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}`)},
	{Name: "fly", Description: "Books a flight.", Schema: json.RawMessage(`{"type":"object","properties":{"from":{"type":"string"},"to":{"type":"string"},"date":{"type":"string"}},"required":["from","to"]}`)},
	{Name: "deepseek_web_search", Kind: "deepseek_web_search"},
}

func TestStandInCalls(t *testing.T) {
	for _, test := range []struct{ message, want string }{
		{"What is the weather in Lisbon?", `weather{"city":"Lisbon"}`},
		{"Compare the weather in Lisbon and Porto, in celsius.", `weather{"city":"Lisbon","unit":"celsius"} weather{"city":"Porto","unit":"celsius"}`},
		{"What time is it?", `clock{}`},
		{"What is 12 * (3 + 4)?", `calculator{"expression":"12 * (3 + 4)"}`},
		{"Search the web for owls of Europe.", `search{"query":"owls of Europe"}`},
		{`Search for "snowy owl".`, `search{"query":"snowy owl"}`},
		{"Add 3 and 4.5.", `add{"a":3,"b":4.5}`},
		{"Book a flight from Lisbon to Rome on 2026-12-24.", `fly{"from":"Lisbon","to":"Rome","date":"2026-12-24"}`},
		{"里斯本的天气怎么样？", `weather{"city":"里斯本"}`},
		{"What is the weather like?", `weather{"city":"What is the weather like?"}`},
		{"Tell me a joke.", ``},
		{"Book a flight.", ``},
	} {
		r := deepseektest.StandIn().Func(deepseektest.Request{Tools: toolbox, Messages: []deepseektest.Message{{Role: llm.RoleUser, Content: test.message}}})
		var calls []string
		for _, c := range r.ToolCalls {
			calls = append(calls, c.Name+c.Args)
		}
		same(t, strings.Join(calls, " "), test.want)
		if test.want != "" && r.Text != "" || test.want == "" && r.Text == "" {
			t.Errorf("%s: text %q", test.message, r.Text)
		}
	}
}

func TestStandInForcedCall(t *testing.T) {
	spec := llm.ToolSpec{Name: "record", Description: "Records a person.", Schema: json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]}`)}
	for _, r := range []deepseektest.Request{
		{Tools: []llm.ToolSpec{{Name: "other"}, spec}, ToolChoice: llm.ToolNamed("record")},
		{Tools: []llm.ToolSpec{spec}, ToolChoice: llm.ToolRequired},
		{Tools: []llm.ToolSpec{{Name: spec.Name, Description: spec.Description, Schema: spec.Schema, Strict: true}}},
	} {
		r.Messages = []deepseektest.Message{{Role: llm.RoleUser, Content: "Name: Ada Byron\nAge: 36"}}
		got := deepseektest.StandIn().Func(r).ToolCalls
		if len(got) != 1 || got[0] != (llm.ToolCall{Name: "record", Args: `{"name":"Ada Byron","age":36}`}) {
			t.Errorf("calls: %v", got)
		}
	}
	none := deepseektest.StandIn().Func(deepseektest.Request{Tools: []llm.ToolSpec{spec}, ToolChoice: llm.ToolNone, Messages: []deepseektest.Message{{Role: llm.RoleUser, Content: "Record Ada, age 36."}}})
	if none.ToolCalls != nil {
		t.Errorf("calls: %v", none.ToolCalls)
	}
}

func TestStandInResults(t *testing.T) {
	r := deepseektest.Request{Tools: toolbox, Messages: []deepseektest.Message{
		{Role: llm.RoleUser, Content: "What is the weather in Lisbon, and who founded the clinic?"},
		{Role: llm.RoleAssistant, ToolCalls: []llm.ToolCall{{ID: "1", Name: "weather", Args: "{}"}, {ID: "2", Name: "search", Args: "{}"}}},
		{Role: llm.RoleTool, ToolCallID: "1", Content: `{"temperature":21.5,"wind_speed":"3 m/s"}`},
		{Role: llm.RoleTool, ToolCallID: "2", Content: harbour},
	}}
	got := deepseektest.StandIn().Func(r)
	same(t, got.Text, "(No language model here: a stand-in that picks sentences from your text by rules.)\n\n"+
		"weather says: temperature 21.5, wind speed 3 m/s.\nsearch says: Dr. Ines Falk founded it with two nurses and a loan from the fishermen's union.")
	if got.ToolCalls != nil {
		t.Errorf("calls: %v", got.ToolCalls)
	}
}

func TestStandInPrefix(t *testing.T) {
	continued := func(prefix, user string) string {
		return deepseektest.StandIn().Func(deepseektest.Request{Messages: []deepseektest.Message{
			{Role: llm.RoleUser, Content: user}, {Role: llm.RoleAssistant, Content: prefix, Prefix: true}}}).Text
	}
	schema := `JSON of {"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]}` + "\nAge: 36"
	same(t, continued("Here it is: {", schema), `"age":36}`)
	same(t, continued("My name is", "My name is Ada.\n\nWhat is my name?"), " Ada.")
	same(t, continued("So,", "My name is Ada.\n\nWhat is my name?"), " My name is Ada.")
}

func TestStandInFIM(t *testing.T) {
	for _, test := range []struct{ prompt, suffix, want string }{
		{"func add(a, b int) int {\n\treturn a + b\n}\n\nfunc more(a, b int) int {\n\treturn ", "\n}\n", "0"},
		{"func add(a, b int) int {\n\t", "\n}\n", "// No language model here: a stand-in wrote this by rules.\n\treturn 0"},
		{"Once upon a", "", " …"},
		{"", "", "…"},
	} {
		got := deepseektest.StandIn().Func(deepseektest.Request{FIM: true, Prompt: test.prompt, Suffix: test.suffix}).Text
		same(t, got, test.want)
	}
}

func TestStandInTitle(t *testing.T) {
	s := deepseektest.NewServer(t)
	same(t, ask(t, s, chat("When did the clinic open?", `"title":{"enabled":true}`)).Choices[0].Message.Title, "When did the clinic open?")
}

// FuzzStandIn sees that whatever is asked, there is an answer, the same each
// time, and that JSON is JSON.
func FuzzStandIn(f *testing.F) {
	f.Add(harbour, "When did the clinic open?", `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`)
	f.Add(haigang, "老人为什么免费？", `{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#"},{"type":"null"}]},"b":{"type":"array","items":{"$ref":"#"},"minItems":2}},"required":["a","b"]}`)
	f.Add("- 1 x a: 2\n- .: :\n1) b。：", "?\xff'", `{"properties":{"a":{"enum":[1,"",null]},"b":{"type":"number","multipleOf":0.3,"minimum":1}},"additionalProperties":{}}`)
	f.Add("Qty  Article  Sum\n 2  A\n   b  3,2O\n\nT o t a l  €  3,2O", "名　称：张 伟\n> x", billSchema)
	f.Add("# A B\n\n## Jobs\n### X — Y GmbH\n1/2020 - now\n", "Skills: a (b, c), d / e", lifeSchema)
	f.Add("From: A <a@b.c>\nDate: 31.02.2026\n\nPlease come on 5 May.\n\nOn 1 May, B wrote:\n> 请于5月6日来。", "/date: is wrong", mailSchema)
	f.Fuzz(func(t *testing.T, text, question, schema string) {
		r := deepseektest.Request{Tools: []llm.ToolSpec{{Name: "f", Description: text, Schema: json.RawMessage(schema)}}, Messages: []deepseektest.Message{
			{Role: llm.RoleSystem, Content: text}, {Role: llm.RoleUser, Content: question}}}
		f := deepseektest.StandIn().Func
		if one, two := fmt.Sprint(f(r)), fmt.Sprint(f(r)); one[:len(one)/2] != two[:len(two)/2] {
			t.Errorf("%q, then %q", one, two)
		}
		r.Tools, r.Format = nil, llm.FormatJSON
		r.Messages = append(r.Messages, deepseektest.Message{Role: llm.RoleUser, Content: "json " + schema + text})
		if got := f(r).Text; !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %s", got)
		}
		r.Format, r.Schema = "", json.RawMessage(schema)
		if !json.Valid(r.Schema) {
			r.Schema = json.RawMessage(`{}`) // the server takes no other
		}
		if got := f(r).Text; !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %s", got)
		}
		f(deepseektest.Request{FIM: true, Prompt: text, Suffix: question})
	})
}

// A line of prose that goes on in lower case is no label, though it has a colon.
func TestStandInWrappedLines(t *testing.T) {
	const text = "The pressure there is great, a thousand times that of\nthe surface: about 1,090 bar, or a tonne on each\nsquare centimetre. Fish keep away.\n\nHow great is the pressure?"
	got := standIn("", text).Text
	if want := "The pressure there is great, a thousand times that of the surface: about 1,090 bar, or a tonne on each square centimetre."; !strings.HasSuffix(got, want) {
		t.Errorf("answer is %q, want it to end in %q", got, want)
	}
}
