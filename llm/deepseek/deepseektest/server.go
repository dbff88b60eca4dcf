package deepseektest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// A Server is a DeepSeek on a loopback address. [NewServer] and [Start] return
// one that runs. Its methods are safe for concurrent use.
type Server struct {
	url     string
	server  *http.Server
	cancel  context.CancelFunc
	report  func(format string, args ...any) // a mistake in a script; nil if nobody wants to know
	running sync.WaitGroup                   // the accepting goroutine, and each connection
	once    sync.Once
	failed  error // of accepting connections
	err     error // of Close

	mu       sync.Mutex
	handler  http.Handler
	script   *script            // for requests to a model
	scripts  map[string]*script // for one path each, or a method and a path
	seq      int                // replies of models begun
	requests []Request
	bodies   int // bytes of the bodies in requests

	traces  atomic.Int64 // requests received
	prompts promptCache
	files   fileStore
}

// The most that [Server.Requests] remembers.
const (
	maxRequests = 10_000
	maxBodies   = 256 << 20
)

// NewServer starts a server for a test: it answers with the replies in order,
// one for each request to a model that keeps the rules of the API, and repeats
// the last of them for ever. With no replies it answers with [StandIn].
//
// The server is closed when the test and its subtests are over. A Func of a
// reply that panics fails the test. A client that takes its model from the
// environment asks for another where $DEEPSEEK_MODEL is set: see [Main].
func NewServer(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s, err := start(t.Errorf, replies)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, path := range s.unused() {
			t.Logf("deepseektest: no request took a reply of the script for %q", path)
		}
	})
	return s
}

// Start is [NewServer] for a program, which must call [Server.Close]. The error
// is that of listening on 127.0.0.1.
func Start(replies ...Reply) (*Server, error) {
	return start(nil, replies)
}

// Serve is [Start] at an address of the program's choice: the server accepts
// connections from l, speaks HTTP without TLS, and closes l in the end. Whoever
// reaches the address is answered, so it had better be on loopback. An l that is
// not of a network, with connections made by [net.Pipe], will do as well.
func Serve(l net.Listener, replies ...Reply) *Server {
	return serve(l, nil, replies)
}

func start(report func(string, ...any), replies []Reply) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("deepseektest: %w", err)
	}
	return serve(l, report, replies), nil
}

func serve(l net.Listener, report func(string, ...any), replies []Reply) *Server {
	if len(replies) == 0 {
		replies = []Reply{StandIn()}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		url:    "http://" + reachable(l.Addr()),
		cancel: cancel,
		report: report,
		script: newScript(replies),
	}
	s.handler = http.HandlerFunc(s.handle)
	s.server = &http.Server{
		Handler:     http.HandlerFunc(s.serveHTTP),
		ErrorLog:    log.New(io.Discard, "", 0), // broken connections are what this server is for
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ConnState:   s.track,
	}
	s.running.Go(func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.complain("deepseektest: %v", err)
			s.failed = err
		}
	})
	return s
}

// reachable returns an address at which a client of this machine finds the one
// who listens at a.
func reachable(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok && t.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(t.Port))
	}
	return a.String()
}

type connKey struct{}

// track counts the connections, each of which has a goroutine of its own.
func (s *Server) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew: // still in the accepting goroutine, so before Wait can return
		s.running.Add(1)
	case http.StateClosed:
		s.running.Done()
	}
}

// complain reports a mistake in a script.
func (s *Server) complain(format string, args ...any) {
	if s.report != nil {
		s.report(format, args...)
	}
}

// URL returns the address of the server, such as "http://127.0.0.1:40000": what
// a client takes for "https://api.deepseek.com". The paths under /v1 and /beta
// are there as well.
func (s *Server) URL() string { return s.url }

// String returns the address of the server.
func (s *Server) String() string { return "DeepSeek stand-in at " + s.url }

