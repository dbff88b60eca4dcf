package llm_test

import (
	"reflect"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

func TestMessage(t *testing.T) {
	one, two := llm.ToolCall{ID: "1"}, llm.ToolCall{ID: "2"}
	tests := []struct {
		name            string
		parts           llm.Parts
		text, reasoning string
		has             bool
		calls           []llm.ToolCall
	}{
		{"nothing", nil, "", "", false, nil},
		{"text", llm.Parts{llm.Text("a")}, "a", "", false, nil},
		{"texts", llm.Parts{llm.Text("a"), llm.Text("b"), llm.Text("c")}, "abc", "", false, nil},
		{"empty texts", llm.Parts{llm.Text(""), llm.Text("a"), llm.Text(""), llm.Text("b")}, "ab", "", false, nil},
		{"reasoning", llm.Parts{llm.Reasoning{Text: "x"}, llm.Text("a"), llm.Reasoning{Text: "y"}}, "a", "xy", true, nil},
		{"empty reasoning", llm.Parts{llm.Reasoning{}}, "", "", true, nil},
		{"calls", llm.Parts{one, llm.Text("a"), two}, "a", "", false, []llm.ToolCall{one, two}},
		{"what is inside a result", llm.Parts{llm.ToolResult{Content: llm.Parts{llm.Text("a"), llm.Reasoning{}, one}}, llm.Blob{Name: "b"}}, "", "", false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := llm.Message{Parts: tt.parts}
			if m.Text() != tt.text || m.Reasoning() != tt.reasoning || m.HasReasoning() != tt.has || !reflect.DeepEqual(m.ToolCalls(), tt.calls) {
				t.Errorf("got %q, %q, %t, %v, want %q, %q, %t, %v", m.Text(), m.Reasoning(), m.HasReasoning(), m.ToolCalls(),
					tt.text, tt.reasoning, tt.has, tt.calls)
			}
		})
	}
}

func TestMessageOf(t *testing.T) {
	for role, m := range map[llm.Role]llm.Message{
		llm.RoleSystem:    llm.System("a"),
		llm.RoleUser:      llm.User("a"),
		llm.RoleAssistant: llm.Assistant("a"),
	} {
		if want := (llm.Message{Role: role, Parts: llm.Parts{llm.Text("a")}}); !reflect.DeepEqual(m, want) {
			t.Errorf("got %v, want %v", m, want)
		}
	}
}

func TestMessageJSON(t *testing.T) {
	m := llm.Message{Role: llm.RoleTool, Parts: llm.Parts{llm.ToolResult{ID: "1", Name: "f", Content: llm.Parts{llm.Text("x")}}}}
	const want = `{"role":"tool","parts":[{"tool_result":{"id":"1","name":"f","content":[{"text":"x"}]}}]}`
	if got := encode(t, m); got != want {
		t.Errorf("encodes to %s, want %s", got, want)
	}
	if back := decode[llm.Message](t, want); !reflect.DeepEqual(back, m) {
		t.Errorf("came back as %v, want %v", back, m)
	}
}

// One text is returned as it is, without a copy.
func TestTextDoesNotCopy(t *testing.T) {
	m := llm.Message{Parts: llm.Parts{llm.Reasoning{}, llm.Text("a long text, of which there is one"), llm.Text("")}}
	if allocs := testing.AllocsPerRun(100, func() { _ = m.Text() }); allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}
