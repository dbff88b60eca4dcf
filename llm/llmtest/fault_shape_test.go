package llmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

func isLast(c *llm.Chunk) bool { return c != nil && c.Finish != "" }

// shapeFaults are of the sequence.
var shapeFaults = []fault{
	{"neither chunk nor error", rulePair, chunks(func(c *llm.Chunk) []*llm.Chunk { return []*llm.Chunk{nil, c} })},
	{"neither in place of the end", rulePair, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if isLast(c) {
			return []*llm.Chunk{nil}
		}
		return []*llm.Chunk{c}
	})},
	{"both chunk and error", rulePair, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if err != nil {
			c = new(llm.Chunk)
		}
		return yield(c, err)
	})},
	{"chunk after the last", ruleEnd, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if isLast(c) {
			return []*llm.Chunk{c, {Text: "PS"}}
		}
		return []*llm.Chunk{c}
	})},
	{"usage after the last", ruleEnd, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if isLast(c) {
			return []*llm.Chunk{{Finish: c.Finish}, {Usage: c.Usage}}
		}
		return []*llm.Chunk{c}
	})},
	{"two last chunks", ruleEnd, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if isLast(c) {
			return []*llm.Chunk{c, new(*c)}
		}
		return []*llm.Chunk{c}
	})},
	{"error after the last chunk", ruleEnd, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		return yield(c, err) && (!isLast(c) || yield(nil, context.Canceled))
	})},
	{"chunk after the error", ruleEnd, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		return yield(c, err) && (err == nil || yield(&llm.Chunk{Text: "and"}, nil))
	})},
	{"the error twice", ruleEnd, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		return yield(c, err) && (err == nil || yield(nil, err))
	})},
	{"no end", ruleEnd, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if isLast(c) {
			return []*llm.Chunk{{Usage: c.Usage}}
		}
		return []*llm.Chunk{c}
	})},
	{"no usage", ruleLast, change(func(c *llm.Chunk) { c.Usage = nil })},
	{"usage before the last chunk only", ruleLast, func(play Play, good llm.Model) llm.Model {
		if len(play.Reply.ToolCalls()) > 0 {
			return good
		}
		return chunks(func(c *llm.Chunk) []*llm.Chunk {
			if isLast(c) {
				return []*llm.Chunk{{Usage: c.Usage}, {Finish: c.Finish}}
			}
			return []*llm.Chunk{c}
		})(play, good)
	}},
	{"no ID", ruleLast, change(func(c *llm.Chunk) { c.ID = "" })},
	{"the model that was asked for", ruleLast, change(func(c *llm.Chunk) { c.Model = "model" })},
	{"a panic", ruleReturn, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			var none *llm.Response
			for c, err := range good.Stream(ctx, req) {
				if err == nil && c.Finish == llm.FinishFilter {
					none.Finish = c.Finish
				}
				if !yield(c, err) {
					return
				}
			}
		})
	}},
}

// replaceText returns a fault that changes the text of the whole reply.
func replaceText(f func(string) string) func(Play, llm.Model) llm.Model {
	return wrong(func(play *Play) {
		for i, p := range play.Reply.Parts {
			if text, ok := p.(llm.Text); ok && play.Err == nil {
				play.Reply.Parts[i] = llm.Text(f(string(text)))
			}
		}
	})
}

// replaceCalls returns a fault that changes the calls of the whole reply.
func replaceCalls(f func([]llm.ToolCall) []llm.ToolCall) func(Play, llm.Model) llm.Model {
	return wrong(func(play *Play) {
		calls := play.Reply.ToolCalls()
		if !completes(play.Reply.Finish) || len(calls) == 0 {
			return
		}
		play.Reply.Parts = play.Reply.Parts[:len(play.Reply.Parts)-len(calls)]
		for _, call := range f(calls) {
			play.Reply.Parts = append(play.Reply.Parts, call)
		}
	})
}

func mapArgs(f func(string) string) func(Play, llm.Model) llm.Model {
	return replaceCalls(func(calls []llm.ToolCall) []llm.ToolCall {
		for i := range calls {
			calls[i].Args = f(calls[i].Args)
		}
		return calls
	})
}

