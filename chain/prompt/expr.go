package prompt

import (
	"fmt"
	"reflect"
	"strconv"
)

// An expr is something that has a value.
type expr struct {
	op       op
	typ      reflect.Type // nil if it shows at rendering
	node     fmt.Stringer // what stands in the text
	constant value        // of an opConst
	steps    []step       // from the dot, the variable, the base
	slot     int          // of an opVar
	base     *expr        // of an opChain
	fn       *function    // of an opCall
	args     []*expr
}

type op uint8

const (
	opConst op = iota
	opNil
	opDot
	opVar
	opChain
	opCall
)

// String returns what stands in the text.
func (e *expr) String() string { return e.node.String() }

// eval returns the value of e. It may be absent: see must.
func (s *state) eval(e *expr) (value, error) {
	switch e.op {
	case opConst:
		return e.constant, nil
	case opDot:
		return s.walk(s.dot, e.steps)
	case opVar:
		return s.walk(s.vars[s.base+e.slot], e.steps)
	case opChain:
		v, err := s.eval(e.base)
		if err != nil {
			return value{}, err
		}
		return s.walk(v, e.steps)
	case opCall:
		if err := s.b.step(1 + len(e.args)/8); err != nil {
			return value{}, err
		}
		if e.fn.write != nil {
			return s.apart(e)
		}
		return e.fn.run(s, e.args)
	}
	return value{kind: null}, nil
}

// must returns the value of e, which has to be there.
func (s *state) must(e *expr) (value, error) {
	v, err := s.eval(e)
	if err == nil && v.kind == absent {
		err = missing(e)
	}
	return v, err
}

// walk follows the steps from v.
func (s *state) walk(v value, steps []step) (value, error) {
	if len(steps) == 0 {
		return v, nil
	}
	if len(steps) >= 8 {
		if err := s.b.step(len(steps) / 8); err != nil {
			return value{}, err
		}
	}
	switch v.kind {
	case absent, null:
		return value{}, nil
	case host:
		h, err := s.prog.known.walk(v.host, steps)
		if err != nil || !h.IsValid() {
			return value{}, err
		}
		return hostValue(h), nil
	}
	return value{}, problem(ErrUnknown, "there is no .%s in %s, which has no fields", short(steps[0].name), typeName(v.typ()))
}

// apart returns the text that the function of e writes.
func (s *state) apart(e *expr) (value, error) {
	out, limit := s.out, s.max
	s.out, s.max = s.scratch[:0], s.b.most
	err := e.fn.write(s, e.args)
	if err == nil {
		err = s.b.work(len(s.out))
	}
	var v value
	if err == nil {
		v = textValue(string(s.out))
	}
	s.scratch, s.out, s.max = s.out[:0], out, limit
	return v, err
}

// print appends the value of e to the output.
func (s *state) print(e *expr) error {
	if e.op == opCall && e.fn.write != nil {
		if err := s.b.step(1 + len(e.args)/8); err != nil {
			return err
		}
		return e.fn.write(s, e.args)
	}
	v, err := s.must(e)
	if err != nil {
		return err
	}
	err = s.printValue(v)
	if err == errMissing {
		return missing(e)
	}
	return err
}

// printValue appends v. The error is errMissing if it is not there.
func (s *state) printValue(v value) error {
	switch v.kind {
	case absent, null:
		return errMissing
	case host:
		h := target(v.host)
		if !h.IsValid() {
			return errMissing
		}
		c := s.prog.known.class(h.Type())
		if c == opaque {
			return cannotPrint("the value", h.Type())
		}
		return s.append(h, c)
	}
	return s.appendBasic(v)
}

// append appends what is printed of v, which is of the class.
func (s *state) append(v reflect.Value, c class) (err error) {
	switch c {
	case textClass:
		return s.write(v.String())
	case bytesClass:
		b := v.Bytes()
		if err := s.room(len(b)); err != nil {
			return err
		}
		s.out = append(s.out, b...)
		return nil
	case float32Class:
		return s.number(func(out []byte) ([]byte, error) { return appendFloat(out, v.Float(), 32) })
	case intClass:
		return s.appendInt(v.Int())
	}
	return s.appendBasic(hostValue(v).basic())
}

// appendBasic appends a text, a boolean or a number.
func (s *state) appendBasic(v value) error {
	switch v.kind {
	case text:
		return s.write(v.text)
	case boolean:
		return s.write(strconv.FormatBool(v.bits != 0))
	case integer:
		return s.appendInt(int64(v.bits))
	case unsigned:
		return s.number(func(out []byte) ([]byte, error) { return strconv.AppendUint(out, v.bits, 10), nil })
	}
	return s.number(func(out []byte) ([]byte, error) { return appendFloat(out, v.float(), 64) })
}

// appendInt appends a whole number.
func (s *state) appendInt(n int64) error {
	start := len(s.out)
	s.out = strconv.AppendInt(s.out, n, 10)
	return s.undo(start)
}

// number appends a number, which is short.
func (s *state) number(add func([]byte) ([]byte, error)) (err error) {
	start := len(s.out)
	if s.out, err = add(s.out); err != nil {
		return err
	}
	return s.undo(start)
}

// undo takes back what was written after start if it is over the limit.
func (s *state) undo(start int) error {
	if len(s.out) <= s.max {
		return nil
	}
	s.out = s.out[:start]
	return s.b.tooLong()
}

// typ returns the type of v, or nil if it is null or absent.
func (v value) typ() reflect.Type {
	switch v.kind {
	case text:
		return stringType
	case boolean:
		return boolType
	case integer:
		return intType
	case unsigned:
		return reflect.TypeFor[uint]()
	case float:
		return floatType
	case host:
		return v.host.Type()
	}
	return nil
}
