package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/tools"
)

// quiet keeps what is logged out of the output of the test, and returns it.
func quiet(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return &b
}

// A panic is for the log, not for the model.
func TestPanic(t *testing.T) {
	const told = "error: the tool failed, by a mistake in its program: call it with other arguments, or do without it"
	step := &chain.Panic{Value: "inside a step", Stack: []byte("its stack")}
	for _, tt := range []struct {
		name string
		tool tools.Tool
		want string // in the log
	}{
		{"value", byHand{"f", func(context.Context, string) (llm.Parts, error) { panic("secret") }}, "panic=secret"},
		{"error", byHand{"f", func(context.Context, string) (llm.Parts, error) { panic(errors.New("secret")) }}, "panic=secret"},
		{"in the library", tools.New("f", "Panics.", func(context.Context, struct{}) (string, error) { return strings.Repeat("a", -1), nil }), "negative Repeat count"},
		{"step", byHand{"f", func(context.Context, string) (llm.Parts, error) { panic(step) }}, "its stack"},
		{"no step", byHand{"f", func(context.Context, string) (llm.Parts, error) { panic((*chain.Panic)(nil)) }}, "panic=<nil>"},
		{"goexit", byHand{"f", func(context.Context, string) (llm.Parts, error) { runtime.Goexit(); return nil, nil }}, "runtime.Goexit was called"},
		{"no tool", byHand{"f", nil}, "nil pointer"},
		{"policy", wild{"policy"}, "panic=policy"},
		{"encoding", tool(wildValue{}), "panic=encoding"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := quiet(t)
			var seen []trace.Event
			ctx := trace.With(t.Context(), func(e trace.Event) { seen = append(seen, e) })
			r, err := tools.Set{tt.tool}.Call(ctx, llm.ToolCall{ID: "1", Name: "f"})
			if err != nil || !r.IsError || !equalParts(t, r.Content, llm.Parts{llm.Text(told)}) {
				t.Errorf("%+v, %v", r, err)
			}
			if !strings.Contains(log.String(), tt.want) || !strings.Contains(log.String(), "level=ERROR msg=\"tool panicked\" tool=f id=1") || !strings.Contains(log.String(), "stack=") {
				t.Errorf("logged: %s", log)
			}
			cause, ok := errors.AsType[*chain.Panic](seen[2].(tools.ResultEvent).Cause)
			if !ok || len(cause.Stack) == 0 {
				t.Errorf("the event has %v", seen[2])
			}
		})
	}
}

// wild panics as soon as it is looked at.
type wild struct{ what string }

func (w wild) Spec() llm.ToolSpec { return llm.ToolSpec{Name: "f"} }

func (w wild) Policy() tools.Policy { panic(w.what) }

func (w wild) Call(context.Context, json.RawMessage) (llm.Parts, error) { return nil, nil }

type wildValue struct{}

func (wildValue) MarshalJSON() ([]byte, error) { panic("encoding") }

