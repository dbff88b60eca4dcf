package deepseek_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// A piece is something that a server writes after a while.
type piece struct {
	after time.Duration
	text  string
}

const (
	comment = ": keep-alive\n\n"
	word    = `data: {"choices":[{"index":0,"delta":{"content":"x"}}]}` + "\n\n"
	done    = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
)

// slow returns a client of a server that sends its head after a while and then
// the pieces, and says nothing more after the last of them.
func slow(clocks deepseek.Clocks, head time.Duration, pieces ...piece) *deepseek.Client {
	return &deepseek.Client{APIKey: "sk-test", Clocks: clocks, HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r.Body.Close()
		select {
		case <-time.After(head):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		pr, pw := io.Pipe()
		context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
		go func() {
			for _, p := range pieces {
				select {
				case <-time.After(p.after):
				case <-r.Context().Done():
					return
				}
				if _, err := io.WriteString(pw, p.text); err != nil {
					return
				}
				if p.text == done {
					pw.Close()
				}
			}
		}()
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: pr, Request: r}, nil
	})}}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// every returns n pieces.
func every(d time.Duration, text string, n int) []piece {
	pieces := make([]piece, n)
	for i := range pieces {
		pieces[i] = piece{d, text}
	}
	return pieces
}

func TestClocks(t *testing.T) {
	limits := deepseek.Clocks{First: 3 * time.Minute, Between: 90 * time.Second, Total: 15 * time.Minute}
	for _, test := range []struct {
		name   string
		clocks deepseek.Clocks
		head   time.Duration
		pieces []piece
		text   string
		after  time.Duration
		err    string // what the message has; "" is success
	}{
		{"no head", limits, time.Hour, nil, "", 3 * time.Minute, "nothing came of the reply in 3m0s"},
		{"no body", limits, time.Minute, nil, "", 3 * time.Minute, "nothing came of the reply in 3m0s"},
		{"comments for ever", limits, 0, every(10*time.Second, comment, 1000), "", 3 * time.Minute, "nothing came of the reply in 3m0s"},
		{"just in time", limits, time.Minute, []piece{{2*time.Minute - 1, word}, {90*time.Second - 1, word}, {0, done}}, "xx", 4*time.Minute + 30*time.Second - 2, ""},
		{"silence in between", limits, 0, []piece{{time.Minute, word}, {time.Minute, word}}, "xx", 3*time.Minute + 30*time.Second, "nothing more came of the reply in 1m30s"},
		{"comments in between", limits, 0, append([]piece{{time.Minute, word}}, every(10*time.Second, comment, 1000)...), "x", 2*time.Minute + 30*time.Second, "nothing more came of the reply in 1m30s"},
		{"a byte at a time", limits, 0, append([]piece{{0, word}}, every(time.Second, "d", 10_000)...), "x", 90 * time.Second, "nothing more came of the reply in 1m30s"},
		{"too long in all", limits, 30 * time.Second, every(time.Minute, word, 1000), "xxxxxxxxxxxxxx", 15 * time.Minute, "the reply was not complete in 15m0s"},
		{"defaults: first", deepseek.Clocks{}, 0, every(10*time.Second, comment, 1000), "", 10 * time.Minute, "nothing came of the reply in 10m0s"},
		{"defaults: between", deepseek.Clocks{}, 0, []piece{{0, word}}, "x", 2 * time.Minute, "nothing more came of the reply in 2m0s"},
		{"defaults: total", deepseek.Clocks{}, 0, every(30*time.Minute, comment, 10), "", 10 * time.Minute, "nothing came of the reply in 10m0s"},
		{"no limits", deepseek.Clocks{First: -1, Between: -1, Total: -1}, 24 * time.Hour, []piece{{24 * time.Hour, word}, {24 * time.Hour, done}}, "x", 72 * time.Hour, ""},
		{"no limit but the total", deepseek.Clocks{First: -1, Between: -1}, 0, []piece{{30 * time.Minute, word}}, "x", time.Hour, "the reply was not complete in 1h0m0s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				resp, err := llm.Generate(t.Context(), slow(test.clocks, test.head, test.pieces...), llm.Prompt("Hi"))
				if elapsed := time.Since(start); elapsed != test.after || resp.Text() != test.text {
					t.Errorf("text is %q after %v, want %q after %v", resp.Text(), elapsed, test.text, test.after)
				}
				e, ok := errors.AsType[*llm.Error](err)
				switch {
				case test.err == "" && err != nil:
					t.Error(err)
				case test.err != "" && (!ok || e.Message != test.err || !errors.Is(err, llm.ErrStalled) || errors.Is(err, context.Canceled) || !e.Temporary()):
					t.Errorf("error is %v, want ErrStalled: %s", err, test.err)
				}
			})
		})
	}
}

