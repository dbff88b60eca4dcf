package trace_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/chain/trace"
)

// logger returns a log without times, at a level and above.
func logger(level slog.Level) (*slog.Logger, *bytes.Buffer) {
	buf := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(buf, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && groups == nil {
			return slog.Attr{}
		}
		return a
	}})), buf
}

func TestLog(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: `level=DEBUG msg="step started" category=agent name=planner span=A
level=DEBUG msg="step started" category=model span=B parent=A
level=INFO msg="step ended" category=model span=B parent=A elapsed=1s usage.input=11 usage.cached=4 usage.output=4 usage.estimated=true cost=$0.0012
level=DEBUG msg="step started" category=tool name=search span=C parent=A
level=WARN msg="step failed" category=tool name=search span=C parent=A elapsed=2s err="no such page"
level=DEBUG msg="step started" category=tool name=slow span=D parent=A
level=INFO msg="step ended" category=tool name=slow span=D parent=A elapsed=0s err="race: context canceled"
level=INFO msg="step ended" category=agent name=planner span=A elapsed=3s cost=$0.01
`,
		slog.LevelWarn: `level=WARN msg="step failed" category=tool name=search span=C parent=A elapsed=2s err="no such page"
`,
	} {
		synctest.Test(t, func(t *testing.T) {
			l, buf := logger(level)
			ctx, agent := trace.Start(trace.With(t.Context(), trace.Log(l)), "agent", "planner")
			inner, model := trace.Start(ctx, "model", "")
			trace.Emit(inner, note("a secret"))
			trace.Emit(inner, trace.Spent{Span: model, Input: 10, Cached: 4, Output: 3, Estimated: true})
			trace.Emit(inner, trace.Spent{Span: model, Input: 1, Output: 1, Cost: 1_200_000})
			trace.Emit(inner, trace.Spent{Input: 99})
			<-time.After(time.Second)
			model.End(nil)
			trace.Emit(inner, trace.Spent{Span: model, Input: 99}) // it is written already
			_, tool := trace.Start(ctx, "tool", "search")
			<-time.After(2 * time.Second)
			tool.End(errors.New("no such page"))
			_, slow := trace.Start(ctx, "tool", "slow")
			slow.End(fmt.Errorf("race: %w", context.Canceled))
			trace.Emit(ctx, trace.Spent{Span: agent, Cost: 10_000_000})
			agent.End(nil)
			got := buf.String()
			for i, s := range []*trace.Span{agent, model, tool, slow} {
				for _, key := range []string{"span", "parent"} {
					got = strings.ReplaceAll(got, fmt.Sprint(key, "=", s.ID, " "), fmt.Sprint(key, "=", string(rune('A'+i)), " "))
					got = strings.ReplaceAll(got, fmt.Sprint(key, "=", s.ID, "\n"), fmt.Sprint(key, "=", string(rune('A'+i)), "\n"))
				}
			}
			if got != want {
				t.Errorf("%v: got\n%s\nwant\n%s", level, got, want)
			}
		})
	}
}

func ExampleLog() {
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, "elapsed", "span", "parent": // another each time
			return slog.Attr{}
		}
		return a
	}}))
	work(trace.With(context.Background(), trace.Log(l)))
	// Output:
	// level=INFO msg="step ended" category=model name=m1 usage.input=100 usage.cached=0 usage.output=20 usage.estimated=false cost=$0.00004
	// level=INFO msg="step ended" category=step name=report
}
