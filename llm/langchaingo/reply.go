package langchaingo

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"math"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/hadal-go/hadal/llm"
)

// An answer is a response of langchaingo, in our words.
type answer struct {
	text, reasoning string
	calls           []llm.ToolCall
	stop            llm.FinishReason
	usage           *llm.Usage // nil if tokens are not counted
	counts          bool       // the model has a place for the count, though it may be zero
	id, model       string
	blank           bool // there is reasoning, though it may be empty
	logprobs        []llm.Logprob
	extra           json.RawMessage
}

// readReply reads all choices as one reply: those of anthropic are a block each,
// and nobody is asked for alternatives.
func readReply(resp *llms.ContentResponse) (*answer, error) {
	a := new(answer)
	choices := 0
	if resp != nil {
		for _, c := range resp.Choices {
			if c != nil {
				choices++
				a.add(c)
			}
		}
	}
	if choices == 0 {
		return nil, &llm.Error{Provider: provider, Message: "the model returned no reply, and no error", Err: llm.ErrProtocol}
	}
	return a, nil
}

func (a *answer) add(c *llms.ContentChoice) {
	a.text += c.Content
	thought, _ := c.GenerationInfo["ThinkingContent"].(string)
	switch {
	case c.ReasoningContent != "":
		a.reasoning += c.ReasoningContent
	case !strings.Contains(c.Content, thought): // anthropic's may be in the text, too
		a.reasoning += thought
	}
	for _, call := range c.ToolCalls {
		if call.FunctionCall != nil {
			a.call(call.ID, call.FunctionCall)
		}
	}
	if len(c.ToolCalls) == 0 && c.FuncCall != nil {
		a.call("", c.FuncCall)
	}
	a.stop = cmp.Or(finish(c.StopReason), a.stop)
	if usage, counts := usageOf(c.GenerationInfo); counts {
		a.counts = true
		if usage != (llm.Usage{}) {
			a.usage = &usage
		}
	}
	a.own(c.GenerationInfo)
}

// own reads what an LLM of this package says besides.
func (a *answer) own(info map[string]any) {
	if s, ok := info[infoID].(string); ok {
		a.id = s
	}
	if s, ok := info[infoModel].(string); ok {
		a.model = s
	}
	if yes, ok := info[infoReasoning].(bool); ok {
		a.blank = yes
	}
	if list, ok := info[infoLogprobs].([]llm.Logprob); ok {
		a.logprobs = append(a.logprobs, list...)
	}
	if raw, ok := info[infoExtra].(json.RawMessage); ok {
		a.extra = raw
	}
}

// call adds a call. One without an id is given one, as some models have none.
func (a *answer) call(id string, f *llms.FunctionCall) {
	if id == "" {
		id = "call_" + rand.Text()
	}
	a.calls = append(a.calls, llm.ToolCall{ID: id, Name: f.Name, Args: f.Arguments})
}

// finish returns a stop reason in our words, or as it is if it is not known.
func finish(reason string) llm.FinishReason {
	short := strings.TrimPrefix(strings.ToLower(reason), "finishreason") // googleai's
	switch short {
	case "stop", "end_turn", "stop_sequence", "eos", "finish", "complete", "endoftext":
		return llm.FinishStop
	case "length", "max_tokens", "maxtokens", "max_token":
		return llm.FinishLength
	case "tool_calls", "tool_use", "function_call":
		return llm.FinishTools
	case "content_filter", "refusal", "safety", "recitation", "content_filtered", "guardrail_intervened":
		return llm.FinishFilter
	case "null", "<nil>":
		return ""
	}
	return llm.FinishReason(reason)
}

// usageOf reads the counts of tokens, whoever's keys and types they are of. It
// reports whether there are any.
func usageOf(info map[string]any) (u llm.Usage, counts bool) {
	var apart int
	first := func(keys ...string) int {
		for _, key := range keys {
			if n, ok := number(info[key]); ok {
				return n
			}
		}
		return 0
	}
	for _, key := range []string{"PromptTokens", "CompletionTokens", "InputTokens", "OutputTokens", "input_tokens", "output_tokens"} {
		if _, ok := number(info[key]); ok {
			counts = true
		}
	}
	if _, ok := number(info["PromptTokens"]); !ok { // anthropic counts what is cached apart
		apart = first("CacheReadInputTokens") + first("CacheCreationInputTokens")
	}
	u = llm.Usage{
		Input:     first("PromptTokens", "InputTokens", "input_tokens") + apart,
		Cached:    first("PromptCacheHitTokens", "PromptCachedTokens", "CacheReadInputTokens", "CachedTokens"),
		Output:    first("CompletionTokens", "OutputTokens", "output_tokens"),
		Reasoning: first("ReasoningTokens", "CompletionReasoningTokens", "ThinkingTokens"),
	}
	u.Estimated, _ = info[infoEstimated].(bool)
	return u, counts
}

