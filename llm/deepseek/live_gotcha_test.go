package deepseek_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hadal-go/hadal/llm"
	"github.com/hadal-go/hadal/llm/deepseek"
)

// facts returns what is believed of the API.
func facts() []fact {
	return slices.Concat(sentFacts, repliedFacts, respondedFacts, openFacts, []fact{
		// These look at all that came before.
		{"G12", "comments keep a stream open", "", func(_ context.Context, l *lab) verdict {
			return verdict{note: fmt.Sprintf("%d comments in all streams", l.comments)}
		}},
		{"G14", "a reply may end before it begins", "", func(_ context.Context, l *lab) verdict {
			return verdict{note: fmt.Sprintf("%d of %d texts were empty", l.empty, l.replies)}
		}},
		{"G21", "tool markup may be left in the text", "", func(_ context.Context, l *lab) verdict {
			return verdict{note: fmt.Sprintf("in %d of %d texts", l.leaks, l.replies)}
		}},
		{"G29", "lines of a stream may be long", "", func(_ context.Context, l *lab) verdict {
			return verdict{note: fmt.Sprintf("the longest had %d bytes", l.longest)}
		}},
	})
}

const completions = "/chat/completions"

// called returns a conversation in which the tool was called, with the given
// members in the assistant's message and the given result, if any.
func called(reply object, result ...object) object {
	msg := object{"role": "assistant", "content": "", "tool_calls": []object{
		{"id": "call_1", "type": "function", "function": object{"name": "weather", "arguments": `{"city": "Lisbon"}`}},
	}}
	maps.Copy(msg, reply)
	return messages(append([]object{user("What is the weather in Lisbon?"), msg}, result...)...)
}

var (
	sunny = object{"role": "tool", "tool_call_id": "call_1", "content": "21 degrees and clear"}
	hm    = object{"reasoning_content": "I ask the tool."}
)

