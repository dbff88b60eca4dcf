package llm

import "encoding/json"

// A Chunk is one piece of a reply. Normally one of Text, Reasoning, ToolDelta
// and ToolCall is set; the last chunk carries Finish, Usage, ID and Model.
//
// Chunks that come one after the other may share memory: whoever keeps many of
// them for long, or few of very many, keeps the text instead.
type Chunk struct {
	Text         string          `json:"text,omitempty"`          // next piece of the answer
	Reasoning    string          `json:"reasoning,omitempty"`     // next piece of the reasoning
	HasReasoning bool            `json:"has_reasoning,omitempty"` // the reply has reasoning, though Reasoning may be empty
	ToolDelta    *ToolDelta      `json:"tool_delta,omitempty"`    // a fragment of a call, for display
	ToolCall     *ToolCall       `json:"tool_call,omitempty"`     // a complete call; such chunks come just before the last one, if the reply ends as FinishTools or FinishStop
	Finish       FinishReason    `json:"finish,omitempty"`        // why the reply ended
	Usage        *Usage          `json:"usage,omitempty"`         // tokens of the whole reply
	ID           string          `json:"id,omitempty"`            // of the reply, given by the provider
	Model        string          `json:"model,omitempty"`         // which model answered
	Logprobs     []Logprob       `json:"logprobs,omitempty"`      // of the tokens in this chunk
	Extra        json.RawMessage `json:"extra,omitempty"`         // what only one provider has
}

// A ToolDelta is a fragment of a tool call that the model is still writing. It
// is for display: only a [Chunk.ToolCall] is to be run.
type ToolDelta struct {
	Index int    `json:"index"`          // which call of the reply, in the order in which they begin
	ID    string `json:"id,omitempty"`   // of the call, if the provider has said it
	Name  string `json:"name,omitempty"` // of the tool; likewise
	Args  string `json:"args,omitempty"` // next piece of the arguments
}

// A FinishReason is why a reply ended. A provider may have others than those
// listed here, which are kept as they are.
type FinishReason string

// The finish reasons.
const (
	FinishStop   FinishReason = "stop"           // the model was done, or wrote a stop string
	FinishLength FinishReason = "length"         // MaxTokens or the context window was used up
	FinishTools  FinishReason = "tool_calls"     // the model waits for the results of its calls
	FinishFilter FinishReason = "content_filter" // the provider held something back
)

// A Logprob is the log probability of a token. Providers report tokens that are
// too unlikely to be measured with a large negative number, DeepSeek with -9999.
type Logprob struct {
	Token     string    `json:"token"`
	Logprob   float64   `json:"logprob"`
	Bytes     []byte    `json:"bytes,omitempty"`     // the token's bytes, which need not be whole characters
	Reasoning bool      `json:"reasoning,omitempty"` // the token is part of the reasoning
	Top       []Logprob `json:"top,omitempty"`       // what else was likely, the likeliest first
}
