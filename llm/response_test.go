package llm_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

func TestAdd(t *testing.T) {
	call := llm.ToolCall{ID: "1", Name: "f", Args: `{"a": 1`}
	tests := []struct {
		name   string
		chunks []*llm.Chunk
		want   llm.Parts
	}{
		{"nothing", nil, nil},
		{"text", []*llm.Chunk{{Text: "Hel"}, {Text: "lo"}}, llm.Parts{llm.Text("Hello")}},
		{"reasoning, then text", []*llm.Chunk{{Reasoning: "h"}, {Reasoning: "m"}, {Text: "Hi"}},
			llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Hi")}},
		{"both in one chunk", []*llm.Chunk{{Reasoning: "hm", Text: "Hi"}},
			llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Hi")}},
		{"interleaved", []*llm.Chunk{{Text: "a"}, {Reasoning: "b"}, {Text: "c"}, {Text: "d"}, {Reasoning: "e"}},
			llm.Parts{llm.Text("a"), llm.Reasoning{Text: "b"}, llm.Text("cd"), llm.Reasoning{Text: "e"}}},
		{"empty reasoning", []*llm.Chunk{{HasReasoning: true}, {HasReasoning: true}, {Text: "Hi"}, {HasReasoning: true}},
			llm.Parts{llm.Reasoning{}, llm.Text("Hi")}},
		{"reasoning that is known before it comes", []*llm.Chunk{{HasReasoning: true}, {Reasoning: "hm", HasReasoning: true}, {Text: "Hi"}},
			llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Hi")}},
		{"reasoning that is known after it came", []*llm.Chunk{{Reasoning: "hm"}, {Text: "Hi"}, {HasReasoning: true}},
			llm.Parts{llm.Reasoning{Text: "hm"}, llm.Text("Hi")}},
		{"tool calls", []*llm.Chunk{{Text: "I look."}, {ToolDelta: &llm.ToolDelta{Args: "{"}}, {ToolCall: &call}, {ToolCall: &call}},
			llm.Parts{llm.Text("I look."), call, call}},
		{"text after a tool call", []*llm.Chunk{{ToolCall: &call}, {Text: "a"}}, llm.Parts{call, llm.Text("a")}},
		{"deltas alone", []*llm.Chunk{{ToolDelta: &llm.ToolDelta{Args: "{"}}}, nil},
		{"bytes that are not UTF-8", []*llm.Chunk{{Text: "\xe6\xb7"}, {Text: "\xb1"}}, llm.Parts{llm.Text("深")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var resp llm.Response
			for _, c := range append(tt.chunks, &llm.Chunk{Finish: llm.FinishStop}) {
				resp.Add(c)
			}
			want := llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Parts: tt.want}, Finish: llm.FinishStop}
			if !reflect.DeepEqual(resp, want) {
				t.Errorf("got %s, want %s", encode(t, &resp), encode(t, &want))
			}
		})
	}
}

func TestAddFields(t *testing.T) {
	var resp llm.Response
	for _, c := range []*llm.Chunk{
		{ID: "r1", Model: "m1", Logprobs: []llm.Logprob{{Token: "a", Logprob: -1}}, Extra: json.RawMessage(`{"x":1}`)},
		{Text: "a", Usage: &llm.Usage{Input: 1, Estimated: true}},
		{Logprobs: []llm.Logprob{{Token: "b", Logprob: -9999}}},
		{Finish: "aborted", Usage: &llm.Usage{Input: 7, Cached: 3, Output: 2, Reasoning: 1}, Extra: json.RawMessage(`{"x":2}`)},
		{ID: "r2"},
	} {
		resp.Add(c)
	}
	want := llm.Response{
		Message:  llm.Assistant("a"),
		Finish:   "aborted",
		Usage:    llm.Usage{Input: 7, Cached: 3, Output: 2, Reasoning: 1},
		ID:       "r2",
		Model:    "m1",
		Logprobs: []llm.Logprob{{Token: "a", Logprob: -1}, {Token: "b", Logprob: -9999}},
		Extra:    json.RawMessage(`{"x":2}`),
	}
	if !reflect.DeepEqual(resp, want) {
		t.Errorf("got %s, want %s", encode(t, &resp), encode(t, &want))
	}
}

// Add does not keep the chunk: whoever yielded it may do with it what they like.
func TestAddCopies(t *testing.T) {
	c := &llm.Chunk{ToolCall: &llm.ToolCall{ID: "1"}, Usage: &llm.Usage{Input: 1}, Logprobs: []llm.Logprob{{Token: "a"}}, Finish: llm.FinishTools}
	var resp llm.Response
	resp.Add(c)
	c.ToolCall.ID, c.Usage.Input, c.Logprobs[0].Token = "2", 2, "b"
	if got := resp.ToolCalls()[0].ID + resp.Logprobs[0].Token; got != "1a" || resp.Usage.Input != 1 {
		t.Errorf("got %s and %d, want what the chunk was", got, resp.Usage.Input)
	}
}

// Whatever comes, the texts are current after each chunk, and the parts hold
// the same at the end.
func TestAddIsAlwaysCurrent(t *testing.T) {
	for seed := range uint64(500) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		var resp llm.Response
		var text, reasoning string
		var calls []llm.ToolCall
		has := false
		for range rnd.IntN(40) {
			c := randomChunk(rnd)
			resp.Add(c)
			text, reasoning, has = text+c.Text, reasoning+c.Reasoning, has || c.HasReasoning || c.Reasoning != ""
			if c.ToolCall != nil {
				calls = append(calls, *c.ToolCall)
			}
			if resp.Text() != text || resp.Reasoning() != reasoning || resp.HasReasoning() != has || !reflect.DeepEqual(resp.ToolCalls(), calls) {
				t.Fatalf("seed %d: after %s: text %q, reasoning %q, %t, want %q, %q, %t", seed, encode(t, c),
					resp.Text(), resp.Reasoning(), resp.HasReasoning(), text, reasoning, has)
			}
		}
		resp.Add(&llm.Chunk{Finish: llm.FinishStop})
		m := resp.Message
		if m.Text() != text || m.Reasoning() != reasoning || m.HasReasoning() != has || !reflect.DeepEqual(m.ToolCalls(), calls) {
			t.Fatalf("seed %d: message is %s, want %q and %q", seed, encode(t, m), text, reasoning)
		}
		for i, p := range m.Parts {
			if i > 0 && reflect.TypeOf(p) == reflect.TypeOf(m.Parts[i-1]) && reflect.TypeOf(p) != reflect.TypeFor[llm.ToolCall]() {
				t.Fatalf("seed %d: parts %d and %d of %s could be one", seed, i-1, i, encode(t, m))
			}
		}
	}
}

