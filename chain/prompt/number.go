package prompt

import "reflect"

// checkAdd checks the types of what is added up.
func checkAdd(args []*expr) (reflect.Type, error) {
	for _, e := range args {
		t := targetType(e.typ)
		if t == nil {
			continue
		}
		switch c := kindClass(t); {
		case c != intClass && c != uintClass:
			return nil, wrongType("add", "whole numbers", e, e.typ)
		case classOf(t) == opaque: // what it cannot print, it cannot print with nothing added
			return nil, cannotPrint(e.String(), e.typ)
		}
	}
	return intType, nil
}

func runAdd(s *state, args []*expr) (value, error) {
	sum := 0
	for _, e := range args {
		v, err := s.must(e)
		if err != nil {
			return value{}, err
		}
		if h := target(v.host); v.kind == host && h.IsValid() && kindClass(h.Type()) != opaque && s.prog.known.class(h.Type()) == opaque {
			return value{}, cannotPrint(e.String(), h.Type())
		}
		n, err := whole("add", e, v)
		if err != nil {
			return value{}, err
		}
		if sum += n; max(n, -n, sum, -sum) >= boundless { // what is beyond it is cut to it
			return value{}, problem(ErrLimit, "add is for numbers below %d", boundless)
		}
	}
	return intValue(sum), nil
}
