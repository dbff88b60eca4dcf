package deepseek

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
	"github.com/hadal-go/hadal/output/gate"
)

// A call is a request for something other than a reply of a model. It is sent
// once.
type call struct {
	method  string
	url     string
	query   url.Values
	body    []byte // JSON, or nil
	form    *form  // in place of body, or nil
	missing string // what status 404 means, if it is not a wrong URL
}

// get asks the API for what is at path and decodes it into v.
func (c *Client) get(ctx context.Context, path string, v any) error {
	return c.call(ctx, call{method: http.MethodGet, url: c.endpoint(path, false)}, v)
}

// use asks a tool of the API and decodes the answer into v.
func (c *Client) use(ctx context.Context, tool string, args, v any, missing string) error {
	body, err := json.Marshal(args)
	if err != nil {
		return invalid("the request cannot be written as JSON: %v", err)
	}
	return c.call(ctx, call{method: http.MethodPost, url: c.toolURL(tool), body: body, missing: missing}, v)
}

// call makes a call and decodes the answer into v. Errors are of type
// [*llm.Error].
func (c *Client) call(ctx context.Context, k call, v any) error {
	x := &exchange{Client: c}
	ctx = x.clock.start(ctx, c.Clocks)
	defer x.clock.stop()
	r, err := k.request(ctx, c)
	if err != nil {
		return err
	}
	x.clock.before()
	resp, err := c.send(r, "application/json")
	x.clock.after()
	if k.form != nil {
		if failed := k.form.end(); failed != nil && ctx.Err() == nil {
			if resp != nil {
				resp.Body.Close()
			}
			return failed
		}
	}
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return c.failure(ctx, resp, &x.clock, k.missing)
	}
	defer resp.Body.Close()
	x.resp = resp
	x.clock.head()
	data, err := x.readBody(clockedReader{resp.Body, &x.clock})
	if err != nil {
		return c.broken(ctx, resp, err)
	}
	start := bytes.TrimLeft(data, " \t\r\n")
	if len(start) == 0 || start[0] != '{' {
		return c.other(resp, start)
	}
	switch err := (gate.Limits{Bytes: c.maxReply()}).Decode(data, v); {
	case errors.Is(err, gate.Truncated):
		return c.broken(ctx, resp, io.ErrUnexpectedEOF)
	case err != nil:
		return c.broken(ctx, resp, &wire.FrameError{Err: err})
	}
	if a, ok := v.(answer); ok {
		if what := a.lacks(); what != "" {
			return c.errorOf(resp, "the reply has no "+what, llm.ErrProtocol)
		}
	}
	return nil
}

// An answer is what a call decodes into, if there is something that every sound
// one has.
type answer interface {
	lacks() string // what is not there; "" if all is
}

// request returns the request to send.
func (k *call) request(ctx context.Context, c *Client) (*http.Request, error) {
	var body io.Reader
	contentType := ""
	if k.body != nil {
		body, contentType = bytes.NewReader(k.body), "application/json"
	}
	r, err := c.request(ctx, k.method, k.url, body)
	if err != nil {
		return nil, err
	}
	if k.form != nil {
		r.Body, r.ContentLength, contentType = k.form.start(ctx), k.form.size, k.form.contentType
	}
	if contentType != "" {
		r.Header["Content-Type"] = []string{contentType}
	}
	r.URL.RawQuery = k.query.Encode()
	return r, nil
}