func randomChunk(rnd *rand.Rand) *llm.Chunk {
	piece := []string{"a", "深", "\xff", " "}[rnd.IntN(4)]
	switch rnd.IntN(8) {
	case 0:
		return &llm.Chunk{HasReasoning: true}
	case 1:
		return &llm.Chunk{ToolCall: &llm.ToolCall{ID: piece}}
	case 2:
		return &llm.Chunk{ToolDelta: &llm.ToolDelta{ID: piece}}
	case 3, 4:
		return &llm.Chunk{Reasoning: piece, HasReasoning: rnd.IntN(2) == 0}
	case 5:
		return &llm.Chunk{Reasoning: piece, Text: piece}
	}
	return &llm.Chunk{Text: piece}
}

func TestAddAllocations(t *testing.T) {
	const n = 10_000
	for name, c := range chunkKinds {
		allocs := testing.AllocsPerRun(10, func() { addAll(c, n) })
		if allocs > n/100 {
			t.Errorf("%s: %v allocations for %d chunks, want at most one for a hundred", name, allocs, n)
		}
	}
}

// Twice the chunks cost no more than twice the work, apart from the steps in
// which a buffer grows; work that is quadratic would cost four times as much.
func TestAddIsLinear(t *testing.T) {
	const n = 20_000
	kinds := map[string]*llm.Chunk{
		"interleaved": {Text: "a", Reasoning: "b"}, // two parts a chunk
		"tool calls":  {ToolCall: &llm.ToolCall{ID: "1"}},
		"logprobs":    {Text: "a", Logprobs: []llm.Logprob{{Token: "a"}}},
	}
	maps.Copy(kinds, chunkKinds)
	for name, c := range kinds {
		once, twice := allocated(func() { addAll(c, n) }), allocated(func() { addAll(c, 2*n) })
		const stray = 64 << 10 // what else goes on in the process; quadratic work would be many megabytes
		if twice > 3*once+stray {
			t.Errorf("%s: %d chunks allocate %d bytes and %d chunks %d", name, n, once, 2*n, twice)
		}
	}
}

var chunkKinds = map[string]*llm.Chunk{
	"text":      {Text: "token "},
	"reasoning": {Reasoning: "token ", HasReasoning: true},
	"deltas":    {ToolDelta: &llm.ToolDelta{Args: "token "}},
}

