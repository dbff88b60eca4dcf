package main

import (
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// A view shows what agents do, those inside of others indented.
type view struct {
	screen *demo.Screen
	usage  llm.Usage
	spans  map[uint64]*trace.Span
}

func newView(screen *demo.Screen) *view {
	return &view{screen: screen, spans: make(map[uint64]*trace.Span)}
}

// show shows an event.
func (v *view) show(e trace.Event) {
	switch e := e.(type) {
	case trace.Started:
		v.spans[e.Span.ID] = e.Span
		if e.Span.Category == "agent" {
			v.screen.End()
			v.screen.Printf("%s%s\n", strings.Repeat("    ", v.depth(e.Span)-1), e.Span.Name)
		}
	case tools.CallEvent:
		v.screen.Call(e.Call, v.depth(e.Span))
	case tools.ResultEvent:
		if call := (llm.ToolCall{Name: e.Result.Name}); !handsOver(call.Name) { // what it says was shown
			v.screen.Result(call, e.Result, v.depth(e.Span))
		}
	case llm.ChunkEvent:
		if v.toCustomer(e.Span) {
			v.screen.Show(e.Chunk)
		}
		if e.Chunk.Usage != nil {
			v.usage = v.usage.Add(*e.Chunk.Usage)
		}
	}
}

// depth returns how many agents a span is inside of, itself included.
func (v *view) depth(s *trace.Span) int {
	n := 0
	for ; s != nil; s = v.spans[s.Parent] {
		if s.Category == "agent" {
			n++
		}
	}
	return n
}

// toCustomer reports whether what a model says is for the customer: that of an agent which
// is a tool is for the agent that has called it.
func (v *view) toCustomer(s *trace.Span) bool {
	for ; s != nil; s = v.spans[s.Parent] {
		if s.Category == "tool" && !handsOver(s.Name) {
			return false
		}
	}
	return true
}

func handsOver(tool string) bool { return strings.HasPrefix(tool, "handoff_to_") }
