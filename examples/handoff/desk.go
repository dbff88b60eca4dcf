package main

import (
	"github.com/hadal-go/hadal/chain/agent"
	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/memory"
	"github.com/hadal-go/hadal/tools"
	"github.com/hadal-go/hadal/tools/files"
)

// newDesk wires the agents: triage hands over to billing or support, and both may ask
// the one that knows the terms.
func newDesk(model llm.Model, shop *shop) *agent.Agent {
	model = llm.Wrap(model, llm.Retry(3))
	terms := &agent.Agent{
		Name:   "terms",
		Model:  model,
		System: "You know the terms of a dive shop, which are the files of a folder. Answer with what they say, in one or two sentences.",
		Tools:  (&files.Folder{Root: shop.terms}).Tools(),
		Limits: agent.Limits{Calls: 6},
	}
	ask := agent.AsTool(terms, "Tells what the shop's terms say about payments, refunds, warranty and service.")

	billing := &agent.Agent{
		Name:   "billing",
		Model:  model,
		System: "You answer the customers of a dive shop about orders and payments, from their orders and the terms. You cannot pay money back yourself.",
		Tools:  tools.Set{shop.orders(), ask},
		Limits: agent.Limits{Calls: 8},
	}
	support := &agent.Agent{
		Name:   "support",
		Model:  model,
		System: "You help the customers of a dive shop with their gear, from the manual of the workshop. Never advise to dive with gear that is not sound.",
		Tools:  tools.Set{shop.gear(), shop.manual(), ask},
		Limits: agent.Limits{Calls: 8},
	}
	return &agent.Agent{
		Name:   "triage",
		Model:  model,
		System: "You are at the desk of a dive shop. Find out what the customer wants and hand over to the colleague who can help. Answer yourself only if nobody can.",
		Tools: tools.Set{
			agent.Handoff(billing, "Hands over to billing: orders, invoices, what was charged or paid, refunds."),
			agent.Handoff(support, "Hands over to support: gear such as regulators, tanks, suits and computers that leaks, breaks, free-flows or needs service."),
		},
		Memory: new(memory.Buffer), // the colleagues see what was said before, too
		Limits: agent.Limits{Calls: 20, Tools: 30},
	}
}
