package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// logTo returns a logger that writes to w what is at or above level, without
// the time.
func logTo(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime}))
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.Attr{}
	}
	return a
}

// slow returns m with a second before each pair that it yields.
func slow(m llm.Model) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for chunk, err := range m.Stream(ctx, req) {
				<-time.After(time.Second)
				if !yield(chunk, err) {
					return
				}
			}
		}
	})
}

func TestLog(t *testing.T) {
	cut := &llm.Error{Provider: "p", RequestID: "q", Err: llm.ErrTruncated}
	usage := &llm.Usage{Input: 10, Cached: 4, Output: 3, Reasoning: 1, Estimated: true}
	tests := []struct {
		name  string
		model llm.Model
		leave int // after so many pairs; if zero, never
		want  string
	}{
		{"reply", slow(play(nil, say("a", "b")...)), 0,
			"level=INFO msg=llm model=m1 messages=1 finish=stop id=r1 usage.input=10 usage.cached=0 usage.output=2 usage.reasoning=0 usage.estimated=false first=1s elapsed=3s"},
		{"every count", slow(play(nil, &llm.Chunk{Finish: llm.FinishLength, Usage: usage})), 0,
			"level=INFO msg=llm model=asked messages=1 finish=length usage.input=10 usage.cached=4 usage.output=3 usage.reasoning=1 usage.estimated=true first=1s elapsed=1s"},
		{"first chunk at once", play(nil, say("a")...), 0,
			"level=INFO msg=llm model=m1 messages=1 finish=stop id=r1 usage.input=10 usage.cached=0 usage.output=1 usage.reasoning=0 usage.estimated=false first=0s elapsed=0s"},
		{"only the first at once", llm.Wrap(slow(play(nil, say()...)), func(m llm.Model) llm.Model { return first(&llm.Chunk{Text: "a"}, m) }), 0,
			"level=INFO msg=llm model=m1 messages=1 finish=stop id=r1 usage.input=10 usage.cached=0 usage.output=0 usage.reasoning=0 usage.estimated=false first=0s elapsed=1s"},
		{"left", slow(play(nil, say("a", "b")...)), 2,
			"level=INFO msg=llm model=asked messages=1 abandoned=true first=1s elapsed=2s"},
		{"left at the end", slow(play(nil, say()...)), 1,
			"level=INFO msg=llm model=m1 messages=1 finish=stop id=r1 usage.input=10 usage.cached=0 usage.output=0 usage.reasoning=0 usage.estimated=false first=1s elapsed=1s"},
		{"error at once", slow(play(errBoom)), 0,
			"level=ERROR msg=llm model=asked messages=1 err=boom elapsed=1s"},
		{"error that ends the loop", slow(play(errBoom)), 1,
			"level=ERROR msg=llm model=asked messages=1 err=boom elapsed=1s"},
		{"error later", slow(play(cut, &llm.Chunk{ID: "r1", Model: "m1"}, &llm.Chunk{Text: "a", Usage: &llm.Usage{Input: 5}})), 0,
			`level=ERROR msg=llm model=m1 messages=1 err="p: reply ended early (request q)" id=r1 usage.input=5 usage.cached=0 usage.output=0 usage.reasoning=0 usage.estimated=false first=1s elapsed=3s`},
		{"status", slow(play(&llm.Error{Provider: "p", Status: 429, Err: llm.ErrRateLimit})), 0,
			`level=ERROR msg=llm model=asked messages=1 err="p: rate limited (status 429)" status=429 elapsed=1s`},
		{"cancelled", slow(play(fmt.Errorf("p: %w", context.Canceled))), 0,
			`level=INFO msg=llm model=asked messages=1 err="p: context canceled" elapsed=1s`},
		{"neither end", slow(play(nil, &llm.Chunk{Text: "a"})), 0,
			`level=ERROR msg=llm model=asked messages=1 err="reply ended early: the model's stream ended with neither a finish nor an error" first=1s elapsed=1s`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b strings.Builder
				req := llm.Prompt("secret")
				req.Model = "asked"
				n := 0
				for range llm.Wrap(tt.model, llm.Log(logTo(&b, slog.LevelDebug))).Stream(t.Context(), req) {
					if n++; n == tt.leave {
						break
					}
				}
				if got := b.String(); got != tt.want+"\n" {
					t.Errorf("logged\n%swant\n%s", got, tt.want)
				}
			})
		})
	}
}

