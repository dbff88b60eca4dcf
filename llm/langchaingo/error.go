package langchaingo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// provider is how errors name the bridge, and models that do not say who they are.
const provider = "langchaingo"

func invalid(format string, args ...any) error {
	return &llm.Error{Provider: provider, Message: fmt.Sprintf(format, args...), Err: llm.ErrInvalid}
}

// toTheirs returns err as an [llms.Error].
func toTheirs(err error) error {
	e, ok := errors.AsType[*llm.Error](err)
	if !ok {
		return llms.NewError(codeOf(err, 0), provider, err.Error()).WithCause(err)
	}
	name := cmp.Or(e.Provider, provider)
	out := llms.NewError(codeOf(err, e.Status), name, strings.TrimPrefix(err.Error(), name+": ")).WithCause(err)
	if e.Status != 0 {
		out.WithDetail("status", e.Status)
	}
	if e.Code != "" {
		out.WithDetail("code", e.Code)
	}
	if e.RequestID != "" {
		out.WithDetail("request_id", e.RequestID)
	}
	if e.RetryAfter != 0 {
		out.WithDetail("retry_after", e.RetryAfter)
	}
	return out
}

// codes are in the order in which they are looked for. A stall is not a timeout:
// that code makes an error be context.DeadlineExceeded, which is the caller's.
var codes = []struct {
	class error
	code  llms.ErrorCode
}{
	{context.Canceled, llms.ErrCodeCanceled},
	{context.DeadlineExceeded, llms.ErrCodeTimeout},
	{llm.ErrAuth, llms.ErrCodeAuthentication},
	{llm.ErrForbidden, llms.ErrCodeAuthentication},
	{llm.ErrBalance, llms.ErrCodeQuotaExceeded},
	{llm.ErrBudget, llms.ErrCodeQuotaExceeded},
	{llm.ErrTooLong, llms.ErrCodeTokenLimit},
	{llm.ErrFiltered, llms.ErrCodeContentFilter},
	{llm.ErrRateLimit, llms.ErrCodeRateLimit},
	{llm.ErrInvalid, llms.ErrCodeInvalidRequest},
	{llm.ErrOverload, llms.ErrCodeProviderUnavailable},
	{llm.ErrUnavailable, llms.ErrCodeProviderUnavailable},
	{llm.ErrTruncated, llms.ErrCodeProviderUnavailable},
	{llm.ErrStalled, llms.ErrCodeProviderUnavailable},
}

func codeOf(err error, status int) llms.ErrorCode {
	if status == http.StatusNotFound {
		return llms.ErrCodeResourceNotFound
	}
	for _, c := range codes {
		if errors.Is(err, c.class) {
			return c.code
		}
	}
	return llms.ErrCodeUnknown
}

// toOurs returns the error of a model of langchaingo. Most of those are text, and
// some hide that the context ended.
func toOurs(ctx context.Context, err error) error {
	if end := ended(ctx); end != nil {
		return end
	}
	if e, ok := errors.AsType[*llm.Error](err); ok {
		return e // ours inside of theirs
	}
	text := hide(err.Error())
	out := &llm.Error{Provider: provider, Message: text}
	var class error
	if e, ok := errors.AsType[*llms.Error](err); ok {
		out.Provider, out.Message = cmp.Or(e.Provider, provider), hide(e.Message)
		if e.Code != llms.ErrCodeUnknown {
			out.Code = string(e.Code)
		}
		class = classes[e.Code]
	}
	if m := statusInText.FindStringSubmatch(text); m != nil {
		out.Status, _ = strconv.Atoi(m[1])
		class = cmp.Or(class, classOf(out.Status))
	}
	if own := classOfText(text); class == nil {
		class = cmp.Or(own, errFailed)
	} else if class == llm.ErrInvalid && (own == llm.ErrTooLong || own == llm.ErrFiltered) {
		class = own // the status of both is 400
	}
	out.Err = &cause{class, err}
	return out
}

