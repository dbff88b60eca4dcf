package llm_test

import (
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"testing"

	"github.com/hadal-go/hadal/llm"
)

// watch returns middleware that shows each request to see.
func watch(see func(ctx context.Context, req *llm.Request)) llm.Middleware {
	return func(m llm.Model) llm.Model {
		return llm.ModelFunc(func(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
			see(ctx, req)
			return m.Stream(ctx, req)
		})
	}
}

// A provider is a model with more to it than Stream.
type provider struct {
	llm.Model
	name string
}

func (p *provider) Name() string { return p.name }

func (p *provider) Abilities(model string) llm.Abilities {
	return llm.Abilities{Schema: true, Context: 1000 + len(model)}
}

// A meter is middleware whose model has a method.
type meter struct{ llm.Model }

func (*meter) Count(*llm.Request) int { return 42 }

// A plug is middleware that says itself what it is around.
type plug struct{ inner llm.Model }

func (p *plug) Stream(ctx context.Context, req *llm.Request) iter.Seq2[*llm.Chunk, error] {
	return p.inner.Stream(ctx, req)
}
func (p *plug) Unwrap() llm.Model { return p.inner }

func metered(m llm.Model) llm.Model { return &meter{m} }
func plugged(m llm.Model) llm.Model { return &plug{m} }
func named(m llm.Model) llm.Model   { return &provider{m, "outer"} }
func both(m llm.Model) llm.Model    { return llm.Wrap(m, metered, llm.Retry(2)) }
func same(m llm.Model) llm.Model    { return m }

