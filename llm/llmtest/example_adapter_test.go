package llmtest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// Acme is an adapter for an imaginary provider. It takes a list of messages, and
// answers with chunks, each a line of JSON.
type Acme struct{ URL string }

// Stream implements [llm.Model].
func (a *Acme) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		resp, err := a.send(ctx, req)
		if err != nil {
			yield(nil, failure(ctx, llm.ErrUnavailable, err))
			return
		}
		defer resp.Body.Close()
		if class, ok := acmeErrors[resp.Header.Get("Acme-Error")]; ok {
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			yield(nil, &llm.Error{Provider: "acme", Status: resp.StatusCode, RetryAfter: time.Duration(seconds) * time.Second, Err: class})
			return
		}
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				yield(nil, failure(ctx, llm.ErrTruncated, err))
				return
			}
			chunk := new(acmeChunk)
			if err := json.Unmarshal(line, chunk); err != nil {
				yield(nil, failure(ctx, llm.ErrProtocol, err))
				return
			}
			if chunk.Busy {
				yield(nil, &llm.Error{Provider: "acme", Err: llm.ErrOverload})
				return
			}
			last := chunk.Finish != "" // once yielded, the chunk is the receiver's
			if !yield(&chunk.Chunk, nil) || last {
				return
			}
		}
	}
}

func (a *Acme) send(ctx context.Context, req *llm.Request) (*http.Response, error) {
	body, err := json.Marshal(req.Messages)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(r)
}

// failure returns the error of a request, which is the context's if that ended.
func failure(ctx context.Context, class, err error) error {
	if ctx.Err() != nil {
		return &llm.Error{Provider: "acme", Err: fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))}
	}
	return &llm.Error{Provider: "acme", Err: fmt.Errorf("%w: %w", class, err)}
}

// An acmeChunk is a line of a reply.
type acmeChunk struct {
	llm.Chunk
	Busy bool // in place of an end
}

var acmeErrors = map[string]error{
	"auth": llm.ErrAuth, "forbidden": llm.ErrForbidden, "balance": llm.ErrBalance, "invalid": llm.ErrInvalid, "long": llm.ErrTooLong,
	"filter": llm.ErrFiltered, "rate": llm.ErrRateLimit, "busy": llm.ErrOverload, "down": llm.ErrUnavailable,
}

// acmeServer is the provider in a play.
func acmeServer(t *testing.T, play llmtest.Play) *Acme {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := play.Reply
		failed, _ := play.Err.(*llm.Error)
		if failed != nil && len(said.Parts) == 0 && failed.Err != llm.ErrTruncated {
			for name, class := range acmeErrors {
				if failed.Err == class {
					w.Header().Set("Acme-Error", name)
				}
			}
			if failed.RetryAfter != 0 {
				w.Header().Set("Retry-After", fmt.Sprint(int(failed.RetryAfter.Seconds())))
			}
			w.WriteHeader(failed.Status)
			return
		}
		lines := json.NewEncoder(w)
		if said.HasReasoning() || said.Text() != "" {
			lines.Encode(acmeChunk{Chunk: llm.Chunk{HasReasoning: said.HasReasoning(), Reasoning: said.Reasoning(), Text: said.Text()}})
		}
		http.NewResponseController(w).Flush()
		switch {
		case play.Stall:
			<-r.Context().Done()
		case failed != nil && failed.Err == llm.ErrOverload:
			lines.Encode(acmeChunk{Busy: true})
		case failed != nil: // the connection is closed
		default:
			if said.Finish == llm.FinishTools || said.Finish == llm.FinishStop { // or else they were cut off
				for _, call := range said.ToolCalls() {
					lines.Encode(acmeChunk{Chunk: llm.Chunk{ToolCall: &call}})
				}
			}
			lines.Encode(acmeChunk{Chunk: llm.Chunk{Finish: said.Finish, Usage: &said.Usage, ID: said.ID, Model: said.Model}})
		}
	}))
	t.Cleanup(func() {
		server.CloseClientConnections() // Close waits for them
		server.Close()
	})
	return &Acme{server.URL}
}

// The test of an adapter for an imaginary provider, with the adapter, and a server
// that plays the provider. In a file of tests, it is a function such as TestAcme.
func ExampleTestModel_adapter() {
	TestAcme := func(t *testing.T) {
		llmtest.TestModel(t, func(t *testing.T, play llmtest.Play) llm.Model {
			return acmeServer(t, play)
		})
	}
	_ = TestAcme
}
