package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output/schema"
	"github.com/hadal-go/hadal/tools"
)

// Dive is what the tool of the examples takes.
type Dive struct {
	Trench string `json:"trench" jsonschema:"description=the name in English"`
	Unit   string `json:"unit,omitempty" jsonschema:"enum=m,enum=km"`
}

// Depth is what it returns.
type Depth struct {
	Trench string  `json:"trench"`
	Depth  float64 `json:"depth"`
	Unit   string  `json:"unit"`
}

func depth(_ context.Context, d Dive) (Depth, error) {
	switch {
	case d.Trench != "Mariana":
		return Depth{}, fmt.Errorf("no trench is named %q", d.Trench)
	case d.Unit == "km":
		return Depth{d.Trench, 10.935, "km"}, nil
	}
	return Depth{d.Trench, 10935, "m"}, nil
}

var depths = tools.New("depth", "Tells how deep an ocean trench is.", depth)

func Example() {
	set := tools.Set{depths}
	model := &llmtest.Script{Replies: []llm.Message{
		{Parts: llm.Parts{llm.ToolCall{ID: "call_0", Name: "depth", Args: `{"trench": "Mariana", "unit": "km"}`}}},
		llm.Assistant("It is almost 11 km deep."),
	}}
	ctx := context.Background()
	req := &llm.Request{Messages: []llm.Message{llm.User("How deep is the Mariana trench?")}, Tools: set.Specs()}
	for {
		resp, err := llm.Generate(ctx, model, req)
		if err != nil {
			fmt.Println(err)
			return
		}
		calls := resp.ToolCalls()
		if len(calls) == 0 {
			fmt.Println(resp.Text())
			return
		}
		results, err := set.Results(ctx, calls)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Messages = append(req.Messages, resp.Message, results)
		fmt.Println(calls[0].Args, "->", results.Parts[0].(llm.ToolResult).Content[0])
	}
	// Output:
	// {"trench": "Mariana", "unit": "km"} -> {"trench":"Mariana","depth":10.935,"unit":"km"}
	// It is almost 11 km deep.
}

func ExampleNew() {
	spec := depths.Spec()
	fmt.Println(spec.Name, "-", spec.Description)
	fmt.Println(string(spec.Schema))
	// Output:
	// depth - Tells how deep an ocean trench is.
	// {"properties":{"trench":{"type":"string","description":"the name in English"},"unit":{"type":"string","enum":["m","km"]}},"additionalProperties":false,"type":"object","required":["trench"]}
}

// Any Func is a tool: here a chain of a model and a function, which takes a text.
func ExampleNew_chain() {
	model := &llmtest.Script{Replies: []llm.Message{llm.Assistant("the hadal zone")}}
	expert := chain.Pipe(llm.Ask(model, "You know the sea. Answer in three words."), chain.Lift(strings.ToUpper))
	ask := tools.New("ask_expert", "Asks somebody who knows the sea.", expert)

	fmt.Println(string(ask.Spec().Schema))
	r, err := tools.Set{ask}.Call(context.Background(), llm.ToolCall{Name: "ask_expert", Args: `{"input":"What is below 6 km?"}`})
	fmt.Println(r.Content, err)
	// Output:
	// {"properties":{"input":{"type":"string"}},"additionalProperties":false,"type":"object","required":["input"]}
	// [THE HADAL ZONE] <nil>
}

// What one run needs comes with the function: here the user that it is for.
func ExampleNew_closure() {
	newSet := func(user string) tools.Set {
		return tools.Set{tools.New("whoami", "Tells who asks.", func(context.Context, struct{}) (string, error) { return user, nil })}
	}
	for _, user := range []string{"ada", "grace"} {
		r, err := newSet(user).Call(context.Background(), llm.ToolCall{Name: "whoami"})
		fmt.Println(r.Content, err)
	}
	// Output:
	// [ada] <nil>
	// [grace] <nil>
}

// A tool is a typed step of a chain.
func ExampleFunc() {
	inWords := func(d Depth) string { return fmt.Sprintf("%s: %g %s", d.Trench, d.Depth, d.Unit) }
	tell := chain.Pipe(tools.Func[Dive, Depth](depths), chain.Lift(inWords))
	fmt.Println(tell(context.Background(), Dive{Trench: "Mariana"}))
	// Output: Mariana: 10935 m <nil>
}

