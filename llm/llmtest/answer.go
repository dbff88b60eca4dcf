package llmtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

// expect demands of s the reply of the play. It reports whether it is that. What
// is wrong with it breaks the rule as, or if that is empty a rule of its own.
func (p *probe) expect(s *stream, as rule) bool {
	fail := func(r rule, format string, args ...any) bool {
		if as != "" {
			r = as
		}
		p.fail(r, format, args...)
		return false
	}
	want := &p.play.Reply
	switch {
	case s.err != nil:
		return fail(ruleReply, "the reply failed after %d chunks: %v", len(s.chunks), s.err)
	case s.last == nil:
		return fail(ruleReply, "the reply has no end")
	case s.last.Finish != want.Finish:
		return fail(ruleReply, "finish is %q, want %q", s.last.Finish, want.Finish)
	case s.resp.HasReasoning() != want.HasReasoning():
		return fail(ruleReasoning, "there is reasoning: %v, want %v", s.resp.HasReasoning(), want.HasReasoning())
	case s.resp.Reasoning() != want.Reasoning():
		return fail(ruleReasoning, "%s", differ("reasoning", s.resp.Reasoning(), want.Reasoning()))
	case s.resp.Text() != want.Text():
		return fail(ruleText, "%s", differ("text", s.resp.Text(), want.Text()))
	}
	calls := want.ToolCalls()
	if !completes(want.Finish) {
		calls = nil
	}
	got := s.resp.ToolCalls()
	for i := range min(len(got), len(calls)) {
		if got[i] != calls[i] {
			return fail(ruleCalls, "tool call %d is\n\t%q, want\n\t%q", i, got[i], calls[i])
		}
	}
	if len(got) != len(calls) {
		return fail(ruleCalls, "there are %d tool calls, want %d:\n\t%s", len(got), len(calls), quoted(s.resp.Parts))
	}
	if wrong := fragments(s.copies, want.ToolCalls(), true); wrong != "" {
		return fail(ruleDelta, "%s", wrong)
	}
	switch { // last, as what is wrong in every reply would hide the rest
	case s.last.Usage == nil:
		return fail(ruleLast, "the chunk with Finish has no Usage: %s", encode(s.last))
	case want.ID != "" && s.last.ID != want.ID:
		return fail(ruleLast, "the chunk with Finish has ID %q, want %q", s.last.ID, want.ID)
	case want.Model != "" && s.last.Model != want.Model:
		return fail(ruleLast, "the chunk with Finish has Model %q, want %q", s.last.Model, want.Model)
	case want.Usage != (llm.Usage{}) && *s.last.Usage != want.Usage:
		return fail(ruleUsage, "usage is %+v, want %+v", *s.last.Usage, want.Usage)
	}
	return true
}

// fragments returns what is wrong with the fragments of calls in a reply, which
// are all there if it is complete.
func fragments(chunks []*llm.Chunk, want []llm.ToolCall, complete bool) string {
	var args []string
	for i, c := range chunks {
		d := c.ToolDelta
		switch {
		case d == nil:
			continue
		case d.Index == len(args) && d.Index < len(want):
			args = append(args, "")
		case d.Index < 0 || d.Index >= len(args):
			return fmt.Sprintf("chunk %d is of tool call %d, after %d calls began of which the reply has %d", i+1, d.Index, len(args), len(want))
		}
		call := want[d.Index]
		if !strings.HasPrefix(call.ID, d.ID) || !strings.HasPrefix(call.Name, d.Name) {
			return fmt.Sprintf("chunk %d is of tool call %d, with ID %q and name %q, want %q and %q", i+1, d.Index, d.ID, d.Name, call.ID, call.Name)
		}
		if args[d.Index] += d.Args; !strings.HasPrefix(call.Args, args[d.Index]) {
			return fmt.Sprintf("with chunk %d the fragments of tool call %d are\n\t%q, which is no beginning of\n\t%q", i+1, d.Index, args[d.Index], call.Args)
		}
	}
	if !complete || args == nil {
		return ""
	}
	for i, call := range want {
		if i == len(args) {
			return fmt.Sprintf("there are fragments of %d tool calls, want %d", len(args), len(want))
		}
		if args[i] != call.Args {
			return fmt.Sprintf("the fragments of tool call %d add up to\n\t%q, want\n\t%q", i, args[i], call.Args)
		}
	}
	return ""
}

