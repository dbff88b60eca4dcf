package prompt

import (
	"fmt"
	"reflect"
)

// A function is one that templates may call.
type function struct {
	usage    string
	min, max int // how many arguments; 0 is without end
	takesNil bool
	passes   bool // it returns one of its arguments
	deep     bool // the argument's type is looked through, see catalog.json

	// check returns the type of the result for arguments of the types that are
	// known, or why they are wrong.
	check func(args []*expr) (reflect.Type, error)

	// One of run, which returns the result, and write, which appends it to the
	// output, after it has evaluated all arguments.
	run   func(s *state, args []*expr) (value, error)
	write func(s *state, args []*expr) error
}

// functions is the list, which is closed: there is nothing by which a template
// reaches beyond the value that it is given.
var functions = map[string]*function{
	"and": {usage: "and .A .B", min: 1, passes: true, check: checkLogic, run: runAnd},
	"or":  {usage: "or .A .B", min: 1, passes: true, check: checkLogic, run: runOr},
	"not": {usage: "not .A", min: 1, max: 1, check: checkNot, run: runNot},

	"eq": {usage: "eq .A .B", min: 2, takesNil: true, check: checkEqual, run: runEqual},
	"ne": {usage: "ne .A .B", min: 2, max: 2, takesNil: true, check: checkEqual, run: runUnequal},
	"lt": {usage: "lt .A .B", min: 2, max: 2, check: checkOrder, run: runOrder(func(n int) bool { return n < 0 })},
	"le": {usage: "le .A .B", min: 2, max: 2, check: checkOrder, run: runOrder(func(n int) bool { return n <= 0 })},
	"gt": {usage: "gt .A .B", min: 2, max: 2, check: checkOrder, run: runOrder(func(n int) bool { return n > 0 })},
	"ge": {usage: "ge .A .B", min: 2, max: 2, check: checkOrder, run: runOrder(func(n int) bool { return n >= 0 })},

	"len":     {usage: "len .List", min: 1, max: 1, check: checkLen, run: runLen},
	"add":     {usage: "add .A 1", min: 2, check: checkAdd, run: runAdd},
	"index":   {usage: "index .List 0", min: 2, check: checkIndex, run: runIndex},
	"first":   {usage: "first 3 .List", min: 2, max: 2, check: checkSlice("first"), run: runFirst},
	"last":    {usage: "last 3 .List", min: 2, max: 2, check: checkSlice("last"), run: runLast},
	"join":    {usage: `join ", " .List`, min: 2, max: 2, check: checkJoin, write: writeJoin},
	"default": {usage: `default "none" .A`, min: 2, max: 2, passes: true, check: checkDefault, run: runDefault},

	"upper":    {usage: "upper .Text", min: 1, max: 1, check: checkText("upper"), run: runUpper},
	"lower":    {usage: "lower .Text", min: 1, max: 1, check: checkText("lower"), run: runLower},
	"trim":     {usage: "trim .Text", min: 1, max: 1, check: checkText("trim"), run: runTrim},
	"quote":    {usage: "quote .Text", min: 1, max: 1, check: checkText("quote"), write: writeQuote},
	"indent":   {usage: "indent 2 .Text", min: 2, max: 2, check: checkNumbered("indent", 0, maxIndent), write: writeIndent},
	"truncate": {usage: "truncate 100 .Text", min: 2, max: 2, check: checkNumbered("truncate", 1, boundless), write: writeTruncate},
	"date":     {usage: `date "2006-01-02" .Time`, min: 2, max: 2, check: checkDate, write: writeDate},
	"json":     {usage: "json .A", min: 1, max: 1, deep: true, check: checkJSON, write: writeJSON},
}

// wrongType returns the error of an argument.
func wrongType(fn, want string, what fmt.Stringer, t reflect.Type) error {
	return problem(ErrType, "%s wants %s, and %s is %s", fn, want, short(what.String()), typeName(t))
}

