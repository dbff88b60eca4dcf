package deepseektest

import (
	"bytes"
	"cmp"
	"iter"
	"net"
	"net/http"
	"strconv"
	"time"
)

// scripted reports whether the body is the script's own, or an error.
func (r *Reply) scripted() bool {
	return r.Wire != nil || r.Status >= 400
}

// sendRaw sends a reply that is scripted.
func (e *exchange) sendRaw(r *Reply) {
	kind := "application/json"
	if r.Wire == nil {
		err := apiError{status: r.Status, code: r.Code}
		err.message = cmp.Or(r.Message, messages[r.Status], http.StatusText(r.Status), "Error")
		e.send(r, kind, one(err.body()))
		return
	}
	if e.req.Stream && r.Status < 300 {
		kind = "text/event-stream; charset=utf-8"
	}
	e.send(r, kind, func(yield func([]byte) bool) {
		for rest := r.Wire; len(rest) > 0; {
			end := len(rest)
			if i := bytes.Index(rest, []byte("\n\n")); r.Pace > 0 && i >= 0 {
				end = i + 2 // an event at a time
			}
			if !yield(rest[:end]) {
				return
			}
			rest = rest[end:]
		}
	})
}

// send writes the reply as its last group of fields says.
func (e *exchange) send(r *Reply, contentType string, body iter.Seq[[]byte]) {
	s := &sender{e: e, r: r, out: http.NewResponseController(e.w)}
	s.wait(r.Delay)
	if r.CutAfter < 0 && r.Cut != CutEnd {
		s.cut()
		return
	}
	s.header(contentType)
	blank := []byte("\n")
	if e.req.Stream && !(r.Status >= 400) {
		blank = []byte(": keep-alive\n\n")
	}
	for range r.KeepAlive {
		if !s.write(blank) {
			return
		}
	}
	for piece := range body {
		if !s.write(piece) {
			return
		}
	}
	if r.CutAfter != 0 {
		s.cut()
	}
}

// A sender writes a body in pieces. When the client has left or the server is
// closed, it ends the handler by a panic.
type sender struct {
	e    *exchange
	r    *Reply
	out  *http.ResponseController
	sent int // bytes
}

func (s *sender) header(contentType string) {
	h := s.e.w.Header()
	h.Set("Content-Type", contentType)
	if d := s.r.RetryAfter; d > 0 {
		seconds := (d + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
		if seconds*time.Second != d {
			h.Set("Retry-After-Ms", strconv.Itoa(int(d.Milliseconds())))
		}
	}
	for name, values := range s.r.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if h.Get("Content-Length") == "" {
		h.Set("Transfer-Encoding", "chunked") // so that the end of the body can be told from the end of the connection
	}
	s.e.w.WriteHeader(cmp.Or(s.r.Status, http.StatusOK))
}

// write sends a piece of the body. It reports whether there is to be more.
func (s *sender) write(piece []byte) bool {
	limit := len(piece)
	if s.r.CutAfter != 0 {
		limit = min(limit, max(s.r.CutAfter, 0)-s.sent)
	}
	for rest := piece[:limit]; len(rest) > 0; {
		n := len(rest)
		if s.r.Trickle > 0 {
			n = min(n, s.r.Trickle)
		}
		if s.sent > 0 {
			s.wait(s.r.Pace)
		}
		if _, err := s.e.w.Write(rest[:n]); err != nil {
			panic(http.ErrAbortHandler)
		}
		s.sent += n
		rest = rest[n:]
		if s.r.Pace > 0 || s.r.Trickle > 0 {
			s.flush()
		}
	}
	if s.r.CutAfter != 0 && s.sent >= max(s.r.CutAfter, 0) {
		s.cut()
		return false
	}
	return true
}

func (s *sender) flush() {
	if err := s.out.Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// wait waits for d, and no longer than there is somebody to wait for.
func (s *sender) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.e.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// cut ends the reply here.
func (s *sender) cut() {
	if s.r.CutAfter > 0 {
		s.flush()
	}
	switch s.r.Cut {
	case CutEnd:
		return
	case CutReset:
		if c, ok := s.e.r.Context().Value(connKey{}).(*net.TCPConn); ok {
			c.SetLinger(0)
		}
	case CutStall:
		<-s.e.r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}
