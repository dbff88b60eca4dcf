package websearch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

// The ways in which a search can fail, besides those of package egress, of llm and of
// the context. Test for them with [errors.Is].
var (
	ErrQuery   = errors.New("the query is not valid")               // it breaks a rule: change it
	ErrBaseURL = errors.New("the base URL of the server is no use") // a mistake in the program, or its configuration
	ErrStatus  = errors.New("the server refused")                   // it answered with a status other than 200
	ErrReply   = errors.New("the reply is not one of SearXNG")      // it is not sound JSON with results, or too large
	ErrSilent  = errors.New("nothing was found, but not all engines answered")
)

// An Error says why a search failed. What a Web or a SearXNG fails by is one; engines
// of others have errors of their own, and [DeepSeek] has those of package llm.
type Error struct {
	Engine     string        // that failed, such as "SearXNG"; empty if it is the query
	Status     int           // of the answer; 0 if there was none
	RetryAfter time.Duration // that the server asked for; 0 if it did not
	Advice     string        // what was wrong in particular, or what to do; may be empty
	Err        error         // one of this package's, or the cause
}

// Error tells it in a sentence that a model, or a person whom it asks, can act on. It
// holds no URL, no header and nothing of what the server wrote.
func (e *Error) Error() string {
	s := "web search: "
	if e.Engine != "" {
		s += e.Engine + ": "
	}
	if e.Err == nil {
		s += "it failed"
	} else {
		s += e.Err.Error()
	}
	if e.Status != 0 {
		s += " with status " + strconv.Itoa(e.Status)
		if text := http.StatusText(e.Status); text != "" {
			s += " " + text
		}
	}
	if e.Advice != "" {
		s += ": " + e.Advice
	}
	if e.RetryAfter > 0 {
		s += "; try again in " + e.RetryAfter.String()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same search may well succeed later.
func (e *Error) Temporary() bool {
	switch {
	case errors.Is(e.Err, ErrQuery), errors.Is(e.Err, ErrBaseURL), errors.Is(e.Err, ErrReply), errors.Is(e.Err, egress.ErrDenied),
		errors.Is(e.Err, context.Canceled):
		return false
	case errors.Is(e.Err, ErrStatus):
		return e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout
	}
	return true
}

// A failure tells of a cause in words that hold nothing of the program or its network.
type failure struct {
	text string
	err  error
}

func (e *failure) Error() string { return e.text }
func (e *failure) Unwrap() error { return e.err }

// cause returns why a request or the reading of its answer failed, always in words of
// its own: those of err have addresses in them.
func cause(err error) error {
	name, unresolved := errors.AsType[*net.DNSError](err)
	op, broken := errors.AsType[*net.OpError](err)
	timeout, _ := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, egress.ErrDenied):
		return &failure{"it led to where the program may not connect", err}
	case unresolved && name.IsNotFound:
		return &failure{"there is no host of its name", err}
	case unresolved:
		return &failure{"its name could not be resolved", err}
	case errors.Is(err, context.DeadlineExceeded), timeout != nil && timeout.Timeout():
		return &failure{"it took too long", errors.Join(context.DeadlineExceeded, err)}
	case broken && op.Op == "dial":
		return &failure{"it cannot be reached", err}
	}
	return &failure{"the connection broke off", err}
}
