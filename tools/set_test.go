package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// a byHand is a tool that somebody wrote without New.
type byHand struct {
	name string
	call func(ctx context.Context, args string) (llm.Parts, error)
}

func (b byHand) Spec() llm.ToolSpec {
	return llm.ToolSpec{Name: b.name, Description: "Written by hand."}
}

func (b byHand) Call(ctx context.Context, args json.RawMessage) (llm.Parts, error) {
	return b.call(ctx, string(args))
}

// failing returns a tool that fails with err.
func failing(err error) tools.Tool {
	return byHand{"f", func(context.Context, string) (llm.Parts, error) { return nil, err }}
}

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

// What a tool fails with is for the model, but for secrets.
func TestErrors(t *testing.T) {
	var none *nilError
	get := &url.Error{Op: "Get", URL: "https://user:secret@host.example/a/b?key=secret#x", Err: errors.New("connection refused")}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"text", errors.New("no such city"), "error: no such city"},
		{"wrapped", fmt.Errorf("weather: %w", errors.New("no such city")), "error: weather: no such city"},
		{"empty", errors.New(""), "error: the tool failed with an error that says nothing (*errors.errorString)"},
		{"again", tools.Again("Give the name in English."), "Give the name in English."},
		{"again, wrapped", fmt.Errorf("weather: %w", tools.Again("in English")), "weather: in English"},
		{"deadline of its own", context.DeadlineExceeded, "error: context deadline exceeded"},
		{"cancelled by itself", context.Canceled, "error: context canceled"},
		{"address", get, `error: Get "https://host.example/a/b?…": connection refused`},
		{"address, wrapped", fmt.Errorf("fetch %s: %w", get.URL, get), `error: fetch https://host.example/a/b?…: Get "https://host.example/a/b?…": connection refused`},
		{"addresses, joined", errors.Join(errors.New("a"), get), "error: a\n" + `Get "https://host.example/a/b?…": connection refused`},
		{"address without secrets", &url.Error{Op: "Get", URL: "https://host.example/a", Err: errors.New("no")}, `error: Get "https://host.example/a": no`},
		{"no address", &url.Error{Op: "parse", URL: "http://a b:secret@%", Err: errors.New("bad")}, `error: parse "…": bad`},
		{"address that is none", &url.Error{Op: "parse", URL: ":", Err: errors.New("missing protocol scheme")}, `error: parse ":": missing protocol scheme`},
		{"address with an escape", &url.Error{Op: "Get", URL: "https://host.example/a%2Fb", Err: errors.New("no")}, `error: Get "https://host.example/a%2Fb": no`},
		{"again, with an address", fmt.Errorf("%w: %w", tools.Again("once more"), get), `once more: Get "https://host.example/a/b?…": connection refused`},
		{"joined without addresses", fmt.Errorf("%w and %w", errors.New("a"), errors.New("b")), "error: a and b"},
		{"nil in an error", none, "error: the tool failed, by a mistake in its program: call it with other arguments, or do without it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			quiet(t)
			r, err := tools.Set{failing(tt.err)}.Call(t.Context(), llm.ToolCall{ID: "1", Name: "f"})
			if want := (llm.Parts{llm.Text(tt.want)}); err != nil || !r.IsError || !equalParts(t, r.Content, want) {
				t.Errorf("%+v, %v, want %q", r, err, tt.want)
			}
		})
	}
}

// What there is of a result is shown before the error.
func TestErrorWithParts(t *testing.T) {
	f := byHand{"f", func(context.Context, string) (llm.Parts, error) {
		return llm.Parts{llm.Text("half of it")}, errors.New("disk full")
	}}
	r, err := tools.Set{f}.Call(t.Context(), llm.ToolCall{Name: "f"})
	if err != nil || !r.IsError || !equalParts(t, r.Content, llm.Parts{llm.Text("half of it"), llm.Text("error: disk full")}) {
		t.Error(r, err)
	}
}

