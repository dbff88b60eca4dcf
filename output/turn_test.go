package output_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/repair"
	"github.com/hadal-go/hadal/output/schema"
)

func TestBlank(t *testing.T) {
	s, c := serve(t, says("  \n "), says(good))
	r, err := (&output.Generator[order]{Model: c, Mode: output.ModeJSON}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Attempts != 2 || r.Usage != times(2) {
		t.Fatal(r, err)
	}
	requests := s.Requests()
	appended(t, requests)
	if m := requests[1].Messages; len(m) != 2 || m[1].Role != llm.RoleUser || !strings.HasPrefix(m[1].Content, "The reply was blank.") {
		t.Errorf("got %+v", m)
	}
}

// A second blank in a row ends JSON mode, which makes blanks of what is not JSON;
// unless the caller wants that mode.
func TestBlankAgain(t *testing.T) {
	for _, mode := range []output.Mode{"", output.ModeJSON} {
		m := script("", " ", good)
		r, err := (&output.Generator[order]{Model: able{m, llm.Abilities{JSON: true}}, Mode: mode}).Generate(t.Context(), llm.Prompt("Order."))
		if err != nil || r.Attempts != 3 {
			t.Fatal(r, err)
		}
		var formats []llm.Format
		for _, req := range m.Requests() {
			formats = append(formats, req.Format)
		}
		if want := map[output.Mode][]llm.Format{"": {"json", "json", ""}, output.ModeJSON: {"json", "json", "json"}}[mode]; !slices.Equal(formats, want) {
			t.Errorf("mode %q: formats are %q, want %q", mode, formats, want)
		}
	}
	m := script("", bad, "", good)
	if _, err := (&output.Generator[order]{Model: able{m, llm.Abilities{JSON: true}}, Retries: 3}).Generate(t.Context(), llm.Prompt("Order.")); err != nil || m.Requests()[3].Format != llm.FormatJSON {
		t.Errorf("blanks that are not in a row: %v", err)
	}
	_, err := output.Generate[order](t.Context(), script("", "", ""), llm.Prompt("Order."))
	if !errors.Is(err, output.ErrBlank) || err.Error() != "output: after 3 requests: the reply is blank: ask again later, or in another Mode" {
		t.Error(err)
	}
}

// cutAt returns a reply that the limit on tokens cuts.
func cutAt(text string) deepseektest.Reply {
	r := says(text)
	r.Finish = llm.FinishLength
	return r
}

func TestCutContinued(t *testing.T) {
	for _, mode := range []output.Mode{output.ModeText, output.ModeJSON, output.ModeTool} {
		s, c := serve(t, cutAt(`{"item":"la`), cutAt(`mp","co`), says(`unt":2}`))
		r, err := (&output.Generator[order]{Model: c, Mode: mode}).Generate(t.Context(), llm.Prompt("Order."))
		if err != nil || r.Value.Item != "lamp" || string(r.JSON) != good || r.Attempts != 3 || r.Usage != times(3) || r.Response.Text() != good || r.Repairs != nil {
			t.Fatalf("%s: %+v, %v", mode, r, err)
		}
		requests := s.Requests()
		last := requests[2].Messages
		if m := last[len(last)-1]; !m.Prefix || m.Content != `{"item":"lamp","co` || !requests[2].Beta || requests[2].Format != "" || m.Reasoning == nil || *m.Reasoning != "Hm." {
			t.Errorf("%s: continues from %+v", mode, m)
		}
		if a, b := messagesOf(t, requests[0]), messagesOf(t, requests[2]); string(requests[0].Body[:a.end]) != string(requests[2].Body[:a.end]) || b.end <= a.end {
			t.Errorf("%s: the beginning of the conversation has changed:\n%s\n%s", mode, requests[0].Body, requests[2].Body)
		}
		if got := r.Messages[len(r.Messages)-1]; got.Text() != good || got.Role != llm.RoleAssistant || len(r.Messages) != 2 {
			t.Errorf("%s: the conversation ends in %+v", mode, got)
		}
	}
}

// Under a schema nothing is continued, so the schema goes into the words.
func TestCutContinuedWithoutSchema(t *testing.T) {
	m := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		if n == 0 {
			return &llm.Response{Message: llm.Assistant(`{"item":"la`), Finish: llm.FinishLength}, nil
		}
		return &llm.Response{Message: llm.Assistant(`mp","count":2}`)}, nil
	}}
	r, err := (&output.Generator[order]{Model: able{m, all}}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || string(r.JSON) != good || r.Mode != output.ModeSchema {
		t.Fatal(r, err)
	}
	second := m.Requests()[1]
	if second.Schema != nil || second.Format != "" || len(second.Messages) != 2 || !strings.Contains(second.Messages[0].Text(), "JSON Schema") || second.Messages[1].Text() != `{"item":"la` {
		t.Errorf("got %+v", second)
	}
}

