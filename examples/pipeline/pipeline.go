package main

import (
	"embed"

	"github.com/hadal-go/hadal/chain"
	"github.com/hadal-go/hadal/chain/prompt/promptfile"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output"
)

// A Document is what a customer wrote.
type Document struct {
	Name string // as the user knows it
	Text string
}

// A Ticket is what there is to know of a document.
type Ticket struct {
	Topic    Topic    `json:"topic" jsonschema_description:"what it is about"`
	From     Person   `json:"from" jsonschema_description:"who wrote it"`
	Subject  string   `json:"subject"`
	Date     string   `json:"date" jsonschema:"format=date" jsonschema_description:"the day it was written"`
	Requests []string `json:"requests" jsonschema_description:"what we are asked to do, each in the words of the text"`
}

// A Person is a customer.
type Person struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty" jsonschema:"format=email"`
}

// A Topic is what a document is about. It says whose desk it goes to.
type Topic string

// The topics.
const (
	Billing  Topic = "billing"
	Bug      Topic = "bug"
	Contract Topic = "contract"
	Other    Topic = "other"
)

// Enum returns all topics, for the schema.
func (Topic) Enum() []Topic { return []Topic{Billing, Bug, Contract, Other} }

// A Case is a document and its ticket.
type Case struct {
	Document
	Ticket Ticket
}

func (c Case) topic() Topic { return c.Ticket.Topic }

// An Answer is what lies on somebody's desk in the end.
type Answer struct {
	Ticket  Ticket `json:"ticket"`
	Desk    string `json:"desk"`              // who reads it before it goes out
	Summary string `json:"summary,omitempty"` // of the document, for a colleague
	Draft   string `json:"draft,omitempty"`   // of the reply; if empty, a person writes it
}

// build wires the pipeline. The compiler holds that each step takes what the one
// before it makes.
func build(model llm.Model) chain.Func[Document, Answer] {
	// A first attempt at the lowest price, in one request; where its reply is not
	// a ticket, another by the larger model, which corrects itself.
	once := &output.Generator[Ticket]{Model: model, Mode: output.ModeJSON, Retries: -1}
	ticket := chain.Fallback(
		chain.Named("ticket", chain.Pipe(prompts.ticket.Request, once.Value)),
		chain.Named("ticket, carefully", chain.Pipe(prompts.careful.Request, output.Reply[Ticket](model))),
	)
	summary := chain.Named("summary", chain.Pipe(prompts.summary.Request, llm.Reply(model)))
	draft := func(f *promptfile.File[Case]) chain.Func[Case, string] {
		return chain.Named("draft", chain.Pipe(f.Request, llm.Reply(model)))
	}
	answer := chain.Branch(chain.Lift(Case.topic), map[Topic]chain.Func[Case, Answer]{
		Billing:  chain.Join(summary, draft(prompts.billing), by("sales ledger")), // both at once
		Bug:      chain.Join(summary, draft(prompts.bug), by("makers of the app")),
		Contract: chain.Pipe(summary, chain.Lift(func(s string) Answer { return Answer{Desk: "lawyers", Summary: s} })),
		Other:    chain.Lift(func(Case) Answer { return Answer{Desk: "front office"} }), // no model needed
	})
	return chain.Pipe(
		chain.Keep(ticket, func(d Document, t Ticket) Case { return Case{d, t} }),
		chain.Keep(answer, func(c Case, a Answer) Answer { a.Ticket = c.Ticket; return a }),
	)
}

// by returns how an answer is made for a desk.
func by(desk string) func(summary, draft string) Answer {
	return func(summary, draft string) Answer { return Answer{Desk: desk, Summary: summary, Draft: draft} }
}

//go:embed prompts/*.md
var files embed.FS

// prompts are checked against the types that they are filled in from when the
// program starts: one that is not sound is a mistake in the program.
var prompts = struct {
	ticket, careful       *promptfile.File[Document]
	summary, billing, bug *promptfile.File[Case]
}{
	ticket:  promptfile.Must(promptfile.Load[Document](files, "prompts/ticket.md")),
	careful: promptfile.Must(promptfile.Load[Document](files, "prompts/careful.md")),
	summary: promptfile.Must(promptfile.Load[Case](files, "prompts/summary.md")),
	billing: promptfile.Must(promptfile.Load[Case](files, "prompts/billing.md")),
	bug:     promptfile.Must(promptfile.Load[Case](files, "prompts/bug.md")),
}
