package langchaingo

import (
	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// content returns a response as langchaingo has it. GenerationInfo has the keys
// that langchaingo's own models use, with values of the type int, as functions
// such as [llms.ExtractThinkingTokens] see no other; and more.
func content(resp *llm.Response) *llms.ContentResponse {
	u := resp.Usage
	reasoning := resp.Reasoning()
	choice := &llms.ContentChoice{
		Content:          resp.Text(),
		StopReason:       string(resp.Finish),
		ReasoningContent: reasoning,
		GenerationInfo: map[string]any{
			"PromptTokens":                       u.Input,
			"CompletionTokens":                   u.Output,
			"TotalTokens":                        u.Total(),
			"ReasoningTokens":                    u.Reasoning,
			"CompletionReasoningTokens":          u.Reasoning,
			"ThinkingTokens":                     u.Reasoning,
			"ThinkingContent":                    reasoning,
			"PromptCachedTokens":                 u.Cached,
			"PromptCacheHitTokens":               u.Cached,
			"PromptCacheMissTokens":              u.Input - u.Cached,
			"PromptAudioTokens":                  0,
			"CompletionAudioTokens":              0,
			"CompletionAcceptedPredictionTokens": 0,
			"CompletionRejectedPredictionTokens": 0,
			infoReasoning:                        resp.HasReasoning(),
			infoEstimated:                        u.Estimated,
			infoID:                               resp.ID,
			infoModel:                            resp.Model,
		},
	}
	if resp.Logprobs != nil {
		choice.GenerationInfo[infoLogprobs] = resp.Logprobs
	}
	if resp.Extra != nil {
		choice.GenerationInfo[infoExtra] = resp.Extra
	}
	for _, c := range resp.ToolCalls() {
		choice.ToolCalls = append(choice.ToolCalls, llms.ToolCall{
			ID:           c.ID,
			Type:         "function",
			FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: c.Args},
		})
	}
	if len(choice.ToolCalls) > 0 {
		choice.FuncCall = new(*choice.ToolCalls[0].FunctionCall)
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{choice}}
}

// The keys of GenerationInfo that are ours.
const (
	infoID        = "ID"
	infoModel     = "Model"
	infoReasoning = "HasReasoning" // which may be empty
	infoEstimated = "UsageEstimated"
	infoLogprobs  = "Logprobs" // []llm.Logprob
	infoExtra     = "Extra"    // json.RawMessage
)