func TestCutAskedAgain(t *testing.T) {
	cutReply := func(text string, reasoning, output int) *llm.Response {
		return &llm.Response{Message: llm.Assistant(text), Finish: llm.FinishLength, Usage: llm.Usage{Output: output, Reasoning: reasoning}}
	}
	for _, tt := range []struct {
		name   string
		can    llm.Abilities
		first  *llm.Response
		limit  int
		turn   int // messages that are added
		limits int // MaxTokens of the second request
	}{
		{"no prefix completion", llm.Abilities{MaxOutput: 1 << 20}, cutReply(`{"item":`, 0, 10_000), 0, 2, 40_000},
		{"with room", llm.Abilities{MaxOutput: 1 << 20}, cutReply(`{"item":`, 0, 10), 0, 2, 32 << 10},
		{"up to the most", llm.Abilities{MaxOutput: 30}, cutReply(`{"item":`, 0, 10), 0, 2, 30},
		{"nobody knows the most", llm.Abilities{}, cutReply(`{"item":`, 0, 10), 0, 2, 0},
		{"the caller's limit stays", llm.Abilities{MaxOutput: 1000}, cutReply(`{"item":`, 0, 10), 10, 2, 10},
		{"white space without end", all, cutReply(`{"item":`+strings.Repeat(" ", 300), 0, 10), 0, 2, 1000},
		{"a call that was cut", all, cutReply("", 5, 10), 10, 1, 10},
		{"reasoning without end", all, cutReply("", 10, 10), 0, 1, 1000},
	} {
		m := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
			if n == 0 {
				return tt.first, nil
			}
			return &llm.Response{Message: llm.Assistant(good)}, nil
		}}
		req := llm.Prompt("Order.")
		req.MaxTokens = tt.limit
		r, err := (&output.Generator[order]{Model: able{m, tt.can}, Mode: output.ModeText}).Generate(t.Context(), req)
		if err != nil || string(r.JSON) != good {
			t.Errorf("%s: %v, %v", tt.name, r, err)
			continue
		}
		second := m.Requests()[1]
		if last := second.Messages[len(second.Messages)-1].Text(); len(second.Messages) != 1+tt.turn || !strings.HasPrefix(last, "The reply was cut off") || second.MaxTokens != tt.limits {
			t.Errorf("%s: %d messages, the last %q, and a limit of %d", tt.name, len(second.Messages), last, second.MaxTokens)
		}
	}
}

// Reasoning that uses up the caller's own limit would do so again.
func TestCutReasoning(t *testing.T) {
	m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant(""), Finish: llm.FinishLength, Usage: llm.Usage{Output: 10, Reasoning: 10}}, nil
	}}
	req := llm.Prompt("Order.")
	req.MaxTokens = 10
	_, err := output.Generate[order](t.Context(), m, req)
	if len(m.Requests()) != 1 || !errors.Is(err, llm.ErrTruncated) || !strings.Contains(err.Error(), "raise MaxTokens") {
		t.Errorf("%d requests, %v", len(m.Requests()), err)
	}
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Temporary() || e.Usage == nil {
		t.Errorf("a Retry would repeat %v", err)
	}
}

// A reply that was cut behind its value, as by white space without end, will do; one
// that could have gone on will not.
func TestCutBehindTheValue(t *testing.T) {
	reply := func(text string) llm.Model {
		return &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
			return &llm.Response{Message: llm.Assistant(text), Finish: llm.FinishLength}, nil
		}}
	}
	r, err := (&output.Generator[order]{Model: reply(good + strings.Repeat("\n", 500)), Retries: -1}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Value.Count != 2 || r.Attempts != 1 {
		t.Error(r, err)
	}
	n, err := (&output.Generator[int]{Model: reply("12"), Retries: -1}).Generate(t.Context(), llm.Prompt("Count."))
	if !errors.Is(err, llm.ErrTruncated) {
		t.Error(n, err)
	}
}

