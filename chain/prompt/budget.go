package prompt

import (
	"context"
	"math"
)

// Limits bound what rendering takes, so that neither a template nor a value can
// make a prompt without end. Zero fields mean the defaults, negative ones that
// there is no limit. What is over a limit fails with [ErrLimit].
type Limits struct {
	// Output is how many bytes the text may have; default 8 MiB. It holds for
	// each text on the way there too: what a function returns, and what is in a
	// variable.
	Output int

	// Steps is how many actions are run, elements ranged over and functions
	// called; default 1,000,000. Functions count one more for each 64 bytes that
	// they go through, and json one for each value and each key of a map. A map
	// counts with all its elements at once, as their keys are put in order.
	Steps int
}

const (
	defaultOutput = 8 << 20
	defaultSteps  = 1_000_000
	boundless     = math.MaxInt / 2
)

// between is how many steps there are between looks at the context.
const between = 1000

// perStep is how many bytes of work are a step.
const perStep = 64

// A budget is what is left of the Limits of one rendering; the parts of a Chat share one.
type budget struct {
	ctx    context.Context
	most   int // bytes that a text on the way may have
	output int // bytes that are left
	limit  int // steps there were
	steps  int // steps that are left, besides those in hand
	hand   int // steps until the next look at the context
}

// newBudget returns what l allows.
func newBudget(ctx context.Context, l Limits) *budget {
	b := new(budget)
	b.reset(ctx, l)
	return b
}

func (b *budget) reset(ctx context.Context, l Limits) {
	output, steps := l.limits()
	*b = budget{ctx: ctx, most: output, output: output, limit: steps, steps: steps}
}

// limits returns the numbers that l means.
func (l Limits) limits() (output, steps int) {
	number := func(n, zero int) int {
		switch {
		case n < 0:
			return boundless
		case n == 0:
			return zero
		}
		return min(n, boundless)
	}
	return number(l.Output, defaultOutput), number(l.Steps, defaultSteps)
}

// step takes n steps.
func (b *budget) step(n int) error {
	if b.hand -= n; b.hand >= 0 {
		return nil
	}
	return b.refill()
}

// work takes the steps for going through n bytes.
func (b *budget) work(n int) error { return b.step(n / perStep) }

// refill takes steps in hand, once they have run out, and looks at the context.
func (b *budget) refill() error {
	need := -b.hand
	if need > b.steps {
		b.hand, b.steps = 0, 0
		return problem(ErrLimit, "more than %d steps, see Limits", b.limit)
	}
	n := min(max(need, between), b.steps)
	b.steps -= n
	b.hand += n
	return b.ctx.Err()
}

// tooLong returns the error of a text that is over the limit.
func (b *budget) tooLong() error {
	return problem(ErrLimit, "more than %d bytes, see Limits", b.most)
}
