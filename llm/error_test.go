package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hadal-go/hadal/llm"
)

func TestErrorText(t *testing.T) {
	for want, err := range map[string]*llm.Error{
		"request failed":                        {},
		"deepseek: request failed":              {Provider: "deepseek"},
		"request failed: no route":              {Message: "no route"},
		"rate limited":                          {Err: llm.ErrRateLimit},
		"deepseek: rate limited: slow down":     {Provider: "deepseek", Message: "slow down", Err: llm.ErrRateLimit},
		"rate limited (status 429)":             {Status: 429, Err: llm.ErrRateLimit},
		"rate limited (code limit)":             {Code: "limit", Err: llm.ErrRateLimit},
		"rate limited (request r1)":             {RequestID: "r1", Err: llm.ErrRateLimit},
		"rate limited (retry after 1m30s)":      {RetryAfter: 90 * time.Second, Err: llm.ErrRateLimit},
		"rate limited (code limit, request r1)": {Code: "limit", RequestID: "r1", NoRetry: true, Err: llm.ErrRateLimit},
		"deepseek: rate limited: slow down (status 429, code limit, request r1, retry after 500ms)": {
			Provider: "deepseek", Status: 429, Code: "limit", Message: "slow down", RequestID: "r1", RetryAfter: time.Second / 2, Err: llm.ErrRateLimit,
		},
		"p: provider unavailable: unexpected EOF: the connection broke": {
			Provider: "p", Message: "the connection broke", Err: fmt.Errorf("%w: %w", llm.ErrUnavailable, io.ErrUnexpectedEOF),
		},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

var sentinels = map[error]struct {
	text      string
	temporary bool
}{
	llm.ErrAuth:        {"authentication failed", false},
	llm.ErrForbidden:   {"access denied", false},
	llm.ErrBalance:     {"account out of credit", false},
	llm.ErrInvalid:     {"invalid request", false},
	llm.ErrTooLong:     {"conversation exceeds the context window", false},
	llm.ErrFiltered:    {"content refused by the provider", false},
	llm.ErrRateLimit:   {"rate limited", true},
	llm.ErrOverload:    {"provider overloaded", true},
	llm.ErrUnavailable: {"provider unavailable", true},
	llm.ErrTruncated:   {"reply ended early", true},
	llm.ErrStalled:     {"reply stalled", true},
	llm.ErrProtocol:    {"reply violates the protocol", false},
	llm.ErrTooLarge:    {"too large", false},
	llm.ErrBudget:      {"budget exhausted", false},
}

func TestSentinels(t *testing.T) {
	if len(sentinels) != 14 {
		t.Errorf("%d sentinels, want 14", len(sentinels))
	}
	for sentinel, want := range sentinels {
		if got := sentinel.Error(); got != want.text {
			t.Errorf("text is %q, want %q", got, want.text)
		}
		for _, err := range []*llm.Error{{Err: sentinel}, {Err: fmt.Errorf("%w: %w", sentinel, errBoom)}, {Err: &llm.Error{Err: sentinel}}} {
			if got := err.Temporary(); got != want.temporary {
				t.Errorf("Temporary of %v is %t", err, got)
			}
			for other := range sentinels {
				if got := errors.Is(err, other); got != (other == sentinel) {
					t.Errorf("errors.Is(%v, %v) is %t", err, other, got)
				}
			}
		}
		if (&llm.Error{Err: sentinel, NoRetry: true}).Temporary() {
			t.Errorf("%v is temporary, though the provider said no", sentinel)
		}
	}
	for _, err := range []error{nil, errBoom, context.Canceled, context.DeadlineExceeded} {
		if (&llm.Error{Err: err}).Temporary() {
			t.Errorf("%v is temporary", err)
		}
	}
}

func TestErrorInWraps(t *testing.T) {
	inner := &llm.Error{Provider: "p", Err: fmt.Errorf("%w: %w", llm.ErrStalled, context.Canceled)}
	for _, err := range []error{inner, fmt.Errorf("step 2: %w", inner), errors.Join(errBoom, fmt.Errorf("a: %w", inner))} {
		if e, ok := errors.AsType[*llm.Error](err); !ok || e != inner {
			t.Errorf("AsType(%v) is %v, %t", err, e, ok)
		}
		if !errors.Is(err, llm.ErrStalled) || !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("errors.Is does not see what %v is", err)
		}
	}
}
