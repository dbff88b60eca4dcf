package prompt

import (
	"maps"
	"math"
	"slices"
	"strings"
	"text/template/parse"
)

// pipe compiles a pipeline, without its variables.
func (s *scope) pipe(p *parse.PipeNode) (*expr, error) {
	if len(p.Cmds) > maxNesting {
		return nil, problem(ErrLimit, "a pipeline of more than %d functions", maxNesting)
	}
	var e *expr
	for _, cmd := range p.Cmds {
		var err error
		if e, err = s.command(cmd, e); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// command compiles a command, whose last argument is prev if that is not nil.
func (s *scope) command(cmd *parse.CommandNode, prev *expr) (*expr, error) {
	first := cmd.Args[0]
	if id, ok := first.(*parse.IdentifierNode); ok {
		return s.call(cmd, id.Ident, cmd.Args[1:], prev)
	}
	e, err := s.operand(first)
	switch {
	case err != nil:
		return nil, err
	case len(cmd.Args) > 1:
		return nil, problem(ErrType, "%s is no function and has no arguments", short(first.String()))
	case prev != nil:
		return nil, problem(ErrType, "%s is no function, nothing can be piped into it", short(first.String()))
	}
	return e, nil
}

// operand compiles an argument.
func (s *scope) operand(n parse.Node) (*expr, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *parse.DotNode:
		s.prog.varies = true
		return &expr{op: opDot, typ: s.dot, node: n}, nil
	case *parse.FieldNode:
		s.prog.varies = true
		return s.fields(&expr{op: opDot, typ: s.dot, node: n}, n.Ident)
	case *parse.VariableNode:
		slot, err := s.lookup(n.Ident[0])
		if err != nil {
			return nil, err
		}
		if slot == 0 {
			s.prog.varies = true
		}
		return s.fields(&expr{op: opVar, slot: slot, typ: s.vars[slot].typ, node: n}, n.Ident[1:])
	case *parse.ChainNode:
		base, err := s.operand(n.Node)
		if err != nil {
			return nil, err
		}
		return s.fields(&expr{op: opChain, base: base, typ: base.typ, node: n}, n.Field)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return nil, problem(ErrSyntax, "a variable is set in parentheses; set it before")
		}
		return s.pipe(n)
	case *parse.IdentifierNode:
		return s.call(n, n.Ident, nil, nil)
	case *parse.NilNode:
		return &expr{op: opNil, node: n}, nil
	case *parse.StringNode:
		return &expr{typ: stringType, constant: textValue(n.Text), node: n}, nil
	case *parse.BoolNode:
		return &expr{typ: boolType, constant: boolValue(n.True), node: n}, nil
	case *parse.NumberNode:
		return number(n)
	}
	return nil, problem(ErrSyntax, "%s cannot stand here", short(n.String()))
}

// fields adds the steps to the fields named to e.
func (s *scope) fields(e *expr, names []string) (*expr, error) {
	if len(names) > 0 && e.op == opChain && e.base.op == opNil {
		return nil, problem(ErrType, "nil has no fields")
	}
	for _, name := range names {
		if err := s.count(); err != nil {
			return nil, err
		}
		next, err := s.prog.known.resolve(e.typ, name)
		if err != nil {
			return nil, err
		}
		e.steps, e.typ = append(e.steps, next.steps...), next.typ
	}
	return e, nil
}

// number compiles a number: a whole one if it is written as one.
func number(n *parse.NumberNode) (*expr, error) {
	lower := strings.ToLower(n.Text)
	fraction := ".e"
	if strings.HasPrefix(lower, "0x") {
		fraction = "p"
	}
	switch {
	case n.IsFloat && n.Text[0] != '\'' && strings.ContainsAny(lower, fraction):
		return &expr{typ: floatType, constant: floatValue(n.Float64), node: n}, nil
	case n.IsInt && n.Int64 >= math.MinInt && n.Int64 <= math.MaxInt:
		return &expr{typ: intType, constant: intValue(int(n.Int64)), node: n}, nil
	}
	return nil, problem(ErrType, "%s is too large a number, or a complex one", short(n.Text))
}

// call compiles the call of a function.
func (s *scope) call(n parse.Node, name string, nodes []parse.Node, prev *expr) (*expr, error) {
	fn, ok := functions[name]
	if !ok {
		if field := fieldLike(targetType(s.dot), name); field != "" && len(nodes) == 0 && prev == nil {
			return nil, problem(ErrUnknown, "there is no function %s; a field is written with a dot: .%s", short(name), field)
		}
		return nil, unknown("function ", "", name, slices.Sorted(maps.Keys(functions)))
	}
	e := &expr{op: opCall, fn: fn, node: n}
	for _, node := range nodes {
		arg, err := s.operand(node)
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	if prev != nil {
		e.args = append(e.args, prev)
	}
	if err := s.count(); err != nil {
		return nil, err
	}
	if len(e.args) < fn.min || fn.max > 0 && len(e.args) > fn.max {
		return nil, problem(ErrType, "%s is written %s, not with %d arguments", name, fn.usage, len(e.args))
	}
	for _, arg := range e.args {
		switch {
		case arg.op == opNil && !fn.takesNil:
			return nil, problem(ErrType, "%s of nil", name)
		case arg.typ == nothingType:
			return nil, problem(ErrType, "%s is nothing where a template is given no value", arg)
		}
	}
	if t := static(e.args[0].typ); fn.deep && t != nil {
		if err := s.prog.known.json(t); err != nil {
			return nil, err
		}
	}
	typ, err := fn.check(e.args)
	e.typ = static(typ)
	return e, err
}
