package deepseek_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// settle waits until no more goroutines run than before, or fails.
func settle(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, want at most %d:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

// private returns an HTTP client whose connections can be closed.
func private(t *testing.T) *http.Client {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost = 1000
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// A loop that is left, a context that is cancelled and a stream that fails leave
// nothing behind: no goroutine, and no connection at the server.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	c, server := serve(t, deepseektest.Reply{Text: strings.Repeat("word ", 1000), CutAfter: 2000, Cut: deepseektest.CutStall})
	hc := private(t)
	c.HTTP = hc
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for _, err := range c.Stream(ctx, llm.Prompt("Hi")) {
				if err != nil {
					if i%2 == 0 || !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				if i%2 == 0 {
					return // leaves the loop
				}
				cancel()
			}
			t.Error("the stream ended without an error")
		})
		if i%100 == 99 {
			wg.Wait()
		}
	}
	wg.Wait()
	if n := len(server.Requests()); n != 1000 {
		t.Errorf("%d requests arrived, want 1000", n)
	}
	server.Close()
	hc.CloseIdleConnections()
	settle(t, before)
}

// Hundreds of streams at once, with no tuning and no race.
func TestManyAtOnce(t *testing.T) {
	const n = 300
	var ready sync.WaitGroup
	ready.Add(n)
	c, _ := serve(t, deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		ready.Done()
		ready.Wait() // all are open at the same time
		return deepseektest.Reply{Text: "You said: " + r.Last(llm.RoleUser)}
	}})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			prompt := strings.Repeat("x", i)
			resp, err := llm.Generate(t.Context(), c, llm.Prompt(prompt))
			if err != nil || resp.Text() != "You said: "+prompt {
				t.Errorf("reply %d is %q, %v", i, resp.Text(), err)
			}
		})
	}
	wg.Wait()
}

// One request after the other uses one connection, streams and plain replies alike.
func TestConnectionsAreReused(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") == "text/event-stream" {
			canned{"text/event-stream", streamReply(50)}.serve(w)
			w.(http.Flusher).Flush() // so that the end comes after the [DONE]
		} else {
			canned{"application/json", plainReply}.serve(w)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := &deepseek.Client{BaseURL: server.URL}
	for i := range 20 {
		req := llm.Prompt("Hi")
		req.Whole = i%2 == 0
		generate(t, c, req)
	}
	if n := opened.Load(); n > 3 { // one, unless the machine is slow to say that a stream is over
		t.Errorf("%d connections were opened for 20 requests, want 1", n)
	}
}

// Hundreds of streams at once leave connections behind that the next ones use.
func TestConnectionsAreKept(t *testing.T) {
	const n = 200
	var opened atomic.Int32
	var ready sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ready.Done()
		ready.Wait()
		canned{"text/event-stream", streamReply(50)}.serve(w)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := &deepseek.Client{BaseURL: server.URL}
	for range 3 {
		ready.Add(n)
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if got := opened.Load(); got > n+n/2 {
		t.Errorf("%d connections were opened for %d streams at a time, want hardly more", got, n)
	}
}

// Over TLS the client speaks HTTP/2, where a stream that is left does not cost
// the connection.
func TestHTTP2(t *testing.T) {
	var protos, opened sync.Map
	left := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protos.Store(r.Proto, true)
		opened.Store(r.RemoteAddr, true)
		canned{"text/event-stream", streamReply(50)}.serve(w)
		if strings.Contains(r.URL.Path, "/beta") {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			left <- struct{}{}
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	tr := deepseek.SharedTransport().Clone() // as it is, but for whom it trusts
	tr.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	t.Cleanup(tr.CloseIdleConnections)
	c := &deepseek.Client{BaseURL: server.URL, APIKey: "sk-test", HTTP: &http.Client{Transport: tr}}
	var wg sync.WaitGroup
	generate(t, c, llm.Prompt("Hi"))
	for range 100 {
		wg.Go(func() {
			if _, err := llm.Generate(t.Context(), c, llm.Prompt("Hi")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for range c.Stream(t.Context(), &llm.Request{Messages: []llm.Message{llm.User("Hi"), llm.Assistant("H")}}) {
		break
	}
	<-left // the server sees it at once
	generate(t, c, llm.Prompt("Hi"))
	if _, ok := protos.Load("HTTP/2.0"); !ok {
		t.Error("no request came over HTTP/2")
	}
	n := 0
	opened.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d connections were opened, want 1", n)
	}
}
