package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// patience is how long a sequence that shall end may take. It is so long that
// a machine that is merely slow does not run into it.
const patience = 10 * time.Second

// A stream is what came of one request, and what was wrong with how it came.
type stream struct {
	visit   func(n int, c *llm.Chunk) bool // called for the nth chunk, from 1; reports whether to go on
	chunks  []*llm.Chunk                   // as they came
	copies  []*llm.Chunk                   // made when they came
	calls   int                            // complete ones
	resp    llm.Response
	err     error
	last    *llm.Chunk // the copy that has Finish, if any
	between *llm.Chunk // the copy that came after a complete call, though it is neither a call nor the last
	over    bool       // the terminal pair is there
	left    bool       // visit wanted no more
	after   int        // pairs that came though
	end     time.Time

	finding  *finding // the first
	panicked any
	stack    []byte
}

func (s *stream) fail(r rule, format string, args ...any) {
	if s.finding == nil {
		s.finding = &finding{r, fmt.Sprintf(format, args...)}
	}
}

// maxAfter is how often a model may call its receiver after it was told to stop
// until it is stopped by a panic.
const maxAfter = 1000

// yield receives a pair. It does by itself what a range statement would do, so
// that a model which breaks the rules of iterators can be told so.
func (s *stream) yield(c *llm.Chunk, err error) bool {
	switch {
	case s.left:
		s.fail(ruleLeave, "the loop was left after chunk %d, but the model yielded %s", len(s.chunks), pair(c, err))
		if s.after++; s.after > maxAfter {
			panic("the model does not stop")
		}
		return false
	case s.over:
		s.fail(ruleEnd, "after the end of the reply (%s) came %s", s.ending(), pair(c, err))
		s.left = true
		return false
	case (c == nil) == (err == nil):
		s.fail(rulePair, "pair %d is %s", len(s.chunks)+1, pair(c, err))
		s.left = true
		return false
	case err != nil:
		if s.calls > 0 && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			s.fail(ruleCallTime, "the reply failed after %d complete tool calls were yielded: %v", s.calls, err)
		}
		s.err, s.over = err, true
		return true
	}
	s.chunks = append(s.chunks, c)
	own := cloneChunk(c)
	s.copies = append(s.copies, own)
	s.resp.Add(cloneChunk(c))
	switch {
	case c.ToolCall != nil:
		s.calls++
	case s.calls > 0 && c.Finish == "" && s.between == nil:
		s.between = own
	}
	if c.Finish != "" {
		s.last, s.over = own, true
		if s.calls > 0 && !completes(c.Finish) {
			s.fail(ruleCallTime, "a reply that ended as %q has %d complete tool calls", c.Finish, s.calls)
		}
	}
	if s.visit != nil {
		s.left = true // also if visit panics
		s.left = !s.visit(len(s.chunks), c)
	}
	return !s.left
}

// completes reports whether a reply that ends so vouches for its tool calls.
func completes(f llm.FinishReason) bool { return f == llm.FinishTools || f == llm.FinishStop }

func (s *stream) ending() string {
	if s.err != nil {
		return "the error " + s.err.Error()
	}
	return "finish " + string(s.last.Finish)
}

// run ranges over seq.
func (s *stream) run(seq iter.Seq2[*llm.Chunk, error]) {
	normal := false
	defer func() {
		s.end = time.Now()
		if p := recover(); p != nil {
			s.panicked, s.stack = p, debug.Stack()
		} else if !normal {
			s.panicked = "runtime.Goexit"
		}
	}()
	seq(s.yield)
	normal = true
}

// check looks at what can only be seen at the end.
func (s *stream) check() {
	if s.panicked != nil {
		s.fail(ruleReturn, "the model panicked: %v\n%s", s.panicked, s.stack)
	}
	if s.between != nil && s.last != nil {
		s.fail(ruleCallTime, "after a complete tool call came %s, and not the next one or the last chunk", encode(s.between))
	}
	if !s.over && !s.left {
		s.fail(ruleEnd, "the sequence ended with neither a finish nor an error, after %d chunks", len(s.chunks))
	}
	for i, c := range s.chunks {
		if !sameChunk(c, s.copies[i]) {
			s.fail(ruleOwner, "chunk %d of %d was %s when it came, and at the end of the reply is %s", i+1, len(s.chunks), encode(s.copies[i]), encode(c))
		}
	}
}

// stream makes a request and receives the reply, as far as visit wants it. It
// returns nil after a finding.
func (p *probe) stream(ctx context.Context, req *llm.Request, visit func(n int, c *llm.Chunk) bool) *stream {
	s := p.receive(req, &stream{visit: visit}, func() iter.Seq2[*llm.Chunk, error] { return p.model.Stream(ctx, req) })
	if s == nil {
		return nil
	}
	s.check()
	return p.accept(s)
}

// receive ranges over the sequence that begin returns. It returns nil if that
// does not end.
func (p *probe) receive(req *llm.Request, s *stream, begin func() iter.Seq2[*llm.Chunk, error]) *stream {
	before := clone(req)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(func(yield func(*llm.Chunk, error) bool) { begin()(yield) })
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		p.fail(p.hangs, "the model has not returned after %v: does it pass its context on, and heed it when the loop is left?", patience) // s is not ours yet
		return nil
	}
	if now := clone(req); !reflect.DeepEqual(before, now) {
		s.fail(ruleRequest, "the request was %s and now is %s", encode(before), encode(now))
	}
	return s
}

// accept returns s, or nil if there is a finding.
func (p *probe) accept(s *stream) *stream {
	if s.finding != nil {
		p.findings = append(p.findings, *s.finding)
		return nil
	}
	return s
}

// pair describes what was yielded.
func pair(c *llm.Chunk, err error) string {
	switch {
	case c == nil && err == nil:
		return "neither a chunk nor an error"
	case c == nil:
		return "the error " + err.Error()
	case err == nil:
		return "the chunk " + encode(c)
	}
	return "both the chunk " + encode(c) + " and the error " + err.Error()
}

// encode returns v as JSON, the middle cut out if it is long.
func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return clip(string(data))
}

func clip(s string) string {
	const most = 600
	if len(s) <= most {
		return s
	}
	return s[:most/2] + " … " + s[len(s)-most/2:]
}
