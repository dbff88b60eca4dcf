package chain

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// A Panic is what a step panicked with that ran at once with others, by [Parallel],
// [Join], [Race], [Map], [Each] or [EachSeq], or with the loop over a [Stream]. They
// cancel the other steps, wait for them, and panic with it in the goroutine that
// called them or ranges, so that whoever recovers from panics there recovers from
// this one too. A step that calls [runtime.Goexit], as t.FailNow of a test does, ends
// that goroutine likewise.
type Panic struct {
	Value any    // what the step called panic with; if it is an error, errors.Is and errors.As find it
	Stack []byte // of the goroutine of the step, as text
}

// Error returns the value and the stack.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Why a step is cancelled, as its context.Cause, where it is not another's error.
var (
	errWon  = cancelled("another step was faster")
	errGone = cancelled("another step did not return")
	errLeft = cancelled("the loop was left")
)

func cancelled(why string) error { return fmt.Errorf("chain: %s: %w", why, context.Canceled) }

// A caught is what a function ended with instead of returning.
type caught struct {
	panic *Panic // nil if it called runtime.Goexit
}

// guard runs f and hands to end what f ended with, which is nil if it returned.
//
// It takes a function, as a goroutine that ends by Goexit never comes back from
// guard. After a panic it does.
func guard(f func(), end func(*caught)) {
	returned := false
	defer func() {
		if returned {
			end(nil)
			return
		}
		c := new(caught)
		if v := recover(); v != nil {
			if p, ok := v.(*Panic); ok { // of a step inside: its stack is the one to see
				c.panic = p
			} else {
				c.panic = &Panic{Value: v, Stack: debug.Stack()}
			}
		}
		end(c)
	}()
	f()
	returned = true
}

// rethrow ends the goroutine that calls it as c says. On nil it does nothing.
func (c *caught) rethrow() {
	if c == nil {
		return
	}
	if c.panic == nil {
		runtime.Goexit()
	}
	panic(c.panic)
}
