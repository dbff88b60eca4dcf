package agent

import (
	"context"
	"sync"
)

// A meter bounds what agents use that are tools of another, and adds it up. A nil meter
// has no bounds.
type meter struct {
	outer                *meter
	calls, tools, tokens bound

	mu   sync.Mutex
	used Used           // with what is reserved
	runs map[string]int // that were started in a call, by ID
}

// A bound is how much there is. The zero value is no bound.
type bound struct {
	set bool
	max int
}

// left returns what is left of a limit.
func left(limit, used int) bound {
	if limit <= 0 {
		return bound{}
	}
	return bound{true, max(limit-used, 0)}
}

func (b bound) passed(n int) bool { return b.set && n > b.max }

// A bill is a reservation.
type bill struct {
	meter    *meter
	reserved Used
}

// reserve takes u from m and all around it, or returns which limit forbids it.
func (m *meter) reserve(u Used) (bill, error) {
	for at := m; at != nil; at = at.outer {
		if err := at.take(u); err != nil {
			for back := m; back != at; back = back.outer {
				back.give(u)
			}
			return bill{}, err
		}
	}
	return bill{m, u}, nil
}

// settle puts what was used in the place of what was reserved.
func (b bill) settle(u Used) {
	for at := b.meter; at != nil; at = at.outer {
		at.give(b.reserved)
		at.mu.Lock()
		at.used = at.used.add(u)
		at.mu.Unlock()
	}
}

func (m *meter) take(u Used) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := m.used.add(u)
	switch {
	case u.Calls > 0 && m.calls.passed(sum.Calls):
		return &LimitError{Limit: "calls", Max: int64(m.calls.max), Outer: true}
	case u.Tools > 0 && m.tools.passed(sum.Tools):
		return &LimitError{Limit: "tools", Max: int64(m.tools.max), Outer: true}
	case u.Calls > 0 && m.tokens.passed(sum.Usage.Total()):
		return &LimitError{Limit: "tokens", Max: int64(m.tokens.max), Outer: true}
	}
	m.used = sum
	return nil
}

// give takes back a reservation.
func (m *meter) give(u Used) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used.Calls -= u.Calls
	m.used.Tools -= u.Tools
	m.used.Usage.Input -= u.Usage.Input
}

// next counts the runs with that ID that are started in a call.
func (m *meter) next(id string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.runs == nil {
		m.runs = make(map[string]int)
	}
	m.runs[id]++
	return m.runs[id]
}

// total returns what was used.
func (m *meter) total() Used {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

type meterKey struct{}

func withMeter(ctx context.Context, m *meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// meterOf returns the meter of the agent that ctx is within, or nil.
func meterOf(ctx context.Context) *meter {
	m, _ := ctx.Value(meterKey{}).(*meter)
	return m
}
