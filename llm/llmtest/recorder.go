package llmtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How much is read of a reply that the client has left, so that the file has
// all of it.
const (
	drainBytes = 1 << 20
	drainTime  = 5 * time.Second
)

// breaks are the ways in which a reply ends early that have a name in a file.
// Others have the text of their error.
var breaks = []struct {
	name string
	err  error
}{
	{"unexpected EOF", io.ErrUnexpectedEOF},
	{"EOF", io.EOF}, // without a response at all
	{"connection reset", syscall.ECONNRESET},
	{"timeout", os.ErrDeadlineExceeded},
	{"left", errLeft},
}

// errLeft stands for a client that left before the end.
var errLeft = errors.New("llmtest: the recording ends here, where the client left when it was made")

// breakName returns the name of err, or "" if it has none.
func breakName(err error) string {
	for _, b := range breaks {
		if errors.Is(err, b.err) {
			return b.name
		}
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	return ""
}

// record makes a request and records it as ex.
func (r *Recording) record(req *http.Request, body []byte, ex *exchange) (*http.Response, error) {
	if err := r.begin(ex); err != nil {
		return nil, err
	}
	if enc := req.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		err := fmt.Errorf("llmtest: the request is encoded as %q, in which secrets cannot be found", enc)
		r.unanswered(req, ex, err)
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Header.Del("Accept-Encoding") // the transport has its own, and undoes it
	if req.Body != nil {
		out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, int64(len(body)), nil
		if len(body) > 0 {
			out.Body = io.NopCloser(bytes.NewReader(body))
			out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		}
	}
	resp, err := r.base.RoundTrip(out)
	if err != nil {
		r.unanswered(req, ex, err)
		return nil, err
	}
	rec := &recorder{r: r, req: req, ex: ex, body: resp.Body}
	switch enc := resp.Header.Get("Content-Encoding"); strings.ToLower(enc) {
	case "", "identity":
	case "gzip", "x-gzip":
		rec.body = &gunzip{src: resp.Body}
	default:
		resp.Body.Close()
		err := fmt.Errorf("llmtest: the reply is encoded as %q, in which secrets cannot be found", enc)
		r.unanswered(req, ex, err)
		return nil, err
	}
	r.mu.Lock()
	r.secrets.learnReply(resp)
	r.mu.Unlock()
	ex.reply.status = resp.StatusCode
	ex.reply.header = r.kept(resp.Header, responseHeader)
	return response(req, resp.StatusCode, ex.reply.header.Clone(), rec), nil
}

// begin adds ex to what is recorded.
func (r *Recording) begin(ex *exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return fmt.Errorf("llmtest: %s: the recording is closed", r.File)
	case len(r.tape.exchanges) == maxExchanges:
		return r.fail(fmt.Errorf("llmtest: more than %d requests", maxExchanges))
	}
	ex.open = true
	r.tape.exchanges = append(r.tape.exchanges, ex)
	return nil
}

// fail notes that there is no recording, and returns err. The caller holds r.mu.
func (r *Recording) fail(err error) error {
	r.note(errors.New(r.secrets.hide(err.Error())))
	return err
}

// unanswered ends a request without a response. What the server does counts;
// if it is not reached at all, there is nothing to record.
func (r *Recording) unanswered(req *http.Request, ex *exchange, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ex.open = false
	if req.Context().Err() != nil {
		err = errLeft
	}
	op, ok := errors.AsType[*net.OpError](err)
	if ex.reply.err = breakName(err); ex.reply.err == "" || ok && op.Op == "dial" {
		r.fail(fmt.Errorf("%s %s: %w", ex.method, ex.target, err))
	}
}

// A recorder is the body of a response that is recorded as it is read.
type recorder struct {
	r    *Recording
	req  *http.Request
	ex   *exchange
	body io.ReadCloser

	reading sync.Mutex // guards what follows, and is held while reading
	data    []byte
	done    bool
	closing atomic.Bool // errors are of the client's own making
}

func (b *recorder) Read(p []byte) (int, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	return b.read(p)
}

func (b *recorder) read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if !b.done {
		b.data = append(b.data, p[:n]...)
		if err != nil || len(b.data) > maxTape {
			b.end(err)
		}
	}
	return n, err
}

// Close reads what is left, within bounds, and closes the body.
func (b *recorder) Close() error {
	if b.reading.TryLock() { // else a Read is waiting, which closing ends
		b.drain()
		b.reading.Unlock()
	}
	b.closing.Store(true)
	err := b.body.Close()
	b.reading.Lock()
	defer b.reading.Unlock()
	if !b.done {
		b.end(errLeft)
	}
	return err
}

func (b *recorder) drain() {
	if b.done {
		return
	}
	closed := make(chan struct{})
	timer := time.AfterFunc(drainTime, func() {
		defer close(closed)
		b.closing.Store(true)
		b.body.Close()
	})
	p := make([]byte, 4<<10)
	for left := drainBytes; left > 0 && !b.done; {
		n, _ := b.read(p[:min(left, len(p))])
		left -= n
	}
	if !timer.Stop() {
		<-closed
	}
}

// end records the body as it is now, and err if it did not end well.
func (b *recorder) end(err error) {
	b.done = true
	b.r.mu.Lock()
	defer b.r.mu.Unlock()
	b.ex.open = false
	b.ex.reply.body = string(b.data)
	switch {
	case err == io.EOF:
	case err == nil:
		b.r.fail(fmt.Errorf("llmtest: the body of a reply has more than %d bytes", maxTape))
	case b.closing.Load(), b.req.Context().Err() != nil:
		b.ex.reply.err = breakName(errLeft)
	default:
		b.ex.reply.err = cmp.Or(breakName(err), err.Error(), "error")
	}
	b.data = nil
}

// A gunzip decompresses a body.
type gunzip struct {
	src io.ReadCloser
	z   *gzip.Reader
	err error
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil && g.err == nil {
		g.z, g.err = gzip.NewReader(g.src)
	}
	if g.err != nil {
		return 0, g.err
	}
	return g.z.Read(p)
}

func (g *gunzip) Close() error { return g.src.Close() }
