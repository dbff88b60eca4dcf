package prompt

import (
	"reflect"
	"text/template/parse"
)

// maxNodes is how large a program may get, of what size its texts are: a text is
// compiled once for each type that it is used with.
const maxNodes = 1 << 20

// A compiler makes a program of texts.
type compiler struct {
	lib   library
	units map[instance]*unit
	seen  map[*parse.ListNode]bool // the texts of units
	queue []func() error
	prog  *program
	nodes int
}

// An instance is a text for a type of its dot.
type instance struct {
	root *parse.ListNode
	dot  reflect.Type
}

// nothing is the type of the dot where {{template}} gives none.
type nothing struct{}

var nothingType = reflect.TypeFor[nothing]()

// run compiles what is in the queue. A queue, for texts that call one another must
// not be compiled in one another.
func (c *compiler) run() error {
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// schedule returns the unit of a text for a type of its dot, which will be compiled
// if it is not yet.
func (c *compiler) schedule(text shelved, dot reflect.Type) *unit {
	at := instance{text.root, dot}
	if u, ok := c.units[at]; ok {
		return u
	}
	u := new(unit)
	u.again = c.seen[text.root]
	c.seen[text.root] = true
	c.units[at] = u
	c.prog.units = append(c.prog.units, u)
	c.queue = append(c.queue, func() error {
		s := &scope{compiler: c, src: text.src, unit: u, dot: dot}
		s.declare("$", dot)
		var err error
		u.body, err = s.block(text.root)
		return err
	})
	return u
}

// A scope is what is known where a part of a text stands.
type scope struct {
	*compiler
	src  *source
	unit *unit
	dot  reflect.Type // nil if it shows at rendering
	vars []variable
}

type variable struct {
	name string
	typ  reflect.Type
}

// declare adds a variable and returns its slot.
func (s *scope) declare(name string, typ reflect.Type) int {
	s.vars = append(s.vars, variable{name, typ})
	s.unit.slots = max(s.unit.slots, len(s.vars))
	return len(s.vars) - 1
}

// lookup returns the slot of a variable.
func (s *scope) lookup(name string) (int, error) {
	for i := len(s.vars) - 1; i >= 0; i-- { // slices.Backward would copy them
		if s.vars[i].name == name {
			return i, nil
		}
	}
	var names []string
	for _, v := range s.vars[1:] {
		names = append(names, v.name[1:])
	}
	return 0, unknown("variable ", "$", name[1:], names)
}

// count counts a node of the program.
func (c *compiler) count() error {
	if c.nodes++; c.nodes > maxNodes {
		return problem(ErrLimit, "a program of more than %d parts; its texts are used with too many types", maxNodes)
	}
	return nil
}

// block compiles a list of nodes. The variables that it declares stay until the
// caller takes them away.
func (s *scope) block(list *parse.ListNode) (block, error) {
	if list == nil {
		return nil, nil
	}
	b := make(block, 0, len(list.Nodes))
	for _, n := range list.Nodes {
		at := spot{s.src, n}
		st, err := s.stmt(n, at)
		if err == nil {
			err = s.count()
		}
		if err != nil {
			return nil, at.fail(err)
		}
		b = append(b, st)
	}
	return b, nil
}

// inner compiles the body of a control, where dot is of another type.
func (s *scope) inner(list *parse.ListNode, dot reflect.Type) (block, error) {
	outer, mark := s.dot, len(s.vars)
	s.dot = dot
	b, err := s.block(list)
	s.dot, s.vars = outer, s.vars[:mark]
	return b, err
}

// stmt compiles a node.
func (s *scope) stmt(n parse.Node, at spot) (stmt, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		return &textStmt{at, n.Text}, nil
	case *parse.ActionNode:
		return s.action(n, at)
	case *parse.IfNode:
		return s.branch(&n.BranchNode, at, false)
	case *parse.WithNode:
		return s.branch(&n.BranchNode, at, true)
	case *parse.RangeNode:
		return s.loop(n, at)
	case *parse.TemplateNode:
		return s.template(n, at)
	case *parse.BreakNode:
		return &jumpStmt{at, errBreak}, nil
	case *parse.ContinueNode:
		return &jumpStmt{at, errContinue}, nil
	}
	return nil, problem(ErrSyntax, "an action of an unknown kind")
}

// action compiles what is printed, or sets a variable.
func (s *scope) action(n *parse.ActionNode, at spot) (stmt, error) {
	e, err := s.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	if len(n.Pipe.Decl) > 0 {
		set, err := s.bind(n.Pipe, e)
		return &setStmt{at, e, set}, err
	}
	if err := s.printable(e); err != nil {
		return nil, err
	}
	if e.op == opDot && e.typ != nil && classOf(s.dot) == opaque {
		if f, ok := newFieldStmt(at, e); ok {
			return f, nil
		}
	}
	return &printStmt{at, e}, nil
}

