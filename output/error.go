package output

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
)

// Why there is no value. Test for them with [errors.Is]; for failures of the model,
// there are those of package llm: [llm.ErrTruncated] is also a reply that the limit
// on tokens cut, and [llm.ErrFiltered] one that the provider held back.
var (
	ErrUnfit     = errors.New("the reply is not what was asked for")  // it does not satisfy the schema, or the checks of the type
	ErrLoop      = errors.New("the model repeats itself")             // an unfit reply came again, word for word, though the model was told what is wrong
	ErrBlank     = errors.New("the reply is blank")                   // as DeepSeek's JSON mode makes them at times
	ErrToolCalls = errors.New("the model calls tools of the request") // instead of answering
)

// An Error says why there is no value, and what was spent on it.
type Error struct {
	Text     string           // what was read last: the text of the reply, or the arguments of the output tool
	Findings []schema.Finding // what is wrong with it
	Attempts int              // requests that were sent, as in a Result
	Usage    llm.Usage        // of all of them
	Response *llm.Response    // the last reply, as far as it came; nil if there was none
	Err      error            // wraps one of the Err variables of this package or llm's, or a context's error
}

// Error says in a line what was wrong and what can be done. It quotes nothing of
// the reply but what is in the findings.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("output: ")
	if e.Attempts > 1 {
		fmt.Fprintf(&b, "after %d requests: ", e.Attempts)
	}
	b.WriteString(e.what())
	for i, f := range e.Findings {
		if i == maxShown {
			fmt.Fprintf(&b, "; and %d more", len(e.Findings)-i)
			break
		}
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(line(short(findingText(f))))
	}
	if advice := e.advice(); advice != "" {
		b.WriteString(": " + advice)
	}
	return b.String()
}

// maxShown is how many findings Error tells.
const maxShown = 3

// what returns what happened, without what the findings say.
func (e *Error) what() string {
	switch {
	case e.Err == nil:
		return "no value"
	case !errors.Is(e.Err, ErrUnfit):
		return e.Err.Error()
	case errors.Is(e.Err, ErrLoop):
		return ErrLoop.Error() + ", and " + ErrUnfit.Error()
	case errors.Is(e.Err, context.Canceled):
		return context.Canceled.Error() + ", while " + ErrUnfit.Error()
	case errors.Is(e.Err, context.DeadlineExceeded):
		return context.DeadlineExceeded.Error() + ", while " + ErrUnfit.Error()
	}
	return ErrUnfit.Error()
}

// advice returns what can be done, if the error does not say it.
func (e *Error) advice() string {
	switch {
	case errors.Is(e.Err, ErrToolCalls):
		return "run them, append their results, and ask again: see Generator.Generate"
	case errors.Is(e.Err, ErrBlank):
		return "ask again later, or in another Mode"
	case e.Attempts > 0 && errors.Is(e.Err, ErrUnfit):
		return "describe in the schema what is wanted there, or allow what came"
	}
	return ""
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// unfit returns the error of a reply that cause speaks against.
func unfit(cause error) error { return fmt.Errorf("%w: %w", ErrUnfit, cause) }

// cut returns the error of a reply that ended before its value did.
func cut(resp *llm.Response) error {
	message := "the reply was cut off by the limit on its tokens, which counts reasoning too: raise MaxTokens, or ask for less"
	if resp.Finish != llm.FinishLength {
		message = fmt.Sprintf("the reply ended as %q in the middle of the value: ask again later, or for less", resp.Finish)
	}
	return &llm.Error{
		Message: message,
		NoRetry: true, Usage: &resp.Usage, Err: llm.ErrTruncated,
	}
}

// filtered returns the error of a reply that the provider refused.
func filtered(resp *llm.Response) error {
	return &llm.Error{
		Message: fmt.Sprintf("the reply ended as %q: the provider or the model refuses to answer this", resp.Finish),
		Usage:   &resp.Usage, Err: llm.ErrFiltered,
	}
}

// findingText returns a finding in a line: "/total: is a string, want a number".
func findingText(f schema.Finding) string {
	text := f.Problem
	if f.Want != "" {
		text += ", want " + f.Want
	}
	if f.Pointer == "" {
		return text
	}
	return f.Pointer + ": " + text
}
