package prompt

import (
	"cmp"
	"math"
	"reflect"
	"strings"
)

// checkLogic is for and, or: the result is one of the arguments.
func checkLogic(args []*expr) (reflect.Type, error) {
	t := args[0].typ
	for _, a := range args[1:] {
		if a.typ != t {
			return nil, nil
		}
	}
	return t, nil
}

func checkNot([]*expr) (reflect.Type, error) { return boolType, nil }

func runAnd(s *state, args []*expr) (v value, err error) {
	for _, a := range args {
		if v, err = s.eval(a); err != nil || !v.truth() {
			break
		}
	}
	return v, err
}

func runOr(s *state, args []*expr) (v value, err error) {
	for _, a := range args {
		if v, err = s.eval(a); err != nil || v.truth() {
			break
		}
	}
	return v, err
}

func runNot(s *state, args []*expr) (value, error) {
	v, err := s.eval(args[0])
	return boolValue(!v.truth()), err
}

func checkDefault(args []*expr) (reflect.Type, error) {
	if t := args[1].typ; t != nil && fits(args[0].typ, t) {
		return t, nil
	}
	return nil, nil
}

func runDefault(s *state, args []*expr) (value, error) {
	v, err := s.eval(args[1])
	if err != nil || v.truth() {
		return v, err
	}
	return s.eval(args[0])
}

// checkEqual is for eq and ne.
func checkEqual(args []*expr) (reflect.Type, error) {
	for _, a := range args[1:] {
		if err := canCompare(args[0], a, false); err != nil {
			return nil, err
		}
	}
	return boolType, nil
}

// checkOrder is for lt, le, gt, ge.
func checkOrder(args []*expr) (reflect.Type, error) {
	return boolType, canCompare(args[0], args[1], true)
}

// canCompare checks that a and b may be compared, as far as their types are known.
func canCompare(a, b *expr, ordered bool) error {
	if a.op == opNil || b.op == opNil {
		for _, e := range []*expr{a, b} {
			if e.typ != nil && !nillable(e.typ) {
				return problem(ErrType, "%s is %s, which is never nil", short(e.String()), typeName(e.typ))
			}
		}
		return nil
	}
	for _, e := range []*expr{a, b} {
		t := targetType(e.typ)
		if t == nil {
			continue
		}
		switch c := kindClass(t); {
		case c == opaque, c == bytesClass:
			return problem(ErrType, "%s is %s, which cannot be compared", short(e.String()), typeName(e.typ))
		case ordered && hides(t): // by halves, one finds what it is
			return open(e, t)
		case ordered && c == boolClass:
			return problem(ErrType, "%s is %s, which is neither more nor less", short(e.String()), typeName(e.typ))
		}
	}
	x, y := targetType(a.typ), targetType(b.typ)
	if x == nil || y == nil {
		return nil
	}
	kx, ky := reflect.Zero(x), reflect.Zero(y)
	return alike(a, b, hostValue(kx).basic(), hostValue(ky).basic())
}

// nillable reports whether values of t may be nil.
func nillable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Func, reflect.Chan:
		return true
	}
	return false
}

// alike checks that x and y, the values of a and b, may be compared: two texts, two
// booleans, two numbers with a fraction or two without. A number that is written in
// the template goes with either.
func alike(a, b *expr, x, y value) error {
	whole := func(v value) bool { return v.kind == integer || v.kind == unsigned }
	number := func(v value) bool { return whole(v) || v.kind == float }
	switch {
	case x.kind == y.kind, whole(x) && whole(y):
		return nil
	case number(x) && number(y) && (a.op == opConst || b.op == opConst):
		return nil
	}
	return problem(ErrType, "%s is %s and %s is %s, which cannot be compared",
		short(a.String()), typeName(x.typ()), short(b.String()), typeName(y.typ()))
}

