package langchaingo

import (
	"maps"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// prepare translates a request.
func (m *Model) prepare(req *llm.Request, w *warnings) ([]llms.MessageContent, []llms.CallOption, error) {
	switch {
	case m.LLM == nil:
		return nil, nil, invalid("the Model has no LLM")
	case len(req.Messages) == 0:
		return nil, nil, invalid("the request has no messages")
	case len(req.Schema) > 0:
		return nil, nil, invalid("langchaingo's models take no schema with a request: use the JSON format and check the reply")
	case len(req.Extra) > 0:
		return nil, nil, invalid("Extra is for one provider's API, and has no place in a call of langchaingo: use Options")
	case req.Messages[len(req.Messages)-1].Role == llm.RoleAssistant:
		return nil, nil, invalid("the last message is the assistant's, but langchaingo's models do not continue one")
	}
	_, ours := m.LLM.(*LLM)
	p := prompt{warnings: w, reasons: ours}
	for i, msg := range req.Messages {
		if err := p.message(i, msg); err != nil {
			return nil, nil, err
		}
	}
	options, err := m.options(req, w)
	return p.messages, options, err
}

// options returns what is set in req as options.
func (m *Model) options(req *llm.Request, w *warnings) ([]llms.CallOption, error) {
	options := append([]llms.CallOption(nil), m.Options...)
	set := func(f func(o *llms.CallOptions)) { options = append(options, f) }
	if req.Model != "" {
		options = append(options, llms.WithModel(req.Model))
	}
	if req.MaxTokens != 0 {
		options = append(options, llms.WithMaxTokens(req.MaxTokens))
	}
	for _, f := range []struct {
		name  string
		value *float64
		with  func(float64) llms.CallOption
	}{{"Temperature", req.Temperature, llms.WithTemperature}, {"TopP", req.TopP, llms.WithTopP}} {
		if f.value == nil {
			continue
		}
		options = append(options, f.with(*f.value))
		if *f.value == 0 {
			w.add(Changed, f.name, "zero is what langchaingo has for unset, so that its models may use their default")
		}
	}
	if req.Stop != nil {
		options = append(options, llms.WithStopWords(req.Stop))
	}
	switch req.Format {
	case "", llm.FormatText:
	case llm.FormatJSON:
		options = append(options, llms.WithJSONMode())
	default:
		return nil, invalid("format %q is neither text nor json", req.Format)
	}
	if mode := m.thinking(req.Effort, w); mode != "" {
		set(func(o *llms.CallOptions) { // not llms.WithThinkingMode, which writes to a map that may be shared
			config := llms.DefaultThinkingConfig()
			config.Mode = mode
			metadata := maps.Clone(o.Metadata)
			if metadata == nil {
				metadata = map[string]any{}
			}
			metadata["thinking_config"] = config
			o.Metadata = metadata
		})
	}
	if req.User != "" {
		w.add(Ignored, "User", "langchaingo's models are not told for whom a request is")
	}
	if req.TopLogprobs != 0 {
		w.add(Ignored, "TopLogprobs", "langchaingo has no log probabilities")
	}
	tools, err := toolsOf(req)
	if len(tools) > 0 {
		options = append(options, llms.WithTools(tools))
		if choice := choiceOf(req.ToolChoice); choice != nil {
			options = append(options, llms.WithToolChoice(choice))
		}
	}
	return options, err
}

// thinking returns the thinking mode for an effort, or "" for none of them.
func (m *Model) thinking(effort llm.Effort, w *warnings) llms.ThinkingMode {
	switch {
	case effort == "":
		return ""
	case effort != llm.EffortNone && !m.SupportsReasoning():
		w.add(Ignored, "Effort", "the LLM says that it does not reason")
	case effort == llm.EffortMax:
		w.add(Changed, "Effort", "langchaingo's highest thinking mode is high")
		return llms.ThinkingModeHigh
	}
	return llms.ThinkingMode(effort)
}

func toolsOf(req *llm.Request) ([]llms.Tool, error) {
	var list []llms.Tool
	for _, t := range req.Tools {
		if t.Kind != "" {
			return nil, invalid("tool of the kind %q: langchaingo's models have no tools of their own", t.Kind)
		}
		// A map, as langchaingo's googleai takes nothing else.
		parameters := map[string]any{"type": "object", "properties": map[string]any{}}
		if len(t.Schema) > 0 {
			parameters = nil
			if err := gate.Decode(t.Schema, &parameters); err != nil || parameters == nil {
				return nil, invalid("tool %q: the schema is not a JSON object: %v", t.Name, err)
			}
		}
		list = append(list, llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
			Name: t.Name, Description: t.Description, Parameters: parameters, Strict: t.Strict,
		}})
	}
	return list, nil
}

