package main

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"strings"
)

// An input is the lines that the user types. Nobody waits for the goroutine that reads
// them: a read from a terminal cannot be given up, and ends with the program.
type input struct {
	lines chan string
	err   error // once lines is closed
}

func newInput(r io.Reader) *input {
	in := &input{lines: make(chan string)}
	go func() {
		defer close(in.lines)
		s := bufio.NewScanner(r)
		s.Buffer(nil, 1<<20) // people paste documents
		for s.Scan() {
			in.lines <- s.Text()
		}
		in.err = s.Err()
	}()
	return in
}

// line returns the next line. The error is io.EOF at the end, or that of ctx.
func (in *input) line(ctx context.Context) (string, error) {
	select {
	case line, ok := <-in.lines:
		if !ok {
			return "", cmp.Or(in.err, io.EOF)
		}
		return strings.TrimSpace(line), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
