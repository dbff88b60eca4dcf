package repair

import (
	"slices"

	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/output/schema"
)

// A finder looks for the value that a text holds.
type finder struct {
	text   string
	schema *schema.Schema
	root   *schema.Node // nil if there is no schema
	names  *names
	asides [][2]int // where the model reasons
	effort int      // bytes in which sound JSON was looked for
	deep   bool     // something was nested too deeply

	refused string // the text without white space around it, which is not what is wanted
}

// search returns the best of the candidates. They are found in stages, from what
// is likely to what is far-fetched, until there is one that satisfies the schema.
func (f *finder) search() (*Result, *Error) {
	found := f.decoded()
	if found == nil {
		found = f.find(f.text, 0, 0)
	}
	f.demote(found)
	var list []outcome
	for i, candidates := range []func() []candidate{
		f.entities,
		func() []candidate { return f.listed(found) },
		func() []candidate { return found },
		func() []candidate { return f.joined(found) },
		f.alone,
		func() []candidate { return f.within(found) },
		func() []candidate { return f.open(found) },
	} {
		for _, c := range candidates() {
			o := f.weigh(c)
			o.stage = i
			list = append(list, o)
		}
		if slices.ContainsFunc(list, func(o outcome) bool { return o.fits && !(o.aside && f.scalar()) }) {
			break
		}
	}
	if len(list) == 0 {
		if f.deep {
			return nil, &Error{Err: &gate.Error{Rule: gate.TooDeep}}
		}
		return nil, &Error{Err: ErrNoValue}
	}
	best, tie := choose(list)
	if best.tie == nil && best.goesOn(f.text) {
		best.tie = &Error{Offset: best.end, Detail: "an object ends here, and seems to go on", Err: ErrAmbiguous}
	}
	var err error
	if !best.fits && best.tie == nil {
		err = f.refusal(best.result.JSON)
	}
	if err == nil && best.tie == nil && !tie {
		best.surroundings(f.text)
		return best.result, nil
	}
	e := best.tie
	switch {
	case f.deep:
		return nil, &Error{Err: &gate.Error{Rule: gate.TooDeep}}
	case tie:
		e = &Error{Offset: best.start, Detail: "it holds several values that satisfy the schema, and they differ", Err: ErrAmbiguous}
	case e == nil:
		e = &Error{Offset: best.start, Err: err}
	}
	if gate.Check(best.result.JSON) != nil {
		return nil, e
	}
	return best.result, e
}
