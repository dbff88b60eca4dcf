package calc

import "math/big"

// maxRoot is the greatest n for which an n-th root is looked for among the fractions.
const maxRoot = 10_000

// pow returns a to the b: exact if there is an exact value, and else in bounds.
func (m *machine) pow(a, b Number) Number {
	m.charge(a, b)
	if b.Exact() && b.exact().IsInt() {
		return m.intPow(a, b.exact().Num())
	}
	if isZero(a) {
		if m.sign(b) < 0 {
			m.fail("division by zero: 0 to a negative power")
		}
		return Number{}
	}
	if m.sign(a) < 0 {
		m.fail("a negative number has real powers with integer exponents only: for an odd root write root(-8, 3)")
	}
	if b.Exact() {
		p, q := b.exact().Num(), b.exact().Denom()
		if r, ok := m.exactRoot(a, q); ok {
			return m.intPow(r, p)
		}
	}
	return m.exp(m.mul(b, m.ln(a)))
}

// intPow returns a to the n.
func (m *machine) intPow(a Number, n *big.Int) Number {
	if !a.Exact() {
		return m.boundsPow(a, n)
	}
	r := a.exact()
	switch {
	case n.Sign() == 0:
		return whole(1)
	case r.Sign() == 0 && n.Sign() < 0:
		m.fail("division by zero: 0 to a negative power")
	case r.Sign() == 0:
		return whole(0)
	case r.IsInt() && r.Num().IsInt64() && (r.Num().Int64() == 1 || r.Num().Int64() == -1):
		if r.Sign() < 0 && n.Bit(0) == 1 {
			return whole(-1)
		}
		return whole(1)
	}
	times := new(big.Int).Abs(n)
	bits := max(r.Num().BitLen(), r.Denom().BitLen())
	if !times.IsInt64() || times.Int64() > maxBits || int64(bits-1)*times.Int64() > maxBits {
		m.tooBig()
	}
	if w := bits * int(times.Int64()) / 64; r.IsInt() {
		m.spend(w * w / 16)
	} else {
		m.spend(w * w * 2)
	}
	num := new(big.Int).Exp(r.Num(), times, nil)
	den := new(big.Int).Exp(r.Denom(), times, nil)
	if n.Sign() < 0 {
		num, den = den, num
	}
	return m.number(new(big.Rat).SetFrac(num, den))
}

// boundsPow returns a, which is not exact, to the n, by squaring.
func (m *machine) boundsPow(a Number, n *big.Int) Number {
	if n.Sign() == 0 {
		return whole(1)
	}
	if n.BitLen() > 64 {
		m.tooBig()
	}
	power, times := whole(1), new(big.Int).Abs(n)
	for i := times.BitLen() - 1; i >= 0; i-- {
		power = m.mul(power, power)
		if times.Bit(i) == 1 {
			power = m.mul(power, a)
		}
	}
	if n.Sign() < 0 {
		return m.quo(whole(1), power)
	}
	return power
}

// root returns the n-th root of a, for an n of at least 1.
func (m *machine) root(a Number, n *big.Int) Number {
	if n.Sign() <= 0 {
		m.fail("the root must be a positive integer, such as 3 in root(8, 3)")
	}
	m.charge(a, a)
	if isZero(a) {
		return Number{}
	}
	if m.sign(a) < 0 {
		if n.Bit(0) == 0 {
			m.fail("a negative number has no real root that is even")
		}
		return negate(m.root(negate(a), n))
	}
	if r, ok := m.exactRoot(a, n); ok {
		return r
	}
	return m.exp(m.quo(m.ln(a), Number{rat: integer(n)}))
}

// exactRoot returns the n-th root of a positive a, if it is a fraction. For cubic and
// higher roots, it finds those of up to 50 digits.
func (m *machine) exactRoot(a Number, n *big.Int) (Number, bool) {
	if !a.Exact() || !n.IsInt64() || n.Int64() > maxRoot {
		return Number{}, false
	}
	num, ok := m.intRoot(a.exact().Num(), n)
	if !ok {
		return Number{}, false
	}
	den, ok := m.intRoot(a.exact().Denom(), n)
	if !ok {
		return Number{}, false
	}
	return Number{rat: new(big.Rat).SetFrac(num, den)}, true
}

// intRoot returns the n-th root of a positive x, if it is an integer.
func (m *machine) intRoot(x, n *big.Int) (*big.Int, bool) {
	w := x.BitLen()/64 + 1
	m.spend(w * w)
	if n.Int64() == 1 || x.BitLen() == 1 {
		return x, true
	}
	var root *big.Int
	switch size := int64(x.BitLen()); {
	case n.Int64() == 2:
		root = new(big.Int).Sqrt(x)
	case size <= n.Int64(): // the root would be less than 2
		return nil, false
	case size/n.Int64() >= boundBits-20: // of more digits than the bounds have
		return nil, false
	default:
		near := m.exp(m.quo(m.ln(Number{rat: integer(x)}), Number{rat: integer(n)}))
		root = roundTo(0)(near.Rat()).Num()
	}
	m.spend(w * w / 4)
	return root, new(big.Int).Exp(root, n, nil).Cmp(x) == 0
}

// log returns the logarithm of a to a base: exact if it is an integer.
func (m *machine) log(a, base Number) Number {
	lna, lnb := m.ln(a), m.ln(base)
	if isZero(lnb) {
		m.fail("there is no logarithm to the base 1")
	}
	near := m.quo(lna, lnb)
	if near.Exact() || !a.Exact() || !base.Exact() {
		return near
	}
	n := roundTo(0)(near.Rat()).Num()
	lo, hi := near.Bounds()
	if r := integer(n); lo.Cmp(r) > 0 || hi.Cmp(r) < 0 {
		return near
	}
	if power := m.intPow(base, n); power.exact().Cmp(a.exact()) == 0 {
		return Number{rat: integer(n)}
	}
	return near
}
