package tools

import (
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

// A CallEvent is the [trace.Event] of a call that begins, before it waits for its
// [Group]. Like all events of this package it holds content, which a log should not
// have unasked.
type CallEvent struct {
	Span   *trace.Span // of the call, of category "tool"
	Call   llm.ToolCall
	CallID string // what the tool gets from the function of that name
}

// Kind returns "tool call".
func (CallEvent) Kind() string { return "tool call" }

// A ResultEvent is the [trace.Event] of a call that is over. Listeners must not modify
// what is in it.
type ResultEvent struct {
	Span *trace.Span // of the call
	Outcome
}

// Kind returns "tool result".
func (ResultEvent) Kind() string { return "tool result" }

// A StrayEvent is the [trace.Event] of a tool that goes on though its call is over, see
// [Strays]. It comes before the ResultEvent of the call.
type StrayEvent struct {
	Span *trace.Span // of the call
	Call llm.ToolCall
}

// Kind returns "tool stray".
func (StrayEvent) Kind() string { return "tool stray" }
