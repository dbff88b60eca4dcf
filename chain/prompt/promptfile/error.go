package promptfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hadal-go/hadal/chain/prompt"
)

// An Error says what is wrong with a prompt file, and where.
type Error struct {
	File string // the one that is wrong: the prompt's, or one that it includes
	Line int    // from 1, in that file; 0 if it is about the whole
	Err  error  // what is wrong: wraps one of the Err variables of package prompt, a *schema.Error, or the error of the file system
}

// Error says where and what.
func (e *Error) Error() string {
	s := "promptfile: " + short(e.File)
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// A flaw is an error of a kind, in words of its own.
type flaw struct {
	kind error // one of the Err variables of package prompt
	text string
}

func (f *flaw) Error() string { return f.text }
func (f *flaw) Unwrap() error { return f.kind }

// fail returns the error of a kind at a line of a file.
func fail(file string, line int, kind error, format string, args ...any) *Error {
	return &Error{file, line, &flaw{kind, fmt.Sprintf(format, args...)}}
}

// plain returns what is wrong without where, if that is in a *prompt.Error, which
// knows nothing of the file.
func plain(err error) error {
	if e, ok := errors.AsType[*prompt.Error](err); ok {
		return e.Err
	}
	return err
}

// short returns a text from a file as it can stand in a message: not long, and in
// quotes if there is anything odd in it.
func short(s string) string {
	if q := quoted(s); q[1:len(q)-1] != s {
		return q
	}
	return s
}

// quoted returns a text from a file in quotes, cut if it is long.
func quoted(s string) string {
	const most = 80
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}

// or returns s, or other if s is empty.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// among returns what to say of a word that is none of list: which of them it is like,
// if it is, and all of them after what leads to them.
func among(word, lead string, list []string) string {
	best, least := "", 1+max(1, (len(word)+2)/3) // 2 from four letters on: two that are swapped
	if len(word) <= 40 {
		for _, w := range list {
			if d := distance(word, w); d < least {
				best, least = w, d
			}
		}
	}
	all := lead + " " + strings.Join(list, ", ")
	if best == "" {
		return "; " + all
	}
	return ", did you mean " + best + "? " + strings.ToUpper(all[:1]) + all[1:]
}

// distance returns how many bytes have to be put in, left out or replaced to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0]++
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