// A reply that ends in its value, for a reason that only the provider knows, is no
// value; one that ends behind it is, whatever is around it.
func TestCutForOtherReasons(t *testing.T) {
	for _, tt := range []struct {
		text   string
		finish llm.FinishReason
		want   string
	}{
		{`{"item":"lamp","count":2,"tags":["a`, "insufficient_system_resource", `the reply ended as "insufficient_system_resource" in the middle of the value`},
		{`{"item":"lamp","count":2,"tags":["a`, llm.FinishLength, "raise MaxTokens"},
		{`{"item":"lamp","count":2,"tags":["a`, llm.FinishStop, ""},
		{"Here:\n```json\n" + good + "\n```", "eos", ""},
	} {
		m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
			return &llm.Response{Message: llm.Assistant(tt.text), Finish: tt.finish}, nil
		}}
		_, err := (&output.Generator[order]{Model: m, Retries: -1}).Generate(t.Context(), llm.Prompt("Order."))
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, llm.ErrTruncated) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.finish, err, tt.want)
		}
	}
}

// Where nothing comes of continuing, the whole is asked for again.
func TestCutStuck(t *testing.T) {
	m := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		switch n {
		case 0:
			return &llm.Response{Message: llm.Assistant(`{"item":"lamp"`), Finish: llm.FinishLength}, nil
		case 1:
			return &llm.Response{Message: llm.Assistant(" ")}, nil
		}
		return &llm.Response{Message: llm.Assistant(good)}, nil
	}}
	r, err := (&output.Generator[order]{Model: able{m, all}, Mode: output.ModeText}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || string(r.JSON) != good || r.Response.Text() != good {
		t.Fatal(r, err)
	}
	if third := m.Requests()[2].Messages; len(third) != 3 || !strings.HasPrefix(third[2].Text(), "The reply was cut off") {
		t.Errorf("got %q", third)
	}
	refuses := &llmtest.Script{Func: func(n int, req *llm.Request) (*llm.Response, error) {
		switch n {
		case 0:
			return &llm.Response{Message: llm.Assistant(`{"item":"lamp"`), Finish: llm.FinishLength}, nil
		case 1:
			return nil, &llm.Error{Err: llm.ErrInvalid}
		}
		return &llm.Response{Message: llm.Assistant(good)}, nil
	}}
	r, err = (&output.Generator[order]{Model: able{refuses, all}, Mode: output.ModeText}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Attempts != 3 || string(r.JSON) != good {
		t.Error(r, err)
	}
}

// What the caller has begun is part of the value.
func TestBegun(t *testing.T) {
	s, c := serve(t, says(`"lamp","count":[]}`), says(good))
	req := &llm.Request{Messages: []llm.Message{llm.User("Order."), llm.Assistant(`{"item":`)}}
	r, err := (&output.Generator[order]{Model: c}).Generate(t.Context(), req)
	if err != nil || r.Value.Item != "lamp" || r.Attempts != 2 {
		t.Fatal(r, err)
	}
	requests := s.Requests()
	first, second := requests[0].Messages, requests[1].Messages
	if !first[1].Prefix || first[1].Content != `{"item":` || !strings.Contains(first[0].Content, "JSON Schema") {
		t.Errorf("got %+v", first)
	}
	if len(second) != 3 || second[1].Content != bad || second[1].Prefix || second[2].Role != llm.RoleUser || second[0].Content != first[0].Content {
		t.Errorf("got %+v", second)
	}
	_, c = serve(t, says(`"lamp","count":2}`))
	o, err := output.Generate[order](t.Context(), c, req)
	if err != nil || o.Item != "lamp" || o.Count != 2 {
		t.Error(o, err)
	}
}

// What is begun may be whole already: then nothing need come.
func TestBegunWhole(t *testing.T) {
	req := &llm.Request{Messages: []llm.Message{llm.User("Order."), llm.Assistant(good)}}
	r, err := (&output.Generator[order]{Model: able{script(""), all}, Retries: -1}).Generate(t.Context(), req)
	if err != nil || r.Value.Count != 2 || r.Attempts != 1 {
		t.Error(r, err)
	}
}

// A reply in pieces is one, with all that came of it, whatever ends it.
func TestCutPieces(t *testing.T) {
	var fails error
	m := llm.ModelFunc(func(_ context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			last := req.Messages[len(req.Messages)-1].Role == llm.RoleAssistant
			c := &llm.Chunk{Text: `{"item":"la`, Logprobs: []llm.Logprob{{Token: "a"}}, ID: "1"}
			end := &llm.Chunk{Finish: llm.FinishLength, Usage: &usage}
			if last {
				c = &llm.Chunk{Text: `mp","count":2}`, Logprobs: []llm.Logprob{{Token: "b"}}, ID: "2"}
				end.Finish = llm.FinishStop
			}
			switch {
			case !yield(c, nil):
			case last && fails != nil:
				yield(nil, fails)
			default:
				yield(end, nil)
			}
		}
	})
	g := &output.Generator[order]{Model: able{m, all}, Mode: output.ModeText}
	r, err := g.Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Response.Text() != good || len(r.Response.Logprobs) != 2 || r.Response.ID != "2" || r.Response.Finish != llm.FinishStop {
		t.Fatalf("%+v, %v", r, err)
	}
	fails = &llm.Error{Usage: &usage, Err: llm.ErrStalled}
	_, err = g.Generate(t.Context(), llm.Prompt("Order."))
	e, ok := errors.AsType[*output.Error](err)
	if !ok || !errors.Is(err, llm.ErrStalled) || e.Response.Text() != good || e.Usage != times(2) || e.Attempts != 2 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestFiltered(t *testing.T) {
	for _, finish := range []llm.FinishReason{llm.FinishFilter, "refusal"} {
		reply := says(good)
		reply.Finish = finish
		s, c := serve(t, reply)
		_, err := (&output.Generator[order]{Model: c, Mode: output.ModeText}).Generate(t.Context(), llm.Prompt("Order."))
		e, ok := errors.AsType[*output.Error](err)
		if !ok || !errors.Is(err, llm.ErrFiltered) || len(s.Requests()) != 1 || e.Usage != usage || e.Response == nil || !strings.Contains(err.Error(), string(finish)) {
			t.Errorf("%s: %d requests, %v", finish, len(s.Requests()), err)
		}
	}
}

func TestLoop(t *testing.T) {
	s, c := serve(t, says(bad))
	_, err := (&output.Generator[order]{Model: c, Mode: output.ModeText, Retries: 5}).Generate(t.Context(), llm.Prompt("Order."))
	e, ok := errors.AsType[*output.Error](err)
	if !ok || len(s.Requests()) != 2 || e.Attempts != 2 || !errors.Is(err, output.ErrLoop) || !errors.Is(err, output.ErrUnfit) || len(e.Findings) != 1 {
		t.Errorf("%d requests, %v", len(s.Requests()), err)
	}
	if !strings.HasPrefix(err.Error(), "output: after 2 requests: the model repeats itself, and the reply is not what was asked for: ") {
		t.Error(err)
	}
}

// The same again, but for another reply in between, is no loop yet.
func TestNoLoop(t *testing.T) {
	m := script(bad, "", bad, good)
	r, err := (&output.Generator[order]{Model: m, Retries: 3}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Attempts != 4 {
		t.Error(r, err)
	}
}

// After the end of the context nothing is asked, and there is what there was.
func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant(bad)}, nil
	}}
	ending := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			m.Stream(ctx, req)(yield)
			cancel()
		}
	})
	_, err := output.Generate[order](ctx, ending, llm.Prompt("Order."))
	e, ok := errors.AsType[*output.Error](err)
	if !ok || len(m.Requests()) != 1 || e.Text != bad || len(e.Findings) != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, output.ErrUnfit) {
		t.Errorf("%d requests, %v", len(m.Requests()), err)
	}
	if !strings.HasPrefix(err.Error(), "output: context canceled, while the reply is not what was asked for: ") {
		t.Error(err)
	}
}

