package langchaingo

import (
	"maps"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// The keys of [llms.WithMetadata] for what a request of Hadal has, and a call of
// langchaingo has not. A value of another type, and any other key that begins in
// "deepseek:", is an error. Models of other makers do not know these keys, and
// some send them on: use them with an [LLM] alone.
const (
	KeyUser     = "deepseek:user"     // string: [llm.Request.User]
	KeyEffort   = "deepseek:effort"   // string or [llm.Effort]; it goes before the thinking mode
	KeyPrefix   = "deepseek:prefix"   // string: the beginning of the reply, which the model continues
	KeySchema   = "deepseek:schema"   // JSON as a string, []byte or json.RawMessage, or what encodes to it: [llm.Request.Schema]
	KeyLogprobs = "deepseek:logprobs" // int: [llm.Request.TopLogprobs]
	KeyExtra    = "deepseek:extra"    // as KeySchema: [llm.Request.Extra]
)

const ownKeys = "deepseek:"

// readMetadata sets what is in the metadata of a call.
func readMetadata(req *llm.Request, s settings, w *warnings) error {
	if err := readThinking(req, s, w); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(s.Metadata)) {
		value := s.Metadata[key]
		switch {
		case strings.HasPrefix(key, ownKeys):
			if err := readOwn(req, key, value); err != nil {
				return err
			}
		case key == "thinking_config":
		case key == "prompt_caching":
			if on, ok := value.(bool); !ok || !on {
				w.add(Ignored, "Metadata[prompt_caching]", "the provider's cache is not the caller's to switch off")
			}
		default:
			w.add(Ignored, "Metadata["+key+"]", "the key is another provider's, and is not sent")
		}
	}
	return nil
}

func readOwn(req *llm.Request, key string, value any) error {
	ok := true
	var err error
	switch key {
	case KeyUser:
		req.User, ok = value.(string)
	case KeyPrefix:
		_, ok = value.(string) // the last of the messages, which come later
	case KeyLogprobs:
		req.TopLogprobs, ok = value.(int)
	case KeySchema:
		req.Schema, err = rawJSON(value)
	case KeyExtra:
		req.Extra, err = rawJSON(value)
	case KeyEffort:
		if s, isText := value.(string); isText {
			value = llm.Effort(s)
		}
		req.Effort, ok = value.(llm.Effort)
	default:
		return invalid("Metadata[%s]: there is no such key", key)
	}
	switch {
	case err != nil:
		return invalid("Metadata[%s]: it is not JSON: %v", key, err)
	case !ok:
		return invalid("Metadata[%s]: a %T is not what belongs there", key, value)
	}
	return nil
}

// readThinking sets how much to reason.
func readThinking(req *llm.Request, s settings, w *warnings) error {
	value, ok := s.Metadata["thinking_config"]
	if !ok {
		return nil
	}
	var config llms.ThinkingConfig
	switch v := value.(type) {
	case *llms.ThinkingConfig:
		if v == nil {
			return nil
		}
		config = *v
	case llms.ThinkingConfig:
		config = v
	default:
		return invalid("Metadata[thinking_config]: a %T is not an llms.ThinkingConfig", value)
	}
	switch config.Mode {
	case "", llms.ThinkingModeAuto:
	case llms.ThinkingModeNone:
		req.Effort = llm.EffortNone
	case llms.ThinkingModeLow:
		req.Effort = llm.EffortLow
	case llms.ThinkingModeMedium:
		req.Effort = llm.EffortHigh
		w.add(Changed, "ThinkingMode", "medium is between the efforts low and high: high is asked for")
	case llms.ThinkingModeHigh:
		req.Effort = llm.EffortHigh
	default:
		return invalid("thinking mode %q is not one of none, low, medium, high and auto", config.Mode)
	}
	if config.BudgetTokens > 0 {
		w.add(Ignored, "ThinkingBudget", "reasoning has no budget of its own; the thinking mode and MaxTokens bound it")
	}
	if config.StreamThinking && s.StreamingReasoningFunc == nil {
		w.add(Ignored, "StreamThinking", "there is no StreamingReasoningFunc to stream reasoning to")
	}
	return nil
}
