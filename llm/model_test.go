package llm_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
)

func TestGenerate(t *testing.T) {
	call := llm.ToolCall{ID: "1", Name: "f", Args: "{}"}
	half := &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Hel")}}}
	tests := []struct {
		name  string
		model llm.Model
		want  *llm.Response
		err   error
	}{
		{"complete", play(nil, say("Hel", "lo")...),
			&llm.Response{Message: llm.Assistant("Hello"), Finish: llm.FinishStop, ID: "r1", Model: "m1", Usage: llm.Usage{Input: 10, Output: 2}}, nil},
		{"complete without a word", play(nil, &llm.Chunk{Finish: llm.FinishFilter}),
			&llm.Response{Message: llm.Message{Role: llm.RoleAssistant}, Finish: llm.FinishFilter}, nil},
		{"tool call", play(nil, &llm.Chunk{ToolCall: &call}, &llm.Chunk{Finish: llm.FinishTools}),
			&llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{call}}, Finish: llm.FinishTools}, nil},
		{"error at once", play(errBoom), new(llm.Response), errBoom},
		{"error later", play(errBoom, &llm.Chunk{Reasoning: "hm"}, &llm.Chunk{Text: "Hel"}), half, errBoom},
		{"neither end", play(nil, &llm.Chunk{Reasoning: "hm"}, &llm.Chunk{Text: "Hel"}), half, llm.ErrTruncated},
		{"nothing", play(nil), new(llm.Response), llm.ErrTruncated},
		{"neither chunk nor error", play(nil, &llm.Chunk{Reasoning: "hm"}, &llm.Chunk{Text: "Hel"}, nil, &llm.Chunk{Text: "lo"}), half, llm.ErrProtocol},
		{"neither chunk nor error, under middleware",
			llm.Wrap(play(nil, &llm.Chunk{Reasoning: "hm"}, &llm.Chunk{Text: "Hel"}, nil, &llm.Chunk{Text: "lo"}), llm.Log(slog.New(slog.DiscardHandler)), llm.Retry(3), llm.Log(slog.New(slog.DiscardHandler))), half, llm.ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := llm.Generate(t.Context(), tt.model, llm.Prompt("Hi."))
			if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %s, %v\nwant %s, %v", encode(t, got), err, encode(t, tt.want), tt.err)
			}
		})
	}
}

func TestGenerateTruncatedError(t *testing.T) {
	_, err := llm.Generate(t.Context(), play(nil), llm.Prompt("Hi."))
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || !e.Temporary() || e.Error() != "reply ended early: the model's stream ended with neither a finish nor an error" {
		t.Errorf("error is %v", err)
	}
}

func TestGenerateEvents(t *testing.T) {
	record := func(m llm.Model, req *llm.Request) (events []string) {
		var spans []*trace.Span
		ctx := trace.With(t.Context(), func(e trace.Event) {
			switch e := e.(type) {
			case trace.Started:
				spans = append(spans, e.Span)
				events = append(events, fmt.Sprintf("%s %s %s", e.Kind(), e.Span.Category, e.Span.Name))
			case llm.ChunkEvent:
				spans = append(spans, e.Span)
				events = append(events, fmt.Sprintf("%s %q %s", e.Kind(), e.Chunk.Text, e.Chunk.Finish))
			case trace.Spent:
				spans = append(spans, e.Span)
				events = append(events, fmt.Sprintf("%s %d (%d) %d %v %d", e.Kind(), e.Input, e.Cached, e.Output, e.Estimated, e.Cost))
			case trace.Ended:
				spans = append(spans, e.Span)
				events = append(events, fmt.Sprintf("%s %v", e.Kind(), e.Err))
			}
		})
		llm.Generate(ctx, m, req)
		if same := slices.Compact(spans); len(same) != 1 {
			t.Errorf("events are of %d spans, want 1", len(same))
		}
		return events
	}
	req := llm.Prompt("Hi.")
	want := []string{"start model ", `chunk "Hel" `, `chunk "lo" `, `chunk "" stop`, "spent 10 (0) 2 false 0", "end <nil>"}
	if got := record(play(nil, say("Hel", "lo")...), req); !slices.Equal(got, want) {
		t.Errorf("events are %q, want %q", got, want)
	}
	req.Model = "m1"
	want = []string{"start model m1", `chunk "Hel" `, "end boom"}
	if got := record(play(errBoom, &llm.Chunk{Text: "Hel"}), req); !slices.Equal(got, want) {
		t.Errorf("events are %q, want %q", got, want)
	}
	// What a failed reply has cost is told too, if it is known.
	overload := &llm.Error{Usage: &llm.Usage{Input: 9, Cached: 4, Output: 2, Reasoning: 1, Estimated: true}, Err: llm.ErrOverload}
	want = []string{"start model m1", "spent 9 (4) 2 true 0", "end provider overloaded"}
	if got := record(play(overload), req); !slices.Equal(got, want) {
		t.Errorf("events are %q, want %q", got, want)
	}
}

