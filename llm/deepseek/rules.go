package deepseek

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// provider is how errors name the API.
const provider = "deepseek"

func invalid(format string, args ...any) error {
	return &llm.Error{Provider: provider, Message: fmt.Sprintf(format, args...), Err: llm.ErrInvalid}
}

// check returns which rule of the API the request breaks, if any. What was found
// to keep them in an earlier one is not checked again.
func (p *plan) check(req *llm.Request) error {
	d := DeepSeek
	if p.settings.OpenAI {
		d = OpenAI
	}
	if err := d.checkFields(req, p.declared.known()); err != nil {
		return err
	}
	if !p.declared.known() {
		strict, err := d.checkTools(req.Tools)
		if err != nil {
			return err
		}
		p.declared.strict = strict
	}
	if err := checkToolChoice(req); err != nil {
		return err
	}
	if err := d.checkMessages(req.Messages, p.messages.from); err != nil {
		return err
	}
	p.json = p.messages.json()
	if d == OpenAI {
		return checkLast(req)
	}
	if a := abilities(p.settings.Model); a.Context > 0 && !a.Images && hasImage(req.Messages) {
		return invalid("model %s does not see images: the API would put a placeholder in their place without a word; use %s", p.settings.Model, DefaultModel)
	}
	if p.settings.Responses {
		return checkResponses(req, p.messages.from)
	}
	if req.Format == llm.FormatJSON && p.json == 0 {
		if p.json = 1 + slices.IndexFunc(req.Messages, mentionsJSON); p.json == 0 {
			return invalid(`no message contains the word "json", which the API demands for the JSON format: say what JSON you want, best with an example`)
		}
	}
	return nil
}

// checkFields checks all but messages and tools. The members in more, too, are
// not for Extra to set. A schema that is known is not checked again.
func (d Dialect) checkFields(req *llm.Request, known bool, more ...string) error {
	check := checkDeepSeek
	if d == OpenAI {
		check = checkOpenAI
	}
	switch {
	case len(req.Messages) == 0:
		return invalid("the request has no messages")
	case req.Format != "" && req.Format != llm.FormatText && req.Format != llm.FormatJSON:
		return invalid("format %q is neither text nor json", req.Format)
	case req.MaxTokens < 0:
		return invalid("MaxTokens is %d: it must not be negative", req.MaxTokens)
	case req.TopLogprobs < 0:
		return invalid("TopLogprobs is %d: it must not be negative", req.TopLogprobs)
	case req.TopLogprobs > 0 && bytes.Contains(req.Extra, []byte(`"logprobs"`)):
		return invalid("Extra has a member \"logprobs\", which TopLogprobs sets")
	}
	if err := check(req); err != nil {
		return err
	}
	if len(req.Schema) > 0 {
		if req.Format == llm.FormatText {
			return invalid("format text cannot be combined with a schema: leave Format empty or set it to json")
		}
		if !known {
			if err := checkSchema("the request", req.Schema); err != nil {
				return err
			}
		}
		if d == DeepSeek {
			more = append(more, responsesMembers...)
		}
	}
	return d.checkExtra(req.Extra, more)
}

// checkDeepSeek checks the fields that have rules of their own at DeepSeek.
func checkDeepSeek(req *llm.Request) error {
	switch {
	case req.Temperature != nil && !(*req.Temperature >= 0 && *req.Temperature <= 2):
		return invalid("temperature is %v: it must be from 0 to 2", *req.Temperature)
	case req.TopP != nil && !(*req.TopP > 0 && *req.TopP <= 1):
		return invalid("TopP is %v: it must be over 0 and at most 1", *req.TopP)
	case len(req.Stop) > 16:
		return invalid("%d stop strings: at most 16 are allowed", len(req.Stop))
	case req.TopLogprobs > 20:
		return invalid("TopLogprobs is %d: it must be from 0 to 20", req.TopLogprobs)
	case len(req.Tools) > 128:
		return invalid("%d tools: at most 128 are allowed", len(req.Tools))
	case len(req.User) > maxUser || !userPattern.MatchString(req.User):
		return invalid("the user must be at most %d letters, digits, - and _: take a hash of anything else, such as an e-mail address", maxUser)
	}
	return nil
}

