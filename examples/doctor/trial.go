package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// trial returns the request that is tried. It is long enough for its beginning to
// be cached, and its reply as short as can be.
func trial() *llm.Request {
	system := "You answer the question of the user in three words or fewer. The text below is there for its length alone.\n\n" +
		strings.Repeat("The hadal zone is the deepest part of the sea, below six thousand metres, where the sea floor falls away into trenches. ", 10)
	return &llm.Request{
		Messages:  []llm.Message{llm.System(system), llm.User("How deep is the sea?")},
		Effort:    llm.EffortNone,
		MaxTokens: 32,
	}
}

// streamed measures a reply in pieces.
func (d *doctor) streamed(ctx context.Context) []finding {
	start := time.Now()
	var first, text time.Duration
	var resp llm.Response
	for chunk, err := range d.client.Stream(ctx, trial()) {
		if err != nil {
			f := failed(err)
			if resp.Text() != "" {
				f.figure = "broken off after " + ms(time.Since(start)) + ": " + f.figure
			}
			return []finding{f}
		}
		if first == 0 {
			first = time.Since(start)
		}
		if text == 0 && chunk.Text != "" {
			text = time.Since(start)
		}
		resp.Add(chunk)
	}
	head := d.notes.latest().head.Sub(start)
	result, said := ok, "first text "+ms(text)
	if text == 0 {
		result, said = attention, "no text"
	}
	return []finding{{result, fmt.Sprintf("head in %s, first chunk %s, %s, all %s; %s", ms(head), ms(first), said, ms(time.Since(start)), tokens(resp.Usage)), ""}}
}

// whole measures the same reply in one piece.
func (d *doctor) whole(ctx context.Context) []finding {
	req := trial()
	req.Whole = true
	start := time.Now()
	resp, err := llm.Generate(ctx, d.client, req)
	if err != nil {
		return []finding{failed(err)}
	}
	return []finding{{ok, fmt.Sprintf("all in %s; %s", ms(time.Since(start)), tokens(resp.Usage)), ""}}
}

// tokens returns what a reply took.
func tokens(u llm.Usage) string {
	about := ""
	if u.Estimated {
		about = "about "
	}
	share := 0
	if u.Input > 0 {
		share = 100 * u.Cached / u.Input
	}
	return fmt.Sprintf("%s%d tokens in, %d%% of them cached, %d out", about, u.Input, share, u.Output)
}
