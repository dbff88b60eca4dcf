package deepseek

import (
	"iter"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// A request with a Schema goes to DeepSeek's Responses endpoint, as the chat API
// has no json_schema. See https://api-docs.deepseek.com/guides/responses_api. What
// that endpoint does not know it ignores without a word, so the client refuses it.

// responsesMembers are the members of a body that the client writes itself, for
// the Responses endpoint.
var responsesMembers = []string{"input", "instructions", "reasoning", "text", "max_output_tokens", "user"}

// noResponses is what status 404 means there.
const noResponses = "a Schema needs the Responses endpoint, which is not below this base URL: leave the Schema out and use the JSON format or a tool; if the server is not DeepSeek's, set the client's Dialect"

// responsesURL returns the URL of the Responses endpoint, which is not documented
// to be part of the beta.
func (c *Client) responsesURL() string {
	base := strings.TrimRight(c.baseURL(), "/")
	return strings.TrimRight(strings.TrimSuffix(base, "/beta"), "/") + "/responses"
}

// checkResponses returns what of a request with a Schema the Responses endpoint
// does not have, if any. The request keeps the rules of the chat API, and it is
// known that the first messages, up to from, have nothing of the kind.
func checkResponses(req *llm.Request, from int) error {
	last := len(req.Messages) - 1
	switch {
	case len(req.Stop) > 0:
		return invalid("Stop cannot be combined with a Schema: the reply ends where the schema does; leave it empty")
	case req.Messages[last].Role == llm.RoleAssistant:
		return invalid("message %d: a reply cannot be continued under a Schema: end with a message of the user, or use the JSON format in place of the Schema", last)
	}
	for _, t := range req.Tools {
		if t.Strict {
			return invalid("tool %q: strict tools cannot be combined with a Schema, as they are enforced at /beta alone: leave Strict off, or leave the Schema out and make the reply a strict tool of its own", t.Name)
		}
	}
	ids := earlier(req.Messages, from)
	for i := from; i < len(req.Messages); i++ {
		m := req.Messages[i]
		if m.Role == llm.RoleReminder {
			return invalid("message %d: a reminder cannot be combined with a Schema: put it into a system message, or before what the user says", i)
		}
		for _, p := range m.Parts {
			switch p := p.(type) {
			case llm.Blob:
				if !isImage(p) {
					return invalid("message %d: files cannot be combined with a Schema, but for images: send their text, or leave the Schema out and use the JSON format", i)
				}
			case llm.ToolCall:
				if ids[p.ID] {
					return invalid("message %d: the tool call id %q is that of an earlier message's call, too: under a Schema no two calls of a conversation may share one", i, p.ID)
				}
				ids[p.ID] = true
			}
		}
	}
	return nil
}

// earlier returns which ids of the calls in the messages from the given one on are
// also those of calls before.
func earlier(messages []llm.Message, from int) map[string]bool {
	ids := make(map[string]bool)
	for id := range callIDs(messages[from:]) {
		ids[id] = false
	}
	for id := range callIDs(messages[:from]) {
		if _, ok := ids[id]; ok {
			ids[id] = true
		}
	}
	return ids
}

// callIDs returns the ids of all calls in messages.
func callIDs(messages []llm.Message) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range messages {
			for _, p := range m.Parts {
				if c, ok := p.(llm.ToolCall); ok && !yield(c.ID) {
					return
				}
			}
		}
	}
}

// isImage reports whether a blob is one as far as can be told: what was uploaded
// need not say.
func isImage(b llm.Blob) bool {
	return strings.HasPrefix(b.MIMEType, "image/") || b.URL != "" || b.ID != "" && b.MIMEType == ""
}
