package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

// TestFloor holds that of replies that arrive at once one is shown after the other,
// each whole, and that nothing of what happened is lost.
func TestFloor(t *testing.T) {
	var out strings.Builder
	v := newView(demo.NewScreen(&out))
	ctx := trace.With(t.Context(), v.show)
	say := func(ctx context.Context, s string) {
		trace.Emit(ctx, llm.ChunkEvent{Span: trace.Current(ctx), Chunk: &llm.Chunk{Text: s}})
	}
	ctx, doc := trace.Start(ctx, "step", "doc")
	summaryCtx, summary := trace.Start(ctx, "step", "summary")
	draftCtx, draft := trace.Start(ctx, "step", "draft")
	first, firstSpan := trace.Start(summaryCtx, "model", "m")
	second, secondSpan := trace.Start(draftCtx, "model", "m")
	say(first, "A")
	say(second, "1")
	say(first, "B")
	say(second, "2")
	say(first, "C")
	secondSpan.End(nil)
	draft.End(nil)
	say(first, "D")
	firstSpan.End(nil)
	summary.End(errors.New("summary: too short"))
	doc.End(nil)
	same := func(want string) {
		t.Helper()
		if got := masked(out.String()); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
	same(`  → summary
  → draft

summary:

ABCD

draft:

12

  ✓ draft, TIME
  ✗ summary, TIME: summary: too short
`)

	// What breaks off leaves the screen at the beginning of a line.
	out.Reset()
	v = newView(demo.NewScreen(&out))
	ctx = trace.With(t.Context(), v.show)
	ctx, _ = trace.Start(ctx, "step", "doc")
	ctx, _ = trace.Start(ctx, "step", "summary")
	say(ctx, "of no model")
	ctx, _ = trace.Start(ctx, "model", "m")
	say(ctx, "half")
	_, _ = trace.Start(ctx, "step", "late")
	v.close()
	same("  → summary\n\nsummary:\n\nhalf\n")
}