// A tool that heeds its context ends with it; one that does not is left to itself.
func TestTimeout(t *testing.T) {
	for _, tt := range []struct {
		name    string
		policy  tools.Policy
		call    func(ctx context.Context, args string) (llm.Parts, error)
		after   time.Duration
		want    llm.Parts
		isError bool
		strays  int
	}{
		{"heeds", tools.Policy{Timeout: time.Second}, heeds, 950 * time.Millisecond,
			llm.Parts{llm.Text("error: the tool did not finish within 1s: it may have done some or all of its work, so find out before calling it again")}, true, 0},
		{"heeds, reads", tools.Policy{Timeout: time.Second, Effect: tools.Reads}, heeds, 950 * time.Millisecond,
			llm.Parts{llm.Text("error: the tool did not finish within 1s: ask it for less, or do without it")}, true, 0},
		{"by default", tools.Policy{}, heeds, 2*time.Minute - 100*time.Millisecond,
			llm.Parts{llm.Text("error: the tool did not finish within 2m0s: it may have done some or all of its work, so find out before calling it again")}, true, 0},
		{"ignores", tools.Policy{Timeout: time.Second}, ignores, time.Second,
			llm.Parts{llm.Text("error: the tool did not finish within 1s: it may have done some or all of its work, so find out before calling it again")}, true, 1},
		{"returns half", tools.Policy{Timeout: time.Second, Effect: tools.Reads}, func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			return llm.Parts{llm.Text("half")}, ctx.Err()
		}, 950 * time.Millisecond, llm.Parts{llm.Text("half"), llm.Text("error: the tool did not finish within 1s: ask it for less, or do without it")}, true, 0},
		{"has words of its own", tools.Policy{Timeout: time.Second}, func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			return nil, errors.New("the pump is slow")
		}, 950 * time.Millisecond, llm.Parts{llm.Text("error: the pump is slow")}, true, 0},
		{"done at the last moment", tools.Policy{Timeout: time.Second}, func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			return llm.Parts{llm.Text("done")}, nil
		}, 950 * time.Millisecond, llm.Parts{llm.Text("done")}, false, 0},
		{"no limit", tools.Policy{Timeout: -1}, ignores, time.Hour, llm.Parts{llm.Text("late")}, false, 0},
		{"a limit of its own", tools.Policy{Timeout: time.Minute}, func(ctx context.Context, _ string) (llm.Parts, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}, time.Second, llm.Parts{llm.Text("error: context deadline exceeded")}, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stray []trace.Event
				ctx := trace.With(t.Context(), func(e trace.Event) {
					if e.Kind() == "tool stray" {
						stray = append(stray, e)
					}
				})
				start := time.Now()
				set := tools.Set{tools.With(byHand{"f", tt.call}, tt.policy)}
				r, err := set.Call(ctx, llm.ToolCall{ID: "1", Name: "f"})
				if d := time.Since(start); d != tt.after {
					t.Errorf("took %v, want %v", d, tt.after)
				}
				if err != nil || r.IsError != tt.isError || !equalParts(t, r.Content, tt.want) {
					t.Errorf("%+v, %v, want %+v", r, err, tt.want)
				}
				if tools.Strays() != tt.strays || len(stray) != tt.strays {
					t.Errorf("%d strays, of which %v is heard, want %d", tools.Strays(), stray, tt.strays)
				}
				for _, e := range stray {
					if s := e.(tools.StrayEvent); s.Call.ID != "1" || s.Span == nil || s.Span.Name != "f" {
						t.Errorf("%+v", s)
					}
				}
				time.Sleep(2 * time.Hour)
				if tools.Strays() != 0 {
					t.Errorf("%d strays at the end", tools.Strays())
				}
			})
		})
	}
}

// The program can tell a timeout from other errors.
func TestTimeoutCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := tools.Set{byHand{"f", heeds}}.Do(t.Context(), llm.ToolCall{Name: "f"})
		if o.Err != nil || !errors.Is(o.Cause, context.DeadlineExceeded) || o.Elapsed != 2*time.Minute-100*time.Millisecond {
			t.Errorf("%+v", o)
		}
	})
}

func heeds(ctx context.Context, _ string) (llm.Parts, error) {
	<-ctx.Done()
	return nil, fmt.Errorf("pumping: %w", ctx.Err())
}

func ignores(context.Context, string) (llm.Parts, error) {
	time.Sleep(time.Hour)
	return llm.Parts{llm.Text("late")}, nil
}

