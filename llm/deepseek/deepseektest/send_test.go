package deepseektest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// send sends a chat request and returns the answer as far as it comes.
func send(t *testing.T, reply deepseektest.Reply, body string) (*http.Response, string, error) {
	t.Helper()
	s := deepseektest.NewServer(t, reply)
	resp, err := http.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

func TestErrorReplies(t *testing.T) {
	for _, test := range []struct {
		reply deepseektest.Reply
		want  string
	}{
		{deepseektest.Reply{Status: 401}, `{"error":{"message":"Authentication Fails, Your api key is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}`},
		{deepseektest.Reply{Status: 402}, `{"error":{"message":"Insufficient Balance","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`},
		{deepseektest.Reply{Status: 400, Message: "Content Exists Risk", Code: "risk"}, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"risk"}}`},
		{deepseektest.Reply{Status: 429}, `{"error":{"message":"Too many requests: the limit on concurrency is reached","type":"rate_limit_error","param":null,"code":"invalid_request_error"}}`},
		{deepseektest.Reply{Status: 529}, `{"error":{"message":"Error","type":"server_error","param":null,"code":"invalid_request_error"}}`},
		{deepseektest.Reply{Status: 502, Wire: []byte("<html>Bad Gateway</html>")}, `<html>Bad Gateway</html>`},
		{deepseektest.Reply{Status: 503, Wire: []byte{}}, ``},
	} {
		resp, got, err := send(t, test.reply, chat("Hi.", streamed))
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != test.reply.Status || resp.Header.Get("Content-Type") != "application/json" || len(resp.Header.Get("X-Ds-Trace-Id")) != 32 {
			t.Errorf("%d: %d %v", test.reply.Status, resp.StatusCode, resp.Header)
		}
		same(t, got, test.want)
	}
}

func TestHeader(t *testing.T) {
	resp, _, err := send(t, deepseektest.Reply{Status: 429, RetryAfter: 1500 * time.Millisecond, Header: http.Header{"x-should-retry": {"false"}, "Content-Type": {"text/html"}}}, chat("Hi."))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Retry-After": "2", "Retry-After-Ms": "1500", "X-Should-Retry": "false", "Content-Type": "text/html"} {
		same(t, resp.Header.Get(name), want)
	}
	resp, _, _ = send(t, deepseektest.Reply{Status: 503, RetryAfter: 3 * time.Second}, chat("Hi."))
	same(t, resp.Header.Get("Retry-After")+resp.Header.Get("Retry-After-Ms"), "3")
	resp, _, _ = send(t, deepseektest.Reply{}, chat("Hi.", streamed))
	same(t, resp.Header.Get("Content-Type"), "text/event-stream; charset=utf-8")
	resp, _, _ = send(t, deepseektest.Reply{}, chat("Hi."))
	same(t, resp.Header.Get("Content-Type"), "application/json")
	_, _, err = send(t, deepseektest.Reply{Wire: []byte("short"), Header: http.Header{"Content-Length": {"100"}}}, chat("Hi."))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err = %v for a body shorter than its header says", err)
	}
}

func TestWire(t *testing.T) {
	raw := "data: {\"choices\":\n\ndata: [DONE]\n\nrest"
	for _, pace := range []time.Duration{0, time.Nanosecond} {
		resp, got, err := send(t, deepseektest.Reply{Wire: []byte(raw), Pace: pace}, chat("Hi.", streamed))
		if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Errorf("%v %v", resp, err)
		}
		same(t, got, raw)
	}
}

func TestKeepAlive(t *testing.T) {
	_, got, _ := send(t, deepseektest.Reply{KeepAlive: 3}, chat("Hi.", streamed))
	if !strings.HasPrefix(got, strings.Repeat(": keep-alive\n\n", 3)+"data: {") {
		t.Errorf("got %q", got)
	}
	_, got, _ = send(t, deepseektest.Reply{KeepAlive: 3}, chat("Hi."))
	if !strings.HasPrefix(got, "\n\n\n{") {
		t.Errorf("got %q", got)
	}
}

func TestTrickle(t *testing.T) {
	reply := deepseektest.Reply{Text: "深海 deep", Usage: new(llm.Usage)}
	_, want, _ := send(t, reply, chat("Hi.", streamed))
	reply.Trickle, reply.Pace = 1, time.Nanosecond
	_, got, err := send(t, reply, chat("Hi.", streamed))
	if err != nil {
		t.Error(err)
	}
	same(t, created.ReplaceAllString(got, ""), created.ReplaceAllString(want, ""))
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		after int
		cut   deepseektest.Cut
	}{
		{100, deepseektest.CutClose}, {100, deepseektest.CutEnd}, {100, deepseektest.CutReset},
		{1, deepseektest.CutClose}, {1 << 20, deepseektest.CutClose}, {1 << 20, deepseektest.CutEnd},
	} {
		for _, body := range []string{chat("Hi."), chat("Hi.", streamed)} {
			whole := deepseektest.Reply{Text: "Hello there.", Trickle: 7}
			_, want, _ := send(t, whole, body)
			whole.CutAfter, whole.Cut = test.after, test.cut
			_, got, err := send(t, whole, body)
			same(t, created.ReplaceAllString(got, ""), created.ReplaceAllString(want[:min(test.after, len(want))], ""))
			switch test.cut {
			case deepseektest.CutClose:
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v after %d: err = %v", test.cut, test.after, err)
				}
			case deepseektest.CutEnd:
				if err != nil {
					t.Errorf("%v after %d: err = %v", test.cut, test.after, err)
				}
			case deepseektest.CutReset:
				if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v after %d: err = %v", test.cut, test.after, err)
				}
			}
		}
	}
}

func TestCutBeforeHeader(t *testing.T) {
	for _, cut := range []deepseektest.Cut{deepseektest.CutClose, deepseektest.CutReset} {
		if _, _, err := send(t, deepseektest.Reply{CutAfter: -1, Cut: cut}, chat("Hi.")); err == nil {
			t.Errorf("%v: an answer came", cut)
		}
	}
	resp, got, err := send(t, deepseektest.Reply{CutAfter: -1, Cut: deepseektest.CutEnd}, chat("Hi."))
	if err != nil || resp.StatusCode != 200 || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

// leave starts a request, reads what comes first, and leaves. It returns once
// the server has noticed.
func leave(t *testing.T, reply deepseektest.Reply, body string, read int) string {
	t.Helper()
	gone := make(chan struct{})
	s := deepseektest.NewServer(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		go func() {
			<-r.Context().Done()
			close(gone)
		}()
		return reply
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "POST", s.URL()+"/chat/completions", strings.NewReader(body))
	if read < 0 {
		go func() {
			for len(s.Requests()) == 0 {
				runtime.Gosched()
			}
			cancel()
		}()
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if read >= 0 {
			t.Error(err)
		}
		<-gone
		return ""
	}
	defer resp.Body.Close()
	got := make([]byte, read)
	if _, err := io.ReadFull(bufio.NewReader(resp.Body), got); err != nil {
		t.Error(err)
	}
	cancel()
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v: something came after the stall", err)
	}
	<-gone
	return string(got)
}

func TestStall(t *testing.T) {
	got := leave(t, deepseektest.Reply{Text: "Hello there.", CutAfter: 120, Cut: deepseektest.CutStall}, chat("Hi.", streamed), 120)
	if !strings.HasPrefix(got, "data: {") {
		t.Errorf("got %q", got)
	}
	leave(t, deepseektest.Reply{CutAfter: -1, Cut: deepseektest.CutStall}, chat("Hi."), -1)
}

func TestPace(t *testing.T) {
	got := leave(t, deepseektest.Reply{Text: "Hello there.", Pace: time.Hour}, chat("Hi.", streamed), 40)
	if !strings.HasPrefix(got, "data: {") {
		t.Errorf("got %q", got)
	}
	leave(t, deepseektest.Reply{Text: "Hello there.", Pace: time.Hour, Trickle: 1}, chat("Hi."), 1)
	leave(t, deepseektest.Reply{Delay: time.Hour}, chat("Hi."), -1)
}

func TestCutNames(t *testing.T) {
	for cut, want := range map[deepseektest.Cut]string{
		deepseektest.CutClose: "CutClose", deepseektest.CutEnd: "CutEnd", deepseektest.CutReset: "CutReset", deepseektest.CutStall: "CutStall", 9: "Cut(9)",
	} {
		same(t, cut.String(), want)
	}
}
