package tools

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ErrUnknown is the error of a call of a tool that is not in the set, see
// [Outcome.Cause].
var ErrUnknown = errors.New("no such tool")

// ErrApproval is the error of a call that a person has to approve of, by [Policy].Approve,
// and that was made without [Approved], see [Outcome.Cause].
var ErrApproval = errors.New("the call needs the approval of a person, and nobody was asked")

// Fatal returns an error that ends the run of which a call is part, instead of being
// shown to the model: an account is closed, a disk is full. It wraps err and has its
// text. If err is nil, so is the result. An error that wraps a Fatal one is fatal.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &fatalError{err}
}

type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// Again returns an error that asks the model to try once more, in the words of msg. The
// model sees them as they are, where other errors are announced as such.
func Again(msg string) error { return &againError{msg} }

type againError struct{ msg string }

func (e *againError) Error() string { return e.msg }

// A timeoutError is why a call ended whose time was over.
type timeoutError struct {
	after time.Duration
	reads bool // the tool changes nothing
}

func (e *timeoutError) Error() string {
	text := "the tool did not finish within " + e.after.String()
	if e.reads {
		return text + ": ask it for less, or do without it"
	}
	return text + ": it may have done some or all of its work, so find out before calling it again"
}

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// textOf returns what the model is told of an error.
func textOf(err error) string {
	text := withoutSecrets(err)
	if _, ok := errors.AsType[*againError](err); ok {
		return text
	}
	if strings.TrimSpace(text) == "" {
		text = fmt.Sprintf("the tool failed with an error that says nothing (%T)", err)
	}
	return "error: " + text
}

// withoutSecrets returns the text of err. The addresses in errors of package net/url,
// which clients of HTTP return, lose what often is a key: user, query and fragment.
func withoutSecrets(err error) string {
	text := err.Error()
	for e := range urlErrors(err) {
		if shown := bare(e.URL); shown != e.URL {
			text = strings.ReplaceAll(text, strconv.Quote(e.URL), strconv.Quote(shown))
			text = strings.ReplaceAll(text, e.URL, shown)
		}
	}
	return text
}

// bare returns an address without user, query and fragment, and with a mark if there
// were any.
func bare(address string) string {
	if !strings.ContainsAny(address, "@?#") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "…"
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	u.ForceQuery = false
	return u.String() + "?…"
}

// urlErrors ranges over the errors of package net/url in err.
func urlErrors(err error) iter.Seq[*url.Error] {
	return func(yield func(*url.Error) bool) { walk(err, yield) }
}

func walk(err error, yield func(*url.Error) bool) bool {
	if e, ok := err.(*url.Error); ok && e.URL != "" && !yield(e) {
		return false
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), yield)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if !walk(err, yield) {
				return false
			}
		}
	}
	return true
}

// IsFatal reports whether err is, or wraps, an error of [Fatal].
func IsFatal(err error) bool {
	_, ok := errors.AsType[*fatalError](err)
	return ok
}