func TestFatal(t *testing.T) {
	closed := errors.New("the account of Ada is closed")
	if err := tools.Fatal(nil); err != nil {
		t.Error(err)
	}
	if err := tools.Fatal(closed); err.Error() != closed.Error() || !errors.Is(err, closed) {
		t.Error(err)
	}
	for _, err := range []error{tools.Fatal(closed), fmt.Errorf("paying: %w", tools.Fatal(closed))} {
		r, got := tools.Set{failing(err)}.Call(t.Context(), llm.ToolCall{ID: "1", Name: "f"})
		if got == nil || got.Error() != "tool f: "+err.Error() || !errors.Is(got, closed) {
			t.Error(got)
		}
		if want := (llm.Parts{llm.Text("error: the call has ended the run")}); r.ID != "1" || !r.IsError || !equalParts(t, r.Content, want) {
			t.Errorf("the model is told %+v", r)
		}
	}
}

// A Fatal error is that also when the time is over, which it tells of.
func TestFatalTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := byHand{"f", func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			return nil, tools.Fatal(ctx.Err())
		}}
		if r, err := (tools.Set{f}).Call(t.Context(), llm.ToolCall{Name: "f"}); err == nil || err.Error() != "tool f: context deadline exceeded" || !r.IsError {
			t.Error(r, err)
		}
	})
}

func TestUnknown(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	for _, tt := range []struct {
		set        tools.Set
		name, want string
	}{
		{nil, "f", `error: there is no tool "f", nor any other: answer without`},
		{tools.Set{nil}, "f", `error: there is no tool "f", nor any other: answer without`},
		{tools.Set{specced{llm.ToolSpec{Kind: "search"}}}, "", `error: there is no tool "", nor any other: answer without`},
		{tools.Set{failing(nil)}, "", "error: there is no tool \"\": did you mean \"f\"?\nThe tools are f. Call one of these, or answer without."},
		{tools.Set{failing(nil)}, "weather", "error: there is no tool \"weather\"\nThe tools are f. Call one of these, or answer without."},
		{tools.Set{failing(nil)}, long, "error: there is no tool \"" + long[:80] + "…\"\nThe tools are f. Call one of these, or answer without."},
		{tools.Set{byHand{name: "get_weather"}, byHand{name: "get_news"}}, "getWeather", "error: there is no tool \"getWeather\": did you mean \"get_weather\"?\nThe tools are get_weather, get_news. Call one of these, or answer without."},
		{tools.Set{byHand{name: "get_weather"}, byHand{name: "get_news"}}, "get_new", "error: there is no tool \"get_new\": did you mean \"get_news\"?\nThe tools are get_weather, get_news. Call one of these, or answer without."},
	} {
		var o tools.Outcome
		for _, o = range tt.set.CallAll(t.Context(), []llm.ToolCall{{ID: "1", Name: tt.name}}, 1) {
		}
		if want := (llm.Parts{llm.Text(tt.want)}); o.Err != nil || !o.Result.IsError || o.Result.Name != tt.name || !equalParts(t, o.Result.Content, want) || !errors.Is(o.Cause, tools.ErrUnknown) {
			t.Errorf("%.99q: %.200v, want %.200s", tt.name, o, tt.want)
		}
	}
}

