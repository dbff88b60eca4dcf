package output_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output"
)

// collect ranges over a stream and checks that it ends as it must.
func collect[T any](t *testing.T, seq iter.Seq2[*output.Partial[T], error]) ([]output.Partial[T], error) {
	t.Helper()
	var list []output.Partial[T]
	var last error
	for p, err := range seq {
		if (p == nil) != (err != nil) || last != nil || len(list) > 0 && list[len(list)-1].Done {
			t.Errorf("yielded %v, %v after %v", p, err, last)
		}
		if last = err; err != nil {
			continue
		}
		if p.Done != (p.Result != nil) {
			t.Errorf("done is %v, with the result %v", p.Done, p.Result)
		}
		if n := len(list); n > 0 && p.Attempt < list[n-1].Attempt {
			t.Errorf("attempt %d after %d", p.Attempt, list[n-1].Attempt)
		}
		list = append(list, *p)
	}
	if last == nil && (len(list) == 0 || !list[len(list)-1].Done) {
		t.Error("the stream has no end")
	}
	return list, last
}

func TestStreamEnds(t *testing.T) {
	for _, tt := range []struct {
		mode  output.Mode
		reply deepseektest.Reply
	}{
		{output.ModeText, says(good)}, {output.ModeJSON, says(good)}, {output.ModeTool, says(good)}, {output.ModeTool, calls("answer", good)},
	} {
		_, c := serve(t, tt.reply)
		list, err := collect(t, (&output.Generator[order]{Model: c, Mode: tt.mode}).Stream(t.Context(), llm.Prompt("Order.")))
		if err != nil {
			t.Errorf("%s: %v", tt.mode, err)
			continue
		}
		last := list[len(list)-1]
		if last.Value.Count != 2 || last.Attempt != 1 || last.Result.Attempts != 1 || last.Result.Usage != usage || last.Result.Value.Item != "lamp" {
			t.Errorf("%s: got %+v", tt.mode, last)
		}
	}
}

// Where an attempt starts over, what was shown is void.
func TestStreamRestarts(t *testing.T) {
	s, c := serve(t, says(bad), says(`{"item":"nothing","count":1}`), says(good))
	list, err := collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")))
	if err != nil {
		t.Fatal(err)
	}
	appended(t, s.Requests())
	for _, attempt := range []int{2, 3} {
		i := slices.IndexFunc(list, func(p output.Partial[order]) bool { return p.Attempt == attempt })
		if i < 0 || list[i].Value.Item != "" || list[i].Value.Count != 0 {
			t.Errorf("attempt %d begins with %+v", attempt, list[max(i, 0)])
		}
	}
	if last := list[len(list)-1]; last.Attempt != 3 || last.Result.Attempts != 3 || last.Result.Usage != times(3) {
		t.Errorf("ends with %+v", last)
	}
}

// A reply that breaks off was seen, so no Retry repeats it: the stream does.
func TestStreamBreaks(t *testing.T) {
	whole := says(good)
	broken := whole
	broken.CutAfter = 900
	s, c := serve(t, broken, whole)
	list, err := collect(t, (&output.Generator[order]{Model: llm.Wrap(c, llm.Retry(3)), Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")))
	if err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.Attempt != 2 || last.Value.Count != 2 || len(s.Requests()) != 2 {
		t.Errorf("%d requests, ends with %+v", len(s.Requests()), last)
	}
	s, c = serve(t, broken)
	_, err = collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeText, Retries: 1}).Stream(t.Context(), llm.Prompt("Order.")))
	if !errors.Is(err, llm.ErrTruncated) || len(s.Requests()) != 2 {
		t.Errorf("%d requests, %v", len(s.Requests()), err)
	}
	// What fails before anything came is for a Retry alone.
	s, c = serve(t, deepseektest.Reply{Status: 503})
	_, err = collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")))
	if e, ok := errors.AsType[*output.Error](err); !ok || !errors.Is(err, llm.ErrOverload) || len(s.Requests()) != 1 || e.Attempts != 1 {
		t.Errorf("%d requests, %v", len(s.Requests()), err)
	}
}