func replacer(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

// delta returns a fault that changes fragments.
func delta(f func(d *llm.ToolDelta)) func(Play, llm.Model) llm.Model {
	return change(func(c *llm.Chunk) {
		if c.ToolDelta != nil {
			f(c.ToolDelta)
		}
	})
}

// contentFaults are of what arrives.
var contentFaults = []fault{
	{"the last byte is dropped", ruleText, replaceText(func(s string) string { return s[:max(1, len(s)-1)] })},
	{"spaces are trimmed", ruleText, replaceText(strings.TrimSpace)},
	{"lines end in LF", ruleText, replaceText(replacer("\r\n", "\n"))},
	{"U+2028 is escaped", ruleText, replaceText(replacer("\u2028", `\u2028`))},
	{"angle brackets are escaped", ruleText, replaceText(replacer("<", `\u003c`))},
	{"[DONE] in the text ends it", ruleText, replaceText(func(s string) string { s, _, _ = strings.Cut(s, "data: [DONE]"); return s })},
	{"runes are cut", ruleText, replaceText(func(s string) string { return strings.ToValidUTF8(s[:len(s)/2], "?") + s[len(s)/2:] + "." })},
	{"reasoning is dropped", ruleReasoning, wrong(func(play *Play) {
		play.Reply.Parts = slices.DeleteFunc(play.Reply.Parts, func(p llm.Part) bool { _, ok := p.(llm.Reasoning); return ok && play.Err == nil })
	})},
	{"empty reasoning is dropped", ruleReasoning, chunks(func(c *llm.Chunk) []*llm.Chunk {
		c.HasReasoning = false
		return []*llm.Chunk{c}
	})},
	{"reasoning where there is none", ruleReasoning, change(func(c *llm.Chunk) { c.HasReasoning = c.HasReasoning || c.Text != "" })},
	{"reasoning is trimmed", ruleReasoning, change(func(c *llm.Chunk) {
		if strings.TrimSpace(c.Reasoning) == "" {
			c.Reasoning = ""
		}
	})},
	{"a call is dropped", ruleCalls, replaceCalls(func(calls []llm.ToolCall) []llm.ToolCall { return calls[:1] })},
	{"all calls are dropped", ruleCalls, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if c.ToolCall != nil || c.ToolDelta != nil {
			return nil
		}
		return []*llm.Chunk{c}
	})},
	{"calls are in no order", ruleCalls, replaceCalls(func(calls []llm.ToolCall) []llm.ToolCall { slices.Reverse(calls); return calls })},
	{"parallel calls are merged", ruleCalls, replaceCalls(func(calls []llm.ToolCall) []llm.ToolCall {
		for _, c := range calls[1:] {
			calls[0].Args += c.Args
		}
		return calls[:1]
	})},
	{"ids are made up", ruleCalls, replaceCalls(func(calls []llm.ToolCall) []llm.ToolCall { calls[0].ID = "call_0"; return calls })},
	{"arguments are compacted", ruleCalls, mapArgs(func(s string) string {
		var b bytes.Buffer
		if json.Compact(&b, []byte(s)) != nil {
			return s
		}
		return b.String()
	})},
	{"arguments that are no JSON are dropped", ruleCalls, mapArgs(func(s string) string {
		if !json.Valid([]byte(s)) {
			return "{}"
		}
		return s
	})},
	{"a call before the end", ruleCallTime, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if c.ToolDelta != nil && c.ToolDelta.Args == `{"city":"Lisbon"}` {
			return []*llm.Chunk{{ToolCall: &llm.ToolCall{ID: c.ToolDelta.ID, Name: "weather", Args: `{"city":"Lisbon"}`}}, c}
		}
		if c.ToolDelta != nil && c.ToolDelta.Args == `{"city":"Lis` {
			return []*llm.Chunk{c, {ToolCall: &llm.ToolCall{ID: c.ToolDelta.ID}}}
		}
		return []*llm.Chunk{c}
	})},
	{"a call that was cut off", ruleCallTime, func(play Play, good llm.Model) llm.Model {
		calls := play.Reply.ToolCalls()
		if completes(play.Reply.Finish) || len(calls) == 0 {
			return good
		}
		return chunks(func(c *llm.Chunk) []*llm.Chunk {
			if isLast(c) {
				return []*llm.Chunk{{ToolCall: &calls[0]}, c}
			}
			return []*llm.Chunk{c}
		})(play, good)
	}},
	{"a call before an error", ruleCallTime, func(play Play, good llm.Model) llm.Model {
		return pairs(func(c *llm.Chunk, err error, yield receiver) bool {
			if calls := play.Reply.ToolCalls(); err != nil && len(calls) > 0 && play.Err != nil && !yield(&llm.Chunk{ToolCall: &calls[0]}, nil) {
				return false
			}
			return yield(c, err)
		})(play, good)
	}},
	{"fragments are numbered from 1", ruleDelta, delta(func(d *llm.ToolDelta) { d.Index++ })},
	{"fragments are all of call 0", ruleDelta, delta(func(d *llm.ToolDelta) { d.Index = 0 })},
	{"fragments lack a byte", ruleDelta, delta(func(d *llm.ToolDelta) { d.Args = strings.TrimSuffix(d.Args, "}") })},
	{"fragments have other ids", ruleDelta, delta(func(d *llm.ToolDelta) { d.ID = "other" })},
	{"fragments have other names", ruleDelta, delta(func(d *llm.ToolDelta) { d.Name = "other" })},
	{"fragments of the first call only", ruleDelta, chunks(func(c *llm.Chunk) []*llm.Chunk {
		if c.ToolDelta != nil && c.ToolDelta.Index > 0 {
			return nil
		}
		return []*llm.Chunk{c}
	})},
	{"cached tokens are subtracted", ruleUsage, change(func(c *llm.Chunk) {
		if c.Usage != nil {
			c.Usage.Input -= c.Usage.Cached
		}
	})},
	{"reasoning tokens are lost", ruleUsage, change(func(c *llm.Chunk) {
		if c.Usage != nil {
			c.Usage.Reasoning = 0
		}
	})},
	{"every finish is stop", ruleReply, change(func(c *llm.Chunk) {
		if isLast(c) && c.Finish != llm.FinishTools {
			c.Finish = llm.FinishStop
		}
	})},
	{"a long reply is an error", ruleReply, pairs(func(c *llm.Chunk, err error, yield receiver) bool {
		if isLast(c) && c.Finish == llm.FinishLength {
			return yield(nil, &llm.Error{Err: llm.ErrTooLarge})
		}
		return yield(c, err)
	})},
	{"Whole replies lack text", ruleWhole, wholeOnly(func(c *llm.Chunk) { c.Text = "" })},
	{"Whole replies lack reasoning", ruleWhole, wholeOnly(func(c *llm.Chunk) { c.Reasoning = "" })},
	{"Whole replies lack usage", ruleWhole, wholeOnly(func(c *llm.Chunk) { c.Usage = nil })},
}