// Requests returns what the server has received, in order of arrival: requests
// of all endpoints, also those that it refused. A request is there before any
// part of its reply is. Of very many requests only the latest are kept: 10,000,
// or 256 MiB of bodies. The slice is the caller's, what the requests point to
// is shared and must not be modified.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Wrap puts f around the server, as middleware of net/http: it sees each request
// from now on before the server does, and may answer in its place, in which case
// [Server.Requests] lacks the request. The last f to be wrapped is the outermost.
//
// A ResponseWriter that it hands on must have the method Unwrap, for
// [http.ResponseController]. A reply that is cut ends in a panic with
// [http.ErrAbortHandler], which must not be stopped. What it puts into the
// context of a request is in [Request.Context].
func (s *Server) Wrap(f func(http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = f(s.handler)
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h := s.handler
	s.mu.Unlock()
	h.ServeHTTP(w, r)
}

// Close ends the server. Connections are closed as they are, in the middle of a
// reply too, and when Close returns all goroutines of the server have ended. It
// waits for a Func that runs, the [Request.Context] of which ends first, so a
// Func must not call it. The error includes one by which the listener of [Serve]
// failed before. To close a server again does nothing, and returns the same error.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.cancel()
		err := s.server.Close()
		s.running.Wait()
		s.err = errors.Join(s.failed, err)
	})
	return s.err
}

// record keeps a request for Requests.
func (s *Server) record(r Request) {
	r.ctx, r.files = nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	s.bodies += len(r.Body)
	for len(s.requests) > maxRequests || s.bodies > maxBodies && len(s.requests) > 1 {
		s.bodies -= len(s.requests[0].Body)
		s.requests[0] = Request{}
		s.requests = s.requests[1:]
	}
}

// reply returns the reply to a request to a model, and the number of it.
func (s *Server) reply(r Request) (Reply, int) {
	path, _ := plainPath(r.Path)
	s.mu.Lock()
	script := cmp.Or(s.scripts[path], s.script)
	reply := script.take()
	s.seq++
	seq := s.seq
	s.mu.Unlock()
	return s.resolve(reply, r), seq
}

// resolve calls the Func of a reply, and that of what it returns.
func (s *Server) resolve(reply Reply, r Request) Reply {
	for range maxFuncs {
		if reply.Func == nil {
			return reply
		}
		reply = s.call(reply.Func, r)
	}
	s.complain("deepseektest: a Func that returns a reply with a Func, %d times over", maxFuncs)
	return Reply{Status: http.StatusInternalServerError, Message: "the script has no end of Funcs"}
}

// maxFuncs bounds the Funcs that return a reply with a Func.
const maxFuncs = 16

// call calls f, and makes an error of a panic.
func (s *Server) call(f func(Request) Reply, r Request) (reply Reply) {
	defer func() {
		if p := recover(); p != nil {
			s.complain("deepseektest: the Func of a reply panicked: %v", p)
			reply = Reply{Status: http.StatusInternalServerError, Message: fmt.Sprintf("the Func of a reply panicked: %v", p)}
		}
	}()
	return f(r)
}

// handle answers one request.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	e := &exchange{s: s, w: w, r: r, req: newRequest(r)}
	w.Header().Set("X-Ds-Trace-Id", digest("trace", s.traces.Add(1))[:32])
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				s.complain("deepseektest: a mistake in the server: %v", p)
			}
			panic(http.ErrAbortHandler) // closes the connection
		}
	}()
	if err := e.route(); err != nil {
		e.fail(err)
	}
}

// An exchange is a request and the answer to it.
type exchange struct {
	s   *Server
	w   http.ResponseWriter
	r   *http.Request
	req Request

	recorded bool
}

// record keeps the request for [Server.Requests]; done again it does nothing.
func (e *exchange) record() {
	if !e.recorded {
		e.recorded = true
		e.s.record(e.req)
	}
}

// apiError is an error as the API reports it.
type apiError struct {
	status     int
	message    string
	kind, code string // if empty, what fits the status
}

// invalid returns the error for a request that breaks a rule.
func invalid(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// fail answers with an error.
func (e *exchange) fail(err *apiError) {
	writeJSON(e.w, err.status, err.body())
}

// body returns the error as JSON.
func (e *apiError) body() []byte {
	kind := cmp.Or(e.kind, kindOf(e.status))
	b := append([]byte(nil), `{"error":{"message":`...)
	b = appendString(b, e.message)
	b = append(b, `,"type":`...)
	b = appendString(b, kind)
	b = append(b, `,"param":null,"code":`...)
	b = appendString(b, cmp.Or(e.code, "invalid_request_error"))
	return append(b, "}}"...)
}

// kindOf returns the type of error that the API gives with a status.
func kindOf(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// writeJSON sends a body that is not subject to any faults.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}
