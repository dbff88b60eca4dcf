package egress

import (
	"errors"
	"net/netip"
	"strings"
	"unicode"
)

// ErrDenied is the class of every [Error].
var ErrDenied = errors.New("egress denied")

// An Error is the refusal to connect to something.
type Error struct {
	Host   string     // as it was asked for; empty if only an address was
	Addr   netip.Addr // that was refused; invalid if it did not come to one
	Reason string     // a clause about the host
}

// Error says what was refused and why. It does not say which address a name
// leads to, which whoever chose the name may not be meant to learn.
func (e *Error) Error() string {
	what := e.Host
	if what == "" && e.Addr.IsValid() {
		what = e.Addr.String()
	}
	what = strings.Map(func(r rune) rune { // a redirect may have chosen it
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, what)
	if len(what) > 100 {
		what = strings.ToValidUTF8(what[:100], "") + "…"
	}
	if what == "" {
		return "may not connect: " + e.Reason
	}
	return "may not connect to " + what + ": " + e.Reason
}

// Unwrap returns [ErrDenied].
func (e *Error) Unwrap() error { return ErrDenied }

// Temporary returns false: to try again is no use.
func (e *Error) Temporary() bool { return false }

func refuse(host, reason string) *Error { return &Error{Host: host, Reason: reason} }
