package calc

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A Number is the value of an expression: exact, or known to lie between two bounds.
// The zero value is 0. It is immutable and safe for concurrent use.
type Number struct {
	rat    *big.Rat   // if it is exact; nil is 0 unless there are bounds
	lo, hi *big.Float // the bounds, if it is not
}

// How much of a number is shown.
const (
	shownDigits = 20   // of an approximation
	maxPlaces   = 40   // after the point of an exact decimal
	maxDigits   = 1000 // before the point of an exact number
	maxFraction = 40   // digits of a fraction
)

// Exact reports whether the value is known exactly.
func (n Number) Exact() bool { return n.lo == nil }

// Rat returns the value as a fraction, which belongs to the caller. If n is not exact,
// it is the middle between the bounds.
func (n Number) Rat() *big.Rat {
	if n.Exact() {
		return new(big.Rat).Set(n.exact())
	}
	lo, hi := n.Bounds()
	return lo.Add(lo, hi).Quo(lo, big.NewRat(2, 1))
}

// Bounds returns two fractions between which the value lies; if n is exact, both are it.
// They belong to the caller.
func (n Number) Bounds() (lo, hi *big.Rat) {
	if n.Exact() {
		return n.Rat(), n.Rat()
	}
	lo, _ = n.lo.Rat(nil)
	hi, _ = n.hi.Rat(nil)
	return lo, hi
}

// exact returns the value of an exact number, not to be changed.
func (n Number) exact() *big.Rat {
	if n.rat == nil {
		return new(big.Rat)
	}
	return n.rat
}

// String returns the value for a model to read: an integer or a decimal as it is if it
// is not too long, as in 0.3; a fraction with its decimal, as in 1/3 ≈ 0.33333333333333333333;
// and else 20 digits after ≈, as in ≈ 1.4142135623730950488, or fewer if no more are
// known. Digits after ≈ are rounded, halves away from zero.
func (n Number) String() string {
	if !n.Exact() {
		return n.between()
	}
	r := n.exact()
	if r.IsInt() {
		text := r.Num().String()
		if digits := len(strings.TrimPrefix(text, "-")); digits > maxDigits {
			return fmt.Sprintf("≈ %s (rounded: the integer has %d digits)", round(r, shownDigits), digits)
		}
		return text
	}
	places, finite := r.FloatPrec()
	if finite && places <= maxPlaces {
		if text := r.FloatString(places); len(text) <= maxDigits {
			return text
		}
	}
	rounded := "≈ " + round(r, shownDigits).String()
	num, den := r.Num().BitLen(), r.Denom().BitLen()
	switch {
	case finite:
		return fmt.Sprintf("%s (rounded: there are %d decimal places)", rounded, places)
	case num+den > 4*maxFraction:
	default:
		if text := r.String(); len(text) <= maxFraction {
			return text + " " + rounded
		}
	}
	return rounded + " (rounded)"
}

// brief returns n for an error.
func brief(n Number) string {
	text := n.String()
	if len(text) > 2*shownDigits {
		text, _, _ = strings.Cut(text, " (")
	}
	if len(text) > 3*shownDigits {
		return "a very long number"
	}
	return text
}

// between returns the digits on which the bounds agree.
func (n Number) between() string {
	lo, hi := n.Bounds()
	if lo.Sign()*hi.Sign() > 0 {
		width := new(big.Float).Sub(n.hi, n.lo)
		same := (n.hi.MantExp(nil) - width.MantExp(nil)) * 30103 / 100_000
		for digits := min(shownDigits, same+2); digits > 0; digits-- {
			if d := round(lo, digits); d == round(hi, digits) {
				return "≈ " + d.String()
			}
		}
	}
	lo.Abs(lo)
	hi.Abs(hi)
	if lo.Cmp(hi) > 0 {
		lo, hi = hi, lo
	}
	return fmt.Sprintf("≈ 0 (nearer to it than 1e%d)", round(hi, 1).exp+1)
}

// A decimal is a number in some significant digits: d.ddd times 10^exp.
type decimal struct {
	negative bool
	digits   string
	exp      int
}

// round returns r in so many significant digits, halves away from zero.
func round(r *big.Rat, digits int) decimal {
	if r.Sign() == 0 {
		return decimal{digits: strings.Repeat("0", digits)}
	}
	d := decimal{negative: r.Sign() < 0}
	// as 2^10 is about 10^3, the exponent is off by one at most, for numbers in bounds
	d.exp = (r.Num().BitLen() - r.Denom().BitLen()) * 30103 / 100_000
	for {
		num, den := new(big.Int).Abs(r.Num()), new(big.Int).Set(r.Denom())
		if shift := digits - 1 - d.exp; shift >= 0 {
			num.Mul(num, ten(shift))
		} else {
			den.Mul(den, ten(-shift))
		}
		d.digits = halfUp(num, den).String()
		switch {
		case len(d.digits) < digits:
			d.exp--
		case len(d.digits) > digits:
			d.exp++
		default:
			return d
		}
	}
}

// halfUp returns num/den, neither negative, rounded to an integer.
func halfUp(num, den *big.Int) *big.Int {
	q := new(big.Int).Lsh(num, 1)
	q.Add(q, den)
	return q.Quo(q, new(big.Int).Lsh(den, 1))
}

// ten returns 10^n.
func ten(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// String returns d as people write it, with an exponent if it is far from 1.
func (d decimal) String() string {
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	switch n := len(d.digits); {
	case d.exp < -7 || d.exp > 30:
		b.WriteString(d.digits[:1])
		if n > 1 {
			b.WriteString("." + d.digits[1:])
		}
		b.WriteString("e" + strconv.Itoa(d.exp))
	case d.exp < 0:
		b.WriteString("0." + strings.Repeat("0", -d.exp-1) + d.digits)
	case d.exp >= n-1:
		b.WriteString(d.digits + strings.Repeat("0", d.exp-n+1))
	default:
		b.WriteString(d.digits[:d.exp+1] + "." + d.digits[d.exp+1:])
	}
	return b.String()
}
