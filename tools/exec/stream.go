package exec

import (
	"io"
	"os"
	osexec "os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// streams are the pipes to and from a program.
type streams struct {
	in       *os.File // to write to, or nil
	out, err tail
	theirs   []*os.File // the ends of the program
	written  atomic.Int64
	flood    chan struct{} // closed when too much was written
	copying  sync.WaitGroup
}

// open makes the pipes and gives their ends to cmd.
func (s *streams) open(b *built, cmd *osexec.Cmd, input string) error {
	s.flood = make(chan struct{})
	count := func(n int) {
		if total := s.written.Add(int64(n)); b.maxWritten > 0 && total > b.maxWritten && total-int64(n) <= b.maxWritten {
			close(s.flood)
		}
	}
	for _, t := range []*tail{&s.out, &s.err} {
		r, w, err := os.Pipe()
		if err != nil {
			s.close()
			return err
		}
		t.from, t.most, t.count = r, b.maxOutput, count
		s.theirs = append(s.theirs, w)
	}
	cmd.Stdout, cmd.Stderr = s.theirs[0], s.theirs[1]
	if input == "" {
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		s.close()
		return err
	}
	s.in, cmd.Stdin, s.theirs = w, r, append(s.theirs, r)
	return nil
}

// copy lets go of the ends of the program and begins to read and write.
func (s *streams) copy(input string) {
	closeAll(s.theirs)
	s.theirs = nil
	for _, t := range []*tail{&s.out, &s.err} {
		s.copying.Go(func() { io.Copy(t, t.from) }) // it ends with the pipe, or when that is closed
	}
	if s.in != nil {
		s.copying.Go(func() {
			io.Copy(s.in, strings.NewReader(input)) // a program need not read it all
			s.in.Close()
		})
	}
}

// finish waits for the rest of the output of a program that is gone, but not longer than
// most. It reports whether somebody still holds a pipe.
func (s *streams) finish(most time.Duration) (held bool) {
	done := make(chan struct{})
	go func() {
		s.copying.Wait()
		close(done)
	}()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		held = true
	}
	s.close()
	<-done
	return held
}

// close closes all pipes.
func (s *streams) close() {
	closeAll(append(s.theirs, s.in, s.out.from, s.err.from))
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