// What breaks off for good, or after the end of the context, is not asked for again.
func TestStreamBreaksForGood(t *testing.T) {
	for _, class := range []error{llm.ErrBudget, llm.ErrOverload} {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		m := llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				if n++; !yield(&llm.Chunk{Text: `{"item":"lamp",`}, nil) {
					return
				}
				if class == llm.ErrOverload {
					cancel()
				}
				yield(nil, &llm.Error{Usage: &usage, Err: class})
			}
		})
		list, err := collect(t, output.Stream[order](ctx, m, llm.Prompt("Order.")))
		e, ok := errors.AsType[*output.Error](err)
		if !ok || n != 1 || !errors.Is(err, class) || e.Attempts != 1 || e.Usage != usage || e.Text != `{"item":"lamp",` || len(list) != 1 {
			t.Errorf("%v: %d requests, %v, %v", class, n, list, err)
		}
		cancel()
	}
}

// A reply that is continued does not start over.
func TestStreamContinues(t *testing.T) {
	_, c := serve(t, cutAt(`{"item":"lamp",`), says(`"count":2}`))
	list, err := collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")))
	if err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.Attempt != 1 || last.Result.Attempts != 2 || last.Value.Count != 2 {
		t.Errorf("ends with %+v", last)
	}
}

// A continuation that breaks off starts over where the reply was cut; one that fails
// before anything came is for a Retry alone.
func TestStreamContinuationBreaks(t *testing.T) {
	for _, piece := range []string{`"count":3`, ""} {
		m, n := able{nil, all}, 0
		m.Model = llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
			return func(yield func(*llm.Chunk, error) bool) {
				n++
				text := []string{`{"item":"lamp",`, piece, `"count":2}`}[n-1]
				if text != "" && !yield(&llm.Chunk{Text: text}, nil) {
					return
				}
				switch n {
				case 1:
					yield(&llm.Chunk{Finish: llm.FinishLength, Usage: &usage}, nil)
				case 2:
					yield(nil, &llm.Error{Usage: &usage, Err: llm.ErrOverload})
				default:
					yield(&llm.Chunk{Finish: llm.FinishStop, Usage: &usage}, nil)
				}
			}
		})
		list, err := collect(t, (&output.Generator[order]{Model: m, Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")))
		if piece == "" {
			if e, ok := errors.AsType[*output.Error](err); !ok || n != 2 || !errors.Is(err, llm.ErrOverload) || e.Usage != times(2) {
				t.Errorf("%d requests, %v", n, err)
			}
			continue
		}
		if err != nil || n != 3 {
			t.Fatalf("%d requests, %v", n, err)
		}
		last := list[len(list)-1]
		if last.Attempt != 3 || last.Value.Count != 2 || last.Result.Usage != times(3) || string(last.Result.JSON) != good {
			t.Errorf("ends with %+v", last)
		}
		for _, p := range list {
			if p.Value.Count == 3 && p.Attempt == 3 {
				t.Errorf("what is void is there: %+v", p)
			}
		}
	}
}

func TestStreamBegun(t *testing.T) {
	_, c := serve(t, says(`"lamp","count":2}`))
	req := &llm.Request{Messages: []llm.Message{llm.User("Order."), llm.Assistant(`{"item":`)}}
	list, err := collect(t, output.Stream[order](t.Context(), c, req))
	if err != nil || list[len(list)-1].Value.Count != 2 {
		t.Error(list, err)
	}
	req.Messages[1] = llm.Assistant(`{"item":"lamp",`)
	for p, err := range output.Stream[order](t.Context(), c, req) {
		if err != nil || p.Value.Item != "lamp" || p.Value.Count != 0 {
			t.Errorf("what was begun is not shown at first, but %+v, %v", p, err)
		}
		break
	}
}

// A long reply is not decoded with every chunk, which would take time by its square.
func TestStreamLong(t *testing.T) {
	text := long()
	list, err := collect(t, output.Stream[[]order](t.Context(), in(10, text), llm.Prompt("Order.")))
	if err != nil {
		t.Fatal(err)
	}
	n, last := len(list), list[len(list)-1]
	if n < 100 || n > 250 || len(last.Value) < 1000 {
		t.Errorf("%d values, the last with %d orders", n, len(last.Value))
	}
	for i := range list[1:] {
		if len(list[i].Value) > len(list[i+1].Value) {
			t.Errorf("value %d has %d orders, and the next %d", i, len(list[i].Value), len(list[i+1].Value))
		}
	}
}

func TestStreamOwnTools(t *testing.T) {
	_, c := serve(t, calls("clock", "{}"))
	req := &llm.Request{Messages: []llm.Message{llm.User("Order.")}, Tools: clock}
	list, err := collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Stream(t.Context(), req))
	if err != nil || len(list) != 1 || len(list[0].Result.ToolCalls) != 1 || list[0].Value.Item != "" {
		t.Error(list, err)
	}
}