// When ctx is done, so is the call.
func TestCancel(t *testing.T) {
	stop := errors.New("the user has left")
	slow := func(result llm.Parts, err error) func(context.Context, string) (llm.Parts, error) {
		return func(ctx context.Context, _ string) (llm.Parts, error) {
			<-ctx.Done()
			time.Sleep(time.Second / 2)
			return result, err
		}
	}
	const unknown = "error: the call was cancelled before it ended, and may have done some or all of its work"
	for _, tt := range []struct {
		name   string
		policy tools.Policy
		call   func(ctx context.Context, args string) (llm.Parts, error)
		after  time.Duration
		want   string
		err    error
	}{
		{"heeds", tools.Policy{}, heeds, time.Second, unknown, stop},
		{"heeds, reads", tools.Policy{Effect: tools.ReadsUntrusted}, heeds, time.Second, "error: the call was cancelled before it ended", stop},
		{"returns the cause", tools.Policy{}, func(ctx context.Context, _ string) (llm.Parts, error) { <-ctx.Done(); return nil, context.Cause(ctx) }, time.Second, unknown, stop},
		{"succeeds all the same", tools.Policy{}, slow(llm.Parts{llm.Text("written")}, nil), 1500 * time.Millisecond, "written", nil},
		{"fails in its own way", tools.Policy{}, slow(nil, errors.New("half is written")), 1500 * time.Millisecond, "error: half is written", stop},
		{"ignores", tools.Policy{}, ignores, 2 * time.Second, unknown, stop},
		{"ignores, with little time", tools.Policy{Timeout: 1200 * time.Millisecond}, ignores, 1200 * time.Millisecond, unknown, stop},
		{"ignores, with no limit", tools.Policy{Timeout: -1}, ignores, 2 * time.Second, unknown, stop},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(stop) })
				start := time.Now()
				set := tools.Set{tools.With(byHand{"f", tt.call}, tt.policy)}
				r, err := set.Call(ctx, llm.ToolCall{ID: "1", Name: "f"})
				if d := time.Since(start); d != tt.after {
					t.Errorf("took %v, want %v", d, tt.after)
				}
				if err != tt.err || !equalParts(t, r.Content, llm.Parts{llm.Text(tt.want)}) {
					t.Errorf("%+v, %v, want %q", r, err, tt.want)
				}
				if r, err = set.Call(ctx, llm.ToolCall{ID: "2", Name: "f"}); err != stop || r.ID != "2" || !r.IsError ||
					!equalParts(t, r.Content, llm.Parts{llm.Text("error: the call was not made, as the run was cancelled")}) {
					t.Errorf("after the end: %+v, %v", r, err)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// A deadline of the caller is no timeout of the tool.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := tools.Set{byHand{"f", heeds}}.Call(ctx, llm.ToolCall{Name: "f"})
		if err != context.DeadlineExceeded || !strings.HasPrefix(llm.Message{Parts: r.Content}.Text(), "error: the call was cancelled") {
			t.Error(r, err)
		}
	})
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		ctx := trace.With(t.Context(), func(e trace.Event) {
			text := e.Kind()
			switch e := e.(type) {
			case trace.Started:
				text += " " + e.Span.Category + " " + e.Span.Name
			case trace.Ended:
				text += fmt.Sprintf(" %v %v", e.Elapsed, e.Err)
			case tools.CallEvent:
				text += fmt.Sprintf(" %s %s %s as %s", e.Span.Name, e.Call.ID, e.Call.Args, e.CallID)
			case tools.ResultEvent:
				text += fmt.Sprintf(" %s %v %v %v", e.Span.Name, e.Result.Content, e.Elapsed, len(e.Repairs))
			}
			seen = append(seen, text)
		})
		slow := tools.New("slow", "Is slow.", func(ctx context.Context, city string) (string, error) {
			time.Sleep(time.Second)
			return city, nil
		})
		set := tools.Set{tools.With(slow, tools.Policy{Effect: tools.Reads})}
		set.Call(tools.WithCallID(ctx, "run/1"), llm.ToolCall{ID: "a", Name: "slow", Args: `{input:"Oslo"}`})
		set.Call(ctx, llm.ToolCall{ID: "b", Name: "none"})
		want := []string{
			"start tool slow",
			`tool call slow a {input:"Oslo"} as run/1`,
			"tool result slow [Oslo] 1s 1",
			"end 1s <nil>",
			"start tool none",
			"tool call none b  as b",
			"tool result none [error: there is no tool \"none\"\nThe tools are slow. Call one of these, or answer without.] 0s 0",
			"end 0s there is no tool \"none\"\nThe tools are slow. Call one of these, or answer without.",
		}
		if len(seen) != len(want) {
			t.Fatalf("%q", seen)
		}
		for i := range want {
			if seen[i] != want[i] {
				t.Errorf("event %d: %q, want %q", i, seen[i], want[i])
			}
		}
	})
}

// One set serves many at once.
func TestConcurrent(t *testing.T) {
	group := &tools.Group{Limit: 3}
	set := make(tools.Set, len(testTools))
	for i, tl := range testTools {
		set[i] = tools.With(tl, tools.Policy{Effect: tools.Reads, Group: group})
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			city := fmt.Sprintf("City %d", i)
			calls := []llm.ToolCall{
				{ID: "1", Name: "place", Args: `{city: "` + city + `"}`},
				{ID: "2", Name: "clock"},
				{ID: "3", Name: "none"},
				{ID: "4", Name: "text", Args: `{"input":"` + city + `"}`},
			}
			m, err := set.Results(t.Context(), calls)
			if err != nil {
				t.Error(err)
				return
			}
			for k, want := range []string{`{"city":"` + city + `"}`, "called", "", city} {
				if got := (llm.Message{Parts: m.Parts[k].(llm.ToolResult).Content}).Text(); want != "" && got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		})
	}
	wg.Wait()
}

// What has ended before its context is not cancelled, however late one asks for it.
func TestOutcomeAfterCancel(t *testing.T) {
	fails := tools.New("fails", "Fails.", func(context.Context, struct{}) (string, error) { return "", errors.New("no such file") })
	for _, before := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		if before {
			cancel()
		}
		over := make(chan struct{})
		call := tools.Set{fails}.Start(ctx, llm.ToolCall{ID: "1", Name: "fails"}, func() { close(over) })
		<-over
		cancel()
		o := call.Outcome()
		if text := (llm.Message{Parts: o.Result.Content}).Text(); before != (o.Err != nil) || before == (text == "error: no such file") {
			t.Errorf("cancelled before %t: %v, %q", before, o.Err, text)
		}
	}
}
