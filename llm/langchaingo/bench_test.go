package langchaingo_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/langchaingo"
)

// BenchmarkRecall sends a conversation of a hundred turns with tools, of 200 kB,
// all of them known.
func BenchmarkRecall(b *testing.B) {
	long := strings.Repeat("a word or two ", 70)
	next := 0
	model := &langchaingo.LLM{Model: llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			_ = yield(&llm.Chunk{Reasoning: long}, nil) &&
				yield(&llm.Chunk{ToolCall: &llm.ToolCall{ID: fmt.Sprintf("call_00_%016d", next), Name: "f", Args: `{"__arg1":"a"}`}}, nil) &&
				yield(&llm.Chunk{Finish: llm.FinishTools}, nil)
		}
	})}
	messages := human("U")
	for ; next < 100; next++ {
		resp, err := model.GenerateContent(b.Context(), messages)
		if err != nil {
			b.Fatal(err)
		}
		c := resp.Choices[0].ToolCalls[0]
		messages = append(messages, msg(ai, call(c.ID, "f", "a")), msg(tooled, result(c.ID, long)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := model.GenerateContent(b.Context(), messages, llms.WithMaxTokens(5)); err != nil {
			b.Fatal(err)
		}
	}
}