var (
	userPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]*$`)
	toolPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
)

// reserved are the members of a body that the client writes itself, in any
// dialect and in one.
var (
	reserved = []string{
		"model", "messages", "tools", "tool_choice", "stream", "stream_options", "reasoning_effort",
		"response_format", "max_tokens", "temperature", "top_p", "stop", "top_logprobs",
	}
	reservedIn = [...][]string{DeepSeek: {"thinking", "user_id"}, OpenAI: {"user"}}
)

func (d Dialect) checkExtra(extra []byte, more []string) error {
	if len(extra) == 0 {
		return nil
	}
	var members map[string]any
	if err := gate.Decode(extra, &members); err != nil || members == nil {
		return invalid("Extra is not a JSON object: %v", err)
	}
	taken := slices.Concat(reserved, reservedIn[d], more)
	for name := range members {
		if slices.ContainsFunc(taken, func(r string) bool { return strings.EqualFold(r, name) }) {
			return invalid("Extra has a member %q, for which the request has a field", name)
		}
	}
	return nil
}

// checkTools reports whether tools are strict: at DeepSeek, all of them or none.
func (d Dialect) checkTools(tools []llm.ToolSpec) (bool, error) {
	functions, strict := 0, 0
	names := make(map[string]bool, len(tools))
	for i, t := range tools {
		if t.Kind != "" {
			if d == OpenAI {
				return false, invalid("tool %d is of the kind %q: the OpenAI dialect has functions alone", i, t.Kind)
			}
			if t.Kind != "deepseek_web_search" && t.Kind != "deepseek_read_url" {
				return false, invalid("tool %d is of the kind %q, which the API does not have", i, t.Kind)
			}
			continue
		}
		functions++
		if t.Strict {
			strict++
		}
		switch {
		case !toolPattern.MatchString(t.Name):
			return false, invalid("tool %d: the name %q must be 1 to 128 letters, digits, - and _", i, t.Name)
		case names[t.Name]:
			return false, invalid("tool %d: the name %q is taken by another tool", i, t.Name)
		case t.Strict && len(t.Schema) == 0:
			return false, invalid("tool %q is strict, but has no schema", t.Name)
		}
		names[t.Name] = true
		if len(t.Schema) == 0 {
			continue
		}
		if err := checkSchema(fmt.Sprintf("tool %q", t.Name), t.Schema); err != nil {
			return false, err
		}
	}
	if d == DeepSeek && strict > 0 && strict < functions {
		return false, invalid("%d of %d tools are strict: the API wants all of them to be, or none", strict, functions)
	}
	return strict > 0, nil
}

// checkSchema checks that the schema of something is a JSON object.
func checkSchema(of string, schema []byte) error {
	if err := gate.Check(schema); err != nil {
		return invalid("%s: the schema is not sound JSON: %v", of, err)
	}
	if start := bytes.TrimLeft(schema, " \t\r\n"); start[0] != '{' {
		return invalid("%s: the schema is not a JSON object", of)
	}
	return nil
}

func checkToolChoice(req *llm.Request) error {
	name, named := req.ToolChoice.Name()
	switch {
	case named && indexOf(req.Tools, name) < 0:
		return invalid("tool choice: there is no tool named %q", name)
	case named, req.ToolChoice == "", req.ToolChoice == llm.ToolAuto, req.ToolChoice == llm.ToolNone:
		return nil
	case req.ToolChoice != llm.ToolRequired:
		return invalid("tool choice %q is not one of auto, none, required and ToolNamed(…)", req.ToolChoice)
	case len(req.Tools) == 0:
		return invalid("a tool call is required, but there are no tools")
	}
	return nil
}

// indexOf returns which of the tools is the function of that name; -1 if none is.
func indexOf(tools []llm.ToolSpec, name string) int {
	return slices.IndexFunc(tools, func(t llm.ToolSpec) bool { return t.Kind == "" && t.Name == name })
}

func hasImage(messages []llm.Message) bool {
	for _, m := range messages {
		for _, p := range m.Parts {
			if b, ok := p.(llm.Blob); ok && (strings.HasPrefix(b.MIMEType, "image/") || b.URL != "") {
				return true
			}
		}
	}
	return false
}
