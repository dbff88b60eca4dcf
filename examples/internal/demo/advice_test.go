package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

func TestAdvice(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string // a part of it; if empty, there is no advice
	}{
		{llm.ErrAuth, "api_keys"},
		{llm.ErrBalance, "top_up"},
		{llm.ErrForbidden, "may not"},
		{llm.ErrInvalid, "DEEPSEEK_MODEL"},
		{fmt.Errorf("%w: %w", llm.ErrInvalid, llm.ErrTooLarge), "less at once"},
		{llm.ErrTooLong, "less text"},
		{llm.ErrFiltered, "another text"},
		{llm.ErrRateLimit, "fewer requests"},
		{llm.ErrOverload, "busy"},
		{llm.ErrUnavailable, "the proxy"},
		{fmt.Errorf("%w: %w", llm.ErrUnavailable, llm.ErrStalled), "slow"},
		{llm.ErrTruncated, "breaking off"},
		{llm.ErrProtocol, "sign-in"},
		{&llm.Error{Err: fmt.Errorf("%w: %w", llm.ErrUnavailable, &tls.CertificateVerificationError{Err: errors.New("x")})}, "certificate"},
		{fmt.Errorf("%w: too slow", context.DeadlineExceeded), "more time"},
		{context.Canceled, ""},
		{errors.New("disk full"), ""},
	} {
		got := Advice(tt.err)
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%v: %q, want %q in it", tt.err, got, tt.want)
		}
	}
}
