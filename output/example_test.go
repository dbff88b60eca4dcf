package output_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/prompt"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/output"
	"github.com/hadal-go/hadal/output/repair"
)

type Invoice struct {
	Number string  `json:"number" jsonschema_description:"as printed, such as R-2041"`
	Total  float64 `json:"total" jsonschema:"minimum=0"`
}

func ExampleExtract() {
	model := script(`{"number": "R-2041", "total": 119}`) // or &deepseek.Client{}
	invoice, err := output.Extract[Invoice](model, "Extract the invoice.")(context.Background(), "Invoice R-2041 … please pay 119.00 EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", invoice)
	// Output:
	// {Number:R-2041 Total:119}
}

func ExampleGenerate() {
	model := script(`["Atolla", "Deepstaria", "Periphylla"]`)
	names, err := output.Generate[[]string](context.Background(), model, llm.Prompt("Name three jellyfish of the deep sea."))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range names {
		fmt.Println(name)
	}
	// Output:
	// Atolla
	// Deepstaria
	// Periphylla
}

// A prompt of one type in, a value of another out.
func ExampleReply() {
	type Mail struct{ From, Text string }
	ask := prompt.Messages[Mail](
		prompt.System("Extract the invoice."),
		prompt.User("{{.From}} writes: {{.Text}}"),
	)
	model := script(`{"number": "R-2041", "total": 119}`)
	extract := chain.Pipe(ask.Request, output.Reply[Invoice](model))
	invoice, err := extract(context.Background(), Mail{"Atolla Ltd.", "Please pay 119.00 EUR for R-2041."})
	fmt.Printf("%+v %v\n", invoice, err)
	// Output:
	// {Number:R-2041 Total:119} <nil>
}

// Value is a step, too, with the settings of the Generator: here none but the first
// request, and in its place a fallback.
func ExampleGenerator_Value() {
	once := &output.Generator[Invoice]{Model: script("It is R-2041."), Retries: -1}
	careful := &output.Generator[Invoice]{Model: script(`{"number": "R-2041", "total": 119}`)}
	extract := chain.Fallback(once.Value, careful.Value)
	invoice, err := extract(context.Background(), llm.Prompt("Extract the invoice: R-2041, 119.00 EUR"))
	fmt.Printf("%+v %v\n", invoice, err)
	// Output:
	// {Number:R-2041 Total:119} <nil>
}

// A Stay is checked by its schema, and then by itself.
type Stay struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (s Stay) Validate() error {
	if !s.To.After(s.From) {
		return errors.New("to must be after from")
	}
	return nil
}

