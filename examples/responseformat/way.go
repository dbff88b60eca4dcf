package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/hadal-go/hadal/chain/trace"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/schema"
)

// A Booking is what the text is to become.
type Booking struct {
	Name    string  `json:"name" jsonschema_description:"the name of who books"`
	Email   string  `json:"email,omitempty" jsonschema:"format=email"`
	Date    string  `json:"date" jsonschema:"format=date" jsonschema_description:"the day that the tickets are for"`
	Tickets int     `json:"tickets" jsonschema:"minimum=1"`
	Price   float64 `json:"price,omitempty" jsonschema_description:"of one ticket"`
}

// instruction is the same in every way.
const instruction = "Extract the booking."

// A way makes JSON of a text.
type way struct {
	name, short string
	checked     string
	do          func(ctx context.Context, c *deepseek.Client, text string) (outcome, error)
}

// An outcome is what came of a way.
type outcome struct {
	came  string // as the model wrote it, or as it was made
	notes []string
}

var ways = []way{
	{
		name: `response_format {"type": "json_object"}: llm.FormatJSON`, short: "json_object",
		checked: "that it is a JSON object, by the provider; the rest is up to you",
		do: func(ctx context.Context, c *deepseek.Client, text string) (outcome, error) {
			words := instruction + " Answer in JSON that satisfies this schema:\n" + string(schema.For[Booking]().JSON()) // DeepSeek demands the word JSON
			return plain(ctx, c, &llm.Request{Format: llm.FormatJSON, Messages: []llm.Message{llm.System(words), llm.User(text)}})
		},
	},
	{
		name: `response_format {"type": "json_schema"}: llm.Request.Schema`, short: "json_schema",
		checked: "the types and the names, by the provider; cut, blank and false values are up to you",
		do: func(ctx context.Context, c *deepseek.Client, text string) (outcome, error) {
			return plain(ctx, c, &llm.Request{Schema: schema.For[Booking]().JSON(), Messages: []llm.Message{llm.System(instruction), llm.User(text)}})
		},
	},
	{
		name: "output.Extract[Booking]", short: "Extract",
		checked: "all that the schema says, and Validate if there is one; a Booking or an error",
		do: func(ctx context.Context, c *deepseek.Client, text string) (outcome, error) {
			ctx, notes := listen(ctx)
			booking, err := output.Extract[Booking](c, instruction)(ctx, text)
			return made(booking, *notes), err
		},
	},
	{
		name: "output.Generator[Booking]{Mode: output.ModeJSON}: what Extract does where there is no json_schema", short: "with json_object",
		checked: "the same; what was wrong goes back to the model",
		do: func(ctx context.Context, c *deepseek.Client, text string) (outcome, error) {
			ctx, notes := listen(ctx)
			g := output.Generator[Booking]{Model: c, Mode: output.ModeJSON}
			result, err := g.Generate(ctx, &llm.Request{Messages: []llm.Message{llm.System(instruction), llm.User(text)}})
			if err != nil {
				return outcome{}, err
			}
			for _, r := range result.Repairs {
				*notes = append(*notes, fmt.Sprintf("repaired: %s at %q", r.Kind, r.Pointer))
			}
			return made(result.Value, *notes), nil
		},
	},
}

// plain sends a request and decodes the reply as most programs do.
func plain(ctx context.Context, c *deepseek.Client, req *llm.Request) (outcome, error) {
	resp, err := llm.Generate(ctx, c, req)
	if err != nil {
		return outcome{}, err
	}
	out := outcome{came: strings.TrimSpace(resp.Text())}
	var b Booking
	if err := json.Unmarshal([]byte(resp.Text()), &b); err != nil {
		out.notes = append(out.notes, "json.Unmarshal: "+err.Error())
	}
	if err := schema.For[Booking]().Validate([]byte(resp.Text())); err != nil {
		for line := range strings.Lines(err.Error()) {
			out.notes = append(out.notes, strings.TrimRight(line, "\n"))
		}
	}
	return out, nil
}

// made returns the outcome that is a Booking.
func made(b Booking, notes []string) outcome {
	text, err := json.Marshal(b)
	if err != nil {
		panic(err) // it has texts and numbers alone
	}
	return outcome{came: string(text), notes: notes}
}

// listen returns a context in which is noted what sends a reply back to the model.
func listen(ctx context.Context) (context.Context, *[]string) {
	notes := new([]string)
	return trace.With(ctx, func(e trace.Event) {
		retry, ok := e.(output.RetryEvent)
		if !ok {
			return
		}
		for _, f := range retry.Findings {
			*notes = append(*notes, fmt.Sprintf("sent back: %s", f))
		}
		if len(retry.Findings) == 0 {
			*notes = append(*notes, fmt.Sprintf("again: %v", retry.Err))
		}
	}), notes
}

// compare returns the fields that came in each way.
func compare(done []outcome) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, way := range ways {
		fmt.Fprintf(w, "\t%s", way.short)
	}
	fmt.Fprintln(w)
	for _, name := range []string{"name", "email", "date", "tickets", "price"} {
		fmt.Fprint(w, name)
		for _, out := range done {
			var fields map[string]json.RawMessage
			value := "-"
			if json.Unmarshal([]byte(out.came), &fields) == nil && fields[name] != nil {
				value = string(fields[name])
			}
			fmt.Fprintf(w, "\t%s", value)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}