// The method Call of any tool is a Func as it is, from JSON to parts.
func ExampleTool() {
	text := func(parts llm.Parts) string { return llm.Message{Parts: parts}.Text() }
	tell := chain.Pipe(depths.Call, chain.Lift(text))
	fmt.Println(tell(context.Background(), json.RawMessage(`{"trench":"Mariana"}`)))
	// Output: {"trench":"Mariana","depth":10935,"unit":"m"} <nil>
}

// shell is a Tool that is written by hand, with a schema from elsewhere.
type shell struct{ schema *schema.Schema }

func (s shell) Spec() llm.ToolSpec {
	return llm.ToolSpec{Name: "echo", Description: "Repeats words.", Schema: s.schema.JSON()}
}

func (s shell) Call(ctx context.Context, args json.RawMessage) (llm.Parts, error) {
	var v struct{ Words []string }
	if err := tools.Decode(ctx, s.schema, args, &v); err != nil {
		return nil, err
	}
	return llm.Parts{llm.Text(strings.Join(v.Words, " "))}, nil
}

func (shell) Policy() tools.Policy { return tools.Policy{Effect: tools.Reads} }

func ExampleDecode() {
	s, err := schema.Parse([]byte(`{"type":"object","properties":{"Words":{"type":"array","items":{"type":"string"}}},"required":["Words"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	set := tools.Set{shell{s}}
	for _, args := range []string{`{"Words":["a","b"]}`, `{Words: "a"}`, `{"Words":{}}`} {
		r, err := set.Call(context.Background(), llm.ToolCall{Name: "echo", Args: args})
		fmt.Println(r.Content[0], err)
	}
	// Output:
	// a b <nil>
	// a <nil>
	// error: the arguments do not fit the schema:
	// /Words: is an object, want an array of strings
	// Call the tool again with all of its arguments, corrected. <nil>
}

func ExampleSet_Specs() {
	for _, spec := range (tools.Set{depths}).Specs() {
		fmt.Println(spec.Name)
	}
	// Output: depth
}

func ExampleSet_Check() {
	fmt.Println(tools.Set{depths}.Check())
	fmt.Println(tools.Set{depths, depths}.Check())
	// Output:
	// <nil>
	// tools: tool 1 has the name of tool 0, "depth": rename one
}

// Whatever goes wrong, there is a result for the model.
func ExampleSet_Call() {
	set := tools.Set{depths}
	for _, call := range []llm.ToolCall{
		{Name: "depth", Args: `{"trench":"Mariana"}`},
		{Name: "depth", Args: `{"trench":"Atlantis"}`},
		{Name: "depth", Args: `{"unit":"miles"}`},
		{Name: "get_depth", Args: `{}`},
	} {
		r, err := set.Call(context.Background(), call)
		fmt.Println(r.Content[0], err)
	}
	// Output:
	// {"trench":"Mariana","depth":10935,"unit":"m"} <nil>
	// error: no trench is named "Atlantis" <nil>
	// error: the arguments do not fit the schema:
	// /trench: is missing, want a string
	// /unit: is the string "miles", want one of "m", "km"
	// Call the tool again with all of its arguments, corrected. <nil>
	// error: there is no tool "get_depth": did you mean "depth"?
	// The tools are depth. Call one of these, or answer without. <nil>
}

func ExampleSet_CallAll() {
	calls := []llm.ToolCall{
		{ID: "call_0", Name: "depth", Args: `{"trench":"Mariana"}`},
		{ID: "call_1", Name: "depth", Args: `{"trench":"Mariana","unit":"km"}`},
	}
	outcomes := make([]tools.Outcome, len(calls))
	for i, o := range (tools.Set{depths}).CallAll(context.Background(), calls, 0) { // in any order
		outcomes[i] = o
	}
	for _, o := range outcomes {
		fmt.Println(o.Result.ID, o.Result.Content, o.Err)
	}
	// Output:
	// call_0 [{"trench":"Mariana","depth":10935,"unit":"m"}] <nil>
	// call_1 [{"trench":"Mariana","depth":10.935,"unit":"km"}] <nil>
}

// A run that goes on after a crash makes only the calls that have no result yet, each
// under the identity that it had before.
func ExampleSet_Do() {
	calls := []llm.ToolCall{
		{ID: "call_0", Name: "depth", Args: `{"trench":"Mariana"}`},
		{ID: "call_1", Name: "depth", Args: `{"trench":"Mariana","unit":"km"}`},
	}
	results := make([]llm.ToolResult, len(calls))
	results[0] = llm.ToolResult{ID: "call_0", Name: "depth", Content: llm.Parts{llm.Text("10935 m")}} // was stored
	for i, call := range calls {
		if results[i].Name != "" {
			continue
		}
		ctx := tools.WithCallID(context.Background(), fmt.Sprintf("run 7/step 2/call %d", i))
		o := (tools.Set{depths}).Do(ctx, call)
		if o.Err != nil {
			fmt.Println(o.Err)
			return
		}
		results[i] = o.Result
	}
	for _, r := range results {
		fmt.Println(r.ID, r.Content)
	}
	// Output:
	// call_0 [10935 m]
	// call_1 [{"trench":"Mariana","depth":10.935,"unit":"km"}]
}

func ExampleSet_Results() {
	m, err := tools.Set{depths}.Results(context.Background(), []llm.ToolCall{{ID: "call_0", Name: "depth", Args: `{"trench":"Mariana"}`}})
	fmt.Println(m.Role, m.Parts[0].(llm.ToolResult).ID, err)
	// Output: tool call_0 <nil>
}

func ExampleApproved() {
	send := tools.New("send", "Sends a mail.", func(_ context.Context, to string) (string, error) { return "sent to " + to, nil })
	set := tools.Set{tools.With(send, tools.Policy{Effect: tools.WritesOnce, Approve: true})}
	call := llm.ToolCall{Name: "send", Args: `{"input":"ada@example.com"}`}

	// Whoever drives a set asks the person: without that the call is not made.
	o := set.Do(context.Background(), call)
	fmt.Println(o.Result.Content[0], errors.Is(o.Cause, tools.ErrApproval))
	o = set.Do(tools.Approved(context.Background()), call)
	fmt.Println(o.Result.Content[0])
	// Output:
	// error: the call needs the approval of a person, and nobody was asked true
	// sent to ada@example.com
}

func ExampleSet_Start() {
	add := tools.New("add", "Adds two numbers.", func(_ context.Context, in struct {
		A int `json:"a"`
		B int `json:"b"`
	}) (int, error) {
		return in.A + in.B, nil
	})
	set := tools.Set{add}
	over := make(chan struct{})
	call := set.Start(context.Background(), llm.ToolCall{ID: "1", Name: "add", Args: `{"a":1,"b":2}`}, func() { close(over) })

	// There may be other things to wait for.
	<-over
	fmt.Println(call.Outcome().Result.Content[0])
	// Output: 3
}

func ExampleIsFatal() {
	err := fmt.Errorf("charging the card: %w", tools.Fatal(errors.New("account closed")))
	fmt.Println(tools.IsFatal(err), tools.IsFatal(errors.New("declined")))
	// Output: true false
}

func ExampleWith() {
	remove := tools.New("delete_file", "Deletes a file.", func(_ context.Context, name string) (string, error) { return "gone", nil })
	remove = tools.With(remove, tools.Policy{Effect: tools.Writes, Timeout: 5 * time.Second, Approve: true})

	p := tools.PolicyOf(remove)
	fmt.Println(p.Effect, p.Timeout, p.Approve)

	// Arguments that are not quite right are not put right for a tool that writes.
	ctx := tools.Approved(context.Background()) // a person was asked
	r, err := tools.Set{remove}.Call(ctx, llm.ToolCall{Name: "delete_file", Args: `{input: "notes.txt"}`})
	fmt.Println(r.Content[0], err)
	// Output:
	// writes 5s true
	// error: the arguments are not sound JSON: invalid syntax at offset 1, before input: "notes.txt"}
	// Call the tool again with all of its arguments, corrected. <nil>
}

func ExamplePolicyOf() {
	inner := tools.With(depths, tools.Policy{Effect: tools.Reads, Timeout: time.Second})
	outer := tools.With(inner, tools.Policy{Timeout: time.Minute})
	fmt.Println(tools.PolicyOf(depths).Effect)
	fmt.Println(tools.PolicyOf(outer).Effect, tools.PolicyOf(outer).Timeout)
	// Output:
	// unknown
	// reads 1m0s
}

// Two tools that share a database of one connection.
func ExampleGroup() {
	db := &tools.Group{Limit: 1}
	set := tools.Set{
		tools.With(depths, tools.Policy{Effect: tools.Reads, Group: db}),
		tools.With(tools.New("trenches", "Lists the trenches.", func(context.Context, struct{}) ([]string, error) {
			return []string{"Mariana"}, nil
		}), tools.Policy{Effect: tools.Reads, Group: db}),
	}
	m, err := set.Results(context.Background(), []llm.ToolCall{
		{ID: "call_0", Name: "trenches"},
		{ID: "call_1", Name: "depth", Args: `{"trench":"Mariana","unit":"km"}`},
	})
	for _, p := range m.Parts {
		fmt.Println(p.(llm.ToolResult).Content, err)
	}
	// Output:
	// [["Mariana"]] <nil>
	// [{"trench":"Mariana","depth":10.935,"unit":"km"}] <nil>
}

func ExampleEffect_May() {
	fmt.Println(tools.Reads.May(tools.Writes | tools.Sends))
	fmt.Println((tools.Reads | tools.Sends).May(tools.Sends))
	fmt.Println(tools.Effect(0).May(tools.Sends)) // who knows
	// Output:
	// false
	// true
	// true
}

func ExampleFatal() {
	broken := errors.New("the license has expired")
	f := tools.New("depth", "Tells how deep it is.", func(context.Context, Dive) (Depth, error) { return Depth{}, tools.Fatal(broken) })
	r, err := tools.Set{f}.Call(context.Background(), llm.ToolCall{Name: "depth", Args: `{"trench":"Mariana"}`})
	fmt.Println(err, errors.Is(err, broken))
	fmt.Println(r.Content[0])
	// Output:
	// tool depth: the license has expired true
	// error: the call has ended the run
}

func ExampleAgain() {
	f := tools.New("search", "Searches.", func(_ context.Context, query string) (string, error) {
		if len(query) < 3 {
			return "", tools.Again("That finds too much. Search for a longer word.")
		}
		return "found", nil
	})
	r, err := tools.Set{f}.Call(context.Background(), llm.ToolCall{Name: "search", Args: `{"input":"a"}`})
	fmt.Println(r.Content[0], r.IsError, err)
	// Output: That finds too much. Search for a longer word. true <nil>
}

// A call that is made again after a crash must not pay twice.
func ExampleCallID() {
	paid := map[string]bool{}
	pay := tools.New("pay", "Pays an amount.", func(ctx context.Context, amount int) (string, error) {
		key := tools.CallID(ctx)
		if paid[key] {
			return "paid already, as " + key, nil
		}
		paid[key] = true
		return "paid, as " + key, nil
	})
	set := tools.Set{tools.With(pay, tools.Policy{Effect: tools.Writes})}
	ctx := tools.WithCallID(context.Background(), "run 7/step 2/call 0")
	for range 2 {
		r, err := set.Call(ctx, llm.ToolCall{ID: "call_0", Name: "pay", Args: `{"input":100}`})
		fmt.Println(r.Content[0], err)
	}
	// Output:
	// paid, as run 7/step 2/call 0 <nil>
	// paid already, as run 7/step 2/call 0 <nil>
}

func ExampleWithCallID() {
	ctx := tools.WithCallID(context.Background(), "run 7/step 2")
	f := tools.New("id", "Tells its own identity.", func(ctx context.Context, _ struct{}) (string, error) { return tools.CallID(ctx), nil })
	m, err := tools.Set{f}.Results(ctx, []llm.ToolCall{{ID: "call_0", Name: "id"}, {ID: "call_1", Name: "id"}})
	for _, p := range m.Parts {
		fmt.Println(p.(llm.ToolResult).Content[0], err)
	}
	// Output:
	// run 7/step 2/call_0 <nil>
	// run 7/step 2/call_1 <nil>
}

// A program that runs for long looks now and then whether tools hang.
func ExampleStrays() {
	fmt.Println(tools.Strays())
	// Output: 0
}

func ExampleResultEvent() {
	ctx := trace.With(context.Background(), func(e trace.Event) {
		switch e := e.(type) {
		case tools.CallEvent:
			fmt.Println("->", e.Call.Name, e.Call.Args)
		case tools.ResultEvent:
			for _, r := range e.Repairs {
				fmt.Println("   repaired:", r.Kind)
			}
			fmt.Println("<-", e.Result.Content[0])
		}
	})
	set := tools.Set{tools.With(depths, tools.Policy{Effect: tools.Reads})}
	if _, err := set.Call(ctx, llm.ToolCall{Name: "depth", Args: `{trench: "Mariana"}`}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// -> depth {trench: "Mariana"}
	//    repaired: unquoted
	// <- {"trench":"Mariana","depth":10935,"unit":"m"}
}
