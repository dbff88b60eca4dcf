package deepseek_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// Whatever is combined in a request, it is refused before it is sent or taken by
// the server, which obeys the rules of the API.
func TestCombinations(t *testing.T) {
	strict := weather
	strict.Strict = true
	thought := func(text string) []llm.Part { return []llm.Part{llm.Reasoning{Text: text}} }
	user := llm.User("What does JSON say of the weather?")
	histories := map[string][]llm.Message{
		"a question":         {user},
		"a system message":   {llm.System("Be brief."), user},
		"a reminder":         {{Role: llm.RoleReminder, Parts: llm.Parts{llm.Text("2026-11-20,Friday,Rome,App,en")}}, user},
		"an answer":          {user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Rain.")}}, user},
		"empty reasoning":    {user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("Rain.")}}, user},
		"results":            append([]llm.Message{user}, toolTurn(thought("two")...)...),
		"results and more":   append(append([]llm.Message{user}, toolTurn(thought("")...)...), user),
		"a prefix":           {user, llm.Assistant("The weather is")},
		"a thought prefix":   {user, {Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("It is")}}},
		"an image":           {{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("json?"), llm.Blob{URL: "https://example.com/a.png", Detail: "low"}}}},
		"a missing result":   append([]llm.Message{user}, toolTurn(thought("two")...)[0]),
		"no word for JSON":   {llm.User("Weather?")},
		"a developer":        {{Role: "developer", Parts: llm.Parts{llm.Text("Be brief.")}}, user},
		"nothing but a tool": {{Role: llm.RoleTool}},
	}
	tools := map[string][]llm.ToolSpec{
		"none": nil, "one": {weather}, "strict": {strict}, "mixed": {strict, {Name: "clock"}}, "no schema": {{Name: "clock"}},
		"search": {{Kind: "deepseek_web_search"}}, "search and one": {weather, {Kind: "deepseek_read_url"}},
	}
	efforts := []llm.Effort{"", llm.EffortNone, llm.EffortLow, llm.EffortHigh, llm.EffortMax}
	choices := []llm.ToolChoice{"", llm.ToolAuto, llm.ToolNone, llm.ToolRequired, llm.ToolNamed("weather")}
	c, server := serve(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		return deepseektest.Reply{Text: "Rain."}
	}})
	sent, refusedAtOnce := 0, 0
	for name, history := range histories {
		for kit, specs := range tools {
			for _, effort := range efforts {
				for _, choice := range choices {
					for _, format := range []llm.Format{"", llm.FormatJSON} {
						req := &llm.Request{Messages: history, Tools: specs, Effort: effort, ToolChoice: choice, Format: format, Whole: (sent+refusedAtOnce)%2 == 0}
						if name == "an image" && effort == llm.EffortLow {
							req.Model = "deepseek-v4-pro"
						}
						before, _ := json.Marshal(req)
						resp, err := llm.Generate(t.Context(), c, req)
						e, _ := errors.AsType[*llm.Error](err)
						at := fmt.Sprintf("%s, tools %s, effort %q, choice %q, format %q", name, kit, effort, choice, format)
						switch {
						case err == nil && resp.Text() == "Rain.":
							sent++
						case e != nil && e.Status == 0 && errors.Is(err, llm.ErrInvalid):
							refusedAtOnce++
						default:
							t.Errorf("%s: %v", at, err)
						}
						if after, _ := json.Marshal(req); string(after) != string(before) {
							t.Errorf("%s: the request was changed", at)
						}
					}
				}
			}
		}
	}
	if n := len(server.Requests()); n != sent || sent < 1000 || refusedAtOnce < 500 {
		t.Errorf("%d requests were sent and %d refused; the server has seen %d", sent, refusedAtOnce, n)
	}
}