// A deadline that passes during an attempt leaves what the one before was.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		slow := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				select {
				case <-time.After(2 * time.Second):
					script(bad).Stream(ctx, req)(yield)
				case <-ctx.Done():
					yield(nil, &llm.Error{Err: ctx.Err()})
				}
			}
		})
		start := time.Now()
		_, err := output.Generate[order](ctx, slow, llm.Prompt("Order."))
		e, ok := errors.AsType[*output.Error](err)
		if !ok || time.Since(start) != 3*time.Second || e.Attempts != 2 || e.Text != bad || len(e.Findings) != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// Failures of the model end it, with what there is.
func TestModelFails(t *testing.T) {
	for _, class := range []error{llm.ErrBudget, llm.ErrBalance, llm.ErrTruncated, llm.ErrOverload, llm.ErrInvalid, errors.New("boom")} {
		m := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
			if n == 0 {
				return &llm.Response{Message: llm.Assistant(bad), Usage: usage}, nil
			}
			return nil, &llm.Error{Usage: &usage, Err: class}
		}}
		_, err := output.Generate[order](t.Context(), able{m, all}, llm.Prompt("Order."))
		e, ok := errors.AsType[*output.Error](err)
		if !ok || len(m.Requests()) != 2 || e.Attempts != 2 || e.Usage != times(2) || e.Text != bad || len(e.Findings) != 1 || !errors.Is(err, class) {
			t.Errorf("%v: %d requests, %v", class, len(m.Requests()), err)
		}
	}
}