// wholeOnly returns a fault that changes chunks of requests that are Whole, and
// do not fail.
func wholeOnly(f func(c *llm.Chunk)) func(Play, llm.Model) llm.Model {
	return func(play Play, good llm.Model) llm.Model {
		if play.Name == "concurrent" {
			return good
		}
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if err == nil && req.Whole {
					f(c)
				}
				if !yield(c, err) {
					return
				}
			}
		})
	}
}

// stateFaults are of what a model keeps, or changes.
var stateFaults = []fault{
	{"one chunk for all", ruleOwner, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			one := new(llm.Chunk)
			for c, err := range good.Stream(ctx, req) {
				if err != nil {
					yield(nil, err)
					return
				}
				if *one = *c; !yield(one, nil) {
					return
				}
			}
		})
	}},
	{"one usage for all replies", ruleOwner, func(play Play, good llm.Model) llm.Model {
		if play.Name == "concurrent" {
			return good
		}
		shared := play.Reply.Usage
		return change(func(c *llm.Chunk) {
			if c.Usage != nil && play.Reply.Usage.Input > 0 {
				c.Usage = &shared
			}
		})(play, good)
	}},
	{"one list of chunks for all replies", ruleOwner, func(play Play, good llm.Model) llm.Model {
		if play.Name == "concurrent" || play.Err != nil || play.Stall {
			return good
		}
		var list []*llm.Chunk
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if list == nil {
				for c := range good.Stream(ctx, req) {
					list = append(list, c)
				}
			}
			for _, c := range list {
				if !yield(c, nil) {
					return
				}
			}
		})
	}},
	{"a message is added to the request", ruleRequest, func(_ Play, good llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) sequence {
			if len(req.Tools) > 0 && req.TopP != nil { // not in the request of many at the same time
				req.Messages = append(req.Messages, llm.User("Use the tools."))
			}
			return good.Stream(ctx, req)
		})
	}},
	{"the model is filled in", ruleRequest, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if req.TopP != nil {
				req.Model = "model-1"
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"a schema is formatted in place", ruleRequest, func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if req.TopP != nil {
				schema := req.Tools[1].Schema
				copy(schema, bytes.TrimSpace(schema[1:]))
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"chunks are emitted", ruleTrace, change2(func(ctx context.Context, c *llm.Chunk) { trace.Emit(ctx, llm.ChunkEvent{Chunk: c}) })},
	{"replies share a buffer", ruleConcurrent, func(play Play, good llm.Model) llm.Model {
		if play.Stall || play.Err != nil {
			return good
		}
		var mu sync.Mutex
		var text string
		return change(func(c *llm.Chunk) { // the text that was written since the last chunk, of whatever reply
			mu.Lock()
			defer mu.Unlock()
			if c.Reasoning != "" || isLast(c) {
				text = ""
			}
			if play.Name == "concurrent" && c.Text != "" {
				text += c.Text
				if !strings.HasPrefix(shortText, text) {
					c.Text = text
				}
			}
		})(play, good)
	}},
	{"one request at a time", ruleConcurrent, func(play Play, good llm.Model) llm.Model {
		free := make(chan bool, 1)
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			if play.Name == "concurrent" {
				select {
				case free <- true:
					defer func() { <-free }()
				case <-ctx.Done():
					yield(nil, ctx.Err())
					return
				}
			}
			good.Stream(ctx, req)(yield)
		})
	}},
	{"one cancels all", ruleConcurrent, func(play Play, good llm.Model) llm.Model {
		if play.Name != "concurrent" {
			return good
		}
		all, cancel := context.WithCancel(context.Background())
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if err != nil {
					cancel()
				}
				if err == nil && all.Err() != nil {
					c, err = nil, all.Err()
				}
				if !yield(c, err) || err != nil {
					return
				}
			}
		})
	}},
}

// change2 is change with the context of the request.
func change2(f func(ctx context.Context, c *llm.Chunk)) func(Play, llm.Model) llm.Model {
	return func(_ Play, good llm.Model) llm.Model {
		return around(func(ctx context.Context, req *llm.Request, yield receiver) {
			for c, err := range good.Stream(ctx, req) {
				if err == nil {
					f(ctx, c)
				}
				if !yield(c, err) {
					return
				}
			}
		})
	}
}
