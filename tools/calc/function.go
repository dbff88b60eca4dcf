package calc

import (
	"math"
	"math/big"
	"slices"
)

// A function is one that expressions call by its name.
type function struct {
	least, most int // arguments; most 0 is no limit
	call        func(m *machine, args []Number) Number
}

// of returns a function of one argument.
func of(f func(m *machine, a Number) Number) function {
	return function{1, 1, func(m *machine, args []Number) Number { return f(m, args[0]) }}
}

// of2 returns a function of two arguments.
func of2(f func(m *machine, a, b Number) Number) function {
	return function{2, 2, func(m *machine, args []Number) Number { return f(m, args[0], args[1]) }}
}

// rounding returns a function that makes an integer.
func rounding(f func(*big.Rat) *big.Rat) function {
	return of(func(m *machine, a Number) Number { return m.ofSure(a, f) })
}

// folding returns a function of any number of arguments, at least one.
func folding(f func(m *machine, a, b Number) Number) function {
	return function{1, 0, func(m *machine, args []Number) Number {
		for _, b := range args[1:] {
			args[0] = f(m, args[0], b)
		}
		return args[0]
	}}
}

// functionOf returns what is called by name, in lower case, or false.
func functionOf(name string) (function, bool) {
	switch name {
	case "abs":
		return of((*machine).abs), true
	case "sqrt":
		return of(func(m *machine, a Number) Number { return m.root(a, big.NewInt(2)) }), true
	case "cbrt":
		return of(func(m *machine, a Number) Number { return m.root(a, big.NewInt(3)) }), true
	case "root", "nroot":
		return of2(func(m *machine, a, n Number) Number { return m.root(a, m.int(n)) }), true
	case "pow", "power":
		return of2((*machine).pow), true
	case "exp":
		return of((*machine).exp), true
	case "ln":
		return of((*machine).ln), true
	case "log2":
		return of(func(m *machine, a Number) Number { return m.log(a, whole(2)) }), true
	case "log10", "lg":
		return of(func(m *machine, a Number) Number { return m.log(a, whole(10)) }), true
	case "log":
		return function{1, 2, logarithm}, true
	case "floor":
		return rounding(floor), true
	case "ceil", "ceiling":
		return rounding(ceil), true
	case "trunc", "int":
		return rounding(trunc), true
	case "round":
		return function{1, 2, rounded}, true
	case "min":
		return folding((*machine).smaller), true
	case "max":
		return folding((*machine).larger), true
	case "sum":
		return folding((*machine).add), true
	case "avg", "average", "mean":
		return function{1, 0, average}, true
	case "median":
		return function{1, 0, median}, true
	case "mod":
		return of2((*machine).mod), true
	case "gcd":
		return folding((*machine).gcd), true
	case "lcm":
		return folding((*machine).lcm), true
	case "factorial", "fact":
		return of((*machine).factorial), true
	case "comb", "choose", "ncr":
		return of2((*machine).comb), true
	case "perm", "npr":
		return of2((*machine).perm), true
	}
	return function{}, false
}

func logarithm(m *machine, args []Number) Number {
	if len(args) == 1 {
		m.fail("log may mean two things: write ln(x), log10(x), or log(x, base)")
	}
	return m.log(args[0], args[1])
}

func rounded(m *machine, args []Number) Number {
	digits := int64(0)
	if len(args) == 2 {
		n := m.int(args[1])
		if !n.IsInt64() || n.Int64() > maxDigits || n.Int64() < -maxDigits {
			m.fail("round takes from -%d to %d digits", maxDigits, maxDigits)
		}
		digits = n.Int64()
		m.spend(int(max(digits, -digits)))
	}
	return m.ofSure(args[0], roundTo(int(digits)))
}

func average(m *machine, args []Number) Number {
	sum := args[0]
	for _, a := range args[1:] {
		sum = m.add(sum, a)
	}
	return m.quo(sum, whole(int64(len(args))))
}

func median(m *machine, args []Number) Number {
	slices.SortFunc(args, func(a, b Number) int {
		m.charge(a, b)
		switch {
		case a.Exact() && b.Exact():
			return a.exact().Cmp(b.exact())
		case less(a, b):
			return -1
		case !less(b, a):
			m.fail("two of the numbers are so near to each other that their order is not known: round them first")
		}
		return 1
	})
	mid := len(args) / 2
	if len(args)%2 == 1 {
		return args[mid]
	}
	return m.quo(m.add(args[mid-1], args[mid]), whole(2))
}

// int returns a, which must be an integer.
func (m *machine) int(a Number) *big.Int {
	if !a.Exact() || !a.exact().IsInt() {
		m.fail("an integer is needed here, and this is %s", brief(a))
	}
	return a.exact().Num()
}

func (m *machine) gcd(a, b Number) Number {
	m.charge(a, b)
	w := words(a.exact()) + words(b.exact())
	m.spend(w * w)
	return Number{rat: integer(new(big.Int).GCD(nil, nil, m.int(a), m.int(b)))}
}

func (m *machine) lcm(a, b Number) Number {
	d := m.gcd(a, b)
	if isZero(d) {
		return d
	}
	return m.abs(m.mul(m.quo(a, d), b))
}

// count returns a, which must be an integer of no less than 0, as one of 64 bits.
func (m *machine) count(a Number) int64 {
	n := m.int(a)
	switch {
	case n.Sign() < 0:
		m.fail("this takes integers from 0 on, and not %s", brief(a))
	case !n.IsInt64():
		m.tooBig()
	}
	return n.Int64()
}

func (m *machine) factorial(a Number) Number {
	return m.product(1, max(1, m.count(a)))
}

// product returns from * (from+1) * … * to, for a from of no more than to.
func (m *machine) product(from, to int64) Number {
	bits := float64(to-from+1) * math.Log2(float64(to))
	if to < maxBits { // else the difference is lost in rounding, and none is this small
		low, _ := math.Lgamma(float64(from))
		high, _ := math.Lgamma(float64(to) + 1)
		bits = (high - low) / math.Ln2
	}
	if bits > maxBits {
		m.tooBig()
	}
	w := int(bits)/64 + 1
	m.spend(2*w*w + 32*int(min(to-from, maxBits)) + 64)
	return m.number(integer(new(big.Int).MulRange(from, to)))
}

func (m *machine) perm(a, b Number) Number {
	n, k := m.count(a), m.count(b)
	switch {
	case k > n:
		return whole(0)
	case k == 0:
		return whole(1)
	}
	return m.product(n-k+1, n)
}

func (m *machine) comb(a, b Number) Number {
	n, k := m.count(a), m.count(b)
	if k = min(k, n-k); k < 0 {
		return whole(0)
	}
	return m.quo(m.perm(a, whole(k)), m.factorial(whole(k)))
}
