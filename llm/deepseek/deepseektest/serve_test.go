package deepseektest_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := deepseektest.Serve(l, deepseektest.Reply{Text: "Hello!"})
	same(t, s.URL(), "http://"+l.Addr().String())
	same(t, ask(t, s, chat("Hi.")).Choices[0].Message.Content, "Hello!")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left: %v", err)
	}
	again, err := net.Listen("tcp", l.Addr().String())
	if err != nil {
		t.Fatalf("the address is still taken: %v", err)
	}
	again.Close()
}

// An address that stands for all is one that a client can call.
func TestServeEverywhere(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	s := deepseektest.Serve(l)
	defer s.Close()
	if status, _ := do(t, "GET", s.URL()+"/models"); status != 200 || !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("status %d at %s", status, s.URL())
	}
}

type brokenListener struct{ pipes }

var errBroken = errors.New("broken")

func (*brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

func TestServeBroken(t *testing.T) {
	l := &brokenListener{pipes{done: make(chan struct{})}}
	s := deepseektest.Serve(l)
	<-l.done // by the server, which has given up
	if err := errors.Join(s.Close(), s.Close()); !errors.Is(err, errBroken) {
		t.Errorf("err = %v", err)
	}
}

func TestWrap(t *testing.T) {
	s := deepseektest.NewServer(t, deepseektest.Reply{Text: "Hello there.", CutAfter: 100, Cut: deepseektest.CutEnd, Trickle: 1})
	header := func(value string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("X-Order", value)
				if r.URL.Path == "/teapot" {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	s.Wrap(header("inner"))
	s.Wrap(header("outer"))
	resp, err := http.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(chat("Hi.", streamed)))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	same(t, strings.Join(resp.Header["X-Order"], " "), "outer inner")
	if status, _ := do(t, "GET", s.URL()+"/teapot"); status != http.StatusTeapot || len(s.Requests()) != 1 {
		t.Errorf("status %d, %d requests", status, len(s.Requests()))
	}
}