// A call of the output tool grows as a text does, and one that is cut starts over.
func TestStreamCalls(t *testing.T) {
	cutCall := calls("answer", `{"item":"lamp","count":2,"tags":["a`)
	cutCall.Finish = llm.FinishLength
	s, c := serve(t, cutCall, calls("Answer", good))
	list, err := collect(t, (&output.Generator[order]{Model: c, Mode: output.ModeTool}).Stream(t.Context(), llm.Prompt("Order.")))
	if err != nil {
		t.Fatal(err)
	}
	grown := slices.ContainsFunc(list, func(p output.Partial[order]) bool { return !p.Done && p.Attempt == 2 && p.Value.Item == "lamp" })
	if last := list[len(list)-1]; !grown || last.Attempt != 2 || last.Value.Count != 2 || last.Result.Usage != times(2) {
		t.Errorf("got %+v", list)
	}
	if m := s.Requests()[1].Messages; len(m) != 2 || !strings.HasPrefix(m[1].Content, "The reply was cut off") {
		t.Errorf("got %+v", m)
	}
}

// What cannot be decoded yet is at zero, and does not keep the rest away.
func TestStreamDecodes(t *testing.T) {
	type visit struct {
		Name string    `json:"name"`
		At   time.Time `json:"at"`
		N    int       `json:"n"`
	}
	m := pieces(`{"name":"Ada","n":1`, `2,"at":"2026-05-`, `02T15:00:00Z"}`)
	list, err := collect(t, output.Stream[visit](t.Context(), m, llm.Prompt("When?")))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Value.Name != "" && p.Value.Name != "Ada" || p.Value.N != 0 && p.Value.N != 12 || !p.Value.At.IsZero() && p.Value.At.Month() != time.May {
			t.Errorf("got %+v", p.Value)
		}
	}
	if last := list[len(list)-1].Value; last.N != 12 || last.At.Day() != 2 {
		t.Errorf("ends with %+v", last)
	}
}

// Values are nobody else's: what the receiver does to one does not show in others.
func TestStreamValuesAreApart(t *testing.T) {
	m := pieces(`{"item":"lamp","count":2,"tags":["a"`, `,"b"`, `]}`)
	for p, err := range output.Stream[order](t.Context(), m, llm.Prompt("Order.")) {
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Value.Tags) > 0 && p.Value.Tags[0] != "a" {
			t.Errorf("got %+v", p.Value)
		}
		for i := range p.Value.Tags {
			p.Value.Tags[i] = "mine"
		}
	}
}

// A mode that is refused is no attempt.
func TestStreamModeRefused(t *testing.T) {
	m := &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
		if n < 2 {
			return nil, &llm.Error{Err: llm.ErrInvalid}
		}
		return &llm.Response{Message: llm.Assistant(good)}, nil
	}}
	list, err := collect(t, output.Stream[order](t.Context(), able{m, llm.Abilities{Schema: true, JSON: true}}, llm.Prompt("Order.")))
	if err != nil || list[len(list)-1].Result.Attempts != 1 || list[0].Attempt != 1 || list[0].Value.Item == "" && !list[0].Done {
		t.Error(list, err)
	}
}

func TestStreamFails(t *testing.T) {
	_, err := collect(t, output.Stream[order](t.Context(), script("a", "b", "c"), llm.Prompt("Order.")))
	if e, ok := errors.AsType[*output.Error](err); !ok || e.Attempts != 3 || e.Text != "c" {
		t.Errorf("got %v", err)
	}
	list, err := collect(t, (&output.Generator[order]{Model: script(), Mode: "yaml"}).Stream(t.Context(), llm.Prompt("Order.")))
	if list != nil || !errors.Is(err, llm.ErrInvalid) {
		t.Error(list, err)
	}
}

