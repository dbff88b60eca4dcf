package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

var dsmlTools = []llm.ToolSpec{
	{Name: "weather", Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}`)},
	{Name: "clock"},
	{Kind: "deepseek_web_search", Name: "search"},
}

const (
	oneCall = `<｜DSML｜tool_calls>
<｜DSML｜invoke name="weather">
<｜DSML｜parameter name="city" string="true">Lisbon</｜DSML｜parameter>
<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>
</｜DSML｜invoke>
</｜DSML｜tool_calls>`
	clockCall = "<｜DSML｜invoke name=\"clock\">\n</｜DSML｜invoke>\n"
)

func TestParseDSML(t *testing.T) {
	lisbon := []llm.ToolCall{{Name: "weather", Args: `{"city":"Lisbon","days":3}`}}
	city := func(value string) string {
		return "<｜DSML｜tool_calls><｜DSML｜invoke name=\"weather\"><｜DSML｜parameter name=\"city\" string=\"true\">" + value +
			"</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜tool_calls>"
	}
	for _, tt := range []struct {
		name, text string
		want       []llm.ToolCall
	}{
		{"V4", oneCall, lisbon},
		{"V4, then the end of the sentence", oneCall + "\n<｜end▁of▁sentence｜>", lisbon},
		{"V3.2", strings.ReplaceAll(oneCall, "tool_calls", "function_calls"), lisbon},
		{"V4.1", strings.NewReplacer("tool_calls", " calls", "｜invoke", "｜ invoke", "｜parameter", "｜ parameter").Replace(oneCall), lisbon},
		{"ASCII bars", strings.ReplaceAll(oneCall, "｜", "|"), lisbon},
		{"two bars", strings.ReplaceAll(oneCall, "｜", "｜｜"), lisbon},
		{"white space", strings.NewReplacer("<｜", "< ｜ ", "DSML｜", "DSML ｜\n").Replace(oneCall), lisbon},
		{"the first line is missing", strings.TrimPrefix(oneCall, "<｜DSML｜tool_calls>\n"), lisbon},
		{"several", "<｜DSML｜tool_calls>\n" + clockCall + clockCall + "</｜DSML｜tool_calls>", []llm.ToolCall{{Name: "clock", Args: "{}"}, {Name: "clock", Args: "{}"}}},
		{"what JSON escapes", city("\"a\\b\"\n<b> & ｜ \t"), []llm.ToolCall{{Name: "weather", Args: `{"city":"\"a\\b\"\n<b> & ｜ \t"}`}}},
		{"JSON as a value", strings.Replace(oneCall, ">3<", `> {"a": [1, "<"]} <`, 1), []llm.ToolCall{{Name: "weather", Args: `{"city":"Lisbon","days":{"a":[1,"\u003c"]}}`}}},
		{"empty value", city(""), []llm.ToolCall{{Name: "weather", Args: `{"city":""}`}}},
	} {
		got, err := parseDSML([]byte(tt.text), dsmlTools)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
		for _, call := range got {
			if !json.Valid([]byte(call.Args)) {
				t.Errorf("%s: the arguments %s are not JSON", tt.name, call.Args)
			}
		}
	}
}

func TestDSMLThatIsNoCall(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "it is not complete"},
		{"prose after it", oneCall + "\nThat is how it is written.", "there is text after it"},
		{"prose in it", strings.Replace(oneCall, "\n<｜DSML｜invoke", "\nsay <｜DSML｜invoke", 1), "there is text between its tags"},
		{"a block after it", oneCall + oneCall, "there is text after it"},
		{"no call in it", "<｜DSML｜tool_calls></｜DSML｜tool_calls>", "its tags do not belong together: /tool_calls"},
		{"two beginnings", "<｜DSML｜tool_calls>" + oneCall, "its tags do not belong together: tool_calls"},
		{"a beginning after a call", clockCall + oneCall, "its tags do not belong together: tool_calls"},
		{"the end alone", "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>", "its tags do not belong together: /parameter"},
		{"an unknown tag", "<｜DSML｜tool_calls><｜DSML｜say>", "its tags do not belong together: say"},
		{"a parameter of no call", "<｜DSML｜tool_calls><｜DSML｜parameter name=\"a\">", "its tags do not belong together: parameter"},
		{"a call in a call", "<｜DSML｜invoke name=\"clock\">" + clockCall, "its tags do not belong together: invoke"},
		{"no such tool", strings.Replace(oneCall, `"weather"`, `"Weather"`, 1), `there is no tool "Weather"`},
		{"the server's own tool", strings.Replace(clockCall, "clock", "search", 1), `there is no tool "search"`},
		{"no name", "<｜DSML｜invoke>", `there is no tool ""`},
		{"a required argument is missing", strings.Replace(oneCall, `name="city"`, `name="town"`, 1), `argument "city" is missing`},
		{"an argument twice", strings.Replace(oneCall, `name="days"`, `name="city"`, 1), "its tags do not belong together: parameter"},
		{"not JSON", strings.Replace(oneCall, ">3<", ">three<", 1), `argument "days": it is not JSON`},
		{"a name twice in JSON", strings.Replace(oneCall, ">3<", `>{"a":1,"a":2}<`, 1), `argument "days": it is not JSON`},
		{"of no type", strings.Replace(oneCall, ` string="false"`, "", 1), `argument "days": it does not say whether it is a string`},
		{"markup in a value", strings.Replace(oneCall, "Lisbon", clockCall, 1), `argument "city": there is markup in it`},
		{"a value without an end", strings.Replace(oneCall, "Lisbon</｜DSML｜parameter>", "Lisbon", 1), `argument "city": there is markup in it`},
		{"attributes in disorder", strings.Replace(oneCall, `name="city" `, `name=city `, 1), "there is a tag in it that is not well formed"},
		{"an attribute twice", strings.Replace(oneCall, `string="true"`, `name="x"`, 1), "there is a tag in it that is not well formed"},
		{"a long tag", `<｜DSML｜invoke name="` + strings.Repeat("c", 4<<10) + `">`, "there is a tag in it that is too long"},
		{"too many calls", strings.Repeat(clockCall, 1025) + "</｜DSML｜tool_calls>", "there are over 1024 calls in it"},
		{"an argument without a name", strings.Replace(oneCall, `name="days" `, "", 1), "its tags do not belong together: parameter"},
		{"closed in itself", `<｜DSML｜invoke name="clock" />`, "there is a tag in it that is not well formed"},
	} {
		got, err := parseDSML([]byte(tt.text), dsmlTools)
		if err == nil || err.Error() != tt.want || got != nil {
			t.Errorf("%s: got %+v, %v, want error %q", tt.name, got, err, tt.want)
		}
	}
}

// A call that is cut off anywhere before its end is none.
func TestCutDSML(t *testing.T) {
	for i := range len(oneCall) {
		if got, err := parseDSML([]byte(oneCall[:i]), dsmlTools); got != nil || err == nil {
			t.Fatalf("cut to %q it is %+v", oneCall[:i], got)
		}
	}
}

// Whatever the text, the calls are of the tools, and have arguments that are a
// JSON object with what is required.
func FuzzDSML(f *testing.F) {
	f.Add(oneCall)
	f.Add(clockCall + "</｜DSML｜tool_calls>")
	f.Add(strings.ReplaceAll(oneCall, "｜", "|"))
	f.Add(strings.Replace(oneCall, ">3<", `>{"a":[1,2.5e3,null,true]}<`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		calls, err := parseDSML([]byte(text), dsmlTools)
		if (err == nil) != (len(calls) > 0) {
			t.Fatalf("%d calls and error %v", len(calls), err)
		}
		for _, call := range calls {
			var args map[string]json.RawMessage
			if err := json.Unmarshal([]byte(call.Args), &args); err != nil {
				t.Fatalf("arguments %q: %v", call.Args, err)
			}
			_, has := args["city"]
			if call.Name != "clock" && (call.Name != "weather" || !has) {
				t.Fatalf("call is %+v", call)
			}
		}
	})
}
