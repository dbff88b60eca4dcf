package prompt

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// A stmt is something a program does.
type stmt interface{ run(s *state) error }

// A block is a list of them.
type block []stmt

func (b block) run(s *state) error {
	for _, st := range b {
		if err := st.run(s); err != nil {
			return err
		}
	}
	return nil
}

// texts appends the constant text of b to all.
func (b block) texts(all []string) []string {
	for _, st := range b {
		switch st := st.(type) {
		case *textStmt:
			all = append(all, string(st.text))
		case *branchStmt:
			all = st.otherwise.texts(st.then.texts(all))
		case *rangeStmt:
			all = st.otherwise.texts(st.body.texts(all))
		}
	}
	return all
}

// A spot is where a node stands.
type spot struct {
	src  *source
	node parse.Node
}

// fail returns err as an *Error, unless it is one already.
func (at spot) fail(err error) error {
	switch err := err.(type) {
	case *Error:
		return err
	default:
		return &Error{at.src.name, at.src.line(int(at.node.Position())), fmt.Errorf("in %s: %w", at, err)}
	}
}

// String returns the action, cut short.
func (at spot) String() string {
	var text string
	switch n := at.node.(type) {
	case *parse.TextNode:
		return "the text"
	case *parse.IfNode:
		text = "{{if " + n.Pipe.String() + "}}"
	case *parse.WithNode:
		text = "{{with " + n.Pipe.String() + "}}"
	case *parse.RangeNode:
		text = "{{range " + n.Pipe.String() + "}}"
	default:
		text = n.String()
	}
	return short(strings.ToValidUTF8(text, "\uFFFD"))
}

type textStmt struct {
	at   spot
	text []byte // the parser's: it is not copied for each type
}

func (st *textStmt) run(s *state) error {
	if err := s.room(len(st.text)); err != nil {
		return st.at.fail(err)
	}
	s.out = append(s.out, st.text...)
	return nil
}

// A printStmt is {{pipeline}}.
type printStmt struct {
	at spot
	e  *expr
}

func (st *printStmt) run(s *state) error {
	err := s.b.step(1)
	if err == nil {
		err = s.print(st.e)
	}
	if err != nil {
		return st.at.fail(err)
	}
	return nil
}

// A fieldStmt is {{.Field}} where all is known: the short way for most actions.
type fieldStmt struct {
	at    spot
	e     *expr
	index []int
	class class
}

// newFieldStmt returns the statement that prints e, if it is that simple.
func newFieldStmt(at spot, e *expr) (*fieldStmt, bool) {
	st := &fieldStmt{at: at, e: e, class: classOf(e.typ)}
	for _, step := range e.steps {
		if step.how != byIndex {
			return nil, false
		}
		st.index = append(st.index, step.index)
	}
	return st, st.class != opaque
}

