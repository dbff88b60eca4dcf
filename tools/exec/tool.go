package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/schema"
	"github.com/hadal-go/hadal/tools"
)

// Tools returns a tool for each program, in their order. The arguments of a tool are
// args, a list of strings, and for a program with Stdin, input. The result is that of
// [Runner.Run] in words; a program that was stopped is an error, with what it wrote
// before it. A program or folder that is not what it was is a [tools.Fatal] error.
//
// The policy of each: the Effect of the program; a person approves of each call unless
// the Effect is known and neither writes nor sends, or the program is Unasked; exact
// arguments; a place among those that may run at once, for which to wait does not take
// from the time of the call.
//
// The error says all that is wrong with the fields of r and with the programs, and where
// there are none: a file that does not exist or is not to be run, a name that is not
// allowed or there twice, no folder.
func (r *Runner) Tools() (tools.Set, error) {
	b, err := r.build()
	if err != nil {
		return nil, err
	}
	return b.set(), nil
}

// set returns the tools.
func (b *built) set() tools.Set {
	var set tools.Set
	for _, p := range b.programs {
		t := &tool{b: b, p: p, schema: schema.For[withoutInput]()}
		if p.Stdin {
			t.schema = schema.For[arguments]()
		}
		t.spec = llm.ToolSpec{Name: p.Name, Description: p.describe(), Schema: t.schema.JSON()}
		set = append(set, t)
	}
	return set
}

// arguments are those of a tool.
type arguments struct {
	Args  []string `json:"args,omitempty" jsonschema_description:"the arguments, each as it is"`
	Input string   `json:"input,omitempty" jsonschema_description:"what the program reads from stdin"`
}

// withoutInput is what there is of the arguments for a program that takes no input.
type withoutInput struct {
	Args []string `json:"args,omitempty" jsonschema_description:"the arguments, each as it is"`
}

// describe returns the description of the tool of p.
func (p *program) describe() string {
	var b strings.Builder
	about := strings.TrimSpace(p.About)
	if about == "" {
		about = "Runs the program " + p.Name + "."
	}
	b.WriteString(about)
	b.WriteString(" There is no shell: no quotes, patterns, variables or pipes.")
	switch {
	case len(p.Options) == 0:
		b.WriteString(` No argument may begin with "-".`)
	case !slices.Contains(p.Options, "-*"):
		fmt.Fprintf(&b, " Options that it may have, with anything in the place of *: %s.", strings.Join(p.Options, ", "))
	}
	return b.String()
}

// A tool runs a program.
type tool struct {
	b      *built
	p      *program
	spec   llm.ToolSpec
	schema *schema.Schema
}

// Spec returns the description, in the same bytes every time.
func (t *tool) Spec() llm.ToolSpec { return t.spec }

// Policy returns how the tool is to be run.
func (t *tool) Policy() tools.Policy {
	p := tools.Policy{
		Effect:    t.p.Effect,
		Timeout:   -1,
		MaxResult: 6*t.b.maxOutput + 1<<10, // a byte that is not UTF-8 takes three
		KeepTail:  true,
		Group:     t.b.group,
		Approve:   !t.p.Unasked && t.p.Effect.May(tools.Writes|tools.WritesOnce|tools.Sends),
		Exact:     true,
	}
	if t.b.timeout > 0 {
		p.Timeout = t.b.timeout + 10*time.Second // to stop it, and to say what it wrote
	}
	return p
}

// Call runs the program.
func (t *tool) Call(ctx context.Context, args json.RawMessage) (llm.Parts, error) {
	var in arguments
	if err := tools.Decode(ctx, t.schema, args, &in); err != nil {
		return nil, err
	}
	result, err := t.b.run(ctx, t.p, Command{t.p.Name, in.Args, in.Input})
	if errors.Is(err, ErrChanged) {
		err = tools.Fatal(err)
	}
	if result == nil {
		return nil, err
	}
	text := result.String()
	if err != nil {
		text += "\n"
	}
	return llm.Parts{llm.Text(text)}, err
}