// What is wrong goes back to the model, until it is right.
func ExampleGenerator() {
	model := script(
		`{"from": "2026-05-04T15:00:00Z", "to": "2026-05-02T10:00:00Z"}`,
		`{"from": "2026-05-02T15:00:00Z", "to": "2026-05-04T10:00:00Z"}`,
	)
	g := &output.Generator[Stay]{Model: model}
	result, err := g.Generate(context.Background(), llm.Prompt("When do they stay? …"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Value.To.Sub(result.Value.From), "after", result.Attempts, "requests")
	fmt.Println(model.Requests()[1].Messages[2].Text())
	// Output:
	// 43h0m0s after 2 requests
	// That is not what was asked for:
	// - to must be after from
	// Answer again with the whole JSON value, corrected, and with nothing else.
}

// The model looks things up with the tools of the request, and answers then.
func ExampleGenerator_Generate_tools() {
	model := &llmtest.Script{Replies: []llm.Message{
		{Parts: llm.Parts{llm.ToolCall{ID: "1", Name: "lookup", Args: `{"customer":"Atolla Ltd."}`}}},
		llm.Assistant(`{"number": "R-2041", "total": 119}`),
	}}
	g := &output.Generator[Invoice]{Model: model}
	req := llm.Prompt("What does Atolla Ltd. owe us?")
	req.Tools = []llm.ToolSpec{{Name: "lookup", Description: "Finds the open invoices of a customer."}}
	for {
		result, err := g.Generate(context.Background(), req)
		if err != nil {
			fmt.Println(err)
			return
		}
		if len(result.ToolCalls) == 0 {
			fmt.Printf("%+v\n", result.Value)
			return
		}
		results := llm.Message{Role: llm.RoleTool}
		for _, call := range result.ToolCalls {
			fmt.Println("run", call.Name, call.Args)
			results.Parts = append(results.Parts, llm.ToolResult{ID: call.ID, Name: call.Name, Content: llm.Parts{llm.Text("R-2041, 119.00 EUR")}})
		}
		req.Messages = append(result.Messages, results)
	}
	// Output:
	// run lookup {"customer":"Atolla Ltd."}
	// {Number:R-2041 Total:119}
}

// Whoever pays by the value does not want it guessed.
func ExampleGenerator_refuse() {
	model := script(`{"number": "R-2041", "total": "119 EUR"}`, `{"number": "R-2041", "total": 119}`)
	g := &output.Generator[Invoice]{Model: model, Refuse: func(r repair.Repair) bool { return r.Pointer == "/total" }}
	result, err := g.Generate(context.Background(), llm.Prompt("Extract the invoice …"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Value.Total, "after", result.Attempts, "requests")
	// Output:
	// 119 after 2 requests
}

func ExampleGenerator_Stream() {
	model := pieces(`{"number": "R-`, `2041", "to`, `tal": 1`, `19}`)
	g := &output.Generator[Invoice]{Model: model}
	for p, err := range g.Stream(context.Background(), llm.Prompt("Extract the invoice …")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%+v done=%v\n", p.Value, p.Done)
	}
	// Output:
	// {Number:R- Total:0} done=false
	// {Number:R-2041 Total:0} done=false
	// {Number:R-2041 Total:119} done=false
	// {Number:R-2041 Total:119} done=true
}

func ExampleStream() {
	model := script(`["Atolla", "Deepstaria", "Periphylla"]`)
	for p, err := range output.Stream[[]string](context.Background(), model, llm.Prompt("Name three jellyfish of the deep sea.")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if p.Done {
			fmt.Println(len(p.Value), "names,", p.Result.Attempts, "request")
		}
	}
	// Output:
	// 3 names, 1 request
}

func ExampleParse() {
	invoice, err := output.Parse[Invoice]("Here it is:\n```json\n{\"number\": \"R-2041\", \"total\": 119}\n```")
	fmt.Printf("%+v %v\n", invoice, err)
	_, err = output.Parse[Invoice](`{"number": "R-2041", "total": -119}`)
	fmt.Println(err)
	// Output:
	// {Number:R-2041 Total:119} <nil>
	// output: the reply is not what was asked for: /total: is the number -119, want a number of at least 0
}

func ExampleError() {
	model := script("It is R-2041.", "R-2041, I said.", "R-2041!")
	_, err := output.Generate[Invoice](context.Background(), model, llm.Prompt("Extract the invoice …"))
	if e, ok := errors.AsType[*output.Error](err); ok {
		fmt.Println(e.Attempts, "requests, the last reply:", e.Text)
		fmt.Println(errors.Is(err, output.ErrUnfit))
	}
	// Output:
	// 3 requests, the last reply: R-2041!
	// true
}

type Topic string

const (
	Billing  Topic = "billing"
	Delivery Topic = "delivery"
)

func (Topic) Enum() []Topic { return []Topic{Billing, Delivery} }

func ExampleClassifier_Classify() {
	model := able{&llmtest.Script{Func: func(int, *llm.Request) (*llm.Response, error) {
		return &llm.Response{Message: llm.Assistant("delivery"), Logprobs: []llm.Logprob{{
			Token: "delivery", Logprob: math.Log(0.7),
			Top: []llm.Logprob{{Token: "delivery", Logprob: math.Log(0.7)}, {Token: "billing", Logprob: math.Log(0.3)}},
		}}}, nil
	}}, llm.Abilities{Logprobs: true}}
	c := &output.Classifier[Topic]{Model: model, Instruction: "What is the mail about?"}
	class, err := c.Classify(context.Background(), "The parcel came broken. Who pays?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %.2f, review: %v\n", class.Value, class.Confidence, class.Review)
	fmt.Printf("%s %.2f\n", class.Alternatives[0].Value, class.Alternatives[0].Confidence)
	// Output:
	// delivery 0.70, review: true
	// billing 0.30
}

// A class decides who answers: the label, or a person where the model was not sure.
func ExampleClassifier_Classify_branch() {
	topics := &output.Classifier[Topic]{Model: script("billing"), Threshold: -1} // the script measures nothing
	desk := chain.Pipe(topics.Classify, chain.Lift(func(c *output.Class[Topic]) Topic {
		if c.Measured && c.Review {
			return "person"
		}
		return c.Value
	}))
	answer := func(text string) chain.Func[string, string] {
		return chain.Lift(func(string) string { return text })
	}
	route := chain.Branch(desk, map[Topic]chain.Func[string, string]{
		Billing:  answer("Dear customer, …"),
		Delivery: answer("The parcel is on its way."),
		"person": answer("Somebody will look into it."),
	})
	fmt.Println(route(context.Background(), "Who pays?"))
	// Output: Dear customer, … <nil>
}

// pieces returns a model whose reply comes in the given pieces.
func pieces(list ...string) llm.Model {
	return llm.ModelFunc(func(context.Context, *llm.Request) iter.Seq2[*llm.Chunk, error] {
		return func(yield func(*llm.Chunk, error) bool) {
			for _, text := range list {
				if !yield(&llm.Chunk{Text: text}, nil) {
					return
				}
			}
			yield(&llm.Chunk{Finish: llm.FinishStop, Usage: &llm.Usage{}}, nil)
		}
	})
}