// first returns a model that yields c before what m does.
func first(c *llm.Chunk, m llm.Model) llm.Model {
	return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			if yield(c, nil) {
				m.Stream(ctx, req)(yield)
			}
		}
	})
}

// Inside a Retry there is a record for each attempt, outside of it one for all.
func TestLogAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		log := llm.Log(logTo(&b, slog.LevelInfo))
		m := llm.Wrap(newFlaky(play(after(5*time.Second)), play(nil, &llm.Chunk{Finish: llm.FinishStop})), log, llm.Retry(2), log)
		llm.Generate(t.Context(), m, llm.Prompt("Hi."))
		want := `level=ERROR msg=llm messages=1 err="p: provider unavailable (retry after 5s)" elapsed=0s
level=INFO msg=llm messages=1 attempt=2 finish=stop first=0s elapsed=0s
level=INFO msg=llm messages=1 finish=stop first=5s elapsed=5s
`
		if got := b.String(); got != want {
			t.Errorf("logged\n%swant\n%s", got, want)
		}
	})
}

func TestLogPassesOn(t *testing.T) {
	m := llm.Wrap(play(errBoom, say("a")[0]), llm.Log(slog.New(slog.DiscardHandler)))
	chunks, err := collect(t, m.Stream(t.Context(), llm.Prompt("Hi.")))
	if len(chunks) != 1 || chunks[0].Text != "a" || err != errBoom {
		t.Errorf("got %s, %v", encode(t, chunks), err)
	}
}

// What people and the model say is in the log only if it is asked for by level.
func TestLogContent(t *testing.T) {
	const secret, answer, thought = "what nobody may know", "nor this", "least of all this"
	model := play(nil, &llm.Chunk{Reasoning: thought}, &llm.Chunk{Text: answer},
		&llm.Chunk{ToolCall: &llm.ToolCall{Args: secret}}, &llm.Chunk{Finish: llm.FinishTools})
	for _, level := range []slog.Level{slog.LevelDebug, llm.LevelContent + 1} {
		var b strings.Builder
		llm.Generate(t.Context(), llm.Wrap(model, llm.Log(logTo(&b, level))), llm.Prompt(secret))
		for _, s := range []string{secret, answer, thought} {
			if strings.Contains(b.String(), s) {
				t.Errorf("log at level %v has %q:\n%s", level, s, b.String())
			}
		}
	}
	var b bytes.Buffer
	l := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: llm.LevelContent, ReplaceAttr: withoutTime}))
	resp, err := llm.Generate(t.Context(), llm.Wrap(model, llm.Log(l)), llm.Prompt(secret))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 4 {
		t.Fatalf("logged\n%swant three lines", b.String())
	}
	if want := `{"level":"DEBUG-4","msg":"llm request","request":` + encode(t, llm.Prompt(secret)) + `}`; lines[0] != want {
		t.Errorf("request is %s\nwant %s", lines[0], want)
	}
	if want := `{"level":"DEBUG-4","msg":"llm reply","reply":` + encode(t, resp) + `}`; lines[2] != want {
		t.Errorf("reply is %s\nwant %s", lines[2], want)
	}
}

// Of a reply that broke off, what there is of it is logged.
func TestLogContentOfHalfAReply(t *testing.T) {
	for name, leave := range map[string]bool{"left": true, "failed": false} {
		var b bytes.Buffer
		l := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: llm.LevelContent}))
		for range llm.Wrap(play(errBoom, &llm.Chunk{Text: "half a reply"}), llm.Log(l)).Stream(t.Context(), llm.Prompt("Hi.")) {
			if leave {
				break
			}
		}
		lines := bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n"))
		var last struct {
			Reply llm.Response `json:"reply"`
		}
		if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil || last.Reply.Text() != "half a reply" {
			t.Errorf("%s: logged\n%s", name, b.String())
		}
	}
}

// A line of JSON has no name twice, so that whoever reads it finds what slog put
// there: the time of the record.
func TestLogIsSoundJSON(t *testing.T) {
	var b bytes.Buffer
	m := llm.Wrap(play(nil, say("a")...), llm.Log(slog.New(slog.NewJSONHandler(&b, nil))))
	if _, err := llm.Generate(t.Context(), m, llm.Prompt("Hi")); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Time    time.Time     `json:"time"`
		Elapsed time.Duration `json:"elapsed"` // nanoseconds
	}
	if err := gate.Decode(b.Bytes(), &line); err != nil || line.Time.IsZero() {
		t.Errorf("%s: %v", &b, err)
	}
}