// operands returns what is to be compared of v and w, the values of a and b.
func (s *state) operands(a, b *expr, v, w value, ordered bool) (x, y value, err error) {
	x, err = comparand(a, v, ordered)
	if err == nil {
		y, err = comparand(b, w, ordered)
	}
	if err == nil {
		err = alike(a, b, x, y)
	}
	if err == nil && x.kind == text {
		err = s.b.work(min(len(x.text), len(y.text)))
	}
	return x, y, err
}

// comparand returns v, the value of e, as a text, a boolean or a number.
func comparand(e *expr, v value, ordered bool) (value, error) {
	b := v.basic()
	switch b.kind {
	case text:
		if ordered && v.kind == host {
			return b, open(e, target(v.host).Type())
		}
	case absent, null:
		return b, missing(e)
	case host:
		return b, problem(ErrType, "%s is %s, which cannot be compared", short(e.String()), typeName(b.typ()))
	}
	return b, nil
}

// equal reports whether v, the value of a, is that of b.
func (s *state) equal(a, b *expr, v value) (bool, error) {
	w, err := s.eval(b)
	switch {
	case err != nil:
		return false, err
	case a.op == opNil:
		return w.isNil(), nil
	case b.op == opNil:
		return v.isNil(), nil
	}
	x, y, err := s.operands(a, b, v, w, false)
	return err == nil && order(x, y) == 0, err
}

// isNil reports whether v is nil, or not there at all.
func (v value) isNil() bool {
	switch v.kind {
	case absent, null:
		return true
	case host:
		return nillable(v.host.Type()) && v.host.IsNil()
	}
	return false
}

func runEqual(s *state, args []*expr) (value, error) {
	v, err := s.eval(args[0])
	same := false
	for i := 1; i < len(args) && err == nil && !same; i++ {
		same, err = s.equal(args[0], args[i], v)
	}
	return boolValue(same), err
}

func runUnequal(s *state, args []*expr) (value, error) {
	same, err := runEqual(s, args)
	return boolValue(!same.truth()), err
}

// runOrder returns a function that reports whether what order returns is as it is
// to be.
func runOrder(is func(int) bool) func(*state, []*expr) (value, error) {
	return func(s *state, args []*expr) (value, error) {
		v, err := s.eval(args[0])
		if err != nil {
			return value{}, err
		}
		w, err := s.eval(args[1])
		if err != nil {
			return value{}, err
		}
		x, y, err := s.operands(args[0], args[1], v, w, true)
		switch {
		case err != nil:
			return value{}, err
		case x.kind == boolean:
			return value{}, problem(ErrType, "%s is a bool, which is neither more nor less", short(args[0].String()))
		}
		n := order(x, y)
		return boolValue(n != incomparable && is(n)), nil
	}
}

// incomparable is what order returns where there is none: for NaN.
const incomparable = math.MinInt

// order returns -1 if x is less than y, 0 if they are equal, and 1 if it is more.
func order(x, y value) int {
	switch {
	case x.kind == text:
		return strings.Compare(x.text, y.text)
	case x.kind == float && y.kind == float:
		return orderFloats(x.float(), y.float())
	case x.kind == float:
		if n := order(y, x); n != incomparable {
			return -n
		}
		return incomparable
	case y.kind == float:
		return orderMixed(x, y.float())
	case x.kind == integer && int64(x.bits) < 0:
		if y.kind == integer {
			return cmp.Compare(int64(x.bits), int64(y.bits))
		}
		return -1
	case y.kind == integer && int64(y.bits) < 0:
		return 1
	}
	return cmp.Compare(x.bits, y.bits)
}

func orderFloats(x, y float64) int {
	if x != x || y != y {
		return incomparable
	}
	return cmp.Compare(x, y)
}

// orderMixed compares a whole number with one that may have a fraction, exactly.
func orderMixed(x value, f float64) int {
	switch {
	case f != f:
		return incomparable
	case f >= 1<<64:
		return -1
	case f < -1<<63:
		return 1
	}
	down := math.Floor(f)
	y := value{kind: integer, bits: uint64(int64(down))}
	if down >= 0 {
		y = value{kind: unsigned, bits: uint64(down)}
	}
	if n := order(x, y); n != 0 || down == f {
		return n
	}
	return -1
}
