package llm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				addAll(chunkKinds["text"], n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/chunk")
		})
	}
}

// conversation returns about 100 kB of what agents say and do.
func conversation() []llm.Message {
	var messages []llm.Message
	for i := range 40 {
		call := llm.ToolCall{ID: fmt.Sprintf("call_%d", i), Name: "search", Args: fmt.Sprintf(`{"query": "deep sea %d", "limit": 10}`, i)}
		messages = append(messages,
			llm.User("What lives at the bottom of the sea, and how does it stand the pressure?"),
			llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: strings.Repeat("The user asks about the hadal zone. ", 20)}, call}},
			llm.Message{Role: llm.RoleTool, Parts: llm.Parts{
				llm.ToolResult{ID: call.ID, Name: call.Name, Content: llm.Parts{llm.Text(strings.Repeat(`{"title": "Snailfish", "depth": 8178}, `, 20))}}}},
			llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text(strings.Repeat("Snailfish live at 8,000 metres. ", 20))}},
		)
	}
	return messages
}

// A plainMessage is a message as encoding/json alone would have it: the floor.
type plainMessage struct {
	Role  string      `json:"role"`
	Parts []plainPart `json:"parts"`
}

type plainPart struct {
	Text       *string `json:"text,omitempty"`
	Reasoning  *plain  `json:"reasoning,omitempty"`
	ToolCall   *plain  `json:"tool_call,omitempty"`
	ToolResult *plain  `json:"tool_result,omitempty"`
}

type plain struct {
	Text    string      `json:"text,omitempty"`
	ID      string      `json:"id,omitempty"`
	Name    string      `json:"name,omitempty"`
	Args    string      `json:"args,omitempty"`
	Content []plainPart `json:"content,omitempty"`
}

func BenchmarkMarshal(b *testing.B) {
	messages := conversation()
	data, err := json.Marshal(messages)
	if err != nil {
		b.Fatal(err)
	}
	var floor []plainMessage
	if err := json.Unmarshal(data, &floor); err != nil {
		b.Fatal(err)
	}
	for name, v := range map[string]any{"parts": messages, "floor": floor} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	data, err := json.Marshal(conversation())
	if err != nil {
		b.Fatal(err)
	}
	for name, target := range map[string]func() any{
		"parts": func() any { return new([]llm.Message) },
		"floor": func() any { return new([]plainMessage) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := json.Unmarshal(data, target()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGenerate(b *testing.B) {
	ctx, req := context.Background(), llm.Prompt("What lives at the bottom of the sea?")
	reply := &llm.Response{Message: llm.Assistant(strings.Repeat("Snailfish live at 8,000 metres. ", 100))}
	script := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) { return reply, nil }}
	for name, m := range map[string]llm.Model{"script": script, "play": play(nil, say(slices.Repeat([]string{"token "}, 500)...)...)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := llm.Generate(ctx, m, req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRetry measures what Retry costs when nothing fails.
func BenchmarkRetry(b *testing.B) {
	ctx, bare := context.Background(), play(nil, say(slices.Repeat([]string{"token "}, 100)...)...)
	retried := llm.Wrap(bare, llm.Retry(4))
	for _, bb := range []struct {
		name  string
		model llm.Model
		whole bool
	}{{"bare", bare, false}, {"retry", retried, false}, {"whole", retried, true}} {
		b.Run(bb.name, func(b *testing.B) {
			req := llm.Prompt("Hi.")
			req.Whole = bb.whole
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range bb.model.Stream(ctx, req) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
