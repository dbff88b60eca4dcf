package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/gate"
	"github.com/hadal-go/hadal/tools"
)

// As returns a function that has a answer with a T: a Func, and so a step of a chain.
//
// The agent gets a tool more, answer, that takes a T by its schema. The model calls it
// when it is done, and is told what is wrong with what is no T, by the schema or by the
// method Validate() error of T, if it has one; an answer that comes as text is read as
// well, by [output.Parse]. After three in a row that are none the error wraps
// [output.ErrUnfit]. As panics if there is no schema of T, as [schema.For] says.
//
// To have the run and what it took besides, see [Typed].
func As[T any](a *Agent) func(ctx context.Context, input string) (T, error) {
	typed := Typed[T](a)
	return func(ctx context.Context, input string) (T, error) {
		var v T
		result, err := typed.Do(ctx, input)
		if err != nil {
			return v, err
		}
		err = Value(result, &v)
		return v, err
	}
}

// Typed returns a copy of a whose answers are values, as those of [As] are:
// [Result.Value] has them, and [Value] decodes them. Result.Text is the same JSON. If a
// has a tool with the name answer, that for the answer is answer_2, and so on. A run is
// to be resumed by an agent of the same type.
func Typed[T any](a *Agent) *Agent {
	b := *a
	name := "answer"
	for n := 2; find(a.Tools, name) != nil; n++ {
		name = fmt.Sprintf("answer_%d", n)
	}
	t := tools.New(name, "Ends the task with the answer. Call it once, alone, when all is known that the answer needs.",
		func(ctx context.Context, v T) (string, error) {
			data, err := json.Marshal(v)
			if value, ok := ctx.Value(valueKey{}).(*json.RawMessage); ok && err == nil {
				*value = data
			}
			return "The answer is taken.", err
		})
	b.answer = &answer{name: name, tool: final{tools.With(t, tools.Policy{Effect: tools.Reads})}, read: readAnswer[T](name)}
	return &b
}

// Value decodes the answer of an agent of [Typed] into v, a pointer. If there is none, as
// the agent has no type, the error wraps [output.ErrUnfit].
func Value(r *Result, v any) error {
	if r == nil || r.Value == nil {
		return fmt.Errorf("agent: %w: the result has no value: it is of an agent without a type", output.ErrUnfit)
	}
	return gate.Decode(r.Value, v)
}

// An answer is how an agent of As takes its answer.
type answer struct {
	name string
	tool tools.Tool
	read func(text string) (value json.RawMessage, remind string)
}

// readAnswer returns a function that reads an answer out of a text, or returns what to
// tell the model.
func readAnswer[T any](name string) func(text string) (json.RawMessage, string) {
	return func(text string) (json.RawMessage, string) {
		v, err := output.Parse[T](text)
		var data json.RawMessage
		if err == nil {
			data, err = json.Marshal(v)
		}
		if err != nil {
			return nil, "That is not an answer that can be used" + findings(err) + "\nCall the tool " + name + " with the whole answer, or go on with the task."
		}
		return data, ""
	}
}

// findings returns what is wrong with an answer, a line for each, as far as it is known.
func findings(err error) string {
	e, ok := errors.AsType[*output.Error](err)
	if !ok || len(e.Findings) == 0 {
		return "."
	}
	const most = 5
	text := ":"
	for i, f := range e.Findings {
		if i == most {
			return text + fmt.Sprintf("\nand %d more", len(e.Findings)-i)
		}
		line := f.String()
		if f.Pointer == "" {
			line = f.Problem
		}
		text += "\n" + short(line, 200)
	}
	return text
}

// short returns the beginning of a long text, in whole characters.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// valueKey is the key of where the tool for the answer puts that.
type valueKey struct{}

// final is a tool whose result is the answer.
type final struct{ tools.Tool }

// Unwrap returns the tool.
func (f final) Unwrap() tools.Tool { return f.Tool }

// ends reports whether the result of t is the answer.
func ends(t tools.Tool) bool {
	for t != nil {
		if _, ok := t.(final); ok {
			return true
		}
		x, ok := t.(interface{ Unwrap() tools.Tool })
		if !ok {
			break
		}
		t = x.Unwrap()
	}
	return false
}
