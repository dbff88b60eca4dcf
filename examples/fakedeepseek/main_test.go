package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, stdout) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "DEEPSEEK_BASE_URL=")
	if !ok {
		t.Fatalf("it printed %q", line)
	}
	client := &deepseek.Client{BaseURL: url}
	text, err := llm.Ask(client, "")(t.Context(), "The cat is nine years old. How old is the cat?")
	if err != nil || !strings.Contains(text, "nine") {
		t.Errorf("%q, %v", text, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