func TestWrapOrder(t *testing.T) {
	var order []string
	note := func(s string) llm.Middleware {
		return watch(func(context.Context, *llm.Request) { order = append(order, s) })
	}
	m := llm.Wrap(play(nil, say("Hi.")...), note("a"), note("b"), note("c"))
	if _, err := llm.Generate(t.Context(), m, llm.Prompt("Hi.")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(order, want) {
		t.Errorf("order is %v, want %v", order, want)
	}
}

func TestWrapNothing(t *testing.T) {
	m := &provider{play(nil), "p"}
	if got := llm.Wrap(m); got != llm.Model(m) {
		t.Errorf("got %v, want the model itself", got)
	}
}

func TestUnwrap(t *testing.T) {
	for name, mw := range map[string][]llm.Middleware{
		"function":  {llm.Retry(2)},
		"functions": {llm.Retry(2), llm.Defaults(llm.Request{}), llm.Log(nil)},
		"types":     {metered, plugged, metered},
		"composite": {both, both},
		"identity":  {same, llm.Retry(2), same},
	} {
		base := &provider{play(nil), "p"}
		m, depth := llm.Wrap(base, mw...), 0
		for m != llm.Model(base) && depth < 10 {
			u, ok := m.(interface{ Unwrap() llm.Model })
			if !ok {
				t.Fatalf("%s: layer %d is a %T, which has no Unwrap", name, depth, m)
			}
			m = u.Unwrap()
			depth++
		}
		if depth == 0 || depth == 10 {
			t.Errorf("%s: %d layers", name, depth)
		}
	}
}

func TestAs(t *testing.T) {
	base := &provider{play(nil), "base"}
	for name, m := range map[string]llm.Model{
		"the model itself": base,
		"one layer":        llm.Wrap(base, llm.Retry(2)),
		"many layers":      llm.Wrap(base, llm.Retry(2), metered, plugged, both, same, llm.Defaults(llm.Request{})),
		"wrapped twice":    llm.Wrap(llm.Wrap(base, llm.Retry(2)), plugged),
		"without Wrap":     plugged(plugged(base)),
	} {
		if p, ok := llm.As[*provider](m); !ok || p != base {
			t.Errorf("%s: As finds %v, %t", name, p, ok)
		}
		if p, ok := llm.As[interface{ Name() string }](m); !ok || p.Name() != "base" {
			t.Errorf("%s: As finds %v, %t for an interface", name, p, ok)
		}
		if first, ok := llm.As[llm.Model](m); !ok || first == nil {
			t.Errorf("%s: As finds %v, %t for a Model", name, first, ok)
		}
		if _, ok := llm.As[interface{ Missing() }](m); ok {
			t.Errorf("%s: As finds what is not there", name)
		}
	}
}

// The outermost counts, also if it is a middleware's own model.
func TestAsFindsTheFirst(t *testing.T) {
	base := &provider{play(nil), "base"}
	for name, m := range map[string]llm.Model{
		"outermost":      llm.Wrap(base, named, llm.Retry(2)),
		"under a layer":  llm.Wrap(base, llm.Retry(2), named),
		"under a type":   llm.Wrap(base, plugged, named),
		"in a composite": llm.Wrap(base, func(m llm.Model) llm.Model { return llm.Wrap(m, llm.Retry(2), named) }),
	} {
		if p, ok := llm.As[*provider](m); !ok || p.name != "outer" {
			t.Errorf("%s: As finds %v, %t", name, p, ok)
		}
	}
	if c, ok := llm.As[llm.Counter](llm.Wrap(base, both, plugged)); !ok || c.Count(nil) != 42 {
		t.Errorf("As finds counter %v, %t in a composite", c, ok)
	}
}

func TestAsFindsNothing(t *testing.T) {
	for _, m := range []llm.Model{nil, play(nil), &plug{nil}, llm.Wrap(play(nil), llm.Retry(2))} {
		if p, ok := llm.As[*provider](m); ok || p != nil {
			t.Errorf("As finds %v in %v", p, m)
		}
	}
}

func TestAbilitiesOf(t *testing.T) {
	base := &provider{play(nil), "base"}
	for name, m := range map[string]llm.Model{"bare": base, "wrapped": llm.Wrap(base, both, llm.Defaults(llm.Request{Model: "x"}))} {
		if got, want := llm.AbilitiesOf(m, "abc"), (llm.Abilities{Schema: true, Context: 1003}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if got := llm.AbilitiesOf(m, ""); got.Context != 1000 {
			t.Errorf("%s: got %+v for the default model", name, got)
		}
	}
	if got := llm.AbilitiesOf(llm.Wrap(play(nil), both), "abc"); got != (llm.Abilities{}) {
		t.Errorf("got %+v of a model that does not say", got)
	}
	if got := llm.AbilitiesOf(nil, ""); got != (llm.Abilities{}) {
		t.Errorf("got %+v of nil", got)
	}
}

// sent returns what a model is asked when it is asked req under the defaults.
func sent(t *testing.T, defaults llm.Request, req *llm.Request) (got *llm.Request) {
	t.Helper()
	m := llm.Wrap(play(nil, say()...), llm.Defaults(defaults), watch(func(_ context.Context, req *llm.Request) { got = req }))
	before := encode(t, req)
	if _, err := llm.Generate(t.Context(), m, req); err != nil {
		t.Error(err)
	}
	if after := encode(t, req); after != before {
		t.Errorf("request is now %s, was %s", after, before)
	}
	if got == req {
		t.Error("the model was given the caller's request to fill")
	}
	return got
}

func TestDefaults(t *testing.T) {
	want := fullRequest()
	want.Messages, want.Whole = llm.Prompt("Hi.").Messages, false
	if got := sent(t, *fullRequest(), llm.Prompt("Hi.")); !reflect.DeepEqual(got, want) {
		t.Errorf("zero fields: got %s\nwant %s", encode(t, got), encode(t, want))
	}
	other := llm.Request{
		Model: "other", Messages: []llm.Message{llm.User("other")}, Tools: []llm.ToolSpec{{Name: "other"}}, ToolChoice: llm.ToolNone,
		Format: llm.FormatText, Schema: json.RawMessage(`1`), Effort: llm.EffortNone, MaxTokens: 1, Temperature: new(1.5), TopP: new(0.1),
		Stop: []string{"other"}, TopLogprobs: 1, User: "other", Extra: json.RawMessage(`2`),
	}
	if got := sent(t, other, fullRequest()); !reflect.DeepEqual(got, fullRequest()) {
		t.Errorf("full request: got %s\nwant %s", encode(t, got), encode(t, fullRequest()))
	}
}

// A slice that is empty but not nil is an answer: none.
func TestDefaultsKeepNone(t *testing.T) {
	req := &llm.Request{Tools: []llm.ToolSpec{}, Stop: []string{}}
	if got := sent(t, *fullRequest(), req); got.Tools == nil || len(got.Tools) > 0 || got.Stop == nil || len(got.Stop) > 0 {
		t.Errorf("got tools %v and stop strings %q, want none", got.Tools, got.Stop)
	}
	zero := &llm.Request{Temperature: new(0.0), TopP: new(0.0), Effort: llm.EffortNone}
	full := *fullRequest()
	full.Temperature = new(1.0)
	if got := sent(t, full, zero); *got.Temperature != 0 || *got.TopP != 0 || got.Effort != llm.EffortNone {
		t.Errorf("got temperature %v, top p %v and effort %q", *got.Temperature, *got.TopP, got.Effort)
	}
}

// A field that is added to Request needs a line in Defaults.
func TestDefaultsKnowAllFields(t *testing.T) {
	v := reflect.ValueOf(*fullRequest())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the tests' full request has no %s", v.Type().Field(i).Name)
		}
	}
}