// wantText checks that e may be a text.
func wantText(fn string, e *expr) error {
	if e.typ == nil || targetType(e.typ) == nil {
		return nil
	}
	switch classOf(e.typ) {
	case textClass, bytesClass:
		return nil
	}
	if c := kindClass(targetType(e.typ)); c == textClass || c == bytesClass {
		return cannotPrint(e.String(), e.typ)
	}
	return wrongType(fn, "a text", e, e.typ)
}

// wantNumber checks that e may be a whole number from least to most.
func wantNumber(fn string, e *expr, least, most int) error {
	t := targetType(e.typ)
	if t == nil {
		return nil
	}
	if c := kindClass(t); c != intClass && c != uintClass {
		return wrongType(fn, "a whole number", e, e.typ)
	}
	if e.op == opConst {
		return inRange(fn, int(int64(e.constant.bits)), least, most)
	}
	return nil
}

// inRange checks that n is from least to most.
func inRange(fn string, n, least, most int) error {
	switch {
	case n >= least && (n <= most || most == boundless):
		return nil
	case most == boundless:
		return problem(ErrType, "%s wants a number from %d", fn, least)
	}
	return problem(ErrType, "%s wants a number from %d to %d", fn, least, most)
}

// text returns the value of e, which has to be a text.
func (s *state) text(fn string, e *expr) (string, error) {
	v, err := s.must(e)
	if err != nil {
		return "", err
	}
	switch v.kind {
	case text:
		return v.text, nil
	case null:
		return "", missing(e)
	case host:
		h := target(v.host)
		if !h.IsValid() {
			return "", missing(e)
		}
		switch s.prog.known.class(h.Type()) {
		case textClass:
			return h.String(), nil
		case bytesClass:
			if h.Len() > s.b.most {
				return "", s.b.tooLong()
			}
			return string(h.Bytes()), s.b.work(h.Len())
		case opaque:
			return "", cannotPrint(e.String(), h.Type())
		}
	}
	return "", wrongType(fn, "a text", e, v.typ())
}

// wholeNumber returns the value of e, which has to be a whole number from least to most.
func (s *state) wholeNumber(fn string, e *expr, least, most int) (int, error) {
	v, err := s.must(e)
	if err != nil {
		return 0, err
	}
	n, err := whole(fn, e, v)
	if err != nil {
		return 0, err
	}
	return n, inRange(fn, n, least, most)
}

// whole returns the whole number that v is. A float64 will do if it is one, as it
// is what encoding/json makes of numbers.
func whole(fn string, what fmt.Stringer, v value) (int, error) {
	switch b := v.basic(); b.kind {
	case integer:
		return int(min(max(int64(b.bits), -boundless), boundless)), nil
	case unsigned:
		return int(min(b.bits, boundless)), nil
	case float:
		if f := b.float(); f == float64(int32(f)) {
			return int(f), nil
		}
		return 0, problem(ErrType, "%s wants a whole number, and %s is none", fn, short(what.String()))
	case null, absent:
		return 0, missing(what)
	}
	return 0, wrongType(fn, "a whole number", what, v.typ())
}

// list returns the value of e, which has to be a slice or an array.
func (s *state) list(fn string, e *expr) (reflect.Value, error) {
	v, err := s.must(e)
	if err != nil {
		return reflect.Value{}, err
	}
	if v.kind == null {
		return reflect.Value{}, missing(e)
	}
	if v.kind == host {
		h := target(v.host)
		if !h.IsValid() {
			return h, missing(e)
		}
		if err := open(e, h.Type()); err != nil {
			return h, err
		}
		if h.Kind() == reflect.Slice || h.Kind() == reflect.Array {
			return h, nil
		}
	}
	return reflect.Value{}, wrongType(fn, "a slice or an array", e, v.typ())
}

// wantList checks that e may be a slice or an array, and returns the type of its
// elements, or nil.
func wantList(fn string, e *expr) (reflect.Type, error) {
	t := targetType(e.typ)
	switch {
	case t == nil:
		return nil, nil
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return static(t.Elem()), open(e, t)
	}
	return nil, wrongType(fn, "a slice or an array", e, e.typ)
}
