package repair

import (
	"errors"
	"fmt"
)

// Errors of [Parse], to be told with [errors.Is]. Where a value was found, but
// does not satisfy the schema, the error is a [*schema.ValidationError] instead,
// and where a text is beyond the limits of package gate, a [*gate.Error].
var (
	ErrNoValue   = errors.New("no JSON value in the text")
	ErrAmbiguous = errors.New("the text can be read in several ways")
)

// An Error says why a text could not be read. Its message is fit for the model
// that wrote the text.
type Error struct {
	Offset int    // of the place, in bytes from the start of the text
	Detail string // what is the matter there, or ""
	Err    error  // ErrNoValue, ErrAmbiguous, a *schema.ValidationError or a *gate.Error
}

// Error returns the message, without the text.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v: %s", e.Err, e.Detail)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }
