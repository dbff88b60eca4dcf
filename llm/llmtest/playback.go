package llmtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// leftWait is how long a reply waits for a client to leave that left there when
// it was recorded.
const leftWait = 10 * time.Second

// play answers a request from the file.
func (r *Recording) play(req *http.Request, live *exchange) (*http.Response, error) {
	ex, err := r.take(live)
	if err != nil {
		return nil, err
	}
	body := &playback{req: req, rest: ex.reply.body, end: io.EOF, closed: make(chan struct{})}
	if text := ex.reply.err; text != "" {
		body.end = errors.New(text)
		for _, b := range breaks {
			if b.name == text {
				body.end = b.err
			}
		}
	}
	if ex.reply.status == 0 {
		return nil, body.over()
	}
	return response(req, ex.reply.status, ex.reply.header.Clone(), body), nil
}

// take returns the exchange for a request, and marks it as used.
func (r *Recording) take(live *exchange) (*exchange, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fmt.Errorf("llmtest: %s: the recording is closed", r.File)
	}
	for _, same := range []func(recorded, live string) bool{equal, like} {
		for _, ex := range r.tape.exchanges {
			if !ex.used && ex.same(live, same) {
				ex.used = true
				return ex, nil
			}
		}
	}
	err := &llm.Error{Provider: "llmtest", NoRetry: true, Err: r.miss(live)}
	r.note(err)
	return nil, err
}

// same reports whether live is what was recorded, its target and its body by way
// of the function.
func (ex *exchange) same(live *exchange, same func(recorded, live string) bool) bool {
	return ex.method == live.method && same(ex.target, live.target) && same(ex.body, live.body)
}

func equal(recorded, live string) bool { return recorded == live }

// like reports whether a text is as it was recorded, though where something is
// hidden there may be anything.
func like(recorded, live string) bool {
	piece, rest, more := strings.Cut(recorded, hidden)
	if !more {
		return recorded == live
	}
	live, ok := strings.CutPrefix(live, piece)
	for ok {
		if piece, rest, more = strings.Cut(rest, hidden); !more {
			return strings.HasSuffix(live, piece)
		}
		_, live, ok = strings.Cut(live, piece)
	}
	return false
}

// unused notes each exchange that did not come. One that the client left at once
// need not.
func (r *Recording) unused() {
	for _, ex := range r.tape.exchanges {
		if !ex.used && (ex.reply.status != 0 || ex.reply.err != breakName(errLeft)) {
			r.note(fmt.Errorf("llmtest: %s:%d: %s %s was recorded, but did not come; %s", r.File, ex.line, ex.method, ex.target, r.again()))
		}
	}
}

// response returns a response as the client sees it, recorded or played back.
func response(req *http.Request, status int, header http.Header, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status:        strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status))),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          body,
		ContentLength: -1,
		Request:       req,
	}
}

// A playback is the body of a response from the file.
type playback struct {
	req    *http.Request
	rest   string
	end    error
	once   sync.Once
	closed chan struct{}
}

func (p *playback) Read(b []byte) (int, error) {
	select {
	case <-p.closed:
		return 0, http.ErrBodyReadAfterClose
	default:
	}
	if err := p.req.Context().Err(); err != nil {
		return 0, err
	}
	if p.rest == "" {
		return 0, p.over()
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// over returns the error at the end of the body.
func (p *playback) over() error {
	if p.end != errLeft {
		return p.end
	}
	ctx, cancel := context.WithTimeout(p.req.Context(), leftWait)
	defer cancel()
	select {
	case <-p.closed:
		return http.ErrBodyReadAfterClose
	case <-ctx.Done():
	}
	if err := p.req.Context().Err(); err != nil {
		return err
	}
	return errLeft
}

func (p *playback) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
