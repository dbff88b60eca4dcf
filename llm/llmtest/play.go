package llmtest

import (
	"context"
	"errors"
	"iter"

	"github.com/hadal-go/hadal/llm"
)

// A Play is what a model is to answer in one case of [TestModel].
type Play struct {
	// Name is the name of the case, and of its subtest.
	Name string

	// Request is what the model is asked. All requests of the case are copies of
	// it, but for Whole, which some of them set.
	Request llm.Request

	// Reply is what the model says: at most one Reasoning, then at most one Text,
	// then any ToolCalls. Finish is set in a reply that ends. Calls in one that
	// ends as neither FinishTools nor FinishStop were cut off, the last of them
	// in the middle of its arguments. Usage, ID and Model are those of the
	// provider if they are set; else they are of no interest.
	Reply llm.Response

	// Err, if not nil, is how the reply fails once its parts have arrived: an
	// [*llm.Error] whose class, such as [llm.ErrRateLimit], errors.Is finds. With
	// no parts the request is refused, and Status is what HTTP has for that; or if
	// the class is [llm.ErrTruncated] it is accepted, but the reply ends before any
	// of it has arrived, by a connection that is closed. With parts, [llm.ErrOverload]
	// is what the provider says in the middle of its reply. Class and RetryAfter are
	// what the model is to find out; the rest of the error is not looked at.
	Err error

	// Stall says that once the parts have arrived nothing more comes, neither
	// pieces nor an end, until the request is abandoned.
	Stall bool
}

// Model returns a model that answers every request with the play. It keeps all
// rules, and so is what to wrap where a middleware is put to the test.
func (p Play) Model() llm.Model {
	s := &Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		resp := p.Reply
		if p.Stall {
			return &resp, errStall
		}
		return &resp, p.Err
	}}
	if !p.Stall {
		return s
	}
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range s.Stream(ctx, req) {
				if err == errStall {
					<-ctx.Done()
					err = ended(ctx)
				}
				if !yield(chunk, err) {
					return
				}
			}
		}
	})
}

var errStall = errors.New("the reply stalls")
