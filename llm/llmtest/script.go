// Package llmtest provides what tests of programs with models need: no network,
// no key, the same reply every time.
//
// A [Script] plays back the replies that it is given, and remembers what it was
// asked:
//
//	m := &llmtest.Script{Replies: []llm.Message{llm.Assistant("Because of Rayleigh scattering.")}}
//	text, err := llm.Ask(m, "Be brief.")(ctx, "Why is the sky blue?")
//	// text is "Because of Rayleigh scattering."
//	// m.Requests()[0].Messages is what the model was sent.
//
// It streams as an adapter does, so that what works with it works with a
// provider: in pieces of a word or so, calls of tools in fragments first and as
// a whole at the end. [Echo] needs no script: it says what it is told.
//
// What a provider really said is played back by [Replay], below a client that
// knows nothing of it:
//
//	func TestWeather(t *testing.T) {
//		client := &deepseek.Client{HTTP: llmtest.Replay(t, "testdata/weather.http")}
//		text, err := llm.Ask(client, "Be brief.")(t.Context(), "Is it warm in Oslo?")
//		if err != nil || !strings.HasPrefix(text, "No") {
//			t.Errorf("got %q, %v", text, err)
//		}
//	}
//
// The file is made, and made again when the requests have changed, by running
// the test with a key and with LLMTEST_RECORD=weather in the environment. It can
// be read and edited, and keys do not get into it. [Recording] has the rules.
//
// [TestModel] tests that an [llm.Model] of your own, an adapter or a middleware,
// keeps the rules of that interface.
package llmtest

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/hadal-go/hadal/llm"
)

// A Script is an [llm.Model] that plays back prepared replies, one for each
// request. Past the last it fails. The zero value fails at once.
//
// Text and reasoning come in several chunks, tool calls as deltas in their
// place and complete before the last chunk. The last chunk has the finish
// reason, token counts that are estimated from the length of what was said, an
// ID and the model that was asked for, or "script".
//
// A Script is safe for concurrent use. Its fields must not change once it is
// used.
type Script struct {
	// Replies are what the model says, in order. Their roles do not matter. They
	// hold the parts that a model can write: Text, Reasoning and ToolCall.
	Replies []llm.Message

	// Func, if not nil, answers the requests that Replies does not. It is told
	// how many requests came before. The Parts of its response are streamed, and
	// then its error, if any, or else the last chunk, in which what the response
	// leaves at zero is filled in as for Replies. It may be called concurrently,
	// and must not modify req.
	Func func(n int, req *llm.Request) (*llm.Response, error)

	mu       sync.Mutex
	requests []*llm.Request
}

// Requests returns the requests that came so far, in order. They are copies: a
// request is kept as it was when it came.
func (s *Script) Requests() []*llm.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*llm.Request, len(s.requests))
	for i, req := range s.requests {
		list[i] = clone(req)
	}
	return list
}

// Stream implements [llm.Model]. A request counts when the sequence is ranged
// over, unless ctx has ended by then.
func (s *Script) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		if err := ended(ctx); err != nil {
			yield(nil, err)
			return
		}
		n := s.record(req)
		resp, err := s.reply(n, req)
		p := player{ctx: ctx, yield: yield}
		if resp != nil && !p.play(resp) {
			return
		}
		if err != nil {
			p.fail(err)
			return
		}
		p.finish(resp, last(n, req, resp))
	}
}

// record keeps a copy of req and returns how many came before it.
func (s *Script) record(req *llm.Request) int {
	req = clone(req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	return len(s.requests) - 1
}

// reply returns the answer to request n: a response, an error, or both.
func (s *Script) reply(n int, req *llm.Request) (*llm.Response, error) {
	if n < len(s.Replies) {
		return check(n, &llm.Response{Message: s.Replies[n]})
	}
	if s.Func == nil {
		return nil, fmt.Errorf("llmtest: no reply for request %d: the script has %d", n+1, len(s.Replies))
	}
	resp, err := s.Func(n, req)
	if err != nil {
		return resp, err
	}
	if resp == nil {
		return nil, fmt.Errorf("llmtest: no reply for request %d: Func returned nothing", n+1)
	}
	return check(n, resp)
}

// check returns resp, or an error if no model could have written it.
func check(n int, resp *llm.Response) (*llm.Response, error) {
	for _, p := range resp.Parts {
		switch p.(type) {
		case llm.Text, llm.Reasoning, llm.ToolCall:
		default:
			return nil, fmt.Errorf("llmtest: the reply to request %d has a %T, which no model writes", n+1, p)
		}
	}
	return resp, nil
}
