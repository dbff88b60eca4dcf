package langchaingo

import (
	"context"
	"iter"
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
// The loop ends when the LLM has returned, also if it is left early: the context of
// the LLM's is ended then, and its streaming functions return an error.
// langchaingo's clients return at that. One that heeds neither holds the loop up for
// as long as it takes. It does not matter from which goroutines the streaming
// functions are called.
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
	generate := func(streaming ...llms.CallOption) (*llms.ContentResponse, error) {
		return m.LLM.GenerateContent(inner, messages, append(options, streaming...)...)
	}
	var resp *llms.ContentResponse
	if req.Whole || len(req.Tools) > 0 {
		resp, err = generate()
	} else {
		resp, err = s.listen(inner, cancel, generate)
	}
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
