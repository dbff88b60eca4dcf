package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/tokens"
)

// expr returns e in the language of package prompt, as an operand: a call of a
// function stands in parentheses.
func (t *translation) expr(e nodes.Node) (string, error) {
	if t.depth++; t.depth > maxDepth {
		return "", tooDeep(t.lines+1, "expressions")
	}
	defer func() { t.depth-- }()
	switch e := e.(type) {
	case *nodes.Name:
		return t.name(e.Name)
	case *nodes.GetAttribute:
		return t.attribute(e)
	case *nodes.GetItem:
		return t.item(e)
	case *nodes.String:
		return strconv.Quote(e.Val), nil
	case *nodes.Integer:
		return strconv.Itoa(e.Val), nil
	case *nodes.Float:
		return strconv.FormatFloat(e.Val, 'g', -1, 64), nil
	case *nodes.Bool:
		return strconv.FormatBool(e.Val), nil
	case *nodes.UnaryExpression:
		return t.sign(e)
	case *nodes.Negation:
		return t.call("not", e.Term)
	case *nodes.BinaryExpression:
		return t.binary(e)
	case *nodes.FilteredExpression:
		return t.filtered(e)
	case *nodes.TestExpression:
		return "", syntax(e.Test.Token.Line, fmt.Errorf("the test %q is not there: compare, or ask {%% if value %%}", e.Test.Name))
	case *nodes.Call:
		return "", syntax(e.Location.Line, errors.New("nothing can be called"))
	case nil:
		return "", syntax(0, errors.New("expected an expression"))
	}
	return "", syntax(lineOf(e), errors.New(noCollections))
}

const noCollections = "lists, tuples, maps, slices and None are not there"

// call returns a call of a function.
func (t *translation) call(function string, args ...nodes.Node) (string, error) {
	var b strings.Builder
	b.WriteString("(" + function)
	for _, a := range args {
		s, err := t.expr(a)
		if err != nil {
			return "", err
		}
		b.WriteString(" " + s)
	}
	return b.String() + ")", nil
}

// constants are names that are none.
var constants = []string{"true", "True", "false", "False", "none", "None", "nil"}

// variable returns the name of a variable that is to be set.
func variable(token *tokens.Token) (string, error) {
	name := token.Val
	if name == "loop" || strings.HasPrefix(name, "loop_") || slices.Contains(constants, name) {
		return "", syntax(token.Line, fmt.Errorf("%q is taken", name))
	}
	return name, nil
}

func (t *translation) name(token *tokens.Token) (string, error) {
	name := token.Val
	switch {
	case slices.Contains(t.vars, name):
		return "$" + name, nil
	case name == "none":
		return "", syntax(token.Line, errors.New(noCollections))
	case name == "loop" && t.loop != nil:
		return "", syntax(token.Line, errors.New("loop is for loop.index, loop.index0, loop.first, loop.last and loop.length"))
	}
	return "$." + name, nil
}

func (t *translation) attribute(e *nodes.GetAttribute) (string, error) {
	if n, ok := e.Node.(*nodes.Name); ok && n.Name.Val == "loop" && t.loop != nil {
		return t.ofLoop(e)
	}
	if e.Attribute == "" {
		return t.index(e.Node, strconv.Itoa(e.Index))
	}
	of, err := t.expr(e.Node)
	if err != nil {
		return "", err
	}
	if of[0] != '$' && of[0] != '(' {
		return "", syntax(e.Location.Line, errors.New("a constant has no fields"))
	}
	return of + "." + e.Attribute, nil
}

// ofLoop returns what loop.… stands for.
func (t *translation) ofLoop(e *nodes.GetAttribute) (string, error) {
	if !t.loop.list {
		return "", syntax(e.Location.Line, errors.New("loop is there in lists, not in maps"))
	}
	switch i := t.loop.index; e.Attribute {
	case "index0":
		return i, nil
	case "index":
		return "(add " + i + " 1)", nil
	case "first":
		return "(eq " + i + " 0)", nil
	case "last":
		t.loop.counted = true
		return "(eq (add " + i + " 1) (len " + i + "_list))", nil
	case "length":
		t.loop.counted = true
		return "(len " + i + "_list)", nil
	}
	return "", syntax(e.Location.Line, fmt.Errorf("loop.%s is not there: there are loop.index, loop.index0, loop.first, loop.last and loop.length", e.Attribute))
}

