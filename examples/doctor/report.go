package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// An outcome is how a check ended.
type outcome int

const (
	skipped outcome = iota
	ok
	attention
	wrong
)

// String returns the name of the outcome, as it stands in the report.
func (o outcome) String() string {
	return [...]string{"skipped", "ok", "attention", "wrong"}[o]
}

// A finding is a line of the report.
type finding struct {
	outcome outcome
	figure  string
	advice  string // what to do; may be empty
}

// A report writes findings, and counts them.
type report struct {
	w     io.Writer
	count [wrong + 1]int
	err   error // the first one of w
}

func (r *report) printf(format string, args ...any) {
	_, err := fmt.Fprintf(r.w, format, args...)
	r.err = cmp.Or(r.err, err)
}

// add writes the findings of a check.
func (r *report) add(check string, list ...finding) {
	for _, f := range list {
		r.count[f.outcome]++
		r.printf("%-9s  %-8s  %s\n", f.outcome, check, oneLine(f.figure))
		if f.advice != "" {
			r.printf("%-9s  %-8s  -> %s.\n", "", "", oneLine(f.advice))
		}
	}
}

// end writes the summary.
func (r *report) end() {
	var list []string
	for _, o := range []outcome{ok, attention, wrong, skipped} {
		if n := r.count[o]; n > 0 {
			list = append(list, fmt.Sprintf("%d %v", n, o))
		}
	}
	r.printf("\n%s\n", strings.Join(list, ", "))
}

// oneLine replaces what would break the report's lines, or command a terminal:
// some of it is what servers say.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