func (st *fieldStmt) run(s *state) error {
	if err := s.b.step(1 + len(st.index)/8); err != nil {
		return st.at.fail(err)
	}
	v := s.dot.host
	for _, i := range st.index {
		if v.Kind() == reflect.Pointer {
			if v = target(v); !v.IsValid() {
				return st.at.fail(missing(st.e))
			}
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer {
		if v = target(v); !v.IsValid() {
			return st.at.fail(missing(st.e))
		}
	}
	if err := s.append(v, st.class); err != nil {
		return st.at.fail(err)
	}
	return nil
}

// A setStmt is {{$x := pipeline}} or {{$x = pipeline}}.
type setStmt struct {
	at  spot
	e   *expr
	set setting
}

func (st *setStmt) run(s *state) error {
	err := s.b.step(1)
	var v value
	if err == nil {
		v, err = s.must(st.e)
	}
	if err == nil {
		err = s.set(st.set, v)
	}
	if err != nil {
		return st.at.fail(err)
	}
	return nil
}

// set sets a variable.
func (s *state) set(to setting, v value) error {
	if to.slot < 0 {
		return nil
	}
	if to.want != nil && v.kind != absent {
		if t := v.typ(); t == nil || !fits(t, to.want) {
			return problem(ErrType, "the variable is %s, and cannot become %s", typeName(to.want), typeName(t))
		}
	}
	s.vars[s.base+to.slot] = v
	return nil
}

// A branchStmt is an if or a with.
type branchStmt struct {
	at              spot
	e               *expr
	set             setting
	with            bool
	then, otherwise block
}

func (st *branchStmt) run(s *state) error {
	err := s.b.step(1)
	var v value
	if err == nil {
		v, err = s.eval(st.e)
	}
	if err == nil {
		err = s.set(st.set, v)
	}
	if err != nil {
		return st.at.fail(err)
	}
	if !v.truth() {
		return st.otherwise.run(s)
	}
	if !st.with {
		return st.then.run(s)
	}
	outer := s.dot
	s.dot = v
	err = st.then.run(s)
	s.dot = outer
	return err
}

// A callStmt is {{template "name" pipeline}}.
type callStmt struct {
	at   spot
	e    *expr // nil if there is none
	unit *unit
}

func (st *callStmt) run(s *state) error {
	err := s.b.step(1 + st.unit.slots/8)
	var dot value
	if err == nil && st.e != nil {
		dot, err = s.must(st.e)
	}
	if err == nil && s.depth == maxNesting {
		err = problem(ErrLimit, "more than %d templates in one another", maxNesting)
	}
	if err != nil {
		return st.at.fail(err)
	}
	s.depth++
	err = s.call(st.unit, dot)
	s.depth--
	return err
}

// A jumpStmt is {{break}} or {{continue}}.
type jumpStmt struct {
	at  spot
	err error
}

func (st *jumpStmt) run(s *state) error {
	if err := s.b.step(1); err != nil {
		return st.at.fail(err)
	}
	return st.err
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

// A rangeStmt is {{range pipeline}}.
type rangeStmt struct {
	at              spot
	e               *expr
	key, elem       setting
	body, otherwise block
}

func (st *rangeStmt) run(s *state) error {
	err := s.b.step(1)
	var v value
	if err == nil {
		v, err = s.must(st.e)
	}
	if err != nil {
		return st.at.fail(err)
	}
	list := target(v.host)
	switch {
	case v.kind == null || v.kind == host && !list.IsValid():
		return st.at.fail(missing(st.e))
	case v.kind != host:
		return st.at.fail(cannotRange(v.typ()))
	}
	outer := s.dot
	switch list.Kind() {
	case reflect.Slice, reflect.Array:
		if err = open(st.e, list.Type()); err != nil {
			return st.at.fail(err)
		}
		err = st.list(s, list)
	case reflect.Map:
		err = st.sorted(s, list)
	default:
		err = st.at.fail(cannotRange(v.typ()))
	}
	s.dot = outer
	if err == errBreak {
		err = nil
	}
	if err == nil && list.Len() == 0 {
		return st.otherwise.run(s)
	}
	return err
}

// list runs the body for the elements of a list.
func (st *rangeStmt) list(s *state, list reflect.Value) error {
	for i := range list.Len() {
		if err := s.b.step(1); err != nil {
			return st.at.fail(err)
		}
		if err := st.once(s, intValue(i), hostValue(list.Index(i))); err != nil {
			return err
		}
	}
	return nil
}

// sorted runs the body for the elements of a map, in the order of their keys.
func (st *rangeStmt) sorted(s *state, m reflect.Value) error {
	if !sortable(m.Type().Key()) {
		return st.at.fail(problem(ErrType, "range over %s, whose keys have no order", typeName(m.Type())))
	}
	if err := s.b.step(m.Len()); err != nil { // at once: all keys are taken, also if the body breaks
		return st.at.fail(err)
	}
	type pair struct {
		key  value // as basic returns it, and where it is from as its host
		elem reflect.Value
	}
	pairs := make([]pair, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		k := hostValue(it.Key())
		p := pair{k.basic(), it.Value()}
		if p.key.kind == host || p.key.kind == null || k.host.Kind() == reflect.Pointer || order(p.key, p.key) == incomparable {
			return st.at.fail(problem(ErrType, "range over %s, whose keys have no order", typeName(m.Type())))
		}
		p.key.host = k.host
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.key.kind, b.key.kind), order(a.key, b.key))
	})
	for _, p := range pairs {
		if err := st.once(s, hostValue(p.key.host), hostValue(p.elem)); err != nil {
			return err
		}
	}
	return nil
}

// once runs the body for an element.
func (st *rangeStmt) once(s *state, key, elem value) error {
	err := s.set(st.key, key)
	if err == nil {
		err = s.set(st.elem, elem)
	}
	if err != nil {
		return st.at.fail(err)
	}
	s.dot = elem
	if err = st.body.run(s); err == errContinue {
		return nil
	}
	return err
}
