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

// maxMessage is how much of it is kept.
const maxMessage = 1024

// failure returns the error that a response reports, and closes its body. What
// missing says is what status 404 means, if that is not a wrong URL.
func (c *Client) failure(ctx context.Context, resp *http.Response, k *clock, missing string) error {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(clockedReader{resp.Body, k}, maxErrorBody))
	if end := ended(ctx); err != nil && end != nil {
		return end
	}
	e := c.refused(wire.ParseFailure(body), resp)
	e.Status = resp.StatusCode
	e.Message = strings.TrimPrefix(e.Message+c.hint(e, resp, missing), ": ")
	e.RetryAfter = retryAfter(resp.Header)
	e.NoRetry = resp.Header.Get("X-Should-Retry") == "false"
	return e
}

// hint returns what to do about an error, if there is more to say of it than the
// server does. It begins with a colon. What missing says is as for failure.
func (c *Client) hint(e *llm.Error, resp *http.Response, missing string) string {
	switch {
	case e.Status == http.StatusUnauthorized && !c.hasKey() && c.hasTransport():
		return ": the client has no APIKey, and what the transport of its HTTP client adds was not enough"
	case e.Status == http.StatusUnauthorized && !c.hasKey() && c.Dialect == DeepSeek:
		return ": no key was sent, set $DEEPSEEK_API_KEY or the client's APIKey"
	case e.Status == http.StatusUnauthorized && !c.hasKey():
		return ": no key was sent, set the client's APIKey or let the transport of its HTTP client add one"
	case e.Status != http.StatusNotFound || resp.Request == nil,
		c.Dialect == OpenAI && strings.Contains(strings.ToLower(e.Message), "model"): // it is the model that is not there
		return ""
	case missing != "":
		return ": " + missing
	case c.Dialect == OpenAI && !strings.Contains(resp.Request.URL.Path, "/v1"):
		return ": there is nothing at " + resp.Request.URL.Path + ", does the base URL lack a /v1?"
	}
	return ": there is nothing at " + resp.Request.URL.Path + ", is the base URL right?"
}

// refused returns the error for what the API said in a response, or in the
// stream of one.
func (c *Client) refused(f *wire.Failure, resp *http.Response) *llm.Error {
	e := c.errorOf(resp, f.Message, class(f, resp.StatusCode))
	e.Code = wire.Clip(c.scrub(f.Code, resp), maxMessage)
	if e.RequestID == "" {
		if m := idInText.FindStringSubmatch(e.Message); m != nil {
			e.RequestID = m[1]
		}
	}
	return e
}

