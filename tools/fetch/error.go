package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hadal-go/hadal/tools/egress"
)

var (
	// ErrRobots is the class of refusals by robots.txt.
	ErrRobots = errors.New("robots.txt forbids to read it")
	// ErrType is the class of answers that are no text.
	ErrType = errors.New("it is not text")
	// ErrStatus is the class of answers with a status other than 2xx.
	ErrStatus = errors.New("the server refused")
)

// An Error says why a page could not be read, or not to its end.
type Error struct {
	URL        string        // without a password; empty if it could not be parsed
	Status     int           // of the answer; 0 if there was none
	Type       string        // the media type of the answer, if there was one
	Size       int64         // of its body, as the server says; -1 or 0 if it does not
	RetryAfter time.Duration // that the server asked for with 429 or 503; 0 if it did not
	Err        error         // the cause
}

// Error tells it in a sentence that a model can act on.
func (e *Error) Error() string {
	s := "fetch: "
	if e.URL != "" {
		s = "fetch " + e.URL + ": "
	}
	switch {
	case errors.Is(e.Err, ErrType):
		s += "it is not text but " + e.Type
		if e.Size > 0 {
			s += fmt.Sprintf(" of %d bytes", e.Size)
		}
		return s + ", which cannot be read"
	case errors.Is(e.Err, ErrStatus):
		s += "the server answered " + strconv.Itoa(e.Status)
		if text := http.StatusText(e.Status); text != "" {
			s += " " + text
		}
		if e.RetryAfter > 0 {
			s += ", try again in " + e.RetryAfter.String()
		}
		return s
	}
	return s + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same page may well be read later. It is false
// for refusals, for what is no text, and for a status that blames the request.
func (e *Error) Temporary() bool {
	switch {
	case e.URL == "", errors.Is(e.Err, egress.ErrDenied), errors.Is(e.Err, ErrRobots), errors.Is(e.Err, ErrType):
		return false
	case errors.Is(e.Err, ErrStatus):
		return e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout
	}
	return true
}

// A failure tells of a cause in words that hold nothing of the network that the
// program is in, such as its own address or that of its name server: who reads
// them may be a model that tells others.
type failure struct {
	text string
	err  error
}

func (e *failure) Error() string { return e.text }
func (e *failure) Unwrap() error { return e.err }

// cause returns why a request or the reading of its answer failed.
func (f *Fetcher) cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the URL is told already
	}
	name, unresolved := errors.AsType[*net.DNSError](err)
	op, broken := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, egress.ErrDenied), errors.Is(err, ErrRobots), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{"the connection broke off", err}
	case unresolved && name.IsNotFound:
		return &failure{"there is no host of the name " + name.Name, err}
	case unresolved:
		return &failure{"the name " + name.Name + " could not be resolved", err}
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{"it took longer than " + f.timeout().String(), err}
	case broken:
		return &failure{"the connection failed: " + op.Err.Error(), err}
	}
	return &failure{oneLine(err.Error(), 300), err} // it may quote the server
}