// Of a reply beyond the limits of what is read, there is what came before.
func TestStreamBeyondLimits(t *testing.T) {
	m := pieces(`{"item":"lamp","tags":`, strings.Repeat("[", 1000), strings.Repeat("]", 1000), `,"count":2}`)
	list, err := collect(t, (&output.Generator[order]{Model: m, Retries: -1}).Stream(t.Context(), llm.Prompt("Order.")))
	if !errors.Is(err, output.ErrUnfit) || len(list) == 0 || list[len(list)-1].Value.Item != "lamp" {
		t.Error(list, err)
	}
}

// It can be left at whatever it yields.
func TestStreamLeftAnywhere(t *testing.T) {
	model := func() *llmtest.Script {
		return &llmtest.Script{Func: func(n int, _ *llm.Request) (*llm.Response, error) {
			switch n {
			case 0:
				return nil, &llm.Error{Err: llm.ErrInvalid}
			case 1:
				return &llm.Response{Message: llm.Assistant(bad), Usage: usage}, nil
			case 2:
				return &llm.Response{Message: llm.Assistant(`{"item":"lamp",`), Finish: llm.FinishLength, Usage: usage}, nil
			}
			return &llm.Response{Message: llm.Assistant(`"count":2}`), Usage: usage}, nil
		}}
	}
	can := llm.Abilities{JSON: true, Prefix: true}
	list, err := collect(t, output.Stream[order](t.Context(), able{model(), can}, llm.Prompt("Order.")))
	if last := list[len(list)-1]; err != nil || last.Attempt != 2 || last.Result.Attempts != 3 || last.Result.Usage != times(3) {
		t.Fatal(list, err)
	}
	for last := range list {
		m, n, asked := model(), 0, 0
		for p, err := range output.Stream[order](t.Context(), able{m, can}, llm.Prompt("Order.")) {
			if err != nil || p.Attempt != list[n].Attempt || p.Value.Item != list[n].Value.Item {
				t.Errorf("left after %d: %+v, %v", last, p, err)
			}
			if asked = len(m.Requests()); n == last {
				break
			}
			n++
		}
		if n != last || len(m.Requests()) != asked {
			t.Errorf("left after %d: %d requests, and then %d", last, asked, len(m.Requests()))
		}
	}
}

// Whoever leaves the loop frees the connection, and leaves no goroutine behind.
func TestStreamLeft(t *testing.T) {
	gone := make(chan struct{})
	_, c := serve(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		context.AfterFunc(r.Context(), func() { close(gone) })
		return deepseektest.Reply{Text: good + strings.Repeat(" \n", 2000), CutAfter: 5000, Cut: deepseektest.CutStall}
	}})
	for range (&output.Generator[order]{Model: c, Mode: output.ModeText}).Stream(t.Context(), llm.Prompt("Order.")) {
		break
	}
	<-gone
}

func TestNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		for range output.Stream[order](t.Context(), script(bad, good), llm.Prompt("Order.")) {
			break
		}
		if _, err := output.Generate[order](t.Context(), script(bad, good), llm.Prompt("Order.")); err != nil {
			t.Fatal(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// A thousand callers share a Generator, each with replies of its own.
func TestConcurrent(t *testing.T) {
	m := llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		count := strings.Fields(req.Messages[0].Text())[1]
		text := fmt.Sprintf(`{"item":"lamp","count":%s}`, count)
		if len(req.Messages) == 1 {
			text = bad
		}
		return (&llmtest.Script{Replies: []llm.Message{llm.Assistant(text)}}).Stream(ctx, req)
	})
	g := &output.Generator[order]{Model: m}
	var wg sync.WaitGroup
	for i := 1; i <= 1000; i++ {
		wg.Go(func() {
			req := llm.Prompt(fmt.Sprintf("Order %d lamps.", i))
			if i%2 == 0 {
				r, err := g.Generate(t.Context(), req)
				if err != nil || r.Value.Count != i || r.Attempts != 2 {
					t.Errorf("%d: %+v, %v", i, r, err)
				}
				return
			}
			for p, err := range g.Stream(t.Context(), req) {
				if err != nil || p.Done && p.Value.Count != i {
					t.Errorf("%d: %+v, %v", i, p, err)
				}
			}
		})
	}
	wg.Wait()
}