// errorOf returns an error about a response. The message may be what the server
// said.
func (c *Client) errorOf(resp *http.Response, message string, err error) *llm.Error {
	return &llm.Error{
		Provider:  provider,
		Message:   wire.Clip(c.scrub(message, resp), maxMessage),
		RequestID: c.scrub(requestID(resp.Header), resp),
		Err:       err,
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
	if n, err := strconv.Atoi(f.Code); err == nil && status < 300 && n >= 400 && n < 600 {
		status = n // an error in a stream, or behind a gateway, that says which it would have been
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
	case says("context length", "context window", "context size", "context_length", "too many tokens"):
		return llm.ErrTooLong
	case says("insufficient balance", "insufficient_balance"):
		return llm.ErrBalance
	case status >= 500:
		return llm.ErrUnavailable
	case status >= 400:
		return llm.ErrInvalid
	case status != http.StatusOK:
		return llm.ErrProtocol
	case says("authentication", "api key", "api_key"):
		return llm.ErrAuth
	case says("permission", "forbidden"):
		return llm.ErrForbidden
	case says("rate limit", "rate_limit", "too many requests"):
		return llm.ErrRateLimit
	case says("invalid_request", "invalid request", "not exist", "not found"):
		return llm.ErrInvalid
	case says("overload", "busy", "capacity", "insufficient_system_resource", "aborted"):
		return llm.ErrOverload
	}
	return llm.ErrUnavailable
}

// broken returns the error of a reply that did not arrive whole and sound.
func (c *Client) broken(ctx context.Context, resp *http.Response, err error) *llm.Error {
	if end := ended(ctx); end != nil {
		return end
	}
	var timeout interface{ Timeout() bool }
	if f, ok := errors.AsType[*wire.Failure](err); ok {
		return c.refused(f, resp)
	}
	if f, ok := errors.AsType[*wire.FrameError](err); ok {
		return c.errorOf(resp, f.Error(), llm.ErrProtocol) // the text alone: a cause may hold what the server repeats
	}
	if leak, ok := errors.AsType[*wire.LeakError](err); ok {
		return c.markup(resp, leak)
	}
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, wire.ErrEventSize), errors.Is(err, wire.ErrArgsSize):
		return c.errorOf(resp, err.Error()+", see Client.MaxReply", llm.ErrTooLarge)
	case err == errEmpty:
		e := c.errorOf(resp, err.Error(), llm.ErrOverload)
		e.Code = "empty_reply"
		return e
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return c.errorOf(resp, "the connection was closed before the reply said that it is complete", llm.ErrTruncated)
	case errors.As(err, &timeout) && timeout.Timeout():
		return c.errorOf(resp, "", fmt.Errorf("%w: %w", llm.ErrStalled, err))
	}
	return c.errorOf(resp, "", fmt.Errorf("%w: %w", llm.ErrTruncated, err))
}

var (
	errTooLarge = errors.New("the reply is over the limit on its size")
	errEmpty    = errors.New("the provider ended the reply before it began")
)

// other returns the error of a body that is no reply at all.
func (c *Client) other(resp *http.Response, body []byte) *llm.Error {
	head := wire.OneLine(c.scrub(string(body[:min(len(body), maxErrorBody)]), resp))
	return c.errorOf(resp, fmt.Sprintf("the reply is something else, of content type %q: %q",
		resp.Header.Get("Content-Type"), wire.Clip(head, 256)), llm.ErrProtocol)
}

// ended returns why ctx is over, or nil if it is not: the clock has run out, or
// the error wraps the context's and its cause.
func ended(ctx context.Context) *llm.Error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if s, ok := cause.(*stall); ok {
		return &llm.Error{Provider: provider, Message: s.message, Err: llm.ErrStalled}
	}
	err := ctx.Err()
	if cause != err {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return &llm.Error{Provider: provider, Message: "the request was abandoned", NoRetry: true, Err: err}
}

// scrub removes the key, and values of the client's headers, from what a server
// said: some repeat what they were sent. With its response, if that is not nil,
// it removes what a transport has signed the request with, too.
func (c *Client) scrub(s string, resp *http.Response) string {
	if s == "" {
		return s
	}
	secrets := []string{c.key()}
	add := func(values []string) {
		for _, v := range values {
			secrets = append(secrets, v)
			secrets = append(secrets, strings.Fields(v)...) // such as "Bearer" and what follows
		}
	}
	for _, values := range c.Header {
		add(values)
	}
	if resp != nil && resp.Request != nil {
		for name, values := range resp.Request.Header {
			if signature.MatchString(name) {
				add(values)
			}
		}
	}
	for _, secret := range secrets {
		if len(secret) >= 8 { // shorter ones are no secrets, but words
			s = strings.ReplaceAll(s, secret, "[hidden]")
		}
	}
	return s
}

// signature matches the names of headers that authenticate.
var signature = regexp.MustCompile(`(?i)auth|key|token|secret|signature|cookie`)

var idInText = regexp.MustCompile(`[\[(](?:request_id|trace_id)[:=] ?([\w-]{1,128})[\])]`)

// requestID returns what the provider calls the request.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Ds-Trace-Id", "X-Request-Id", "X-Deepseek-Request-Id"} {
		if id := h.Get(name); id != "" && len(id) <= 128 {
			return id
		}
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
