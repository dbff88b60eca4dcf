package deepseek

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek/internal/wire"
)

// A MarkupError is wrapped by the error of a reply that has a tool call in its
// text, as the markup that models write, which cannot be made a call: see
// [Client.Stream]. That error is [llm.ErrProtocol] and has the code tool_markup. It
// is a temporary one, as another attempt may do. Its text does not repeat what the
// model wrote, so that it may be logged.
type MarkupError struct {
	Markup string // what the model wrote, but for secrets of the client
	Err    error  // why it is no call
}

// Error says why it is no call.
func (e *MarkupError) Error() string {
	return "a tool call was left in the text of the reply, as markup, and cannot be made one: " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *MarkupError) Unwrap() error { return e.Err }

// Is reports whether target is [llm.ErrUnavailable]: the provider has failed to
// read what its model wrote.
func (e *MarkupError) Is(target error) bool { return target == llm.ErrUnavailable }

// markup returns the error of a reply with markup in its text.
func (c *Client) markup(resp *http.Response, leak *wire.LeakError) *llm.Error {
	err := &MarkupError{Markup: c.scrub(leak.Markup, resp), Err: errors.New(c.scrub(leak.Error(), resp))}
	e := c.errorOf(resp, "", fmt.Errorf("%w: %w", llm.ErrProtocol, err))
	e.Code = "tool_markup"
	return e
}
