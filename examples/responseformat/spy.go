package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// A spy is a client's transport that keeps what was sent.
type spy struct {
	client *deepseek.Client

	mu    sync.Mutex
	paths []string
	sents [][]byte
}

// newSpy returns a spy with a client of its own.
func newSpy(service *demo.Service) *spy {
	client := *service.Client
	s := &spy{client: &client}
	client.HTTP = &http.Client{Transport: s}
	return s
}

// RoundTrip implements [http.RoundTripper].
func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.paths, s.sents = append(s.paths, r.URL.Path), append(s.sents, body)
		s.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// sent returns what was sent, in a line each: where to, and what says how the reply
// is to be.
func (s *spy) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for i, body := range s.sents {
		var b struct {
			Messages []json.RawMessage `json:"messages"` // of chat completions
			Format   json.RawMessage   `json:"response_format"`
			Input    []json.RawMessage `json:"input"` // of responses
			Text     json.RawMessage   `json:"text"`
			Tools    json.RawMessage   `json:"tools"` // of both
		}
		_ = json.Unmarshal(body, &b) // what is not there is not shown
		var parts []string
		for _, part := range []struct {
			name  string
			value json.RawMessage
		}{{"response_format", b.Format}, {"text", b.Text}, {"tools", b.Tools}} {
			if part.value != nil {
				parts = append(parts, fmt.Sprintf("%q: %s", part.name, short(string(part.value))))
			}
		}
		list = append(list, fmt.Sprintf("POST %s, %d messages, %s", s.paths[i], len(b.Messages)+len(b.Input), strings.Join(parts, " ")))
	}
	return list
}

// short returns the beginning of a long text.
func short(s string) string {
	if r := []rune(s); len(r) > 120 {
		return strings.TrimSpace(string(r[:120])) + "…"
	}
	return s
}