// With nobody listening, Generate costs what it costs to range and add.
func TestGenerateAllocations(t *testing.T) {
	ctx, m, req := context.Background(), play(nil, say("Hel", "lo")...), llm.Prompt("Hi.")
	byHand := testing.AllocsPerRun(100, func() { sink, _ = add(ctx, m, req) })
	generate := testing.AllocsPerRun(100, func() { sink, _ = llm.Generate(ctx, m, req) })
	if generate > byHand {
		t.Errorf("%v allocations, by hand %v", generate, byHand)
	}
	listening := trace.With(ctx, func(trace.Event) {})
	if heard := testing.AllocsPerRun(100, func() { sink, _ = llm.Generate(listening, m, req) }); heard <= generate {
		t.Errorf("%v allocations with a listener, %v without: the test shows nothing", heard, generate)
	}
}

var sink *llm.Response

func add(ctx context.Context, m llm.Model, req *llm.Request) (*llm.Response, error) {
	resp := new(llm.Response)
	for chunk, err := range m.Stream(ctx, req) {
		if err != nil {
			return resp, err
		}
		resp.Add(chunk)
	}
	return resp, nil
}

func TestAsk(t *testing.T) {
	var got *llm.Request
	m := llm.Wrap(play(nil, say("Hel", "lo")...), watch(func(_ context.Context, req *llm.Request) { got = req }))
	for system, want := range map[string][]llm.Message{
		"":          {llm.User("Hi.")},
		"Be brief.": {llm.System("Be brief."), llm.User("Hi.")},
	} {
		text, err := llm.Ask(m, system)(t.Context(), "Hi.")
		if text != "Hello" || err != nil || !reflect.DeepEqual(got, &llm.Request{Messages: want, Whole: true}) {
			t.Errorf("got %q, %v for %s", text, err, encode(t, got))
		}
	}
	text, err := llm.Ask(play(errBoom, &llm.Chunk{Text: "Hel"}), "")(t.Context(), "Hi.")
	if text != "Hel" || err != errBoom {
		t.Errorf("got %q, %v, want the text so far and the error", text, err)
	}
}

// With somebody to look at them, the chunks come one by one.
func TestAskWithAListener(t *testing.T) {
	var got *llm.Request
	m := llm.Wrap(play(nil, say("Hel", "lo")...), watch(func(_ context.Context, req *llm.Request) { got = req }))
	heard := 0
	ctx := trace.With(t.Context(), func(e trace.Event) {
		if _, ok := e.(llm.ChunkEvent); ok {
			heard++
		}
	})
	if text, err := llm.Ask(m, "")(ctx, "Hi."); text != "Hello" || err != nil || got.Whole || heard != 3 {
		t.Errorf("got %q, %v, whole %v, %d chunks were heard of", text, err, got.Whole, heard)
	}
}

// A reply that is not all there is an error, with the text so far.
func TestAskForAll(t *testing.T) {
	for finish, want := range map[llm.FinishReason]error{
		llm.FinishStop: nil, llm.FinishTools: nil, "unheard-of": nil, llm.FinishLength: llm.ErrTruncated, llm.FinishFilter: llm.ErrFiltered,
	} {
		m := play(nil, &llm.Chunk{Text: "Hel"}, &llm.Chunk{Finish: finish, Usage: &llm.Usage{Output: 5}})
		text, err := llm.Ask(m, "")(t.Context(), "Hi.")
		if text != "Hel" || !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: got %q, %v, want %v", finish, text, err, want)
		}
		if e, ok := errors.AsType[*llm.Error](err); ok && (e.Temporary() || e.Usage.Output != 5) {
			t.Errorf("%s: the error is %+v", finish, e)
		}
	}
}

// A reply that breaks off is repeated, as nobody has seen it.
func TestAskThroughRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		m := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			if n++; n == 1 {
				return play(&llm.Error{Err: llm.ErrTruncated}, &llm.Chunk{Text: "Hel"}).Stream(ctx, req)
			}
			return play(nil, say("Hello")...).Stream(ctx, req)
		})
		if text, err := llm.Ask(llm.Wrap(m, llm.Retry(2)), "")(t.Context(), "Hi."); text != "Hello" || err != nil || n != 2 {
			t.Errorf("got %q, %v after %d attempts", text, err, n)
		}
	})
}
