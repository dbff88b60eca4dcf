package calc

import (
	"errors"
	"fmt"
	"go/constant"
	"go/token"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzEval gives Calculate and eval any text.
func FuzzEval(f *testing.F) {
	for _, tt := range bombs {
		f.Add(tt.expr)
	}
	for _, s := range []string{"1,234.5 + 15%", "max(1,2;3)", "√2²", "2³!", "17 % -5", "log(8, 2)", "sqrt(2)^-3", "floor(pi)", "（１）", "-7 mod 3", "1_0e-3", "median(3,1)", "exp(1)-e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		if len(expr) > maxText {
			return
		}
		work := maxWork
		n, err := eval(expr, &work)
		if work < 0 || work > maxWork {
			t.Errorf("%d steps are left", work)
		}
		if e, ok := errors.AsType[*Error](err); ok {
			if e.Column < 1 || e.Column > utf8.RuneCountInString(expr)+1 {
				t.Errorf("column %d of %q", e.Column, expr)
			}
			if len(e.Problem) > 500 || e.Problem == "" {
				t.Errorf("problem %q", e.Problem)
			}
		} else if err != nil {
			t.Errorf("the error is a %T", err)
		}
		lo, hi := n.Bounds()
		if lo.Cmp(hi) > 0 || n.Exact() != (lo.Cmp(hi) == 0) && n.Exact() {
			t.Errorf("from %s to %s", lo, hi)
		}
		if m := n.Rat(); m.Cmp(lo) < 0 || m.Cmp(hi) > 0 {
			t.Errorf("%s is not between %s and %s", m, lo, hi)
		}
		text := n.String()
		if len(text) > maxDigits+100 {
			t.Errorf("a text of %d bytes", len(text))
		}
		if err == nil && !strings.Contains(text, "≈") {
			again, err := Eval(t.Context(), text)
			if err != nil || again.Rat().Cmp(n.Rat()) != 0 {
				t.Errorf("%q is %s, and that is %s, %v", expr, text, again, err)
			}
		}
		_, _ = Calculate(t.Context(), Input{expr})
	})
}

// An arithmetic is an expression made at random, with its value as package go/constant
// has it, or no value where something is divided by zero.
type arithmetic struct {
	random *rand.Rand
	text   strings.Builder
}

func (a *arithmetic) number() constant.Value {
	digits := fmt.Sprint(a.random.IntN(10_000))
	if a.random.IntN(3) == 0 {
		digits += fmt.Sprintf(".%d", a.random.IntN(1000))
	}
	a.text.WriteString(digits)
	return constant.MakeFromLiteral(digits, token.FLOAT, 0)
}

// sum, product and factor are the grammar, as books have it.
func (a *arithmetic) sum(depth int) constant.Value {
	v := a.product(depth)
	for range a.random.IntN(3) {
		op := []token.Token{token.ADD, token.SUB}[a.random.IntN(2)]
		a.text.WriteString(" " + op.String() + " ")
		v = binary(v, op, a.product(depth))
	}
	return v
}

func (a *arithmetic) product(depth int) constant.Value {
	v := a.factor(depth)
	for range a.random.IntN(3) {
		op := []token.Token{token.MUL, token.QUO}[a.random.IntN(2)]
		a.text.WriteString(op.String())
		v = binary(v, op, a.factor(depth))
	}
	return v
}

func (a *arithmetic) factor(depth int) constant.Value {
	switch c := a.random.IntN(8); {
	case c == 0:
		a.text.WriteString("-")
		v := a.factor(depth)
		if v == nil {
			return nil
		}
		return constant.UnaryOp(token.SUB, v, 0)
	case c < 4 && depth > 0:
		a.text.WriteString("(")
		v := a.sum(depth - 1)
		a.text.WriteString(")")
		return v
	}
	return a.number()
}

func binary(x constant.Value, op token.Token, y constant.Value) constant.Value {
	if x == nil || y == nil || op == token.QUO && constant.Sign(y) == 0 {
		return nil
	}
	return constant.BinaryOp(x, op, y)
}

// FuzzConstant compares with package go/constant.
func FuzzConstant(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		a := arithmetic{random: rand.New(rand.NewPCG(seed, 0))}
		want := a.sum(2)
		expr := a.text.String()
		n, err := Eval(t.Context(), expr)
		if want == nil {
			if err == nil || !strings.Contains(err.Error(), "division by zero") {
				t.Fatalf("%s: %s, %v, want a division by zero", expr, n, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v, want %s", expr, err, want)
		}
		exact, ok := new(big.Rat).SetString(want.ExactString())
		if !ok {
			t.Skip("too big for go/constant")
		}
		if n.Rat().Cmp(exact) != 0 {
			t.Errorf("%s: %s, want %s", expr, n.Rat(), exact)
		}
	})
}

// FuzzBounds holds that what is done to numbers within bounds, done to a fraction
// between them, gives a fraction between the bounds of the result.
func FuzzBounds(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		work := machine{work: maxWork}
		draw := func() (Number, *big.Rat) {
			r := big.NewRat(random.Int64N(2_000_001)-1_000_000, 1+random.Int64N(1000))
			if random.IntN(3) == 0 {
				return Number{rat: r}, r
			}
			lo, hi := around(wide().SetRat(r))
			return Number{lo: lo, hi: hi}, r
		}
		defer func() {
			if e, ok := recover().(*Error); ok && !strings.Contains(e.Problem, "zero") {
				t.Error(e)
			}
		}()
		n, r := draw()
		for range 20 {
			b, s := draw()
			switch op := random.IntN(7); {
			case op == 0:
				n, r = work.add(n, b), new(big.Rat).Add(r, s)
			case op == 1:
				n, r = work.sub(n, b), new(big.Rat).Sub(r, s)
			case op == 2:
				n, r = work.mul(n, b), new(big.Rat).Mul(r, s)
			case op == 3 && s.Sign() != 0:
				n, r = work.quo(n, b), new(big.Rat).Quo(r, s)
			case op == 4:
				n = work.smaller(n, b)
				if s.Cmp(r) < 0 {
					r = s
				}
			case op == 5:
				n = work.larger(n, b)
				if s.Cmp(r) > 0 {
					r = s
				}
			case op == 6:
				n, r = work.abs(n), new(big.Rat).Abs(r)
			}
			if lo, hi := n.Bounds(); lo.Cmp(r) > 0 || hi.Cmp(r) < 0 {
				t.Fatalf("%s is not between %s and %s", r.FloatString(60), lo.FloatString(60), hi.FloatString(60))
			}
		}
	})
}