func choiceOf(c llm.ToolChoice) any {
	if name, ok := c.Name(); ok {
		return llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: name}}
	}
	if c == "" {
		return nil
	}
	return string(c)
}

// A prompt is the messages of a request as langchaingo has them.
type prompt struct {
	*warnings
	reasons  bool // the LLM is one of ours and takes reasoning
	messages []llms.MessageContent
}

func (p *prompt) message(i int, m llm.Message) error {
	switch m.Role {
	case llm.RoleSystem, llm.RoleReminder, "developer":
		if m.Role == llm.RoleReminder {
			p.add(Changed, "RoleReminder", "langchaingo has no such role: the reminder is a message of the system")
		}
		return p.plain(i, llms.ChatMessageTypeSystem, m)
	case llm.RoleUser:
		return p.plain(i, llms.ChatMessageTypeHuman, m)
	case llm.RoleAssistant:
		return p.reply(i, m)
	case llm.RoleTool:
		return p.results(i, m)
	}
	return invalid("message %d: langchaingo has no role %q", i, m.Role)
}

func (p *prompt) append(role llms.ChatMessageType, parts ...llms.ContentPart) {
	p.messages = append(p.messages, llms.MessageContent{Role: role, Parts: parts})
}

// plain appends a message of text and blobs. What is text alone is one part, as
// some models read no more of it.
func (p *prompt) plain(i int, role llms.ChatMessageType, m llm.Message) error {
	var parts []llms.ContentPart
	blobs := false
	for _, part := range m.Parts {
		switch part := part.(type) {
		case llm.Text:
			parts = append(parts, llms.TextContent{Text: string(part)})
		case llm.Blob:
			blobs = true
			b, err := p.blob(i, part)
			if err != nil {
				return err
			}
			parts = append(parts, b)
		default:
			return invalid("message %d: a message with role %s cannot have a %T part", i, m.Role, part)
		}
	}
	if !blobs {
		parts = []llms.ContentPart{llms.TextContent{Text: m.Text()}}
	}
	p.append(role, parts...)
	return nil
}

func (p *prompt) blob(i int, b llm.Blob) (llms.ContentPart, error) {
	switch {
	case b.ID != "":
		return nil, invalid("message %d: langchaingo has no place for the id of an uploaded file: send its content as Data", i)
	case b.URL != "":
		return llms.ImageURLContent{URL: b.URL, Detail: b.Detail}, nil
	case b.Detail != "":
		p.add(Ignored, "Blob.Detail", "langchaingo has that for the URL of an image alone")
	}
	if b.Name != "" {
		p.add(Dropped, "Blob.Name", "langchaingo's files have no names")
	}
	return llms.BinaryContent{MIMEType: b.MIMEType, Data: b.Data}, nil
}

func (p *prompt) reply(i int, m llm.Message) error {
	var parts []llms.ContentPart
	switch {
	case m.HasReasoning() && p.reasons:
		parts = append(parts, ReasoningPart{Reasoning: m.Reasoning()})
	case m.HasReasoning():
		p.add(Dropped, "Reasoning", "langchaingo's messages have no place for the reasoning of earlier replies; a model that wants it back with tools may refuse the request, unless it is told not to reason")
	}
	calls := m.ToolCalls()
	if text := m.Text(); text != "" || len(calls) == 0 {
		parts = append(parts, llms.TextContent{Text: text})
	}
	for _, part := range m.Parts {
		switch part := part.(type) {
		case llm.Text, llm.Reasoning:
		case llm.ToolCall:
			parts = append(parts, llms.ToolCall{
				ID: part.ID, Type: "function",
				FunctionCall: &llms.FunctionCall{Name: part.Name, Arguments: part.Args},
			})
		default:
			return invalid("message %d: a message with role %s cannot have a %T part", i, m.Role, part)
		}
	}
	p.append(llms.ChatMessageTypeAI, parts...)
	return nil
}

// results appends a message for each result, as langchaingo has it.
func (p *prompt) results(i int, m llm.Message) error {
	for _, part := range m.Parts {
		r, ok := part.(llm.ToolResult)
		if !ok {
			return invalid("message %d: a message with role %s cannot have a %T part", i, m.Role, part)
		}
		for _, c := range r.Content {
			if _, ok := c.(llm.Text); !ok {
				return invalid("message %d: the result of tool call %q has a %T part, but langchaingo takes text alone there", i, r.ID, c)
			}
		}
		p.append(llms.ChatMessageTypeTool, llms.ToolCallResponse{
			ToolCallID: r.ID, Name: r.Name, Content: llm.Message{Parts: r.Content}.Text(),
		})
	}
	return nil
}
