package prompt

import "github.com/hadal-go/hadal/llm"

// ForCode returns settings for writing code and for mathematics, for
// [llm.Defaults]: effort high.
//
// Presets are plain requests without messages. A field that a request sets
// itself is not touched, and one of a preset can be changed before it is used:
//
//	settings := prompt.ForCode()
//	settings.MaxTokens = 100_000
//	model = llm.Wrap(model, llm.Defaults(settings))
//
// They follow what DeepSeek recommends [for temperatures], as far as it has an
// effect. A DeepSeek model that thinks ignores the temperature without a word,
// and thinking is what it does unless the effort is none. So a preset either
// has it think and sets no temperature, or switches thinking off and sets one.
// No preset sets TopP: what it does depends on the model and on whether that
// thinks, and deepseek-flash without thinking ignores it.
//
// DeepSeek recommends a temperature of 0 for code and mathematics; but thinking
// does more for them. For code without thinking, such as completions as someone
// types, set Effort to [llm.EffortNone] and Temperature to new(0.0).
//
// An effort belongs to a conversation: another one changes the beginning of the
// prompt, and nothing of it comes from the cache.
//
// [for temperatures]: https://api-docs.deepseek.com/quick_start/parameter_settings
func ForCode() llm.Request { return llm.Request{Effort: llm.EffortHigh} }

// ForExtraction returns settings for taking data out of texts and for putting
// texts into classes: no thinking, and temperature 1, DeepSeek's for data. See
// [ForCode] for how presets are used.
//
// Set Temperature to new(0.0) where the same text should give the same value
// again, as far as the model can. Where the value takes working out, as a sum
// that is not in the text does, set Effort to [llm.EffortLow] or more.
func ForExtraction() llm.Request {
	return llm.Request{Effort: llm.EffortNone, Temperature: new(1.0)}
}

// ForChat returns settings for conversation: effort low, so that answers begin
// soon and a hard question is still thought about. See [ForCode] for how
// presets are used.
//
// DeepSeek recommends temperature 1.3 for conversation and for translation. It
// takes a model that does not think: set Effort to [llm.EffortNone] with it.
func ForChat() llm.Request { return llm.Request{Effort: llm.EffortLow} }

// ForWriting returns settings for stories, poems and other creative work: no
// thinking, temperature 1.5 as DeepSeek recommends, and room for 32,768 tokens
// of text, as a story may well be longer than the 8K at which DeepSeek stops a
// model that does not think. See [ForCode] for how presets are used.
func ForWriting() llm.Request {
	return llm.Request{Effort: llm.EffortNone, Temperature: new(1.5), MaxTokens: 32_768}
}
