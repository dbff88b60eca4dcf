package demo

import (
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

func TestSteps(t *testing.T) {
	result := func(text string) llm.ToolResult { return llm.ToolResult{Content: llm.Parts{llm.Text(text)}} }
	read := llm.ToolCall{Name: "read", Args: `{"path":"a.md"}`}
	var b strings.Builder
	s := NewScreen(&b)
	s.Show(&llm.Chunk{Reasoning: "Look."})
	s.Call(llm.ToolCall{Name: "search", Args: `{"query":"x","fold":true}`}, 0)
	s.Call(llm.ToolCall{Name: "odd\x1b", Args: "no JSON"}, 1)
	s.Result(read, result("1\tx\n2\ty\n(end of the file: 2 lines)"), 0)
	s.Result(read, result("(A notice.)\n\nfirst\nsecond"), 1)
	s.Result(llm.ToolCall{Name: "search", Args: `{"query":"x","fold":true}`}, result(strings.Repeat("word ", 50)), 0)
	want := "Reasoning: Look.\n" +
		"→ search fold=true query=\"x\"\n" +
		"    → odd� no JSON\n" +
		"  read \"a.md\": end of the file: 2 lines\n" +
		"      read \"a.md\": first …\n" +
		"  search: " + strings.Repeat("word ", 19) + "word…\n"
	if b.String() != want {
		t.Errorf("got:\n%q\nwant:\n%q", b.String(), want)
	}
}

// TestDetails holds that nothing of a call is left out.
func TestDetails(t *testing.T) {
	var b strings.Builder
	s := NewScreen(&b)
	long := strings.Repeat("word ", 50) + "end"
	s.Details(llm.ToolCall{Name: "write", Args: `{"path":"a.md","content":"` + long + `\nsecond\u001b[2J\n","mode":3}`})
	s.Details(llm.ToolCall{Name: "odd", Args: "no JSON"})
	want := "write wants to be called with:\n  content: " + long + "\n    second�[2J\n  mode: 3\n  path: a.md\nodd wants to be called with:\n  no JSON\n"
	if b.String() != want {
		t.Errorf("got:\n%q\nwant:\n%q", b.String(), want)
	}
}