// sentFacts are about what may be sent.
var sentFacts = []fact{
	{"G1", "with tools, reasoning must go back", "", func(ctx context.Context, l *lab) verdict {
		if v := l.accepts(ctx, completions, small(tool, called(hm, sunny))); v.drift {
			return v
		}
		return l.rejects(ctx, completions, small(tool, called(nil, sunny)), "reasoning_content")
	}},
	{"G2", "reasoning belongs to the message with all of its calls", "", func(ctx context.Context, l *lab) verdict {
		return l.useTool(ctx, "What is the weather in Lisbon, and what in Rome? Call the tool for both at once.", false)
	}},
	{"G3", "empty reasoning is reasoning", "", func(ctx context.Context, l *lab) verdict {
		return l.accepts(ctx, completions, small(tool, called(object{"reasoning_content": ""}, sunny)))
	}},
	{"G4", "blank reasoning is taken", "", func(ctx context.Context, l *lab) verdict {
		return l.accepts(ctx, completions, small(tool, called(object{"reasoning_content": " "}, sunny)))
	}},
	{"G5", "a reply without content and calls is refused", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(messages(user("Hi."), object{"role": "assistant", "content": nil}, user("Hi."))), "content or tool_calls must be set")
	}},
	{"G6", "the role developer is refused", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(messages(object{"role": "developer", "content": "Be brief."}, user("Hi."))), "developer")
	}},
	{"G7", "json_schema is refused", "", func(ctx context.Context, l *lab) verdict {
		format := object{"type": "json_schema", "json_schema": object{"name": "x", "schema": object{"type": "object"}}}
		return l.rejects(ctx, completions, small(object{"response_format": format}), "unavailable")
	}},
	{"G8", "the JSON format needs the word", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(object{"response_format": object{"type": "json_object"}}), "json")
	}},
	{"G9", "a model that reasons cannot be made to call a tool", "", func(ctx context.Context, l *lab) verdict {
		forced := object{"tool_choice": "required"}
		if v := l.rejects(ctx, completions, small(tool, forced), "tool_choice"); v.drift {
			return v
		}
		a := l.post(ctx, completions, small(tool, forced, off))
		return verdict{len(a.Choice.Message.Calls) == 0, a.short()}
	}},
	{"G10", "strict is not enforced, nor refused, outside of /beta", "refused, so that it is seen", func(ctx context.Context, l *lab) verdict {
		return l.accepts(ctx, completions, small(object{"tools": []object{weatherTool(object{"strict": true})}}))
	}},
	{"G11", "strict tools give JSON", "", func(ctx context.Context, l *lab) verdict {
		strict := object{"tools": []object{weatherTool(object{"strict": true})}, "tool_choice": "required"}
		a := l.post(ctx, "/beta/chat/completions", small(strict, off, messages(user("What is the weather in Lisbon?"))))
		calls := a.Choice.Message.Calls
		return verdict{len(calls) == 0 || !json.Valid([]byte(calls[0].Function.Arguments)), a.short()}
	}},
	{"G16", "an effort along with thinking switched off is refused, and none means off", "", func(ctx context.Context, l *lab) verdict {
		if v := l.rejects(ctx, completions, small(off, object{"reasoning_effort": "high"}), "reasoning_effort"); v.drift {
			return v
		}
		a := l.post(ctx, completions, small(object{"reasoning_effort": "none"}))
		return verdict{a.status != 200 || a.Choice.Message.Reasoning != nil && *a.Choice.Message.Reasoning != "", a.short()}
	}},
	{"G17", "an e-mail address is no user_id", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(off, object{"user_id": "a@example.org"}), "user_id")
	}},
	{"G18", "every call needs its result", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(tool, called(hm, user("And now?"))), "tool")
	}},
	{"G19", "streams may stall", "", nil},
	{"G22", "other kinds of tools are refused", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(object{"tools": []object{{"type": "web_search"}}}), "function")
	}},
	{"G23", "a list of parts is taken from the user", "", func(ctx context.Context, l *lab) verdict {
		parts := []object{{"type": "text", "text": "Say hi."}}
		return l.accepts(ctx, completions, small(off, messages(object{"role": "user", "content": parts})))
	}},
	{"G24", "what is filtered stays filtered", "", nil},
	{"G25", "an account without money is error 402", "", func(ctx context.Context, l *lab) verdict {
		b, err := l.client.Balance(ctx)
		if err != nil {
			return verdict{true, err.Error()}
		}
		return verdict{!b.Available, fmt.Sprintf("this one has some: %v", b.Available)}
	}},
	{"G26", "v4-pro takes an image and does not see it", "refused, so that it is seen", func(ctx context.Context, l *lab) verdict {
		image := object{"type": "image_url", "image_url": object{"url": "data:image/png;base64," + pixel}}
		parts := []object{{"type": "text", "text": "Which colour?"}, image}
		return l.accepts(ctx, completions, small(off, object{"model": "deepseek-v4-pro", "max_tokens": 30}, messages(object{"role": "user", "content": parts})))
	}},
	{"G27", "the models are deepseek-flash and deepseek-v4-pro, with their limits", "", func(ctx context.Context, l *lab) verdict {
		models, err := l.client.Models(ctx)
		if err != nil {
			return verdict{true, err.Error()}
		}
		known := 0
		for _, m := range models {
			if a := l.client.Abilities(m.ID); a.Context > 0 && a.Context == m.Context && a.MaxOutput == m.MaxOutput {
				known++
			}
		}
		return verdict{known < 2, fmt.Sprintf("%+v", models)}
	}},
	{"G30", "a temperature of zero is taken", "", func(ctx context.Context, l *lab) verdict {
		return l.accepts(ctx, completions, small(off, object{"temperature": 0}))
	}},
	{"G33", "max_tokens over the limit is refused", "", func(ctx context.Context, l *lab) verdict {
		return l.rejects(ctx, completions, small(object{"max_tokens": 500_000}), "max_tokens")
	}},
}

// pixel is a PNG of one red pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"

