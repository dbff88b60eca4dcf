package langchaingo

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/output/gate"
)

// settings are the options of a call. The flags are for those where zero means
// something: whether zero was asked for.
type settings struct {
	llms.CallOptions
	zeroTemperature, zeroTopP, zeroSeed bool
}

// apply finds out what options say. As they set fields of a struct whose zero
// values mean something, it runs them on a second struct too, where every number
// is marked, and sees which marks are gone.
func apply(options []llms.CallOption) settings {
	var s settings
	for _, option := range options {
		option(&s.CallOptions)
		unshare(&s.CallOptions)
	}
	var probe llms.CallOptions
	mark(&probe)
	for _, option := range options {
		before := marks(&probe)
		option(&probe)
		unshare(&probe)
		if before > 1 && marks(&probe) == 0 {
			mark(&probe) // llms.WithOptions replaces all, so that zero is unset again
		}
	}
	s.zeroTemperature = s.Temperature == 0 && probe.Temperature == 0
	s.zeroTopP = s.TopP == 0 && probe.TopP == 0
	s.zeroSeed = s.Seed == 0 && probe.Seed == 0
	return s
}

// unshare copies what the option after may write to, such as
// [llms.WithThinkingMode], and others may be reading.
func unshare(o *llms.CallOptions) {
	o.Metadata = maps.Clone(o.Metadata)
	if config := llms.GetThinkingConfig(o); config != nil {
		o.Metadata["thinking_config"] = new(*config)
	}
}

const marked = math.MinInt

func ints(o *llms.CallOptions) []*int {
	return []*int{&o.CandidateCount, &o.MaxTokens, &o.TopK, &o.Seed, &o.MinLength, &o.MaxLength, &o.N}
}

func floats(o *llms.CallOptions) []*float64 {
	return []*float64{&o.Temperature, &o.TopP, &o.RepetitionPenalty, &o.FrequencyPenalty, &o.PresencePenalty}
}

// mark marks the numbers of o that are zero.
func mark(o *llms.CallOptions) {
	for _, p := range ints(o) {
		if *p == 0 {
			*p = marked
		}
	}
	for _, p := range floats(o) {
		if *p == 0 {
			*p = math.NaN()
		}
	}
}

// marks returns how many numbers are marked.
func marks(o *llms.CallOptions) int {
	n := 0
	for _, p := range ints(o) {
		if *p == marked {
			n++
		}
	}
	for _, p := range floats(o) {
		if math.IsNaN(*p) {
			n++
		}
	}
	return n
}

// request returns all of a request but its messages.
func request(s settings, w *warnings) (*llm.Request, error) {
	req := &llm.Request{Model: s.Model, MaxTokens: s.MaxTokens, Stop: slices.Clone(s.StopWords)}
	if s.Temperature != 0 || s.zeroTemperature {
		req.Temperature = new(s.Temperature)
	}
	if s.TopP != 0 || s.zeroTopP {
		req.TopP = new(s.TopP)
	}
	if s.JSONMode {
		req.Format = llm.FormatJSON
	}
	switch s.ResponseMIMEType {
	case "", "text/plain":
	case "application/json":
		req.Format = llm.FormatJSON
	default:
		return nil, invalid("ResponseMIMEType %q: there are only text/plain and application/json", s.ResponseMIMEType)
	}
	if err := readTools(req, s); err != nil {
		return nil, err
	}
	warnSettings(s, w)
	return req, readMetadata(req, s, w)
}