// Arguments that are not JSON cannot be sent back, so the result has them.
func TestArgsNotJSON(t *testing.T) {
	s, c := serve(t, calls("answer", `{"item":"lamp","count":[`, good), calls("answer", good))
	r, err := (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Generate(t.Context(), llm.Prompt("Order."))
	if err != nil || r.Value.Count != 2 {
		t.Fatal(r, err)
	}
	requests := s.Requests()
	appended(t, requests)
	m := requests[1].Messages
	if len(m) != 4 || m[1].ToolCalls[0].Args != "{}" || m[1].ToolCalls[1].Args != good || !strings.HasPrefix(m[2].Content, "The arguments were no JSON, but this:\n"+`{"item":"lamp","count":[`) || m[3].Content != "See the result of the first call." {
		t.Errorf("got %+v", m)
	}
}

func TestRefuse(t *testing.T) {
	asked := 0
	g := &output.Generator[order]{Model: script(good), Refuse: func(repair.Repair) bool { asked++; return true }}
	if r, err := g.Generate(t.Context(), llm.Prompt("Order.")); err != nil || asked != 0 {
		t.Errorf("a sound reply is refused: %v, %v", r, err)
	}
	for _, mode := range []output.Mode{output.ModeText, output.ModeJSON} {
		var pointers []string
		m := script(`[{"item":"lamp","count":"2"}]`, "["+good+"]")
		g := &output.Generator[[]order]{Model: m, Mode: mode, Refuse: func(r repair.Repair) bool {
			pointers = append(pointers, r.Pointer)
			return r.Kind == "number"
		}}
		r, err := g.Generate(t.Context(), llm.Prompt("Order."))
		if err != nil || r.Attempts != 2 || !slices.Contains(pointers, "/0/count") {
			t.Errorf("%s: %+v, %v, of %q", mode, r, err, pointers)
			continue
		}
		if told := m.Requests()[1].Messages[2].Text(); !strings.Contains(told, `/0/count: is written as "2", want 2`) {
			t.Errorf("%s: the model is told %q", mode, told)
		}
		g.Model, g.Refuse = script(`[{"item":"lamp","count":"2"}]`), nil
		if r, err := g.Generate(t.Context(), llm.Prompt("Order.")); err != nil || len(r.Repairs) == 0 {
			t.Errorf("%s: %+v, %v", mode, r, err)
		}
	}
}

// What the strict form makes necessary is no repair: in it, null stands for what is
// absent.
func TestStrictNulls(t *testing.T) {
	type trip struct {
		To   string `json:"to"`
		Days int    `json:"days,omitempty"`
	}
	closed, err := schema.Parse([]byte(`{"type":"object","properties":{"to":{"type":"string"},"days":{"type":"integer"}},"required":["to"],"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []output.Mode{output.ModeSchema, output.ModeStrict, output.ModeText} {
		g := &output.Generator[trip]{Model: script(`{"to":"Oslo","days":null}`), Schema: closed, Mode: mode}
		r, err := g.Generate(t.Context(), llm.Prompt("Plan."))
		if err != nil || r.Value.To != "Oslo" || (mode == output.ModeText) != (r.Repairs != nil) {
			t.Errorf("%s: %+v, %v", mode, r, err)
		}
	}
}

func TestTrace(t *testing.T) {
	var log []string
	ctx := trace.With(t.Context(), func(e trace.Event) {
		switch e := e.(type) {
		case trace.Started:
			log = append(log, "start "+e.Span.Category)
		case trace.Ended:
			log = append(log, fmt.Sprint("end ", e.Span.Category, " ", e.Err != nil))
		case output.RetryEvent:
			log = append(log, fmt.Sprint(e.Kind(), " ", e.Attempt, " ", e.Mode, " ", len(e.Findings), " ", e.Err != nil, " ", e.Span.Category))
		}
	})
	m := script(bad, "", good)
	if _, err := output.Generate[order](ctx, m, llm.Prompt("Order.")); err != nil {
		t.Fatal(err)
	}
	want := "start output, start model, end model false, output retry 1 text 1 true output, start model, end model false, " +
		"output retry 2 text 0 true output, start model, end model false, end output false"
	if got := strings.Join(log, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if m.Requests()[0].Whole {
		t.Error("somebody listens, and the request is Whole")
	}
	m = script(good)
	if _, err := output.Generate[order](t.Context(), m, llm.Prompt("Order.")); err != nil || !m.Requests()[0].Whole {
		t.Error("nobody looks, and the request is not Whole", err)
	}
}
