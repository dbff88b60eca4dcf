package main

import (
	"fmt"
	"iter"
	"strings"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/output"
)

// A live shows a value while it grows: on a terminal always in the same place, and
// elsewhere each field in a line, as soon as the next one begins.
type live struct {
	screen *demo.Screen
	redraw bool
	lines  int             // that are drawn
	told   map[string]bool // parts that are written, by name
}

// watch shows the values of a stream, and returns the last.
func watch[T record](values iter.Seq2[*output.Partial[T], error], l *live) (*output.Result[T], error) {
	attempt := 1
	for p, err := range values {
		if err != nil {
			l.erase()
			return nil, err
		}
		if p.Attempt > attempt {
			l.erase()
			l.screen.Printf("  (request %d: it starts over)\n", p.Attempt)
			attempt = p.Attempt
		}
		if p.Done {
			l.erase()
			return p.Result, nil
		}
		l.show(p.Value.fields())
	}
	return nil, fmt.Errorf("the stream ended without a value")
}

// columns is how much of a line is shown while it is drawn again and again: what
// a terminal breaks into two could not be erased.
const columns = 79

func (l *live) show(fields []field) {
	if !l.redraw {
		l.tell(fields)
		return
	}
	l.erase()
	for line := range strings.Lines(describe(fields)) {
		l.screen.Printf("%s\n", cut(strings.TrimRight(line, "\n"), columns))
		l.lines++
	}
}

// erase removes what is drawn, and begins again.
func (l *live) erase() {
	if l.lines > 0 {
		l.screen.Printf("\x1b[%dA\x1b[J", l.lines)
	}
	if len(l.told) > 0 {
		l.screen.Printf("\n")
	}
	l.lines, l.told = 0, nil
}

// tell writes the parts that are complete: those before the one that grows.
func (l *live) tell(fields []field) {
	var parts []field
	for _, f := range fields {
		if f.table == nil && f.value != "" {
			parts = append(parts, f)
		}
		if f.table != nil {
			for i, row := range f.table.rows {
				parts = append(parts, field{name: fmt.Sprintf("%s %d", f.name, i+1), value: strings.Join(row, " | ")})
			}
		}
	}
	if l.told == nil {
		l.told = make(map[string]bool)
	}
	for _, p := range parts[:max(0, len(parts)-1)] {
		if !l.told[p.name] {
			l.told[p.name] = true
			l.screen.Printf("  … %s: %s\n", p.name, printable(p.value))
		}
	}
}
