package langchaingo

import (
	"context"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// A stream yields a reply.
type stream struct {
	yield func(*llm.Chunk, error) bool
	left  bool // the caller has left the loop

	text, reasoning strings.Builder // what was yielded
}

// emit yields a chunk and reports whether the caller wants more.
func (s *stream) emit(c *llm.Chunk) bool {
	s.text.WriteString(c.Text)
	s.reasoning.WriteString(c.Reasoning)
	s.left = !s.yield(c, nil)
	return !s.left
}

// A generator is a call of an LLM, but for its streaming functions.
type generator func(streaming ...llms.CallOption) (*llms.ContentResponse, error)

// listen yields what generate tells its streaming functions, and returns what it
// returns. It runs generate in another goroutine, as langchaingo does not say
// from which goroutines those functions are called, and ends the context by
// cancel and waits for it in any case. A panic there is one here.
func (s *stream) listen(ctx context.Context, cancel func(), generate generator) (resp *llms.ContentResponse, err error) {
	chunks := make(chan *llm.Chunk)
	show := func(c *llm.Chunk) error {
		if ctx.Err() != nil || c.Text == "" && c.Reasoning == "" {
			return context.Cause(ctx)
		}
		select {
		case chunks <- c:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	var failure any
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { failure = recover() }()
		resp, err = generate(
			llms.WithStreamingFunc(func(_ context.Context, text []byte) error {
				return show(&llm.Chunk{Text: string(text)})
			}),
			llms.WithStreamingReasoningFunc(func(_ context.Context, reasoning, _ []byte) error { // text comes to the other
				return show(&llm.Chunk{Reasoning: string(reasoning), HasReasoning: true})
			}))
	}()
	wait := func() {
		cancel()
		<-done
	}
	defer wait() // if yield panics
	for more := true; more; {
		select {
		case c := <-chunks:
			more = s.emit(c)
		case <-done:
			more = false
		}
	}
	wait()
	if failure != nil {
		panic(failure)
	}
	return resp, err
}