// The Responses endpoint says that it has a request before its turn comes, and
// some servers say so over and over: that is no piece of the reply.
func TestClocksUnderSchema(t *testing.T) {
	const (
		created = "event: response.created\ndata: " + `{"type":"response.created","sequence_number":0,"response":{"id":"r","status":"queued","model":"m","output":[]}}` + "\n\n"
		working = "event: response.in_progress\ndata: " + `{"type":"response.in_progress","sequence_number":1,"response":{"id":"r","status":"in_progress"}}` + "\n\n"
		begun   = `data: {"type":"response.output_item.added","output_index":0,"item":{"type":"message"}}` + "\n\n"
		search  = `data: {"type":"response.web_search_call.searching","output_index":0}` + "\n\n"
		word    = `data: {"type":"response.output_text.delta","output_index":0,"delta":"x"}` + "\n\n"
		end     = `data: {"type":"response.completed","response":{"status":"completed"}}` + "\n\n"
	)
	for name, test := range map[string]struct {
		pieces []piece
		text   string
		after  time.Duration
		err    string
	}{
		"a queue":            {[]piece{{0, created}, {8 * time.Minute, working}, {time.Minute, begun}, {time.Minute, word}, {time.Minute, end}}, "x", 11 * time.Minute, ""},
		"a queue for ever":   {append([]piece{{0, created}}, every(time.Minute, working, 1000)...), "", 10 * time.Minute, "nothing came of the reply in 10m0s"},
		"an item that hangs": {append([]piece{{0, created}, {time.Minute, begun}}, every(time.Minute, working, 1000)...), "", 3 * time.Minute, "nothing more came of the reply in 2m0s"},
		"a stall":            {append([]piece{{0, created}, {time.Minute, word}}, every(10*time.Second, working, 1000)...), "x", 3 * time.Minute, "nothing more came of the reply in 2m0s"},
		"a search":           {append(every(time.Minute, search, 5), piece{time.Minute, word}, piece{0, end}), "x", 6 * time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				resp, err := llm.Generate(t.Context(), slow(deepseek.Clocks{}, 0, test.pieces...), schemaRequest(nil))
				if elapsed := time.Since(start).Round(time.Second); elapsed != test.after || resp.Text() != test.text {
					t.Errorf("text is %q after %v, want %q after %v", resp.Text(), elapsed, test.text, test.after)
				}
				if e, ok := errors.AsType[*llm.Error](err); test.err == "" && err != nil || test.err != "" && (!ok || e.Message != test.err || !errors.Is(err, llm.ErrStalled)) {
					t.Errorf("error is %v, want %q", err, test.err)
				}
			})
		})
	}
}

