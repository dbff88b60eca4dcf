package prompt

import (
	"context"
	"math"
	"slices"
	"unicode"
)

// Overlap scores examples by how much of the input's words is in theirs, without
// a model: a score function for [BySimilarity].
//
// It compares pieces of three letters, so that refund and Refunded are alike,
// and pairs of characters in scripts that do not put spaces between words, such
// as Chinese. Case and punctuation do not count. A piece weighs less the more of
// the examples have it. A score is the cosine of the weighted counts: from 0, no
// piece in common, to 1. Outputs of examples are not looked at.
//
// It knows words, not meanings: car and automobile have nothing in common. The
// time is that of reading all inputs, some milliseconds for a thousand of them.
// Equal arguments give equal scores, on every run. The error is that of ctx.
func Overlap(ctx context.Context, input string, from []Example) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var (
		pieces []uint64
		all    []count                  // of the texts, one after the other
		ends   = make([]int, len(from)) // where those of each end
		with   = make(map[uint64]int)   // how many texts have a piece
	)
	for i, e := range from {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		pieces = appendPieces(pieces[:0], e.Input)
		begin := len(all)
		all = appendCounts(all, pieces)
		for _, c := range all[begin:] {
			with[c.piece]++
		}
		ends[i] = len(all)
	}
	weigh := func(text []count) (norm float64) {
		for i := range text {
			c := &text[i]
			c.n *= math.Log1p(float64(len(from)) / float64(max(1, with[c.piece])))
			norm += c.n * c.n
		}
		return math.Sqrt(norm)
	}
	in := appendCounts(nil, appendPieces(pieces[:0], input))
	size := weigh(in)
	scores := make([]float64, len(from))
	begin := 0
	for i, end := range ends {
		text := all[begin:end]
		if norm := size * weigh(text); norm > 0 {
			scores[i] = min(1, product(in, text)/norm)
		}
		begin = end
	}
	return scores, nil
}

// A count is how often a text has a piece, or what that weighs.
type count struct {
	piece uint64
	n     float64
}

// appendCounts appends the count of each of the pieces, which it sorts: with an
// order of their own, equal texts have equal sums to the last bit.
func appendCounts(list []count, pieces []uint64) []count {
	slices.Sort(pieces)
	for i, p := range pieces {
		if i == 0 || p != pieces[i-1] {
			list = append(list, count{piece: p})
		}
		list[len(list)-1].n++
	}
	return list
}

// product returns the sum of the products of what a and b have in common.
func product(a, b []count) (sum float64) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].piece < b[0].piece:
			a = a[1:]
		case a[0].piece > b[0].piece:
			b = b[1:]
		default:
			sum += a[0].n * b[0].n
			a, b = a[1:], b[1:]
		}
	}
	return sum
}

// appendPieces appends the pieces of text: three characters of 21 bits each in
// one number, 0 being the space around a word; or two.
func appendPieces(list []uint64, text string) []uint64 {
	const pair = 1 << 63
	var a, b uint64 // the last two characters of the word, or the spaces before it
	inWord := false
	var last uint64 // the character before, in a script without spaces; 0 if none
	alone := false  // it is in no pair yet
	end := func() {
		if inWord {
			list = append(list, a<<42|b<<21)
			a, b, inWord = 0, 0, false
		}
		if alone {
			list = append(list, pair|last)
		}
		last, alone = 0, false
	}
	for _, r := range text {
		c := uint64(unicode.ToLower(r))
		switch {
		case !inText(r):
			end()
		case unspaced(r):
			if inWord {
				end()
			}
			if last != 0 {
				list = append(list, pair|last<<21|c)
			}
			last, alone = c, last == 0
		default:
			if last != 0 {
				end()
			}
			if inWord {
				list = append(list, a<<42|b<<21|c)
			}
			a, b, inWord = b, c, true
		}
	}
	end()
	return list
}

func inText(r rune) bool {
	if r < unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// unspaced reports whether r is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