// printable checks that values of e can be printed, as far as is known.
func (s *scope) printable(e *expr) error {
	switch {
	case e.op == opNil:
		return problem(ErrType, "nil cannot be printed")
	case e.typ == nothingType:
		return problem(ErrType, "%s is nothing where a template is given no value", e)
	case e.typ != nil && classOf(e.typ) == opaque && targetType(e.typ) != nil:
		return cannotPrint(e.String(), e.typ)
	case e.op == opCall && e.typ == nil && e.fn.passes:
		for _, arg := range e.args {
			if err := s.printable(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

// A setting says where a pipeline's value goes.
type setting struct {
	slot int          // less than 0 if nowhere
	want reflect.Type // what it must be, if that shows at rendering
}

// bind compiles the variable of a pipeline, if it has one.
func (s *scope) bind(p *parse.PipeNode, e *expr) (setting, error) {
	switch {
	case len(p.Decl) == 0:
		return setting{slot: -1}, nil
	case len(p.Decl) > 1:
		return setting{}, problem(ErrSyntax, "two variables where there is one value")
	case e.op == opNil:
		return setting{}, problem(ErrType, "a variable cannot be nil")
	case e.typ == nothingType:
		return setting{}, problem(ErrType, "%s is nothing where a template is given no value", e)
	}
	return s.assign(p, 0, e.typ)
}

// assign declares or sets the i-th variable of a pipeline to values of type typ.
func (s *scope) assign(p *parse.PipeNode, i int, typ reflect.Type) (setting, error) {
	name := p.Decl[i].Ident[0]
	if name == "$" {
		return setting{}, problem(ErrSyntax, "$ cannot be set")
	}
	if !p.IsAssign {
		return setting{slot: s.declare(name, typ)}, nil
	}
	slot, err := s.lookup(name)
	if err != nil {
		return setting{}, err
	}
	to := setting{slot: slot, want: s.vars[slot].typ}
	switch {
	case to.want == nil:
	case typ != nil && !fits(typ, to.want):
		return to, problem(ErrType, "%s is %s, and cannot become %s", short(name), typeName(to.want), typeName(typ))
	case typ != nil:
		to.want = nil
	}
	return to, nil
}

// fits reports whether a variable of type want may hold values of type typ: of the
// same, or of one that prints alike.
func fits(typ, want reflect.Type) bool {
	c := classOf(want)
	return typ == want || c != opaque && c == classOf(typ)
}

// branch compiles an if or a with.
func (s *scope) branch(n *parse.BranchNode, at spot, with bool) (stmt, error) {
	mark := len(s.vars)
	defer func() { s.vars = s.vars[:mark] }()
	e, err := s.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	b := &branchStmt{at: at, e: e, with: with}
	if e.op == opNil {
		return nil, problem(ErrType, "nil is never true")
	}
	if b.set, err = s.bind(n.Pipe, e); err != nil {
		return nil, err
	}
	dot := s.dot
	if with {
		dot = e.typ
	}
	if b.then, err = s.inner(n.List, dot); err != nil {
		return nil, err
	}
	b.otherwise, err = s.inner(n.ElseList, s.dot)
	return b, err
}

// loop compiles a range.
func (s *scope) loop(n *parse.RangeNode, at spot) (stmt, error) {
	mark := len(s.vars)
	defer func() { s.vars = s.vars[:mark] }()
	e, err := s.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	key, elem, err := elements(e)
	if err != nil {
		return nil, err
	}
	r := &rangeStmt{at: at, e: e, key: setting{slot: -1}, elem: setting{slot: -1}}
	switch len(n.Pipe.Decl) {
	case 1:
		r.elem, err = s.assign(n.Pipe, 0, elem)
	case 2:
		if r.key, err = s.assign(n.Pipe, 0, key); err == nil {
			r.elem, err = s.assign(n.Pipe, 1, elem)
		}
	}
	if err != nil {
		return nil, err
	}
	if r.body, err = s.inner(n.List, elem); err != nil {
		return nil, err
	}
	s.vars = s.vars[:mark] // they have no value if there is no element
	r.otherwise, err = s.inner(n.ElseList, s.dot)
	return r, err
}

// elements returns the types of the keys and elements that e is ranged over.
func elements(e *expr) (key, elem reflect.Type, err error) {
	if e.op == opNil {
		return nil, nil, problem(ErrType, "range over nil")
	}
	t := targetType(e.typ)
	if t == nil {
		return nil, nil, nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return intType, static(t.Elem()), open(e, t)
	case reflect.Map:
		if !sortable(t.Key()) {
			return nil, nil, problem(ErrType, "range over %s, whose keys have no order", typeName(t))
		}
		return static(t.Key()), static(t.Elem()), nil
	}
	return nil, nil, cannotRange(e.typ)
}

// cannotRange returns the error of a type that has no elements.
func cannotRange(t reflect.Type) error {
	return problem(ErrType, "range over %s; it goes over slices, arrays and maps only", typeName(t))
}

// sortable reports whether the keys of a map can be put in order.
func sortable(key reflect.Type) bool {
	c := kindClass(key)
	return c != opaque && c != bytesClass || key.Kind() == reflect.Interface
}

// template compiles the call of another text.
func (s *scope) template(n *parse.TemplateNode, at spot) (stmt, error) {
	text, ok := s.lib[n.Name]
	if !ok {
		return nil, unknown("partial ", "", n.Name, s.lib.names())
	}
	if n.Pipe == nil {
		return &callStmt{at, nil, s.schedule(text, nothingType)}, nil
	}
	if len(n.Pipe.Decl) > 0 {
		return nil, problem(ErrSyntax, "a variable is set where a template is called; set it before")
	}
	varies := s.prog.varies
	e, err := s.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	if e.op == opNil {
		return nil, problem(ErrType, "a template cannot be given nil; leave it out")
	}
	if (e.op == opDot || e.op == opVar) && len(e.steps) == 0 {
		s.prog.varies = varies // what is passed on is not used yet
	}
	return &callStmt{at, e, s.schedule(text, e.typ)}, nil
}