// A reply in one piece sends nothing until it is done: once its head is there,
// only the total counts, until it begins.
func TestClocksOfPlainReply(t *testing.T) {
	for _, test := range []struct {
		head   time.Duration
		pieces []piece
		after  time.Duration
		err    string
	}{
		{time.Hour, nil, 10 * time.Minute, "nothing came of the reply in 10m0s"},
		{time.Minute, every(30*time.Second, "\n", 1000), time.Hour, "the reply was not complete in 1h0m0s"},
		{time.Minute, append(every(time.Minute, "\n", 30), piece{time.Minute, `{"id":`}), 34 * time.Minute, "nothing more came of the reply in 2m0s"},
		{time.Minute, append(every(time.Minute, "\n", 30), every(100*time.Second, "{", 1000)...), time.Hour, "the reply was not complete in 1h0m0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			req := llm.Prompt("Hi")
			req.Whole = true
			start := time.Now()
			_, err := llm.Generate(t.Context(), slow(deepseek.Clocks{}, test.head, test.pieces...), req)
			if e, ok := errors.AsType[*llm.Error](err); !ok || e.Message != test.err || time.Since(start) != test.after {
				t.Errorf("error is %v after %v, want %s after %v", err, time.Since(start), test.err, test.after)
			}
		})
	}
}

// The stall of one request, given as the reason to end another, is not taken for
// the stall of that one.
func TestForeignStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, stall := llm.Generate(t.Context(), slow(deepseek.Clocks{}, time.Hour), llm.Prompt("Hi"))
		if !errors.Is(stall, llm.ErrStalled) {
			t.Fatal(stall)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stall) })
		_, err := llm.Generate(ctx, slow(deepseek.Clocks{}, time.Hour), llm.Prompt("Hi"))
		if e, ok := errors.AsType[*llm.Error](err); !ok || err == stall || !errors.Is(err, context.Canceled) || e.Temporary() {
			t.Errorf("error is %v, want the cancellation", err)
		}
	})
}

// A server that does not close the connection after [DONE] is not waited for
// long.
func TestServerThatLingers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		resp, err := llm.Generate(t.Context(), slow(deepseek.Clocks{}, 0, piece{0, word}, piece{0, done[:len(done)-1]}, piece{0, "\n"}), llm.Prompt("Hi"))
		if err != nil || resp.Finish != llm.FinishStop || time.Since(start) != 50*time.Millisecond {
			t.Errorf("reply is %+v, %v after %v", resp, err, time.Since(start))
		}
	})
}

// The time that the caller takes does not count against the server.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := slow(deepseek.Clocks{First: time.Minute, Between: time.Minute}, 0, piece{0, word}, piece{0, word}, piece{0, done})
		n := 0
		for _, err := range c.Stream(t.Context(), llm.Prompt("Hi")) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			<-time.After(10 * time.Minute)
		}
		if n != 3 {
			t.Errorf("%d chunks, want 3", n)
		}
	})
}

// G19: a stream that stalls in the middle ends, with what arrived.
func TestG19_Stall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resp, err := llm.Generate(t.Context(), slow(deepseek.Clocks{}, 0, piece{0, `data: {"choices":[{"index":0,"delta":{"reasoning_content":"Let me"}}]}` + "\n\n"}), llm.Prompt("Hi"))
		if !errors.Is(err, llm.ErrStalled) || resp.Reasoning() != "Let me" || len(resp.Parts) != 1 {
			t.Errorf("reply is %+v, %v", resp, err)
		}
	})
}

func TestCancel(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name   string
		head   time.Duration
		pieces []piece
	}{{"before the head", time.Hour, nil}, {"before the body", 0, nil}, {"in the middle", 0, []piece{{0, word}}}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(boom) })
				start := time.Now()
				_, err := llm.Generate(ctx, slow(deepseek.Clocks{}, test.head, test.pieces...), llm.Prompt("Hi"))
				e, ok := errors.AsType[*llm.Error](err)
				if !ok || !errors.Is(err, context.Canceled) || !errors.Is(err, boom) || e.Temporary() || time.Since(start) != time.Second {
					t.Errorf("error is %v after %v, want both the cancellation and its cause at once", err, time.Since(start))
				}
			})
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := llm.Generate(ctx, slow(deepseek.Clocks{}, test.head, test.pieces...), llm.Prompt("Hi"))
				if e, ok := errors.AsType[*llm.Error](err); !ok || !errors.Is(err, context.DeadlineExceeded) || e.Temporary() {
					t.Errorf("error is %v, want the deadline", err)
				}
			})
		})
	}
}
