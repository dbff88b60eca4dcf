package calc

import (
	"math/big"
	"sync"
)

// Numbers without an exact value are bounds of so many bits. The functions of this file
// work with more, and are off by less than 2^-errBits of the value.
const (
	boundBits = 192
	workBits  = 320
	errBits   = 190
)

// stepsOf is what exp or ln of both bounds takes.
const stepsOf = 4_000

func down() *big.Float { return new(big.Float).SetPrec(boundBits).SetMode(big.ToNegativeInf) }
func up() *big.Float   { return new(big.Float).SetPrec(boundBits).SetMode(big.ToPositiveInf) }
func wide() *big.Float { return new(big.Float).SetPrec(workBits) }

// bounds returns two numbers with a between them.
func bounds(a Number) (lo, hi *big.Float) {
	if a.Exact() {
		return down().SetRat(a.exact()), up().SetRat(a.exact())
	}
	return a.lo, a.hi
}

// within returns the Number between bounds, if they are not too big.
func (m *machine) within(lo, hi *big.Float) Number {
	for _, f := range []*big.Float{lo, hi} {
		if f.IsInf() || f.Sign() != 0 && (f.MantExp(nil) > maxBits || f.MantExp(nil) < -maxBits) {
			m.tooBig()
		}
	}
	return Number{lo: lo, hi: hi}
}

// around returns the bounds of a number that x is off by less than 2^-errBits of it.
func around(x *big.Float) (lo, hi *big.Float) {
	eps := wide().Abs(x)
	eps.SetMantExp(eps, -errBits)
	return down().Sub(x, eps), up().Add(x, eps)
}

// A constant is known to more digits than are worked with. They are cut off, so
// that around them is where it lies.
const (
	digitsOfPi  = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
	digitsOfLn2 = "0.69314718055994530941723212145817656807550013436025525412068000949339362196969471560586332699641868754200148102"
)

var (
	piFloat  = sync.OnceValue(func() *big.Float { return parseFloat(digitsOfPi) })
	ln2Float = sync.OnceValue(func() *big.Float { return parseFloat(digitsOfLn2) })
)

func parseFloat(digits string) *big.Float {
	f, _ := wide().SetString(digits)
	return f
}

func pi() Number {
	lo, hi := around(piFloat())
	return Number{lo: lo, hi: hi}
}

// ln returns the natural logarithm of a, which must be positive.
func (m *machine) ln(a Number) Number {
	m.charge(a, a)
	if m.sign(a) <= 0 {
		m.fail("only positive numbers have a logarithm")
	}
	if a.Exact() && a.exact().Cmp(big.NewRat(1, 1)) == 0 {
		return Number{}
	}
	m.spend(stepsOf)
	x, y := bounds(a)
	lo, _ := around(lnOf(x))
	_, hi := around(lnOf(y))
	return m.within(lo, hi)
}

// lnOf returns ln x for a positive x. x is u * 2^k with u between 1/√2 and √2 or about
// it, so that ln u and k ln 2 do not cancel, and ln u = 2 (t + t³/3 + t⁵/5 + …) with
// t = (u-1)/(u+1), |t| < 0.18. Each term gives 5 bits or more; 70 give over 340, and
// their roundings, 2^-320 of each, add up to less than 2^-310.
func lnOf(x *big.Float) *big.Float {
	u := wide()
	k := wide().Set(x).MantExp(u) // u in [1/2, 1)
	if u.Cmp(big.NewFloat(0.70703125)) < 0 {
		u.SetMantExp(u, 1)
		k--
	}
	one := big.NewFloat(1)
	t := wide().Sub(u, one)
	t.Quo(t, wide().Add(u, one))
	square, power, sum := wide().Mul(t, t), wide().Set(t), wide().Set(t)
	for i := int64(3); i < 140; i += 2 {
		power.Mul(power, square)
		sum.Add(sum, wide().Quo(power, wide().SetInt64(i)))
	}
	sum.SetMantExp(sum, 1)
	return sum.Add(sum, wide().Mul(ln2Float(), wide().SetInt64(int64(k))))
}

// exp returns e to the a.
func (m *machine) exp(a Number) Number {
	m.charge(a, a)
	if isZero(a) {
		return whole(1)
	}
	m.spend(stepsOf)
	x, y := bounds(a)
	limit := big.NewFloat(maxBits) // more than the logarithm of what is too big
	if x.Cmp(limit) > 0 || y.Cmp(limit) > 0 || x.Cmp(wide().Neg(limit)) < 0 {
		m.tooBig()
	}
	lo, _ := around(expOf(x))
	_, hi := around(expOf(y))
	return m.within(lo, hi)
}

// expOf returns e^x for an |x| of at most maxBits. x is k ln 2 + r with |r| < 0.35, k
// has 16 bits, so that r is off by less than 2^-300; with s = r / 2^8, 40 terms of the
// series of e^s leave out less than 2^-500, and 8 squarings make errors 2^8 times as big.
func expOf(x *big.Float) *big.Float {
	quotient, _ := new(big.Float).Quo(x, ln2Float()).Float64()
	k := int64(quotient + 0.5)
	if quotient < 0 {
		k = int64(quotient - 0.5)
	}
	s := wide().Mul(ln2Float(), wide().SetInt64(k))
	s.Sub(x, s)
	s.SetMantExp(s, -8)
	sum, term := wide().SetInt64(1), wide().SetInt64(1)
	for i := int64(1); i < 40; i++ {
		term.Mul(term, s)
		term.Quo(term, wide().SetInt64(i))
		sum.Add(sum, term)
	}
	for range 8 {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(k))
}