// repliedFacts are about what comes back.
var repliedFacts = []fact{
	{"G13", "usage comes with the finish reason, or after it", "", func(ctx context.Context, l *lab) verdict {
		a, frames := l.stream(ctx, small(off))
		return verdict{a.Usage.Input == 0, fmt.Sprintf("%d frames, %d tokens in", len(frames), a.Usage.Input)}
	}},
	{"G15", "reasoning may eat up max_tokens", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small(object{"max_tokens": 8}, messages(user("Prove that there are infinitely many primes. Think hard."))))
		return verdict{a.Choice.Finish != "length", a.short()}
	}},
	{"G20", "the cache takes an equal beginning, and no other", "", func(ctx context.Context, l *lab) verdict {
		long := strings.Repeat("The hadal zone is the deepest part of the sea, below six thousand metres. ", 150)
		req := small(off, messages(object{"role": "system", "content": long}, user("Say hi.")))
		l.post(ctx, completions, req)
		l.pause(ctx)
		again := l.post(ctx, completions, req)
		other := small(off, messages(object{"role": "system", "content": "Now: 12:00. " + long}, user("Say hi.")))
		changed := l.post(ctx, completions, other)
		return verdict{again.Usage.Hit == 0 || changed.Usage.Hit >= again.Usage.Hit,
			fmt.Sprintf("hits of %d: %d if equal, %d with another beginning", again.Usage.Input, again.Usage.Hit, changed.Usage.Hit)}
	}},
	{"G28", "arguments come in fragments, and the finish reason after them", "", func(ctx context.Context, l *lab) verdict {
		_, frames := l.stream(ctx, small(tool, messages(user("What is the weather in Lisbon? Use the tool."))))
		args, fragments, finish := map[int]string{}, 0, ""
		for _, f := range frames {
			data, _ := json.Marshal(f)
			var frame struct {
				Choices []struct {
					Delta struct {
						Calls []struct {
							Index    int
							Function struct{ Arguments string }
						} `json:"tool_calls"`
					}
					Finish string `json:"finish_reason"`
				}
			}
			json.Unmarshal(data, &frame)
			for _, c := range frame.Choices {
				for _, call := range c.Delta.Calls {
					if finish != "" {
						return verdict{true, "a fragment follows the finish reason"}
					}
					args[call.Index] += call.Function.Arguments
					fragments++
				}
				finish += c.Finish
			}
		}
		for _, text := range args {
			if !json.Valid([]byte(text)) {
				return verdict{true, fmt.Sprintf("the fragments make %q", text)}
			}
		}
		return verdict{finish == "", fmt.Sprintf("%d fragments of %v, then %q", fragments, args, finish)}
	}},
	{"G31", "logprobs are there, if only 0 and -9999", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small(off, object{"logprobs": true, "top_logprobs": 2, "max_tokens": 8}))
		logprobs := string(a.Choice.Logprobs)
		return verdict{!strings.Contains(logprobs, `"logprob"`), logprobs[:min(len(logprobs), 200)]}
	}},
	{"G32", "prompt_tokens includes what was cached", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small(off))
		u := a.Usage
		return verdict{u.Input == 0 || u.Input != u.Hit+u.Miss || u.Details.Cached != u.Hit, fmt.Sprintf("%+v", u)}
	}},
	{"G34", "without a word on thinking, the model thinks", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small())
		return verdict{a.Choice.Message.Reasoning == nil, a.short()}
	}},
	{"G35", "there may be other finish reasons", "", func(ctx context.Context, l *lab) verdict {
		a := l.post(ctx, completions, small(off))
		return verdict{a.Choice.Finish == "", a.Choice.Finish}
	}},
	{"client", "a tool is called in a plain reply, and its result taken", "", func(ctx context.Context, l *lab) verdict {
		return l.useTool(ctx, "What is the weather in Lisbon? Use the tool.", true)
	}},
	{"client", "the middle is filled in", "", func(ctx context.Context, l *lab) verdict {
		resp, err := l.client.Complete(ctx, deepseek.FIM{Prompt: "func add(a, b int) int {\n\treturn ", Suffix: "\n}\n", MaxTokens: 16})
		l.spend("", usage{Input: resp.Usage.Input, Output: resp.Usage.Output})
		return verdict{err != nil, fmt.Sprintf("%q, %v", resp.Text(), err)}
	}},
	{"client", "an image is kept, seen, and forgotten", "", func(ctx context.Context, l *lab) verdict {
		data, _ := base64.StdEncoding.DecodeString(pixel)
		file, err := l.client.Upload(ctx, deepseek.Upload{Name: "pixel.png", Content: bytes.NewReader(data), Lifetime: time.Hour})
		if err != nil {
			return verdict{true, err.Error()}
		}
		_, err = l.ask(ctx, &llm.Request{Effort: llm.EffortNone, MaxTokens: 20, Messages: []llm.Message{
			{Role: llm.RoleUser, Parts: llm.Parts{llm.Text("Which colour?"), file.Blob()}},
		}})
		gone := l.client.DeleteFile(ctx, file.ID)
		return verdict{err != nil || gone != nil || file.Size != int64(len(data)), fmt.Sprintf("%+v, %v, %v", *file, err, gone)}
	}},
	{"client", "the web is searched, and a page read", "", func(ctx context.Context, l *lab) verdict {
		l.spent += 0.0015
		hits, err := l.client.Search(ctx, deepseek.Search{Query: "hadal zone", Count: 3})
		if err != nil || len(hits) == 0 {
			return verdict{true, fmt.Sprintf("%d hits, %v", len(hits), err)}
		}
		page, err := l.client.Fetch(ctx, hits[0].URL)
		if e, ok := errors.AsType[*llm.Error](err); ok && e.Status == 404 {
			return verdict{note: "found, but that site does not let itself be read"}
		}
		if err != nil {
			return verdict{true, err.Error()}
		}
		return verdict{page.Content == "", fmt.Sprintf("%q at %s, score %.2f", page.Title, page.URL, hits[0].Score)}
	}},
}
