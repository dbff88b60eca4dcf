package schema

import (
	"slices"
	"strings"
)

// MaxFindings is how many findings a [ValidationError] has at most.
const MaxFindings = 20

// A Finding is one thing that is wrong with a value, in words that a model can
// act on. Of the value it shows at most 40 bytes.
type Finding struct {
	Pointer string // to the value, as of RFC 6901; "" is the whole
	Problem string // what is wrong: "is a string", "is missing"
	Want    string // what is expected: "a number of at least 0"; may be empty
}

// String returns the finding as a line: "/price: is missing, want a number".
func (f Finding) String() string {
	s := f.Pointer
	if s == "" {
		s = "(the whole)"
	}
	s += ": " + f.Problem
	if f.Want != "" {
		s += ", want " + f.Want
	}
	return s
}

// A ValidationError says how a value does not satisfy a schema.
type ValidationError struct {
	Findings []Finding // in the order of the value, at most MaxFindings
	More     bool      // there are others
}

// Error returns the findings, one a line.
func (e *ValidationError) Error() string {
	var b strings.Builder
	b.WriteString("the value does not satisfy the schema")
	for _, f := range e.Findings {
		b.WriteString("\n" + f.String())
	}
	if e.More {
		b.WriteString("\nand more")
	}
	return b.String()
}

// findings puts what was found in words for the caller.
func (w *walk) findings(list []found) *ValidationError {
	slices.SortStableFunc(list, func(a, b found) int { return int(a.at) - int(b.at) })
	e := new(ValidationError)
	for _, f := range list {
		pointer := w.pointer(f.at)
		if f.name != "" || f.fault == missing {
			pointer += "/" + escape(f.name)
		}
		next := Finding{Pointer: shorten(pointer, 400), Problem: f.problem, Want: f.want}
		switch {
		case slices.Contains(e.Findings, next):
		case len(e.Findings) == MaxFindings:
			e.More = true
		default:
			e.Findings = append(e.Findings, next)
		}
	}
	return e
}
