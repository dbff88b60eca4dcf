package deepseek

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
	"github.com/hadal-go/hadal/output/gate"
)

// maxStream bounds a stream as a whole, so that it ends.
const maxStream = 1 << 30

// chat sends req and yields the reply. It stops when yield returns false.
func (c *Client) chat(ctx context.Context, req *llm.Request, yield func(*llm.Chunk) bool) error {
	p, err := c.plan(req)
	if err != nil {
		return err
	}
	k := new(clock)
	ctx = k.start(ctx, c.Clocks)
	defer k.stop()

	resp, err := c.send(ctx, req, p, k)
	if missesReasoning(err) && p.settings.Reasoning && !p.settings.Blank {
		c.log().WarnContext(ctx, "deepseek: sending the request once more, with blank reasoning where replies have none", "err", err)
		p.settings.Blank = true
		resp, err = c.send(ctx, req, p, k)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	reply := &wire.Reply{Limits: gate.Limits{Bytes: c.maxReply()}, Whole: !p.settings.Stream}
	if p.settings.Stream {
		err = c.readStream(resp, reply, k, yield)
	} else {
		k.head()
		err = c.readWhole(resp, reply, clockedReader{resp.Body, k}, yield)
	}
	if err == nil {
		err = c.end(reply, resp, yield)
	}
	if err == nil || err == errLeft {
		return nil
	}
	reply.Break(yield)
	if f, ok := errors.AsType[*wire.Failure](err); ok {
		e := c.refused(f, 0)
		e.RequestID = requestID(resp.Header, f.Message)
		return e
	}
	if e, ok := err.(*llm.Error); ok {
		return e
	}
	return c.broken(ctx, resp, err)
}

// errLeft says that the caller has left the loop.
var errLeft = errors.New("left")

func (c *Client) maxReply() int {
	if c.MaxReply > 0 {
		return c.MaxReply
	}
	return defaultMaxReply
}

// send posts req and returns a response with status 200.
func (c *Client) send(ctx context.Context, req *llm.Request, p plan, k *clock) (*http.Response, error) {
	body := wire.AppendRequest(make([]byte, 0, wire.Size(req)), req, p.settings)
	accept := "application/json"
	if p.settings.Stream {
		accept = "text/event-stream"
	}
	k.before()
	resp, err := c.post(ctx, c.endpoint("/chat/completions", p.beta), body, accept)
	k.after()
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, c.failure(ctx, resp, k)
	}
	return resp, nil
}

// missesReasoning reports whether the API wants reasoning back that the request
// does not have.
func missesReasoning(err error) bool {
	e, ok := err.(*llm.Error)
	return ok && e.Status == 400 && strings.Contains(e.Message, "reasoning_content") &&
		(strings.Contains(e.Message, "passed back") || strings.Contains(e.Message, "Missing"))
}

// readStream reads an event stream. It returns nil at the end of a reply that is
// complete.
func (c *Client) readStream(resp *http.Response, reply *wire.Reply, k *clock, yield func(*llm.Chunk) bool) error {
	body := clockedReader{resp.Body, k}
	events := wire.NewEvents(io.LimitReader(body, maxStream), c.maxReply())
	switch b, _ := events.Peek(); b {
	case '{':
		k.piece()
		return c.readWhole(resp, reply, events.Rest(), yield) // an error, or a server that does not stream
	case '<':
		head, _ := io.ReadAll(io.LimitReader(events.Rest(), 1024))
		return c.protocolError(resp, "the reply is a page", head)
	}
	left := false
	emit := func(chunk *llm.Chunk) bool {
		left = !yield(chunk)
		return !left
	}
	for {
		data, name, err := events.Next()
		switch {
		case err == io.EOF && reply.Finish() != "":
			return nil // some servers leave out the [DONE]
		case err != nil:
			return err
		case string(data) == wire.Done && reply.Finish() == "":
			return &wire.FrameError{Err: errors.New("the stream ended with no finish reason")}
		case string(data) == wire.Done:
			return nil
		case name == "error":
			return wire.ParseFailure(data)
		}
		k.piece()
		if err := reply.Add(data, emit); err != nil {
			return err
		}
		if left {
			return errLeft
		}
	}
}

// readWhole reads a reply in one piece.
func (c *Client) readWhole(resp *http.Response, reply *wire.Reply, body io.Reader, yield func(*llm.Chunk) bool) error {
	size := 4 << 10
	if n := resp.ContentLength; n > 0 && n < int64(c.maxReply()) {
		size = int(n) + 1 // one more, to see the end without growing
	}
	data := make([]byte, 0, size)
	for {
		n, err := body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if len(data) > c.maxReply() {
			return errTooLarge
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
	switch trimmed := strings.TrimLeft(string(data[:min(len(data), 64)]), " \t\r\n"); {
	case len(data) > 64 && trimmed == "", strings.HasPrefix(trimmed, "{"), trimmed == "":
	default:
		return c.protocolError(resp, "the reply is something else", data)
	}
	left := false
	err := reply.Add(data, func(chunk *llm.Chunk) bool {
		left = !yield(chunk)
		return !left
	})
	switch {
	case errors.Is(err, gate.Truncated):
		return io.EOF
	case err != nil:
		return err
	case left:
		return errLeft
	case reply.Finish() == "":
		return &wire.FrameError{Err: errors.New("the reply has no finish reason")}
	}
	return nil
}

// end yields the end of a reply that is complete, or returns why it cannot count
// as one.
func (c *Client) end(reply *wire.Reply, resp *http.Response, yield func(*llm.Chunk) bool) error {
	e := &llm.Error{Provider: provider, RequestID: requestID(resp.Header, "")}
	switch finish := reply.Finish(); {
	case finish == "insufficient_system_resource" || finish == "aborted":
		e.Code, e.Message, e.Err = string(finish), "the provider broke off the reply", llm.ErrOverload
		return e
	case reply.Empty():
		e.Code, e.Message, e.Err = "empty_reply", "the provider ended the reply before it began", llm.ErrOverload
		return e
	}
	if err := reply.End(yield); err != nil {
		e.Err = fmt.Errorf("%w: %w", llm.ErrProtocol, err)
		return e
	}
	return nil
}