// warnSettings warns of what an [llm.Request] has no field for.
func warnSettings(s settings, w *warnings) {
	for _, f := range []struct {
		name   string
		set    bool
		reason string
	}{
		{"CandidateCount", s.CandidateCount > 1, "there is one reply to a request; send it several times"},
		{"N", s.N > 1, "there is one reply to a request; send it several times"},
		{"Seed", s.Seed != 0 || s.zeroSeed, "no seed is sent"},
		{"TopK", s.TopK > 0, "no such limit is sent; TopP is the one that is"},
		{"MinLength", s.MinLength > 0, "no least length is sent"},
		{"MaxLength", s.MaxLength > 0, "no length is sent; MaxTokens is the limit that is"},
		{"RepetitionPenalty", s.RepetitionPenalty != 0 && s.RepetitionPenalty != 1, "no penalties are sent"},
		{"FrequencyPenalty", s.FrequencyPenalty != 0, "no penalties are sent"},
		{"PresencePenalty", s.PresencePenalty != 0, "no penalties are sent"},
	} {
		if f.set {
			w.add(Ignored, f.name, f.reason)
		}
	}
}

// readTools sets the tools, and which of them to use.
func readTools(req *llm.Request, s settings) error {
	for i := range s.Functions {
		spec, err := toolSpec("function", &s.Functions[i])
		if err != nil {
			return err
		}
		req.Tools = append(req.Tools, spec)
	}
	for _, t := range s.Tools {
		spec, err := toolSpec(t.Type, t.Function)
		if err != nil {
			return err
		}
		req.Tools = append(req.Tools, spec)
	}
	choice := s.ToolChoice
	if b := string(s.FunctionCallBehavior); choice == nil && b != "" {
		choice = b
		if strings.HasPrefix(b, "{") {
			choice = json.RawMessage(b)
		}
	}
	var err error
	req.ToolChoice, err = toolChoice(choice)
	return err
}

func toolSpec(kind string, f *llms.FunctionDefinition) (llm.ToolSpec, error) {
	if f == nil {
		if kind == "" || kind == "function" {
			return llm.ToolSpec{}, invalid("a tool of type %q has no Function", kind)
		}
		return llm.ToolSpec{Name: kind, Kind: kind}, nil // one of the provider's own
	}
	if kind != "" && kind != "function" {
		return llm.ToolSpec{}, invalid("tool %q is of type %q, which is not a function's", f.Name, kind)
	}
	spec := llm.ToolSpec{Name: f.Name, Description: f.Description, Strict: f.Strict}
	var err error
	if spec.Schema, err = rawJSON(f.Parameters); err != nil {
		return spec, invalid("tool %q: the parameters are not JSON: %v", f.Name, err)
	}
	return spec, nil
}

// rawJSON returns v as JSON: as it is if it is JSON already, or nil for nil.
func rawJSON(v any) (json.RawMessage, error) {
	var raw json.RawMessage
	switch v := v.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		raw = v
	case []byte:
		raw = v
	case string:
		raw = json.RawMessage(v)
	default:
		return json.Marshal(v)
	}
	if err := gate.Check(raw); err != nil {
		return nil, err
	}
	return slices.Clone(raw), nil
}

// toolChoice reads a tool choice: a word, a struct such as [llms.ToolChoice], or
// an object as OpenAI's API has it.
func toolChoice(v any) (llm.ToolChoice, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		switch v {
		case "", "none", "auto", "required":
			return llm.ToolChoice(v), nil
		}
		return "", invalid("tool choice %q is not one of none, auto and required; to name a tool, use llms.ToolChoice", v)
	case llms.FunctionCallBehavior:
		return toolChoice(string(v))
	}
	var choice struct {
		Type     string
		Name     string // as the deprecated function_call has it
		Function *struct{ Name string }
	}
	raw, err := rawJSON(v)
	if err != nil {
		return "", invalid("tool choice of type %T: %v", v, err)
	}
	if err := json.Unmarshal(raw, &choice); err != nil {
		return "", invalid("tool choice of type %T: it is neither a word nor names a function", v)
	}
	switch {
	case choice.Function != nil && choice.Function.Name != "":
		return llm.ToolNamed(choice.Function.Name), nil
	case choice.Name != "":
		return llm.ToolNamed(choice.Name), nil
	case choice.Type == "function" || choice.Type == "":
		return "", invalid("tool choice of type %T: it names no function", v)
	}
	return toolChoice(choice.Type)
}
