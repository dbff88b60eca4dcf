package deepseektest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// checkHistory returns the first rule that the messages of the request break.
func checkHistory(r *Request) *apiError {
	if len(r.Messages) == 0 {
		return invalid("Empty input messages")
	}
	images := 0
	for i := range r.Messages {
		m := &r.Messages[i]
		if len(m.Blobs) > 0 && m.Role != llm.RoleUser {
			return invalid("messages[%d]: images and files are only supported in user messages", i)
		}
		for _, b := range m.Blobs {
			if b.Name == "" && strings.HasPrefix(b.MIMEType, "image/") {
				images++
			}
		}
		if err := checkMessage(r, i); err != nil {
			return err
		}
	}
	if images > maxImages {
		return invalid("Too many images: at most %d are supported in a request", maxImages)
	}
	if err := checkPairs(r.Messages); err != nil {
		return err
	}
	return checkLast(r)
}

func checkMessage(r *Request, i int) *apiError {
	m, last := &r.Messages[i], i == len(r.Messages)-1
	if m.Role == llm.RoleReminder && (last || r.Messages[i+1].Role != llm.RoleUser) {
		return invalid("messages[%d]: a latest_reminder message must be directly followed by a user message", i)
	}
	if m.Role != llm.RoleAssistant {
		if m.Prefix {
			return invalid("messages[%d]: prefix is only supported in assistant messages", i)
		}
		return nil
	}
	if m.Prefix && !last {
		return invalid("messages[%d]: prefix is only supported in the last message", i)
	}
	if len(r.Tools) > 0 && r.Thinking && m.Reasoning == nil && !m.Prefix {
		return invalid("The `reasoning_content` in the thinking mode must be passed back to the API.")
	}
	for j, c := range m.ToolCalls {
		if c.Name == "" {
			return invalid("messages[%d].tool_calls[%d]: the name of the function is empty", i, j)
		}
		if !json.Valid([]byte(c.Args)) {
			return invalid("Invalid assistant message: the arguments of tool_calls[%d] in messages[%d] must be JSON", j, i)
		}
	}
	return nil
}

// checkPairs returns the first tool call without its result, or the other way
// round.
func checkPairs(messages []Message) *apiError {
	for i := 0; i < len(messages); i++ {
		m := &messages[i]
		if m.Role == llm.RoleTool {
			return invalid("Messages with role 'tool' must be a response to a preceding message with 'tool_calls'")
		}
		if len(m.ToolCalls) == 0 {
			continue
		}
		var open []string
		for _, c := range m.ToolCalls {
			if slices.Contains(open, c.ID) {
				return invalid("Duplicate tool call id '%s' in messages[%d]", c.ID, i)
			}
			open = append(open, c.ID)
		}
		for ; len(open) > 0; i++ {
			if i+1 == len(messages) || messages[i+1].Role != llm.RoleTool {
				return invalid("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)")
			}
			j := slices.Index(open, messages[i+1].ToolCallID)
			if j < 0 {
				return invalid("messages[%d]: tool_call_id '%s' is not one of those that still wait for a result", i+1, messages[i+1].ToolCallID)
			}
			open = slices.Delete(open, j, j+1)
		}
	}
	return nil
}

// checkLast returns what is wrong with the end of the conversation. The
// documentation has an assistant's message there for prefix completion alone.
func checkLast(r *Request) *apiError {
	m := &r.Messages[len(r.Messages)-1]
	switch {
	case m.Role != llm.RoleAssistant:
		return nil
	case !m.Prefix:
		return invalid("The last message must not be an assistant message, unless it is one with prefix mode on (refer to https://api-docs.deepseek.com/guides/chat_prefix_completion)")
	case !r.Beta:
		return invalid("prefix mode is only available when using beta api (set base_url=\"https://api.deepseek.com/beta\")")
	case len(m.ToolCalls) > 0:
		return invalid("prefix mode does not support tool_calls")
	}
	return nil
}