// statusInText finds the HTTP status in what langchaingo's models say, such as
// "API returned unexpected status code: 429: slow down".
var statusInText = regexp.MustCompile(`(?i)\b(?:status(?: code)?|error)[:= ]{1,2}([45]\d\d)\b`)

var classes = map[llms.ErrorCode]error{
	llms.ErrCodeAuthentication:      llm.ErrAuth,
	llms.ErrCodeRateLimit:           llm.ErrRateLimit,
	llms.ErrCodeInvalidRequest:      llm.ErrInvalid,
	llms.ErrCodeResourceNotFound:    llm.ErrInvalid,
	llms.ErrCodeNotImplemented:      llm.ErrInvalid,
	llms.ErrCodeQuotaExceeded:       llm.ErrBalance,
	llms.ErrCodeContentFilter:       llm.ErrFiltered,
	llms.ErrCodeTokenLimit:          llm.ErrTooLong,
	llms.ErrCodeProviderUnavailable: llm.ErrUnavailable,
	llms.ErrCodeTimeout:             llm.ErrUnavailable, // not the caller's, whose context has not ended
}

func classOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return llm.ErrAuth
	case http.StatusPaymentRequired:
		return llm.ErrBalance
	case http.StatusForbidden:
		return llm.ErrForbidden
	case http.StatusRequestTimeout:
		return llm.ErrUnavailable
	case http.StatusTooManyRequests:
		return llm.ErrRateLimit
	case http.StatusServiceUnavailable, 529:
		return llm.ErrOverload
	}
	if status >= 500 {
		return llm.ErrUnavailable
	}
	return llm.ErrInvalid
}

// classOfText returns the kind of failure of an error that has neither a code nor
// a status that tells, in the words of providers and of langchaingo's models, or
// nil.
func classOfText(text string) error {
	text = strings.ToLower(text)
	for _, c := range []struct {
		words string
		class error
	}{
		{"content exists risk", llm.ErrFiltered},
		{"content_filter", llm.ErrFiltered},
		{"context length", llm.ErrTooLong},
		{"context window", llm.ErrTooLong},
		{"context_length", llm.ErrTooLong},
		{"too many tokens", llm.ErrTooLong},
		{"network error", llm.ErrUnavailable},
		{"request timeout", llm.ErrUnavailable},
		{"error reading streaming response", llm.ErrTruncated},
		{"unexpected eof", llm.ErrTruncated},
		{"connection re", llm.ErrUnavailable}, // refused, reset
		{"empty response", llm.ErrOverload},
		{"no response", llm.ErrOverload},
		{"not supported", llm.ErrInvalid},
		{"unsupported", llm.ErrInvalid},
	} {
		if strings.Contains(text, c.words) {
			return c.class
		}
	}
	return nil
}

var errFailed = errors.New("the model failed")

// A cause is an error of some class. It says no more than that, as what its text
// would say is in the message, without secrets.
type cause struct{ class, err error }

func (c *cause) Error() string   { return c.class.Error() }
func (c *cause) Unwrap() []error { return []error{c.class, c.err} }

// secrets are keys as providers have them, in URLs, headers and messages.
var secrets = regexp.MustCompile(`(?i)(\b(?:api[-_]?key|key|token|access_token)=)[^&\s"]+|(\bBearer )\S+|\b(sk-)[\w*-]{4,}|\b(AIza)[\w-]{8,}`)

// hide takes out what may be a secret, and what is too long to read.
func hide(s string) string {
	const longest = 1024
	s = secrets.ReplaceAllString(s, "$1$2$3$4[hidden]")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}

// ended returns why ctx is over, or nil if it is not.
func ended(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if err == nil {
		return nil
	}
	if why != err {
		err = fmt.Errorf("%w: %w", err, why)
	}
	return &llm.Error{Provider: provider, Message: "the request was abandoned", NoRetry: true, Err: err}
}
