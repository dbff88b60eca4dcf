package promptfile

import (
	"maps"
	"strings"
	"text/template/parse"
)

// uses are what the texts of a file use: the fields of the value, and partials.
// The texts are known to be sound, and so their trees are not deep.
type uses struct {
	fields []use           // in order, each name where it is used first
	whole  bool            // the value is used as a whole: any of its fields may be
	called map[string]bool // the names of partials

	names map[string]bool        // of the fields
	trees map[string]*parse.Tree // of the section that is looked at, and what it can call
	seen  map[visit]bool
	vars  []binding
	root  bool // $ is the value
	at    func(parse.Node) (file string, line int)
}

// A use is where a field is used.
type use struct {
	name, file string
	line       int
}

// A visit is of a template that is called, with the value or with something else.
type visit struct {
	name string
	root bool
}

// A binding is a variable of a template, which may be the value.
type binding struct {
	name string
	root bool
}

// usesOf returns what the texts of a source use.
func usesOf(s *source) *uses {
	u := &uses{called: map[string]bool{}, names: map[string]bool{}}
	shared := map[string]*parse.Tree{}
	for _, p := range s.partials {
		parseInto(shared, p.name, p.text)
	}
	for _, sec := range s.sections {
		if sec.kind == "history" {
			name, _, _ := strings.Cut(sec.field, ".")
			u.add(name, func() (string, int) { return s.name, sec.heading })
		}
		if sec.kind == "history" || sec.kind == "examples" {
			continue
		}
		const main = "\x00" // no partial's name
		u.trees, u.seen = maps.Clone(shared), map[visit]bool{}
		parseInto(u.trees, main, sec.text)
		u.at = func(n parse.Node) (string, int) { return s.name, sec.line + lineAt(sec.text, int(n.Position())) - 1 }
		u.template(s, main, true)
	}
	return u
}

// parseInto adds the trees of a text to set.
func parseInto(set map[string]*parse.Tree, name, text string) {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	t.Parse(text, "", "", set) // it was parsed before, so there is no error
}

// template looks at the template of a name, called with the value or with something else.
func (u *uses) template(s *source, name string, root bool) {
	t := u.trees[name]
	if v := (visit{name, root}); t == nil || u.seen[v] {
		return
	} else {
		u.seen[v] = true
	}
	vars, was, at := u.vars, u.root, u.at
	u.vars, u.root = nil, root
	for _, p := range s.partials {
		if p.name == name {
			u.called[name] = true
			u.at = func(n parse.Node) (string, int) { return p.file, p.line + lineAt(p.text, int(n.Position())) - 1 }
		}
	}
	u.list(s, t.Root, root)
	u.vars, u.root, u.at = vars, was, at
}

// list looks at nodes where the dot is the value, or something else.
func (u *uses) list(s *source, l *parse.ListNode, dot bool) {
	if l == nil {
		return
	}
	n := len(u.vars)
	for _, node := range l.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if u.pipe(node.Pipe, dot) && len(node.Pipe.Decl) == 0 {
				u.whole = true
			}
		case *parse.IfNode:
			u.branch(s, &node.BranchNode, dot, func(bool) bool { return dot })
		case *parse.WithNode:
			u.branch(s, &node.BranchNode, dot, func(root bool) bool { return root })
		case *parse.RangeNode:
			u.branch(s, &node.BranchNode, dot, func(root bool) bool {
				u.whole = u.whole || root
				return false
			})
		case *parse.TemplateNode:
			u.template(s, node.Name, node.Pipe != nil && u.pipe(node.Pipe, dot))
		}
	}
	u.vars = u.vars[:n]
}

// branch looks at an action with a body, in which the dot is inner of what its
// pipeline is.
func (u *uses) branch(s *source, b *parse.BranchNode, dot bool, inner func(root bool) bool) {
	n := len(u.vars)
	in := inner(u.pipe(b.Pipe, dot))
	if b.NodeType == parse.NodeRange {
		for i := range u.vars[n:] {
			u.vars[n+i].root = false // an element
		}
	}
	u.list(s, b.List, in)
	u.list(s, b.ElseList, dot)
	u.vars = u.vars[:n]
}

// pipe looks at a pipeline, and reports whether it is the value.
func (u *uses) pipe(p *parse.PipeNode, dot bool) bool {
	root := false
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			is := u.operand(arg, dot)
			if len(p.Cmds) == 1 && len(c.Args) == 1 {
				root = is
			} else if is {
				u.whole = true
			}
		}
	}
	for _, v := range p.Decl {
		name := v.Ident[0]
		if !p.IsAssign {
			u.vars = append(u.vars, binding{name, root})
			continue
		}
		for i := len(u.vars) - 1; i >= 0; i-- {
			if u.vars[i].name == name {
				u.vars[i].root = u.vars[i].root || root
				break
			}
		}
	}
	return root
}

// operand looks at a part of a pipeline, and reports whether it is the value.
func (u *uses) operand(n parse.Node, dot bool) bool {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.PipeNode:
		return u.pipe(n, dot)
	case *parse.FieldNode:
		return u.field(n, dot, n.Ident)
	case *parse.ChainNode:
		return u.field(n, u.operand(n.Node, dot), n.Field)
	case *parse.VariableNode:
		root := n.Ident[0] == "$" && u.root
		for i := len(u.vars) - 1; i >= 0; i-- {
			if u.vars[i].name == n.Ident[0] {
				root = u.vars[i].root
				break
			}
		}
		return u.field(n, root, n.Ident[1:])
	}
	return false
}

// field looks at fields of something, which may be the value, and reports whether
// it is the value still, as there are none.
func (u *uses) field(n parse.Node, root bool, names []string) bool {
	if !root || len(names) == 0 {
		return root
	}
	u.add(names[0], func() (string, int) { return u.at(n) })
	return false
}

// add adds a field, unless it is there. To find the place takes time.
func (u *uses) add(name string, at func() (file string, line int)) {
	if !u.names[name] {
		u.names[name] = true
		file, line := at()
		u.fields = append(u.fields, use{name, file, line})
	}
}
