package jinja

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nikolalohinski/gonja/v2/nodes"

	"github.com/hadal-go/hadal/chain/prompt"
)

// A translation is a text that is being written in the language of package prompt.
type translation struct {
	out   []byte
	lines int      // newlines in out
	vars  []string // variables in scope, innermost last
	count int      // of {% for %} so far, for the names of their indexes
	loop  *loop    // the innermost {% for %}, or nil
	ifs   int      // how many {% if %} are around, inside of loop
	depth int      // of the expression
}

// A loop is a {% for %} whose body is being written.
type loop struct {
	index   string // the variable with the index; of a map, with the key
	list    bool
	counted bool // the list has a variable, as its length is asked for
	vars    int  // how many variables were there before it
	outer   *loop
}

func (t *translation) write(s string) {
	t.lines += strings.Count(s, "\n")
	t.out = append(t.out, s...)
}

// literal writes text that is no action, and makes none with what follows.
func (t *translation) literal(s string) {
	text, last := strings.CutSuffix(strings.ReplaceAll(s, "{{", "{{\"{{\"}}"), "{")
	t.write(text)
	if last {
		t.write("{{\"{\"}}")
	}
}

// reach brings the text to a line of the original, after text that was trimmed or
// dropped, so that lines in errors are those of the original.
func (t *translation) reach(line int) {
	if missing := line - 1 - t.lines; missing > 0 {
		t.write("{{/*" + strings.Repeat("\n", missing) + "*/}}")
	}
}

func (t *translation) all(list []nodes.Node) error {
	for _, n := range list {
		if n == nil {
			continue
		}
		if err := t.node(n); err != nil {
			return err
		}
	}
	return nil
}

func (t *translation) node(n nodes.Node) error {
	switch n := n.(type) {
	case *nodes.Data:
		t.reach(n.Data.Line)
		t.literal(n.Data.Val)
		return nil
	case *nodes.Output:
		t.reach(lineOf(n))
		return t.output(n)
	case *nodes.ControlStructureBlock:
		t.reach(lineOf(n))
		switch b := n.ControlStructure.(type) {
		case *ifBlock:
			return t.ifBlock(b)
		case *forBlock:
			return t.forBlock(b)
		case *setBlock:
			return t.setBlock(b)
		}
	}
	return syntax(lineOf(n), fmt.Errorf("%T is not there", n))
}

func (t *translation) output(o *nodes.Output) error {
	value, err := t.expr(o.Expression)
	if err != nil {
		return err
	}
	if o.Condition == nil {
		t.write("{{" + value + "}}")
		return nil
	}
	condition, err := t.expr(o.Condition)
	if err != nil {
		return err
	}
	t.write("{{if " + condition + "}}{{" + value + "}}")
	if o.Alternative != nil {
		other, err := t.expr(o.Alternative)
		if err != nil {
			return err
		}
		t.write("{{else}}{{" + other + "}}")
	}
	t.write("{{end}}")
	return nil
}

func (t *translation) ifBlock(b *ifBlock) error {
	t.ifs++
	defer func() { t.ifs-- }()
	word := "{{if "
	for i, body := range b.bodies {
		if i < len(b.conditions) {
			condition, err := t.expr(b.conditions[i])
			if err != nil {
				return err
			}
			t.write(word + condition + "}}")
			word = "{{else if "
		} else {
			t.write("{{else}}")
		}
		if err := t.body(body); err != nil {
			return err
		}
	}
	t.write("{{end}}")
	return nil
}

// body writes the inside of a block. Its variables end with it.
func (t *translation) body(w *nodes.Wrapper) error {
	scope := len(t.vars)
	err := t.all(w.Nodes)
	t.vars = t.vars[:scope]
	return err
}

func (t *translation) forBlock(b *forBlock) error {
	over, err := t.expr(b.over)
	if err != nil {
		return err
	}
	t.count++
	l := &loop{index: "$loop_" + strconv.Itoa(t.count), list: b.key == "", vars: len(t.vars), outer: t.loop}
	ifs := t.ifs
	if b.key != "" {
		l.index = "$" + b.key
		t.vars = append(t.vars, b.key)
	}
	t.vars = append(t.vars, b.element)
	begin := len(t.out)
	t.loop, t.ifs = l, 0
	defer func() { t.ifs = ifs }()
	err = t.body(b.body)
	t.loop, t.vars = l.outer, t.vars[:l.vars]
	if err != nil {
		return err
	}
	t.out = slices.Insert(t.out, begin, []byte(l.head(b.element, over))...)
	if b.none != nil {
		t.write("{{else}}")
		if err := t.body(b.none); err != nil {
			return err
		}
	}
	t.write("{{end}}")
	return nil
}

// head returns the action that begins the loop. In Jinja, a loop over a map goes over
// the keys; here it would go over the values. So first sees to it that it is a list.
func (l *loop) head(element, over string) string {
	before := ""
	if l.list {
		over = "(first 2147483647 " + over + ")"
	}
	if l.counted {
		before = "{{" + l.index + "_list := " + over + "}}"
		over = l.index + "_list"
	}
	return before + "{{range " + l.index + ", $" + element + " := " + over + "}}"
}

// setBlock writes {% set %}. In Jinja a loop has variables of its own and a
// condition has not, so that inside of one a variable changes, if it is there.
func (t *translation) setBlock(b *setBlock) error {
	value, err := t.expr(b.value)
	if err != nil {
		return err
	}
	if b.when != nil {
		return t.setEither(b, value)
	}
	return t.assign(b, value)
}

// setEither writes {% set %} with a condition in it.
func (t *translation) setEither(b *setBlock, value string) error {
	when, err := t.expr(b.when)
	if err != nil {
		return err
	}
	other, err := t.expr(b.other)
	if err != nil {
		return err
	}
	if !slices.Contains(t.vars, b.name) {
		if err := t.assign(b, other); err != nil {
			return err
		}
		t.write("{{if " + when + "}}{{$" + b.name + " = " + value + "}}{{end}}")
		return nil
	}
	t.write("{{$loop_set := " + other + "}}{{if " + when + "}}{{$loop_set = " + value + "}}{{end}}") // they may use the old value
	return t.assign(b, "$loop_set")
}

func (t *translation) assign(b *setBlock, value string) error {
	own := t.vars
	if t.loop != nil {
		own = own[t.loop.vars:]
	}
	there := slices.Contains(own, b.name)
	switch {
	case t.ifs == 0:
		if !there {
			if len(t.vars) == maxVars {
				return &prompt.Error{Name: name, Line: lineOf(b), Err: fmt.Errorf("%w: more than %d variables", prompt.ErrLimit, maxVars)}
			}
			t.vars = append(t.vars, b.name)
		}
		t.write("{{$" + b.name + " := " + value + "}}")
	case there:
		t.write("{{$" + b.name + " = " + value + "}}")
	default:
		return syntax(lineOf(b), fmt.Errorf("%q is set inside of a condition alone: set it before, or write {%% set %s = a if b else c %%}", b.name, b.name))
	}
	return nil
}
