package deepseek

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// maxErrorBody is how much is read of the body of an error.
const maxErrorBody = 64 << 10

// failure returns the error that a response reports, and closes its body.
func (c *Client) failure(ctx context.Context, resp *http.Response, k *clock) error {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(clockedReader{resp.Body, k}, maxErrorBody))
	if end := ended(ctx); err != nil && end != nil {
		return end
	}
	f := wire.ParseFailure(body)
	e := c.refused(f, resp.StatusCode)
	e.Status = resp.StatusCode
	e.RequestID = requestID(resp.Header, f.Message)
	e.RetryAfter = retryAfter(resp.Header)
	e.NoRetry = resp.Header.Get("X-Should-Retry") == "false"
	return e
}

// refused returns the error for what the API said, along with a status or, in a
// stream, with none.
func (c *Client) refused(f *wire.Failure, status int) *llm.Error {
	return &llm.Error{
		Provider: provider,
		Code:     c.scrub(f.Code),
		Message:  c.scrub(f.Message),
		Err:      class(f, status),
	}
}

// class returns the kind of failure, after
// https://api-docs.deepseek.com/quick_start/error_codes and what is seen besides.
func class(f *wire.Failure, status int) error {
	text := strings.ToLower(f.Message + " " + f.Code + " " + f.Type)
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch status {
	case 401:
		return llm.ErrAuth
	case 402:
		return llm.ErrBalance
	case 403:
		return llm.ErrForbidden
	case 408, 425, 500, 502, 504:
		return llm.ErrUnavailable
	case 413:
		return fmt.Errorf("%w: %w", llm.ErrInvalid, llm.ErrTooLarge)
	case 429:
		return llm.ErrRateLimit
	case 503, 529:
		return llm.ErrOverload
	}
	switch {
	case says("content exists risk", "content_filter"):
		return llm.ErrFiltered
	case says("context length", "context window", "context_length", "too many tokens"):
		return llm.ErrTooLong
	case says("insufficient balance", "insufficient_balance"):
		return llm.ErrBalance
	case status >= 500:
		return llm.ErrUnavailable
	case status >= 400:
		return llm.ErrInvalid
	case status > 0:
		return llm.ErrProtocol
	case says("authentication"):
		return llm.ErrAuth
	case says("rate limit", "rate_limit", "too many requests"):
		return llm.ErrRateLimit
	case says("invalid_request", "invalid request"):
		return llm.ErrInvalid
	case says("overload", "busy", "capacity", "insufficient_system_resource"):
		return llm.ErrOverload
	}
	return llm.ErrUnavailable
}

// broken returns the error of a reply that did not arrive whole and sound.
func (c *Client) broken(ctx context.Context, resp *http.Response, err error) error {
	if end := ended(ctx); end != nil {
		return end
	}
	e := &llm.Error{Provider: provider, RequestID: requestID(resp.Header, "")}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, wire.ErrEventSize):
		e.Err, e.Message = llm.ErrTooLarge, err.Error()
	case err == io.EOF:
		e.Err, e.Message = llm.ErrTruncated, "the connection was closed before the reply said that it is complete"
	case isFrameError(err):
		e.Err = fmt.Errorf("%w: %w", llm.ErrProtocol, err)
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Err = fmt.Errorf("%w: %w", llm.ErrStalled, err)
	default:
		e.Err = fmt.Errorf("%w: %w", llm.ErrTruncated, err)
	}
	return e
}

func isFrameError(err error) bool {
	_, ok := errors.AsType[*wire.FrameError](err)
	return ok
}

var errTooLarge = errors.New("the reply is over the limit on its size, see Client.MaxReply")

// protocolError returns the error of a body that is not a reply at all.
func (c *Client) protocolError(resp *http.Response, what string, body []byte) error {
	return &llm.Error{
		Provider:  provider,
		Message:   c.scrub(fmt.Sprintf("%s, of content type %q: %q", what, resp.Header.Get("Content-Type"), wire.Snippet(body))),
		RequestID: requestID(resp.Header, ""),
		Err:       llm.ErrProtocol,
	}
}

// ended returns why ctx is over, or nil if it is not. The error is that of the
// clock, or wraps the context's error and its cause.
func ended(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if e, ok := cause.(*llm.Error); ok && e.Provider == provider && e.Err == llm.ErrStalled {
		return e
	}
	err := ctx.Err()
	if cause != err {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return &llm.Error{Provider: provider, Message: "the request was abandoned", Err: err}
}

// scrub removes the key, and values of the client's headers, from what a server
// said: some repeat what they were sent.
func (c *Client) scrub(s string) string {
	secrets := []string{c.key()}
	for _, values := range c.Header {
		for _, v := range values {
			secrets = append(secrets, v, strings.TrimPrefix(v, "Bearer "))
		}
	}
	for _, secret := range secrets {
		if len(secret) >= 4 { // shorter ones are no secrets, but words
			s = strings.ReplaceAll(s, secret, "[hidden]")
		}
	}
	return s
}

var idInText = regexp.MustCompile(`[\[(](?:request_id|trace_id)[:=] ?([\w-]+)[\])]`)

// requestID returns what the provider calls the request, from the head of the
// response or the text of an error.
func requestID(h http.Header, text string) string {
	for _, name := range []string{"X-Ds-Trace-Id", "X-Request-Id", "X-Deepseek-Request-Id"} {
		if id := h.Get(name); id != "" && len(id) <= 128 {
			return id
		}
	}
	if m := idInText.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// retryAfter returns how long the server asked to wait, or 0 if it did not or
// makes no sense.
func retryAfter(h http.Header) time.Duration {
	for _, form := range []struct {
		name string
		unit time.Duration
	}{{"Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second}} {
		n, err := strconv.ParseFloat(h.Get(form.name), 64)
		if err == nil && n > 0 && n < float64(math.MaxInt64/time.Second) {
			return time.Duration(n * float64(form.unit))
		}
	}
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
