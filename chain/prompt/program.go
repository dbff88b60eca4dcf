package prompt

import (
	"context"
	"reflect"
	"sync"
	"text/template/parse"
)

// A program is a text that was parsed and checked against a type. It is safe for
// concurrent use.
type program struct {
	name   string
	units  []*unit // the first is the text itself, the others are what it calls
	known  *catalog
	varies bool      // it has something of the value in it
	idle   sync.Pool // of *state
}

// A unit is a text compiled for one type of its dot.
type unit struct {
	body  block
	slots int  // for variables; the first is $
	again bool // another unit is of the same text, for another type
}

// compile parses text and checks it against values of type typ.
func compile(name, text string, typ reflect.Type, partials []Partial) (*program, error) {
	lib := library{}
	for _, p := range partials {
		src := &source{p.Name, p.Text}
		root, err := lib.add(src)
		if err != nil {
			return nil, err
		}
		if err := lib.shelve(p.Name, src, root); err != nil {
			return nil, &Error{p.Name, 0, err}
		}
	}
	src := &source{name, text}
	root, err := lib.add(src)
	if err != nil {
		return nil, err
	}
	c := &compiler{
		lib:   lib,
		units: map[instance]*unit{},
		seen:  map[*parse.ListNode]bool{},
		prog:  &program{name: name, known: new(catalog)},
	}
	c.schedule(shelved{src, root}, static(typ))
	if err := c.run(); err != nil {
		return nil, err
	}
	return c.prog, nil
}

// append appends the text for data, a value of the program's type, to out. It
// returns an *Error, along with what there is so far.
func (p *program) append(out []byte, data reflect.Value, b *budget) ([]byte, error) {
	s := p.state()
	s.out = out
	err := s.render(data, b)
	out, s.out = s.out, nil
	p.release(s)
	return out, err
}

// text returns the text for data.
func (p *program) text(ctx context.Context, data reflect.Value, l Limits) (string, error) {
	s := p.state()
	defer p.release(s)
	s.own.reset(ctx, l)
	s.out = s.buffer[:0]
	err := s.render(data, &s.own)
	s.buffer, s.out = s.out, nil
	if err != nil {
		return "", err
	}
	return string(s.buffer), nil
}

// fixed reports whether the text is the same for every value: it has nothing of it.
func (p *program) fixed() bool { return !p.varies }

// texts returns the constant text of the program, for Lint: what stands outside of
// actions in the text, and then in the texts that it calls, in order.
func (p *program) texts() []string {
	var all []string
	for _, u := range p.units {
		if !u.again {
			all = u.body.texts(all)
		}
	}
	return all
}

// A state is one rendering under way.
type state struct {
	prog    *program
	b       *budget
	out     []byte
	max     int // length that out may have
	dot     value
	vars    []value // of the units under way, those of the inmost last
	base    int     // where they begin
	depth   int     // units in one another
	buffer  []byte  // for out, kept from one rendering to the next
	scratch []byte  // for texts on the way
	own     budget
}

// maxKept is how large the buffers are that are kept for the next rendering.
const maxKept = 64 << 10

// state returns a state to render with.
func (p *program) state() *state {
	if s, ok := p.idle.Get().(*state); ok {
		return s
	}
	return &state{prog: p}
}

// release gives s back, without the values that it had.
func (p *program) release(s *state) {
	if cap(s.vars) > maxKept/64 {
		s.vars = nil
	}
	clear(s.vars[:cap(s.vars)])
	s.vars, s.dot, s.b, s.own = s.vars[:0], value{}, nil, budget{}
	if cap(s.buffer) > maxKept {
		s.buffer = nil
	}
	if cap(s.scratch) > maxKept {
		s.scratch = nil
	}
	p.idle.Put(s)
}

// render appends the text for data to s.out.
func (s *state) render(data reflect.Value, b *budget) error {
	start := len(s.out)
	s.b, s.max, s.base, s.depth = b, start+b.output, 0, 0
	main := s.prog.units[0]
	if err := b.ctx.Err(); err != nil {
		return &Error{s.prog.name, 0, err}
	}
	err := s.call(main, hostValue(data))
	b.output -= len(s.out) - start
	return err
}

// call runs u with a dot.
func (s *state) call(u *unit, dot value) error {
	outer, base := s.dot, s.base
	s.base = len(s.vars)
	for range u.slots {
		s.vars = append(s.vars, value{})
	}
	s.vars[s.base], s.dot = dot, dot
	err := u.body.run(s)
	s.vars = s.vars[:s.base]
	s.dot, s.base = outer, base
	return err
}

// write appends text to the output.
func (s *state) write(text string) error {
	if len(text) > s.max-len(s.out) {
		return s.b.tooLong()
	}
	s.out = append(s.out, text...)
	return nil
}

// room reports as an error that n more bytes would be over the limit.
func (s *state) room(n int) error {
	if n > s.max-len(s.out) {
		return s.b.tooLong()
	}
	return nil
}
