package schema

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// A bound is a number of a schema that numbers are compared with.
type bound struct {
	text  string
	float float64
	int   int64
	isInt bool // int is the exact value
	rat   *big.Rat
}

func newBound(raw []byte) *bound {
	b := &bound{text: string(raw)}
	b.rat, _ = new(big.Rat).SetString(b.text)
	b.float, _ = strconv.ParseFloat(b.text, 64)
	b.int, b.isInt = smallInt(raw)
	return b
}

// compare compares the number raw with b: -1, 0 or 1.
func (b *bound) compare(raw []byte) int {
	if n, ok := smallInt(raw); ok && b.isInt {
		switch {
		case n < b.int:
			return -1
		case n > b.int:
			return 1
		}
		return 0
	}
	// Both floats are within half a unit of the last place of the true values.
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil && !math.IsInf(b.float, 0) {
		switch far := 1e-12 * max(math.Abs(f), math.Abs(b.float), math.SmallestNonzeroFloat64*1e30); {
		case f < b.float-far:
			return -1
		case f > b.float+far:
			return 1
		}
	}
	r, _ := new(big.Rat).SetString(string(raw))
	return r.Cmp(b.rat)
}

// divides reports whether the number raw is a multiple of b.
func (b *bound) divides(raw []byte) bool {
	if n, ok := smallInt(raw); ok && b.isInt {
		return n%b.int == 0
	}
	r, _ := new(big.Rat).SetString(string(raw))
	return r.Quo(r, b.rat).IsInt()
}

// smallInt returns the integer that raw is, if it is one of few digits.
func smallInt(raw []byte) (n int64, ok bool) {
	digits := raw
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) > 18 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int64(d-'0')
	}
	if raw[0] == '-' {
		n = -n
	}
	return n, true
}

// isInteger reports whether the value of the number raw has no fraction.
func isInteger(raw []byte) bool {
	point := -1
	for i, b := range raw {
		switch b {
		case '.':
			point = i
		case 'e', 'E':
			digits, exponent := decimal(raw)
			return len(digits) == 0 || exponent >= 0
		}
	}
	return point < 0 || len(bytes.TrimRight(raw[point+1:], "0")) == 0
}

// exponentOf returns the exponent that the number raw is written with.
func exponentOf(raw []byte) int {
	i := bytes.IndexAny(raw, "eE")
	if i < 0 {
		return 0
	}
	n, _ := strconv.Atoi(string(raw[i+1:]))
	return n
}

// decimal returns the digits of the number raw without zeros at either end, and
// the power of ten that they are to be multiplied with.
func decimal(raw []byte) (digits []byte, exponent int) {
	mantissa := raw
	if raw[0] == '-' {
		mantissa = raw[1:]
	}
	if i := bytes.IndexAny(mantissa, "eE"); i >= 0 {
		exponent, _ = strconv.Atoi(string(mantissa[i+1:]))
		mantissa = mantissa[:i]
	}
	digits = make([]byte, 0, len(mantissa))
	digits = append(digits, mantissa...)
	if i := bytes.IndexByte(digits, '.'); i >= 0 {
		exponent -= len(digits) - i - 1
		digits = append(digits[:i], digits[i+1:]...)
	}
	digits = bytes.TrimLeft(digits, "0")
	n := len(digits)
	digits = bytes.TrimRight(digits, "0")
	return digits, exponent + n - len(digits)
}

// appendNumber appends a form of the number raw that is the same for all
// spellings of its value.
func appendNumber(dst, raw []byte) []byte {
	digits, exponent := decimal(raw)
	if len(digits) == 0 {
		return append(dst, '0')
	}
	if raw[0] == '-' {
		dst = append(dst, '-')
	}
	dst = append(dst, digits...)
	dst = append(dst, 'e')
	return strconv.AppendInt(dst, int64(exponent), 10)
}
