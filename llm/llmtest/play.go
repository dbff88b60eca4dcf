package llmtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

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
	live = r.hidden(live)
	for _, ex := range r.tape.exchanges {
		if !ex.used && ex.same(live) {
			ex.used = true
			return ex, nil
		}
	}
	err := &llm.Error{Provider: "llmtest", NoRetry: true, Err: r.miss(live)}
	if !slices.ContainsFunc(r.failures, func(f error) bool { return f.Error() == err.Error() }) {
		r.failures = append(r.failures, err) // once, though it may be tried again
	}
	return nil, err
}

func (ex *exchange) same(live *exchange) bool {
	return ex.method == live.method && ex.target == live.target && ex.body == live.body
}

// unused returns an error for each exchange that did not come. One that the
// client left at once need not.
func (r *Recording) unused() []error {
	var list []error
	for _, ex := range r.tape.exchanges {
		if !ex.used && (ex.reply.status != 0 || ex.reply.err != breakName(errLeft)) {
			list = append(list, fmt.Errorf("llmtest: %s:%d: %s %s was recorded, but did not come; %s", r.File, ex.line, ex.method, ex.target, r.again()))
		}
	}
	return list
}

// miss says how a request that is not in the file differs from those that are.
func (r *Recording) miss(live *exchange) error {
	err := fmt.Errorf("%w: %s %s", ErrNotRecorded, live.method, live.target)
	var near *exchange
	var best [3]int
	times := 0
	for _, ex := range r.tape.exchanges {
		if ex.same(live) {
			times++
		}
		if s := ex.likeness(live); near == nil || slices.Compare(s[:], best[:]) > 0 {
			near, best = ex, s
		}
	}
	switch {
	case near == nil:
		return fmt.Errorf("%w: %s has no requests; %s", err, r.File, r.again())
	case times > 0:
		return fmt.Errorf("%w: it came more often than the %d in %s; %s", err, times, r.File, r.again())
	}
	what, at, a, b := near.difference(live)
	return fmt.Errorf("%w\n\tthe nearest, %s:%d, differs in its %s at byte %d\n\trecorded: %s\n\tcame:     %s\n\t%s",
		err, r.File, near.line, what, at, a, b, r.again())
}

// likeness returns how much a request is like another, the most important first.
func (ex *exchange) likeness(live *exchange) [3]int {
	var s [3]int
	if ex.target == live.target {
		s[0] = 2
	} else if a, _, _ := strings.Cut(ex.target, "?"); strings.HasPrefix(live.target+"?", a+"?") {
		s[0] = 1
	}
	if ex.method == live.method {
		s[1] = 1
	}
	short := min(len(ex.body), len(live.body))
	head := common(ex.body, live.body)
	tail := 0
	for tail < short-head && ex.body[len(ex.body)-1-tail] == live.body[len(live.body)-1-tail] {
		tail++
	}
	s[2] = head + tail - max(len(ex.body), len(live.body))
	return s
}

// common returns the length of the common beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// difference returns in what, and where, two requests differ first, and what
// stands there.
func (ex *exchange) difference(live *exchange) (what string, at int, a, b string) {
	what, a, b = "body", ex.body, live.body
	if ex.method != live.method {
		what, a, b = "method", ex.method, live.method
	} else if ex.target != live.target {
		what, a, b = "path", ex.target, live.target
	}
	at = common(a, b)
	return what, at, excerpt(a, at), excerpt(b, at)
}

// excerpt returns what is before and after a place, in one line.
func excerpt(s string, at int) string {
	const before, after = 40, 60
	from, to := max(0, at-before), min(len(s), at+after)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	text := escape(s[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(s) {
		return text + "…"
	}
	return text + " (end)"
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
