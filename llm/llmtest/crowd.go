package llmtest

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/hadal-go/hadal/llm"
)

const (
	crowd = 50 // goroutines that make requests at the same time
	each  = 3  // requests of each
)

// crowd makes many requests at the same time. Some of them are given up half way,
// which must be nothing to the others. They share their requests, so that the
// race detector sees if one is written to.
func (p *probe) crowd() {
	shared := map[bool]*llm.Request{false: p.request(false), true: p.request(true)}
	parts := make([]probe, crowd)
	var wg sync.WaitGroup
	for i := range parts {
		own := &parts[i]
		*own = *p
		wg.Go(func() {
			for n := range each {
				if own.member(shared[n%2 == 1], (i+n)%5); len(own.findings) > 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	for i := range parts {
		if f := parts[i].findings; len(f) > 0 {
			p.fail(f[0].rule, "of %d goroutines that make requests at the same time, one finds: %s", crowd, f[0].how)
			return
		}
	}
}

// member makes one of many requests.
func (p *probe) member(req *llm.Request, kind int) {
	switch kind {
	case 3:
		p.stream(p.ctx, req, func(n int, _ *llm.Chunk) bool { return n < 2 })
	case 4:
		ctx, cancel := context.WithCancelCause(p.ctx)
		defer cancel(nil)
		p.stream(ctx, req, func(int, *llm.Chunk) bool { cancel(errCause); return true })
	default:
		if s := p.stream(p.ctx, req, nil); s != nil {
			p.expect(s, ruleConcurrent)
		}
	}
}

// nested receives several replies in turn, a chunk of each at a time, as if each
// request were made in the loop of the one before.
func (p *probe) nested() {
	const depth = 4
	streams := make([]*stream, depth)
	done := make(chan *finding, 1)
	go func() { done <- nest(p, streams) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case f := <-done:
		if f != nil {
			p.findings = append(p.findings, *f)
			return
		}
	case <-timer.C:
		p.fail(ruleConcurrent, "%d replies were received a chunk of each at a time, and after %v the model still waits for something", depth, patience)
		return
	}
	for _, s := range streams {
		s.check()
		if s.finding != nil {
			s.finding.rule = ruleConcurrent
		}
		if p.accept(s) == nil || !p.expect(s, ruleConcurrent) {
			return
		}
	}
}

// nest fills streams with replies of the model.
func nest(p *probe, streams []*stream) (f *finding) {
	defer func() {
		if r := recover(); r != nil {
			f = &finding{ruleConcurrent, fmt.Sprintf("several replies were received a chunk of each at a time, and the model panicked: %v", r)}
		}
	}()
	next := make([]func() (*llm.Chunk, error, bool), len(streams))
	for i := range streams {
		streams[i] = new(stream)
		n, stop := iter.Pull2(p.model.Stream(p.ctx, p.request(false)))
		defer stop()
		next[i] = n
	}
	for open := len(streams); open > 0; {
		for i, s := range streams {
			if next[i] == nil {
				continue
			}
			c, err, ok := next[i]()
			if ok {
				ok = s.yield(c, err)
			}
			if !ok {
				next[i] = nil
				open--
			}
		}
	}
	return nil
}
