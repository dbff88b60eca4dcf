package prompt

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// An Example shows the model what to reply to an input.
//
// Its texts are data, not templates: they reach the model as they are.
type Example struct {
	Input  string `json:"input" yaml:"input"`   // the user's message
	Output string `json:"output" yaml:"output"` // the model's reply
}

type examples struct {
	list   []Example
	chosen bool // by choose, for the text of field
	field  string
	choose Chooser

	name  string        // of the part, in errors
	all   []llm.Message // of the list, unless it is chosen from
	input *program      // makes the text of the field
}

func (examples) part() {}

// Examples returns a part that puts in all of list, each as a message of the
// user and the model's reply to it. An example without input or without output
// is an error when the chat is made. For examples with tool calls, put whole
// messages in with [History].
//
// Put examples after the system's message and before the history: all that is
// the same for every request and comes first is billed at the price of the
// cache from the second request on, 1/50 on deepseek-flash. A dozen fixed
// examples therefore cost less than three chosen ones, see [Choose].
func Examples(list ...Example) Part { return examples{list: slices.Clone(list)} }

// Choose returns a part that puts in those of from that choose picks for the
// text of a field of T, such as "Question" or "Ticket.Text". The field must be
// one that {{.Question}} prints. What choose returns must have inputs and
// outputs, as in [Examples], but need not be of from.
//
// Mind the cache: wherever the choice differs from that of the request before,
// all that follows is read anew at the full price. So what is constant belongs
// before Choose, and Choose is for more examples than can be sent with every
// request. The choice of [ByLength] is a beginning of from, so that at least
// the common part stays cached.
func Choose(field string, choose Chooser, from ...Example) Part {
	return examples{list: slices.Clone(from), chosen: true, field: field, choose: choose}
}

// compile checks the examples, and the field against typ.
func (x examples) compile(name string, typ reflect.Type) (Part, error) {
	x.name = name
	for i, e := range x.list {
		if err := e.check(i); err != nil {
			return nil, &Error{Name: name, Err: err}
		}
	}
	if !x.chosen {
		x.all = appendExamples(make([]llm.Message, 0, 2*len(x.list)), x.list)
		return x, nil
	}
	if x.choose == nil {
		return nil, &Error{Name: name, Err: problem(ErrMissing, "the Chooser is nil")}
	}
	if err := checkPath(x.field); err != nil {
		return nil, &Error{Name: name, Err: err}
	}
	var err error
	x.input, err = compile(name, "{{"+dotted(x.field)+"}}", typ, nil)
	return x, noLine(err)
}

func (r *rendering) examples(x examples) error {
	if !x.chosen {
		r.msgs = append(r.msgs, x.all...)
		return nil
	}
	left := r.budget.output
	input, err := r.text(x.input)
	r.budget.output = left // it is no part of the messages
	if err != nil {
		return noLine(err)
	}
	list, err := x.choose(r.ctx, input, slices.Clone(x.list))
	for i := 0; err == nil && i < len(list); i++ {
		err = list[i].check(i)
	}
	if err != nil {
		return &Error{Name: x.name, Err: fmt.Errorf("choosing examples for %s: %w", dotted(x.field), err)}
	}
	r.msgs = appendExamples(r.msgs, list)
	return nil
}

// noLine returns err, of the text that stands for a field, without a line.
func noLine(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Line = 0
	}
	return err
}

// check returns what e, the i-th of a list, lacks.
func (e Example) check(i int) error {
	switch {
	case strings.TrimSpace(e.Input) == "":
		return problem(ErrMissing, "example %d has no input", i+1)
	case strings.TrimSpace(e.Output) == "":
		return problem(ErrMissing, "example %d has no output", i+1)
	}
	return nil
}

func appendExamples(msgs []llm.Message, list []Example) []llm.Message {
	for _, e := range list {
		msgs = append(msgs, llm.User(e.Input), llm.Assistant(e.Output))
	}
	return msgs
}
