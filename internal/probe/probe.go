// Package probe is what conformance tests of stores have in common: cases that say what
// they have found, so that they can be tried on stores that are known to be broken, where
// a case that uses testing.T would fail the test.
package probe

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
)

// A Probe collects what a case finds. The zero value is ready; it is safe for concurrent
// use.
type Probe struct {
	mu    sync.Mutex
	found []string
}

// Run runs a case, which may end early by Fatalf or a panic, and returns what it found.
func (p *Probe) Run(run func()) []string {
	func() {
		defer p.recover()
		run()
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.found)
}

// recover makes of a panic something that was found.
func (p *Probe) recover() {
	switch v := recover().(type) {
	case nil, stop:
	default:
		p.Errorf("it must not panic: %v\n%s", v, debug.Stack())
	}
}

// A stop is the panic that ends a case.
type stop struct{}

// Errorf notes something that was found. Of many things it keeps three.
func (p *Probe) Errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.found) < 3 { // the same thing many times is no more
		p.found = append(p.found, fmt.Sprintf(format, args...))
	}
}

// Fatalf ends the case, or the goroutine of it that calls.
func (p *Probe) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	panic(stop{})
}

// Group runs f n times at once, and ends the case if one of them found something.
func (p *Probe) Group(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			defer p.recover()
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
	p.mu.Lock()
	bad := len(p.found) > 0
	p.mu.Unlock()
	if bad {
		panic(stop{})
	}
}
