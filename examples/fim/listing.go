package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/hadal-go/hadal/examples/internal/demo"
	"github.com/hadal-go/hadal/llm"
)

// around is how many lines are shown on either side of the gap.
const around = 4

// A listing shows text with the numbers of its lines. Those with what was filled
// in are marked.
type listing struct {
	w    io.Writer
	line int  // the number of the line
	mark bool // what is shown is the gap's
	open bool // the line has been begun
	err  error
}

// Write shows text. It implements [io.Writer], which a [demo.Screen] cleans up
// the text for.
func (l *listing) Write(text []byte) (int, error) {
	for part := range strings.Lines(string(text)) {
		if !l.open {
			mark := ' '
			if l.mark {
				mark = '>'
			}
			l.printf("%c %4d | ", mark, l.line)
		}
		l.printf("%s", part)
		l.open = !strings.HasSuffix(part, "\n")
		if !l.open {
			l.line++
		}
	}
	return len(text), l.err
}

func (l *listing) printf(format string, args ...any) {
	_, err := fmt.Fprintf(l.w, format, args...)
	l.err = cmp.Or(l.err, err)
}

// show shows what was filled in.
func (l *listing) show(text string) {
	demo.NewScreen(l).Show(&llm.Chunk{Text: strings.ReplaceAll(text, "\r\n", "\n")})
}

// before shows the lines before the gap, and the beginning of its own.
func (l *listing) before(text string) {
	lines := strings.SplitAfter(text, "\n")
	own := lines[len(lines)-1]
	lines = lines[max(0, len(lines)-1-around) : len(lines)-1]
	l.line -= len(lines)
	l.show(strings.Join(lines, ""))
	l.mark = true
	l.show(own)
	if !l.open { // the gap is at the beginning of its line
		l.printf("> %4d | ", l.line)
		l.open = true
	}
}

// after shows the end of the gap's line, and the lines after it.
func (l *listing) after(text string) {
	lines := strings.SplitAfter(text, "\n")
	l.show(lines[0])
	l.end()
	l.mark = false
	l.show(strings.Join(lines[1:min(len(lines), 1+around)], ""))
	l.end()
}

// end ends the line, if there is one.
func (l *listing) end() {
	if l.open {
		l.printf("\n")
		l.open = false
		l.line++
	}
}
