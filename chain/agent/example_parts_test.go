package agent_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/llmtest"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
)

// A trip is what a travel planner answers with.
type trip struct {
	City string `json:"city"`
	Days int    `json:"days" jsonschema:"minimum=1"`
}

// The model is told what is wrong with its answer until that is a trip.
func ExampleAs() {
	plan := agent.As[trip](&agent.Agent{
		Model: plays(
			asking("weather", `{"city":"Lisbon"}`),
			asking("answer", `{"city":"Lisbon","days":0}`),
			asking("answer", `{"city":"Lisbon","days":3}`),
		),
		Tools: tools.Set{weather()},
	})
	t, err := plan(context.Background(), "Plan a trip to a sunny place.")
	fmt.Printf("%+v %v\n", t, err)
	// Output: {City:Lisbon Days:3} <nil>
}

func ExampleTyped() {
	planner := agent.Typed[trip](&agent.Agent{Model: plays(asking("answer", `{"city":"Lisbon","days":3}`))})
	result, err := planner.Do(context.Background(), "Plan a trip to a sunny place.")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Text, "after", result.Run.Used().Calls, "model call")
	// Output: {"city":"Lisbon","days":3} after 1 model call
}

func ExampleValue() {
	planner := agent.Typed[trip](&agent.Agent{Model: plays(llm.Assistant(`I suggest {"city": "Lisbon", "days": 3}.`))})
	for event, err := range planner.Stream(context.Background(), "Plan a trip to a sunny place.") {
		if err != nil {
			log.Fatal(err)
		}
		if event.Result != nil {
			var t trip
			err := agent.Value(event.Result, &t)
			fmt.Println(t.City, t.Days, err)
		}
	}
	// Output: Lisbon 3 <nil>
}

// What the other agent reads and does stays out of the prompt of the first.
func ExampleAsTool() {
	researcher := &agent.Agent{
		Name:   "researcher",
		Model:  plays(asking("weather", `{"city":"Lisbon"}`), llm.Assistant("Lisbon is sunny.")),
		System: "You find out facts.",
		Tools:  tools.Set{weather()},
	}
	author := &agent.Agent{
		Model:  plays(asking("researcher", `{"task":"How is the weather in Lisbon?"}`), llm.Assistant("Come to sunny Lisbon!")),
		System: "You write leaflets.",
		Tools:  tools.Set{agent.AsTool(researcher, "Finds out facts.")},
	}
	result, err := author.Do(context.Background(), "Write a line on Lisbon.")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Text, "after", result.Run.Used().Calls, "model calls")
	// Output: Come to sunny Lisbon! after 4 model calls
}

// The simplest way: the Run of an agent is a Func, and so a tool.
func ExampleAsTool_new() {
	researcher := &agent.Agent{Model: plays(llm.Assistant("Lisbon is sunny."))}
	author := &agent.Agent{
		Model: plays(asking("research", `{"input":"How is the weather in Lisbon?"}`), llm.Assistant("Come to sunny Lisbon!")),
		Tools: tools.Set{tools.New("research", "Finds out facts.", researcher.Run)},
	}
	fmt.Println(author.Run(context.Background(), "Write a line on Lisbon."))
	// Output: Come to sunny Lisbon! <nil>
}

func ExampleHandoff() {
	billing := &agent.Agent{
		Name:   "billing",
		Model:  plays(llm.Assistant("I have sent the invoice once more.")),
		System: "You answer questions about invoices.",
	}
	technician := &agent.Agent{Name: "technician", Model: plays(), System: "You repair pumps."}
	desk := &agent.Agent{
		Model:  plays(asking("handoff_to_billing", `{"note":"Order 17."}`)),
		System: "You hand each question over to whom it is for.",
		Tools:  tools.Set{agent.Handoff(billing, "Invoices and payments."), agent.Handoff(technician, "Pumps that fail.")},
		Memory: new(memory.Buffer),
	}
	fmt.Println(desk.Run(context.Background(), "Where is my invoice?"))
	for _, m := range billing.Model.(*llmtest.Script).Requests()[0].Messages {
		fmt.Printf("%s: %q\n", m.Role, m.Text())
	}
	// Output:
	// I have sent the invoice once more. <nil>
	// system: "You answer questions about invoices."
	// user: "Where is my invoice?\n\nNote of the colleague who hands this over: Order 17."
}

func ExamplePlan() {
	plan := &agent.Plan{
		Planner: &agent.Agent{Model: plays(asking("answer", `{"steps":["Find the weather in Lisbon.","Find a beach near Lisbon."]}`))},
		Worker: &agent.Agent{
			Model: plays(asking("weather", `{"city":"Lisbon"}`), llm.Assistant("It is sunny."), llm.Assistant("Carcavelos.")),
			Tools: tools.Set{weather()},
		},
		Writer: &agent.Agent{Model: plays(llm.Assistant("Take the train to Carcavelos: it is sunny."))},
	}
	fmt.Println(plan.Run(context.Background(), "Plan a day in Lisbon."))
	// Output: Take the train to Carcavelos: it is sunny. <nil>
}

// The Run of a Plan is a Func: it can be watched like any other, its steps and all that
// the agents say.
func ExamplePlan_Run() {
	plan := &agent.Plan{
		Planner: &agent.Agent{Model: plays(asking("answer", `{"steps":["Find the weather."]}`), llm.Assistant("Pack a hat."))},
		Worker:  &agent.Agent{Model: plays(llm.Assistant("It is sunny."))},
	}
	for event, err := range chain.Stream(context.Background(), plan.Run, "What do I pack for Lisbon?") {
		if err != nil {
			log.Fatal(err)
		}
		switch e := event.(type) {
		case llm.ChunkEvent:
			fmt.Print(e.Chunk.Text)
		case chain.Result[string]:
			fmt.Println("\nThe answer:", e.Value)
		}
	}
	// Output:
	// It is sunny.Pack a hat.
	// The answer: Pack a hat.
}

// When the conversation is long, the model sums up its beginning. The memory keeps all of
// the turn, and shows what the model needs from there on.
func ExampleCompact() {
	ctx := context.Background()
	page := tools.New("page", "Returns a page of the report.", func(_ context.Context, in struct {
		N int `json:"n"`
	}) (string, error) {
		return strings.Repeat(fmt.Sprint("Page ", in.N, ". "), 200), nil
	})
	mem := new(memory.Buffer)
	a := &agent.Agent{
		Model: plays(
			asking("page", `{"n":1}`),
			asking("page", `{"n":2}`),
			llm.Assistant("Two pages were read. They have nothing but their numbers."), // asked to sum up
			llm.Assistant("The report is empty."),
		),
		Tools:   tools.Set{page},
		Memory:  mem,
		Compact: agent.Compact{At: 900, Keep: 100}, // tiny, for the example: the default fits the model
	}
	result, err := a.Do(ctx, "Read the report.")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Text, "The turn has", len(result.Run.Turn()), "messages.")
	h, err := mem.Load(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range h.Messages {
		fmt.Printf("%s: %s\n", m.Role, strings.ReplaceAll(m.Text(), "\n\n", " "))
	}
	// Output:
	// The report is empty. The turn has 6 messages.
	// user: Read the report.
	// user: A part of this conversation is left out here. This is the assistant's own summary of what was said and done in it: Two pages were read. They have nothing but their numbers.
	// assistant: The report is empty.
}
