// Package langchaingo is the bridge to [github.com/tmc/langchaingo], both ways:
// an [LLM] is a model of Hadal for langchaingo's chains and agents, a [Model] is
// a model of langchaingo for Hadal. Each is named as its kind is on the side
// where it is used.
//
// Ours for them:
//
//	model := &langchaingo.LLM{Model: &deepseek.Client{}}
//	prompt := prompts.NewPromptTemplate("Name a company that makes {{.product}}.", []string{"product"})
//	name, err := chains.Run(ctx, chains.NewLLMChain(model, prompt), "socks")
//
// Theirs for us:
//
//	theirs, err := openai.New(openai.WithModel("gpt-4.1"))
//	if err != nil {
//		return err
//	}
//	resp, err := llm.Generate(ctx, &langchaingo.Model{LLM: theirs}, llm.Prompt("Why is the sky blue?"))
//
// The two sides do not have a place for the same things. What would change the
// meaning of a request if it were left out is an error: [llm.ErrInvalid] for us,
// invalid_request for them. Anything else that is left out or changed is a
// [Warning].
//
// # What an LLM carries: ours for them
//
//   - Text, images, files, tools, the tool choice and functions in all their
//     forms, JSONMode and ResponseMIMEType, MaxTokens, StopWords: as they are.
//   - Temperature and TopP, where zero is not the same as unset.
//   - The thinking mode, as [llm.Effort]; medium is high. Warnings: medium, and a
//     budget for thinking, which there is not.
//   - Calls of tools, with arguments as the model wrote them, in ToolCalls; the
//     first is FuncCall, too.
//   - Text and reasoning to the streaming functions. Calls are not streamed.
//   - Reasoning of a reply, in ReasoningContent. Back, see below.
//   - Usage, in GenerationInfo: the keys of langchaingo's models, and
//     PromptCacheHitTokens and PromptCacheMissTokens, of type int. There are also
//     UsageEstimated, HasReasoning, ID, Model, Logprobs, which is a slice of
//     [llm.Logprob], and Extra, a json.RawMessage.
//   - User, Schema, Extra, logprobs, any effort and the beginning of a reply, by
//     keys of the metadata: see [KeyUser]. The user may be the LLM's, too, and a last
//     message of role ai is the beginning of a reply.
//   - Errors, as [llms.Error] around ours.
//   - Warnings, as nothing is sent of it: Seed, TopK, penalties, MinLength,
//     MaxLength, N and CandidateCount above one, marks for the cache, metadata
//     of other models, reasoning that is not known any more.
//   - Errors: parts and roles of other makers, images beside calls, tools that are no
//     functions and have one, unknown MIME types.
//
// # What a Model carries: theirs for us
//
//   - Text, images, files, tools, the tool choice, the JSON format, MaxTokens,
//     Stop: as they are.
//   - Temperature and TopP. A warning for zero, which is unset for them.
//   - Effort, as thinking mode. Warnings: max, which is high, and any if the LLM
//     says that it does not reason.
//   - Calls of tools. One without an id is given one.
//   - Streamed text and reasoning, but for requests with tools, as langchaingo
//     mixes calls into the text.
//   - Reasoning of a reply, from ReasoningContent or ThinkingContent.
//   - Stop reasons, in our words. A warning if there is none.
//   - Usage, of any type and in the keys of langchaingo's models; else an estimate.
//   - Errors, as [llm.Error], by their code, their status or their text.
//   - Warnings: reasoning of earlier replies, unless the LLM is one of this package,
//     User and TopLogprobs, names of files, a reminder, which is a message of the
//     system.
//   - Errors: Schema, Extra, tools of a provider's own, ids of uploaded files,
//     images in the results of tools, a reply to continue.
//
// What a model of langchaingo does with what it is told is up to its provider,
// and cannot be seen from here. Of those of v0.1.14, openai drops TopP, sends the
// temperature 0 where none is set, and has a name of its own for the limit on
// tokens, which DeepSeek does not know: put openai.WithLegacyMaxTokensField() into
// [Model.Options]. Its anthropic ignores the tool choice, and reads one part of
// each message of the assistant's.
//
// # Reasoning
//
// DeepSeek reasons before it answers, and where tools are in play wants its
// reasoning back with the conversation, to the byte. langchaingo's messages have
// no place for it. So an [LLM] keeps the replies that it gave, within a limit, and
// puts what belongs to a message back when the message comes again: to the byte,
// or not at all where it might be another's. A program that serves many and whose
// memory keeps no tool calls gives each an LLM of their own, with their name in
// [LLM.User]. See [LLM.Recall].
package langchaingo