func TestCheck(t *testing.T) {
	ok := testTools[0]
	spec := func(s llm.ToolSpec) tools.Tool { return specced{s} }
	for _, tt := range []struct {
		set  tools.Set
		want string
	}{
		{nil, ""},
		{testTools, ""},
		{tools.Set{spec(llm.ToolSpec{Name: "a", Description: "Does."})}, ""},
		{tools.Set{ok, spec(llm.ToolSpec{Kind: "search"}), spec(llm.ToolSpec{Kind: "read"})}, ""},
		{tools.Set{ok, nil}, "tools: tool 1 is nil"},
		{tools.Set{ok, ok}, `tools: tool 1 has the name of tool 0, "place": rename one`},
		{tools.Set{spec(llm.ToolSpec{Name: "a b", Description: "Does."})}, `tools: tool 0: the name "a b" is not of 1 to 64 letters, digits, hyphens and underscores`},
		{tools.Set{spec(llm.ToolSpec{Name: "a"})}, "tools: tool 0: a has no description, by which a model knows when to call it"},
		{tools.Set{spec(llm.ToolSpec{Name: "a", Description: " \n"})}, "tools: tool 0: a has no description, by which a model knows when to call it"},
		{tools.Set{spec(llm.ToolSpec{Name: "a", Description: "Does.", Schema: json.RawMessage(`{"type":"string"}`)})}, "tools: tool 0: a: the schema is not of an object"},
		{tools.Set{spec(llm.ToolSpec{Name: "a", Description: "Does.", Schema: json.RawMessage(`{`)})}, "tools: tool 0: a: schema: "},
		{tools.Set{nil, nil}, "tools: tool 0 is nil\ntool 1 is nil"},
	} {
		err := tt.set.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	// Nobody is told apart that has the same name.
	r, err := tools.Set{ok, ok}.Call(t.Context(), llm.ToolCall{ID: "1", Name: "place", Args: `{"city":"Oslo"}`})
	if err == nil || err.Error() != `tool place: tools: two tools have the name "place"` || !r.IsError {
		t.Error(r, err)
	}
}

type specced struct{ spec llm.ToolSpec }

func (s specced) Spec() llm.ToolSpec { return s.spec }

func (s specced) Call(context.Context, json.RawMessage) (llm.Parts, error) { return nil, nil }

// Results are in the order of the calls, whichever comes first.
func TestResultsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := tools.New("wait", "Waits.", func(ctx context.Context, seconds int) (int, error) {
			time.Sleep(time.Duration(seconds) * time.Second)
			return seconds, nil
		})
		var calls []llm.ToolCall
		for i := range 20 {
			calls = append(calls, llm.ToolCall{ID: "same", Name: "wait", Args: fmt.Sprintf(`{"input":%d}`, 20-i)})
		}
		start := time.Now()
		m, err := tools.Set{wait}.Results(t.Context(), calls)
		if err != nil || m.Role != llm.RoleTool || len(m.Parts) != 20 {
			t.Fatal(m, err)
		}
		for i, p := range m.Parts {
			r := p.(llm.ToolResult)
			if want := fmt.Sprint(20 - i); r.ID != "same" || r.Name != "wait" || !equalParts(t, r.Content, llm.Parts{llm.Text(want)}) {
				t.Errorf("result %d: %+v, want %s", i, r, want)
			}
		}
		if d := time.Since(start); d != 20*time.Second { // 16 at once; the four last ones begin after 5 to 8 seconds
			t.Errorf("took %v", d)
		}
		if m, err := (tools.Set{wait}).Results(t.Context(), nil); err != nil || len(m.Parts) != 0 {
			t.Error(m, err)
		}
	})
}

// Outcomes come as they are there, no more than n at once.
func TestCallAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		wait := tools.New("wait", "Waits.", func(ctx context.Context, seconds int) (int, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Duration(seconds) * time.Second)
			return seconds, nil
		})
		var calls []llm.ToolCall
		for _, s := range []int{3, 1, 2, 1} {
			calls = append(calls, llm.ToolCall{Name: "wait", Args: fmt.Sprintf(`{"input":%d}`, s)})
		}
		var order []int
		for i, o := range (tools.Set{wait}).CallAll(t.Context(), calls, 2) {
			order = append(order, i)
			if o.Err != nil || o.Cause != nil || o.Elapsed != time.Duration(3-2*(i%2)-i/2*(1-i%2))*time.Second {
				t.Errorf("call %d: %+v", i, o)
			}
		}
		slices.Sort(order[1:3]) // 1 at 1 s, then 0 and 2 at 3 s, 3 at 4 s
		if !slices.Equal(order, []int{1, 0, 2, 3}) || most.Load() != 2 {
			t.Errorf("in the order %v, %d at once", order, most.Load())
		}
	})
}

// Leaving the loop cancels and waits.
func TestLeaveLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		f := byHand{"f", func(ctx context.Context, args string) (llm.Parts, error) {
			if args == "quick" {
				return nil, nil
			}
			<-ctx.Done()
			time.Sleep(time.Second / 2) // it tidies up
			ended.Add(1)
			return nil, ctx.Err()
		}}
		calls := []llm.ToolCall{{Name: "f"}, {Name: "f", Args: "quick"}, {Name: "f"}}
		for i, o := range (tools.Set{f}).CallAll(t.Context(), calls, 3) {
			if i != 1 || o.Err != nil {
				t.Error(i, o)
			}
			break
		}
		if ended.Load() != 2 || tools.Strays() != 0 {
			t.Errorf("%d calls have ended, %d are strays", ended.Load(), tools.Strays())
		}
	})
}

