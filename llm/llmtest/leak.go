package llmtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
)

// leave leaves the loop after each of the chunks in turn, and then wants the
// whole reply.
func (p *probe) leave() {
	s := p.stream(p.ctx, p.request(false), nil)
	if s == nil || !p.expect(s, "") {
		return
	}
	p.hangs = ruleLeave
	for at := range len(s.chunks) {
		if p.stream(p.ctx, p.request(false), func(n int, _ *llm.Chunk) bool { return n <= at }) == nil {
			return
		}
	}
	if s = p.stream(p.ctx, p.request(false), nil); s != nil {
		p.expect(s, ruleLeave)
	}
}

// leaveByPanic leaves the loop with a panic.
func (p *probe) leaveByPanic() {
	p.hangs = rulePanic
	req, own := p.request(false), errors.New("the loop's own panic")
	s := p.receive(req, &stream{visit: func(int, *llm.Chunk) bool { panic(own) }}, func() iter.Seq2[*llm.Chunk, error] { return p.model.Stream(p.ctx, req) })
	if s == nil || p.accept(s) == nil {
		return
	}
	if s.panicked != own {
		p.fail(rulePanic, "the body of the loop panicked, and what came out of the loop is %v", s.panicked)
	}
}

// The requests of which a model might keep something: some to fill its pools,
// and then so many that it shows.
const (
	warmUp = 8
	rounds = 40
)

// leaveStalled leaves replies that go no further, again and again.
func (p *probe) leaveStalled() {
	p.hangs = ruleLeave
	p.leaks(ruleLeak, "left after the first chunk", func() bool {
		ctx, cancel := context.WithCancel(p.ctx)
		defer cancel()
		timer := time.AfterFunc(2*soon, cancel) // for a model that holds all chunks back
		return p.stream(ctx, p.request(false), func(int, *llm.Chunk) bool { timer.Stop(); return false }) != nil
	})
}

// lazy demands that a sequence that nobody ranges over is nothing.
func (p *probe) lazy() {
	p.hangs = ruleLazy
	p.leaks(ruleLazy, "never ranged over", func() bool {
		req := p.request(false)
		s := p.receive(req, new(stream), func() iter.Seq2[*llm.Chunk, error] {
			p.model.Stream(p.ctx, req)
			return func(func(*llm.Chunk, error) bool) {}
		})
		return s != nil && p.accept(s) != nil
	})
}

// leaks demands that after many rounds no more goroutines are left than after a
// few.
func (p *probe) leaks(r rule, how string, round func() bool) {
	var before int
	for i := range warmUp + rounds {
		if i == warmUp {
			before, _ = p.goroutines()
		}
		if !round() {
			return
		}
	}
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		now, most := p.goroutines()
		if now < before+rounds/2 {
			return
		}
		if wait > patience/3 {
			p.fail(r, "%d goroutines before %d requests that were %s, %d after; most of them, %s", before, rounds, how, now, most)
			return
		}
		time.Sleep(wait)
	}
}

// labelKey is the profiler label of all goroutines of a case.
const labelKey = "llmtest"

// goroutines returns how many goroutines have the probe's label, and where most
// of them are.
func (p *probe) goroutines() (n int, most string) {
	var profile strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return 0, err.Error()
	}
	label := fmt.Sprintf("%q:%q", labelKey, p.label)
	top := 0
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		head, stack, _ := strings.Cut(group, " @ ")
		labels, frames, _ := strings.Cut(stack, "\n#\t")
		if !strings.Contains(labels, "# labels: ") || !strings.Contains(labels, label) {
			continue
		}
		count, _ := strconv.Atoi(head[strings.LastIndexByte(head, '\n')+1:]) // the first group has a title
		if n += count; count > top {
			top, most = count, fmt.Sprintf("%d in\n#\t%s", count, frames)
		}
	}
	return n, most
}
