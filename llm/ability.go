package llm

// Abilities is what a model can do, as far as its adapter knows.
type Abilities struct {
	Schema      bool // enforces [Request.Schema]
	JSON        bool // [FormatJSON]
	StrictTools bool // enforces the schema of tools that ask for it
	ForcedTools bool // [ToolRequired] and [ToolNamed]
	Prefix      bool // continues a message of the assistant
	Logprobs    bool
	Images      bool // sees images
	Context     int  // tokens of prompt and reply together
	MaxOutput   int  // tokens of a reply
}

// AbilitiesOf returns what m can do with the named model, or with m's default
// model if the name is empty. It asks the first model in the chain of m, see
// [As], that has a method Abilities(model string) Abilities. What is unknown is
// zero.
func AbilitiesOf(m Model, model string) Abilities {
	if a, ok := As[interface{ Abilities(string) Abilities }](m); ok {
		return a.Abilities(model)
	}
	return Abilities{}
}

// A Counter counts the tokens of a whole request: what a provider would bill as
// input. It is safe for concurrent use.
type Counter interface {
	Count(req *Request) int
}
