package deepseek

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// checkMessages returns which rule of the API the conversation breaks, if any. The
// first messages, up to from, are known to keep them, and leave nothing open.
func (d Dialect) checkMessages(messages []llm.Message, from int) error {
	var open []string // ids of the calls that have no result yet
	caller := 0       // index of the message that made them
	for i := from; i < len(messages); i++ {
		m := messages[i]
		if len(open) > 0 && m.Role != llm.RoleTool {
			return invalid("message %d: the results of the tool calls of message %d must come first, but there is none for call %q", i, caller, open[0])
		}
		var err error
		switch m.Role {
		case llm.RoleTool:
			open, err = checkResults(i, m, open)
		case llm.RoleAssistant:
			open, err = checkReply(i, m)
			caller = i
		case llm.RoleSystem, "developer":
			err = checkText(i, m)
		case llm.RoleReminder:
			if d == OpenAI {
				return invalid("message %d: reminders are DeepSeek's alone: put this into a system message, or before what the user says", i)
			}
			if err = checkText(i, m); err == nil && (i+1 == len(messages) || messages[i+1].Role != llm.RoleUser) {
				err = invalid("message %d: a reminder must be followed by the message of the user that it is for", i)
			}
		case llm.RoleUser:
			err = d.checkUser(i, m)
		default:
			err = invalid("message %d: the role %q is none that the API knows", i, m.Role)
		}
		if err != nil {
			return err
		}
	}
	if len(open) > 0 {
		return invalid("message %d: there is no result for tool call %q", caller, open[0])
	}
	return nil
}

// checkResults removes the calls that m answers from open.
func checkResults(i int, m llm.Message, open []string) ([]string, error) {
	if len(m.Parts) == 0 {
		return nil, invalid("message %d: there is no tool result in it", i)
	}
	for _, p := range m.Parts {
		r, ok := p.(llm.ToolResult)
		if !ok {
			return nil, misplaced(i, m, p)
		}
		k := slices.Index(open, r.ID)
		if k < 0 {
			return nil, invalid("message %d: there is no open call %q for this tool result: results directly follow the message with the calls, one for each", i, r.ID)
		}
		open = slices.Delete(open, k, k+1)
		for _, c := range r.Content {
			if _, ok := c.(llm.Text); !ok {
				return nil, invalid("message %d: the result of tool call %q has a %T part, but the API takes text alone there: show an image in a message of the user after the results", i, r.ID, c)
			}
		}
	}
	return open, nil
}

// checkReply returns the ids of the calls in m.
func checkReply(i int, m llm.Message) ([]string, error) {
	var ids []string
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.Text, llm.Reasoning:
		case llm.ToolCall:
			switch {
			case p.ID == "":
				return nil, invalid("message %d: a tool call has no id", i)
			case p.Name == "":
				return nil, invalid("message %d: tool call %q has no name", i, p.ID)
			case slices.Contains(ids, p.ID):
				return nil, invalid("message %d: two tool calls have the id %q", i, p.ID)
			}
			// Not the gate: what the model wrote and the caller kept must not end
			// the conversation for a name that comes twice.
			if p.Args != "" && !json.Valid([]byte(p.Args)) {
				return nil, invalid("message %d: the arguments of tool call %q are not JSON: put {} in their place", i, p.ID)
			}
			ids = append(ids, p.ID)
		default:
			return nil, misplaced(i, m, p)
		}
	}
	return ids, nil
}

func checkText(i int, m llm.Message) error {
	for _, p := range m.Parts {
		if _, ok := p.(llm.Text); !ok {
			return misplaced(i, m, p)
		}
	}
	return nil
}

func (d Dialect) checkUser(i int, m llm.Message) error {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.Text:
		case llm.Blob:
			if err := d.checkBlob(i, p); err != nil {
				return err
			}
		default:
			return misplaced(i, m, p)
		}
	}
	return nil
}

// maxURL is the length up to which DeepSeek takes the URL of an image or a page.
const maxURL = 8192

func (d Dialect) checkBlob(i int, b llm.Blob) error {
	sources := 0
	for _, has := range []bool{len(b.Data) > 0, b.URL != "", b.ID != ""} {
		if has {
			sources++
		}
	}
	image := strings.HasPrefix(b.MIMEType, "image/")
	switch {
	case sources != 1:
		return invalid("message %d: a blob must have exactly one of Data, URL and ID", i)
	case b.URL != "" && !image && b.MIMEType != "":
		return invalid("message %d: the API fetches images alone: send the content of this %s as Data, or upload it", i, b.MIMEType)
	case b.URL != "" && !strings.HasPrefix(b.URL, "https://") && !strings.HasPrefix(b.URL, "http://"):
		return invalid("message %d: the URL of an image must be http or https", i)
	case d == DeepSeek && len(b.URL) > maxURL:
		return invalid("message %d: the URL of an image is over %d bytes: send its content as Data", i, maxURL)
	case len(b.Data) > 0:
		if _, _, err := mime.ParseMediaType(b.MIMEType); err != nil {
			return invalid("message %d: a blob with Data needs a MIMEType, such as image/png", i)
		}
	}
	return nil
}

func misplaced(i int, m llm.Message, p llm.Part) error {
	return invalid("message %d: a message with role %s cannot have a %T part", i, m.Role, p)
}
