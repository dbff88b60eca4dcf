package calc

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// ln2 and pi, worked out by integers in another way.
func arctan(inverse int64, unit *big.Int, sign int) *big.Int {
	sum, power := new(big.Int), new(big.Int).Quo(unit, big.NewInt(inverse))
	square := big.NewInt(inverse * inverse)
	for i := int64(1); power.Sign() != 0; i += 2 {
		term := new(big.Int).Quo(power, big.NewInt(i))
		if sign < 0 && i%4 == 3 {
			term.Neg(term)
		}
		sum.Add(sum, term)
		power.Quo(power, square)
	}
	return sum
}

// TestConstants checks the digits: Machin's formula for π, and ln 2 = 2 artanh(1/3).
func TestConstants(t *testing.T) {
	unit := ten(130)
	p := arctan(5, unit, -1)
	p.Mul(p, big.NewInt(16)).Sub(p, new(big.Int).Mul(big.NewInt(4), arctan(239, unit, -1)))
	l := arctan(3, unit, 1)
	l.Lsh(l, 1)
	for _, tt := range []struct {
		digits string
		want   *big.Int
	}{{digitsOfPi, p}, {digitsOfLn2, l}} {
		text := tt.want.String()
		if tt.digits[0] == '0' {
			text = "0" + text
		}
		if got := tt.digits; got != text[:1]+"."+text[1:len(got)-1] {
			t.Errorf("%s, want %s…", got, text[:115])
		}
	}
}

// TestInverse holds that the bounds of exp(ln x) and ln(exp x) have x between them and
// are narrow, and that both are what package math has.
func TestInverse(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m := machine{work: maxWork}
		x := math.Exp(random.Float64()*60 - 30)
		r, _ := new(big.Float).SetFloat64(x).Rat(nil)
		n := Number{rat: r}
		ln := m.ln(n)
		around := []Number{m.exp(ln)}
		if x < 1000 {
			around = append(around, m.ln(m.exp(n)))
		}
		for _, back := range around {
			lo, hi := back.Bounds()
			if lo.Cmp(r) > 0 || hi.Cmp(r) < 0 {
				t.Errorf("%v is not between %s and %s", x, lo.FloatString(70), hi.FloatString(70))
			}
			width := new(big.Rat).Sub(hi, lo)
			if width.Quo(width, r).Cmp(new(big.Rat).SetFrac(big.NewInt(1), ten(40))) > 0 {
				t.Errorf("%v is known to %s of it only", x, width.FloatString(70))
			}
		}
		if got, _ := ln.Rat().Float64(); math.Abs(got-math.Log(x)) > 1e-14*math.Abs(got) {
			t.Errorf("ln %v = %v, want %v", x, got, math.Log(x))
		}
	}
}
