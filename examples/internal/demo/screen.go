package demo

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/hadal-go/hadal/llm"
)

// A Screen shows replies as they arrive: the reasoning, dimmed where the screen
// can do that, and the answer after it. The zero value is not usable.
type Screen struct {
	w     io.Writer
	color bool
	at    part  // what was shown last
	err   error // the first one of w
}

type part int

const (
	nothing part = iota
	reasoning
	answer
)

const (
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// NewScreen returns a screen that writes to w. It uses colors if w is a terminal,
// unless the user has set $NO_COLOR (see https://no-color.org).
func NewScreen(w io.Writer) *Screen {
	return &Screen{w: w, color: IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// IsTerminal reports whether w is a terminal, or a device that is much the same.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Printf writes text of the program.
func (s *Screen) Printf(format string, args ...any) {
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		s.err = cmp.Or(s.err, err)
	}
}

// Err returns the first error of writing.
func (s *Screen) Err() error { return s.err }

// Show shows the next piece of a reply.
func (s *Screen) Show(c *llm.Chunk) {
	if c.Reasoning != "" {
		if s.at != reasoning {
			s.at = reasoning
			s.style(dim)
			s.Printf("Reasoning: ")
		}
		s.Printf("%s", Printable(c.Reasoning))
	}
	if c.Text != "" {
		if s.at == reasoning {
			s.style(plain)
			s.Printf("\n\n")
		}
		s.at = answer
		s.Printf("%s", Printable(c.Text))
	}
}

// End ends a reply, whole or not: what is shown next begins on a line of its own.
func (s *Screen) End() {
	if s.at == reasoning {
		s.style(plain)
	}
	if s.at != nothing {
		s.Printf("\n")
	}
	s.at = nothing
}

// Bill shows what a reply took, below it.
func (s *Screen) Bill(u llm.Usage, elapsed time.Duration) {
	about := ""
	if u.Estimated {
		about = "about "
	}
	s.Printf("\n")
	s.style(dim)
	s.Printf("[%s%d tokens in, %d of them cached; %d out, %d of them reasoning; %v]", about, u.Input, u.Cached, u.Output, u.Reasoning, elapsed.Round(time.Millisecond))
	s.style(plain)
	s.Printf("\n\n")
}

func (s *Screen) style(code string) {
	if s.color {
		s.Printf("%s", code)
	}
}

// Printable removes what would command a terminal, not be shown on it: a model
// may write anything, and so may whoever wrote what it read.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
