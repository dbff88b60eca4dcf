package exec

import (
	"fmt"
	"slices"
	"strings"
)

// find returns the program of that name, or nil.
func (b *built) find(name string) *program {
	for _, p := range b.programs {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// unknown returns the error for a name that no program has.
func (b *built) unknown(name string) error {
	var names []string
	for _, p := range b.programs {
		names = append(names, p.Name)
	}
	return &Error{name, "is none of the programs that may be run: " + strings.Join(names, ", "), ErrDenied}
}

// check returns an error if p may not be run so.
func (b *built) check(p *program, c Command) error {
	deny := func(format string, args ...any) error {
		return &Error{p.Name, "was not run: " + fmt.Sprintf(format, args...), ErrDenied}
	}
	if len(c.Args) > b.maxArgs {
		return deny("%d arguments are more than the %d that it may have", len(c.Args), b.maxArgs)
	}
	total := 0
	for i, a := range c.Args {
		total += len(a)
		switch {
		case total > b.maxArgBytes:
			return deny("its arguments have more than the %d bytes that they may have in all", b.maxArgBytes)
		case strings.Contains(a, "\x00"):
			return deny("argument %d has a NUL byte, which no argument can have", i+1)
		case !p.permits(a):
			return deny("%s", p.refusal(a))
		}
	}
	switch {
	case c.Input != "" && !p.Stdin:
		return deny("it takes no input")
	case len(c.Input) > b.maxInput:
		return deny("%d bytes of input are more than the %d that it may have", len(c.Input), b.maxInput)
	case p.Check == nil:
		return nil
	}
	if err := p.Check(slices.Clone(c.Args)); err != nil {
		return &Error{p.Name, "was not run: " + err.Error(), fmt.Errorf("%w: %w", ErrDenied, err)}
	}
	return nil
}

// permits reports whether an argument is no option, or one of those that are listed.
func (p *program) permits(arg string) bool {
	if !isOption(arg, onWindows) {
		return true
	}
	return slices.ContainsFunc(p.Options, func(o string) bool {
		if begin, ok := strings.CutSuffix(o, "*"); ok {
			return strings.HasPrefix(arg, begin)
		}
		return arg == o
	})
}

// isOption reports whether a program may take an argument for an option. A hyphen by
// itself is one too: it mostly stands for stdin, which is for Options to permit.
func isOption(arg string, windows bool) bool {
	return strings.HasPrefix(arg, "-") || windows && strings.HasPrefix(arg, "/")
}

// refusal says that an option is not permitted, and which are.
func (p *program) refusal(arg string) string {
	text := "the option " + quote(arg) + " is not permitted"
	if len(p.Options) == 0 {
		return text + ", nor is any other argument that begins with a hyphen"
	}
	return text + ", only " + strings.Join(p.Options, ", ")
}
