package jinja

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/parser"
	"github.com/nikolalohinski/gonja/v2/tokens"
)

// structures are the {% … %} that there are.
type structures struct{}

// Get returns the parser of a structure.
func (structures) Get(name string) (parser.ControlStructureParser, bool) {
	switch name {
	case "if":
		return parseIf, true
	case "for":
		return parseFor, true
	case "set":
		return parseSet, true
	}
	return func(p, _ *parser.Parser) (nodes.ControlStructure, error) {
		return nil, syntax(p.Current().Line, fmt.Errorf("{%% %s %%} is not there: there are if, for, set and raw", name))
	}, true
}

// at is where a structure begins; it makes it a node.
type at struct{ token *tokens.Token }

func (a at) Position() *tokens.Token { return a.token }
func (a at) String() string          { return "" }

// An ifBlock is {% if %}: the conditions, and a body for each, with one more for
// else if there is one.
type ifBlock struct {
	at
	conditions []nodes.Expression
	bodies     []*nodes.Wrapper
}

func parseIf(p, args *parser.Parser) (nodes.ControlStructure, error) {
	b := &ifBlock{at: at{p.Current()}}
	for {
		c, err := whole(args)
		if err != nil {
			return nil, err
		}
		b.conditions = append(b.conditions, c)
		body, rest, err := p.WrapUntil("elif", "else", "endif")
		if err != nil {
			return nil, err
		}
		b.bodies = append(b.bodies, body)
		if body.EndTag == "elif" {
			args = rest
			continue
		}
		if err := alone(body, rest); err != nil {
			return nil, err
		}
		if body.EndTag == "else" {
			if body, err = until(p, "endif"); err != nil {
				return nil, err
			}
			b.bodies = append(b.bodies, body)
		}
		return b, nil
	}
}

// A forBlock is {% for %}. Of a list it has the element alone, of a map key and
// element.
type forBlock struct {
	at
	key, element string
	over         nodes.Expression
	body, none   *nodes.Wrapper
}

func parseFor(p, args *parser.Parser) (nodes.ControlStructure, error) {
	b := &forBlock{at: at{p.Current()}}
	names, err := targets(args)
	if err != nil {
		return nil, err
	}
	if args.Match(tokens.In) == nil {
		return nil, args.Error("expected in, after the name of the element", args.Current())
	}
	if b.over, err = whole(args); err != nil {
		return nil, err
	}
	b.element = names[len(names)-1]
	if call, ok := b.over.(*nodes.Call); ok {
		items, ok := call.Func.(*nodes.GetAttribute)
		if !ok || items.Attribute != "items" || len(call.Args)+len(call.Kwargs) > 0 || len(names) != 2 {
			return nil, args.Error("no call is there but {% for key, value in map.items() %}", call.Location)
		}
		b.key, b.over = names[0], items.Node
	} else if len(names) != 1 {
		return nil, args.Error("two names are for the keys and values of map.items()", b.over.Position())
	}
	if b.body, err = until(p, "else", "endfor"); err != nil {
		return nil, err
	}
	if b.body.EndTag == "else" {
		if b.none, err = until(p, "endfor"); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// targets returns the one or two names before "in".
func targets(args *parser.Parser) ([]string, error) {
	var names []string
	for {
		t := args.Match(tokens.Name)
		if t == nil {
			return nil, args.Error("expected a name", args.Current())
		}
		name, err := variable(t)
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, name) || len(names) == 2 {
			return nil, args.Error("expected one name, or two different ones", t)
		}
		names = append(names, name)
		if args.Match(tokens.Comma) == nil {
			return names, nil
		}
	}
}

// A setBlock is {% set name = value %}, or with a if b else c as the value.
type setBlock struct {
	at
	name  string
	value nodes.Expression
	when  nodes.Expression // or nil
	other nodes.Expression
}

func parseSet(p, args *parser.Parser) (nodes.ControlStructure, error) {
	b := &setBlock{at: at{p.Current()}}
	names, err := targets(args)
	if err != nil {
		return nil, err
	}
	if len(names) != 1 || args.Match(tokens.Assign) == nil {
		return nil, args.Error("expected name = value", args.Current())
	}
	b.name = names[0]
	if b.value, err = args.ParseExpression(); err != nil {
		return nil, err
	}
	if b.when, b.other, err = args.ParseCondition(); err != nil {
		return nil, err
	}
	if b.value == nil || !args.Stream().EOF() || (b.when != nil && b.other == nil) {
		return nil, args.Error("expected name = value, or name = a if b else c", args.Current())
	}
	return b, nil
}

// until returns what stands before one of some tags, which have nothing but a name.
func until(p *parser.Parser, tags ...string) (*nodes.Wrapper, error) {
	body, rest, err := p.WrapUntil(tags...)
	if err != nil {
		return nil, err
	}
	return body, alone(body, rest)
}

// alone returns an error if there is more in the tag that ends a body than its name,
// as in {% else if … %}, which the parser would leave out.
func alone(body *nodes.Wrapper, rest *parser.Parser) error {
	if rest.Stream().EOF() {
		return nil
	}
	t := rest.Current()
	if body.EndTag == "else" && t.Val == "if" {
		return syntax(t.Line, errors.New("{% else if %} is not there: write {% elif %}"))
	}
	return syntax(t.Line, fmt.Errorf("{%% %s %%} takes nothing, but there is %q", body.EndTag, t.Val))
}

// whole parses an expression that is all there is.
func whole(args *parser.Parser) (nodes.Expression, error) {
	e, err := args.ParseExpression()
	if err != nil {
		return nil, err
	}
	if e == nil || !args.Stream().EOF() {
		return nil, args.Error("expected one expression", args.Current())
	}
	return e, nil
}
