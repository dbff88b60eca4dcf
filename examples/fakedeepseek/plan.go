package main

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/hadal-go/hadal/llm/deepseek/deepseektest"
)

// A plan is the faults of a server. As a flag, it takes one more each time.
type plan struct {
	faults []fault
	wires  [][]byte // the bodies, by fault

	mu    sync.Mutex
	count []int // requests to the path, by fault
}

// Set implements [flag.Value].
func (p *plan) Set(spec string) error {
	f, err := parseFault(spec)
	if err != nil {
		return err
	}
	body := []byte(f.wire)
	if name, ok := strings.CutPrefix(f.wire, "@"); ok {
		if body, err = os.ReadFile(name); err != nil {
			return fmt.Errorf("wire: %w", err)
		}
	}
	p.faults = append(p.faults, f)
	p.wires = append(p.wires, body)
	p.count = append(p.count, 0)
	return nil
}

// String implements [flag.Value].
func (p *plan) String() string {
	var list []string
	for _, f := range p.faults {
		list = append(list, f.String())
	}
	return strings.Join(list, " ")
}

// pick counts a request and returns which fault it gets, or -1. Each fault
// counts the requests to its path, whether it or another one gets them; the
// first that fits is the one.
func (p *plan) pick(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	picked := -1
	for i := range p.faults {
		f := &p.faults[i]
		if !f.at(path) {
			continue
		}
		p.count[i]++
		if picked < 0 && f.hits(p.count[i]) {
			picked = i
		}
	}
	return picked
}

// over returns a script that is reply with the faults of the plan.
func (p *plan) over(reply deepseektest.Reply) deepseektest.Reply {
	return deepseektest.Reply{Func: func(r deepseektest.Request) deepseektest.Reply {
		answer := reply
		if answer.Func != nil {
			answer = answer.Func(r)
		}
		i := p.pick(plainPath(r.Path))
		if i < 0 {
			return answer
		}
		note(r.Context(), &p.faults[i])
		return p.faults[i].over(answer, p.wires[i])
	}}
}