func addAll(c *llm.Chunk, n int) {
	var resp llm.Response
	for range n {
		resp.Add(c)
	}
	resp.Add(&llm.Chunk{Finish: llm.FinishStop})
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestUsage(t *testing.T) {
	u := llm.Usage{Input: 1, Cached: 2, Output: 3, Reasoning: 4}
	v := llm.Usage{Input: 10, Cached: 20, Output: 30, Reasoning: 40, Estimated: true}
	want := llm.Usage{Input: 11, Cached: 22, Output: 33, Reasoning: 44, Estimated: true}
	if got := u.Add(v); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := u.Add(u).Estimated; got {
		t.Error("the sum of two counts is an estimate")
	}
	if got := want.Total(); got != 44 {
		t.Errorf("total is %d, want 44", got)
	}
}

func TestResponseJSON(t *testing.T) {
	resp := &llm.Response{
		Message:  llm.Message{Role: llm.RoleAssistant, Parts: llm.Parts{llm.Reasoning{}, llm.Text("<b>"), llm.ToolCall{ID: "1", Name: "f", Args: "{"}}},
		Finish:   llm.FinishLength,
		Usage:    llm.Usage{Input: 5, Cached: 1, Output: 3, Reasoning: 2, Estimated: true},
		ID:       "r1",
		Model:    "m1",
		Logprobs: []llm.Logprob{{Token: "a", Logprob: -0.25, Bytes: []byte{0xff}, Reasoning: true, Top: []llm.Logprob{{Token: "b", Logprob: -9999}}}},
		Extra:    json.RawMessage(`{"x":1}`),
	}
	const want = `{"role":"assistant","parts":[{"reasoning":{"text":""}},{"text":"\u003cb\u003e"},{"tool_call":{"id":"1","name":"f","args":"{"}}],` +
		`"finish":"length","usage":{"input":5,"cached":1,"output":3,"reasoning":2,"estimated":true},"id":"r1","model":"m1",` +
		`"logprobs":[{"token":"a","logprob":-0.25,"bytes":"/w==","reasoning":true,"top":[{"token":"b","logprob":-9999}]}],"extra":{"x":1}}`
	got := encode(t, resp)
	if got != want {
		t.Errorf("encodes to %s\nwant %s", got, want)
	}
	if back := decode[*llm.Response](t, got); !reflect.DeepEqual(back, resp) {
		t.Errorf("came back as %s", encode(t, back))
	}
	const zero = `{"role":"","parts":null,"usage":{"input":0,"cached":0,"output":0,"reasoning":0}}`
	if got := encode(t, new(llm.Response)); got != zero {
		t.Errorf("zero encodes to %s", got)
	}
	if back := decode[*llm.Response](t, zero); !reflect.DeepEqual(back, new(llm.Response)) {
		t.Errorf("zero came back as %+v", back)
	}
}

// A reply is the same whether it was stored as chunks, as a response, or not at
// all, also if it reasoned without a word.
func TestChunkJSON(t *testing.T) {
	chunks := []*llm.Chunk{
		{HasReasoning: true},
		{Reasoning: "hm", HasReasoning: true},
		{Text: "a\u2028\x00"},
		{ToolDelta: &llm.ToolDelta{Index: 1, ID: "1", Name: "f", Args: "{"}},
		{ToolCall: &llm.ToolCall{ID: "1", Name: "f", Args: "{ }"}, Extra: json.RawMessage(`[]`)},
		{Logprobs: []llm.Logprob{{Token: "a", Bytes: []byte("a")}}},
		{Finish: llm.FinishTools, Usage: new(llm.Usage), ID: "r1", Model: "m1"},
	}
	var direct, stored llm.Response
	for _, c := range chunks {
		back := decode[*llm.Chunk](t, encode(t, c))
		if !reflect.DeepEqual(back, c) {
			t.Errorf("%s came back as %s", encode(t, c), encode(t, back))
		}
		direct.Add(c)
		stored.Add(back)
	}
	if !reflect.DeepEqual(direct, stored) {
		t.Errorf("stored chunks add up to %s, want %s", encode(t, &stored), encode(t, &direct))
	}
	if back := decode[llm.Response](t, encode(t, &direct)); !reflect.DeepEqual(direct, back) {
		t.Errorf("%s came back as %s", encode(t, &direct), encode(t, &back))
	}
	if got := encode(t, chunks[0]); got != `{"has_reasoning":true}` {
		t.Errorf("empty reasoning is %s", got)
	}
}
