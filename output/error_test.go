package output_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/schema"
)

func TestErrorText(t *testing.T) {
	var many []schema.Finding
	for i := range 5 {
		many = append(many, schema.Finding{Pointer: fmt.Sprintf("/%d", i), Problem: "is a string", Want: "a number"})
	}
	unfit := fmt.Errorf("%w: %w", output.ErrUnfit, errors.New("long\nstory"))
	for _, tt := range []struct {
		err  output.Error
		want string
	}{
		{output.Error{}, "output: no value"},
		{output.Error{Err: unfit}, "output: the reply is not what was asked for"},
		{output.Error{Err: unfit, Findings: many[:1]}, "output: the reply is not what was asked for: /0: is a string, want a number"},
		{output.Error{Err: unfit, Findings: many, Attempts: 3}, "output: after 3 requests: the reply is not what was asked for: /0: is a string, want a number; " +
			"/1: is a string, want a number; /2: is a string, want a number; and 2 more: describe in the schema what is wanted there, or allow what came"},
		{output.Error{Err: unfit, Findings: []schema.Finding{{Pointer: "/n", Problem: "is\nnot\n\tone"}, {Problem: strings.Repeat("é", 1000)}}},
			"output: the reply is not what was asked for: /n: is not one; " + strings.Repeat("é", 250) + "…"},
		{output.Error{Err: fmt.Errorf("%w, after: %w", context.DeadlineExceeded, unfit), Attempts: 1},
			"output: context deadline exceeded, while the reply is not what was asked for: describe in the schema what is wanted there, or allow what came"},
		{output.Error{Err: output.ErrToolCalls, Attempts: 1}, "output: the model calls tools of the request: run them, append their results, and ask again: see Generator.Generate"},
		{output.Error{Err: &llm.Error{Provider: "deepseek", Err: llm.ErrBudget}, Attempts: 2}, "output: after 2 requests: deepseek: budget exhausted"},
	} {
		tt.err.Text = "secret"
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// A picky type checks itself, at length.
type picky struct {
	N int `json:"n"`
}

func (p *picky) Validate() error {
	if p.N > 1 {
		return errors.New(strings.Repeat("é", 1000) + fmt.Sprint(p.N))
	}
	return nil
}

// What a model is told is short, and characters in it are whole.
func TestLongFinding(t *testing.T) {
	m := script(`{"n":2}`, `{"n":1}`)
	if _, err := output.Generate[picky](t.Context(), m, llm.Prompt("Count.")); err != nil {
		t.Fatal(err)
	}
	want := "That is not what was asked for:\n- " + strings.Repeat("é", 250) + "…\nAnswer"
	if told := m.Requests()[1].Messages[2].Text(); !strings.HasPrefix(told, want) {
		t.Errorf("the model is told %q", told)
	}
}

// Null is no value to call a method on.
func TestValidateNull(t *testing.T) {
	null, err := schema.Parse([]byte(`{"type":["object","null"]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&output.Generator[*picky]{Model: script("null"), Schema: null, Mode: output.ModeText}).Generate(t.Context(), llm.Prompt("Count."))
	if err != nil || r.Value != nil || string(r.JSON) != "null" {
		t.Error(r, err)
	}
}

// A schema of the caller's may allow what the type cannot hold.
func TestDecodeFails(t *testing.T) {
	any, err := schema.Parse([]byte(`{"type":"object"}`))
	if err != nil {
		t.Fatal(err)
	}
	m := script(`{"n":"many"}`, `{"n":1}`)
	r, err := (&output.Generator[picky]{Model: m, Schema: any}).Generate(t.Context(), llm.Prompt("Count."))
	if err != nil || r.Value.N != 1 || r.Attempts != 2 {
		t.Error(r, err)
	}
	list, err := schema.Parse([]byte(`{"type":"array"}`))
	if err != nil {
		t.Fatal(err)
	}
	m = script(`{"value":["a"]}`, `{"value":[1]}`)
	n, err := (&output.Generator[[]int]{Model: m, Schema: list, Mode: output.ModeJSON}).Generate(t.Context(), llm.Prompt("Count."))
	if err != nil || n.Value[0] != 1 || !strings.Contains(m.Requests()[1].Messages[2].Text(), "- /value: ") {
		t.Errorf("%+v, %v, told %q", n, err, m.Requests()[1].Messages[2].Text())
	}
}
