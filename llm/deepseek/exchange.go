package deepseek

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
	"github.com/hadal-go/hadal/output/gate"
)

const (
	// streamFactor bounds a stream as a whole, in replies of the size that is
	// allowed in one piece, so that it ends.
	streamFactor = 64

	// What may follow a stream, and how long it is waited for, so that its
	// connection can be used again.
	drainBytes = 1 << 10
	drainTime  = 50 * time.Millisecond
)

// An exchange is one request for a reply of a model, and that reply.
type exchange struct {
	*Client
	yield     func(*llm.Chunk) bool
	url       string
	stream    bool
	logprobs  bool           // were asked for
	fim       bool           // may be empty
	responses bool           // it is of the Responses endpoint
	missing   string         // what status 404 means, if it is not a wrong URL
	json      bool           // was asked for
	prefix    string         // that the reply continues
	tools     []llm.ToolSpec // that the model may call

	clock clock
	resp  *http.Response
	reply wire.Reply
	left  bool // the caller has left the loop
}

// sequence returns the chunks that send yields, and its error as the last pair
// unless the caller has left by then.
func sequence(send func(yield func(*llm.Chunk) bool) error) iter.Seq2[*llm.Chunk, error] {
	return func(yield func(*llm.Chunk, error) bool) {
		left := false
		err := send(func(chunk *llm.Chunk) bool {
			left = !yield(chunk, nil)
			return !left
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

// emit yields a chunk and reports whether the caller wants more.
func (x *exchange) emit(c *llm.Chunk) bool {
	x.left = !x.yield(c)
	return !x.left
}

// post posts the body and sets x.resp to a response with status 200.
func (x *exchange) post(ctx context.Context, b body) error {
	accept := "application/json"
	if x.stream {
		accept = "text/event-stream"
	}
	x.clock.before()
	resp, err := x.do(ctx, x.url, b, accept)
	x.clock.after()
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return x.failure(ctx, resp, &x.clock, x.missing)
	}
	x.resp = resp
	x.reply = wire.Reply{
		Limits:    gate.Limits{Bytes: x.maxReply(), Nodes: max(gate.DefaultNodes, x.maxReply()/4)}, // log probabilities are four bytes to a value
		Whole:     !x.stream,
		Logprobs:  x.logprobs,
		Request:   b.size(),
		FIM:       x.fim,
		JSON:      x.json,
		Tools:     x.tools,
		Responses: x.responses,
	}
	x.reply.Continue(x.prefix)
	return nil
}

// receive yields the reply.
func (x *exchange) receive(ctx context.Context) error {
	defer x.resp.Body.Close()
	err := x.read()
	if err == nil || x.left || !x.reply.Rest(x.emit) {
		return nil
	}
	e, ok := err.(*llm.Error)
	if !ok {
		e = x.broken(ctx, x.resp, err)
	}
	billed := *e // which may be a transport's
	billed.Usage = x.reply.Usage()
	return &billed
}

func (x *exchange) read() error {
	body := &limitedReader{clockedReader{x.resp.Body, &x.clock}, streamFactor * x.maxReply()}
	if !x.stream {
		x.clock.head()
		return x.readWhole(body)
	}
	events := wire.NewEvents(body, x.maxReply())
	first, _ := events.Peek()
	contentType := x.resp.Header.Get("Content-Type")
	switch {
	case first == '{' || strings.HasPrefix(contentType, "application/json"):
		return x.readWhole(events.Rest()) // an error, or a server that does not stream
	case first == '<':
		head, _ := io.ReadAll(io.LimitReader(events.Rest(), maxErrorBody))
		return x.other(x.resp, head)
	}
	err := x.readEvents(events)
	if (err == io.EOF || err == io.ErrUnexpectedEOF) && x.reply.Silent() && contentType != "" && !strings.HasPrefix(contentType, "text/event-stream") {
		return x.other(x.resp, nil)
	}
	if err == nil && !x.left {
		x.clock.drain(drainTime)
		io.CopyN(io.Discard, clockedReader{x.resp.Body, &x.clock}, drainBytes)
	}
	return err
}

// readEvents reads an event stream to the end of the reply.
func (x *exchange) readEvents(events *wire.Events) error {
	for {
		data, name, err := events.Next()
		switch {
		case x.responses && string(data) == wire.Done:
			return io.EOF // its last event has not been there
		case err == io.EOF && x.reply.Finish() != "", string(data) == wire.Done:
			return x.end() // some servers leave out the [DONE]
		case err != nil:
			return err
		case name == "error":
			return wire.ParseFailure(data)
		}
		if err := x.reply.Add(data, x.emit); err != nil || x.left {
			return err
		}
		if !x.reply.Waiting() {
			x.clock.piece()
		}
		if x.responses && x.reply.Finish() != "" {
			return x.end()
		}
	}
}

// readWhole reads a reply in one piece.
func (x *exchange) readWhole(body io.Reader) error {
	data, err := x.readBody(body)
	if err != nil {
		return err
	}
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] != '{' {
		return x.other(x.resp, start)
	}
	err = x.reply.Add(data, x.emit)
	switch {
	case errors.Is(err, gate.Truncated):
		return io.ErrUnexpectedEOF
	case err != nil || x.left:
		return err
	}
	return x.end()
}

// readBody reads a body up to the limit. Blank lines keep the connection open
// while the model works; from the first byte after them on, the rest must come.
func (x *exchange) readBody(body io.Reader) ([]byte, error) {
	size := 4 << 10
	if n := x.resp.ContentLength; n > 0 && n < int64(x.maxReply()) {
		size = int(n) + 1 // one more, to see the end without growing
	}
	data := make([]byte, 0, size)
	begun := false
	for {
		n, err := body.Read(data[len(data):cap(data)])
		begun = begun || len(bytes.TrimLeft(data[len(data):len(data)+n], " \t\r\n")) > 0
		if begun && n > 0 {
			x.clock.piece()
		}
		data = data[:len(data)+n]
		switch {
		case len(data) > x.maxReply():
			return nil, errTooLarge
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// end yields the end of a reply, or returns why it cannot count as complete.
func (x *exchange) end() error {
	finish := x.reply.Finish()
	switch {
	case finish == "insufficient_system_resource" || finish == "aborted" || finish == "abort" || finish == "error":
		e := x.errorOf(x.resp, "the provider broke off the reply", llm.ErrOverload)
		e.Code = string(finish)
		return e
	case (finish == llm.FinishStop && !x.fim || finish == "") && x.reply.Empty():
		return errEmpty
	case finish == "":
		return &wire.FrameError{Err: errors.New("the reply ended with no finish reason")}
	}
	err := x.reply.End(x.emit)
	if err == nil && x.reply.Recovered() != "" {
		x.log().Warn("deepseek: tool calls that were left in the text of a reply, as markup, were made calls", "request", x.scrub(requestID(x.resp.Header), x.resp))
	}
	return err
}

func (c *Client) maxReply() int {
	if c.MaxReply > 0 {
		return c.MaxReply
	}
	return defaultMaxReply
}

// A limitedReader fails with errTooLarge after so many bytes.
type limitedReader struct {
	r    io.Reader
	left int
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