// differ says where got is not want.
func differ(what, got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	at := max(0, i-20)
	return fmt.Sprintf("%s of %d bytes, want %d; from byte %d on it is\n\t%s, want\n\t%s", what, len(got), len(want), at,
		clip(fmt.Sprintf("%+q", got[at:])), clip(fmt.Sprintf("%+q", want[at:])))
}

// failure demands the error of the play, and what arrived before it.
func (p *probe) failure() { p.fails(false) }

// wholeFailure is failure in one piece, of which nothing need arrive.
func (p *probe) wholeFailure() { p.fails(true) }

func (p *probe) fails(whole bool) {
	s := p.stream(p.ctx, p.request(whole), nil)
	if s == nil {
		return
	}
	want, ok := errors.AsType[*llm.Error](p.play.Err)
	if !ok {
		panic("llmtest: a play fails with " + p.play.Err.Error())
	}
	if s.err == nil {
		p.fail(ruleError, "the reply ended as %q, want an error that is %q", s.last.Finish, want.Err)
		return
	}
	e, ok := errors.AsType[*llm.Error](s.err)
	reply := &p.play.Reply
	text, thought := s.resp.Text(), s.resp.Reasoning()
	switch {
	case !errors.Is(s.err, want.Err):
		p.fail(ruleError, "errors.Is does not find %q in the error: %v", want.Err, s.err)
	case !ok:
		p.fail(ruleError, "errors.AsType does not find a *llm.Error in the error, a %T: %v", s.err, s.err)
	case e.Temporary() != want.Temporary():
		p.fail(ruleTemporary, "Temporary is %v, want %v: %v", e.Temporary(), want.Temporary(), s.err)
	case want.RetryAfter != 0 && e.RetryAfter != want.RetryAfter:
		p.fail(ruleRetryAfter, "RetryAfter is %v, want %v: %v", e.RetryAfter, want.RetryAfter, s.err)
	case len(reply.Parts) == 0 && len(s.copies) > 0:
		p.fail(ruleRefused, "before the error (%v) came %d chunks, the first of them %s", s.err, len(s.copies), encode(s.copies[0]))
	case whole && strings.HasPrefix(reply.Text(), text) && strings.HasPrefix(reply.Reasoning(), thought):
	case text != reply.Text():
		p.fail(ruleKept, "before the error (%v): %s", s.err, differ("text", text, reply.Text()))
	case thought != reply.Reasoning():
		p.fail(ruleKept, "before the error (%v): %s", s.err, differ("reasoning", thought, reply.Reasoning()))
	default:
		if wrong := fragments(s.copies, reply.ToolCalls(), false); wrong != "" {
			p.fail(ruleDelta, "%s", wrong)
		}
	}
}

// retried demands that llm.Retry sees the error as it is meant. It does not wait
// until that tries again.
func (p *probe) retried() {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	retried := false
	ctx = trace.With(ctx, func(e trace.Event) {
		if _, ok := e.(llm.RetryEvent); ok {
			retried = true
			cancel()
		}
	})
	_, err := llm.Generate(ctx, llm.Retry(2)(p.model), p.request(false))
	play, _ := errors.AsType[*llm.Error](p.play.Err)
	if want := play.Temporary() && len(p.play.Reply.Parts) == 0; retried != want {
		p.fail(ruleRetry, "llm.Retry tries again: %v, want %v; the error is %v", retried, want, err)
	}
}
