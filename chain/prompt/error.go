package prompt

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Errors that an [*Error] may wrap; test for them with errors.Is.
var (
	ErrUnknown = errors.New("unknown name")          // a field, key, function, variable or partial that is not there
	ErrLimit   = errors.New("over a limit")          // see [Limits]
	ErrType    = errors.New("a value of wrong type") // such as a struct where text is wanted
	ErrSyntax  = errors.New("not a template")        // a text that does not parse
	ErrMissing = errors.New("a value is not there")  // a key of a map, an index, a nil pointer
)

// An Error says what is wrong with a template or its values, and where. It quotes
// the template, cut short, and never a value, so that it can be logged.
type Error struct {
	Name string // of the template or partial
	Line int    // from 1; 0 if it is about the whole
	Err  error  // what is wrong; wraps one of the Err variables, or the error of the context
}

// Error says where and what.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("prompt: %s: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("prompt: %s:%d: %v", e.Name, e.Line, e.Err)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// problem returns an error of a class, one of the Err variables.
func problem(class error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", class, fmt.Sprintf(format, args...))
}

// errMissing is what whoever knows the name makes the error of missing of.
var errMissing = errors.New("missing")

// missing returns the error of what is not there.
func missing(what fmt.Stringer) error {
	return problem(ErrMissing, "%s; test it with if or with, or give it a default", short(what.String()))
}

// maxQuote is how many characters of a template an error quotes.
const maxQuote = 80

// short returns s cut to what an error quotes.
func short(s string) string {
	if len(s) <= maxQuote {
		return s
	}
	for i, n := 0, 0; i < len(s); n++ {
		if n == maxQuote-1 {
			return s[:i] + "…"
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

// maxListed is how many names an error lists.
const maxListed = 25

// unknown returns the error of a name that is not among those that there are. The
// kind says what the names stand for, and prefix goes before each.
func unknown(kind, prefix, name string, names []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "there is no %s%s%s", kind, prefix, short(name))
	there := "; there is "
	if near := nearest(name, names); near != "" {
		fmt.Fprintf(&b, ", did you mean %s%s?", prefix, near)
		there = " There is "
	}
	if len(names) > 1 {
		there = strings.Replace(there, "is", "are", 1)
	}
	for i, n := range names {
		n = short(n)
		switch {
		case i == maxListed:
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			return problem(ErrUnknown, "%s", b.String())
		case i == 0:
			b.WriteString(there + prefix + n)
		default:
			b.WriteString(", " + prefix + n)
		}
	}
	return problem(ErrUnknown, "%s", b.String())
}

// nearest returns which of names is close enough to be what name was to be, or "".
func nearest(name string, names []string) string {
	if len(name) > maxQuote {
		return ""
	}
	best, found := 1+max(1, len(name)/3), ""
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return n
		}
		if d := distance(name, n, best); d < best {
			best, found = d, n
		}
	}
	return found
}

// distance returns how many letters have to be added, taken away, changed or
// swapped with the next to make b of a; or stop, if that is no less.
func distance(a, b string, stop int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= stop {
		return stop
	}
	above, row, below := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		below[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			below[j+1] = min(change, row[j+1]+1, below[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				below[j+1] = min(below[j+1], above[j-1]+1)
			}
		}
		above, row, below = row, below, above
	}
	return min(row[len(b)], stop)
}
