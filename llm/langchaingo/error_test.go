package langchaingo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
	"github.com/hadal-go/hadal/llm/langchaingo"
	"github.com/hadal-go/hadal/llm/llmtest"
)

// client returns a DeepSeek client as a model of langchaingo.
func client(server *deepseektest.Server) *langchaingo.LLM {
	return &langchaingo.LLM{Model: &deepseek.Client{BaseURL: server.URL(), APIKey: "sk-test"}}
}

// What the API answers is an error on both sides of the bridge, and on both
// bridges one after the other.
func TestErrorStatus(t *testing.T) {
	for _, tt := range []struct {
		status  int
		message string
		class   error
		is      func(error) bool
	}{
		{400, "Bad.", llm.ErrInvalid, llms.IsInvalidRequestError},
		{400, "This model's maximum context length is 1048576 tokens.", llm.ErrTooLong, llms.IsTokenLimitError},
		{400, "Content Exists Risk", llm.ErrFiltered, llms.IsContentFilterError},
		{401, "", llm.ErrAuth, llms.IsAuthenticationError},
		{402, "", llm.ErrBalance, llms.IsQuotaExceededError},
		{403, "", llm.ErrForbidden, llms.IsAuthenticationError},
		{404, "", llm.ErrInvalid, func(err error) bool { return errors.Is(err, &llms.Error{Code: llms.ErrCodeResourceNotFound}) }},
		{422, "", llm.ErrInvalid, llms.IsInvalidRequestError},
		{429, "", llm.ErrRateLimit, llms.IsRateLimitError},
		{500, "", llm.ErrUnavailable, llms.IsProviderUnavailableError},
		{503, "", llm.ErrOverload, llms.IsProviderUnavailableError},
	} {
		reply := deepseektest.Reply{Status: tt.status, Message: tt.message, RetryAfter: 7 * time.Second}
		server := deepseektest.NewServer(t, reply, reply, reply)
		model := client(server)

		_, err := model.GenerateContent(t.Context(), human("Hello."))
		if !errors.Is(err, tt.class) || !tt.is(err) {
			t.Errorf("%d: LLM: got %v, want %v", tt.status, err, tt.class)
			continue
		}
		e, ok := errors.AsType[*llms.Error](err)
		if !ok || e.Provider != "deepseek" || e.Details["status"] != tt.status || e.Details["retry_after"] != 7*time.Second {
			t.Errorf("%d: LLM: got %+v", tt.status, e)
		}
		if strings.Count(err.Error(), "deepseek: ") != 1 {
			t.Errorf("%d: LLM: the error reads %q", tt.status, err)
		}

		_, err = llm.Generate(t.Context(), &langchaingo.Model{LLM: model}, llm.Prompt("Hello."))
		if ours, ok := errors.AsType[*llm.Error](err); !errors.Is(err, tt.class) || !ok || ours.Status != tt.status || ours.RetryAfter != 7*time.Second {
			t.Errorf("%d: there and back: got %v, want %v", tt.status, err, tt.class)
		}

		theirs, err := openai.New(openai.WithBaseURL(server.URL()), openai.WithToken("sk-test"), openai.WithModel("deepseek-flash"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = llm.Generate(t.Context(), &langchaingo.Model{LLM: theirs}, llm.Prompt("Hello."))
		if ours, ok := errors.AsType[*llm.Error](err); !errors.Is(err, tt.class) || !ok || ours.Status != tt.status || tt.message != "" && !strings.Contains(ours.Message, tt.message) {
			t.Errorf("%d: Model: got %v, want %v", tt.status, err, tt.class)
		}
	}
}

// failing is a model of langchaingo that fails.
func failing(err error) llms.Model {
	return modelFunc(func(context.Context, []llms.MessageContent, llms.CallOptions) (*llms.ContentResponse, error) {
		return nil, err
	})
}

func TestErrorsOfTheirs(t *testing.T) {
	for _, tt := range []struct {
		err       error
		class     error
		status    int
		provider  string
		temporary bool
	}{
		{llms.NewError(llms.ErrCodeRateLimit, "acme", "slow down"), llm.ErrRateLimit, 0, "acme", true},
		{fmt.Errorf("wrapped: %w", llms.NewError(llms.ErrCodeTokenLimit, "", "too much")), llm.ErrTooLong, 0, "langchaingo", false},
		{llms.NewError(llms.ErrCodeAuthentication, "acme", "no"), llm.ErrAuth, 0, "acme", false},
		{llms.NewError(llms.ErrCodeInvalidRequest, "acme", "no"), llm.ErrInvalid, 0, "acme", false},
		{llms.NewError(llms.ErrCodeResourceNotFound, "acme", "no"), llm.ErrInvalid, 0, "acme", false},
		{llms.NewError(llms.ErrCodeNotImplemented, "acme", "no"), llm.ErrInvalid, 0, "acme", false},
		{llms.NewError(llms.ErrCodeQuotaExceeded, "acme", "pay"), llm.ErrBalance, 0, "acme", false},
		{llms.NewError(llms.ErrCodeContentFilter, "acme", "no"), llm.ErrFiltered, 0, "acme", false},
		{llms.NewError(llms.ErrCodeProviderUnavailable, "acme", "no"), llm.ErrUnavailable, 0, "acme", true},
		{llms.NewError(llms.ErrCodeTimeout, "acme", "no"), llm.ErrUnavailable, 0, "acme", true},
		{llms.NewError(llms.ErrCodeUnknown, "acme", "status code: 503: busy"), llm.ErrOverload, 503, "acme", true},
		{errors.New("API returned unexpected status code: 429: slow down"), llm.ErrRateLimit, 429, "langchaingo", true},
		{errors.New("googleapi: Error 403: no"), llm.ErrForbidden, 403, "langchaingo", false},
		{errors.New("status 502"), llm.ErrUnavailable, 502, "langchaingo", true},
		{errors.New("network error: failed to reach API server"), llm.ErrUnavailable, 0, "langchaingo", true},
		{errors.New("error reading streaming response: unexpected EOF"), llm.ErrTruncated, 0, "langchaingo", true},
		{errors.New("role x not supported"), llm.ErrInvalid, 0, "langchaingo", false},
		{errors.New("something else, with 429 words"), nil, 0, "langchaingo", false},
	} {
		_, err := llm.Generate(t.Context(), &langchaingo.Model{LLM: failing(tt.err)}, llm.Prompt("Hello."))
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || !errors.Is(err, tt.err) {
			t.Errorf("%v: got %v", tt.err, err)
			continue
		}
		if tt.class != nil && !errors.Is(err, tt.class) || e.Status != tt.status || e.Provider != tt.provider || e.Temporary() != tt.temporary {
			t.Errorf("%v: got %v of %s with status %d, temporary %v; want %v of %s with status %d, temporary %v",
				tt.err, err, e.Provider, e.Status, e.Temporary(), tt.class, tt.provider, tt.status, tt.temporary)
		}
	}
}

// Errors of Hadal that are no llm.Error are theirs too.
func TestErrorsOfOurs(t *testing.T) {
	odd := errors.New("odd")
	for _, tt := range []struct {
		err  error
		code llms.ErrorCode
	}{
		{odd, llms.ErrCodeUnknown},
		{&llm.Error{Err: odd}, llms.ErrCodeUnknown},
		{&llm.Error{Err: llm.ErrBudget}, llms.ErrCodeQuotaExceeded},
		{&llm.Error{Err: llm.ErrStalled}, llms.ErrCodeProviderUnavailable},
		{&llm.Error{Err: llm.ErrProtocol}, llms.ErrCodeUnknown},
		{&llm.Error{Err: fmt.Errorf("%w: %w", llm.ErrInvalid, llm.ErrTooLong)}, llms.ErrCodeTokenLimit},
	} {
		model := &langchaingo.LLM{Model: &llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) { return nil, tt.err }}}
		_, err := model.GenerateContent(t.Context(), human("Hello."))
		e, ok := errors.AsType[*llms.Error](err)
		if !ok || e.Code != tt.code || !errors.Is(err, tt.err) {
			t.Errorf("%v: got %v, want code %s", tt.err, err, tt.code)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: it is a context's error", tt.err)
		}
	}
}

func TestErrorSecrets(t *testing.T) {
	for _, text := range []string{
		`Post "https://example.org/v1/models?key=SECRETSECRET&alt=sse": refused`,
		"Incorrect API key provided: sk-SECRETSECRET.",
		"header Authorization: Bearer SECRETSECRET",
		"bad key AIzaSECRETSECRET",
	} {
		_, err := llm.Generate(t.Context(), &langchaingo.Model{LLM: failing(errors.New(text))}, llm.Prompt("Hello."))
		for _, form := range []string{"%v", "%+v", "%s", "%q"} {
			if s := fmt.Sprintf(form, err); strings.Contains(s, "SECRET") {
				t.Errorf("%s: %s", form, s)
			}
		}
	}
	_, err := llm.Generate(t.Context(), &langchaingo.Model{LLM: failing(errors.New(strings.Repeat("é", 5000)))}, llm.Prompt("Hello."))
	if n := len(err.Error()); n > 1200 {
		t.Errorf("an error of %d bytes", n)
	}
}