// A fatal error cancels the other calls, and each call has a result.
func TestFatalCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := byHand{"wait", func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		set := tools.Set{wait, byHand{"stop", func(context.Context, string) (llm.Parts, error) {
			time.Sleep(time.Second)
			return nil, tools.Fatal(errors.New("stop"))
		}}}
		calls := []llm.ToolCall{{ID: "a", Name: "wait"}, {ID: "b", Name: "stop"}}
		for range 20 {
			calls = append(calls, llm.ToolCall{ID: "c", Name: "wait"})
		}
		start := time.Now()
		m, err := set.Results(t.Context(), calls)
		if err == nil || err.Error() != "tool stop: stop" || time.Since(start) != time.Second {
			t.Fatal(err, time.Since(start))
		}
		texts := map[string]int{}
		for i, p := range m.Parts {
			r := p.(llm.ToolResult)
			if r.ID != calls[i].ID || !r.IsError {
				t.Errorf("result %d: %+v", i, r)
			}
			texts[llm.Message{Parts: r.Content}.Text()]++
		}
		if texts["error: the call has ended the run"] != 1 ||
			texts["error: the call was cancelled before it ended, and may have done some or all of its work"] != 15 ||
			texts["error: the call was not made, as the run was cancelled"] != 6 {
			t.Error(texts)
		}
	})
}

func TestCallID(t *testing.T) {
	ids := byHand{"ids", func(ctx context.Context, _ string) (llm.Parts, error) {
		return llm.Parts{llm.Text(tools.CallID(ctx))}, nil
	}}
	inner := tools.Set{ids}
	outer := byHand{"outer", func(ctx context.Context, how string) (llm.Parts, error) {
		if how == "own" {
			ctx = tools.WithCallID(ctx, "own")
		}
		r, err := inner.Call(ctx, llm.ToolCall{ID: "in", Name: "ids"})
		return r.Content, err
	}}
	set := tools.Set{ids, outer}
	one := func(ctx context.Context, c llm.ToolCall) string {
		r, err := set.Call(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		return llm.Message{Parts: r.Content}.Text()
	}
	ctx := t.Context()
	run := tools.WithCallID(ctx, "run/7")
	for _, tt := range []struct{ got, want string }{
		{tools.CallID(ctx), ""},
		{tools.CallID(run), "run/7"},
		{one(ctx, llm.ToolCall{ID: "a", Name: "ids"}), "a"},
		{one(ctx, llm.ToolCall{Name: "ids"}), ""},
		{one(run, llm.ToolCall{ID: "a", Name: "ids"}), "run/7"},
		{one(ctx, llm.ToolCall{ID: "a", Name: "outer"}), "a/in"},
		{one(run, llm.ToolCall{ID: "a", Name: "outer"}), "run/7/in"},
		{one(run, llm.ToolCall{ID: "a", Name: "outer", Args: "own"}), "own"},
		{one(ctx, llm.ToolCall{Name: "outer"}), "in"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	calls := []llm.ToolCall{{ID: "a", Name: "ids"}, {ID: "b", Name: "ids"}, {Name: "ids"}, {ID: "a", Name: "ids"}, {ID: "c", Name: "outer"}}
	for _, tt := range []struct {
		ctx  context.Context
		want []string
	}{
		{ctx, []string{"a#1", "b", "#3", "a#4", "c/in"}},
		{run, []string{"run/7/a#1", "run/7/b", "run/7/#3", "run/7/a#4", "run/7/c/in"}},
	} {
		m, err := set.Results(tt.ctx, calls)
		var got []string
		for _, p := range m.Parts {
			got = append(got, llm.Message{Parts: p.(llm.ToolResult).Content}.Text())
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q, %v, want %q", got, err, tt.want)
		}
	}
}
