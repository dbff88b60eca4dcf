package prompt

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// A Chooser picks examples for an input, such as [ByLength] and [BySimilarity]
// return. A function of your own may look them up elsewhere and ignore from.
//
// It must be safe for concurrent use. The slice from is its own, and it may
// return a part of it. Equal inputs should give equal examples in equal order,
// as anything else is a prompt that the cache does not know.
type Chooser func(ctx context.Context, input string, from []Example) ([]Example, error)

// ByLength returns a Chooser that picks as many examples from the front as fit
// into max beside the input: the longer the input, the fewer the examples. The
// first one that does not fit ends the choice, so that it is always a beginning
// of the list.
//
// size measures an input or an output, in tokens for example, as Len of
// llm/deepseek/encoding does; if nil, it is the length in bytes. Nothing but
// the texts is measured. It is asked for no more examples than fit, and one.
func ByLength(max int, size func(text string) int) Chooser {
	if size == nil {
		size = func(text string) int { return len(text) }
	}
	return func(ctx context.Context, input string, from []Example) ([]Example, error) {
		left, err := max, error(nil)
		fits := func(text string) bool {
			n := size(text)
			if n < 0 {
				err = fmt.Errorf("the size of a text is %d", n)
			}
			if n > left || err != nil {
				return false
			}
			left -= n
			return true
		}
		if !fits(input) {
			return nil, err
		}
		for i, e := range from {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			switch {
			case fits(e.Input) && fits(e.Output):
			case err != nil:
				return nil, err
			default:
				return from[:i], nil
			}
		}
		return from, nil
	}
}

// BySimilarity returns a Chooser that picks the n examples that score ranks
// highest; of equal ones, those that come first. They keep the order of the
// list, so that equal choices are equal bytes.
//
// score returns a number for each of from, in order: the higher, the more alike
// are the input and the example. If nil, it is [Overlap]; with embeddings, it
// may be the cosine. It is not called if there are no more than n examples.
// Scores that are too few, too many or not numbers are errors.
func BySimilarity(n int, score func(ctx context.Context, input string, from []Example) ([]float64, error)) Chooser {
	if score == nil {
		score = Overlap
	}
	return func(ctx context.Context, input string, from []Example) ([]Example, error) {
		switch {
		case n <= 0:
			return nil, nil
		case len(from) <= n:
			return from, nil
		}
		scores, err := score(ctx, input, from)
		if err != nil {
			return nil, err
		}
		if len(scores) != len(from) {
			return nil, fmt.Errorf("%d scores for %d examples", len(scores), len(from))
		}
		order := make([]int, len(from))
		for i, s := range scores {
			if math.IsNaN(s) {
				return nil, fmt.Errorf("the score of example %d is not a number", i+1)
			}
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(scores[j], scores[i]) })
		best := order[:n]
		slices.Sort(best)
		chosen := make([]Example, n)
		for i, k := range best {
			chosen[i] = from[k]
		}
		return chosen, nil
	}
}
