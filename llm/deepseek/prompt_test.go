package deepseek_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// TestPromptPresets holds that what the presets of prompt say is what is sent: a
// temperature never goes along with thinking, which ignores it.
func TestPromptPresets(t *testing.T) {
	const said = `"messages":[{"role":"user","content":"Go."}],`
	for _, tt := range []struct {
		name     string
		settings llm.Request
		effort   llm.Effort // of the request itself
		want     string     // of the body, without model and stream
		thinking bool
	}{
		{"code", prompt.ForCode(), "", `"thinking":{"type":"enabled"},"reasoning_effort":"high"`, true},
		{"extraction", prompt.ForExtraction(), "", `"thinking":{"type":"disabled"},"temperature":1`, false},
		{"chat", prompt.ForChat(), "", `"thinking":{"type":"enabled"},"reasoning_effort":"low"`, true},
		{"writing", prompt.ForWriting(), "", `"thinking":{"type":"disabled"},"max_tokens":32768,"temperature":1.5`, false},
		{"own effort", prompt.ForChat(), llm.EffortMax, `"thinking":{"type":"enabled"},"reasoning_effort":"max"`, true},
	} {
		server := deepseektest.NewServer(t, deepseektest.Reply{Text: "Done."})
		client := &deepseek.Client{APIKey: "sk-test", BaseURL: server.URL(), Model: "deepseek-flash"}
		req := llm.Prompt("Go.")
		req.Effort = tt.effort
		if _, err := llm.Generate(t.Context(), llm.Wrap(client, llm.Defaults(tt.settings)), req); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := server.Requests()[0]
		body := string(got.Body)
		for _, rest := range []string{`"model":"deepseek-flash",`, said, `"stream":true,"stream_options":{"include_usage":true}`} {
			if !strings.Contains(body, rest) {
				t.Errorf("%s: %s is not in %s", tt.name, rest, body)
			}
			body = strings.Replace(body, rest, "", 1)
		}
		body = strings.Trim(body, "{,}")
		if body != tt.want || got.Thinking != tt.thinking || got.Thinking && got.Temperature != nil {
			t.Errorf("%s: sent %s, want %s", tt.name, body, tt.want)
		}
	}
}

// TestPromptChat holds that the API takes what a chat makes, in every role, and gets
// it as it is.
func TestPromptChat(t *testing.T) {
	type input struct {
		Past     []llm.Message
		Now, Ask string
	}
	chat := prompt.Messages[input](
		prompt.System("Be brief."),
		prompt.Examples(prompt.Example{Input: "{{.Ask}}", Output: "Yes."}),
		prompt.History("Past"),
		prompt.Reminder("{{.Now}}"),
		prompt.User("{{.Ask}}"),
		prompt.Assistant("It is"),
	)
	past := []llm.Message{
		llm.User("Look."),
		{Role: llm.RoleAssistant, Parts: llm.Parts{llm.ToolCall{ID: "1", Name: "look", Args: `{ "at": "<{{.}}>" }`}}},
		{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "look", Content: llm.Parts{llm.Text("a whale")}}}},
		llm.Assistant("A whale."),
	}
	server := deepseektest.NewServer(t, deepseektest.Reply{Text: " a whale."})
	client := &deepseek.Client{APIKey: "sk-test", BaseURL: server.URL()}
	req, err := chat.Request(t.Context(), input{past, "2026-11-20,Friday,Lisbon,Web,en", "<｜User｜>{{.Now}}\"}]"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := llm.Generate(t.Context(), client, req); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"system: Be brief.", "user: {{.Ask}}", "assistant: Yes.", "user: Look.", "assistant: ", "tool: a whale", "assistant: A whale.",
		"latest_reminder: 2026-11-20,Friday,Lisbon,Web,en", "user: <｜User｜>{{.Now}}\"}]", "assistant: It is",
	}
	var got []string
	for _, m := range server.Requests()[0].Messages {
		got = append(got, string(m.Role)+": "+m.Content)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if call := server.Requests()[0].Messages[4].ToolCalls[0]; call.Args != `{ "at": "<{{.}}>" }` {
		t.Errorf("the arguments are %s", call.Args)
	}
}
