package llmtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// A meter is middleware that adds up the tokens of complete replies.
type meter struct{ tokens atomic.Int64 }

func (m *meter) wrap(inner llm.Model) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range inner.Stream(ctx, req) {
				if err == nil && chunk.Finish != "" && chunk.Usage != nil {
					m.tokens.Add(int64(chunk.Usage.Total()))
				}
				if !yield(chunk, err) {
					return
				}
			}
		}
	})
}

// The test of a middleware, which goes into a file of tests as a function such
// as TestMeter. That of an adapter returns a client of a server that plays the
// play.
func ExampleTestModel() {
	TestMeter := func(t *testing.T) {
		llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
			return llm.Wrap(play.Model(), new(meter).wrap)
		})
	}
	_ = TestMeter
}

func TestMeter(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
		return llm.Wrap(play.Model(), new(meter).wrap)
	})
}

// The example of an adapter, run.
func TestAcme(t *testing.T) {
	llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model { return acmeServer(t, play) })
}

// A play is also a way to see how code takes it when a reply breaks off.
func ExamplePlay_Model() {
	play := llmtest.Play{
		Reply: llm.Response{Message: llm.Assistant("The sky is")},
		Err:   &llm.Error{Err: llm.ErrTruncated},
	}
	text, err := llm.Ask(play.Model(), "Be brief.")(context.Background(), "Why is the sky blue?")
	fmt.Println(text, errors.Is(err, llm.ErrTruncated))
	// Output:
	// The sky is true
}