// number returns a count of any type.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int32:
		return int(v), true
	case int64:
		return int(v), true
	case uint32:
		return int(v), true
	case uint64:
		return int(v), true
	case float32:
		return number(float64(v))
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}

// finish yields what of the reply was not streamed, and its end.
func (s *stream) finish(a *answer, req *llm.Request, w *warnings) error {
	if err := s.texts(a); err != nil || s.left {
		return err
	}
	if err := a.end(w); err != nil {
		return err
	}
	if a.stop == llm.FinishTools || a.stop == llm.FinishStop {
		for _, call := range a.calls {
			if !s.emit(&llm.Chunk{ToolCall: &call}) {
				return nil
			}
		}
	}
	if a.usage == nil {
		a.usage = estimate(req, a)
	}
	s.emit(&llm.Chunk{Finish: a.stop, Usage: a.usage, ID: a.id, Model: cmp.Or(a.model, req.Model), Logprobs: a.logprobs, Extra: a.extra})
	return nil
}

// texts yields what was not streamed of the reasoning and of the text.
func (s *stream) texts(a *answer) error {
	text, err := rest(s.text.String(), a.text)
	if err != nil {
		return err
	}
	reasoning, err := rest(s.reasoning.String(), a.reasoning)
	if err != nil {
		return err
	}
	if (reasoning != "" || a.blank && s.reasoning.Len() == 0) && !s.emit(&llm.Chunk{Reasoning: reasoning, HasReasoning: true}) {
		return nil
	}
	if text != "" {
		s.emit(&llm.Chunk{Text: text})
	}
	return nil
}

// partial yields what there is of a reply that failed.
func (s *stream) partial(resp *llms.ContentResponse) {
	if a, err := readReply(resp); err == nil {
		s.texts(a) // the failure counts for more than a text that was streamed otherwise
	}
}

// rest returns what of a text was not streamed.
func rest(streamed, whole string) (string, error) {
	if left, ok := strings.CutPrefix(whole, streamed); ok {
		return left, nil
	}
	if strings.TrimSpace(streamed) == strings.TrimSpace(whole) || whole == "" {
		return "", nil
	}
	return "", &llm.Error{Provider: provider, Message: "the model returned another text than it streamed", Err: llm.ErrProtocol}
}

// end decides how the reply ended, or why it cannot count as complete.
func (a *answer) end(w *warnings) error {
	switch a.stop {
	case "insufficient_system_resource", "aborted":
		return &llm.Error{Provider: provider, Code: string(a.stop), Message: "the provider broke off the reply", Usage: a.usage, Err: llm.ErrOverload}
	case "":
		if a.counts && a.usage == nil {
			return &llm.Error{Provider: provider, Message: "the reply has neither a stop reason nor a count of tokens, so that it is not all there", Err: llm.ErrTruncated}
		}
		w.add(Changed, "StopReason", "the model does not say why the reply ended: it is taken to be complete")
		a.stop = llm.FinishStop
		if len(a.calls) > 0 {
			a.stop = llm.FinishTools
		}
	case llm.FinishStop, llm.FinishTools:
	default:
		if len(a.calls) > 0 {
			w.add(Dropped, "ToolCalls", "the reply did not end well, so that its calls may be cut")
		}
	}
	return nil
}

// estimate returns about how many tokens a reply takes, one for every four bytes.
func estimate(req *llm.Request, a *answer) *llm.Usage {
	tokens := func(texts ...string) int {
		n := 0
		for _, s := range texts {
			n += (len(s) + 3) / 4
		}
		return n
	}
	u := &llm.Usage{Estimated: true, Reasoning: tokens(a.reasoning)}
	u.Output = u.Reasoning + tokens(a.text)
	for _, c := range a.calls {
		u.Output += tokens(c.Name, c.Args)
	}
	for _, m := range req.Messages {
		u.Input += tokens(m.Text())
		for _, p := range m.Parts {
			switch p := p.(type) {
			case llm.ToolCall:
				u.Input += tokens(p.Name, p.Args)
			case llm.ToolResult:
				u.Input += tokens(llm.Message{Parts: p.Content}.Text())
			}
		}
	}
	for _, t := range req.Tools {
		u.Input += tokens(t.Name, t.Description, string(t.Schema))
	}
	return u
}
