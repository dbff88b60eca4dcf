package deepseektest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/hadal-go/hadal/llm"
)

// A Request is what the server received. The fields from Model on are what the
// body says, in the vocabulary of package llm where that has a word. They are
// zero where the body says nothing, or from where it could not be decoded.
//
// What came to the Responses endpoint is told in the same words: reasoning, text
// and calls of one turn are one message, and max_output_tokens is MaxTokens.
//
// It holds no secret: the fields of the header that carry one are hidden.
type Request struct {
	Method string
	Path   string      // as the client sent it, such as "/beta/chat/completions"
	Header http.Header // Authorization is "Bearer [hidden]"
	Body   []byte      // as it was sent; nil for an upload, which may be large
	Beta   bool        // the path begins with /beta

	Model        string
	Messages     []Message
	Thinking     bool       // the reply is to have reasoning, which is what the API takes silence for
	Effort       llm.Effort // of the reasoning, as the API maps it: low, high, the default, or max; none without thinking
	Tools        []llm.ToolSpec
	ToolChoice   llm.ToolChoice // "" if the request says nothing
	Format       llm.Format
	Schema       json.RawMessage // that the reply shall keep: text.format of POST /responses
	MaxTokens    int             // 0 if the request says nothing
	Temperature  *float64
	TopP         *float64
	Stop         []string
	Logprobs     bool
	TopLogprobs  int
	User         string
	Stream       bool
	IncludeUsage bool // stream_options.include_usage
	Title        bool // the request asks for a title of the conversation
	SafetyCheck  string

	FIM    bool   // the request is to fill in the middle: POST /beta/completions
	Prompt string // of a FIM request
	Suffix string
	Echo   bool

	ctx   context.Context
	files map[string]file // that the messages refer to, by their IDs
}

// A Message is an entry of a conversation, as the request has it.
type Message struct {
	Role       llm.Role
	Name       string
	Content    string     // the text; that of several parts is joined
	Blobs      []llm.Blob // images and files, with the data of data URLs decoded
	Reasoning  *string    // nil if the message has no reasoning_content, or null
	ToolCalls  []llm.ToolCall
	ToolCallID string
	Prefix     bool
}

// Context returns a context that ends when the client leaves or the server is
// closed, for a [Reply.Func] that waits for something. It is the background for
// a request of [Server.Requests].
func (r Request) Context() context.Context {
	if r.ctx == nil {
		return context.Background()
	}
	return r.ctx
}

// Last returns the content of the last message of the given role, or "".
func (r Request) Last(role llm.Role) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == role {
			return r.Messages[i].Content
		}
	}
	return ""
}

// newRequest returns what is known before the body is read.
func newRequest(r *http.Request) Request {
	h := r.Header.Clone()
	if _, ok := h["Authorization"]; ok {
		h["Authorization"] = []string{"Bearer [hidden]"}
	}
	for _, name := range []string{"X-Api-Key", "Api-Key", "Cookie", "Proxy-Authorization"} {
		if _, ok := h[name]; ok {
			h[name] = []string{"[hidden]"}
		}
	}
	return Request{Method: r.Method, Path: r.URL.Path, Header: h, ctx: r.Context()}
}
