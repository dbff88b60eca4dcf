package langchaingo

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// A Model is an [llms.Model] of langchaingo as an [llm.Model]. The zero value
// needs an LLM and nothing else.
//
// A Model is as safe for concurrent use as its LLM: langchaingo's clients are,
// its fake is not. Its fields must not change once it is used, and it must not be
// copied.
type Model struct {
	// LLM answers.
	LLM llms.Model

	// Options are set ahead of those of each request, for what a request of Hadal
	// cannot say, such as [llms.WithSeed], or an option of the LLM's maker.
	Options []llms.CallOption

	// Able is what the LLM can do, as far as the caller knows: langchaingo does
	// not say. See [llm.AbilitiesOf].
	Able llm.Abilities

	// Warn is told what is not carried over the bridge, once for each field of
	// each request. It may be called concurrently. If nil, each field is logged
	// once, to slog's default logger.
	Warn func(Warning)

	logged sync.Map
}

var _ llm.Model = (*Model)(nil)

// Abilities returns m.Able, whatever the name.
func (m *Model) Abilities(string) llm.Abilities { return m.Able }

// SupportsReasoning reports whether the LLM says that it reasons.
// See [llms.SupportsReasoningModel].
func (m *Model) SupportsReasoning() bool { return llms.SupportsReasoningModel(m.LLM) }

// Stream implements [llm.Model].
//
// It calls the LLM in the goroutine that ranges over the sequence, and yields
// from within its streaming functions; so the loop ends when the LLM returns.
// langchaingo's clients return when the context ends. An LLM that heeds neither
// the context nor the error that a streaming function returns holds the loop up
// for as long as it takes.
//
// Text is streamed unless the request is Whole or has tools. Tool calls come with
// the end of the reply. The usage is an estimate where the LLM counts nothing.
//
// A reply without a stop reason is complete if the LLM does not count tokens, or
// did count some, for then it is one that never gives a reason: that is a
// [Warning]. Otherwise it broke off, which langchaingo's clients do not report:
// that is [llm.ErrTruncated].
func (m *Model) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		s := &stream{yield: yield}
		err := m.send(ctx, req, s)
		if err != nil && !s.left {
			yield(nil, err)
		}
	}
}

// send sends req and yields all of the reply but an error.
func (m *Model) send(ctx context.Context, req *llm.Request, s *stream) error {
	if err := ended(ctx); err != nil {
		return err
	}
	w := &warnings{warn: m.Warn, logged: &m.logged}
	messages, options, err := m.prepare(req, w)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(context.WithValue(ctx, underModel{}, true))
	defer cancel()
	s.cancel = cancel
	if !req.Whole && len(req.Tools) == 0 {
		options = append(options,
			llms.WithStreamingFunc(func(_ context.Context, text []byte) error {
				return s.show(inner, &llm.Chunk{Text: string(text)})
			}),
			llms.WithStreamingReasoningFunc(func(_ context.Context, reasoning, _ []byte) error { // text comes to the other
				return s.show(inner, &llm.Chunk{Reasoning: string(reasoning), HasReasoning: len(reasoning) > 0})
			}))
	}
	resp, err := m.LLM.GenerateContent(inner, messages, options...)
	s.close()
	switch {
	case s.left:
		return nil
	case err != nil:
		s.partial(resp)
		return toOurs(ctx, err)
	}
	r, err := readReply(resp)
	if err != nil {
		return err
	}
	if r.stop == "" && ctx.Err() != nil {
		return ended(ctx) // langchaingo's openai returns what it has, and no error
	}
	return s.finish(r, req, w)
}

// underModel is the key of a context whose model of langchaingo is under a
// [Model]: whoever ranges over that tells package trace of the chunks, so that an [LLM]
// must not.
type underModel struct{}

// A stream yields what the streaming functions are told.
type stream struct {
	mu     sync.Mutex // langchaingo does not say from which goroutines they are called
	yield  func(*llm.Chunk, error) bool
	cancel func() // for an LLM that does not heed the functions' errors, but the context
	left   bool   // the caller has left the loop
	closed bool   // the LLM has returned

	text, reasoning strings.Builder // what was yielded
}

// errLeft ends a reply that nobody waits for.
var errLeft = errors.New("langchaingo: the caller has left the loop")

func (s *stream) show(ctx context.Context, c *llm.Chunk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.left || s.closed:
		return errLeft
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	if c.Text == "" && c.Reasoning == "" {
		return nil
	}
	if !s.emit(c) {
		s.cancel()
		return errLeft
	}
	return nil
}

// emit yields a chunk and reports whether the caller wants more.
func (s *stream) emit(c *llm.Chunk) bool {
	s.text.WriteString(c.Text)
	s.reasoning.WriteString(c.Reasoning)
	s.left = !s.yield(c, nil)
	return !s.left
}

// close makes streaming functions that are called too late do nothing.
func (s *stream) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}
