package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

var errBoom = errors.New("boom")

// play returns a model that yields the chunks, and then err if it is not nil.
func play(err error, chunks ...*llm.Chunk) llm.Model {
	return llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for _, c := range chunks {
				if !yield(c, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	})
}

// say returns the chunks of a finished reply.
func say(texts ...string) []*llm.Chunk {
	var chunks []*llm.Chunk
	for _, text := range texts {
		chunks = append(chunks, &llm.Chunk{Text: text})
	}
	return append(chunks, &llm.Chunk{Finish: llm.FinishStop, ID: "r1", Model: "m1", Usage: &llm.Usage{Input: 10, Output: len(texts)}})
}

// collect ranges over seq and checks that it ends as a model's reply must.
func collect(t *testing.T, seq iter.Seq2[*llm.Chunk, error]) (chunks []*llm.Chunk, err error) {
	t.Helper()
	for chunk, e := range seq {
		if (chunk == nil) != (e != nil) || err != nil {
			t.Errorf("yielded chunk %v and error %v after error %v", chunk, e, err)
		}
		if err = e; err == nil {
			chunks = append(chunks, chunk)
		}
	}
	return chunks, err
}

// encode returns v as JSON.
func encode(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding %+v: %v", v, err)
	}
	return string(data)
}

// decode returns the T that text holds.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return v
}
