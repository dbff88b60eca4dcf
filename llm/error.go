package llm

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The ways in which a request can fail. Test for them with [errors.Is].
var (
	ErrAuth        = errors.New("authentication failed")                   // no key, or a wrong one
	ErrForbidden   = errors.New("access denied")                           // the key is right, but not for this
	ErrBalance     = errors.New("account out of credit")                   // pay first
	ErrInvalid     = errors.New("invalid request")                         // the request breaks a rule; sending it again is no use
	ErrTooLong     = errors.New("conversation exceeds the context window") // send less
	ErrFiltered    = errors.New("content refused by the provider")         // sending it again is no use
	ErrRateLimit   = errors.New("rate limited")                            // too many requests at once
	ErrOverload    = errors.New("provider overloaded")                     // also if it gives up in the middle of a reply
	ErrUnavailable = errors.New("provider unavailable")                    // it cannot be reached, or fails
	ErrTruncated   = errors.New("reply ended early")                       // the stream ended before the reply did; for Ask, also if a limit cut it
	ErrStalled     = errors.New("reply stalled")                           // nothing came for too long
	ErrProtocol    = errors.New("reply violates the protocol")             // not what the provider's API is documented to send
	ErrTooLarge    = errors.New("too large")                               // a request or a reply is over a limit in bytes
	ErrBudget      = errors.New("budget exhausted")                        // the caller's own limit
)

// An Error is a failure of a request. All fields but Err are optional.
type Error struct {
	Provider   string        // such as "deepseek"
	Status     int           // HTTP status code
	Code       string        // the provider's code for the failure
	Message    string        // what was wrong, and what to do: the provider's own words, or the adapter's; never a secret
	RequestID  string        // the provider's, for asking them
	RetryAfter time.Duration // how long the provider asked to wait
	NoRetry    bool          // trying again is no use, though it looks like it
	Usage      *Usage        // tokens of the failed attempt, if the provider said
	Err        error         // wraps one of the Err variables of this package, or a context's error, and any other cause, as by fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// Error describes the failure, in one line unless Err has several.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Provider != "" {
		b.WriteString(e.Provider + ": ")
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
	} else {
		b.WriteString("request failed")
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	var facts []string
	if e.Status != 0 {
		facts = append(facts, fmt.Sprintf("status %d", e.Status))
	}
	if e.Code != "" {
		facts = append(facts, "code "+e.Code)
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if e.RetryAfter != 0 {
		facts = append(facts, fmt.Sprintf("retry after %v", e.RetryAfter))
	}
	if facts != nil {
		b.WriteString(" (" + strings.Join(facts, ", ") + ")")
	}
	return b.String()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed if it is sent again.
// Parts of the reply may have been seen by then; [Retry] takes care not to
// repeat them.
func (e *Error) Temporary() bool {
	if e.NoRetry {
		return false
	}
	for _, target := range []error{ErrRateLimit, ErrOverload, ErrUnavailable, ErrTruncated, ErrStalled} {
		if errors.Is(e.Err, target) {
			return true
		}
	}
	return false
}

// truncated returns the error of a stream that just stops.
func truncated() error {
	return &Error{Message: "the model's stream ended with neither a finish nor an error", Err: ErrTruncated}
}

// nothing returns the error of a model that yields nil twice.
func nothing() error {
	return &Error{Message: "the model yielded neither a chunk nor an error, which breaks a rule of llm.Model: see llmtest.TestModel, which finds such mistakes", Err: ErrProtocol}
}