func (t *translation) item(e *nodes.GetItem) (string, error) {
	if e.Arg == nil {
		return "", syntax(e.Location.Line, errors.New("expected an index"))
	}
	i, err := t.expr(e.Arg)
	if err != nil {
		return "", err
	}
	return t.index(e.Node, i)
}

func (t *translation) index(of nodes.Node, i string) (string, error) {
	s, err := t.expr(of)
	return "(index " + s + " " + i + ")", err
}

func (t *translation) sign(e *nodes.UnaryExpression) (string, error) {
	switch n := e.Term.(type) {
	case *nodes.Integer, *nodes.Float:
		s, err := t.expr(n)
		if e.Negative {
			s = "-" + s
		}
		return s, err
	}
	return "", syntax(e.Operator.Line, errors.New("a sign is for a number"))
}

// operators are those that there are.
var operators = map[tokens.Type]string{
	tokens.And: "and", tokens.Or: "or",
	tokens.Equals: "eq", tokens.Ne: "ne",
	tokens.LowerThan: "lt", tokens.LowerThanOrEqual: "le",
	tokens.GreaterThan: "gt", tokens.GreaterThanOrEqual: "ge",
}

func (t *translation) binary(e *nodes.BinaryExpression) (string, error) {
	operator := e.Operator.Token
	function, ok := operators[operator.Type]
	if !ok {
		return "", syntax(operator.Line, fmt.Errorf("the operator %s is not there: compute before, in a field", strings.TrimSpace(operator.Val)))
	}
	if left, ok := e.Left.(*nodes.BinaryExpression); ok && compares(function) && compares(operators[left.Operator.Token.Type]) {
		return "", syntax(operator.Line, errors.New("comparisons one after the other are not there: write and between them"))
	}
	return t.call(function, e.Left, e.Right)
}

func compares(function string) bool { return len(function) == 2 && function != "or" }

// filters are those that there are, with the function of each and how many
// arguments it takes beside the value, which comes last.
var filters = map[string]struct {
	function  string
	args      int
	otherwise string // for an argument that is left out
}{
	"upper": {"upper", 0, ""}, "lower": {"lower", 0, ""}, "trim": {"trim", 0, ""},
	"join":    {"join", 1, `""`},
	"default": {"default", 1, `""`}, "d": {"default", 1, `""`},
	"length": {"len", 0, ""}, "count": {"len", 0, ""},
	"tojson": {"json", 0, ""},
}

func (t *translation) filtered(e *nodes.FilteredExpression) (string, error) {
	if len(e.Filters) > maxDepth {
		return "", tooDeep(e.Filters[0].Token.Line, "filters")
	}
	s, err := t.expr(e.Expression)
	for _, call := range e.Filters {
		if err != nil {
			return "", err
		}
		s, err = t.filter(call, s)
	}
	return s, err
}

func (t *translation) filter(call *nodes.FilterCall, of string) (string, error) {
	f, ok := filters[call.Name]
	switch {
	case call.Name == "first" && len(call.Args)+len(call.Kwargs) == 0:
		return "(index " + of + " 0)", nil
	case !ok:
		return "", syntax(call.Token.Line, fmt.Errorf("the filter %q is not there: there are upper, lower, trim, join, default, length, tojson and first", call.Name))
	case f.function == "default" && len(call.Args) == 2 && isTrue(call.Args[1]):
		return t.filter(&nodes.FilterCall{Token: call.Token, Name: call.Name, Args: call.Args[:1]}, of)
	case len(call.Args) > f.args || len(call.Kwargs) > 0:
		return "", syntax(call.Token.Line, fmt.Errorf("the filter %q takes at most %d arguments here", call.Name, f.args))
	case f.args == 0:
		return "(" + f.function + " " + of + ")", nil
	case len(call.Args) == 0:
		return "(" + f.function + " " + f.otherwise + " " + of + ")", nil
	}
	arg, err := t.expr(call.Args[0])
	return "(" + f.function + " " + arg + " " + of + ")", err
}

func isTrue(e nodes.Expression) bool {
	b, ok := e.(*nodes.Bool)
	return ok && b.Val
}
