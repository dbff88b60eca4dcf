package calc

import (
	"fmt"
	"math/big"
)

// A machine computes. It fails by a panic with an *Error at column, which eval
// recovers, since nearly every operation can fail.
type machine struct {
	column int // of the operation
	work   int // what is left of it
}

func (m *machine) fail(format string, args ...any) {
	panic(&Error{m.column, fmt.Sprintf(format, args...)})
}

// spend takes n steps from what is left, before they are done.
func (m *machine) spend(n int) {
	if n > m.work {
		m.fail("this takes more work than is allowed: use smaller numbers, round in between, or ask for less at once")
	}
	m.work -= n
}

// words returns the size of r.
func words(r *big.Rat) int { return (r.Num().BitLen()+r.Denom().BitLen())/64 + 1 }

// charge spends what an operation on a and b takes: the square of the size, as fractions
// are reduced, and much less for integers.
func (m *machine) charge(a, b Number) {
	if !a.Exact() || !b.Exact() {
		m.spend(1000)
	}
	w := words(a.exact()) + words(b.exact())
	if w *= w; a.exact().IsInt() && b.exact().IsInt() {
		w /= 16
	}
	m.spend(64 + w)
}

// number returns r as a Number, if it is not too big.
func (m *machine) number(r *big.Rat) Number {
	if max(r.Num().BitLen(), r.Denom().BitLen()) > maxBits {
		m.tooBig()
	}
	return Number{rat: r}
}

func (m *machine) tooBig() {
	m.fail("the number would have more than %d digits: for its size, take logarithms, as in 5000 * log10(7)", maxBits*30103/100_000)
}

func integer(i *big.Int) *big.Rat { return new(big.Rat).SetInt(i) }

func whole(n int64) Number { return Number{rat: big.NewRat(n, 1)} }

func (m *machine) add(a, b Number) Number {
	m.charge(a, b)
	if a.Exact() && b.Exact() {
		return m.number(new(big.Rat).Add(a.exact(), b.exact()))
	}
	alo, ahi := bounds(a)
	blo, bhi := bounds(b)
	return m.within(down().Add(alo, blo), up().Add(ahi, bhi))
}

func negate(a Number) Number {
	if a.Exact() {
		return Number{rat: new(big.Rat).Neg(a.exact())}
	}
	return Number{lo: down().Neg(a.hi), hi: up().Neg(a.lo)}
}

func (m *machine) sub(a, b Number) Number { return m.add(a, negate(b)) }

func (m *machine) mul(a, b Number) Number {
	m.charge(a, b)
	if a.Exact() && b.Exact() {
		return m.number(new(big.Rat).Mul(a.exact(), b.exact()))
	}
	if isZero(a) || isZero(b) {
		return Number{}
	}
	return m.corners(a, b, (*big.Float).Mul)
}

func (m *machine) quo(a, b Number) Number {
	m.charge(a, b)
	switch {
	case isZero(b):
		m.fail("division by zero")
	case a.Exact() && b.Exact():
		return m.number(new(big.Rat).Quo(a.exact(), b.exact()))
	case m.sign(b) == 0 || isZero(a): // sign fails if b may be zero
		return Number{}
	}
	return m.corners(a, b, (*big.Float).Quo)
}

// corners returns the bounds of op, which is monotone in both its arguments.
func (m *machine) corners(a, b Number, op func(z, x, y *big.Float) *big.Float) Number {
	alo, ahi := bounds(a)
	blo, bhi := bounds(b)
	var lo, hi *big.Float
	for _, x := range []*big.Float{alo, ahi} {
		for _, y := range []*big.Float{blo, bhi} {
			if l := op(down(), x, y); lo == nil || l.Cmp(lo) < 0 {
				lo = l
			}
			if h := op(up(), x, y); hi == nil || h.Cmp(hi) > 0 {
				hi = h
			}
		}
	}
	return m.within(lo, hi)
}

func isZero(a Number) bool { return a.Exact() && a.exact().Sign() == 0 }

// sign returns the sign of a, which must be certain.
func (m *machine) sign(a Number) int {
	if a.Exact() {
		return a.exact().Sign()
	}
	s := a.lo.Sign()
	if s == 0 || s != a.hi.Sign() {
		m.fail("this is so near to zero that its sign is not known: round it first")
	}
	return s
}

// ofSure applies f, which rounds to an integer or a decimal, to an exact number or to both
// bounds, which must agree.
func (m *machine) ofSure(a Number, f func(*big.Rat) *big.Rat) Number {
	m.charge(a, a)
	if a.Exact() {
		return m.number(f(a.exact()))
	}
	lo, hi := a.Bounds()
	lo, hi = f(lo), f(hi)
	if lo.Cmp(hi) != 0 {
		m.fail("the number is not known to enough digits to be rounded here: ask for fewer digits, or round it in between")
	}
	return m.number(lo)
}

func floor(r *big.Rat) *big.Rat {
	return integer(new(big.Int).Div(r.Num(), r.Denom())) // Euclidean, and the divisor is positive
}

func ceil(r *big.Rat) *big.Rat {
	f := floor(new(big.Rat).Neg(r))
	return f.Neg(f)
}

func trunc(r *big.Rat) *big.Rat { return integer(new(big.Int).Quo(r.Num(), r.Denom())) }

// roundTo returns a function that rounds to so many digits after the point, or before it
// if negative, halves away from zero.
func roundTo(digits int) func(*big.Rat) *big.Rat {
	return func(r *big.Rat) *big.Rat {
		num, den := new(big.Int).Abs(r.Num()), new(big.Int).Set(r.Denom())
		unit := ten(max(digits, -digits))
		if digits >= 0 {
			num.Mul(num, unit)
		} else {
			den.Mul(den, unit)
		}
		q := halfUp(num, den)
		if r.Sign() < 0 {
			q.Neg(q)
		}
		if digits >= 0 {
			return new(big.Rat).SetFrac(q, unit)
		}
		return integer(q.Mul(q, unit))
	}
}

// floorQuo returns a/b rounded down.
func (m *machine) floorQuo(a, b Number) Number { return m.ofSure(m.quo(a, b), floor) }

// mod returns what is left of a, with the sign of b.
func (m *machine) mod(a, b Number) Number { return m.sub(a, m.mul(b, m.floorQuo(a, b))) }

// less reports whether a is surely no more than b.
func less(a, b Number) bool {
	if a.Exact() && b.Exact() {
		return a.exact().Cmp(b.exact()) <= 0
	}
	_, ahi := bounds(a)
	blo, _ := bounds(b)
	return ahi.Cmp(blo) <= 0
}

// smaller returns the smaller one of a and b, by bounds if nobody knows which.
func (m *machine) smaller(a, b Number) Number {
	m.charge(a, b)
	switch {
	case less(a, b):
		return a
	case less(b, a):
		return b
	}
	alo, ahi := bounds(a)
	blo, bhi := bounds(b)
	if blo.Cmp(alo) < 0 {
		alo = blo
	}
	if bhi.Cmp(ahi) < 0 {
		ahi = bhi
	}
	return m.within(alo, ahi)
}

func (m *machine) larger(a, b Number) Number { return negate(m.smaller(negate(a), negate(b))) }

func (m *machine) abs(a Number) Number {
	if a.Exact() {
		return Number{rat: new(big.Rat).Abs(a.exact())}
	}
	if a.lo.Sign() >= 0 {
		return a
	}
	if a.hi.Sign() <= 0 {
		return negate(a)
	}
	hi := up().Neg(a.lo)
	if hi.Cmp(a.hi) < 0 {
		hi = a.hi
	}
	return m.within(down(), hi)
}
