package deepseektest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hadal-go/hadal/llm"
)

// The figures of the API.
const (
	maxTokens    = 393_216 // of a reply, reasoning included
	maxStops     = 16
	maxTools     = 128
	maxToolName  = 128 // 64 on older copies of the documentation
	maxUser      = 512
	maxLogprobs  = 20
	maxImages    = 600
	maxFIMTokens = 4096
)

// models are the names that the API takes, and which model answers to each.
var models = map[string]string{
	"deepseek-flash":               "deepseek-flash",
	"deepseek-v4-flash":            "deepseek-flash",
	"deepseek-v4-flash-vision-exp": "deepseek-flash",
	"deepseek-v4-pro":              "deepseek-v4-pro",
}

// check returns the first rule that the request breaks.
func (b *chatBody) check(r *Request) *apiError {
	if models[r.Model] == "" {
		return invalid("Model Not Exist")
	}
	if b.N != nil && *b.N != 1 {
		return invalid("Invalid n value (currently only n = 1 is supported)")
	}
	s := sampling{b.MaxTokens, b.Temperature, b.TopP, b.Stop, maxTokens}
	if err := s.check(); err != nil {
		return err
	}
	if err := b.checkLogprobs(); err != nil {
		return err
	}
	if b.StreamOptions != nil && !r.Stream {
		return invalid("stream_options should be set along with stream = true")
	}
	if err := checkUser(b.User); err != nil {
		return err
	}
	if err := checkTools(r); err != nil {
		return err
	}
	if err := checkChoice(r); err != nil {
		return err
	}
	if b.SafetyCheck != nil && r.SafetyCheck != "low" && r.SafetyCheck != "high" {
		return invalid("Invalid safety_check level, expected one of `low`, `high`")
	}
	if err := checkHistory(r); err != nil {
		return err
	}
	if r.Format == llm.FormatJSON && !mentionsJSON(r.Messages) {
		return invalid("Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'")
	}
	return nil
}

// sampling are the settings that chat and FIM have in common.
type sampling struct {
	maxTokens         *int64
	temperature, topP *float64
	stop              []string
	most              int64 // tokens
}

func (s sampling) check() *apiError {
	if n := s.maxTokens; n != nil && (*n < 1 || *n > s.most) {
		return invalid("Invalid max_tokens value, the valid range of max_tokens is [1, %d]", s.most)
	}
	if t := s.temperature; t != nil && (*t < 0 || *t > 2) {
		return invalid("Invalid temperature value, the valid range of temperature is [0, 2]")
	}
	if p := s.topP; p != nil && (*p <= 0 || *p > 1) {
		return invalid("Invalid top_p value, the valid range of top_p is (0, 1.0]")
	}
	if len(s.stop) > maxStops {
		return invalid("Invalid stop value, at most %d stop sequences are supported", maxStops)
	}
	return nil
}

func (b *chatBody) checkLogprobs() *apiError {
	n := b.TopLogprobs
	if n == nil {
		return nil
	}
	if !value(b.Logprobs) {
		return invalid("Invalid top_logprobs value, logprobs must be set to true if top_logprobs is used")
	}
	if *n < 0 || *n > maxLogprobs {
		return invalid("Invalid top_logprobs value, the valid range of top_logprobs is [0, %d]", maxLogprobs)
	}
	return nil
}

func checkUser(user *string) *apiError {
	if user == nil {
		return nil
	}
	if *user == "" || strings.ContainsFunc(*user, func(r rune) bool { return !nameRune(r) }) {
		return invalid(`Invalid 'user_id': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9\-_]+$'.`)
	}
	if len(*user) > maxUser {
		return invalid("Invalid 'user_id': string too long. Expected a string with maximum length %d.", maxUser)
	}
	return nil
}

// nameRune reports whether r may be in the name of a tool or a user.
func nameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

func checkTools(r *Request) *apiError {
	if len(r.Tools) > maxTools {
		return invalid("Invalid 'tools': array too long. Expected an array with maximum length %d.", maxTools)
	}
	var names []string
	strict, functions := 0, 0
	for i, t := range r.Tools {
		if t.Kind != "" {
			continue
		}
		functions++
		if t.Name == "" || strings.ContainsFunc(t.Name, func(r rune) bool { return !nameRune(r) }) {
			return invalid("Invalid 'tools[%d].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", i)
		}
		if len(t.Name) > maxToolName {
			return invalid("Invalid 'tools[%d].function.name': string too long. Expected a string with maximum length %d.", i, maxToolName)
		}
		if slices.Contains(names, t.Name) {
			return invalid("Tool names must be unique: '%s' is there more than once.", t.Name)
		}
		names = append(names, t.Name)
		var schema struct {
			Type json.RawMessage `json:"type"`
		}
		if t.Schema != nil && (decode(t.Schema, &schema) != nil || schema.Type != nil && string(schema.Type) != `"object"`) {
			return invalid("Invalid schema for function '%s': schema must be a JSON Schema of 'type: \"object\"', got 'type: %s'.", t.Name, schema.Type)
		}
		if t.Strict {
			strict++
		}
	}
	if strict == 0 {
		return nil
	}
	if !r.Beta {
		return invalid("strict is only enforced when using beta api (set base_url=\"https://api.deepseek.com/beta\"). The real API would accept this request and silently not enforce the schema.")
	}
	if strict < functions {
		return invalid("All functions must set strict to true if one does.")
	}
	for _, t := range r.Tools {
		if t.Kind != "" {
			continue
		}
		if err := checkStrict(t.Schema); err != nil {
			return invalid("Invalid schema for function '%s' in strict mode: %v.", t.Name, err)
		}
	}
	return nil
}

func checkChoice(r *Request) *apiError {
	name, named := r.ToolChoice.Name()
	if len(r.Tools) == 0 {
		if r.ToolChoice != "" && r.ToolChoice != llm.ToolNone {
			return invalid("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.")
		}
		return nil
	}
	if (named || r.ToolChoice == llm.ToolRequired) && r.Thinking {
		return invalid("Thinking mode does not support this tool_choice")
	}
	if named && !slices.ContainsFunc(r.Tools, func(t llm.ToolSpec) bool { return t.Name == name }) {
		return invalid("Invalid value for 'tool_choice': no function named '%s' was specified in the 'tools' parameter.", name)
	}
	return nil
}

// mentionsJSON reports whether a message has the word that JSON mode asks for.
func mentionsJSON(messages []Message) bool {
	for _, m := range messages {
		if strings.Contains(strings.ToLower(m.Content), "json") {
			return true
		}
	}
	return false
}
