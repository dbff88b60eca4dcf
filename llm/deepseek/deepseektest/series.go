package deepseektest

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
)

var tokenPattern = regexp.MustCompile(`\d+(?:\.\d+)?|[\p{L}_]+|[^\p{L}_\d]+`)

// successor returns what follows b as b follows a: numbers go on by the same
// step, and so do single letters. All else must be the same.
func successor(a, b string) (string, bool) {
	one, two := tokenPattern.FindAllString(a, -1), tokenPattern.FindAllString(b, -1)
	if len(one) != len(two) || a == b {
		return "", false
	}
	var text strings.Builder
	for i := range two {
		next := two[i]
		if one[i] != two[i] {
			var ok bool
			if next, ok = nextToken(one[i], two[i]); !ok {
				return "", false
			}
		}
		text.WriteString(next)
	}
	return text.String(), true
}

func nextToken(a, b string) (string, bool) {
	if len(a) == 1 && len(b) == 1 && isLetter(a[0]) && isLetter(b[0]) {
		next := int(b[0]) + int(b[0]) - int(a[0])
		return string(rune(next)), next > 0 && next < 0x80 && isLetter(byte(next))
	}
	if a[0] < '0' || a[0] > '9' || b[0] < '0' || b[0] > '9' || len(a) > 18 || len(b) > 18 {
		return "", false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		return "", false
	}
	next := y.Add(y, new(big.Rat).Sub(y, x))
	_, fraction, _ := strings.Cut(b, ".")
	return next.FloatString(len(fraction)), next.Sign() >= 0
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// A wording is the words that take the place of others when a text becomes its
// neighbour. The keys are in lower case, but for names.
type wording map[string]string

// align notes the words in which two sentences differ, if they are otherwise
// much the same.
func (w wording) align(from, to []string) {
	// lengths[i][j] is the length of the longest common subsequence of from[i:]
	// and to[j:].
	from, to = from[:min(len(from), 100)], to[:min(len(to), 100)]
	lengths := make([][]int, len(from)+1)
	for i := range lengths {
		lengths[i] = make([]int, len(to)+1)
	}
	for i, f := range slices.Backward(from) {
		for j, t := range slices.Backward(to) {
			lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			if strings.EqualFold(f, t) {
				lengths[i][j] = 1 + lengths[i+1][j+1]
			}
		}
	}
	i, j, startI, startJ := 0, 0, 0, 0
	pair := func() { // those between two common words; of unequal numbers the last, which are the nouns
		f, t := from[startI:i], to[startJ:j]
		n := min(len(f), len(t))
		if len(f) != len(t) {
			n = min(n, 1)
		}
		for k := range n {
			w[strings.ToLower(f[len(f)-1-k])] = strings.ToLower(t[len(t)-1-k])
		}
	}
	for i < len(from) && j < len(to) {
		switch {
		case strings.EqualFold(from[i], to[j]):
			pair()
			i, j = i+1, j+1
			startI, startJ = i, j
		case lengths[i+1][j] >= lengths[i][j+1]:
			i++
		default:
			j++
		}
	}
	i, j = len(from), len(to)
	pair()
}

var (
	namePattern = regexp.MustCompile(`[\pL_][\pL\pN_]*`)
	partPattern = regexp.MustCompile(`\p{Lu}+\P{Lu}*|[^\p{Lu}_]+|_+`)
)

// apply returns text with the words exchanged, also where they are part of a
// name. A name that known knows is not exchanged for one that it does not.
func (w wording) apply(text string, known func(name string) bool) string {
	return namePattern.ReplaceAllStringFunc(text, func(name string) string {
		exchanged, ok := w[name]
		if !ok {
			exchanged = partPattern.ReplaceAllStringFunc(name, func(part string) string {
				to, ok := w[strings.ToLower(part)]
				switch {
				case !ok:
					return part
				case len(part) > 1 && part == strings.ToUpper(part):
					return strings.ToUpper(to)
				case part[0] >= 'A' && part[0] <= 'Z':
					return strings.ToUpper(to[:1]) + to[1:]
				}
				return to
			})
		}
		if known(name) && !known(exchanged) {
			return name
		}
		return exchanged
	})
}
